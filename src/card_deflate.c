/*
 * card_deflate.c - drivers of kernels that compress: see card_deflate.h
 *
 * The list of them, ours, and what all have in common: header, pieces, end.
 */
#include "config.h"

#include "src/card_deflate.h"

#include <string.h>

#include "common/job.h"
#include "kernels/k_deflate.h"
#include "kernels/k_stored.h"
#include "src/card_put.h"

#define WORDS_BYTES 4096 /* of a RESULT buffer */
#define LAST_BLOCK_BYTES 2
#define TRAILER_BYTES 8

void
ocr_card_put_begin(struct ocr_card_put *p, const struct ocr_kernel *k,
    struct ocr_job *job)
{
	size_t bound = k_stored_bound(job->in->len), frame, room;

	*p = (struct ocr_card_put){.opt = k->arg, .job = job};
	p->begin = ocr_deflate_begin(p->opt, job->out->data, &p->field_at);
	frame = p->begin + LAST_BLOCK_BYTES + TRAILER_BYTES;
	room = job->out->cap > frame ? job->out->cap - frame : 0;
	p->cap = p->begin + (bound < room ? bound : room);
	p->len = p->begin;
}

void
ocr_card_put_bytes(struct ocr_card_put *p, const uint8_t *from, size_t len)
{
	p->is_full |= len > p->cap - p->len;
	if (p->is_full)
		return;
	memcpy(p->job->out->data + p->len, from, len);
	p->len += len;
}

void
ocr_card_put_stored(struct ocr_card_put *p, size_t at, size_t len)
{
	size_t n = k_stored_encode(p->job->in->data + at, len,
	    p->job->out->data + p->len, p->cap - p->len);

	p->is_full |= n == 0;
	p->len += n;
}

/* What has grown is stored, all of it. */
int
ocr_card_put_end(struct ocr_card_put *p, struct ocr_err *err)
{
	struct ocr_chunk *in = p->job->in, *out = p->job->out;

	if (p->is_full) {
		p->is_full = false;
		p->len = p->begin;
		ocr_card_put_stored(p, 0, in->len);
	}
	if (p->is_full)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "the result of a card does not fit");
	if (p->opt->format == OCR_MEMBERS) {
		out->data[p->len++] = 0x03;
		out->data[p->len++] = 0x00;
	}
	out->len = ocr_deflate_end(p->opt, in, out->data, p->len, p->field_at);
	out->type = p->opt->format;
	out->raw_len = in->raw_len;
	out->raw_crc = in->raw_crc;
	out->has_raw = true;
	return 0;
}

/* Only a raw chunk can be compressed; the CPU says so of another one. */
size_t
ocr_card_raw_bytes(const struct ocr_card_driver *d, const struct ocr_job *job)
{
	(void)d;
	return job->in->type == OCR_RAW ? job->in->len : 0;
}

/* k_deflate: in, in_len, out, out_cap, out_len. */
static const struct ocr_card_arg plain_args[] = {
    {OCR_CARD_BUFFER, 0},
    {OCR_CARD_IN_LEN, 0},
    {OCR_CARD_BUFFER, 1},
    {OCR_CARD_OUT_CAP, 0},
    {OCR_CARD_BUFFER, 2},
};
static const struct ocr_card_step plain_steps[] = {
    {.kernel = "k_deflate", .args = plain_args, .n_args = 5},
};
static const struct ocr_card_buffer plain_buffers[] = {
    {.kind = OCR_CARD_IN, .in_times = 1},
    {.kind = OCR_CARD_OUT, .out_times = 1},
    {.kind = OCR_CARD_RESULT, .fixed = WORDS_BYTES},
};

static size_t
plain_out_bytes(const struct ocr_card_driver *d, size_t in_len)
{
	(void)d;
	return K_DEFLATE_BOUND(in_len);
}

static int
plain_finish(const struct ocr_card_driver *d, const struct ocr_kernel *k,
    struct ocr_job *job, void *const *maps, size_t used, struct ocr_err *err)
{
	struct ocr_card_put p;

	(void)d;
	ocr_card_put_begin(&p, k, job);
	ocr_card_put_bytes(&p, maps[1], used);
	return ocr_card_put_end(&p, err);
}

static const struct ocr_card_driver plain = {
    .name = "k_deflate",
    .steps = plain_steps,
    .n_steps = 1,
    .buffers = plain_buffers,
    .n_buffers = 3,
    .max_in_bytes = K_DEFLATE_MAX_IN,
    .out_bytes = plain_out_bytes,
    .in_bytes = ocr_card_raw_bytes,
    .finish = plain_finish,
};

const struct ocr_card_driver *const ocr_deflate_drivers[] = {&plain,
    &ocr_card_vitis_block, &ocr_card_vitis_pair, NULL};
