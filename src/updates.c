/*
 * updates.c - see updates.h
 */
#include "config.h"

#include "src/updates.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/io.h"
#include "src/graph_lines.h"

#define TEXT_BYTES ((size_t)1 << 18) /* a line has no more */

enum { LINE_COMMENT = 0, LINE_ARC, LINE_EMPTY };

int
ocr_updates_open(struct ocr_updates *u, const char *path, bool has_weights,
    struct ocr_err *err)
{
	bool is_stdin = strcmp(path, "-") == 0;

	*u = (struct ocr_updates){.fd = -1,
	    .is_stdin = is_stdin,
	    .has_weights = has_weights,
	    .name = is_stdin ? "standard input" : path};
	u->text = malloc(TEXT_BYTES);
	if (u->text == NULL)
		return ocr_err_nomem(err);
	u->fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (u->fd >= 0)
		return 0;
	(void)ocr_err_sys(err, "cannot open %s", path);
	ocr_updates_close(u);
	return err->code;
}

void
ocr_updates_close(struct ocr_updates *u)
{
	if (!u->is_stdin && u->fd >= 0)
		close(u->fd);
	free(u->text);
	free(u->arcs);
	*u = (struct ocr_updates){.fd = -1};
}

static int
fill(struct ocr_updates *u, struct ocr_err *err)
{
	int64_t n;

	memmove(u->text, u->text + u->start, u->end - u->start);
	u->end -= u->start;
	u->start = 0;
	if (u->end == TEXT_BYTES)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%.200s: line %" PRIu64 ": longer than %zu bytes", u->name,
		    u->n_lines + 1, TEXT_BYTES);
	n = ocr_read_some(u->fd, u->text + u->end, TEXT_BYTES - u->end, u->name,
	    -1, err);
	if (n < 0)
		return (int)n;
	u->has_ended = n == 0;
	u->end += (size_t)n;
	return 0;
}

/* 1: text[start] to [*end - 1] is a line; the last one may have no end. */
static int
find_line(struct ocr_updates *u, size_t *end, struct ocr_err *err)
{
	size_t seen = 0; /* behind start: no line ends there */
	const uint8_t *nl;
	int r;

	for (;;) {
		nl = memchr(u->text + u->start + seen, '\n',
		    u->end - u->start - seen);
		*end = nl != NULL ? (size_t)(nl + 1 - u->text) : u->end;
		if (nl != NULL || (u->has_ended && u->end > u->start))
			return 1;
		if (u->has_ended)
			return 0;
		seen = u->end - u->start;
		r = fill(u, err);
		if (r < 0)
			return r;
	}
}

static int
keep(struct ocr_updates *u, const struct ocr_arc *arc, struct ocr_err *err)
{
	size_t room = u->room * 2 + 256;
	struct ocr_arc *arcs;

	if (u->n_arcs == u->room) {
		if (room > SIZE_MAX / sizeof(*arcs))
			return ocr_err_nomem(err);
		arcs = realloc(u->arcs, room * sizeof(*arcs));
		if (arcs == NULL)
			return ocr_err_nomem(err);
		u->arcs = arcs;
		u->room = room;
	}
	u->arcs[u->n_arcs++] = *arc;
	return 0;
}

/* What the line of text up to `end` is; an arc is kept. */
static int
read_line(struct ocr_updates *u, size_t end, struct ocr_err *err)
{
	struct ocr_graph_lines l = {
	    .in = {.name = (char *)(uintptr_t)u->name,
		.data = u->text + u->start,
		.len = end - u->start,
		.lines_before = u->n_lines},
	    .comments = "#%",
	    .high = UINT64_MAX,
	};
	struct ocr_arc arc = {0};
	bool has_weight;
	size_t at = 0, n;
	int r;

	if (ocr_graph_lines_column(&l.in, &at, &n) == NULL)
		return LINE_EMPTY;
	has_weight = u->has_weights && ocr_graph_lines_columns(&l) > 2;
	r = ocr_graph_lines_read(&l, 0,
	    has_weight ? OCR_COLUMN_REAL : OCR_COLUMN_SKIP, &arc, err);
	if (r <= 0)
		return r;
	r = keep(u, &arc, err);
	return r < 0 ? r : LINE_ARC;
}

int
ocr_updates_next(struct ocr_updates *u, struct ocr_err *err)
{
	size_t end;
	int r;

	u->n_arcs = 0;
	for (;;) {
		r = find_line(u, &end, err);
		if (r < 0)
			return r;
		if (r == 0)
			return u->n_arcs > 0;
		r = read_line(u, end, err);
		if (r < 0)
			return r;
		u->start = end;
		u->n_lines++;
		if (r == LINE_EMPTY && u->n_arcs > 0)
			return 1;
	}
}
