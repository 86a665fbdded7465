/* k_deflate_code.c - code a block of tokens */
#include "kernels/k_deflate_code.h"

#include "kernels/k_huff_code.h"

#define MAX_BITS 15
#define END_OF_BLOCK 256U

#define VALUE_SHIFT 5
#define VALUE_BITS 31U
#define DIST_EXTRA_SHIFT 4
#define DIST_SHIFT 8
#define DIST_BITS 15U

/* Code lengths, and the codes for them. */
struct lengths {
	uint8_t litlen[K_DEFLATE_N_LITLEN];
	uint8_t dist[K_DEFLATE_N_DIST];
	uint16_t litlen_code[K_DEFLATE_N_LITLEN];
	uint16_t dist_code[K_DEFLATE_N_DIST];
};

static uint32_t
litlen_symbol(uint32_t value)
{
	if (value < K_DEFLATE_MATCH)
		return value;
	return END_OF_BLOCK + 1 + k_deflate_length(value - K_DEFLATE_MATCH).sym;
}

/*
 * A block without matches has no use for a distance code, but decoders differ
 * on which unusable codes they take: two codes of one bit are complete, and
 * everyone takes them.
 */
static void
choose_lengths(const struct k_deflate_block *b, struct lengths *l)
{
	uint32_t freq[K_DEFLATE_N_LITLEN] = {0}, dist[K_DEFLATE_N_DIST];

values:
	for (uint32_t i = 0; i < K_DEFLATE_VALUES; i++)
		freq[litlen_symbol(i)] += b->n_value[0][i] + b->n_value[1][i];
	freq[END_OF_BLOCK] = 1;
distances:
	for (uint32_t i = 0; i < K_DEFLATE_N_DIST; i++)
		dist[i] = b->n_dist[0][i] + b->n_dist[1][i];
	k_huff_lengths(freq, K_DEFLATE_N_LITLEN, MAX_BITS, l->litlen);
	if (k_huff_lengths(dist, K_DEFLATE_N_DIST, MAX_BITS, l->dist) == 0) {
		l->dist[0] = 1;
		l->dist[1] = 1;
	}
	k_huff_codes(l->litlen, K_DEFLATE_N_LITLEN, l->litlen_code);
	k_huff_codes(l->dist, K_DEFLATE_N_DIST, l->dist_code);
}

/* Tables for one look-up per half token. */
static void
fill_tables(struct k_deflate_code *c, const struct lengths *l)
{
values:
	for (uint32_t i = 0; i < K_DEFLATE_VALUES; i++) {
		uint32_t x = i & (K_DEFLATE_MATCH - 1), sym = litlen_symbol(i);
		uint32_t extra =
		    i < K_DEFLATE_MATCH ? 0 : k_deflate_length(x).extra;
		uint32_t low = x & ((1U << extra) - 1);
		uint32_t n = l->litlen[sym];
		uint32_t bits = l->litlen_code[sym] | low << n;

		c->value[i] = n > 0 ? bits << VALUE_SHIFT | (n + extra) : 0;
	}
distances:
	for (uint32_t i = 0; i < K_DEFLATE_N_DIST; i++) {
		uint32_t extra = i < 4 ? 0 : i / 2 - 1, n = l->dist[i];
		uint32_t bits = l->dist_code[i];

		c->dist[i] =
		    n > 0 ? bits << DIST_SHIFT | extra << DIST_EXTRA_SHIFT | n
			  : 0;
	}
	c->dist[K_DEFLATE_N_DIST] = 0;
	c->end = l->litlen_code[END_OF_BLOCK];
	c->end_len = l->litlen[END_OF_BLOCK];
}

void
k_deflate_code_plan(struct k_deflate_code *c, struct k_deflate_header *h,
    const struct k_deflate_block *block)
{
	struct lengths l;

	choose_lengths(block, &l);
	k_deflate_header_plan(h, l.litlen, l.dist);
	fill_tables(c, &l);
}

uint32_t
k_deflate_code_bits(const struct k_deflate_code *c,
    const struct k_deflate_block *block)
{
	uint32_t n_bits = 0, n_absent = 0;

values:
	for (uint32_t i = 0; i < K_DEFLATE_VALUES; i++) {
		uint32_t n = block->n_value[0][i] + block->n_value[1][i];

		n_bits += n * (c->value[i] & VALUE_BITS);
		n_absent += n > 0 && c->value[i] == 0;
	}
distances:
	for (uint32_t i = 0; i < K_DEFLATE_N_DIST; i++) {
		uint32_t n = block->n_dist[0][i] + block->n_dist[1][i];

		n_bits += n * (c->dist[i] & DIST_BITS);
		n_bits += n * (c->dist[i] >> DIST_EXTRA_SHIFT & DIST_BITS);
		n_absent += n > 0 && c->dist[i] == 0;
	}
	return n_absent > 0 ? K_DEFLATE_NO_CODE : n_bits;
}

void
k_deflate_code_put(const struct k_deflate_code *c,
    const struct k_deflate_block *block, struct k_deflate_bits *b, uint8_t *out)
{
	struct k_deflate_bits bits = *b;

tokens:
	for (uint32_t i = 0; i < block->n_tokens; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 16384
#pragma HLS PIPELINE II = 1
		uint32_t token = block->token[i];
		uint32_t value = token >> K_DEFLATE_VALUE_SHIFT;
		uint32_t x = token & K_DEFLATE_DIST_MASK;
		uint32_t v = c->value[value], sym, d, n, extra;
		uint64_t code;

		sym = value < K_DEFLATE_MATCH ? K_DEFLATE_N_DIST
					      : k_deflate_distance(x).sym;
		d = c->dist[sym];
		n = d & DIST_BITS;
		extra = d >> DIST_EXTRA_SHIFT & DIST_BITS;
		code = d >> DIST_SHIFT | (x & ((1U << extra) - 1)) << n;
		k_deflate_put(&bits, out,
		    v >> VALUE_SHIFT | code << (v & VALUE_BITS),
		    (v & VALUE_BITS) + n + extra);
	}
	*b = bits;
}
