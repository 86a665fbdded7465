/*
 * test_team_cards.c - one team of cards, many runs, whatever happens
 *
 * Runs in an ocr-softcard whose units fail (tests/cards.bats):
 *	test_team_cards DEVICES SECONDS SEED
 * Streams of random chunks with sources and sinks that stop anywhere, kernels
 * that change, teams that close while they open.  What is asked is that every
 * chunk comes once, in order and right, and that there is an end.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/crc.h"
#include "common/io.h"
#include "common/stream.h"
#include "common/team.h"
#include "src/card_deflate.h"
#include "src/deflate.h"
#include "tests/unit/tap.h"

#define MAX_CHUNK 50000
#define NEVER UINT64_MAX

static uint32_t
any(uint64_t *seed, uint32_t n)
{
	*seed = *seed * 6364136223846793005 + 1442695040888963407;
	return (uint32_t)(*seed >> 33) % n;
}

struct source {
	struct ocr_source source;
	uint64_t i, n, fail_at, seed;
	unsigned nap_us;
};

static int
next(struct ocr_source *source, struct ocr_chunk *c, struct ocr_err *err)
{
	struct source *s = (struct source *)source;
	size_t i, len = 1 + any(&s->seed, MAX_CHUNK);

	if (s->i == s->n)
		return 0;
	if (s->i == s->fail_at)
		return ocr_err_set(err, -OCR_EIO, "source fails");
	if (s->nap_us > 0)
		usleep(any(&s->seed, s->nap_us));
	if (ocr_chunk_take(c, len, err) < 0)
		return err->code;
	for (i = 0; i < len; i++)
		c->data[i] = (unsigned char)(i % 251 ^ any(&s->seed, 4));
	c->len = c->raw_len = len;
	c->raw_crc = ocr_crc32(0, c->data, len);
	c->has_raw = true;
	c->seq = s->i++;
	return 1;
}

struct sink {
	struct ocr_sink sink;
	const struct ocr_kernel *kernel;
	void *state; /* the kernel's, to look at results */
	uint64_t n, n_bad, fail_at;
};

static int
put(struct ocr_sink *sink, struct ocr_job *job, struct ocr_err *err)
{
	struct sink *s = (struct sink *)sink;
	struct ocr_err wrong = {0};

	if (s->n == s->fail_at)
		return ocr_err_set(err, -OCR_EPIPE, "sink fails");
	if (job->status == -OCR_ECANCEL)
		return 0; /* after a failure that the loop knows of */
	s->n_bad += job->in->seq != s->n || job->status != 0 ||
		    s->kernel->verify(s->state, job, &wrong) < 0;
	s->n++;
	return 0;
}

/* One run: is it as it was meant to be? */
static bool
run(struct ocr_team *t, const struct ocr_kernel *k, uint64_t *seed)
{
	uint64_t n = any(seed, 80);
	struct source source = {.source = {.next = next, .cancel_fd = -1},
	    .n = n,
	    .fail_at = any(seed, 5) == 0 ? any(seed, 80) : NEVER,
	    .nap_us = any(seed, 2) * 4000,
	    .seed = *seed};
	struct sink sink = {.sink = {.put = put},
	    .kernel = k,
	    .fail_at = any(seed, 5) == 0 ? any(seed, 80) : NEVER};
	struct ocr_stream s = {.source = &source.source,
	    .sink = &sink.sink,
	    .kernel = k,
	    .team = t,
	    .chunk_bytes = MAX_CHUNK};
	struct ocr_err err = {0};
	bool is_good;
	int r, want = 0;

	if (k->open(k, &sink.state, &err) < 0)
		return false;
	r = ocr_stream_run(&s, &err);
	k->close(sink.state);
	/* What was read before the source failed reaches the sink. */
	if (sink.fail_at < n && sink.fail_at < source.fail_at)
		want = -OCR_EPIPE;
	else if (source.fail_at < n)
		want = -OCR_EIO;
	is_good = sink.n_bad == 0 && (want < 0 ? r < 0 : r == 0) &&
		  (want != 0 || sink.n == n);
	if (!is_good)
		diag("%d not %d (%s), %d of %d chunks, %d bad", r, want,
		    err.text, (int)sink.n, (int)n, (int)sink.n_bad);
	return is_good;
}

/* Between two runs. */
static void
disturb(struct ocr_team *t, const struct ocr_kernel *k, uint64_t *seed)
{
	size_t i = any(seed, (uint32_t)t->n_workers);
	struct ocr_err err = {0};

	switch (any(seed, 4)) {
	case 0:
		ocr_team_close(t);
		break;
	case 1:
		ocr_team_close(t);
		if (!t->workers[i].is_retired)
			ocr_team_open_now(t, i, k, &err);
		break;
	case 2:
		ocr_team_close(t);
		if (!t->workers[i].is_retired)
			ocr_team_open(t, i, k, &err);
		ocr_team_close(t);
		break;
	}
}

int
main(int argc, char **argv)
{
	const struct ocr_deflate_opt opts[] = {
	    {.level = 6, .format = OCR_MEMBERS, .chunk_bytes = MAX_CHUNK},
	    {.level = 1, .format = OCR_DEFLATE}};
	struct ocr_team_opt opt = {.n_threads = 1, .run_timeout_ms = 500};
	struct ocr_kernel kernels[2];
	struct ocr_err err = {0};
	struct ocr_team t;
	uint64_t seed, end;
	int i, n_bad = 0, n = 0;

	if (argc != 4)
		return 2;
	opt.devices = argv[1];
	end = ocr_now_ns() + strtoull(argv[2], NULL, 10) * 1000000000;
	seed = strtoull(argv[3], NULL, 10);
	for (i = 0; i < 2; i++)
		ocr_deflate_kernel_init(&kernels[i], &opts[i]);
	opt.drivers = kernels[0].drivers;
	if (is_int(ocr_team_init(&t, &opt, &err), 0, "a team") == 0)
		diag("%s", err.text);
	ok(t.n_workers > t.n_cpus, "%d units", (int)(t.n_workers - t.n_cpus));
	while (err.code == 0 && ocr_now_ns() < end) {
		i = (int)any(&seed, 2);
		disturb(&t, &kernels[any(&seed, 2)], &seed);
		n_bad += !run(&t, &kernels[i], &seed);
		n++;
	}
	is_int(n_bad, 0, "every run");
	diag("%d runs", n);
	ocr_team_release(&t);
	i = done();
	ocr_cleanup_end(i); /* XRT may still be at it: see xrt.h */
	return i;
}
