/*
 * test_stream_twin.c - two workers have done the same chunk: which counts?
 *
 * A thread, and a worker that says it is a host: it does nothing before it is
 * told to forget, and then answers all the same, as one may whose answer is
 * under way just then.
 */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/crc.h"
#include "common/io.h"
#include "common/joblog.h"
#include "common/queue.h"
#include "common/stream.h"
#include "common/team.h"
#include "common/worker_cpu.h"
#include "tests/unit/child.h"
#include "tests/unit/tap.h"

#define BYTES 1000
#define N_CHUNKS 20

static size_t
out_bytes(const struct ocr_kernel *k, const struct ocr_chunk *in, size_t len)
{
	(void)k;
	(void)in;
	return len;
}

static int
open_kernel(const struct ocr_kernel *k, void **state, struct ocr_err *err)
{
	(void)err;
	*state = (void *)(uintptr_t)k;
	return 0;
}

static void
close_kernel(void *state)
{
	(void)state;
}

/* Every byte is x. */
static int
fill(struct ocr_job *job, int x)
{
	memset(job->out->data, x, job->in->len);
	job->out->len = job->out->raw_len = job->in->len;
	job->out->type = OCR_RAW;
	job->out->raw_crc = ocr_crc32(0, job->out->data, job->out->len);
	job->out->has_raw = true;
	return 0;
}

static int
run_kernel(void *state, struct ocr_job *job)
{
	(void)state;
	return fill(job, 'x');
}

/* ---- the host; all of it runs in the loop's thread ---- */

struct host {
	struct ocr_job *job;
	int byte; /* of its answers */
	unsigned n_answers;
	bool is_quick;      /* answers at once ... */
	unsigned *n_deadly; /* ... but dies of so many copies */
	/* ... or keeps the first one, and that one dies of it */
	struct ocr_worker **victim;
};

static int
host_open(struct ocr_worker *w, const struct ocr_kernel *k, struct ocr_err *err)
{
	(void)w;
	(void)k;
	(void)err;
	return 0;
}

static void
answer(struct ocr_worker *w, int status)
{
	struct host *h = w->state;
	struct ocr_job *job = h->job;

	h->job = NULL;
	if (job == NULL)
		return;
	job->status = status;
	job->end_ns = ocr_now_ns();
	ocr_queue_push(w->done, job);
}

static int
host_submit(struct ocr_worker *w, struct ocr_job *job)
{
	struct host *h = w->state;

	job->start_ns = job->sent_ns = ocr_now_ns();
	job->was_sent = true;
	h->job = job;
	if (!h->is_quick)
		return 0;
	if (job->is_copy && h->victim != NULL && *h->victim != NULL) {
		struct ocr_worker *victim = *h->victim;

		*h->victim = NULL;
		answer(victim,
		    ocr_err_set(&((struct host *)victim->state)->job->err,
			-OCR_EDEVICE, "dead"));
	} else if (job->is_copy && *h->n_deadly > 0) {
		--*h->n_deadly;
		answer(w, ocr_err_set(&job->err, -OCR_EDEVICE, "dead"));
	} else {
		answer(w, fill(job, h->byte));
	}
	return 0;
}

static void
host_cancel(struct ocr_worker *w)
{
	answer(w, -OCR_ECANCEL);
}

static struct ocr_job *
host_take_back(struct ocr_worker *w)
{
	(void)w;
	return NULL;
}

static struct ocr_job *
host_lend(struct ocr_worker *w, const struct ocr_worker *to)
{
	struct host *h = w->state;
	struct ocr_job *job = h->job;

	if (job == NULL || (job->twin != NULL && !job->is_alone) ||
	    ocr_job_avoids(job->is_alone ? job->twin : job, to))
		return NULL;
	return job;
}

static void
host_forget(struct ocr_worker *w, struct ocr_job *job,
    const struct ocr_chunk *right, struct ocr_worker *who)
{
	struct host *h = w->state;

	(void)right;
	(void)who;
	if (h->job != job)
		return;
	h->n_answers++;
	fill(job, h->byte);
	job->is_unchecked = true;
	answer(w, 0);
}

static void
host_close(struct ocr_worker *w)
{
	(void)w;
}

static const struct ocr_worker_ops host_ops = {
    .open = host_open,
    .submit = host_submit,
    .cancel = host_cancel,
    .take_back = host_take_back,
    .close = host_close,
    .lend = host_lend,
    .forget = host_forget,
};

/* ---- a run ---- */

struct source {
	struct ocr_source source;
	uint64_t i, n_chunks;
};

static int
next(struct ocr_source *source, struct ocr_chunk *c, struct ocr_err *err)
{
	struct source *s = (struct source *)source;
	int r;

	if (s->i == s->n_chunks)
		return 0;
	r = ocr_chunk_take(c, BYTES, err);
	if (r < 0)
		return r;
	memset(c->data, (int)s->i, BYTES);
	c->len = BYTES;
	c->seq = s->i++;
	c->at = c->seq * BYTES;
	return 1;
}

struct sink {
	struct ocr_sink sink;
	unsigned n;
};

static int
put(struct ocr_sink *sink, struct ocr_job *job, struct ocr_err *err)
{
	struct sink *s = (struct sink *)sink;

	(void)err;
	s->n += job->status == 0 && job->out->data[0] == 'x';
	return 0;
}

