/*
 * fuzz_xclbin_xml.c - EMBEDDED_METADATA: what is accepted is within its limits
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/xclbin_xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check(const struct ocr_xkernel *k)
{
	if (k->name[0] == '\0' || k->n_args > OCR_XKERNEL_MAX_ARGS)
		abort();
	for (size_t i = 0; i < k->n_args; i++) {
		const struct ocr_xarg *a = &k->args[i];

		if (a->kind != OCR_XARG_STREAM &&
		    (a->bytes == 0 || a->bytes > 8 ||
			a->offset + a->bytes > OCR_XKERNEL_RANGE))
			abort();
		if (memchr(a->name, '\0', sizeof(a->name)) == NULL ||
		    memchr(a->type, '\0', sizeof(a->type)) == NULL)
			abort();
	}
	for (size_t i = 0; i < k->n_units; i++) {
		if (k->units[i].name[0] == '\0')
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *in = malloc(len > 0 ? len : 1);
	struct ocr_err err = {0};
	struct ocr_xmodel m;
	int r;

	memcpy(in, data, len);
	r = ocr_xclbin_xml_read(&m, in, len, &err);
	if ((r < 0) != (err.code != 0) || (r < 0 && m.kernels != NULL))
		abort();
	for (size_t i = 0; i < m.n_kernels; i++)
		check(&m.kernels[i]);
	ocr_xmodel_release(&m);
	free(in);
	return 0;
}
