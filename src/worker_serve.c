/*
 * worker_serve.c - serve chunks to a master: see worker_serve.h
 *
 *   source_stream -> stream loop, unordered -> [shards] -> sink_stream
 *
 * Beside them a thread that watches: it sends a sign of life each quarter of the
 * time limit, so that a long chunk is not taken for a dead worker, and ends the
 * process when the reader has waited in vain for longer than the limit, because
 * a link that is down looks like a master that thinks.
 */
#include "config.h"

#include "src/worker_serve.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/io.h"
#include "common/sink_stream.h"
#include "common/source_stream.h"
#include "common/stream.h"
#include "common/thread.h"
#include "src/blob_cache.h"

#define PINGS_PER_TIMEOUT 4
#define BEGIN_MS 60000

struct serve {
	struct ocr_source source;
	struct ocr_sink sink;
	const struct ocr_worker_serve *opt;
	struct ocr_source_stream in;
	struct ocr_sink_stream out;
	int out_fd, blob_fd; /* -1: it has to be sent */
	uint64_t timeout_ns; /* 0: the other end has promised nothing */
	struct ocr_monitor *monitor;
	bool is_writing;   /* lock: monitor; by the loop or the watch */
	bool is_asked;     /* lock: monitor; a ping is to be answered */
	bool is_over;      /* lock: monitor */
	uint64_t last_seq; /* lock: monitor */
	uint64_t n_busy;   /* lock: monitor */
	bool is_waiting;   /* lock: monitor; for bytes ... */
	uint64_t since_ns; /* ... since then */
};

/* Files and children go too, where main has installed its handlers. */
static void
end_process(void)
{
	kill(getpid(), SIGTERM);
}

static void
on_ping(void *ctx, const struct ocr_ping *ping)
{
	struct serve *s = ctx;

	ocr_monitor_enter(s->monitor);
	s->last_seq = ping->seq;
	s->is_asked = true;
	ocr_monitor_notify(s->monitor);
	ocr_monitor_leave(s->monitor);
}

static void
on_read(void *ctx, bool is_waiting)
{
	struct serve *s = ctx;

	ocr_monitor_enter(s->monitor);
	s->is_waiting = is_waiting;
	s->since_ns = ocr_now_ns();
	ocr_monitor_leave(s->monitor);
}

static int
serve_next(struct ocr_source *source, struct ocr_chunk *c, struct ocr_err *err)
{
	struct serve *s = (struct serve *)source;
	int r;

	s->in.source.cancel_fd = source->cancel_fd;
	r = s->in.source.next(&s->in.source, c, err);
	if (r > 0 && c->kind == OCR_CHUNK_DATA) {
		ocr_monitor_enter(s->monitor);
		s->n_busy++;
		ocr_monitor_leave(s->monitor);
	}
	/* Its master has gone, or talks nonsense. */
	if (r < 0 && r != -OCR_ECANCEL) {
		ocr_ui_error(s->opt->ui, err);
		end_process();
	}
	return r;
}

/* One writer at a time; not under the lock. */
static void
write_begin(struct serve *s)
{
	ocr_monitor_enter(s->monitor);
	while (s->is_writing)
		ocr_monitor_wait(s->monitor);
	s->is_writing = true;
	ocr_monitor_leave(s->monitor);
}

static void
write_end(struct serve *s)
{
	ocr_monitor_enter(s->monitor);
	s->is_writing = false;
	ocr_monitor_notify(s->monitor);
	ocr_monitor_leave(s->monitor);
}

static int
serve_put(struct ocr_sink *sink, struct ocr_job *job, struct ocr_err *err)
{
	struct serve *s =
	    (struct serve *)((char *)sink - offsetof(struct serve, sink));
	int r;

	/* Sources are announced to us, not by us. */
	if (job->out->kind == OCR_CHUNK_ORIGIN)
		return 0;
	if (s->opt->shards != NULL && job->status == 0 &&
	    job->out->type != OCR_ERROR)
		job->status = ocr_shards_put(s->opt->shards, job, &job->err);
	write_begin(s);
	ocr_monitor_enter(s->monitor);
	s->n_busy--;
	ocr_monitor_leave(s->monitor);
	r = s->out.sink.put(&s->out.sink, job, err);
	write_end(s);
	return r;
}

/* There is room for a ping, which is less than PIPE_BUF. */
static bool
is_writable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};

	return poll(&p, 1, 0) > 0 && (p.revents & POLLOUT) != 0;
}

