/*
 * test_steal_model.c - all interleavings of the steal protocol
 *
 * A small world: a thread with items, two thieves, a card with items and its
 * manager, 6 items in all.  Every step that one of them can take next is tried,
 * from every state that can be reached; the states are counted.  Writes to the
 * card land at any later time, in order; what is read may be old when it is
 * used.  The words are range_word.h's own functions.
 *
 * Cards differ in how their kernel looks at its words:
 *	LOOSE   looks at end, later claims an item
 *	ATOMIC  does both in one step
 *	ACK     says in a third word which end it has agreed to
 * Each item must be done, once with ATOMIC and ACK.  That the explorer can find a
 * fault is shown by protocols with one.
 */
#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/range_word.h"
#include "tests/unit/tap.h"

#define N_THREADS 3
#define MAX_ITEMS 6
#define MANAGER 9 /* who holds the lock; threads: 1 + number */
#define TABLE ((size_t)1 << 21)
#define MAX_PENDING 4

enum kind { LOOSE, ATOMIC, ACK };

/* What is wrong with a protocol. */
enum fault {
	NONE = 0,
	NO_CONFIRM,       /* the thief starts at mid, whatever the card says */
	NO_FLUSH,         /* ... it looks before its write has landed */
	NO_LOCK,          /* two thieves at a time */
	LAUNCH_IF_LOCKED, /* the manager does not wait for a thief */
	NO_COMPARE,       /* a thread's word is stored, not exchanged */
};

enum thread_pc { IDLE, CLAIM, SPLIT, LOCK, LOOK, WRITE, CONFIRM, STORE };
enum card_pc { CHECK, TAKE, AGREE, STOPPED };
enum manager_pc { WAIT, SEARCH, EXCHANGE, LAUNCH, END };

struct model {
	enum kind kind;
	enum fault fault;
	uint8_t n_thread, n_card; /* items at first */
	uint8_t grain;
	uint8_t n_tries[N_THREADS], n_launches;
};

/* A word, small: there are many states. */
struct small {
	uint8_t start, end;
};

/* Bytes alone, so that states can be compared as such. */
struct thread {
	struct small word, seen; /* its own; what it has read */
	uint8_t pc, victim, mid, at, old_end, old_ack, n_tries;
	struct small taken; /* not yet its own */
};

struct state {
	struct thread threads[N_THREADS];
	/* What the host believes of the card. */
	uint8_t lock, is_active, host_start, host_end;
	/* Its words, and writes to its end that have not landed. */
	uint8_t start, end, ack, n_pending, pending[MAX_PENDING];
	uint8_t card_pc, i, seen_end, agreed;
	uint8_t manager_pc, n_launches, victim;
	struct small taken, seen;
	uint8_t done[MAX_ITEMS];
};

static uint64_t
word_of(struct small w)
{
	return ocr_word(w.start, w.end);
}

static struct small
small(uint64_t word)
{
	return (struct small){(uint8_t)ocr_word_start(word),
	    (uint8_t)ocr_word_end(word)};
}

static bool
is_empty(struct small w)
{
	return ocr_word_is_empty(word_of(w));
}

static bool
is_same(struct small a, struct small b)
{
	return word_of(a) == word_of(b);
}

struct explorer {
	const struct model *m;
	struct state *table;
	uint32_t *stack; /* indices of the table */
	uint8_t *is_used;
	size_t n_states, n_stack, n_steps;
	bool saw_none, saw_twice, saw_stuck, is_full;
};

static uint64_t
hash(const struct state *s)
{
	const unsigned char *p = (const unsigned char *)s;
	uint64_t h = 14695981039346656037u;
	size_t i;

	for (i = 0; i < sizeof(*s); i++)
		h = (h ^ p[i]) * 1099511628211u;
	return h ^ h >> 29;
}

/* A state that has not been seen before is to be looked at. */
static void
reach(struct explorer *x, const struct state *s)
{
	size_t i = hash(s) % TABLE;

	x->n_steps++;
	while (x->is_used[i]) {
		if (memcmp(&x->table[i], s, sizeof(*s)) == 0)
			return;
		i = (i + 1) % TABLE;
	}
	if (x->n_states > TABLE / 4 * 3) {
		x->is_full = true;
		return;
	}
	x->is_used[i] = 1;
	x->table[i] = *s;
	x->stack[x->n_stack++] = (uint32_t)i;
	x->n_states++;
}

