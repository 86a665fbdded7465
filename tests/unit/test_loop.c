/*
 * test_loop.c - the stream loop with invented sources, kernels, workers, sinks
 *
 * Order, memory, failures and stopping, with delays that make workers overtake
 * each other.  Runs under TSan.
 */
#include "config.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/io.h"
#include "common/queue.h"
#include "common/stream.h"
#include "common/team.h"
#include "common/thread.h"
#include "common/trace.h"
#include "tests/unit/child.h"
#include "tests/unit/tap.h"

#define CHUNK 4096

static void
nap(unsigned us)
{
	struct timespec t = {.tv_nsec = (long)us * 1000};

	nanosleep(&t, NULL);
}

/* Chunk i holds its number; some are announcements, some are errors. */
struct fake_source {
	struct ocr_source source;
	uint64_t n, i;
	uint64_t fail_at; /* next() fails here */
	bool has_origins;
	int block_fd; /* >= 0: after the last one, read from it */
	size_t len;
};

static int
fake_next(struct ocr_source *source, struct ocr_chunk *c, struct ocr_err *err)
{
	struct fake_source *s = (struct fake_source *)source;
	char byte;
	int r;

	if (s->i == s->n && s->block_fd >= 0) {
		r = (int)ocr_read_some(s->block_fd, &byte, 1, "fake",
		    s->source.cancel_fd, err);
		return r;
	}
	if (s->i == s->n)
		return 0;
	if (s->i == s->fail_at)
		return ocr_err_set(err, -OCR_EIO, "source fails");
	c->seq = s->i;
	if (s->has_origins && s->i % 7 == 0) {
		c->kind = OCR_CHUNK_ORIGIN;
		s->i++;
		return 1;
	}
	r = ocr_chunk_take(c, s->len, err);
	if (r < 0)
		return r;
	memset(c->data, (int)s->i, s->len);
	c->len = s->len;
	s->i++;
	return 1;
}

/* Checks that everything comes once and in order. */
struct fake_sink {
	struct ocr_sink sink;
	uint64_t n, n_failed, n_bad;
	uint64_t fail_at;
	unsigned nap_us;
	bool stops_at_failure;
};

static int
fake_put(struct ocr_sink *sink, struct ocr_job *job, struct ocr_err *err)
{
	struct fake_sink *s = (struct fake_sink *)sink;

	if (s->nap_us > 0)
		nap(s->nap_us);
	if (job->in->seq != s->n)
		s->n_bad++;
	if (s->n == s->fail_at)
		return ocr_err_set(err, -OCR_EPIPE, "sink fails");
	s->n++;
	if (job->status < 0) {
		s->n_failed++;
		if (s->stops_at_failure)
			return ocr_err_set(err, job->status, "%s",
			    job->err.text);
		return 0;
	}
	if (job->in->kind == OCR_CHUNK_DATA &&
	    (job->out->len != job->in->len ||
		job->out->data[0] != (unsigned char)~job->in->seq))
		s->n_bad++;
	return 0;
}

/* The kernel complements bytes, after a random nap. */
struct fake_kernel_opt {
	unsigned nap_us;
	uint64_t bad_seq; /* this one is damaged data */
	atomic_uint n_open;
};

static size_t
fake_out_bytes(const struct ocr_kernel *k, const struct ocr_chunk *in,
    size_t in_len)
{
	(void)k;
	(void)in;
	return in_len;
}

static int
fake_open(const struct ocr_kernel *k, void **state, struct ocr_err *err)
{
	(void)err;
	*state = (void *)k->arg;
	atomic_fetch_add(&((struct fake_kernel_opt *)*state)->n_open, 1);
	return 0;
}

static int
fake_run(void *state, struct ocr_job *job)
{
	const struct fake_kernel_opt *opt = state;
	size_t i;

	if (opt->nap_us > 0)
		nap((unsigned)(job->in->seq * 7919 % 13) * opt->nap_us / 6);
	if (job->in->seq == opt->bad_seq)
		return ocr_err_set(&job->err, -OCR_EFORMAT, "bad chunk");
	for (i = 0; i < job->in->len; i++)
		job->out->data[i] = (unsigned char)~job->in->data[i];
	job->out->len = job->in->len;
	return 0;
}

static void
fake_close(void *state)
{
	(void)state;
}

