/*
 * bfs_main.h - ocr-bfs as a function
 */
#ifndef OCR_BFS_MAIN_H
#define OCR_BFS_MAIN_H

#include "common/opt.h"
#include "src/search_opt.h"

struct ocr_bfs_main_opt {
	struct ocr_search_opt search;
	bool has_parents;
	uint32_t max_depth; /* 0: none */
	bool has_to;
	uint64_t to;      /* id */
	bool is_graph500; /* --trials as Graph500 writes them */
	bool is_mpi;      /* one of several processes, whoever started it */
};

/* For bin: options, with a struct ocr_bfs_main_opt as their context. */
extern const struct ocr_tool ocr_bfs_tool;

void ocr_bfs_main_init(struct ocr_bfs_main_opt *o);
void ocr_bfs_main_release(struct ocr_bfs_main_opt *o);
/* What excludes itself. */
int ocr_bfs_main_check(const struct ocr_bfs_main_opt *o, size_t n_paths,
    struct ocr_err *err);

/* Returns the exit status. */
int ocr_bfs_main(struct ocr_bfs_main_opt *o, char **paths, size_t n_paths,
    struct ocr_ui *ui, const struct ocr_shared_opt *shared,
    struct ocr_err *err);

#endif
