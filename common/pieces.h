/*
 * pieces.h - rows too heavy for one worker, cut into pieces
 *
 * A row (vertex) of more than `limit` units counts as ceil(weight / limit)
 * items that follow one another; all others are one item.  A kernel that can
 * begin inside a row takes items instead of rows.  16 bytes for each heavy row,
 * found once, when the graph is loaded.  Pure after init; any thread.
 */
#ifndef OCR_PIECES_H
#define OCR_PIECES_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

struct ocr_pieces {
	uint64_t n_rows, n_items;
	uint32_t limit; /* units of a piece; 0: rows are not cut */
	size_t n_heavy;
	uint64_t *rows;  /* of the heavy rows, ascending */
	uint64_t *items; /* the first item of each */
};

/* Item i is piece `part` of `n_parts` of row `row`: its units are
 * [part * limit, ...) of the row. */
struct ocr_piece {
	uint64_t row;
	uint32_t part, n_parts;
};

/* weight(arg, row): units of a row.  -OCR_ENOMEM; -OCR_ELIMIT: a row of 2^32
 * pieces, or items that 64 bits do not count.  Zeroed if it fails. */
int ocr_pieces_init(struct ocr_pieces *p, uint64_t n_rows, uint32_t limit,
    uint64_t (*weight)(const void *arg, uint64_t row), const void *arg,
    struct ocr_err *err);
void ocr_pieces_release(struct ocr_pieces *p); /* zeroed is fine */

/* Which row is item i?  i < n_items. */
struct ocr_piece ocr_pieces_at(const struct ocr_pieces *p, uint64_t i);
/* The first item of a row; n_items for n_rows. */
uint64_t ocr_pieces_item(const struct ocr_pieces *p, uint64_t row);

#endif
