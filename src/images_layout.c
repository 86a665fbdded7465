/*
 * images_layout.c - fixed records: CIFAR-10, IDX and raw; see images_layout.h
 *
 * Sources: https://www.cs.toronto.edu/~kriz/cifar.html ("binary version"),
 * http://yann.lecun.com/exdb/mnist/ ("the IDX file format").
 */
#include "config.h"

#include "src/images_layout.h"

#include <inttypes.h>
#include <string.h>

#define CIFAR10_BYTES 3073
#define IDX_BYTES_TYPE 8

static bool
is_channels(uint64_t n)
{
	return n == 1 || n == 3 || n == 4;
}

static int
set_shape(struct ocr_rows_layout *l, const struct ocr_pixels_shape *s,
    const char *name, struct ocr_err *err)
{
	uint64_t n;

	if (s->c == 0 || s->c > OCR_PIXELS_MAX_C || s->h == 0 ||
	    s->h > OCR_PIXELS_MAX_SIDE || s->w == 0 ||
	    s->w > OCR_PIXELS_MAX_SIDE)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%.200s: records of %u x %u pixels of %u channels", name,
		    s->w, s->h, s->c);
	n = (uint64_t)s->c * s->h * s->w;
	if (n > OCR_IMAGES_FILE_MAX)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%.200s: records of %" PRIu64 " bytes are too large", name,
		    n);
	l->shape = *s;
	l->record_bytes = (size_t)n;
	return 0;
}

/* Rows that are not said to be images: the hint says it. */
static int
set_flat(struct ocr_rows_layout *l, uint64_t n_bytes,
    const struct ocr_pixels_shape *hint, const char *name, struct ocr_err *err)
{
	if (hint->c == 0)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%.200s: rows of %" PRIu64
		    " bytes: say what an image is, with --shape",
		    name, n_bytes);
	if ((uint64_t)hint->c * hint->h * hint->w != n_bytes)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%.200s: rows of %" PRIu64
		    " bytes are not %u x %u x %u pixels",
		    name, n_bytes, hint->c, hint->h, hint->w);
	return set_shape(l, hint, name, err);
}

int
ocr_rows_dims(struct ocr_rows_layout *l, const uint64_t *dims, size_t n_dims,
    const struct ocr_pixels_shape *hint, const char *name, struct ocr_err *err)
{
	struct ocr_pixels_shape s = {.c = 1};
	size_t i;

	if (n_dims < 2 || n_dims > 4)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%.200s: %zu dimensions are no images", name, n_dims);
	l->n = dims[0];
	if (n_dims == 2)
		return set_flat(l, dims[1], hint, name, err);
	for (i = 1; i < n_dims; i++)
		if (dims[i] == 0 || dims[i] > OCR_PIXELS_MAX_SIDE)
			return ocr_err_set(err, -OCR_EFORMAT,
			    "%.200s: a dimension of %" PRIu64, name, dims[i]);
	s.h = (uint32_t)dims[1];
	s.w = (uint32_t)dims[2];
	if (n_dims == 4 && is_channels(dims[3]) &&
	    (!is_channels(dims[1]) || hint->c != dims[1] || hint->is_nhwc)) {
		s.c = (uint32_t)dims[3];
		s.is_nhwc = true;
	} else if (n_dims == 4) {
		s.c = (uint32_t)dims[1];
		s.h = (uint32_t)dims[2];
		s.w = (uint32_t)dims[3];
	}
	return set_shape(l, &s, name, err);
}

static int
idx_head(struct ocr_rows_layout *l, const struct ocr_pixels_shape *hint,
    const uint8_t *p, size_t n, const char *name, struct ocr_err *err)
{
	uint64_t dims[4];
	size_t i, n_dims;

	if (n < 4)
		return 4;
	n_dims = p[3];
	if (p[0] != 0 || p[1] != 0)
		return ocr_err_set(err, -OCR_EFORMAT, "%.200s: not an IDX file",
		    name);
	if (p[2] != IDX_BYTES_TYPE)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%.200s: its numbers are not bytes (IDX type 0x%02x)", name,
		    p[2]);
	if (n_dims < 2 || n_dims > 4)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%.200s: %zu dimensions are no images", name, n_dims);
	l->head_bytes = 4 + 4 * n_dims;
	if (n < l->head_bytes)
		return (int)l->head_bytes;
	for (i = 0; i < n_dims; i++) {
		const uint8_t *q = p + 4 + 4 * i;

		dims[i] = (uint32_t)q[0] << 24 | (uint32_t)q[1] << 16 |
			  (uint32_t)q[2] << 8 | q[3];
	}
	return ocr_rows_dims(l, dims, n_dims, hint, name, err);
}

static int
npy_head(struct ocr_rows_layout *l, const struct ocr_pixels_shape *hint,
    const uint8_t *p, size_t n, const char *name, struct ocr_err *err)
{
	struct ocr_npy a;
	int r = ocr_npy_head(&a, p, n, name, err);

	if (r != 0)
		return r;
	if (strcmp(a.type, "u1") != 0)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%.200s: its numbers are %s, not bytes (u1)", name, a.type);
	l->head_bytes = a.head_bytes;
	return ocr_rows_dims(l, a.dims, a.n_dims, hint, name, err);
}

int
ocr_rows_head(struct ocr_rows_layout *l, const struct ocr_images_opt *opt,
    enum ocr_images_form form, const uint8_t *p, size_t n, const char *name,
    struct ocr_err *err)
{
	memset(l, 0, sizeof(*l));
	l->n = OCR_ROWS_TO_THE_END;
	switch (form) {
	case OCR_IMAGES_CIFAR10:
		l->record_bytes = CIFAR10_BYTES;
		l->pixels_at = 1;
		l->has_truth =
		    opt->truth == OCR_TRUTH_RECORD && opt->truth_path == NULL;
		l->shape = (struct ocr_pixels_shape){.c = 3, .h = 32, .w = 32};
		return 0;
	case OCR_IMAGES_IDX:
		return idx_head(l, &opt->shape, p, n, name, err);
	case OCR_IMAGES_NPY:
		return npy_head(l, &opt->shape, p, n, name, err);
	case OCR_IMAGES_RAW:
		return set_shape(l, &opt->shape, name, err);
	case OCR_IMAGES_AUTO:
	case OCR_IMAGES_ARCHIVE:
	case OCR_IMAGES_FILE:
	case OCR_IMAGES_N_FORMS:
		break;
	}
	return ocr_err_set(err, -OCR_EUSAGE, "%.200s: no fixed records", name);
}
