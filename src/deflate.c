/*
 * deflate.c - a raw chunk becomes a piece, a member or a row of BGZF blocks
 */
#include "config.h"

#include "src/deflate.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/crc.h"
#include "kernels/k_verify.h"
#include "src/card_deflate.h"
#include "src/coder.h"
#include "src/gzip_header.h"
#include "src/join.h"
#include "src/le.h"

/* Bytes of input per BGZF block: what bgzip takes, so that even stored data
 * and its framing stay under the format's 64 KiB. */
#define BGZF_RAW_BYTES 0xff00
#define BGZF_HEAD_BYTES 18
#define TRAILER_BYTES 8

/* SAM/BAM specification, section 4.1; BSIZE follows. */
static const uint8_t bgzf_head[BGZF_HEAD_BYTES] = {0x1f, 0x8b, 8, 4, 0, 0, 0, 0,
    0, 0xff, 6, 0, 'B', 'C', 2, 0};

struct deflate {
	const struct ocr_deflate_opt *opt;
	struct ocr_coder *coder;
	struct k_verify_table table;
};

static size_t
deflate_out_bytes(const struct ocr_kernel *k, const struct ocr_chunk *in,
    size_t in_len)
{
	const struct ocr_deflate_opt *opt = k->arg;

	(void)in;
	if (opt->format == OCR_BGZF)
		return (in_len / BGZF_RAW_BYTES + 1) *
		       (ocr_coder_bound(BGZF_RAW_BYTES) + BGZF_HEAD_BYTES +
			   TRAILER_BYTES);
	return ocr_coder_bound(in_len) + OCR_JOIN_HEADER_MAX + TRAILER_BYTES;
}

size_t
ocr_deflate_begin(const struct ocr_deflate_opt *o, uint8_t *out,
    size_t *field_at)
{
	struct ocr_join_opt opt = {
	    .chunk_bytes = o->chunk_bytes,
	    .level = o->level,
	};

	*field_at = 0;
	return o->format == OCR_MEMBERS
		   ? ocr_join_header(out, &opt, true, field_at)
		   : 0;
}

size_t
ocr_deflate_end(const struct ocr_deflate_opt *o, const struct ocr_chunk *in,
    uint8_t *out, size_t len, size_t field_at)
{
	if (o->format != OCR_MEMBERS)
		return len;
	ocr_put_le32(out + len, in->raw_crc);
	ocr_put_le32(out + len + 4, (uint32_t)in->len);
	len += TRAILER_BYTES;
	ocr_put_le32(out + field_at, (uint32_t)len);
	ocr_put_le32(out + field_at + 4, (uint32_t)in->len);
	return len;
}

static size_t
put_member(struct deflate *d, const struct ocr_chunk *in, uint8_t *out)
{
	size_t n, field_at;

	n = ocr_deflate_begin(d->opt, out, &field_at);
	n += ocr_coder_encode(d->coder, in->data, in->len, out + n,
	    OCR_PIECE_FINAL);
	return ocr_deflate_end(d->opt, in, out, n, field_at);
}

/* BSIZE is the block's size minus one. */
static size_t
put_bgzf(struct deflate *d, const struct ocr_chunk *in, uint8_t *out)
{
	size_t at, len, n, size, total = 0;
	uint8_t *p;

	for (at = 0; at < in->len; at += len) {
		len = in->len - at;
		if (len > BGZF_RAW_BYTES)
			len = BGZF_RAW_BYTES;
		p = out + total;
		memcpy(p, bgzf_head, BGZF_HEAD_BYTES);
		n = ocr_coder_encode(d->coder, in->data + at, len,
		    p + BGZF_HEAD_BYTES, OCR_PIECE_FINAL);
		size = BGZF_HEAD_BYTES + n + TRAILER_BYTES;
		ocr_put_le16(p + BGZF_HEAD_BYTES - 2, (uint32_t)size - 1);
		p += BGZF_HEAD_BYTES + n;
		ocr_put_le32(p, ocr_crc32(0, in->data + at, len));
		ocr_put_le32(p + 4, (uint32_t)len);
		total += size;
	}
	return total;
}

static int
deflate_run(void *state, struct ocr_job *job)
{
	struct deflate *d = state;
	struct ocr_chunk *in = job->in, *out = job->out;

	if (in->type != OCR_RAW)
		return ocr_err_set(&job->err, -OCR_EFORMAT,
		    "chunk %" PRIu64 " is %s already: only raw chunks can be "
		    "compressed",
		    in->seq, ocr_type_name(in->type));
	switch (d->opt->format) {
	case OCR_MEMBERS:
		out->len = put_member(d, in, out->data);
		break;
	case OCR_BGZF:
		out->len = put_bgzf(d, in, out->data);
		break;
	default:
		out->len = ocr_coder_encode(d->coder, in->data, in->len,
		    out->data, OCR_PIECE_OPEN);
		break;
	}
	out->type = d->opt->format;
	out->raw_len = in->raw_len;
	out->raw_crc = in->raw_crc;
	out->has_raw = true;
	return 0;
}

static int
wrong(const char *why, struct ocr_err *err)
{
	return ocr_err_set(err, -OCR_EFORMAT, "wrong result: %s", why);
}

static const char *
why_wrong(int code)
{
	switch (code) {
	case K_VERIFY_EDIFFER:
		return "it inflates to other data";
	case K_SCAN_ELIMIT:
		return "it inflates to more data";
	case K_SCAN_ETRUNC:
		return "it was cut";
	default:
		return "it is no deflate data";
	}
}

