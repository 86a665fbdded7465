/*
 * fuzz_xclbin_desc.c - descriptions of kernels: what is accepted can be
 * written as XML and read again
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/xclbin_desc.h"
#include "src/xclbin_xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check_args(const struct ocr_xkernel *k)
{
	uint32_t end = 0x10;

	if (k->n_args > OCR_XKERNEL_MAX_ARGS)
		abort();
	for (size_t i = 0; i < k->n_args; i++) {
		const struct ocr_xarg *a = &k->args[i];

		if (a->kind == OCR_XARG_STREAM)
			continue;
		if (a->offset < end || a->bytes == 0 || a->bytes > 8 ||
		    a->offset + a->bytes > OCR_XKERNEL_RANGE)
			abort();
		end = a->offset + (a->bytes > 4 ? 8 : 4);
	}
}

static void
check(const struct ocr_xmodel *m)
{
	struct ocr_xmodel n;
	struct ocr_err err = {0};
	size_t len = 0, n_units = 0;
	char *xml = ocr_xclbin_xml_write(m, &len);

	if (xml == NULL || ocr_xclbin_xml_read(&n, xml, len, &err) < 0 ||
	    n.n_kernels != m->n_kernels)
		abort();
	for (size_t i = 0; i < m->n_kernels; i++) {
		const struct ocr_xkernel *k = &m->kernels[i];
		const struct ocr_xkernel *l = &n.kernels[i];

		check_args(k);
		n_units += k->n_units;
		if (k->n_units == 0 || k->n_units != l->n_units ||
		    k->n_args != l->n_args || strcmp(k->name, l->name) != 0)
			abort();
		for (size_t a = 0; a < k->n_args; a++) {
			if (k->args[a].kind != l->args[a].kind ||
			    k->args[a].offset != l->args[a].offset ||
			    k->args[a].bytes != l->args[a].bytes ||
			    k->args[a].is_float != l->args[a].is_float)
				abort();
		}
	}
	if (n_units > OCR_XMODEL_MAX_UNITS)
		abort();
	ocr_xmodel_release(&n);
	free(xml);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *in = malloc(len > 0 ? len : 1);
	struct ocr_err err = {0};
	struct ocr_xmodel m;
	int r;

	memcpy(in, data, len);
	r = ocr_xclbin_desc_parse(&m, in, len, "x", &err);
	if ((r < 0) != (err.code != 0) || (r < 0 && m.kernels != NULL))
		abort();
	if (r == 0)
		check(&m);
	ocr_xmodel_release(&m);
	free(in);
	return 0;
}
