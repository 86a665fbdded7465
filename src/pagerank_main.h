/*
 * pagerank_main.h - ocr-pagerank as a function
 */
#ifndef OCR_PAGERANK_MAIN_H
#define OCR_PAGERANK_MAIN_H

#include "common/opt.h"
#include "src/cards.h"
#include "src/pagerank.h"
#include "src/search_opt.h"

struct ocr_pagerank_main_opt {
	struct ocr_search_opt search;
	struct ocr_pagerank_opt rank;
	uint64_t top;           /* 0: all, by id */
	enum ocr_cards_how how; /* --cards */
};

/* For bin: options, with a struct ocr_pagerank_main_opt as their context. */
extern const struct ocr_tool ocr_pagerank_tool;

void ocr_pagerank_main_init(struct ocr_pagerank_main_opt *o);
void ocr_pagerank_main_release(struct ocr_pagerank_main_opt *o);

/* Returns the exit status. */
int ocr_pagerank_main(struct ocr_pagerank_main_opt *o, char **paths,
    size_t n_paths, struct ocr_ui *ui, const struct ocr_shared_opt *shared,
    struct ocr_err *err);

#endif
