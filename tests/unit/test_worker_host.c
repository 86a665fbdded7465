/*
 * test_worker_host.c - hosts that die, hang, lie and come back
 *
 * The hosts are this program again ("worker MODE"), started by the worker
 * itself as ssh would be.  Whatever they do, each run must end, with every
 * chunk right and in order or with the error that it should have.
 * Runs under TSan.
 */
#include "config.h"

#include "tests/unit/host_world.h"

/* h1 is faulty, h2 is not: the output is right, h1's reason is told. */
static void
test_fault(const char *self, const char *mode, const char *arg,
    const char *text)
{
	struct run run = {
	    .hosts = {{mode, arg}, {"slow", "10"}},
	    .n_hosts = 2,
	    .n_chunks = 100,
	    .is_first_awaited = true,
	    /* Or nobody waits for it, and it is never found out. */
	    .has_no_copies = true,
	    .timeout_ms = strcmp(text, "silent") == 0 ? 1500 : 60000,
	    .connect_ms =
		strstr(text, "connection within") != NULL ? 1500 : 60000,
	    .is_h1_timed = true,
	    .back_off_ms = 600000,
	};
	char name[64];

	snprintf(name, sizeof(name), "%s %s", mode, arg != NULL ? arg : "");
	go(&run, self);
	is_all_right(&run, name);
	has_text(run.text[0], text, name);
}

static void
test_good(const char *self)
{
	struct run run = {.hosts = {{"ok", NULL}, {"ok", NULL}, {"ok", NULL}},
	    .n_hosts = 3,
	    .n_chunks = 200};

	go(&run, self);
	is_all_right(&run, "three hosts");
	ok(run.by_host[0] + run.by_host[1] + run.by_host[2] == 200,
	    "three hosts: all by hosts");
	is_int(run.facts[0].begin.slots, 2, "slots");
	is_str(run.facts[0].begin.devices, "cpu:2", "devices");
	is_str(run.facts[0].begin.tool, "test_worker_host 1.0", "tool");
	run.n_cpus = 2;
	go(&run, self);
	is_all_right(&run, "three hosts and two threads");
	run.n_chunks = 0;
	go(&run, self);
	is_all_right(&run, "no chunk");
	run.n_chunks = 1;
	run.n_cpus = 0;
	go(&run, self);
	is_all_right(&run, "one chunk");
	run.n_chunks = 100;
	run.is_double = true;
	go(&run, self);
	is_all_right(&run, "numbers that come twice");
}

static void
test_pings(const char *self)
{
	struct run run = {.hosts = {{"slow", "5000"}},
	    .n_hosts = 1,
	    .n_chunks = 2,
	    .timeout_ms = 4000};

	go(&run, self);
	is_all_right(&run, "chunks longer than the time limit");
	is_int(run.facts[0].n_failures, 0, "... are no silence");
	ok(run.facts[0].round_trip_ns > 0, "a round trip was measured");
}

/* A check of ours that takes longer than the time limit is no silence, neither
 * to us nor to the host; that of the chunk before is short. */
static void
test_checks(const char *self)
{
	struct run run = {.hosts = {{"ok", NULL}},
	    .n_hosts = 1,
	    .n_chunks = 20,
	    .check_ms = 6000,
	    .timeout_ms = 2000};

	go(&run, self);
	is_all_right(&run, "checks longer than the time limit");
	is_int(run.facts[0].n_failures, 0, "... are no silence");
	run.check_ms = 0;
	run.is_short = true;
	run.n_chunks = 40;
	run.back_off_ms = 10;
	run.timeout_ms = 60000;
	go(&run, self);
	is_all_right(&run, "a check that has no memory");
	is_int(run.facts[0].n_connections, 2, "... says nothing of the host");
}

static void
test_none_left(const char *self)
{
	struct run run = {.hosts = {{"die", "3"}, {"die", "5"}},
	    .n_hosts = 2,
	    .n_chunks = 100,
	    .back_off_ms = 600000};

	go(&run, self);
	is_int(run.r, -OCR_EHOST, "all hosts die: no worker left");
	if (!is_int((int64_t)(run.sink.n_bad + run.sink.n_failed), 0,
		"... what is out is a right prefix"))
		diag("%d bad, %s", (int)run.sink.n_bad, run.sink.first);
	run.n_cpus = 1;
	go(&run, self);
	is_all_right(&run, "all hosts die, a thread is left");
	run = (struct run){.hosts = {{"refused", NULL}},
	    .n_hosts = 1,
	    .n_chunks = 3};
	go(&run, self);
	is_int(run.r, -OCR_EHOST, "no host can be reached");
	has_text(run.text[0], "port 22: refused; exit status 255",
	    "the launcher's last line");
}

