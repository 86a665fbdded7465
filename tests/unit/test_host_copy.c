/*
 * test_host_copy.c - chunks that two workers have, and what a run is told to do
 * about failures
 *
 * Second copies of what is on a slow, stopped or wrong host; late answers;
 * --halt, --retries, --joblog, --resume; a host that is far away.
 * Runs under TSan.
 */
#include "config.h"

#include "common/host_link.h"
#include "common/joblog.h"
#include "common/policy_stream.h"
#include "tests/unit/host_world.h"

#define LONG_NS UINT64_C(300000000000) /* what is waited for takes longer */
#define HELD_NS UINT64_C(60000000000)  /* "hold" takes longer in vain */

static void
is_quick(const struct run *run, const char *name)
{
	if (!ok(run->ns < LONG_NS, "%s: in time", name))
		diag("%" PRIu64 " ms", run->ns / 1000000);
}

/* Nobody waits for the host, whatever it does. */
static void
test_slow(const char *self, const char *mode, const char *arg, size_t n_cpus)
{
	struct run run = {.hosts = {{mode, arg}, {"slow", "10"}},
	    .n_hosts = n_cpus > 0 ? 1 : 2,
	    .n_cpus = n_cpus,
	    .n_chunks = 40,
	    .is_first_awaited = true,
	    .timeout_ms = 600000};
	char name[64];

	snprintf(name, sizeof(name), "%s, %zu threads", mode, n_cpus);
	go(&run, self);
	is_all_right(&run, name);
	is_quick(&run, name);
	ok(run.n_copies > 0, "%s: %d copies", name, (int)run.n_copies);
	ok(run.n_forgotten[0] > 0, "%s: is forgotten", name);
}

/* More than a pipe holds is on its way to a host when all is done. */
static void
test_goodbye(const char *self)
{
	struct ocr_blob blob;
	size_t n = 8000000;
	unsigned char *data = calloc(n, 1);
	struct run run = {.hosts = {{"fake", "busy"}},
	    .n_hosts = 1,
	    .n_cpus = 1,
	    .n_chunks = 40,
	    .is_first_awaited = true,
	    .blob = &blob,
	    .timeout_ms = 600000};

	ocr_blob_init(&blob, data, n, &run.err);
	go(&run, self);
	is_all_right(&run, "a host that does not read");
	is_quick(&run, "a host that does not read");
	free(data);
}

/* Results that wait behind a slow one hold all memory: before the end. */
static void
test_short(const char *self)
{
	struct run run = {.hosts = {{"stop", "1"}, {"ok", NULL}},
	    .n_hosts = 2,
	    .n_chunks = 150,
	    .is_first_awaited = true,
	    .memory_bytes = 30 * CHUNK,
	    .timeout_ms = 600000};

	go(&run, self);
	is_all_right(&run, "short of memory");
	is_quick(&run, "short of memory");
}

/* While a slow host holds the oldest chunk, others have something to do: there
 * is memory for many more chunks than these hosts take. */
static void
test_window(const char *self)
{
	char dir[256];
	struct run run = {.hosts = {{"hold", "sign"}, {"hold", "sign"}},
	    .n_hosts = 2,
	    .n_chunks = 70,
	    .has_no_copies = true,
	    .file = "sign",
	    .sign_at = 60,
	    .timeout_ms = 600000};

	child_mkdir(dir);
	go(&run, self);
	is_all_right(&run, "60 chunks are read before one is done");
	ok(run.ns < HELD_NS, "... before hosts lose patience");
	child_rmdir(dir);
}

