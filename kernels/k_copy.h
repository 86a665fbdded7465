/*
 * k_copy.h - copy bytes: what transport to and from a card costs
 *
 * Arguments and registers: k_plain.h.
 * Estimate, not synthesised: 1 cycle per byte, reading and writing at the same
 * time, as the ports are one byte wide unless v++ widens them; 4 KiB of memory
 * twice (2 BRAM36).
 */
#ifndef K_COPY_H
#define K_COPY_H

#include <stdint.h>

#include "kernels/k_plain.h"

/*
 * Copy in[0..in_len) to out.  *out_len is in_len, or K_PLAIN_FAILED with
 * nothing copied when that is over out_cap or is K_PLAIN_FAILED itself.  in
 * and out may be NULL when in_len is 0.
 * Pure: no allocation, no globals.  Any thread.
 */
void k_copy(const uint8_t *in, uint32_t in_len, uint8_t *out, uint32_t out_cap,
    uint32_t *out_len);

#endif
