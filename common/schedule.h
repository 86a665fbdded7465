/*
 * schedule.h - what --schedule says: a policy and its settings
 *
 *	static[:RATIO]         a part for each, RATIO (2.5) times that for a card
 *	dynamic[:CHUNK[/CARD]] chunks from one pool, by whoever is idle
 *	hap[:CHUNK]            chunks for cards by a fit of their throughput
 *	hws-paper[:FLOOR]      equal parts, random victims, half of what is left
 *	hws                    a first split by weight, speed and launch cost; a
 *	                       steal makes both end together, or is left alone
 *
 * and after that, with commas (or behind the colon: hap:weights): `weights`
 * (static, dynamic, hap, hws-paper count work instead of items),
 * `victim=random|time`, `steal=no` (hws, hws-paper).
 * Sources: static, dynamic, hws-paper: ICPP 2020, doi 10.1145/3404397.3404433;
 * hap: LogFit, IJPP 2018, doi 10.1007/s10766-018-0555-0, and JSA 98 (2019).
 */
#ifndef OCR_SCHEDULE_H
#define OCR_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

enum ocr_schedule_kind {
	OCR_HWS = 0, /* the default */
	OCR_STATIC,
	OCR_DYNAMIC,
	OCR_HAP,
	OCR_HWS_PAPER,
};

enum ocr_victim {
	OCR_VICTIM_TIME = 0, /* the most remaining time */
	OCR_VICTIM_RANDOM,
};

/* Constants of hws: how each was found is in HACKING.md. */
struct ocr_schedule {
	enum ocr_schedule_kind kind;
	enum ocr_victim victim;
	bool has_weights; /* uses them if there are any; hws always does */
	bool has_no_steals;
	double ratio;        /* static */
	uint64_t chunk;      /* dynamic: items of a thread; hap: of a card's
			      * first chunk; 0: 1024 */
	uint64_t card_chunk; /* dynamic: of a card; 0: RATIO times chunk.  With
			      * weights: so many times an item's average */
	uint64_t floor;      /* hws-paper: items a card is left or given */
	double tau_ns; /* time over which a belief counts like a measurement */
	double gain;   /* part of its cost that a steal must gain */
	double margin; /* of a card's progress while its end is written */
	double beta;   /* what cards get too much of in the first split */
	double
	    refresh; /* reads of a card that nobody looked at: times read_ns */
};

/* The default settings of a kind. */
struct ocr_schedule ocr_schedule_default(enum ocr_schedule_kind kind);

/* Text of an option or of $OCR_SCHEDULE.  -OCR_EUSAGE with the reason; *s is
 * then as it was. */
int ocr_schedule_parse(const char *text, struct ocr_schedule *s,
    struct ocr_err *err);

/* "hws", "static", ...: the first word. */
const char *ocr_schedule_name(const struct ocr_schedule *s);

#endif
