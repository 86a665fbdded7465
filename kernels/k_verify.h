/*
 * k_verify.h - is this deflate stream what those bytes become?
 *
 * Whoever compressed data elsewhere still has it, so a result can be checked
 * without inflating it anywhere: codes are self-delimiting, hence the next bits
 * are the code of the next byte or they are no literal at all, and a match is
 * right if the bytes that are wanted repeat there.  Nothing is written, and
 * where there are only literals the position in the stream follows from the
 * bytes alone, so that nothing waits for a look-up: twice as fast as inflating
 * there, and as fast where there are matches.
 * Source: RFC 1951.
 */
#ifndef K_VERIFY_H
#define K_VERIFY_H

#include <stddef.h>
#include <stdint.h>

#include "kernels/k_scan.h"

#define K_VERIFY_LITLEN_BITS 11
#define K_VERIFY_DIST_BITS 10

/* In addition to enum k_scan_error. */
#define K_VERIFY_EDIFFER (-7) /* it stands for other bytes */
#define K_VERIFY_EDIST (-8)   /* a distance points before the first byte */

/* Scratch of one call, 14 KiB, any contents; the fields belong to k_verify. */
struct k_verify_table {
	uint32_t litlen[1 << K_VERIFY_LITLEN_BITS];
	uint32_t dist[1 << K_VERIFY_DIST_BITS];
	uint32_t code[256]; /* of each literal */
	struct k_scan_code litlen_code;
	struct k_scan_code dist_code;
	uint32_t is_literal; /* block has few matches */
};

struct k_verify_result {
	size_t in_len;     /* bytes of the stream */
	size_t out_len;    /* bytes of want that it stands for */
	uint32_t is_final; /* its last block says so */
};

/*
 * Walk the raw deflate stream in[0..len) up to the end of its final block, or
 * up to a block that is not final and ends exactly with the last byte; it
 * must stand for want[0..out_len), out_len <= n.  Never reads outside of the
 * two, whatever they hold.
 * Returns 0, or an error with *result undefined.  K_SCAN_ELIMIT: more than n
 * bytes, or more blocks than any compressor makes (see K_SCAN_MAX_BLOCKS).
 * Pure: no allocation, no globals.  One thread per table.
 */
int k_verify(const uint8_t *in, size_t len, const uint8_t *want, size_t n,
    struct k_verify_table *table, struct k_verify_result *result);

#endif
