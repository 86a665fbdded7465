/*
 * images_stream.c - a chunk stream whose chunks are whole records
 *
 * Chunks pass as they are; workers check and take them apart.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "src/images_state.h"

int
ocr_images_open_stream(struct ocr_images *im, struct ocr_err *err)
{
	struct ocr_source_stream *s = &im->stream;
	enum ocr_images_form form = im->opt.form;
	int r;

	if (im->seq > 0 || im->is_held || im->opt.files_from != NULL ||
	    im->opt.n_paths > 1)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "stdin: a chunk stream must be the only input");
	/* Bytes that were only looked at are read again. */
	r = ocr_source_stream_open(s, im->origin->fd, "stdin", im->head,
	    im->n_unread, err);
	if (r < 0)
		return r;
	im->n_unread = 0;
	if (s->begin.type != OCR_RAW && s->begin.type != OCR_REF)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "stdin: a stream of type %s: images are to be raw "
		    "(ocr-compress -d)",
		    ocr_type_name(s->begin.type));
	if (form == OCR_IMAGES_CIFAR10 || form == OCR_IMAGES_RAW) {
		im->chunks = OCR_LAYOUT_ROWS;
		if (im->opt.truth_path != NULL)
			return ocr_err_set(err, -OCR_EFORMAT,
			    "stdin: labels are not for a chunk stream");
		r = ocr_rows_head(&im->layout, &im->opt, form, NULL, 0, "stdin",
		    err);
	} else if (form == OCR_IMAGES_AUTO || form == OCR_IMAGES_FILE) {
		im->chunks = OCR_LAYOUT_WHOLE;
	} else {
		r = ocr_err_set(err, -OCR_EFORMAT,
		    "stdin: %s in chunks: give the file itself",
		    ocr_images_form_name(form));
	}
	if (r == 0)
		im->at = OCR_AT_STREAM;
	return r;
}

static int
check_rows(const struct ocr_images *im, const struct ocr_chunk *c,
    struct ocr_err *err)
{
	size_t n = im->layout.record_bytes;
	char what[256];

	if (c->at % n == 0 && c->raw_len % n == 0 && c->raw_len > 0)
		return 0;
	return ocr_err_set(err, -OCR_EFORMAT,
	    "%s cuts a record of %zu bytes: use ocr-split -r %zu",
	    ocr_chunk_describe(c, what, sizeof(what)), n, n);
}

static int
check_whole(const struct ocr_chunk *c, struct ocr_err *err)
{
	const struct ocr_origin *o = c->origin;
	char what[256];

	if (c->at == 0 && (!o->has_size || o->size == c->raw_len))
		return 0;
	return ocr_err_set(err, -OCR_EFORMAT,
	    "%s is a part of a file: make larger chunks (ocr-split -s), or say "
	    "--format=cifar10 or raw",
	    ocr_chunk_describe(c, what, sizeof(what)));
}

int
ocr_images_next_chunk(struct ocr_images *im, struct ocr_chunk *c,
    struct ocr_err *err)
{
	struct ocr_source *s = &im->stream.source;
	int r;

	s->cancel_fd = im->source.cancel_fd;
	r = s->next(s, c, err);
	if (r == 0) {
		r = ocr_source_stream_more(&im->stream, err);
		return r <= 0 ? r
			      : ocr_err_set(err, -OCR_EFORMAT,
				    "stdin: a second stream behind the first");
	}
	if (r < 0 || c->kind != OCR_CHUNK_DATA || c->type == OCR_ERROR)
		return r;
	if (im->chunks == OCR_LAYOUT_ROWS)
		r = check_rows(im, c, err);
	else
		r = check_whole(c, err);
	return r < 0 ? r : 1;
}
