/*
 * fuzz_bnn_file.c - .ocrm files: an error or a network, that is then run
 *
 * Checksums are made right first, so that what is behind them is reached.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/crc.h"
#include "src/bnn_file.h"
#include "src/bnn_file_layout.h"
#include "src/le.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
sign_file(uint8_t *p, size_t len)
{
	if (len < OCR_BNN_FILE_HEAD)
		return;
	ocr_put_le32(p + OCR_BNN_AT_BYTES, (uint32_t)len);
	ocr_put_le32(p + OCR_BNN_AT_BYTES + 4, 0);
	ocr_put_le32(p + OCR_BNN_AT_BODY_CRC,
	    ocr_crc32(0, p + OCR_BNN_FILE_HEAD, len - OCR_BNN_FILE_HEAD));
	ocr_put_le32(p + OCR_BNN_AT_HEAD_CRC,
	    ocr_crc32(0, p, OCR_BNN_AT_HEAD_CRC));
}

/* Small ones: the slow definition is for networks, not for fuzzers. */
static void
run(const struct ocr_bnn_model *m)
{
	const struct ocr_bnn_layer *l = &m->bnn->layers[0];
	size_t n = (size_t)l->in_c * l->in_h * l->in_w;
	struct ocr_err err = {0};
	uint8_t *image;
	int32_t *accs;

	if (m->bnn->n_macs > 100000 || n > 100000)
		return;
	image = calloc(n, 1);
	accs = calloc(m->bnn->n_scores, sizeof(*accs));
	if (image == NULL || accs == NULL ||
	    ocr_bnn_plain(m->bnn, image, m->is_nhwc, accs, &err) < 0)
		abort();
	free(image);
	free(accs);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ocr_bnn_model m = {0};
	struct ocr_err err = {0};
	uint8_t *p = malloc(len + (len == 0)), *again;
	size_t n;
	int r;

	if (p == NULL)
		abort();
	memcpy(p, data, len);
	sign_file(p, len);
	r = ocr_bnn_file_read(&m, p, len, "x", &err);
	if ((r < 0) != (err.code != 0) || (r < 0) != (m.bnn == NULL))
		abort();
	if (r == 0) {
		run(&m);
		if (ocr_bnn_file_make(&again, &n, &m, &err) < 0)
			abort();
		free(again);
	}
	ocr_bnn_model_release(&m);
	free(p);
	return 0;
}
