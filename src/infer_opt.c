/*
 * infer_opt.c - the options of ocr-infer; called by bin through opt.c
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/host_opt.h"
#include "common/team_opt.h"
#include "src/infer.h"

#define MAX_BATCH 65536
#define VERIFY_SHARE 0.05
#define VERIFY_DEFAULT "sample:0.05"

enum {
	KEY_BATCH = OCR_OPT_LONG,
	KEY_CHUNKS,
	KEY_CONVERT,
	KEY_CROP,
	KEY_ENGINE,
	KEY_FILES_FROM,
	KEY_FORMAT,
	KEY_INVERT,
	KEY_JSON,
	KEY_LABELS,
	KEY_LAYOUT,
	KEY_MEAN,
	KEY_MEMORY,
	KEY_NPY,
	KEY_ON_ERROR,
	KEY_ORT,
	KEY_RESIZE,
	KEY_SHAPE,
	KEY_SHOW,
	KEY_SOFTMAX,
	KEY_STD,
	KEY_SUMMARY,
	KEY_SWEEP,
	KEY_TRUTH,
};

static const struct ocr_opt opts[] = {
    {KEY_BATCH, "batch", "N", "images at a time (default: by the model)"},
    {KEY_CHUNKS, "chunks", "LAYOUT", NULL}, /* with --worker */
    {KEY_CONVERT, "convert", NULL, "write the model as .ocrm, to -o FILE"},
    {KEY_CROP, "crop", NULL, "take the middle of images"},
    {KEY_ENGINE, "engine", "NAME", "auto (default), own, or ort: ONNX Runtime"},
    {KEY_FILES_FROM, "files-from", "LIST",
	"names of images, one a line; -: standard input"},
    {'f', "force", NULL, "replace the output"},
    {KEY_FORMAT, "format", "NAME",
	"archive, file, cifar10, idx, npy or raw (default: by content)"},
    {KEY_INVERT, "invert", NULL, "dark on light becomes light on dark"},
    {KEY_JSON, "json", NULL, "write a JSON object for each image"},
    {'k', "top", "K", "the K best labels (default 1)"},
    {KEY_LABELS, "labels", "FILE", "names of the classes, one a line"},
    {KEY_LAYOUT, "layout", "chw|hwc",
	"--shape is of planes, or of pixels (default: by the numbers)"},
    {'m', "model", "MODEL",
	"ONNX, QONNX or .ocrm file, or BNN-PYNQ folder (default: clothes)"},
    {KEY_MEAN, "mean", "M[,M...]", "of pixels 0 to 255, for nets of floats"},
    {KEY_MEMORY, "memory", "SIZE", "for chunks in flight"},
    {KEY_NPY, "npy", "WHAT", "write a NumPy array: labels or scores"},
    {'o', "output", "FILE", "write to FILE instead of standard output"},
    {KEY_ON_ERROR, "on-error", "WHAT",
	"of a broken image: line (default), skip or stop"},
    {KEY_ORT, "ort", "FILE", "where libonnxruntime is"},
    {'r', "recursive", NULL, "images in folders"},
    {KEY_RESIZE, "resize", "N",
	"shorter side to N, then the middle; or stretch, or none"},
    {KEY_SHAPE, "shape", "CxHxW", "of an image in raw bytes"},
    {KEY_SHOW, "show", NULL, "write the model's layers"},
    {KEY_SOFTMAX, "softmax", NULL, "scores that add up to 1"},
    {KEY_STD, "std", "S[,S...]", "by which pixels less M are divided"},
    {KEY_SUMMARY, "summary", NULL, "write accuracy and confusion table alone"},
    {KEY_SWEEP, "sweep", "[SVG]",
	"measure the model with batches of 1 to 1024; draw it as SVG"},
    {KEY_TRUTH, "truth", "WHAT",
	"right labels: folder, column, record, or a FILE of numbers"},
    OCR_TEAM_OPT_ROWS_FOR(VERIFY_DEFAULT),
    OCR_HOST_OPT_ROWS,
    {0, NULL, NULL, NULL},
};

