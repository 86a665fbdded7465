/*
 * k_bytes.h - little-endian loads and stores at any address
 *
 * memcpy of a fixed size compiles to one instruction and is defined for any
 * alignment.  The caller guarantees that the bytes exist.
 */
#ifndef K_BYTES_H
#define K_BYTES_H

#include <stdint.h>
#include <string.h>

static inline uint64_t
k_le64(uint64_t v)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return v;
}

static inline uint64_t
k_load64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return k_le64(v);
}

static inline void
k_store64(uint8_t *p, uint64_t v)
{
	v = k_le64(v);
	memcpy(p, &v, sizeof v);
}

#endif
