/*
 * fuzz_cut.c - any bytes cut with any options, against the plain rule
 *
 * The first four bytes choose the options.
 */
#include "config.h"

#include "tests/unit/cut_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ocr_cut_opt opt = {0};
	const char *wrong;

	if (len < 4)
		return 0;
	opt.by = (enum ocr_cut_by)(data[0] % 3);
	opt.is_max_wanted = data[0] & 4;
	opt.is_long_cut = data[0] & 8;
	opt.n = data[1] + (opt.by != OCR_CUT_LINES);
	opt.max_bytes = (size_t)data[2] * (1 + data[3]) + 1;
	if (opt.by == OCR_CUT_RECORDS && opt.n > opt.max_bytes)
		opt.max_bytes = (size_t)opt.n;
	wrong = cut_model_check(&opt, data + 4, len - 4);
	if (wrong != NULL) {
		fprintf(stderr, "fuzz_cut: %s\n", wrong);
		abort();
	}
	return 0;
}
