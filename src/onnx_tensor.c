/*
 * onnx_tensor.c - constants: type, shape and data
 */
#include "config.h"

#include <string.h>

#include "src/onnx_impl.h"

int
ocr_onnx_element(enum ocr_element *out, int32_t type)
{
	switch (type) {
	case ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT:
		*out = OCR_F32;
		return 0;
	case ONNX__TENSOR_PROTO__DATA_TYPE__UINT8:
		*out = OCR_U8;
		return 0;
	case ONNX__TENSOR_PROTO__DATA_TYPE__INT8:
		*out = OCR_I8;
		return 0;
	case ONNX__TENSOR_PROTO__DATA_TYPE__INT32:
		*out = OCR_I32;
		return 0;
	case ONNX__TENSOR_PROTO__DATA_TYPE__INT64:
		*out = OCR_I64;
		return 0;
	case ONNX__TENSOR_PROTO__DATA_TYPE__BOOL:
		*out = OCR_BOOL;
		return 0;
	default:
		return -OCR_EFORMAT;
	}
}

static int
refuse(const struct ocr_onnx *x, const Onnx__TensorProto *from, const char *why,
    struct ocr_err *err)
{
	return ocr_err_set(err, -OCR_EFORMAT, "%s: constant '%.80s': %s",
	    x->file, from->name == NULL ? "" : from->name, why);
}

static int
set_shape(const struct ocr_onnx *x, struct ocr_tensor *t,
    const Onnx__TensorProto *from, struct ocr_err *err)
{
	size_t i;

	if (!from->has_data_type ||
	    ocr_onnx_element(&t->element, from->data_type) < 0)
		return refuse(x, from, "its type of numbers is not known", err);
	if (from->n_dims > OCR_NET_MAX_DIMS)
		return refuse(x, from, "more than 6 dimensions", err);
	t->n_dims = (uint32_t)from->n_dims;
	for (i = 0; i < from->n_dims; i++) {
		if (from->dims[i] <= 0)
			return refuse(x, from,
			    "a dimension that is not 1 or "
			    "more",
			    err);
		t->dims[i] = (uint64_t)from->dims[i];
	}
	t->has_shape = true;
	if (ocr_tensor_count(t, 1) == 0)
		return refuse(x, from, "more than 2 GiB", err);
	return 0;
}

/* Numbers written one by one; there must be exactly n. */
static bool
copy_list(void *to, enum ocr_element e, const Onnx__TensorProto *from,
    uint64_t n)
{
	uint64_t i;

	if (e == OCR_F32) {
		if (from->n_float_data != n)
			return false;
		memcpy(to, from->float_data, (size_t)n * 4);
		return true;
	}
	if (e == OCR_I64) {
		if (from->n_int64_data != n)
			return false;
		memcpy(to, from->int64_data, (size_t)n * 8);
		return true;
	}
	if (from->n_int32_data != n)
		return false;
	for (i = 0; i < n; i++)
		if (e == OCR_I32)
			((int32_t *)to)[i] = from->int32_data[i];
		else
			((uint8_t *)to)[i] = (uint8_t)from->int32_data[i];
	return true;
}

/* Raw data is little-endian. */
static void
to_host(void *data, uint64_t n, size_t size)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	uint8_t *p = data, byte;
	size_t i;

	for (; n > 0; n--, p += size)
		for (i = 0; i < size / 2; i++) {
			byte = p[i];
			p[i] = p[size - 1 - i];
			p[size - 1 - i] = byte;
		}
#else
	(void)data;
	(void)n;
	(void)size;
#endif
}

/* A byte that is not 0 or 1 in a bool is one. */
static void
tidy_bools(uint8_t *data, uint64_t n)
{
	uint64_t i;

	for (i = 0; i < n; i++)
		data[i] = data[i] != 0;
}

/* Data as it lies in the message, if that is memory of the net. */
static void *
find_data(const struct ocr_onnx *x, const Onnx__TensorProto *from,
    enum ocr_element e)
{
	void *p = NULL;

	if (from->has_raw_data)
		p = from->raw_data.data;
	else if (e == OCR_F32)
		p = from->float_data;
	return ocr_net_has_large(x->net, p) ? p : NULL;
}

int
ocr_onnx_tensor(struct ocr_onnx *x, uint32_t index,
    const Onnx__TensorProto *from, struct ocr_err *err)
{
	struct ocr_tensor *t = &x->net->tensors[index];
	uint64_t n, bytes;
	void *data = NULL, *there = NULL;
	bool is_outside =
	    from->has_data_location &&
	    from->data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
	int r = set_shape(x, t, from, err);

	if (r < 0)
		return r;
	n = ocr_tensor_count(t, 1);
	bytes = n * ocr_element_size(t->element);
	/* Before memory is asked for: a small file cannot ask for much */
	if (!is_outside && from->has_raw_data && from->raw_data.len != bytes)
		return refuse(x, from,
		    "its data has another size than its "
		    "shape",
		    err);
	if (!is_outside && !from->has_raw_data &&
	    n != from->n_float_data + from->n_int64_data + from->n_int32_data)
		return refuse(x, from,
		    "its data is missing, or has another "
		    "size than its shape",
		    err);
	if (is_outside)
		r = ocr_onnx_external(x, from, &data, bytes, err);
	else
		data = there = find_data(x, from, t->element);
	if (data == NULL && !is_outside)
		data = ocr_net_alloc(x->net, bytes, err);
	if (data == NULL)
		return r < 0 ? r : -OCR_ENOMEM;
	if (there != NULL)
		; /* nothing to copy */
	else if (!is_outside && from->has_raw_data)
		memcpy(data, from->raw_data.data, (size_t)bytes);
	else if (!is_outside && !copy_list(data, t->element, from, n))
		r = refuse(x, from, "its data has another type than it says",
		    err);
	if (is_outside || from->has_raw_data)
		to_host(data, n, ocr_element_size(t->element));
	if (t->element == OCR_BOOL)
		tidy_bools(data, n);
	t->data = data;
	return r;
}