/* "3x32x32" */
static int
set_shape(struct ocr_pixels_shape *s, const char *arg, struct ocr_err *err)
{
	unsigned long v[3];
	char *end;
	const char *p = arg;
	int i;

	for (i = 0; i < 3; i++) {
		if (*p < '0' || *p > '9')
			break;
		v[i] = strtoul(p, &end, 10);
		if (v[i] == 0 || v[i] > OCR_PIXELS_MAX_SIDE ||
		    *end != (i < 2 ? 'x' : '\0'))
			break;
		p = end + 1;
	}
	if (i < 3 || (v[0] > OCR_PIXELS_MAX_C && v[2] > OCR_PIXELS_MAX_C))
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--shape: '%s' is not a shape like 3x32x32 or 32x32x3",
		    arg);
	s->is_nhwc = v[0] > OCR_PIXELS_MAX_C;
	s->c = (uint32_t)v[s->is_nhwc ? 2 : 0];
	s->h = (uint32_t)v[s->is_nhwc ? 0 : 1];
	s->w = (uint32_t)v[s->is_nhwc ? 1 : 2];
	return 0;
}

/* A number, or one for each channel. */
static int
set_numbers(float *out, const char *what, const char *arg, struct ocr_err *err)
{
	const char *at = arg;
	bool is_good;
	double x = 0;
	int n = 0, i;

	do {
		is_good = ocr_opt_real(&at, 0, 1e6, &x) &&
			  (*at == ',' || *at == '\0');
		out[n++] = (float)x;
	} while (is_good && *at++ == ',' && n < OCR_PIXELS_MAX_C);
	if (!is_good || at[-1] != '\0')
		return ocr_err_set(err, -OCR_EUSAGE,
		    "%s: '%s' is not numbers with commas between them", what,
		    arg);
	for (i = 1; n == 1 && i < OCR_PIXELS_MAX_C; i++)
		out[i] = out[0];
	return 0;
}

static int
set_mean(struct ocr_infer_opt *o, bool is_std, const char *arg,
    struct ocr_err *err)
{
	struct ocr_model_opt *m = &o->model;
	int i, r = set_numbers(is_std ? m->std : m->mean,
		   is_std ? "--std" : "--mean", arg, err);

	for (i = 0; r == 0 && is_std && i < OCR_PIXELS_MAX_C; i++)
		if (!(m->std[i] > 0))
			return ocr_err_set(err, -OCR_EUSAGE,
			    "--std: '%s' divides by zero", arg);
	m->has_mean = true;
	return r;
}

static int
set_format(struct ocr_infer_opt *o, const char *arg, struct ocr_err *err)
{
	o->images.form = ocr_images_form_find(arg);
	if (o->images.form == OCR_IMAGES_N_FORMS)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--format: '%s' is not auto, archive, file, cifar10, idx, "
		    "npy or raw",
		    arg);
	return 0;
}

static int
set_resize(struct ocr_infer_opt *o, const char *arg, struct ocr_err *err)
{
	uint64_t n = 0;
	int r;

	o->has_fit = true;
	if (strcmp(arg, "stretch") == 0) {
		o->fit = OCR_FIT_STRETCH;
		return 0;
	}
	if (strcmp(arg, "none") == 0) {
		o->fit = OCR_FIT_EXACT;
		return 0;
	}
	o->fit = OCR_FIT_CROP;
	r = ocr_opt_number("--resize", arg, 1, OCR_PIXELS_MAX_SIDE, &n, err);
	o->short_side = (uint32_t)n;
	return r;
}

static void
set_truth(struct ocr_infer_opt *o, const char *arg)
{
	struct ocr_images_opt *im = &o->images;

	if (strcmp(arg, "folder") == 0) {
		im->truth = OCR_TRUTH_FOLDER;
	} else if (strcmp(arg, "column") == 0) {
		im->truth = OCR_TRUTH_COLUMN;
	} else {
		im->truth = OCR_TRUTH_RECORD;
		im->truth_path = strcmp(arg, "record") == 0 ? NULL : arg;
	}
}

/* One of words, NULL at their end; its number to *out. */
static int
set_word(int *out, const char *what, const char *const *words, const char *arg,
    struct ocr_err *err)
{
	char list[128] = "";
	size_t n = 0, i;

