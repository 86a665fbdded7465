/*
 * host_world.h - runs over hosts that are this program again; for tests of hosts
 *
 * main() hands "worker MODE [ARG]" on to worker_main(), which is then a host that
 * is right, slow, dead or wrong.  go() is the master's side.
 */
#ifndef TESTS_UNIT_HOST_WORLD_H
#define TESTS_UNIT_HOST_WORLD_H

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/crc.h"
#include "common/io.h"
#include "common/proc.h"
#include "common/queue.h"
#include "common/sink_stream.h"
#include "common/source_stream.h"
#include "common/stream.h"
#include "common/team.h"
#include "common/thread.h"
#include "common/worker_cpu.h"
#include "common/worker_host.h"
#include "src/worker_serve.h"
#include "tests/unit/child.h"
#include "tests/unit/tap.h"

#define CHUNK 30000
#ifndef MAX_HOSTS
#define MAX_HOSTS 4
#endif

static inline void
nap_ms(unsigned ms)
{
	struct timespec t = {.tv_sec = ms / 1000,
	    .tv_nsec = (long)(ms % 1000) * 1000000};

	nanosleep(&t, NULL);
}

/* ---- the kernel: complements bytes; as a worker it may do worse ---- */

struct bad {
	const char *mode;
	const char *file; /* hold: a sign to go on */
	unsigned at; /* from this chunk on; as a number of runs or of SEQ */
	atomic_uint n_runs;
};

static inline size_t
t_out_bytes(const struct ocr_kernel *k, const struct ocr_chunk *in, size_t len)
{
	(void)k;
	(void)in;
	return len;
}

static inline int
t_open(const struct ocr_kernel *k, void **state, struct ocr_err *err)
{
	(void)err;
	*state = (void *)(uintptr_t)k->arg;
	return 0;
}

/* Chunks that h1 was given; a "calm" thread waits for the first. */
static atomic_uint n_given;
static struct ocr_worker_ops counted_ops;
static const struct ocr_worker_ops *real_ops;

static inline int
count_submit(struct ocr_worker *w, struct ocr_job *job)
{
	int r = real_ops->submit(w, job);

	atomic_fetch_add(&n_given, 1);
	return r;
}

/* Until it is there; nobody waits for ever. */
static inline void
await_file(const char *file)
{
	for (int i = 0; i < 12000 && access(file, F_OK) != 0; i++)
		nap_ms(5);
}

/* What no kernel should do. */
static inline int
misbehave(struct bad *bad, struct ocr_job *job)
{
	unsigned n = atomic_fetch_add(&bad->n_runs, 1);

	if (strcmp(bad->mode, "poison") == 0 && job->in->seq == bad->at)
		raise(SIGKILL);
	if (strcmp(bad->mode, "refuse") == 0 && job->in->seq == bad->at)
		return ocr_err_set(&job->err, -OCR_EFORMAT, "chunk is bad");
	if (strcmp(bad->mode, "refuseall") == 0)
		return ocr_err_set(&job->err, -OCR_EFORMAT, "chunk is bad");
	if (strcmp(bad->mode, "weak") == 0 && job->in->seq % 10 == 3)
		return ocr_err_set(&job->err, -OCR_EFORMAT, "a chunk is bad");
	for (int i = 0; strcmp(bad->mode, "calm") == 0 && i < 2000 &&
			atomic_load(&n_given) == 0;
	     i++)
		nap_ms(5);
	if (strcmp(bad->mode, "slow") == 0 || strcmp(bad->mode, "calm") == 0)
		nap_ms(bad->at);
	if (strncmp(bad->mode, "hold", 4) == 0)
		await_file(bad->file);
	if (n < bad->at)
		return 0;
	if (strcmp(bad->mode, "talk") == 0 && n == 0)
		fputs("a word\nand one\n", stderr);
	if (strcmp(bad->mode, "words") == 0 && n == bad->at)
		fputs("first words\nlast words\n", stderr);
	if (strcmp(bad->mode, "die") == 0 || strcmp(bad->mode, "words") == 0)
		raise(SIGKILL);
	if (strcmp(bad->mode, "stop") == 0)
		raise(SIGSTOP);
	if (strcmp(bad->mode, "exit0") == 0)
		_exit(0);
	if (strcmp(bad->mode, "broken") == 0)
		return ocr_err_set(&job->err, -OCR_ENOMEM, "out of memory");
	return 0;
}

