/*
 * search_opt.h - options of the programs that compute something of a graph
 */
#ifndef OCR_SEARCH_OPT_H
#define OCR_SEARCH_OPT_H

#include <stdbool.h>
#include <stdint.h>

#include "src/graph_opt.h"

enum ocr_form {
	OCR_FORM_TEXT = 0,
	OCR_FORM_BINARY,
	OCR_FORM_JSON,
	OCR_FORM_LDBC,
};

struct ocr_search_opt {
	struct ocr_graph_in in;
	enum ocr_form form;
	uint64_t n_trials; /* 0: results, not times */
	bool is_verified;
	/* bfs and sssp: ids, in order. */
	uint64_t *sources;
	size_t n_sources;
	const char *sources_path; /* NULL: none */
	const char *updates_path; /* NULL: none */
	bool shows_changes;
};

enum ocr_search_key {
	OCR_KEY_BINARY = OCR_OPT_LONG + 450,
	OCR_KEY_CHANGES,
	OCR_KEY_JSON,
	OCR_KEY_LDBC,
	OCR_KEY_SOURCES,
	OCR_KEY_TRIALS,
	OCR_KEY_UPDATES,
	OCR_KEY_VERIFY_RESULT,
};

/* clang-format off */
#define OCR_SEARCH_ROWS                                                       \
    {OCR_KEY_BINARY, "binary", NULL, "write little-endian arrays"},           \
    {OCR_KEY_JSON, "json", NULL, "write how it went, not the result"},        \
    {OCR_KEY_LDBC, "ldbc", NULL, "write as LDBC Graphalytics has it"},        \
    {OCR_KEY_TRIALS, "trials", "N", "do it N times and write the times"},     \
    {OCR_KEY_VERIFY_RESULT, "verify", NULL, "check the result"}
#define OCR_SOURCE_ROWS                                                       \
    {'s', "source", "ID[,ID...]", "where to start"},                          \
    {OCR_KEY_SOURCES, "sources", "FILE", "the same, from a file"}
#define OCR_UPDATE_ROWS                                                       \
    {OCR_KEY_CHANGES, "changes", NULL,                                        \
	"with --updates: write what each batch changes"},                     \
    {OCR_KEY_UPDATES, "updates", "FILE",                                      \
	"then add the edges of FILE and write the result with them"}
/* clang-format on */

void ocr_search_opt_init(struct ocr_search_opt *o);
void ocr_search_opt_release(struct ocr_search_opt *o);
/* -OCR_EUSAGE with the reason; 1 if the key is none of these, nor one of
 * ocr_graph_in_set(). */
int ocr_search_opt_set(struct ocr_search_opt *o, int key, const char *arg,
    struct ocr_err *err);
/* What excludes itself.  n_paths: operands. */
int ocr_search_opt_check(const struct ocr_search_opt *o, size_t n_paths,
    struct ocr_err *err);

/* Ids with commas between them.  what: for messages. */
int ocr_search_add_ids(struct ocr_search_opt *o, const char *text, size_t len,
    const char *what, struct ocr_err *err);

#endif
