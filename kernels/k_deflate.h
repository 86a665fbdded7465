/*
 * k_deflate.h - deflate for a compute unit, and for the softcard
 *
 * One call makes of one chunk one piece (type=deflate of ocr-stream(5)): not
 * final, byte aligned, ending in an empty stored block (00 00 FF FF), with no
 * reference to anything before it.  Pieces are joined by concatenation.
 *
 * Arguments and registers: k_plain.h; ports gmem0 and gmem1.
 *
 * Stages.  load fetches the input in lines of 4 KiB; the scan finds matches
 * (4096 buckets of K_DEFLATE_WAYS, 16 bytes compared, a window of 32 KiB
 * across the whole chunk), is lazy by one position, and lets long matches grow;
 * up to 16384 tokens are a block.  While one block is scanned, the one before
 * gets its Huffman codes (15 bits at most), is packed, and stored.  A block
 * that the codes of the one before suit goes on without a header; one that no
 * code makes smaller becomes stored blocks.
 * Source: RFC 1951.
 *
 * Density, 1 MiB chunks: 8 to 10 % better than ISA-L 1 on tar files and text
 * with 4 ways, 5 to 6 % with 2; the same on base64.
 *
 * Estimates, by reasoning: this was never synthesised.
 *   cycles per byte   1.1 where a token covers two bytes or more: 1 for the
 *                     scan, 1/16 to put a line into the window, 6000 in all
 *                     for the last block's code; up to 2.2 on literals alone,
 *                     where code, pack (a token per cycle) and store (a byte)
 *                     of a block take longer than its scan
 *   rate              230 to 270 MB/s at 250 to 300 MHz per compute unit
 *   memory            window 16 BRAM36 or 2 URAM for each of 4 copies (3
 *                     for 2 ways), buckets 8 (4), tokens 2 x 15, packed
 *                     bytes 22, tables 8: 132 BRAM36, or 68 and 8 URAM
 *   logic             12000 to 15000 LUT
 * A unit that reports II=2 in "positions" (k_deflate_scan.c) runs at half that.
 */
#ifndef K_DEFLATE_H
#define K_DEFLATE_H

#include <stdint.h>

#include "kernels/k_plain.h"

#define K_DEFLATE_MAX_IN (1U << 20)
/* Bytes of stack that a call on a CPU needs; threads may have less. */
#define K_DEFLATE_STACK (400U << 10)

/*
 * Room that always suffices for in_len <= K_DEFLATE_MAX_IN, in bytes: the
 * stored form of a block is the longest.  One begins after 12289 tokens or
 * more, or 65535 bytes; 5 bytes each, and two more for the last block and the
 * end.
 */
#define K_DEFLATE_BOUND(in_len)                                                \
	((in_len) + 5 * ((in_len) / 12289 + (in_len) / 65535 + 2))

/*
 * Write the piece for in[0..in_len) to out[0..out_cap), which do not overlap;
 * in may be NULL when in_len is 0.
 *   *out_len   bytes of the piece, or K_PLAIN_FAILED: in_len is over
 *              K_DEFLATE_MAX_IN, or the piece does not fit; out's contents
 *              are then undefined
 * Never reads behind in[in_len - 1] or writes behind out[out_cap - 1].  Same
 * input, same bytes out, for the same K_DEFLATE_WAYS.
 * Pure: no allocation, no globals.  Any thread, any number at a time.
 */
void k_deflate(const uint8_t *in, uint32_t in_len, uint8_t *out,
    uint32_t out_cap, uint32_t *out_len);

#endif
