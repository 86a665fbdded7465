/*
 * devices_trial.c - see devices_trial.h
 *
 * Results are compared by the kernel's verify(), as they always are.
 */
#include "config.h"

#include "src/devices_trial.h"

#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/crc.h"
#include "common/io.h"
#include "common/pool.h"
#include "common/queue.h"
#include "src/deflate.h"

#define JOB_NS UINT64_C(60000000000)
#define TIMED_NS 250000000
#define MAX_DEPTH 4

/* The state of a run of jobs. */
struct run {
	struct ocr_worker *worker;
	struct ocr_queue *done;
	struct ocr_pool pool;
	struct ocr_job *idle[MAX_DEPTH];
	unsigned n_idle, n_in_flight;
	uint64_t seq, n_bytes;
	struct ocr_chunk input; /* what all jobs get, without data; inflating */
};

/* Behind "chunk 1 (at byte 0 of stdin): ", which says nothing here. */
static const char *
without_place(const char *text)
{
	const char *end = strstr(text, "): ");

	return strncmp(text, "chunk ", 6) == 0 && end != NULL ? end + 3 : text;
}

/* Half of it repeats, half does not; a multiple of 8 KiB. */
static void
fill(unsigned char *data, size_t len)
{
	uint64_t x = 88172645463325252; /* xorshift64, Marsaglia */

	for (size_t i = 0; i < len; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		data[i] = i & 4096 ? (unsigned char)(x >> 32)
				   : (unsigned char)"ocr-devices "[i % 12];
	}
}

/* Replace c's bytes, OCR_TRIAL_BYTES of them, by a gzip member of them. */
static int
compress(struct ocr_chunk *c, struct ocr_err *err)
{
	const struct ocr_deflate_opt opt = {.level = 6,
	    .format = OCR_MEMBERS,
	    .chunk_bytes = OCR_TRIAL_BYTES};
	struct ocr_chunk in = {.data = c->data,
	    .len = OCR_TRIAL_BYTES,
	    .cap = OCR_TRIAL_BYTES,
	    .raw_len = OCR_TRIAL_BYTES,
	    .raw_crc = ocr_crc32(0, c->data, OCR_TRIAL_BYTES),
	    .has_raw = true};
	struct ocr_chunk out = {0};
	struct ocr_job job = {.in = &in, .out = &out};
	struct ocr_kernel k;
	void *state = NULL;
	int r;

	ocr_deflate_kernel_init(&k, &opt);
	out.cap = k.out_bytes(&k, &in, in.len);
	out.data = malloc(out.cap);
	r = out.data == NULL ? ocr_err_nomem(err) : k.open(&k, &state, err);
	if (r == 0) {
		r = k.run(state, &job);
		k.close(state);
		if (r < 0)
			r = ocr_err_set(err, r, "%s", job.err.text);
		else if (out.len > OCR_TRIAL_BYTES)
			r = ocr_err_set(err, -OCR_EFORMAT, "it grows");
	}
	if (r == 0) {
		memcpy(c->data, out.data, out.len);
		c->len = out.len;
		c->type = out.type;
		c->raw_len = in.raw_len;
		c->raw_crc = in.raw_crc;
		c->has_raw = true;
	}
	free(out.data);
	return r;
}

/* Jobs whose inputs hold OCR_TRIAL_BYTES of it. */
static int
init_jobs(struct run *run, const struct ocr_trial *t, struct ocr_err *err)
{
	unsigned n = run->worker->depth;
	struct ocr_job *job;
	int r;

	r = ocr_pool_init(&run->pool, &t->kernel, MAX_DEPTH, UINT64_MAX, false,
	    err);
	if (r < 0)
		return r;
	for (unsigned i = 0; i < (n < MAX_DEPTH ? n : MAX_DEPTH); i++) {
		r = ocr_pool_get(&run->pool, &job, err);
		if (r < 0)
			return r;
		run->idle[run->n_idle++] = job;
		r = ocr_chunk_take(job->in, OCR_TRIAL_BYTES, err);
		if (r < 0)
			return r;
		fill(job->in->data, OCR_TRIAL_BYTES);
		if (t->is_inflating)
			r = compress(job->in, err);
		if (r < 0)
			return r;
		run->input = *job->in; /* the same for all */
	}
	return 0;
}

