/*
 * graph_build.h - edges to rows
 */
#ifndef OCR_GRAPH_BUILD_H
#define OCR_GRAPH_BUILD_H

#include "src/graph.h"
#include "src/graph_crew.h"
#include "src/graph_source.h"

enum ocr_weigh {
	OCR_WEIGH_NONE = 0, /* plain, whatever the source has */
	OCR_WEIGH_COLUMN,   /* what the source has; 1 if it has none */
	OCR_WEIGH_UNIT,     /* 1 */
	OCR_WEIGH_UNIFORM   /* whole, [low, high], by seed and ends: an edge has
			     * the same weight both ways */
};

enum ocr_graph_order {
	OCR_ORDER_ANY = 0, /* the source's; hubs first if it has none */
	OCR_ORDER_HUBS,
	OCR_ORDER_IDS, /* graph.h: is_in_id_order */
};

struct ocr_graph_opt {
	enum ocr_graph_says direction; /* NOTHING: what the source says, and
					* directed if it says nothing */
	enum ocr_graph_order order;
	enum ocr_weigh weigh;
	uint32_t low, high;
	uint64_t seed;
	bool has_no_loops;
	bool is_simple;  /* of several arcs between two vertices the lightest
			   * remains */
	bool has_no_in;  /* directed: no rows of in-arcs */
	uint64_t add_id; /* to every id, modulo 2^64 (--base) */
};

int ocr_graph_build(struct ocr_graph **out, const struct ocr_graph_source *s,
    const struct ocr_graph_opt *opt, struct ocr_crew *crew,
    struct ocr_err *err);

#endif
