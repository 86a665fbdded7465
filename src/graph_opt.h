/*
 * graph_opt.h - options that all graph programs share: the graph, the workers
 *
 * A tool puts OCR_GRAPH_IN_ROWS into its table and gives keys that it does not
 * know to ocr_graph_in_set().
 */
#ifndef OCR_GRAPH_OPT_H
#define OCR_GRAPH_OPT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/opt.h"
#include "common/team_opt.h"
#include "src/graph_build.h"
#include "src/graph_generate.h"
#include "src/graph_open.h"

/* How to get a graph, and who does it. */
struct ocr_graph_in {
	enum ocr_graph_format format;
	struct ocr_graph_opt build;
	bool has_weights; /* --weights was given */
	bool has_base;
	uint64_t base;
	bool is_generated;
	enum ocr_graph_shape shape;
	unsigned scale, edge_factor;
	struct ocr_team_opt team;
	const char *output; /* NULL: standard output */
};

enum ocr_graph_in_key {
	OCR_KEY_BASE = OCR_OPT_LONG + 400,
	OCR_KEY_DEDUP,
	OCR_KEY_DIRECTED,
	OCR_KEY_FORMAT,
	OCR_KEY_KRON,
	OCR_KEY_NO_LOOPS,
	OCR_KEY_ORDER,
	OCR_KEY_POWERLAW,
	OCR_KEY_SEED,
	OCR_KEY_UNDIRECTED,
	OCR_KEY_UNIFORM,
	OCR_KEY_WEIGHTS,
};

/* clang-format off */
#define OCR_GRAPH_IN_ROWS                                                     \
    {OCR_KEY_BASE, "base", "N",                                               \
	"number of the first vertex; none is left out after it"},             \
    {OCR_KEY_DEDUP, "dedup", NULL,                                            \
	"of several edges between two vertices keep the lightest"},           \
    {'D', "devices", "LIST", "like cpu:4, or auto for cards, too"},              \
    {OCR_KEY_DIRECTED, "directed", NULL, "take edges one way"},               \
    {OCR_KEY_FORMAT, "format", "NAME",                                        \
	"ocrg, snap, el, wel, mtx, dimacs, metis, ligra, ldbc, sg, wsg or "   \
	"graph500 (default: by content)"},                                    \
    {'j', "jobs", "N", "threads (default: all cores that may be used)"},      \
    {OCR_KEY_KRON, "kron", "SCALE[:EDGES]",                                   \
	"no FILE: a Kronecker graph of 2^SCALE vertices and EDGES (16) times "\
	"as many edges"},                                                     \
    {OCR_KEY_NO_LOOPS, "no-self-loops", NULL,                                 \
	"drop edges from a vertex to itself"},                                \
    {OCR_KEY_ORDER, "order", "hubs|ids",                                      \
	"rows: hubs first (default), or by id and nothing laid out"},         \
    {'o', "output", "FILE", "write to FILE instead of standard output"},      \
    {OCR_KEY_POWERLAW, "powerlaw", "SCALE[:EDGES]",                           \
	"no FILE: degrees by a power law"},                                   \
    {OCR_KEY_SCHEDULE, "schedule", "NAME",                                    \
	"hws (default), hws-paper, hap, dynamic or static"},                  \
    {OCR_KEY_SEED, "seed", "N", "of all that is random (default 1)"},         \
    {OCR_KEY_TRACE, "trace", "FILE", "what each worker did when"},            \
    {OCR_KEY_UNDIRECTED, "undirected", NULL, "take edges both ways"},         \
    {OCR_KEY_UNIFORM, "uniform", "SCALE[:EDGES]",                             \
	"no FILE: edges at random"},                                          \
    {OCR_KEY_WEIGHTS, "weights", "WHAT",                                      \
	"column (of the file), unit (1), or uniform:LOW:HIGH (invented)"}
/* clang-format on */

void ocr_graph_in_init(struct ocr_graph_in *in);

/* -OCR_EUSAGE with the reason; 1 if the key is none of these. */
int ocr_graph_in_set(struct ocr_graph_in *in, int key, const char *arg,
    struct ocr_err *err);

#endif
