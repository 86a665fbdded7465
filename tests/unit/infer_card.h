/*
 * infer_card.h - a network, images, and what cards make of them, for tests
 *
 * Image i is the same whoever asks; the votes that it has to get are
 * ocr_bnn_plain()'s.  A job of the stream loop has image numbers of four bytes in
 * its chunk.  What comes back is compared, and counted by image.
 */
#ifndef TESTS_UNIT_INFER_CARD_H
#define TESTS_UNIT_INFER_CARD_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/job.h"
#include "src/card_infer.h"
#include "tests/unit/bnn_make.h"

static const uint32_t infer_in[3] = {3, 8, 9};
static const struct made_layer infer_layers[] = {{16, 3, 3, 1, 1, 2, 0},
    {0, 2, 2, 2, 0, 0, 0}, {20, 3, 3, 1, 1, 0, 1}, {10, 0, 0, 1, 0, 0, 0}};
#define INFER_BYTES (3 * 8 * 9)
#define INFER_CLASSES 10

struct infer_card {
	struct made net;
	struct ocr_card_infer_io io;
	uint32_t n;
	uint8_t *images;
	int32_t *votes;
	uint32_t *labels;
	uint32_t n_missing; /* images that load() does not give */
	/* atomic */
	uint32_t *n_done; /* [n] */
	uint32_t n_wrong, n_jobs;
};

static inline void *
infer_block(size_t n, size_t size)
{
	void *p = calloc(n + 1, size);

	if (p == NULL)
		abort();
	return p;
}

static inline uint32_t
infer_number(const struct ocr_job *job, size_t i)
{
	uint32_t v;

	if (job->in == NULL || job->in->data == NULL)
		return (uint32_t)(job->range.start + i);
	memcpy(&v, job->in->data + i * sizeof(v), sizeof(v));
	return v;
}

static inline size_t
infer_count(void *arg, const struct ocr_job *job)
{
	(void)arg;
	return job->in->len / sizeof(uint32_t);
}

static inline size_t
infer_load(void *arg, const struct ocr_job *job, uint8_t *pixels, size_t n)
{
	struct infer_card *c = arg;
	size_t i;

	n -= c->n_missing < n ? c->n_missing : n;
	for (i = 0; i < n; i++)
		memcpy(pixels + i * INFER_BYTES,
		    c->images + (size_t)infer_number(job, i) * INFER_BYTES,
		    INFER_BYTES);
	return n;
}

static inline void
infer_check(struct infer_card *c, uint32_t image, const int32_t *votes,
    const uint32_t *label)
{
	int is_right = votes != NULL
			   ? memcmp(votes, c->votes + image * INFER_CLASSES,
				 INFER_CLASSES * sizeof(*votes)) == 0
			   : label != NULL && *label == c->labels[image];

	__atomic_fetch_add(&c->n_done[image], 1, __ATOMIC_RELAXED);
	if (!is_right)
		__atomic_fetch_add(&c->n_wrong, 1, __ATOMIC_RELAXED);
}

static inline int
infer_store(void *arg, struct ocr_job *job, const int32_t *votes,
    const uint32_t *labels, struct ocr_err *err)
{
	struct infer_card *c = arg;
	size_t n = job->in != NULL && job->in->data != NULL
		       ? infer_count(arg, job)
		       : job->range.end - job->range.start,
	       i;

	(void)err;
	__atomic_fetch_add(&c->n_jobs, 1, __ATOMIC_RELAXED);
	for (i = 0; i < n; i++)
		infer_check(c, infer_number(job, i),
		    votes != NULL ? votes + i * INFER_CLASSES : NULL,
		    labels != NULL ? labels + i : NULL);
	return 0;
}

static inline uint32_t
infer_label(const struct ocr_bnn *b, const int32_t *votes)
{
	uint32_t best = 0, o;

	for (o = 1; o < b->n_scores; o++)
		if (ocr_bnn_score(b, o, votes[o]) >
		    ocr_bnn_score(b, best, votes[best]))
			best = o;
	return best;
}

static inline void
infer_card_init(struct infer_card *c, uint32_t n, bool is_nhwc)
{
	struct ocr_err err = {0};
	uint32_t i;

	*c = (struct infer_card){.n = n};
	made_net(&c->net, infer_in, infer_layers, 4, MADE_ODD, 5);
	c->io = (struct ocr_card_infer_io){.arg = c,
	    .is_nhwc = is_nhwc,
	    .count = infer_count,
	    .load = infer_load,
	    .store = infer_store};
	c->images = infer_block(n, INFER_BYTES);
	c->votes = infer_block((size_t)n * INFER_CLASSES, sizeof(*c->votes));
	c->labels = infer_block(n, sizeof(*c->labels));
	c->n_done = infer_block(n, sizeof(*c->n_done));
	for (i = 0; i < n; i++) {
		int32_t *votes = c->votes + i * INFER_CLASSES;

		made_images(&c->net, c->images + (size_t)i * INFER_BYTES,
		    INFER_BYTES);
		if (ocr_bnn_plain(&c->net.bnn,
			c->images + (size_t)i * INFER_BYTES, is_nhwc, votes,
			&err) < 0)
			abort();
		c->labels[i] = infer_label(&c->net.bnn, votes);
	}
}

/* Images that were not done once, and wrong results. */
static inline uint32_t
infer_card_n_bad(const struct infer_card *c)
{
	uint32_t i, n = c->n_wrong;

	for (i = 0; i < c->n; i++)
		n += c->n_done[i] != 1;
	return n;
}

static inline void
infer_card_forget(struct infer_card *c)
{
	memset(c->n_done, 0, c->n * sizeof(*c->n_done));
	c->n_wrong = c->n_jobs = 0;
}

static inline void
infer_card_release(struct infer_card *c)
{
	made_free(&c->net);
	free(c->images);
	free(c->votes);
	free(c->labels);
	free(c->n_done);
	*c = (struct infer_card){0};
}

#endif
