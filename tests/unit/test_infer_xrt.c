/*
 * test_infer_xrt.c - cards that classify, in both loops, through real XRT
 *
 * Runs in an ocr-softcard (tests/cards_infer.bats):
 *	test_infer_xrt model FILE
 *	test_infer_xrt cnv|finn all|lies|faults sweep|chunks
 *	test_infer_xrt cnv cut|far sweep
 * model writes the network, for the stand-in of FINN's kernels.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/range.h"
#include "common/team.h"
#include "src/bnn_file.h"
#include "src/card_finn.h"
#include "tests/unit/infer_card.h"
#include "tests/unit/tap.h"

#define N 3000
#define MAX_IMAGES 200
#define PER_CHUNK 37
#define WAIT_NS 60000000000

static const char *const schedules[] = {"static:0.7", "dynamic:50", "hap",
    "hws-paper", "hws"};
#define N_SCHEDULES (sizeof(schedules) / sizeof(schedules[0]))

struct test {
	struct infer_card c;
	struct ocr_card_infer k;
	struct ocr_card_finn f;
	struct ocr_team team;
	struct ocr_kernel kernel;
	bool has_faults;
	uint64_t n_by_cpu; /* atomic; images that cards got wrong */
};

static int
cpu_open(const struct ocr_kernel *k, void **state, struct ocr_err *err)
{
	(void)err;
	*state = (void *)(uintptr_t)k->arg;
	return 0;
}

static int
cpu_run(void *state, struct ocr_job *job)
{
	struct test *t = state;
	uint64_t i, n = job->in != NULL && job->in->data != NULL
			    ? infer_count(&t->c, job)
			    : job->range.end - job->range.start;

	for (i = 0; i < n; i++)
		__atomic_fetch_add(&t->c.n_done[infer_number(job, i)], 1,
		    __ATOMIC_RELAXED);
	__atomic_fetch_add(&t->n_by_cpu, n, __ATOMIC_RELAXED);
	return 0;
}

static void
cpu_close(void *state)
{
	(void)state;
}

static int
body(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct test *t = arg;

	(void)thread;
	(void)err;
	usleep((useconds_t)(end - start) * 20);
	for (; start < end; start++)
		__atomic_fetch_add(&t->c.n_done[start], 1, __ATOMIC_RELAXED);
	return 0;
}

static void
sweep(struct test *t, const char *schedule)
{
	struct ocr_range_opt opt = {.seed = 1};
	struct ocr_sweep s = {.n = N, .body = body, .arg = t, .grain = 20};
	struct ocr_range_loop *l;
	struct ocr_err err = {0};
	int r;

	infer_card_forget(&t->c);
	if (ocr_schedule_parse(schedule, &opt.schedule, &err) < 0 ||
	    ocr_range_open(&l, &t->team, &t->kernel, &opt, &err) < 0) {
		ok(0, "%s: %s", schedule, err.text);
		return;
	}
	ocr_range_wait_ready(l);
	r = ocr_range_run(l, &s, NULL, &err);
	ok(r == 0 && infer_card_n_bad(&t->c) == 0,
	    "%s: each image once and right, %u jobs of cards: %s", schedule,
	    t->c.n_jobs, err.text);
	ok(t->c.n_jobs > 0 || t->has_faults, "cards had a part in it");
	ocr_range_close(l);
}

static bool
open_units(struct test *t)
{
	size_t i;
	struct ocr_job *job;
	struct ocr_err err = {0};

	for (i = t->team.n_cpus; i < t->team.n_workers; i++) {
		if (ocr_team_open(&t->team, i, &t->kernel, &err) < 0) {
			ok(0, "%s", err.text);
			return false;
		}
		job = ocr_queue_pop(t->team.done, WAIT_NS);
		if (job == NULL || job->status < 0)
			return ok(0, "a unit opens");
	}
	return true;
}

