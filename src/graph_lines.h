/*
 * graph_lines.h - text with an arc on each line: from, to, perhaps a weight
 *
 * What the text formats have in common, behind their headers.  Columns are
 * parted by blanks (space, tab, \r, \v, \f); lines end with \n, the last one
 * perhaps without.  Parts are cut at places that are part_bytes apart: a line
 * belongs to the part that it begins in.
 *
 * Weights: a source of kind INT has whole ones up to 2^32 - 1, one of REAL has
 * finite ones, and scan() refuses what is not so, or negative, by its line.
 * Whoever wants no weights scans a copy of the source whose `weights` is
 * OCR_EDGE_PLAIN: the column is then stepped over, whatever it holds.
 */
#ifndef OCR_GRAPH_LINES_H
#define OCR_GRAPH_LINES_H

#include "src/graph_open.h"
#include "src/graph_source.h"
#include "src/input_map.h"

/* Of text; a part is some milliseconds' work. */
#define OCR_LINES_PART_BYTES ((size_t)1 << 20)

struct ocr_graph_lines {
	struct ocr_graph_source source; /* first; state is this struct */
	struct ocr_input_map in;
	const char *comments; /* a line that begins with one of these is one */
	size_t start;         /* where lines with arcs may begin */
	size_t part_bytes;
	uint64_t low, high;    /* ids are within */
	const char *no_weight; /* told to who has a third column and may not */
	char tag;              /* arcs begin with it and a blank; '\0': not */
	bool has_weight;       /* there is a third column */
	bool has_time;         /* and perhaps a fourth, which is stepped over */
	bool is_skew;          /* a weight is negative one way */
	bool is_full;          /* each line behind start has an arc */
	uint64_t *extra;       /* source.extra, to be freed */
};

/* What is to be done with the third column. */
enum ocr_column {
	OCR_COLUMN_NONE,
	OCR_COLUMN_SKIP,
	OCR_COLUMN_INT,
	OCR_COLUMN_REAL
};

/* A source of such lines, that has yet to be told where they start and what
 * they hold: ocr_graph_lines_done().  in is taken over when that succeeds. */
int ocr_graph_lines_new(struct ocr_graph_lines **out, const char *format,
    const struct ocr_input_map *in, struct ocr_err *err);
/* Its parts are set; in is l's now, and zeroed. */
void ocr_graph_lines_done(struct ocr_graph_lines *l, struct ocr_input_map *in,
    struct ocr_graph_source **out);
/* Before it is done: in stays the caller's. */
void ocr_graph_lines_free(struct ocr_graph_lines *l); /* NULL is fine */

/* "NAME: line N: ..." for the line of a place, -OCR_EFORMAT. */
int ocr_graph_lines_fail(const struct ocr_input_map *in, size_t at,
    struct ocr_err *err, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Where the line behind the one of `at` begins; len behind the last. */
size_t ocr_graph_lines_next(const struct ocr_input_map *in, size_t at);
/* The same, past lines that are empty or comments; at may be the first. */
size_t ocr_graph_lines_skip(const struct ocr_input_map *in, size_t at,
    const char *comments);

/* The next column of the line at *at: where it begins; NULL if there is none.
 * *n: its bytes; *at moves behind it. */
const uint8_t *ocr_graph_lines_column(const struct ocr_input_map *in,
    size_t *at, size_t *n);
/* A column as a number: false if it is none or has more than 64 bits. */
bool ocr_graph_lines_u64(const uint8_t *p, size_t n, uint64_t *out);
/* A column for messages: cut, and printable. */
struct ocr_shown {
	char text[40];
};
struct ocr_shown ocr_graph_lines_show(const uint8_t *p, size_t n);

/* The line at `at`, whatever its form: 1 = it has an arc, 0 = a comment or
 * empty, or negative: "NAME: line N: why". */
int ocr_graph_lines_read(const struct ocr_graph_lines *l, size_t at,
    enum ocr_column column, struct ocr_arc *arc, struct ocr_err *err);

/* How many columns the first line with an arc has, 0 if there is no such
 * line. */
unsigned ocr_graph_lines_columns(const struct ocr_graph_lines *l);

/* Are there n lines with arcs?  Sets is_full if no other lines are there.
 * *found: how many there are. */
bool ocr_graph_lines_are(struct ocr_graph_lines *l, uint64_t n,
    uint64_t *found);

/* Looks at all weights: INT if source.weights can be that, else REAL.  Some
 * gigabytes a second where they are INT. */
enum ocr_edge_kind ocr_graph_lines_kind(const struct ocr_graph_lines *l);

#endif
