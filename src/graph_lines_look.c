/*
 * graph_lines_look.c - what lines with arcs hold, before they are scanned: see
 * graph_lines.h
 */
#include "config.h"

#include "src/graph_lines.h"

#include <string.h>

#include "src/graph_words.h"
#include "src/newlines.h"

/* Bytes looked at in one step, a bit each. */
#define STEP 64
/* A number of so many digits may be more than 2^32 - 1. */
#define LONG_DIGITS 10

unsigned
ocr_graph_lines_columns(const struct ocr_graph_lines *l)
{
	size_t at = ocr_graph_lines_skip(&l->in, l->start, l->comments), n;
	unsigned columns = 0;

	/* Few are allowed; lines may be long. */
	while (columns < 8 && ocr_graph_lines_column(&l->in, &at, &n) != NULL)
		columns++;
	return columns;
}

bool
ocr_graph_lines_are(struct ocr_graph_lines *l, uint64_t n, uint64_t *found)
{
	const struct ocr_input_map *in = &l->in;
	size_t at = l->start;

	*found = ocr_newlines_count(in->data + at, in->len - at);
	if (in->len > at && in->data[in->len - 1] != '\n')
		++*found;
	l->is_full = *found == n;
	if (l->is_full)
		return true;
	*found = 0;
	while ((at = ocr_graph_lines_skip(in, at, l->comments)) < in->len) {
		++*found;
		at = ocr_graph_lines_next(in, at);
	}
	return *found == n;
}

/* A bit for each of the STEP bytes at p that is a digit, and whether there are
 * others than digits and blanks. */
static uint64_t
digits_at(const uint8_t *p, bool *is_odd)
{
	uint64_t digits = 0, odd = 0, w, t, no_digit, dark;
	unsigned i;

	for (i = 0; i < STEP; i += 8) {
		w = ocr_load_le64(p + i);
		t = w ^ OCR_BYTES(0x30);
		/* The top bit of each byte that is no digit, more than ' '. */
		no_digit = (((t & OCR_BYTES(0x7f)) + OCR_BYTES(0x76)) | t) &
			   OCR_BYTES(0x80);
		dark = (((w & OCR_BYTES(0x7f)) + OCR_BYTES(0x5f)) | w) &
		       OCR_BYTES(0x80);
		odd |= no_digit & dark;
		/* The eight top bits, side by side. */
		digits |= (((no_digit ^ OCR_BYTES(0x80)) >> 7) *
				  UINT64_C(0x0102040810204080) >>
			      56)
			  << i;
	}
	*is_odd = odd != 0;
	return digits;
}

/* May there be something at p that makes weights REAL? */
static bool
is_suspect(const uint8_t *p)
{
	bool is_odd;
	uint64_t d = digits_at(p, &is_odd);

	/* Bits that begin a run of 2, 4, 8, 10. */
	d &= d >> 1;
	return is_odd || ((d & d >> 2) & (d & d >> 2) >> 4 & d >> 8) != 0;
}

/* Whether the weight of the line is of kind INT; without an arc it is. */
static bool
is_int_line(const struct ocr_graph_lines *l, size_t at)
{
	const uint8_t *p;
	uint64_t v;
	size_t n;
	unsigned i;

	p = ocr_graph_lines_column(&l->in, &at, &n);
	if (p == NULL || (*p != '\0' && strchr(l->comments, *p) != NULL))
		return true;
	for (i = 0; i < 2 && p != NULL; i++)
		p = ocr_graph_lines_column(&l->in, &at, &n);
	return p == NULL || (ocr_graph_lines_u64(p, n, &v) && v <= UINT32_MAX);
}

enum ocr_edge_kind
ocr_graph_lines_kind(const struct ocr_graph_lines *l)
{
	const struct ocr_input_map *in = &l->in;
	size_t at = ocr_graph_lines_skip(in, l->start, l->comments), line = at;
	const uint8_t *nl;

	/* line: one that begins before at, and is not known to be INT. */
	while (at < in->len) {
		if (in->len - at >= STEP && !is_suspect(in->data + at)) {
			/* Runs that go over the end are seen again. */
			at += STEP - LONG_DIGITS + 1;
			continue;
		}
		nl = at > line ? memrchr(in->data + line, '\n', at - line)
			       : NULL;
		if (nl != NULL)
			line = (size_t)(nl + 1 - in->data);
		if (!is_int_line(l, line))
			return OCR_EDGE_REAL;
		line = ocr_graph_lines_next(in, line);
		if (at < line)
			at = line;
	}
	return OCR_EDGE_INT;
}
