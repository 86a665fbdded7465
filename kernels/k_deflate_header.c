/* k_deflate_header.c - header of a dynamic block */
#include "kernels/k_deflate_header.h"

#include <string.h>

#include "kernels/k_huff_code.h"

#define PRECODE_MAX_BITS 7

/* How many lengths are sent, at least 'least'. */
static uint32_t
n_sent(const uint8_t *len, uint32_t n, uint32_t least)
{
	uint32_t last = least;

	for (uint32_t i = least; i < n; i++)
		if (len[i] > 0)
			last = i + 1;
	return last;
}

/*
 * The token for the lengths at all[at], of which 'run' are equal and 'before'
 * says whether the one before is too.  Returns how many lengths it stands for.
 */
static uint32_t
add_token(struct k_deflate_header *h, uint32_t len, uint32_t run,
    uint32_t before)
{
	uint32_t token = len, n = 1, base = 1;

	if (len == 0 && run >= 11) {
		token = K_PRECODE_MANY_ZEROS;
		n = run < 138 ? run : 138;
		base = 11;
	} else if (len == 0 && run >= 3) {
		token = K_PRECODE_FEW_ZEROS;
		n = run;
		base = 3;
	} else if (before && run >= 3) {
		token = K_PRECODE_COPY_LAST;
		n = run < 6 ? run : 6;
		base = 3;
	}
	h->token[h->n_tokens] = (uint8_t)token;
	h->repeat[h->n_tokens++] = (uint8_t)(n - base);
	return n;
}

/* Runs go over the border between the two codes. */
static void
add_tokens(struct k_deflate_header *h, const uint8_t *all, uint32_t n)
{
	uint32_t run;

	h->n_tokens = 0;
lengths:
	for (uint32_t i = 0; i < n; i += run) {
#pragma HLS LOOP_TRIPCOUNT min = 2 max = 316
		uint32_t before = i > 0 && all[i - 1] == all[i];

		run = 1;
	run:
		while (run < 138 && i + run < n && all[i + run] == all[i])
			run++;
		run = add_token(h, all[i], run, before);
	}
}

void
k_deflate_header_plan(struct k_deflate_header *h, const uint8_t *litlen,
    const uint8_t *dist)
{
	uint8_t all[K_DEFLATE_N_LENS];
	uint32_t freq[K_PRECODE_N] = {0};

	h->n_litlen = n_sent(litlen, K_DEFLATE_N_LITLEN, 257);
	h->n_dist = n_sent(dist, K_DEFLATE_N_DIST, 1);
	memcpy(all, litlen, h->n_litlen);
	memcpy(all + h->n_litlen, dist, h->n_dist);
	add_tokens(h, all, h->n_litlen + h->n_dist);
	for (uint32_t i = 0; i < h->n_tokens; i++)
		freq[h->token[i]]++;
	k_huff_lengths(freq, K_PRECODE_N, PRECODE_MAX_BITS, h->precode_len);
	h->n_precode = 4;
	for (uint32_t i = 4; i < K_PRECODE_N; i++)
		if (h->precode_len[k_precode_order[i]] > 0)
			h->n_precode = i + 1;
	h->n_bits = 3 + 5 + 5 + 4 + 3 * h->n_precode;
	for (uint32_t i = 0; i < h->n_tokens; i++)
		h->n_bits += h->precode_len[h->token[i]] +
			     k_precode_extra_bits(h->token[i]);
}

void
k_deflate_header_put(const struct k_deflate_header *h, struct k_deflate_bits *b,
    uint8_t *out)
{
	uint16_t code[K_PRECODE_N];

	k_huff_codes(h->precode_len, K_PRECODE_N, code);
	k_deflate_put(b, out, 2U << 1, 3); /* not final, dynamic */
	k_deflate_put(b, out, h->n_litlen - 257, 5);
	k_deflate_put(b, out, h->n_dist - 1, 5);
	k_deflate_put(b, out, h->n_precode - 4, 4);
precode:
	for (uint32_t i = 0; i < h->n_precode; i++)
		k_deflate_put(b, out, h->precode_len[k_precode_order[i]], 3);
lengths:
	for (uint32_t i = 0; i < h->n_tokens; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 2 max = 316
		uint32_t token = h->token[i], n = h->precode_len[token];
		uint32_t bits = code[token] | (uint32_t)h->repeat[i] << n;

		k_deflate_put(b, out, bits, n + k_precode_extra_bits(token));
	}
}