/* Chunks, turn by turn to all units, as many under way as they take. */
static void
test_chunks(struct test *t)
{
	static struct ocr_job jobs[N / PER_CHUNK + 1];
	static uint32_t numbers[N];
	size_t n_units = t->team.n_workers - t->team.n_cpus, n_jobs = 0, at;
	size_t n_back = 0, n_failed = 0, n_redone = 0;
	struct ocr_worker *w;
	struct ocr_job *job;

	for (at = 0; at < N; at++)
		numbers[at] = (uint32_t)at;
	if (!open_units(t))
		return;
	for (at = 0; n_back * PER_CHUNK < N;) {
		w = &t->team.workers[t->team.n_cpus + n_jobs % n_units];
		if (at < N && n_jobs - n_back < 2 * n_units) {
			job = &jobs[n_jobs++];
			*job = (struct ocr_job){.worker = w};
			job->in = &job->in_chunk;
			job->in->data = (unsigned char *)(numbers + at);
			job->in->len =
			    (N - at < PER_CHUNK ? N - at : PER_CHUNK) *
			    sizeof(*numbers);
			at += PER_CHUNK;
			w->ops->submit(w, job);
			continue;
		}
		job = ocr_queue_pop(t->team.done, WAIT_NS);
		if (job == NULL)
			break;
		n_back++;
		n_redone += job->is_redone;
		n_failed += job->status != 0;
		if (job->status == -OCR_EDEVICE && cpu_run(t, job) == 0)
			n_failed--;
	}
	diag("%zu chunks, %zu redone", n_jobs, n_redone);
	ok(n_failed == 0 && infer_card_n_bad(&t->c) == 0,
	    "each image once and right");
	ok(t->c.n_jobs > 0 || t->has_faults, "by cards");
}

static uint64_t
await_position(struct ocr_worker *w, uint64_t least)
{
	uint64_t next = 0;
	int i;

	for (i = 0; i < 20000 && next < least; i++)
		if (usleep(200) != 0 || w->ops->position(w, &next) < 0)
			next = 0;
	return next;
}

/* What a unit has left is taken from it, and done by the other one. */
static void
test_cut(struct test *t)
{
	struct ocr_worker *a = &t->team.workers[t->team.n_cpus], *b = a + 1;
	struct ocr_job one = {.range = {100, N}, .worker = a}, two;
	uint64_t next, end, confirmed = 0;
	struct ocr_job *job;
	int i;

	if (!open_units(t))
		return;
	ok(a->is_cuttable && a->has_exact_cuts, "k_cnv can be cut exactly");
	a->ops->submit(a, &one);
	next = await_position(a, 110);
	end = next + (N - next) / 2;
	is_int(a->ops->cut(a, end, &confirmed), 0, "a cut in the middle");
	ok(next >= 110 && confirmed >= end && confirmed < N,
	    "at %d, asked for %d, agreed on %d", (int)next, (int)end,
	    (int)confirmed);
	two = (struct ocr_job){.range = {confirmed, N}, .worker = b};
	b->ops->submit(b, &two);
	for (i = 0; i < 2; i++) {
		job = ocr_queue_pop(t->team.done, WAIT_NS);
		ok(job != NULL && job->status == 0, "a job ends");
	}
	ok(one.range.end == confirmed && two.range.end == N,
	    "the ranges are what was done");
	/* The front was for nobody. */
	is_int(infer_card_n_bad(&t->c), 100, "each image once and right");
}

/* A job of more images than it does at a time is cut behind these. */
static void
test_far(struct test *t)
{
	struct ocr_worker *a = &t->team.workers[t->team.n_cpus];
	struct ocr_job one = {.range = {100, N}, .worker = a};
	uint64_t confirmed = 0;
	struct ocr_job *job;

	if (!open_units(t))
		return;
	a->ops->submit(a, &one);
	await_position(a, 110);
	is_int(a->ops->cut(a, 2000, &confirmed), 0, "a cut far behind");
	is_int((long long)confirmed, 2000, "is as it was asked for");
	job = ocr_queue_pop(t->team.done, WAIT_NS);
	ok(job != NULL && job->status == 0, "a job ends");
	is_int((long long)one.range.end, 1100, "where its images did");
	is_int(infer_card_n_bad(&t->c), N - 1000, "each image once and right");
}

