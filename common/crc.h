/*
 * crc.h - CRC-32 as gzip has it (RFC 1952), from libdeflate and zlib
 *
 * Start with 0.  Pure; any thread.
 */
#ifndef OCR_CRC_H
#define OCR_CRC_H

#include <stddef.h>
#include <stdint.h>

uint32_t ocr_crc32(uint32_t crc, const void *data, size_t len);

/* CRC of A followed by B, from crc(A), crc(B) and the length of B in bytes. */
uint32_t ocr_crc32_join(uint32_t crc_a, uint32_t crc_b, uint64_t len_b);

#endif
