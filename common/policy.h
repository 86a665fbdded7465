/*
 * policy.h - who gets the next chunk
 *
 * Pure arithmetic over worker states: no locks, no clock, no I/O, so that a
 * real run, a test with invented speeds and a simulator run the same code.
 */
#ifndef OCR_POLICY_H
#define OCR_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a policy may know of a worker. */
struct ocr_policy_view {
	bool is_usable;       /* not retired */
	bool is_open;         /* opening costs launch_ns */
	unsigned n_in_flight; /* jobs submitted and not back */
	unsigned depth;
	uint64_t launch_ns;
	double bytes_per_ns; /* running estimate; 0 = not known yet */
};

struct ocr_policy {
	const char *name;
	/* Index of the worker that gets the next waiting chunk, or -1 for
	 * none now.  n_waiting >= 1 chunks wait. */
	int (*choose)(const struct ocr_policy_view *w, size_t n_workers,
	    size_t n_waiting);
};

/*
 * Self-scheduling: whoever is idle takes the oldest chunk.  An idle open
 * worker goes before one that must be opened first, and that before a second
 * job for a busy one; ties go to the lowest index.
 */
extern const struct ocr_policy ocr_policy_dynamic;

/* By name, NULL if there is none. */
const struct ocr_policy *ocr_policy_find(const char *name);

#endif
