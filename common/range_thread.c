/*
 * range_thread.c - what a CPU thread does in a round
 *
 * It takes items from the front of its word; when that is empty, items that were
 * appended, a chunk of the pool, or another worker's; and waits when there is
 * nothing worth taking.
 */
#include "config.h"

#include "common/range_loop.h"
#include "common/range_word.h"
#include "common/thread.h"

/* Shorter waits are not worth a sleep. */
#define SPIN_NS 3000

/* One call of the body; items of the whole sweep. */
static bool
do_items(struct ocr_range_loop *l, unsigned thread, uint64_t start,
    uint64_t end)
{
	struct ocr_range_seat *s = &l->seats[thread];
	struct ocr_err err = {0};
	int r;

	r = l->sweep.body(l->sweep.arg, thread, start, end, &err);
	s->sum.n_items += end - start;
	if (r < 0) {
		if (err.code == 0)
			ocr_err_set(&err, r, "a range failed");
		ocr_range_fail(l, &err);
		return false;
	}
	return !ocr_range_has_failed(l) && !ocr_range_is_stopped(l);
}

/* Items that nobody else can take. */
static bool
do_all(struct ocr_range_loop *l, unsigned thread, struct ocr_range items)
{
	uint64_t grain = l->sweep.grain, end;

	for (; items.start < items.end; items.start = end) {
		end = items.end - items.start > grain ? items.start + grain
						      : items.end;
		if (!do_items(l, thread, items.start, end))
			return false;
	}
	return true;
}

/* What the word holds, thieves permitting.  *end: how far that was. */
static bool
do_word(struct ocr_range_loop *l, unsigned thread, uint64_t *done)
{
	struct ocr_range_seat *s = &l->seats[thread];
	uint64_t word, next, start, end;

	for (;;) {
		/* Acquire: a thief took its token before it took items. */
		word = atomic_load_explicit(&s->word, memory_order_acquire);
		do {
			if (ocr_word_is_empty(word))
				return true;
			next = ocr_word_claim(word, l->grain);
		} while (!atomic_compare_exchange_weak_explicit(&s->word, &word,
		    next, memory_order_acq_rel, memory_order_acquire));
		start = ocr_word_start(word);
		end = ocr_word_start(next);
		OCR_PUT(s->view.at, start);
		*done = end;
		if (!do_items(l, thread, l->base + start, l->base + end))
			return false;
	}
}

static void
add_work(struct ocr_range_seat *s, double work, double ns)
{
	s->sum.work += work;
	OCR_PUT(s->view.work, OCR_GET(s->view.work) + work);
	OCR_PUT(s->view.busy_ns, OCR_GET(s->view.busy_ns) + ns);
}

/* A segment: from the word's start to wherever it will end. */
static bool
do_segment(struct ocr_range_loop *l, unsigned thread)
{
	struct ocr_range_seat *s = &l->seats[thread];
	uint64_t start, done, word;
	double begin_ns = ocr_range_now(l), end_ns, work;
	bool is_well;

	word = atomic_load_explicit(&s->word, memory_order_acquire);
	if (ocr_word_is_empty(word))
		return true;
	start = done = ocr_word_start(word);
	OCR_PUT(s->view.begin_ns, begin_ns);
	is_well = do_word(l, thread, &done);
	end_ns = ocr_range_now(l);
	work = ocr_range_work(l, start, done);
	s->sum.useful_ns += end_ns - begin_ns;
	add_work(s, work, end_ns - begin_ns);
	ocr_trace_span(l->opt.trace, s->worker, "range",
	    l->start_ns + (uint64_t)begin_ns, l->start_ns + (uint64_t)end_ns,
	    l->base + start, l->base + done);
	return is_well;
}

/*
 * Make these items the thread's own, for all to take from.  Returns the word
 * that was there: of a thread that has come late, whoever has its token may not
 * have taken its first items yet, and will take the new ones instead.
 */
static uint64_t
set_word(struct ocr_range_seat *s, struct ocr_range items)
{
	OCR_PUT(s->view.start, items.start);
	OCR_PUT(s->view.at, items.start);
	return atomic_exchange(&s->word,
	    ocr_word((uint32_t)items.start, (uint32_t)items.end));
}

/* Some of the items that were appended: a part of what is left. */
static bool
take_tail(struct ocr_range_loop *l, struct ocr_range *taken)
{
	uint64_t at = atomic_load(&l->tail), end, n;

	do {
		end = atomic_load(&l->tail_end);
		if (at >= end)
			return false;
		n = (end - at) / (2 * l->n_seat_threads);
		if (n < l->sweep.grain)
			n = l->sweep.grain;
		if (n > end - at)
			n = end - at;
	} while (!atomic_compare_exchange_weak(&l->tail, &at, at + n));
	*taken = (struct ocr_range){at, at + n};
	return true;
}

/* Items of the whole sweep, timed; without rates: they have no weights. */
static bool
do_own(struct ocr_range_loop *l, unsigned thread, struct ocr_range items,
    const char *what, double *ns)
{
	struct ocr_range_seat *s = &l->seats[thread];
	double begin_ns = ocr_range_now(l), end_ns;
	bool is_well = do_all(l, thread, items);

	end_ns = ocr_range_now(l);
	*ns = end_ns - begin_ns;
	s->sum.useful_ns += *ns;
	ocr_trace_span(l->opt.trace, s->worker, what,
	    l->start_ns + (uint64_t)begin_ns, l->start_ns + (uint64_t)end_ns,
	    items.start, items.end);
	return is_well;
}

