/*
 * bnn_near.c - the LUT kernels for one image, its pixels side by side
 *
 * Where a layer is large enough: a vector is pixels, rows of the image following
 * each other, and the windows are copied out one tap after the other.  Windows
 * across the end of a row are dropped.
 */
#include "config.h"

#include <string.h>

#include "src/bnn_pack.h"

/* Bytes from group to group of what layer i gives; what is read or written behind
 * the last window is part of it. */
size_t
ocr_bnn_near_pitch(const struct ocr_bnn_packed *p, uint32_t i)
{
	const struct ocr_bnn_layer *l = &p->net->layers[i];
	uint32_t width = l->out_w;
	size_t lanes = p->ops->lanes;

	if (p->lut[i].n_near != 0)
		width = l->in_w;
	return ((size_t)l->out_h * width / lanes + 2) * lanes;
}

/* lanes: a multiple of 16, 64 at most. */
static uint8_t *
copy_vector(uint8_t *to, const uint8_t *from, size_t lanes)
{
	memcpy(to, from, 16);
	if (lanes == 64)
		memcpy(to + 16, from + 16, 32);
	memcpy(to + lanes - 16, from + lanes - 16, 16);
	return to + lanes;
}

/* n vectors of windows, [tap][group] each; from: the first one's first tap. */
static void
copy_windows(const struct ocr_bnn_state *s, uint32_t i, const uint8_t *from,
    size_t n)
{
	const struct ocr_bnn_layer *l = &s->p->net->layers[i];
	size_t groups = s->p->lut[i].groups, lanes = s->p->ops->lanes, j, g;
	size_t pitch = ocr_bnn_near_pitch(s->p, i - 1);
	uint8_t *to = s->near;
	uint32_t ky, kx;

	for (j = 0; j < n; j++, from += lanes)
		for (ky = 0; ky < l->window_h; ky++)
			for (kx = 0; kx < l->window_w; kx++) {
				const uint8_t *v =
				    from + (size_t)ky * l->in_w + kx;

				for (g = 0; g < groups; g++, v += pitch)
					to = copy_vector(to, v, lanes);
			}
}

void
ocr_bnn_near_conv(struct ocr_bnn_state *s, uint32_t i, const uint8_t *in,
    uint8_t *out)
{
	const struct ocr_bnn_layer *l = &s->p->net->layers[i];
	const struct ocr_bnn_lut *lut = &s->p->lut[i];
	const struct k_bnn_lut_conv *c = &lut->near;
	size_t lanes = s->p->ops->lanes, pitch = ocr_bnn_near_pitch(s->p, i);
	uint8_t *fired = s->near + OCR_BNN_NEAR * c->n_groups * lanes;
	uint32_t at, n, parts, g, j, y;

	ocr_bnn_lut_need(s->p, i);
	for (at = 0; at < lut->n_near; at += n) {
		n = lut->n_near - at;
		parts = (n + OCR_BNN_NEAR - 1) / OCR_BNN_NEAR;
		n = (n + parts - 1) / parts;
		copy_windows(s, i, in + at * lanes, n);
		s->p->ops->parity(s->near, (size_t)n * c->s_units,
		    lut->unit_groups, s->parity);
		s->p->ops->conv(c, s->near, s->parity, fired, n);
		for (j = 0; j < n; j++)
			for (g = 0; g < c->n_sets; g++)
				memcpy(out + g * pitch + (at + j) * lanes,
				    fired + (j * c->n_sets + g) * lanes, lanes);
	}
	for (g = 0; g < c->n_sets; g++, out += pitch)
		for (y = 1; y < l->out_h; y++)
			memmove(out + (size_t)y * l->out_w,
			    out + (size_t)y * l->in_w, l->out_w);
}

/* Without padding. */
void
ocr_bnn_near_pool(const struct ocr_bnn_state *s, uint32_t i, const uint8_t *in,
    uint8_t *out)
{
	const struct ocr_bnn_layer *l = &s->p->net->layers[i];
	size_t in_pitch = ocr_bnn_near_pitch(s->p, i - 1);
	size_t pitch = ocr_bnn_near_pitch(s->p, i);
	uint32_t groups = s->p->lut[i].groups, g, y, x, ky, kx;

	for (g = 0; g < groups; g++, in += in_pitch, out += pitch) {
		memset(out, 0, (size_t)l->out_h * l->out_w);
		for (y = 0; y < l->out_h; y++)
			for (ky = 0; ky < l->window_h; ky++)
				for (kx = 0; kx < l->window_w; kx++) {
					const uint8_t *v =
					    in + kx +
					    ((size_t)y * l->stride_h + ky) *
						l->in_w;
					uint8_t *to =
					    out + (size_t)y * l->out_w;

					for (x = 0; x < l->out_w; x++)
						to[x] |=
						    v[(size_t)x * l->stride_w];
				}
	}
}

/* Words of the pixels that layer i takes to groups. */
void
ocr_bnn_near_from_bits(const struct ocr_bnn_packed *p, uint32_t i,
    const uint64_t *in, uint8_t *out)
{
	const struct ocr_bnn_layer *l = &p->net->layers[i];
	size_t pitch = ocr_bnn_near_pitch(p, i - 1),
	       words = p->xnor[i].in_words;
	size_t n = (size_t)l->in_h * l->in_w, g, j;
	unsigned bits = p->ops->group;

	for (g = 0; g < p->lut[i].groups; g++, out += pitch) {
		size_t at = g * bits;

		for (j = 0; j < n; j++)
			out[j] = (uint8_t)ocr_bnn_bits(in + j * words, words,
			    at, bits);
	}
}

void
ocr_bnn_near_to_bits(const struct ocr_bnn_packed *p, uint32_t i,
    const uint8_t *in, uint64_t *out)
{
	const struct ocr_bnn_layer *l = &p->net->layers[i];
	size_t pitch = ocr_bnn_near_pitch(p, i - 1),
	       words = p->xnor[i].in_words;
	size_t n = (size_t)l->in_h * l->in_w, g, j;
	unsigned bits = p->ops->group;

	memset(out, 0, n * words * sizeof(*out));
	for (g = 0; g < p->lut[i].groups; g++, in += pitch) {
		size_t word = g * bits / 64, shift = g * bits % 64;
		bool is_cut = shift + bits > 64 && word + 1 < words;

		for (j = 0; j < n; j++) {
			uint64_t *to = out + j * words + word;

			to[0] |= (uint64_t)in[j] << shift;
			if (is_cut)
				to[1] |= (uint64_t)in[j] >> (64 - shift);
		}
	}
}

/* Pools go with the form that they find. */
bool
ocr_bnn_near_takes(const struct ocr_bnn_packed *p, uint32_t i, bool is_near)
{
	const struct ocr_bnn_layer *l = &p->net->layers[i];

	if (p->lut == NULL)
		return false;
	if (l->kind != OCR_BNN_MAX_POOL)
		return p->lut[i].n_near != 0;
	return is_near && l->pad_top == 0 && l->pad_left == 0 &&
	       (uint64_t)(l->out_h - 1) * l->stride_h + l->window_h <=
		   l->in_h &&
	       (uint64_t)(l->out_w - 1) * l->stride_w + l->window_w <= l->in_w;
}
