/*
 * pixels.c - from a decoded image to what a model wants; see pixels.h
 */
#include "config.h"

#include "src/pixels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/pixels_run.h"

/* A large image's memory is given back after it. */
#define KEEP_BYTES ((size_t)16 << 20)

struct ocr_pixels {
	struct ocr_pixels_opt opt;
	struct ocr_jpeg *jpeg;
	struct ocr_raster decoded, fitted, grey;
	struct ocr_resize resize;
	struct ocr_emit emit;
};

int
ocr_raster_size(struct ocr_raster *r, const char *what, uint64_t w, uint64_t h,
    uint32_t c, struct ocr_err *err)
{
	size_t n;

	if (w == 0 || h == 0)
		return ocr_err_set(err, -OCR_EFORMAT, "%s: no pixels", what);
	if (w > OCR_PIXELS_MAX_SIDE || h > OCR_PIXELS_MAX_SIDE ||
	    w * h > OCR_PIXELS_MAX)
		return ocr_err_set(err, -OCR_ELIMIT,
		    "%s: too large: %llu x %llu pixels", what,
		    (unsigned long long)w, (unsigned long long)h);
	n = (size_t)(w * h * c);
	if (n > r->cap) {
		free(r->data);
		r->data = malloc(n);
		r->cap = r->data != NULL ? n : 0;
		if (r->data == NULL)
			return ocr_err_nomem(err);
	}
	r->w = (uint32_t)w;
	r->h = (uint32_t)h;
	r->c = c;
	return 0;
}

void
ocr_raster_release(struct ocr_raster *r)
{
	free(r->data);
	memset(r, 0, sizeof(*r));
}

static bool
is_shape(const struct ocr_pixels_shape *s)
{
	return s->c >= 1 && s->c <= OCR_PIXELS_MAX_C && s->h >= 1 &&
	       s->h <= OCR_PIXELS_MAX_SIDE && s->w >= 1 &&
	       s->w <= OCR_PIXELS_MAX_SIDE &&
	       (uint64_t)s->h * s->w <= OCR_PIXELS_MAX;
}

int
ocr_pixels_check(const struct ocr_pixels_opt *opt, struct ocr_err *err)
{
	const struct ocr_pixels_shape *s = &opt->want;
	uint32_t c;

	if (!is_shape(s))
		return ocr_err_set(err, -OCR_EUSAGE,
		    "%u x %u pixels of %u channels: no such images", s->w, s->h,
		    s->c);
	if (opt->fit == OCR_FIT_CROP && opt->short_side != 0 &&
	    (opt->short_side < s->h || opt->short_side < s->w ||
		opt->short_side > OCR_PIXELS_MAX_SIDE))
		return ocr_err_set(err, -OCR_EUSAGE,
		    "%u x %u pixels cannot be cut out of a short side of %u",
		    s->w, s->h, opt->short_side);
	if (!isfinite(opt->scale))
		return ocr_err_set(err, -OCR_EUSAGE, "scale is no number");
	for (c = 0; c < OCR_PIXELS_MAX_C; c++)
		if (!isfinite(opt->mean[c]) || !isfinite(opt->std[c]))
			return ocr_err_set(err, -OCR_EUSAGE,
			    "mean or standard deviation is no number");
	return 0;
}

size_t
ocr_pixels_bytes(const struct ocr_pixels_opt *opt)
{
	const struct ocr_pixels_shape *s = &opt->want;

	return (size_t)s->c * s->h * s->w * (opt->is_float ? sizeof(float) : 1);
}

int
ocr_pixels_new(struct ocr_pixels **out, const struct ocr_pixels_opt *opt,
    struct ocr_err *err)
{
	struct ocr_pixels *p;
	int r = ocr_pixels_check(opt, err);

	*out = NULL;
	if (r < 0)
		return r;
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return ocr_err_nomem(err);
	p->opt = *opt;
	ocr_emit_init(&p->emit, opt);
	r = ocr_jpeg_new(&p->jpeg, err);
	if (r < 0) {
		ocr_pixels_free(p);
		return r;
	}
	*out = p;
	return 0;
}

