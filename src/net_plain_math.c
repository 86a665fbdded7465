/*
 * net_plain_math.c - operators that take each element by itself
 */
#include "config.h"

#include "src/net_plain.h"

#include <math.h>
#include <string.h>

static float
float_op(enum ocr_op op, float a, float b)
{
	switch (op) {
	case OCR_OP_ADD:
		return a + b;
	case OCR_OP_SUB:
		return a - b;
	case OCR_OP_MUL:
		return a * b;
	case OCR_OP_DIV:
		return a / b;
	case OCR_OP_POW:
		return powf(a, b);
	case OCR_OP_MIN: /* NaN goes through */
		return a < b || a != a ? a : b;
	case OCR_OP_MAX:
		return a > b || a != a ? a : b;
	default:
		return a > b;
	}
}

static int64_t
int_pow(int64_t a, int64_t b)
{
	uint64_t x = 1, base = (uint64_t)a;

	if (b < 0)
		return a == 1 ? 1 : a == -1 ? (b % 2 == 0 ? 1 : -1) : 0;
	for (; b > 0; b /= 2, base *= base)
		x *= b % 2 == 1 ? base : 1;
	return (int64_t)x;
}

/* Wraps; by zero gives zero. */
static int64_t
int_op(enum ocr_op op, int64_t a, int64_t b)
{
	switch (op) {
	case OCR_OP_ADD:
		return (int64_t)((uint64_t)a + (uint64_t)b);
	case OCR_OP_SUB:
		return (int64_t)((uint64_t)a - (uint64_t)b);
	case OCR_OP_MUL:
		return (int64_t)((uint64_t)a * (uint64_t)b);
	case OCR_OP_DIV:
		if (b == 0 || (a == INT64_MIN && b == -1))
			return b == 0 ? 0 : a;
		return a / b;
	case OCR_OP_POW:
		return int_pow(a, b);
	case OCR_OP_MIN:
		return a < b ? a : b;
	case OCR_OP_MAX:
		return a > b ? a : b;
	default:
		return a > b;
	}
}

/* What an operator does to a row: out may be a. */
struct row {
	enum ocr_op op;
	const struct ocr_view *a, *b, *out;
	uint64_t a_at, b_at, out_at, a_step, b_step, n;
};

/* One loop for each operator, so that none has a branch inside. */
#define FLOAT_ROW(WHAT)                                                        \
	for (i = 0; i < r->n; i++, a += r->a_step, b += r->b_step)             \
	out[i] = WHAT

static void
float_row(const struct row *r)
{
	const float *a = (const float *)r->a->data + r->a_at;
	const float *b = (const float *)r->b->data + r->b_at;
	float *out = (float *)r->out->data + r->out_at;
	uint64_t i;

	switch (r->op) {
	case OCR_OP_ADD:
		FLOAT_ROW(*a + *b);
		break;
	case OCR_OP_SUB:
		FLOAT_ROW(*a - *b);
		break;
	case OCR_OP_MUL:
		FLOAT_ROW(*a * *b);
		break;
	default:
		FLOAT_ROW(float_op(r->op, *a, *b));
		break;
	}
}

static void
any_row(const struct row *r)
{
	bool is_float = r->a->element == OCR_F32;
	uint64_t i, a = r->a_at, b = r->b_at;

	for (i = 0; i < r->n; i++, a += r->a_step, b += r->b_step)
		if (is_float && r->out->element == OCR_F32)
			((float *)r->out->data)[r->out_at + i] =
			    float_op(r->op, ((const float *)r->a->data)[a],
				ocr_view_float(r->b, b));
		else if (is_float)
			ocr_view_put(r->out, r->out_at + i,
			    (int64_t)float_op(r->op,
				((const float *)r->a->data)[a],
				((const float *)r->b->data)[b]));
		else
			ocr_view_put(r->out, r->out_at + i,
			    int_op(r->op, ocr_view_int(r->a, a),
				ocr_view_int(r->b, b)));
}

