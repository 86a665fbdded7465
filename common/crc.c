/*
 * crc.c - CRC-32 from libdeflate, and joined CRCs from zlib
 */
#include "config.h"

#include "common/crc.h"

#include <libdeflate.h>
#include <zlib.h>

uint32_t
ocr_crc32(uint32_t crc, const void *data, size_t len)
{
	/* libdeflate takes NULL for "start again", whatever crc is. */
	return len == 0 ? crc : libdeflate_crc32(crc, data, len);
}

uint32_t
ocr_crc32_join(uint32_t crc_a, uint32_t crc_b, uint64_t len_b)
{
	/*
	 * Appending n zero bytes multiplies by x^8n modulo the polynomial,
	 * and the powers of x repeat after 2^32-1 as the polynomial is
	 * primitive.  The remainder keeps zlib's signed length positive: with
	 * a negative one zlib 1.2.13 never returns.
	 */
	return (
	    uint32_t)crc32_combine(crc_a, crc_b, (z_off_t)(len_b % UINT32_MAX));
}
