/*
 * bnn_find_layer.c - layers of weights that are few numbers times a scale
 */
#include "config.h"

#include "src/bnn_find_part.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_WEIGHTS (UINT64_C(1) << 27)
#define GROUP 16 /* floats of a line of memory */

/* Weights of a node: weight (o, c, y, x) is so many floats from the first. */
struct place {
	const float *p;
	const struct ocr_bnn_layer *l;
	size_t by_out, by_c, by_y, by_x;
};

bool
ocr_find_is_layer(const struct ocr_node *node)
{
	return node->op == OCR_OP_CONV || node->op == OCR_OP_GEMM ||
	       node->op == OCR_OP_MATMUL;
}

/* is_by_out: of a dense layer, [out][in] and not [in][out]. */
static struct place
find_place(const struct ocr_bnn_layer *l, bool is_nhwc, bool is_by_out)
{
	size_t area = (size_t)l->window_h * l->window_w;
	struct place p = {.l = l,
	    .by_out = area * l->in_c,
	    .by_c = is_nhwc ? 1 : area,
	    .by_y = is_nhwc ? (size_t)l->window_w * l->in_c : l->window_w,
	    .by_x = is_nhwc ? l->in_c : 1};

	if (!is_by_out) {
		p.by_out = 1;
		p.by_c *= l->out_c;
		p.by_y *= l->out_c;
		p.by_x *= l->out_c;
	}
	return p;
}

static uint32_t
bits_of(float x)
{
	uint32_t v;

	memcpy(&v, &x, 4);
	return v;
}

/* All of row, divided by unit, are -2 to 1: put them to out. */
static bool
divide(const float *row, size_t n, float unit, int8_t *out)
{
	uint32_t one = bits_of(unit), opposite = bits_of(-unit);
	uint32_t twice = bits_of(-2 * unit);
	int bad = 0;
	size_t i;

	for (i = 0; i < n; i++) { /* without jumps: signs are noise */
		uint32_t x = bits_of(row[i]);
		int plus = x == one, minus = x == opposite, two = x == twice;

		bad |= !(plus | minus | two | (x << 1 == 0));
		out[i] = (int8_t)(plus - minus - 2 * two);
	}
	return bad == 0;
}

/* The unit is that of the first weight that is not 0, or half of it. */
static bool
take_row(const float *row, size_t n, int8_t *out, double *unit)
{
	float u, try[4];
	size_t i;

	for (i = 0; i + 1 < n && row[i] == 0; i++)
		;
	u = fabsf(row[i]);
	*unit = 1;
	if (u == 0) {
		memset(out, 0, n);
		return true;
	}
	if (!isfinite(u))
		return false;
	try[0] = u;
	try[1] = -u;
	try[2] = u / 2;
	try[3] = -u / 2;
	for (i = 0; i < 4; i++) {
		*unit = (double)try[i];
		if (try[i] != 0 && divide(row, n, try[i], out))
			return true;
	}
	return false;
}

/* Weights of up to GROUP outputs as they lie there, so that lines of memory are
 * read once. */
static const float *
gather(const struct place *p, uint32_t o, uint32_t n_rows, size_t n, float *row)
{
	size_t i;
	uint32_t k;

	if (p->by_out != 1 || n == 1)
		return p->p + o * p->by_out;
	for (i = 0; i < n; i++)
		for (k = 0; k < n_rows; k++)
			row[k * n + i] = p->p[i * p->l->out_c + o + k];
	return row;
}

/* To the order of a layer. */
static void
arrange(const struct place *p, const int8_t *row, int8_t *out)
{
	const struct ocr_bnn_layer *l = p->l;
	size_t by = p->by_out == 1 ? l->out_c : 1; /* of a gathered row: 1 */
	size_t by_c = p->by_c / by;
	uint32_t c, y, x;

	for (y = 0; y < l->window_h; y++)
		for (x = 0; x < l->window_w; x++) {
			const int8_t *w =
			    row + y * (p->by_y / by) + x * (p->by_x / by);

			for (c = 0; c < l->in_c; c++)
				*out++ = w[c * by_c];
		}
}

