/*
 * test_bnn_file.c - .ocrm files: what is written is read; damage is not
 */
#include "config.h"

#include "common/crc.h"
#include "src/bnn_file.h"
#include "src/bnn_file_layout.h"
#include "src/bnn_run.h"
#include "src/cnv_pack.h"
#include "src/le.h"
#include "tests/unit/bnn_make.h"
#include "tests/unit/tap.h"

static const struct made_layer shape[] = {{9, 3, 3, 1, 1, 2, 1},
    {0, 2, 2, 2, 0, 0, 0}, {5, 3, 3, 2, 1, 0, 0}, {10, 0, 0, 1, 0, 0, 1}};

static bool
is_layer(const struct ocr_bnn_layer *a, const struct ocr_bnn_layer *b)
{
	size_t n = (size_t)a->out_c * a->window_h * a->window_w * a->in_c;
	size_t levels = ((size_t)1 << a->out_bits) - 1;

	if (a->kind != b->kind || a->in_c != b->in_c || a->in_h != b->in_h ||
	    a->in_w != b->in_w || a->out_c != b->out_c ||
	    a->out_h != b->out_h || a->out_w != b->out_w ||
	    a->window_h != b->window_h || a->window_w != b->window_w ||
	    a->stride_h != b->stride_h || a->stride_w != b->stride_w ||
	    a->pad_top != b->pad_top || a->pad_left != b->pad_left)
		return false;
	if (a->kind != OCR_BNN_CONV)
		return true;
	if (a->in_bits != b->in_bits || a->out_bits != b->out_bits ||
	    a->in_base != b->in_base || a->in_step != b->in_step ||
	    memcmp(a->weights, b->weights, n) != 0)
		return false;
	if (a->out_bits != 0)
		return memcmp(a->thresholds, b->thresholds,
			   a->out_c * levels * 4) == 0;
	return memcmp(a->scale, b->scale, a->out_c * sizeof(float)) == 0 &&
	       memcmp(a->bias, b->bias, a->out_c * sizeof(float)) == 0;
}

static bool
is_bnn(const struct ocr_bnn *a, const struct ocr_bnn *b)
{
	uint32_t i;

	if (a->n_layers != b->n_layers || a->n_scores != b->n_scores ||
	    a->n_macs != b->n_macs ||
	    memcmp(a->pixels, b->pixels,
		a->layers[0].in_c * sizeof(a->pixels[0])) != 0)
		return false;
	for (i = 0; i < a->n_layers; i++)
		if (!is_layer(&a->layers[i], &b->layers[i]))
			return false;
	return true;
}

static void
test_round(void)
{
	uint32_t in[3] = {3, 7, 6};
	char labels[] = "one\ntwo\n\xc3\xa9\n";
	uint64_t seed;

	for (seed = 0; seed < 30; seed++) {
		struct ocr_bnn_model m = {0}, again = {0};
		struct ocr_err err = {0};
		struct made made;
		uint8_t *data = NULL, *twice = NULL;
		size_t len, len2;

		in[0] = 1 + seed % 4;
		made_net(&made, in, shape, 4, (enum made_kind)(seed % 3), seed);
		m.bnn = &made.bnn;
		m.is_nhwc = seed % 2;
		m.labels = seed % 3 ? labels : NULL;
		ok(ocr_bnn_file_make(&data, &len, &m, &err) == 0 &&
			ocr_bnn_file_is(data, len) &&
			ocr_bnn_file_read(&again, data, len, "f", &err) == 0 &&
			is_bnn(&made.bnn, again.bnn) &&
			again.is_nhwc == m.is_nhwc &&
			(m.labels == NULL
				? again.labels == NULL
				: strcmp(again.labels, labels) == 0) &&
			ocr_bnn_file_make(&twice, &len2, &again, &err) == 0 &&
			len == len2 && memcmp(data, twice, len) == 0,
		    "network %d: %s", (int)seed, err.text);
		ocr_bnn_model_release(&again);
		free(data);
		free(twice);
		made_free(&made);
	}
}

static const struct made_layer binary[] = {{70, 3, 3, 1, 1, 0, 0},
    {0, 2, 2, 2, 0, 0, 0}, {67, 2, 2, 1, 1, 0, 0}, {129, 1, 2, 1, 0, 0, 0},
    {10, 0, 0, 1, 0, 0, 0}};

#define N_IMAGES 37

static size_t
count_wrong(const struct ocr_bnn *b, const struct ocr_bnn *bits)
{
	const struct ocr_bnn_layer *l = &b->layers[0];
	size_t n = (size_t)l->in_c * l->in_h * l->in_w, wrong = 0, i;
	uint8_t *images = malloc(n * N_IMAGES);
	int32_t want[10], got[10 * N_IMAGES];
	struct ocr_bnn_packed *p = NULL;
	struct ocr_bnn_state *s = NULL;
	struct ocr_err err = {0};
	struct ocr_bnn_batch batch = {.images = images,
	    .stride = n,
	    .n = N_IMAGES};
	uint64_t random = 9;

	for (i = 0; i < n * N_IMAGES; i++)
		images[i] = (uint8_t)ocr_random_below(&random, 256);
	if (ocr_bnn_packed_new(&p, bits, OCR_BNN_BEST, &err) < 0 ||
	    ocr_bnn_state_new(&s, p, &err) < 0)
		abort();
	ocr_bnn_run(s, &batch, NULL, got);
	for (i = 0; i < N_IMAGES; i++) {
		if (ocr_bnn_plain(b, images + i * n, false, want, &err) < 0)
			abort();
		wrong += memcmp(want, got + i * 10, sizeof(want)) != 0;
	}
	ocr_bnn_state_free(s);
	ocr_bnn_packed_free(p);
	free(images);
	return wrong;
}