static bool
do_tail(struct ocr_range_loop *l, unsigned thread)
{
	struct ocr_range items;
	double ns;

	while (take_tail(l, &items))
		if (!do_own(l, thread, items, "appended", &ns))
			return false;
	return true;
}

/* Chunks of the pool until there is none for this thread. */
static bool
do_chunks(struct ocr_range_loop *l, unsigned thread)
{
	struct ocr_range_seat *s = &l->seats[thread];
	struct ocr_range chunk, items;
	bool is_well;
	double ns = 0, work;

	ocr_monitor_enter(l->chunk_lock);
	for (;;) {
		chunk = ocr_policy_pool_take(&l->chunks, thread);
		ocr_monitor_leave(l->chunk_lock);
		if (chunk.start >= chunk.end)
			return true;
		items = (struct ocr_range){l->base + chunk.start,
		    l->base + chunk.end};
		is_well = do_own(l, thread, items, "chunk", &ns);
		work = ocr_range_work(l, chunk.start, chunk.end);
		add_work(s, work, ns);
		if (!is_well)
			return false;
		ocr_monitor_enter(l->chunk_lock);
		ocr_policy_pool_done(&l->chunks, thread, chunk, ns);
	}
}

/* All that can be had without taking it from anybody, with a token. */
static bool
do_mine(struct ocr_range_loop *l, unsigned thread)
{
	if (l->has_chunks && !do_chunks(l, thread))
		return false;
	return do_segment(l, thread) && do_tail(l, thread);
}

/* Its first items, unless it comes too late for them. */
static void
arrive(struct ocr_range_loop *l, unsigned thread)
{
	struct ocr_range_seat *s = &l->seats[thread];
	uint32_t token = OCR_TOKEN_WAITS;

	if (s->has_come || ocr_range_has_failed(l))
		return;
	s->has_come = true;
	if (!atomic_compare_exchange_strong(&s->token, &token,
		OCR_TOKEN_HERE)) {
		if (!l->has_chunks)
			return;
		ocr_range_take_token(l);
	}
	do_mine(l, thread);
	ocr_range_give_token(l);
}

/* The thread's first items, that it came too late for and has after all. */
static void
do_first(struct ocr_range_loop *l, unsigned thread, uint64_t word)
{
	uint64_t start = ocr_word_start(word), end = ocr_word_end(word);
	double ns;

	if (ocr_word_is_empty(word) ||
	    !do_own(l, thread,
		(struct ocr_range){l->base + start, l->base + end}, "range",
		&ns))
		return;
	add_work(&l->seats[thread], ocr_range_work(l, start, end), ns);
}

/* One look for work. */
static bool
look(struct ocr_range_loop *l, unsigned thread)
{
	struct ocr_range_seat *s = &l->seats[thread];
	struct ocr_range taken;
	uint64_t first = 0;
	double from_ns = ocr_range_now(l);
	bool has_work = false;

	if (atomic_load(&l->tail) < atomic_load(&l->tail_end)) {
		ocr_range_take_token(l);
		has_work = true;
	} else if (l->is_stealing && ocr_range_steal(l, thread, &taken)) {
		first = set_word(s, taken);
		has_work = true;
	}
	s->sum.steal_ns += ocr_range_now(l) - from_ns;
	if (!has_work)
		return false;
	do_first(l, thread, first);
	do_mine(l, thread);
	ocr_range_give_token(l);
	s->pause_ns = 0;
	s->n_pauses = 0;
	return true;
}

/* Spin while that is cheaper than to sleep. */
static bool
is_spun_away(const struct ocr_range_loop *l, uint64_t ns)
{
	double until_ns = ocr_range_now(l) + (double)ns;

	if (ns > SPIN_NS || l->pool == NULL ||
	    ocr_range_pool_spins(l->pool) == 0)
		return false;
	while (!ocr_range_is_over(l) && ocr_range_now(l) < until_ns)
		ocr_cpu_relax();
	return true;
}

/* Until there is nothing to do for so many ns; 0: in this round. */
static uint64_t
work_on(struct ocr_range_loop *l, unsigned thread)
{
	uint64_t ns;

	arrive(l, thread);
	while (!ocr_range_is_over(l)) {
		if (look(l, thread))
			continue;
		ns = ocr_range_pause(&l->seats[thread]);
		if (!is_spun_away(l, ns))
			return ns;
	}
	return 0;
}

uint64_t
ocr_range_thread(void *arg, unsigned thread)
{
	struct ocr_range_loop *l = arg;

	if (thread >= l->n_seat_threads || (thread == 0 && !l->has_manager))
		return 0;
	return work_on(l, thread);
}

void
ocr_range_caller(struct ocr_range_loop *l)
{
	uint64_t ns;

	while ((ns = work_on(l, 0)) != 0) {
		atomic_store(&l->is_caller_asleep, 1);
		ocr_futex_wait(&l->is_over, 0, ns);
		atomic_store(&l->is_caller_asleep, 0);
		ocr_range_is_stopped(l);
	}
}

void
ocr_range_caller_alone(struct ocr_range_loop *l, struct ocr_range items,
    bool with_tail)
{
	double ns;

	if (!do_own(l, 0, items, "range", &ns))
		return;
	add_work(&l->seats[0],
	    ocr_range_work(l, items.start - l->base, items.end - l->base), ns);
	if (with_tail)
		do_tail(l, 0);
}
