/*
 * ort_net.c - a net in ONNX Runtime: session, input, output
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/ort_part.h"

/* One thread; nothing but ONNX, whatever the bytes look like.  The arena of
 * memory stays on: without it runs are up to a fifth slower. */
static int
set_options(const struct ocr_ort *o, struct ort_options *opt,
    struct ocr_err *err)
{
	const struct ort_api *api = o->api;
	int r = ocr_ort_check(o, api->set_intra_threads(opt, 1), err);

	if (r == 0)
		r = ocr_ort_check(o, api->set_inter_threads(opt, 1), err);
	if (r == 0)
		r = ocr_ort_check(o, api->set_severity(opt, ORT_SEVERITY_FATAL),
		    err);
	if (r == 0)
		r = ocr_ort_check(o,
		    api->set_config(opt, "session.load_model_format", "ONNX"),
		    err);
	return r;
}

static int
open_session(struct ocr_ort *o, const struct ocr_onnx_file *file,
    struct ocr_err *err)
{
	const struct ort_api *api = o->api;
	struct ort_options *opt = NULL;
	struct ort_status *s;
	int r = ocr_ort_check(o, api->options_new(&opt), err);

	if (r < 0)
		return r;
	r = set_options(o, opt, err);
	if (r == 0) {
		/* Of bytes it would look for further files in the working
		 * directory.  By name it reads the file again: one that is
		 * replaced meanwhile was not checked. */
		s = file->has_external
			? api->session_of_file(o->env, o->path, opt,
			      &o->session)
			: api->session_of_bytes(o->env, file->data, file->len,
			      opt, &o->session);
		r = ocr_ort_check(o, s, err);
	}
	api->options_free(opt);
	return r;
}

static bool
element_of(enum ocr_element *to, int element)
{
	*to = element == ORT_UINT8 ? OCR_U8 : OCR_F32;
	return element == ORT_UINT8 || element == ORT_FLOAT;
}

/* Images in a run and bytes of one; what is no image goes without a shape. */
static void
set_input(struct ocr_ort *o, int element, const int64_t *dims, size_t n_dims)
{
	struct ocr_tensor *t = &o->in;
	bool is_good = element_of(&t->element, element) && n_dims >= 1 &&
		       (dims[0] == -1 || (dims[0] > 0 && dims[0] <= INT32_MAX));
	size_t i;

	t->n_dims = (uint32_t)n_dims;
	for (i = 1; i < n_dims; i++) {
		is_good = is_good && dims[i] > 0;
		t->dims[i] = (uint64_t)dims[i];
	}
	o->step = is_good && dims[0] > 0 ? (size_t)dims[0] : 0;
	t->has_shape =
	    is_good && ocr_tensor_count(t, o->step > 2 ? o->step : 2) != 0;
	if (t->has_shape)
		o->n_image = (size_t)ocr_tensor_count(t, 1) *
			     ocr_element_size(t->element);
}

static int
read_input(struct ocr_ort *o, struct ocr_err *err)
{
	const struct ort_api *api = o->api;
	const struct ort_shape *shape = NULL;
	struct ort_type *type = NULL;
	int64_t dims[OCR_NET_MAX_DIMS] = {0};
	size_t n = 0;
	int element = 0, r;

	r = ocr_ort_check(o,
	    api->input_name(o->session, 0, o->allocator, &o->in_name), err);
	if (r == 0)
		r = ocr_ort_check(o, api->input_type(o->session, 0, &type),
		    err);
	if (r == 0)
		r = ocr_ort_check(o, api->tensor_type(type, &shape), err);
	if (r == 0 && shape != NULL) {
		r = ocr_ort_check(o, api->shape_element(shape, &element), err);
		if (r == 0)
			r = ocr_ort_check(o, api->shape_n_dims(shape, &n), err);
		if (r == 0 && n <= OCR_NET_MAX_DIMS)
			r = ocr_ort_check(o, api->shape_dims(shape, dims, n),
			    err);
	}
	if (type != NULL)
		api->type_free(type);
	o->in.name = o->in_name;
	o->in.maker = UINT32_MAX;
	if (r == 0 && n <= OCR_NET_MAX_DIMS)
		set_input(o, element, dims, n);
	return r;
}

/* 0: it is no tensor. */
static int
read_output_element(const struct ocr_ort *o, size_t i, int *element,
    struct ocr_err *err)
{
	const struct ort_shape *shape = NULL;
	struct ort_type *type = NULL;
	int r =
	    ocr_ort_check(o, o->api->output_type(o->session, i, &type), err);

	*element = 0;
	if (r == 0)
		r = ocr_ort_check(o, o->api->tensor_type(type, &shape), err);
	if (r == 0 && shape != NULL)
		r = ocr_ort_check(o, o->api->shape_element(shape, element),
		    err);
	if (type != NULL)
		o->api->type_free(type);
	return r;
}

/* The first of floats, else the first of whole numbers. */
static int
find_output(struct ocr_ort *o, struct ocr_err *err)
{
	size_t n = 0, i, best = 0;
	int element, r;

	r = ocr_ort_check(o, o->api->n_outputs(o->session, &n), err);
	for (i = 0; r == 0 && i < n && o->out_element != ORT_FLOAT; i++) {
		r = read_output_element(o, i, &element, err);
		if (element == ORT_FLOAT ||
		    (o->out_element == 0 &&
			(element == ORT_INT64 || element == ORT_INT32))) {
			o->out_element = element;
			best = i;
		}
	}
	if (r == 0 && o->out_element == 0)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: none of its %zu outputs has floats (scores) or whole"
		    " numbers (labels)",
		    o->path, n);
	if (r == 0)
		r = ocr_ort_check(o,
		    o->api->output_name(o->session, best, o->allocator,
			&o->out_name),
		    err);
	return r;
}

int
ocr_ort_load(struct ocr_ort *o, const char *path,
    const struct ocr_onnx_file *file, struct ocr_err *err)
{
	size_t n = 0;
	int r;

	o->path = strdup(path);
	if (o->path == NULL)
		return ocr_err_nomem(err);
	r = open_session(o, file, err);
	if (r == 0)
		r = ocr_ort_check(o, o->api->n_inputs(o->session, &n), err);
	if (r == 0 && n != 1)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: %zu inputs: one is known, of images", path, n);
	if (r == 0)
		r = read_input(o, err);
	if (r == 0)
		r = find_output(o, err);
	return r;
}

const struct ocr_tensor *
ocr_ort_input(const struct ocr_ort *o)
{
	return &o->in;
}
