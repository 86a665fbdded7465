/*
 * bfs_print.h - what a search has found, as text or arrays; for bfs_main.c
 */
#ifndef OCR_BFS_PRINT_H
#define OCR_BFS_PRINT_H

#include "src/graph_names.h"
#include "src/graph_run.h"
#include "src/search_opt.h"

struct ocr_bfs_found {
	struct ocr_names names;
	enum ocr_form form; /* not JSON */
	bool has_source;    /* lines begin with the source */
	uint32_t source;
	const uint32_t *levels;
	const uint32_t *parents; /* NULL: not wanted */
};

int ocr_bfs_print(const struct ocr_bfs_found *f, struct ocr_graph_run *r,
    struct ocr_err *err);

/* The vertices of the path to a vertex, and how far each is; -OCR_EFORMAT if
 * there is no path.  max_depth: for the message; 0: none.  f: names, source and
 * parents. */
int ocr_bfs_print_path(const struct ocr_bfs_found *f, uint32_t to,
    uint32_t max_depth, struct ocr_graph_run *r, struct ocr_err *err);

#endif
