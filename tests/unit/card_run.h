/*
 * card_run.h - what worker_xrt does with a driver, without XRT and cards
 *
 * Buffers are exactly as large as the driver asks for, so that a sanitizer
 * sees what goes over their ends.  The caller calls the kernels.
 */
#ifndef TESTS_UNIT_CARD_RUN_H
#define TESTS_UNIT_CARD_RUN_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/card.h"
#include "common/crc.h"
#include "common/job.h"
#include "tests/unit/gen.h"
#include "src/deflate.h"

struct card_run {
	const struct ocr_card_driver *driver;
	const struct ocr_kernel *kernel;
	struct ocr_job job;
	void *maps[OCR_CARD_MAX_BUFFERS];   /* as the driver sees them */
	void *memory[OCR_CARD_MAX_BUFFERS]; /* as the card does */
	size_t bytes[OCR_CARD_MAX_BUFFERS];
	size_t in_len, out_cap, used;
};

/* A chunk with exactly len bytes, which are copied. */
static inline void
card_chunk(struct ocr_chunk *c, enum ocr_type type, const uint8_t *p,
    size_t len)
{
	*c = (struct ocr_chunk){.type = type, .len = len, .cap = len};
	c->data = malloc(len > 0 ? len : 1);
	if (c->data == NULL)
		abort();
	if (len > 0)
		memcpy(c->data, p, len);
	if (type != OCR_RAW)
		return;
	c->has_raw = true;
	c->raw_len = len;
	c->raw_crc = ocr_crc32(0, p, len);
}

/* Room for the result, as the loop makes it. */
static inline void
card_out(struct ocr_job *job, const struct ocr_kernel *k)
{
	size_t cap = k->out_bytes(k, job->in, job->in->len);

	job->out_chunk = (struct ocr_chunk){.cap = cap};
	job->out_chunk.data = malloc(cap > 0 ? cap : 1);
	job->out = &job->out_chunk;
	if (job->out_chunk.data == NULL)
		abort();
}

static inline void
card_job_release(struct ocr_job *job)
{
	free(job->in_chunk.data);
	free(job->out_chunk.data);
	*job = (struct ocr_job){0};
}

/* r->job.in_chunk is there.  False: the driver declines. */
static inline bool
card_load(struct card_run *r, const struct ocr_card_driver *d,
    const struct ocr_kernel *k)
{
	r->driver = d;
	r->kernel = k;
	r->job.in = &r->job.in_chunk;
	card_out(&r->job, k);
	r->in_len =
	    d->in_bytes != NULL ? d->in_bytes(d, &r->job) : r->job.in->len;
	if (r->in_len == 0 || r->in_len > d->max_in_bytes)
		return false;
	r->out_cap = d->out_bytes(d, r->in_len);
	for (size_t i = 0; i < d->n_buffers; i++) {
		const struct ocr_card_buffer *b = &d->buffers[i];

		r->bytes[i] = b->fixed + b->in_times * r->in_len +
			      b->out_times * r->out_cap;
		r->memory[i] = malloc(r->bytes[i]);
		if (r->memory[i] == NULL)
			abort();
		memset(r->memory[i], b->kind == OCR_CARD_RESULT ? 0 : 0x5a,
		    r->bytes[i]);
		r->maps[i] = b->kind == OCR_CARD_SCRATCH ? NULL : r->memory[i];
	}
	if (d->fill != NULL)
		r->in_len = d->fill(d, k, &r->job, r->maps);
	else
		memcpy(r->maps[0], r->job.in->data, r->in_len);
	return true;
}

/* 0, or why the result is refused. */
static inline int
card_fetch(struct card_run *r, struct ocr_err *err)
{
	const struct ocr_card_driver *d = r->driver;
	uint32_t word;

	if (d->used != NULL) {
		r->used = d->used(d, &r->job, r->maps, r->out_cap);
	} else {
		for (size_t i = 0; i < d->n_buffers; i++)
			if (d->buffers[i].kind == OCR_CARD_RESULT) {
				memcpy(&word, r->maps[i], sizeof(word));
				r->used = word;
				break;
			}
	}
	if (r->used > r->out_cap)
		return -OCR_EFORMAT;
	return d->finish(d, r->kernel, &r->job, r->maps, r->used, err);
}

static inline void
card_release(struct card_run *r)
{
	card_job_release(&r->job);
	for (size_t i = 0; i < OCR_CARD_MAX_BUFFERS; i++)
		free(r->memory[i]);
	*r = (struct card_run){0};
}

/* A number that arithmetic may stumble over. */
static inline uint32_t
card_odd_word(struct gen *g, uint32_t near)
{
	switch (gen_below(g, 8)) {
	case 0:
		return 0;
	case 1:
		return UINT32_MAX;
	case 2:
		return 1U << gen_below(g, 32);
	case 3:
		return near + (uint32_t)gen_below(g, 9) - 4;
	case 4:
		return (1U << gen_below(g, 32)) - 1;
	case 5:
		return (uint32_t)gen_below(g, near + 1);
	default:
		return gen_u32(g);
	}
}

/* A chunk as it comes out of ocr-compress. */
static inline void
card_pack(struct ocr_chunk *c, enum ocr_type format, const uint8_t *data,
    size_t len, int level)
{
	struct ocr_deflate_opt opt = {.level = level,
	    .format = format,
	    .chunk_bytes = 1 << 20};
	struct ocr_kernel k;
	struct ocr_job job = {0};
	struct ocr_err err = {0};
	void *state;

	ocr_deflate_kernel_init(&k, &opt);
	if (k.open(&k, &state, &err) < 0)
		abort();
	card_chunk(&job.in_chunk, OCR_RAW, data, len);
	job.in = &job.in_chunk;
	card_out(&job, &k);
	if (k.run(state, &job) < 0)
		abort();
	card_chunk(c, format, job.out->data, job.out->len);
	c->raw_len = len;
	c->raw_crc = job.in->raw_crc;
	c->has_raw = true;
	card_job_release(&job);
	k.close(state);
}

#endif