static inline int
t_run(void *state, struct ocr_job *job)
{
	struct bad *bad = state;
	size_t i;
	int r = 0;

	if (bad != NULL)
		r = misbehave(bad, job);
	if (r < 0)
		return r;
	for (i = 0; i < job->in->len; i++)
		job->out->data[i] = (unsigned char)~job->in->data[i];
	if (bad != NULL && (strcmp(bad->mode, "wrong") == 0 ||
			       strcmp(bad->mode, "holdwrong") == 0))
		job->out->data[0] ^= 1;
	job->out->len = job->in->len;
	job->out->type = OCR_RAW;
	job->out->raw_len = job->out->len;
	job->out->raw_crc = ocr_crc32(0, job->out->data, job->out->len);
	job->out->has_raw = true;
	return 0;
}

static inline int
t_verify(void *state, const struct ocr_job *job, struct ocr_err *err)
{
	struct bad *bad = state;
	size_t i;

	if (bad != NULL && strcmp(bad->mode, "nomem") == 0 &&
	    atomic_fetch_add(&bad->n_runs, 1) == 0)
		return ocr_err_nomem(err);
	if (bad != NULL && strcmp(bad->mode, "check") == 0 && job->in->seq == 1)
		nap_ms(bad->at);
	if (job->out->len != job->in->len)
		return ocr_err_set(err, -OCR_EFORMAT, "wrong result: length");
	for (i = 0; i < job->in->len; i++)
		if (job->out->data[i] != (unsigned char)~job->in->data[i])
			return ocr_err_set(err, -OCR_EFORMAT,
			    "wrong result: byte %zu", i);
	return 0;
}

static inline void
t_close(void *state)
{
	(void)state;
}

static inline struct ocr_kernel
kernel_for(const char *name, struct bad *bad)
{
	return (struct ocr_kernel){
	    .name = name,
	    .arg = bad,
	    .out_bytes = t_out_bytes,
	    .open = t_open,
	    .run = t_run,
	    .verify = t_verify,
	    .close = t_close,
	};
}

/* ---- the worker's side ---- */

static inline void
say_begin(struct ocr_begin *b)
{
	*b = (struct ocr_begin){.type = OCR_RAW};
	strcpy(b->tool, "test_worker_host 1.0");
	strcpy(b->build, "test");
	strcpy(b->devices, "cpu:2");
}

static inline int
serve(const char *name, struct bad *bad, size_t n_threads)
{
	struct ocr_kernel kernel = kernel_for(name, bad);
	struct ocr_ui ui = {.tool = "worker"};
	struct ocr_worker cpus[8];
	struct ocr_team team = {
	    .workers = cpus,
	    .n_workers = n_threads,
	    .n_cpus = n_threads,
	    .done = ocr_queue_new(),
	    .schedule = ocr_schedule_default(OCR_HWS),
	};
	struct ocr_worker_serve w = {.kernel = &kernel,
	    .team = &team,
	    .ui = &ui};
	struct ocr_err err = {0};
	size_t i;
	int r;

	say_begin(&w.begin);
	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < n_threads; i++) {
		ocr_worker_cpu_init(&cpus[i], (unsigned)i);
		cpus[i].done = team.done;
	}
	r = ocr_worker_serve(&w, &err);
	if (r < 0)
		ocr_ui_error(&ui, &err);
	ocr_team_close(&team);
	ocr_queue_free(team.done);
	return ocr_err_exit_status(r);
}

static inline int
plain_take(struct ocr_room *room, struct ocr_chunk *c, size_t cap,
    struct ocr_err *err)
{
	(void)room;
	(void)err;
	if (cap <= c->cap)
		return 0;
	c->data = realloc(c->data, cap);
	c->cap = cap;
	return 0;
}

