/*
 * standin_vitis.c - stand-ins for AMD's compressing kernels, on zlib: see
 * standin_vitis.h
 */
#include "config.h"

#include "src/standin_vitis.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define BLOCK_BYTES 32768
#define STORED_MAX 64 /* MIN_BLCK_SIZE */
#define BURST_BYTES 1024
#define N_ENGINES 4 /* PARALLEL_BLOCK */
#define LITLEN_WORDS 1024
#define DIST_WORDS 64
#define TOKEN_BYTES 4
#define JUNK 0xa5

struct bits {
	uint8_t *out;
	size_t n;
	uint64_t buf;
	unsigned left;
};

static void
put_bits(struct bits *b, uint32_t v, unsigned n)
{
	b->buf |= (uint64_t)v << b->left;
	for (b->left += n; b->left >= 8; b->left -= 8) {
		b->out[b->n++] = (uint8_t)b->buf;
		b->buf >>= 8;
	}
}

/* The code of n bits, first bit highest. */
static void
put_code(struct bits *b, uint32_t code, unsigned n)
{
	while (n-- > 0)
		put_bits(b, code >> n & 1, 1);
}

/* One block with fixed codes, literals only, and 00 00 FF FF: the kernels have
 * no other way for data that no code makes smaller, and it grows. */
static size_t
encode_fixed(const uint8_t *in, size_t len, uint8_t *out)
{
	struct bits b = {.out = out};

	put_bits(&b, 2, 3);
	for (size_t i = 0; i < len; i++) {
		if (in[i] < 144)
			put_code(&b, 0x30U + in[i], 8);
		else
			put_code(&b, 0x190U + in[i] - 144, 9);
	}
	put_code(&b, 0, 7);
	put_bits(&b, 0, 3);
	if (b.left > 0)
		put_bits(&b, 0, 8 - b.left);
	memcpy(out + b.n, "\0\0\xff\xff", 4);
	return b.n + 4;
}

/* Room for 2 * len + 64 bytes. */
static size_t
encode_block(const uint8_t *in, size_t len, uint8_t *out)
{
	z_stream z = {.next_in = (uint8_t *)(uintptr_t)in,
	    .avail_in = (uInt)len,
	    .next_out = out,
	    .avail_out = (uInt)(2 * len + 64)};
	size_t n = 0;

	if (deflateInit2(&z, 1, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY) ==
	    Z_OK) {
		if (deflate(&z, Z_SYNC_FLUSH) == Z_OK && z.avail_in == 0)
			n = z.total_out;
		deflateEnd(&z);
	}
	return n > 0 && n < len ? n : encode_fixed(in, len, out);
}

/* multicoreMerger: a header before every 8 bytes, each with the length of all
 * that is left; the last 8 bytes are whole, the size counts what is in them. */
static size_t
put_stored(const uint8_t *in, int len, uint8_t *out)
{
	size_t n = 0, size = (size_t)len;

	for (; len > 0; len -= 8) {
		uint8_t head[5] = {0, (uint8_t)len, 0, (uint8_t)~len, 0xff};

		memcpy(out + n, head, 5);
		memset(out + n + 5, 0, 8);
		memcpy(out + n + 5, in, len < 8 ? (size_t)len : 8);
		in += 8;
		n += 13;
		size += 5;
	}
	return size;
}

void
xilGzipCompBlock(const uint64_t *in, uint64_t *out, uint32_t *compressd_size,
    uint32_t *checksumData, uint32_t input_size, bool checksumType)
{
	const uint8_t *from = (const uint8_t *)in;
	uint8_t *to = (uint8_t *)out;
	uint32_t at, len;
	size_t n = 0;

	for (at = 0; at < input_size; at += len) {
		len = input_size - at;
		if (len > BLOCK_BYTES)
			len = BLOCK_BYTES;
		n += len <= STORED_MAX ? put_stored(from + at, (int)len, to + n)
				       : encode_block(from + at, len, to + n);
	}
	memset(to + n, JUNK, BURST_BYTES - n % BURST_BYTES);
	compressd_size[0] = (uint32_t)n;
	checksumData[0] =
	    checksumType ? ~(uint32_t)crc32(~checksumData[0], from, input_size)
			 : (uint32_t)adler32(checksumData[0], from, input_size);
}