static struct ocr_kernel
fake_kernel(struct fake_kernel_opt *opt)
{
	return (struct ocr_kernel){
	    .name = "fake",
	    .arg = opt,
	    .out_bytes = fake_out_bytes,
	    .open = fake_open,
	    .run = fake_run,
	    .close = fake_close,
	};
}

/* Everything that a case needs; cases change fields before run_case(). */
struct fixture {
	struct fake_source source;
	struct fake_sink sink;
	struct fake_kernel_opt opt;
	struct ocr_kernel kernel;
	struct ocr_team team;
	struct ocr_stream stream;
	struct ocr_err err;
};

static void
fixture_init(struct fixture *f, uint64_t n, unsigned n_threads)
{
	struct ocr_team_opt team_opt = {.n_threads = n_threads};

	memset(f, 0, sizeof(*f));
	f->source = (struct fake_source){
	    .source = {.next = fake_next, .cancel_fd = -1},
	    .n = n,
	    .fail_at = UINT64_MAX,
	    .block_fd = -1,
	    .len = CHUNK,
	};
	f->sink = (struct fake_sink){
	    .sink = {.put = fake_put},
	    .fail_at = UINT64_MAX,
	};
	f->opt.bad_seq = UINT64_MAX;
	f->kernel = fake_kernel(&f->opt);
	if (ocr_team_init(&f->team, &team_opt, &f->err) < 0)
		exit(99);
	f->stream = (struct ocr_stream){
	    .source = &f->source.source,
	    .sink = &f->sink.sink,
	    .kernel = &f->kernel,
	    .team = &f->team,
	    .chunk_bytes = CHUNK,
	};
}

static void
test_order(unsigned n_threads, uint64_t n)
{
	struct fixture f;
	char name[64];

	fixture_init(&f, n, n_threads);
	f.opt.nap_us = 300;
	f.source.has_origins = true;
	snprintf(name, sizeof(name), "%u threads, %d chunks: no error",
	    n_threads, (int)n);
	is_int(ocr_stream_run(&f.stream, &f.err), 0, name);
	ok(f.sink.n == n && f.sink.n_bad == 0, "all, once, in order");
	ocr_team_release(&f.team);
}

static void
test_lazy_open(void)
{
	struct fixture f;

	fixture_init(&f, 1, 8);
	is_int(ocr_stream_run(&f.stream, &f.err), 0, "one chunk, 8 threads");
	is_int(f.opt.n_open, 1, "only one worker was opened");
	f.source.i = 0;
	f.sink.n = 0;
	is_int(ocr_stream_run(&f.stream, &f.err), 0, "a second run");
	is_int(f.opt.n_open, 1, "uses the open worker");
	ocr_team_release(&f.team);
}

static void
test_data_failure(void)
{
	struct fixture f;

	fixture_init(&f, 100, 3);
	f.opt.bad_seq = 40;
	is_int(ocr_stream_run(&f.stream, &f.err), 0,
	    "a damaged chunk is the sink's business");
	ok(f.sink.n == 100 && f.sink.n_failed == 1 && f.sink.n_bad == 0,
	    "it and all others arrive");
	ocr_team_release(&f.team);

	fixture_init(&f, 10000, 3);
	f.opt.bad_seq = 40;
	f.sink.stops_at_failure = true;
	is_int(ocr_stream_run(&f.stream, &f.err), -OCR_EFORMAT,
	    "a sink that minds stops the run");
	ok(strcmp(f.err.text, "bad chunk") == 0, "with the first error");
	is_int((int64_t)f.sink.n, 41, "nothing is put after it");
	ok(f.source.i < 10000, "the source is not read to its end");
	ocr_team_release(&f.team);
}

static void
test_source_failure(void)
{
	struct fixture f;

	fixture_init(&f, 100, 2);
	f.source.fail_at = 50;
	f.opt.nap_us = 200;
	is_int(ocr_stream_run(&f.stream, &f.err), -OCR_EIO, "source fails");
	is_int((int64_t)f.sink.n, 50, "what it gave before is put");
	ocr_team_release(&f.team);
}

