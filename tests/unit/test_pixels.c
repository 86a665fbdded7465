/*
 * test_pixels.c - decoding, fitting and order of pixels; hostile files
 */
#include "config.h"

#include "src/pixels.h"

#include <math.h>

#include "tests/unit/gen.h"
#include "tests/unit/image_make.h"
#include "tests/unit/tap.h"

static struct ocr_pixels_opt
want(uint32_t c, uint32_t h, uint32_t w, enum ocr_fit fit)
{
	return (struct ocr_pixels_opt){
	    .want = {.c = c, .h = h, .w = w, .is_nhwc = true},
	    .fit = fit};
}

/* Decode with opt, out of memory of exactly that size. */
static int
decode(const struct ocr_pixels_opt *opt, const uint8_t *p, size_t n, void *out,
    struct ocr_err *err)
{
	struct ocr_pixels *px = NULL;
	uint8_t *copy = malloc(n + (n == 0));
	int r;

	memset(err, 0, sizeof(*err));
	if (n > 0)
		memcpy(copy, p, n);
	r = ocr_pixels_new(&px, opt, err);
	if (r == 0)
		r = ocr_pixels_decode(px, copy, n, out, err);
	ocr_pixels_free(px);
	free(copy);
	return r;
}

static int
convert(const struct ocr_pixels_opt *opt, const uint8_t *p,
    const struct ocr_pixels_shape *s, void *out, struct ocr_err *err)
{
	struct ocr_pixels *px = NULL;
	int r;

	memset(err, 0, sizeof(*err));
	r = ocr_pixels_new(&px, opt, err);
	if (r == 0)
		r = ocr_pixels_convert(px, p, s, out, err);
	ocr_pixels_free(px);
	return r;
}

static void
is_text(const struct ocr_err *err, const char *text, const char *name)
{
	if (!ok(strcmp(err->text, text) == 0, "%s", name))
		diag("got '%s', want '%s'", err->text, text);
}

static void
test_lossless(void)
{
	struct ocr_pixels_opt o = want(3, 17, 23, OCR_FIT_EXACT);
	uint8_t *p = image_pixels(23, 17, 3), out[23 * 17 * 3];
	struct image_file f = image_ppm(p, 23, 17, 3);
	struct ocr_err err;
	int i;

	is_int(decode(&o, f.p, f.n, out, &err), 0, "a PPM");
	is_mem(out, p, sizeof(out), "its pixels");
	image_free(&f);
	for (i = 0; i < 2; i++) {
		f = image_png(p, 23, 17, 23 * 3, PNG_COLOR_TYPE_RGB, 8, i);
		memset(out, 0, sizeof(out));
		is_int(decode(&o, f.p, f.n, out, &err), 0, "a PNG");
		is_mem(out, p, sizeof(out), i ? "interlaced" : "its pixels");
		image_free(&f);
	}
	free(p);
}

static void
test_png_kinds(void)
{
	static const uint8_t grey16[] = {0, 0, 0x80, 0x7f, 0xff, 0xff, 1, 1};
	static const uint8_t got16[] = {0, 128, 255, 1};
	static const uint8_t bits[] = {0xb0}; /* 1 0 1 1 */
	static const uint8_t got1[] = {255, 0, 255, 255};
	static const uint8_t rgba[] = {1, 2, 3, 0, 9, 8, 7, 255};
	static const uint8_t rgb[] = {1, 2, 3, 9, 8, 7};
	static const uint8_t index[] = {0x1f}; /* of 16 colours */
	static const uint8_t colours[] = {1, 254, 0, 15, 240, 7};
	struct ocr_pixels_opt o = want(1, 1, 4, OCR_FIT_EXACT);
	struct ocr_err err;
	struct image_file f;
	uint8_t out[8];

	f = image_png(grey16, 4, 1, 8, PNG_COLOR_TYPE_GRAY, 16, 0);
	is_int(decode(&o, f.p, f.n, out, &err), 0, "16 bits");
	is_mem(out, got16, 4, "are rounded to 8");
	image_free(&f);
	f = image_png(bits, 4, 1, 1, PNG_COLOR_TYPE_GRAY, 1, 0);
	is_int(decode(&o, f.p, f.n, out, &err), 0, "1 bit");
	is_mem(out, got1, 4, "is black or white");
	image_free(&f);
	o = want(3, 1, 2, OCR_FIT_EXACT);
	f = image_png(rgba, 2, 1, 8, PNG_COLOR_TYPE_RGB_ALPHA, 8, 0);
	is_int(decode(&o, f.p, f.n, out, &err), 0, "alpha");
	is_mem(out, rgb, 6, "is left out");
	image_free(&f);
	f = image_png(index, 2, 1, 1, PNG_COLOR_TYPE_PALETTE, 4, 0);
	is_int(decode(&o, f.p, f.n, out, &err), 0, "a palette");
	is_mem(out, colours, 6, "gives its colours");
	image_free(&f);
}

