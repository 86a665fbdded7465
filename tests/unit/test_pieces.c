/*
 * test_pieces.c - rows and their pieces, against a list of all items
 */
#include "config.h"

#include <stdlib.h>

#include "common/pieces.h"
#include "tests/unit/child.h"
#include "tests/unit/tap.h"

#define MAX_ROWS 300
#define MAX_ITEMS 20000

struct rows {
	uint64_t n, weight[MAX_ROWS];
};

static uint64_t
weight_of(const void *arg, uint64_t row)
{
	const struct rows *r = arg;

	return r->weight[row];
}

static uint32_t
next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

/* Rows of several shapes: mostly light, mostly heavy, at the edge. */
static void
make_rows(struct rows *r, uint32_t limit, uint64_t *random)
{
	uint32_t shape = next_random(random) % 5;

	r->n = next_random(random) % MAX_ROWS;
	for (uint64_t i = 0; i < r->n; i++) {
		uint32_t x = next_random(random);

		r->weight[i] = shape == 0   ? x % (2 * limit)
			       : shape == 1 ? x % (40 * limit)
			       : shape == 2 ? (x % 10 == 0 ? 50 * limit : 0)
			       : shape == 3 ? limit - 1 + x % 3
					    : x % (limit + 1);
	}
}

/* One after the other, as pieces.h says. */
static size_t
expand(const struct rows *r, uint32_t limit, struct ocr_piece *items,
    uint64_t *first)
{
	size_t n = 0;

	for (uint64_t row = 0; row < r->n; row++) {
		uint64_t w = r->weight[row];
		uint32_t n_parts =
		    w <= limit ? 1 : (uint32_t)((w + limit - 1) / limit);

		first[row] = n;
		for (uint32_t part = 0; part < n_parts; part++)
			items[n++] = (struct ocr_piece){row, part, n_parts};
	}
	first[r->n] = n;
	return n;
}

static int
count_wrong(const struct ocr_pieces *p, const struct ocr_piece *items,
    const uint64_t *first)
{
	int n_wrong = 0;

	for (uint64_t i = 0; i < p->n_items; i++) {
		struct ocr_piece got = ocr_pieces_at(p, i);

		n_wrong += got.row != items[i].row ||
			   got.part != items[i].part ||
			   got.n_parts != items[i].n_parts;
	}
	for (uint64_t row = 0; row <= p->n_rows; row++)
		n_wrong += ocr_pieces_item(p, row) != first[row];
	return n_wrong;
}

static void
test_expansion(void)
{
	static struct ocr_piece items[MAX_ITEMS];
	static uint64_t first[MAX_ROWS + 1];
	static struct rows rows;
	uint64_t random = 1;

	for (int i = 0; i < 300; i++) {
		uint32_t limit = 1 + next_random(&random) % 20;
		struct ocr_pieces p;
		struct ocr_err e = {0};
		size_t n, n_heavy = 0;

		make_rows(&rows, limit, &random);
		n = expand(&rows, limit, items, first);
		for (uint64_t row = 0; row < rows.n; row++)
			n_heavy += rows.weight[row] > limit;
		if (ocr_pieces_init(&p, rows.n, limit, weight_of, &rows, &e) !=
			0 ||
		    p.n_items != n || p.n_heavy != n_heavy ||
		    count_wrong(&p, items, first) != 0) {
			ok(0, "case %d: %" PRIu64 " rows, limit %" PRIu32, i,
			    rows.n, limit);
			return;
		}
		ocr_pieces_release(&p);
	}
	ok(1, "300 random cases are as their expansions");
}

static void
test_uncut(void)
{
	struct rows rows = {3, {5, UINT64_MAX, 0}};
	struct ocr_pieces p;
	struct ocr_err e = {0};

	is_int(ocr_pieces_init(&p, 3, 0, weight_of, &rows, &e), 0, "limit 0");
	is_int((int64_t)p.n_items, 3, "rows are not cut");
	is_int((int64_t)ocr_pieces_at(&p, 2).row, 2, "item 2 is row 2");
	is_int((int64_t)ocr_pieces_item(&p, 3), 3, "the end");
	ocr_pieces_release(&p);
	is_int(ocr_pieces_init(&p, 0, 7, weight_of, NULL, &e), 0, "no rows");
	is_int((int64_t)p.n_items, 0, "no items");
	is_int((int64_t)ocr_pieces_item(&p, 0), 0, "the end");
	ocr_pieces_release(&p);
	is_int((int64_t)p.n_rows, 0, "released: zeroed");
	ocr_pieces_release(&p);
}

static uint64_t
hubs(const void *arg, uint64_t row)
{
	(void)arg;
	return row % 1000000 == 999999 ? UINT64_C(4000000000) : 1;
}

/* More items than 32 bits count. */
static void
test_many(void)
{
	struct ocr_pieces p;
	struct ocr_err e = {0};
	struct ocr_piece last;

	is_int(ocr_pieces_init(&p, 2000000, 1, hubs, NULL, &e), 0, "two hubs");
	is_int((int64_t)p.n_items, 1999998 + 8000000000, "8e9 items");
	is_int((int64_t)ocr_pieces_item(&p, 1999999), 1999998 + 4000000000,
	    "where the second begins");
	last = ocr_pieces_at(&p, p.n_items - 1);
	is_int((int64_t)last.row, 1999999, "the last item: row");
	is_int((int64_t)last.part, 3999999999, "part");
	is_int((int64_t)last.n_parts, 4000000000, "of so many");
	last = ocr_pieces_at(&p, 999999 + 4000000000);
	is_int((int64_t)last.row, 1000000, "the item behind the first hub");
	is_int((int64_t)last.n_parts, 1, "is light");
	ocr_pieces_release(&p);
}

static void
test_limits(void)
{
	struct rows rows = {2, {1, UINT64_C(3) << 32}};
	struct ocr_pieces p;
	struct ocr_err e = {0};

	is_int(ocr_pieces_init(&p, 2, 3, weight_of, &rows, &e), -OCR_ELIMIT,
	    "2^32 pieces");
	is_str(e.text, "row 1: too many pieces of 3 units", "says which");
	is_int((int64_t)p.n_items, 0, "zeroed");
	ok(p.rows == NULL && p.items == NULL, "nothing is held");
	ocr_err_clear(&e);
	rows.weight[1]--;
	is_int(ocr_pieces_init(&p, 2, 3, weight_of, &rows, &e), -OCR_ELIMIT,
	    "rounded up: the same");
	ocr_err_clear(&e);
	rows.weight[1] -= 2;
	is_int(ocr_pieces_init(&p, 2, 3, weight_of, &rows, &e), 0, "one less");
	is_int((int64_t)ocr_pieces_at(&p, p.n_items - 1).n_parts, UINT32_MAX,
	    "fits");
	ocr_pieces_release(&p);
	ocr_err_clear(&e);
	rows.weight[1] = UINT64_MAX;
	is_int(ocr_pieces_init(&p, 2, 1, weight_of, &rows, &e), -OCR_ELIMIT,
	    "all of 64 bits");
}

int
main(void)
{
	test_expansion();
	test_uncut();
	test_many();
	test_limits();
	return done();
}
