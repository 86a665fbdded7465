/*
 * inflate.c - the decompressing kernel, on ISA-L: see inflate.h
 *
 * ISA-L 2.30 is used with care (facts in its ChangeLog up to 2.32.1): headers
 * and trailers are parsed here, its 32-bit totals are not looked at, every
 * output is bounded.
 */
#include "config.h"

#include "src/inflate.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <isa-l/igzip_lib.h>

#include "common/crc.h"
#include "kernels/k_verify.h"
#include "src/card_inflate.h"
#include "src/gzip_header.h"

struct inflate {
	const struct ocr_inflate_opt *opt;
	struct inflate_state isal;
	struct k_verify_table table;
};

/* All sizes here are below 2^32: chunks are at most 1 GiB. */
static void
isal_begin(struct inflate_state *s, const uint8_t *in, size_t in_len,
    uint8_t *out, size_t out_cap)
{
	isal_inflate_init(s);
	s->next_in = (uint8_t *)(uintptr_t)in; /* ISA-L only reads it */
	s->avail_in = (uint32_t)in_len;
	s->next_out = out;
	s->avail_out = (uint32_t)out_cap;
}

/*
 * Inflate a piece that begins at a block header and uses nothing before it.
 * Its length, or -1 unless it ends, byte aligned, exactly in front of another
 * block header.
 *
 * This needs the function that keeps its state: it tells a clean end from one
 * within a dynamic header (tmp_in_size) or within a byte (read_in_length);
 * isal_inflate_stateless() clears both, so that a marker planted in a dynamic
 * header would pass for an end.
 */
static int64_t
inflate_piece(struct inflate_state *s, const uint8_t *in, size_t in_len,
    uint8_t *out, size_t out_cap)
{
	isal_begin(s, in, in_len, out, out_cap);
	if (isal_inflate(s) != ISAL_DECOMP_OK)
		return -1;
	if (s->block_state != ISAL_BLOCK_NEW_HDR &&
	    s->block_state != ISAL_BLOCK_HDR)
		return -1;
	if (s->avail_in != 0 || s->read_in_length != 0 || s->tmp_in_size != 0)
		return -1;
	/* Output that found no room in out. */
	if (s->tmp_out_valid != s->tmp_out_processed)
		return -1;
	return (int64_t)(out_cap - s->avail_out);
}

/* Inflate one whole member at in[0..in_len): bytes of it, or -1. */
static int64_t
inflate_member(struct inflate_state *s, const uint8_t *in, size_t in_len,
    uint8_t *out, size_t out_cap, size_t *out_len)
{
	struct ocr_gzip_header h;
	struct ocr_err unused = {0};
	const uint8_t *end;
	size_t n;

	if (ocr_gzip_header_parse(&h, in, in_len, &unused) <= 0)
		return -1;
	isal_begin(s, in + h.len, in_len - h.len, out, out_cap);
	if (isal_inflate_stateless(s) != ISAL_DECOMP_OK ||
	    s->block_state != ISAL_BLOCK_FINISH)
		return -1;
	if (s->avail_in < OCR_GZIP_TRAILER_BYTES)
		return -1;
	end = s->next_in;
	n = out_cap - s->avail_out;
	if (ocr_get_le32(end) != ocr_crc32(0, out, n) ||
	    ocr_get_le32(end + 4) != (uint32_t)n)
		return -1;
	*out_len = n;
	return (end - in) + OCR_GZIP_TRAILER_BYTES;
}

/* Whole members until in is used up: raw length, or -1. */
static int64_t
inflate_members(struct inflate_state *s, const uint8_t *in, size_t in_len,
    uint8_t *out, size_t out_cap)
{
	size_t at = 0, n = 0, len = 0;
	int64_t r;

	while (at < in_len) {
		r = inflate_member(s, in + at, in_len - at, out + n,
		    out_cap - n, &len);
		if (r < 0)
			return -1;
		at += (size_t)r;
		n += len;
	}
	return (int64_t)n;
}

static int64_t
inflate_chunk(struct inflate_state *s, const struct ocr_chunk *in, uint8_t *out,
    size_t out_cap)
{
	switch (in->type) {
	case OCR_DEFLATE:
		return inflate_piece(s, in->data, in->len, out, out_cap);
	case OCR_MEMBERS:
	case OCR_BGZF:
		return inflate_members(s, in->data, in->len, out, out_cap);
	default:
		return -1;
	}
}