/* Weights in the order of a layer, a row of outputs after the other. */
static int
take_weights(struct ocr_find *f, const struct ocr_node *node,
    const struct place *place, int8_t *out, double *units)
{
	const struct ocr_bnn_layer *l = place->l;
	size_t n = (size_t)l->window_h * l->window_w * l->in_c;
	uint32_t group = l->out_c < GROUP ? l->out_c : GROUP, o;
	float *rows = malloc(n * group * sizeof(*rows));
	int8_t *row = malloc(n);
	const float *p = NULL;
	int r = 1;

	if (rows == NULL || row == NULL)
		r = ocr_err_nomem(f->err);
	for (o = 0; r == 1 && o < l->out_c; o++, p += n, out += n) {
		if (o % group == 0)
			p = gather(place, o,
			    l->out_c - o < group ? l->out_c - o : group, n,
			    rows);
		if (!take_row(p, n, row, &units[o]))
			r = ocr_find_no(f, node,
			    "its weights have more than two bits");
		else
			arrange(place, row, out);
	}
	free(rows);
	free(row);
	return r;
}

static uint32_t
side(uint32_t in, int64_t before, int64_t behind, int64_t window,
    int64_t stride)
{
	int64_t n = in + before + behind - window;

	return n < 0 ? 0 : (uint32_t)(n / stride + 1);
}

static int
shape_conv(struct ocr_find *f, const struct ocr_node *node,
    const struct ocr_tensor *w, struct ocr_bnn_layer *l)
{
	const struct ocr_node_attr *a = &node->attr;
	const struct ocr_find_form *in = &f->form;
	int i;

	if (a->group != 1 || a->dilations[0] != 1 || a->dilations[1] != 1)
		return ocr_find_no(f, node, "groups or dilations");
	if (w->n_dims != 4 || in->n_dims != 4 || in->is_flat ||
	    (in->c > 1 && in->axis_c != 1) || (in->h > 1 && in->axis_h != 2) ||
	    (in->w > 1 && in->axis_w != 3) || w->dims[1] != in->c)
		return ocr_find_no(f, node, "no image in planes");
	for (i = 0; i < 2; i++)
		if (w->dims[2 + i] == 0 || w->dims[2 + i] > UINT16_MAX ||
		    a->strides[i] < 1 || a->strides[i] > UINT16_MAX)
			return ocr_find_no(f, node, "its window");
	for (i = 0; i < 4; i++)
		if (a->pads[i] < 0 || a->pads[i] >= (int64_t)w->dims[2 + i % 2])
			return ocr_find_no(f, node, "its padding");
	l->out_c = (uint32_t)w->dims[0];
	l->window_h = (uint32_t)w->dims[2];
	l->window_w = (uint32_t)w->dims[3];
	l->stride_h = (uint32_t)a->strides[0];
	l->stride_w = (uint32_t)a->strides[1];
	l->pad_top = (uint32_t)a->pads[0];
	l->pad_left = (uint32_t)a->pads[1];
	l->out_h =
	    side(in->h, a->pads[0], a->pads[2], l->window_h, l->stride_h);
	l->out_w =
	    side(in->w, a->pads[1], a->pads[3], l->window_w, l->stride_w);
	return l->out_h != 0 && l->out_w != 0
		   ? 1
		   : ocr_find_no(f, node, "nothing comes out");
}

static int
shape_dense(struct ocr_find *f, const struct ocr_node *node,
    const struct ocr_tensor *w, struct ocr_bnn_layer *l, bool is_by_out)
{
	const struct ocr_find_form *in = &f->form;
	uint64_t n = (uint64_t)in->c * in->h * in->w;

	if (w->n_dims != 2 || in->n_dims != 2 || node->attr.transpose_a != 0 ||
	    w->dims[is_by_out ? 1 : 0] != n)
		return ocr_find_no(f, node, "no product of a row and a matrix");
	l->out_c = (uint32_t)w->dims[is_by_out ? 0 : 1];
	l->window_h = in->h;
	l->window_w = in->w;
	l->stride_h = l->stride_w = 1;
	l->out_h = l->out_w = 1;
	return 1;
}

int
ocr_find_layer(struct ocr_find *f, const struct ocr_node *node,
    struct ocr_bnn_layer *l, double **units)
{
	const struct ocr_tensor *w = &f->net->tensors[node->in[1]];
	bool is_dense = node->op != OCR_OP_CONV;
	bool is_by_out = node->op == OCR_OP_GEMM && node->attr.transpose_b;
	struct place place;
	uint64_t n;
	int8_t *weights;
	int r;

