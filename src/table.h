/*
 * table.h - aligned columns of text for people
 *
 * Cells are cut off from the terminal: what is not printable ASCII becomes '?'.
 */
#ifndef OCR_TABLE_H
#define OCR_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define OCR_TABLE_COLUMNS 8

/* Starts zeroed but for n_columns. */
struct ocr_table {
	size_t n_columns;
	char **cells; /* row by row */
	size_t n_rows;
	bool is_short; /* memory ran out: some rows are missing */
};

/* Copies cells[0..n_columns); NULL and "" become "-". */
void ocr_table_add(struct ocr_table *t, const char *const *cells);
/* Write all rows; columns of nothing but "-" below a heading are left out. */
void ocr_table_write(const struct ocr_table *t, FILE *f);
void ocr_table_release(struct ocr_table *t);

#endif
