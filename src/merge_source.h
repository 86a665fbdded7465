/*
 * merge_source.h - several chunk streams, one after the other
 *
 * Reads the files of a command line, and further streams behind the first one
 * of a file.  The streams' begins and ends are told through callbacks, in the
 * thread that calls next().  For ocr-merge.
 */
#ifndef OCR_MERGE_SOURCE_H
#define OCR_MERGE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/source_stream.h"

struct ocr_merge_source {
	struct ocr_source source; /* first */
	char **paths;             /* owner: the caller; "-" is stdin */
	size_t n_paths;
	/* Before the first chunk of each stream; negative ends the run. */
	int (*begin)(void *ctx, const struct ocr_begin *begin, const char *name,
	    struct ocr_err *err);
	/* After its ocr/end. */
	void (*end)(void *ctx, const struct ocr_end *end, const char *name);
	void *ctx;
	/* Of the first stream that was read to its ocr/end and does not agree
	 * with it.  The streams behind it are read all the same, so that what
	 * is missing can be told from what comes later. */
	struct ocr_err late;
	/* private */
	struct ocr_source_stream stream;
	size_t i_path;
	int fd;
	bool is_open;
};

/* The fields above 'late' that callers set are to be set after it. */
void ocr_merge_source_init(struct ocr_merge_source *s);
void ocr_merge_source_release(struct ocr_merge_source *s);

#endif