static void
submit(struct run *run, size_t len)
{
	struct ocr_job *job = run->idle[--run->n_idle];

	ocr_chunk_reset(job->in);
	if (run->input.has_raw) {
		job->in->type = run->input.type;
		job->in->raw_len = run->input.raw_len;
		job->in->raw_crc = run->input.raw_crc;
		job->in->has_raw = true;
		len = run->input.len;
	}
	ocr_chunk_reset(job->out);
	ocr_err_clear(&job->err);
	job->in->len = len;
	job->in->seq = job->out->seq = run->seq++;
	job->status = 0;
	job->stage = OCR_STAGE_RUN;
	job->n_tries = 1;
	job->worker = run->worker;
	job->is_redone = job->is_unchecked = job->is_declined = false;
	run->n_in_flight++;
	run->worker->ops->submit(run->worker, job);
}

/* Wait for a job; has the unit done it, and well? */
static int
await(struct run *run, struct ocr_err *err)
{
	struct ocr_job *job = ocr_queue_pop(run->done, JOB_NS);

	if (job == NULL)
		return ocr_err_set(err, -OCR_EDEVICE, "no answer within %d s",
		    (int)(JOB_NS / 1000000000));
	run->n_in_flight--;
	run->idle[run->n_idle++] = job;
	if (job->status < 0)
		return ocr_err_set(err, job->status, "%s",
		    without_place(job->err.text));
	if (job->is_redone)
		return ocr_err_set(err, -OCR_EDEVICE, "wrong result: %s",
		    without_place(job->err.text));
	/* Only small ones are declined, being dearer to carry than to do. */
	if (job->is_declined && job->in->raw_len == OCR_TRIAL_BYTES)
		return ocr_err_set(err, -OCR_EDEVICE,
		    "%zu bytes are not for it", job->in->len);
	if (!job->is_declined)
		run->n_bytes += job->in->len;
	return 0;
}

/* Odd sizes once each, one after the other. */
static int
run_once(struct run *run, struct ocr_err *err)
{
	static const size_t len[] = {1, 4095, 65537, OCR_TRIAL_BYTES};
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(len) / sizeof(len[0]); i++) {
		submit(run, len[i]);
		r = await(run, err);
	}
	return r;
}

/* As many at once as keep the unit busy. */
static int
run_timed(struct run *run, uint64_t *bytes_per_s, struct ocr_err *err)
{
	uint64_t start = ocr_now_ns(), before = run->n_bytes, ns;
	int r = 0;

	do {
		while (run->n_idle > 0)
			submit(run, OCR_TRIAL_BYTES);
		r = await(run, err);
	} while (r == 0 && ocr_now_ns() - start < TIMED_NS);
	while (r == 0 && run->n_in_flight > 0)
		r = await(run, err);
	ns = ocr_now_ns() - start;
	*bytes_per_s = (uint64_t)((double)(run->n_bytes - before) * 1e9 /
				  (double)(ns > 0 ? ns : 1));
	return r;
}

/* "2.13.0" of ".../libxrt_coreutil.so.2.13.0", if that is loaded. */
static int
find_xrt(struct dl_phdr_info *info, size_t size, void *arg)
{
	static const char mark[] = "libxrt_coreutil.so.";
	struct ocr_trial_result *a = arg;
	char *path, *at;

	(void)size;
	if (strstr(info->dlpi_name, "libxrt_coreutil") == NULL)
		return 0;
	path = realpath(info->dlpi_name, NULL);
	at = path == NULL ? NULL : strstr(path, mark);
	if (at != NULL)
		snprintf(a->xrt, sizeof(a->xrt), "%.31s",
		    at + sizeof(mark) - 1);
	free(path);
	return at != NULL;
}

int
ocr_trial_run(const struct ocr_trial *t, struct ocr_team *team,
    struct ocr_trial_result *a, struct ocr_err *err)
{
	/* Units of cards stand behind the CPU's threads. */
	size_t i = t->path == NULL ? 0 : team->n_cpus;
	struct run run = {0};
	int r;

	if (i >= team->n_workers)
		return ocr_err_set(err, -OCR_EDEVICE, "it cannot be used");
	r = ocr_team_open_now(team, i, &t->kernel, err);
	if (r < 0)
		return r;
	dl_iterate_phdr(find_xrt, a);
	run.worker = &team->workers[i];
	run.done = team->done;
	r = init_jobs(&run, t, err);
	if (r == 0)
		r = run_once(&run, err);
	if (r == 0)
		r = run_timed(&run, &a->bytes_per_s, err);
	a->n_bytes = run.n_bytes;
	/* After a failure jobs may be under way: the process ends as it is. */
	if (r < 0)
		return r;
	ocr_team_close(team);
	while (run.n_idle > 0)
		ocr_pool_put(&run.pool, run.idle[--run.n_idle]);
	ocr_pool_release(&run.pool);
	return 0;
}