void
ocr_pixels_free(struct ocr_pixels *p)
{
	if (p == NULL)
		return;
	ocr_jpeg_free(p->jpeg);
	ocr_raster_release(&p->decoded);
	ocr_raster_release(&p->fitted);
	ocr_raster_release(&p->grey);
	ocr_resize_release(&p->resize);
	free(p);
}

enum ocr_pixels_kind
ocr_pixels_sniff(const uint8_t *file, size_t n)
{
	if (n >= 3 && memcmp(file, "\xff\xd8\xff", 3) == 0)
		return OCR_PIXELS_JPEG;
	if (n >= 8 && memcmp(file, "\x89PNG\r\n\x1a\n", 8) == 0)
		return OCR_PIXELS_PNG;
	if (n >= 3 && file[0] == 'P' && strchr("2356", file[1]) != NULL &&
	    file[1] != '\0' &&
	    (file[2] == '#' || file[2] == ' ' ||
		(file[2] >= '\t' && file[2] <= '\r')))
		return OCR_PIXELS_PNM;
	return OCR_PIXELS_UNKNOWN;
}

static struct ocr_view
view_of(const struct ocr_raster *r)
{
	/* One channel stands for all of them. */
	return (struct ocr_view){.data = r->data,
	    .dc = r->c > 1,
	    .dy = (size_t)r->w * r->c,
	    .dx = r->c};
}

/* A third, rounded, of what 3 channels say. */
static int
make_grey(struct ocr_pixels *p, const struct ocr_raster *in,
    struct ocr_err *err)
{
	size_t n = (size_t)in->w * in->h, i;
	const uint8_t *q = in->data;
	int r = ocr_raster_size(&p->grey, "image", in->w, in->h, 1, err);

	if (r < 0)
		return r;
	for (i = 0; i < n; i++, q += 3)
		p->grey.data[i] =
		    (uint8_t)((299 * q[0] + 587 * q[1] + 114 * q[2] + 500) /
			      1000);
	return 0;
}

/* Half of d, of two middles the even one. */
static uint32_t
middle(uint32_t d)
{
	uint32_t half = d / 2;

	return d % 2 == 0 ? half : half + half % 2;
}

/* What to cut out of in, and how large it is to be before that. */
static int
find_window(const struct ocr_pixels_opt *o, const struct ocr_raster *in,
    struct ocr_window *win, struct ocr_err *err)
{
	const struct ocr_pixels_shape *s = &o->want;
	uint64_t side = o->short_side;
	uint32_t least = in->w < in->h ? in->w : in->h;

	*win = (struct ocr_window){.full_w = s->w, .full_h = s->h};
	if (o->fit == OCR_FIT_EXACT && (in->w != s->w || in->h != s->h))
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%u x %u pixels, %u x %u are wanted: see --resize", in->w,
		    in->h, s->w, s->h);
	if (o->fit != OCR_FIT_CROP)
		return 0;
	if (side == 0)
		side = least;
	win->full_w = (uint32_t)(side * in->w / least);
	win->full_h = (uint32_t)(side * in->h / least);
	if (win->full_w < s->w || win->full_h < s->h)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%u x %u pixels: too small to cut %u x %u out of", in->w,
		    in->h, s->w, s->h);
	win->x = middle(win->full_w - s->w);
	win->y = middle(win->full_h - s->h);
	return 0;
}

/* in has the right channels, or one. */
static int
fit(struct ocr_pixels *p, const struct ocr_raster *in, void *out,
    struct ocr_err *err)
{
	const struct ocr_pixels_shape *s = &p->opt.want;
	struct ocr_window win;
	struct ocr_view v = view_of(in);
	int r = find_window(&p->opt, in, &win, err);

	if (r == 0 && (win.full_w != in->w || win.full_h != in->h)) {
		r = ocr_raster_size(&p->fitted, "image", s->w, s->h, in->c,
		    err);
		if (r == 0)
			r = ocr_resize_run(&p->resize, in, &win, &p->fitted,
			    err);
		v = view_of(&p->fitted);
	} else {
		v.data += win.y * v.dy + win.x * v.dx;
	}
	if (r == 0)
		ocr_emit_run(&p->emit, &v, out);
	return r;
}

