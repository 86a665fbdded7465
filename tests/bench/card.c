/*
 * card.c - what one card costs: latency, copying, overlap
 *
 * Runs in an ocr-softcard, or beside a real card with OCR_XCLBIN set; prints a
 * "NAME VALUE" a line: run_us (start to end of a run that does nothing worth
 * mentioning), sync_us (4 KiB), to_card_mb_s, from_card_mb_s (64 MiB),
 * one_mb_s and two_mb_s (k_copy with one and with two jobs under way).
 * Medians.  tests/bench/cards.sh calls it.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/io.h"
#include "common/team.h"
#include "common/xrt.h"
#include "src/card_plain.h"

#define N_RUNS 200
#define BIG_BYTES ((size_t)64 << 20)
#define JOB_BYTES ((size_t)1 << 20)
#define N_JOBS 24

struct card {
	struct ocr_xrt xrt;
	void *device, *kernel, *run;
	void *in, *out, *len; /* buffers */
	int is_done;          /* atomic */
};

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), compare);
	return v[n / 2];
}

static void
die(const char *what)
{
	fprintf(stderr, "card: %s\n", what);
	exit(1);
}

static void
note_end(void *run, int state, void *data)
{
	struct card *c = data;

	(void)run;
	(void)state;
	__atomic_store_n(&c->is_done, 1, __ATOMIC_RELEASE);
}

static void *
new_buffer(struct card *c, int arg, size_t bytes)
{
	void *b = c->xrt.buffer_new(c->device, bytes, 0,
	    (uint32_t)c->xrt.kernel_group(c->kernel, arg));

	if (b == NULL || c->xrt.buffer_map(b) == NULL)
		die("no buffer");
	memset(c->xrt.buffer_map(b), 1, bytes);
	return b;
}

static void
open_card(struct card *c)
{
	struct ocr_err err = {0};
	unsigned char uuid[16];

	if (ocr_xrt_open(&c->xrt, &err) < 0 || ocr_xrt_count(&c->xrt) == 0)
		die(err.text);
	c->device = c->xrt.device_open(0);
	if (c->device == NULL ||
	    ocr_xrt_load(&c->xrt, c->device, getenv("OCR_XCLBIN"), &err) < 0 ||
	    c->xrt.device_uuid(c->device, uuid) != 0)
		die(err.text);
	c->kernel = c->xrt.kernel_open(c->device, uuid, "k_copy:{k_copy_1}");
	if (c->kernel == NULL)
		die("no k_copy_1");
	c->in = new_buffer(c, 0, BIG_BYTES);
	c->out = new_buffer(c, 2, JOB_BYTES);
	c->len = new_buffer(c, 4, 4096);
	c->run = c->xrt.run_open(c->kernel);
	c->xrt.run_set(c->run, 0, c->in);
	c->xrt.run_set(c->run, 1, (uint32_t)64);
	c->xrt.run_set(c->run, 2, c->out);
	c->xrt.run_set(c->run, 3, (uint32_t)4096);
	c->xrt.run_set(c->run, 4, c->len);
	c->xrt.run_callback(c->run, OCR_XRT_COMPLETED, note_end, c);
}

static void
close_card(struct card *c)
{
	c->xrt.run_close(c->run);
	c->xrt.buffer_free(c->in);
	c->xrt.buffer_free(c->out);
	c->xrt.buffer_free(c->len);
	c->xrt.kernel_close(c->kernel);
	c->xrt.device_close(c->device);
}

static double
time_run(struct card *c)
{
	uint64_t t = ocr_now_ns();

	__atomic_store_n(&c->is_done, 0, __ATOMIC_RELAXED);
	if (c->xrt.run_start(c->run) != 0)
		die("a run does not start");
	while (!__atomic_load_n(&c->is_done, __ATOMIC_ACQUIRE))
		continue;
	return (double)(ocr_now_ns() - t) / 1e3;
}

