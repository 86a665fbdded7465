/*
 * joblog_read.c - read a joblog back: which chunks are done
 *
 * It may have been cut, edited, or be GNU parallel's: what a success cannot be
 * believed from is no success.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "common/crc.h"
#include "common/digits.h"
#include "common/io.h"
#include "common/joblog.h"
#include "common/joblog_line.h"

#define MAX_ENTRIES ((size_t)1 << 26)
#define N_FIELDS 9

struct reader {
	struct ocr_joblog_done *d;
	const char *path;
	char *command;
	size_t command_len;
	uint64_t line; /* lines so far */
	bool has_forgotten;
	uint32_t forgotten; /* no entry is this host's */
};

/* The columns of a line; the last one is the rest of it. */
struct fields {
	const char *s[N_FIELDS];
	size_t len[N_FIELDS];
};

enum { SEQ, HOST, START, RUNTIME, SEND, RECEIVE, EXITVAL, SIGNAL, COMMAND };

static bool
split(struct fields *f, const char *line, size_t len)
{
	const char *end = line + len, *tab;

	for (int i = 0; i < N_FIELDS - 1; i++) {
		tab = memchr(line, '\t', (size_t)(end - line));
		if (tab == NULL)
			return false;
		f->s[i] = line;
		f->len[i] = (size_t)(tab - line);
		line = tab + 1;
	}
	f->s[COMMAND] = line;
	f->len[COMMAND] = (size_t)(end - line);
	return true;
}

/* Made of nothing else but these characters, with a digit among them. */
static bool
is_made_of(const char *s, size_t len, const char *set)
{
	bool has_digit = false;

	for (size_t i = 0; i < len; i++) {
		if (s[i] == '\0' || strchr(set, s[i]) == NULL)
			return false;
		has_digit |= s[i] >= '0' && s[i] <= '9';
	}
	return has_digit;
}

static bool
is_line(const struct fields *f, uint64_t *seq)
{
	static const char integer[] = "-0123456789";

	return ocr_digits_u64(f->s[SEQ], f->len[SEQ], seq) &&
	       f->len[HOST] > 0 &&
	       is_made_of(f->s[START], f->len[START], " .0123456789") &&
	       is_made_of(f->s[RUNTIME], f->len[RUNTIME], " .0123456789") &&
	       is_made_of(f->s[SEND], f->len[SEND], integer) &&
	       is_made_of(f->s[RECEIVE], f->len[RECEIVE], integer) &&
	       is_made_of(f->s[EXITVAL], f->len[EXITVAL], integer) &&
	       is_made_of(f->s[SIGNAL], f->len[SIGNAL], integer);
}

static bool
is_zero(const struct fields *f, int i)
{
	return f->len[i] == 1 && f->s[i][0] == '0';
}

/* " in=LEN:CRC" with that key; *s moves behind it. */
static bool
take_sum(const char **s, const char *end, const char *key, uint64_t *len,
    uint32_t *crc)
{
	size_t n = strlen(key);
	const char *colon;

	if ((size_t)(end - *s) < n || memcmp(*s, key, n) != 0)
		return false;
	*s += n;
	colon = memchr(*s, ':', (size_t)(end - *s));
	if (colon == NULL || end - colon < 9 ||
	    !ocr_digits_u64(*s, (size_t)(colon - *s), len) ||
	    !ocr_digits_hex32(colon + 1, 8, crc))
		return false;
	*s = colon + 9;
	return true;
}

/* Is it our command, with sums behind it? */
static bool
take_command(const struct reader *r, const char *s, size_t len,
    struct ocr_joblog_sum *sum)
{
	const char *end = s + len;

	if (len < r->command_len + 2 ||
	    memcmp(s, r->command, r->command_len) != 0)
		return false;
	s += r->command_len;
	if (s[0] != ' ' || s[1] != '#')
		return false;
	s += 2;
	return take_sum(&s, end, " in=", &sum->in_len, &sum->in_crc) &&
	       take_sum(&s, end, " out=", &sum->out_len, &sum->out_crc) &&
	       s == end;
}

