/*
 * bnn_find_levels.c - thresholds: where what is made of a sum changes
 */
#include "config.h"

#include "src/bnn_find_part.h"

#include <math.h>
#include <stdlib.h>

#define MAX_LEVELS 4
#define MAX_SUM ((int64_t)1 << 29)

/* What output o becomes, from its lowest sum to its highest. */
struct curve {
	struct ocr_find_range range;
	uint32_t n;
	float values[MAX_LEVELS];
	int64_t from[MAX_LEVELS]; /* sum where values[i] begins */
};

/* All that any output becomes: unit * (base + step * level). */
struct levels {
	float values[MAX_LEVELS]; /* ascending */
	uint32_t n;
	int level_of[MAX_LEVELS], top;
};

static float
value_of(const struct ocr_find *f, uint32_t n_steps, uint32_t o, int64_t sum)
{
	return ocr_find_compute(&f->chain, n_steps, o,
	    (float)((double)sum * f->units[o]));
}

/* The least and the most activation. */
static void
find_inputs(const struct ocr_find *f, int64_t *least, int64_t *most)
{
	const struct ocr_bnn_layer *l = f->layer;
	uint32_t c, p;

	*least = l->in_base;
	*most = l->in_base + ((1 << l->in_bits) - 1) * l->in_step;
	for (c = 0; l->in_bits == 8 && c < l->in_c; c++)
		for (p = 0; p < 256; p++) {
			int16_t v = f->bnn->pixels[c][p];

			*least = (c | p) == 0 || v < *least ? v : *least;
			*most = (c | p) == 0 || v > *most ? v : *most;
		}
}

struct ocr_find_range
ocr_find_range(const struct ocr_find *f, uint32_t o)
{
	const struct ocr_bnn_layer *l = f->layer;
	size_t n = (size_t)l->window_h * l->window_w * l->in_c, i;
	const int8_t *w = l->weights + o * n;
	int64_t least, most, up, down;
	int32_t sum = 0, all = 0; /* 2^27 weights at most */
	bool is_padded = l->pad_top != 0 || l->pad_left != 0 ||
			 (l->out_h - 1) * l->stride_h + l->window_h > l->in_h ||
			 (l->out_w - 1) * l->stride_w + l->window_w > l->in_w;

	find_inputs(f, &least, &most);
	if (is_padded) { /* there is nothing for some weights: 0 */
		least = least > 0 ? 0 : least;
		most = most < 0 ? 0 : most;
	}
	for (i = 0; i < n; i++) {
		sum += w[i];
		all += w[i] < 0 ? -w[i] : w[i];
	}
	up = (all + sum) / 2; /* of weights above 0 */
	down = (all - sum) / 2;
	return (struct ocr_find_range){.low = up * least - down * most,
	    .high = up * most - down * least,
	    /* all sums are low + k * step */
	    .step = is_padded || l->in_bits == 8 ? 1 : l->in_step};
}

/* The first sum above at whose value is another; high has one. */
static int64_t
next_change(const struct ocr_find *f, uint32_t o,
    const struct ocr_find_range *r, int64_t at)
{
	float v = value_of(f, f->chain.n, o, at);
	int64_t low = 0, high = (r->high - at) / r->step, mid;

	while (high - low > 1) {
		mid = low + (high - low) / 2;
		if (value_of(f, f->chain.n, o, at + mid * r->step) == v)
			low = mid;
		else
			high = mid;
	}
	return at + high * r->step;
}

/* false: more than four values, or no numbers. */
static bool
trace(const struct ocr_find *f, uint32_t o, struct curve *c)
{
	int64_t at;
	float last;

	c->range = ocr_find_range(f, o);
	if (c->range.low < -MAX_SUM || c->range.high > MAX_SUM)
		return false;
	at = c->range.low;
	last = value_of(f, f->chain.n, o, c->range.high);
	for (c->n = 0;; at = next_change(f, o, &c->range, at)) {
		float v = value_of(f, f->chain.n, o, at);

		if (c->n == MAX_LEVELS || !isfinite(v) || !isfinite(last))
			return false;
		c->values[c->n] = v;
		c->from[c->n++] = at;
		if (v == last)
			return true;
	}
}

