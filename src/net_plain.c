/*
 * net_plain.c - which function does which operator, and access to elements
 */
#include "config.h"

#include "src/net_plain.h"

#include <string.h>

struct ocr_view
ocr_view_of(const struct ocr_tensor *t, uint64_t n, void *data)
{
	struct ocr_view v = {.element = t->element,
	    .n_dims = t->n_dims,
	    .data = data};
	uint32_t i;

	for (i = 0; i < t->n_dims; i++)
		v.dims[i] = t->dims[i] == 0 ? n : t->dims[i];
	return v;
}

uint64_t
ocr_view_span(const struct ocr_view *v, uint32_t from, uint32_t to)
{
	uint64_t count = 1;

	while (from < to)
		count *= v->dims[from++];
	return count;
}

uint64_t
ocr_view_count(const struct ocr_view *v)
{
	return ocr_view_span(v, 0, v->n_dims);
}

static int64_t
float_to_int(float x)
{
	if (!(x > -9.2e18f))
		return x != x ? 0 : INT64_MIN;
	return x < 9.2e18f ? (int64_t)x : INT64_MAX;
}

int64_t
ocr_view_int(const struct ocr_view *v, uint64_t i)
{
	switch (v->element) {
	case OCR_I8:
		return ((const int8_t *)v->data)[i];
	case OCR_U8:
	case OCR_BOOL:
		return ((const uint8_t *)v->data)[i];
	case OCR_I32:
		return ((const int32_t *)v->data)[i];
	case OCR_I64:
		return ((const int64_t *)v->data)[i];
	case OCR_F32:
		break;
	}
	return float_to_int(((const float *)v->data)[i]);
}

float
ocr_view_float(const struct ocr_view *v, uint64_t i)
{
	return v->element == OCR_F32 ? ((const float *)v->data)[i]
				     : (float)ocr_view_int(v, i);
}

void
ocr_view_put(const struct ocr_view *v, uint64_t i, int64_t x)
{
	switch (v->element) {
	case OCR_I8:
		((int8_t *)v->data)[i] = (int8_t)x;
		break;
	case OCR_U8:
		((uint8_t *)v->data)[i] = (uint8_t)x;
		break;
	case OCR_BOOL:
		((uint8_t *)v->data)[i] = x != 0;
		break;
	case OCR_I32:
		((int32_t *)v->data)[i] = (int32_t)x;
		break;
	case OCR_I64:
		((int64_t *)v->data)[i] = x;
		break;
	case OCR_F32:
		((float *)v->data)[i] = (float)x;
		break;
	}
}

void
ocr_view_steps(uint64_t *steps, const struct ocr_view *v,
    const struct ocr_view *out)
{
	uint32_t i, lead = out->n_dims - v->n_dims;
	uint64_t step = 1;

	memset(steps, 0, OCR_NET_MAX_DIMS * sizeof(*steps));
	for (i = v->n_dims; i-- > 0;) {
		steps[lead + i] = v->dims[i] == 1 ? 0 : step;
		step *= v->dims[i];
	}
}

bool
ocr_view_next(uint64_t *at, const struct ocr_view *out)
{
	uint32_t i;

	for (i = out->n_dims < 1 ? 0 : out->n_dims - 1; i-- > 0;) {
		if (++at[i] < out->dims[i])
			return true;
		at[i] = 0;
	}
	return false;
}

static void
run_shape(const struct ocr_view *in, const struct ocr_view *out)
{
	uint32_t i;

	for (i = 0; i < in->n_dims; i++)
		ocr_view_put(out, i, (int64_t)in->dims[i]);
}

void
ocr_plain_run(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out)
{
	switch (node->op) {
	case OCR_OP_ADD:
	case OCR_OP_CLIP:
	case OCR_OP_DIV:
	case OCR_OP_GREATER:
	case OCR_OP_MAX:
	case OCR_OP_MIN:
	case OCR_OP_MUL:
	case OCR_OP_POW:
	case OCR_OP_RELU:
	case OCR_OP_SIGN:
	case OCR_OP_SUB:
		ocr_plain_elementwise(node, in, out);
		break;
	case OCR_OP_BIPOLAR_QUANT:
	case OCR_OP_DEQUANTIZE:
	case OCR_OP_MULTI_THRESHOLD:
	case OCR_OP_QUANT:
	case OCR_OP_QUANTIZE:
	case OCR_OP_TRUNC:
		ocr_plain_quant(node, in, out);
		break;
	case OCR_OP_ARGMAX:
	case OCR_OP_TOP_K:
		ocr_plain_choose(node, in, out);
		break;
	case OCR_OP_AVERAGE_POOL:
	case OCR_OP_MAX_POOL:
		ocr_plain_pool(node, in, out);
		break;
	case OCR_OP_GLOBAL_AVERAGE_POOL:
	case OCR_OP_REDUCE_MEAN:
		ocr_plain_mean(node, in, out);
		break;
	case OCR_OP_BATCH_NORM:
		ocr_plain_batch_norm(node, in, out);
		break;
	case OCR_OP_CONV:
		ocr_plain_conv(node, in, out);
		break;
	case OCR_OP_GEMM:
		ocr_plain_gemm(node, in, out);
		break;
	case OCR_OP_MATMUL:
		ocr_plain_matmul(node, in, out);
		break;
	case OCR_OP_INT8_CONV:
		ocr_plain_int8_conv(node, in, out);
		break;
	case OCR_OP_INT8_PRODUCT:
		ocr_plain_int8_product(node, in, out);
		break;
	case OCR_OP_SOFTMAX:
		ocr_plain_softmax(node, in, out);
		break;
	case OCR_OP_SHAPE:
		run_shape(in, out);
		break;
	case OCR_OP_CAST:
	case OCR_OP_CONCAT:
	case OCR_OP_FLATTEN:
	case OCR_OP_GATHER:
	case OCR_OP_IDENTITY:
	case OCR_OP_PAD:
	case OCR_OP_RESHAPE:
	case OCR_OP_TRANSPOSE:
		ocr_plain_move(node, in, out);
		break;
	case OCR_N_OPS:
		break;
	}
}
