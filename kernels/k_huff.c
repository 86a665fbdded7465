/*
 * k_huff.c - Huffman-only deflate coder
 *
 * Two passes over each block: count, then emit.  Emission reads 8 bytes, looks
 * up four pairs and joins their codes before it touches the writer, whose
 * chain of shifts is what limits the speed: once per 8 bytes when all codes
 * have 7 bits or less, twice otherwise.
 */
#include "kernels/k_huff.h"

#include <string.h>

#include "kernels/k_bytes.h"
#include "kernels/k_huff_bits.h"
#include "kernels/k_huff_code.h"
#include "kernels/k_huff_header.h"
#include "kernels/k_stored.h"
#include "kernels/k_stored_block.h"

/*
 * Bytes per code: a header costs about 60 bytes and 10 us.  Four full stored
 * blocks, so that the stored form of a piece is what k_stored writes.
 */
#define BLOCK (4 * K_STORED_MAX)
#define END_OF_BLOCK 256
#define MAX_BITS 12  /* two codes and their length fit 32 bits */
#define SHORT_BITS 7 /* eight codes fit one flush */
#define SLACK 8      /* a flush stores 8 bytes */

/* An entry of pair[]: both codes << 8 | bits of both. */
#define LEN_BITS 8
#define LEN_MASK 0xffU

/* Four tables: equal bytes in a row would wait for each other in one. */
static void
count(struct k_huff *s, const uint8_t *in, size_t len)
{
	size_t i = 0;

	memset(s->hist, 0, sizeof s->hist);
	for (; len - i >= 8; i += 8) {
		uint64_t v = k_load64(in + i);

		s->hist[0][v & 255]++;
		s->hist[1][v >> 8 & 255]++;
		s->hist[2][v >> 16 & 255]++;
		s->hist[3][v >> 24 & 255]++;
		s->hist[0][v >> 32 & 255]++;
		s->hist[1][v >> 40 & 255]++;
		s->hist[2][v >> 48 & 255]++;
		s->hist[3][v >> 56]++;
	}
	for (; i < len; i++)
		s->hist[0][in[i]]++;
	for (i = 0; i < 256; i++)
		s->freq[i] = s->hist[0][i] + s->hist[1][i] + s->hist[2][i] +
			     s->hist[3][i];
	s->freq[END_OF_BLOCK] = 1;
}

/* Bits of the block under the code. */
static uint64_t
coded_bits(const uint32_t *freq, const uint8_t *len)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < K_HUFF_N_LITLEN; i++)
		n += (uint64_t)freq[i] * len[i];
	return n;
}

/*
 * Chooses the code; returns bits of the block under it.  A code of short
 * lengths that costs under 0.1 % more is taken for its speed.
 */
static uint64_t
choose_code(struct k_huff *s)
{
	uint8_t len[K_HUFF_N_LITLEN];
	uint64_t n_bits, n_short;
	uint32_t n_used = 0;

	s->max_len =
	    (uint8_t)k_huff_lengths(s->freq, K_HUFF_N_LITLEN, MAX_BITS, s->len);
	n_bits = coded_bits(s->freq, s->len);
	for (uint32_t i = 0; i < K_HUFF_N_LITLEN; i++)
		n_used += s->freq[i] > 0;
	if (s->max_len <= SHORT_BITS || n_used > 1U << SHORT_BITS)
		return n_bits;
	k_huff_lengths(s->freq, K_HUFF_N_LITLEN, SHORT_BITS, len);
	n_short = coded_bits(s->freq, len);
	if (n_short - n_bits > n_bits / 1000)
		return n_bits;
	memcpy(s->len, len, sizeof len);
	s->max_len = SHORT_BITS;
	return n_short;
}

/* Fills pair[] for the symbols that occur. */
static void
build_pairs(struct k_huff *s)
{
	uint8_t sym[256] = {0};
	uint32_t n = 0;

	for (uint32_t i = 0; i < 256; i++)
		if (s->len[i] > 0)
			sym[n++] = (uint8_t)i;
	for (uint32_t j = 0; j < n; j++) {
		uint32_t *row = s->pair + 256 * sym[j];
		uint32_t code = s->code[sym[j]], len = s->len[sym[j]];

		for (uint32_t i = 0; i < n; i++) {
			uint32_t x = sym[i], bits = s->code[x];

			bits |= code << s->len[x];
			row[x] = bits << LEN_BITS | (s->len[x] + len);
		}
	}
}

/*
 * Codes of four bytes, first one in the lowest bits of v.  *sum is the sum of
 * the entries: its low 8 bits, which nothing carries into, are the bits of
 * all four, and a shift by "& 63" of an entry costs no mask.
 */