static void
test_sink_failure_unblocks_reader(void)
{
	struct fixture f;
	int fds[2];

	if (pipe(fds) < 0)
		exit(99);
	fixture_init(&f, 3, 2);
	f.source.block_fd = fds[0];
	f.sink.fail_at = 2;
	is_int(ocr_stream_run(&f.stream, &f.err), -OCR_EPIPE,
	    "sink fails while the reader waits for input");
	ocr_team_release(&f.team);
	close(fds[0]);
	close(fds[1]);
}

static void
test_last_put_fails(void)
{
	struct fixture f;

	fixture_init(&f, 5, 2);
	f.sink.fail_at = 4;
	f.sink.nap_us = 2000;
	is_int(ocr_stream_run(&f.stream, &f.err), -OCR_EPIPE,
	    "the very last put fails");
	ocr_team_release(&f.team);
}

static void
test_memory(void)
{
	struct fixture f;

	fixture_init(&f, 200, 4);
	f.stream.memory_bytes = 3 * 2 * CHUNK;
	f.sink.nap_us = 50;
	is_int(ocr_stream_run(&f.stream, &f.err), 0, "room for three chunks");
	ok(f.sink.n == 200 && f.sink.n_bad == 0, "all, once, in order");
	ocr_team_release(&f.team);

	fixture_init(&f, 2, 4);
	f.stream.memory_bytes = CHUNK;
	is_int(ocr_stream_run(&f.stream, &f.err), -OCR_ELIMIT,
	    "a chunk over the user's limit is refused");
	ok(strstr(f.err.text, "chunk 0 needs 8192 bytes") != NULL, "by name");
	ocr_team_release(&f.team);

	fixture_init(&f, 5, 2);
	f.source.len = 64 * CHUNK;
	is_int(ocr_stream_run(&f.stream, &f.err), 0,
	    "without a limit a large chunk is taken alone");
	is_int((int64_t)f.sink.n, 5, "all of them");
	ocr_team_release(&f.team);
}

/* A device that fails: open of one, the third job of another. */
static int
bad_open(struct ocr_worker *w, const struct ocr_kernel *k, struct ocr_err *err)
{
	(void)w;
	(void)k;
	return ocr_err_set(err, -OCR_EDEVICE, "no such card");
}

static int
odd_open(struct ocr_worker *w, const struct ocr_kernel *k, struct ocr_err *err)
{
	(void)err;
	w->state = (void *)k;
	return 0;
}

static int
odd_submit(struct ocr_worker *w, struct ocr_job *job)
{
	const struct ocr_kernel *k = w->state;

	if (w->n_jobs >= 2)
		job->status = ocr_err_set(&job->err, -OCR_EDEVICE, "hung");
	else
		job->status = k->run((void *)k->arg, job);
	ocr_queue_push(w->done, job);
	return 0;
}

static void
odd_nothing(struct ocr_worker *w)
{
	(void)w;
}

static const struct ocr_worker_ops bad_ops = {
    .open = bad_open,
    .submit = odd_submit,
    .cancel = odd_nothing,
    .close = odd_nothing,
};
static const struct ocr_worker_ops odd_ops = {
    .open = odd_open,
    .submit = odd_submit,
    .cancel = odd_nothing,
    .close = odd_nothing,
};

static void
test_devices(void)
{
	struct fixture f;

	fixture_init(&f, 100, 4);
	f.opt.nap_us = 100;
	f.team.workers[0].ops = &bad_ops;
	f.team.workers[1].ops = &odd_ops;
	is_int(ocr_stream_run(&f.stream, &f.err), 0,
	    "one worker does not open, one fails later");
	ok(f.sink.n == 100 && f.sink.n_bad == 0 && f.sink.n_failed == 0,
	    "their chunks are done elsewhere");
	ok(f.team.workers[0].is_retired && f.team.workers[1].is_retired,
	    "both are retired");
	ocr_team_release(&f.team);

	fixture_init(&f, 100, 2);
	f.team.workers[0].ops = &odd_ops;
	f.team.workers[1].ops = &odd_ops;
	is_int(ocr_stream_run(&f.stream, &f.err), -OCR_EHOST,
	    "no worker is left");
	ok(f.sink.n < 100 && f.sink.n_bad == 0, "and the run stops cleanly");
	ocr_team_release(&f.team);

	fixture_init(&f, 100, 2);
	f.team.workers[0].ops = &bad_ops;
	f.team.workers[1].ops = &bad_ops;
	is_int(ocr_stream_run(&f.stream, &f.err), -OCR_EHOST,
	    "no worker opens");
	ok(strcmp(f.err.text, "no worker left: no such card") == 0,
	    "the reason is told");
	ocr_team_release(&f.team);
}

