/*
 * bnn_weights.c - weights of a binarised layer, a byte or a bit each
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/bnn.h"

static uint64_t
count(const struct ocr_bnn_layer *l)
{
	return (uint64_t)l->out_c * l->window_h * l->window_w * l->in_c;
}

bool
ocr_bnn_is_binary(const struct ocr_bnn_layer *l)
{
	uint64_t n = count(l), all = UINT64_MAX, i, v;
	unsigned rest = 1;

	if (l->weights == NULL)
		return true;
	/* Of -2 to 1, those are odd. */
	for (i = 0; i + 8 <= n; i += 8) {
		memcpy(&v, l->weights + i, 8);
		all &= v;
	}
	for (; i < n; i++)
		rest &= (unsigned)l->weights[i];
	return (~all & UINT64_C(0x0101010101010101)) == 0 && rest != 0;
}

static uint64_t
load64(const void *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return v;
}

/* Of n weights: bit i is set if weight i is not negative. */
static uint64_t
gather(const int8_t *w, uint32_t n)
{
	uint64_t ones = 0, v;
	uint32_t i;

	for (i = 0; i + 8 <= n; i += 8) {
		/* Bit 8 * j to bit 56 + j: no two products share a bit. */
		v = ~load64(w + i) >> 7 & UINT64_C(0x0101010101010101);
		ones |= (v * UINT64_C(0x0102040810204080) >> 56) << i;
	}
	for (; i < n; i++)
		ones |= (uint64_t)(w[i] >= 0) << i;
	return ones;
}

uint64_t
ocr_bnn_ones(const struct ocr_bnn_layer *l, uint64_t at, uint32_t n)
{
	unsigned shift = at % 8;
	const uint8_t *p;
	uint64_t v;

	if (l->weights != NULL)
		return gather(l->weights + at, n);
	p = l->bits + at / 8;
	v = load64(p) >> shift;
	if (shift != 0)
		v |= (uint64_t)p[8] << (64 - shift);
	return v & UINT64_MAX >> (64 - n);
}

int
ocr_bnn_unpack(struct ocr_bnn *b, struct ocr_err *err)
{
	uint32_t i;

	for (i = 0; i < b->n_layers; i++) {
		struct ocr_bnn_layer *l = &b->layers[i];
		uint64_t n, k;
		int8_t *w;

		if (l->weights != NULL || l->bits == NULL)
			continue;
		n = count(l);
		w = malloc((size_t)n + 1);
		if (w == NULL)
			return ocr_err_nomem(err);
		for (k = 0; k < n; k++)
			w[k] = l->bits[k / 8] >> k % 8 & 1 ? 1 : -1;
		l->weights = w;
	}
	return 0;
}
