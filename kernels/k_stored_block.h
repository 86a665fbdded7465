/*
 * k_stored_block.h - body of a stored block; private to the coders
 *
 * RFC 1951, 3.2.4: LEN, its complement, LEN bytes, all byte aligned.  The
 * three header bits before them, padded to a byte, are the caller's.
 */
#ifndef K_STORED_BLOCK_H
#define K_STORED_BLOCK_H

#include <stdint.h>
#include <string.h>

#define K_STORED_MAX 65535U /* LEN has 16 bits */

/* Writes 4 + n bytes, n <= K_STORED_MAX; returns the end. */
static inline uint8_t *
k_stored_body(uint8_t *out, const uint8_t *in, uint32_t n)
{
	out[0] = (uint8_t)n;
	out[1] = (uint8_t)(n >> 8);
	out[2] = (uint8_t)~n;
	out[3] = (uint8_t)(~n >> 8);
	if (n > 0)
		memcpy(out + 4, in, n);
	return out + 4 + n;
}

#endif
