/*
 * policy_pool.c - chunks of one pool; called by the range loop and ocr-sim
 */
#include "config.h"

#include "common/policy_pool.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/policy_units.h"

#define CHUNK 1024 /* items, unless told otherwise */
/* hap's, from LogFit. */
#define HAP_ROUND 64 /* items of a card's chunk; the least of a thread */
#define HAP_MOST 0.9 /* a larger part of the rest is all of it */

/* What a thread takes, by the settings. */
static double
thread_chunk(const struct ocr_policy_pool *pool)
{
	const struct ocr_schedule *s = &pool->policy->schedule;

	return (double)(s->chunk > 0 ? s->chunk : CHUNK) * pool->unit;
}

static double
dynamic_chunk(const struct ocr_policy_pool *pool, size_t k)
{
	const struct ocr_schedule *s = &pool->policy->schedule;

	if (!pool->policy->workers[k].is_card)
		return thread_chunk(pool);
	if (s->card_chunk > 0)
		return (double)s->card_chunk * pool->unit;
	return s->ratio * thread_chunk(pool);
}

int
ocr_policy_pool_init(struct ocr_policy_pool *pool, const struct ocr_policy *p,
    uint64_t n, struct ocr_err *err)
{
	*pool = (struct ocr_policy_pool){
	    .policy = p,
	    .end = n,
	    .align = 1,
	};
	pool->unit = n > 0 ? ocr_policy_work(p, n) / (double)n : 1;
	if (!(pool->unit > 0)) /* nothing weighs anything yet */
		pool->unit = 1;
	for (size_t k = 0; k < p->n_workers; k++) {
		if (p->workers[k].align > pool->align)
			pool->align = p->workers[k].align;
		pool->n_threads += !p->workers[k].is_card;
	}
	pool->n_active_cards = p->n_workers - pool->n_threads;
	if (p->schedule.kind != OCR_HAP || pool->n_active_cards == 0)
		return 0;
	pool->cards = calloc(p->n_workers, sizeof(*pool->cards));
	if (pool->cards == NULL)
		return ocr_err_nomem(err);
	for (size_t k = 0; k < p->n_workers; k++)
		ocr_hap_init(&pool->cards[k], thread_chunk(pool));
	return 0;
}

void
ocr_policy_pool_release(struct ocr_policy_pool *pool)
{
	free(pool->cards);
	memset(pool, 0, sizeof(*pool));
}

void
ocr_policy_pool_grow(struct ocr_policy_pool *pool, uint64_t end)
{
	if (end > pool->end)
		pool->end = end;
}

/* What threads need to know of the cards. */
static void
sum_cards(struct ocr_policy_pool *pool)
{
	const struct ocr_policy *p = pool->policy;

	pool->cards_rate = 0;
	pool->cards_next = 0;
	for (size_t k = 0; k < p->n_workers; k++) {
		const struct ocr_hap_card *c = &pool->cards[k];

		if (!p->workers[k].is_card || c->is_retired ||
		    c->last_rate == 0)
			continue;
		pool->cards_rate += c->last_rate;
		pool->cards_next += c->next;
	}
}

static void
retire(struct ocr_policy_pool *pool, struct ocr_hap_card *c)
{
	c->is_retired = true;
	pool->n_active_cards--;
	sum_cards(pool);
}

/* A card's next chunk, rest being what nobody has; 0: it is retired. */
static double
hap_card_chunk(struct ocr_policy_pool *pool, struct ocr_hap_card *c,
    double rest)
{
	double rate = c->last_rate, part;
	double others = (double)pool->n_threads * pool->thread_rate +
			fmax(pool->cards_rate - rate, 0);

	if (rate == 0 || !(others > 0) ||
	    (pool->n_threads > 0 && pool->thread_rate == 0))
		return c->next;
	/* Would all others have done what it leaves before it ends? */
	if (c->next < rest && c->next / rate <= (rest - c->next) / others)
		return c->next;
	retire(pool, c);
	part = rest * (rate / (rate + others));
	if (part >= c->elbow && part <= HAP_MOST * rest)
		return part;
	return rate > others ? rest : 0;
}

static double
hap_thread_chunk(const struct ocr_policy_pool *pool, double rest)
{
	double n = (double)pool->n_threads, chunk = 0, ratio;
	double least = fmin(HAP_ROUND * pool->unit, thread_chunk(pool));

	if (pool->n_active_cards == 0) {
		chunk = rest / (n + 1);
	} else if (pool->cards_rate > 0 && pool->thread_rate > 0) {
		ratio = pool->cards_rate / pool->thread_rate;
		chunk = fmin(pool->cards_next / ratio, rest / (ratio + n));
	}
	return fmax(chunk, least);
}

/* Take items of that much work, one at least.  round: the number of items is
 * a multiple. */
static struct ocr_range
hand_out(struct ocr_policy_pool *pool, double chunk, double rest,
    uint64_t round)
{
	struct ocr_range r = {pool->next, pool->end};

	if (chunk < rest) {
		r.end = ocr_policy_find(pool->policy,
		    ocr_policy_work(pool->policy, r.start) + chunk, r.start + 1,
		    pool->end);
		r.end = r.start + ocr_policy_round_up(r.end - r.start, round,
				      pool->end - r.start);
		r.end = ocr_policy_round_up(r.end, pool->align, pool->end);
	}
	pool->next = r.end;
	return r;
}

struct ocr_range
ocr_policy_pool_take(struct ocr_policy_pool *pool, size_t k)
{
	const struct ocr_policy *p = pool->policy;
	bool is_hap = p->schedule.kind == OCR_HAP;
	bool is_hap_card = is_hap && p->workers[k].is_card;
	struct ocr_range none = {pool->next, pool->next};
	uint64_t round = 1;
	double rest, chunk;

	if (pool->next >= pool->end ||
	    (is_hap_card && pool->cards[k].is_retired))
		return none;
	rest = ocr_policy_work(p, pool->end) - ocr_policy_work(p, pool->next);
	if (!is_hap)
		chunk = dynamic_chunk(pool, k);
	else if (is_hap_card)
		chunk = hap_card_chunk(pool, &pool->cards[k], rest);
	else
		chunk = hap_thread_chunk(pool, rest);
	if (is_hap_card && chunk == 0)
		return none;
	if (is_hap_card && ocr_policy_trust(p) == OCR_WEIGHTS_NONE)
		round = HAP_ROUND;
	return hand_out(pool, chunk, rest, round);
}

void
ocr_policy_pool_done(struct ocr_policy_pool *pool, size_t k,
    struct ocr_range chunk, double ns)
{
	const struct ocr_policy *p = pool->policy;
	double work, rate;

	if (p->schedule.kind != OCR_HAP || chunk.start >= chunk.end)
		return;
	work = ocr_policy_work(p, chunk.end) - ocr_policy_work(p, chunk.start);
	rate = work / fmax(ns, 1); /* a clock may stand still, or be none */
	if (!(rate > 0))
		return;
	if (!p->workers[k].is_card) {
		pool->thread_rate = rate;
	} else {
		ocr_hap_done(&pool->cards[k], work, rate);
		sum_cards(pool);
	}
}

struct ocr_range
ocr_policy_pool_rest(struct ocr_policy_pool *pool)
{
	struct ocr_range r = {pool->next, pool->end};

	pool->next = pool->end;
	return r;
}