static void
do_item(struct state *s, uint64_t i)
{
	if (s->done[i] < 2)
		s->done[i]++;
}

static void
unlock(struct state *s, const struct model *m)
{
	if (m->fault != NO_LOCK)
		s->lock = 0;
}

/* Threads */

static void
choose_victim(struct explorer *x, const struct state *s, unsigned t)
{
	struct state n;
	uint8_t v;

	for (v = 0; v < N_THREADS; v++) {
		if (v == t || is_empty(s->threads[v].word))
			continue;
		n = *s;
		n.threads[t].n_tries--;
		n.threads[t].victim = v;
		n.threads[t].seen = s->threads[v].word;
		n.threads[t].pc = SPLIT;
		reach(x, &n);
	}
	if (s->is_active) {
		n = *s;
		n.threads[t].n_tries--;
		n.threads[t].pc = LOCK;
		reach(x, &n);
	}
}

static void
step_idle(struct explorer *x, const struct state *s, unsigned t)
{
	struct state n = *s;

	if (!is_empty(s->threads[t].word)) {
		n.threads[t].seen = s->threads[t].word;
		n.threads[t].pc = CLAIM;
		reach(x, &n);
	} else if (s->threads[t].n_tries > 0) {
		choose_victim(x, s, t);
	}
}

static void
step_claim(struct explorer *x, const struct state *s, unsigned t)
{
	struct state n = *s;
	struct thread *me = &n.threads[t];
	struct small next =
	    small(ocr_word_claim(word_of(me->seen), x->m->grain));
	uint8_t i;

	if (is_same(me->word, me->seen) || x->m->fault == NO_COMPARE) {
		for (i = me->seen.start; i < next.start; i++)
			do_item(&n, i);
		me->word = next;
	}
	me->seen = (struct small){0, 0};
	me->pc = IDLE;
	reach(x, &n);
}

static void
step_split(struct explorer *x, const struct state *s, unsigned t)
{
	const struct thread *old = &s->threads[t];
	struct small *victim;
	struct thread *me;
	struct state n;
	uint8_t mid;

	for (mid = old->seen.start; mid < old->seen.end; mid++) {
		n = *s;
		me = &n.threads[t];
		victim = &n.threads[old->victim].word;
		me->pc = IDLE;
		me->seen = (struct small){0, 0};
		me->victim = 0;
		if (is_same(*victim, old->seen) || x->m->fault == NO_COMPARE) {
			*victim =
			    small(ocr_word_split(word_of(old->seen), mid));
			me->taken = (struct small){mid, old->seen.end};
			me->pc = STORE;
		}
		reach(x, &n);
	}
}

static void
step_lock(struct explorer *x, const struct state *s, unsigned t)
{
	struct state n = *s;

	n.threads[t].pc = IDLE;
	if (s->lock == 0) {
		n.threads[t].pc = LOOK;
		if (x->m->fault != NO_LOCK)
			n.lock = (uint8_t)(1 + t);
	}
	reach(x, &n);
}

static void
step_look(struct explorer *x, const struct state *s, unsigned t)
{
	struct state n = *s;
	struct thread *me = &n.threads[t];

	me->pc = IDLE;
	if (s->is_active) {
		me->at = s->start > s->host_start ? s->start : s->host_start;
		me->old_end = s->host_end;
		me->old_ack = s->ack;
		me->pc = WRITE;
	} else {
		unlock(&n, x->m);
	}
	reach(x, &n);
}

/* Any item that it has not begun, as far as is known, or none. */
static void
step_write(struct explorer *x, const struct state *s, unsigned t)
{
	const struct thread *old = &s->threads[t];
	struct state n = *s;
	uint8_t mid;

	n.threads[t].pc = IDLE;
	n.threads[t].at = n.threads[t].old_end = n.threads[t].old_ack = 0;
	unlock(&n, x->m);
	reach(x, &n);
	for (mid = old->at; mid < old->old_end; mid++) {
		n = *s;
		n.threads[t].mid = mid;
		n.threads[t].pc = CONFIRM;
		if (n.n_pending < MAX_PENDING) {
			n.pending[n.n_pending++] = mid;
			reach(x, &n);
		}
	}
}

