/*
 * bnn_file.c - binarised models from .ocrm files
 *
 * The table of layers says how long the file must be, before anything is
 * allocated; what it then holds is for ocr_bnn_check().
 */
#include "config.h"

#include "src/bnn_file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/crc.h"
#include "src/bnn_file_layout.h"

struct reader {
	const uint8_t *data;
	size_t len, at; /* at: next to read */
	const char *name;
	uint32_t flags, n_layers, n_channels, n_labels;
	unsigned weight_bits[OCR_BNN_MAX_LAYERS];
};

void
ocr_bnn_model_release(struct ocr_bnn_model *m)
{
	ocr_bnn_free(m->bnn);
	free(m->labels);
	*m = (struct ocr_bnn_model){0};
}

bool
ocr_bnn_file_is(const void *data, size_t len)
{
	return len >= 8 && memcmp(data, OCR_BNN_FILE_MAGIC, 8) == 0;
}

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

static int
damaged(const struct reader *r, const char *what, struct ocr_err *err)
{
	return ocr_err_set(err, -OCR_EFORMAT, "%s: damaged: %s", r->name, what);
}

static int
check_length(const struct reader *r, uint64_t want, struct ocr_err *err)
{
	if (want == r->len)
		return 0;
	return ocr_err_set(err, -OCR_EFORMAT,
	    "%s: %s: %zu bytes, it says %" PRIu64, r->name,
	    r->len < want ? "cut" : "longer than it should be", r->len, want);
}

static int
read_head(struct reader *r, struct ocr_err *err)
{
	const uint8_t *p = r->data;
	int bad;

	if (!ocr_bnn_file_is(p, r->len))
		return ocr_err_set(err, -OCR_EFORMAT, "%s: not an .ocrm file",
		    r->name);
	if (r->len < OCR_BNN_FILE_HEAD)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: cut: %zu bytes, the header has %d", r->name, r->len,
		    OCR_BNN_FILE_HEAD);
	if (get32(p + OCR_BNN_AT_VERSION) != OCR_BNN_FILE_VERSION)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: version %" PRIu32 ", this program reads %d", r->name,
		    get32(p + OCR_BNN_AT_VERSION), OCR_BNN_FILE_VERSION);
	if (get32(p + OCR_BNN_AT_HEAD_CRC) !=
	    ocr_crc32(0, p, OCR_BNN_AT_HEAD_CRC))
		return damaged(r, "checksum of the header", err);
	bad = check_length(r,
	    get32(p + OCR_BNN_AT_BYTES) |
		(uint64_t)get32(p + OCR_BNN_AT_BYTES + 4) << 32,
	    err);
	if (bad < 0)
		return bad;
	if (get32(p + OCR_BNN_AT_BODY_CRC) !=
	    ocr_crc32(0, p + OCR_BNN_FILE_HEAD, r->len - OCR_BNN_FILE_HEAD))
		return damaged(r, "checksum of what follows the header", err);
	r->flags = get32(p + OCR_BNN_AT_FLAGS);
	r->n_layers = get32(p + OCR_BNN_AT_LAYERS);
	r->n_channels = get32(p + OCR_BNN_AT_CHANNELS);
	r->n_labels = get32(p + OCR_BNN_AT_LABELS);
	r->at = OCR_BNN_FILE_HEAD;
	if (r->n_layers == 0 || r->n_layers > OCR_BNN_MAX_LAYERS ||
	    r->n_channels == 0 || r->n_channels > 4 ||
	    r->n_labels > OCR_BNN_MAX_LABELS ||
	    (r->flags & ~OCR_BNN_FILE_NHWC) != 0 ||
	    get32(p + OCR_BNN_AT_ZERO) != 0)
		return damaged(r, "counts in the header", err);
	return 0;
}

static int
read_pixels(struct reader *r, struct ocr_bnn *b, struct ocr_err *err)
{
	uint32_t c, i;

	if (r->len - r->at < r->n_channels * (size_t)512)
		return damaged(r, "no table of pixels", err);
	for (c = 0; c < r->n_channels; c++)
		for (i = 0; i < 256; i++, r->at += 2)
			b->pixels[c][i] =
			    (int16_t)(r->data[r->at] | r->data[r->at + 1] << 8);
	return 0;
}

