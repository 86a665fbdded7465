/*
 * fuzz_dist_set.c - sets that another rank has sent: no read or write too far
 *
 * The first two bytes say how many there may be.  A bitmap and a list of the
 * same bytes must say the same, and what is written of it is read as it was.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/dist_set.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check(bool is)
{
	if (!is)
		abort();
}

static void
again(const uint64_t *words, uint64_t n_bits)
{
	uint64_t n_words = (n_bits + 63) / 64;
	uint64_t *got = malloc((size_t)n_words * 8 + 1);
	struct ocr_dist_bytes b = {0};
	struct ocr_err err = {0};

	check(got != NULL && ocr_set_put_bits(&b, words, n_words, &err) == 0 &&
	      ocr_set_get_bits(b.data, b.len, got, n_bits) &&
	      memcmp(got, words, (size_t)n_words * 8) == 0);
	free(b.data);
	free(got);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint64_t n_bits, n_words, i, v, *words;
	struct ocr_set_in s;
	uint8_t *p;
	bool is;

	if (len < 2)
		return 0;
	n_bits = data[0] | (uint64_t)(data[1] & 15) << 8;
	n_words = (n_bits + 63) / 64;
	len -= 2;
	p = malloc(len + 1);
	words = malloc((size_t)n_words * 8 + 1);
	check(p != NULL && words != NULL);
	memcpy(p, data + 2, len);
	is = ocr_set_get_bits(p, len, words, n_bits);
	if (ocr_set_begin(&s, p, len, n_bits)) {
		v = 0;
		for (i = 0; i < s.n && v != UINT64_MAX; i++) {
			v = ocr_set_next(&s);
			check(v == UINT64_MAX || v < n_bits);
			if (is)
				check(words[v / 64] >> v % 64 & 1);
		}
		if (is)
			check(ocr_set_end(&s) == p + len);
	}
	if (is)
		again(words, n_bits);
	free(words);
	free(p);
	return 0;
}
