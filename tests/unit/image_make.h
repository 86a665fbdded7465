/*
 * image_make.h - image files and archives of them, for tests
 *
 * Threads: any; memory is the caller's to free.
 */
#ifndef TESTS_UNIT_IMAGE_MAKE_H
#define TESTS_UNIT_IMAGE_MAKE_H

#include <png.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

struct image_file {
	uint8_t *p;
	size_t n;
};

static inline void
image_add(struct image_file *f, const void *p, size_t n)
{
	f->p = realloc(f->p, f->n + n + 1);
	if (f->p == NULL)
		abort();
	if (n > 0)
		memcpy(f->p + f->n, p, n);
	f->n += n;
}

static inline void
image_free(struct image_file *f)
{
	free(f->p);
	f->p = NULL;
	f->n = 0;
}

/* A smooth picture, so that JPEG keeps it: h x w pixels of c bytes. */
static inline uint8_t *
image_pixels(uint32_t w, uint32_t h, uint32_t c)
{
	uint8_t *p = malloc((size_t)w * h * c + 1);
	uint32_t x, y, k;

	if (p == NULL)
		abort();
	for (y = 0; y < h; y++)
		for (x = 0; x < w; x++)
			for (k = 0; k < c; k++)
				p[((size_t)y * w + x) * c + k] =
				    (uint8_t)(x * 120 / w + y * 90 / h +
					      k * 20);
	return p;
}

static inline struct image_file
image_jpeg(const uint8_t *p, uint32_t w, uint32_t h, uint32_t c, int flags)
{
	tjhandle t = tjInitCompress();
	struct image_file f = {0};
	unsigned char *out = NULL;
	unsigned long n = 0;

	if (tjCompress2(t, p, (int)w, 0, (int)h, c == 1 ? TJPF_GRAY : TJPF_RGB,
		&out, &n, c == 1 ? TJSAMP_GRAY : TJSAMP_420, 90, flags) < 0)
		abort();
	image_add(&f, out, n);
	tjFree(out);
	tjDestroy(t);
	return f;
}

static inline void
image_png_write(png_structp png, png_bytep p, size_t n)
{
	image_add(png_get_io_ptr(png), p, n);
}

/* Rows of row_bytes, as libpng's colour type and depth want them. */
static inline struct image_file
image_png(const uint8_t *p, uint32_t w, uint32_t h, size_t row_bytes,
    int colour, int depth, int interlace)
{
	struct image_file f = {0};
	png_color palette[256];
	png_structp png;
	png_infop info;
	int pass, n_passes, i;
	uint32_t y;

	png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	info = png_create_info_struct(png);
	if (info == NULL)
		abort();
	png_set_write_fn(png, &f, image_png_write, NULL);
	png_set_IHDR(png, info, w, h, depth, colour, interlace,
	    PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	for (i = 0; i < 256; i++)
		palette[i] = (png_color){(png_byte)i, (png_byte)(255 - i),
		    (png_byte)(i / 2)};
	if (colour == PNG_COLOR_TYPE_PALETTE)
		png_set_PLTE(png, info, palette, 1 << depth);
	png_write_info(png, info);
	n_passes = png_set_interlace_handling(png);
	for (pass = 0; pass < n_passes; pass++)
		for (y = 0; y < h; y++)
			png_write_row(png, p + y * row_bytes);
	png_write_end(png, NULL);
	png_destroy_write_struct(&png, &info);
	return f;
}

static inline struct image_file
image_ppm(const uint8_t *p, uint32_t w, uint32_t h, uint32_t c)
{
	struct image_file f = {0};
	char head[64];
	int n = snprintf(head, sizeof(head), "P%c\n# made\n%u %u\n255\n",
	    c == 1 ? '5' : '6', w, h);

	image_add(&f, head, (size_t)n);
	image_add(&f, p, (size_t)w * h * c);
	return f;
}

/* A member of a tar archive. */
static inline void
image_tar_add(struct image_file *tar, const char *name, const void *p, size_t n)
{
	static const uint8_t zeros[512];
	unsigned char h[512] = {0};
	unsigned sum = 0, i;

	snprintf((char *)h, 100, "%s", name);
	memcpy(h + 100, "0000644\0000000000\0000000000", 24);
	snprintf((char *)h + 124, 12, "%011o", (unsigned)n);
	memcpy(h + 136, "00000000000", 12);
	memset(h + 148, ' ', 8);
	h[156] = '0';
	memcpy(h + 257, "ustar\00000", 8);
	for (i = 0; i < 512; i++)
		sum += h[i];
	snprintf((char *)h + 148, 8, "%06o", sum);
	image_add(tar, h, 512);
	image_add(tar, p, n);
	image_add(tar, zeros, (512 - n % 512) % 512);
}

static inline void
image_tar_end(struct image_file *tar)
{
	static const uint8_t zeros[1024];

	image_add(tar, zeros, sizeof(zeros));
}

#endif