static void
gunzip_run(struct inflate *k, const struct ocr_chunk *in, struct ocr_chunk *out)
{
	/* No more than was asked for: a result must not depend on the buffers
	 * that happen to be there. */
	size_t cap = in->raw_len < out->cap ? (size_t)in->raw_len : out->cap;
	int64_t n = -1;

	if (in->type != OCR_RAW && in->len > 0)
		n = inflate_chunk(&k->isal, in, out->data, cap);
	out->type = n < 0 ? OCR_DEFLATE : OCR_RAW;
	out->has_raw = n >= 0;
	out->len = n < 0 ? 0 : (size_t)n;
	out->raw_len = out->len;
	out->raw_crc = ocr_crc32(0, out->data, out->len);
}

static int
stream_fail(const struct ocr_chunk *in, int code, const char *why,
    struct ocr_err *err)
{
	char what[256];

	return ocr_err_set(err, code, "%s: %s",
	    ocr_chunk_describe(in, what, sizeof(what)), why);
}

static int
stream_run(struct inflate *k, const struct ocr_chunk *in, struct ocr_chunk *out,
    struct ocr_err *err)
{
	uint64_t limit = k->opt->limit_bytes;
	char why[64];
	int64_t n;

	if (!in->has_raw)
		return stream_fail(in, -OCR_EFORMAT,
		    "does not say how long its data is", err);
	if (limit > 0 && in->raw_len > limit) {
		snprintf(why, sizeof(why),
		    "output is larger than --limit %" PRIu64, limit);
		return stream_fail(in, -OCR_ELIMIT, why, err);
	}
	if (in->type == OCR_RAW && in->len == in->raw_len &&
	    in->len <= out->cap) {
		memcpy(out->data, in->data, in->len);
		n = (int64_t)in->len;
	} else if (in->raw_len <= out->cap) {
		n = inflate_chunk(&k->isal, in, out->data, (size_t)in->raw_len);
	} else {
		n = -1;
	}
	if (n < 0 || (uint64_t)n != in->raw_len ||
	    ocr_crc32(0, out->data, (size_t)n) != in->raw_crc)
		return stream_fail(in, -OCR_EFORMAT,
		    "does not inflate to its length and checksum", err);
	out->len = (size_t)n;
	out->type = OCR_RAW;
	out->raw_len = in->raw_len;
	out->raw_crc = in->raw_crc;
	out->has_raw = true;
	return 0;
}

static int
inflate_run(void *state, struct ocr_job *job)
{
	struct inflate *k = state;

	assert(job->in->len <= UINT32_MAX);
	if (!k->opt->is_gunzip)
		return stream_run(k, job->in, job->out, &job->err);
	gunzip_run(k, job->in, job->out);
	return 0;
}

static int
wrong(const char *why, struct ocr_err *err)
{
	return ocr_err_set(err, -OCR_EFORMAT, "wrong result: %s", why);
}

/* p[0..len) begins with a member that stands for the first *n bytes of raw;
 * its length, or -1. */
static int64_t
verify_member(struct inflate *k, const uint8_t *p, size_t len,
    const uint8_t *raw, size_t raw_len, size_t *n)
{
	struct ocr_gzip_header h;
	struct ocr_err unused = {0};
	struct k_verify_result r;

	if (ocr_gzip_header_parse(&h, p, len, &unused) <= 0)
		return -1;
	p += h.len;
	len -= h.len;
	if (k_verify(p, len, raw, raw_len, &k->table, &r) < 0 || !r.is_final ||
	    len - r.in_len < OCR_GZIP_TRAILER_BYTES)
		return -1;
	p += r.in_len;
	if (ocr_get_le32(p) != ocr_crc32(0, raw, r.out_len) ||
	    ocr_get_le32(p + 4) != (uint32_t)r.out_len)
		return -1;
	*n = r.out_len;
	return (int64_t)(h.len + r.in_len) + OCR_GZIP_TRAILER_BYTES;
}

