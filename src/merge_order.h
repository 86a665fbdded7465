/*
 * merge_order.h - chunks by number: each once, and a word on every other one
 *
 * Chunks are handed on in the order of their numbers.  The one that is next
 * goes on as it is; only early ones are copied (spill.h).  What is damaged,
 * missing or doubled is said at once, by number and place, 20 lines at most.
 * For merge.c.  One thread.
 */
#ifndef OCR_MERGE_ORDER_H
#define OCR_MERGE_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/chunk.h"
#include "common/err.h"
#include "common/ui.h"
#include "src/spill.h"

struct ocr_merge_order {
	struct ocr_ui *ui;
	/* The next chunk; negative ends the run. */
	int (*put)(void *ctx, const struct ocr_chunk *c, struct ocr_err *err);
	void *ctx;
	struct ocr_spill spill;
	/* Of the current stream: all its parts together. */
	uint64_t next;      /* number that is to be handed on */
	uint64_t n_doubled; /* chunks that came twice */
	uint64_t n_bytes;   /* raw bytes handed on, in order ... */
	uint32_t crc;       /* ... and their CRC */
	/* private: where the last chunk ended */
	struct ocr_origin *last;
	uint64_t last_end;
	/* Of all streams. */
	uint64_t n_problems;
	bool is_broken; /* a number will never come: nothing is handed on */
};

void ocr_merge_order_init(struct ocr_merge_order *o, struct ocr_ui *ui,
    const char *temp_dir, uint64_t memory_bytes);

/* A loaded chunk of the current stream. */
int ocr_merge_order_put(struct ocr_merge_order *o, struct ocr_chunk *c,
    struct ocr_err *err);

/* A chunk that cannot be used, because of 'why' (its text begins with the
 * chunk); it takes its place in the order. */
int ocr_merge_order_put_bad(struct ocr_merge_order *o, struct ocr_chunk *c,
    const struct ocr_err *why, struct ocr_err *err);

/* The stream has ended; n_expected chunks were to come with all its parts.
 * Its fields above stay until begin. */
int ocr_merge_order_end(struct ocr_merge_order *o, uint64_t n_expected,
    struct ocr_err *err);
void ocr_merge_order_begin(struct ocr_merge_order *o);

/* How many problems were not shown, if any. */
void ocr_merge_order_summary(struct ocr_merge_order *o);

void ocr_merge_order_release(struct ocr_merge_order *o);

#endif
