/*
 * pixels.h - an image as a model wants it
 *
 * Decode (JPEG by libjpeg-turbo, PNG by libpng, PPM and PGM by us), crop,
 * resize, change the number of channels and the order, normalise.  Untrusted
 * bytes: sizes are checked before anything is allocated, and no library's own
 * way out of an error ends the process.
 *
 * 16-bit samples become 8 bits, alpha is left out, colours are as stored (no
 * gamma, no profile, no EXIF turn).  Grey to RGB: three times the same.  RGB to
 * grey: 0.299 R + 0.587 G + 0.114 B, rounded; of a JPEG, its own Y.
 *
 * Resizing is bilinear with half-pixel centres (pixel i of n covers [i, i + 1)
 * of [0, n)), the triangle growing with the scale when it shrinks, first along
 * the rows, then along the columns, rounded to 8 bits after each: what Pillow's
 * BILINEAR and torchvision's antialiased one do.
 *
 * Thread rule: a struct ocr_pixels belongs to one thread.
 */
#ifndef OCR_PIXELS_H
#define OCR_PIXELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define OCR_PIXELS_MAX ((uint64_t)1 << 27) /* width * height */
#define OCR_PIXELS_MAX_SIDE 65535
#define OCR_PIXELS_MAX_C 4

struct ocr_pixels_shape {
	uint32_t c, h, w;
	bool is_nhwc;
};

enum ocr_fit {
	OCR_FIT_EXACT = 0, /* another size is an error */
	OCR_FIT_STRETCH,   /* --resize=WxH */
	OCR_FIT_CROP,      /* --resize=N --crop: short side to N, the middle */
};

struct ocr_pixels_opt {
	struct ocr_pixels_shape want;
	enum ocr_fit fit;
	uint32_t short_side; /* CROP; 0: the middle as it is */
	bool is_float;
	/* Floats are (p * scale - mean[c]) / std[c]; scale 0 stands for 1/255
	 * and std 0 for 1. */
	double scale;
	float mean[OCR_PIXELS_MAX_C], std[OCR_PIXELS_MAX_C];
	bool is_inverted; /* --invert: 255 - p, before all that */
};

enum ocr_pixels_kind {
	OCR_PIXELS_UNKNOWN = 0,
	OCR_PIXELS_JPEG,
	OCR_PIXELS_PNG,
	OCR_PIXELS_PNM, /* P2, P3, P5, P6: grey and RGB */
};

struct ocr_pixels; /* decoders and memory of a thread */

/* 0, or -OCR_EUSAGE: no such shape, a crop larger than the image. */
int ocr_pixels_check(const struct ocr_pixels_opt *opt, struct ocr_err *err);
/* opt is copied. */
int ocr_pixels_new(struct ocr_pixels **out, const struct ocr_pixels_opt *opt,
    struct ocr_err *err);
void ocr_pixels_free(struct ocr_pixels *p); /* NULL is fine */

/* What one image takes in out, in bytes. */
size_t ocr_pixels_bytes(const struct ocr_pixels_opt *opt);

/* By the first bytes (8 are enough). */
enum ocr_pixels_kind ocr_pixels_sniff(const uint8_t *file, size_t n);

/*
 * A file's bytes to out (want.c * h * w bytes, or floats).  Errors say what is
 * wrong with the image, not its name: "JPEG: ...".  out is undefined then.
 */
int ocr_pixels_decode(struct ocr_pixels *p, const uint8_t *file, size_t n,
    void *out, struct ocr_err *err);
/* Pixels of shape s to out. */
int ocr_pixels_convert(struct ocr_pixels *p, const uint8_t *pixels,
    const struct ocr_pixels_shape *s, void *out, struct ocr_err *err);

#endif
