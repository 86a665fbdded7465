/*
 * bnn_pynq.c - parameter folders of BNN-PYNQ to binarised networks
 *
 * The topologies are those of bnn/src/network/{cnvW1A1,lfcW1A1}/hw/config.h;
 * the folder says only how many processing elements there are.  Word
 * fold * n_words + i of an element has SIMD weights, lowest bit first, of
 * neuron fold * n_elements + element; bit 1 is +1.  Synapses are in the order
 * row, column, channel: ours.
 */
#include "config.h"

#include "src/bnn_pynq.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/io.h"

#define MAX_ELEMENTS 1024
#define MAX_CLASSES 1024
#define MAX_FILE ((size_t)1 << 20)
#define MAX_THRESHOLD (INT64_C(1) << 28)

struct topology_layer {
	uint32_t in_c, in_side, out_c, window; /* window: in_side when dense */
	uint32_t simd, n_padded; /* synapses, those that are none included */
	bool has_pool;           /* 2 x 2 behind it */
};

struct topology {
	const char *name;
	uint32_t n_layers;
	struct topology_layer layers[9];
	bool is_sign; /* pixels are bits; else 8 bits of fixed point, Q1.7 */
	bool is_last_biased; /* scores count from the threshold */
};

static const struct topology topologies[] = {
    {"cnvW1A1", 9,
	{{3, 32, 64, 3, 3, 27, false}, {64, 30, 64, 3, 32, 576, true},
	    {64, 14, 128, 3, 32, 576, false}, {128, 12, 128, 3, 32, 1152, true},
	    {128, 5, 256, 3, 32, 1152, false},
	    {256, 3, 256, 3, 32, 2304, false}, {256, 1, 512, 1, 4, 256, false},
	    {512, 1, 512, 1, 8, 512, false}, {512, 1, 0, 1, 1, 512, false}},
	false, false},
    {"lfcW1A1", 4,
	{{1, 28, 1024, 28, 64, 832, false}, {1024, 1, 1024, 1, 32, 1024, false},
	    {1024, 1, 1024, 1, 64, 1024, false},
	    {1024, 1, 0, 1, 8, 1024, false}},
	true, true},
};

struct reader {
	const char *folder;
	int dir;
	struct ocr_bnn_model *m;
	const struct topology *topology;
	uint32_t n_classes;
	uint8_t *data; /* of a file */
	size_t len;
	struct ocr_err *err;
};

bool
ocr_bnn_pynq_is(const char *folder)
{
	int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool is = dir >= 0 && faccessat(dir, "0-0-weights.bin", R_OK, 0) == 0;

	if (dir >= 0)
		(void)close(dir);
	return is;
}

static bool
has_file(const struct reader *r, uint32_t layer, uint32_t element)
{
	char name[64];

	(void)snprintf(name, sizeof(name),
	    "%" PRIu32 "-%" PRIu32 "-weights.bin", layer, element);
	return faccessat(r->dir, name, F_OK, 0) == 0;
}

static uint32_t
count_elements(const struct reader *r, uint32_t layer)
{
	uint32_t n = 0;

	while (n <= MAX_ELEMENTS && has_file(r, layer, n))
		n++;
	return n;
}

