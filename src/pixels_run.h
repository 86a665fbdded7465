/*
 * pixels_run.h - what is between the decoders and the shape; pixels*.c only
 */
#ifndef OCR_PIXELS_RUN_H
#define OCR_PIXELS_RUN_H

#include "src/pixels.h"

/* A decoded image: rows of pixels of c bytes, without gaps. */
struct ocr_raster {
	uint32_t c, h, w;
	uint8_t *data;
	size_t cap;
};

/*
 * Make room for h x w x c bytes, checking them: both sides in [1, 65535], their
 * product at most OCR_PIXELS_MAX.  what: "PNG".  -OCR_ELIMIT, -OCR_ENOMEM.
 */
int ocr_raster_size(struct ocr_raster *r, const char *what, uint64_t w,
    uint64_t h, uint32_t c, struct ocr_err *err);
void ocr_raster_release(struct ocr_raster *r);

/* How the pixels of want.h x want.w x want.c go out. */
struct ocr_emit {
	struct ocr_pixels_shape want;
	bool is_float, is_inverted;
	float floats[OCR_PIXELS_MAX_C][256];
};

/* Where the bytes of an image are: pixel (x, y) of channel c is at
 * data[c * dc + y * dy + x * dx]. */
struct ocr_view {
	const uint8_t *data;
	size_t dc, dy, dx;
};

void ocr_emit_init(struct ocr_emit *e, const struct ocr_pixels_opt *o);
void ocr_emit_run(const struct ocr_emit *e, const struct ocr_view *v,
    void *out);

/* Decoders: the raster gets 1 or 3 channels. */
struct ocr_jpeg; /* of libjpeg-turbo */
int ocr_jpeg_new(struct ocr_jpeg **out, struct ocr_err *err);
void ocr_jpeg_free(struct ocr_jpeg *j);
/* c: how many channels are wanted; 1 saves work. */
int ocr_jpeg_decode(struct ocr_jpeg *j, const uint8_t *file, size_t n,
    uint32_t c, struct ocr_raster *out, struct ocr_err *err);
int ocr_png_decode(const uint8_t *file, size_t n, struct ocr_raster *out,
    struct ocr_err *err);
int ocr_pnm_decode(const uint8_t *file, size_t n, struct ocr_raster *out,
    struct ocr_err *err);

/* For each place of a row or a column, which pixels make it. */
struct ocr_taps {
	uint32_t in, full, from, n; /* what it was made for */
	uint32_t width;             /* weights for each place */
	uint32_t *first, *count;    /* n of each */
	int32_t *weights;           /* n * width, 1 is 1 << 22 */
	size_t cap;                 /* places */
	size_t cap_weights;
};

struct ocr_resize {
	struct ocr_taps x, y;
	uint8_t *rows; /* resized along the rows only */
	size_t cap;
};

/* The image would be full_w x full_h; make the out->w x out->h at (x, y) of
 * that.  out's sizes and room are set. */
struct ocr_window {
	uint32_t full_w, full_h, x, y;
};
int ocr_resize_run(struct ocr_resize *r, const struct ocr_raster *in,
    const struct ocr_window *win, struct ocr_raster *out, struct ocr_err *err);
void ocr_resize_release(struct ocr_resize *r);

#endif