static void
test_back(const char *self)
{
	char dir[256];
	struct run run = {.hosts = {{"once", "mark"}, {"slow", "10"}},
	    .n_hosts = 2,
	    .n_chunks = 200,
	    .is_first_awaited = true,
	    .n_connections = 2,
	    .back_off_ms = 10};

	child_mkdir(dir);
	go(&run, self);
	is_all_right(&run, "a host that comes back");
	is_int(run.facts[0].n_connections, 2, "... has connected twice");
	child_rmdir(dir);
}

static void
test_poison(const char *self)
{
	struct run run = {
	    .hosts = {{"poison", "17"}, {"poison", "17"}, {"poison", "17"}},
	    .n_hosts = 3,
	    .n_cpus = 0,
	    .n_chunks = 40,
	    .back_off_ms = 10};

	go(&run, self);
	is_int(run.r, 0, "poison: the run goes on");
	is_int((int64_t)run.sink.n_failed, 1, "poison: one chunk fails");
	has_text(run.sink.first, "chunk 17 (at byte 510000 of dir/a file): 4 ",
	    "poison");
}

/* What a run says on stderr. */
static void
go_listen(struct run *run, const char *self, char *said, size_t cap)
{
	int fd = memfd_create("said", MFD_CLOEXEC), old = dup(STDERR_FILENO);

	dup2(fd, STDERR_FILENO);
	go(run, self);
	dup2(old, STDERR_FILENO);
	close(old);
	child_read(fd, said, cap);
}

static unsigned
count_of(const char *text, const char *what)
{
	unsigned n = 0;

	while ((text = strstr(text, what)) != NULL) {
		text += strlen(what);
		n++;
	}
	return n;
}

/* What a host says is shown once: as the reason, if it is the last. */
static void
test_words(const char *self)
{
	char said[4096];
	struct run run = {.hosts = {{"words", "2"}, {"slow", "10"}},
	    .n_hosts = 2,
	    .n_chunks = 60,
	    .is_first_awaited = true,
	    .has_no_copies = true,
	    .is_told = true,
	    .timeout_ms = 60000,
	    .back_off_ms = 600000};

	go_listen(&run, self, said, sizeof(said));
	is_all_right(&run, "last words");
	has_text(said, "test: h1: first words\n", "what comes before");
	has_text(said, "test: h1: lost: connection lost (last words; ",
	    "last words");
	is_int(count_of(said, "last words"), 1, "... once");
	is_int(count_of(said, "test: h1: "), 2, "... and no more");
	run.hosts[0] = (struct host){"talk", NULL};
	run.hosts[1] = (struct host){"slow", "100"};
	go_listen(&run, self, said, sizeof(said));
	is_all_right(&run, "words of a host that is well");
	is_int(count_of(said, "test: h1: a word\n"), 1, "the first");
	is_int(count_of(said, "test: h1: and one\n"), 1, "and the last");
}

static void
test_refused(const char *self)
{
	char said[4096];
	struct run run = {.hosts = {{"refuse", "7"}, {"refuse", "7"}},
	    .n_hosts = 2,
	    .n_chunks = 30};

	go(&run, self);
	is_int(run.r, 0, "all say that a chunk is bad: the run goes on");
	is_int((int64_t)run.sink.n_failed, 1, "... that chunk fails");
	is_str(run.sink.first, "chunk is bad", "... as they say");
	run.hosts[0] = (struct host){"refuseall", NULL};
	run.hosts[1] = (struct host){"slow", "10"};
	run.n_chunks = 100;
	run.is_first_awaited = true;
	run.is_told = true;
	run.has_no_copies = true;
	go_listen(&run, self, said, sizeof(said));
	is_all_right(&run, "one says so, another one can do it");
	has_text(said, "test: h1: chunk ", "one says so");
	has_text(said,
	    " of dir/a file) failed there and goes elsewhere: chunk is bad",
	    "one says so");
}

/* What a host says just before it is given up, and before it works. */
static void
test_odd_words(const char *self)
{
	char said[8192] = "\n", line[32];
	struct run run = {.hosts = {{"fake", "words"}},
	    .n_hosts = 1,
	    .n_cpus = 1,
	    .n_chunks = 100,
	    .is_first_awaited = true,
	    .is_told = true,
	    .has_no_copies = true,
	    .back_off_ms = 600000};
	int i, n = 0;

	go_listen(&run, self, said + 1, sizeof(said) - 1);
	is_all_right(&run, "words");
	has_text(run.text[0], "which it does not have", "words");
	for (i = 0; i < 40; i++) {
		snprintf(line, sizeof(line), "\ntest: h1: line %d 0", i);
		n += strstr(said, line) != NULL;
	}
	is_int(n, 40, "words: all lines are shown");
	ok(strstr(said, "banner") == NULL, "words: none of the launcher's");
	has_text(said, "\ntest: h1: odd kernels\n",
	    "words, before its first answer");
}

