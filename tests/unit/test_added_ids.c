/*
 * test_added_ids.c - new ids get the numbers behind a graph's
 */
#include "config.h"

#include "src/added_ids.h"

#include <stdlib.h>
#include <string.h>

#include "common/random.h"
#include "tests/unit/tap.h"

static uint64_t
id_of(const struct ocr_graph *g, const struct ocr_added_ids *a, uint32_t v)
{
	return v < g->n ? ocr_graph_id(g, v) : a->ids[v - g->n];
}

static void
test_known(void)
{
	static const uint64_t ids[] = {3, 7, 20};
	struct ocr_graph sparse = {.n = 3, .ids = ids},
			 dense = {.n = 5, .first_id = 10};
	struct ocr_added_ids a;
	struct ocr_err err = {0};
	uint32_t v = 99;

	ocr_added_ids_init(&a, &sparse);
	ok(ocr_added_ids_get(&a, 7, &v, &err) == 0 && v == 1 && a.n == 0,
	    "an id of the graph");
	ok(ocr_added_ids_find(&a, 8) == OCR_NO_VERTEX, "not there");
	ok(ocr_added_ids_get(&a, 8, &v, &err) == 0 && v == 3 && a.n == 1,
	    "a new one");
	ok(ocr_added_ids_get(&a, 8, &v, &err) == 0 && v == 3 && a.n == 1,
	    "the same again");
	ok(ocr_added_ids_find(&a, 8) == 3 &&
		ocr_added_ids_find(&a, 9) == OCR_NO_VERTEX,
	    "found");
	ocr_added_ids_release(&a);
	ocr_added_ids_init(&a, &dense);
	ok(ocr_added_ids_get(&a, 14, &v, &err) == 0 && v == 4 &&
		ocr_added_ids_get(&a, 15, &v, &err) == 0 && v == 5 &&
		ocr_added_ids_get(&a, UINT64_MAX, &v, &err) == 0 && v == 6 &&
		ocr_added_ids_get(&a, 0, &v, &err) == 0 && v == 7,
	    "without a list of ids");
	ocr_added_ids_release(&a);
}

static void
test_many(void)
{
	enum { N = 200000 };
	struct ocr_graph g = {.n = 1000, .first_id = 5000};
	uint64_t *ids = malloc(N * sizeof(*ids)), s = 7;
	uint32_t *all = malloc((N + 1000) * sizeof(*all)), v;
	struct ocr_added_ids a;
	struct ocr_err err = {0};
	size_t i, n, n_bad = 0;

	ocr_added_ids_init(&a, &g);
	for (i = 0; i < N; i++) {
		ids[i] = ocr_random_below(&s, 100000) << (i % 40);
		n = a.n;
		if (ocr_added_ids_get(&a, ids[i], &v, &err) < 0 ||
		    id_of(&g, &a, v) != ids[i] || (a.n > n && v != g.n + n))
			n_bad++;
	}
	for (i = 0; i < N; i++)
		n_bad +=
		    id_of(&g, &a, ocr_added_ids_find(&a, ids[i])) != ids[i];
	ok(n_bad == 0, "many");
	n = (size_t)g.n + a.n;
	for (v = 0; v < n; v++)
		all[v] = v;
	if (ocr_added_ids_sort(&a, all, n, &err) < 0)
		n_bad++;
	for (i = 1; i < n; i++)
		n_bad += id_of(&g, &a, all[i - 1]) >= id_of(&g, &a, all[i]);
	ok(n_bad == 0, "sorted");
	ocr_added_ids_release(&a);
	free(ids);
	free(all);
}

static void
test_full(void)
{
	struct ocr_graph g = {.n = OCR_GRAPH_MAX_VERTICES - 1};
	struct ocr_added_ids a;
	struct ocr_err err = {0};
	uint32_t v = 0;

	ocr_added_ids_init(&a, &g);
	ok(ocr_added_ids_get(&a, UINT64_C(1) << 40, &v, &err) == 0 &&
		v == OCR_GRAPH_MAX_VERTICES - 1,
	    "the last number");
	ok(ocr_added_ids_get(&a, UINT64_C(1) << 41, &v, &err) == -OCR_ELIMIT &&
		strcmp(err.text, "vertex 2199023255552 is new, and a graph has "
				 "at most 4294967294") == 0,
	    "no more");
	ocr_err_clear(&err);
	ok(ocr_added_ids_get(&a, 12, &v, &err) == 0 && v == 12,
	    "those that are there are found");
	ocr_added_ids_release(&a);
}

int
main(void)
{
	test_known();
	test_many();
	test_full();
	return done();
}