static inline void
ignore_ping(void *ctx, const struct ocr_ping *ping)
{
	(void)ctx;
	(void)ping;
}

static inline void
ignore_read(void *ctx, bool is_waiting)
{
	(void)ctx;
	(void)is_waiting;
}

/* An answer of which the end does not come. */
static inline void
say_half(const struct ocr_chunk *c)
{
	struct ocr_frame f = {.kind = OCR_FRAME_CHUNK,
	    .seq = c->seq,
	    .at = c->at,
	    .type = OCR_RAW,
	    .size = c->len,
	    .raw_len = c->len,
	    .raw_crc = c->raw_crc,
	    .mode = 0644};
	uint8_t block[OCR_FRAME_BYTES];
	struct ocr_err err = {0};

	ocr_frame_set_name(&f, "-");
	ocr_frame_encode(&f, c->raw_crc, block);
	ocr_write_full(1, block, sizeof(block), "out", &err);
	ocr_write_full(1, c->data, c->len / 2, "out", &err);
	nap_ms(600000);
}

/* Lives, but takes nothing. */
static inline void
be_deaf(struct ocr_sink_stream *out)
{
	struct ocr_ping ping = {0};
	struct ocr_err err = {0};

	close(0);
	for (int i = 0; i < 400; i++) {
		if (ocr_sink_stream_ping(out, &ping, &err) < 0)
			break;
		nap_ms(50);
	}
}

/* More than one read takes; each line begins as our tools' do. */
static inline void
say_lines(void)
{
	char text[4000];
	struct ocr_err err = {0};
	size_t n = 0;
	int i;

	for (i = 0; i < 40; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "test: line %d %065d.\n", i, 0);
	ocr_write_full(2, text, n, "stderr", &err);
}

/* A worker of another make: answers what it should not. */
static inline int
serve_badly(const char *mode)
{
	struct ocr_room room = {.take = plain_take};
	struct ocr_chunk c = {.room = &room};
	struct ocr_job job = {.in = &c, .out = &c};
	struct ocr_source_stream in = {0};
	struct ocr_sink_stream out = {0};
	struct ocr_output o = {0};
	struct ocr_begin begin;
	struct ocr_err err = {0};

	ocr_output_open(&o, NULL, OCR_EXISTS_ERROR, &err);
	if (ocr_source_stream_open(&in, 0, "stdin", NULL, 0, &err) < 0)
		return 1;
	in.on_ping = ignore_ping;
	in.on_read = ignore_read;
	say_begin(&begin);
	memcpy(begin.id, in.begin.id, sizeof(begin.id));
	strcpy(begin.kernel, "t");
	begin.slots = 2;
	if (strcmp(mode, "otherid") == 0)
		begin.id[0] = begin.id[0] == '0' ? '1' : '0';
	if (strcmp(mode, "words") == 0)
		fputs("banner\ntest: odd kernels\n", stderr);
	if (strcmp(mode, "mute") != 0)
		ocr_sink_stream_open(&out, &o, &begin, &err);
	if (strcmp(mode, "busy") == 0)
		nap_ms(600000);
	if (strcmp(mode, "deaf") == 0)
		be_deaf(&out);
	while (in.source.next(&in.source, &c, &err) > 0) {
		if (c.kind == OCR_CHUNK_ORIGIN)
			continue;
		if (strcmp(mode, "silent") == 0 || strcmp(mode, "mute") == 0)
			continue;
		if (strcmp(mode, "quiet") == 0)
			nap_ms(600000);
		ocr_chunk_load(&c, &err);
		for (size_t i = 0; i < c.len; i++)
			c.data[i] = (unsigned char)~c.data[i];
		c.raw_crc = ocr_crc32(0, c.data, c.len);
		if (strcmp(mode, "words") == 0) {
			/* It finds all of it at once. */
			kill(getppid(), SIGSTOP);
			nap_ms(20);
			say_lines();
		}
		if (strcmp(mode, "foreign") == 0 || strcmp(mode, "words") == 0)
			c.seq += 1000;
		if (strcmp(mode, "offset") == 0)
			c.at += 1;
		if (strcmp(mode, "half") == 0)
			say_half(&c);
		out.sink.put(&out.sink, &job, &err);
		if (strcmp(mode, "words") == 0)
			kill(getppid(), SIGCONT);
		if (strcmp(mode, "twice") == 0)
			out.sink.put(&out.sink, &job, &err);
		if (strncmp(mode, "end", 3) == 0)
			ocr_sink_stream_finish(&out, 1, &err);
		if (strcmp(mode, "endwhy") == 0) {
			nap_ms(50);
			fputs("test: no memory is left\n", stderr);
			_exit(1);
		}
		ocr_chunk_reset(&c);
	}
	return 0;
}

