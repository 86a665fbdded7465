/*
 * test_model.c - models as users have them: packed, shown, run
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "src/bnn_file.h"
#include "src/model.h"
#include "tests/unit/bnn_make.h"
#include "tests/unit/onnx_qdq.h"
#include "tests/unit/tap.h"

static const struct made_layer shape[] = {{9, 3, 3, 1, 1, 2, 1},
    {0, 2, 2, 2, 0, 0, 0}, {5, 3, 3, 2, 1, 0, 0}, {10, 0, 0, 1, 0, 0, 1}};

struct fixture {
	struct made made;
	char path[64];
	uint8_t *data;
	size_t len;
};

static void
write_file(const struct fixture *x, const void *data, size_t len)
{
	FILE *f = fopen(x->path, "wb");

	if (f == NULL || fwrite(data, 1, len, f) != len || fclose(f) != 0)
		abort();
}

static void
make(struct fixture *x)
{
	static const uint32_t in[] = {3, 7, 6};
	char labels[] = "zero\none\n";
	struct ocr_bnn_model m = {.labels = labels};
	struct ocr_err err = {0};
	int fd;

	made_net(&x->made, in, shape, 4, MADE_ODD, 3);
	m.bnn = &x->made.bnn;
	(void)snprintf(x->path, sizeof(x->path), "/tmp/test_model.XXXXXX");
	fd = mkstemp(x->path);
	if (fd < 0 || ocr_bnn_file_make(&x->data, &x->len, &m, &err) < 0)
		abort();
	(void)close(fd);
	write_file(x, x->data, x->len);
}

static void
test_run(struct fixture *x, const struct ocr_model *m)
{
	struct ocr_model_state *s;
	struct ocr_err err = {0};
	uint8_t images[70 * 3 * 7 * 6];
	float scores[700], alone[700];
	uint32_t labels[70], again[70], i, o;
	int32_t accs[10];
	int n_bad = 0;

	made_images(&x->made, images, sizeof(images));
	if (!ok(ocr_model_state_new(&s, m, 70, &err) == 0, "a state"))
		return;
	ok(ocr_model_run(s, images, 70, scores, labels, &err) == 0 &&
		ocr_model_run(s, images, 70, NULL, again, &err) == 0 &&
		ocr_model_run(s, images, 70, alone, NULL, &err) == 0 &&
		memcmp(labels, again, sizeof(labels)) == 0 &&
		memcmp(scores, alone, sizeof(scores)) == 0 &&
		ocr_model_run(s, images, 0, NULL, NULL, &err) == 0,
	    "runs");
	for (i = 0; i < 70; i++) {
		uint32_t best = 0;

		if (ocr_bnn_plain(&x->made.bnn, images + i * 126, false, accs,
			&err) < 0)
			abort();
		for (o = 0; o < 10; o++) {
			float want = ocr_bnn_score(&x->made.bnn, o, accs[o]);

			n_bad += scores[i * 10 + o] != want;
			best = want > scores[i * 10 + best] ? o : best;
		}
		n_bad += labels[i] != best;
	}
	is_int(n_bad, 0, "scores and labels");
	ocr_model_state_free(s);
}

static void
test_show(const struct ocr_model *m, const char *path)
{
	static const char want[] =
	    "image   3x7x6 bytes, planes\nscores  10\nlabels  2\n\n"
	    "layer         in     out     bits   macs   bytes  engine\n";
	char *text = NULL, *at, first[128];
	size_t len;
	struct ocr_err err = {0};
	FILE *f = open_memstream(&text, &len);

	ok(f != NULL && ocr_model_show(m, f, &err) == 0 && fclose(f) == 0,
	    "show");
	(void)snprintf(first, sizeof(first), "model   %s (ocrm)\n", path);
	ok(strncmp(text, first, strlen(first)) == 0, "its first line");
	at = text + strlen(first);
	if (!ok(strncmp(at, want, sizeof(want) - 1) == 0, "its head"))
		diag("%s", at);
	ok(strstr(text, "\nconv 3x3      3x7x6  9x7x6   w2 a8  10206") !=
		    NULL &&
		strstr(text, "\nmax-pool 2x2  9x7x6  9x3x3   -") != NULL &&
		strstr(text, "\ndense ") != NULL &&
		strstr(text, "\nall ") != NULL,
	    "its rows");
	free(text);
}

static void
test_packed(void)
{
	struct fixture x;
	struct ocr_model *m;
	struct ocr_err err = {0};
	const struct ocr_model_input *in;
	uint8_t *data = NULL;
	size_t len;

	make(&x);
	if (!ok(ocr_model_open(&m, x.path, NULL, &err) == 0, "an .ocrm file")) {
		diag("%s", err.text);
		return;
	}
	in = ocr_model_input(m);
	ok(in->c == 3 && in->h == 7 && in->w == 6 && in->is_bytes &&
		!in->is_nhwc && in->n_bytes == 126 && !in->has_mean,
	    "its input");
	ok(ocr_model_n_scores(m) == 10 && ocr_model_n_labels(m) == 2 &&
		strcmp(ocr_model_label(m, 1), "one") == 0 &&
		ocr_model_label(m, 2) == NULL && ocr_model_bnn(m) != NULL,
	    "its scores and names");
	ok(ocr_model_pack(&data, &len, m, &err) == 0 && len == x.len &&
		memcmp(data, x.data, len) == 0,
	    "packed again it is the same");
	test_run(&x, m);
	test_show(m, x.path);
	free(data);
	free(x.data);
	ocr_model_close(m);
	(void)unlink(x.path);
	made_free(&x.made);
}

/* What onnx_qdq.h's model says of an image. */
static void
quantised_scores(const float *image, float *scores)
{
	static const int bias[2] = {-100, 300};
	int q[8], o, y, x, i, sum;

	for (o = 0; o < 2; o++)
		for (y = 0; y < 2; y++)
			for (x = 0; x < 2; x++) {
				sum = bias[o];
				for (i = 0; i < 9; i++)
					sum += onnx_qdq_weight(
						   (unsigned)(o * 9 + i)) *
					       (int)image[(y + i / 3) * 4 + x +
							  i % 3];
				sum = (int)rint((double)sum / 128);
				sum = sum < 0 ? 0 : sum > 255 ? 255 : sum;
				q[o * 4 + y * 2 + x] = sum;
			}
	for (o = 0; o < 3; o++) {
		for (sum = 0, i = 0; i < 8; i++)
			sum += onnx_qdq_weight((unsigned)(i * 3 + o)) * q[i];
		sum = (int)rint((double)sum / 128);
		scores[o] = (float)(sum < 0 ? 0 : sum > 255 ? 255 : sum) * 64;
	}
}

