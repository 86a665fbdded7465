/*
 * newlines.c - find line ends in memory; called by cut.c
 */
#include "config.h"

#include "src/newlines.h"

#include <string.h>

#define LANES 64  /* bytes that one step compares; a multiple of any vector */
#define STEPS 255 /* what an 8-bit counter can take */
#define BLOCK ((size_t)LANES * STEPS)

/*
 * memchr() costs some 10 ns a line, which is much for short lines.  Here
 * every lane counts for itself in 8 bits: compilers make vector code of it.
 */
static uint64_t
count_block(const uint8_t *p)
{
	uint8_t lane[LANES] = {0};
	uint64_t n = 0;
	size_t i, j;

	for (i = 0; i < STEPS; i++)
		for (j = 0; j < LANES; j++)
			lane[j] += p[i * LANES + j] == '\n';
	for (j = 0; j < LANES; j++)
		n += lane[j];
	return n;
}

uint64_t
ocr_newlines_count(const uint8_t *p, size_t len)
{
	uint64_t n = 0;

	for (; len >= BLOCK; p += BLOCK, len -= BLOCK)
		n += count_block(p);
	for (; len > 0; p++, len--)
		n += *p == '\n';
	return n;
}

size_t
ocr_newlines_skip(const uint8_t *p, size_t len, uint64_t *n)
{
	const uint8_t *end = p + len, *at = p, *nl;
	uint64_t in_block;

	/* Whole blocks that do not reach it. */
	while (*n > STEPS && (size_t)(end - at) >= BLOCK) {
		in_block = count_block(at);
		if (in_block >= *n)
			break;
		*n -= in_block;
		at += BLOCK;
	}
	while (*n > 0 && at < end) {
		nl = memchr(at, '\n', (size_t)(end - at));
		if (nl == NULL)
			return len;
		at = nl + 1;
		--*n;
	}
	return *n > 0 ? len : (size_t)(at - p);
}

size_t
ocr_newlines_last(const uint8_t *p, size_t len)
{
	const uint8_t *nl = len > 0 ? memrchr(p, '\n', len) : NULL;

	return nl != NULL ? (size_t)(nl - p) + 1 : 0;
}