/* The watch must not wait for anything but the clock. */
static void
send_ping(struct serve *s)
{
	struct ocr_ping ping;
	struct ocr_err lost = {0};
	bool is_free;

	ocr_monitor_enter(s->monitor);
	is_free = !s->is_writing;
	s->is_writing = true;
	ping = (struct ocr_ping){.seq = s->last_seq, .busy = s->n_busy};
	s->is_asked = s->is_asked && !is_free;
	ocr_monitor_leave(s->monitor);
	if (!is_free)
		return;
	/* That nobody reads, the reader notices. */
	if (is_writable(s->out_fd))
		ocr_sink_stream_ping(&s->out, &ping, &lost);
	write_end(s);
}

static bool
is_silent(const struct serve *s, uint64_t now_ns)
{
	return s->is_waiting && now_ns > s->since_ns &&
	       now_ns - s->since_ns > s->timeout_ns;
}

static void
watch_main(void *arg)
{
	struct serve *s = arg;
	uint64_t step_ns = s->timeout_ns / PINGS_PER_TIMEOUT, now_ns;
	uint64_t next_ns = ocr_now_ns() + step_ns;
	struct ocr_err err = {0};
	bool is_due, has_gone;

	ocr_monitor_enter(s->monitor);
	while (!s->is_over) {
		now_ns = ocr_now_ns();
		has_gone = is_silent(s, now_ns);
		is_due = now_ns >= next_ns || (s->is_asked && !s->is_writing);
		if (!is_due && !has_gone) {
			ocr_monitor_wait_for(s->monitor, next_ns - now_ns);
			continue;
		}
		ocr_monitor_leave(s->monitor);
		if (has_gone) {
			ocr_err_set(&err, -OCR_EHOST,
			    "the other end has been silent for %" PRIu64 " ms",
			    s->timeout_ns / 1000000);
			ocr_ui_error(s->opt->ui, &err);
			end_process();
		}
		send_ping(s);
		if (now_ns >= next_ns)
			next_ns = now_ns + step_ns;
		ocr_monitor_enter(s->monitor);
		if (has_gone)
			break;
	}
	ocr_monitor_leave(s->monitor);
}

