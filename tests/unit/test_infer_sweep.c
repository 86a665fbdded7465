/*
 * test_infer_sweep.c - the table and the figure, not what they measure
 */
#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "src/bnn_file.h"
#include "src/infer_sweep.h"
#include "tests/unit/bnn_make.h"
#include "tests/unit/tap.h"

static const struct made_layer shape[] = {{9, 3, 3, 1, 1, 0, 0},
    {0, 2, 2, 2, 0, 0, 0}, {10, 0, 0, 1, 0, 0, 0}};

static struct ocr_model *
open_model(struct made *made)
{
	static const uint32_t in[] = {3, 6, 6};
	char path[] = "/tmp/test_infer_sweep.XXXXXX";
	struct ocr_bnn_model b = {.labels = NULL};
	struct ocr_model *m;
	struct ocr_err err = {0};
	uint8_t *data;
	size_t len;
	int fd = mkstemp(path);

	made_net(made, in, shape, 3, MADE_PLAIN, 5);
	b.bnn = &made->bnn;
	if (fd < 0 || ocr_bnn_file_make(&data, &len, &b, &err) < 0 ||
	    write(fd, data, len) != (ssize_t)len || close(fd) < 0 ||
	    ocr_model_open(&m, path, NULL, &err) < 0)
		abort();
	(void)unlink(path);
	free(data);
	return m;
}

/* Lines of a table as they should be: batches 1, 2 ... of each number. */
static int
n_wrong(const char *text, const unsigned *threads, size_t n_threads,
    unsigned max)
{
	static const char head[] =
	    "batch\tthreads\timages_per_s\tms_per_batch\n";
	unsigned batch, want, t;
	double rate, ms;
	size_t i;
	int n;

	if (strncmp(text, head, sizeof(head) - 1) != 0)
		return 1;
	text += sizeof(head) - 1;
	for (i = 0; i < n_threads; i++)
		for (want = 1; want <= max; want *= 2) {
			if (sscanf(text, "%u\t%u\t%lf\t%lf%n", &batch, &t,
				&rate, &ms, &n) != 4 ||
			    text[n] != '\n' || batch != want ||
			    t != threads[i] || !(rate > 0) || !(ms >= 0))
				return 1;
			text += n + 1;
		}
	return *text != '\0';
}

static size_t
count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		n++;
	return n;
}

static void
test_sweep(const struct ocr_model *m, const struct made *made)
{
	static const unsigned threads[] = {1, 3};
	struct ocr_infer_sweep_opt o = {.threads = threads,
	    .n_threads = 2,
	    .max_batch = 40,
	    .seconds = 1e-4};
	uint8_t images[5 * 108];
	char *table = NULL, *svg = NULL;
	size_t n, len;
	struct ocr_err err = {0};
	FILE *t = open_memstream(&table, &n), *f = open_memstream(&svg, &len);

	if (!ok(ocr_infer_sweep(m, &o, t, f, &err) == 0, "random images"))
		diag("%s", err.text);
	(void)fclose(t);
	(void)fclose(f);
	if (!is_int(n_wrong(table, threads, 2, 32), 0, "its table"))
		diag("%s", table);
	ok(strncmp(svg, "<?xml", 5) == 0 && len > 6 &&
		strcmp(svg + len - 7, "</svg>\n") == 0 &&
		strstr(svg, "nan") == NULL && strstr(svg, "inf\"") == NULL,
	    "its figure");
	is_int((int64_t)count(svg, "<circle"), 12, "points");
	ok(strstr(svg, ">1 thread<") != NULL &&
		strstr(svg, ">3 threads<") != NULL &&
		strstr(svg, ">images of 3x6x6, decoded,") != NULL,
	    "names");
	free(table);
	free(svg);

	made_images((struct made *)(uintptr_t)made, images, sizeof(images));
	o.images = images;
	o.n_images = 5;
	o.max_batch = 1;
	t = open_memstream(&table, &n);
	f = open_memstream(&svg, &len);
	ok(ocr_infer_sweep(m, &o, t, f, &err) == 0, "one point a line");
	(void)fclose(t);
	(void)fclose(f);
	is_int(n_wrong(table, threads, 2, 1), 0, "its table");
	ok(strstr(svg, "nan") == NULL && strstr(svg, "inf\"") == NULL,
	    "its figure");
	free(table);
	free(svg);

	o.max_batch = 64;
	o.n_threads = 1;
	t = open_memstream(&table, &n);
	ok(ocr_infer_sweep(m, &o, t, NULL, &err) == 0 && fflush(t) == 0 &&
		n_wrong(table, threads, 1, 64) == 0,
	    "fewer images than a batch, no figure");
	(void)fclose(t);
	free(table);
}

static void
test_refused(const struct ocr_model *m)
{
	static const unsigned many[OCR_INFER_SWEEP_LINES + 1];
	static const unsigned one[] = {1};
	static const volatile int stop = 1;
	struct ocr_infer_sweep_opt o = {.threads = many,
	    .n_threads = OCR_INFER_SWEEP_LINES + 1};
	struct ocr_err err = {0};
	FILE *full = fopen("/dev/full", "w"), *null = fopen("/dev/null", "w");

	ok(ocr_infer_sweep(m, &o, null, NULL, &err) == -OCR_ELIMIT &&
		strcmp(err.text, "sweep: more than 16 numbers of threads") == 0,
	    "too many lines");
	o.threads = one;
	o.n_threads = 1;
	o.seconds = 1e-4;
	o.max_batch = OCR_INFER_SWEEP_BATCH + 1;
	err = (struct ocr_err){0};
	ok(ocr_infer_sweep(m, &o, null, NULL, &err) == -OCR_ELIMIT &&
		strcmp(err.text, "sweep: batches of more than 65536 images") ==
		    0,
	    "too large batches");
	o.max_batch = 2;
	err = (struct ocr_err){0};
	ok(ocr_infer_sweep(m, &o, full, NULL, &err) == -OCR_EIO &&
		strcmp(err.text,
		    "cannot write the table: No space left on device") == 0,
	    "a full disk");
	(void)fclose(full);
	full = fopen("/dev/full", "w");
	err = (struct ocr_err){0};
	ok(ocr_infer_sweep(m, &o, null, full, &err) == -OCR_EIO &&
		strcmp(err.text,
		    "cannot write the figure: No space left on device") == 0,
	    "a full disk for the figure");
	(void)fclose(full);
	o.stop = &stop;
	ok(ocr_infer_sweep(m, &o, null, NULL, &err) == -OCR_ECANCEL, "stop");
	(void)fclose(null);
}

int
main(void)
{
	struct made made;
	struct ocr_model *m = open_model(&made);

	test_sweep(m, &made);
	test_refused(m);
	ocr_model_close(m);
	made_free(&made);
	return done();
}
