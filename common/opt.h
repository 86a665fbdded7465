/*
 * opt.h - one table per tool: options, their help and their parsing
 *
 * bin/ describes its options once; this module makes getopt_long's arguments,
 * --help and the completion's input from it, and handles what all tools share
 * (--help --version -q -v --progress --stats).
 */
#ifndef OCR_OPT_H
#define OCR_OPT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "common/meter.h"
#include "common/ui.h"

struct ocr_opt {
	int key; /* the short option's letter or digit, or >= OCR_OPT_LONG */
	const char *name; /* long name, or NULL */
	const char *arg;  /* NULL: none; "N": needed; "[FILE]": optional */
	const char *help; /* NULL: not shown */
};

#define OCR_OPT_LONG 1000   /* first key for options without a letter */
#define OCR_OPT_SHARED 2000 /* keys from here on belong to opt.c */

struct ocr_tool {
	const char *name;
	const char *usage; /* "[-s SIZE] [FILE...]": same as SYNOPSIS */
	const char *about; /* one sentence for --help */
	const struct ocr_opt *opts; /* ends with key 0 */
	/* The first operand ends the options: it is a command, and what
	 * follows is for that. */
	bool stops_at_operand;
	/*
	 * One option; arg may be NULL.  -OCR_EUSAGE with the reason.
	 * Digits are keys as well: a run of them in one argument (-12) comes
	 * as one call with the first as key and arg = the run ("12"), a
	 * single one (-6) with arg = "6".
	 */
	int (*set)(void *ctx, int key, const char *arg, struct ocr_err *err);
};

/* What all tools share, after parsing. */
struct ocr_shared_opt {
	enum ocr_progress progress;
	bool has_stats;
	const char *stats_path; /* NULL: stderr */
};

/*
 * Parse; returns the index of the first operand, or -1 when the program is
 * done (*status then says with which exit status: 0 after --help or --version,
 * 2 after a wrong option, which has been reported with a line that points to
 * --help).  Options and operands may be mixed, "--" ends the options.
 */
int ocr_opt_parse(const struct ocr_tool *tool, void *ctx, struct ocr_ui *ui,
    struct ocr_shared_opt *shared, int argc, char **argv, int *status);

/* --help's text, to be freed; NULL: no memory.  For opt.c and tests. */
char *ocr_opt_help(const struct ocr_tool *tool);
/* The tool's options and the shared ones behind them; same terms. */
struct ocr_opt *ocr_opt_all(const struct ocr_tool *tool);

/* "64K" = 65536, "1M", "1G", "1T"; also 64k, KiB, MiB.  Zero, negative, garbage and
 * overflow are -OCR_EUSAGE "--size: '64Q' is not a size (like 64K, 1M, 1G)". */
int ocr_opt_size(const char *what, const char *text, uint64_t *out,
    struct ocr_err *err);
/* A whole number in [min, max]. */
int ocr_opt_number(const char *what, const char *text, uint64_t min,
    uint64_t max, uint64_t *out, struct ocr_err *err);
/* A decimal number in [min, max] at *at, which moves behind it: no sign, no
 * blank, no hexadecimal, no nan. */
bool ocr_opt_real(const char **at, double min, double max, double *out);

/*
 * The last thing main does: report err (may be NULL) if set, check that stdout
 * can be closed, return the exit status (or die of SIGPIPE): the one given, or
 * if that is 0 the one that err stands for.
 */
int ocr_opt_exit(struct ocr_ui *ui, const struct ocr_err *err, int status);

#endif
