/*
 * run_command.c - see run_command.h
 *
 * Both pipes are served by one poll(): a command may write before it has read
 * everything, and the other way round.  It leads a process group, so that what
 * it has started ends with it when the run is over before its time.
 */
#include "config.h"

#include "src/run_command.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/io.h"
#include "common/proc.h"
#include "src/run_native.h"

#define GRACE_MS 1000 /* for a command that has to stop */
#define LOOK_MS 100   /* at whether it has */

struct talk {
	const struct ocr_run_command *command;
	struct ocr_job *job;
	struct ocr_proc proc;
	int to, from; /* its standard input and output; -1: closed */
	size_t at;    /* bytes of the chunk that it has */
};

static int
command_fail(struct talk *t, const char *why)
{
	char where[512];

	return ocr_err_set(&t->job->err, -OCR_EFORMAT, "%s: '%s': %s",
	    ocr_chunk_describe(t->job->in, where, sizeof(where)),
	    t->command->argv[0], why);
}

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static bool
is_again(void)
{
	return errno == EINTR || errno == EAGAIN;
}

/* What it does not want to read is its business. */
static void
feed(struct talk *t)
{
	const struct ocr_chunk *in = t->job->in;
	ssize_t n = write(t->to, in->data + t->at, in->len - t->at);

	if (n > 0)
		t->at += (size_t)n;
	if ((n < 0 && !is_again()) || t->at == in->len)
		close_fd(&t->to);
}

static int
collect(struct talk *t)
{
	struct ocr_chunk *out = t->job->out;
	size_t limit = t->command->limit_bytes;
	size_t room = out->cap < limit ? out->cap : limit;
	uint8_t more;
	ssize_t n;
	int r;

	if (out->len == room) {
		/* Only if there is more is more room needed. */
		n = read(t->from, &more, 1);
		if (n > 0) {
			r = ocr_run_more_room(t->job, limit,
			    t->command->argv[0]);
			if (r < 0)
				return r;
			out->data[out->len++] = more;
		}
	} else {
		n = read(t->from, out->data + out->len, room - out->len);
		if (n > 0)
			out->len += (size_t)n;
	}
	if (n == 0)
		close_fd(&t->from);
	if (n < 0 && !is_again())
		return ocr_err_sys(&t->job->err, "cannot read from '%s'",
		    t->command->argv[0]);
	return 0;
}

static int
stopped(struct talk *t)
{
	return ocr_err_set(&t->job->err, -OCR_ECANCEL, "stopped");
}

/* Until it has closed both ends, or the run is over. */
static int
serve(struct talk *t)
{
	int r = 0;

	while (r == 0 && (t->to >= 0 || t->from >= 0)) {
		struct pollfd p[3] = {
		    {.fd = t->to, .events = POLLOUT},
		    {.fd = t->from, .events = POLLIN},
		    {.fd = t->command->source->cancel_fd, .events = POLLIN},
		};

		if (poll(p, 3, -1) < 0)
			continue;
		if (p[2].revents != 0)
			return stopped(t);
		if (p[0].revents != 0)
			feed(t);
		if (p[1].revents != 0)
			r = collect(t);
	}
	return r;
}

static int
await_end(struct talk *t)
{
	struct pollfd stop = {.fd = t->command->source->cancel_fd,
	    .events = POLLIN};
	char text[64];
	int r, status;

	do {
		r = ocr_proc_wait(&t->proc, LOOK_MS, &status, &t->job->err);
		if (r == 0 && poll(&stop, 1, 0) > 0)
			return stopped(t);
	} while (r == 0);
	if (r < 0)
		return r;
	if (status == 0)
		return 0;
	return command_fail(t, ocr_proc_describe(status, text, sizeof(text)));
}

static int
make_pipes(int in[2], int out[2], struct ocr_err *err)
{
	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
		return ocr_err_sys(err, "cannot make a pipe");
	ocr_fd_widen_pipe(in[1]);
	ocr_fd_widen_pipe(out[0]);
	fcntl(in[1], F_SETFL, O_NONBLOCK);
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	return 0;
}

static int
start(struct talk *t, int in, int out)
{
	const struct ocr_chunk *c = t->job->in;
	char seq[32], at[32], len[32], *name;
	const char *env[] = {seq, at, len, NULL, NULL};
	struct ocr_proc_spec spec = {
	    .argv = t->command->argv,
	    .env = env,
	    .in_fd = in,
	    .out_fd = out,
	    .err_fd = -1,
	    .is_group = true,
	};
	int r;

	snprintf(seq, sizeof(seq), "OCR_SEQ=%" PRIu64, c->seq);
	snprintf(at, sizeof(at), "OCR_AT=%" PRIu64, c->at);
	snprintf(len, sizeof(len), "OCR_LEN=%zu", c->len);
	if (asprintf(&name, "OCR_NAME=%s",
		c->origin != NULL ? c->origin->name : "-") < 0)
		return ocr_err_nomem(&t->job->err);
	env[3] = name;
	r = ocr_proc_start(&t->proc, &spec, &t->job->err);
	free(name);
	return r;
}

static int
command_run(void *state, struct ocr_job *job)
{
	struct talk t = {.command = state, .job = job, .to = -1, .from = -1};
	int in[2] = {-1, -1}, out[2] = {-1, -1};
	int r = ocr_run_check_input(job);

	job->out->len = 0; /* may be a second try */
	if (r == 0)
		r = make_pipes(in, out, &job->err);
	if (r == 0)
		r = start(&t, in[0], out[1]);
	close_fd(&in[0]);
	close_fd(&out[1]);
	t.to = in[1];
	t.from = out[0];
	if (r == 0)
		r = serve(&t);
	close_fd(&t.to);
	close_fd(&t.from);
	if (r == 0)
		r = await_end(&t);
	ocr_proc_end(&t.proc, GRACE_MS);
	if (r == 0)
		ocr_run_finish(job);
	return r;
}

static size_t
command_out_bytes(const struct ocr_kernel *k, const struct ocr_chunk *in,
    size_t in_len)
{
	const struct ocr_run_command *c = k->arg;

	(void)in;
	return ocr_run_first_room(c->expand, c->limit_bytes, in_len);
}

static int
command_open(const struct ocr_kernel *k, void **state, struct ocr_err *err)
{
	(void)err;
	*state = (void *)(uintptr_t)k->arg;
	return 0;
}

static void
command_close(void *state)
{
	(void)state;
}

void
ocr_run_command_init(const struct ocr_run_command *c, struct ocr_kernel *k)
{
	*k = (struct ocr_kernel){
	    .name = c->argv[0],
	    .arg = c,
	    .out_bytes = command_out_bytes,
	    .open = command_open,
	    .run = command_run,
	    .close = command_close,
	};
}
