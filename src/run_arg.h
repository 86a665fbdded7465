/*
 * run_arg.h - further scalar arguments of a user's kernel
 *
 * "--arg 5=100", "--arg scale=0.5", "--arg 7": which argument of a kernel on a
 * card, by place or by name, and its value.  A native function gets them
 * behind its five, in the order given.
 */
#ifndef OCR_RUN_ARG_H
#define OCR_RUN_ARG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define OCR_RUN_MAX_ARGS 32
#define OCR_RUN_ARG_NAME 64
#define OCR_RUN_PLAIN_ARGS 5 /* in, in_len, out, out_cap, out_len */

struct ocr_run_arg {
	char name[OCR_RUN_ARG_NAME]; /* "": by index */
	unsigned index;              /* place in the kernel, from 0 */
	bool is_real;                /* real, else integer */
	uint64_t integer;            /* negative ones as two's complement */
	double real;
};

struct ocr_run_args {
	struct ocr_run_arg list[OCR_RUN_MAX_ARGS];
	size_t n;
};

/* Add text, "[NAME|INDEX=]VALUE"; what = "--arg", for messages.  -OCR_EUSAGE.
 * Without a name it is the argument behind the last one. */
int ocr_run_args_add(struct ocr_run_args *a, const char *what, const char *text,
    struct ocr_err *err);

#endif
