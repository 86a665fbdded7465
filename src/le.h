/*
 * le.h - little-endian numbers of gzip, written; each call returns its bytes;
 * and numbers whose bytes in memory are to be little-endian
 */
#ifndef OCR_LE_H
#define OCR_LE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline size_t
ocr_put_le16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	return 2;
}

static inline size_t
ocr_put_le32(uint8_t *p, uint32_t v)
{
	ocr_put_le16(p, v);
	ocr_put_le16(p + 2, v >> 16);
	return 4;
}

/* To such a number and back: nothing at all, but for machines of the other
 * order. */
static inline uint32_t
ocr_le32(uint32_t v)
{
	uint8_t bytes[4];

	ocr_put_le32(bytes, v);
	memcpy(&v, bytes, sizeof(v));
	return v;
}

#endif