/* p[0..len) must be deflate data of want[0..n), with or without an end; the
 * bytes that it takes, or a code. */
static int64_t
verify_deflate(struct deflate *d, const uint8_t *p, size_t len,
    const uint8_t *want, size_t n, enum ocr_piece piece, struct ocr_err *err)
{
	struct k_verify_result r;
	int code = k_verify(p, len, want, n, &d->table, &r);

	if (code < 0)
		return wrong(why_wrong(code), err);
	if (r.out_len != n)
		return wrong("it inflates to less data", err);
	if (r.is_final != (piece == OCR_PIECE_FINAL))
		return wrong(r.is_final ? "it has an end" : "it has no end",
		    err);
	return (int64_t)r.in_len;
}

/* Final data and a trailer, exactly, of which len bytes are there. */
static int
verify_rest(struct deflate *d, const uint8_t *p, size_t len,
    const uint8_t *want, size_t n, uint32_t crc, struct ocr_err *err)
{
	uint8_t trailer[TRAILER_BYTES];
	int64_t r;

	if (len < TRAILER_BYTES)
		return wrong("it was cut", err);
	len -= TRAILER_BYTES;
	r = verify_deflate(d, p, len, want, n, OCR_PIECE_FINAL, err);
	if (r < 0)
		return (int)r;
	ocr_put_le32(trailer, crc);
	ocr_put_le32(trailer + 4, (uint32_t)n);
	if ((size_t)r != len || memcmp(p + len, trailer, TRAILER_BYTES) != 0)
		return wrong("its trailer is wrong", err);
	return 0;
}

static int
verify_member(struct deflate *d, const struct ocr_chunk *in,
    const struct ocr_chunk *out, struct ocr_err *err)
{
	uint8_t head[OCR_JOIN_HEADER_MAX];
	size_t field_at, n = ocr_deflate_begin(d->opt, head, &field_at);

	ocr_put_le32(head + field_at, (uint32_t)out->len);
	ocr_put_le32(head + field_at + 4, (uint32_t)in->len);
	if (out->len < n || memcmp(out->data, head, n) != 0)
		return wrong("its header is wrong", err);
	return verify_rest(d, out->data + n, out->len - n, in->data, in->len,
	    in->raw_crc, err);
}

static int
verify_bgzf(struct deflate *d, const struct ocr_chunk *in,
    const struct ocr_chunk *out, struct ocr_err *err)
{
	size_t at, len, size;
	const uint8_t *p = out->data, *end = p + out->len;
	int r;

	for (at = 0; at < in->len; at += len, p += size) {
		len = in->len - at;
		if (len > BGZF_RAW_BYTES)
			len = BGZF_RAW_BYTES;
		if ((size_t)(end - p) < BGZF_HEAD_BYTES ||
		    memcmp(p, bgzf_head, BGZF_HEAD_BYTES - 2) != 0)
			return wrong("a block's header is wrong", err);
		size = (size_t)ocr_get_le16(p + BGZF_HEAD_BYTES - 2) + 1;
		if (size < BGZF_HEAD_BYTES || size > (size_t)(end - p))
			return wrong("a block's size is wrong", err);
		r = verify_rest(d, p + BGZF_HEAD_BYTES, size - BGZF_HEAD_BYTES,
		    in->data + at, len, ocr_crc32(0, in->data + at, len), err);
		if (r < 0)
			return r;
	}
	return p == end ? 0 : wrong("it goes on behind its end", err);
}

static int
deflate_verify(void *state, const struct ocr_job *job, struct ocr_err *err)
{
	struct deflate *d = state;
	const struct ocr_chunk *in = job->in, *out = job->out;
	int64_t r;

	if (in->type != OCR_RAW || out->type != d->opt->format ||
	    !out->has_raw || out->raw_len != in->raw_len ||
	    out->raw_crc != in->raw_crc)
		return wrong("it is described wrongly", err);
	switch (d->opt->format) {
	case OCR_MEMBERS:
		return verify_member(d, in, out, err);
	case OCR_BGZF:
		return verify_bgzf(d, in, out, err);
	default:
		break;
	}
	r = verify_deflate(d, out->data, out->len, in->data, in->len,
	    OCR_PIECE_OPEN, err);
	return r < 0 ? (int)r : 0;
}

static void
deflate_close(void *state)
{
	struct deflate *d = state;

	ocr_coder_free(d->coder);
	free(d);
}

static int
deflate_open(const struct ocr_kernel *k, void **state, struct ocr_err *err)
{
	const struct ocr_deflate_opt *opt = k->arg;
	struct deflate *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return ocr_err_nomem(err);
	d->opt = opt;
	d->coder = ocr_coder_new(opt->level);
	if (d->coder == NULL) {
		free(d);
		return ocr_err_nomem(err);
	}
	*state = d;
	return 0;
}

void
ocr_deflate_kernel_init(struct ocr_kernel *k, const struct ocr_deflate_opt *opt)
{
	*k = (struct ocr_kernel){
	    .name = "k_deflate",
	    .arg = opt,
	    .out_bytes = deflate_out_bytes,
	    .open = deflate_open,
	    .run = deflate_run,
	    .verify = deflate_verify,
	    .close = deflate_close,
	    /* No kernel makes blocks that know their own size. */
	    .drivers = opt->format == OCR_BGZF ? NULL : ocr_deflate_drivers,
	};
}