static int
adapt(struct ocr_pixels *p, const struct ocr_raster *in, void *out,
    struct ocr_err *err)
{
	uint32_t c = p->opt.want.c;
	int r;

	if (in->c == 3 && c == 1) {
		r = make_grey(p, in, err);
		return r < 0 ? r : fit(p, &p->grey, out, err);
	}
	if (in->c != c && (in->c != 1 || c != 3))
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%u channels, %u are wanted", in->c, c);
	return fit(p, in, out, err);
}

static void
trim(struct ocr_raster *r)
{
	if (r->cap > KEEP_BYTES)
		ocr_raster_release(r);
}

static void
trim_all(struct ocr_pixels *p)
{
	trim(&p->decoded);
	trim(&p->grey);
	trim(&p->fitted);
	if (p->resize.cap > KEEP_BYTES)
		ocr_resize_release(&p->resize);
}

int
ocr_pixels_decode(struct ocr_pixels *p, const uint8_t *file, size_t n,
    void *out, struct ocr_err *err)
{
	struct ocr_raster *in = &p->decoded;
	int r = 0;

	switch (ocr_pixels_sniff(file, n)) {
	case OCR_PIXELS_JPEG:
		r = ocr_jpeg_decode(p->jpeg, file, n, p->opt.want.c, in, err);
		break;
	case OCR_PIXELS_PNG:
		r = ocr_png_decode(file, n, in, err);
		break;
	case OCR_PIXELS_PNM:
		r = ocr_pnm_decode(file, n, in, err);
		break;
	case OCR_PIXELS_UNKNOWN:
		r = ocr_err_set(err, -OCR_EFORMAT, "not a JPEG, PNG or PPM");
		break;
	}
	if (r == 0)
		r = adapt(p, in, out, err);
	trim_all(p);
	return r;
}

/* Planes to pixels. */
static void
interleave(const uint8_t *planes, struct ocr_raster *out)
{
	size_t n = (size_t)out->w * out->h, c, i;

	for (c = 0; c < out->c; c++)
		for (i = 0; i < n; i++)
			out->data[i * out->c + c] = planes[c * n + i];
}

/* Nothing to compute: only the order may differ. */
static bool
is_plain(const struct ocr_pixels_opt *o, const struct ocr_pixels_shape *s)
{
	return o->want.h == s->h && o->want.w == s->w &&
	       (o->want.c == s->c || (s->c == 1 && o->want.c == 3));
}

int
ocr_pixels_convert(struct ocr_pixels *p, const uint8_t *pixels,
    const struct ocr_pixels_shape *s, void *out, struct ocr_err *err)
{
	const struct ocr_pixels_opt *o = &p->opt;
	size_t n = (size_t)s->h * s->w;
	struct ocr_view v = {.data = pixels};
	int r;

	if (!is_shape(s))
		return ocr_err_set(err, -OCR_EFORMAT, "no such shape");
	/* The middle of an image of the right size is all of it. */
	if (is_plain(o, s) && (o->fit != OCR_FIT_CROP || o->short_side == 0)) {
		v.dc = s->c == 1 ? 0 : s->is_nhwc ? 1 : n;
		v.dx = s->is_nhwc ? s->c : 1;
		v.dy = s->w * v.dx;
		if (!o->is_float && !o->is_inverted && o->want.c == s->c &&
		    (o->want.is_nhwc == s->is_nhwc || s->c == 1))
			memcpy(out, pixels, n * s->c);
		else
			ocr_emit_run(&p->emit, &v, out);
		return 0;
	}
	r = ocr_raster_size(&p->decoded, "image", s->w, s->h, s->c, err);
	if (r < 0)
		return r;
	if (s->is_nhwc)
		memcpy(p->decoded.data, pixels, n * s->c);
	else
		interleave(pixels, &p->decoded);
	r = adapt(p, &p->decoded, out, err);
	trim_all(p);
	return r;
}
