/*
 * gunzip_run.h - source, kernel and sink on bytes in memory, without the loop
 *
 * The pieces are all made first, the kernel runs on them (or on some, or on
 * none) in an order that a seed decides, then the sink gets them in order: what
 * comes out must not depend on that.  For test_gunzip and fuzz_gunzip.
 * Needs the libraries of src.  Threads: none.
 */
#ifndef TESTS_UNIT_GUNZIP_RUN_H
#define TESTS_UNIT_GUNZIP_RUN_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "src/gunzip_sink.h"
#include "src/gunzip_source.h"
#include "src/inflate.h"
#include "tests/unit/gen.h"

enum gunzip_kernel {
	GUNZIP_KERNEL_NONE = 0, /* as the loop without a kernel */
	GUNZIP_KERNEL_SOME,     /* some jobs come back with nothing */
	GUNZIP_KERNEL_ALL,
};

struct gunzip_run {
	/* how */
	enum gunzip_kernel kernel;
	uint64_t seed;
	uint64_t limit_bytes;
	size_t n_head; /* bytes given as already read */
	bool is_pipe;  /* read(2), not pread(2) */
	bool is_passing;
	bool is_stepwise;   /* the sink gets a piece before the next is made,
	                       so that its hints arrive */
	int fail_begin;     /* what out.begin returns */
	int64_t fail_write; /* out.write fails behind so many bytes; -1 = no */
	/* what came out: of the last input, errors of all */
	uint8_t *out;
	size_t n_out, out_cap, max_write;
	char text[2048]; /* errors and warnings, a line each */
	char name[64];   /* from the header */
	unsigned n_begin, n_end, n_ok;
	unsigned n_failed, n_garbage;
	unsigned n_pieces, n_inflated; /* jobs, and those of use */
	int run_status, finish_status;
	/* private */
	const uint8_t *const *in;
	const size_t *n_in;
	size_t n_inputs, i_input;
};

struct gunzip_room {
	struct ocr_room room;
	const struct ocr_kernel *kernel;
};

static inline int
gunzip_run_take(struct ocr_room *room, struct ocr_chunk *c, size_t cap,
    struct ocr_err *err)
{
	struct gunzip_room *gr = (struct gunzip_room *)room;
	struct ocr_job *job =
	    (struct ocr_job *)((char *)c - offsetof(struct ocr_job, in_chunk));
	size_t out_cap = gr->kernel->out_bytes(gr->kernel, c, cap);

	(void)err;
	if (cap > (size_t)64 << 20 || out_cap > (size_t)64 << 20)
		abort(); /* nobody asked for so much */
	if (c->cap < cap) {
		free(c->data);
		c->data = malloc(cap);
		c->cap = cap;
	}
	if (job->out_chunk.cap < out_cap) {
		free(job->out_chunk.data);
		job->out_chunk.data = malloc(out_cap);
		job->out_chunk.cap = out_cap;
	}
	return 0;
}

/* Jobs with their buffers, for the next run: a fuzzer makes thousands. */
static inline struct ocr_job **
gunzip_run_spare(void)
{
	static struct ocr_job *first;

	return &first;
}

static inline struct ocr_job *
gunzip_run_job(struct gunzip_room *room)
{
	struct ocr_job *job = *gunzip_run_spare();

	if (job != NULL) {
		*gunzip_run_spare() = job->next;
		job->out = &job->out_chunk;
		job->in->room = &room->room;
		job->status = 0;
		ocr_err_clear(&job->err);
		return job;
	}
	job = calloc(1, sizeof(*job));
	job->in = &job->in_chunk;
	job->out = &job->out_chunk;
	job->in->room = &room->room;
	job->in->data = malloc(OCR_CHUNK_MIN_CAP);
	job->in->cap = OCR_CHUNK_MIN_CAP;
	job->out->data = malloc(OCR_CHUNK_MIN_CAP);
	job->out->cap = OCR_CHUNK_MIN_CAP;
	return job;
}

static inline void
gunzip_run_free(struct ocr_job *job)
{
	ocr_chunk_reset(&job->in_chunk);
	ocr_chunk_reset(&job->out_chunk);
	job->next = *gunzip_run_spare();
	*gunzip_run_spare() = job;
}

static inline int
gunzip_run_next(void *ctx, struct ocr_origin **o, struct ocr_err *err)
{
	struct gunzip_run *g = ctx;
	size_t i = g->i_input;
	char name[16];

	if (i == g->n_inputs)
		return 0;
	g->i_input++;
	snprintf(name, sizeof name, "x%zu", i);
	if (g->in[i] == NULL)
		return ocr_err_set(err, -OCR_EIO, "cannot open %s", name);
	*o = ocr_origin_new(g->n_inputs == 1 ? "x" : name, NULL);
	(*o)->fd = memfd_create("gunzip", 0);
	if ((*o)->fd < 0 ||
	    write((*o)->fd, g->in[i], g->n_in[i]) != (ssize_t)g->n_in[i])
		abort();
	lseek((*o)->fd, g->is_pipe ? (off_t)g->n_head : 0, SEEK_SET);
	(*o)->is_seekable = !g->is_pipe;
	return 1;
}

static inline int
gunzip_run_begin(void *ctx, struct ocr_origin *o,
    const struct ocr_gzip_header *h, struct ocr_err *err)
{
	struct gunzip_run *g = ctx;

	if (g->fail_begin < 0)
		return ocr_err_set(err, g->fail_begin, "%s: begin", o->name);
	snprintf(g->name, sizeof g->name, "%s",
	    h != NULL && h->name != NULL ? h->name : "");
	g->n_begin++;
	g->n_out = 0;
	return 0;
}