static void
test_jpeg(void)
{
	struct ocr_pixels_opt o = want(3, 40, 56, OCR_FIT_EXACT);
	uint8_t *p = image_pixels(56, 40, 3), out[56 * 40 * 3];
	struct image_file f = image_jpeg(p, 56, 40, 3, 0);
	struct ocr_err err;
	int worst = 0, d;
	size_t i, n_taken = 0;

	is_int(decode(&o, f.p, f.n, out, &err), 0, "a JPEG");
	for (i = 0; i < sizeof(out); i++) {
		d = abs(out[i] - p[i]);
		worst = d > worst ? d : worst;
	}
	ok(worst < 12, "is about what it was (%d)", worst);
	for (i = 0; i < f.n; i++)
		if (decode(&o, f.p, i, out, &err) == 0)
			n_taken++;
	is_int((int64_t)n_taken, 0, "cut anywhere it is an error");
	decode(&o, f.p, f.n / 2, out, &err);
	is_text(&err, "JPEG: premature end of file", "which says so");
	/* The end marker alone makes no picture of a half. */
	image_free(&f);
	f = image_jpeg(p, 56, 40, 3, 0);
	memcpy(f.p + f.n / 2, "\xff\xd9", 2);
	decode(&o, f.p, f.n / 2 + 2, out, &err);
	is_int(err.code, -OCR_EFORMAT, "an early end marker is an error");
	image_free(&f);
	/* A byte too many before the second marker, then a bad third one. */
	f = image_jpeg(p, 56, 40, 3, 0);
	image_add(&f, "", 1);
	memmove(f.p + 21, f.p + 20, f.n - 21);
	f.p[20] = 0;
	is_int(decode(&o, f.p, f.n, out, &err), 0, "a harmless warning");
	f.p[f.n / 2] = 0xff;
	f.p[f.n / 2 + 1] = 0xc4;
	is_int(decode(&o, f.p, f.n, out, &err), -OCR_EFORMAT,
	    "an error behind a warning");
	image_free(&f);
	f = image_jpeg(p, 56, 40, 3, TJFLAG_PROGRESSIVE);
	is_int(decode(&o, f.p, f.n, out, &err), 0, "a progressive one");
	image_add(&f, "trailing", 8);
	is_int(decode(&o, f.p, f.n, out, &err), 0, "bytes behind it");
	o.want.c = 1;
	is_int(decode(&o, f.p, f.n, out, &err), 0, "as grey");
	image_free(&f);
	free(p);
}

static void
test_channels(void)
{
	static const uint8_t rgb[] = {255, 0, 0, 0, 255, 0, 0, 0, 255, 7, 7, 7};
	static const uint8_t grey[] = {76, 150, 29, 7};
	static const uint8_t planes[] = {255, 0, 0, 7, 0, 255, 0, 7, 0, 0, 255,
	    7};
	static const struct ocr_pixels_shape s = {3, 2, 2, true},
					     p = {3, 2, 2, false},
					     g = {1, 2, 2, true};
	struct ocr_pixels_opt o = want(1, 2, 2, OCR_FIT_EXACT);
	struct ocr_err err;
	uint8_t out[12];
	size_t i, n_same = 0;

	is_int(convert(&o, rgb, &s, out, &err), 0, "RGB to grey");
	is_mem(out, grey, 4, "by the weights of BT.601");
	is_int(convert(&o, planes, &p, out, &err), 0, "of planes too");
	is_mem(out, grey, 4, "the same");
	o = want(3, 2, 2, OCR_FIT_EXACT);
	is_int(convert(&o, planes, &p, out, &err), 0, "planes to pixels");
	is_mem(out, rgb, 12, "are put together");
	is_int(convert(&o, grey, &g, out, &err), 0, "grey to RGB");
	for (i = 0; i < 12; i++)
		n_same += out[i] == grey[i / 3];
	is_int((int64_t)n_same, 12, "is three times the same");
	o.want.is_nhwc = false;
	is_int(convert(&o, rgb, &s, out, &err), 0, "pixels to planes");
	is_mem(out, planes, 12, "are taken apart");
	o.is_inverted = true;
	convert(&o, planes, &p, out, &err);
	for (n_same = i = 0; i < 12; i++)
		n_same += out[i] == 255 - planes[i];
	is_int((int64_t)n_same, 12, "inverted");
	o.want.c = 4;
	is_int(convert(&o, planes, &p, out, &err), -OCR_EFORMAT, "3 to 4");
	is_text(&err, "3 channels, 4 are wanted", "is an error");
}

