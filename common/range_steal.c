/*
 * range_steal.c - an idle worker takes items from another
 *
 * policy.h decides; here its decision is carried out, on words that have
 * changed in the meantime.  Items have one owner at any time: whoever changed
 * the word that held them.
 */
#include "config.h"

#include "common/range_loop.h"
#include "common/range_word.h"

/* What it takes a sleeping thread to come: others do the items of one that has
 * less to do, or that has not come after twice that time. */
#define WAKE_NS 50000
#define LATE_NS 100000

static void
tell(struct ocr_range_loop *l, size_t k, size_t v, struct ocr_range taken)
{
	struct ocr_range_seat *s = &l->seats[k];

	s->sum.n_stolen++;
	s->n_by_card += k >= l->n_seat_threads;
	s->n_from_card += v >= l->n_seat_threads;
	atomic_fetch_add_explicit(&l->seats[v].n_lost, 1, memory_order_relaxed);
	if (l->opt.trace != NULL)
		ocr_trace_steal(l->opt.trace, s->worker,
		    l->start_ns + (uint64_t)ocr_range_now(l),
		    l->seats[v].worker, l->base + taken.start,
		    l->base + taken.end);
}

/* Its end becomes mid, if it has not gone past that. */
static bool
split_word(struct ocr_range_seat *victim, uint64_t mid, struct ocr_range *taken)
{
	uint64_t word, next;

	word = atomic_load_explicit(&victim->word, memory_order_relaxed);
	do {
		next = ocr_word_split(word, (uint32_t)mid);
		if (next == word)
			return false;
	} while (!atomic_compare_exchange_weak_explicit(&victim->word, &word,
	    next, memory_order_acq_rel, memory_order_relaxed));
	*taken = (struct ocr_range){mid, ocr_word_end(word)};
	return true;
}

/* All that a thread has that has not come; its token, too. */
static bool
take_over(struct ocr_range_loop *l, size_t v, struct ocr_range *taken)
{
	struct ocr_range_seat *s = &l->seats[v];
	uint32_t token = OCR_TOKEN_WAITS;
	uint64_t word;

	if (!atomic_compare_exchange_strong(&s->token, &token, OCR_TOKEN_TAKEN))
		return false;
	word = atomic_exchange(&s->word, 0);
	if (ocr_word_is_empty(word)) {
		ocr_range_give_token(l);
		return false;
	}
	*taken = (struct ocr_range){ocr_word_start(word), ocr_word_end(word)};
	return true;
}

/* Is it better not to wait for it? */
static bool
is_late(const struct ocr_range_loop *l, size_t k, size_t v, double now_ns)
{
	uint64_t word = OCR_GET(l->seats[v].word);

	return now_ns > LATE_NS ||
	       ocr_range_work(l, ocr_word_start(word), ocr_word_end(word)) <
		   l->workers[k].rate * WAKE_NS;
}

/* Any thread that is late.  Cards have no use for it: it may be one item. */
static bool
replace_late(struct ocr_range_loop *l, size_t k, double now_ns,
    struct ocr_range *taken)
{
	size_t i, v;

	if (k >= l->n_seat_threads)
		return false;
	for (i = 1; i < l->n_seat_threads; i++) {
		v = (k + i) % l->n_seat_threads;
		if (OCR_GET(l->seats[v].token) == OCR_TOKEN_WAITS &&
		    is_late(l, k, v, now_ns) && take_over(l, v, taken)) {
			tell(l, k, v, *taken);
			return true;
		}
	}
	return false;
}

/* A thread that has not come and has nothing left needs no token. */
static void
take_its_token(struct ocr_range_loop *l, struct ocr_range_seat *s)
{
	uint32_t token = OCR_TOKEN_WAITS;

	if (ocr_word_is_empty(OCR_GET(s->word)) &&
	    atomic_compare_exchange_strong(&s->token, &token, OCR_TOKEN_TAKEN))
		ocr_range_give_token(l);
}

static bool
steal_from(struct ocr_range_loop *l, size_t k, const struct ocr_choice *c,
    struct ocr_range *taken)
{
	bool has_taken;

	ocr_range_take_token(l);
	if (c->victim < l->n_seat_threads) {
		has_taken = split_word(&l->seats[c->victim], c->mid, taken);
		take_its_token(l, &l->seats[c->victim]);
	} else {
		has_taken = ocr_range_cut(l, k, c->victim, taken);
	}
	if (!has_taken) {
		l->seats[k].n_aborted++;
		ocr_range_give_token(l);
		return false;
	}
	tell(l, k, c->victim, *taken);
	return true;
}

bool
ocr_range_steal(struct ocr_range_loop *l, size_t k, struct ocr_range *taken)
{
	struct ocr_range_seat *s = &l->seats[k];
	struct ocr_policy_state states[OCR_POLICY_LOOKS], own;
	size_t candidates[OCR_POLICY_LOOKS], i, n;
	double now_ns = ocr_range_now(l);
	struct ocr_choice c;

	if (replace_late(l, k, now_ns, taken))
		return true;
	n = ocr_policy_candidates(&l->policy, k, &s->random, candidates);
	for (i = 0; i < n; i++)
		states[i] = ocr_range_state(l, candidates[i], now_ns);
	own = ocr_range_state(l, k, now_ns);
	own.is_active = false;
	c = ocr_policy_choose(&l->policy, k, &own, candidates, states, n,
	    now_ns, 0);
	return c.kind != OCR_PAUSE && steal_from(l, k, &c, taken);
}
