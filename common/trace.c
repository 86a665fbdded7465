/*
 * trace.c - Chrome trace events; called by the loops and ocr-sim
 *
 * A row keeps its events in blocks that double in size, so that neither 1000
 * rows with few events nor one with many cost much.  owner of a row and its
 * blocks: the one thread that writes it, at the end the one that closes.
 */
#include "config.h"

#include "common/trace.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json_write.h"
#include "common/output.h"

#define FIRST_CAP 64
#define BLOCK_CAP 4096
#define MAX_EVENTS (UINT64_C(4) << 20) /* of all rows: 200 MB */
#define MAX_ROW_EVENTS (UINT64_C(1) << 20)
#define MIN_ROW_EVENTS UINT64_C(1024)

struct event {
	const char *what; /* NULL: a steal, at start_ns */
	uint64_t start_ns, end_ns;
	uint64_t first, last;
	size_t from;
};

struct block {
	struct block *next;
	size_t n, cap;
	struct event events[];
};

struct row {
	char *name;
	struct block *first, *last;
	uint64_t n_events, n_lost;
};

struct ocr_trace {
	struct ocr_output out;
	char *tool;
	struct row *rows;
	size_t n_rows;
	uint64_t max_row_events;
	/* while it is written */
	uint64_t start_ns; /* of the first event */
	int status;        /* of the last write */
	struct ocr_err *err;
};

static void
trace_free(struct ocr_trace *t)
{
	for (size_t i = 0; i < t->n_rows; i++) {
		struct block *b = t->rows[i].first, *next;

		for (; b != NULL; b = next) {
			next = b->next;
			free(b);
		}
		free(t->rows[i].name);
	}
	free(t->rows);
	free(t->tool);
	free(t);
}

int
ocr_trace_open(struct ocr_trace **out, const char *path, const char *tool,
    struct ocr_err *err)
{
	struct ocr_trace *t;
	int r;

	*out = NULL;
	if (path == NULL)
		return 0;
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return ocr_err_nomem(err);
	t->tool = strdup(tool);
	r = t->tool == NULL
		? ocr_err_nomem(err)
		: ocr_output_open(&t->out, path, OCR_EXISTS_REPLACE, err);
	if (r == 0 && t->out.is_stdout) /* carries data and nothing else */
		r = ocr_err_set(err, -OCR_EUSAGE,
		    "trace: '%s' is standard output; a file is needed", path);
	if (r < 0)
		trace_free(t);
	else
		*out = t;
	return r;
}

int
ocr_trace_rows(struct ocr_trace *t, size_t n_rows, const char *const *names,
    struct ocr_err *err)
{
	struct row *rows;

	if (t == NULL || n_rows <= t->n_rows)
		return 0;
	rows = reallocarray(t->rows, n_rows, sizeof(*rows));
	if (rows == NULL)
		return ocr_err_nomem(err);
	t->rows = rows;
	while (t->n_rows < n_rows) {
		struct row *row = &rows[t->n_rows];

		memset(row, 0, sizeof(*row));
		row->name = strdup(names[t->n_rows]);
		if (row->name == NULL)
			return ocr_err_nomem(err);
		t->n_rows++;
	}
	t->max_row_events = MAX_EVENTS / n_rows;
	if (t->max_row_events > MAX_ROW_EVENTS)
		t->max_row_events = MAX_ROW_EVENTS;
	if (t->max_row_events < MIN_ROW_EVENTS)
		t->max_row_events = MIN_ROW_EVENTS;
	return 0;
}

/* Room for one more event; NULL: it is lost. */
static struct event *
row_add(const struct ocr_trace *t, struct row *row)
{
	struct block *b = row->last;
	size_t cap = b == NULL ? FIRST_CAP : b->cap * 2;

	if (row->n_events >= t->max_row_events)
		goto lost;
	if (b == NULL || b->n == b->cap) {
		cap = cap < BLOCK_CAP ? cap : BLOCK_CAP;
		b = malloc(sizeof(*b) + cap * sizeof(b->events[0]));
		if (b == NULL)
			goto lost;
		b->next = NULL;
		b->n = 0;
		b->cap = cap;
		if (row->last == NULL)
			row->first = b;
		else
			row->last->next = b;
		row->last = b;
	}
	row->n_events++;
	return &b->events[b->n++];
lost:
	row->n_lost++;
	return NULL;
}

static void
add(struct ocr_trace *t, size_t row, const struct event *e)
{
	struct event *to;

	if (t == NULL || row >= t->n_rows)
		return;
	to = row_add(t, &t->rows[row]);
	if (to != NULL)
		*to = *e;
}

void
ocr_trace_span(struct ocr_trace *t, size_t row, const char *what,
    uint64_t start_ns, uint64_t end_ns, uint64_t first, uint64_t last)
{
	struct event e = {
	    .what = what,
	    .start_ns = start_ns,
	    .end_ns = end_ns > start_ns ? end_ns : start_ns,
	    .first = first,
	    .last = last,
	};

	add(t, row, &e);
}