/* A file of the folder to r->data, which is replaced. */
static int
read_file(struct reader *r, const char *name)
{
	char full[512];
	int fd = openat(r->dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int64_t n;

	(void)snprintf(full, sizeof(full), "%s/%s", r->folder, name);
	if (fd < 0)
		return ocr_err_sys(r->err, "cannot open '%s'", full);
	n = ocr_read_full(fd, r->data, MAX_FILE, full, -1, r->err);
	(void)close(fd);
	if (n < 0)
		return (int)n;
	if (n == (int64_t)MAX_FILE)
		return ocr_err_set(r->err, -OCR_EFORMAT,
		    "%s: too long for a file of parameters", full);
	r->len = (size_t)n;
	return 0;
}

static uint64_t
word(const struct reader *r, size_t i)
{
	const uint8_t *p = r->data + 8 * i;
	uint64_t v = 0;
	int k;

	for (k = 7; k >= 0; k--)
		v = v << 8 | p[k];
	return v;
}

/* Its lines, without what ends them; one class a line. */
static int
read_classes(struct reader *r)
{
	char *to, *end;
	size_t i;
	int ret = read_file(r, "classes.txt");

	if (ret < 0)
		return ret;
	to = r->m->labels = malloc(r->len + 2);
	if (to == NULL)
		return ocr_err_nomem(r->err);
	for (i = 0; i < r->len; i++)
		if (r->data[i] == '\n' ||
		    (r->data[i] >= ' ' && r->data[i] != 127))
			*to++ = (char)r->data[i];
	if (to > r->m->labels && to[-1] != '\n')
		*to++ = '\n';
	*to = '\0';
	/* empty lines at the end are none */
	while (to - r->m->labels > 1 && to[-2] == '\n')
		*--to = '\0';
	for (end = r->m->labels; *end != '\0'; end++)
		r->n_classes += *end == '\n';
	if (r->n_classes == 0 || r->n_classes > MAX_CLASSES)
		return ocr_err_set(r->err, -OCR_EFORMAT,
		    "%s/classes.txt: %" PRIu32 " classes", r->folder,
		    r->n_classes);
	return 0;
}

/* One that the topology cannot have. */
static int
wrong(const struct reader *r, uint32_t layer, const char *what)
{
	return ocr_err_set(r->err, -OCR_EFORMAT,
	    "%s: layer %" PRIu32 ": %s does not fit %s; only W1A1 networks of"
	    " BNN-PYNQ are known",
	    r->folder, layer, what, r->topology->name);
}

static int
read_weights(struct reader *r, uint32_t layer, uint32_t element, uint32_t n_pe,
    int8_t *weights, int32_t *n_low)
{
	const struct topology_layer *t = &r->topology->layers[layer];
	uint32_t n_in = t->in_c * t->window * t->window;
	uint32_t n_words = t->n_padded / t->simd, out, i, k;
	size_t n, j;
	char name[64];
	int ret;

	(void)snprintf(name, sizeof(name),
	    "%" PRIu32 "-%" PRIu32 "-weights.bin", layer, element);
	ret = read_file(r, name);
	if (ret < 0)
		return ret;
	n = r->len / 8;
	if (r->len % 8 != 0 || n % n_words != 0 ||
	    (t->out_c != 0 ? n / n_words * n_pe != t->out_c
			   : n / n_words * n_pe < r->n_classes))
		return wrong(r, layer, name);
	for (j = 0; j < n; j++) {
		uint64_t w = word(r, j);

		out = (uint32_t)(j / n_words) * n_pe + element;
		if (t->out_c == 0 && out >= r->n_classes)
			continue;
		if (t->simd < 64 && w >> t->simd != 0)
			return wrong(r, layer, name);
		for (k = 0; k < t->simd; k++) {
			bool bit = w >> k & 1;

			i = (uint32_t)(j % n_words) * t->simd + k;
			if (i < n_in)
				weights[(size_t)out * n_in + i] = bit ? 1 : -1;
			else
				n_low[out] += !bit;
		}
	}
	return 0;
}

/*
 * The first layer of cnv fires when 2 * acc > T, T with 8 bits of fraction and
 * pixels with 7; others when the inputs that match are more than T, which is
 * acc > 2 * T - inputs.  Inputs that are none are 0: they match weights of 0.
 */
static int64_t
limit_of(const struct reader *r, uint32_t layer, int64_t t, int32_t n_low)
{
	const struct topology_layer *l = &r->topology->layers[layer];
	int64_t n_in = (int64_t)l->in_c * l->window * l->window;

	t = t < -MAX_THRESHOLD  ? -MAX_THRESHOLD
	    : t > MAX_THRESHOLD ? MAX_THRESHOLD
				: t;
	if (layer == 0 && !r->topology->is_sign)
		return t >= 0 ? t / 2 : -((1 - t) / 2);
	return 2 * (t - n_low) - n_in;
}

static int
read_limits(struct reader *r, uint32_t layer, uint32_t element, uint32_t n_pe,
    const int32_t *n_low, int64_t *limits)
{
	const struct topology_layer *t = &r->topology->layers[layer];
	char name[64];
	uint32_t out;
	size_t j;
	int ret;

	(void)snprintf(name, sizeof(name), "%" PRIu32 "-%" PRIu32 "-thres.bin",
	    layer, element);
	ret = read_file(r, name);
	if (ret < 0)
		return ret;
	if (r->len % 8 != 0 ||
	    (t->out_c != 0 ? r->len / 8 * n_pe != t->out_c
			   : r->len / 8 * n_pe < r->n_classes))
		return wrong(r, layer, name);
	for (j = 0; j < r->len / 8; j++) {
		out = (uint32_t)j * n_pe + element;
		if (t->out_c != 0 || out < r->n_classes)
			limits[out] =
			    limit_of(r, layer, (int64_t)word(r, j), n_low[out]);
	}
	return 0;
}

/* What comes out of a layer: thresholds or scores. */
static int
put_limits(struct reader *r, struct ocr_bnn_layer *l, const int64_t *limits)
{
	int32_t *t = calloc(l->out_c, sizeof(*t));
	float *scale = calloc(l->out_c, sizeof(*scale));
	float *bias = calloc(l->out_c, sizeof(*bias));
	uint32_t i;

	l->thresholds = t;
	l->scale = scale;
	l->bias = bias;
	if (t == NULL || scale == NULL || bias == NULL)
		return ocr_err_nomem(r->err);
	for (i = 0; i < l->out_c; i++) {
		t[i] = (int32_t)(limits[i] + 1);
		scale[i] = 1;
		if (r->topology->is_last_biased)
			bias[i] = (float)-limits[i];
	}
	return 0;
}

static int
read_layer(struct reader *r, uint32_t layer, struct ocr_bnn_layer *l)
{
	const struct topology_layer *t = &r->topology->layers[layer];
	uint32_t n_pe = count_elements(r, layer), pe;
	bool is_last = layer + 1 == r->topology->n_layers;
	uint32_t n_in = t->in_c * t->window * t->window;
	int32_t *n_low;
	int64_t *limits;
	int8_t *weights;
	int ret = 0;

	l->kind = OCR_BNN_CONV;
	l->in_c = t->in_c;
	l->in_h = l->in_w = t->in_side;
	l->window_h = l->window_w = t->window;
	l->stride_h = l->stride_w = 1;
	l->out_c = is_last ? r->n_classes : t->out_c;
	l->out_h = l->out_w = t->in_side - t->window + 1;
	l->in_bits = layer == 0 ? 8 : 1;
	l->out_bits = is_last ? 0 : 1;
	l->in_base = -1;
	l->in_step = 2;
	weights = calloc((size_t)l->out_c * n_in, 1);
	l->weights = weights;
	n_low = calloc(l->out_c, sizeof(*n_low));
	limits = calloc(l->out_c, sizeof(*limits));
	if (weights == NULL || n_low == NULL || limits == NULL)
		ret = ocr_err_nomem(r->err);
	else if (n_pe == 0 || n_pe > MAX_ELEMENTS)
		ret = wrong(r, layer, "the number of files");
	for (pe = 0; ret == 0 && pe < n_pe; pe++)
		ret = read_weights(r, layer, pe, n_pe, weights, n_low);
	for (pe = 0;
	     ret == 0 && pe < n_pe && (!is_last || r->topology->is_last_biased);
	     pe++)
		ret = read_limits(r, layer, pe, n_pe, n_low, limits);
	if (ret == 0)
		ret = put_limits(r, l, limits);
	free(n_low);
	free(limits);
	return ret;
}

static void
put_pool(struct ocr_bnn_layer *l, const struct ocr_bnn_layer *before)
{
	l->kind = OCR_BNN_MAX_POOL;
	l->in_c = l->out_c = before->out_c;
	l->in_h = l->in_w = before->out_h;
	l->window_h = l->window_w = l->stride_h = l->stride_w = 2;
	l->out_h = l->out_w = before->out_h / 2;
}

/* Q1.7, halves up: 128 is 1, 255 is as 254. */
static void
put_pixels(const struct reader *r, struct ocr_bnn *b)
{
	int c, p;

	for (c = 0; c < 4; c++)
		for (p = 0; p < 256; p++) {
			int v = p - 128 + (p >= 128);

			v = v > 127 ? 127 : v;
			if (r->topology->is_sign)
				v = p >= 128 ? 1 : -1;
			b->pixels[c][p] = (int16_t)v;
		}
}

static int
read_layers(struct reader *r)
{
	struct ocr_bnn *b = calloc(1, sizeof(*b));
	uint32_t i;
	int ret = 0;

	r->m->bnn = b;
	if (b == NULL)
		return ocr_err_nomem(r->err);
	b->layers = calloc(OCR_BNN_MAX_LAYERS, sizeof(*b->layers));
	if (b->layers == NULL)
		return ocr_err_nomem(r->err);
	put_pixels(r, b);
	for (i = 0; ret == 0 && i < r->topology->n_layers; i++) {
		struct ocr_bnn_layer *l = &b->layers[b->n_layers++];

		ret = read_layer(r, i, l);
		if (ret == 0 && r->topology->layers[i].has_pool)
			put_pool(&b->layers[b->n_layers++], l);
	}
	if (ret < 0)
		return ret;
	b->n_scores = r->n_classes;
	b->n_macs = ocr_bnn_macs(b);
	return ocr_bnn_check(b, r->err);
}

static int
read_folder(struct reader *r)
{
	size_t i, n = sizeof(topologies) / sizeof(topologies[0]);
	uint32_t n_layers = 0;

	r->data = malloc(MAX_FILE);
	if (r->data == NULL)
		return ocr_err_nomem(r->err);
	while (n_layers < OCR_BNN_MAX_LAYERS && has_file(r, n_layers, 0))
		n_layers++;
	for (i = 0; i < n; i++)
		if (topologies[i].n_layers == n_layers)
			r->topology = &topologies[i];
	if (r->topology == NULL)
		return ocr_err_set(r->err, -OCR_EFORMAT,
		    "%s: parameters of %" PRIu32
		    " layers; cnvW1A1 of BNN-PYNQ has 9, lfcW1A1 has 4",
		    r->folder, n_layers);
	if (read_classes(r) < 0)
		return r->err->code;
	r->m->is_nhwc = false; /* the images that users have: CIFAR-10, IDX */
	return read_layers(r);
}

int
ocr_bnn_pynq_read(struct ocr_bnn_model *m, const char *folder,
    struct ocr_err *err)
{
	struct reader r = {.folder = folder, .m = m, .err = err};
	int ret;

	r.dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r.dir < 0)
		return ocr_err_sys(err, "cannot open '%s'", folder);
	ret = read_folder(&r);
	if (ret < 0)
		ocr_bnn_model_release(m);
	(void)close(r.dir);
	free(r.data);
	return ret;
}