/* A begin of another version. */
static inline int
serve_version(const char *version)
{
	char text[200];
	struct ocr_frame f = {.kind = OCR_FRAME_BEGIN, .mode = 0644};
	uint8_t block[OCR_FRAME_BYTES], pad[OCR_FRAME_BYTES] = {0};
	char byte;
	struct ocr_err err = {0};

	f.size = (uint64_t)snprintf(text, sizeof(text),
	    "version=%s\ntype=raw\nid=%032d\ntool=ocr-new 9.9\n", version, 0);
	ocr_frame_encode(&f, ocr_crc32(0, text, f.size), block);
	ocr_write_full(1, block, sizeof(block), "out", &err);
	ocr_write_full(1, text, f.size, "out", &err);
	ocr_write_full(1, pad, ocr_frame_padding(f.size), "out", &err);
	while (read(0, &byte, 1) == 1)
		;
	return 0;
}

/* The link turns a bit of byte 'at'. */
static inline int
serve_flipped(uint64_t at, const char *self)
{
	char *argv[] = {(char *)(uintptr_t)self, (char *)"worker", (char *)"ok",
	    NULL};
	struct ocr_proc_spec spec = {.argv = argv, .in_fd = -1, .err_fd = -1};
	struct ocr_proc p;
	struct ocr_err err = {0};
	uint8_t buf[4096];
	uint64_t n_all = 0;
	ssize_t n;
	int fd[2];

	if (pipe(fd) < 0)
		return 1;
	spec.out_fd = fd[1];
	if (ocr_proc_start(&p, &spec, &err) < 0)
		return 1;
	close(fd[1]);
	close(0);
	while ((n = read(fd[0], buf, sizeof(buf))) > 0) {
		if (n_all <= at && at < n_all + (uint64_t)n)
			buf[at - n_all] ^= 0x10;
		n_all += (uint64_t)n;
		ocr_write_full(1, buf, (size_t)n, "out", &err);
	}
	ocr_proc_end(&p, 0);
	return 0;
}

struct far {
	int in, out;
	unsigned ms;
};

/* What comes goes on so much later, whatever comes meanwhile. */
static inline void
far_main(void *arg)
{
	static const size_t room = 1 << 24;
	struct far *f = arg;
	struct {
		uint64_t ns;
		size_t n;
	} *q = calloc(65536, sizeof(*q));
	unsigned char *buf = malloc(room);
	size_t head = 0, tail = 0, first = 0, last = 0;
	struct ocr_err err = {0};
	struct pollfd p = {.fd = f->in, .events = POLLIN};
	uint64_t now;
	ssize_t n;

	while (p.fd >= 0 || first < last) {
		now = ocr_now_ns();
		if (first < last && q[first % 65536].ns <= now) {
			if (ocr_write_full(f->out, buf + head % room,
				q[first % 65536].n, "far", &err) < 0)
				break;
			head += q[first++ % 65536].n;
			continue;
		}
		n = 50;
		if (first < last)
			n = (ssize_t)((q[first % 65536].ns - now) / 1000000) +
			    1;
		if (poll(&p, 1, (int)n) <= 0)
			continue;
		n = (ssize_t)(room - tail % room < 65536 ? room - tail % room
							 : 65536);
		n = read(p.fd, buf + tail % room, (size_t)n);
		if (n <= 0) {
			p.fd = -1;
			continue;
		}
		q[last % 65536].ns = ocr_now_ns() + f->ms * UINT64_C(1000000);
		q[last++ % 65536].n = (size_t)n;
		tail += (size_t)n;
	}
	close(f->out);
	free(q);
	free(buf);
}

