/*
 * policy_stream.h - who gets the next chunk of a stream, who takes one back
 *
 * Pure arithmetic over worker states: no locks, no clock, no I/O, so that a
 * real run and a test with invented speeds run the same code.  The schedules
 * of schedule.h mean this for streams:
 *
 *	static     chunks are dealt out in turn, RATIO times as many to a card;
 *	           a host that lives and is never done is passed over
 *	dynamic    whoever is idle gets the oldest chunk
 *	hap        and at the end of the stream none that others end sooner
 *	hws-paper  dynamic; an idle worker takes a chunk from a random one
 *	hws        as hap, also where a slow chunk would hold up the order; takes
 *	           from whoever has the most to do, if that is worth it
 *
 * Results leave in order, so a chunk that takes long stops the others once the
 * chunks behind it that may be read are done: `n_ahead` is to a stream what the
 * rest of the items is to a range.
 * Where a speed is not known yet, hap and hws do what dynamic does; but hws
 * gives a card one chunk at first, and takes from whoever has the most bytes.
 */
#ifndef OCR_POLICY_STREAM_H
#define OCR_POLICY_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/schedule.h"

/* What a policy may know of a worker. */
struct ocr_stream_view {
	bool is_usable; /* not retired */
	bool is_open;   /* opening costs launch_ns */
	bool is_card;
	bool gives_back;      /* jobs that it has not begun */
	unsigned n_in_flight; /* jobs submitted and not back */
	unsigned depth;
	uint64_t launch_ns;
	uint64_t bytes;   /* of the jobs in flight */
	uint64_t busy_ns; /* how long the oldest of them has been worked on */
	double bytes_per_ns; /* running estimate; 0 = not known yet */
	double weight;       /* static: times the share of others; 0: 1 */
	double turn;         /* owner: policy, for static; 0 at the start */
	/* Copies of jobs that take long: */
	bool is_host;
	bool lends;      /* jobs of which there is no copy */
	bool is_refused; /* nothing is lent to it now */
	unsigned width;  /* jobs that it does at once; 0: 1 */
};

/* And of the stream. */
struct ocr_stream_rest {
	size_t n_waiting; /* chunks that no worker has */
	uint64_t bytes;   /* of the oldest of them */
	bool is_ended;    /* no more will come */
	size_t n_ahead;   /* chunks that may still come before the oldest
			   * waiting one has to be out */
};

struct ocr_stream_policy {
	struct ocr_schedule schedule;
	uint64_t random; /* state of a generator */
};

/* Instead of a worker: */
enum {
	OCR_STREAM_NONE = -1,  /* not before something happens ... */
	OCR_STREAM_LATER = -2, /* ... or time passes */
};

void ocr_stream_policy_init(struct ocr_stream_policy *p,
    const struct ocr_schedule *schedule);

/*
 * Index of the worker that gets the oldest waiting chunk; n_waiting >= 1.
 * An idle open worker goes before one that must be opened first, and that
 * before a second job for a busy one; then whoever ends sooner (hap, hws);
 * ties go to the lowest index.
 */
int ocr_stream_choose(struct ocr_stream_policy *p, struct ocr_stream_view *w,
    size_t n_workers, const struct ocr_stream_rest *rest);

/* Nothing waits: index of an idle worker that should take the newest job from
 * *victim. */
int ocr_stream_steal(struct ocr_stream_policy *p,
    const struct ocr_stream_view *w, size_t n_workers, int *victim);

/* Nor is there anything to take: index of an idle worker, a thread or a host,
 * that should do a job of host *victim a second time; it may have to be opened
 * first. */
int ocr_stream_copy(const struct ocr_stream_policy *p,
    const struct ocr_stream_view *w, size_t n_workers, int *victim);

#endif