/* A worker that is ready when the run that opened it is over. */
static int
late_open(struct ocr_worker *w, const struct ocr_kernel *k, struct ocr_err *err)
{
	odd_open(w, k, err);
	w->ready = (struct ocr_job){.stage = OCR_STAGE_READY, .worker = w};
	return 1;
}

static int
late_put(struct ocr_sink *sink, struct ocr_job *job, struct ocr_err *err)
{
	struct fixture *f =
	    (struct fixture *)((char *)sink - offsetof(struct fixture, sink));

	nap(50000);
	ocr_queue_push(f->team.done, &f->team.workers[0].ready);
	return fake_put(sink, job, err);
}

static const struct ocr_worker_ops late_ops = {
    .open = late_open,
    .submit = odd_submit,
    .cancel = odd_nothing,
    .close = odd_nothing,
};

static void
test_ready_late(void)
{
	struct fixture f;

	fixture_init(&f, 1, 2);
	f.team.workers[0].ops = &late_ops;
	f.sink.sink.put = late_put;
	is_int(ocr_stream_run(&f.stream, &f.err), 0,
	    "a worker is ready too late");
	ok(!f.team.workers[0].is_opening, "that is not forgotten");
	f.team.workers[1].is_retired = true;
	f.source.i = f.sink.n = 0;
	f.sink.sink.put = fake_put;
	is_int(ocr_stream_run(&f.stream, &f.err), 0, "it has the next run");
	is_int((int64_t)f.team.workers[0].n_jobs, 1, "all of it");
	ocr_queue_push(f.team.done, &f.team.workers[0].ready);
	ocr_team_close(&f.team);
	ok(ocr_queue_pop(f.team.done, 1) == NULL,
	    "a closed team leaves no message behind");
	ocr_team_release(&f.team);
}

static void
test_inline(void)
{
	struct fixture f;

	fixture_init(&f, 50, 1);
	f.stream.kernel = NULL;
	is_int(ocr_stream_run(&f.stream, &f.err), 0, "without a kernel");
	is_int((int64_t)f.sink.n, 50, "all chunks pass");
	ocr_team_release(&f.team);
}

/*
 * A worker that does what it gets when it is told, on the loop's own thread.
 * It says that a job takes busy_ns.
 */
struct puppet {
	struct ocr_job *jobs[2];
	unsigned n;
	bool is_held, keeps, fails; /* keeps: take_back() is too late */
	uint64_t busy_ns;
	unsigned wakes_at;          /* with so many jobs it wakes ... */
	struct ocr_worker *sleeper; /* ... this one */
};

static int
puppet_open(struct ocr_worker *w, const struct ocr_kernel *k,
    struct ocr_err *err)
{
	(void)w;
	(void)k;
	(void)err;
	return 0;
}

/* Do all that it has. */
static void
puppet_wake(struct ocr_worker *w)
{
	struct puppet *p = w->state;
	struct ocr_job *job;
	unsigned i;

	p->is_held = false;
	for (i = 0; i < p->n; i++) {
		job = p->jobs[i];
		job->end_ns = ocr_now_ns();
		job->start_ns = job->end_ns - p->busy_ns;
		if (p->fails) {
			job->status =
			    ocr_err_set(&job->err, -OCR_EDEVICE, "hung");
		} else {
			memset(job->out->data, (int)~job->in->seq,
			    job->in->len);
			job->out->len = job->in->len;
		}
		ocr_queue_push(w->done, job);
	}
	p->n = 0;
}

static int
puppet_submit(struct ocr_worker *w, struct ocr_job *job)
{
	struct puppet *p = w->state;

	p->jobs[p->n++] = job;
	if (p->sleeper != NULL && p->n == p->wakes_at)
		puppet_wake(p->sleeper);
	if (!p->is_held)
		puppet_wake(w);
	return 0;
}

static struct ocr_job *
puppet_take_back(struct ocr_worker *w)
{
	struct puppet *p = w->state;
	struct ocr_job *job = p->n >= 2 && !p->keeps ? p->jobs[--p->n] : NULL;

	puppet_wake(w);
	return job;
}