/* A host at the other end of a line that takes so long each way. */
static inline int
serve_far(unsigned ms, const char *self)
{
	char *argv[] = {(char *)(uintptr_t)self, (char *)"worker",
	    (char *)"slow", (char *)"10", NULL};
	struct ocr_proc_spec spec = {.argv = argv, .err_fd = -1};
	struct ocr_thread *there = NULL;
	struct ocr_proc p;
	struct ocr_err err = {0};
	int to[2], from[2];

	signal(SIGPIPE, SIG_IGN);
	if (pipe2(to, O_CLOEXEC) < 0 || pipe2(from, O_CLOEXEC) < 0)
		return 1;
	spec.in_fd = to[0];
	spec.out_fd = from[1];
	if (ocr_proc_start(&p, &spec, &err) < 0)
		return 1;
	close(to[0]);
	close(from[1]);
	struct far one = {0, to[1], ms}, other = {from[0], 1, ms};

	if (ocr_thread_start(&there, far_main, &one, &err) < 0)
		return 1;
	far_main(&other);
	ocr_proc_end(&p, 100);
	_exit(0);
}

static inline int
worker_main(const char *self, const char *mode, const char *arg)
{
	struct bad bad = {.mode = mode,
	    .file = arg,
	    .at = arg != NULL ? (unsigned)atoi(arg) : 0};

	if (strcmp(mode, "nothing") == 0)
		return 0;
	if (strcmp(mode, "motd") == 0) {
		if (write(1, "\r\nWelcome to \x1b[1mhost\nbye\n", 27) < 0)
			return 1;
		mode = bad.mode = "ok";
	}
	if (strcmp(mode, "refused") == 0) {
		fputs("ssh: connect to host x port 22: refused\n", stderr);
		return 255;
	}
	if (strcmp(mode, "once") == 0) {
		/* The first connection makes a file and dies. */
		int fd = open(arg, O_CREAT | O_EXCL | O_WRONLY, 0600);

		if (fd >= 0) {
			close(fd);
			bad.mode = "die";
			bad.at = 0;
		}
	}
	if (strcmp(mode, "version") == 0)
		return serve_version(arg);
	if (strcmp(mode, "flip") == 0)
		return serve_flipped(strtoull(arg, NULL, 10), self);
	if (strcmp(mode, "kernel") == 0)
		return serve("other", NULL, 1);
	if (strcmp(mode, "fake") == 0)
		return serve_badly(arg);
	if (strcmp(mode, "far") == 0)
		return serve_far((unsigned)atoi(arg), self);
	return serve("t", &bad, 2);
}

/* ---- the master's side ---- */

struct source {
	struct ocr_source source;
	uint64_t n, i, fail_at;
	struct ocr_origin *origin;
	bool is_double; /* every number twice */
	/* Wait for this one after one chunk, and for so many connections of
	 * it after half of them. */
	const struct ocr_worker *first;
	unsigned n_connections;
	/* From this one on that file is there. */
	uint64_t sign_at;
	const char *sign;
};

static inline void
make_file(const char *file)
{
	int fd = open(file, O_CREAT | O_WRONLY, 0600);

	if (fd >= 0)
		close(fd);
}

static inline bool
is_awaited(const struct source *s)
{
	struct ocr_host_facts facts;

	if (s->first == NULL)
		return false;
	ocr_worker_host_facts(s->first, &facts);
	if (s->i == 1)
		return facts.n_connections + facts.n_failures == 0;
	return s->i == s->n / 2 && facts.n_connections < s->n_connections;
}