static bool
is_inflated(struct inflate *k, const struct ocr_chunk *in,
    const struct ocr_chunk *out)
{
	struct k_verify_result r;
	size_t at = 0, n = 0, raw = 0;
	int64_t len;

	if (in->type == OCR_DEFLATE)
		return k_verify(in->data, in->len, out->data, out->len,
			   &k->table, &r) == 0 &&
		       !r.is_final && r.out_len == out->len;
	if (in->type != OCR_MEMBERS && in->type != OCR_BGZF)
		return false;
	for (; at < in->len; at += (size_t)len, raw += n) {
		len = verify_member(k, in->data + at, in->len - at,
		    out->data + raw, out->len - raw, &n);
		if (len < 0)
			return false;
	}
	return raw == out->len;
}

/* Does in say itself that it holds just this?  One member whose header says
 * where it ends: the CRC in front of that end is enough. */
static bool
is_claimed(const struct ocr_chunk *in, const struct ocr_chunk *out)
{
	struct ocr_gzip_header h;
	struct ocr_err unused = {0};
	const uint8_t *trailer;

	if ((in->type != OCR_MEMBERS && in->type != OCR_BGZF) ||
	    ocr_gzip_header_parse(&h, in->data, in->len, &unused) <= 0)
		return false;
	if ((!h.has_member || h.member_len != in->len) &&
	    (!h.has_block || h.block_len != in->len))
		return false;
	if (in->len - h.len < OCR_GZIP_TRAILER_BYTES)
		return false;
	trailer = in->data + in->len - OCR_GZIP_TRAILER_BYTES;
	return ocr_get_le32(trailer) == out->raw_crc &&
	       ocr_get_le32(trailer + 4) == (uint32_t)out->len;
}

/*
 * Where the length and CRC are known they decide.  Of guesses, a result that
 * claims nothing is always right, and any other has to be what the CPU would
 * make of the piece.
 */
static int
inflate_verify(void *state, const struct ocr_job *job, struct ocr_err *err)
{
	struct inflate *k = state;
	const struct ocr_chunk *in = job->in, *out = job->out;
	uint64_t limit = k->opt->limit_bytes;

	if (k->opt->is_gunzip && out->type == OCR_DEFLATE)
		return out->len == 0 && !out->has_raw
			   ? 0
			   : wrong("it is described wrongly", err);
	if (out->type != OCR_RAW || !out->has_raw || out->raw_len != out->len)
		return wrong("it is described wrongly", err);
	if (out->len > in->raw_len || (limit > 0 && out->len > limit))
		return wrong("it is too long", err);
	if (ocr_crc32(0, out->data, out->len) != out->raw_crc)
		return wrong("its checksum is wrong", err);
	if (!k->opt->is_gunzip)
		return in->has_raw && out->len == in->raw_len &&
			       out->raw_crc == in->raw_crc
			   ? 0
			   : wrong("it is not the data that was compressed",
				 err);
	if (!is_claimed(in, out) && !is_inflated(k, in, out))
		return wrong("the data does not inflate to it", err);
	return 0;
}

/* Nothing is made room for that cannot come out of in_len bytes; run() finds
 * such a chunk too small. */
static size_t
inflate_out_bytes(const struct ocr_kernel *k, const struct ocr_chunk *in,
    size_t in_len)
{
	const struct ocr_inflate_opt *opt = k->arg;
	bool is_packed = in->type != OCR_RAW && in->type != OCR_REF;

	if (!opt->is_gunzip && !is_packed)
		return in_len;
	if (in->raw_len > OCR_CHUNK_MAX_BYTES)
		return 0;
	if (is_packed && !ocr_inflate_is_possible(in_len, in->raw_len))
		return 0;
	return (size_t)in->raw_len;
}

static int
inflate_open(const struct ocr_kernel *kernel, void **state, struct ocr_err *err)
{
	struct inflate *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return ocr_err_nomem(err);
	k->opt = kernel->arg;
	*state = k;
	return 0;
}

void
ocr_inflate_kernel_init(struct ocr_kernel *k, const struct ocr_inflate_opt *opt)
{
	*k = (struct ocr_kernel){
	    .name = "k_inflate",
	    .arg = opt,
	    .out_bytes = inflate_out_bytes,
	    .open = inflate_open,
	    .run = inflate_run,
	    .verify = inflate_verify,
	    .close = free,
	    .drivers = ocr_inflate_drivers,
	};
}
