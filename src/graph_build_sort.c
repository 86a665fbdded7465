/*
 * graph_build_sort.c - rows sorted by rank and weight
 *
 * Short pieces by insertion, longer ones by radix sort through the thread's
 * scratch; what does not fit there is cut in place by one byte after the other
 * (McIlroy, Bostic, McIlroy, "Engineering radix sort", Computing Systems 6,
 * 1993: American flag sort).  While a row is sorted it holds ranks for ends.
 */
#include "config.h"

#include "src/graph_build_sort.h"

#include <stdbool.h>
#include <string.h>

#define SHORT 40 /* insertion is faster up to here */
#define RANK_LEVELS 4

/* Bytes of a word that may differ when values are below n. */
static unsigned
bytes_below(uint64_t n)
{
	unsigned bytes = 0;

	for (; n > 1 && bytes < 4; bytes++)
		n = (n + 255) >> 8;
	return bytes;
}

static void
insert_words(uint32_t *a, size_t n)
{
	size_t i, j;

	for (i = 1; i < n; i++) {
		uint32_t x = a[i];

		for (j = i; j > 0 && a[j - 1] > x; j--)
			a[j] = a[j - 1];
		a[j] = x;
	}
}

/* Where the items of each digit begin; false: all have the same digit. */
static bool
starts(uint32_t count[256], size_t n)
{
	uint32_t sum = 0, c;
	unsigned d;

	for (d = 0; d < 256; d++) {
		c = count[d];
		if (c == n)
			return false;
		count[d] = sum;
		sum += c;
	}
	return true;
}

static void
sort_words(uint32_t *words, uint32_t *spare, size_t n, unsigned bytes)
{
	uint32_t count[4][256], *a = words, *b = spare, *t;
	unsigned k;
	size_t i;

	if (n <= SHORT) {
		insert_words(words, n);
		return;
	}
	memset(count, 0, bytes * sizeof(count[0]));
	for (k = 0; k < bytes; k++)
		for (i = 0; i < n; i++)
			count[k][words[i] >> 8 * k & 255]++;
	for (k = 0; k < bytes; k++) {
		if (!starts(count[k], n))
			continue;
		for (i = 0; i < n; i++)
			b[count[k][a[i] >> 8 * k & 255]++] = a[i];
		t = a;
		a = b;
		b = t;
	}
	if (a != words)
		memcpy(words, a, n * sizeof(*a));
}

static void
insert_keys(uint64_t *a, size_t n)
{
	size_t i, j;

	for (i = 1; i < n; i++) {
		uint64_t x = a[i];

		for (j = i; j > 0 && a[j - 1] > x; j--)
			a[j] = a[j - 1];
		a[j] = x;
	}
}

/* One byte; false: it is the same in all of them. */
static bool
sort_byte(const uint64_t *a, uint64_t *b, size_t n, unsigned byte)
{
	size_t at[256] = {0}, sum = 0, c, i;
	unsigned d;

	for (i = 0; i < n; i++)
		at[a[i] >> 8 * byte & 255]++;
	if (at[a[0] >> 8 * byte & 255] == n)
		return false;
	for (d = 0; d < 256; d++) {
		c = at[d];
		at[d] = sum;
		sum += c;
	}
	for (i = 0; i < n; i++)
		b[at[a[i] >> 8 * byte & 255]++] = a[i];
	return true;
}

void
ocr_sort_keys(uint64_t *keys, uint64_t *spare, size_t n, unsigned from)
{
	uint64_t *a = keys, *b = spare, *t;

	/* Insertion compares whole words: right only where the bytes below
	 * `from` ascend already, and they do. */
	if (n <= SHORT) {
		insert_keys(keys, n);
		return;
	}
	for (; from < 8; from++) {
		if (!sort_byte(a, b, n, from))
			continue;
		t = a;
		a = b;
		b = t;
	}
	if (a != keys)
		memcpy(keys, a, n * sizeof(*a));
}

static void
sort_ints(uint32_t *ends, uint32_t *ints, size_t n, struct ocr_sort_scratch *s)
{
	size_t i;

	for (i = 0; i < n; i++)
		s->keys[i] = (uint64_t)ends[i] << 32 | ints[i];
	ocr_sort_keys(s->keys, s->spare, n, 0);
	for (i = 0; i < n; i++) {
		ends[i] = (uint32_t)(s->keys[i] >> 32);
		ints[i] = (uint32_t)s->keys[i];
	}
}

/* Reals that are not negative are in the order of their bits. */
static void
sort_run(double *reals, size_t n, struct ocr_sort_scratch *s)
{
	memcpy(s->keys, reals, n * sizeof(*reals));
	ocr_sort_keys(s->keys, s->spare, n, 0);
	memcpy(reals, s->keys, n * sizeof(*reals));
}