static bool
add_value(struct levels *l, float v)
{
	uint32_t i, j;

	for (i = 0; i < l->n && l->values[i] < v; i++)
		;
	if (i < l->n && l->values[i] == v)
		return true;
	if (l->n == MAX_LEVELS)
		return false;
	for (j = l->n++; j > i; j--)
		l->values[j] = l->values[j - 1];
	l->values[i] = v;
	return true;
}

/* Numbers of a unit that give exactly these values. */
static bool
fit(struct ocr_find *f, struct levels *l)
{
	double gap = INFINITY, base;
	uint32_t i;

	if (l->n == 1) /* the same for all; a second one that does not come */
		(void)add_value(l, l->values[0] == 0 ? 1 : -l->values[0]);
	for (i = 1; i < l->n; i++)
		gap =
		    fmin(gap, (double)l->values[i] - (double)l->values[i - 1]);
	base = (double)l->values[0] / gap;
	f->unit = gap;
	f->step = 1;
	if (base != rint(base)) { /* as -1 and 1, or -3, -1, 1, 3 */
		base *= 2;
		f->unit = gap / 2;
		f->step = 2;
	}
	if (fabs(base) > 1 << 10)
		return false;
	f->base = (int)rint(base);
	l->top = 1;
	for (i = 0; i < l->n; i++) {
		double level =
		    rint(((double)l->values[i] - (double)l->values[0]) / gap);

		if (level > 3 ||
		    (float)(f->unit * (f->base + f->step * level)) !=
			l->values[i])
			return false;
		l->level_of[i] = (int)level;
		l->top = level > l->top ? 3 : l->top;
	}
	f->bits = l->top == 1 && f->base == -1 && f->step == 2 ? 1 : 2;
	l->top = (1 << f->bits) - 1;
	return true;
}

static int
level(const struct levels *l, float v)
{
	uint32_t i;

	for (i = 0; i + 1 < l->n && l->values[i] != v; i++)
		;
	return l->level_of[i];
}

static int
direction(float from, float to)
{
	return (to > from) - (to < from);
}

/* A pool takes the largest of what comes in.  Behind it the levels are, in the
 * order of their sums, those of the largest sums or of the smallest; if that is
 * the smallest level, the levels must be turned.  -1: pools do not agree. */
static int
is_turned_by_pools(const struct ocr_find *f, uint32_t o, const struct curve *c)
{
	int all = direction(c->values[0], c->values[c->n - 1]), turned = -2;
	uint32_t i;

	for (i = 0; all != 0 && i < f->chain.n; i++) {
		int before, now;

		if (f->chain.steps[i].node->op != OCR_OP_MAX_POOL)
			continue;
		before = direction(value_of(f, i, o, c->range.low),
		    value_of(f, i, o, c->range.high));
		now = before * all < 0;
		if (turned != -2 && turned != now)
			return -1;
		turned = now;
	}
	return turned == 1;
}

static bool
negate_row(struct ocr_find *f, uint32_t o)
{
	const struct ocr_bnn_layer *l = f->layer;
	size_t n = (size_t)l->window_h * l->window_w * l->in_c, i;
	int8_t *w = (int8_t *)(uintptr_t)l->weights + o * n;

	for (i = 0; i < n; i++)
		if (w[i] == -2)
			return false;
	for (i = 0; i < n; i++)
		w[i] = (int8_t)-w[i];
	return true;
}

