/*
 * cards.h - graph programs on cards and threads together
 *
 * One level of a search, or one iteration, is a sweep over blocks of vertices by
 * all workers of the crew: threads do with their blocks what k_scatter and
 * k_gather (kernels/k_graph.h) do on cards.  What cards say is checked for
 * bounds as it comes; whether it is right says the program's verification.
 *
 * The plain programs (bfs.h, sssp.h, pagerank.h) are several times as fast on
 * threads alone.  Thread rule: the crew's thread.
 */
#ifndef OCR_CARDS_H
#define OCR_CARDS_H

#include "src/bfs.h"
#include "src/card_graph.h"
#include "src/cards_choice.h"
#include "src/cards_weights.h"
#include "src/graph_crew.h"
#include "src/pagerank.h"
#include "src/sssp.h"

struct ocr_cards {
	struct ocr_crew *crew;
	struct ocr_range_loop *loop; /* over all its workers */
	struct ocr_card_graph *card;
	const struct ocr_graph *g;
	struct ocr_cards_weights weights;
	const uint32_t *out_weights, *in_weights; /* SSSP */
	uint32_t *ones;                           /* of a plain graph */
	/* PageRank, by push; see cards_places.h.  slots: offsets of in-rows,
	 * of its own where the graph has none. */
	uint32_t *places;
	const uint64_t *slots;
	uint64_t *own_slots;
	const uint32_t **owners; /* card_graph.h */
	struct ocr_cards_choice choice;
	/* The card's own, where it works in the host's memory; or NULL. */
	struct ocr_cards_home {
		void *at;
		size_t cap;
	} homes[2];
};

enum ocr_cards_array { OCR_CARDS_ACTIVE = 0, OCR_CARDS_VALUES };

/* Open the crew's cards for a program (K_GRAPH_BFS ...), and wait until they
 * hold the graph: somebody has asked for them.  card->drivers were the team's;
 * ocr_card_graph_fits(g). */
int ocr_cards_open(struct ocr_cards *c, struct ocr_card_graph *card,
    struct ocr_crew *crew, const struct ocr_graph *g, uint32_t program,
    struct ocr_err *err);
void ocr_cards_close(struct ocr_cards *c); /* zeroed is fine */

/* Zeroed memory for active or values of sweeps; one of each at a time.  NULL:
 * what is too large. */
void *ocr_cards_alloc(struct ocr_cards *c, enum ocr_cards_array array,
    size_t bytes, const char *what, struct ocr_err *err);
void ocr_cards_free(struct ocr_cards *c, void *p, size_t bytes);

/* A sweep: body on threads, merge of what cards did, the same arg for both.
 * rows and active say what it weighs.  active and values as in card_graph.h. */
int ocr_cards_sweep(struct ocr_cards *c, bool is_push, const uint64_t *active,
    const uint32_t *values,
    int (*body)(void *arg, unsigned thread, uint64_t start, uint64_t end,
	struct ocr_err *err),
    int (*merge)(void *arg, uint64_t start, uint64_t end, const uint32_t *slots,
	struct ocr_err *err),
    void *arg, struct ocr_err *err);

/* As ocr_bfs_run; opened for K_GRAPH_BFS. */
int ocr_cards_bfs(struct ocr_cards *c, uint32_t source,
    const struct ocr_bfs_opt *opt, uint32_t *parents, uint32_t *levels,
    struct ocr_bfs_result *result, struct ocr_err *err);

/* Opened for K_GRAPH_SSSP: whole weights.  distances (n): UINT32_MAX: not
 * reached.  -OCR_ELIMIT: one is 2^32 - 2 or more.  delta: width of a window, at
 * least 1. */
int ocr_cards_sssp(struct ocr_cards *c, uint32_t source, double delta,
    uint32_t *distances, struct ocr_err *err);
/* A delta for that graph. */
double ocr_cards_sssp_delta(const struct ocr_cards *c);
/* Such distances as a result. */
void ocr_cards_sssp_sum(const struct ocr_graph *g, const uint32_t *distances,
    struct ocr_distances *out);

enum ocr_cards_how { OCR_CARDS_AUTO = 0, OCR_CARDS_PUSH, OCR_CARDS_PULL };

/* Opened for K_GRAPH_PAGERANK: scores (n) are floats, so a tolerance below 1e-5
 * may never be reached.  out->scores is scores.  AUTO: by cards_choice.h, which
 * goes by earlier runs, too; a graph without in-rows is pushed. */
int ocr_cards_pagerank(struct ocr_cards *c, const struct ocr_pagerank_opt *opt,
    enum ocr_cards_how how, float *scores, struct ocr_scores *out,
    struct ocr_err *err);

#endif
