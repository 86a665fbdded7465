/*
 * net_plain_move.c - operators that move elements and do not compute
 */
#include "config.h"

#include "src/net_plain.h"

#include <string.h>

static void
transpose(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out)
{
	size_t size = ocr_element_size(in->element);
	uint64_t steps[OCR_NET_MAX_DIMS], by[OCR_NET_MAX_DIMS] = {1};
	uint64_t at[OCR_NET_MAX_DIMS] = {0}, from, i;
	uint32_t d, last = in->n_dims == 0 ? 0 : in->n_dims - 1;
	const uint8_t *x = in->data;
	uint8_t *y = out->data;

	for (i = 1, d = in->n_dims; d-- > 0; i *= in->dims[d])
		by[d] = i;
	for (d = 0; d < in->n_dims; d++)
		steps[d] =
		    by[node->attr.n_perm == 0 ? last - d : node->attr.perm[d]];
	if (in->n_dims == 0) {
		memcpy(y, x, size);
		return;
	}
	do {
		for (from = 0, d = 0; d < last; d++)
			from += at[d] * steps[d];
		for (i = 0; i < out->dims[last]; i++, y += size)
			memcpy(y, x + (from + i * steps[last]) * size, size);
	} while (ocr_view_next(at, out));
}

static void
concat(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out)
{
	size_t size = ocr_element_size(out->element);
	uint32_t axis = (uint32_t)node->attr.axis, i;
	uint64_t outer = ocr_view_span(out, 0, axis), o, len;
	uint64_t row = ocr_view_span(out, axis, out->n_dims) * size;
	uint8_t *to = out->data;

	for (i = 0; i < node->n_in; i++) {
		len = ocr_view_span(&in[i], axis, in[i].n_dims) * size;
		for (o = 0; o < outer; o++)
			memcpy(to + o * row,
			    (const uint8_t *)in[i].data + o * len, (size_t)len);
		to += len;
	}
}

static void
gather(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out)
{
	uint32_t axis = (uint32_t)node->attr.axis;
	uint64_t outer = ocr_view_span(in, 0, axis), o, i;
	uint64_t n = ocr_view_count(&in[1]);
	uint64_t len = ocr_view_span(in, axis + 1, in->n_dims) *
		       ocr_element_size(in->element);
	const uint8_t *x = in->data;
	uint8_t *y = out->data;
	int64_t at;

	for (o = 0; o < outer; o++)
		for (i = 0; i < n; i++, y += len) {
			at = ocr_view_int(&in[1], i);
			at += at < 0 ? (int64_t)in->dims[axis] : 0;
			memcpy(y, x + (o * in->dims[axis] + (uint64_t)at) * len,
			    (size_t)len);
		}
}

static void
fill(const struct ocr_view *out, const void *value)
{
	size_t size = ocr_element_size(out->element);
	uint64_t i, n = ocr_view_count(out);
	static const uint8_t zero[8];

	for (i = 0; i < n; i++)
		memcpy((uint8_t *)out->data + i * size,
		    value == NULL ? zero : value, size);
}

/* Rows of the input into an output that is full of the value. */
static void
pad(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out)
{
	size_t size = ocr_element_size(in->element);
	uint64_t at[OCR_NET_MAX_DIMS] = {0}, to, row;
	uint32_t d, last = in->n_dims - 1;
	const uint8_t *x = in->data;

	fill(out, node->n_in > 2 ? in[2].data : NULL);
	row = in->dims[last] * size;
	do {
		for (to = 0, d = 0; d <= last; d++)
			to = to * out->dims[d] + at[d] +
			     (uint64_t)ocr_view_int(&in[1], d);
		memcpy((uint8_t *)out->data + to * size, x, (size_t)row);
		x += row;
	} while (ocr_view_next(at, in));
}

static void
cast(const struct ocr_view *in, const struct ocr_view *out)
{
	uint64_t i, n = ocr_view_count(out);

	if (in->element == out->element)
		memcpy(out->data, in->data,
		    (size_t)n * ocr_element_size(in->element));
	else if (out->element == OCR_F32 && in->element == OCR_U8)
		for (i = 0; i < n; i++)
			((float *)out->data)[i] =
			    ((const uint8_t *)in->data)[i];
	else if (out->element == OCR_BOOL && in->element == OCR_F32)
		for (i = 0; i < n; i++)
			((uint8_t *)out->data)[i] =
			    ((const float *)in->data)[i] != 0;
	else
		for (i = 0; i < n; i++)
			ocr_view_put(out, i, ocr_view_int(in, i));
}

void
ocr_plain_move(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out)
{
	switch (node->op) {
	case OCR_OP_TRANSPOSE:
		transpose(node, in, out);
		break;
	case OCR_OP_CONCAT:
		concat(node, in, out);
		break;
	case OCR_OP_GATHER:
		gather(node, in, out);
		break;
	case OCR_OP_PAD:
		pad(node, in, out);
		break;
	default:
		cast(in, out);
		break;
	}
}

/* Index of the k-th best of a row, among those behind 'last' in rank; the first
 * of equals comes first. */
static uint64_t
best_after(const struct ocr_view *x, uint64_t at, uint64_t step, uint64_t n,
    int64_t largest, uint64_t last)
{
	uint64_t i, best = n;
	float v, bar = last < n ? ocr_view_float(x, at + last * step) : 0;
	float best_v = 0;

	for (i = 0; i < n; i++) {
		v = ocr_view_float(x, at + i * step);
		if (last < n &&
		    ((largest ? v > bar : v < bar) || (v == bar && i <= last)))
			continue;
		if (best == n || (largest ? v > best_v : v < best_v)) {
			best = i;
			best_v = v;
		}
	}
	return best < n ? best : 0; /* NaN only */
}

static void
top_k(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out)
{
	uint32_t axis = (uint32_t)node->attr.axis;
	uint64_t outer = ocr_view_span(in, 0, axis), n = in->dims[axis];
	uint64_t inner = ocr_view_span(in, axis + 1, in->n_dims);
	uint64_t o, j, to, last, k = (uint64_t)node->attr.k, s;

	for (o = 0; o < outer * inner; o++) {
		s = o / inner * n * inner + o % inner;
		for (last = n, j = 0; j < k; j++) {
			to = (o / inner * k + j) * inner + o % inner;
			last = best_after(in, s, inner, n, node->attr.largest,
			    last);
			if (out[0].data != NULL)
				((float *)out[0].data)[to] =
				    ocr_view_float(in, s + last * inner);
			if (node->n_out > 1 && out[1].data != NULL)
				((int64_t *)out[1].data)[to] = (int64_t)last;
		}
	}
}

static void
arg_max(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out)
{
	uint32_t axis = (uint32_t)node->attr.axis;
	uint64_t outer = ocr_view_span(in, 0, axis), n = in->dims[axis];
	uint64_t inner = ocr_view_span(in, axis + 1, in->n_dims);
	uint64_t o, i, s, best;
	float v, best_v;

	for (o = 0; o < outer * inner; o++) {
		s = o / inner * n * inner + o % inner;
		best = 0;
		best_v = ocr_view_float(in, s);
		for (i = 1; i < n; i++) {
			v = ocr_view_float(in, s + i * inner);
			if (v > best_v ||
			    (node->attr.select_last_index && v == best_v)) {
				best = i;
				best_v = v;
			}
		}
		((int64_t *)out->data)[o] = (int64_t)best;
	}
}

void
ocr_plain_choose(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out)
{
	if (node->op == OCR_OP_TOP_K)
		top_k(node, in, out);
	else
		arg_max(node, in, out);
}
