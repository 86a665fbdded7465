/*
 * test_dist_set.c - sets on the wire: both writers, all readers, damage
 */
#include "config.h"

#include <stdlib.h>

#include "common/random.h"
#include "src/dist_set.h"
#include "tests/unit/tap.h"

#define MAX_WORDS 40

struct made {
	uint64_t n_bits, n_words, n;
	uint64_t words[MAX_WORDS], keys[MAX_WORDS * 64], first;
};

/* density of 256; clumped: whole bytes of it. */
static void
make(struct made *m, uint64_t *random, uint64_t n_bits, unsigned density,
    bool is_clumped)
{
	uint64_t v, x = 0;

	memset(m, 0, sizeof(*m));
	m->n_bits = n_bits;
	m->n_words = (n_bits + 63) / 64;
	m->first = ocr_random_below(random, 1000) * 64;
	for (v = 0; v < n_bits; v++) {
		if (!is_clumped || v % 24 == 0)
			x = ocr_random_below(random, 256);
		if (x >= density)
			continue;
		m->words[v / 64] |= (uint64_t)1 << v % 64;
		m->keys[m->n++] =
		    (m->first + v) << 32 | ocr_random_below(random, 1000);
	}
}

/* An exact copy, so that a sanitizer sees a byte too far. */
static uint8_t *
copy(const struct ocr_dist_bytes *b, size_t len)
{
	uint8_t *p = malloc(len > 0 ? len : 1);

	memcpy(p, b->data, len);
	return p;
}

static bool
reads_bits(const struct made *m, const uint8_t *p, size_t len)
{
	uint64_t got[MAX_WORDS];

	memset(got, 0x5a, sizeof(got));
	return ocr_set_get_bits(p, len, got, m->n_bits) &&
	       memcmp(got, m->words, m->n_words * 8) == 0;
}

static bool
reads_list(const struct made *m, const uint8_t *p, size_t len)
{
	struct ocr_set_in s;
	uint64_t i;

	if (!ocr_set_begin(&s, p, len, m->n_bits) || s.n != m->n)
		return false;
	for (i = 0; i < m->n; i++)
		if (ocr_set_next(&s) != (m->keys[i] >> 32) - m->first)
			return false;
	return ocr_set_next(&s) == UINT64_MAX && ocr_set_end(&s) == p + len;
}

/* Nothing cut is right; nothing flipped reads what is not there. */
static bool
is_strict(const struct made *m, const struct ocr_dist_bytes *b,
    uint64_t *random)
{
	uint64_t got[MAX_WORDS];
	uint8_t *p;
	size_t len, i;

	for (len = 0; len < b->len; len += 1 + len / 8) {
		p = copy(b, len);
		if (ocr_set_get_bits(p, len, got, m->n_bits))
			return false;
		free(p);
	}
	for (i = 0; i < 20; i++) {
		p = copy(b, b->len);
		len = (size_t)ocr_random_below(random, b->len * 8);
		p[len / 8] ^= (uint8_t)(1U << len % 8);
		if (ocr_set_get_bits(p, b->len, got, m->n_bits) &&
		    m->n_bits % 64 != 0 &&
		    got[m->n_words - 1] >> m->n_bits % 64 != 0)
			return false;
		free(p);
	}
	return true;
}

static uint64_t
varint_len(uint64_t v)
{
	uint64_t n = 1;

	while (v >>= 7)
		n++;
	return n;
}

/* The shortest there is, bit by bit. */
static uint64_t
shortest(const struct made *m)
{
	uint64_t list = 0, runs = 0, bits = m->n_words * 8, v, gap = 0, run = 0;

	for (v = 0; v <= m->n_bits; v++) {
		if (v < m->n_bits && m->words[v / 64] >> v % 64 & 1) {
			list += varint_len(run == 0 ? gap : 0);
			run++;
			continue;
		}
		if (run > 0) {
			runs += varint_len(gap) + varint_len(run - 1);
			gap = 0;
		}
		run = 0;
		gap++;
	}
	list = list < runs ? list : runs;
	return 1 + varint_len(m->n) + (list < bits ? list : bits);
}

