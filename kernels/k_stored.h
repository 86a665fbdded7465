/*
 * k_stored.h - deflate piece of stored blocks
 *
 * For data that no code can make smaller.  The piece is not final and byte
 * aligned, ends with an empty stored block (00 00 FF FF) and refers to nothing
 * before it, so pieces can be joined by concatenation.
 * Source: RFC 1951, 3.2.4.
 */
#ifndef K_STORED_H
#define K_STORED_H

#include <stddef.h>
#include <stdint.h>

/*
 * Exact size in bytes of the piece for len bytes; SIZE_MAX when that does not
 * fit in a size_t.
 */
size_t k_stored_bound(size_t len);

/*
 * Write the piece for in[0..len) to out[0..cap).  They must not overlap; in
 * may be NULL when len is 0.
 * Returns its size, or 0 when cap < k_stored_bound(len): nothing is written.
 * Pure: no allocation, no globals.  Any thread.
 */
size_t k_stored_encode(const uint8_t *in, size_t len, uint8_t *out, size_t cap);

#endif
