/*
 * k_marker.c - find 00 00 FF FF
 *
 * The fast part asks of a whole block at once whether any byte 00 is followed
 * by FF, the middle of the marker: loops of fixed length without a branch,
 * which compilers turn into 16 or 32 comparisons an instruction.  In
 * compressed data one block in 250 has such a pair; only there does a second
 * loop look for the marker.  Worst case (00 FF everywhere): the second loop
 * sees each byte once more.
 */
#include "kernels/k_marker.h"

#include <string.h>

#define BLOCK 256
#define MARKER_LEN 4

/* Whether 00 FF stands at any of p[0..BLOCK); reads p[BLOCK] too. */
static uint8_t
has_pair(const uint8_t *p)
{
	uint8_t found = 0;

	for (int i = 0; i < BLOCK; i++)
		found |= (uint8_t)((p[i] == 0x00) & (p[i + 1] == 0xff));
	return found;
}

/* Where in p[0..len) the marker begins, or len. */
static size_t
find(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i + MARKER_LEN <= len; i++)
		if (memcmp(p + i, "\0\0\xff\xff", MARKER_LEN) == 0)
			return i;
	return len;
}

size_t
k_marker_find(const uint8_t *p, size_t len)
{
	size_t at, i;

	if (len == 0) /* NULL + 0 is undefined */
		return 0;
	/*
	 * In the block that starts at 'at' the marker's second byte is looked
	 * for, so the marker may begin one before and end two behind it.
	 */
	for (at = 0; len - at > BLOCK + 2; at += BLOCK) {
		size_t from = at > 0 ? at - 1 : 0;
		size_t n = at + BLOCK + 2 - from;

		if (!has_pair(p + at))
			continue;
		i = find(p + from, n);
		if (i < n)
			return from + i + MARKER_LEN;
	}
	at = at > 0 ? at - 1 : 0;
	i = find(p + at, len - at);
	return i < len - at ? at + i + MARKER_LEN : len;
}