static inline uint64_t
four(const uint32_t *pair, uint64_t v, uint32_t *sum)
{
	uint32_t a = pair[v & 0xffff], b = pair[v >> 16 & 0xffff];

	*sum = a + b;
	return a >> LEN_BITS | (uint64_t)(b >> LEN_BITS) << (a & 63);
}

/* Emits all but the last bytes of in[0..len); returns how many it emitted. */
static size_t
emit_short(const struct k_huff *s, struct k_huff_bits *bits, const uint8_t *in,
    size_t len)
{
	struct k_huff_bits b = *bits;
	size_t i;

	for (i = 0; len - i >= 8; i += 8) {
		uint64_t v = k_load64(in + i), low, high;
		uint32_t n_low, n_high;

		low = four(s->pair, v, &n_low);
		high = four(s->pair, v >> 32, &n_high);
		k_huff_put(&b, low | high << (n_low & 63),
		    (n_low + n_high) & LEN_MASK);
		k_huff_flush(&b);
	}
	*bits = b;
	return i;
}

static size_t
emit_long(const struct k_huff *s, struct k_huff_bits *bits, const uint8_t *in,
    size_t len)
{
	struct k_huff_bits b = *bits;
	size_t i;

	for (i = 0; len - i >= 8; i += 8) {
		uint64_t v = k_load64(in + i), low, high;
		uint32_t n_low, n_high;

		low = four(s->pair, v, &n_low);
		high = four(s->pair, v >> 32, &n_high);
		k_huff_put(&b, low, n_low & LEN_MASK);
		k_huff_flush(&b);
		k_huff_put(&b, high, n_high & LEN_MASK);
		k_huff_flush(&b);
	}
	*bits = b;
	return i;
}

static void
emit_coded(struct k_huff *s, struct k_huff_bits *b, const uint8_t *in,
    size_t len)
{
	size_t i;

	k_huff_codes(s->len, K_HUFF_N_LITLEN, s->code);
	build_pairs(s);
	i = s->max_len <= SHORT_BITS ? emit_short(s, b, in, len)
				     : emit_long(s, b, in, len);
	for (; i < len; i++) {
		k_huff_put(b, s->code[in[i]], s->len[in[i]]);
		k_huff_flush(b);
	}
	k_huff_put(b, s->code[END_OF_BLOCK], s->len[END_OF_BLOCK]);
	k_huff_flush(b);
}

static void
emit_stored(struct k_huff_bits *b, const uint8_t *in, size_t len)
{
	size_t done = 0;

	while (done < len) {
		size_t n =
		    len - done < K_STORED_MAX ? len - done : K_STORED_MAX;

		k_huff_begin_stored(b);
		b->p = k_stored_body(b->p, in + done, (uint32_t)n);
		done += n;
	}
}

/* Bits of the stored form of a block of len bytes after n_before bits. */
static uint64_t
stored_bits(uint32_t n_before, size_t len)
{
	uint64_t n_blocks = (len + K_STORED_MAX - 1) / K_STORED_MAX;
	uint32_t first = ((n_before + 3 + 7) & ~7U) - n_before;

	return first + 32 + 40 * (n_blocks - 1) + 8 * (uint64_t)len;
}

/*
 * Never longer than the stored form: a code is used only if it ends before.
 * Stored forms end at most where those of k_stored end, which start at a
 * byte, so the whole piece is at most k_stored_bound(len).
 */
static void
encode_block(struct k_huff *s, struct k_huff_bits *b, const uint8_t *in,
    size_t len)
{
	struct k_huff_header header;
	uint64_t n_bits;

	count(s, in, len);
	n_bits = choose_code(s);
	k_huff_header_plan(&header, s->len);
	if (n_bits + header.n_bits < stored_bits(b->n, len)) {
		k_huff_header_put(&header, b);
		emit_coded(s, b, in, len);
	} else {
		emit_stored(b, in, len);
	}
}

size_t
k_huff_bound(size_t len)
{
	size_t bound = k_stored_bound(len);

	return bound > SIZE_MAX - SLACK ? SIZE_MAX : bound + SLACK;
}

size_t
k_huff_encode(struct k_huff *scratch, const uint8_t *in, size_t len,
    uint8_t *out, size_t cap)
{
	struct k_huff_bits b = {.p = out};
	size_t done = 0;

	if (cap < k_huff_bound(len))
		return 0;
	while (done < len) {
		size_t n = len - done < BLOCK ? len - done : BLOCK;

		encode_block(scratch, &b, in + done, n);
		done += n;
	}
	k_huff_begin_stored(&b);
	b.p = k_stored_body(b.p, in, 0);
	return (size_t)(b.p - out);
}