static inline int
gunzip_run_write(void *ctx, const void *buf, size_t len, struct ocr_err *err)
{
	struct gunzip_run *g = ctx;

	if (g->fail_write >= 0 && g->n_out + len > (size_t)g->fail_write)
		return ocr_err_set(err, -OCR_EIO, "write failed");
	if (g->n_out + len > g->out_cap) {
		g->out_cap = 2 * (g->n_out + len);
		g->out = realloc(g->out, g->out_cap);
	}
	if (len > g->max_write)
		g->max_write = len;
	memcpy(g->out + g->n_out, buf, len);
	g->n_out += len;
	return 0;
}

static inline void
gunzip_run_say(struct gunzip_run *g, const char *text)
{
	size_t n = strlen(g->text);

	snprintf(g->text + n, sizeof g->text - n, "%s%s", n > 0 ? "\n" : "",
	    text);
}

static inline int
gunzip_run_end(void *ctx, int is_ok, struct ocr_err *err)
{
	struct gunzip_run *g = ctx;

	g->n_end++;
	g->n_ok += is_ok != 0;
	if (!is_ok && err->code != 0)
		gunzip_run_say(g, err->text);
	return 0;
}

static inline void
gunzip_run_warn(void *ctx, const char *text)
{
	gunzip_run_say(ctx, text);
}

/* Run the kernel on a job, as a worker would. */
static inline void
gunzip_run_work(struct gunzip_run *g, const struct ocr_kernel *k, void *state,
    struct gen *gen, struct ocr_job *job)
{
	if (job->in->kind != OCR_CHUNK_DATA || job->in->type == OCR_ERROR ||
	    g->kernel == GUNZIP_KERNEL_NONE) {
		job->out = job->in;
		return;
	}
	job->out->type = OCR_DEFLATE;
	if (g->kernel == GUNZIP_KERNEL_SOME && gen_below(gen, 3) == 0)
		return;
	job->status = ocr_chunk_load(job->in, &job->err);
	if (job->status == 0)
		job->status = k->run(state, job);
	g->n_inflated += job->in->type != OCR_RAW && job->out->type == OCR_RAW;
}

/* jobs[n] = job, where there is room for it. */
static inline struct ocr_job **
gunzip_run_keep(struct ocr_job **jobs, size_t n, struct ocr_job *job)
{
	struct ocr_job **p = realloc(jobs, (n + 1) * sizeof(*p));

	if (p == NULL)
		abort();
	p[n] = job;
	return p;
}

/* All n inputs (NULL: cannot be opened).  Free g->out afterwards. */
static inline void
gunzip_run_inputs(struct gunzip_run *g, const uint8_t *const *in,
    const size_t *n_in, size_t n)
{
	struct ocr_gunzip_out out = {.begin = gunzip_run_begin,
	    .write = gunzip_run_write,
	    .end = gunzip_run_end,
	    .warn = gunzip_run_warn,
	    .ctx = g};
	struct gen gen = {.state = g->seed * 2 + 1};
	struct ocr_inflate_opt opt = {.is_gunzip = true};
	struct ocr_gunzip_hint hint = {0};
	struct ocr_gunzip_source source;
	struct ocr_gunzip_sink sink;
	struct gunzip_room room = {.room = {.take = gunzip_run_take}};
	struct ocr_kernel k;
	struct ocr_job **jobs = NULL;
	struct ocr_err err = {0};
	size_t n_jobs = 0, i, j, *order;
	void *state = NULL;
	int r = 0;

	g->in = in;
	g->n_in = n_in;
	g->n_inputs = n;
	ocr_inflate_kernel_init(&k, &opt);
	room.kernel = &k;
	if (k.open(&k, &state, &err) < 0 ||
	    ocr_gunzip_sink_init(&sink, &out, &hint, &err) < 0)
		abort();
	sink.limit_bytes = g->limit_bytes;
	sink.is_passing = g->is_passing;
	ocr_gunzip_source_init(&source, gunzip_run_next, g, &hint);
	if (g->is_pipe) {
		source.head = in[0];
		source.n_head = g->n_head;
	}
	for (;;) {
		struct ocr_job *job = gunzip_run_job(&room);

		r = source.source.next(&source.source, job->in, &err);
		if (r <= 0) {
			gunzip_run_free(job);
			break;
		}
		g->n_pieces += job->in->kind == OCR_CHUNK_DATA;
		jobs = gunzip_run_keep(jobs, n_jobs++, job);
		if (!g->is_stepwise)
			continue;
		gunzip_run_work(g, &k, state, &gen, job);
		r = sink.sink.put(&sink.sink, job, &err);
		if (r < 0)
			break;
	}
	order = malloc((n_jobs + 1) * sizeof *order);
	for (i = 0; i < n_jobs; i++) {
		j = gen_below(&gen, i + 1);
		order[i] = order[j];
		order[j] = i;
	}
	for (i = 0; i < n_jobs && !g->is_stepwise; i++)
		gunzip_run_work(g, &k, state, &gen, jobs[order[i]]);
	for (i = 0; i < n_jobs && !g->is_stepwise && r == 0; i++)
		r = sink.sink.put(&sink.sink, jobs[i], &err);
	g->run_status = r;
	if (r < 0)
		gunzip_run_say(g, err.text);
	g->finish_status = ocr_gunzip_sink_finish(&sink, r == 0, &err);
	g->n_failed = sink.n_failed;
	g->n_garbage = sink.n_garbage;
	for (i = 0; i < n_jobs; i++)
		gunzip_run_free(jobs[i]);
	free(jobs);
	free(order);
	k.close(state);
	ocr_gunzip_sink_release(&sink);
	ocr_gunzip_source_release(&source);
}

static inline void
gunzip_run(struct gunzip_run *g, const uint8_t *in, size_t n)
{
	gunzip_run_inputs(g, &in, &n, 1);
}

#endif
