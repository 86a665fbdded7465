/*
 * graph_build_ids.c - ids from a source that does not declare its vertices
 *
 * The first scan marks small ids in a bitmap; of the others it only estimates
 * how many there are.  If there are others, a second scan marks all of them, in
 * a bitmap that begins at the lowest, or collects them in a set
 * (graph_build_set.h), whichever is smaller.
 */
#include "config.h"

#include "src/graph_build_ids.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/graph_build_scan.h"
#include "src/graph_build_set.h"

/* Bits that nobody minds: 128 KiB. */
#define FREE_BITS ((uint64_t)1 << 20)
#define MAX_BITS ((uint64_t)1 << 36)

static const char numbering[] = "numbering vertices";

/* What a thread has seen. */
struct seen {
	uint64_t low, high;
	bool is_any;
	struct ocr_set_guess others;
};

struct look {
	const struct ocr_graph_source *s;
	struct ocr_ids *ids;
	struct seen *seen; /* of each thread */
};

static void
see(struct look *l, struct seen *seen, uint64_t id)
{
	uint64_t *bits = l->ids->bits.p, i = id - l->ids->first;
	uint64_t bit = (uint64_t)1 << i % 64;

	if (id < seen->low)
		seen->low = id;
	if (id > seen->high)
		seen->high = id;
	if (id < l->ids->first || i >= l->ids->n_bits)
		ocr_set_guess_see(&seen->others, ocr_mix(id));
	else if ((__atomic_load_n(&bits[i / 64], __ATOMIC_RELAXED) & bit) == 0)
		__atomic_fetch_or(&bits[i / 64], bit, __ATOMIC_RELAXED);
}

static int
see_arcs(void *arg, unsigned thread, const struct ocr_arc *arcs, size_t n,
    struct ocr_err *err)
{
	struct look *l = arg;
	size_t i;

	(void)err;
	l->seen[thread].is_any |= n > 0;
	for (i = 0; i < n; i++) {
		see(l, &l->seen[thread], arcs[i].from);
		see(l, &l->seen[thread], arcs[i].to);
	}
	return 0;
}

static int
see_extra(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct look *l = arg;

	(void)err;
	l->seen[thread].is_any |= start < end;
	for (; start < end; start++)
		see(l, &l->seen[thread], l->s->extra[start]);
	return 0;
}

/* One scan with a bitmap of n_bits from id `first`; what all threads have seen:
 * in l->seen[0]. */
static int
look(struct look *l, struct ocr_scan *scan, uint64_t first, uint64_t n_bits,
    struct ocr_err *err)
{
	unsigned t, n_threads = scan->crew->n_threads;
	int r;

	memset(l->seen, 0, n_threads * sizeof(*l->seen));
	for (t = 0; t < n_threads; t++)
		l->seen[t].low = UINT64_MAX;
	l->ids->first = first;
	l->ids->n_bits = n_bits;
	r = ocr_graph_array_alloc(&l->ids->bits, (n_bits + 63) / 64,
	    sizeof(uint64_t), "ids", 0, err);
	if (r < 0)
		return r;
	scan->batch = see_arcs;
	scan->arg = l;
	r = ocr_scan_run(scan, err);
	if (r == 0)
		r = ocr_crew_each(scan->crew, l->s->n_extra, 4096, see_extra, l,
		    err);
	for (t = 1; t < n_threads; t++) {
		struct seen *a = &l->seen[0], *b = &l->seen[t];

		a->low = a->low < b->low ? a->low : b->low;
		a->high = a->high > b->high ? a->high : b->high;
		a->is_any |= b->is_any;
		ocr_set_guess_join(&a->others, &b->others);
	}
	return r;
}

static uint64_t
count_bits(const struct ocr_ids *ids)
{
	const uint64_t *bits = ids->bits.p;
	uint64_t n = 0, i;

	for (i = 0; i < (ids->n_bits + 63) / 64; i++)
		n += (unsigned)__builtin_popcountll(bits[i]);
	return n;
}

/* Are these bits, with their ranks, smaller than a table of n ids? */
static bool
is_dense(uint64_t n_bits, uint64_t n)
{
	return n_bits <= FREE_BITS || (n_bits <= MAX_BITS && n_bits / 64 <= n);
}

