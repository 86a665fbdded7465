/*
 * images_records.c - records in chunks: packed by the source, taken apart by
 * workers
 *
 * A table is, again and again: a head of 8 little-endian numbers of 32 bits
 * (bytes, name's bytes, truth, status, channels, height, width, is_nhwc), the
 * name, the bytes.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/images_records.h"
#include "src/le.h"

enum { N_BYTES, N_NAME, TRUTH, STATUS, C, H, W, NHWC, N_WORDS };

#define HEAD_BYTES (N_WORDS * sizeof(uint32_t))

size_t
ocr_record_packed(const struct ocr_record *rec)
{
	return HEAD_BYTES + rec->n_name + rec->n_bytes;
}

void
ocr_record_pack(const struct ocr_record *rec, uint8_t *out)
{
	uint32_t head[N_WORDS] = {
	    [N_BYTES] = (uint32_t)rec->n_bytes,
	    [N_NAME] = (uint32_t)rec->n_name,
	    [TRUTH] = (uint32_t)rec->truth,
	    [STATUS] = (uint32_t)rec->status,
	    [C] = rec->shape.c,
	    [H] = rec->shape.h,
	    [W] = rec->shape.w,
	    [NHWC] = rec->shape.is_nhwc,
	};
	size_t i;

	for (i = 0; i < N_WORDS; i++)
		head[i] = ocr_le32(head[i]);
	memcpy(out, head, HEAD_BYTES);
	memcpy(out + HEAD_BYTES, rec->name, rec->n_name);
	memcpy(out + HEAD_BYTES + rec->n_name, rec->bytes, rec->n_bytes);
}

void
ocr_records_begin(struct ocr_records *it, const struct ocr_images *im,
    const struct ocr_chunk *c)
{
	it->images = im;
	it->chunk = c;
	it->at = 0;
}

static int
bad(const struct ocr_chunk *c, struct ocr_err *err)
{
	char what[256];

	return ocr_err_set(err, -OCR_EFORMAT, "%s: not records",
	    ocr_chunk_describe(c, what, sizeof(what)));
}

/* Do the pixels have the size of their shape? */
static bool
is_right(const struct ocr_record *rec)
{
	const struct ocr_pixels_shape *s = &rec->shape;

	if (s->c == 0 || rec->status < 0)
		return true;
	return s->c <= OCR_PIXELS_MAX_C && s->h <= OCR_PIXELS_MAX_SIDE &&
	       s->w <= OCR_PIXELS_MAX_SIDE &&
	       (uint64_t)s->c * s->h * s->w == rec->n_bytes;
}

static int
next_of_table(struct ocr_records *it, struct ocr_record *rec,
    struct ocr_err *err)
{
	const uint8_t *p = it->chunk->data + it->at;
	size_t rest = it->chunk->len - it->at;
	uint32_t head[N_WORDS];
	size_t i;

	if (rest < HEAD_BYTES)
		return bad(it->chunk, err);
	memcpy(head, p, HEAD_BYTES);
	for (i = 0; i < N_WORDS; i++)
		head[i] = ocr_le32(head[i]);
	rest -= HEAD_BYTES;
	if (head[N_NAME] > rest || head[N_BYTES] > rest - head[N_NAME])
		return bad(it->chunk, err);
	*rec = (struct ocr_record){
	    .status = (int32_t)head[STATUS],
	    .truth = (int32_t)head[TRUTH],
	    .name = (const char *)p + HEAD_BYTES,
	    .n_name = head[N_NAME],
	    .bytes = p + HEAD_BYTES + head[N_NAME],
	    .n_bytes = head[N_BYTES],
	    .shape = {.c = head[C],
		.h = head[H],
		.w = head[W],
		.is_nhwc = head[NHWC] != 0},
	};
	if (!is_right(rec))
		return bad(it->chunk, err);
	it->at += ocr_record_packed(rec);
	return 1;
}

static int
next_of_rows(struct ocr_records *it, struct ocr_record *rec,
    struct ocr_err *err)
{
	const struct ocr_rows_layout *l = &it->images->layout;
	const struct ocr_chunk *c = it->chunk;
	const uint8_t *p = c->data + it->at;
	uint64_t i = (c->at + it->at) / l->record_bytes;
	int n;

	if (c->len - it->at < l->record_bytes)
		return bad(c, err);
	n = snprintf(it->text, sizeof(it->text), "%.200s:%" PRIu64,
	    ocr_origin_label(c->origin), i);
	*rec = (struct ocr_record){
	    .truth = l->has_truth ? p[0] : OCR_IMAGES_NO_TRUTH,
	    .name = it->text,
	    .n_name = n > 0 ? (size_t)n : 0,
	    .bytes = p + l->pixels_at,
	    .n_bytes = l->record_bytes - l->pixels_at,
	    .shape = l->shape,
	};
	it->at += l->record_bytes;
	return 1;
}

static int
next_whole(struct ocr_records *it, struct ocr_record *rec)
{
	const struct ocr_chunk *c = it->chunk;

	*rec = (struct ocr_record){.truth = OCR_IMAGES_NO_TRUTH,
	    .name = c->origin != NULL ? c->origin->name : "-",
	    .bytes = c->data,
	    .n_bytes = c->len};
	rec->n_name = strlen(rec->name);
	it->at = c->len;
	return 1;
}

int
ocr_records_next(struct ocr_records *it, struct ocr_record *rec,
    struct ocr_err *err)
{
	if (it->at >= it->chunk->len)
		return 0;
	switch (it->images->chunks) {
	case OCR_LAYOUT_ROWS:
		return next_of_rows(it, rec, err);
	case OCR_LAYOUT_WHOLE:
		return next_whole(it, rec);
	case OCR_LAYOUT_TABLE:
		break;
	}
	return next_of_table(it, rec, err);
}

int
ocr_record_pixels(const struct ocr_record *rec, struct ocr_pixels *p, void *out,
    struct ocr_err *err)
{
	struct ocr_err why = {0};
	int r;

	if (rec->status < 0)
		return ocr_err_set(err, rec->status, "%.*s",
		    (int)(rec->n_bytes < 500 ? rec->n_bytes : 500),
		    (const char *)rec->bytes);
	if (rec->shape.c > 0)
		r = ocr_pixels_convert(p, rec->bytes, &rec->shape, out, &why);
	else
		r = ocr_pixels_decode(p, rec->bytes, rec->n_bytes, out, &why);
	if (r < 0)
		return ocr_err_set(err, r, "%.*s: %.250s",
		    (int)(rec->n_name < 200 ? rec->n_name : 200), rec->name,
		    why.text);
	return 0;
}
