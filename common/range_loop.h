/*
 * range_loop.h - the state of a range loop; for range*.c only
 *
 * A sweep is one or more rounds: a window of 2^32 items each, and one more for
 * what a card that failed has left.  In a round items are numbered from its
 * base.  Each thread and card of a round has a seat; threads come first.
 *
 * Tokens say when a round is over: there is one for each seat that has work, and a
 * thief takes one before it takes anything else.  The last one to be given back
 * ends the round.
 */
#ifndef OCR_RANGE_LOOP_H
#define OCR_RANGE_LOOP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/job.h"
#include "common/policy.h"
#include "common/policy_pool.h"
#include "common/range.h"
#include "common/range_pool.h"

struct ocr_monitor;

/* Two cache lines: the next one is fetched along. */
#define OCR_RANGE_LINE 128

/* Where an order between fields does not matter. */
#define OCR_GET(field) atomic_load_explicit(&(field), memory_order_relaxed)
#define OCR_PUT(field, value)                                                  \
	atomic_store_explicit(&(field), value, memory_order_relaxed)

/* Whose token a thread's first items have. */
enum ocr_range_token {
	OCR_TOKEN_NONE = 0,
	OCR_TOKEN_WAITS, /* has items, has not come yet */
	OCR_TOKEN_HERE,  /* has come */
	OCR_TOKEN_TAKEN, /* another has taken all of it */
};

enum ocr_range_lock {
	OCR_LOCK_FREE = 0,
	OCR_LOCK_HELD,
	OCR_LOCK_AWAITED, /* held, and the manager wants to know when not */
};

/*
 * What thieves see of a worker; atomic, but not as a whole: a mixture of old and
 * new makes for a bad guess and nothing else.  Written by the thread, or by
 * whoever holds the card's lock.
 */
struct ocr_range_view {
	_Atomic uint64_t start, end; /* end: of cards */
	_Atomic uint64_t at, next;   /* next: of cards */
	_Atomic double begin_ns, seen_ns, recent_rate, recent_ns;
	_Atomic double work, busy_ns;
	_Atomic bool is_active; /* of cards */
};

/* What is known of a worker of the team, over sweeps. */
struct ocr_range_belief {
	double rate[2]; /* items, work per ns; 0: not measured */
	double launch_ns, read_ns, write_ns;
	double finish_ns;  /* from a job's last item until it is back */
	double collect_ns; /* ocr_range_collect, when it was done last */
	uint64_t n_jobs;   /* the worker's, when the sweep began */
};

struct ocr_range_seat {
	_Alignas(OCR_RANGE_LINE) _Atomic uint64_t word; /* of threads */
	struct ocr_range_view view;
	_Alignas(OCR_RANGE_LINE) _Atomic uint32_t token; /* of threads */
	_Atomic uint32_t lock;                           /* of cards */
	_Atomic uint32_t n_lost;
	size_t worker; /* of the team */
	/* owner: the thread, or the manager */
	uint64_t random;
	struct ocr_sweep_worker sum;
	uint64_t n_aborted, n_by_card, n_from_card, n_duplicated;
	double pause_ns;
	unsigned n_pauses;
	bool has_come; /* threads */
	/* cards; owner: the manager */
	struct ocr_job job, freed;
	bool is_running, is_back, is_done;
	double launched_ns, due_ns; /* due: when idle, to look again */
	uint64_t n_jobs, n_job_items;
	/* cards; lock: lock */
	unsigned n_deaf;              /* words that were not read or written */
	_Atomic double blind_ns;      /* leave it alone until then */
	struct ocr_range_belief seen; /* its latencies */
};

struct ocr_range_loop {
	struct ocr_team *team;
	const struct ocr_kernel *kernel;
	struct ocr_range_opt opt;
	struct ocr_range_pool *pool; /* NULL: one thread, no cards */
	unsigned n_threads;
	bool is_on_reserve; /* has been said */
	unsigned unit;      /* of the last sweep: index into rate */
	uint64_t seed;
	struct ocr_range_belief *beliefs;  /* of team->workers */
	struct ocr_range_seat *seats;      /* threads, cards */
	struct ocr_policy_worker *workers; /* of seats */
	uint64_t *bounds;
	struct ocr_range *left; /* of cards that failed: later rounds */
	size_t n_left;

