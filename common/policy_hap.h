/*
 * policy_hap.h - how hap finds the size of a card's chunks; for policy_pool.c
 *
 * Our reading of LogFit (Vilches, Navarro et al., IJPP 2018, doi
 * 10.1007/s10766-018-0555-0), which HAP (Rodriguez et al., JSA 98, 2019) derives
 * from.  The chunk doubles until the throughput no longer grows, which is looked
 * at twice; then it follows a logarithmic fit of all that was measured.
 * Chunks are items or work, whichever the schedule counts.  Pure.
 */
#ifndef OCR_POLICY_HAP_H
#define OCR_POLICY_HAP_H

#include <stdbool.h>
#include <stddef.h>

#define OCR_HAP_POINTS 64

enum ocr_hap_phase {
	OCR_HAP_FIRST = 0, /* the first chunk is not counted: it may pay for
			    * what later ones do not */
	OCR_HAP_EXPLORE,   /* each chunk twice the one before */
	OCR_HAP_CHECK,     /* the last three again: was it an elbow? */
	OCR_HAP_STABLE,    /* by the fit */
	OCR_HAP_SCAN,      /* the older chunk again: was it better? */
};

/* One card's fit. */
struct ocr_hap_card {
	enum ocr_hap_phase phase;
	double chunk[OCR_HAP_POINTS], rate[OCR_HAP_POINTS];
	size_t n_points;
	size_t n_explored; /* of them, before the fit: they stay */
	size_t oldest;     /* of the others */
	unsigned n_short;  /* chunks in a row that were less than asked for */
	unsigned n_checks; /* still to come */
	double first;      /* the initial chunk, the least there is */
	double next;       /* its next chunk */
	double elbow;
	double slope, threshold;        /* of rate = slope * ln(chunk) + c */
	double old_chunk, old_rate;     /* stable: the one before */
	double tried_chunk, tried_rate; /* scan: what seemed worse */
	double last_rate;               /* 0: not measured */
	bool is_retired;
};

void ocr_hap_init(struct ocr_hap_card *c, double first);

/* A chunk was done at that rate, > 0. */
void ocr_hap_done(struct ocr_hap_card *c, double chunk, double rate);

#endif