static int
rank_bits(struct ocr_ids *ids, struct ocr_err *err)
{
	const uint64_t *bits = ids->bits.p;
	uint64_t n_words = (ids->n_bits + 63) / 64, i;
	uint32_t *ranks, n = 0;
	int r = ocr_graph_array_alloc(&ids->ranks, n_words, sizeof(*ranks),
	    "ids", 0, err);

	if (r < 0)
		return r;
	ranks = ids->ranks.p;
	for (i = 0; i < n_words; i++) {
		ranks[i] = n;
		n += (uint32_t)__builtin_popcountll(bits[i]);
	}
	ids->kind = OCR_IDS_BITMAP;
	return 0;
}

static int
list_bits(const struct ocr_ids *ids, struct ocr_graph_array *to, uint64_t add,
    struct ocr_err *err)
{
	const uint64_t *bits = ids->bits.p;
	uint64_t n_words = (ids->n_bits + 63) / 64, *list, n = 0, i, word;
	int r = ocr_graph_array_alloc(to, ids->n, sizeof(*list), "ids", 0, err);

	if (r < 0)
		return r;
	list = to->p;
	for (i = 0; i < n_words; i++)
		for (word = bits[i]; word != 0; word &= word - 1)
			list[n++] = ids->first + add + i * 64 +
				    (unsigned)__builtin_ctzll(word);
	return 0;
}

/* ids->list is there and sorted. */
static int
hash_list(struct ocr_ids *ids, struct ocr_err *err)
{
	const uint64_t *list = ids->list.p;
	uint64_t n_slots = 64, i, v;
	uint32_t *slots;
	int r;

	while (n_slots < ids->n + ids->n / 2)
		n_slots *= 2;
	r = ocr_graph_array_alloc(&ids->slots, n_slots, sizeof(*slots), "ids",
	    0, err);
	if (r < 0)
		return r;
	slots = ids->slots.p;
	memset(slots, 0xff, (size_t)n_slots * sizeof(*slots));
	ids->mask = n_slots - 1;
	for (v = 0; v < ids->n; v++) {
		i = ocr_mix(list[v]) & ids->mask;
		while (slots[i] != OCR_NO_VERTEX)
			i = (i + 1) & ids->mask;
		slots[i] = (uint32_t)v;
	}
	ids->kind = OCR_IDS_HASH;
	return 0;
}

static int
too_many(uint64_t n, struct ocr_err *err)
{
	return ocr_err_set(err, -OCR_ELIMIT,
	    "%" PRIu64 " vertices: at most %" PRIu64 " are possible", n,
	    OCR_GRAPH_MAX_VERTICES);
}

/* All ids are in the bitmap: in which way are they to be found? */
static int
settle_bits(struct ocr_ids *ids, const struct seen *seen, struct ocr_err *err)
{
	int r;

	ids->n = count_bits(ids);
	ids->low = seen->low;
	ids->high = seen->high;
	if (ids->n > OCR_GRAPH_MAX_VERTICES)
		return too_many(ids->n, err);
	if (seen->high - seen->low == ids->n - 1) {
		ocr_graph_array_free(&ids->bits);
		ids->first = seen->low;
		return 0; /* a range */
	}
	if (is_dense(seen->high - ids->first + 1, ids->n)) {
		ids->n_bits = seen->high - ids->first + 1;
		return rank_bits(ids, err);
	}
	r = list_bits(ids, &ids->list, 0, err);
	ocr_graph_array_free(&ids->bits);
	return r < 0 ? r : hash_list(ids, err);
}

static int
settle_list(struct ocr_ids *ids, struct ocr_err *err)
{
	const uint64_t *list = ids->list.p;

	if (ids->n > OCR_GRAPH_MAX_VERTICES)
		return too_many(ids->n, err);
	ids->low = list[0];
	ids->high = list[ids->n - 1];
	if (ids->high - ids->low != ids->n - 1)
		return hash_list(ids, err);
	ids->first = ids->low;
	ocr_graph_array_free(&ids->list);
	return 0;
}