static const char *
try_set(const struct made *m, uint64_t *random)
{
	struct ocr_dist_bytes b = {0}, k = {0};
	struct ocr_err err = {0};
	const char *why = NULL;
	uint8_t *p, *q;

	if (ocr_set_put_bits(&b, m->words, m->n_words, &err) < 0 ||
	    ocr_set_put_keys(&k, m->keys, m->n, m->first, m->n_words, &err) < 0)
		return "no memory";
	p = copy(&b, b.len);
	q = copy(&k, k.len);
	if (!reads_bits(m, p, b.len) || !reads_list(m, p, b.len))
		why = "bits";
	else if (!reads_bits(m, q, k.len) || !reads_list(m, q, k.len))
		why = "keys";
	else if (b.len != shortest(m))
		why = "not the shortest";
	else if (b.len != k.len || memcmp(b.data, k.data, b.len) != 0)
		why = "bits and keys are not the same";
	else if (!is_strict(m, &b, random) || !is_strict(m, &k, random))
		why = "damage";
	free(p);
	free(q);
	free(b.data);
	free(k.data);
	return why;
}

static void
test_random(void)
{
	static const unsigned densities[] = {0, 1, 4, 16, 64, 128, 250, 256};
	static const uint64_t sizes[] = {0, 1, 63, 64, 65, 1000, 2560};
	static struct made m;
	uint64_t random = 99;
	unsigned d, i, clumped, n_bad = 0;
	const char *why;

	for (d = 0; d < 8; d++)
		for (i = 0; i < 7; i++)
			for (clumped = 0; clumped < 2; clumped++) {
				make(&m, &random, sizes[i], densities[d],
				    clumped);
				why = try_set(&m, &random);
				if (why == NULL)
					continue;
				n_bad++;
				diag("%" PRIu64 " bits, density %u: %s",
				    sizes[i], densities[d], why);
			}
	ok(n_bad == 0, "sets of all densities come back");
}

static bool
is_refused(const char *bytes, size_t len, uint64_t n_bits)
{
	uint64_t got[4];
	uint8_t *p = malloc(len + 1);
	bool is;

	memcpy(p, bytes, len);
	is = !ocr_set_get_bits(p, len, got, n_bits);
	free(p);
	return is;
}

static void
test_refused(void)
{
	ok(is_refused("", 0, 64), "nothing");
	ok(is_refused("\3\0", 2, 64), "no such form");
	ok(is_refused("\0\101", 2, 64), "more than there can be");
	ok(is_refused("\0\1\100", 3, 64), "behind the end");
	ok(is_refused("\0\1\377\377\377\377\377\1", 8, 64), "a long varint");
	ok(is_refused("\0\1\0\0", 4, 64), "more bytes than the set");
	ok(is_refused("\1\2\0\2", 4, 64), "a run of more than there are");
	ok(is_refused("\1\2\77\1", 4, 64), "a run over the end");
	ok(is_refused("\2\1\1\0\0\0\0\0\0", 9, 64), "a short bitmap");
	ok(is_refused("\2\1\3\0\0\0\0\0\0\0", 10, 64), "a wrong count");
	ok(is_refused("\2\1\0\0\0\0\0\0\0\200", 10, 63), "a bit too far");
	ok(!is_refused("\2\1\0\0\0\0\0\0\0\100", 10, 63), "a right one");
	ok(!is_refused("\1\3\1\1\2\0", 6, 64), "two runs");
}

static void
test_short(void)
{
	uint64_t words[16] = {0};
	struct ocr_dist_bytes b = {0};
	struct ocr_err err = {0};

	(void)ocr_set_put_bits(&b, words, 16, &err);
	is_int((int64_t)b.len, 2, "an empty set is two bytes");
	b.len = 0;
	words[7] = 1;
	(void)ocr_set_put_bits(&b, words, 16, &err);
	is_int((int64_t)b.len, 4, "one of it: its varint");
	b.len = 0;
	memset(words, 255, sizeof(words));
	(void)ocr_set_put_bits(&b, words, 16, &err);
	is_int((int64_t)b.len, 6, "all: one run");
	free(b.data);
}

int
main(void)
{
	test_random();
	test_refused();
	test_short();
	return done();
}