static inline int
next(struct ocr_source *source, struct ocr_chunk *c, struct ocr_err *err)
{
	struct source *s = (struct source *)source;
	size_t len = s->i % 5 == 0 ? 1 : CHUNK - s->i % 7;
	int r;

	if (s->i == s->n)
		return 0;
	/* So that a faulty host gets some, however slow the machine is. */
	while (is_awaited(s))
		nap_ms(5);
	if (s->sign != NULL && s->i == s->sign_at)
		make_file(s->sign);
	if (s->i == s->fail_at)
		return ocr_err_set(err, -OCR_EFORMAT, "input is cut");
	r = ocr_chunk_take(c, len, err);
	if (r < 0)
		return r;
	c->seq = s->is_double ? s->i / 2 : s->i;
	c->at = s->i * CHUNK;
	memset(c->data, (int)(s->i % 251), len);
	c->len = len;
	ocr_chunk_set_origin(c, s->origin);
	s->i++;
	return 1;
}

struct sink {
	struct ocr_sink sink;
	uint64_t n, n_failed, n_bad, fail_at;
	char first[512];
	struct ocr_worker *first_host;
	uint64_t n_all;
	const char *file;
};

/* Before the last one is out: see struct run, file. */
static inline void
await_late(const struct sink *s)
{
	int i;

	if (s->file == NULL || s->n + 1 != s->n_all)
		return;
	for (i = 0; i < 4000; i++) {
		if (atomic_load(&s->first_host->n_owed) > 0)
			break;
		nap_ms(5);
	}
	make_file(s->file);
	for (i = 0; i < 4000; i++) {
		if (atomic_load(&s->first_host->n_late) > 0)
			break;
		nap_ms(5);
	}
}

static inline int
put(struct ocr_sink *sink, struct ocr_job *job, struct ocr_err *err)
{
	struct sink *s = (struct sink *)sink;
	uint64_t i = s->n;

	await_late(s);
	if (i == s->fail_at)
		return ocr_err_set(err, -OCR_EPIPE, "sink fails");
	if (job->status == -OCR_ECANCEL)
		return ocr_err_set(err, -OCR_ECANCEL, "stopped");
	s->n++;
	if (job->status < 0) {
		if (s->n_failed++ == 0)
			snprintf(s->first, sizeof(s->first), "%s",
			    job->err.text);
		return 0;
	}
	if (job->in->at != i * CHUNK || job->out->len != job->in->len ||
	    job->out->data[0] != (unsigned char)~(i % 251) ||
	    t_verify(NULL, job, err) < 0)
		s->n_bad++;
	ocr_err_clear(err);
	return 0;
}

struct host {
	const char *mode, *arg;
};

struct run {
	struct host hosts[MAX_HOSTS];
	size_t n_hosts, n_cpus;
	uint64_t n_chunks, source_fails, sink_fails;
	unsigned timeout_ms, connect_ms, back_off_ms;
	bool is_h1_timed; /* the first two are of h1 alone */
	enum ocr_verify verify;
	bool is_double, is_first_awaited;
	unsigned n_connections;
	bool has_no_copies, is_strict, is_told; /* ... on stderr */
	const struct ocr_blob *blob;
	bool has_weak_cpu; /* a thread fails at numbers that end in 3 */
	bool is_inexact;   /* the kernel */
	unsigned check_ms; /* of a chunk, here */
	bool is_short;     /* of memory, for the first check */
	/* The last result is only written when h1 has to forget something;
	 * then this file is made, and the host's late answer waited for. */
	const char *file;
	/* Or it is made when so many chunks have been read. */
	uint64_t sign_at;
	uint64_t memory_bytes;
	enum ocr_halt halt;
	uint64_t halt_fails;
	bool has_retries;
	unsigned n_retries;
	struct ocr_joblog *joblog;
	const struct ocr_joblog_done *done;
	bool (*recall)(void *ctx, struct ocr_job *job,
	    const struct ocr_joblog_sum *sum);
	void *recall_ctx;
	/* what came of it */
	int r;
	struct ocr_err err;
	struct sink sink;
	uint64_t by_host[MAX_HOSTS], n_copies;
	unsigned n_late[MAX_HOSTS];
	uint64_t n_forgotten[MAX_HOSTS];
	bool is_retired[MAX_HOSTS];
	char text[MAX_HOSTS][512]; /* why */
	struct ocr_host_facts facts[MAX_HOSTS];
	uint64_t ns;
};