static void
test_floats(void)
{
	static const uint8_t in[] = {0, 51, 255};
	static const struct ocr_pixels_shape s = {3, 1, 1, true};
	struct ocr_pixels_opt o = want(3, 1, 1, OCR_FIT_EXACT);
	struct ocr_err err;
	float out[3];

	o.is_float = true;
	convert(&o, in, &s, out, &err);
	ok(out[0] == 0 && out[1] == 0.2F && out[2] == 1, "0 to 1 by default");
	o.scale = 1;
	convert(&o, in, &s, out, &err);
	ok(out[0] == 0 && out[1] == 51 && out[2] == 255, "or as they are");
	o.scale = 0;
	o.mean[0] = 0.5F;
	o.mean[1] = 0.2F;
	o.std[1] = 0.25F;
	o.std[2] = 0.5F;
	convert(&o, in, &s, out, &err);
	ok(out[0] == -0.5F && fabsf(out[1]) < 1e-7F && out[2] == 2,
	    "mean and deviation of each channel");
	o.mean[0] = NAN;
	is_int(convert(&o, in, &s, out, &err), -OCR_EUSAGE, "no NaN");
}

/* What the header says, in doubles and without steps between. */
static double
tap(double x)
{
	x = fabs(x);
	return x < 1 ? 1 - x : 0;
}

static double
plain_resize(const uint8_t *p, uint32_t w, uint32_t h, uint32_t full_w,
    uint32_t full_h, uint32_t ox, uint32_t oy)
{
	double sx = (double)w / full_w, sy = (double)h / full_h;
	double fx = sx > 1 ? sx : 1, fy = sy > 1 ? sy : 1, sum = 0, all = 0, k;
	uint32_t x, y;

	for (y = 0; y < h; y++)
		for (x = 0; x < w; x++) {
			k = tap((x + 0.5 - (ox + 0.5) * sx) / fx) *
			    tap((y + 0.5 - (oy + 0.5) * sy) / fy);
			all += k;
			sum += k * p[(size_t)y * w + x];
		}
	return sum / all;
}

/* The largest difference from that, of the window at (x0, y0). */
static double
resize_error(struct gen *g, uint32_t w, uint32_t h, uint32_t full_w,
    uint32_t full_h, struct ocr_pixels_opt *o, uint32_t x0, uint32_t y0)
{
	struct ocr_pixels_shape s = {1, h, w, true};
	uint32_t ow = o->want.w, oh = o->want.h, x, y;
	uint8_t *p = malloc((size_t)w * h), *out = malloc((size_t)ow * oh);
	double worst = 0, d;
	struct ocr_err err;
	size_t i;

	for (i = 0; i < (size_t)w * h; i++)
		p[i] = (uint8_t)gen_u32(g);
	if (convert(o, p, &s, out, &err) < 0) {
		diag("%s", err.text);
		worst = 999;
	}
	for (y = 0; y < oh && worst < 999; y++)
		for (x = 0; x < ow; x++) {
			d = fabs(plain_resize(p, w, h, full_w, full_h, x + x0,
				     y + y0) -
				 out[y * ow + x]);
			worst = d > worst ? d : worst;
		}
	free(p);
	free(out);
	return worst;
}

