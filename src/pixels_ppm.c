/*
 * pixels_ppm.c - PGM and PPM, binary and as text (P2, P3, P5, P6)
 *
 * Source: the pgm(5) and ppm(5) manuals of Netpbm.  The first image of a file
 * counts.  Samples are scaled from maxval to 255.
 */
#include "config.h"

#include "src/pixels_run.h"

#include <string.h>

struct text {
	const uint8_t *p;
	size_t n, at;
};

static bool
is_blank(uint8_t b)
{
	return b == ' ' || (b >= '\t' && b <= '\r');
}

/* Blanks, and comments from '#' to the end of the line. */
static void
skip(struct text *t)
{
	while (t->at < t->n) {
		if (t->p[t->at] == '#')
			while (t->at < t->n && t->p[t->at] != '\n')
				t->at++;
		else if (is_blank(t->p[t->at]))
			t->at++;
		else
			break;
	}
}

/* -1: none here, or a large one. */
static int32_t
number(struct text *t)
{
	size_t from;
	int32_t v = 0;

	skip(t);
	from = t->at;
	while (t->at < t->n && t->p[t->at] >= '0' && t->p[t->at] <= '9') {
		v = v * 10 + (t->p[t->at++] - '0');
		if (v > 9999999)
			return -1;
	}
	return t->at > from ? v : -1;
}

static int
bad(const char *why, struct ocr_err *err)
{
	return ocr_err_set(err, -OCR_EFORMAT, "PNM: %s", why);
}

/* v in [0, max], rounded. */
static uint8_t
scale(uint32_t v, uint32_t max)
{
	return (uint8_t)(max == 255 ? v : (v * 255 + max / 2) / max);
}

static int
read_text(struct text *t, uint32_t max, struct ocr_raster *out, size_t n,
    struct ocr_err *err)
{
	size_t i;
	int32_t v;

	for (i = 0; i < n; i++) {
		v = number(t);
		if (v < 0)
			return bad(t->at < t->n ? "a sample is no number"
						: "premature end of file",
			    err);
		if ((uint32_t)v > max)
			return bad("a sample is larger than maxval", err);
		out->data[i] = scale((uint32_t)v, max);
	}
	return 0;
}

static int
read_bytes(const uint8_t *p, uint32_t max, struct ocr_raster *out, size_t n,
    struct ocr_err *err)
{
	size_t i;
	uint32_t v;

	if (max == 255) {
		memcpy(out->data, p, n);
		return 0;
	}
	for (i = 0; i < n; i++) {
		v = max < 256 ? p[i] : (uint32_t)p[2 * i] << 8 | p[2 * i + 1];
		if (v > max)
			return bad("a sample is larger than maxval", err);
		out->data[i] = scale(v, max);
	}
	return 0;
}

int
ocr_pnm_decode(const uint8_t *file, size_t n, struct ocr_raster *out,
    struct ocr_err *err)
{
	struct text t = {.p = file, .n = n, .at = 2};
	bool is_text = file[1] < '4';
	uint32_t c = file[1] == '3' || file[1] == '6' ? 3 : 1;
	int32_t w = number(&t), h = number(&t), max = number(&t);
	uint64_t n_samples, need;
	int r;

	if (w <= 0 || h <= 0 || max <= 0 || max > 65535)
		return bad("malformed header", err);
	n_samples = (uint64_t)w * (uint64_t)h * c;
	/* One blank ends the header; a text sample has a blank before it. */
	if (!is_text && (t.at == n || !is_blank(file[t.at++])))
		return bad("malformed header", err);
	need = n_samples * (is_text || max > 255 ? 2 : 1);
	if (w <= OCR_PIXELS_MAX_SIDE && h <= OCR_PIXELS_MAX_SIDE &&
	    need > n - t.at)
		return bad("premature end of file", err);
	r = ocr_raster_size(out, "PNM", (uint64_t)w, (uint64_t)h, c, err);
	if (r < 0)
		return r;
	if (is_text)
		return read_text(&t, (uint32_t)max, out, (size_t)n_samples,
		    err);
	return read_bytes(file + t.at, (uint32_t)max, out, (size_t)n_samples,
	    err);
}