	for (i = 0; words[i] != NULL; i++) {
		if (strcmp(arg, words[i]) == 0) {
			*out = (int)i;
			return 0;
		}
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s",
		    i == 0                 ? ""
		    : words[i + 1] == NULL ? " or "
					   : ", ",
		    words[i]);
	}
	return ocr_err_set(err, -OCR_EUSAGE, "%s: '%s' is not %s", what, arg,
	    list);
}

static int
set_one_of(struct ocr_infer_opt *o, int key, const char *arg,
    struct ocr_err *err)
{
	static const char *const engines[] = {"auto", "own", "ort", NULL};
	static const char *const layouts[] = {"chw", "hwc", NULL};
	static const char *const chunks[] = {"table", "rows", "whole", NULL};
	static const char *const arrays[] = {"labels", "scores", NULL};
	static const char *const reactions[] = {"line", "skip", "stop", NULL};
	int n = 0, r;

	switch (key) {
	case KEY_ENGINE:
		r = set_word(&n, "--engine", engines, arg, err);
		o->model.engine = (enum ocr_engine)n;
		return r;
	case KEY_CHUNKS:
		r = set_word(&n, "--chunks", chunks, arg, err);
		o->chunks = (enum ocr_images_layout)n;
		return r;
	case KEY_LAYOUT:
		r = set_word(&n, "--layout", layouts, arg, err);
		o->layout = n + 1;
		return r;
	case KEY_NPY:
		r = set_word(&n, "--npy", arrays, arg, err);
		o->form = n == 0 ? OCR_INFER_NPY_LABELS : OCR_INFER_NPY_SCORES;
		return r;
	default:
		r = set_word(&n, "--on-error", reactions, arg, err);
		o->on_error = (enum ocr_infer_on_error)n;
		return r;
	}
}

static int
set_task(struct ocr_infer_opt *o, enum ocr_infer_task task, struct ocr_err *err)
{
	if (o->task != OCR_TASK_CLASSIFY && o->task != task)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--convert, --show and --sweep exclude each other");
	o->task = task;
	return 0;
}

static int
set_output(struct ocr_infer_opt *o, int key, const char *arg,
    struct ocr_err *err)
{
	int r;

	switch (key) {
	case 'f':
		o->is_forced = true;
		return 0;
	case 'k':
		return ocr_opt_number("-k", arg, 1, 1 << 20, &o->n_top, err);
	case 'o':
		o->output = arg;
		return 0;
	case KEY_JSON:
		o->is_json = true;
		return 0;
	case KEY_LABELS:
		o->labels_path = arg;
		return 0;
	case KEY_SOFTMAX:
		o->is_softmax = true;
		return 0;
	case KEY_SUMMARY:
		o->is_summary = true;
		return 0;
	case KEY_NPY:
	case KEY_ON_ERROR:
		return set_one_of(o, key, arg, err);
	default:
		r = ocr_team_opt_set(&o->team, key, arg, err);
		return r > 0 ? ocr_host_opt_set(&o->host, key, arg, err) : r;
	}
}

static int
set_model(struct ocr_infer_opt *o, int key, const char *arg,
    struct ocr_err *err)
{
	switch (key) {
	case 'm':
		o->model_path = arg;
		return 0;
	case KEY_BATCH:
		if (strcmp(arg, "auto") == 0) {
			o->batch = 0;
			return 0;
		}
		return ocr_opt_number("--batch", arg, 1, MAX_BATCH, &o->batch,
		    err);
	case KEY_CONVERT:
		return set_task(o, OCR_TASK_CONVERT, err);
	case KEY_SHOW:
		return set_task(o, OCR_TASK_SHOW, err);
	case KEY_SWEEP:
		o->svg_path = arg;
		return set_task(o, OCR_TASK_SWEEP, err);
	case KEY_ENGINE:
		return set_one_of(o, key, arg, err);
	case KEY_MEAN:
	case KEY_STD:
		return set_mean(o, key == KEY_STD, arg, err);
	case KEY_ORT:
		o->model.ort_path = arg;
		return 0;
	default:
		return set_output(o, key, arg, err);
	}
}

