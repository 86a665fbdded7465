/*
 * run.h - ocr-run as a function: anybody's kernel over chunks
 */
#ifndef OCR_RUN_H
#define OCR_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/host_opt.h"
#include "common/opt.h"
#include "common/team.h"
#include "common/ui.h"
#include "src/run_arg.h"

#define OCR_RUN_LIMIT_BYTES ((size_t)256 << 20) /* default of --limit */

enum ocr_run_form {
	OCR_RUN_AUTO = 0, /* input: by its first bytes; output: as the input */
	OCR_RUN_RAW,
	OCR_RUN_STREAM,
};

struct ocr_run_opt {
	/* The kernel: one of these, or so beside xclbin as its CPU version. */
	char *const *command; /* -- COMMAND, ends with NULL; or NULL */
	const char *so;       /* --so FILE:FUNCTION */
	const char *kernel;   /* --kernel NAME, in an xclbin */
	const char *config;   /* --config FILE */
	struct ocr_run_args args;
	const char *arg_texts[OCR_RUN_MAX_ARGS]; /* as they were given */

	enum ocr_run_form input, to;
	const char *output;   /* -o; NULL: standard output */
	bool is_forced;       /* -f */
	bool is_partial_kept; /* --keep-partial */
	bool has_size;        /* -s was given */
	size_t chunk_bytes;
	unsigned expand;          /* first guess of output / input */
	size_t limit_bytes;       /* output of one chunk at most */
	uint64_t memory_bytes;    /* 0 = by the number of threads */
	struct ocr_team_opt team; /* -j, -D, --xclbin ... */
	struct ocr_host_opt host; /* --hosts ... */
};

/* Is there no kernel among the options, so that what follows "--" is one? */
bool ocr_run_needs_command(const struct ocr_run_opt *opt);

/*
 * Map paths[0..n_paths), or standard input if there are none, with progress
 * and stats.  Returns the exit status; an error that ended the run is in err,
 * what concerned single inputs has been said.
 */
int ocr_run_main(const struct ocr_run_opt *opt, char **paths, size_t n_paths,
    struct ocr_ui *ui, const struct ocr_shared_opt *shared,
    struct ocr_err *err);

#endif