static void
pair(enum ocr_op op, const struct ocr_view *a, const struct ocr_view *b,
    const struct ocr_view *out)
{
	uint64_t a_steps[OCR_NET_MAX_DIMS], b_steps[OCR_NET_MAX_DIMS];
	uint64_t at[OCR_NET_MAX_DIMS] = {0};
	uint32_t i, last = out->n_dims == 0 ? 0 : out->n_dims - 1;
	bool is_float = a->element == OCR_F32 && b->element == OCR_F32 &&
			out->element == OCR_F32;
	struct row r = {.op = op, .a = a, .b = b, .out = out};

	ocr_view_steps(a_steps, a, out);
	ocr_view_steps(b_steps, b, out);
	r.n = out->n_dims == 0 ? 1 : out->dims[last];
	r.a_step = a_steps[last];
	r.b_step = b_steps[last];
	do {
		for (r.a_at = r.b_at = 0, i = 0; i < last; i++) {
			r.a_at += at[i] * a_steps[i];
			r.b_at += at[i] * b_steps[i];
		}
		if (is_float)
			float_row(&r);
		else
			any_row(&r);
		r.out_at += r.n;
	} while (ocr_view_next(at, out));
}

/* Bounds: attributes (inputs that are there overrule them). */
static void
clip_ints(const struct ocr_view *in, const struct ocr_view *out, bool has_low,
    bool has_high)
{
	uint64_t i, n = ocr_view_count(out);
	int64_t low = has_low ? ocr_view_int(&in[1], 0) : INT64_MIN;
	int64_t high = has_high ? ocr_view_int(&in[2], 0) : INT64_MAX;
	int64_t x;

	for (i = 0; i < n; i++) {
		x = ocr_view_int(in, i);
		x = x < low ? low : x;
		ocr_view_put(out, i, x > high ? high : x);
	}
}

static void
clip(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out)
{
	bool has_low = node->n_in > 1 && in[1].data != NULL;
	bool has_high = node->n_in > 2 && in[2].data != NULL;
	float low = node->attr.low, high = node->attr.high, v;
	const float *x = in->data;
	float *y = out->data;
	uint64_t i, n = ocr_view_count(out);

	if (in->element != OCR_F32) {
		clip_ints(in, out, has_low, has_high);
		return;
	}
	if (has_low)
		low = *(const float *)in[1].data;
	if (has_high)
		high = *(const float *)in[2].data;
	for (i = 0; i < n; i++) {
		v = x[i] < low ? low : x[i];
		y[i] = v > high ? high : v;
	}
}

static void
single(enum ocr_op op, const struct ocr_view *in, const struct ocr_view *out)
{
	uint64_t i, n = ocr_view_count(out);
	const float *x = in->data;
	float *y = out->data;
	int64_t v;

	if (in->element != OCR_F32)
		for (i = 0; i < n; i++) {
			v = ocr_view_int(in, i);
			ocr_view_put(out, i,
			    op == OCR_OP_RELU ? (v > 0 ? v : 0)
					      : (v > 0) - (v < 0));
		}
	else if (op == OCR_OP_RELU)
		for (i = 0; i < n; i++)
			y[i] = x[i] < 0 ? 0 : x[i];
	else
		for (i = 0; i < n; i++)
			y[i] = x[i] != x[i] ? x[i]
					    : (float)((x[i] > 0) - (x[i] < 0));
}

void
ocr_plain_elementwise(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out)
{
	uint32_t i;

	if (node->op == OCR_OP_CLIP) {
		clip(node, in, out);
	} else if (node->op == OCR_OP_RELU || node->op == OCR_OP_SIGN) {
		single(node->op, in, out);
	} else if (node->n_in == 1) {
		memcpy(out->data, in->data,
		    (size_t)ocr_view_count(out) *
			ocr_element_size(out->element));
	} else {
		pair(node->op, &in[0], &in[1], out);
		for (i = 2; i < node->n_in; i++)
			pair(node->op, out, &in[i], out);
	}
}