/* Where the card will stop; false: that cannot be known yet. */
static bool
confirm(const struct model *m, const struct state *s, const struct thread *me,
    uint8_t *first)
{
	uint8_t at = s->start;

	if (m->fault == NO_CONFIRM) {
		*first = me->mid;
		return true;
	}
	if (s->n_pending > 0 && m->fault != NO_FLUSH)
		return false;
	if (m->kind == ACK) {
		if (s->ack != me->old_ack)
			at = s->ack;
		else if (s->card_pc != STOPPED)
			return false;
	}
	*first = (uint8_t)ocr_word_first_free(me->mid, at, me->old_end);
	return true;
}

static void
step_confirm(struct explorer *x, const struct state *s, unsigned t)
{
	struct state n = *s;
	struct thread *me = &n.threads[t];
	uint8_t first;

	if (!confirm(x->m, s, me, &first))
		return;
	me->pc = IDLE;
	if (first < me->old_end) {
		me->taken = (struct small){first, me->old_end};
		me->pc = STORE;
		n.host_end = first;
	}
	me->mid = me->at = me->old_end = me->old_ack = 0;
	unlock(&n, x->m);
	reach(x, &n);
}

static void
step_store(struct explorer *x, const struct state *s, unsigned t)
{
	struct state n = *s;
	struct thread *me = &n.threads[t];

	me->word = me->taken;
	me->taken = (struct small){0, 0};
	me->pc = IDLE;
	reach(x, &n);
}

static void
step_thread(struct explorer *x, const struct state *s, unsigned t)
{
	static void (*const steps[])(struct explorer *, const struct state *,
	    unsigned) = {step_idle, step_claim, step_split, step_lock,
	    step_look, step_write, step_confirm, step_store};

	steps[s->threads[t].pc](x, s, t);
}

/* The card */

static void
card_check(const struct model *m, struct state *n)
{
	switch (m->kind) {
	case ATOMIC:
		if (n->start < n->end)
			do_item(n, n->start++);
		else
			n->card_pc = STOPPED;
		break;
	case LOOSE:
		n->i = n->start;
		n->card_pc = n->i < n->end ? TAKE : STOPPED;
		break;
	case ACK:
		n->card_pc = TAKE;
		if (n->end != n->seen_end) {
			n->seen_end = n->end;
			n->card_pc = AGREE;
		}
		break;
	}
}

static void
step_card(struct explorer *x, const struct state *s)
{
	struct state n = *s;

	switch (s->card_pc) {
	case CHECK:
		card_check(x->m, &n);
		break;
	case AGREE:
		n.agreed = n.seen_end > n.i ? n.seen_end : n.i;
		n.ack = n.agreed;
		n.card_pc = TAKE;
		break;
	case TAKE:
		if (x->m->kind == ACK && n.i >= n.agreed) {
			n.card_pc = STOPPED;
			break;
		}
		do_item(&n, n.i);
		n.start = ++n.i;
		n.card_pc = CHECK;
		break;
	default:
		return;
	}
	reach(x, &n);
}

static void
step_bus(struct explorer *x, const struct state *s)
{
	struct state n = *s;

	if (s->n_pending == 0)
		return;
	n.end = n.pending[0];
	memmove(n.pending, n.pending + 1, MAX_PENDING - 1);
	n.pending[MAX_PENDING - 1] = 0;
	n.n_pending--;
	reach(x, &n);
}

/* The manager: when the card has stopped, it steals for it. */

static void
launch(struct state *s, struct small items)
{
	s->start = s->i = s->host_start = items.start;
	s->end = s->ack = s->seen_end = s->agreed = s->host_end = items.end;
	s->is_active = 1;
	s->card_pc = CHECK;
}

static void
manager_search(struct explorer *x, const struct state *s)
{
	struct state n = *s;
	uint8_t v;

	n.manager_pc = END;
	reach(x, &n);
	for (v = 0; v < N_THREADS; v++) {
		n = *s;
		if (n.n_launches == 0 || is_empty(n.threads[v].word))
			continue;
		n.victim = v;
		n.seen = n.threads[v].word;
		n.manager_pc = EXCHANGE;
		reach(x, &n);
	}
}

static void
manager_exchange(struct explorer *x, const struct state *s)
{
	struct small *victim;
	struct state n;
	uint8_t mid;

	for (mid = s->seen.start; mid < s->seen.end; mid++) {
		n = *s;
		victim = &n.threads[s->victim].word;
		n.manager_pc = SEARCH;
		n.n_launches--;
		if (is_same(*victim, s->seen)) {
			*victim = small(ocr_word_split(word_of(s->seen), mid));
			n.taken = (struct small){mid, s->seen.end};
			n.manager_pc = LAUNCH;
		}
		n.victim = 0;
		n.seen = (struct small){0, 0};
		reach(x, &n);
	}
}