	if (f->value[node->in[0]] != f->chain.n || w->data == NULL ||
	    !w->has_shape)
		return ocr_find_no(f, node, "its weights vary");
	*l = (struct ocr_bnn_layer){.kind = OCR_BNN_CONV,
	    .in_c = f->form.c,
	    .in_h = f->form.h,
	    .in_w = f->form.w};
	r = is_dense ? shape_dense(f, node, w, l, is_by_out)
		     : shape_conv(f, node, w, l);
	if (r != 1)
		return r;
	place = find_place(l, f->form.is_flat && f->form.is_nhwc,
	    !is_dense || is_by_out);
	place.p = ocr_find_floats(f, node->in[1], &n);
	if (place.p == NULL || n > MAX_WEIGHTS)
		return f->err->code != 0
			   ? f->err->code
			   : ocr_find_no(f, node, "too many weights");
	weights = malloc((size_t)n);
	*units = calloc(l->out_c, sizeof(**units));
	l->weights = weights;
	if (weights == NULL || *units == NULL)
		return ocr_err_nomem(f->err);
	return take_weights(f, node, &place, weights, *units);
}

/* Weights of a channel whose levels are upside down. */
static bool
turn(const struct ocr_bnn_layer *l, int8_t *w, const uint8_t *turned)
{
	size_t n = (size_t)l->out_c * l->window_h * l->window_w, i;
	uint32_t c;

	if (memchr(turned, 1, l->in_c) == NULL)
		return true;
	for (i = 0; i < n; i++)
		for (c = 0; c < l->in_c; c++, w++) {
			if (!turned[c])
				continue;
			if (*w == -2)
				return false;
			*w = (int8_t) - *w;
		}
	return true;
}

/* A bias is the first step behind the sum. */
static int
add_bias(struct ocr_find *f, const struct ocr_node *node)
{
	static const struct ocr_node add = {.op = OCR_OP_ADD, .name = "bias"};
	struct ocr_find_step *s = &f->chain.steps[0];
	float *scaled, beta = node->op == OCR_OP_GEMM ? node->attr.beta : 1;
	uint64_t n, i;

	if (node->op == OCR_OP_MATMUL || !ocr_node_has(node, 2) || beta == 0)
		return 1;
	*s = (struct ocr_find_step){.node = &add, .right = OCR_FIND_NONE};
	s->k[1].p = ocr_find_floats(f, node->in[2], &n);
	if (s->k[1].p == NULL || (n != 1 && n != f->form.c))
		return f->err->code != 0
			   ? f->err->code
			   : ocr_find_no(f, node, "its bias varies");
	s->k[1].n = (uint32_t)n;
	scaled = ocr_find_block(f, n * sizeof(*scaled));
	if (scaled == NULL)
		return f->err->code;
	for (i = 0; i < n; i++)
		scaled[i] = s->k[1].p[i] * beta;
	s->k[1].p = scaled;
	f->chain.n = 1;
	return 1;
}

int
ocr_find_begin(struct ocr_find *f, const struct ocr_node *node,
    const struct ocr_bnn_layer *l, double *units)
{
	uint32_t o, i;
	double alpha = node->op == OCR_OP_GEMM ? (double)node->attr.alpha : 1;

	if (f->bnn->n_layers == OCR_BNN_MAX_LAYERS)
		return ocr_find_no(f, node, "too many layers");
	if (f->turned != NULL &&
	    !turn(l, (int8_t *)(uintptr_t)l->weights, f->turned))
		return ocr_find_no(f, node, "a weight that has no opposite");
	f->layer = &f->bnn->layers[f->bnn->n_layers++]; /* l is taken */
	*f->layer = *l;
	f->layer->in_bits = f->bits;
	f->layer->in_base = f->base;
	f->layer->in_step = f->step;
	free(f->turned);
	f->turned = NULL;
	free(f->units);
	f->units = units;
	for (o = 0; o < l->out_c; o++)
		units[o] *= f->unit * alpha;
	f->chain.n = f->chain.n_pools = 0;
	for (i = 0; i < f->net->n_tensors; i++)
		f->value[i] = OCR_FIND_NONE;
	f->form =
	    (struct ocr_find_form){.n_dims = node->op == OCR_OP_CONV ? 4 : 2,
		.axis_c = 1,
		.axis_h = node->op == OCR_OP_CONV ? 2 : 0,
		.axis_w = node->op == OCR_OP_CONV ? 3 : 0,
		.c = l->out_c,
		.h = l->out_h,
		.w = l->out_w};
	o = (uint32_t)add_bias(f, node);
	f->value[node->out[0]] = f->chain.n;
	return (int)o;
}