	/* the sweep */
	struct ocr_sweep sweep; /* defaults filled in */
	double bound_ns;
	bool is_bound_unknown;
	bool is_leftover; /* a round for what others have left */
	struct ocr_weights none;
	_Alignas(OCR_RANGE_LINE) _Atomic uint64_t tail; /* appended items: */
	_Atomic uint64_t tail_end;                      /* [tail, tail_end) */

	/* the round */
	struct ocr_policy policy;
	uint64_t base, n;
	uint32_t grain;
	size_t n_seat_threads, n_seats;
	bool is_stealing, has_chunks, has_manager;
	uint64_t start_ns;
	struct ocr_policy_pool chunks; /* lock: chunk_lock */
	struct ocr_monitor *chunk_lock;
	struct ocr_job over_job;
	struct ocr_err err; /* of whoever set has_failed */

	_Alignas(OCR_RANGE_LINE) _Atomic uint32_t n_tokens;
	_Alignas(OCR_RANGE_LINE) _Atomic uint32_t is_over;
	_Atomic uint32_t is_caller_asleep, has_failed;
};

/* range_round.c: items of the sweep, of which those below `from` are done. */
int ocr_range_round(struct ocr_range_loop *l, struct ocr_range items,
    uint64_t from, struct ocr_sweep_report *report, struct ocr_err *err);
/* By the caller alone, as thread 0.  is_all: and all that is appended. */
int ocr_range_alone(struct ocr_range_loop *l, struct ocr_range items,
    bool is_all, struct ocr_sweep_report *report, struct ocr_err *err);

/* What rates of this sweep count: index into rate. */
unsigned ocr_range_unit(const struct ocr_range_loop *l);

/* range_seat.c: threads that may work now; cards that are ready. */
unsigned ocr_range_usable_threads(struct ocr_range_loop *l);
size_t ocr_range_usable_cards(const struct ocr_range_loop *l);
/* Seats and bounds of a round, and tokens for those who have something. */
void ocr_range_divide(struct ocr_range_loop *l, uint64_t from);
void ocr_range_first_tokens(struct ocr_range_loop *l);
void ocr_range_sit_alone(struct ocr_range_loop *l);

/* range_state.c */
double ocr_range_now(const struct ocr_range_loop *l);
struct ocr_policy_state ocr_range_state(const struct ocr_range_loop *l,
    size_t k, double now_ns);
void ocr_range_publish(struct ocr_range_seat *seat,
    const struct ocr_policy_state *s);
/* A new latency, beside what was believed. */
void ocr_range_average(double *believed, double seen);
void ocr_range_take_token(struct ocr_range_loop *l);
void ocr_range_give_token(struct ocr_range_loop *l);
/* The first error ends the round. */
void ocr_range_fail(struct ocr_range_loop *l, const struct ocr_err *err);
bool ocr_range_is_over(const struct ocr_range_loop *l);
bool ocr_range_has_failed(const struct ocr_range_loop *l);
/* The caller's flag: true when the sweep is to stop. */
bool ocr_range_is_stopped(struct ocr_range_loop *l);
/* Work in items of the round, as rates count it. */
double ocr_range_work(const struct ocr_range_loop *l, uint64_t start,
    uint64_t end);
/* How long to wait after a look in vain, ns. */
uint64_t ocr_range_pause(struct ocr_range_seat *s);

/* range_steal.c: seat k looks for work.  True: *taken is its own, and so is a
 * token. */
bool ocr_range_steal(struct ocr_range_loop *l, size_t k,
    struct ocr_range *taken);

/* range_cut.c: seat k holds a token and takes from card v. */
bool ocr_range_cut(struct ocr_range_loop *l, size_t k, size_t v,
    struct ocr_range *taken);
void ocr_range_unlock(struct ocr_range_loop *l, struct ocr_range_seat *s);

/* range_thread.c: a thread's part of a round; arg is the loop.  0: it is over;
 * ns after which to come again. */
uint64_t ocr_range_thread(void *arg, unsigned thread);
/* The caller's, as thread 0, until the round is over. */
void ocr_range_caller(struct ocr_range_loop *l);
/* Items by the caller, without a round. */
void ocr_range_caller_alone(struct ocr_range_loop *l, struct ocr_range items,
    bool with_tail);
/* range_manage.c: the manager's part of a round, cards in seats have bounds. */
void ocr_range_manage(struct ocr_range_loop *l);
/* Events of cards between rounds.  wait: until none is opening. */
void ocr_range_events(struct ocr_range_loop *l, bool wait);

#endif