static void
step_manager(struct explorer *x, const struct state *s)
{
	struct state n = *s;

	switch (s->manager_pc) {
	case WAIT:
		if (s->card_pc != STOPPED || !s->is_active ||
		    (s->lock != 0 && x->m->fault != LAUNCH_IF_LOCKED))
			return;
		n.lock = MANAGER;
		n.is_active = 0;
		n.manager_pc = SEARCH;
		reach(x, &n);
		break;
	case SEARCH:
		manager_search(x, s);
		break;
	case EXCHANGE:
		manager_exchange(x, s);
		break;
	case LAUNCH:
		/* Its writes come behind all others. */
		if (s->n_pending > 0)
			return;
		launch(&n, s->taken);
		n.taken = (struct small){0, 0};
		n.lock = 0;
		n.manager_pc = WAIT;
		reach(x, &n);
		break;
	default:
		break;
	}
}

static bool
is_end(const struct state *s)
{
	unsigned t;

	for (t = 0; t < N_THREADS; t++)
		if (s->threads[t].pc != IDLE || !is_empty(s->threads[t].word))
			return false;
	return s->card_pc == STOPPED && s->n_pending == 0 &&
	       s->manager_pc == END;
}

/* All that can happen next. */
static void
step(struct explorer *x, const struct state *s)
{
	unsigned t, i, n = x->m->n_thread + x->m->n_card;
	size_t before = x->n_steps;

	for (t = 0; t < N_THREADS; t++)
		step_thread(x, s, t);
	step_card(x, s);
	step_bus(x, s);
	step_manager(x, s);
	if (x->n_steps == before && !is_end(s))
		x->saw_stuck = true;
	for (i = 0; i < n; i++) {
		x->saw_twice = x->saw_twice || s->done[i] > 1;
		x->saw_none = x->saw_none || (is_end(s) && s->done[i] == 0);
	}
}

static bool
has_fault(const struct explorer *x)
{
	return x->saw_none || x->saw_twice || x->saw_stuck;
}

static void
explore(struct explorer *x, const struct model *m)
{
	struct state s;
	unsigned t;

	memset(x->is_used, 0, TABLE);
	*x = (struct explorer){.m = m,
	    .table = x->table,
	    .stack = x->stack,
	    .is_used = x->is_used};
	memset(&s, 0, sizeof(s));
	s.threads[0].word = (struct small){0, m->n_thread};
	for (t = 0; t < N_THREADS; t++)
		s.threads[t].n_tries = m->n_tries[t];
	launch(&s,
	    (struct small){m->n_thread, (uint8_t)(m->n_thread + m->n_card)});
	s.n_launches = m->n_launches;
	reach(x, &s);
	while (x->n_stack > 0 &&
	       (m->fault == NONE || m->kind == LOOSE || !has_fault(x))) {
		s = x->table[x->stack[--x->n_stack]];
		step(x, &s);
	}
}

/* A protocol that must be right: none of the items is left out, and none is
 * done twice if is_exact.  LOOSE must be seen to do one twice. */
static void
must_hold(struct explorer *x, const struct model *m, bool is_exact,
    const char *name)
{
	explore(x, m);
	ok(!x->saw_none && !x->saw_stuck && !x->is_full &&
		x->saw_twice == !is_exact,
	    "%s", name);
	diag("%zu states, %zu steps%s%s%s%s", x->n_states, x->n_steps,
	    x->saw_none ? ", an item is left out" : "",
	    x->saw_twice ? ", an item is done twice" : "",
	    x->saw_stuck ? ", stuck" : "", x->is_full ? ", too many" : "");
}

/* A protocol with a fault: the explorer finds it. */
static void
must_fail(struct explorer *x, const struct model *m, const char *name)
{
	explore(x, m);
	ok(x->saw_none || x->saw_twice, "found: %s", name);
	diag("after %zu states%s%s", x->n_states,
	    x->saw_none ? ", an item is left out" : "",
	    x->saw_twice ? ", an item is done twice" : "");
}

/*
 * A thread comes late: another takes its token, then all that its word holds.
 * In between it may have stolen an item and put that into its word.  Steps of
 * both in every order; each item, 1 and 2, must be had by one of them.
 */
struct late {
	uint64_t word;   /* of the late thread: item 1 */
	bool is_waiting; /* token */
	bool has_taken;  /* the other has the token */
	unsigned n_had[3];
};

