/*
 * deflate.c - choose a coder for a chunk, run it, and shape its output
 *
 * Every coder makes a "piece": blocks that are not final, end on a byte
 * boundary and refer to nothing outside.  libdeflate can only make whole
 * streams; k_scan finds its last block so that it can be reopened.
 */
#include "config.h"

#include "src/deflate.h"

#include <isa-l.h>
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/k_huff.h"
#include "kernels/k_probe.h"
#include "kernels/k_scan.h"
#include "kernels/k_stored.h"
#include "src/join.h"

/* Bytes of input per BGZF block: what bgzip takes, so that even stored data
 * and its framing stay under the format's 64 KiB. */
#define BGZF_RAW_BYTES 0xff00
#define BGZF_HEAD_BYTES 18
#define TRAILER_BYTES 8
/* Room that pieces take beyond the coder's own bound: reopening, last block,
 * header, trailer. */
#define SLACK_BYTES (OCR_JOIN_HEADER_MAX + 64)
/* A trial is this long: within a chunk's middle, and a window's length. */
#define TRIAL_BYTES 32768

enum coder { CODER_STORED, CODER_HUFFMAN, CODER_ISAL_1, CODER_ISAL_2, CODER_LIBDEFLATE };

/* Is the piece the last one of its stream? */
enum ending { ENDS_OPEN, ENDS_FINAL };

struct deflate {
	const struct ocr_deflate_opt *opt;
	struct libdeflate_compressor *libdeflate; /* NULL at levels 0 and 1 */
	uint8_t *isal_buf;                        /* level 1 only */
	struct k_scan_table scan;
	struct k_huff huff;
	struct k_probe probe;
	uint8_t trial[TRIAL_BYTES * 2];
};

static size_t
larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* Room for any coder's piece. */
static size_t
piece_bound(size_t len)
{
	size_t n = larger(k_stored_bound(len), k_huff_bound(len));

	return larger(n, libdeflate_deflate_compress_bound(NULL, len)) +
	    SLACK_BYTES;
}

static size_t
deflate_out_bytes(const struct ocr_kernel *k, const struct ocr_chunk *in,
    size_t in_len)
{
	const struct ocr_deflate_opt *opt = k->arg;
	size_t n = piece_bound(in_len), blocks;

	(void)in;
	if (opt->format != OCR_BGZF)
		return n;
	blocks = in_len / BGZF_RAW_BYTES + 1;
	return larger(n, blocks * piece_bound(BGZF_RAW_BYTES));
}

static size_t
encode_isal(struct deflate *d, int level, const uint8_t *in, size_t len,
    uint8_t *out, size_t cap)
{
	struct isal_zstream z;

	isal_deflate_stateless_init(&z);
	z.level = (uint32_t)level;
	z.level_buf = d->isal_buf;
	z.level_buf_size = level == 1 ? ISAL_DEF_LVL1_DEFAULT :
	    ISAL_DEF_LVL2_DEFAULT;
	z.flush = FULL_FLUSH;
	z.end_of_stream = 0;
	z.next_in = (uint8_t *)in; /* not written: the field lacks const */
	z.avail_in = (uint32_t)len;
	z.next_out = out;
	z.avail_out = (uint32_t)cap;
	if (isal_deflate_stateless(&z) != COMP_OK || z.avail_in != 0)
		return 0;
	return z.total_out;
}

static size_t
encode_libdeflate(struct deflate *d, const uint8_t *in, size_t len,
    uint8_t *out, size_t cap, enum ending ending)
{
	struct k_scan_result r;
	size_t n;

	n = libdeflate_deflate_compress(d->libdeflate, in, len, out,
	    cap - K_SCAN_UNFINISH_ROOM);
	if (n == 0 || ending == ENDS_FINAL)
		return n;
	if (k_scan(out, n, len, &d->scan, &r) != 0 || r.out_len != len)
		return 0;
	return k_scan_unfinish(out, n, cap, &r);
}

/* 0 means that the coder could not: the caller stores. */
static size_t
encode_by(struct deflate *d, enum coder coder, const uint8_t *in, size_t len,
    uint8_t *out, size_t cap, enum ending ending)
{
	switch (coder) {
	case CODER_STORED:
		return k_stored_encode(in, len, out, cap);
	case CODER_HUFFMAN:
		return k_huff_encode(&d->huff, in, len, out, cap);
	case CODER_ISAL_1:
		return encode_isal(d, 1, in, len, out, cap);
	case CODER_ISAL_2:
		return encode_isal(d, 2, in, len, out, cap);
	case CODER_LIBDEFLATE:
		return encode_libdeflate(d, in, len, out, cap, ending);
	}
	return 0;
}

/*
 * The probe sees no matches.  That is good enough at level 1; above, a trial
 * of the real coder on the middle of the chunk has to agree.
 */
static enum coder
try_cheap(struct deflate *d, enum k_probe_choice choice, const uint8_t *in,
    size_t len)
{
	const uint8_t *mid = in + (len - TRIAL_BYTES) / 2;
	size_t best, n;

	best = libdeflate_deflate_compress(d->libdeflate, mid, TRIAL_BYTES,
	    d->trial, sizeof(d->trial));
	if (choice == K_PROBE_STORED && best >= TRIAL_BYTES)
		return CODER_STORED;
	n = k_huff_encode(&d->huff, mid, TRIAL_BYTES, d->trial,
	    sizeof(d->trial));
	/* The piece's empty last block is not the coder's fault. */
	return n > 0 && n - 5 <= best ? CODER_HUFFMAN : CODER_LIBDEFLATE;
}

