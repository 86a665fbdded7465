/*
 * run_config.h - descriptions of kernels: which, where, how many
 *
 * Ours is lines of a word and its value:
 *
 *   # comment
 *   kernel    dotprod            begins one; its name in the file
 *   path      fwi.xclbin         or a shared object
 *   instances 2                  compute units of it; threads of a function
 *   batch     1M                 bytes that a unit gets at once
 *   banks     DDR0 DDR0 DDR1     memory of its arguments, a line an instance
 *   arg       5=100              as --arg
 *   config    FILE               a file of such arguments, one a line
 *   device    0                  which card
 *   host      localhost          which machine
 *
 * The other is OctoRay's cluster_config.json, a JSON object: hosts with an
 * overlay each or one for all (run_cluster.c).  Both may come from anybody.
 */
#ifndef OCR_RUN_CONFIG_H
#define OCR_RUN_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/ui.h"
#include "src/run_arg.h"

#define OCR_RUN_CONFIG_BYTES ((size_t)1 << 20) /* of a description at most */
#define OCR_RUN_MAX_KERNELS 1024
#define OCR_RUN_MAX_INSTANCES 1024

struct ocr_run_desc {
	char *kernel; /* NULL: not said */
	char *path;
	char *host;   /* NULL: this one */
	char *config; /* file of arguments, which read adds to args, or NULL */
	unsigned n_instances; /* 0: all there are */
	bool has_device;
	unsigned device;
	size_t batch_bytes; /* 0: not said */
	char **banks;       /* of instance i, as written */
	size_t n_banks;
	struct ocr_run_args args;
	unsigned line; /* where it begins, for messages; 0: not known */
};

struct ocr_run_config {
	struct ocr_run_desc *list;
	size_t n;
};

/*
 * Read path; by its content it is one or the other.  Unknown keys of a
 * cluster_config.json are warnings, unknown words of ours are errors.
 * -OCR_EFORMAT "FILE:3: why", -OCR_EIO.
 */
int ocr_run_config_read(struct ocr_run_config *c, const char *path,
    struct ocr_ui *ui, struct ocr_err *err);
/* The same of text[0..len), which opens no file; label stands for it. */
int ocr_run_config_parse(struct ocr_run_config *c, const char *label,
    const char *text, size_t len, struct ocr_ui *ui, struct ocr_err *err);
/* A zeroed one is fine. */
void ocr_run_config_release(struct ocr_run_config *c);

/* For run_config.c: the JSON one. */
int ocr_run_cluster_parse(struct ocr_run_config *c, const char *label,
    const char *text, size_t len, struct ocr_ui *ui, struct ocr_err *err);
/* One more, or NULL with err set. */
struct ocr_run_desc *ocr_run_config_add(struct ocr_run_config *c,
    const char *label, struct ocr_err *err);

#endif