/* Every stretch of every layer that has bits. */
static size_t
count_wrong_ones(const struct ocr_bnn *b, const struct ocr_bnn *bits)
{
	size_t wrong = 0;
	uint64_t n, at, v;
	uint32_t i, j, len;

	for (i = 0; i < b->n_layers; i++) {
		const struct ocr_bnn_layer *l = &b->layers[i];

		if (l->kind != OCR_BNN_CONV)
			continue;
		n = ocr_bnn_file_n_weights(l);
		for (at = 0; at < n; at += 61) {
			len = (uint32_t)(n - at < 64 ? n - at : 1 + at % 64);
			for (v = 0, j = 0; j < len; j++)
				v |= (uint64_t)(l->weights[at + j] > 0) << j;
			wrong += v != ocr_bnn_ones(l, at, len) ||
				 v != ocr_bnn_ones(&bits->layers[i], at, len);
		}
	}
	return wrong;
}

/* Of hidden layers the bits alone: all that is made of them is the same. */
static void
test_bits(void)
{
	static const uint32_t in[] = {3, 7, 6};
	struct ocr_bnn_model m = {0}, again = {0};
	struct ocr_err err = {0};
	struct made made;
	uint64_t *card[2] = {NULL, NULL};
	uint8_t *data = NULL, *twice = NULL;
	size_t len, len2, n[2];

	made_net(&made, in, binary, 5, MADE_ODD, 4);
	m.bnn = &made.bnn;
	if (!ok(ocr_bnn_file_make(&data, &len, &m, &err) == 0 &&
		    ocr_bnn_file_read_bits(&again, data, len, "f", &err) == 0,
		"bits: read"))
		return;
	ok(again.bnn->layers[0].weights != NULL &&
		again.bnn->layers[2].weights == NULL &&
		again.bnn->layers[2].bits != NULL &&
		again.bnn->layers[4].weights != NULL,
	    "bits: hidden layers have nothing else");
	ok(ocr_bnn_check(again.bnn, &err) == 0, "bits: checked");
	is_int((int64_t)count_wrong_ones(&made.bnn, again.bnn), 0,
	    "bits: ones");
	is_int((int64_t)count_wrong(&made.bnn, again.bnn), 0, "bits: scores");
	ok(ocr_bnn_file_make(&twice, &len2, &again, &err) == 0 && len == len2 &&
		memcmp(data, twice, len) == 0,
	    "bits: written");
	ok(ocr_cnv_pack(&card[0], &n[0], &made.bnn, true, &err) == 0 &&
		ocr_cnv_pack(&card[1], &n[1], again.bnn, true, &err) == 0 &&
		n[0] == n[1] &&
		memcmp(card[0], card[1], n[0] * sizeof(*card[0])) == 0,
	    "bits: for cards");
	ok(ocr_bnn_unpack(again.bnn, &err) == 0 && is_bnn(&made.bnn, again.bnn),
	    "bits: to weights");
	free(card[0]);
	free(card[1]);
	free(data);
	free(twice);
	ocr_bnn_model_release(&again);
	made_free(&made);
}

/* Whatever was done to a file, as its writer would have done it. */
static void
sign_file(uint8_t *p, size_t len)
{
	ocr_put_le32(p + OCR_BNN_AT_BODY_CRC,
	    ocr_crc32(0, p + OCR_BNN_FILE_HEAD, len - OCR_BNN_FILE_HEAD));
	ocr_put_le32(p + OCR_BNN_AT_HEAD_CRC,
	    ocr_crc32(0, p, OCR_BNN_AT_HEAD_CRC));
}

static void
make(uint8_t **data, size_t *len)
{
	static const uint32_t in[] = {3, 7, 6};
	struct ocr_bnn_model m = {0};
	struct ocr_err err = {0};
	struct made made;
	char labels[] = "one\ntwo\n";

	made_net(&made, in, shape, 4, MADE_ODD, 3);
	m.bnn = &made.bnn;
	m.labels = labels;
	if (ocr_bnn_file_make(data, len, &m, &err) < 0)
		abort();
	made_free(&made);
}

