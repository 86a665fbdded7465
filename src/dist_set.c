/*
 * dist_set.c - see dist_set.h: reading; writing is in dist_set_put.c
 */
#include "config.h"

#include "src/dist_set.h"

#include <string.h>

#include "src/graph_bytes.h"

static bool
get_varint(struct ocr_set_in *s, uint64_t *v)
{
	unsigned shift;

	*v = 0;
	for (shift = 0; shift < 7 * OCR_SET_MAX_VARINT && s->p < s->end;
	     shift += 7) {
		uint8_t byte = *s->p++;

		*v |= (uint64_t)(byte & 127) << shift;
		if (byte < 128)
			return true;
	}
	return false;
}

bool
ocr_set_begin(struct ocr_set_in *s, const uint8_t *p, size_t len,
    uint64_t n_bits)
{
	uint64_t n_words = (n_bits + 63) / 64;

	*s = (struct ocr_set_in){.p = p, .end = p + len, .n_bits = n_bits};
	if (len == 0 || *s->p > OCR_SET_BITS)
		return false;
	s->form = (enum ocr_set_form) * s->p++;
	if (!get_varint(s, &s->n) || s->n > n_bits)
		return false;
	s->left = s->n;
	if (s->form != OCR_SET_BITS)
		return true;
	if ((uint64_t)(s->end - s->p) / 8 < n_words)
		return false;
	s->end = s->p + n_words * 8;
	return true;
}

/* The next word that has a 1. */
static bool
next_word(struct ocr_set_in *s)
{
	while (s->word == 0) {
		if (s->p == s->end)
			return false;
		s->word = ocr_load_le64(s->p);
		s->p += 8;
		s->at += 64;
	}
	return true;
}

static uint64_t
next_bit(struct ocr_set_in *s)
{
	uint64_t v;

	if (!next_word(s))
		return UINT64_MAX;
	v = s->at - 64 + (uint64_t)__builtin_ctzll(s->word);
	s->word &= s->word - 1;
	s->left--;
	return v < s->n_bits ? v : UINT64_MAX;
}

uint64_t
ocr_set_next(struct ocr_set_in *s)
{
	uint64_t gap;

	if (s->left == 0)
		return UINT64_MAX;
	if (s->form == OCR_SET_BITS)
		return next_bit(s);
	if (s->run == 0) {
		if (!get_varint(s, &gap))
			return UINT64_MAX;
		s->at += gap;
		if (s->form == OCR_SET_RUNS && !get_varint(s, &s->run))
			return UINT64_MAX;
		s->run++;
	}
	if (s->at >= s->n_bits)
		return UINT64_MAX;
	s->run--;
	s->left--;
	return s->at++;
}

const uint8_t *
ocr_set_end(const struct ocr_set_in *s)
{
	const uint8_t *p;

	if (s->left != 0 || s->run != 0 || s->word != 0)
		return NULL;
	if (s->form != OCR_SET_BITS)
		return s->p;
	for (p = s->p; p < s->end; p++)
		if (*p != 0)
			return NULL;
	return s->end;
}

static bool
get_bitmap(const struct ocr_set_in *s, uint64_t *words, uint64_t n_words)
{
	uint64_t n = 0, w;

	for (w = 0; w < n_words; w++) {
		words[w] = ocr_load_le64(s->p + w * 8);
		n += (uint64_t)__builtin_popcountll(words[w]);
	}
	if (s->n_bits % 64 != 0 && words[n_words - 1] >> s->n_bits % 64 != 0)
		return false;
	return n == s->n;
}

bool
ocr_set_get_bits(const uint8_t *p, size_t len, uint64_t *words, uint64_t n_bits)
{
	uint64_t n_words = (n_bits + 63) / 64, i, v;
	struct ocr_set_in s;

	if (!ocr_set_begin(&s, p, len, n_bits))
		return false;
	if (s.form == OCR_SET_BITS)
		return s.end == p + len && get_bitmap(&s, words, n_words);
	memset(words, 0, (size_t)n_words * sizeof(*words));
	for (i = 0; i < s.n; i++) {
		v = ocr_set_next(&s);
		if (v == UINT64_MAX)
			return false;
		words[v / 64] |= (uint64_t)1 << v % 64;
	}
	return ocr_set_end(&s) == p + len;
}
