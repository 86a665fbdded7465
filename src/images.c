/*
 * images.c - records from one input after the other, packed into chunks
 */
#include "config.h"

#include "src/images.h"

#include <stdlib.h>
#include <string.h>

#include "src/images_records.h"

/* The next record, of whatever input: 1 = item, 0 = no more. */
static int
read_item(struct ocr_images *im, struct ocr_err *err)
{
	struct ocr_err why = {0};
	int r = 0;

	while (r == 0) {
		switch (im->at) {
		case OCR_AT_INPUTS:
			r = ocr_images_read_input(im, err);
			continue;
		case OCR_AT_ARCHIVE:
			r = ocr_images_read_archive(im, &why);
			break;
		case OCR_AT_ROWS:
			r = ocr_images_read_rows(im, &why);
			if (r == 0)
				im->at = OCR_AT_INPUTS;
			break;
		case OCR_AT_STREAM:
		case OCR_AT_END:
			return 0;
		}
		if (r < 0) {
			r = ocr_images_item_error(im, im->origin->name, &why,
			    err);
			im->at = OCR_AT_INPUTS;
		}
	}
	return r;
}

static int
put(struct ocr_images *im, struct ocr_chunk *c, struct ocr_err *err)
{
	size_t n = ocr_record_packed(&im->item.rec), cap = im->opt.chunk_bytes;
	int r;

	if (c->len == 0) {
		cap = n > cap ? n : cap;
		c->raw_len = cap;
		r = ocr_chunk_take(c, cap, err);
		if (r < 0)
			return r;
	} else if (cap < c->len || cap - c->len < n) {
		return 0;
	}
	ocr_record_pack(&im->item.rec, c->data + c->len);
	c->len += n;
	im->is_held = false;
	return 1;
}

static int
next(struct ocr_source *source, struct ocr_chunk *c, struct ocr_err *err)
{
	struct ocr_images *im = (struct ocr_images *)source;
	uint32_t n = 0;
	int r = 1;

	if (im->at == OCR_AT_STREAM)
		return ocr_images_next_chunk(im, c, err);
	while (n < im->opt.chunk_records) {
		if (!im->is_held)
			r = read_item(im, err);
		if (r <= 0)
			break;
		im->is_held = true;
		r = put(im, c, err);
		if (r <= 0)
			break;
		n++;
	}
	if (r < 0)
		return r;
	if (n == 0 && im->at == OCR_AT_STREAM)
		return ocr_images_next_chunk(im, c, err);
	if (n == 0)
		return 0;
	c->type = OCR_RAW;
	c->seq = im->seq++;
	c->raw_len = c->len;
	return 1;
}

static int
check(const struct ocr_images_opt *opt, struct ocr_err *err)
{
	if (opt->form == OCR_IMAGES_RAW && opt->shape.c == 0)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "raw pixels: say what an image is, with --shape");
	if (opt->files_from != NULL && opt->n_paths > 0)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "files come from a list or from the command line, not "
		    "both");
	if (opt->truth == OCR_TRUTH_COLUMN && opt->files_from == NULL)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "classes in a column: of which list");
	return 0;
}

int
ocr_images_open(struct ocr_images **out, const struct ocr_images_opt *opt,
    struct ocr_err *err)
{
	struct ocr_images *im;
	int r = check(opt, err);

	*out = NULL;
	if (r < 0)
		return r;
	im = calloc(1, sizeof(*im));
	if (im == NULL)
		return ocr_err_nomem(err);
	im->source = (struct ocr_source){.next = next, .cancel_fd = -1};
	im->opt = *opt;
	if (im->opt.chunk_bytes == 0)
		im->opt.chunk_bytes = OCR_CHUNK_BYTES;
	if (im->opt.chunk_records == 0)
		im->opt.chunk_records = UINT32_MAX;
	im->list.fd = -1;
	im->truth = OCR_IMAGES_NO_TRUTH;
	im->inputs.paths = opt->paths;
	im->inputs.n_paths = opt->n_paths;
	im->inputs.is_recursive = opt->is_recursive;
	r = ocr_classes_init(&im->classes, opt->classes, opt->n_classes, err);
	if (r == 0 && opt->files_from != NULL)
		r = ocr_image_list_open(&im->list, opt->files_from, err);
	if (r < 0) {
		ocr_images_free(im);
		return r;
	}
	*out = im;
	return 0;
}

int
ocr_images_peek(struct ocr_images *im, enum ocr_images_layout *layout,
    struct ocr_err *err)
{
	int r = ocr_images_read_input(im, err);

	im->is_held = r > 0;
	*layout = im->chunks;
	return r < 0 ? r : 0;
}

int
ocr_images_open_chunks(struct ocr_images **out,
    const struct ocr_images_opt *opt, enum ocr_images_layout layout,
    struct ocr_err *err)
{
	int r = ocr_images_open(out, opt, err);

	if (r < 0)
		return r;
	(*out)->chunks = layout;
	if (layout == OCR_LAYOUT_ROWS)
		r = ocr_rows_head(&(*out)->layout, opt, opt->form, NULL, 0,
		    "stdin", err);
	return r;
}

void
ocr_images_free(struct ocr_images *im)
{
	if (im == NULL)
		return;
	ocr_images_close_input(im);
	ocr_source_stream_release(&im->stream);
	ocr_inputs_release(&im->inputs);
	ocr_image_list_close(&im->list);
	ocr_classes_release(&im->classes);
	free(im->member.data);
	free(im->item.name);
	free(im->buf);
	free(im);
}

struct ocr_source *
ocr_images_source(struct ocr_images *im)
{
	return &im->source;
}