static inline void
init_host(struct ocr_worker *w, struct run *run, size_t i, char **argv,
    const char *self, struct ocr_ui *ui)
{
	struct ocr_worker_host_opt opt = {
	    .argv = argv,
	    .connect_timeout_ms = run->connect_ms,
	    .timeout_ms = run->timeout_ms,
	    .back_off_ms = run->back_off_ms,
	    .verify = run->verify,
	    .blob = run->blob,
	    .ui = ui,
	};
	struct ocr_err err = {0};
	char name[16];

	if (run->is_h1_timed && i > 0)
		opt.connect_timeout_ms = opt.timeout_ms = 600000;
	snprintf(name, sizeof(name), "h%u", (unsigned)i + 1);
	opt.name = name;
	say_begin(&opt.begin);
	opt.begin.chunk_bytes = CHUNK;
	argv[0] = (char *)(uintptr_t)self;
	argv[1] = (char *)"worker";
	argv[2] = (char *)(uintptr_t)run->hosts[i].mode;
	argv[3] = (char *)(uintptr_t)run->hosts[i].arg;
	argv[4] = NULL;
	ocr_worker_host_init(w, &opt, &err);
	if (i == 0) {
		atomic_store(&n_given, 0);
		real_ops = w->ops;
		counted_ops = *w->ops;
		counted_ops.submit = count_submit;
		w->ops = &counted_ops;
	}
	w->launch_ns = 0; /* at once, also beside CPUs */
}

