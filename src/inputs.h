/*
 * inputs.h - the files of a command line, one after the other
 *
 * Opens FILE operands (or standard input for none and "-") as origins, with
 * gzip's rules where they are asked for: directories (-r), suffixes, links.
 * A file that cannot be taken is reported as a warning or an error of its own
 * and the next one is tried.  One thread (the loop's reader).
 */
#ifndef OCR_INPUTS_H
#define OCR_INPUTS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/chunk.h"
#include "common/err.h"

struct ocr_inputs_dir;

struct ocr_inputs {
	char **paths; /* owner: the caller */
	size_t n_paths, i_path;
	bool is_recursive; /* -r */
	/* Says whether a path is wanted: 1 = yes, 0 = skip (it has warned),
	 * negative = error.  NULL: all.  fd is open; not asked about standard
	 * input and directories that are walked. */
	int (*accept)(void *ctx, const char *path, int fd, struct ocr_err *err);
	void *ctx;
	uint64_t n_origins;
	struct ocr_inputs_dir *walk; /* private: the directories being read */
};

/*
 * The next file, open, with its size, mode and times.  1 = *o is a new
 * reference, 0 = no more, negative = this path failed (err says why; call
 * again for the next one).
 *
 * A FILE may be anything that can be opened for reading, a link to it too; a
 * fifo is waited for.  A directory is an error or, with is_recursive, walked:
 * depth first, by name (bytes), regular files only, links not followed.
 * is_seekable is set for regular files whose size can be believed: those of
 * /proc and /sys claim one that they do not have, and are read like pipes.
 */
int ocr_inputs_next(struct ocr_inputs *in, struct ocr_origin **o,
    struct ocr_err *err);
void ocr_inputs_release(struct ocr_inputs *in);

#endif
