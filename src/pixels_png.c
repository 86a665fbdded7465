/*
 * pixels_png.c - PNG by libpng
 *
 * libpng ends the process on errors unless it is given a way out: the one
 * setjmp() of the project is here.  Chunks that do not change pixels are not
 * even read.
 */
#include "config.h"

#include "src/pixels_run.h"

#include <ctype.h>
#include <png.h>
#include <setjmp.h>
#include <string.h>

/* In memory, not in registers: setjmp() would lose them. */
struct reader {
	const uint8_t *file;
	size_t n, at;
	png_structp png;
	png_infop info;
	struct ocr_raster *out;
	struct ocr_err *err;
	int status;
	uint32_t w, h;
};

static void
on_error(png_structp png, const char *text)
{
	struct reader *r = png_get_error_ptr(png);

	if (r->status == 0)
		r->status = ocr_err_set(r->err, -OCR_EFORMAT, "PNG: %c%.200s",
		    isalpha((unsigned char)text[0]) &&
			    islower((unsigned char)text[1])
			? tolower((unsigned char)text[0])
			: text[0],
		    text[0] != '\0' ? text + 1 : "");
	png_longjmp(png, 1);
}

static void
on_warning(png_structp png, const char *text)
{
	(void)png;
	(void)text;
}

static void
on_read(png_structp png, png_bytep to, size_t n)
{
	struct reader *r = png_get_io_ptr(png);

	if (r->n - r->at < n)
		png_error(png, "premature end of file");
	memcpy(to, r->file + r->at, n);
	r->at += n;
}

/* What the header says may be more than the file can hold: deflate makes at
 * most 1032 bytes of one (see ocr_inflate_is_possible). */
static int
check_size(struct reader *r, uint32_t bits)
{
	uint64_t row = ((uint64_t)r->w * bits + 7) / 8;

	if (r->w > OCR_PIXELS_MAX_SIDE || r->h > OCR_PIXELS_MAX_SIDE)
		return 0; /* ocr_raster_size() says so */
	if (row * r->h / 1032 > r->n)
		return ocr_err_set(r->err, -OCR_EFORMAT,
		    "PNG: %u x %u pixels cannot be in %zu bytes", r->w, r->h,
		    r->n);
	return 0;
}

/* 8 bits, 1 or 3 channels; which. */
static uint32_t
set_up(struct reader *r)
{
	png_byte colour = png_get_color_type(r->png, r->info);
	png_byte depth = png_get_bit_depth(r->png, r->info);

	if (colour == PNG_COLOR_TYPE_PALETTE)
		png_set_palette_to_rgb(r->png);
	if (colour == PNG_COLOR_TYPE_GRAY && depth < 8)
		png_set_expand_gray_1_2_4_to_8(r->png);
	if (depth == 16)
		png_set_scale_16(r->png);
	if (colour & PNG_COLOR_MASK_ALPHA)
		png_set_strip_alpha(r->png);
	return colour & PNG_COLOR_MASK_COLOR ? 3 : 1;
}

/* Everything that may jump. */
static void
read_all(struct reader *r)
{
	uint32_t c, y, bits;
	int pass, n_passes;

	png_set_read_fn(r->png, r, on_read);
	png_set_user_limits(r->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
	png_set_keep_unknown_chunks(r->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
	png_read_info(r->png, r->info);
	r->w = png_get_image_width(r->png, r->info);
	r->h = png_get_image_height(r->png, r->info);
	bits = (uint32_t)png_get_channels(r->png, r->info) *
	       png_get_bit_depth(r->png, r->info);
	r->status = check_size(r, bits);
	if (r->status < 0)
		return;
	c = set_up(r);
	r->status = ocr_raster_size(r->out, "PNG", r->w, r->h, c, r->err);
	if (r->status < 0)
		return;
	n_passes = png_set_interlace_handling(r->png);
	png_read_update_info(r->png, r->info);
	if (png_get_rowbytes(r->png, r->info) != (size_t)r->w * c)
		png_error(r->png, "rows of an odd size");
	for (pass = 0; pass < n_passes; pass++)
		for (y = 0; y < r->h; y++)
			png_read_row(r->png,
			    r->out->data + (size_t)y * r->w * c, NULL);
	png_read_end(r->png, NULL);
}

int
ocr_png_decode(const uint8_t *file, size_t n, struct ocr_raster *out,
    struct ocr_err *err)
{
	struct reader r = {.file = file, .n = n, .out = out, .err = err};

	r.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &r, on_error,
	    on_warning);
	if (r.png == NULL)
		return ocr_err_nomem(err);
	r.info = png_create_info_struct(r.png);
	if (r.info == NULL)
		r.status = ocr_err_nomem(err);
	else if (setjmp(png_jmpbuf(r.png)) == 0)
		read_all(&r);
	png_destroy_read_struct(&r.png, &r.info, NULL);
	return r.status;
}
