/*
 * le.h - little-endian numbers of gzip, written; each call returns its bytes
 */
#ifndef OCR_LE_H
#define OCR_LE_H

#include <stddef.h>
#include <stdint.h>

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

#endif