/* byte: of the host's answers, the thread's are 'x'. */
static int
go(int byte, bool is_inexact, unsigned *n_out, struct ocr_err *err)
{
	struct ocr_kernel kernel = {.name = "t",
	    .out_bytes = out_bytes,
	    .open = open_kernel,
	    .run = run_kernel,
	    .close = close_kernel,
	    .is_inexact = is_inexact};
	struct host host = {.byte = byte};
	struct ocr_worker w[2];
	struct ocr_team team = {.workers = w,
	    .n_workers = 2,
	    .n_cpus = 1,
	    .done = ocr_queue_new(),
	    .schedule = ocr_schedule_default(OCR_HWS)};
	struct source source = {.source = {.next = next, .cancel_fd = -1},
	    .n_chunks = N_CHUNKS};
	struct sink sink = {.sink = {.put = put}};
	struct ocr_joblog log;
	struct ocr_stream s = {.source = &source.source,
	    .sink = &sink.sink,
	    .kernel = &kernel,
	    .team = &team,
	    .chunk_bytes = BYTES,
	    .joblog = &log};
	int r;

	ocr_joblog_open(&log, "log", OCR_JOBLOG_NEW, "t", err);
	ocr_worker_cpu_init(&w[0], 0);
	w[1] = (struct ocr_worker){.ops = &host_ops,
	    .name = "h1",
	    .depth = 1,
	    .align = 1,
	    .min_items = 1,
	    .is_host = true,
	    .state = &host};
	w[0].done = w[1].done = team.done;
	/* So that it has one, however fast the thread is. */
	ocr_team_open(&team, 1, &kernel, err);
	r = ocr_stream_run(&s, err);
	ocr_team_close(&team);
	ocr_queue_free(team.done);
	ocr_joblog_close(&log, err);
	ok(host.n_answers > 0, "the host has answered, too");
	*n_out = sink.n;
	return r;
}

/* A host that never answers, and others that die of a copy of what it has, until
 * one does not.  has_victim: it dies instead when one of them has its copy, of
 * which is never heard again. */
static int
go_deadly(unsigned n_chunks, unsigned n_deadly, bool has_victim,
    unsigned *n_out, struct ocr_err *err)
{
	struct ocr_kernel kernel = {.name = "t",
	    .out_bytes = out_bytes,
	    .open = open_kernel,
	    .run = run_kernel,
	    .close = close_kernel};
	struct host hosts[4] = {{.byte = 'x'}};
	struct ocr_worker w[4], *victim = has_victim ? &w[0] : NULL;
	struct ocr_team team = {.workers = w,
	    .n_workers = 4,
	    .done = ocr_queue_new(),
	    .schedule = ocr_schedule_default(OCR_HWS)};
	struct source source = {.source = {.next = next, .cancel_fd = -1},
	    .n_chunks = n_chunks};
	struct sink sink = {.sink = {.put = put}};
	struct ocr_stream s = {.source = &source.source,
	    .sink = &sink.sink,
	    .kernel = &kernel,
	    .team = &team,
	    .chunk_bytes = BYTES};
	size_t i;
	int r;

	for (i = 0; i < 4; i++) {
		if (i > 0)
			hosts[i] = (struct host){.byte = 'x',
			    .is_quick = true,
			    .victim = &victim,
			    .n_deadly = &n_deadly};
		w[i] = (struct ocr_worker){.ops = &host_ops,
		    .depth = 1,
		    .align = 1,
		    .min_items = 1,
		    .is_host = true,
		    .done = team.done,
		    .state = &hosts[i]};
		snprintf(w[i].name, sizeof(w[i].name), "h%zu", i + 1);
	}
	ocr_team_open(&team, 0, &kernel, err);
	r = ocr_stream_run(&s, err);
	ocr_team_close(&team);
	ocr_queue_free(team.done);
	is_int(n_deadly, 0, "copies were lost");
	ok(victim == NULL, "what had the first one was lost");
	*n_out = sink.n;
	return r;
}

static void
is_logged(const char *pattern, const char *name)
{
	char command[200];

	snprintf(command, sizeof(command), "grep -q '%s' log", pattern);
	is_int(system(command), 0, name);
}

int
main(void)
{
	struct ocr_err err = {0};
	char dir[256];
	unsigned n;

	child_mkdir(dir);
	is_int(go('x', false, &n, &err), 0, "they say the same");
	is_int(n, N_CHUNKS, "... all is out");
	is_int(system("cut -f 7 log | grep -q 2"), 256, "... nobody is wrong");
	is_int(go('y', true, &n, &err), 0, "they may differ");
	is_int(n, N_CHUNKS, "... what nobody has checked does not count");
	is_int(go('y', false, &n, &err), -OCR_EFORMAT, "they may not");
	ok(strstr(err.text, ": cpu:0 and h1 give different results") != NULL ||
		strstr(err.text, ": h1 and cpu:0 give different results") !=
		    NULL,
	    "... it says who: %s", err.text);
	is_logged("\th1\t.*\t2\t15\tt #", "... h1 is not resumed");
	is_logged("\t:\t.*\t2\t15\tt #", "... nor is the thread");
	child_rmdir(dir);
	ocr_err_clear(&err);
	alarm(100); /* what is wrong here waits for ever */
	is_int(go_deadly(N_CHUNKS, 2, false, &n, &err), 0,
	    "a copy that is lost is made again");
	is_int(n, N_CHUNKS, "... all is out");
	is_int(go_deadly(N_CHUNKS, 0, true, &n, &err), 0,
	    "so is what it was a copy of, if that is lost");
	is_int(n, N_CHUNKS, "... all is out");
	/* With one chunk only one host is open. */
	is_int(go_deadly(1, 2, false, &n, &err), 0,
	    "a host is opened that had nothing to do");
	is_int(n, 1, "... all is out");
	is_int(go_deadly(1, 0, true, &n, &err), 0,
	    "... where the one that is idle has failed");
	is_int(n, 1, "... all is out");
	return done();
}