/* data: a copy of just len bytes, so that reading further is seen. */
static void
refused(const uint8_t *data, size_t len, const char *text)
{
	struct ocr_bnn_model m = {0};
	struct ocr_err err = {0};
	uint8_t *copy = malloc(len + (len == 0));
	int r;

	memcpy(copy, data, len);
	r = ocr_bnn_file_read(&m, copy, len, "f", &err);
	if (!ok(r == -OCR_EFORMAT && m.bnn == NULL &&
		    strcmp(err.text, text) == 0,
		"%s", text))
		diag("%d: %s", r, err.text);
	ocr_bnn_model_release(&m);
	free(copy);
}

#define REFUSED(change, text)                                                  \
	do {                                                                   \
		memcpy(p, good, len);                                          \
		change;                                                        \
		sign_file(p, len);                                             \
		refused(p, len, text);                                         \
	} while (0)

static void
test_refused(void)
{
	uint8_t *good, *p;
	size_t len, table = OCR_BNN_FILE_HEAD + 3 * 512;

	make(&good, &len);
	p = malloc(len + 8);
	refused(good, 0, "f: not an .ocrm file");
	refused(good, 7, "f: not an .ocrm file");
	refused(good, 40, "f: cut: 40 bytes, the header has 48");
	memcpy(p, good, len);
	p[len] = 0;
	refused(p, len + 1,
	    "f: longer than it should be: 2257 bytes, it says "
	    "2256");
	refused(p, len - 1, "f: cut: 2255 bytes, it says 2256");
	p[OCR_BNN_AT_LAYERS]++;
	refused(p, len, "f: damaged: checksum of the header");
	memcpy(p, good, len);
	p[len - 1] ^= 1;
	refused(p, len, "f: damaged: checksum of what follows the header");
	p[OCR_BNN_AT_VERSION] = 2;
	refused(p, len, "f: version 2, this program reads 1");
	REFUSED(p[OCR_BNN_AT_LAYERS] = 65, "f: damaged: counts in the header");
	REFUSED(p[OCR_BNN_AT_LAYERS] = 0, "f: damaged: counts in the header");
	REFUSED(p[OCR_BNN_AT_CHANNELS] = 5, "f: damaged: counts in the header");
	REFUSED(p[OCR_BNN_AT_FLAGS] = 2, "f: damaged: counts in the header");
	REFUSED(p[OCR_BNN_AT_ZERO] = 1, "f: damaged: counts in the header");
	REFUSED(p[OCR_BNN_AT_CHANNELS] = 2,
	    "f: damaged: an entry of the table of layers");
	REFUSED(p[OCR_BNN_AT_LABELS] = 7,
	    "f: damaged: its layers are not as long as it is");
	REFUSED(p[OCR_BNN_AT_LABELS + 3] = 1,
	    "f: damaged: counts in the header");
	REFUSED(p[table] = 2, "f: damaged: an entry of the table of layers");
	REFUSED(memset(p + table + 4 * OCR_BNN_W_OUT_C, 255, 4),
	    "f: damaged: an entry of the table of layers");
	REFUSED(p[table + 4 * OCR_BNN_W_OUT_C + 2] = 15,
	    "f: damaged: its layers are not as long as it is");
	REFUSED(p[table + 4 * OCR_BNN_W_WEIGHT_BITS] = 3,
	    "f: damaged: an entry of the table of layers");
	REFUSED(p[table + 4 * OCR_BNN_W_OUT_BITS] = 3,
	    "f: damaged: an entry of the table of layers");
	REFUSED(p[table + 4 * OCR_BNN_W_IN_H] = 0,
	    "f: layer 1: its shape is not possible");
	REFUSED(p[table + 4 * OCR_BNN_W_STRIDE_H] = 0,
	    "f: layer 1: its shape is not possible");
	REFUSED(p[table + 4 * OCR_BNN_W_IN_BITS] = 33,
	    "f: layer 1: cannot be here");
	REFUSED(p[len - 1] = 'x', "f: damaged: names of classes");
	REFUSED(p[len - 3] = 27, "f: damaged: names of classes");
	free(p);
	free(good);
}

/* Any byte, any cut: an error, and never a byte beyond. */
static void
test_noise(void)
{
	uint8_t *good, *p;
	size_t len, i, n_bad = 0;
	uint64_t random = 5;

	make(&good, &len);
	for (i = 0; i < 20000; i++) {
		size_t n = i < len ? i : len;
		struct ocr_bnn_model m = {0};
		struct ocr_err err = {0};
		int k;

		p = malloc(n + 1);
		memcpy(p, good, n);
		for (k = 0; i >= len && k < 3; k++)
			p[ocr_random_below(&random, len)] =
			    (uint8_t)ocr_random_below(&random, 256);
		if (n >= OCR_BNN_FILE_HEAD) {
			ocr_put_le32(p + OCR_BNN_AT_BYTES, (uint32_t)n);
			sign_file(p, n);
		}
		if (ocr_bnn_file_read(&m, p, n, "f", &err) == 0)
			n_bad += i < len || ocr_bnn_check(m.bnn, &err) < 0;
		ocr_bnn_model_release(&m);
		free(p);
	}
	is_int((int64_t)n_bad, 0, "noise");
	free(good);
}

int
main(void)
{
	test_round();
	test_bits();
	test_refused();
	test_noise();
	return done();
}