static int
add_entry(struct ocr_joblog_done *d, const struct ocr_joblog_entry *e,
    struct ocr_err *err)
{
	size_t room = d->room == 0 ? 256 : 2 * d->room;
	struct ocr_joblog_entry *list;

	if (d->n == MAX_ENTRIES)
		return ocr_err_set(err, -OCR_ELIMIT,
		    "a joblog with more than %zu chunks", MAX_ENTRIES);
	if (d->n == d->room) {
		list = reallocarray(d->list, room, sizeof(*list));
		if (list == NULL)
			return ocr_err_nomem(err);
		d->list = list;
		d->room = room;
	}
	d->list[d->n++] = *e;
	return 0;
}

/* What a host that has lied has done before. */
static void
forget_host(struct reader *r, uint32_t host)
{
	struct ocr_joblog_done *d = r->d;
	size_t i, n = 0;

	for (i = 0; i < d->n; i++)
		if (d->list[i].host != host)
			d->list[n++] = d->list[i];
	r->d->n = n;
}

/* A line without its newline. */
static int
read_line(struct reader *r, const char *line, size_t len, struct ocr_err *err)
{
	static const char head[] = OCR_JOBLOG_HEAD;
	struct ocr_joblog_entry e = {.line = ++r->line};
	struct fields f;

	/* Also in the middle: where logs were put together. */
	if (len == sizeof(head) - 2 && memcmp(line, head, len) == 0)
		return 0;
	if (r->line == 1)
		return ocr_err_set(err, -OCR_EFORMAT, "'%.300s' is no joblog",
		    r->path);
	if (!split(&f, line, len) || !is_line(&f, &e.seq))
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%.300s:%" PRIu64 ": no line of a joblog", r->path,
		    r->line);
	r->d->n_lines++;
	e.host = ocr_crc32(0, f.s[HOST], f.len[HOST]);
	if (f.len[EXITVAL] == 1 && f.s[EXITVAL][0] == '0' + OCR_JOBLOG_WRONG &&
	    (!r->has_forgotten || r->forgotten != e.host)) {
		forget_host(r, e.host);
		r->has_forgotten = true;
		r->forgotten = e.host;
	}
	if (!is_zero(&f, EXITVAL) || !is_zero(&f, SIGNAL))
		return 0;
	if (!take_command(r, f.s[COMMAND], f.len[COMMAND], &e.sum)) {
		r->d->n_foreign++;
		return 0;
	}
	r->has_forgotten = r->has_forgotten && r->forgotten != e.host;
	return add_entry(r->d, &e, err);
}

/* Returns how much of it was whole lines. */
static int64_t
read_lines(struct reader *r, const char *text, size_t len, struct ocr_err *err)
{
	const char *s = text, *end = text + len, *next;
	int e;

	for (; s < end; s = next + 1) {
		next = memchr(s, '\n', (size_t)(end - s));
		if (next == NULL)
			break;
		e = read_line(r, s, (size_t)(next - s), err);
		if (e < 0)
			return e;
		if (next + 1 == end)
			return (int64_t)len;
	}
	return s - text;
}

static int
compare_entries(const void *x, const void *y)
{
	const struct ocr_joblog_entry *a = x, *b = y;

	if (a->seq != b->seq)
		return a->seq < b->seq ? -1 : 1;
	return (a->line > b->line) - (a->line < b->line);
}

/* Of a chunk the last one counts. */
static void
sort_entries(struct ocr_joblog_done *d)
{
	size_t n = 0;

	if (d->n > 0)
		qsort(d->list, d->n, sizeof(*d->list), compare_entries);
	for (size_t i = 0; i < d->n; i++) {
		if (n > 0 && d->list[n - 1].seq == d->list[i].seq)
			n--;
		d->list[n++] = d->list[i];
	}
	d->n = n;
}

