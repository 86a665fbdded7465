/*
 * test_net_golden.c - trained nets give what they gave elsewhere
 *
 *	test_net_golden [FOLDER]
 *
 * FOLDER ($OCR_TEST_DATA/infer without one): cnv_w1a1_cifar10{,_qonnx}.onnx.xz
 * with cifar_200.{bin,labels}, finn-tfc/{model.onnx,input.npy,
 * expected_output.npy} and TFC_*.onnx.  Each on every engine, as it is, folded
 * and merged.
 */
#include "config.h"

#include <archive.h>
#include <archive_entry.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/net_fold.h"
#include "src/net_run.h"
#include "src/net_shape.h"
#include "src/onnx.h"
#include "tests/unit/tap.h"

#define MAX_FILE (8U << 20)

static size_t
load(void *to, size_t max, const char *folder, const char *name)
{
	char path[1200];
	FILE *f;
	size_t n = 0;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "rb");
	if (f != NULL) {
		n = fread(to, 1, max, f);
		fclose(f);
	}
	return n;
}

static size_t
unpack(void *to, const char *folder, const char *name)
{
	struct archive *a = archive_read_new();
	struct archive_entry *e;
	char path[1200];
	la_ssize_t n = 0;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	archive_read_support_filter_all(a);
	archive_read_support_format_raw(a);
	if (archive_read_open_filename(a, path, 65536) == ARCHIVE_OK &&
	    archive_read_next_header(a, &e) == ARCHIVE_OK)
		n = archive_read_data(a, to, MAX_FILE);
	archive_read_free(a);
	return n > 0 ? (size_t)n : 0;
}

static struct ocr_net *
open_net(const void *data, size_t len, const char *name, int how)
{
	struct ocr_net *n = NULL;
	struct ocr_err err = {0};
	int r = ocr_onnx_parse(&n, data, len, name, -1, OCR_ONNX_BATCH, &err);

	if (r == 0)
		r = ocr_net_shape(n, &err);
	if (r == 0 && how > 0)
		r = ocr_net_fold(n, &err);
	if (r == 0 && how > 1)
		r = ocr_net_merge(n, 0, n->n_nodes - 1, &err);
	if (r < 0) {
		diag("%s", err.text);
		ocr_net_free(n);
		return NULL;
	}
	return n;
}

static bool
run_net(const struct ocr_net *n, enum ocr_net_engine engine, size_t batch,
    const void *in, size_t images, size_t in_len, size_t out_len, void *out)
{
	struct ocr_net_run *r = NULL;
	struct ocr_err err = {0};
	size_t i, k;
	int code =
	    ocr_net_run_new(&r, n, 0, n->n_nodes - 1, engine, batch, &err);

	for (i = 0; i < images && code == 0; i += k) {
		k = images - i < batch ? images - i : batch;
		code = ocr_net_run_images(r, (const char *)in + i * in_len, k,
		    (char *)out + i * out_len, &err);
	}
	if (code < 0)
		diag("%s", err.text);
	ocr_net_run_free(r);
	return code == 0;
}

static void
test_cnv(const char *folder, const char *file, enum ocr_net_engine engine,
    int how)
{
	uint8_t *data = malloc(MAX_FILE), *images = malloc(200 * 3072);
	uint8_t *records = malloc(200 * 3073);
	char labels[2048] = {0}, *at = labels;
	float scores[200 * 10];
	size_t len = unpack(data, folder, file), i, j, best, right = 0;
	struct ocr_net *n = open_net(data, len, file, how);

	load(labels, sizeof(labels) - 1, folder, "cifar_200.labels");
	load(records, 200 * 3073, folder, "cifar_200.bin");
	for (i = 0; i < 200; i++)
		memcpy(images + i * 3072, records + i * 3073 + 1, 3072);
	if (n != NULL &&
	    run_net(n, engine, 32, images, engine == OCR_NET_PLAIN ? 20 : 200,
		3072, 40, scores))
		for (i = 0; i < 200; i++) {
			for (best = 0, j = 1; j < 10; j++)
				if (scores[i * 10 + j] > scores[i * 10 + best])
					best = j;
			right += strtoul(at, &at, 10) == best;
			if (engine == OCR_NET_PLAIN && i == 19)
				break;
		}
	is_int((int64_t)right, engine == OCR_NET_PLAIN ? 20 : 200, file);
	ocr_net_free(n);
	free(data);
	free(images);
	free(records);
}

