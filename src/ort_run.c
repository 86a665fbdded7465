/*
 * ort_run.c - images through a net in ONNX Runtime
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/ort_part.h"

#define MAX_SCORES ((size_t)1 << 20)
/* Images at once where any number will do: more are not faster, and the
 * library's memory, which it keeps, grows with them. */
#define MAX_RUN 32

/* Numbers of an image in a value of n images; 0: they do not divide. */
static int
count_scores(const struct ocr_ort *o, const struct ort_value *v, size_t n,
    size_t *n_scores, struct ocr_err *err)
{
	const struct ort_api *api = o->api;
	struct ort_shape *shape = NULL;
	int64_t dims[OCR_NET_MAX_DIMS] = {0};
	size_t n_dims = 0, count = 0;
	int element = 0;
	int r = ocr_ort_check(o, api->value_shape(v, &shape), err);

	*n_scores = 0;
	if (r < 0)
		return r;
	r = ocr_ort_check(o, api->shape_element(shape, &element), err);
	if (r == 0)
		r = ocr_ort_check(o, api->shape_n_dims(shape, &n_dims), err);
	if (r == 0 && n_dims <= OCR_NET_MAX_DIMS)
		r = ocr_ort_check(o, api->shape_dims(shape, dims, n_dims), err);
	if (r == 0)
		r = ocr_ort_check(o, api->shape_count(shape, &count), err);
	if (r == 0 && element == o->out_element && count % n == 0 &&
	    (n == 1 || (n_dims > 0 && dims[0] == (int64_t)n)))
		*n_scores = count / n;
	api->shape_free(shape);
	return r;
}

static int
copy_labels(const struct ocr_ort *o, const void *data, size_t n, int64_t *to,
    struct ocr_err *err)
{
	const int32_t *narrow = data;
	const int64_t *wide = data;
	size_t i;

	for (i = 0; i < n; i++) {
		to[i] = o->out_element == ORT_INT32 ? narrow[i] : wide[i];
		if (to[i] < 0 || to[i] > INT32_MAX)
			return ocr_err_set(err, -OCR_EFORMAT,
			    "%s: label %" PRId64, o->path, to[i]);
	}
	return 0;
}

/* The first n of the images of a run; to: NULL where only their number of scores
 * is to be learned. */
static int
take_output(const struct ocr_ort *o, struct ort_value *v, size_t n_run,
    size_t n, void *to, size_t *n_scores, struct ocr_err *err)
{
	void *data = NULL;
	int r = count_scores(o, v, n_run, n_scores, err);

	if (r < 0)
		return r;
	if (*n_scores == 0 || *n_scores > MAX_SCORES ||
	    (ocr_ort_is_label(o) && *n_scores != 1) ||
	    (to != NULL && *n_scores != o->n_scores))
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: its output '%.80s' is neither scores nor a label an"
		    " image",
		    o->path, o->out_name);
	if (to == NULL)
		return 0;
	r = ocr_ort_check(o, o->api->tensor_data(v, &data), err);
	if (r == 0 && ocr_ort_is_label(o))
		return copy_labels(o, data, n, to, err);
	if (r == 0)
		memcpy(to, data, n * *n_scores * sizeof(float));
	return r;
}

/* n_run images, of which n are wanted. */
static int
run(const struct ocr_ort *o, const void *images, size_t n_run, size_t n,
    void *to, size_t *n_scores, struct ocr_err *err)
{
	const struct ort_api *api = o->api;
	const char *in_name = o->in_name, *out_name = o->out_name;
	struct ort_value *in = NULL, *out = NULL;
	const struct ort_value *ins[1];
	int64_t dims[OCR_NET_MAX_DIMS];
	uint32_t i;
	int r;

	dims[0] = (int64_t)n_run;
	for (i = 1; i < o->in.n_dims; i++)
		dims[i] = (int64_t)o->in.dims[i];
	/* It is an input: nothing writes to it. */
	r = ocr_ort_check(o,
	    api->tensor_over(o->memory, (void *)(uintptr_t)images,
		n_run * o->n_image, dims, o->in.n_dims,
		o->in.element == OCR_U8 ? ORT_UINT8 : ORT_FLOAT, &in),
	    err);
	if (r == 0) {
		ins[0] = in;
		r = ocr_ort_check(o,
		    api->run(o->session, NULL, &in_name, ins, 1, &out_name, 1,
			&out),
		    err);
	}
	if (r == 0)
		r = take_output(o, out, n_run, n, to, n_scores, err);
	if (in != NULL)
		api->value_free(in);
	if (out != NULL)
		api->value_free(out);
	return r;
}

int
ocr_ort_try(struct ocr_ort *o, bool is_alone, struct ocr_err *err)
{
	size_t n, n_scores = 0;
	void *images;
	int r;

	if (o->step == 0 && is_alone)
		o->step = 1;
	/* Two tell whether the first dim is really that of images. */
	n = o->step == 0 ? 2 : o->step;
	images = calloc(n, o->n_image);
	if (images == NULL)
		return ocr_err_nomem(err);
	r = run(o, images, n, n, NULL, &n_scores, err);
	free(images);
	if (r == 0)
		o->n_scores = n_scores;
	return r;
}

size_t
ocr_ort_n_scores(const struct ocr_ort *o)
{
	return o->n_scores;
}

bool
ocr_ort_is_label(const struct ocr_ort *o)
{
	return o->out_element != ORT_FLOAT;
}

/* The last images of a net that takes more at once: black ones follow. */
static int
run_padded(const struct ocr_ort *o, const uint8_t *images, size_t n, void *to,
    struct ocr_err *err)
{
	uint8_t *all = calloc(o->step, o->n_image);
	size_t n_scores;
	int r;

	if (all == NULL)
		return ocr_err_nomem(err);
	memcpy(all, images, n * o->n_image);
	r = run(o, all, o->step, n, to, &n_scores, err);
	free(all);
	return r;
}

int
ocr_ort_run(const struct ocr_ort *o, const void *images, size_t n, void *out,
    struct ocr_err *err)
{
	size_t size = o->n_scores *
		      (ocr_ort_is_label(o) ? sizeof(int64_t) : sizeof(float));
	size_t step = o->step == 0 ? MAX_RUN : o->step, at, now, n_scores;
	const uint8_t *from = images;
	uint8_t *to = out;
	int r = 0;

	for (at = 0; r == 0 && at < n; at += now) {
		now = n - at < step ? n - at : step;
		if (now < o->step)
			r = run_padded(o, from + at * o->n_image, now,
			    to + at * size, err);
		else
			r = run(o, from + at * o->n_image, now, now,
			    to + at * size, &n_scores, err);
	}
	return r;
}