static int
begin(struct reader *r, struct ocr_joblog_done *d, const char *path,
    const char *command, struct ocr_err *err)
{
	*d = (struct ocr_joblog_done){0};
	*r = (struct reader){.d = d, .path = path};
	r->command = ocr_joblog_clean(command);
	if (r->command == NULL)
		return ocr_err_nomem(err);
	r->command_len = strlen(r->command);
	return 0;
}

/* rest: what is left behind the last whole line. */
static int
finish(struct reader *r, const char *rest, size_t len, int64_t result,
    struct ocr_err *err)
{
	static const char head[] = OCR_JOBLOG_HEAD;

	if (result >= 0 && r->line == 0 && len > 0 &&
	    (len >= sizeof(head) || memcmp(rest, head, len) != 0))
		result = ocr_err_set(err, -OCR_EFORMAT, "'%.300s' is no joblog",
		    r->path);
	if (result >= 0)
		sort_entries(r->d);
	else
		ocr_joblog_done_release(r->d);
	free(r->command);
	return result < 0 ? (int)result : 0;
}

int
ocr_joblog_parse(struct ocr_joblog_done *d, const char *path,
    const char *command, const char *text, size_t len, struct ocr_err *err)
{
	struct reader r;
	int64_t n = begin(&r, d, path, command, err);

	if (n == 0)
		n = read_lines(&r, text, len, err);
	return finish(&r, text + (n > 0 ? n : 0), len - (n > 0 ? (size_t)n : 0),
	    n, err);
}

/* Block by block; *len is what is left in buf. */
static int64_t
read_file(struct reader *r, int fd, char *buf, size_t cap, size_t *len,
    struct ocr_err *err)
{
	int64_t n, used;

	for (;;) {
		n = ocr_read_some(fd, buf + *len, cap - *len, r->path, -1, err);
		if (n <= 0)
			return n;
		*len += (size_t)n;
		used = read_lines(r, buf, *len, err);
		if (used < 0)
			return used;
		*len -= (size_t)used;
		memmove(buf, buf + used, *len);
		if (*len == cap)
			return ocr_err_set(err, -OCR_EFORMAT,
			    "%.300s:%" PRIu64 ": no line of a joblog", r->path,
			    r->line + 1);
	}
}

int
ocr_joblog_read(struct ocr_joblog_done *d, const char *path,
    const char *command, struct ocr_err *err)
{
	size_t len = 0;
	struct reader r;
	char *buf = NULL;
	int fd = -1;
	int64_t n = begin(&r, d, path, command, err);

	if (n < 0)
		return (int)n;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 && errno != ENOENT)
		n = ocr_err_sys(err, "cannot open '%.300s'", path);
	buf = malloc(OCR_JOBLOG_LINE_BYTES);
	if (n == 0 && buf == NULL)
		n = ocr_err_nomem(err);
	if (n == 0 && fd >= 0)
		n = read_file(&r, fd, buf, OCR_JOBLOG_LINE_BYTES, &len, err);
	n = finish(&r, buf, len, n, err);
	free(buf);
	if (fd >= 0)
		close(fd);
	return (int)n;
}

const struct ocr_joblog_sum *
ocr_joblog_find(const struct ocr_joblog_done *d, uint64_t seq, uint64_t in_len,
    uint32_t in_crc)
{
	size_t low = 0, high = d->n, mid;
	const struct ocr_joblog_entry *e;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (d->list[mid].seq < seq)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == d->n || d->list[low].seq != seq)
		return NULL;
	e = &d->list[low];
	return e->sum.in_len == in_len && e->sum.in_crc == in_crc ? &e->sum
								  : NULL;
}

void
ocr_joblog_done_release(struct ocr_joblog_done *d)
{
	free(d->list);
	*d = (struct ocr_joblog_done){0};
}
