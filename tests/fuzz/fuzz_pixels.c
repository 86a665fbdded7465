/*
 * fuzz_pixels.c - hostile image files
 *
 * The first byte says what is wanted; the rest is the file.  What is decoded
 * twice is the same twice, with decoders used before and with new ones, and all
 * of out is written.
 */
#include "config.h"

#include "src/pixels.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static uint32_t
big(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

/* A file may hold more pixels than a fuzzer has time for: 2 million. */
static int
is_small(const uint8_t *p, size_t n)
{
	uint64_t w = 0, h = 0;

	switch (ocr_pixels_sniff(p, n)) {
	case OCR_PIXELS_PNG:
		if (n < 24)
			return 1;
		w = big(p + 16);
		h = big(p + 20);
		return w > 65535 || h > 65535 || w * h < 2000000;
	case OCR_PIXELS_JPEG:
		/* Any frame header. */
		for (; n > 9; p++, n--)
			if (p[0] == 0xff && (p[1] & 0xf0) == 0xc0 &&
			    (uint32_t)(p[5] << 8 | p[6]) *
				    (uint32_t)(p[7] << 8 | p[8]) >
				2000000)
				return 0;
		return 1;
	case OCR_PIXELS_PNM:
	case OCR_PIXELS_UNKNOWN:
		break;
	}
	return 1;
}

static int
decode(struct ocr_pixels *p, const uint8_t *file, size_t n, uint8_t *out,
    size_t n_out, uint8_t fill)
{
	struct ocr_err err = {0};
	int r;

	memset(out, fill, n_out);
	r = ocr_pixels_decode(p, file, n, out, &err);
	if ((r < 0) != (err.code != 0) || r != err.code || r > 0 ||
	    (r < 0 && err.text[0] == '\0'))
		abort();
	return r;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ocr_pixels_opt o = {.fit = OCR_FIT_STRETCH};
	struct ocr_pixels *a, *b;
	struct ocr_err err = {0};
	uint8_t *file, *x, *y;
	size_t n;
	int r;

	if (len == 0 || !is_small(data + 1, len - 1))
		return 0;
	o.want = (struct ocr_pixels_shape){.c = data[0] & 1 ? 3 : 1,
	    .h = 1 + (data[0] >> 5),
	    .w = 9,
	    .is_nhwc = data[0] & 2};
	if (data[0] & 4) {
		o.fit = OCR_FIT_CROP;
		o.short_side = data[0] & 8 ? 12 : 0;
	}
	o.is_float = data[0] & 16;
	n = ocr_pixels_bytes(&o);
	/* Exactly so much, so that a sanitizer sees what goes beyond. */
	file = malloc(len > 1 ? len - 1 : 1);
	x = malloc(n);
	y = malloc(n);
	memcpy(file, data + 1, len - 1);
	if (ocr_pixels_new(&a, &o, &err) < 0 ||
	    ocr_pixels_new(&b, &o, &err) < 0)
		abort();
	r = decode(a, file, len - 1, x, n, 0);
	if (decode(a, file, len - 1, y, n, 0x55) != r ||
	    (r == 0 && memcmp(x, y, n) != 0))
		abort();
	if (decode(b, file, len - 1, y, n, 0xaa) != r ||
	    (r == 0 && memcmp(x, y, n) != 0))
		abort();
	ocr_pixels_free(a);
	ocr_pixels_free(b);
	free(file);
	free(x);
	free(y);
	return 0;
}
