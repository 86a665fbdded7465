/*
 * sha256.c - FIPS 180-4, section 6.2
 */
#include "config.h"

#include "common/sha256.h"

#include <stdio.h>
#include <string.h>

#define BLOCK_BYTES 64

/* First 32 bits of the fractions of the cube roots of the first 64 primes. */
static const uint32_t constants[64] = {
    0x428a2f98,
    0x71374491,
    0xb5c0fbcf,
    0xe9b5dba5,
    0x3956c25b,
    0x59f111f1,
    0x923f82a4,
    0xab1c5ed5,
    0xd807aa98,
    0x12835b01,
    0x243185be,
    0x550c7dc3,
    0x72be5d74,
    0x80deb1fe,
    0x9bdc06a7,
    0xc19bf174,
    0xe49b69c1,
    0xefbe4786,
    0x0fc19dc6,
    0x240ca1cc,
    0x2de92c6f,
    0x4a7484aa,
    0x5cb0a9dc,
    0x76f988da,
    0x983e5152,
    0xa831c66d,
    0xb00327c8,
    0xbf597fc7,
    0xc6e00bf3,
    0xd5a79147,
    0x06ca6351,
    0x14292967,
    0x27b70a85,
    0x2e1b2138,
    0x4d2c6dfc,
    0x53380d13,
    0x650a7354,
    0x766a0abb,
    0x81c2c92e,
    0x92722c85,
    0xa2bfe8a1,
    0xa81a664b,
    0xc24b8b70,
    0xc76c51a3,
    0xd192e819,
    0xd6990624,
    0xf40e3585,
    0x106aa070,
    0x19a4c116,
    0x1e376c08,
    0x2748774c,
    0x34b0bcb5,
    0x391c0cb3,
    0x4ed8aa4a,
    0x5b9cca4f,
    0x682e6ff3,
    0x748f82ee,
    0x78a5636f,
    0x84c87814,
    0x8cc70208,
    0x90befffa,
    0xa4506ceb,
    0xbef9a3f7,
    0xc67178f2,
};

/* The same of the square roots of the first 8. */
static const uint32_t start[8] = {
    0x6a09e667,
    0xbb67ae85,
    0x3c6ef372,
    0xa54ff53a,
    0x510e527f,
    0x9b05688c,
    0x1f83d9ab,
    0x5be0cd19,
};

static uint32_t
rotate(uint32_t x, int n)
{
	return x >> n | x << (32 - n);
}

static uint32_t
get_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

static void
put_be32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

/* The words of a block, and 48 made of them. */
static void
spread(const uint8_t *p, uint32_t w[64])
{
	uint32_t a, b;
	int i;

	for (i = 0; i < 16; i++)
		w[i] = get_be32(p + 4 * i);
	for (; i < 64; i++) {
		a = w[i - 15];
		b = w[i - 2];
		w[i] = (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10) + w[i - 7] +
		       (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) + w[i - 16];
	}
}

static void
add_block(uint32_t h[8], const uint8_t *p)
{
	uint32_t w[64], v[8], t1, t2;
	int i;

	spread(p, w);
	memcpy(v, h, sizeof(v));
	for (i = 0; i < 64; i++) {
		t1 = v[7] +
		     (rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25)) +
		     ((v[4] & v[5]) ^ (~v[4] & v[6])) + constants[i] + w[i];
		t2 = (rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22)) +
		     ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
		memmove(v + 1, v, 7 * sizeof(*v));
		v[4] += t1;
		v[0] = t1 + t2;
	}
	for (i = 0; i < 8; i++)
		h[i] += v[i];
}

void
ocr_sha256(const void *data, size_t len, uint8_t out[OCR_SHA256_BYTES])
{
	const uint8_t *p = data;
	uint8_t tail[2 * BLOCK_BYTES] = {0};
	size_t n = len, n_tail;
	uint64_t bits = (uint64_t)len * 8;
	uint32_t h[8];
	int i;

	memcpy(h, start, sizeof(h));
	for (; n >= BLOCK_BYTES; n -= BLOCK_BYTES, p += BLOCK_BYTES)
		add_block(h, p);
	if (n > 0)
		memcpy(tail, p, n);
	tail[n] = 0x80;
	n_tail = n + 9 <= BLOCK_BYTES ? BLOCK_BYTES : 2 * BLOCK_BYTES;
	put_be32(tail + n_tail - 8, (uint32_t)(bits >> 32));
	put_be32(tail + n_tail - 4, (uint32_t)bits);
	add_block(h, tail);
	if (n_tail > BLOCK_BYTES)
		add_block(h, tail + BLOCK_BYTES);
	for (i = 0; i < 8; i++)
		put_be32(out + 4 * i, h[i]);
}

void
ocr_sha256_hex(const void *data, size_t len, char text[OCR_SHA256_HEX + 1])
{
	uint8_t sum[OCR_SHA256_BYTES];
	int i;

	ocr_sha256(data, len, sum);
	for (i = 0; i < OCR_SHA256_BYTES; i++)
		snprintf(text + 2 * i, 3, "%02x", sum[i]);
}
