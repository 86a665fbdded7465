/* test_marker.c - k_marker_find against a plain search */
#include <stdlib.h>

#include "kernels/k_marker.h"
#include "tests/unit/gen.h"
#include "tests/unit/tap.h"

#define SEED 20240611
#define MAX_LEN 2000

static size_t
plain(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i + 4 <= len; i++)
		if (p[i] == 0 && p[i + 1] == 0 && p[i + 2] == 0xff &&
		    p[i + 3] == 0xff)
			return i + 4;
	return len;
}

/* On a copy of exactly len bytes, so that a sanitizer sees an overread. */
static int
agrees(const uint8_t *p, size_t len)
{
	uint8_t *copy = calloc(len > 0 ? len : 1, 1);
	int held;

	if (copy == NULL)
		abort();
	memcpy(copy, p, len);
	held = k_marker_find(copy, len) == plain(copy, len);
	free(copy);
	return held;
}

static int
every_place(uint8_t fill)
{
	uint8_t p[MAX_LEN];
	int held = 1;

	for (size_t len = 4; len < 800; len += len < 250 ? 7 : 9)
		for (size_t at = 0; at + 4 <= len; at++) {
			memset(p, fill, len);
			memcpy(p + at, "\0\0\xff\xff", 4);
			held &= agrees(p, len);
		}
	return held;
}

static int
every_length(uint8_t fill)
{
	uint8_t p[MAX_LEN];
	int held = 1;

	memset(p, fill, sizeof p);
	for (size_t len = 0; len <= sizeof p; len++)
		held &= agrees(p, len);
	return held;
}

/* Bytes from 'n_values' values out of 00 and FF and others: many near hits. */
static int
random_bytes(struct gen *g, uint32_t n_values)
{
	static const uint8_t value[] = {0x00, 0xff, 0x01, 0xfe, 0x80};
	uint8_t p[MAX_LEN];
	int held = 1;

	for (int k = 0; k < 2000; k++) {
		size_t len = gen_below(g, sizeof p + 1);

		for (size_t i = 0; i < len; i++)
			p[i] = value[gen_u32(g) % n_values];
		for (size_t i = 0; i + 4 <= len && k % 2; i++)
			if (plain(p + i, 4) == 4 && p[i] == 0 &&
			    p[i + 3] == 0xff)
				p[i + 2] = 0x7f;
		held &= agrees(p, len);
	}
	return held;
}

static int
one_after_another(void)
{
	uint8_t p[1000];
	size_t at = 0, n = 0;

	memset(p, 7, sizeof p);
	for (size_t i = 0; i + 4 <= sizeof p; i += 50)
		memcpy(p + i, "\0\0\xff\xff", 4);
	while (at < sizeof p) {
		at += k_marker_find(p + at, sizeof p - at);
		n++;
	}
	return n == 21;
}

int
main(void)
{
	struct gen g = {SEED};

	diag("seed %d", SEED);
	is_int((int64_t)k_marker_find(NULL, 0), 0, "nothing");
	is_int((int64_t)k_marker_find((const uint8_t *)"\0\0\xff\xff", 4), 4,
	    "the marker alone");
	is_int((int64_t)k_marker_find((const uint8_t *)"\0\0\0\xff\xff\xff", 6),
	    5, "longer runs");
	ok(every_place(0x00), "found at every place among 00");
	ok(every_place(0xff), "found at every place among FF");
	ok(every_place(0x41), "found at every place among others");
	ok(every_length(0x00), "none in 00 of any length");
	ok(every_length(0xff), "none in FF of any length");
	ok(random_bytes(&g, 2), "bytes 00 and FF");
	ok(random_bytes(&g, 5), "bytes 00, FF and others");
	ok(one_after_another(), "goes on behind a hit");
	return done();
}
