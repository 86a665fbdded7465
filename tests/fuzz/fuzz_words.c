/*
 * fuzz_words.c - words of any text: no more bytes than it has, none made up
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/words.h"

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
	char *text = malloc(len > 0 ? len : 1);
	struct ocr_words w = {0};
	struct ocr_err err = {0};
	size_t n = 0;
	int r;

	demand(text != NULL);
	if (len > 0)
		memcpy(text, data, len);
	r = ocr_words_split(&w, text, len, '#', "x", &err);
	demand(r == 0 || (r == -OCR_EUSAGE && err.code == r));
	for (size_t i = 0; i < w.n; i++) {
		n += strlen(w.v[i]) + (i > 0);
		demand(strpbrk(w.v[i], "\n\r\x7f\x1b") == NULL);
	}
	demand(n <= len);
	demand(w.n == 0 || w.v[w.n] == NULL);
	ocr_words_release(&w);
	free(text);
	return 0;
}
