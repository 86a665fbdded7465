/*
 * graph_build_set.h - ids that are too far apart for a bitmap, collected
 *
 * For graph_build_ids.c only.
 */
#ifndef OCR_GRAPH_BUILD_SET_H
#define OCR_GRAPH_BUILD_SET_H

#include "src/graph_build_scan.h"
#include "src/graph_store.h"

/*
 * How many different ids were seen, to some percent: HyperLogLog (Flajolet,
 * Fusy, Gandouet, Meunier, AofA 2007), by the longest run of zeros among
 * hashes.
 */
#define OCR_SET_REGISTERS 4096 /* standard error 1.6 % */
struct ocr_set_guess {
	uint8_t longest[OCR_SET_REGISTERS];
};

static inline void
ocr_set_guess_see(struct ocr_set_guess *g, uint64_t hash)
{
	uint64_t rest = hash / OCR_SET_REGISTERS;
	uint8_t *longest = &g->longest[hash % OCR_SET_REGISTERS];
	uint8_t run = (uint8_t)(rest == 0 ? 53 : __builtin_ctzll(rest) + 1);

	if (run > *longest)
		*longest = run;
}

void ocr_set_guess_join(struct ocr_set_guess *to,
    const struct ocr_set_guess *from);
uint64_t ocr_set_guess(const struct ocr_set_guess *g);

/* All ids of the source, sorted; *n of them, about `guess`; scan: without batch
 * and arg. */
int ocr_set_collect(struct ocr_graph_array *list, uint64_t *n, uint64_t guess,
    struct ocr_scan *scan, struct ocr_err *err);

#endif