static void
sort_reals(uint32_t *ends, double *reals, size_t n, struct ocr_sort_scratch *s)
{
	size_t i, j;

	for (i = 0; i < n; i++)
		s->keys[i] = (uint64_t)ends[i] << 32 | i;
	ocr_sort_keys(s->keys, s->spare, n, 4);
	memcpy(s->reals, reals, n * sizeof(*reals));
	for (i = 0; i < n; i++) {
		ends[i] = (uint32_t)(s->keys[i] >> 32);
		reals[i] = s->reals[(uint32_t)s->keys[i]];
	}
	for (i = 0; i < n; i = j) {
		for (j = i + 1; j < n && ends[j] == ends[i]; j++)
			continue;
		if (j > i + 1)
			sort_run(reals + i, j - i, s);
	}
}

static void
sort_chunk(const struct ocr_sort_row *r, size_t at, size_t n, unsigned bytes,
    struct ocr_sort_scratch *s)
{
	if (r->ints != NULL)
		sort_ints(r->ends + at, r->ints + at, n, s);
	else if (r->reals != NULL)
		sort_reals(r->ends + at, r->reals + at, n, s);
	else
		sort_words(r->ends + at, (uint32_t *)s->spare, n, bytes);
}

static uint64_t
weight_bits(const struct ocr_sort_row *r, size_t i)
{
	uint64_t bits = 0;

	if (r->ints != NULL)
		bits = r->ints[i];
	else if (r->reals != NULL)
		memcpy(&bits, &r->reals[i], sizeof(bits));
	return bits;
}

/* Level 0 to 3: the bytes of the rank, highest first; then of the weight. */
static unsigned
digit(const struct ocr_sort_row *r, size_t i, unsigned level)
{
	if (level < RANK_LEVELS)
		return r->ends[i] >> 8 * (RANK_LEVELS - 1 - level) & 255;
	return weight_bits(r, i) >> 8 * (RANK_LEVELS + 7 - level) & 255;
}

static unsigned
n_levels(const struct ocr_sort_row *r)
{
	return r->ints == NULL && r->reals == NULL ? RANK_LEVELS
						   : RANK_LEVELS + 8;
}

static void
swap(const struct ocr_sort_row *r, size_t i, size_t j)
{
	uint32_t word = r->ends[i];
	double real;

	r->ends[i] = r->ends[j];
	r->ends[j] = word;
	if (r->ints != NULL) {
		word = r->ints[i];
		r->ints[i] = r->ints[j];
		r->ints[j] = word;
	} else if (r->reals != NULL) {
		real = r->reals[i];
		r->reals[i] = r->reals[j];
		r->reals[j] = real;
	}
}

/* Put every item of [at, at + n) into the bucket of its digit; ends[d]: where
 * bucket d ends. */
static void
cut(const struct ocr_sort_row *r, size_t at, size_t n, unsigned level,
    size_t ends[256])
{
	size_t next[256], sum = at, i;
	unsigned d, e;

	memset(ends, 0, 256 * sizeof(*ends));
	for (i = at; i < at + n; i++)
		ends[digit(r, i, level)]++;
	for (d = 0; d < 256; d++) {
		next[d] = sum;
		sum += ends[d];
		ends[d] = sum;
	}
	for (d = 0; d < 256; d++)
		while (next[d] < ends[d]) {
			e = digit(r, next[d], level);
			if (e == d)
				next[d]++;
			else
				swap(r, next[d], next[e]++);
		}
}

/* Goes at most as deep as there are levels. */
static void
sort_long(const struct ocr_sort_row *r, size_t at, size_t n, unsigned level,
    unsigned bytes, struct ocr_sort_scratch *s)
{
	size_t ends[256], from = at;
	unsigned d;

	if (n <= OCR_SORT_CHUNK) {
		sort_chunk(r, at, n, bytes, s);
		return;
	}
	if (level == n_levels(r))
		return; /* all the same */
	cut(r, at, n, level, ends);
	for (d = 0; d < 256; d++) {
		if (ends[d] - from > 1)
			sort_long(r, from, ends[d] - from, level + 1, bytes, s);
		from = ends[d];
	}
}

void
ocr_sort_row(const struct ocr_sort_row *row, size_t len, uint64_t n,
    const uint32_t *rank, const uint32_t *order, struct ocr_sort_scratch *s)
{
	unsigned bytes = bytes_below(n);
	size_t i;

	if (len < 2)
		return;
	for (i = 0; rank != NULL && i < len; i++)
		row->ends[i] = rank[row->ends[i]];
	sort_long(row, 0, len, RANK_LEVELS - bytes, bytes, s);
	for (i = 0; rank != NULL && i < len; i++)
		row->ends[i] = order[row->ends[i]];
}
