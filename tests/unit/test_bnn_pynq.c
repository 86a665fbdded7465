/*
 * test_bnn_pynq.c - parameter folders of BNN-PYNQ, made up here
 *
 * A folder of random bits, as the accelerator's memories would hold them, and
 * the accelerator's arithmetic, bits that match against thresholds.
 */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/random.h"
#include "src/bnn_pynq.h"
#include "tests/unit/tap.h"

#define MAX_OUT 1024
#define MAX_IN 2304
#define N_CLASSES 7

struct memory {
	uint32_t n_in, n_padded, n_out, n_pe, simd;
	uint8_t *bits;  /* [out][padded] */
	int64_t *limit; /* [out] */
};

struct folder {
	char path[64];
	struct memory layers[9];
	uint32_t n_layers;
	uint64_t random;
};

static const uint32_t lfc[4][5] = {{784, 832, 1024, 32, 64},
    {1024, 1024, 1024, 64, 32}, {1024, 1024, 1024, 32, 64},
    {1024, 1024, 64, 16, 8}};

static const uint32_t cnv[9][5] = {{27, 27, 64, 16, 3}, {576, 576, 64, 32, 32},
    {576, 576, 128, 16, 32}, {1152, 1152, 128, 16, 32},
    {1152, 1152, 256, 4, 32}, {2304, 2304, 256, 1, 32}, {256, 256, 512, 1, 4},
    {512, 512, 512, 1, 8}, {512, 512, 12, 4, 1}};

static uint32_t
below(struct folder *f, uint32_t n)
{
	return (uint32_t)ocr_random_below(&f->random, n);
}

static void
write_file(const struct folder *f, const char *name, const void *data,
    size_t len)
{
	char path[128];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", f->path, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		abort();
	(void)close(fd);
}