/* Descriptor 1 is the stream's alone. */
static int
take_stdout(struct serve *s, struct ocr_output *out, struct ocr_err *err)
{
	int r = ocr_output_open(out, NULL, OCR_EXISTS_ERROR, err);

	if (r < 0)
		return r;
	s->out_fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (s->out_fd < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		return ocr_err_sys(err, "stdout");
	out->fd = s->out_fd;
	return 0;
}

/* Those that work while others can are slots, those in reserve are not. */
static size_t
count_workers(const struct ocr_team *t)
{
	size_t i, n = 0;

	for (i = 0; i < t->n_workers; i++)
		n += !t->workers[i].is_reserve;
	return n;
}

/* What was asked for, and what we say to that. */
static int
answer(struct serve *s, struct ocr_output *out, struct ocr_err *err)
{
	const struct ocr_worker_serve *opt = s->opt;
	const struct ocr_begin *asked = &s->in.begin;
	struct ocr_begin begin = opt->begin;
	size_t n = count_workers(opt->team);
	int r;

	memcpy(begin.id, asked->id, sizeof(begin.id));
	snprintf(begin.kernel, sizeof(begin.kernel), "%s", opt->kernel->name);
	begin.slots = n < 1               ? 1
		      : n > OCR_SLOTS_MAX ? OCR_SLOTS_MAX
					  : (uint32_t)n;
	begin.timeout_ms = asked->timeout_ms;
	if (opt->shards != NULL)
		begin.type = OCR_SHARD;
	begin.chunk_bytes = asked->chunk_bytes;
	if (opt->take_blob != NULL)
		s->blob_fd = ocr_blob_cache_open(asked->blob);
	if (s->blob_fd >= 0)
		memcpy(begin.blob, asked->blob, sizeof(begin.blob));
	r = ocr_sink_stream_open(&s->out, out, &begin, err);
	/* The other end sees what we are and says it better. */
	if (r == 0 && strcmp(asked->kernel, begin.kernel) != 0)
		r = ocr_err_set(err, -OCR_EUSAGE,
		    "asked for %s, but this is %s",
		    asked->kernel[0] != '\0' ? asked->kernel : "nothing",
		    begin.kernel);
	return r;
}

/* 1: to the loop; 0: the other end wants nothing. */
static int
take_blob(struct serve *s, struct ocr_err *err)
{
	uint8_t *data;
	size_t len;
	int r;

	if (s->blob_fd >= 0) {
		r = ocr_blob_cache_read(s->blob_fd, s->in.begin.blob, &data,
		    &len, err);
		s->blob_fd = -1;
	} else {
		r = ocr_source_stream_blob(&s->in, &data, &len, err);
		if (r == 0)
			return 0;
		if (r > 0)
			ocr_blob_cache_put(data, len);
	}
	if (r < 0)
		return r;
	r = s->opt->take_blob(s->opt->ctx, data, len, err);
	return r < 0 ? r : 1;
}

static int
run_loop(struct serve *s, struct ocr_err *err)
{
	const struct ocr_worker_serve *opt = s->opt;
	struct ocr_stream loop = {
	    .source = &s->source,
	    .sink = &s->sink,
	    .kernel = opt->kernel,
	    .team = opt->team,
	    .chunk_bytes = s->in.begin.chunk_bytes != 0
			       ? (size_t)s->in.begin.chunk_bytes
			       : OCR_CHUNK_BYTES,
	    /* The other end knows how much may be here.  A reader that waits
	     * for memory hears nothing, and not that nobody is there. */
	    .memory_bytes =
		opt->memory_bytes > 0 ? opt->memory_bytes : UINT64_MAX,
	    .is_unordered = true,
	    .ui = opt->ui,
	};
	int r = 1;

	if (opt->take_blob != NULL)
		r = take_blob(s, err);
	return r > 0 ? ocr_stream_run(&loop, err) : r;
}

static int
run(struct serve *s, struct ocr_err *err)
{
	struct ocr_thread *watch = NULL;
	int r = 0;

	s->timeout_ns = (uint64_t)s->in.begin.timeout_ms * 1000000;
	s->in.ctx = s;
	s->in.on_ping = on_ping;
	s->in.on_read = on_read;
	if (s->timeout_ns > 0)
		r = ocr_thread_start(&watch, watch_main, s, err);
	if (r == 0)
		r = run_loop(s, err);
	ocr_monitor_enter(s->monitor);
	s->is_over = true;
	ocr_monitor_notify(s->monitor);
	ocr_monitor_leave(s->monitor);
	ocr_thread_join(watch);
	return r;
}

/* Until it is there nothing is known of a time limit; a link may go down before. */
static int
await_begin(struct ocr_err *err)
{
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
	int r;

	do {
		r = poll(&p, 1, BEGIN_MS);
	} while (r < 0 && errno == EINTR);
	return r != 0 ? 0
		      : ocr_err_set(err, -OCR_EHOST,
			    "stdin: nothing within %d s", BEGIN_MS / 1000);
}

int
ocr_worker_serve(const struct ocr_worker_serve *w, struct ocr_err *err)
{
	struct ocr_output out = {0};
	struct ocr_err lost = {0};
	struct serve s = {
	    .source = {.next = serve_next, .cancel_fd = -1},
	    .sink = {.put = serve_put},
	    .opt = w,
	    .out_fd = -1,
	    .blob_fd = -1,
	    .monitor = ocr_monitor_new(),
	};
	int r, r2;

	if (s.monitor == NULL)
		return ocr_err_nomem(err);
	r = take_stdout(&s, &out, err);
	if (r == 0)
		r = await_begin(err);
	if (r == 0)
		r = ocr_source_stream_open(&s.in, STDIN_FILENO, "stdin", NULL,
		    0, err);
	if (r == 0)
		r = answer(&s, &out, err);
	if (r == 0)
		r = run(&s, err);
	if (s.out.out != NULL && r != -OCR_EPIPE) {
		/* Chunks that failed are no failure of the connection. */
		r2 = ocr_sink_stream_finish(&s.out, r == 0, &lost);
		if (r == 0 && r2 < 0 && s.out.n_failed == 0)
			r = ocr_err_set(err, r2, "%s", lost.text);
	}
	ocr_sink_stream_release(&s.out);
	ocr_source_stream_release(&s.in);
	if (s.out_fd >= 0)
		close(s.out_fd);
	if (s.blob_fd >= 0)
		close(s.blob_fd);
	ocr_monitor_free(s.monitor);
	return r;
}
