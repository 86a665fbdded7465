/*
 * test_infer_result.c - records and results as bytes: the same on any machine
 */
#include "config.h"

#include "src/infer_result.h"

#include <math.h>
#include <string.h>

#include "src/images_records.h"
#include "src/le.h"
#include "tests/unit/tap.h"

static void
test_numbers(void)
{
	uint8_t bytes[4];
	uint32_t v = ocr_le32(0x01020304);

	memcpy(bytes, &v, 4);
	ok(memcmp(bytes, "\4\3\2\1", 4) == 0, "little-endian in memory");
	ok(ocr_le32(v) == 0x01020304, "and back");
}

static void
test_result(void)
{
	static const uint8_t want[] = {0, 0, 0, 0, 254, 255, 255, 255, 2, 0, 0,
	    0, 0, 0, 0, 0, 'a', 'b', 4, 3, 2, 1, 0, 0, 0xc0, 0x3f};
	static const uint8_t bad[] = {0xfd, 255, 255, 255, 7, 0, 0, 0, 1, 0, 0,
	    0, 3, 0, 0, 0, 'x', 'w', 'h', 'y'};
	struct ocr_infer_value value = {.label = 0x01020304, .score = 1.5F};
	unsigned char room[128] = {0};
	struct ocr_chunk c = {.data = room, .cap = sizeof(room)};
	struct ocr_result r = {.truth = -2,
	    .name = "ab",
	    .n_name = 2,
	    .values = &value};
	struct ocr_err err = {0};
	size_t at;

	ocr_infer_values_swap(&value, 1);
	is_int(ocr_result_pack(&c, &r, 1, &at, &err), 0, "packed");
	ok(c.len == sizeof(want) && memcmp(room, want, sizeof(want)) == 0,
	    "a result's bytes");
	is_int((int)at, 18, "where its values are");
	r = (struct ocr_result){.status = -3,
	    .truth = 7,
	    .name = "x",
	    .n_name = 1,
	    .text = "why",
	    .n_text = 3};
	is_int(ocr_result_pack(&c, &r, 1, &at, &err), 0, "packed");
	ok(c.len == sizeof(want) + sizeof(bad) &&
		memcmp(room + sizeof(want), bad, sizeof(bad)) == 0,
	    "a failure's bytes");
	at = 0;
	ok(ocr_result_next(&c, 1, &at, &r), "the first");
	ok(r.status == 0 && r.truth == -2 && r.n_name == 2 &&
		memcmp(r.name, "ab", 2) == 0,
	    "is what it was");
	value = ocr_result_value(r.values, 0);
	ok(value.label == 0x01020304 && value.score == 1.5F, "its value");
	ok(ocr_result_next(&c, 1, &at, &r), "the second");
	ok(r.status == -3 && r.truth == 7 && r.n_text == 3 &&
		memcmp(r.text, "why", 3) == 0,
	    "is what it was");
	ok(!ocr_result_next(&c, 1, &at, &r), "no third");
	/* Cut anywhere, it is none. */
	for (c.len = 0; c.len < sizeof(want); c.len++) {
		at = 0;
		if (ocr_result_next(&c, 1, &at, &r))
			break;
	}
	is_int((int)c.len, (int)sizeof(want), "cut ones");
}

static void
test_record(void)
{
	static const uint8_t want[] = {3, 0, 0, 0, 1, 0, 0, 0, 255, 255, 255,
	    255, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0,
	    'n', 9, 8, 7};
	static const uint8_t pixels[] = {9, 8, 7};
	struct ocr_record rec = {.truth = -1,
	    .name = "n",
	    .n_name = 1,
	    .bytes = pixels,
	    .n_bytes = 3,
	    .shape = {.c = 1, .h = 1, .w = 3, .is_nhwc = true}};
	uint8_t out[sizeof(want)];

	is_int((int)ocr_record_packed(&rec), (int)sizeof(want), "its size");
	ocr_record_pack(&rec, out);
	ok(memcmp(out, want, sizeof(want)) == 0, "a record's bytes");
}

static void
alike(const char *a, const char *b, bool want)
{
	bool got = ocr_result_is_alike(a, strlen(a), b, strlen(b));

	ok(got == want, "'%s' and '%s'", a, b);
	got = ocr_result_is_alike(b, strlen(b), a, strlen(a));
	ok(got == want, "'%s' and '%s'", b, a);
}

static void
test_alike(void)
{
	alike("x\t7\t0.5\n", "x\t7\t0.5\n", true);
	alike("x\t7\t0.5\n", "x\t7\t0.50001\n", true);
	alike("x\t7\t0.5\t8\t0.25\n", "x\t7\t0.499999\t8\t0.25001\n", true);
	alike("x\t7\t12\n", "x\t7\t11.999999\n", true);
	alike("x\t7\t-1e-07\n", "x\t7\t2.5e-08\n", true);
	alike("x\t7\t0.5\n", "x\t8\t0.5\n", false);
	alike("x\t1000\t0.5\n", "x\t1001\t0.5\n", false);
	alike("x\t7\t0.5\n", "y\t7\t0.5\n", false);
	alike("x\t7\t0.5\n", "x\t7\t0.51\n", false);
	alike("x\t7\t0.5\n", "x\t7\t-0.5\n", false);
	alike("x\t7\t0.5\n", "x\t7\t0.5", false);
	alike("x\t7\t0.5\n", "x\t7\t\n", false);
	alike("x\t7\t0.5\n", "x\t7\terror\n", false);
	alike("{\"class\":7,\"score\":0.5}\n",
	    "{\"class\":7,\"score\":0.50001}\n", true);
	alike("{\"class\":7,\"score\":0.5}\n", "{\"class\":6,\"score\":0.5}\n",
	    false);
	alike("", "", true);
	alike("", "1", false);
	alike("0.00000000000000000000000000000000000000000000000000001", "0.1",
	    false);
}

int
main(void)
{
	test_alike();
	test_numbers();
	test_result();
	test_record();
	return done();
}