static void
test_late(const char *self)
{
	char dir[256];
	struct ocr_joblog log;
	struct ocr_err err = {0};
	struct run run = {.hosts = {{"hold", "sign"}, {"slow", "10"}},
	    .n_hosts = 1,
	    .n_cpus = 1,
	    .n_chunks = 20,
	    .is_first_awaited = true,
	    .file = "sign",
	    .timeout_ms = 600000};

	child_mkdir(dir);
	go(&run, self);
	is_all_right(&run, "a late answer");
	ok(run.n_late[0] > 0, "a late answer: counted");
	unlink("sign");
	run.hosts[0].mode = "holdwrong";
	run.is_inexact = true;
	go(&run, self);
	is_all_right(&run, "a late answer that may differ");
	unlink("sign");
	run.is_inexact = false;
	ocr_joblog_open(&log, "log", OCR_JOBLOG_NEW, "t", &err);
	run.joblog = &log;
	go(&run, self);
	ocr_joblog_close(&log, &err);
	run.joblog = NULL;
	is_int(run.r, -OCR_EFORMAT, "a late answer that differs: the end");
	is_int(system("grep -q '\th1\t.*\t2\t0\tt #$' log &&"
		      "grep -q '\t:\t.*\t2\t0\tt #$' log"),
	    0, "... and neither is resumed");
	has_text(run.err.text, "cpu:0 and h1 give different results",
	    "a late answer that differs");
	has_text(run.err.text, "of dir/a file): ", "... and which chunk");
	unlink("sign");
	/* The one that was taken is wrong, and nobody looked. */
	run.hosts[0].mode = "hold";
	run.hosts[1] = (struct host){"wrong", NULL};
	run.n_hosts = 2;
	run.n_cpus = 0;
	run.verify = OCR_VERIFY_OFF;
	go(&run, self);
	is_int(run.r, -OCR_EFORMAT, "a wrong copy: the end");
	has_text(run.err.text, "h2 and h1 give different results",
	    "a wrong copy");
	child_rmdir(dir);
}

static void
test_poison(const char *self)
{
	struct run run = {
	    .hosts = {{"poison", "37"}, {"poison", "37"}, {"poison", "37"}},
	    .n_hosts = 3,
	    .n_chunks = 40,
	    .back_off_ms = 10};

	go(&run, self);
	is_int(run.r, 0, "poison near the end: the run goes on");
	is_int((int64_t)run.sink.n_failed, 1, "... one chunk fails");
	has_text(run.sink.first, "chunk 37 (at byte ", "poison");
	run.has_retries = true;
	run.has_no_copies = true; /* two would be lost with it */
	go(&run, self);
	has_text(run.sink.first, ": 1 worker was lost with it", "--retries=0");
}

static void
test_halt(const char *self)
{
	struct run run = {.n_cpus = 2, .n_chunks = 200, .has_weak_cpu = true};

	go(&run, self);
	is_int(run.r, 0, "halt never");
	is_int((int64_t)run.sink.n, 200, "... all is out");
	is_int((int64_t)run.sink.n_failed, 20, "... also what has failed");
	run.halt = OCR_HALT_SOON;
	run.halt_fails = 3;
	go(&run, self);
	is_int(run.r, -OCR_EFORMAT, "halt soon,fail=3");
	is_str(run.err.text, "3 chunks have failed (--halt)", "... says so");
	is_int((int64_t)run.sink.n_failed, 3, "... they are out");
	ok(run.sink.n >= 24 && run.sink.n < 60, "... and what was begun: %d",
	    (int)run.sink.n);
	run.halt_fails = 21;
	go(&run, self);
	is_int(run.r, 0, "halt soon,fail=21: are not so many");
	run.halt = OCR_HALT_NOW;
	run.halt_fails = 1;
	go(&run, self);
	is_str(run.err.text, "1 chunk has failed (--halt)", "halt now,fail=1");
	ok(run.sink.n < 60, "... at once");
	run = (struct run){.hosts = {{"refuse", "3"}, {"slow", "600000"}},
	    .n_hosts = 1,
	    .n_chunks = 100,
	    .halt = OCR_HALT_NOW};
	go(&run, self);
	is_str(run.err.text, "1 chunk has failed (--halt)", "... on a host");
}

/* --filter-hosts=no */
static void
test_strict(const char *self)
{
	struct run run = {.hosts = {{"refused", NULL}, {"slow", "10"}},
	    .n_hosts = 2,
	    .n_chunks = 100,
	    .is_first_awaited = true,
	    .is_strict = true};

	go(&run, self);
	is_int(run.r, -OCR_EHOST, "all hosts have to be there");
	has_text(run.err.text, "h1: cannot be reached: ended before it began",
	    "all hosts");
	run.is_strict = false;
	go(&run, self);
	is_all_right(&run, "or not");
}

/* Everything from an earlier run. */
static bool
recall(void *ctx, struct ocr_job *job, const struct ocr_joblog_sum *sum)
{
	(void)ctx;
	if (sum->out_len != job->in->len)
		return false;
	for (size_t i = 0; i < job->in->len; i++)
		job->out->data[i] = (unsigned char)~job->in->data[i];
	job->out->len = job->in->len;
	return true;
}

