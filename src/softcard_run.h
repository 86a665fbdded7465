/*
 * softcard_run.h - ocr-softcard as a function: a command with invented cards
 */
#ifndef OCR_SOFTCARD_RUN_H
#define OCR_SOFTCARD_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "common/opt.h"
#include "src/softcard_options.h"

#define OCR_SOFTCARD_MAX_FILES 32
#define OCR_SOFTCARD_MAX_CARDS 64
/* The name by which XRT starts a device process; ocr-softcard called by it is
 * one. */
#define OCR_SOFTCARD_DEVICE "genericpciemodel"

struct ocr_softcard_opt {
	unsigned n_cards; /* 0: one */
	unsigned n_units; /* of each kernel; 0: as described */
	struct {
		const char *path;
		bool is_description;
	} files[OCR_SOFTCARD_MAX_FILES]; /* none: our own kernels */
	size_t n_files;
	struct ocr_softcard_options device;
	bool is_kept;           /* leave the directory, and say where */
	char *const *command;   /* ends with NULL */
	const char *temp_dir;   /* TMPDIR, or NULL */
	const char *xilinx_xrt; /* XILINX_XRT, or NULL */
	const char *ld_path;    /* LD_LIBRARY_PATH, or NULL */
	const char *lease_dir;  /* OCR_LEASE_DIR, or NULL */
};

/* For bin: its options, and what they set (a struct ocr_softcard_opt). */
extern const struct ocr_tool ocr_softcard_tool;

/*
 * Run the command.  *status is what ocr-softcard should end with, 127 or 126
 * if the command cannot be run, or *signal what it died of, else 0.
 */
int ocr_softcard_run(const struct ocr_softcard_opt *o, struct ocr_ui *ui,
    int *status, int *signal, struct ocr_err *err);

#endif
