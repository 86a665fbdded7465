/*
 * pagerank_parts.c - components of an undirected graph
 *
 * Components: a forest of rows in which a row's parent has a higher number, so
 * that hubs are roots.  First every row is joined with two of its ends, which
 * leaves one large component in most graphs; the other arcs of rows that are in
 * it need not be looked at, because an arc from elsewhere is in a row there,
 * too.  (Sutton, Ben-Nun, Barak, "Optimizing Parallel Graph Connectivity
 * Computation via Subgraph Sampling", IPDPS 2018.)
 */
#include "config.h"

#include "src/pagerank_parts.h"

#include <stdatomic.h>
#include <stdbool.h>

#include "common/huge.h"

#define BLOCK ((uint64_t)4096)
#define N_FIRST 2    /* ends that all rows are joined with */
#define N_SAMPLES 64 /* rows asked which component is the large one */

struct forest {
	const struct ocr_rank_rows *r;
	float *spread;
	uint32_t large; /* its root */
	_Atomic uint32_t *parents;
	_Atomic uint64_t *n_arcs;     /* of each root's component but large */
	_Atomic uint32_t *n_vertices; /* of each root's component but large */
};

static uint64_t
n_blocks(const struct ocr_rank_rows *r)
{
	return (r->n_rows + BLOCK - 1) / BLOCK;
}

static uint64_t
rows_before(const struct ocr_rank_rows *r, uint64_t block)
{
	return block * BLOCK < r->n_rows ? block * BLOCK : r->n_rows;
}

static uint32_t
get(_Atomic uint32_t *p)
{
	return atomic_load_explicit(p, memory_order_relaxed);
}

/* Paths are halved on the way: an older ancestor that another thread writes over
 * a newer one is an ancestor all the same. */
static uint32_t
find_root(struct forest *f, uint32_t i)
{
	uint32_t parent = get(&f->parents[i]), above;

	while (parent != i) {
		above = get(&f->parents[parent]);
		if (above != parent)
			atomic_store_explicit(&f->parents[i], above,
			    memory_order_relaxed);
		i = parent;
		parent = above;
	}
	return i;
}

static void
join(struct forest *f, uint32_t i, uint32_t k)
{
	uint32_t low;

	for (;;) {
		i = find_root(f, i);
		k = find_root(f, k);
		if (i == k)
			return;
		low = i < k ? i : k;
		i = i < k ? k : i;
		k = low;
		if (atomic_compare_exchange_strong(&f->parents[k], &low, i))
			return;
	}
}

static int
plant(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct forest *f = arg;

	(void)thread;
	(void)err;
	for (uint64_t i = rows_before(f->r, start); i < rows_before(f->r, end);
	     i++)
		atomic_init(&f->parents[i], (uint32_t)i);
	return 0;
}

static int
join_first(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct forest *f = arg;
	const struct ocr_rank_rows *r = f->r;

	(void)thread;
	(void)err;
	for (uint64_t i = rows_before(r, start); i < rows_before(r, end); i++)
		for (uint64_t k = r->offsets[i];
		     k < r->offsets[i + 1] && k < r->offsets[i] + N_FIRST; k++)
			join(f, (uint32_t)i, r->ends[k]);
	return 0;
}

/* Any answer will do: it decides what is looked at, not what comes out. */
static uint32_t
find_large(struct forest *f)
{
	uint32_t roots[N_SAMPLES], large = 0;
	unsigned n = 0, most = 0;

	for (unsigned i = 0; i < N_SAMPLES; i++)
		roots[i] =
		    find_root(f, (uint32_t)(f->r->n_rows * i / N_SAMPLES));
	for (unsigned i = 0; i < N_SAMPLES; i++, n = 0) {
		for (unsigned k = 0; k < N_SAMPLES; k++)
			n += roots[k] == roots[i];
		if (n > most) {
			most = n;
			large = roots[i];
		}
	}
	return large;
}

static int
join_others(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct forest *f = arg;
	const struct ocr_rank_rows *r = f->r;

	(void)thread;
	(void)err;
	for (uint64_t i = r->units[start]; i < r->units[end]; i++) {
		if (find_root(f, (uint32_t)i) == find_root(f, f->large))
			continue;
		for (uint64_t k = r->offsets[i] + N_FIRST;
		     k < r->offsets[i + 1]; k++)
			join(f, (uint32_t)i, r->ends[k]);
	}
	return 0;
}

static int
count_others(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct forest *f = arg;
	const struct ocr_rank_rows *r = f->r;

	(void)thread;
	(void)err;
	for (uint64_t i = rows_before(r, start); i < rows_before(r, end); i++) {
		uint32_t root = find_root(f, (uint32_t)i);

		if (root == f->large)
			continue;
		atomic_fetch_add_explicit(&f->n_arcs[root],
		    r->offsets[i + 1] - r->offsets[i], memory_order_relaxed);
		atomic_fetch_add_explicit(&f->n_vertices[root], 1,
		    memory_order_relaxed);
	}
	return 0;
}

/* The large component has what the others have not. */
static void
count_large(struct forest *f)
{
	uint64_t n_arcs = f->r->n_arcs, n_vertices = f->r->n_rows;

	for (uint64_t i = 0; i < f->r->n_rows; i++) {
		n_arcs -= f->n_arcs[i];
		n_vertices -= f->n_vertices[i];
	}
	f->n_arcs[f->large] = n_arcs;
	f->n_vertices[f->large] = (uint32_t)n_vertices;
}

static int
set_spread(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct forest *f = arg;

	(void)thread;
	(void)err;
	for (uint64_t i = rows_before(f->r, start); i < rows_before(f->r, end);
	     i++) {
		uint32_t root = find_root(f, (uint32_t)i);

		f->spread[i] = (float)((double)f->n_vertices[root] /
				       (double)f->n_arcs[root]);
	}
	return 0;
}

static int
make_spread(struct forest *f, struct ocr_crew *crew, struct ocr_err *err)
{
	uint64_t n = n_blocks(f->r);
	int rc;

	rc = ocr_crew_each(crew, n, 1, plant, f, err);
	if (rc == 0)
		rc = ocr_crew_each(crew, n, 1, join_first, f, err);
	if (rc < 0)
		return rc;
	f->large = find_large(f);
	rc = ocr_crew_each(crew, f->r->n_units, 1, join_others, f, err);
	if (rc < 0)
		return rc;
	f->large = find_root(f, f->large);
	rc = ocr_crew_each(crew, n, 1, count_others, f, err);
	if (rc < 0)
		return rc;
	count_large(f);
	return ocr_crew_each(crew, n, 1, set_spread, f, err);
}

int
ocr_rank_parts(const struct ocr_rank_rows *r, float *spread,
    struct ocr_crew *crew, struct ocr_err *err)
{
	struct forest f = {.r = r, .spread = spread};
	size_t n = (size_t)r->n_rows;
	int rc = -OCR_ENOMEM;

	if (n == 0)
		return 0;
	f.parents = ocr_huge_alloc(n * sizeof(*f.parents), "components", err);
	f.n_arcs = ocr_huge_alloc(n * sizeof(*f.n_arcs), "components", err);
	f.n_vertices =
	    ocr_huge_alloc(n * sizeof(*f.n_vertices), "components", err);
	if (f.parents != NULL && f.n_arcs != NULL && f.n_vertices != NULL)
		rc = make_spread(&f, crew, err);
	ocr_huge_free(f.parents, n * sizeof(*f.parents));
	ocr_huge_free(f.n_arcs, n * sizeof(*f.n_arcs));
	ocr_huge_free(f.n_vertices, n * sizeof(*f.n_vertices));
	return rc;
}
