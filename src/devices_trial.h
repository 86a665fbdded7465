/*
 * devices_trial.h - one unit, or thread of the CPU, at work; private to
 * devices*.c
 */
#ifndef OCR_DEVICES_TRIAL_H
#define OCR_DEVICES_TRIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/card.h"
#include "common/err.h"
#include "common/job.h"
#include "common/team.h"

#define OCR_TRIAL_BYTES ((size_t)1 << 20) /* of a job at most, uncompressed */

/* What is run, and where. */
struct ocr_trial {
	struct ocr_kernel kernel;
	bool is_inflating; /* the kernel gets what ocr-compress makes */
	const struct ocr_card_driver *drivers[2];
	char device[128]; /* "xrt:0/k_copy_1", "cpu:1" */
	const char *path; /* of the xclbin file; NULL: the CPU */
};

struct ocr_trial_result {
	char why[256]; /* "": it works */
	uint64_t n_bytes, bytes_per_s;
	char xrt[32]; /* version of the library; "": not loaded, or not known */
};

/*
 * Open the worker of the team, which has been made for t->device, and let it
 * work: some inputs once, then a quarter of a second.  After a failure jobs
 * may be under way: then end the process.
 */
int ocr_trial_run(const struct ocr_trial *t, struct ocr_team *team,
    struct ocr_trial_result *result, struct ocr_err *err);

/* Copying; on cards k_copy. */
void ocr_devices_init_copy(struct ocr_kernel *k);

#endif
