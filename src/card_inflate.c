/*
 * card_inflate.c - drivers of kernels that inflate: see card_inflate.h
 *
 * AMD's sources (Xilinx/Vitis_Libraries, data_compression):
 * L2/tests/src/gzip_dm_mm2s.cpp and gzip_dm_s2mm.cpp,
 * L1/include/hw/huffman_decoder.hpp, common/libs/compress/gzipOCLHost.cpp.
 *
 * xilDecompress reads a header of 10 bytes and, whatever flags it has, at most
 * a name: subfields would be taken for data.  So each job gets a plain header;
 * and it is one member, for only the last one's end is sure to be seen.
 */
#include "config.h"

#include "src/card_inflate.h"

#include <string.h>

#include "common/crc.h"
#include "common/job.h"
#include "src/gzip_header.h"
#include "src/inflate.h"
#include "src/le.h"

#define HEAD_BYTES 10
#define LAST_BLOCK_BYTES 2
#define WORDS_BYTES 4096 /* of a RESULT buffer */
#define SLACK_BYTES 4096

/*
 * Of output.  What inflates to more than its buffer holds stays in the
 * streams between the kernels, and the unit is never done: no length that is
 * claimed comes near the end of it.
 */
#define RAW_MAX_BYTES ((size_t)4 << 20)
#define OUT_BYTES (RAW_MAX_BYTES + SLACK_BYTES)

static const uint8_t plain_head[HEAD_BYTES] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0,
    3};

/* What is known of a job before it runs. */
struct claim {
	const uint8_t *data; /* deflate data; of members also the trailer */
	size_t len;
	bool is_open; /* it needs a last block and a trailer */
	uint32_t raw_len, raw_crc;
};

static bool
claim_member(struct claim *c, const struct ocr_chunk *in)
{
	struct ocr_gzip_header h;
	struct ocr_err unused = {0};
	const uint8_t *trailer;
	size_t len;

	if (ocr_gzip_header_parse(&h, in->data, in->len, &unused) <= 0)
		return false;
	len = h.has_member ? h.member_len : h.has_block ? h.block_len : 0;
	if (len != in->len || len - h.len < OCR_GZIP_TRAILER_BYTES)
		return false;
	trailer = in->data + len - OCR_GZIP_TRAILER_BYTES;
	*c = (struct claim){
	    .data = in->data + h.len,
	    .len = len - h.len,
	    .raw_crc = ocr_get_le32(trailer),
	    .raw_len = ocr_get_le32(trailer + 4),
	};
	if (in->has_raw)
		return c->raw_len == in->raw_len && c->raw_crc == in->raw_crc;
	return c->raw_len <= in->raw_len;
}

static bool
claim_job(struct claim *c, const struct ocr_job *job)
{
	const struct ocr_chunk *in = job->in;

	if (in->type == OCR_MEMBERS || in->type == OCR_BGZF) {
		if (!claim_member(c, in))
			return false;
	} else if (in->type == OCR_DEFLATE && in->has_raw &&
		   in->raw_len <= RAW_MAX_BYTES) {
		*c = (struct claim){
		    .data = in->data,
		    .len = in->len,
		    .is_open = true,
		    .raw_len = (uint32_t)in->raw_len,
		    .raw_crc = in->raw_crc,
		};
	} else {
		return false;
	}
	return c->len > 0 && c->raw_len > 0 && c->raw_len <= RAW_MAX_BYTES &&
	       ocr_inflate_is_possible(c->len, c->raw_len);
}

static size_t
claim_bytes(const struct claim *c)
{
	return HEAD_BYTES + c->len +
	       (c->is_open ? LAST_BLOCK_BYTES + OCR_GZIP_TRAILER_BYTES : 0);
}

static size_t
stream_in_bytes(const struct ocr_card_driver *d, const struct ocr_job *job)
{
	struct claim c;

	(void)d;
	return claim_job(&c, job) ? claim_bytes(&c) : 0;
}

static size_t
stream_out_bytes(const struct ocr_card_driver *d, size_t in_len)
{
	(void)d;
	(void)in_len;
	return OUT_BYTES;
}