static void
test_quantised_show(const struct ocr_model *m)
{
	char *text = NULL;
	size_t len;
	struct ocr_err err = {0};
	FILE *f = open_memstream(&text, &len);

	ok(f != NULL && ocr_model_show(m, f, &err) == 0 && fclose(f) == 0,
	    "quantised: show");
	if (!ok(strstr(text, "\nQLinearConv       1x4x4  2x2x2  w8 a8  72 ") !=
			NULL &&
		    strstr(text,
			"\nQLinearMatMul     8      3      w8 a8  24 ") !=
			NULL &&
		    strstr(text, " int8\n") != NULL &&
		    strstr(text, "\nConv") == NULL,
		"quantised: its layers are in int8"))
		diag("%s", text);
	free(text);
}

static void
test_quantised(void)
{
	struct fixture x = {.path = "/tmp/test_model.XXXXXX"};
	struct ocr_model_state *s = NULL;
	struct ocr_model *m = NULL;
	struct ocr_err err = {0};
	static struct pb file;
	float images[5 * 16], scores[15], want[15];
	int i;

	(void)close(mkstemp(x.path));
	onnx_qdq(&file);
	write_file(&x, file.data, file.len);
	for (i = 0; i < 5 * 16; i++)
		images[i] = (float)(i * 7919 % 256);
	for (i = 0; i < 5; i++)
		quantised_scores(images + i * 16, want + i * 3);
	ok(ocr_model_open(&m, x.path, NULL, &err) == 0 &&
		ocr_model_state_new(&s, m, 4, &err) == 0 &&
		ocr_model_run(s, images, 4, scores, NULL, &err) == 0 &&
		ocr_model_run(s, images + 64, 1, scores + 12, NULL, &err) == 0,
	    "quantised: run %s", err.text);
	is_mem(scores, want, sizeof(want), "quantised: scores");
	if (m != NULL)
		test_quantised_show(m);
	ocr_model_state_free(s);
	ocr_model_close(m);
	(void)unlink(x.path);
}

static void
refused(const char *path, const char *text)
{
	struct ocr_model *m;
	struct ocr_err err = {0};
	char want[256];
	int r = ocr_model_open(&m, path, NULL, &err);

	(void)snprintf(want, sizeof(want), "%s%s", path, text);
	if (!ok(r < 0 && m == NULL &&
		    strcmp(err.text, text[0] == ':' ? want : text) == 0,
		"refused %s", text))
		diag("%d: %s", r, err.text);
	ocr_model_close(m);
}

static void
test_refused(void)
{
	struct ocr_model_opt opt = {.engine = OCR_ENGINE_ORT};
	struct ocr_model *m;
	struct ocr_err err = {0};
	struct fixture x;

	refused("/nowhere/x",
	    "cannot open '/nowhere/x': No such file or directory");
	refused("/proc/self", ": a folder, but not of parameters of BNN-PYNQ");
	make(&x);
	(void)ocr_model_open(&m, x.path, &opt, &err);
	ok(err.code == -OCR_EFORMAT &&
		strstr(err.text, ": ONNX Runtime takes ONNX files alone") !=
		    NULL,
	    "no .ocrm file on ONNX Runtime");
	ocr_err_clear(&err);
	write_file(&x, x.data, x.len - 1);
	refused(x.path, ": cut: 2256 bytes, it says 2257");
	write_file(&x, "", 0);
	ok(ocr_model_open(&m, x.path, NULL, &err) < 0 && err.text[0] != '\0',
	    "an empty file: %s", err.text);
	ocr_err_clear(&err);
	ok(ocr_model_open(&m, x.path, &opt, &err) == -OCR_EFORMAT &&
		strstr(err.text, ": not an ONNX model, or damaged") != NULL,
	    "nor is it for ONNX Runtime");
	ocr_model_close(NULL);
	ocr_model_state_free(NULL);
	(void)unlink(x.path);
	free(x.data);
	made_free(&x.made);
}

int
main(void)
{
	test_packed();
	test_quantised();
	test_refused();
	return done();
}
