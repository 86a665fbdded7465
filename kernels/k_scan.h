/*
 * k_scan.h - walk a finished deflate stream without decoding it, and reopen it
 *
 * A compressor that can only make whole streams ends each with a block marked
 * final.  To join such streams into one, find the header of that last block,
 * clear its mark, and pad with an empty stored block.  Codes are
 * self-delimiting, so the header is only found by walking the whole stream;
 * but nothing has to be copied, which is faster than inflating.
 * Source: RFC 1951.
 */
#ifndef K_SCAN_H
#define K_SCAN_H

#include <stddef.h>
#include <stdint.h>

/*
 * Building tables costs 6 us a block, 16 us for the worst of codes, however
 * little the block holds: the cap keeps a hostile stream of tiny blocks under
 * 70 ms.  Compressors write 10 to 40 blocks per MiB, so large chunks get one
 * more block for each 1 << K_SCAN_BLOCK_BITS bytes of max_out.
 */
#define K_SCAN_MAX_BLOCKS 4096
#define K_SCAN_BLOCK_BITS 14

/* Bytes that k_scan_unfinish may add to a stream. */
#define K_SCAN_UNFINISH_ROOM 5

#define K_SCAN_LITLEN_BITS 12
#define K_SCAN_DIST_BITS 10

enum k_scan_error {
	K_SCAN_ETRUNC = -1,  /* no final block before the end of input */
	K_SCAN_ECODE = -2,   /* a block header describes no valid code */
	K_SCAN_ESYMBOL = -3, /* bits that are no symbol of the code */
	K_SCAN_ESTORED = -4, /* LEN and NLEN of a stored block disagree */
	K_SCAN_ETYPE = -5,   /* block type 3 */
	K_SCAN_ELIMIT = -6,  /* over max_out bytes or too many blocks */
};

/* A canonical code: symbols by length, then by value. */
struct k_scan_code {
	uint16_t count[16];
	uint16_t sym[288];
};

/*
 * Scratch of one call, 36 KiB, any contents; the fields belong to k_scan.
 */
struct k_scan_table {
	uint32_t run[1 << K_SCAN_LITLEN_BITS]; /* literals, then a length */
	uint32_t one[1 << K_SCAN_LITLEN_BITS]; /* one symbol */
	uint8_t drop[2 << K_SCAN_DIST_BITS];   /* bits of a distance */
	struct k_scan_code litlen;
	struct k_scan_code dist;
	uint32_t is_literal; /* block has few matches */
};

struct k_scan_result {
	uint64_t last_header_bit; /* of the final block, from in[0] bit 0 */
	uint64_t end_bit;         /* first bit behind the final block */
	uint64_t out_len;         /* bytes that the stream inflates to */
	uint32_t n_blocks;
};

/*
 * Walk the raw deflate stream in[0..len) up to the end of its final block.
 * Never reads outside in[0..len), whatever it holds; time is linear in len
 * plus n_blocks.  Bytes behind the final block are not looked at: compare
 * (end_bit + 7) / 8 with len to refuse them.
 * What is not checked: that distances stay inside the output.  A stream from
 * an untrusted source still has to be inflated before its data counts as good.
 * Returns 0, or an enum k_scan_error with *result undefined.
 * Pure: no allocation, no globals.  One thread per table.
 */
int k_scan(const uint8_t *in, size_t len, uint64_t max_out,
    struct k_scan_table *table, struct k_scan_result *result);

/*
 * Make a stream that k_scan accepted a piece that another can follow: not
 * final, byte aligned, ending in 00 00 FF FF.  Bytes behind the old end are
 * overwritten.
 *   stream[cap]  the stream in its first len bytes; changed in place
 *   result       of k_scan on these very bytes
 * Returns the new length, at most (end_bit + 7) / 8 + K_SCAN_UNFINISH_ROOM,
 * or 0 with nothing changed when that is over cap or result points outside
 * the len bytes.
 */
size_t k_scan_unfinish(uint8_t *stream, size_t len, size_t cap,
    const struct k_scan_result *result);

#endif
