/*
 * repair_state.h - what the repair of distances knows; private to repair*.c
 */
#ifndef OCR_REPAIR_STATE_H
#define OCR_REPAIR_STATE_H

#include "src/repair.h"

#include <stdatomic.h>
#include <string.h>

#include "src/repair_list.h"

/* Not reached, where distances are whole. */
#define OCR_FAR UINT64_MAX

struct ocr_repair_edge {
	uint32_t from, to;
	double weight;
};

/* What a thread has found and not yet appended. */
#define OCR_REPAIR_BATCH 256
struct ocr_repair_found {
	_Alignas(128) uint32_t vertices[OCR_REPAIR_BATCH];
	size_t n;
	uint64_t n_arcs; /* followed, and not yet in the sum */
};

struct ocr_repair {
	const struct ocr_graph *g;
	struct ocr_crew *crew;
	struct ocr_added added; /* added.n: vertices by now */
	bool has_unit_weights, is_real, has_run;
	bool has_stopped; /* the last run; what is listed was not followed */
	uint64_t room;    /* vertices, of the arrays */
	uint64_t longest; /* a distance that counts */
	/* Whole numbers, or the bits of doubles: those that are not negative
	 * are ordered as the doubles are. */
	_Atomic uint64_t *distances;
	_Atomic uint64_t *is_listed, *has_changed; /* bitmaps */
	/* Of a run: arcs followed, counted in steps, and how many may be. */
	_Alignas(128) _Atomic uint64_t n_arcs;
	uint64_t most_arcs;
	struct ocr_repair_list list;
	struct ocr_repair_found *found; /* n_threads */
	struct ocr_repair_edge *edges;  /* of one run, or for the next */
	size_t n_edges, edges_room;
	/* Of ocr_repair_finish(): by thread, else NULL; the one that is open, and
	 * how wide they are. */
	struct ocr_repair_bins *bins;
	uint64_t bin;
	unsigned shift; /* of whole distances */
	double scale;   /* of reals */
};

/* repair_run.c: the arcs of v, which is marked no more. */
int ocr_repair_follow(struct ocr_repair *r, unsigned thread, uint32_t v,
    struct ocr_err *err);
/* v is to be followed; false: that was known. */
bool ocr_repair_mark(struct ocr_repair *r, uint64_t v);

/* repair_order.c: v got nearer. */
int ocr_repair_put_off(struct ocr_repair *r, unsigned thread, uint32_t v,
    uint64_t was, uint64_t now, struct ocr_err *err);

static inline uint64_t
ocr_repair_bits(double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

static inline double
ocr_repair_double(uint64_t bits)
{
	double x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

/* Words of a bitmap of n vertices. */
static inline size_t
ocr_repair_words(uint64_t n)
{
	return (size_t)((n + 63) / 64);
}

static inline uint64_t
ocr_repair_get(const struct ocr_repair *r, uint64_t v)
{
	return atomic_load_explicit(&r->distances[v], memory_order_relaxed);
}

#endif