static void
test_resize(void)
{
	static const uint32_t sizes[][4] = {{1, 1, 9, 7}, {9, 7, 1, 1},
	    {5, 5, 5, 9}, {64, 48, 32, 32}, {33, 31, 32, 32}, {8, 8, 40, 24},
	    {100, 3, 7, 50}, {2, 200, 2, 3}};
	struct gen g = {7};
	struct ocr_pixels_opt o;
	double worst = 0, d;
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		const uint32_t *s = sizes[i];

		o = want(1, s[3], s[2], OCR_FIT_STRETCH);
		d = resize_error(&g, s[0], s[1], s[2], s[3], &o, 0, 0);
		worst = d > worst ? d : worst;
	}
	ok(worst < 1.1, "stretched: as the formula says (%g)", worst);
	o = want(1, 20, 20, OCR_FIT_CROP);
	o.short_side = 25;
	d = resize_error(&g, 100, 50, 50, 25, &o, 15, 2);
	ok(d < 1.1, "cropped: the middle of that (%g)", d);
	o.short_side = 0;
	d = resize_error(&g, 31, 23, 31, 23, &o, 6, 2);
	ok(d < 0.01, "cropped only: exactly (%g)", d);
	d = resize_error(&g, 31, 19, 31, 19, &o, 6, 2);
	ok(d > 900, "too small to be cropped");
}

/* Made by Pillow 9.4: Image.fromarray(a).resize((3, 2), BILINEAR) of a[y][x] =
 * (37 * x + 91 * y) % 256, 7 x 5; and (5, 9) of its first 3 x 3. */
static void
test_pillow(void)
{
	static const uint8_t small[] = {99, 129, 129, 106, 118, 128};
	static const uint8_t large[] = {0, 15, 37, 59, 74, 0, 15, 37, 59, 74,
	    30, 45, 67, 89, 104, 61, 76, 98, 120, 135, 91, 106, 128, 150, 165,
	    121, 136, 158, 129, 110, 152, 167, 189, 109, 55, 182, 197, 219, 88,
	    0, 182, 197, 219, 88, 0};
	struct ocr_pixels_opt o = want(1, 2, 3, OCR_FIT_STRETCH);
	struct ocr_pixels_shape s = {1, 5, 7, true};
	struct ocr_err err;
	uint8_t in[35], in3[9], out[45];
	uint32_t i;

	for (i = 0; i < 35; i++)
		in[i] = (uint8_t)(37 * (i % 7) + 91 * (i / 7));
	for (i = 0; i < 9; i++)
		in3[i] = (uint8_t)(37 * (i % 3) + 91 * (i / 3));
	convert(&o, in, &s, out, &err);
	is_mem(out, small, 6, "smaller: the bytes of Pillow");
	o = want(1, 9, 5, OCR_FIT_STRETCH);
	s = (struct ocr_pixels_shape){1, 3, 3, true};
	convert(&o, in3, &s, out, &err);
	is_mem(out, large, 45, "larger: the bytes of Pillow");
}

static void
put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

