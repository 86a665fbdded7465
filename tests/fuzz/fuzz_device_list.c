/*
 * fuzz_device_list.c - device lists: any text parses, or is a usage error
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/device.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
demand(int held)
{
	if (!held)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	/* Of that size exactly, so that a byte too far is seen. */
	char *text = malloc(len + 1);
	struct ocr_device_list l;
	struct ocr_err err = {0};
	size_t n_commas = 0;
	int r;

	demand(text != NULL);
	if (len > 0)
		memcpy(text, data, len);
	text[len] = '\0';
	for (const char *s = text; *s != '\0'; s++)
		n_commas += *s == ',';
	r = ocr_device_list_parse(&l, "--devices", text, &err);
	demand(r == 0 || (r == -OCR_EUSAGE && err.code == r));
	demand(r < 0 ? l.n_items == 0 : l.n_items == n_commas + 1);
	for (size_t i = 0; i < l.n_items; i++) {
		const struct ocr_device_item *d = &l.items[i];

		demand(strlen(d->unit) < sizeof(d->unit));
		demand(d->xclbin == NULL || strstr(text, d->xclbin) != NULL);
		demand(d->kind == OCR_ITEM_XRT || !d->has_index);
	}
	ocr_device_list_release(&l);
	free(text);
	return 0;
}
