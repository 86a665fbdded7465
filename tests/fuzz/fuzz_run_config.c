/*
 * fuzz_run_config.c - descriptions for ocr-run: ours, and cluster_config.json
 *
 * Whatever is accepted has a path for each kernel and numbers within limits;
 * reading it opens no file.
 */
#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/ui.h"
#include "src/run_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct ocr_run_desc *d)
{
	if (d->path == NULL || (d->kernel == NULL && d->host == NULL) ||
	    d->n_instances > OCR_RUN_MAX_INSTANCES ||
	    d->batch_bytes > ((size_t)1 << 30) || d->args.n > OCR_RUN_MAX_ARGS)
		abort();
	for (size_t i = 0; i < d->n_banks; i++) {
		if (d->banks[i] == NULL)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ocr_ui ui = {.tool = "fuzz", .verbosity = OCR_QUIET};
	struct ocr_run_config c;
	struct ocr_err err = {0};
	char *copy = malloc(size);
	int r;

	if (copy == NULL || size > OCR_RUN_CONFIG_BYTES) {
		free(copy);
		return 0;
	}
	memcpy(copy, data, size);
	r = ocr_run_config_parse(&c, "x", copy, size, &ui, &err);
	free(copy);
	if ((r < 0) != (err.code != 0) || (r == 0) != (c.n > 0))
		abort();
	for (size_t i = 0; i < c.n; i++)
		check(&c.list[i]);
	ocr_run_config_release(&c);
	return 0;
}