/* A PNG whose header says so many pixels, with the right checksum. */
static void
claim(struct image_file *f, uint32_t w, uint32_t h)
{
	uint32_t crc = 0xffffffff, i, k;

	put32(f->p + 16, w);
	put32(f->p + 20, h);
	for (i = 12; i < 29; i++) {
		crc ^= f->p[i];
		for (k = 0; k < 8; k++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	put32(f->p + 29, ~crc);
}

static void
test_claims(void)
{
	struct ocr_pixels_opt o = want(3, 8, 8, OCR_FIT_STRETCH);
	uint8_t *p = image_pixels(8, 8, 3), out[192];
	struct image_file f = image_png(p, 8, 8, 24, PNG_COLOR_TYPE_RGB, 8, 0);
	static const char huge[] = "P6 65535 65535 255 ";
	static const char cut[] = "P6 60000 2000 255 abc";
	static const char wide[] = "P5 99999 1 255 ";
	static const char none[] = "P5 0 1 255 ";
	struct ocr_err err;
	size_t i, n_taken = 0;

	for (i = 0; i < f.n; i++)
		n_taken += decode(&o, f.p, i, out, &err) == 0;
	is_int((int64_t)n_taken, 0, "a PNG cut anywhere is an error");
	decode(&o, f.p, f.n - 30, out, &err);
	ok(err.code == -OCR_EFORMAT, "which says: %s", err.text);
	claim(&f, 100000, 100000);
	is_int(decode(&o, f.p, f.n, out, &err), -OCR_ELIMIT, "a claim");
	is_text(&err, "PNG: too large: 100000 x 100000 pixels", "is refused");
	claim(&f, 10000, 10000);
	is_int(decode(&o, f.p, f.n, out, &err), -OCR_EFORMAT,
	    "more than deflate can hold");
	ok(strstr(err.text, "PNG: 10000 x 10000 pixels cannot be in") != NULL,
	    "is refused: %s", err.text);
	claim(&f, 0, 8);
	is_int(decode(&o, f.p, f.n, out, &err), -OCR_EFORMAT, "no width");
	f.p[20] ^= 1;
	decode(&o, f.p, f.n, out, &err);
	is_text(&err, "PNG: IHDR: CRC error", "a damaged header");
	decode(&o, (const uint8_t *)huge, sizeof(huge) - 1, out, &err);
	is_text(&err, "PNM: premature end of file", "a PPM's claim");
	decode(&o, (const uint8_t *)wide, sizeof(wide) - 1, out, &err);
	is_text(&err, "PNM: too large: 99999 x 1 pixels", "a side");
	decode(&o, (const uint8_t *)cut, sizeof(cut) - 1, out, &err);
	is_text(&err, "PNM: premature end of file", "a cut PPM");
	decode(&o, (const uint8_t *)none, sizeof(none) - 1, out, &err);
	is_text(&err, "PNM: malformed header", "no pixels");
	decode(&o, (const uint8_t *)"GIF89a", 6, out, &err);
	is_text(&err, "not a JPEG, PNG or PPM", "something else");
	decode(&o, NULL, 0, out, &err);
	is_text(&err, "not a JPEG, PNG or PPM", "nothing");
	image_free(&f);
	free(p);
}

static void
test_ppm(void)
{
	static const char text[] = "P3 # c\n2 1\n15\n0 15 # d\n7\n1 2 3";
	static const uint8_t got[] = {0, 255, 119, 17, 34, 51};
	static const char deep[] = "P5\n2 1\n1000\n\0\0\3\350";
	static const uint8_t got16[] = {0, 255};
	static const char over[] = "P5\n1 1\n9\n\12";
	struct ocr_pixels_opt o = want(3, 1, 2, OCR_FIT_EXACT);
	struct ocr_err err;
	uint8_t out[6];

	is_int(decode(&o, (const uint8_t *)text, sizeof(text) - 1, out, &err),
	    0, "PPM as text");
	is_mem(out, got, 6, "scaled to 255");
	o.want.c = 1;
	is_int(decode(&o, (const uint8_t *)deep, sizeof(deep) - 1, out, &err),
	    0, "PGM of 16 bits");
	is_mem(out, got16, 2, "scaled to 255");
	o.want.w = 1;
	decode(&o, (const uint8_t *)over, sizeof(over) - 1, out, &err);
	is_text(&err, "PNM: a sample is larger than maxval", "a large one");
	o.want.w = 2;
	decode(&o, (const uint8_t *)"P5 1 1 255 x", 12, out, &err);
	is_text(&err, "1 x 1 pixels, 2 x 1 are wanted: see --resize",
	    "another size");
}

static void
test_options(void)
{
	struct ocr_pixels_opt o = want(3, 224, 224, OCR_FIT_CROP);
	struct ocr_err err = {0};

	o.short_side = 256;
	is_int(ocr_pixels_check(&o, &err), 0, "224 of 256");
	is_int((int64_t)ocr_pixels_bytes(&o), 150528, "bytes");
	o.is_float = true;
	is_int((int64_t)ocr_pixels_bytes(&o), 602112, "floats");
	o.short_side = 200;
	is_int(ocr_pixels_check(&o, &err), -OCR_EUSAGE, "224 of 200");
	is_text(&err,
	    "224 x 224 pixels cannot be cut out of a short side of 200",
	    "says so");
	o = want(5, 2, 2, OCR_FIT_EXACT);
	memset(&err, 0, sizeof(err));
	is_int(ocr_pixels_check(&o, &err), -OCR_EUSAGE, "5 channels");
	o = want(3, 0, 2, OCR_FIT_EXACT);
	is_int(ocr_pixels_check(&o, &err), -OCR_EUSAGE, "no height");
}

int
main(void)
{
	test_lossless();
	test_png_kinds();
	test_jpeg();
	test_channels();
	test_floats();
	test_resize();
	test_pillow();
	test_claims();
	test_ppm();
	test_options();
	return done();
}