static void
test(struct test *t, const char *what, bool is_range)
{
	size_t i;

	if (strcmp(what, "cut") == 0)
		test_cut(t);
	else if (strcmp(what, "far") == 0)
		test_far(t);
	else if (!is_range)
		test_chunks(t);
	else
		for (i = 0; i < N_SCHEDULES; i++)
			sweep(t, schedules[i]);
	if (strcmp(what, "lies") == 0)
		ok(t->n_by_cpu > 0, "%d images were redone", (int)t->n_by_cpu);
}

static void
write_model(const struct ocr_bnn *b, const char *path)
{
	struct ocr_bnn_model m = {.bnn = (struct ocr_bnn *)(uintptr_t)b};
	struct ocr_err err = {0};
	uint8_t *data;
	size_t n;
	FILE *f = fopen(path, "wb");

	if (f == NULL || ocr_bnn_file_make(&data, &n, &m, &err) < 0 ||
	    fwrite(data, 1, n, f) != n || fclose(f) != 0)
		abort();
	free(data);
}

static void
init(struct test *t, const char *kernel, const char *what, bool is_range)
{
	struct ocr_finn_shape shape = {3, 8, 9, INFER_CLASSES, false, 1};
	/* One job for a cut, many for all else. */
	size_t max = strcmp(what, "cut") == 0   ? N
		     : strcmp(what, "far") == 0 ? 1000
						: MAX_IMAGES;
	bool lies = strcmp(what, "lies") == 0;
	struct ocr_err err = {0};

	t->kernel = (struct ocr_kernel){.name = "test",
	    .arg = t,
	    .open = cpu_open,
	    .run = cpu_run,
	    .close = cpu_close,
	    .drivers = t->k.drivers};
	t->has_faults = lies || strcmp(what, "faults") == 0;
	/* What is right is refused, which is the same. */
	shape.n_classes = lies ? 1 : INFER_CLASSES;
	if (ocr_card_finn_init(&t->f, &shape, &t->c.io, max, is_range, &err) <
		0 ||
	    ocr_card_infer_init(&t->k, &t->c.net.bnn, &t->c.io, max, is_range,
		&err) < 0)
		abort();
	if (lies)
		memset(t->k.most, 0, INFER_CLASSES * sizeof(*t->k.most));
	t->k.drivers[1] = &t->f.driver;
	if (strcmp(kernel, "finn") == 0) {
		t->k.drivers[0] = &t->f.driver;
		t->k.drivers[1] = NULL;
	}
}

int
main(int argc, char **argv)
{
	const char *kernel = argc > 1 ? argv[1] : "cnv";
	const char *what = argc > 2 ? argv[2] : "all";
	bool is_range = argc <= 3 || strcmp(argv[3], "chunks") != 0;
	struct ocr_team_opt opt = {.devices = "cpu:2,xrt"};
	struct ocr_err err = {0};
	struct test t = {.n_by_cpu = 0};
	int status;

	infer_card_init(&t.c, N, false);
	if (strcmp(kernel, "model") == 0) {
		write_model(&t.c.net.bnn, what);
		infer_card_release(&t.c);
		return 0;
	}
	init(&t, kernel, what, is_range);
	opt.drivers = t.k.drivers;
	if (t.has_faults)
		opt.run_timeout_ms = 2000;
	is_int(ocr_team_init(&t.team, &opt, &err), 0, "a team");
	ok(t.team.n_workers > t.team.n_cpus + 1, "of threads and units");
	if (t.team.n_workers > t.team.n_cpus + 1)
		test(&t, what, is_range);
	ocr_team_release(&t.team);
	status = done();
	fflush(stdout);
	/* A unit that hangs may look at the driver; XRT would not end. */
	if (t.has_faults)
		_exit(status);
	ocr_card_infer_release(&t.k);
	infer_card_release(&t.c);
	return status;
}
