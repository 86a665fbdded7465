/*
 * repair_order.c - what a run has left, nearest first; see repair.h
 *
 * Vertices wait in bins by their distance, each thread's in lists of its own.
 * One bin is open at a time: what gets nearer within it is followed again, so
 * bins are narrow (Meyer, Sanders, "Delta-stepping: a parallelizable shortest
 * path algorithm", J. Algorithms 49 (2003)).  A vertex is marked until it is
 * followed.  If it gets nearer, it is put into a nearer bin as well, and passed
 * over in the other one.
 */
#include "config.h"

#include "src/repair_state.h"

#include <math.h>
#include <stdlib.h>

/* Bins from the open one on that have lists: a power of two. */
#define RING 256
#define NO_BIN UINT64_MAX
/* Up to here a bin of reals is exact in a double; those after share it. */
#define LAST_BIN 0x1p52

/* Vertices that one thread follows in one go; so many are not worth waking
 * another. */
#define GRAIN 32
#define AHEAD 16

struct list {
	uint32_t *vertices;
	size_t n, room;
};

/* One thread's. */
struct ocr_repair_bins {
	struct list ring[RING]; /* by bin, modulo */
	struct list later;      /* beyond */
	uint64_t later_bin;     /* the first there */
	struct list again;      /* of the open bin */
	char pad[64];           /* the next one is another thread's */
};

struct open_bin {
	struct ocr_repair *r;
	struct list list;
};

static uint64_t
bin_of(const struct ocr_repair *r, uint64_t distance)
{
	double bin;

	if (!r->is_real)
		return distance >> r->shift;
	bin = ocr_repair_double(distance) * r->scale;
	return (uint64_t)(bin < LAST_BIN ? bin : LAST_BIN);
}

static int
add(struct list *l, uint32_t v, struct ocr_err *err)
{
	size_t room = l->room * 2 + 64;
	uint32_t *p;

	if (l->n == l->room) {
		if (room > SIZE_MAX / sizeof(*p))
			return ocr_err_nomem(err);
		p = realloc(l->vertices, room * sizeof(*p));
		if (p == NULL)
			return ocr_err_nomem(err);
		l->vertices = p;
		l->room = room;
	}
	l->vertices[l->n++] = v;
	return 0;
}

static int
put(const struct ocr_repair *r, struct ocr_repair_bins *b, uint32_t v,
    uint64_t bin, struct ocr_err *err)
{
	if (bin - r->bin < RING)
		return add(&b->ring[bin % RING], v, err);
	if (bin < b->later_bin)
		b->later_bin = bin;
	return add(&b->later, v, err);
}

int
ocr_repair_put_off(struct ocr_repair *r, unsigned thread, uint32_t v,
    uint64_t was, uint64_t now, struct ocr_err *err)
{
	struct ocr_repair_bins *b = &r->bins[thread];
	uint64_t bin = bin_of(r, now);

	/* Marked: it is in the bin of the longer one. */
	if (!ocr_repair_mark(r, v) && bin_of(r, was) == bin)
		return 0;
	return bin == r->bin ? add(&b->again, v, err) : put(r, b, v, bin, err);
}

static int
follow_some(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct open_bin *o = arg;
	uint64_t i;
	int status = 0;

	for (i = start; status == 0 && i < end; i++)
		status =
		    ocr_repair_follow(o->r, thread, o->list.vertices[i], err);
	return status;
}

/* Those whose distance is still in the open bin. */
static int
take_bin(struct open_bin *o, struct ocr_err *err)
{
	struct ocr_repair *r = o->r;
	unsigned t;
	size_t i;
	int status = 0;

	o->list.n = 0;
	for (t = 0; t < r->crew->n_threads; t++) {
		struct list *l = &r->bins[t].ring[r->bin % RING];

		for (i = 0; status == 0 && i < l->n; i++) {
			uint32_t v = l->vertices[i];

			if (i + AHEAD < l->n)
				__builtin_prefetch(
				    (void *)&r
					->distances[l->vertices[i + AHEAD]]);
			if (bin_of(r, ocr_repair_get(r, v)) == r->bin)
				status = add(&o->list, v, err);
		}
		l->n = 0;
	}
	return status;
}

/* Those that got nearer meanwhile. */
static int
take_again(struct open_bin *o, struct ocr_err *err)
{
	struct ocr_repair *r = o->r;
	unsigned t;
	size_t i;
	int status = 0;

	o->list.n = 0;
	for (t = 0; t < r->crew->n_threads; t++) {
		struct list *l = &r->bins[t].again;

		for (i = 0; status == 0 && i < l->n; i++)
			status = add(&o->list, l->vertices[i], err);
		l->n = 0;
	}
	return status;
}