static int
set(void *ctx, int key, const char *arg, struct ocr_err *err)
{
	struct ocr_infer_opt *o = ctx;

	switch (key) {
	case 'r':
		o->images.is_recursive = true;
		return 0;
	case KEY_CROP:
		o->is_cropped = true;
		return 0;
	case KEY_FILES_FROM:
		o->images.files_from = arg;
		return 0;
	case KEY_FORMAT:
		return set_format(o, arg, err);
	case KEY_INVERT:
		o->is_inverted = true;
		return 0;
	case KEY_CHUNKS:
	case KEY_LAYOUT:
		return set_one_of(o, key, arg, err);
	case KEY_MEMORY:
		return ocr_opt_size("--memory", arg, &o->memory_bytes, err);
	case KEY_RESIZE:
		return set_resize(o, arg, err);
	case KEY_SHAPE:
		return set_shape(&o->images.shape, arg, err);
	case KEY_TRUTH:
		set_truth(o, arg);
		return 0;
	default:
		return set_model(o, key, arg, err);
	}
}

const struct ocr_tool ocr_infer_tool = {
    .name = "ocr-infer",
    .usage = "[-fqrv] [-D LIST] [-j N] [-k K] [-m MODEL] [-o FILE] "
	     "[--format=NAME] [--truth=WHAT] [--json | --npy=WHAT | --summary] "
	     "[FILE...]",
    .about = "Classify images: each becomes a line of name, label and score.",
    .opts = opts,
    .set = set,
};

void
ocr_infer_opt_init(struct ocr_infer_opt *o)
{
	*o = (struct ocr_infer_opt){
	    .n_top = 1,
	    .model = {.std = {1, 1, 1, 1}},
	    .team = {.verify = OCR_VERIFY_SAMPLE, .verify_share = VERIFY_SHARE},
	};
}

/* Rows of --shape with the other layout. */
static int
set_layout(struct ocr_pixels_shape *s, bool is_hwc, struct ocr_err *err)
{
	uint32_t c = s->c, h = s->h, w = s->w;

	if (s->is_nhwc == is_hwc)
		return 0;
	*s = is_hwc ? (struct ocr_pixels_shape){w, c, h, true}
		    : (struct ocr_pixels_shape){h, w, c, false};
	return s->c > OCR_PIXELS_MAX_C
		   ? ocr_err_set(err, -OCR_EUSAGE,
			 "--layout: --shape then has %" PRIu32 " channels",
			 s->c)
		   : 0;
}

int
ocr_infer_opt_check(struct ocr_infer_opt *o, struct ocr_err *err)
{
	bool is_npy =
	    o->form == OCR_INFER_NPY_LABELS || o->form == OCR_INFER_NPY_SCORES;

	if (o->images.form == OCR_IMAGES_RAW && o->images.shape.c == 0)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--format=raw: say what an image is, with --shape");
	if (o->images.truth == OCR_TRUTH_COLUMN && o->images.files_from == NULL)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--truth=column: of which --files-from?");
	if (o->layout != 0 && o->images.shape.c == 0)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--layout: of which --shape?");
	if (o->layout != 0 &&
	    set_layout(&o->images.shape, o->layout == 2, err) < 0)
		return err->code;
	if (is_npy && (o->is_json || o->is_summary))
		return ocr_err_set(err, -OCR_EUSAGE,
		    "%s and --npy exclude each other",
		    o->is_json ? "--json" : "--summary");
	if (o->is_summary)
		o->form = OCR_INFER_SUMMARY;
	if (o->is_json && o->form == OCR_INFER_TEXT)
		o->form = OCR_INFER_JSON;
	if (is_npy && o->on_error == OCR_ON_ERROR_SKIP)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--npy has a row for every image: not with "
		    "--on-error=skip");
	if (o->form == OCR_INFER_NPY_SCORES && o->n_top > 1)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--npy=scores has all classes: not with -k");
	if (o->form == OCR_INFER_NPY_LABELS && o->n_top > 1)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--npy=labels has one label an image: not with -k");
	if (o->is_cropped && o->has_fit && o->fit != OCR_FIT_CROP)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--crop: not with --resize=%s",
		    o->fit == OCR_FIT_EXACT ? "none" : "stretch");
	if (o->is_cropped && !o->has_fit) {
		o->has_fit = true;
		o->fit = OCR_FIT_CROP;
	}
	return 0;
}
