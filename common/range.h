/*
 * range.h - the range loop: n known items over threads and cards, then a barrier
 *
 * A loop is opened once and runs many sweeps (the levels of a search, the
 * iterations of a solver): its threads sleep between them, what it has learned
 * of the workers' speeds begins the next.  The calling thread is thread 0 when
 * there are no cards; with cards it looks after them.
 *
 * How ranges are held: a thread's is one atomic word, 32 bits of start and end
 * each (range_word.h), relative to a 64-bit base; more than 2^32 items are swept in
 * windows, cards working in none but the first.  A card's is its own start and
 * end words (job.h: position, cut).  Thieves lower an end; nobody is stopped.
 *
 * Every item is done at least once; exactly once unless the sweep is
 * idempotent and a card was cut.  Kernels for cards must then answer a cut:
 * card.h says how.
 */
#ifndef OCR_RANGE_H
#define OCR_RANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/schedule.h"
#include "common/sweep.h"
#include "common/trace.h"
#include "common/weights.h"

struct ocr_kernel;
struct ocr_range_loop;
struct ocr_team;
struct ocr_ui;

struct ocr_sweep {
	uint64_t n;                        /* items */
	const struct ocr_weights *weights; /* NULL: nothing is known */
	/* What thread 0 .. n_threads-1 does with items [start, end), at most
	 * grain of them.  < 0 ends the sweep. */
	int (*body)(void *arg, unsigned thread, uint64_t start, uint64_t end,
	    struct ocr_err *err);
	void *arg;
	uint64_t grain;     /* 0: 512 */
	double inline_work; /* up to this much the caller does alone */
	bool is_idempotent; /* items may be done twice: no confirmed cuts */
	const volatile int *stop; /* NULL, or (atomic): not 0 ends it */
};

struct ocr_range_opt {
	struct ocr_schedule schedule;
	struct ocr_trace *trace; /* NULL: none; rows are the team's workers */
	uint64_t seed;           /* of random victims; 0: any */
	struct ocr_ui *ui;       /* warnings about workers, or NULL */
};

/* Threads are team->n_cpus; cards get `kernel`, NULL if the team has none.
 * team must outlive it.  Cards open in the background: until a card is ready,
 * sweeps do without it. */
int ocr_range_open(struct ocr_range_loop **out, struct ocr_team *team,
    const struct ocr_kernel *kernel, const struct ocr_range_opt *opt,
    struct ocr_err *err);
void ocr_range_close(struct ocr_range_loop *l); /* NULL is fine */

/* Wait until all cards have opened or failed; for tests and benchmarks. */
void ocr_range_wait_ready(struct ocr_range_loop *l);

/* One sweep.  report, if not NULL, is added to (ocr_sweep_report_init with
 * team->n_workers).  After an error nothing is running any more, and which
 * items were done is not known.  -OCR_EHOST: no worker is left. */
int ocr_range_run(struct ocr_range_loop *l, const struct ocr_sweep *s,
    struct ocr_sweep_report *report, struct ocr_err *err);

/*
 * After a sweep that succeeded: the cards that worked in it do a job that
 * is_collecting.  -OCR_EDEVICE: one failed, then or in that sweep after it had
 * done something: what that was is lost.
 */
int ocr_range_collect(struct ocr_range_loop *l, struct ocr_sweep_report *report,
    struct ocr_err *err);

/* From within a body: n_more items follow the last one, in this sweep.  Threads
 * do them.  Returns the first one's number. */
uint64_t ocr_range_append(struct ocr_range_loop *l, uint64_t n_more);

/* What is believed of worker i: items (or work) per ns; 0: not measured. */
double ocr_range_rate(const struct ocr_range_loop *l, size_t i);

#endif
