/*
 * onnx_constant.c - constants that are written as attributes
 */
#include "config.h"

#include <string.h>

#include "src/onnx_impl.h"

/* n numbers of 4 or 8 bytes; dims: 0 for one, 1 for a list. */
static int
put(struct ocr_onnx *x, uint32_t index, enum ocr_element e, const void *list,
    size_t n, uint32_t n_dims, struct ocr_err *err)
{
	size_t bytes = n * ocr_element_size(e);
	void *data = ocr_net_alloc(x->net, bytes, err);
	struct ocr_tensor *t = &x->net->tensors[index];

	if (data == NULL)
		return -OCR_ENOMEM;
	if (n == 0)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: constant '%.80s': an empty list", x->file, t->name);
	memcpy(data, list, bytes);
	t->element = e;
	t->has_shape = true;
	t->n_dims = n_dims;
	t->dims[0] = n;
	t->data = data;
	return 0;
}

int64_t
ocr_onnx_ints(struct ocr_onnx *x, const int64_t *list, size_t n,
    struct ocr_err *err)
{
	int64_t t = ocr_net_add_tensor(x->net, "", err);
	int r = t < 0 ? (int)t : put(x, (uint32_t)t, OCR_I64, list, n, 1, err);

	return r < 0 ? r : t;
}

int
ocr_onnx_constant(struct ocr_onnx *x, uint32_t t, const Onnx__NodeProto *from,
    struct ocr_err *err)
{
	const Onnx__AttributeProto *a;

	if (from->n_attribute == 1 && from->attribute[0]->name != NULL) {
		a = from->attribute[0];
		if (strcmp(a->name, "value") == 0 && a->t != NULL)
			return ocr_onnx_tensor(x, t, a->t, err);
		if (strcmp(a->name, "value_float") == 0 && a->has_f)
			return put(x, t, OCR_F32, &a->f, 1, 0, err);
		if (strcmp(a->name, "value_int") == 0 && a->has_i)
			return put(x, t, OCR_I64, &a->i, 1, 0, err);
		if (strcmp(a->name, "value_floats") == 0)
			return put(x, t, OCR_F32, a->floats, a->n_floats, 1,
			    err);
		if (strcmp(a->name, "value_ints") == 0)
			return put(x, t, OCR_I64, a->ints, a->n_ints, 1, err);
	}
	return ocr_err_set(err, -OCR_EFORMAT,
	    "%s: node '%.80s' (Constant): no value that is known", x->file,
	    from->name == NULL ? "" : from->name);
}
