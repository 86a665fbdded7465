/*
 * sha256.h - SHA-256 of bytes in memory (FIPS 180-4)
 *
 * For ocr/blob: a model is the one that was meant, not only undamaged.  Pure;
 * any thread.
 */
#ifndef OCR_SHA256_H
#define OCR_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define OCR_SHA256_BYTES 32
#define OCR_SHA256_HEX (2 * OCR_SHA256_BYTES)

void ocr_sha256(const void *data, size_t len, uint8_t out[OCR_SHA256_BYTES]);
/* In lower-case hexadecimal digits. */
void ocr_sha256_hex(const void *data, size_t len,
    char text[OCR_SHA256_HEX + 1]);

#endif