static void
have(struct late *w, uint64_t word)
{
	uint32_t i;

	for (i = ocr_word_start(word); i < ocr_word_end(word); i++)
		w->n_had[i]++;
}

/* Of the other: the token; the word. */
static void
take_step(struct late *w, unsigned step)
{
	if (step == 0) {
		w->has_taken = w->is_waiting;
		w->is_waiting = false;
	} else if (w->has_taken) {
		have(w, w->word);
		w->word = 0;
	}
}

/* Of the late thread: the token; a stolen item into its word; what it has. */
static void
come_step(struct late *w, unsigned step, bool is_stored)
{
	if (step == 0 && w->is_waiting) {
		w->is_waiting = false;
		have(w, w->word);
		w->word = 0;
	} else if (step == 1) {
		if (!is_stored)
			have(w, w->word);
		w->word = ocr_word(2, 3);
	} else if (step == 2) {
		have(w, w->word);
		w->word = 0;
	}
}

/* order: bit k set: the k-th of 5 steps is the late thread's. */
static bool
is_kept(unsigned order, bool is_stored)
{
	struct late w = {.word = ocr_word(1, 2), .is_waiting = true};
	unsigned k, n_take = 0, n_come = 0;

	for (k = 0; k < 5; k++)
		if (order >> k & 1)
			come_step(&w, n_come++, is_stored);
		else
			take_step(&w, n_take++);
	return w.n_had[1] == 1 && w.n_had[2] == 1;
}

static void
test_late(void)
{
	unsigned order, n_lost[2] = {0, 0}, n = 0;

	for (order = 0; order < 32; order++) {
		if (__builtin_popcount(order) != 3)
			continue;
		n++;
		n_lost[0] += !is_kept(order, false);
		n_lost[1] += !is_kept(order, true);
	}
	ok(n == 10 && n_lost[0] == 0, "a thread that comes late: every item");
	ok(n_lost[1] > 0, "found: its word is stored, not exchanged");
}

int
main(void)
{
	struct explorer x = {.table = malloc(TABLE * sizeof(*x.table)),
	    .stack = malloc(TABLE * sizeof(*x.stack)),
	    .is_used = malloc(TABLE)};
	struct model m = {.kind = ATOMIC,
	    .n_thread = 2,
	    .n_card = 4,
	    .grain = 1,
	    .n_tries = {0, 1, 1},
	    .n_launches = 1};

	if (x.table == NULL || x.stack == NULL || x.is_used == NULL)
		return 99;
	must_hold(&x, &m, true, "atomic card: every item once");
	m.kind = ACK;
	must_hold(&x, &m, true, "card with a third word: every item once");
	m.kind = LOOSE;
	must_hold(&x, &m, false, "loose card: every item, one of them twice");
	m.fault = NO_CONFIRM;
	m.n_card = 3;
	m.n_thread = 1;
	must_hold(&x, &m, false, "not even asked: every item");
	m = (struct model){.kind = ATOMIC,
	    .n_thread = 4,
	    .n_card = 2,
	    .grain = 2,
	    .n_tries = {1, 1, 0},
	    .n_launches = 1};
	must_hold(&x, &m, true, "the owner steals, too: every item once");
	m = (struct model){.kind = ACK,
	    .n_thread = 1,
	    .n_card = 4,
	    .grain = 1,
	    .n_tries = {0, 2, 1},
	    .n_launches = 1};
	must_hold(&x, &m, true, "a thief comes again: every item once");

	m = (struct model){.kind = ATOMIC,
	    .n_thread = 2,
	    .n_card = 3,
	    .grain = 1,
	    .n_tries = {0, 1, 1},
	    .n_launches = 1};
	m.fault = NO_CONFIRM;
	must_fail(&x, &m, "the card is not asked where it is");
	m.fault = NO_FLUSH;
	must_fail(&x, &m, "it is asked before it has been told");
	m.fault = NO_LOCK;
	must_fail(&x, &m, "two thieves at one card");
	m.fault = LAUNCH_IF_LOCKED;
	must_fail(&x, &m, "a launch while a thief has the card");
	m.fault = NO_COMPARE;
	must_fail(&x, &m, "a word that changed is overwritten");
	m.kind = ACK;
	m.fault = NO_CONFIRM;
	must_fail(&x, &m, "a third word that nobody reads");
	free(x.table);
	free(x.stack);
	free(x.is_used);
	test_late();
	return done();
}
