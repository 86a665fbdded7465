/*
 * images_labels.c - the class of each image, out of a file of its own
 *
 * IDX and NPY by their content; else text: a number a line.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/images_layout.h"

/* Of n labels at p, each size bytes, little-endian. */
static int
take_numbers(int32_t *out, uint64_t n, const uint8_t *p, size_t size,
    const char *name, struct ocr_err *err)
{
	uint64_t i, v;
	size_t k;

	for (i = 0; i < n; i++, p += size) {
		for (v = 0, k = 0; k < size; k++)
			v |= (uint64_t)p[k] << 8 * k;
		if (v > INT32_MAX)
			return ocr_err_set(err, -OCR_EFORMAT,
			    "%.200s: label %" PRIu64 " is no class", name, i);
		out[i] = (int32_t)v;
	}
	return 0;
}

/* Numbers that lie in in->data from 'at' on. */
static int
take_array(int32_t **out, uint64_t *n, const struct ocr_input_map *in,
    size_t at, size_t size, struct ocr_err *err)
{
	if (*n > (in->len - at) / size)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%.200s: ends after %zu of %" PRIu64 " labels", in->name,
		    (in->len - at) / size, *n);
	*out = calloc((size_t)*n + 1, sizeof(**out));
	if (*out == NULL)
		return ocr_err_nomem(err);
	return take_numbers(*out, *n, in->data + at, size, in->name, err);
}

static int
take_npy(int32_t **out, uint64_t *n, const struct ocr_input_map *in,
    struct ocr_err *err)
{
	static const char *const types[] = {"u1", "<u2", "<i2", "<i4", "<u4",
	    "<i8", "<u8", "i1"};
	static const uint8_t sizes[] = {1, 2, 2, 4, 4, 8, 8, 1};
	struct ocr_npy a;
	size_t i = 0;
	int r = ocr_npy_head(&a, in->data, in->len, in->name, err);

	if (r != 0)
		return r < 0 ? r
			     : ocr_err_set(err, -OCR_EFORMAT,
				   "%.200s: ends in its header", in->name);
	while (i < sizeof(sizes) && strcmp(types[i], a.type) != 0)
		i++;
	if (i == sizeof(sizes) || a.n_dims != 1)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%.200s: not a row of whole numbers", in->name);
	*n = a.dims[0];
	return take_array(out, n, in, a.head_bytes, sizes[i], err);
}

static int
take_text(int32_t **out, uint64_t *n, const struct ocr_input_map *in,
    struct ocr_err *err)
{
	const uint8_t *p = in->data, *end = p + in->len;
	uint64_t n_lines = 1, v;
	const uint8_t *q, *from;

	for (q = p; q < end; q++)
		n_lines += *q == '\n';
	*out = calloc((size_t)n_lines, sizeof(**out));
	if (*out == NULL)
		return ocr_err_nomem(err);
	for (*n = 0; p < end; p = q + 1) {
		for (v = 0, q = from = p; q < end && *q >= '0' && *q <= '9';
		     q++)
			v = v > INT32_MAX ? v : v * 10 + (uint64_t)(*q - '0');
		if (q < end && *q == '\r' && q > from)
			q++;
		if (q == from || v > INT32_MAX || (q < end && *q != '\n'))
			return ocr_err_set(err, -OCR_EFORMAT,
			    "%.200s: line %" PRIu64 ": not a class number",
			    in->name, *n + 1);
		(*out)[(*n)++] = (int32_t)v;
	}
	return 0;
}

int
ocr_labels_read(int32_t **out, uint64_t *n, const char *path,
    struct ocr_err *err)
{
	struct ocr_input_map in = {0};
	const uint8_t *p;
	int r;

	*out = NULL;
	*n = 0;
	r = ocr_input_map_open(&in, path, err);
	if (r < 0)
		return r;
	p = in.data;
	if (in.len >= 8 && memcmp(p, "\0\0\10\1", 4) == 0) {
		*n = (uint32_t)p[4] << 24 | (uint32_t)p[5] << 16 |
		     (uint32_t)p[6] << 8 | p[7];
		r = take_array(out, n, &in, 8, 1, err);
	} else if (in.len >= 6 && memcmp(p, "\x93NUMPY", 6) == 0) {
		r = take_npy(out, n, &in, err);
	} else {
		r = take_text(out, n, &in, err);
	}
	ocr_input_map_close(&in);
	if (r < 0) {
		free(*out);
		*out = NULL;
	}
	return r;
}

/* In what, a word of the same length instead of another one. */
static bool
replace(char *what, const char *from, const char *to)
{
	char *at = strstr(what, from);

	if (at == NULL)
		return false;
	memcpy(at, to, strlen(to));
	return true;
}

int
ocr_labels_path(char **out, const struct ocr_images_opt *opt,
    enum ocr_images_form form, const char *path, struct ocr_err *err)
{
	char *slash;

	*out = NULL;
	if (opt->truth != OCR_TRUTH_RECORD ||
	    (form == OCR_IMAGES_CIFAR10 && opt->truth_path == NULL))
		return 0;
	*out = strdup(opt->truth_path != NULL ? opt->truth_path : path);
	if (*out == NULL)
		return ocr_err_nomem(err);
	if (opt->truth_path != NULL)
		return 0;
	slash = strrchr(*out, '/');
	slash = slash != NULL ? slash + 1 : *out;
	if (form == OCR_IMAGES_IDX && replace(slash, "images", "labels")) {
		replace(slash, "idx3", "idx1");
		replace(slash, "idx4", "idx1");
		if (access(*out, R_OK) == 0)
			return 0;
	}
	free(*out);
	*out = NULL;
	return ocr_err_set(err, -OCR_EIO,
	    "%.200s: no labels beside it: name their file with --truth", path);
}
