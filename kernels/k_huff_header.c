/*
 * k_huff_header.c - header of a dynamic block without matches
 *
 * The distance code is never used, but decoders disagree on which unusable
 * codes they take.  Two codes of one bit are a complete code, as zlib sends
 * when it has no matches, and everyone takes them.
 */
#include "kernels/k_huff_header.h"

#include <string.h>

#include "kernels/k_huff_code.h"

#define PRECODE_MAX_BITS 7

static void
add_token(struct k_huff_header *h, uint32_t token, uint32_t repeat)
{
	h->token[h->n_tokens] = (uint8_t)token;
	h->repeat[h->n_tokens++] = (uint8_t)repeat;
}

/* Tokens for 'run' times the same length. */
static void
add_run(struct k_huff_header *h, uint8_t len, uint32_t run)
{
	uint32_t n;

	for (; len == 0 && run >= 11; run -= n) {
		n = run < 138 ? run : 138;
		add_token(h, K_PRECODE_MANY_ZEROS, n - 11);
	}
	if (len == 0 && run >= 3) {
		add_token(h, K_PRECODE_FEW_ZEROS, run - 3);
		return;
	}
	if (len != 0) { /* K_PRECODE_COPY_LAST needs one to copy */
		add_token(h, len, 0);
		run--;
	}
	for (; len != 0 && run >= 3; run -= n) {
		n = run < 6 ? run : 6;
		add_token(h, K_PRECODE_COPY_LAST, n - 3);
	}
	for (; run > 0; run--)
		add_token(h, len, 0);
}

void
k_huff_header_plan(struct k_huff_header *h, const uint8_t *len)
{
	uint8_t all[K_HUFF_N_LITLEN + K_HUFF_N_DIST];
	uint32_t freq[K_PRECODE_N] = {0};
	uint32_t n = 0, i = 0;

	memcpy(all, len, K_HUFF_N_LITLEN);
	memset(all + K_HUFF_N_LITLEN, 1, K_HUFF_N_DIST);
	h->n_tokens = 0;
	for (; i < sizeof all; i += n) {
		n = 1;
		while (i + n < sizeof all && all[i + n] == all[i])
			n++;
		add_run(h, all[i], n);
	}
	for (i = 0; i < h->n_tokens; i++)
		freq[h->token[i]]++;
	k_huff_lengths(freq, K_PRECODE_N, PRECODE_MAX_BITS, h->precode_len);
	h->n_precode = K_PRECODE_N;
	while (h->precode_len[k_precode_order[h->n_precode - 1]] == 0)
		h->n_precode--;
	h->n_bits = 3 + 5 + 5 + 4 + 3 * h->n_precode;
	for (i = 0; i < h->n_tokens; i++)
		h->n_bits += h->precode_len[h->token[i]] +
			     k_precode_extra_bits(h->token[i]);
}

void
k_huff_header_put(const struct k_huff_header *h, struct k_huff_bits *b)
{
	uint16_t code[K_PRECODE_N];

	k_huff_codes(h->precode_len, K_PRECODE_N, code);
	k_huff_put(b, 2U << 1, 3); /* not final, dynamic */
	k_huff_put(b, K_HUFF_N_LITLEN - 257, 5);
	k_huff_put(b, K_HUFF_N_DIST - 1, 5);
	k_huff_put(b, h->n_precode - 4, 4);
	for (uint32_t i = 0; i < h->n_precode; i++) {
		k_huff_flush(b);
		k_huff_put(b, h->precode_len[k_precode_order[i]], 3);
	}
	for (uint32_t i = 0; i < h->n_tokens; i++) {
		uint32_t token = h->token[i];

		k_huff_flush(b);
		k_huff_put(b, code[token], h->precode_len[token]);
		k_huff_put(b, h->repeat[i], k_precode_extra_bits(token));
	}
	k_huff_flush(b);
}
