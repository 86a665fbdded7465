/*
 * pixels_emit.c - pixels in the order and as the numbers that are wanted
 */
#include "config.h"

#include <string.h>

#include "src/pixels_run.h"

void
ocr_emit_init(struct ocr_emit *e, const struct ocr_pixels_opt *o)
{
	double scale = o->scale == 0 ? 1 / 255.0 : o->scale;
	uint32_t c, v;

	e->want = o->want;
	e->is_float = o->is_float;
	e->is_inverted = o->is_inverted;
	for (c = 0; c < OCR_PIXELS_MAX_C; c++) {
		double std = o->std[c] == 0 ? 1 : (double)o->std[c];

		for (v = 0; v < 256; v++)
			e->floats[c][v] =
			    (float)(((o->is_inverted ? 255 - v : v) * scale -
					(double)o->mean[c]) /
				    std);
	}
}

/* Rows of n pixels of want.c values, one table for each channel.  'out' steps
 * by dx and, from channel to channel, by dc. */
static void
emit_bytes(const struct ocr_emit *e, const struct ocr_view *v, uint8_t *out)
{
	const struct ocr_pixels_shape *s = &e->want;
	size_t dx = s->is_nhwc ? s->c : 1, x, y, c;
	size_t dc = s->is_nhwc ? 1 : (size_t)s->h * s->w;

	for (c = 0; c < s->c; c++)
		for (y = 0; y < s->h; y++) {
			const uint8_t *from = v->data + c * v->dc + y * v->dy;
			uint8_t *to = out + c * dc + y * s->w * dx;

			if (!e->is_inverted)
				for (x = 0; x < s->w; x++)
					to[x * dx] = from[x * v->dx];
			else
				for (x = 0; x < s->w; x++)
					to[x * dx] = (uint8_t)~from[x * v->dx];
		}
}

static void
emit_floats(const struct ocr_emit *e, const struct ocr_view *v, float *out)
{
	const struct ocr_pixels_shape *s = &e->want;
	size_t dx = s->is_nhwc ? s->c : 1, x, y, c;
	size_t dc = s->is_nhwc ? 1 : (size_t)s->h * s->w;

	for (c = 0; c < s->c; c++)
		for (y = 0; y < s->h; y++) {
			const uint8_t *from = v->data + c * v->dc + y * v->dy;
			float *to = out + c * dc + y * s->w * dx;

			for (x = 0; x < s->w; x++)
				to[x * dx] = e->floats[c][from[x * v->dx]];
		}
}

/* Bytes as they are, where all that differs is the place of a row. */
static bool
copy_rows(const struct ocr_emit *e, const struct ocr_view *v, uint8_t *out)
{
	const struct ocr_pixels_shape *s = &e->want;
	size_t n = s->is_nhwc ? (size_t)s->w * s->c : s->w, y, c;
	size_t n_c = s->is_nhwc ? 1 : s->c;

	if (e->is_float || e->is_inverted || v->dx != (s->is_nhwc ? s->c : 1) ||
	    (s->is_nhwc && s->c > 1 && v->dc != 1))
		return false;
	for (c = 0; c < n_c; c++)
		for (y = 0; y < s->h; y++, out += n)
			memcpy(out, v->data + c * v->dc + y * v->dy, n);
	return true;
}

void
ocr_emit_run(const struct ocr_emit *e, const struct ocr_view *v, void *out)
{
	if (copy_rows(e, v, out))
		return;
	if (e->is_float)
		emit_floats(e, v, out);
	else
		emit_bytes(e, v, out);
}