static const struct ocr_worker_ops puppet_ops = {
    .open = puppet_open,
    .submit = puppet_submit,
    .cancel = odd_nothing,
    .take_back = puppet_take_back,
    .close = odd_nothing,
};
/* One that cannot give back. */
static const struct ocr_worker_ops greedy_ops = {
    .open = puppet_open,
    .submit = puppet_submit,
    .cancel = odd_nothing,
    .close = odd_nothing,
};

static void
puppets_init(struct fixture *f, uint64_t n, enum ocr_schedule_kind kind,
    struct puppet *p)
{
	size_t i;

	fixture_init(f, n, 2);
	f->team.schedule = ocr_schedule_default(kind);
	for (i = 0; i < 2; i++) {
		f->team.workers[i].ops = &puppet_ops;
		f->team.workers[i].state = &p[i];
	}
	/* The second one sleeps until the first has two. */
	p[1].is_held = true;
	p[0].is_held = true;
	p[0].wakes_at = 2;
	p[0].sleeper = &f->team.workers[1];
}

/* The first worker has chunks 0 and 2, and begins nothing until it has been
 * asked for one: by the second, when that has done all that there was room
 * for. */
static void
test_take_back(enum ocr_schedule_kind kind)
{
	struct puppet p[2] = {{.n = 0}};
	struct fixture f;

	puppets_init(&f, 50, kind, p);
	diag("%s", ocr_schedule_name(&f.team.schedule));
	is_int(ocr_stream_run(&f.stream, &f.err), 0,
	    "an idle worker takes a chunk back");
	ok(f.sink.n == 50 && f.sink.n_bad == 0, "all, once, in order");
	is_int((int64_t)f.team.workers[1].n_stolen, 1, "it took one");
	is_int((int64_t)f.team.workers[0].n_lost, 1, "from the other");
	is_int((int64_t)(f.team.workers[0].n_jobs + f.team.workers[1].n_jobs),
	    50, "each was done once");
	ok(f.team.workers[0].n_in_flight == 0 &&
		f.team.workers[0].in_flight_bytes == 0 &&
		f.team.workers[1].in_flight_bytes == 0,
	    "nothing is in flight");
	ocr_team_release(&f.team);

	memset(p, 0, sizeof(p));
	puppets_init(&f, 50, kind, p);
	p[0].keeps = true;
	is_int(ocr_stream_run(&f.stream, &f.err), 0, "it comes too late");
	ok(f.sink.n == 50 && f.sink.n_bad == 0, "all, once, in order");
	ok(f.team.workers[1].n_stolen == 0 && f.team.workers[0].n_lost == 0,
	    "which does not count");
	ocr_team_release(&f.team);

	memset(p, 0, sizeof(p));
	puppets_init(&f, 50, kind, p);
	p[0].fails = true;
	is_int(ocr_stream_run(&f.stream, &f.err), 0,
	    "the victim fails with what it has left");
	ok(f.sink.n == 50 && f.sink.n_bad == 0 && f.sink.n_failed == 0,
	    "all, once, in order");
	ok(f.team.workers[0].is_retired && f.team.workers[0].n_lost == 1 &&
		f.team.workers[1].n_jobs == 50,
	    "the other has done everything");
	ocr_team_release(&f.team);
}

/* A slow worker leaves the last chunk to a fast one; that hangs; so it takes it
 * after all, without anything having happened. */
static void
test_late_worker(void)
{
	struct puppet p[2] = {{.busy_ns = 1000000}, {.busy_ns = 1000}};
	struct fixture f;

	fixture_init(&f, 5, 2);
	f.team.schedule = ocr_schedule_default(OCR_HWS);
	f.team.workers[0].ops = f.team.workers[1].ops = &greedy_ops;
	f.team.workers[0].state = &p[0];
	f.team.workers[1].state = &p[1];
	is_int(ocr_stream_run(&f.stream, &f.err), 0, "to know their speeds");
	f.team.workers[0].busy_ns = f.team.workers[1].busy_ns = 0;
	f.team.workers[0].in_bytes = f.team.workers[1].in_bytes = CHUNK;
	f.team.workers[0].busy_ns = 1000000;
	f.team.workers[1].busy_ns = 1000;
	/* The fast one has two and waits for the slow one to be given any. */
	f.source.i = f.sink.n = 0;
	f.source.n = 3;
	p[1].is_held = true;
	p[0].wakes_at = 1;
	p[0].sleeper = &f.team.workers[1];
	is_int(ocr_stream_run(&f.stream, &f.err), 0, "a fast worker hangs");
	ok(f.sink.n == 3 && f.sink.n_bad == 0, "all, once, in order");
	ocr_team_release(&f.team);
}