static void
test_joblog(const char *self)
{
	char dir[256];
	struct run run = {.hosts = {{"once", "mark"}, {"slow", "10"}},
	    .n_hosts = 2,
	    .n_cpus = 1,
	    .n_chunks = 60,
	    .is_first_awaited = true,
	    .back_off_ms = 600000};
	struct ocr_joblog log;
	struct ocr_joblog_done done = {0};
	struct ocr_err err = {0};

	child_mkdir(dir);
	is_int(ocr_joblog_open(&log, "log", OCR_JOBLOG_NEW, "t", &err), 0,
	    "a joblog");
	run.joblog = &log;
	go(&run, self);
	is_all_right(&run, "with a joblog");
	ocr_joblog_close(&log, &err);
	is_int(ocr_joblog_read(&done, "log", "t", &err), 0, "it can be read");
	is_int((int64_t)done.n, 60, "... and has all chunks");
	ok(done.n_lines > 60, "... and the attempts that failed: %d",
	    (int)done.n_lines);
	is_int(system("grep -q '\th1\t.*\t1\t0\tt #' log"), 0,
	    "... of the host that died");
	run.joblog = NULL;
	run.done = &done;
	run.recall = recall;
	run.hosts[0] = (struct host){"ok", NULL};
	run.is_first_awaited = false;
	go(&run, self);
	is_all_right(&run, "resumed");
	is_int((int64_t)(run.by_host[0] + run.by_host[1]), 0,
	    "... without anybody");
	run.n_chunks = 70;
	go(&run, self);
	is_all_right(&run, "resumed, and some more");
	ocr_joblog_done_release(&done);
	child_rmdir(dir);
}

/* 0.1 s there and 0.1 s back, 10 ms a chunk, two at once: 4 chunks in 0.21 s,
 * or as many as are on their way. */
static void
test_far(const char *self)
{
	struct run run = {.hosts = {{"far", "100"}},
	    .n_hosts = 1,
	    .n_chunks = 300,
	    .timeout_ms = 60000};

	go(&run, self);
	is_all_right(&run, "a host far away");
	ok(run.facts[0].round_trip_ns >= 200000000, "... as it says");
	ok(run.facts[0].credits > 4, "... more chunks are on their way: %u",
	    run.facts[0].credits);
	ok(run.facts[0].credits <= 32, "... and not too many");
	diag("%" PRIu64 " ms, round trip %" PRIu64 " us", run.ns / 1000000,
	    run.facts[0].round_trip_ns / 1000);
	run.hosts[0] = (struct host){"slow", "10"};
	go(&run, self);
	is_all_right(&run, "a host near by");
	/* 4, if this machine has nothing else to do. */
	ok(run.facts[0].credits >= 4 && run.facts[0].credits <= 32,
	    "... two chunks for a slot or a few more: %u",
	    run.facts[0].credits);
	diag("%" PRIu64 " ms", run.ns / 1000000);
}

/* A payload of which a part is in the pipe when its owner wants it back. */
static void
test_keep(void)
{
	size_t n = 5000000, i, n_read = 0;
	struct ocr_link l;
	struct ocr_err err = {0};
	struct ocr_chunk c = {.data = malloc(n), .len = n, .has_raw = true};
	uint8_t *got = malloc(2 * n);
	int p[2], bad = 0;
	ssize_t k;

	if (pipe2(p, O_CLOEXEC | O_NONBLOCK) < 0)
		exit(1);
	for (i = 0; i < n; i++)
		c.data[i] = (uint8_t)(i * 7 + i / 1000);
	c.raw_len = n;
	c.raw_crc = ocr_crc32(0, c.data, n);
	ocr_link_open(&l, -1, p[1], &err);
	is_int(ocr_link_put_chunk(&l, &c, &err), 0, "a chunk to keep");
	ocr_link_write(&l, &err);
	ok(ocr_link_is_writing(&l), "a part of it is written");
	ok(ocr_link_keep(&l, c.data, c.len), "kept");
	ok(ocr_link_keep(&l, c.data, c.len), "... once");
	memset(c.data, 0, n);
	while ((k = read(p[0], got + n_read, 2 * n - n_read)) > 0) {
		n_read += (size_t)k;
		ocr_link_write(&l, &err);
	}
	is_int((int64_t)n_read, 512 + (int64_t)((n + 511) / 512 * 512),
	    "all of it comes");
	for (i = 0; i < n; i++)
		bad += got[512 + i] != (uint8_t)(i * 7 + i / 1000);
	is_int(bad, 0, "as it was");
	ocr_link_release(&l);
	free(c.data);
	free(got);
	close(p[0]);
	close(p[1]);
}

