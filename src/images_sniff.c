/*
 * images_sniff.c - what is it, by its first bytes; names of forms
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "src/gunzip_serial.h"
#include "src/gzip_header.h"
#include "src/images_state.h"

#define INFLATE_BYTES ((size_t)128 << 10) /* what ocr_serial_run() asks for */

static const char *const names[OCR_IMAGES_N_FORMS] = {
    [OCR_IMAGES_AUTO] = "auto",
    [OCR_IMAGES_ARCHIVE] = "archive",
    [OCR_IMAGES_FILE] = "file",
    [OCR_IMAGES_CIFAR10] = "cifar10",
    [OCR_IMAGES_IDX] = "idx",
    [OCR_IMAGES_NPY] = "npy",
    [OCR_IMAGES_RAW] = "raw",
};

const char *
ocr_images_form_name(enum ocr_images_form f)
{
	return (unsigned)f < OCR_IMAGES_N_FORMS ? names[f] : NULL;
}

enum ocr_images_form
ocr_images_form_find(const char *name)
{
	unsigned f = 0;

	while (f < OCR_IMAGES_N_FORMS && strcmp(names[f], name) != 0)
		f++;
	return (enum ocr_images_form)f;
}

static enum ocr_images_form
sniff_plain(const uint8_t *p, size_t n)
{
	if (ocr_pixels_sniff(p, n) != OCR_PIXELS_UNKNOWN)
		return OCR_IMAGES_FILE;
	if (n >= 6 && memcmp(p, "\x93NUMPY", 6) == 0)
		return OCR_IMAGES_NPY;
	/* Two zeros begin other things too: the type and up to 4 dimensions. */
	if (n >= 4 && p[0] == 0 && p[1] == 0 && p[2] >= 8 && p[2] <= 14 &&
	    p[3] >= 1 && p[3] <= 4)
		return OCR_IMAGES_IDX;
	return OCR_IMAGES_ARCHIVE;
}

/* What is in the member that begins at p.  An image in gzip is an archive's
 * affair, which says that it is none. */
static enum ocr_images_form
sniff_gzip(const uint8_t *p, size_t n)
{
	struct ocr_gzip_header h;
	struct ocr_err why = {0};
	struct ocr_serial *serial;
	enum ocr_images_form form = OCR_IMAGES_ARCHIVE;
	size_t at, n_out = 0;
	uint8_t *out;

	if (ocr_gzip_header_parse(&h, p, n, &why) <= 0)
		return form;
	at = h.len;
	serial = ocr_serial_new();
	out = malloc(INFLATE_BYTES);
	if (serial != NULL && out != NULL) {
		ocr_serial_reset(serial);
		(void)ocr_serial_run(serial, p, n, &at, out, INFLATE_BYTES,
		    &n_out);
		form = sniff_plain(out, n_out);
	}
	ocr_serial_free(serial);
	free(out);
	return form == OCR_IMAGES_FILE ? OCR_IMAGES_ARCHIVE : form;
}

enum ocr_images_form
ocr_images_sniff(const uint8_t *p, size_t n)
{
	if (n >= 2 && p[0] == 0x1f && p[1] == 0x8b)
		return sniff_gzip(p, n);
	return sniff_plain(p, n);
}

bool
ocr_images_is_named(const char *name)
{
	static const char *const ends[] = {".jpg", ".jpeg", ".png", ".ppm",
	    ".pgm", ".pnm"};
	const char *slash = strrchr(name, '/'), *dot;
	size_t i;

	name = slash != NULL ? slash + 1 : name;
	/* "._x.jpg" is what a Mac puts beside x.jpg. */
	if (strncmp(name, "._", 2) == 0)
		return false;
	dot = strrchr(name, '.');
	for (i = 0; dot != NULL && i < sizeof(ends) / sizeof(*ends); i++)
		if (strcasecmp(dot, ends[i]) == 0)
			return true;
	return false;
}