/* Short runs with threads that take from each other, some of which fail. */
static void
test_stealing(uint64_t seed)
{
	static const enum ocr_schedule_kind kinds[] = {OCR_HWS, OCR_HWS_PAPER,
	    OCR_HAP, OCR_STATIC, OCR_DYNAMIC};
	uint64_t n_stolen = 0, n_lost = 0, n_wrong = 0, i;
	struct fixture f;
	size_t k;
	int r;

	diag("seed %d", (int)seed);
	for (i = 0; i < 250; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		fixture_init(&f, seed >> 32 & 31, 2 + (seed >> 40 & 3));
		f.team.schedule = ocr_schedule_default(kinds[i % 5]);
		f.opt.nap_us = seed >> 44 & 127;
		f.source.has_origins = seed >> 52 & 1;
		if ((seed >> 53 & 7) == 0)
			f.source.fail_at = f.source.n / 2;
		if ((seed >> 56 & 7) == 0 && f.source.n > 0)
			f.sink.fail_at = f.source.n - 1;
		if ((seed >> 59 & 3) == 0)
			f.team.workers[1].ops = &odd_ops;
		r = ocr_stream_run(&f.stream, &f.err);
		n_wrong += f.sink.n_bad > 0;
		n_wrong += r == 0 && f.sink.n != f.source.n;
		n_wrong += r < 0 && f.source.fail_at > f.source.n &&
			   f.sink.fail_at > f.source.n;
		for (k = 0; k < f.team.n_workers; k++) {
			n_wrong += f.team.workers[k].n_in_flight > 0;
			n_stolen += f.team.workers[k].n_stolen;
			n_lost += f.team.workers[k].n_lost;
		}
		ocr_team_release(&f.team);
	}
	is_int((int64_t)n_wrong, 0, "250 short runs");
	ok(n_stolen == n_lost, "%d chunks changed hands", (int)n_stolen);
}

/* A trace of a run has a span for each chunk. */
static void
test_trace(void)
{
	struct puppet p[2] = {{.n = 0}};
	const char *names[] = {"a", "b"};
	char dir[256], text[65536];
	size_t n_spans = 0, n;
	struct fixture f;
	const char *s;
	FILE *file;

	child_mkdir(dir);
	puppets_init(&f, 50, OCR_HWS, p);
	if (ocr_trace_open(&f.team.trace, "t", "test", &f.err) < 0 ||
	    ocr_trace_rows(f.team.trace, 2, names, &f.err) < 0)
		exit(99);
	is_int(ocr_team_end(&f.team, ocr_stream_run(&f.stream, &f.err), &f.err),
	    0, "with a trace");
	file = fopen("t", "r");
	n = file != NULL ? fread(text, 1, sizeof(text) - 1, file) : 0;
	text[n] = '\0';
	for (s = text; (s = strstr(s, "\"chunk\"")) != NULL; s++)
		n_spans++;
	is_int((int64_t)n_spans, 50, "a span for each chunk");
	ok(strstr(text, "steal") != NULL, "and a steal");
	if (file != NULL)
		fclose(file);
	child_rmdir(dir);
	ocr_team_release(&f.team);
}

int
main(void)
{
	const char *seed = getenv("OCR_SEED");

	alarm(60); /* a loop that hangs is a failure, not a wait */
	test_order(1, 0);
	test_order(1, 1);
	test_order(1, 100);
	test_order(2, 500);
	test_order(16, 500);
	test_lazy_open();
	test_data_failure();
	test_source_failure();
	test_sink_failure_unblocks_reader();
	test_last_put_fails();
	test_memory();
	test_devices();
	test_ready_late();
	test_inline();
	test_take_back(OCR_HWS);
	test_take_back(OCR_HWS_PAPER);
	test_late_worker();
	test_stealing(
	    seed != NULL ? strtoull(seed, NULL, 10) : (uint64_t)getpid());
	test_trace();
	return done();
}
