/*
 * source.c - what sources of several inputs have in common
 */
#include "config.h"

#include "common/source.h"

#include <unistd.h>

bool
ocr_source_is_fatal(int64_t code)
{
	return code == -OCR_ECANCEL || code == -OCR_ENOMEM ||
	       code == -OCR_ELIMIT;
}

int
ocr_source_announce(
    int (*next_origin)(void *ctx, struct ocr_origin **o, struct ocr_err *err),
    void *ctx, uint64_t *seq, struct ocr_chunk *c, struct ocr_origin **o,
    struct ocr_err *err)
{
	struct ocr_err why = {0};
	int r;

	*o = NULL;
	r = next_origin(ctx, o, &why);
	if (r == 0)
		return 0;
	if (ocr_source_is_fatal(r))
		return ocr_err_set(err, r, "%s", why.text);
	c->seq = *seq;
	if (r < 0) {
		ocr_chunk_set_error(c, &why);
		++*seq;
		return 1;
	}
	(*o)->first_seq = *seq;
	c->kind = OCR_CHUNK_ORIGIN;
	ocr_chunk_set_origin(c, *o);
	return 1;
}

void
ocr_source_leave(struct ocr_origin **o, uint64_t at)
{
	struct ocr_origin *left = *o;

	if (left->is_seekable && left->fd == STDIN_FILENO &&
	    lseek(left->fd, (off_t)(left->fd_base + at), SEEK_SET) < 0) {
		/* Nobody depends on it. */
	}
	ocr_origin_unref(left);
	*o = NULL;
}
