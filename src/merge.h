/*
 * merge.h - ocr-merge as a function: chunk streams in, one file out
 */
#ifndef OCR_MERGE_H
#define OCR_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/opt.h"
#include "common/ui.h"
#include "src/merge_archive.h"

#define OCR_MERGE_MEMORY_BYTES ((uint64_t)256 << 20) /* default */

struct ocr_merge_opt {
	const char *path; /* -o; NULL or "-": standard output */
	enum ocr_merge_to to;
	uint64_t memory_bytes; /* largest chunk, and for those that wait */
	const char *temp_dir;  /* for what does not fit */
	bool is_forced;        /* -f */
	bool is_partial_kept;  /* --keep-partial */
};

/*
 * Put the chunks of paths[0..n_paths), or of standard input if there are none,
 * in order and join them.  Each chunk that is damaged, missing or doubled has
 * been said when this returns; what ended the run is in err.  Returns the exit
 * status.
 */
int ocr_merge_main(const struct ocr_merge_opt *opt, char **paths,
    size_t n_paths, struct ocr_ui *ui, const struct ocr_shared_opt *shared,
    struct ocr_err *err);

#endif
