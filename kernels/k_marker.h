/*
 * k_marker.h - find where an independent deflate piece may end
 *
 * An empty stored block that is byte aligned ends in 00 00 FF FF (RFC 1951,
 * 3.2.4: LEN = 0, NLEN = FFFF); writers of joinable pieces put one at the end
 * of each.  Stored data may hold the same four bytes, so a hit is only a hint.
 */
#ifndef K_MARKER_H
#define K_MARKER_H

#include <stddef.h>
#include <stdint.h>

/*
 * Offset just behind the first 00 00 FF FF in p[0..len), or len if there is
 * none.  A result of len may mean either: compare the last four bytes when
 * that matters.  p may be NULL when len is 0.
 * Pure: no allocation, no globals, no errors.  Any thread.
 */
size_t k_marker_find(const uint8_t *p, size_t len);

#endif
