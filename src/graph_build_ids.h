/*
 * graph_build_ids.h - which ids there are, and the vertex of each
 *
 * For graph_build.c only.  Vertices are numbered by ascending id.  An id is
 * found in constant time, in one of three ways: ids that are a range are
 * subtracted from; ids that are dense enough have a bitmap with the rank of
 * each word; others a hash table of vertices, beside the sorted list.
 */
#ifndef OCR_GRAPH_BUILD_IDS_H
#define OCR_GRAPH_BUILD_IDS_H

#include "src/graph_build.h"
#include "src/graph_mix.h"
#include "src/graph_store.h"

enum ocr_ids_kind { OCR_IDS_RANGE = 0, OCR_IDS_BITMAP, OCR_IDS_HASH };

struct ocr_ids {
	enum ocr_ids_kind kind;
	uint64_t n;         /* vertices */
	uint64_t low, high; /* their first and last id; 0 if there are none */
	uint64_t first;     /* RANGE: low; BITMAP: the id of bit 0 */
	uint64_t n_bits;
	uint64_t mask;                /* HASH: slots - 1 */
	struct ocr_graph_array bits;  /* BITMAP */
	struct ocr_graph_array ranks; /* BITMAP: of the first bit of a word */
	struct ocr_graph_array list;  /* HASH: the ids */
	struct ocr_graph_array slots; /* HASH: vertices, or OCR_NO_VERTEX */
};

/* The ids of a source, which is scanned as often as needed: not at all if it
 * declares its vertices, once if they are dense and not large. */
int ocr_ids_find(struct ocr_ids *ids, const struct ocr_graph_source *s,
    struct ocr_crew *crew, struct ocr_err *err);
void ocr_ids_release(struct ocr_ids *ids); /* zeroed is fine */

/* The sorted ids, plus `add`, of a graph that is not a range; the rest of ids
 * is released. */
int ocr_ids_list(struct ocr_ids *ids, struct ocr_graph_array *list,
    uint64_t add, struct ocr_err *err);
/* Bytes held. */
uint64_t ocr_ids_bytes(const struct ocr_ids *ids);

static inline uint32_t
ocr_ids_vertex_bitmap(const struct ocr_ids *ids, uint64_t id)
{
	const uint64_t *bits = ids->bits.p;
	const uint32_t *ranks = ids->ranks.p;
	uint64_t i = id - ids->first, word, bit = (uint64_t)1 << i % 64;

	if (id < ids->first || i >= ids->n_bits)
		return OCR_NO_VERTEX;
	word = bits[i / 64];
	if ((word & bit) == 0)
		return OCR_NO_VERTEX;
	return ranks[i / 64] + (uint32_t)__builtin_popcountll(word & (bit - 1));
}

static inline uint32_t
ocr_ids_vertex_hash(const struct ocr_ids *ids, uint64_t id)
{
	const uint64_t *list = ids->list.p;
	const uint32_t *slots = ids->slots.p;
	uint64_t i = ocr_mix(id) & ids->mask;

	/* A third of the slots at least are empty. */
	while (slots[i] != OCR_NO_VERTEX && list[slots[i]] != id)
		i = (i + 1) & ids->mask;
	return slots[i];
}

/* OCR_NO_VERTEX: no such id. */
static inline uint32_t
ocr_ids_vertex(const struct ocr_ids *ids, uint64_t id)
{
	if (ids->kind == OCR_IDS_RANGE)
		return id >= ids->first && id - ids->first < ids->n
			   ? (uint32_t)(id - ids->first)
			   : OCR_NO_VERTEX;
	return ids->kind == OCR_IDS_BITMAP ? ocr_ids_vertex_bitmap(ids, id)
					   : ocr_ids_vertex_hash(ids, id);
}

#endif
