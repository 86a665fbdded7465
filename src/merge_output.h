/*
 * merge_output.h - what ocr-merge writes: joined chunks or an archive
 *
 * Gets the chunks of each stream in order.  For merge.c.  One thread.
 */
#ifndef OCR_MERGE_OUTPUT_H
#define OCR_MERGE_OUTPUT_H

#include <stdbool.h>

#include "common/frame.h"
#include "common/output.h"
#include "common/ui.h"
#include "src/join.h"
#include "src/merge.h"
#include "src/merge_archive.h"

struct ocr_merge_output {
	struct ocr_output out;
	/* private */
	const struct ocr_merge_opt *opt;
	struct ocr_join join;
	struct ocr_merge_archive *archive; /* NULL: join */
	bool has_begun;
};

/* What a stream's chunks are when they arrive here: a reference is raw. */
enum ocr_type ocr_merge_joined_type(const struct ocr_begin *begin);

int ocr_merge_output_open(struct ocr_merge_output *o,
    const struct ocr_merge_opt *opt, struct ocr_ui *ui, struct ocr_err *err);

/* Can chunks of this type be put here?  name: of the stream. */
int ocr_merge_output_check(const struct ocr_merge_output *o, enum ocr_type type,
    const char *name, struct ocr_err *err);

/* Between begin and end: the sources and chunks of one stream. */
int ocr_merge_output_begin(struct ocr_merge_output *o,
    const struct ocr_begin *begin, struct ocr_err *err);
int ocr_merge_output_add(struct ocr_merge_output *o, struct ocr_origin *origin,
    struct ocr_err *err);
int ocr_merge_output_put(struct ocr_merge_output *o, const struct ocr_chunk *c,
    struct ocr_err *err);
int ocr_merge_output_end(struct ocr_merge_output *o, struct ocr_err *err);

/* After the last stream: complete it and give it its name. */
int ocr_merge_output_commit(struct ocr_merge_output *o, struct ocr_err *err);

/* What is not committed goes (or stays, if that is wanted, as it is). */
void ocr_merge_output_release(struct ocr_merge_output *o);

#endif