/* Data behind the header of an .npy file of version 1. */
static const uint8_t *
npy_data(const uint8_t *file)
{
	return file + 10 + file[8] + 256 * file[9];
}

static void
test_finn(const char *folder, enum ocr_net_engine engine, int how)
{
	static uint8_t data[1 << 20], in[1 << 16], want[4096];
	size_t len = load(data, sizeof(data), folder, "finn-tfc/model.onnx");
	struct ocr_net *n = open_net(data, len, "finn-tfc", how);
	int64_t got = -1;
	float expected = -2;

	load(in, sizeof(in), folder, "finn-tfc/input.npy");
	load(want, sizeof(want), folder, "finn-tfc/expected_output.npy");
	if (n != NULL) {
		/* input has 784 floats; the answer is one number */
		float image[784];

		memcpy(image, npy_data(in), sizeof(image));
		run_net(n, engine, 4, image, 1, sizeof(image), 8, &got);
	}
	if (memmem(want, 128, "<i8", 3) != NULL) {
		int64_t label;

		memcpy(&label, npy_data(want), sizeof(label));
		expected = (float)label;
	} else {
		memcpy(&expected, npy_data(want), sizeof(expected));
	}
	is_int(got, (int64_t)expected, "finn-tfc: its expected label");
	ocr_net_free(n);
}

/* No answers are given for these: engines must agree, and scores differ. */
static void
test_tfc(const char *folder, const char *file, enum ocr_net_engine engine,
    int how)
{
	static uint8_t data[1 << 21];
	size_t len = load(data, sizeof(data), folder, file), i;
	struct ocr_net *n = open_net(data, len, file, 0);
	struct ocr_net *m = open_net(data, len, file, how);
	float images[5 * 784], a[50], b[50], worst = 0, d;
	bool is_good = n != NULL && m != NULL;

	for (i = 0; i < 5 * 784; i++)
		images[i] = (float)(i * 2654435761U % 256) / 255;
	is_good = is_good && run_net(n, OCR_NET_PLAIN, 1, images, 5,
				 784 * sizeof(*images), 10 * sizeof(*a), a);
	is_good = is_good && run_net(m, engine, 3, images, 5,
				 784 * sizeof(*images), 10 * sizeof(*b), b);
	for (i = 0; i < 50 && is_good; i++) {
		d = fabsf(a[i] - b[i]);
		worst = d > worst ? d : worst;
	}
	if (!ok(is_good && worst < 1e-4f && a[0] != a[1], "%s", file))
		diag("off by %g", (double)worst);
	ocr_net_free(n);
	ocr_net_free(m);
}

int
main(int argc, char **argv)
{
	char place[1024];
	const char *data = getenv("OCR_TEST_DATA");
	int engine, how;

	snprintf(place, sizeof(place), "%s%s",
	    argc > 1       ? argv[1]
	    : data == NULL ? ""
			   : data,
	    argc > 1 ? "" : "/infer");
	if (argc < 2 && data == NULL) {
		printf("1..0 # SKIP no OCR_TEST_DATA\n");
		return 0;
	}
	for (engine = OCR_NET_PLAIN; engine <= OCR_NET_DNNL; engine++)
		for (how = 0; how < 3; how++) {
			if (engine == OCR_NET_DNNL && !ocr_net_has_dnnl())
				continue;
			test_cnv(place, "cnv_w1a1_cifar10.onnx.xz", engine,
			    how);
			test_cnv(place, "cnv_w1a1_cifar10_qonnx.onnx.xz",
			    engine, how);
			test_finn(place, engine, how);
			test_tfc(place, "TFC_1W1A.onnx", engine, how);
			test_tfc(place, "TFC_1W2A.onnx", engine, how);
			test_tfc(place, "TFC_2W2A.onnx", engine, how);
		}
	return done();
}