static void
read_entry(const uint8_t *p, struct ocr_bnn_layer *l, unsigned *weight_bits)
{
	uint32_t w[OCR_BNN_N_WORDS];
	int i;

	for (i = 0; i < OCR_BNN_N_WORDS; i++)
		w[i] = get32(p + 4 * i);
	l->kind =
	    w[OCR_BNN_W_KIND] == OCR_BNN_CONV ? OCR_BNN_CONV : OCR_BNN_MAX_POOL;
	l->in_c = w[OCR_BNN_W_IN_C];
	l->in_h = w[OCR_BNN_W_IN_H];
	l->in_w = w[OCR_BNN_W_IN_W];
	l->out_c = w[OCR_BNN_W_OUT_C];
	l->out_h = w[OCR_BNN_W_OUT_H];
	l->out_w = w[OCR_BNN_W_OUT_W];
	l->window_h = w[OCR_BNN_W_WINDOW_H];
	l->window_w = w[OCR_BNN_W_WINDOW_W];
	l->stride_h = w[OCR_BNN_W_STRIDE_H];
	l->stride_w = w[OCR_BNN_W_STRIDE_W];
	l->pad_top = w[OCR_BNN_W_PAD_TOP];
	l->pad_left = w[OCR_BNN_W_PAD_LEFT];
	l->in_bits = w[OCR_BNN_W_IN_BITS];
	l->out_bits = w[OCR_BNN_W_OUT_BITS];
	l->in_base = (int32_t)w[OCR_BNN_W_IN_BASE];
	l->in_step = (int32_t)w[OCR_BNN_W_IN_STEP];
	*weight_bits = w[OCR_BNN_W_WEIGHT_BITS];
}

/* Product of the four, or more than any file has. */
static bool
has_sane_sides(const struct ocr_bnn_layer *l)
{
	uint64_t n = (uint64_t)l->out_c * l->window_h;

	/* 2^40 times 2^20 at most, so no product below overflows */
	return l->out_c <= UINT32_C(1) << 20 && l->in_c <= UINT32_C(1) << 20 &&
	       l->window_h <= UINT32_C(1) << 16 &&
	       l->window_w <= UINT32_C(1) << 16 &&
	       n * l->window_w <= (uint64_t)1 << 40;
}

/* The whole table, and so how long the file is. */
static int
read_table(struct reader *r, struct ocr_bnn *b, struct ocr_err *err)
{
	size_t entry = OCR_BNN_N_WORDS * 4;
	uint64_t want;
	uint32_t i;

	if ((r->len - r->at) / entry < r->n_layers)
		return damaged(r, "no table of layers", err);
	want = r->at + r->n_layers * entry + r->n_labels;
	for (i = 0; i < r->n_layers; i++, r->at += entry) {
		struct ocr_bnn_layer *l = &b->layers[i];
		const uint8_t *p = r->data + r->at;
		bool is_pool = get32(p) != OCR_BNN_CONV;
		unsigned bits;

		read_entry(p, l, &bits);
		r->weight_bits[i] = bits;
		if (get32(p) > OCR_BNN_MAX_POOL || !has_sane_sides(l) ||
		    bits > 2 || (bits == 0) != is_pool || l->out_bits > 2)
			return damaged(r, "an entry of the table of layers",
			    err);
		if (!is_pool)
			want += ocr_bnn_file_weight_bytes(l, bits) +
				ocr_bnn_file_n_outs(l) * 4;
		if (want > r->len)
			break;
	}
	if (want != r->len)
		return damaged(r, "its layers are not as long as it is", err);
	return 0;
}

/* Eight weights of a bit, or four of two bits, are one step of the loop. */
static void
unpack(int8_t *to, const uint8_t *from, uint64_t n, unsigned bits)
{
	int8_t table[256][8];
	unsigned per = 8 / bits, i, j;
	uint64_t k;

	for (i = 0; i < 256; i++)
		for (j = 0; j < per; j++)
			table[i][j] =
			    (int8_t)(bits == 1 ? (int)(i >> j & 1) * 2 - 1
					       : (int)(i >> 2 * j & 3) - 2);
	for (k = 0; k + per <= n; k += per, from++) {
		if (bits == 1)
			memcpy(to + k, table[*from], 8);
		else
			memcpy(to + k, table[*from], 4);
	}
	for (j = 0; k < n; k++, j++)
		to[k] = table[*from][j];
}

/* Behind the last weight there is nothing: one form only. */
static bool
is_tail_zero(const uint8_t *p, uint64_t n_bits, uint64_t n_bytes)
{
	uint64_t at = n_bits / 8;
	unsigned bits = n_bits % 8;

	if (bits != 0 && p[at++] >> bits != 0)
		return false;
	for (; at < n_bytes; at++)
		if (p[at] != 0)
			return false;
	return true;
}

static void *
read_words(struct reader *r, size_t n)
{
	uint8_t *to = malloc(n * 4 + 1);
	uint32_t v;
	size_t i;

	for (i = 0; to != NULL && i < n; i++) {
		v = get32(r->data + r->at + 4 * i);
		memcpy(to + 4 * i, &v, 4);
	}
	r->at += n * 4;
	return to;
}

