/*
 * bnn_xnor_pack.c - bits and thresholds for the XNOR engine
 */
#include "config.h"

#include <string.h>

#include "src/bnn_pack.h"

static unsigned
n_levels(const struct ocr_bnn_layer *l)
{
	return (1U << l->out_bits) - 1;
}

/* Bit 8 * i to bit i: no two products share a bit. */
static uint64_t
gather8(uint64_t v)
{
	return (v & UINT64_C(0x0101010101010101)) *
		   UINT64_C(0x0102040810204080) >>
	       56;
}

/* n weights, 64 at most, to a word of signs and one of lowest bits. */
static void
pack_word(const int8_t *w, uint32_t n, uint64_t *sign, uint64_t *low)
{
	uint32_t i;
	uint64_t v;

	*sign = *low = 0;
	for (i = 0; i + 8 <= n; i += 8) {
		memcpy(&v, w + i, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		v = __builtin_bswap64(v);
#endif
		*sign |= gather8(v >> 7) << i;
		*low |= gather8(v) << i;
	}
	for (; i < n; i++) {
		*sign |= (uint64_t)(w[i] < 0) << i;
		*low |= (uint64_t)(w[i] & 1) << i;
	}
}

/* Words in the kernels' order: bit c of tap t of neuron o, set for -1. */
static void
pack_signs(struct ocr_bnn_xnor *x, const struct ocr_bnn_layer *l)
{
	size_t n_taps = (size_t)l->window_h * l->window_w, t;
	uint64_t at = 0;
	uint32_t o, c, n;

	for (o = 0; o < l->out_c; o++) {
		uint64_t *to = x->w + (size_t)(o / 4) * x->n_window * 4 + o % 4;

		for (t = 0; t < n_taps; t++)
			for (c = 0; c < l->in_c; c += n, at += n, to += 4) {
				n = l->in_c - c < 64 ? l->in_c - c : 64;
				*to = ocr_bnn_ones(l, at, n) ^
				      UINT64_MAX >> (63 - (n - 1) % 64);
			}
	}
}

/* The same of weights of two bits: their low bits, then their signs. */
static void
pack_weights(struct ocr_bnn_xnor *x, const struct ocr_bnn_layer *l)
{
	size_t n_taps = (size_t)l->window_h * l->window_w, t;
	size_t plane = (size_t)x->n_quads * x->n_window * 4;
	const int8_t *w = l->weights;
	uint64_t sign, low;
	uint32_t o, c, n;

	for (o = 0; o < l->out_c; o++) {
		uint64_t *to = x->w + (size_t)(o / 4) * x->n_window * 4 + o % 4;

		for (t = 0; t < n_taps; t++)
			for (c = 0; c < l->in_c; c += n, w += n, to += 4) {
				n = l->in_c - c < 64 ? l->in_c - c : 64;
				pack_word(w, n, &sign, &low);
				to[0] = low;
				to[plane] = sign;
			}
	}
}

struct part {
	int64_t n, sum, negative; /* weights of a neuron, all or in a class */
};

static struct part
sum_part(const struct ocr_bnn_layer *l, uint32_t o,
    const struct ocr_bnn_clip *cy, const struct ocr_bnn_clip *cx)
{
	struct part p = {0};
	uint32_t ky, i, n = cx->n_taps * l->in_c;

	for (ky = cy->tap; ky < cy->tap + cy->n_taps; ky++) {
		const int8_t *w =
		    l->weights +
		    (((size_t)o * l->window_h + ky) * l->window_w + cx->tap) *
			l->in_c;
		int32_t sum = 0, negative = 0;

		for (i = 0; i < n; i++) {
			sum += w[i];
			negative += w[i] < 0;
		}
		p.n += n;
		p.sum += sum;
		p.negative += negative;
	}
	return p;
}

/* A builtin is a call where the machine may lack the instruction. */
static uint32_t
count_ones(uint64_t v)
{
	const uint64_t bytes = UINT64_C(0x0101010101010101);

	v -= v >> 1 & 0x55 * bytes;
	v = (v & 0x33 * bytes) + (v >> 2 & 0x33 * bytes);
	v = (v + (v >> 4)) & 0x0f * bytes;
	return (uint32_t)(v * bytes >> 56);
}

/* The same of weights of -1 and 1, from their signs. */
static struct part
count_part(const struct ocr_bnn_xnor *x, const struct ocr_bnn_layer *l,
    uint32_t o, const struct ocr_bnn_clip *cy, const struct ocr_bnn_clip *cx)
{
	struct part p = {0};
	uint32_t ky, i, n = cx->n_taps * x->in_words;

	for (ky = cy->tap; ky < cy->tap + cy->n_taps; ky++) {
		const uint64_t *w =
		    x->w +
		    (o / 4 * x->n_window +
			((size_t)ky * l->window_w + cx->tap) * x->in_words) *
			4 +
		    o % 4;

		for (i = 0; i < n; i++)
			p.negative += count_ones(w[i * (size_t)4]);
	}
	p.n = (int64_t)cy->n_taps * cx->n_taps * l->in_c;
	p.sum = p.n - 2 * p.negative;
	return p;
}

static struct part
find_part(const struct ocr_bnn_xnor *x, const struct ocr_bnn_layer *l,
    uint32_t o, const struct ocr_bnn_clip *cy, const struct ocr_bnn_clip *cx)
{
	return x->is_and ? sum_part(l, o, cy, cx) : count_part(x, l, o, cy, cx);
}

/* Thresholds of a neuron in a class: k[level * n4]. */
static void
pack_k(struct ocr_bnn_xnor *x, const struct ocr_bnn_layer *l, uint32_t o,
    const struct part *p, int64_t base, int64_t negative_outside, int32_t *k)
{
	unsigned n = n_levels(l), i;
	size_t n4 = (size_t)x->n_quads * 4;

	if (n == 0)
		*k = ocr_bnn_int32(
		    x->is_and ? base * p->sum : -p->n - 2 * negative_outside);
	for (i = 0; i < n; i++) {
		int64_t t = l->thresholds[(size_t)o * n + i];

		k[i * n4] = ocr_bnn_int32(
		    x->is_and ? t - 1 - base * p->sum
			      : ocr_bnn_need(t, p->n) + negative_outside - 1);
	}
}

static int
pack_classes(struct ocr_bnn_packed *p, uint32_t i, struct ocr_err *err)
{
	struct ocr_bnn_xnor *x = &p->xnor[i];
	const struct ocr_bnn_layer *l = &p->net->layers[i];
	const struct ocr_bnn_clip all_y = {0, l->window_h, 0};
	const struct ocr_bnn_clip all_x = {0, l->window_w, 0};
	int64_t base = i == 0 ? 0 : l->in_base;
	unsigned n = l->out_bits == 0 ? 1 : n_levels(l);
	size_t n4 = (size_t)x->n_quads * 4, j;
	uint32_t y, c, o;
	int32_t *k;

	k = ocr_bnn_keep(&p->store,
	    (uint64_t)x->grid.n_rows * x->grid.n_cols * n * n4, sizeof(*k),
	    err);
	if (k == NULL)
		return -OCR_ENOMEM;
	x->k = k;
	x->times = x->is_and ? 1 : 2;
	for (j = 0; j < (size_t)x->grid.n_rows * x->grid.n_cols * n * n4; j++)
		k[j] = INT32_MAX;
	for (o = 0; o < l->out_c; o++) {
		struct part all = find_part(x, l, o, &all_y, &all_x);

		k = x->k + o;
		for (y = 0; y < x->grid.n_rows; y++)
			for (c = 0; c < x->grid.n_cols; c++, k += n * n4) {
				struct part in = all;

				if (x->grid.rows[y].clip.n_taps < l->window_h ||
				    x->grid.cols[c].clip.n_taps < l->window_w)
					in = find_part(x, l, o,
					    &x->grid.rows[y].clip,
					    &x->grid.cols[c].clip);
				pack_k(x, l, o, &in, base,
				    all.negative - in.negative, k);
			}
	}
	return 0;
}

static int
pack_conv(struct ocr_bnn_packed *p, uint32_t i, struct ocr_err *err)
{
	struct ocr_bnn_xnor *x = &p->xnor[i];
	const struct ocr_bnn_layer *l = &p->net->layers[i];

	x->n_quads = (l->out_c + 3) / 4;
	x->out_planes = l->out_bits;
	if (i == 0) {
		x->is_and = true;
		x->grid.n_rows = x->grid.n_cols = 1;
		x->grid.rows[0].clip =
		    (struct ocr_bnn_clip){.n_taps = l->window_h};
		x->grid.cols[0].clip =
		    (struct ocr_bnn_clip){.n_taps = l->window_w};
		return pack_classes(p, i, err);
	}
	x->is_and = l->in_bits != 1 || !ocr_bnn_is_binary(l);
	x->n_window = (size_t)l->window_h * l->window_w * x->in_words;
	x->w = ocr_bnn_keep(&p->store,
	    (uint64_t)x->n_quads * x->n_window * (x->is_and ? 8 : 4),
	    sizeof(*x->w), err);
	if (x->w == NULL)
		return -OCR_ENOMEM;
	if (x->is_and)
		pack_weights(x, l);
	else
		pack_signs(x, l);
	return pack_classes(p, i, err);
}

int
ocr_bnn_xnor_pack(struct ocr_bnn_packed *p, struct ocr_err *err)
{
	uint32_t i;
	int r = 0;

	p->xnor =
	    ocr_bnn_keep(&p->store, p->net->n_layers, sizeof(*p->xnor), err);
	if (p->xnor == NULL)
		return -OCR_ENOMEM;
	for (i = 0; r == 0 && i < p->net->n_layers; i++) {
		const struct ocr_bnn_layer *l = &p->net->layers[i];
		struct ocr_bnn_xnor *x = &p->xnor[i];

		x->in_words = (l->in_c + 63) / 64;
		x->out_words = (l->out_c + 63) / 64;
		x->in_planes = i == 0 ? 0 : x[-1].out_planes;
		x->out_planes = x->in_planes;
		r = ocr_bnn_grid(&x->grid, l, &p->store, err);
		if (r == 0 && l->kind == OCR_BNN_CONV)
			r = pack_conv(p, i, err);
	}
	return r;
}