static void
put_word(uint8_t *p, uint64_t v)
{
	int i;

	for (i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static void
write_element(struct folder *f, uint32_t layer, uint32_t pe)
{
	const struct memory *m = &f->layers[layer];
	uint32_t folds = m->n_out / m->n_pe, words = m->n_padded / m->simd;
	uint8_t *w = malloc((size_t)folds * words * 8), *t = malloc(folds * 8);
	uint32_t i, j, k;
	char name[40];

	for (i = 0; i < folds; i++) {
		uint32_t out = i * m->n_pe + pe;

		put_word(t + (size_t)8 * i, (uint64_t)m->limit[out]);
		for (j = 0; j < words; j++) {
			uint64_t v = 0;

			for (k = 0; k < m->simd; k++)
				v |= (uint64_t)
					 m->bits[(size_t)out * m->n_padded +
						 j * m->simd + k]
				     << k;
			put_word(w + (size_t)8 * (i * words + j), v);
		}
	}
	(void)snprintf(name, sizeof(name), "%u-%u-weights.bin", layer, pe);
	write_file(f, name, w, (size_t)folds * words * 8);
	(void)snprintf(name, sizeof(name), "%u-%u-thres.bin", layer, pe);
	write_file(f, name, t, (size_t)folds * 8);
	free(w);
	free(t);
}

static void
make_folder(struct folder *f, const uint32_t (*shape)[5], uint32_t n)
{
	static const char classes[] = "a\r\nb\r\nc\r\nd\r\ne\r\nf\r\ng";
	uint32_t i, j, pe;

	memset(f, 0, sizeof(*f));
	f->random = 9;
	f->n_layers = n;
	(void)snprintf(f->path, sizeof(f->path), "/tmp/test_pynq.XXXXXX");
	if (mkdtemp(f->path) == NULL)
		abort();
	for (i = 0; i < n; i++) {
		struct memory *m = &f->layers[i];

		m->n_in = shape[i][0];
		m->n_padded = shape[i][1];
		m->n_out = shape[i][2];
		m->n_pe = shape[i][3];
		m->simd = shape[i][4];
		m->bits = malloc((size_t)m->n_out * m->n_padded);
		m->limit = calloc(m->n_out, sizeof(*m->limit));
		for (j = 0; j < m->n_out * m->n_padded; j++)
			m->bits[j] = (uint8_t)below(f, 2);
		for (j = 0; j < m->n_out; j++)
			m->limit[j] = m->n_padded / 2 - 20 + below(f, 41);
		for (j = 0; i == 0 && m->n_in == 27 && j < m->n_out; j++)
			m->limit[j] = (int64_t)below(f, 4001) - 2000;
		for (pe = 0; pe < m->n_pe; pe++)
			write_element(f, i, pe);
	}
	write_file(f, "classes.txt", classes, sizeof(classes) - 1);
}

static void
remove_folder(struct folder *f)
{
	uint32_t i, pe;
	char path[128];

	for (i = 0; i < f->n_layers; i++) {
		for (pe = 0; pe <= f->layers[i].n_pe; pe++) {
			(void)snprintf(path, sizeof(path),
			    "%s/%u-%u-weights.bin", f->path, i, pe);
			(void)unlink(path);
			(void)snprintf(path, sizeof(path), "%s/%u-%u-thres.bin",
			    f->path, i, pe);
			(void)unlink(path);
		}
		free(f->layers[i].bits);
		free(f->layers[i].limit);
	}
	(void)snprintf(path, sizeof(path), "%s/classes.txt", f->path);
	(void)unlink(path);
	if (rmdir(f->path) < 0)
		diag("%s is left", f->path);
}

/* Bits that match, of each neuron. */
static void
run_memory(const struct memory *m, const uint8_t *in, uint32_t *matches)
{
	uint32_t o, i;

	for (o = 0; o < m->n_out; o++)
		for (matches[o] = 0, i = 0; i < m->n_padded; i++)
			matches[o] +=
			    in[i] == m->bits[(size_t)o * m->n_padded + i];
}

static void
test_lfc(void)
{
	struct folder f;
	struct ocr_bnn_model m = {0};
	struct ocr_err err = {0};
	uint8_t image[784], x[MAX_OUT] = {0};
	uint32_t matches[MAX_OUT], i, o, n;
	int32_t accs[N_CLASSES];
	int n_bad = 0;

	make_folder(&f, lfc, 4);
	ok(ocr_bnn_pynq_is(f.path), "it is a folder of parameters");
	if (!ok(ocr_bnn_pynq_read(&m, f.path, &err) == 0, "lfc is read")) {
		diag("%s", err.text);
		remove_folder(&f);
		return;
	}
	ok(strcmp(m.labels, "a\nb\nc\nd\ne\nf\ng\n") == 0, "its classes");
	for (n = 0; n < 5; n++) {
		memset(x, 0, sizeof(x));
		for (i = 0; i < 784; i++) {
			image[i] = (uint8_t)below(&f, 256);
			x[i] = image[i] >= 128;
		}
		for (i = 0; i < 4; i++) {
			run_memory(&f.layers[i], x, matches);
			for (o = 0; o < f.layers[i].n_out; o++)
				x[o] = matches[o] > f.layers[i].limit[o];
		}
		if (ocr_bnn_plain(m.bnn, image, false, accs, &err) < 0)
			diag("%s", err.text);
		for (o = 0; o < N_CLASSES; o++)
			n_bad += ocr_bnn_score(m.bnn, o, accs[o]) !=
				 (float)(2 * ((int64_t)matches[o] -
						 f.layers[3].limit[o]));
	}
	is_int(n_bad, 0, "scores are twice what is above the thresholds");
	ocr_bnn_model_release(&m);
	remove_folder(&f);
}

/* Weights and thresholds lie where they should. */
static void
test_cnv(void)
{
	struct folder f;
	struct ocr_bnn_model m = {0};
	struct ocr_err err = {0};
	uint32_t i, j, at = 0;
	int n_bad = 0;

	make_folder(&f, cnv, 9);
	if (!ok(ocr_bnn_pynq_read(&m, f.path, &err) == 0, "cnv is read"))
		diag("%s", err.text);
	for (i = 0; m.bnn != NULL && i < 9; i++, at++) {
		const struct memory *k = &f.layers[i];
		const struct ocr_bnn_layer *l = &m.bnn->layers[at];

		if (l->kind == OCR_BNN_MAX_POOL)
			l = &m.bnn->layers[++at];
		for (j = 0; j < l->out_c * k->n_in; j++)
			n_bad += l->weights[j] != (k->bits[j] ? 1 : -1);
		for (j = 0; i < 8 && j < l->out_c; j++) {
			int64_t t = l->thresholds[j], limit = k->limit[j];

			if (i == 0) /* 2 * acc > limit from t on */
				n_bad += !(2 * t > limit && 2 * t - 2 <= limit);
			else /* acc = 2 * matches - inputs */
				n_bad += t != 2 * limit - k->n_in + 1;
		}
	}
	is_int(n_bad, 0, "weights and thresholds");
	ok(m.bnn != NULL && m.bnn->n_scores == N_CLASSES, "as many classes");
	ok(m.bnn != NULL && m.bnn->pixels[0][0] == -128 &&
		m.bnn->pixels[0][127] == -1 && m.bnn->pixels[0][128] == 1 &&
		m.bnn->pixels[2][254] == 127 && m.bnn->pixels[2][255] == 127,
	    "pixels");
	ocr_bnn_model_release(&m);
	remove_folder(&f);
}

static void
refused(const struct folder *f, const char *text)
{
	struct ocr_bnn_model m = {0};
	struct ocr_err err = {0};
	char want[512];
	int r = ocr_bnn_pynq_read(&m, f->path, &err);

	(void)snprintf(want, sizeof(want), "%s%s", f->path, text);
	if (!ok(r < 0 && m.bnn == NULL && strcmp(err.text, want) == 0, "%s",
		text))
		diag("%d: %s", r, err.text);
	ocr_bnn_model_release(&m);
}

#define NO_FIT(layer, name)                                                    \
	": layer " layer ": " name " does not fit lfcW1A1; only W1A1 "         \
	"networks of BNN-PYNQ are known"

static void
test_refused(void)
{
	struct folder f;
	uint8_t word[8] = {0};
	char path[128];

	make_folder(&f, lfc, 4);
	write_file(&f, "classes.txt", "", 0);
	refused(&f, "/classes.txt: 0 classes");
	write_file(&f, "classes.txt", "a\nb\n", 4);
	write_file(&f, "2-5-thres.bin", word, 8);
	refused(&f, NO_FIT("2", "2-5-thres.bin"));
	write_file(&f, "1-3-weights.bin", word, 7);
	refused(&f, NO_FIT("1", "1-3-weights.bin"));
	write_file(&f, "0-32-weights.bin", word, 8);
	refused(&f, NO_FIT("0", "0-0-weights.bin"));
	(void)snprintf(path, sizeof(path), "%s/3-0-weights.bin", f.path);
	(void)unlink(path);
	refused(&f, ": parameters of 3 layers; cnvW1A1 of BNN-PYNQ has 9, "
		    "lfcW1A1 has 4");
	remove_folder(&f);
	ok(!ocr_bnn_pynq_is("/nowhere"), "nothing is no folder");
}

int
main(void)
{
	test_lfc();
	test_cnv();
	test_refused();
	return done();
}
