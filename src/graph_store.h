/*
 * graph_store.h - where the arrays of a graph are, for those who make graphs
 *
 * graph_build.c allocates them, graph_file.c maps them; nobody else looks here.
 */
#ifndef OCR_GRAPH_STORE_H
#define OCR_GRAPH_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "src/graph.h"
#include "src/input_map.h"

/* In the order of the file. */
enum ocr_graph_part {
	OCR_PART_OUT_OFFSETS,
	OCR_PART_OUT_ENDS,
	OCR_PART_OUT_WEIGHTS,
	OCR_PART_IN_OFFSETS,
	OCR_PART_IN_ENDS,
	OCR_PART_IN_WEIGHTS,
	OCR_PART_FIRST,
	OCR_PART_IDS,
	OCR_N_PARTS
};

/* Memory of ocr_huge_alloc(). */
struct ocr_graph_array {
	void *p;
	size_t bytes;
};

struct ocr_graph_store {
	struct ocr_graph_array own[OCR_N_PARTS]; /* built */
	struct ocr_input_map in;                 /* mapped */
};

/* n zeroed items; all: bytes that are needed in all, for the message when they
 * are not there; 0: not known. */
int ocr_graph_array_alloc(struct ocr_graph_array *a, uint64_t n, size_t size,
    const char *what, uint64_t all, struct ocr_err *err);
/* Would so many bytes more be too many for this machine?  Memory is only taken
 * when it is written to, and then there is nobody to tell.  at_least: "" or
 * "at least ". */
int ocr_graph_room_check(uint64_t bytes, const char *at_least,
    struct ocr_err *err);
/* What the text of /proc/meminfo says is free; UINT64_MAX: it does not. */
uint64_t ocr_graph_room(const char *meminfo);
void ocr_graph_array_free(struct ocr_graph_array *a); /* zeroed is fine */
/* Only the first bytes are still needed: the system gets the rest back. */
void ocr_graph_array_cut(struct ocr_graph_array *a, size_t bytes);

/* An empty graph with its store. */
int ocr_graph_new(struct ocr_graph **out, struct ocr_err *err);
/* Bytes of an item of a part (weights: by kind). */
size_t ocr_graph_part_size(const struct ocr_graph *g, enum ocr_graph_part part);
/* How many items of a part there are, by n, n_arcs and what else is known; 0:
 * this graph has no such part.  has_in, has_ids: else not known before they are
 * there. */
uint64_t ocr_graph_part_items(const struct ocr_graph *g,
    enum ocr_graph_part part, bool has_in, bool has_ids);
/* Where a part is, or is to be. */
const void *ocr_graph_part(const struct ocr_graph *g, enum ocr_graph_part part);
void ocr_graph_set_part(struct ocr_graph *g, enum ocr_graph_part part,
    const void *p);

#endif