static void
test_stop(const char *self)
{
	struct run run = {.hosts = {{"slow", "20"}, {"slow", "20"}},
	    .n_hosts = 2,
	    .n_chunks = 400,
	    .source_fails = 50};

	go(&run, self);
	is_int(run.r, -OCR_EFORMAT, "input is cut: that is the error");
	is_int((int64_t)run.sink.n, 50, "... what came before is out");
	is_int((int64_t)run.sink.n_bad, 0, "... and right");
	run.source_fails = 0;
	run.sink_fails = 30;
	go(&run, self);
	is_int(run.r, -OCR_EPIPE, "output fails: that is the error");
	run.hosts[0] = run.hosts[1] = (struct host){"slow", "600000"};
	run.sink_fails = 1;
	run.n_cpus = 1;
	go(&run, self);
	is_int(run.r, -OCR_EPIPE, "output fails: no waiting for slow hosts");
	ok(run.ns < 300000000000, "... indeed");
}

static void
test_wrong(const char *self)
{
	struct run run = {.hosts = {{"wrong", NULL}, {"slow", "10"}},
	    .n_hosts = 2,
	    .n_chunks = 40,
	    .is_first_awaited = true,
	    .has_no_copies = true};

	go(&run, self);
	is_all_right(&run, "wrong results");
	has_text(run.text[0], "wrong result: byte 0", "wrong results");
	is_int(run.facts[0].n_failures, 1, "... and never asked again");
}

/* ---- the worker alone ---- */

/* What becomes of a worker that gets a begin and then nothing. */
static int
end_of_worker(const char *self, unsigned timeout_ms, bool has_eof, bool has_end)
{
	char *argv[] = {(char *)(uintptr_t)self, (char *)"worker", (char *)"ok",
	    NULL};
	struct ocr_proc_spec spec = {.argv = argv};
	struct ocr_err err = {0};
	struct ocr_sink_stream sink = {0};
	struct ocr_output out = {.name = "pipe"};
	struct ocr_begin begin;
	struct ocr_proc p;
	int fd[2], null = open("/dev/null", O_RDWR), status = 0;

	if (null < 0 || pipe2(fd, O_CLOEXEC) < 0)
		exit(1);
	spec.in_fd = fd[0];
	spec.out_fd = null;
	spec.err_fd = null;
	ocr_proc_start(&p, &spec, &err);
	close(fd[0]);
	say_begin(&begin);
	ocr_begin_new_id(&begin, &err);
	strcpy(begin.kernel, "t");
	begin.timeout_ms = timeout_ms;
	out.fd = fd[1];
	ocr_sink_stream_open(&sink, &out, &begin, &err);
	if (has_end)
		ocr_sink_stream_finish(&sink, 1, &err);
	if (has_eof)
		close(fd[1]);
	if (ocr_proc_wait(&p, 20000, &status, &err) == 0) {
		ocr_proc_end(&p, 0);
		status = -1;
	}
	if (!has_eof)
		close(fd[1]);
	ocr_sink_stream_release(&sink);
	close(null);
	return status;
}

static void
test_worker_ends(const char *self)
{
	int status = end_of_worker(self, 600, false, false);

	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM,
	    "a worker whose master is silent ends");
	status = end_of_worker(self, 60000, true, false);
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM,
	    "a worker whose master goes away ends");
	is_int(end_of_worker(self, 60000, true, true), 0,
	    "a worker whose master says goodbye ends well");
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
	if (!can_be_host(self)) {
		skip(1, "this program cannot be started by itself here");
		return done();
	}
	test_good(self);
	test_fault(self, "die", "2", "connection lost");     /* 1 */
	test_fault(self, "stop", "2", "silent");             /* 4 */
	test_fault(self, "flip", "20000", "damaged result"); /* 7 */
	test_fault(self, "flip", "1030", "checksum");        /* 7 */
	test_fault(self, "motd", NULL, "protocol: 'Welcome to ?[1mhost'");
	test_fault(self, "version", "2",
	    "has ocr-new 9.9: stream version 2: this program reads version 1");
	test_fault(self, "kernel", NULL, "does 'other', not 't'");
	test_fault(self, "exit0", "2", "connection lost (exit status 0)");
	test_fault(self, "broken", "1", "out of memory");
	test_fault(self, "fake", "foreign", "which it does not have"); /* 19 */
	test_fault(self, "fake", "twice", "which it does not have");
	test_fault(self, "fake", "offset", "with another offset");
	test_fault(self, "fake", "end", "ended the stream after 1 results");
	test_fault(self, "fake", "endwhy",
	    "ended the stream after 1 results (test: no memory is left; exit "
	    "status 1)");
	test_fault(self, "fake", "otherid", "answers another stream");
	test_fault(self, "fake", "silent", "silent");
	test_fault(self, "fake", "deaf", "has closed its input");
	test_fault(self, "fake", "mute", "no connection within 1.5 s");
	test_wrong(self);
	test_pings(self);
	test_checks(self);
	test_words(self);
	test_none_left(self);
	test_back(self);
	test_poison(self);
	test_refused(self);
	test_odd_words(self);
	test_stop(self);
	test_worker_ends(self);
	return done();
}
