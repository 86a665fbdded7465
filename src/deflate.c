/*
 * deflate.c - a raw chunk becomes a piece, a member or a row of BGZF blocks
 */
#include "config.h"

#include "src/deflate.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/crc.h"
#include "src/coder.h"
#include "src/join.h"
#include "src/le.h"

/* Bytes of input per BGZF block: what bgzip takes, so that even stored data
 * and its framing stay under the format's 64 KiB. */
#define BGZF_RAW_BYTES 0xff00
#define BGZF_HEAD_BYTES 18
#define TRAILER_BYTES 8

struct deflate {
	const struct ocr_deflate_opt *opt;
	struct ocr_coder *coder;
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

static size_t
put_member(struct deflate *d, const struct ocr_chunk *in, uint8_t *out)
{
	struct ocr_join_opt opt = {
	    .chunk_bytes = d->opt->chunk_bytes,
	    .level = d->opt->level,
	};
	size_t n, field_at;

	n = ocr_join_header(out, &opt, true, &field_at);
	n += ocr_coder_encode(d->coder, in->data, in->len, out + n,
	    OCR_PIECE_FINAL);
	ocr_put_le32(out + n, in->raw_crc);
	ocr_put_le32(out + n + 4, (uint32_t)in->len);
	n += TRAILER_BYTES;
	ocr_put_le32(out + field_at, (uint32_t)n);
	ocr_put_le32(out + field_at + 4, (uint32_t)in->len);
	return n;
}

/* SAM/BAM specification, section 4.1: BSIZE is the block's size minus one. */
static size_t
put_bgzf(struct deflate *d, const struct ocr_chunk *in, uint8_t *out)
{
	static const uint8_t head[BGZF_HEAD_BYTES] = {0x1f, 0x8b, 8, 4, 0, 0, 0,
	    0, 0, 0xff, 6, 0, 'B', 'C', 2, 0};
	size_t at, len, n, size, total = 0;
	uint8_t *p;

	for (at = 0; at < in->len; at += len) {
		len = in->len - at;
		if (len > BGZF_RAW_BYTES)
			len = BGZF_RAW_BYTES;
		p = out + total;
		memcpy(p, head, sizeof(head));
		n = ocr_coder_encode(d->coder, in->data + at, len,
		    p + sizeof(head), OCR_PIECE_FINAL);
		size = sizeof(head) + n + TRAILER_BYTES;
		ocr_put_le16(p + 16, (uint32_t)size - 1);
		p += sizeof(head) + n;
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
	    .close = deflate_close,
	};
}