static enum coder
choose(struct deflate *d, const uint8_t *in, size_t len)
{
	struct k_probe_result r;
	enum k_probe_choice choice;

	if (d->opt->level == 0)
		return CODER_STORED;
	choice = k_probe(&d->probe, in, len, &r);
	if (d->opt->level > 1) {
		if (choice == K_PROBE_STORED || choice == K_PROBE_HUFFMAN)
			return try_cheap(d, choice, in, len);
		return CODER_LIBDEFLATE;
	}
	switch (choice) {
	case K_PROBE_STORED:
		return CODER_STORED;
	case K_PROBE_HUFFMAN:
		return CODER_HUFFMAN;
	case K_PROBE_FAST:
		return CODER_ISAL_1;
	case K_PROBE_LZ:
		break;
	}
	return CODER_ISAL_2;
}

/* Deflate in[0..len); out has piece_bound(len).  Returns the length. */
static size_t
encode(struct deflate *d, const uint8_t *in, size_t len, uint8_t *out,
    size_t cap, enum ending ending)
{
	enum coder coder = choose(d, in, len);
	size_t n;

	n = encode_by(d, coder, in, len, out, cap - 2, ending);
	if (n == 0 || n > k_stored_bound(len)) {
		coder = CODER_STORED;
		n = k_stored_encode(in, len, out, cap - 2);
	}
	if (ending == ENDS_FINAL && coder != CODER_LIBDEFLATE) {
		out[n++] = 0x03; /* an empty block with fixed codes, final */
		out[n++] = 0x00;
	}
	return n;
}

static void
put_le32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)(v >> 16);
	p[3] = (uint8_t)(v >> 24);
}

static size_t
put_member(struct deflate *d, const struct ocr_chunk *in, uint8_t *out,
    size_t cap)
{
	struct ocr_join_opt opt = {
		.chunk_bytes = d->opt->chunk_bytes,
		.level = d->opt->level,
	};
	size_t n, field_at;

	n = ocr_join_header(out, &opt, true, &field_at);
	n += encode(d, in->data, in->len, out + n, cap - n - TRAILER_BYTES,
	    ENDS_FINAL);
	put_le32(out + n, in->raw_crc);
	put_le32(out + n + 4, (uint32_t)in->len);
	n += TRAILER_BYTES;
	put_le32(out + field_at, (uint32_t)n);
	put_le32(out + field_at + 4, (uint32_t)in->len);
	return n;
}

/* SAM/BAM specification, section 4.1: BSIZE is the block's size minus one. */
static size_t
put_bgzf(struct deflate *d, const struct ocr_chunk *in, uint8_t *out,
    size_t cap)
{
	static const uint8_t head[BGZF_HEAD_BYTES] = {0x1f, 0x8b, 8, 4, 0, 0,
	    0, 0, 0, 0xff, 6, 0, 'B', 'C', 2, 0};
	size_t at, len, n, size, total = 0;
	uint8_t *p;

	for (at = 0; at < in->len; at += len) {
		len = in->len - at;
		if (len > BGZF_RAW_BYTES)
			len = BGZF_RAW_BYTES;
		p = out + total;
		memcpy(p, head, sizeof(head));
		n = encode(d, in->data + at, len, p + sizeof(head),
		    cap - total - sizeof(head) - TRAILER_BYTES, ENDS_FINAL);
		size = sizeof(head) + n + TRAILER_BYTES;
		p[16] = (uint8_t)(size - 1);
		p[17] = (uint8_t)((size - 1) >> 8);
		p += sizeof(head) + n;
		put_le32(p, libdeflate_crc32(0, in->data + at, len));
		put_le32(p + 4, (uint32_t)len);
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
		    "chunk %llu is %s already: only raw chunks can be "
		    "compressed", (unsigned long long)in->seq,
		    ocr_type_name(in->type));
	switch (d->opt->format) {
	case OCR_MEMBERS:
		out->len = put_member(d, in, out->data, out->cap);
		break;
	case OCR_BGZF:
		out->len = put_bgzf(d, in, out->data, out->cap);
		break;
	default:
		out->len = encode(d, in->data, in->len, out->data, out->cap,
		    ENDS_OPEN);
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

	libdeflate_free_compressor(d->libdeflate);
	free(d->isal_buf);
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
	if (opt->level == 1)
		d->isal_buf = malloc(larger(ISAL_DEF_LVL1_DEFAULT,
		    ISAL_DEF_LVL2_DEFAULT));
	else if (opt->level > 1)
		d->libdeflate = libdeflate_alloc_compressor(
		    opt->level == 2 ? 1 : opt->level);
	if (opt->level > 0 && d->isal_buf == NULL && d->libdeflate == NULL) {
		deflate_close(d);
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

const char *
ocr_deflate_codec(const struct ocr_deflate_opt *opt, char *buf, size_t n)
{
	if (opt->level <= 1)
		snprintf(buf, n, "isa-l %d.%d level %d", ISAL_MAJOR_VERSION,
		    ISAL_MINOR_VERSION, opt->level);
	else
		snprintf(buf, n, "libdeflate %s level %d",
		    LIBDEFLATE_VERSION_STRING, opt->level);
	return buf;
}
