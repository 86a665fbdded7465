/*
 * split_opt.h - what ocr-split was asked to do
 */
#ifndef OCR_SPLIT_OPT_H
#define OCR_SPLIT_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/opt.h"

/* A zeroed struct is ocr-split without options.  0 = not given. */
struct ocr_split_opt {
	uint64_t size;      /* -s: bytes of a chunk */
	uint64_t parts;     /* -n */
	uint64_t lines;     /* -l */
	uint64_t record;    /* -r: bytes of a record */
	bool is_by_lines;   /* --by=lines */
	bool has_long;      /* --long-lines was given */
	bool is_long_cut;   /* and says cut */
	bool is_archive;    /* --archive */
	bool is_ref;        /* --by-reference */
	bool is_forced;     /* -f: replace the output, use a terminal */
	const char *output; /* -o; NULL: standard output */
	char **paths;       /* operands; the caller keeps them */
	size_t n_paths;
};

/* Fills a zeroed struct ocr_split_opt, but for the operands. */
extern const struct ocr_tool ocr_split_tool;

/* -OCR_EUSAGE where options contradict each other. */
int ocr_split_check(const struct ocr_split_opt *opt, struct ocr_err *err);

#endif
