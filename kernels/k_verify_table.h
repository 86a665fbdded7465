/*
 * k_verify_table.h - decoding and coding tables; private to k_verify*
 */
#ifndef K_VERIFY_TABLE_H
#define K_VERIFY_TABLE_H

#include <stdint.h>

#include "kernels/k_scan_table.h"
#include "kernels/k_verify.h"

/*
 * Entry of litlen[]:
 *    0..5   bits to drop: the code and the extra bits of a length
 *    8..16  the literal, or the length without its extra bits
 *   20..23  where the extra bits begin
 *   24..26  how many
 *   30      it is a length
 *   31      end of block, long code or no code
 * Entry of dist[]:
 *    0..5   bits to drop
 *    8..11  where the extra bits begin
 *   16..30  the distance without them
 *   31      long code or no code
 * Entry of code[]:
 *    0..14  the code, first bit lowest
 *   24..29  its bits, or K_VERIFY_NO_CODE
 */
#define K_VERIFY_VALUE_SHIFT 8
#define K_VERIFY_VALUE_MASK 511U
#define K_VERIFY_AT_SHIFT 20
#define K_VERIFY_EXTRA_SHIFT 24
#define K_VERIFY_DIST_SHIFT 16
#define K_VERIFY_DROP_MASK 63U
#define K_VERIFY_IS_LENGTH (1U << 30)
#define K_VERIFY_IS_OTHER (1U << 31)
#define K_VERIFY_CODE_SHIFT 24
#define K_VERIFY_CODE_MASK 0x7fffU
#define K_VERIFY_NO_CODE 63U
#define K_VERIFY_END_OF_BLOCK 256

/* Of distance symbol sym < 30, without its extra bits. */
static inline uint32_t
k_verify_dist_base(uint32_t sym)
{
	return sym < 2 ? sym + 1
		       : ((2 + (sym & 1)) << k_scan_dist_extra(sym)) + 1;
}

/* Returns 0 or K_SCAN_ECODE. */
int k_verify_build(struct k_verify_table *t, const struct k_scan_lens *lens);

#endif
