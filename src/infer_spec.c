/*
 * infer_spec.c - what becomes of images before the model has them
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "src/infer_run.h"

#define MAX_VALUES ((uint64_t)1 << 20)

/* The shorter side to the model's, then the middle; a square cannot be cut out
 * of another shape without that, other shapes are squeezed. */
static void
fit_files(struct ocr_pixels_opt *o)
{
	const struct ocr_pixels_shape *s = &o->want;

	o->fit = s->h == s->w ? OCR_FIT_CROP : OCR_FIT_STRETCH;
	o->short_side = s->h;
}

static void
normalise(struct ocr_pixels_opt *o, const struct ocr_model_input *in)
{
	o->is_float = !in->is_bytes;
	if (!in->has_mean)
		return;
	o->scale = 1;
	memcpy(o->mean, in->mean, sizeof(o->mean));
	memcpy(o->std, in->std, sizeof(o->std));
}

static int
set_values(struct ocr_infer *in, struct ocr_err *err)
{
	const struct ocr_infer_opt *opt = in->opt;
	struct ocr_infer_spec *spec = &in->spec;
	uint32_t n = ocr_model_n_scores(in->model);

	spec->is_softmax = opt->is_softmax;
	spec->is_all = opt->form == OCR_INFER_NPY_SCORES;
	if (n == 0 && (spec->is_all || opt->is_softmax || opt->n_top > 1))
		return ocr_err_set(err, -OCR_EUSAGE,
		    "this model gives labels alone: no scores, no -k, no "
		    "--softmax");
	if (n > 0 && opt->n_top > n)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "-k %" PRIu64 ": the model has %" PRIu32 " classes",
		    opt->n_top, n);
	spec->n_values = spec->is_all ? n : (uint32_t)opt->n_top;
	return 0;
}

int
ocr_infer_spec_init(struct ocr_infer *in, struct ocr_err *err)
{
	const struct ocr_infer_opt *opt = in->opt;
	struct ocr_infer_spec *spec = &in->spec;
	const struct ocr_model_input *want = ocr_model_input(in->model);
	struct ocr_pixels_opt o = {
	    .want = {.c = want->c,
		.h = want->h,
		.w = want->w,
		.is_nhwc = want->is_nhwc},
	    .fit = opt->has_fit ? opt->fit : OCR_FIT_EXACT,
	    .short_side = opt->short_side,
	    .is_inverted = opt->is_inverted,
	};
	int r;

	normalise(&o, want);
	spec->model = in->model;
	spec->arg = in;
	spec->rows = spec->files = o;
	if (!opt->has_fit)
		fit_files(&spec->files);
	spec->batch =
	    opt->batch > 0 ? (size_t)opt->batch : ocr_model_batch(in->model);
	if (opt->has_fit && opt->fit == OCR_FIT_CROP && opt->short_side != 0 &&
	    (opt->short_side < o.want.h || opt->short_side < o.want.w))
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--resize=%" PRIu32 ": the model wants %" PRIu32
		    " x %" PRIu32 " pixels",
		    opt->short_side, o.want.w, o.want.h);
	r = ocr_pixels_check(&spec->files, err);
	return r == 0 ? set_values(in, err) : r;
}