static inline void
go(struct run *run, const char *self)
{
	struct ocr_kernel kernel = kernel_for("t", NULL);
	struct bad weak = {.mode = "weak"};
	/* Threads leave hosts something. */
	struct bad calm = {.mode = "calm", .at = 20};
	struct bad check = {.mode = run->is_short ? "nomem" : "check",
	    .at = run->check_ms};
	struct ocr_worker w[MAX_HOSTS + 4];
	char *argv[MAX_HOSTS][5];
	struct ocr_team team = {
	    .workers = w,
	    .n_workers = run->n_cpus + run->n_hosts,
	    .n_cpus = run->n_cpus,
	    .done = ocr_queue_new(),
	    .schedule = ocr_schedule_default(OCR_HWS),
	};
	struct source source = {.source = {.next = next, .cancel_fd = -1},
	    .n = run->n_chunks,
	    .fail_at = run->source_fails > 0 ? run->source_fails : UINT64_MAX,
	    .origin = ocr_origin_new("dir/a file", NULL),
	    .n_connections = run->n_connections,
	    .is_double = run->is_double};
	struct ocr_ui ui = {.tool = "test"};
	struct ocr_stream s = {
	    .source = &source.source,
	    .sink = &run->sink.sink,
	    .kernel = &kernel,
	    .team = &team,
	    .chunk_bytes = CHUNK,
	    .ui = run->is_told || getenv("VERBOSE") != NULL ? &ui : NULL,
	    .memory_bytes = run->memory_bytes,
	    .is_strict = run->is_strict,
	    .halt = run->halt,
	    .halt_fails = run->halt_fails,
	    .has_retries = run->has_retries,
	    .n_retries = run->n_retries,
	    .joblog = run->joblog,
	    .done = run->done,
	    .recall = run->recall,
	    .recall_ctx = run->recall_ctx,
	};
	struct ocr_worker_news news;
	uint64_t begun = ocr_now_ns();
	size_t i;

	run->sink = (struct sink){.sink = {.put = put},
	    .fail_at = run->sink_fails > 0 ? run->sink_fails : UINT64_MAX};
	ocr_err_clear(&run->err);
	team.schedule.has_no_steals = run->has_no_copies;
	kernel.is_inexact = run->is_inexact;
	if (run->check_ms > 0 || run->is_short)
		kernel.arg = &check;
	else if (run->has_weak_cpu)
		kernel.arg = &weak;
	else if (run->is_first_awaited && run->n_cpus > 0)
		kernel.arg = &calm;
	if (run->sign_at > 0) {
		source.sign = run->file;
		source.sign_at = run->sign_at;
	} else if (run->file != NULL) {
		run->sink.first_host = &w[run->n_cpus];
		run->sink.n_all = run->n_chunks;
		run->sink.file = run->file;
	}
	run->n_copies = 0;
	for (i = 0; i < run->n_cpus; i++)
		ocr_worker_cpu_init(&w[i], (unsigned)i);
	for (i = 0; i < run->n_hosts; i++)
		init_host(&w[run->n_cpus + i], run, i, argv[i], self, s.ui);
	for (i = 0; i < team.n_workers; i++)
		w[i].done = team.done;
	if (run->is_first_awaited)
		source.first = &w[run->n_cpus];
	/* Threads are so fast that nobody else would be asked. */
	if (run->is_first_awaited && run->n_cpus > 0)
		ocr_team_open(&team, run->n_cpus, &kernel, &run->err);
	run->r = ocr_stream_run(&s, &run->err);
	for (i = 0; i < run->n_hosts; i++) {
		run->by_host[i] = w[run->n_cpus + i].n_jobs;
		run->n_late[i] = atomic_load(&w[run->n_cpus + i].n_late);
		run->n_forgotten[i] = w[run->n_cpus + i].n_forgotten;
		run->is_retired[i] = w[run->n_cpus + i].is_retired;
		ocr_worker_host_facts(&w[run->n_cpus + i], &run->facts[i]);
		memset(&news, 0, sizeof(news));
		if (w[run->n_cpus + i].is_open)
			w[run->n_cpus + i].ops->news(&w[run->n_cpus + i],
			    &news);
		snprintf(run->text[i], sizeof(run->text[i]), "%s",
		    news.err.text);
	}
	for (i = 0; i < team.n_workers; i++)
		run->n_copies += w[i].n_copies;
	ocr_team_close(&team);
	run->ns = ocr_now_ns() - begun;
	for (i = 0; i < run->n_hosts; i++)
		ocr_worker_host_release(&w[run->n_cpus + i]);
	ocr_queue_free(team.done);
	ocr_origin_unref(source.origin);
}

static inline int
is_all_right(const struct run *run, const char *name)
{
	int is_ok = run->r == 0 && run->sink.n == run->n_chunks &&
		    run->sink.n_failed == 0 && run->sink.n_bad == 0;

	if (!ok(is_ok, "%s: every chunk once, right, in order", name))
		diag("r %d (%s), %" PRIu64 " out, %" PRIu64 " failed (%s), "
		     "%" PRIu64 " bad; h1: %s",
		    run->r, run->err.text, run->sink.n, run->sink.n_failed,
		    run->sink.first, run->sink.n_bad, run->text[0]);
	return is_ok;
}

static inline void
has_text(const char *got, const char *want, const char *name)
{
	if (!ok(strstr(got, want) != NULL, "%s: says \"%s\"", name, want))
		diag("got \"%s\"", got);
}

/* Not where an emulator of another processor runs this program: the system
 * does not start it by itself then. */
static inline bool
can_be_host(const char *self)
{
	char *argv[] = {(char *)(uintptr_t)self, (char *)"worker",
	    (char *)"nothing", NULL};
	struct ocr_proc_spec spec = {.argv = argv,
	    .in_fd = -1,
	    .out_fd = -1,
	    .err_fd = -1};
	struct ocr_err err = {0};
	struct ocr_proc p;
	int status = 1;

	return ocr_proc_start(&p, &spec, &err) == 0 &&
	       ocr_proc_wait(&p, 0, &status, &err) == 1 && status == 0;
}

#endif
