/*
 * run_kernel.h - the kernel of an ocr-run, from its options
 *
 * A command, a function of a shared object, a kernel on cards, or the last two
 * together: then the function checks what cards say, and works beside them.
 */
#ifndef OCR_RUN_KERNEL_H
#define OCR_RUN_KERNEL_H

#include "common/job.h"
#include "src/run.h"
#include "src/run_card.h"
#include "src/run_command.h"
#include "src/run_config.h"
#include "src/run_native.h"

struct ocr_run_kernel {
	struct ocr_kernel kernel;
	struct ocr_run_opt opt; /* the options, with what --config says */
	/* private */
	struct ocr_run_config config;
	struct ocr_run_native native;
	struct ocr_run_command command; /* source: set by the run */
	struct ocr_run_cards cards;
	const struct ocr_run_desc **descs; /* of config: those for cards */
	size_t n_descs;
	char *devices, *so; /* what opt points to, where --config says it */
};

/* -OCR_EUSAGE if there is not exactly one kernel. */
int ocr_run_kernel_open(struct ocr_run_kernel *k, const struct ocr_run_opt *opt,
    struct ocr_ui *ui, struct ocr_err *err);
/* A zeroed one is fine. */
void ocr_run_kernel_close(struct ocr_run_kernel *k);

#endif
