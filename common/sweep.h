/*
 * sweep.h - what a sweep over a range has cost, and what came of it
 *
 * Made by the range loop and by ocr-sim alike; --stats prints it.
 */
#ifndef OCR_SWEEP_H
#define OCR_SWEEP_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/json_write.h"

struct ocr_sweep_worker {
	double useful_ns;     /* working on items; a card's launches count */
	double steal_ns;      /* looking for work and taking it */
	double idle_ns;       /* waiting for the others */
	uint64_t n_items;     /* done by it; doubles too */
	double work;          /* in units of the weights */
	uint64_t n_launches;  /* cards: jobs */
	uint64_t n_stolen;    /* steals by it that succeeded */
	uint64_t n_lost;      /* steals from it */
	uint64_t moved_bytes; /* cards: to and from it */
};

struct ocr_sweep_report {
	uint64_t n_sweeps; /* added up here */
	uint64_t n_items;  /* of the ranges */
	double makespan_ns;
	double bound_ns;       /* by the rates measured; 0: not known */
	uint64_t n_steals;     /* that succeeded */
	uint64_t n_by_card;    /* of them, by a card */
	uint64_t n_from_card;  /* of them, from a card */
	uint64_t n_aborted;    /* tries that came too late, or looks in vain */
	uint64_t n_duplicated; /* items done more than once */
	uint64_t n_card_chunks, n_card_items; /* jobs of cards, items in them */
	uint64_t moved_bytes; /* to and from cards, all together */
	size_t n_workers;
	struct ocr_sweep_worker *workers;
};

int ocr_sweep_report_init(struct ocr_sweep_report *r, size_t n_workers,
    struct ocr_err *err);
void ocr_sweep_report_release(struct ocr_sweep_report *r); /* zeroed is fine */
/* sum += r; of the same number of workers. */
void ocr_sweep_report_add(struct ocr_sweep_report *sum,
    const struct ocr_sweep_report *r);

/* Largest / mean useful time over all workers; 1 when nobody did anything. */
double ocr_sweep_lambda(const struct ocr_sweep_report *r);
/* Average items of a card's job; 0: none. */
double ocr_sweep_card_chunk(const struct ocr_sweep_report *r);

/* Members of an open JSON object; names[i] is of worker i, or NULL: no list of
 * workers. */
void ocr_sweep_report_json(const struct ocr_sweep_report *r,
    const char *const *names, struct ocr_json *j);

#endif
