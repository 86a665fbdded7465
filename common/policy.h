/*
 * policy.h - who gets which items of a range, and who takes them from whom
 *
 * Pure arithmetic over what is believed of workers: no locks, no clock, no I/O.
 * The range loop (range.h), tests with invented speeds and ocr-sim run this
 * code and no other.  Times are ns since the sweep began; work is in the units
 * of weights.h; a rate is work per ns.
 *
 * An idle worker k of a stealing schedule does this:
 *
 *	n = ocr_policy_candidates()       whom to look at
 *	choice = ocr_policy_choose()      of them, by their states now
 *	OCR_STEAL from a thread           set its end to `mid`, if it has not
 *	                                  gone past that
 *	OCR_STEAL, OCR_LOOK at a card     lock it, read its position into its state,
 *	                                  ocr_policy_cut() again, write its end
 *	OCR_PAUSE                         look again in ocr_policy_pause() ns
 *
 * The formulas are a study over 228 profiles and set-ups; HACKING.md has its
 * constants.  hws-paper and static are from ICPP 2020, doi
 * 10.1145/3404397.3404433.
 */
#ifndef OCR_POLICY_H
#define OCR_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/schedule.h"
#include "common/weights.h"

/* A thief looks at so many others: at all, or, if there are more, at some. */
#define OCR_POLICY_LOOKS 16

/* A worker; the same during a sweep. */
struct ocr_policy_worker {
	double rate;      /* believed, > 0 */
	double launch_ns; /* from its launch to its first item; 0: a thread */
	double submit_ns; /* of the host for a launch, one after another; a
			   * thread: of a steal by it */
	double read_ns, write_ns; /* its words; 0: a thread */
	uint64_t align;           /* items, >= 1: where a cut may be */
	bool is_card;             /* its position is known when it was read */
	bool is_measured;         /* rate is of an earlier sweep */
	bool is_fixed;            /* it has no words: cannot be cut */
	bool is_exact;            /* a cut is confirmed by one more read */
};

/* What is known of it now. */
struct ocr_policy_state {
	bool is_active;      /* has a segment: [start, end) */
	bool is_locked;      /* somebody else's steal is under way */
	uint64_t start, end; /* of the segment */
	uint64_t at, next;   /* first item it has not done, not begun ... */
	double seen_ns;      /* ... then: now for threads; < begin_ns: never */
	double begin_ns;     /* of its first item, may be to come */
	double recent_rate, recent_ns; /* between the last two looks; 0: none */
	double work, busy_ns; /* of its earlier segments in the sweep */
};

struct ocr_policy {
	struct ocr_schedule schedule;
	const struct ocr_weights *weights; /* not NULL */
	const struct ocr_policy_worker *workers;
	size_t n_workers;
};

struct ocr_belief {
	uint64_t at; /* where it is now */
	double rate;
	double wait_ns; /* until it begins */
	double left;    /* work */
	double left_ns; /* until it ends */
};

enum ocr_choice_kind { OCR_PAUSE = 0, OCR_STEAL, OCR_LOOK };

struct ocr_choice {
	enum ocr_choice_kind kind;
	size_t victim;
	uint64_t mid;        /* STEAL: first item to take */
	unsigned n_declined; /* victims not worth it, for the statistics */
};

/* Work in items [0, i) as the schedule counts it: by weights, or one for each
 * item.  All rates are in this unit. */
double ocr_policy_work(const struct ocr_policy *p, uint64_t i);

/* Does an idle worker take from others (or from a pool: policy_pool.h)? */
bool ocr_policy_steals(const struct ocr_policy *p);

/*
 * The first split: worker k gets [bounds[k], bounds[k + 1]); n_workers + 1
 * values.  Empty: it is not launched.  Schedules that use a pool give nothing
 */
void ocr_policy_split(const struct ocr_policy *p, uint64_t n, uint64_t *bounds);

/* Work per ns by a belief and a measurement. */
double ocr_policy_rate(double believed, double tau_ns, double work, double ns);
/* A worker's rate for the next sweep, after this one. */
double ocr_policy_learn(const struct ocr_policy_worker *w, double work,
    double busy_ns);

struct ocr_belief ocr_policy_believe(const struct ocr_policy *p, size_t k,
    const struct ocr_policy_state *s, double now_ns);

/*
 * Worker k would take from v, which is in state s (of k only the earlier
 * segments count).  host_ns: how long launches by the host already wait, if k
 * is a card.  The first item to take, or s->end: better not.
 */
uint64_t ocr_policy_cut(const struct ocr_policy *p, size_t k,
    const struct ocr_policy_state *own, size_t v,
    const struct ocr_policy_state *s, double now_ns, double host_ns);

/* Enter a look at a card into its state: at seen_ns items before `at` were done
 * and those before `next` begun. */
void ocr_policy_saw(const struct ocr_policy *p, struct ocr_policy_state *s,
    uint64_t at, uint64_t next, double seen_ns);

/*
 * Whom worker k should look at: fills in at most OCR_POLICY_LOOKS indices other
 * than k, returns how many.  random: state of a generator, any value but 0.
 */
size_t ocr_policy_candidates(const struct ocr_policy *p, size_t k,
    uint64_t *random, size_t *candidates);

/* states[i] is of candidates[i]. */
struct ocr_choice ocr_policy_choose(const struct ocr_policy *p, size_t k,
    const struct ocr_policy_state *own, const size_t *candidates,
    const struct ocr_policy_state *states, size_t n_candidates, double now_ns,
    double host_ns);

/* How long to pause, after a pause of that length (0: the first). */
double ocr_policy_pause(double last_ns);

/* The time in which workers of these rates and launches can do the work at
 * best: sum rate * max(0, T - launch) = work.  What results are compared with. */
double ocr_policy_bound(const struct ocr_policy_worker *workers,
    size_t n_workers, double work);

#endif