static size_t
stream_fill(const struct ocr_card_driver *d, const struct ocr_kernel *k,
    const struct ocr_job *job, void *const *maps)
{
	struct claim c;
	uint8_t *p = maps[0];

	(void)d;
	(void)k;
	memset(maps[2], 0, WORDS_BYTES);
	memset(maps[3], 0, WORDS_BYTES);
	if (!claim_job(&c, job))
		return 0;
	memcpy(p, plain_head, HEAD_BYTES);
	memcpy(p + HEAD_BYTES, c.data, c.len);
	if (c.is_open) {
		p += HEAD_BYTES + c.len;
		*p++ = 0x03;
		*p++ = 0x00;
		p += ocr_put_le32(p, c.raw_crc);
		ocr_put_le32(p, c.raw_len);
	}
	return claim_bytes(&c);
}

/* A length that fills the buffer is reported as one more, and none as 1: no
 * job has either. */
static size_t
stream_used(const struct ocr_card_driver *d, const struct ocr_job *job,
    void *const *maps, size_t out_cap)
{
	uint32_t size, is_ended;

	(void)d;
	(void)job;
	memcpy(&size, maps[2], sizeof(size));
	memcpy(&is_ended, maps[3], sizeof(is_ended));
	return is_ended == 1 && size <= out_cap ? size : SIZE_MAX;
}

static int
stream_finish(const struct ocr_card_driver *d, const struct ocr_kernel *k,
    struct ocr_job *job, void *const *maps, size_t used, struct ocr_err *err)
{
	const struct ocr_inflate_opt *opt = k->arg;
	struct ocr_chunk *out = job->out;
	struct claim c;

	(void)d;
	if (!claim_job(&c, job) || used != c.raw_len || used > out->cap)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "a result of %zu bytes has the wrong length", used);
	/* Which the CPU has to say, with its own error. */
	if (opt->limit_bytes > 0 && used > opt->limit_bytes)
		return ocr_err_set(err, -OCR_ELIMIT, "over the limit");
	memcpy(out->data, maps[1], used);
	if (ocr_crc32(0, out->data, used) != c.raw_crc)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "a result has the wrong checksum");
	out->len = used;
	out->type = OCR_RAW;
	out->raw_len = c.raw_len;
	out->raw_crc = c.raw_crc;
	out->has_raw = true;
	return 0;
}

/*
 * xilGzipMM2S(in, inputSize, last) and xilGzipS2MM(out, encoded_size,
 * status_flag, read_block_size): last 1 for all of the input, status_flag 0 to
 * begin with and 1 when the end has come.
 */
static const struct ocr_card_arg mm2s_args[] = {
    {OCR_CARD_BUFFER, 0},
    {OCR_CARD_IN_LEN, 0},
    {OCR_CARD_VALUE, 1},
};
static const struct ocr_card_arg s2mm_args[] = {
    {OCR_CARD_BUFFER, 1},
    {OCR_CARD_BUFFER, 2},
    {OCR_CARD_BUFFER, 3},
    {OCR_CARD_OUT_CAP, 0},
};
static const struct ocr_card_step stream_steps[] = {
    {.kernel = "xilGzipMM2S",
	.args = mm2s_args,
	.n_args = 3,
	.is_with_next = true},
    {.kernel = "xilGzipS2MM", .args = s2mm_args, .n_args = 4},
};
static const struct ocr_card_buffer stream_buffers[] = {
    {.kind = OCR_CARD_IN, .in_times = 1, .fixed = SLACK_BYTES},
    {.kind = OCR_CARD_OUT, .out_times = 1, .fixed = SLACK_BYTES},
    {.kind = OCR_CARD_RESULT, .fixed = WORDS_BYTES},
    {.kind = OCR_CARD_RESULT, .fixed = WORDS_BYTES},
};

static const struct ocr_card_driver stream = {
    .name = "Vitis 2021 inflate",
    .steps = stream_steps,
    .n_steps = 2,
    .buffers = stream_buffers,
    .n_buffers = 4,
    .max_in_bytes = 2 * RAW_MAX_BYTES,
    .out_bytes = stream_out_bytes,
    .in_bytes = stream_in_bytes,
    .fill = stream_fill,
    .used = stream_used,
    .finish = stream_finish,
};

const struct ocr_card_driver *const ocr_inflate_drivers[] = {&stream, NULL};