/* Tokens of 4 bytes: literal, length, distance.  Ours are literals only. */
static void
tokenize(const uint8_t *in, uint32_t len, uint8_t *out, uint32_t *litlen,
    uint32_t *dist)
{
	memset(litlen, 0, sizeof(*litlen) * LITLEN_WORDS);
	memset(dist, 0, sizeof(*dist) * DIST_WORDS);
	litlen[256] = 1;
	for (uint32_t i = 0; i < len; i++) {
		memset(out + (size_t)i * TOKEN_BYTES, 0, TOKEN_BYTES);
		out[(size_t)i * TOKEN_BYTES] = in[i];
		litlen[in[i]]++;
	}
}

void
xilLz77Compress(const void *in, void *out, uint32_t *compressd_size,
    uint32_t *in_block_size, uint32_t *dyn_ltree_freq, uint32_t *dyn_dtree_freq,
    uint32_t block_size_in_kb, uint32_t input_size)
{
	uint32_t block = block_size_in_kb * 1024;
	uint32_t n_blocks = input_size > 0 ? (input_size - 1) / block + 1 : 0;

	for (uint32_t i = 0; i < n_blocks; i++) {
		size_t at = (size_t)i * block, engine = i % N_ENGINES;

		tokenize((const uint8_t *)in + at, in_block_size[i],
		    (uint8_t *)out + at * TOKEN_BYTES,
		    dyn_ltree_freq + engine * LITLEN_WORDS,
		    dyn_dtree_freq + engine * DIST_WORDS);
		compressd_size[i] = in_block_size[i] * TOKEN_BYTES;
	}
}

/* Codes come from the table: with another block's they are nonsense. */
static bool
is_table_of(const uint32_t *litlen, const uint8_t *tokens, uint32_t n)
{
	uint32_t count[256] = {0};

	for (uint32_t i = 0; i < n; i++)
		count[tokens[(size_t)i * TOKEN_BYTES]]++;
	return memcmp(count, litlen, sizeof(count)) == 0;
}

void
xilHuffmanKernel(void *in, uint32_t *dyn_ltree_freq, uint32_t *dyn_dtree_freq,
    void *out, uint32_t *in_block_size, uint32_t *compressd_size,
    uint32_t block_size_in_kb, uint32_t input_size)
{
	uint32_t block = block_size_in_kb * 1024;
	uint32_t n_blocks = input_size > 0 ? (input_size - 1) / block + 1 : 0;
	uint8_t *raw = malloc(block), *coded = malloc(2 * (size_t)block + 64);

	(void)dyn_dtree_freq;
	(void)compressd_size;
	/* The engines are not in step: here the last comes first. */
	for (uint32_t i = n_blocks; raw != NULL && coded != NULL && i-- > 0;) {
		const uint8_t *tokens =
		    (const uint8_t *)in + (size_t)i * block * TOKEN_BYTES;
		uint32_t n = in_block_size[i] / TOKEN_BYTES;
		const uint32_t *litlen =
		    dyn_ltree_freq + (size_t)i * LITLEN_WORDS;
		size_t size;

		if (n > block)
			n = block;
		for (uint32_t k = 0; k < n; k++)
			raw[k] = tokens[(size_t)k * TOKEN_BYTES];
		size = encode_block(raw, n, coded);
		if (i >= N_ENGINES || !is_table_of(litlen, tokens, n))
			memset(coded, JUNK, size);
		memcpy((uint8_t *)out + (size_t)i * block, coded, size);
		in_block_size[i] = (uint32_t)size;
	}
	free(raw);
	free(coded);
}
