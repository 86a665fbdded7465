/*
 * run_command.h - a command as a kernel: a process for each chunk
 *
 * The chunk is its standard input, what it writes is the result.  It is told
 * by OCR_SEQ, OCR_AT, OCR_LEN and OCR_NAME in its environment which chunk it
 * has.  Whether it reads all of its input does not matter; how it ends does.
 */
#ifndef OCR_RUN_COMMAND_H
#define OCR_RUN_COMMAND_H

#include <stddef.h>

#include "common/job.h"
#include "common/source.h"

struct ocr_run_command {
	char *const *argv;
	unsigned expand;
	size_t limit_bytes;
	const struct ocr_source *source; /* its cancel_fd ends commands too */
};

/* c must stay while workers are open. */
void ocr_run_command_init(const struct ocr_run_command *c,
    struct ocr_kernel *k);

#endif