/* Speeds in bytes per nanosecond; chunks of 1000 bytes. */
static int
who_copies(struct ocr_stream_view *w, struct ocr_schedule schedule)
{
	struct ocr_stream_policy p;
	int victim = -1, k;

	ocr_stream_policy_init(&p, &schedule);
	k = ocr_stream_copy(&p, w, 4, &victim);
	if (k >= 0)
		is_int(victim, 2, "the host's job");
	return k;
}

static void
test_policy(void)
{
	struct ocr_schedule hws = ocr_schedule_default(OCR_HWS);
	struct ocr_schedule fixed = ocr_schedule_default(OCR_STATIC);
	struct ocr_schedule calm = hws;
	struct ocr_stream_view card = {.is_usable = true,
	    .is_open = true,
	    .is_card = true,
	    .bytes_per_ns = 100};
	struct ocr_stream_view thread = {.is_usable = true,
	    .is_open = true,
	    .bytes_per_ns = 10};
	struct ocr_stream_view host = {.is_usable = true,
	    .is_open = true,
	    .is_host = true,
	    .lends = true,
	    .n_in_flight = 1,
	    .bytes = 1000,
	    .bytes_per_ns = 1};
	struct ocr_stream_view w[4] = {card, thread, host, host};

	w[3].lends = false;
	is_int(who_copies(w, hws), 1, "an idle thread");
	w[1].bytes_per_ns = 1;
	is_int(who_copies(w, hws), OCR_STREAM_LATER, "it is no faster");
	w[2].busy_ns = 5000;
	is_int(who_copies(w, hws), 1, "the host is late");
	w[1].is_usable = false;
	is_int(who_copies(w, hws), OCR_STREAM_NONE, "cards do not");
	w[3].n_in_flight = 0;
	w[3].width = 5;
	is_int(who_copies(w, hws), OCR_STREAM_LATER,
	    "a job on a host takes as long as on one of its slots");
	w[3].width = 2;
	is_int(who_copies(w, hws), 3, "another host");
	w[1] = thread;
	calm.has_no_steals = true;
	is_int(who_copies(w, calm), OCR_STREAM_LATER, "not with steal=no");
	is_int(who_copies(w, fixed), OCR_STREAM_LATER, "nor with static");
	w[2].busy_ns = 9999999999;
	is_int(who_copies(w, fixed), OCR_STREAM_LATER, "... within 10 s");
	w[2].busy_ns = 10000000001;
	is_int(who_copies(w, fixed), 1, "... but what will never be done");
	is_int(who_copies(w, calm), 1, "... with steal=no, too");
	w[2].bytes = 2000000000;
	is_int(who_copies(w, fixed), OCR_STREAM_LATER, "a large job");
	w[2].bytes_per_ns = 0;
	w[2].bytes = 1000;
	is_int(who_copies(w, fixed), 1, "a host of which nothing is known");
	w[2].bytes = 2000000000;
	is_int(who_copies(w, fixed), OCR_STREAM_LATER,
	    "... which may be as slow as others");
	w[2] = host;
	w[1].bytes_per_ns = w[2].bytes_per_ns = w[3].bytes_per_ns = 0;
	is_int(who_copies(w, hws), OCR_STREAM_LATER, "nothing is known");
	w[2].busy_ns = 2000000000;
	is_int(who_copies(w, hws), 1, "... after a while");
	w[1].is_refused = true;
	is_int(who_copies(w, hws), 3, "who may not does not");
	w[3].is_open = false;
	is_int(who_copies(w, hws), OCR_STREAM_LATER, "one that is not open");
	w[2].busy_ns = 2600000000;
	is_int(who_copies(w, hws), 3, "... after a longer while");
}

int
main(int argc, char **argv)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	self[n > 0 ? n : 0] = '\0';
	if (argc > 2 && strcmp(argv[1], "worker") == 0)
		return worker_main(self, argv[2], argc > 3 ? argv[3] : NULL);
	signal(SIGPIPE, SIG_IGN);
	test_policy();
	test_keep();
	if (!can_be_host(self)) {
		skip(1, "this program cannot be started by itself here");
		return done();
	}
	test_slow(self, "slow", "600000", 1);
	test_slow(self, "slow", "600000", 0);
	test_slow(self, "stop", "1", 1);
	test_slow(self, "stop", "0", 0);
	test_slow(self, "fake", "half", 1);
	test_slow(self, "fake", "quiet", 1);
	test_short(self);
	test_goodbye(self);
	test_window(self);
	test_late(self);
	test_poison(self);
	test_halt(self);
	test_strict(self);
	test_joblog(self);
	test_far(self);
	return done();
}