/* Thresholds of output o. */
static int
put_output(struct ocr_find *f, uint32_t o, const struct curve *c,
    const struct levels *l, int32_t *t)
{
	int turned = is_turned_by_pools(f, o, c), i, up;
	bool is_negated = false;
	uint32_t k;

	if (turned < 0)
		return ocr_find_no(f, NULL, "pools of both ways");
	up = direction(c->values[0], c->values[c->n - 1]);
	if ((up < 0) != (turned == 1) && up != 0) {
		is_negated = negate_row(f, o);
		if (!is_negated && f->chain.n_pools > 0)
			return ocr_find_no(f, NULL,
			    "a weight that has no opposite");
		if (!is_negated)
			turned = !turned;
	}
	if (turned == 1 && 2 * f->base + f->step * l->top != 0)
		return ocr_find_no(f, NULL, "levels that have no opposite");
	f->turned[o] = turned == 1;
	/* Ascending sums, negated ones from the end. */
	for (i = 1; i <= l->top; i++) {
		int64_t at = is_negated ? -c->range.low : c->range.high;

		t[i - 1] = (int32_t)(at + 1);
		for (k = 0; k < c->n; k++) {
			uint32_t j = is_negated ? c->n - 1 - k : k;
			int v = level(l, c->values[j]);

			v = turned == 1 ? l->top - v : v;
			if (v < i)
				continue;
			/* negated: a value begins at the end of its sums */
			at = !is_negated    ? c->from[j]
			     : j + 1 < c->n ? -(c->from[j + 1] - c->range.step)
					    : -c->range.high;
			t[i - 1] = (int32_t)at;
			break;
		}
	}
	return 1;
}

static int
put_outputs(struct ocr_find *f, const struct curve *curves)
{
	struct levels l = {.n = 0};
	uint32_t o, i, n = f->layer->out_c;
	int32_t *t;
	int r = 1;

	for (o = 0; o < n; o++)
		for (i = 0; i < curves[o].n; i++)
			if (!add_value(&l, curves[o].values[i]))
				return ocr_find_no(f, NULL,
				    "activations of more than 2 bits");
	if (!fit(f, &l))
		return ocr_find_no(f, NULL,
		    "activations that are no multiples of a step");
	t = calloc((size_t)n * (unsigned)l.top, sizeof(*t));
	f->layer->thresholds = t;
	f->turned = calloc(n, 1);
	if (t == NULL || f->turned == NULL)
		return ocr_err_nomem(f->err);
	f->layer->out_bits = f->bits; /* from here it is no layer of scores */
	for (o = 0; r == 1 && o < n; o++)
		r = put_output(f, o, &curves[o], &l,
		    t + (size_t)o * (unsigned)l.top);
	return r;
}

/* Pools come behind the thresholds. */
static int
put_pools(struct ocr_find *f)
{
	uint32_t i, c = f->layer->out_c;

	for (i = 0; i < f->chain.n; i++) {
		const struct ocr_find_step *s = &f->chain.steps[i];
		const struct ocr_node_attr *a = &s->node->attr;

		if (s->node->op != OCR_OP_MAX_POOL)
			continue;
		if (f->bnn->n_layers == OCR_BNN_MAX_LAYERS)
			return ocr_find_no(f, s->node, "too many layers");
		f->bnn->layers[f->bnn->n_layers++] =
		    (struct ocr_bnn_layer){.kind = OCR_BNN_MAX_POOL,
			.in_c = c,
			.in_h = s->in_h,
			.in_w = s->in_w,
			.out_c = c,
			.out_h = s->out_h,
			.out_w = s->out_w,
			.window_h = (uint32_t)a->kernel[0],
			.window_w = (uint32_t)a->kernel[1],
			.stride_h = (uint32_t)a->strides[0],
			.stride_w = (uint32_t)a->strides[1],
			.pad_top = (uint32_t)a->pads[0],
			.pad_left = (uint32_t)a->pads[1]};
	}
	return 1;
}

int
ocr_find_levels(struct ocr_find *f)
{
	uint32_t n = f->layer->out_c, o;
	struct curve *curves;
	int r = 1;

	if (!ocr_find_is_row(&f->chain))
		return ocr_find_no(f, NULL, "activations that are not a row");
	curves = calloc(n, sizeof(*curves));
	if (curves == NULL)
		return ocr_err_nomem(f->err);
	for (o = 0; r == 1 && o < n; o++)
		if (!trace(f, o, &curves[o]))
			r = ocr_find_no(f, NULL,
			    "activations of more than 2 bits");
	if (r == 1)
		r = put_outputs(f, curves);
	free(curves);
	return r == 1 ? put_pools(f) : r;
}
