/*
 * codec.c - how fast is the compressing kernel alone?
 *
 *   codec [-l LEVEL] [-j THREADS] [-r RUNS] [-s CHUNK_BYTES] FILE
 *
 * The kernel of ocr-compress (src/deflate.h) from memory to memory: the file
 * is in memory before the clock starts, threads take chunks of it in turn,
 * and each writes into one buffer again and again.  Checksums are made as
 * ocr-compress makes them; there is no reading, no order and no writing.
 * What ocr-compress reaches of this is its pipeline's share.  Writes one line,
 * of the fastest run:
 *   MB_PER_SECOND IN_BYTES OUT_BYTES
 */
#include "config.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/chunk.h"
#include "common/io.h"
#include "common/job.h"
#include "common/thread.h"
#include "src/coder.h"
#include "src/deflate.h"

#define THREADS_MAX 1024

struct input {
	unsigned char *data; /* written once, then read-only */
	size_t len;
	size_t chunk_bytes;
	_Atomic size_t at; /* next byte that nobody has taken */
};

struct lane {
	struct input *input;
	const struct ocr_kernel *kernel;
	struct ocr_thread *thread;
	void *state;
	unsigned char *out;
	size_t out_cap;
	uint64_t n_out; /* owner: the thread; read after join */
	struct ocr_err err;
};

static void
die(const struct ocr_err *err)
{
	fprintf(stderr, "codec: %s\n", err->text);
	exit(1);
}

static unsigned long
number(const char *text, unsigned long max)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (end == text || *end != '\0' || n > max) {
		fprintf(stderr, "codec: '%s' is not a number up to %lu\n", text,
		    max);
		exit(2);
	}
	return n;
}

static void
load(struct input *in, const char *path)
{
	struct ocr_err err = {0};
	struct stat st;
	int64_t n = -1;
	int fd = open(path, O_RDONLY);

	if (fd < 0 || fstat(fd, &st) < 0)
		(void)ocr_err_sys(&err, "cannot open %s", path);
	else if ((in->data = malloc((size_t)st.st_size + 1)) == NULL)
		(void)ocr_err_nomem(&err);
	else
		n = ocr_read_full(fd, in->data, (size_t)st.st_size, path, -1,
		    &err);
	if (n < 0)
		die(&err);
	in->len = (size_t)n;
	close(fd);
}

static int
compress_one(struct lane *l, size_t at, size_t len)
{
	struct ocr_job job = {0};
	int r;

	job.in = &job.in_chunk;
	job.out = &job.out_chunk;
	job.in->at = at;
	job.in->data = l->input->data + at;
	job.in->len = job.in->cap = len;
	job.out->data = l->out;
	job.out->cap = l->out_cap;
	r = ocr_chunk_load(job.in, &job.err);
	if (r == 0)
		r = l->kernel->run(l->state, &job);
	if (r < 0)
		l->err = job.err;
	l->n_out += job.out->len;
	return r;
}

static void
work(void *arg)
{
	struct lane *l = arg;
	struct input *in = l->input;
	int r = 0;

	while (r == 0) {
		/* relaxed: the number says all, the data was there before */
		size_t at = atomic_fetch_add_explicit(&in->at, in->chunk_bytes,
		    memory_order_relaxed);

		if (at >= in->len)
			return;
		r = compress_one(l, at,
		    in->len - at < in->chunk_bytes ? in->len - at
						   : in->chunk_bytes);
	}
}

/* One pass over the input; nanoseconds. */
static uint64_t
run(struct input *in, struct lane *lanes, size_t n_lanes)
{
	struct ocr_err err = {0};
	uint64_t start = ocr_now_ns();
	size_t i;

	atomic_store(&in->at, 0);
	for (i = 0; i < n_lanes; i++) {
		lanes[i].n_out = 0;
		if (ocr_thread_start(&lanes[i].thread, work, &lanes[i], &err) <
		    0)
			die(&err);
	}
	for (i = 0; i < n_lanes; i++)
		ocr_thread_join(lanes[i].thread);
	for (i = 0; i < n_lanes; i++) {
		if (lanes[i].err.code != 0)
			die(&lanes[i].err);
	}
	return ocr_now_ns() - start;
}

static struct lane *
open_lanes(size_t n, struct input *in, const struct ocr_kernel *k)
{
	struct lane *lanes = calloc(n, sizeof(*lanes));
	struct ocr_chunk usual = {.len = in->chunk_bytes};
	struct ocr_err err = {0};
	size_t i;

	if (lanes == NULL) {
		(void)ocr_err_nomem(&err);
		die(&err);
	}
	for (i = 0; i < n; i++) {
		lanes[i].input = in;
		lanes[i].kernel = k;
		lanes[i].out_cap = k->out_bytes(k, &usual, in->chunk_bytes);
		lanes[i].out = malloc(lanes[i].out_cap);
		if (lanes[i].out == NULL)
			(void)ocr_err_nomem(&err);
		else
			(void)k->open(k, &lanes[i].state, &err);
		if (err.code != 0)
			die(&err);
		/* pages that are not there yet would count as work */
		memset(lanes[i].out, 1, lanes[i].out_cap);
	}
	return lanes;
}

int
main(int argc, char **argv)
{
	struct ocr_deflate_opt opt = {
	    .level = OCR_LEVEL_DEFAULT,
	    .format = OCR_DEFLATE,
	    .chunk_bytes = OCR_CHUNK_BYTES,
	};
	struct input in = {0};
	struct ocr_kernel kernel;
	struct lane *lanes;
	size_t n_lanes = 1, n_runs = 3, i;
	uint64_t best = UINT64_MAX, n_out = 0;
	int c;

	while ((c = getopt(argc, argv, "j:l:r:s:")) != -1) {
		if (c == 'j')
			n_lanes = number(optarg, THREADS_MAX);
		else if (c == 'l')
			opt.level = (int)number(optarg, OCR_LEVEL_MAX);
		else if (c == 'r')
			n_runs = number(optarg, 1000);
		else if (c == 's')
			opt.chunk_bytes =
			    (uint32_t)number(optarg, OCR_CHUNK_MAX_BYTES);
		else
			return 2;
	}
	if (optind + 1 != argc || n_lanes == 0 || n_runs == 0 ||
	    opt.chunk_bytes == 0) {
		fputs("usage: codec [-l LEVEL] [-j THREADS] [-r RUNS] "
		      "[-s CHUNK_BYTES] FILE\n",
		    stderr);
		return 2;
	}
	in.chunk_bytes = opt.chunk_bytes;
	load(&in, argv[optind]);
	ocr_deflate_kernel_init(&kernel, &opt);
	lanes = open_lanes(n_lanes, &in, &kernel);
	for (i = 0; i < n_runs; i++) {
		uint64_t ns = run(&in, lanes, n_lanes);

		if (ns < best)
			best = ns;
	}
	for (i = 0; i < n_lanes; i++) {
		n_out += lanes[i].n_out;
		kernel.close(lanes[i].state);
		free(lanes[i].out);
	}
	printf("%.1f %zu %llu\n", (double)in.len * 1e3 / (double)best, in.len,
	    (unsigned long long)n_out);
	free(lanes);
	free(in.data);
	return 0;
}
