/*
 * fuzz_onnx.c - model files: what is read can be shaped, folded and run
 *
 * The run is left out where a mutated net would compute for long.
 */
#include "config.h"

#include <stdlib.h>

#include "src/net_fold.h"
#include "src/net_int8.h"
#include "src/net_run.h"
#include "src/net_shape.h"
#include "src/onnx.h"

#define MAX_WORK (1U << 22) /* bytes of a layer, and of all weights */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Bytes of all tensors, and of windows: a bound of the work. */
static bool
is_small(const struct ocr_net *n)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < n->n_tensors; i++)
		sum += n->tensors[i].has_shape
			   ? ocr_tensor_count(&n->tensors[i], 1)
			   : 0;
	for (i = 0; i < n->n_nodes; i++)
		sum += (uint64_t)(n->nodes[i].attr.kernel[0] *
				  n->nodes[i].attr.kernel[1]);
	return sum < MAX_WORK / 64;
}

static void
run(const struct ocr_net *n)
{
	struct ocr_net_run *r = NULL;
	struct ocr_err err = {0};
	const struct ocr_tensor *in, *out;
	void *from, *to;

	if (n->n_nodes == 0 || ocr_net_run_new(&r, n, 0, n->n_nodes - 1,
				   OCR_NET_PLAIN, 1, &err) < 0)
		return;
	in = &n->tensors[ocr_net_run_input(r)];
	out = &n->tensors[ocr_net_run_output(r)];
	from = calloc(ocr_tensor_count(in, 1), ocr_element_size(in->element));
	to = calloc(ocr_tensor_count(out, 1), ocr_element_size(out->element));
	if (from == NULL || to == NULL ||
	    ocr_net_run_images(r, from, 1, to, &err) < 0)
		abort();
	free(from);
	free(to);
	ocr_net_run_free(r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ocr_net *n = NULL;
	struct ocr_err err = {0};
	int r;

	if (len == 0)
		return 0;
	r = ocr_onnx_parse(&n, data + 1, len - 1, "x", -1,
	    data[0] % 2 == 0 ? OCR_ONNX_BATCH : OCR_ONNX_FIXED, &err);
	if ((r < 0) != (err.code != 0) || (r < 0) != (n == NULL))
		abort();
	if (r == 0)
		r = ocr_net_shape(n, &err);
	if (r == 0 && is_small(n)) {
		run(n);
		r = ocr_net_fold(n, &err);
		if (r == 0 && n->n_nodes > 0)
			r = ocr_net_merge(n, 0, n->n_nodes - 1, &err);
		if (r == 0 && n->n_nodes > 0)
			r = ocr_net_int8(n, 0, n->n_nodes - 1, OCR_NET_PLAIN,
			    &err);
		if (r >= 0)
			run(n);
	}
	ocr_net_free(n);
	return 0;
}
