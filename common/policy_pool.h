/*
 * policy_pool.h - schedules that hand out chunks of one pool: dynamic and hap
 *
 * Pure, as policy.h; the caller serialises the calls.  Where no worker takes
 * what is left (hap may retire a card), the rest stays in the pool:
 * ocr_policy_pool_rest() says so, and the caller gives it to anybody.
 *
 * hap (policy_hap.h has the chunks of cards): threads take chunks that last as
 * long as a card's; near the end a card takes the part of the rest that lets all
 * end together, or all of it, or nothing, and no more after that.
 */
#ifndef OCR_POLICY_POOL_H
#define OCR_POLICY_POOL_H

#include "common/job.h"
#include "common/policy.h"
#include "common/policy_hap.h"

struct ocr_policy_pool {
	const struct ocr_policy *policy;
	uint64_t next, end; /* what nobody has */
	uint64_t align;     /* of all workers: where chunks end */
	double unit;        /* an item on average, in what is counted */
	size_t n_threads;
	double thread_rate;         /* hap: of the last chunk; 0: none */
	struct ocr_hap_card *cards; /* hap: n_workers of them, or NULL */
	size_t n_active_cards;
	double cards_rate, cards_next; /* sums of active, measured cards */
};

int ocr_policy_pool_init(struct ocr_policy_pool *pool,
    const struct ocr_policy *p, uint64_t n, struct ocr_err *err);
void ocr_policy_pool_release(struct ocr_policy_pool *pool); /* zeroed is fine */

/* More items at the end (a range that grows). */
void ocr_policy_pool_grow(struct ocr_policy_pool *pool, uint64_t end);

/* Worker k's next chunk; empty: none for it, ever (or until the range grows). */
struct ocr_range ocr_policy_pool_take(struct ocr_policy_pool *pool, size_t k);
/* It has done a chunk in that time, launch included. */
void ocr_policy_pool_done(struct ocr_policy_pool *pool, size_t k,
    struct ocr_range chunk, double ns);
/* All that is left, for whoever is asked to do it when nobody takes any. */
struct ocr_range ocr_policy_pool_rest(struct ocr_policy_pool *pool);

#endif
