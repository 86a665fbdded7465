/*
 * dist_set_put.c - see dist_set.h: writing
 */
#include "config.h"

#include <string.h>

#include "src/dist_set.h"

#define HEAD (1 + OCR_SET_MAX_VARINT)

/* A set, run by run: of a bitmap, or of ascending keys if they are not NULL. */
struct runs {
	const uint64_t *words, *keys;
	uint64_t n_words, n_keys;
	uint64_t first; /* of keys */
	uint64_t at;    /* bit or key */
};

/* The first bit from `at` on that is `value`; behind the last if there is none. */
static uint64_t
find_bit(const struct runs *s, uint64_t at, bool value)
{
	uint64_t flip = value ? 0 : UINT64_MAX, w = at / 64, word;

	if (w >= s->n_words)
		return s->n_words * 64;
	word = (s->words[w] ^ flip) & UINT64_MAX << at % 64;
	while (word == 0) {
		if (++w == s->n_words)
			return s->n_words * 64;
		word = s->words[w] ^ flip;
	}
	return w * 64 + (uint64_t)__builtin_ctzll(word);
}

static inline uint64_t
key(const struct runs *s, uint64_t i)
{
	return (s->keys[i] >> 32) - s->first;
}

/* The next run: from *from to the one before *to. */
static inline bool
next_run(struct runs *s, uint64_t *from, uint64_t *to)
{
	if (s->keys == NULL) {
		*from = find_bit(s, s->at, true);
		if (*from == s->n_words * 64)
			return false;
		s->at = *to = find_bit(s, *from, false);
		return true;
	}
	if (s->at == s->n_keys)
		return false;
	*from = key(s, s->at);
	*to = *from + 1;
	while (++s->at < s->n_keys && key(s, s->at) == *to)
		++*to;
	return true;
}

static unsigned
varint_len(uint64_t v)
{
	return v < 128 ? 1 : (70U - (unsigned)__builtin_clzll(v)) / 7;
}

static uint8_t *
put_varint(uint8_t *p, uint64_t v)
{
	for (; v > 127; v >>= 7)
		*p++ = (uint8_t)(v | 128);
	*p++ = (uint8_t)v;
	return p;
}

/* The shortest form and its length, which BITS has already. */
static enum ocr_set_form
choose(struct runs s, uint64_t *len)
{
	uint64_t list = 0, runs = 0, at = 0, from, to;

	while ((list <= *len || runs <= *len) && next_run(&s, &from, &to)) {
		unsigned gap = varint_len(from - at);

		list += gap + (to - from - 1);
		runs += gap + varint_len(to - from - 1);
		at = to;
	}
	if (list > *len && runs > *len)
		return OCR_SET_BITS;
	*len = list <= runs ? list : runs;
	return list <= runs ? OCR_SET_LIST : OCR_SET_RUNS;
}

static void
put_runs(uint8_t *p, struct runs s, bool is_list)
{
	uint64_t at = 0, from, to;

	for (; next_run(&s, &from, &to); at = to) {
		p = put_varint(p, from - at);
		if (is_list)
			memset(p, 0, (size_t)(to - from - 1));
		p = is_list ? p + (to - from - 1)
			    : put_varint(p, to - from - 1);
	}
}

static void
put_word(uint8_t *p, uint64_t word)
{
	for (unsigned i = 0; i < 8; i++)
		p[i] = (uint8_t)(word >> 8 * i);
}

static void
put_bitmap(uint8_t *p, const struct runs *s)
{
	uint64_t i;

	if (s->keys != NULL)
		memset(p, 0, (size_t)s->n_words * 8);
	for (i = 0; s->keys == NULL && i < s->n_words; i++)
		put_word(p + i * 8, s->words[i]);
	for (i = 0; i < s->n_keys; i++)
		p[key(s, i) / 8] |= (uint8_t)(1U << key(s, i) % 8);
}

/* Of n; is_full: only as a bitmap can it be short. */
static int
put(struct ocr_dist_bytes *to, const struct runs *s, uint64_t n, bool is_full,
    struct ocr_err *err)
{
	enum ocr_set_form form = OCR_SET_BITS;
	uint64_t len = s->n_words * 8;
	uint8_t *p;
	int r;

	if (s->n_words > SIZE_MAX / 16)
		return ocr_err_nomem(err);
	if (!is_full)
		form = choose(*s, &len);
	r = ocr_dist_room(to, HEAD + (size_t)len, err);
	if (r < 0)
		return r;
	p = to->data + to->len;
	*p++ = (uint8_t)form;
	p = put_varint(p, n);
	if (form == OCR_SET_BITS)
		put_bitmap(p, s);
	else
		put_runs(p, *s, form == OCR_SET_LIST);
	to->len = (size_t)(p - to->data) + (size_t)len;
	return 0;
}

int
ocr_set_put_bits(struct ocr_dist_bytes *to, const uint64_t *words,
    uint64_t n_words, struct ocr_err *err)
{
	struct runs s = {.words = words, .n_words = n_words};
	uint64_t n = 0, n_runs = 0, carry = 0, w;

	for (w = 0; w < n_words; w++) {
		n += (uint64_t)__builtin_popcountll(words[w]);
		n_runs += (uint64_t)__builtin_popcountll(
		    words[w] & ~(words[w] << 1 | carry));
		carry = words[w] >> 63;
	}
	/* A byte for each of a list, two for a run, are the least. */
	return put(to, &s, n, n > n_words * 8 && n_runs * 2 > n_words * 8, err);
}

int
ocr_set_put_keys(struct ocr_dist_bytes *to, const uint64_t *keys, uint64_t n,
    uint64_t first, uint64_t n_words, struct ocr_err *err)
{
	struct runs s = {.keys = keys,
	    .n_keys = n,
	    .n_words = n_words,
	    .first = first};

	return put(to, &s, n, false, err);
}
