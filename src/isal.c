/*
 * isal.c - ISA-L's compressor
 *
 * Its x86 loop (2.30 to 2.32, .write_first_byte in
 * igzip_icf_body_h1_gr_bt.asm) enters byte 2 of a chunk in the hash table not
 * by the data there but by bits 16 to 47 of the stream's address, so that
 * output depends on where the stream lies whenever that bucket is also one of
 * bytes 0, 1 or 2.  The stream is put at an address where it is none of them.
 */
#include "config.h"

#include "src/isal.h"

#include <isa-l.h>
#include <stdlib.h>
#include <string.h>

/* Addresses whose buckets differ from each other, in any table of 16 or more
 * buckets: one more than there are buckets to avoid. */
#define PLACES 4
#define PLACE_BYTES ((size_t)1 << 16)

/* Shorter chunks do not reach that loop. */
#define LOOP_MIN 17

struct ocr_isal {
	uint8_t *places; /* the stream is at one of these */
	uint8_t *level_buf;
};

struct ocr_isal *
ocr_isal_new(void)
{
	struct ocr_isal *z = calloc(1, sizeof(*z));
	void *places;
	size_t buf_bytes = ISAL_DEF_LVL1_DEFAULT > ISAL_DEF_LVL2_DEFAULT
			       ? ISAL_DEF_LVL1_DEFAULT
			       : ISAL_DEF_LVL2_DEFAULT;

	if (z == NULL)
		return NULL;
	z->level_buf = malloc(buf_bytes);
	/* Aligned, so that the places differ in two bits of the address. */
	if (z->level_buf == NULL ||
	    posix_memalign(&places, PLACES * PLACE_BYTES,
		(PLACES - 1) * PLACE_BYTES + sizeof(struct isal_zstream)) !=
		0) {
		ocr_isal_free(z);
		return NULL;
	}
	z->places = places;
	return z;
}

void
ocr_isal_free(struct ocr_isal *z)
{
	if (z == NULL)
		return;
	free(z->places);
	free(z->level_buf);
	free(z);
}

/* CRC-32C without inversions: ISA-L's hash. */
static uint32_t
hash(uint32_t x)
{
	int i;

	for (i = 0; i < 32; i++)
		x = x >> 1 ^ (x & 1 ? 0x82f63b78 : 0);
	return x;
}

/* The buckets that tell x from y in the smallest table that may be in use
 * for len bytes: then they do in a larger one. */
static uint32_t
bucket_mask(size_t len)
{
	uint32_t mask = IGZIP_LVL1_HASH_SIZE - 1;

	while (mask > len)
		mask >>= 1;
	return mask;
}

static struct isal_zstream *
choose_place(const struct ocr_isal *z, const uint8_t *in, size_t len)
{
	uint32_t mask = bucket_mask(len), data, taken[3];
	uint8_t *at = z->places;
	size_t i, place;

	if (len < LOOP_MIN)
		return (struct isal_zstream *)at;
	for (i = 0; i < 3; i++) {
		memcpy(&data, in + i, sizeof(data));
		taken[i] = hash(data) & mask;
	}
	for (place = 0; place < PLACES; place++, at += PLACE_BYTES) {
		data = hash((uint32_t)((uintptr_t)at >> 16)) & mask;
		if (data != taken[0] && data != taken[1] && data != taken[2])
			break;
	}
	return (struct isal_zstream *)at;
}

size_t
ocr_isal_encode(struct ocr_isal *z, int level, const uint8_t *in, size_t len,
    uint8_t *out, size_t cap)
{
	struct isal_zstream *s = choose_place(z, in, len);

	isal_deflate_stateless_init(s);
	s->hist_bits = 0; /* 2.30 does not set it */
	s->level = (uint32_t)level;
	s->level_buf = z->level_buf;
	s->level_buf_size =
	    level == 1 ? ISAL_DEF_LVL1_DEFAULT : ISAL_DEF_LVL2_DEFAULT;
	s->flush = FULL_FLUSH;
	s->next_in = (uint8_t *)in; /* not written: the field lacks const */
	s->avail_in = (uint32_t)len;
	s->next_out = out;
	s->avail_out = (uint32_t)cap;
	if (isal_deflate_stateless(s) != COMP_OK || s->avail_in != 0)
		return 0;
	return s->total_out;
}
