/*
 * test_softcard_wire.c - messages of XRT's emulation, whole and cut
 */
#include "config.h"

#include <stdlib.h>

#include "src/softcard_wire.h"
#include "tests/unit/tap.h"

static void
test_request(void)
{
	static const uint8_t good[] = {0x09, 0x38, 0x02, 0, 0, 0, 0, 0, 0x80,
	    0x15, 0x0b, 0, 0, 0x01};
	uint8_t bad[sizeof(good)];
	uint32_t message;
	uint64_t len;

	ok(ocr_wire_get_request(good, &len, &message), "a request");
	is_int((int64_t)(len >> 1), 0x400000000000011c, "its length");
	is_int(message, 0x0100000b, "its number");
	memcpy(bad, good, sizeof(bad));
	bad[0] = 0x0a;
	ok(!ocr_wire_get_request(bad, &len, &message), "not 09");
	bad[0] = 0x09;
	bad[9] = 0x10;
	ok(!ocr_wire_get_request(bad, &len, &message), "not 15");
}

/* A copy of that size exactly, so that a byte too far is seen. */
static enum ocr_wire_got
next_of(const void *data, size_t len, uint64_t rest, struct ocr_wire_field *f)
{
	uint8_t *copy = malloc(len + (len == 0));
	struct ocr_wire w;
	enum ocr_wire_got got;

	memcpy(copy, data, len);
	w = (struct ocr_wire){.p = copy, .end = copy + len, .rest = rest};
	got = ocr_wire_next(&w, f);
	/* Only its place matters from here on. */
	if (f->data != NULL)
		f->data = (const uint8_t *)data + (f->data - copy);
	free(copy);
	return got;
}

static void
test_numbers(void)
{
	struct ocr_wire_field f;

	is_int(next_of("\x10\x96\x01", 3, 0, &f), OCR_WIRE_FIELD, "a varint");
	ok(f.number == 2 && f.value == 150 && f.data == NULL, "2: 150");
	is_int(
	    next_of("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11, 0, &f),
	    OCR_WIRE_FIELD, "the largest varint");
	ok(f.number == 1 && f.value == UINT64_MAX, "1: 2^64 - 1");
	is_int(next_of("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12,
		   0, &f),
	    OCR_WIRE_BAD, "a varint of 11 bytes");
	is_int(next_of("\x09\x01\x02\x03\x04\x05\x06\x07\x08", 9, 0, &f),
	    OCR_WIRE_FIELD, "fixed64");
	ok(f.number == 1 && f.value == UINT64_C(0x0807060504030201), "value");
	is_int(next_of("\x3d\x01\x02\x03\x84", 5, 0, &f), OCR_WIRE_FIELD,
	    "fixed32");
	ok(f.number == 7 && f.value == 0x84030201, "value");
}

static void
test_bad(void)
{
	struct ocr_wire_field f;

	is_int(next_of("", 0, 0, &f), OCR_WIRE_END, "nothing");
	is_int(next_of("\x10", 1, 0, &f), OCR_WIRE_BAD, "a tag alone");
	is_int(next_of("\x90", 1, 0, &f), OCR_WIRE_BAD, "half a tag");
	is_int(next_of("\x10\x96", 2, 0, &f), OCR_WIRE_BAD, "half a varint");
	is_int(next_of("\x09\x01\x02\x03", 4, 0, &f), OCR_WIRE_BAD,
	    "half a fixed64");
	is_int(next_of("\x3d\x01", 2, 0, &f), OCR_WIRE_BAD, "half a fixed32");
	is_int(next_of("\x00\x01", 2, 0, &f), OCR_WIRE_BAD, "field 0");
	is_int(next_of("\x0b", 1, 0, &f), OCR_WIRE_BAD, "a group");
	is_int(next_of("\x0e\x01", 2, 0, &f), OCR_WIRE_BAD, "type 6");
	is_int(next_of("\x0f\x01", 2, 0, &f), OCR_WIRE_BAD, "type 7");
	is_int(next_of("\xf8\xff\xff\xff\xff\x01\x00", 7, 0, &f), OCR_WIRE_BAD,
	    "a number over 32 bits");
	is_int(next_of("\x12\x05"
		       "abcd",
		   6, 0, &f),
	    OCR_WIRE_BAD, "bytes that are not there");
	is_int(next_of("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11, 100,
		   &f),
	    OCR_WIRE_BAD, "2^64 - 1 bytes");
}

static void
test_part(void)
{
	static const char bytes[] = "\x22\x0a"
				    "abcd";
	struct ocr_wire_field f;

	is_int(next_of("\x22\x04"
		       "abcd",
		   6, 0, &f),
	    OCR_WIRE_FIELD, "bytes");
	ok(f.number == 4 && f.len == 4 && memcmp(f.data, "abcd", 4) == 0,
	    "4: abcd");
	is_int(next_of("\x22\x00", 2, 0, &f), OCR_WIRE_FIELD, "no bytes");
	ok(f.number == 4 && f.len == 0 && f.data != NULL, "4: none");
	is_int(next_of(bytes, 6, 6, &f), OCR_WIRE_PART, "bytes go on");
	ok(f.number == 4 && f.len == 10 && (const char *)f.data == bytes + 2,
	    "where they begin, how many");
	is_int(next_of(bytes, 6, 5, &f), OCR_WIRE_BAD, "but not so far");
	is_int(next_of(bytes, 2, 10, &f), OCR_WIRE_PART, "none is here yet");
	is_int(next_of(bytes, 1, 10, &f), OCR_WIRE_END, "the length is cut");
	is_int(next_of("\x90", 1, 10, &f), OCR_WIRE_END, "the tag is cut");
	is_int(next_of("\x09\x01", 2, 10, &f), OCR_WIRE_END, "a number is cut");
}

static void
test_out(void)
{
	static const uint8_t want[] = {0x09, 0x0e, 0, 0, 0, 0, 0, 0, 0, 0x08,
	    0xac, 0x02, 0x12, 0x02, 'h', 'i', 0x1a, 0x05};
	struct ocr_wire_field f;
	struct ocr_wire_out out;
	struct ocr_wire w;

	ocr_wire_begin(&out);
	ocr_wire_put(&out, 1, 300);
	ocr_wire_put_bytes(&out, 2, "hi", 2);
	ocr_wire_put_bytes_head(&out, 3, 5);
	ocr_wire_finish(&out, 5);
	is_int((int64_t)out.len, sizeof(want), "a response");
	/* 9 bytes of fields, 5 to come */
	is_mem(out.data, want, sizeof(want), "its bytes");
	ocr_wire_begin(&out);
	ocr_wire_put(&out, 1, UINT64_MAX);
	w = (struct ocr_wire){.p = out.data + OCR_WIRE_RESPONSE_BYTES,
	    .end = out.data + out.len};
	ok(ocr_wire_next(&w, &f) == OCR_WIRE_FIELD && f.value == UINT64_MAX &&
		ocr_wire_next(&w, &f) == OCR_WIRE_END,
	    "and back");
}

int
main(void)
{
	test_request();
	test_numbers();
	test_bad();
	test_part();
	test_out();
	return done();
}