static double
time_sync(struct card *c, int direction, size_t bytes)
{
	uint64_t t = ocr_now_ns();

	if (c->xrt.buffer_sync(c->in, direction, bytes, 0) != 0)
		die("copying failed");
	return (double)(ocr_now_ns() - t) / 1e3;
}

static void
measure_card(void)
{
	struct card c = {0};
	double v[N_RUNS];
	size_t i;

	open_card(&c);
	for (i = 0; i < N_RUNS; i++)
		v[i] = time_run(&c);
	printf("run_us %.1f\n", median(v, N_RUNS));
	for (i = 0; i < N_RUNS; i++)
		v[i] = time_sync(&c, OCR_XRT_TO_DEVICE, 4096);
	printf("sync_us %.1f\n", median(v, N_RUNS));
	for (i = 0; i < 7; i++)
		v[i] = (double)BIG_BYTES /
		       time_sync(&c, OCR_XRT_TO_DEVICE, BIG_BYTES);
	printf("to_card_mb_s %.1f\n", median(v, 7));
	for (i = 0; i < 7; i++)
		v[i] = (double)BIG_BYTES /
		       time_sync(&c, OCR_XRT_FROM_DEVICE, BIG_BYTES);
	printf("from_card_mb_s %.1f\n", median(v, 7));
	close_card(&c);
}

static int
no_open(const struct ocr_kernel *k, void **state, struct ocr_err *err)
{
	(void)k;
	(void)state;
	return ocr_err_set(err, -OCR_EDEVICE, "not for the CPU");
}

/* MB/s of the first unit, with so many jobs under way. */
static double
rate(struct ocr_team *t, size_t n_under_way)
{
	struct ocr_job jobs[2] = {{.status = 0}}, *job;
	unsigned char *data = calloc(4, JOB_BYTES);
	struct ocr_worker *w = &t->workers[t->n_cpus];
	size_t i, n_begun = 0, n_ended = 0;
	uint64_t start = ocr_now_ns();

	for (i = 0; i < n_under_way; i++) {
		jobs[i].in = &jobs[i].in_chunk;
		jobs[i].out = &jobs[i].out_chunk;
		jobs[i].in->data = data + 2 * i * JOB_BYTES;
		jobs[i].out->data = data + (2 * i + 1) * JOB_BYTES;
		jobs[i].in->len = jobs[i].in->cap = JOB_BYTES;
		jobs[i].out->cap = JOB_BYTES;
		w->ops->submit(w, &jobs[i]);
		n_begun++;
	}
	while (n_ended < n_begun) {
		job = ocr_queue_pop(t->done, 0);
		if (job->status != 0)
			die(job->err.text);
		n_ended++;
		if (n_begun < N_JOBS) {
			w->ops->submit(w, job);
			n_begun++;
		}
	}
	free(data);
	return (double)(N_JOBS * JOB_BYTES) * 1e3 /
	       (double)(ocr_now_ns() - start);
}

static void
measure_overlap(void)
{
	struct ocr_card_plain plain;
	struct ocr_team_opt opt = {.devices = "xrt:0/k_copy_1"};
	struct ocr_kernel k = {.name = "k_copy", .open = no_open};
	struct ocr_err err = {0};
	struct ocr_team t = {0};
	double one[3], two[3];
	size_t i;

	ocr_card_plain_init(&plain, "k_copy", 1, 4 * JOB_BYTES);
	opt.drivers = plain.drivers;
	if (ocr_team_init(&t, &opt, &err) < 0 || t.n_workers == t.n_cpus ||
	    ocr_team_open_now(&t, t.n_cpus, &k, &err) < 0)
		die(err.text);
	rate(&t, 2); /* buffers */
	for (i = 0; i < 3; i++) {
		one[i] = rate(&t, 1);
		two[i] = rate(&t, 2);
	}
	printf("one_mb_s %.1f\ntwo_mb_s %.1f\n", median(one, 3),
	    median(two, 3));
	ocr_team_release(&t);
}

int
main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "overlap") == 0)
		measure_overlap();
	else
		measure_card();
	fflush(stdout);
	_exit(0); /* XRT's destructors are not safe */
}