static int
follow_bin(struct open_bin *o, struct ocr_err *err)
{
	int status = take_bin(o, err);

	while (status == 0 && o->list.n > 0) {
		status = ocr_crew_each(o->r->crew, o->list.n, GRAIN,
		    follow_some, o, err);
		if (status == 0)
			status = take_again(o, err);
	}
	return status;
}

static uint64_t
first_later(const struct ocr_repair *r)
{
	uint64_t bin = NO_BIN;
	unsigned t;

	for (t = 0; t < r->crew->n_threads; t++)
		if (r->bins[t].later_bin < bin)
			bin = r->bins[t].later_bin;
	return bin;
}

/* After the open one. */
static uint64_t
first_of_ring(const struct ocr_repair *r)
{
	unsigned i, t;

	for (i = 1; i < RING; i++)
		for (t = 0; t < r->crew->n_threads; t++)
			if (r->bins[t].ring[(r->bin + i) % RING].n > 0)
				return r->bin + i;
	return NO_BIN;
}

/* The ring begins with another bin: some of what is later is not so any more;
 * what got nearer was put elsewhere. */
static int
put_later(struct ocr_repair *r, struct ocr_err *err)
{
	unsigned t;
	size_t i;
	int status = 0;

	for (t = 0; t < r->crew->n_threads; t++) {
		struct ocr_repair_bins *b = &r->bins[t];
		struct list later = b->later;

		b->later = (struct list){0};
		b->later_bin = NO_BIN;
		for (i = 0; status == 0 && i < later.n; i++) {
			uint32_t v = later.vertices[i];
			uint64_t bin = bin_of(r, ocr_repair_get(r, v));

			if (bin >= r->bin)
				status = put(r, b, v, bin, err);
		}
		free(later.vertices);
	}
	return status;
}

static int
follow_bins(struct open_bin *o, struct ocr_err *err)
{
	struct ocr_repair *r = o->r;
	uint64_t bin, later;
	int status = 0;

	while (status == 0) {
		bin = first_of_ring(r);
		later = first_later(r);
		if (bin == NO_BIN && later == NO_BIN)
			break;
		r->bin = later < bin ? later : bin;
		if (later <= bin)
			status = put_later(r, err);
		if (status == 0)
			status = follow_bin(o, err);
	}
	return status;
}

/* What is marked, into the first thread's `later`. */
static int
take_marks(struct ocr_repair *r, struct ocr_err *err)
{
	size_t n_words = ocr_repair_words(r->added.n), i;
	struct ocr_repair_bins *b = &r->bins[0];
	uint64_t word, bin;
	uint32_t v;
	int status = 0;

	for (i = 0; i < n_words; i++) {
		word = r->is_listed[i];
		for (; word > 0 && status == 0; word &= word - 1) {
			v = (uint32_t)(i * 64 +
				       (unsigned)__builtin_ctzll(word));
			bin = bin_of(r, ocr_repair_get(r, v));
			if (bin < b->later_bin)
				b->later_bin = bin;
			status = add(&b->later, v, err);
		}
	}
	return status;
}

static void
free_bins(struct ocr_repair *r)
{
	unsigned t;
	size_t i;

	for (t = 0; t < r->crew->n_threads; t++) {
		for (i = 0; i < RING; i++)
			free(r->bins[t].ring[i].vertices);
		free(r->bins[t].later.vertices);
		free(r->bins[t].again.vertices);
	}
	free(r->bins);
	r->bins = NULL;
}

int
ocr_repair_finish(struct ocr_repair *r, double width, struct ocr_err *err)
{
	struct open_bin o = {.r = r};
	unsigned t;
	int e, status;

	r->bins = calloc(r->crew->n_threads, sizeof(*r->bins));
	if (r->bins == NULL)
		return ocr_err_nomem(err);
	for (t = 0; t < r->crew->n_threads; t++)
		r->bins[t].later_bin = NO_BIN;
	(void)frexp(width, &e);
	r->scale = ldexp(1, 1 - e);
	r->shift = e < 1 ? 0 : e > 64 ? 63 : (unsigned)e - 1;
	r->bin = 0;
	r->has_stopped = false;
	status = take_marks(r, err);
	if (status == 0)
		status = follow_bins(&o, err);
	for (t = 0; t < r->crew->n_threads; t++)
		r->found[t].n_arcs = 0;
	free(o.list.vertices);
	free_bins(r);
	return status;
}
