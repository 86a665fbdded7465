/*
 * gzip_list.c - ocr-compress -l: see gzip_list.h
 */
#include "config.h"

#include "src/gzip_list.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "common/io.h"
#include "src/gzip_size.h"

struct list {
	struct ocr_ui *ui;
	uint64_t n_rows;
	uint64_t in_bytes, raw_bytes; /* totals */
	uint64_t frame_bytes;         /* of the last row, as gzip does it */
};

/* Numbers, a name of any length, what comes in place of its suffix. */
static int
print_line(const char *numbers, const char *name, size_t name_len,
    const char *suffix, struct ocr_err *err)
{
	struct iovec iov[4] = {
	    {(void *)(uintptr_t)numbers, strlen(numbers)},
	    {(void *)(uintptr_t)name, name_len},
	    {(void *)(uintptr_t)suffix, strlen(suffix)},
	    {(void *)(uintptr_t) "\n", 1},
	};

	return ocr_writev_full(STDOUT_FILENO, iov, 4, "stdout", err);
}

static int
print_head(const struct list *l, struct ocr_err *err)
{
	static const char name[] = "uncompressed_name";
	char line[128];

	if (l->ui->verbosity == OCR_QUIET)
		return 0;
	snprintf(line, sizeof(line), "%s%19s %19s  ratio ",
	    l->ui->verbosity == OCR_VERBOSE ? "method  crc     date  time  "
					    : "",
	    "compressed", "uncompressed");
	return print_line(line, name, strlen(name), "", err);
}

/* Width 5, as gzip prints it; the header and trailer do not count. */
static double
ratio(uint64_t in_bytes, uint64_t raw_bytes, uint64_t frame_bytes)
{
	if (raw_bytes == 0)
		return 0;
	return 100.0 *
	       ((double)raw_bytes - ((double)in_bytes - (double)frame_bytes)) /
	       (double)raw_bytes;
}

/* "Nov 21 04:10 ", in English whatever the locale: programs read it. */
static void
format_time(char *buf, size_t n, int64_t when)
{
	static const char month[12][4] = {"Jan", "Feb", "Mar", "Apr", "May",
	    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t t = (time_t)when;
	struct tm tm;

	/* A time_t of 32 bits ends in 2038. */
	if (when == 0 || t != when || localtime_r(&t, &tm) == NULL)
		snprintf(buf, n, "??? ?? ??:?? ");
	else
		snprintf(buf, n, "%s%3d %02d:%02d ", month[tm.tm_mon],
		    tm.tm_mday, tm.tm_hour, tm.tm_min);
}

/* The name without what gzip would take off it: its own list of suffixes. */
static size_t
name_len_without_suffix(const char *name, const char **instead)
{
	static const char *const suffixes[] = {".gz", ".z", "-gz", "-z", "_z",
	    ".bgz"};
	size_t len = strlen(name), n, i;

	*instead = "";
	if (len > 4 && (strcasecmp(name + len - 4, ".tgz") == 0 ||
			   strcasecmp(name + len - 4, ".taz") == 0)) {
		*instead = ".tar";
		return len - 4;
	}
	for (i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++) {
		n = strlen(suffixes[i]);
		if (len > n && strcasecmp(name + len - n, suffixes[i]) == 0)
			return len - n;
	}
	return len;
}

static int
print_row(const struct list *l, const struct ocr_origin *o,
    const struct ocr_gzip_size *size, struct ocr_err *err)
{
	int64_t when = size->mtime_s != 0 ? size->mtime_s
		       : o->has_mtime     ? o->mtime_s
					  : 0;
	const char *name = strcmp(o->name, "-") == 0 ? "stdout" : o->name;
	const char *instead;
	char line[160], date[64];
	size_t n = 0, len;

	if (l->ui->verbosity == OCR_VERBOSE) {
		format_time(date, sizeof(date), when);
		n = (size_t)snprintf(line, sizeof(line),
		    "defla %08" PRIx32 " %s", size->raw_crc, date);
	}
	snprintf(line + n, sizeof(line) - n,
	    "%19" PRIu64 " %19" PRIu64 " %5.1f%% ", size->in_bytes,
	    size->raw_bytes,
	    ratio(size->in_bytes, size->raw_bytes, size->frame_bytes));
	len = name_len_without_suffix(name, &instead);
	return print_line(line, name, len, instead, err);
}

static int
print_totals(const struct list *l, struct ocr_err *err)
{
	char line[160];

	if (l->n_rows < 2 || l->ui->verbosity == OCR_QUIET)
		return 0;
	snprintf(line, sizeof(line), "%s%19" PRIu64 " %19" PRIu64 " %5.1f%% ",
	    l->ui->verbosity == OCR_VERBOSE ? "                            "
					    : "",
	    l->in_bytes, l->raw_bytes,
	    ratio(l->in_bytes, l->raw_bytes, l->frame_bytes));
	return print_line(line, "(totals)", strlen("(totals)"), "", err);
}

/* 1 = listed, 0 = said why not, negative = stdout fails. */
static int
list_one(struct list *l, struct ocr_origin *o, struct ocr_err *err)
{
	struct ocr_gzip_size size;
	struct ocr_err why = {0};
	int r;

	r = ocr_gzip_size(&size, o, l->ui, &why);
	if (r < 0) {
		ocr_ui_error(l->ui, &why);
		return 0;
	}
	r = l->n_rows++ == 0 ? print_head(l, err) : 0;
	if (r == 0)
		r = print_row(l, o, &size, err);
	l->in_bytes += size.in_bytes;
	l->raw_bytes += size.raw_bytes;
	l->frame_bytes = size.frame_bytes;
	return r < 0 ? r : !size.has_garbage;
}

int
ocr_gzip_list(struct ocr_inputs *in, struct ocr_ui *ui, unsigned *n_failed,
    struct ocr_err *err)
{
	struct list l = {.ui = ui};
	struct ocr_origin *o = NULL;
	struct ocr_err why = {0};
	int r;

	while ((r = ocr_inputs_next(in, &o, &why)) != 0) {
		if (r == -OCR_ENOMEM)
			return ocr_err_set(err, r, "%s", why.text);
		if (r < 0) {
			ocr_ui_error(ui, &why);
			ocr_err_clear(&why);
			++*n_failed;
			continue;
		}
		r = list_one(&l, o, err);
		ocr_origin_unref(o);
		if (r < 0)
			return r;
		*n_failed += r == 0;
	}
	return print_totals(&l, err);
}