static int
read_weights(struct reader *r, uint32_t i, struct ocr_bnn_layer *l,
    struct ocr_err *err)
{
	unsigned bits = r->weight_bits[i];
	uint64_t n = ocr_bnn_file_n_weights(l);
	size_t bytes = (size_t)ocr_bnn_file_weight_bytes(l, bits);
	bool is_hidden = i > 0 && i + 1 < r->n_layers;
	uint8_t *to;

	if (!is_tail_zero(r->data + r->at, n * bits, bytes))
		return damaged(r, "not zero behind weights", err);
	if (is_hidden && bits == 1 && l->in_bits == 1) {
		l->bits = to = malloc(bytes + OCR_BNN_BITS_PAD);
		if (to == NULL)
			return ocr_err_nomem(err);
		memcpy(to, r->data + r->at, bytes);
		memset(to + bytes, 0, OCR_BNN_BITS_PAD);
	} else {
		l->weights = (int8_t *)(to = malloc((size_t)n + 1));
		if (to == NULL)
			return ocr_err_nomem(err);
		unpack((int8_t *)to, r->data + r->at, n, bits);
	}
	r->at += bytes;
	return 0;
}

static int
read_numbers(struct reader *r, uint32_t i, struct ocr_bnn_layer *l,
    struct ocr_err *err)
{
	int ret = read_weights(r, i, l, err);

	if (ret < 0)
		return ret;
	if (l->out_bits != 0) {
		l->thresholds = read_words(r, (size_t)ocr_bnn_file_n_outs(l));
		return l->thresholds != NULL ? 0 : ocr_err_nomem(err);
	}
	l->scale = read_words(r, l->out_c);
	l->bias = read_words(r, l->out_c);
	return l->scale != NULL && l->bias != NULL ? 0 : ocr_err_nomem(err);
}

/* Lines of text for people and for tables: nothing else is taken. */
static int
read_labels(struct reader *r, struct ocr_bnn_model *m, struct ocr_err *err)
{
	const uint8_t *p = r->data + r->at;
	size_t n = r->n_labels, i;

	if (n == 0)
		return 0;
	for (i = 0; i < n; i++)
		if ((p[i] < ' ' && p[i] != '\n') || p[i] == 127)
			return damaged(r, "names of classes", err);
	if (p[n - 1] != '\n')
		return damaged(r, "names of classes", err);
	m->labels = strndup((const char *)p, n);
	return m->labels != NULL ? 0 : ocr_err_nomem(err);
}

static int
read_all(struct reader *r, struct ocr_bnn_model *m, struct ocr_err *err)
{
	struct ocr_bnn *b = m->bnn;
	struct ocr_err why = {0};
	uint32_t i;
	int ret = read_pixels(r, b, err);

	if (ret == 0)
		ret = read_table(r, b, err);
	for (i = 0; ret == 0 && i < b->n_layers; i++)
		if (r->weight_bits[i] != 0)
			ret = read_numbers(r, i, &b->layers[i], err);
	if (ret == 0)
		ret = read_labels(r, m, err);
	if (ret < 0)
		return ret;
	b->n_scores = b->layers[b->n_layers - 1].out_c;
	if (b->layers[0].in_c != r->n_channels)
		return damaged(r, "channels of the first layer", err);
	ret = ocr_bnn_check(b, &why);
	if (ret < 0)
		return ocr_err_set(err, ret, "%s: %s", r->name, why.text);
	b->n_macs = ocr_bnn_macs(b);
	return 0;
}

int
ocr_bnn_file_read_bits(struct ocr_bnn_model *m, const void *data, size_t len,
    const char *name, struct ocr_err *err)
{
	struct reader r = {.data = data, .len = len, .name = name};
	int ret = read_head(&r, err);

	if (ret < 0)
		return ret;
	m->is_nhwc = (r.flags & OCR_BNN_FILE_NHWC) != 0;
	m->bnn = calloc(1, sizeof(*m->bnn));
	if (m->bnn == NULL)
		return ocr_err_nomem(err);
	m->bnn->layers = calloc(r.n_layers, sizeof(*m->bnn->layers));
	if (m->bnn->layers == NULL) {
		ocr_bnn_model_release(m);
		return ocr_err_nomem(err);
	}
	m->bnn->n_layers = r.n_layers;
	ret = read_all(&r, m, err);
	if (ret < 0)
		ocr_bnn_model_release(m);
	return ret;
}

int
ocr_bnn_file_read(struct ocr_bnn_model *m, const void *data, size_t len,
    const char *name, struct ocr_err *err)
{
	int r = ocr_bnn_file_read_bits(m, data, len, name, err);

	if (r == 0)
		r = ocr_bnn_unpack(m->bnn, err);
	if (r < 0)
		ocr_bnn_model_release(m);
	return r;
}
