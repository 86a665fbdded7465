/*
 * dist_main.h - ocr-bfs as one of several processes: mpirun ocr-bfs
 */
#ifndef OCR_DIST_MAIN_H
#define OCR_DIST_MAIN_H

#include "src/bfs_main.h"

/* Is it? */
bool ocr_dist_main_is_wanted(const struct ocr_bfs_main_opt *o);

/* Returns the exit status. */
int ocr_dist_main(struct ocr_bfs_main_opt *o, char **paths, size_t n_paths,
    struct ocr_ui *ui, const struct ocr_shared_opt *shared,
    struct ocr_err *err);

#endif
