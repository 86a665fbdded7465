/*
 * split_opt.c - option table of ocr-split
 */
#include "config.h"

#include "src/split_opt.h"

#include <inttypes.h>
#include <string.h>

#include "src/cut.h"

enum { KEY_ARCHIVE = OCR_OPT_LONG, KEY_BY, KEY_LONG_LINES, KEY_REF };

static const struct ocr_opt opts[] = {
    {KEY_ARCHIVE, "archive", NULL, "cut the members of archives"},
    {KEY_BY, "by", "bytes|lines", "where a chunk may end (default bytes)"},
    {KEY_REF, "by-reference", NULL, "name the bytes, do not carry them"},
    {'f', "force", NULL, "replace FILE, write to a terminal"},
    {'l', "lines", "LINES", "chunks of so many lines"},
    {KEY_LONG_LINES, "long-lines", "error|cut",
	"what to do with a line longer than a chunk (default error)"},
    {'n', "parts", "COUNT", "so many equal chunks of each regular file"},
    {'o', "output", "FILE", "write to FILE"},
    {'r', "record", "BYTES", "never cut records of so many bytes"},
    {'s', "size", "SIZE", "bytes in a chunk, at most (default 1M)"},
    {0, NULL, NULL, NULL},
};

/* Which of two words? */
static int
set_word(const char *what, const char *arg, const char *a, const char *b,
    struct ocr_err *err)
{
	if (strcmp(arg, a) == 0 || strcmp(arg, b) == 0)
		return strcmp(arg, b) == 0;
	return ocr_err_set(err, -OCR_EUSAGE, "--%s: '%s' is not %s or %s", what,
	    arg, a, b);
}

static int
set(void *ctx, int key, const char *arg, struct ocr_err *err)
{
	struct ocr_split_opt *o = ctx;
	int r;

	switch (key) {
	case KEY_ARCHIVE:
		o->is_archive = true;
		return 0;
	case KEY_BY:
		r = set_word("by", arg, "bytes", "lines", err);
		o->is_by_lines = r == 1;
		return r < 0 ? r : 0;
	case KEY_LONG_LINES:
		r = set_word("long-lines", arg, "error", "cut", err);
		o->has_long = true;
		o->is_long_cut = r == 1;
		return r < 0 ? r : 0;
	case KEY_REF:
		o->is_ref = true;
		return 0;
	case 'f':
		o->is_forced = true;
		return 0;
	case 'l':
		return ocr_opt_number("--lines", arg, 1, INT64_MAX, &o->lines,
		    err);
	case 'n':
		return ocr_opt_number("--parts", arg, 1, OCR_CUT_PARTS_MAX,
		    &o->parts, err);
	case 'o':
		o->output = arg;
		return 0;
	case 'r':
		return ocr_opt_size("--record", arg, &o->record, err);
	default:
		return ocr_opt_size("--size", arg, &o->size, err);
	}
}

const struct ocr_tool ocr_split_tool = {
    .name = "ocr-split",
    .usage = "[-fqv] [-s SIZE] [-n COUNT | -l LINES | -r BYTES | --archive] "
	     "[--by=lines] [--long-lines=error|cut] [--by-reference] "
	     "[-o FILE] [FILE...]",
    .about = "Cut FILEs, or standard input, into a chunk stream.",
    .opts = opts,
    .set = set,
};

static int
check_sizes(const struct ocr_split_opt *opt, struct ocr_err *err)
{
	if (opt->size > OCR_CHUNK_MAX_BYTES)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--size: %" PRIu64 " is more than a chunk can hold (1G)",
		    opt->size);
	if (opt->record > OCR_CHUNK_MAX_BYTES)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--record: %" PRIu64 " is more than a chunk can hold (1G)",
		    opt->record);
	if (opt->size != 0 && opt->record > opt->size)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "a record of %" PRIu64 " bytes does not fit a chunk of "
		    "%" PRIu64,
		    opt->record, opt->size);
	return 0;
}

int
ocr_split_check(const struct ocr_split_opt *opt, struct ocr_err *err)
{
	const char *how[6] = {NULL}; /* the ways to cut that were asked for */
	size_t n = 0;

	if (opt->parts != 0)
		how[n++] = "-n";
	if (opt->lines != 0)
		how[n++] = "-l";
	if (opt->record != 0)
		how[n++] = "-r";
	if (opt->is_by_lines && opt->lines == 0)
		how[n++] = "--by=lines";
	if (opt->is_archive)
		how[n++] = "--archive";
	if (n == 1 && opt->parts != 0 && opt->size != 0)
		how[n++] = "-s";
	if (n == 1 && opt->is_archive && opt->is_ref)
		how[n++] = "--by-reference";
	if (n > 1)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "%s and %s cannot be used together", how[0], how[1]);
	if (opt->has_long && opt->lines == 0 && !opt->is_by_lines)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--long-lines needs -l or --by=lines");
	return check_sizes(opt, err);
}
