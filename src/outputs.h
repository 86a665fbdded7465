/*
 * outputs.h - where each input's result goes, by gzip's rules
 *
 * One file beside each input (x -> x.gz, x.gz -> x), or everything into
 * standard output or -o FILE.  A result is complete or not there; an input is
 * removed only when its result is complete.  One thread at a time.
 */
#ifndef OCR_OUTPUTS_H
#define OCR_OUTPUTS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/chunk.h"
#include "common/err.h"
#include "common/output.h"
#include "common/ui.h"

#define OCR_SUFFIX_MAX 30 /* gzip's limit */

enum ocr_outputs_mode {
	OCR_OUTPUTS_COMPRESS = 0,
	OCR_OUTPUTS_DECOMPRESS,
	OCR_OUTPUTS_TEST, /* nothing is written */
};

struct ocr_outputs_opt {
	enum ocr_outputs_mode mode;
	bool is_single;       /* all into one: -c, or 'path' */
	const char *path;     /* -o; NULL: standard output */
	const char *suffix;   /* ".gz" */
	bool is_forced;       /* -f */
	bool is_kept;         /* -k: inputs stay */
	bool is_name_used;    /* -N when decompressing */
	bool is_synced;       /* --synchronous */
	bool is_partial_kept; /* --keep-partial */
};

struct ocr_outputs {
	const struct ocr_outputs_opt *opt;
	struct ocr_ui *ui;
	struct ocr_output single;
	struct ocr_output file;
	struct ocr_output *out;    /* of the current input, or NULL */
	struct ocr_origin *origin; /* the current input */
	uint64_t n_started;        /* out->n_bytes when it began */
	uint64_t n_bytes;          /* of finished outputs */
	bool has_single;
	bool is_discarding; /* test mode, or its input has failed */
	unsigned n_failed;  /* inputs that came to nothing */
};

/* Opens the single output, if that is wanted. */
int ocr_outputs_init(struct ocr_outputs *o, const struct ocr_outputs_opt *opt,
    struct ocr_ui *ui, struct ocr_err *err);

/*
 * Begin the result of an input.  name (may be NULL) is from a gzip header and
 * counts only with is_name_used; its directories are ignored.
 * mtime_s: from there too, 0 = none.
 * Negative: this input has no result (the file exists, ...); the next may.
 */
int ocr_outputs_begin(struct ocr_outputs *o, struct ocr_origin *origin,
    const char *name, int64_t mtime_s, struct ocr_err *err);

int ocr_outputs_write(struct ocr_outputs *o, const void *buf, size_t len,
    struct ocr_err *err);

/* End it: keep the result and remove the input, or (is_ok == false) remove
 * the result.  in_bytes: what was read of it, for -v. */
int ocr_outputs_end(struct ocr_outputs *o, bool is_ok, uint64_t in_bytes,
    struct ocr_err *err);

/* Commit the single output (is_ok) or give everything up. */
int ocr_outputs_finish(struct ocr_outputs *o, bool is_ok, struct ocr_err *err);

/*
 * May this input be compressed or decompressed in place?  1, or 0 after a
 * warning that says why not.  For ocr_inputs.accept.
 */
int ocr_outputs_accept(const struct ocr_outputs_opt *opt, struct ocr_ui *ui,
    const char *path, int fd);

#endif
