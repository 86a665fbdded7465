/*
 * test_softcard_correct.c - faults of XRT's emulation library, in bytes that
 * look like it; tests/softcard.bats runs what is corrected
 */
#include "config.h"

#include <stdlib.h>

#include "src/softcard_correct.h"
#include "tests/unit/tap.h"

#define LIB_BYTES 300
#define MAX_BYTES 57

/* Code with a fault; '.' bytes may be anything, and '=' bytes too, if both runs
 * of them are the same. */
static const struct fault {
	unsigned bit;
	size_t bytes;
	const char *kinds;
	uint8_t code[MAX_BYTES];
	size_t at, n; /* what changes, to */
	uint8_t to[28];
} faults[] = {
    {OCR_SOFTCARD_CORRECT_MEMORY, 41,
	"xxx====xxx..................xxxxxxxx====x",
	{0x48, 0x89, 0x83, 0x98, 0x02, 0, 0, 0x48, 0x89, 0xe8, 0, 0, 0, 0, 0, 0,
	    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x48, 0x85, 0xc0, 0x75, 0xe6,
	    0x48, 0x8b, 0xbb, 0x98, 0x02, 0, 0, 0xe8},
	32, 1, {0xdf}},
    {OCR_SOFTCARD_CORRECT_UNITS, 57,
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx....xxxx",
	{0x41, 0x89, 0xdc, 0x45, 0x31, 0xed, 0x41, 0xc1, 0xec, 0x05, 0x83, 0xe3,
	    0x1f, 0x8b, 0x78, 0x04, 0xeb, 0x1c, 0x66, 0x90, 0x41, 0x8d, 0x45,
	    0x01, 0x39, 0xc5, 0x74, 0x28, 0x49, 0x8b, 0x56, 0x20, 0x89, 0xc1,
	    0x8b, 0x7c, 0x8a, 0x04, 0x45, 0x39, 0xec, 0x74, 0x19, 0x41, 0x89,
	    0xc5, 0x89, 0xde, 0xe8, 0xbf, 0xfe, 0xff, 0xff, 0x84, 0xc0, 0x74,
	    0xdb},
	0, 28,
	{0x41, 0x89, 0xdc, 0x41, 0xc1, 0xec, 0x05, 0x45, 0x8d, 0x6c, 0x24, 0xff,
	    0x83, 0xe3, 0x1f, 0xeb, 0x03, 0x0f, 0x1f, 0x00, 0x41, 0x8d, 0x45,
	    0x01, 0x39, 0xc5, 0x76, 0x28}},
};

static void
test_place(const struct fault *f)
{
	uint8_t lib[LIB_BYTES] = {0}, want[LIB_BYTES];

	memcpy(lib + 100, f->code, f->bytes);
	memcpy(want, lib, LIB_BYTES);
	memcpy(want + 100 + f->at, f->to, f->n);
	is_int(ocr_softcard_correct(lib, LIB_BYTES), f->bit, "found");
	is_mem(lib, want, LIB_BYTES, "corrected");
	is_int(ocr_softcard_correct(lib, LIB_BYTES), 0, "once");
	is_mem(lib, want, LIB_BYTES, "as it was");

	memcpy(lib + 100, f->code, f->bytes);
	memcpy(lib + 170, f->code, f->bytes);
	memcpy(want, lib, LIB_BYTES);
	is_int(ocr_softcard_correct(lib, LIB_BYTES), 0, "two places");
	is_mem(lib, want, LIB_BYTES, "none is corrected");
}

/* Each byte counts or does not. */
static void
test_bytes(const struct fault *f)
{
	size_t n_wrong = 0;

	for (size_t i = 0; i < f->bytes; i++) {
		uint8_t lib[LIB_BYTES] = {0};
		unsigned want = f->kinds[i] == '.' ? f->bit : 0;

		memcpy(lib + 100, f->code, f->bytes);
		lib[100 + i] ^= 1;
		n_wrong += ocr_softcard_correct(lib, LIB_BYTES) != want;
	}
	is_int((int64_t)n_wrong, 0, "each byte of the pattern counts");
}

/* At the very beginning and end, and cut. */
static void
test_edges(const struct fault *f)
{
	size_t n_wrong = 0;

	for (size_t len = 0; len <= f->bytes; len++) {
		uint8_t *lib = malloc(len > 0 ? len : 1);

		memcpy(lib, f->code, len);
		n_wrong += ocr_softcard_correct(lib, len) !=
			   (len == f->bytes ? f->bit : 0);
		free(lib);
	}
	is_int((int64_t)n_wrong, 0, "cut at every byte");
}

static void
test_both(void)
{
	uint8_t lib[LIB_BYTES] = {0};

	is_int(ocr_softcard_correct(lib, LIB_BYTES), 0, "no fault");
	for (size_t i = 0; i < 2; i++)
		memcpy(lib + 100 * i, faults[i].code, faults[i].bytes);
	is_int(ocr_softcard_correct(lib, LIB_BYTES),
	    OCR_SOFTCARD_CORRECT_MEMORY | OCR_SOFTCARD_CORRECT_UNITS, "both");
}

int
main(void)
{
	for (size_t i = 0; i < 2; i++) {
		test_place(&faults[i]);
		test_bytes(&faults[i]);
		test_edges(&faults[i]);
	}
	test_both();
	return done();
}
