/*
 * run_native.h - a function of a shared object as a kernel of the CPU
 *
 * The plain shape, in C:
 *
 *   void fn(const void *in, uint32_t in_len, void *out, uint32_t out_cap,
 *       uint32_t *out_len);
 *
 * with further arguments, uint64_t or double, behind it.  It is called by
 * several threads at once.  *out_len UINT32_MAX says that out is too small:
 * the function is then called again with more room.
 */
#ifndef OCR_RUN_NATIVE_H
#define OCR_RUN_NATIVE_H

#include <stddef.h>

#include "common/err.h"
#include "common/job.h"
#include "src/run_arg.h"

struct ocr_run_native {
	unsigned expand;
	size_t limit_bytes;
	const struct ocr_run_args *args;
	const char *name; /* of the function; for messages */
	void *library;
	void (*fn)(void);
};

/* Load spec, "FILE:FUNCTION", which must stay, and fill k.  The caller has set
 * expand, limit_bytes and args.  -OCR_EUSAGE, -OCR_EIO. */
int ocr_run_native_open(struct ocr_run_native *n, const char *spec,
    struct ocr_kernel *k, struct ocr_err *err);
/* A zeroed one is fine. */
void ocr_run_native_close(struct ocr_run_native *n);

/* Room for the output of in_len bytes, to begin with. */
size_t ocr_run_first_room(unsigned expand, size_t limit_bytes, size_t in_len);

/* More room for job->out; -OCR_ELIMIT names --limit.  who: the kernel. */
int ocr_run_more_room(struct ocr_job *job, size_t limit_bytes, const char *who);

/* job->out->len bytes of result are there. */
void ocr_run_finish(struct ocr_job *job);

/* Is the input raw?  Else -OCR_EFORMAT, in job->err. */
int ocr_run_check_input(struct ocr_job *job);

#endif
