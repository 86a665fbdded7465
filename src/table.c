/*
 * table.c - see table.h
 */
#include "config.h"

#include "src/table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static char *
copy_cell(const char *text)
{
	char *cell = strdup(text == NULL || *text == '\0' ? "-" : text);

	for (char *s = cell; s != NULL && *s != '\0'; s++) {
		if (*s < 0x20 || *s > 0x7e)
			*s = '?';
	}
	return cell;
}

void
ocr_table_add(struct ocr_table *t, const char *const *cells)
{
	size_t at = t->n_rows * t->n_columns;
	char **all;

	assert(t->n_columns <= OCR_TABLE_COLUMNS);
	all = realloc(t->cells, (at + t->n_columns) * sizeof(*all));
	if (all == NULL) {
		t->is_short = true;
		return;
	}
	t->cells = all;
	t->n_rows++;
	for (size_t i = 0; i < t->n_columns; i++) {
		all[at + i] = copy_cell(cells[i]);
		if (all[at + i] == NULL)
			t->is_short = true;
	}
}

static const char *
get(const struct ocr_table *t, size_t row, size_t column)
{
	const char *cell = t->cells[row * t->n_columns + column];

	return cell == NULL ? "" : cell;
}

/* Of a column; 0: it says nothing. */
static size_t
column_width(const struct ocr_table *t, size_t column)
{
	size_t width = 0, len;
	bool is_empty = t->n_rows > 1;

	for (size_t row = 0; row < t->n_rows; row++) {
		len = strlen(get(t, row, column));
		width = len > width ? len : width;
		if (row > 0 && strcmp(get(t, row, column), "-") != 0)
			is_empty = false;
	}
	return is_empty ? 0 : width;
}

void
ocr_table_write(const struct ocr_table *t, FILE *f)
{
	size_t width[OCR_TABLE_COLUMNS] = {0}, last = 0;

	for (size_t i = 0; i < t->n_columns; i++) {
		width[i] = column_width(t, i);
		if (width[i] > 0)
			last = i;
	}
	for (size_t row = 0; row < t->n_rows; row++) {
		for (size_t i = 0; i <= last; i++) {
			if (i < last && width[i] > 0)
				fprintf(f, "%-*s  ", (int)width[i],
				    get(t, row, i));
			else if (width[i] > 0)
				fputs(get(t, row, i), f);
		}
		putc('\n', f);
	}
}

void
ocr_table_release(struct ocr_table *t)
{
	for (size_t i = 0; i < t->n_rows * t->n_columns; i++)
		free(t->cells[i]);
	free(t->cells);
	*t = (struct ocr_table){0};
}