void
ocr_trace_steal(struct ocr_trace *t, size_t row, uint64_t at_ns, size_t from,
    uint64_t first, uint64_t last)
{
	struct event e = {
	    .start_ns = at_ns,
	    .end_ns = at_ns,
	    .first = first,
	    .last = last,
	    .from = from,
	};

	add(t, row, &e);
}

/* stdio's way to the output; 0 is a failure. */
static ssize_t
write_out(void *cookie, const char *buf, size_t len)
{
	struct ocr_trace *t = cookie;

	if (t->status == 0)
		t->status = ocr_output_write(&t->out, buf, len, t->err);
	return t->status == 0 ? (ssize_t)len : 0;
}

/* Microseconds, as the format wants them. */
static void
put_us(FILE *f, const char *key, uint64_t ns)
{
	fprintf(f, ",\"%s\":%" PRIu64 ".%03" PRIu64, key, ns / 1000, ns % 1000);
}

static void
put_event(FILE *f, const struct ocr_trace *t, size_t row, const struct event *e)
{
	fputs(",\n{\"name\":", f);
	ocr_json_quote(f, e->what != NULL ? e->what : "steal");
	fprintf(f, ",\"ph\":%s,\"pid\":1,\"tid\":%zu",
	    e->what != NULL ? "\"X\"" : "\"i\",\"s\":\"t\"", row);
	put_us(f, "ts", e->start_ns - t->start_ns);
	if (e->what != NULL)
		put_us(f, "dur", e->end_ns - e->start_ns);
	fputs(",\"args\":{", f);
	if (e->what == NULL) {
		fputs("\"from\":", f);
		ocr_json_quote(f,
		    e->from < t->n_rows ? t->rows[e->from].name : "?");
		putc(',', f);
	}
	fprintf(f, "\"first\":%" PRIu64 ",\"last\":%" PRIu64 "}}", e->first,
	    e->last);
}

/* The row's name and place. */
static void
put_row(FILE *f, size_t row, const char *name)
{
	fprintf(f,
	    ",\n{\"name\":\"thread_name\",\"ph\":\"M\",\"pid\":1,\"tid\":%zu,"
	    "\"args\":{\"name\":",
	    row);
	ocr_json_quote(f, name);
	fprintf(f,
	    "}},\n{\"name\":\"thread_sort_index\",\"ph\":\"M\",\"pid\":1,"
	    "\"tid\":%zu,\"args\":{\"sort_index\":%zu}}",
	    row, row);
}

/* When the first event began. */
static uint64_t
find_start(const struct ocr_trace *t)
{
	uint64_t start = UINT64_MAX;

	for (size_t i = 0; i < t->n_rows; i++) {
		const struct block *b = t->rows[i].first;

		for (; b != NULL; b = b->next) {
			for (size_t k = 0; k < b->n; k++) {
				if (b->events[k].start_ns < start)
					start = b->events[k].start_ns;
			}
		}
	}
	return start;
}

static void
put_trace(FILE *f, struct ocr_trace *t)
{
	uint64_t n_lost = 0;

	t->start_ns = find_start(t);
	fputs("{\"traceEvents\":[\n{\"name\":\"process_name\",\"ph\":\"M\","
	      "\"pid\":1,\"args\":{\"name\":",
	    f);
	ocr_json_quote(f, t->tool);
	fputs("}}", f);
	for (size_t i = 0; i < t->n_rows; i++) {
		const struct block *b = t->rows[i].first;

		n_lost += t->rows[i].n_lost;
		put_row(f, i, t->rows[i].name);
		for (; b != NULL && t->status == 0; b = b->next) {
			for (size_t k = 0; k < b->n; k++)
				put_event(f, t, i, &b->events[k]);
		}
	}
	fprintf(f,
	    "\n],\"displayTimeUnit\":\"ns\",\"otherData\":{\"version\":"
	    "\"" PACKAGE_VERSION "\",\"lost_events\":%" PRIu64 "}}\n",
	    n_lost);
}

int
ocr_trace_close(struct ocr_trace *t, struct ocr_err *err)
{
	cookie_io_functions_t io = {.write = write_out};
	FILE *f;
	int r;

	if (t == NULL)
		return 0;
	t->err = err;
	f = fopencookie(t, "w", io);
	if (f == NULL) {
		ocr_trace_remove(t);
		return ocr_err_nomem(err);
	}
	put_trace(f, t);
	r = fclose(f) != 0 && t->status == 0 ? ocr_err_nomem(err) : t->status;
	if (r < 0)
		ocr_output_abort(&t->out);
	else
		r = ocr_output_commit(&t->out, err);
	trace_free(t);
	return r;
}

void
ocr_trace_remove(struct ocr_trace *t)
{
	if (t == NULL)
		return;
	ocr_output_abort(&t->out);
	trace_free(t);
}
