/*
 * range_card.h - a driver for the kernels of tests/kernels/range.c
 *
 * They count in a buffer, which is zero before each job, how often each item
 * was done.  That is compared with what the job's range says, and added to
 * `sum`.
 */
#ifndef TESTS_UNIT_RANGE_CARD_H
#define TESTS_UNIT_RANGE_CARD_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/card.h"
#include "common/job.h"

struct range_card {
	struct ocr_card_driver driver;
	const struct ocr_card_driver *drivers[2];
	struct ocr_card_arg args[5];
	struct ocr_card_step step;
	struct ocr_card_buffer buffers[2];
	uint32_t n;
	uint32_t *sum; /* atomic: n */
	/* atomic */
	uint64_t n_jobs, n_bad; /* bad: it did something else than it says */
};

static inline size_t
range_card_out_bytes(const struct ocr_card_driver *d, size_t in_len)
{
	(void)d;
	(void)in_len;
	return 0;
}

static inline size_t
range_card_used(const struct ocr_card_driver *d, const struct ocr_job *job,
    void *const *maps, size_t out_cap)
{
	(void)d;
	(void)job;
	(void)maps;
	(void)out_cap;
	return 0;
}

static inline int
range_card_finish(const struct ocr_card_driver *d, const struct ocr_kernel *k,
    struct ocr_job *job, void *const *maps, size_t used, struct ocr_err *err)
{
	struct range_card *c = (struct range_card *)(uintptr_t)d->arg;
	const uint32_t *done = maps[0];
	uint32_t i;

	(void)k;
	(void)used;
	(void)err;
	__atomic_fetch_add(&c->n_jobs, 1, __ATOMIC_RELAXED);
	for (i = 0; i < c->n; i++) {
		if (done[i] != (i >= job->range.start && i < job->range.end))
			__atomic_fetch_add(&c->n_bad, 1, __ATOMIC_RELAXED);
		__atomic_fetch_add(&c->sum[i], done[i], __ATOMIC_RELAXED);
	}
	return 0;
}

/* The driver of a kernel: t_range, t_mailbox, t_exact, t_exact_mailbox. */
static inline void
range_card_init(struct range_card *c, const char *kernel, uint32_t n,
    uint32_t usec)
{
	bool is_mailbox = strstr(kernel, "mailbox") != NULL;
	bool is_exact = strstr(kernel, "exact") != NULL ||
			strcmp(kernel, "t_weighted") == 0;
	size_t i = 0;

	*c = (struct range_card){.n = n};
	c->sum = calloc(n, sizeof(*c->sum));
	if (is_mailbox) {
		c->args[i++].value = 1;
	} else {
		c->args[i++].kind = OCR_CARD_START;
		c->args[i++].kind = OCR_CARD_END;
		if (is_exact)
			c->args[i++].kind = OCR_CARD_ACK;
	}
	c->args[i].kind = OCR_CARD_VALUE;
	c->args[i++].value = usec;
	c->args[i++].kind = OCR_CARD_BUFFER;
	c->step = (struct ocr_card_step){.kernel = kernel,
	    .args = c->args,
	    .n_args = i};
	c->buffers[0] = (struct ocr_card_buffer){.kind = OCR_CARD_RESULT,
	    .fixed = n * sizeof(uint32_t)};
	c->buffers[1] = (struct ocr_card_buffer){.kind = OCR_CARD_MAILBOX,
	    .fixed = is_exact ? 12 : 8};
	c->driver = (struct ocr_card_driver){.name = kernel,
	    .steps = &c->step,
	    .n_steps = 1,
	    .buffers = c->buffers,
	    .n_buffers = is_mailbox ? 2 : 1,
	    .arg = c,
	    .out_bytes = range_card_out_bytes,
	    .used = range_card_used,
	    .finish = range_card_finish};
	c->drivers[0] = &c->driver;
}

static inline void
range_card_release(struct range_card *c)
{
	free(c->sum);
	*c = (struct range_card){0};
}

/* Items that were not done once. */
static inline uint32_t
range_card_n_wrong(const struct range_card *c)
{
	uint32_t i, n_wrong = 0;

	for (i = 0; i < c->n; i++)
		n_wrong += c->sum[i] != 1;
	return n_wrong;
}

static inline int
range_card_no_cpu(const struct ocr_kernel *k, void **state, struct ocr_err *err)
{
	(void)k;
	(void)state;
	return ocr_err_set(err, -OCR_EDEVICE, "not for the CPU");
}

#endif