/* Some ids are outside the bitmap of the first scan. */
static int
look_again(struct look *l, struct ocr_scan *scan, struct ocr_err *err)
{
	struct ocr_ids *ids = l->ids;
	uint64_t low = l->seen[0].low, range = l->seen[0].high - low;
	uint64_t guess = count_bits(ids) + ocr_set_guess(&l->seen[0].others);
	int r;

	ocr_graph_array_free(&ids->bits);
	scan->phase = "collecting ids";
	if (range < UINT64_MAX && is_dense(range + 1, guess)) {
		r = look(l, scan, low, range + 1, err);
		ocr_crew_phase(scan->crew, numbering, OCR_METER_ITEMS, 0);
		return r < 0 ? r : settle_bits(ids, &l->seen[0], err);
	}
	/* The estimate is good to some percent. */
	if (guess / 8 * 7 > OCR_GRAPH_MAX_VERTICES)
		return too_many(guess, err);
	r = ocr_set_collect(&ids->list, &ids->n, guess, scan, err);
	ocr_crew_phase(scan->crew, numbering, OCR_METER_ITEMS, 0);
	return r < 0 ? r : settle_list(ids, err);
}

/* So many ids are marked in the first scan: twice the file's bytes, a quarter
 * of its size in memory. */
static uint64_t
first_bits(const struct ocr_graph_source *s)
{
	uint64_t n = s->n_bytes < UINT32_MAX / 2 ? 2 * s->n_bytes : UINT32_MAX;

	return n + FREE_BITS;
}

static int
find_declared(struct ocr_ids *ids, const struct ocr_graph_source *s,
    struct ocr_err *err)
{
	ids->n = s->n_declared;
	if (ids->n > OCR_GRAPH_MAX_VERTICES)
		return too_many(ids->n, err);
	ids->first = s->first_id;
	ids->low = s->first_id;
	if (ids->low > UINT64_MAX - (ids->n - 1))
		return ocr_err_set(err, -OCR_ELIMIT,
		    "%" PRIu64 " ids from %" PRIu64 " on: beyond 2^64 - 1",
		    ids->n, ids->low);
	ids->high = ids->low + (ids->n - 1);
	return 0;
}

int
ocr_ids_find(struct ocr_ids *ids, const struct ocr_graph_source *s,
    struct ocr_crew *crew, struct ocr_err *err)
{
	struct ocr_graph_source plain = *s;
	struct ocr_scan scan = {.s = &plain, .crew = crew};
	struct look l = {.s = s, .ids = ids};
	int r;

	memset(ids, 0, sizeof(*ids));
	if (s->n_declared > 0)
		return find_declared(ids, s, err);
	/* Text is stepped over where nobody wants weights. */
	plain.weights = OCR_EDGE_PLAIN;
	l.seen = calloc(crew->n_threads, sizeof(*l.seen));
	if (l.seen == NULL)
		return ocr_err_nomem(err);
	scan.phase = "looking for ids";
	r = look(&l, &scan, 0, first_bits(s), err);
	ocr_crew_phase(crew, numbering, OCR_METER_ITEMS, 0);
	if (r == 0 && !l.seen[0].is_any)
		ocr_graph_array_free(&ids->bits);
	else if (r == 0 && l.seen[0].high < ids->n_bits)
		r = settle_bits(ids, &l.seen[0], err);
	else if (r == 0)
		r = look_again(&l, &scan, err);
	free(l.seen);
	return r;
}

void
ocr_ids_release(struct ocr_ids *ids)
{
	ocr_graph_array_free(&ids->bits);
	ocr_graph_array_free(&ids->ranks);
	ocr_graph_array_free(&ids->list);
	ocr_graph_array_free(&ids->slots);
}

int
ocr_ids_list(struct ocr_ids *ids, struct ocr_graph_array *list, uint64_t add,
    struct ocr_err *err)
{
	uint64_t *p, v;
	int r = 0;

	if (ids->kind == OCR_IDS_BITMAP) {
		ocr_graph_array_free(&ids->ranks);
		r = list_bits(ids, list, add, err);
	} else {
		*list = ids->list;
		ids->list = (struct ocr_graph_array){0};
		p = list->p;
		for (v = 0; v < ids->n; v++)
			p[v] += add;
	}
	ocr_ids_release(ids);
	return r;
}

uint64_t
ocr_ids_bytes(const struct ocr_ids *ids)
{
	return (uint64_t)ids->bits.bytes + ids->ranks.bytes + ids->list.bytes +
	       ids->slots.bytes;
}
