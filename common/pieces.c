/*
 * pieces.c - heavy rows, cut into items; called by range kernels and ocr-sim
 */
#include "config.h"

#include "common/pieces.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 64

static int
resize(uint64_t **a, size_t n)
{
	uint64_t *b = reallocarray(*a, n, sizeof(*b));

	if (b == NULL)
		return -OCR_ENOMEM;
	*a = b;
	return 0;
}

/* Room for one more heavy row. */
static int
grow(struct ocr_pieces *p, size_t *cap)
{
	size_t n = *cap == 0 ? FIRST_CAP : *cap * 2;

	if (p->n_heavy < *cap)
		return 0;
	if (resize(&p->rows, n) < 0 || resize(&p->items, n) < 0)
		return -OCR_ENOMEM;
	*cap = n;
	return 0;
}

/* A row of more than one item. */
static int
add_heavy(struct ocr_pieces *p, size_t *cap, uint64_t row, uint64_t n_parts,
    struct ocr_err *err)
{
	if (n_parts > UINT32_MAX || n_parts - 1 > UINT64_MAX - p->n_items)
		return ocr_err_set(err, -OCR_ELIMIT,
		    "row %" PRIu64 ": too many pieces of %" PRIu32 " units",
		    row, p->limit);
	if (grow(p, cap) < 0)
		return ocr_err_nomem(err);
	p->rows[p->n_heavy] = row;
	/* n_items counts every row once, those behind this one too. */
	p->items[p->n_heavy++] = p->n_items - (p->n_rows - row);
	p->n_items += n_parts - 1;
	return 0;
}

int
ocr_pieces_init(struct ocr_pieces *p, uint64_t n_rows, uint32_t limit,
    uint64_t (*weight)(const void *arg, uint64_t row), const void *arg,
    struct ocr_err *err)
{
	size_t cap = 0;
	int r = 0;

	*p = (struct ocr_pieces){.n_rows = n_rows,
	    .n_items = n_rows,
	    .limit = limit};
	if (limit == 0)
		return 0;
	for (uint64_t row = 0; row < n_rows && r == 0; row++) {
		uint64_t w = weight(arg, row);

		if (w > limit)
			r = add_heavy(p, &cap, row, (w - 1) / limit + 1, err);
	}
	if (r < 0) {
		ocr_pieces_release(p);
	} else if (p->n_heavy > 0) { /* where that fails, too much stays */
		(void)resize(&p->rows, p->n_heavy);
		(void)resize(&p->items, p->n_heavy);
	}
	return r;
}

void
ocr_pieces_release(struct ocr_pieces *p)
{
	free(p->rows);
	free(p->items);
	memset(p, 0, sizeof(*p));
}

/* How many values of an ascending array are at most v. */
static size_t
count_up_to(const uint64_t *a, size_t n, uint64_t v)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (a[mid] <= v)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Items of heavy row h: those until the next heavy one, without the light rows
 * between them. */
static uint64_t
n_parts_of(const struct ocr_pieces *p, size_t h)
{
	bool is_last = h + 1 == p->n_heavy;
	uint64_t item = is_last ? p->n_items : p->items[h + 1];
	uint64_t row = is_last ? p->n_rows : p->rows[h + 1];

	return item - p->items[h] - (row - p->rows[h] - 1);
}

struct ocr_piece
ocr_pieces_at(const struct ocr_pieces *p, uint64_t i)
{
	size_t n = count_up_to(p->items, p->n_heavy, i);
	uint64_t part, n_parts;

	if (n == 0)
		return (struct ocr_piece){i, 0, 1};
	part = i - p->items[n - 1];
	n_parts = n_parts_of(p, n - 1);
	if (part < n_parts)
		return (struct ocr_piece){p->rows[n - 1], (uint32_t)part,
		    (uint32_t)n_parts};
	return (struct ocr_piece){p->rows[n - 1] + 1 + (part - n_parts), 0, 1};
}

uint64_t
ocr_pieces_item(const struct ocr_pieces *p, uint64_t row)
{
	size_t n = count_up_to(p->rows, p->n_heavy, row);

	if (n == 0)
		return row;
	if (p->rows[n - 1] == row)
		return p->items[n - 1];
	return p->items[n - 1] + n_parts_of(p, n - 1) +
	       (row - p->rows[n - 1] - 1);
}
