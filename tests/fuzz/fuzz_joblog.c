/*
 * fuzz_joblog.c - any file is a joblog or is refused, and cutting one takes
 * away nothing but its last line
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/joblog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
demand(int held)
{
	if (!held)
		abort();
}

static int
parse(struct ocr_joblog_done *d, const char *text, size_t len)
{
	struct ocr_err err = {0};
	int r = ocr_joblog_parse(d, "f", "c -6", text, len, &err);

	demand(r == 0 || (r == -OCR_EFORMAT && err.code == r));
	demand(r == 0 || d->list == NULL);
	return r;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	/* Of that size exactly, so that a byte too far is seen. */
	char *text = malloc(len > 0 ? len : 1);
	struct ocr_joblog_done d, shorter;

	demand(text != NULL);
	if (len > 0)
		memcpy(text, data, len);
	if (parse(&d, text, len) == 0) {
		demand(d.n + d.n_foreign <= d.n_lines);
		for (size_t i = 0; i < d.n; i++) {
			const struct ocr_joblog_entry *e = &d.list[i];

			demand(i == 0 || d.list[i - 1].seq < e->seq);
			demand(ocr_joblog_find(&d, e->seq, e->sum.in_len,
				   e->sum.in_crc) == &e->sum);
		}
		demand(len == 0 || parse(&shorter, text, len - 1) == 0);
		if (len > 0) {
			demand(shorter.n_lines + 1 >= d.n_lines);
			ocr_joblog_done_release(&shorter);
		}
		ocr_joblog_done_release(&d);
	}
	free(text);
	return 0;
}
