/*
 * graph_bytes.h - little-endian numbers of binary graphs, read at any address
 */
#ifndef OCR_GRAPH_BYTES_H
#define OCR_GRAPH_BYTES_H

#include <stdint.h>
#include <string.h>

static inline uint32_t
ocr_load_le32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap32(v);
#endif
	return v;
}

static inline uint64_t
ocr_load_le64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return v;
}

#endif
