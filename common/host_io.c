/*
 * host_io.c - the child of a host's worker: start, stderr, end
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/host_state.h"
#include "common/io.h"
#include "common/ui.h"

#define LAST_WORDS_MS 300
#define END_MS 500
#define MAX_LINES 50 /* of a connection that are shown */
#define MAX_READS 64 /* of lines that have come; a pipe holds no more */
#define MS_NS UINT64_C(1000000)

/* The first reason counts. */
void
ocr_host_fail(struct ocr_host *h, bool is_final, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	if (h->why.code != 0)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	h->is_final = is_final;
	ocr_err_set(&h->why, -OCR_EDEVICE, "%s", text);
}

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int
make_wake_fd(struct ocr_host *h, struct ocr_err *err)
{
	int fd = h->wake_fd;

	if (fd < 0)
		fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ocr_monitor_enter(h->monitor);
	h->wake_fd = fd;
	ocr_monitor_leave(h->monitor);
	return fd < 0 ? ocr_err_sys(err, "cannot make an eventfd") : 0;
}

void
ocr_host_start(struct ocr_host *h)
{
	int in[2] = {-1, -1}, out[2] = {-1, -1}, err[2] = {-1, -1};
	struct ocr_proc_spec spec = {
	    .argv = h->opt.argv,
	    .env = h->opt.env,
	    .is_group = true,
	};
	struct ocr_err why = {0};
	int r, code;

	h->is_short = false;
	h->n_line = h->n_lines = 0;
	h->held_ns = 0;
	h->last_line[0] = '\0';
	r = make_wake_fd(h, &why);
	if (r == 0 && (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0 ||
			  pipe2(err, O_CLOEXEC) < 0))
		r = ocr_err_sys(&why, "cannot make a pipe");
	code = errno;
	spec.in_fd = in[0];
	spec.out_fd = out[1];
	spec.err_fd = err[1];
	if (r == 0) {
		errno = 0;
		r = ocr_proc_start(&h->proc, &spec, &why);
		code = errno;
	}
	h->is_short = r < 0 && (code == EMFILE || code == ENFILE);
	close_fd(&in[0]);
	close_fd(&out[1]);
	close_fd(&err[1]);
	h->err_fd = err[0];
	if (r == 0) {
		fcntl(in[1], F_SETFL, O_NONBLOCK);
		fcntl(out[0], F_SETFL, O_NONBLOCK);
		fcntl(err[0], F_SETFL, O_NONBLOCK);
		r = ocr_link_open(&h->link, out[0], in[1], &why);
	} else {
		close_fd(&in[1]);
		close_fd(&out[0]);
	}
	if (r < 0)
		ocr_host_fail(h, false, "%s", why.text);
}

/* Of the line: the same tool there begins with its name, as we do. */
static const char *
words(const struct ocr_host *h)
{
	size_t n = h->opt.ui != NULL ? strlen(h->opt.ui->tool) : 0;

	if (n > 0 && strncmp(h->line, h->opt.ui->tool, n) == 0 &&
	    strncmp(h->line + n, ": ", 2) == 0)
		return h->line + n + 2;
	return h->line;
}

void
ocr_host_hold_line(struct ocr_host *h)
{
	if (h->held_ns == UINT64_MAX)
		h->held_ns = ocr_now_ns() + LAST_WORDS_MS * MS_NS;
}

void
ocr_host_show_line(struct ocr_host *h)
{
	if (h->held_ns == 0)
		return;
	h->held_ns = 0;
	if (h->opt.ui == NULL || ++h->n_lines > MAX_LINES)
		return;
	ocr_ui_warn(h->opt.ui, "%s: %s", h->name, h->last_line);
	h->last_line[0] = '\0';
}

/* A line is there: kept, and shown once the host works; but not at once, for it
 * may be why the connection ends, which is said then.  What the launcher says
 * before the host works is not shown; what our tool says there is: its first
 * answer may be read after it. */
static void
end_line(struct ocr_host *h)
{
	if (h->n_line == 0)
		return;
	ocr_host_show_line(h);
	h->line[h->n_line] = '\0';
	if (h->is_up || words(h) != h->line)
		h->held_ns = UINT64_MAX;
	memcpy(h->last_line, words(h), strlen(words(h)) + 1);
	h->n_line = 0;
	if (h->is_up)
		ocr_host_hold_line(h);
}

void
ocr_host_read_stderr(struct ocr_host *h)
{
	char buf[1024];
	ssize_t n, i;

	if (h->err_fd < 0)
		return;
	n = read(h->err_fd, buf, sizeof(buf));
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		end_line(h);
		close_fd(&h->err_fd);
	}
	for (i = 0; i < n; i++) {
		if (buf[i] == '\n' || buf[i] == '\r')
			end_line(h);
		else if (h->n_line < OCR_HOST_LINE_BYTES)
			h->line[h->n_line++] =
			    buf[i] < 0x20 || buf[i] > 0x7e ? '?' : buf[i];
	}
}

/* What has come until now. */
static void
read_words(struct ocr_host *h)
{
	struct pollfd p = {.events = POLLIN};
	int i;

	for (i = 0; i < MAX_READS && h->err_fd >= 0; i++) {
		p.fd = h->err_fd;
		if (poll(&p, 1, 0) <= 0)
			break;
		ocr_host_read_stderr(h);
	}
}

/* What the launcher says last is often the reason. */
static void
await_last_words(struct ocr_host *h)
{
	uint64_t end_ns = ocr_now_ns() + LAST_WORDS_MS * MS_NS, now_ns;
	struct pollfd p = {.events = POLLIN};

	while (h->err_fd >= 0 && (now_ns = ocr_now_ns()) < end_ns) {
		p.fd = h->err_fd;
		if (poll(&p, 1, (int)((end_ns - now_ns) / MS_NS) + 1) > 0)
			ocr_host_read_stderr(h);
	}
	end_line(h); /* somebody else has it open */
}

void
ocr_host_stop(struct ocr_host *h)
{
	char text[sizeof(h->why.text)], how[64] = "";
	struct ocr_err lost = {0};
	bool is_eof = h->why.code == -OCR_EDEVICE && h->is_eof;
	int status;

	/* Not what it says of the end of its input, which is our doing. */
	read_words(h);
	close_fd(&h->link.out);
	/* Its output stays open: it may not be done with the stream's end. */
	if (is_eof)
		await_last_words(h);
	h->is_up = false; /* what comes now is not shown */
	if (is_eof && h->proc.pid > 0 &&
	    ocr_proc_wait(&h->proc, LAST_WORDS_MS, &status, &lost) > 0)
		ocr_proc_describe(status, how, sizeof(how));
	close_fd(&h->link.in);
	ocr_link_release(&h->link);
	close_fd(&h->err_fd);
	ocr_proc_end(&h->proc, END_MS);
	if (!is_eof)
		ocr_host_show_line(h);
	h->held_ns = 0;
	if (!is_eof || (h->last_line[0] == '\0' && how[0] == '\0'))
		return;
	snprintf(text, sizeof(text), "%.200s (%s%s%s)", h->why.text,
	    h->last_line, h->last_line[0] != '\0' && how[0] != '\0' ? "; " : "",
	    how);
	ocr_err_clear(&h->why);
	ocr_err_set(&h->why, -OCR_EDEVICE, "%s", text);
}
