/*
 * test_io.c - io.c under interruptions, limits and closed ends; with err.c,
 * crc.c and ui.c, which everything else stands on
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "common/crc.h"
#include "common/err.h"
#include "common/io.h"
#include "common/ui.h"
#include "tests/unit/child.h"
#include "tests/unit/tap.h"

#define LOT 600000 /* bytes: more than a pipe holds */

static unsigned char
byte_at(size_t i)
{
	return (unsigned char)(i * 2654435761u >> 24);
}

static void
nap(long us)
{
	struct timespec t = {0, us * 1000};

	while (nanosleep(&t, &t) < 0)
		;
}

static void
set_nonblock(int fd)
{
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

static void
on_alarm(int sig)
{
	(void)sig;
}

/* A signal every 200 us that interrupts system calls. */
static void
storm(long us)
{
	struct sigaction sa = {.sa_handler = on_alarm};
	struct itimerval t = {{0, us}, {0, us}};

	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &t, NULL);
}

static void
test_err(void)
{
	struct ocr_err e = {0};
	char name[2000];

	is_int(ocr_err_set(&e, -OCR_EFORMAT, "x: %d", 7), -OCR_EFORMAT,
	    "set returns its code");
	is_str(e.text, "x: 7", "text");
	is_int(ocr_err_set(&e, -OCR_EIO, "later"), -OCR_EIO, "second code");
	is_int(e.code, -OCR_EFORMAT, "the first error stays");
	errno = EPIPE;
	is_int(ocr_err_sys(&e, "late"), -OCR_EPIPE, "second sys code");
	is_str(e.text, "x: 7", "the first text stays");
	ocr_err_clear(&e);
	is_int(e.code, 0, "clear");
	is_str(e.text, "", "clear text");
	errno = ENOMEM;
	is_int(ocr_err_sys(&e, "a"), -OCR_ENOMEM, "ENOMEM");
	ocr_err_clear(&e);
	errno = EPIPE;
	is_int(ocr_err_sys(&e, "a"), -OCR_EPIPE, "EPIPE");
	ocr_err_clear(&e);
	is_int(ocr_err_nomem(&e), -OCR_ENOMEM, "nomem");
	is_str(e.text, "out of memory", "nomem text");
	ocr_err_clear(&e);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	errno = ENOENT;
	ocr_err_sys(&e, "cannot open %s", name);
	is_int((int64_t)strlen(e.text), sizeof(e.text) - 1, "long: cut");
	is_str(e.text + strlen(e.text) - 31, "n...: No such file or directory",
	    "long: the reason is there");
	ocr_err_clear(&e);
	ocr_err_set(&e, -OCR_EIO, "%s", name);
	is_int((int64_t)strlen(e.text), sizeof(e.text) - 1, "long: cut");
	is_str(e.text + sizeof(e.text) - 5, "n...", "long: marked");
	is_int(ocr_err_exit_status(0), 0, "exit 0");
	is_int(ocr_err_exit_status(-OCR_EUSAGE), 2, "exit 2");
	is_int(ocr_err_exit_status(-OCR_EHOST), 3, "exit 3");
	is_int(ocr_err_exit_status(-OCR_EFORMAT), 1, "exit 1");
	is_int(ocr_err_exit_status(-OCR_EPIPE), 1, "exit 1 for EPIPE");
}

static void
test_crc(void)
{
	unsigned char data[300];
	uint32_t all, zero, zeros = 0, joined;
	int n_bad = 0;

	is_int(ocr_crc32(0, "123456789", 9), 0xcbf43926, "check value");
	is_int(ocr_crc32(77, NULL, 0), 77, "no bytes change nothing");
	is_int(ocr_crc32(77, "", 0), 77, "no bytes change nothing");
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = byte_at(i);
	all = ocr_crc32(0, data, sizeof(data));
	for (size_t i = 0; i <= sizeof(data); i++) {
		uint32_t a = ocr_crc32(0, data, i);
		uint32_t b = ocr_crc32(0, data + i, sizeof(data) - i);

		n_bad += ocr_crc32_join(a, b, sizeof(data) - i) != all;
		n_bad += ocr_crc32(a, data + i, sizeof(data) - i) != all;
	}
	is_int(n_bad, 0, "every way to cut 300 bytes");
	/* 2^64-1 zero bytes, bit by bit of the length and at once */
	zero = ocr_crc32(0, "", 1);
	joined = all;
	for (int k = 0; k < 64; k++) {
		uint64_t len = (uint64_t)1 << k;

		joined = ocr_crc32_join(joined, zero, len);
		zeros = ocr_crc32_join(zeros, zero, len);
		zero = ocr_crc32_join(zero, zero, len);
	}
	is_int(ocr_crc32_join(all, zeros, UINT64_MAX), joined,
	    "lengths up to 2^64-1");
}

/* Writes LOT bytes into a pipe in small pieces with pauses. */
static pid_t
start_slow_writer(int fd[2])
{
	unsigned char buf[7001];
	pid_t pid = fork();

	if (pid != 0) {
		close(fd[1]);
		return pid;
	}
	close(fd[0]);
	for (size_t done = 0; done < LOT;) {
		size_t n = LOT - done;

		if (n > sizeof(buf))
			n = sizeof(buf);
		for (size_t i = 0; i < n; i++)
			buf[i] = byte_at(done + i);
		if (write(fd[1], buf, n) != (ssize_t)n)
			_exit(1);
		done += n;
		nap(100);
	}
	_exit(0);
}

/* Reads a pipe slowly; exit status 0 if LOT right bytes came. */
static pid_t
start_slow_reader(int fd[2])
{
	unsigned char buf[5003];
	pid_t pid = fork();
	size_t done = 0;
	ssize_t n;

	if (pid != 0) {
		close(fd[0]);
		return pid;
	}
	close(fd[1]);
	while ((n = read(fd[0], buf, sizeof(buf))) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			if (buf[i] != byte_at(done++))
				_exit(1);
		}
		nap(100);
	}
	_exit(done == LOT ? 0 : 2);
}

static int
exit_status(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static void
test_read(const char *how, bool is_nonblocking, bool is_cancellable)
{
	unsigned char *buf;
	struct ocr_err e = {0};
	int fd[2], stop[2], n_bad = 0;
	pid_t pid;

	if (pipe(fd) < 0 || pipe(stop) < 0)
		return;
	buf = malloc(LOT + 100);
	pid = start_slow_writer(fd);
	if (is_nonblocking)
		set_nonblock(fd[0]);
	storm(200);
	diag("%s", how);
	is_int(ocr_read_full(fd[0], buf, LOT + 100, "in",
		   is_cancellable ? stop[0] : -1, &e),
	    LOT, "all of it");
	storm(0);
	is_str(e.text, "", "no error");
	for (size_t i = 0; i < LOT; i++)
		n_bad += buf[i] != byte_at(i);
	is_int(n_bad, 0, "same bytes");
	is_int(ocr_read_some(fd[0], buf, 1, "in", -1, &e), 0, "the end");
	is_int(exit_status(pid), 0, "writer");
	close(fd[0]);
	close(stop[0]);
	close(stop[1]);
	free(buf);
}

static void
test_cancel(void)
{
	struct ocr_err e = {0};
	int fd[2], stop[2];
	char c[4];
	pid_t pid;

	if (pipe(fd) < 0 || pipe(stop) < 0)
		return;
	is_int(write(fd[1], "ab", 2), 2, "two bytes wait");
	is_int(ocr_read_some(fd[0], c, 4, "in", stop[0], &e), 2,
	    "what is there is read");
	pid = fork();
	if (pid == 0) {
		nap(30000);
		_exit(write(stop[1], "x", 1) == 1 ? 0 : 1);
	}
	is_int(ocr_read_full(fd[0], c, 4, "in", stop[0], &e), -OCR_ECANCEL,
	    "a blocked read is cancelled");
	is_int(e.code, -OCR_ECANCEL, "error set");
	is_int(exit_status(pid), 0, "child");
	ocr_err_clear(&e);
	set_nonblock(fd[0]);
	is_int(ocr_read_some(fd[0], c, 4, "in", stop[0], &e), -OCR_ECANCEL,
	    "stays cancelled, non-blocking too");
	ocr_err_clear(&e);
	is_int(ocr_read_some(-1, c, 4, "in", stop[1], &e), -OCR_EIO,
	    "no descriptor: no endless wait");
	is_str(e.text, "cannot read in: Bad file descriptor", "text");
	close(fd[0]);
	close(fd[1]);
	ocr_err_clear(&e);
	is_int(ocr_read_some(fd[0], c, 4, "in", stop[1], &e), -OCR_EIO,
	    "closed descriptor");
	close(stop[0]);
	close(stop[1]);
}

static void
test_read_errors(void)
{
	struct ocr_err e = {0};
	int fd = open("/", O_RDONLY), p[2];
	char c[4];

	is_int(ocr_read_full(fd, c, 4, "x", -1, &e), -OCR_EIO, "directory");
	is_str(e.text, "cannot read x: Is a directory", "text");
	ocr_err_clear(&e);
	is_int(ocr_pread_full(fd, c, 4, 0, "x", &e), -OCR_EIO, "pread too");
	is_str(e.text, "cannot read x: Is a directory", "text");
	ocr_err_clear(&e);
	is_int(ocr_pread_full(fd, c, 4, UINT64_MAX, "x", &e), -OCR_EIO,
	    "offset out of range");
	is_str(e.text, "cannot read x: Value too large for defined data type",
	    "text");
	ocr_err_clear(&e);
	is_int(ocr_pread_full(fd, c, 4, INT64_MAX - 3, "x", &e), -OCR_EIO,
	    "end out of range");
	close(fd);
	if (pipe(p) < 0)
		return;
	ocr_err_clear(&e);
	is_int(ocr_pread_full(p[0], c, 4, 0, "x", &e), -OCR_EIO, "pipe");
	is_str(e.text, "cannot read x: Illegal seek", "text");
	is_int(ocr_fd_is_pipe(p[0]), 1, "is a pipe");
	is_int(ocr_fd_is_regular(p[0]), 0, "is not regular");
	ocr_fd_widen_pipe(p[0]);
	is_int(fcntl(p[1], F_GETPIPE_SZ) >= 65536, 1, "widened or left");
	fcntl(p[1], F_SETPIPE_SZ, 4096);
	ocr_fd_widen_pipe(p[0]);
	is_int(fcntl(p[1], F_GETPIPE_SZ) >= 4096, 1, "widened or left");
	close(p[0]);
	close(p[1]);
	ocr_fd_widen_pipe(p[0]);
	is_int(ocr_fd_is_pipe(p[0]) || ocr_fd_is_regular(-1), 0,
	    "closed is neither");
}

static void
test_pread(void)
{
	struct ocr_err e = {0};
	FILE *f = tmpfile();
	int fd = fileno(f);
	char c[8] = "";

	is_int(write(fd, "0123456789", 10), 10, "ten bytes");
	is_int(ocr_fd_is_regular(fd), 1, "is regular");
	is_int(ocr_fd_is_pipe(fd), 0, "is no pipe");
	is_int(ocr_pread_full(fd, c, 4, 3, "x", &e), 4, "inside");
	is_mem(c, "3456", 4, "bytes");
	is_int(ocr_pread_full(fd, c, 8, 7, "x", &e), 3, "short at the end");
	is_mem(c, "789", 3, "bytes");
	is_int(ocr_pread_full(fd, c, 8, 10, "x", &e), 0, "at the end");
	is_int(ocr_pread_full(fd, c, 8, 1 << 30, "x", &e), 0, "behind it");
	is_int(ocr_pread_full(fd, c, 0, 0, "x", &e), 0, "nothing asked");
	is_str(e.text, "", "no error");
	fclose(f);
}

/* One byte, an empty piece and so on, in more pieces than one call takes. */
static int
write_pieces(int fd, unsigned char *data, struct ocr_err *e)
{
	int n = 3000, r;
	struct iovec *iov = calloc((size_t)n, sizeof(*iov));
	size_t at = 0;

	for (int i = 0; i < n; i++) {
		size_t len = i % 3 == 1 ? 0 : (size_t)i % 7;

		if (i == n - 2)
			len = LOT - at;
		if (i == n - 1)
			len = 0;
		iov[i].iov_base = data + at;
		iov[i].iov_len = len;
		at += len;
	}
	r = ocr_writev_full(fd, iov, n, "out", e);
	free(iov);
	return r;
}

static void
test_write(const char *how, bool is_nonblocking)
{
	unsigned char *data = malloc(LOT);
	struct ocr_err e = {0};
	int fd[2];
	pid_t pid;

	for (size_t i = 0; i < LOT; i++)
		data[i] = byte_at(i);
	diag("%s", how);
	for (int i = 0; i < 2; i++) {
		if (pipe(fd) < 0)
			break;
		pid = start_slow_reader(fd);
		if (is_nonblocking)
			set_nonblock(fd[1]);
		storm(200);
		if (i == 0)
			is_int(ocr_write_full(fd[1], data, LOT, "out", &e), 0,
			    "write");
		else
			is_int(write_pieces(fd[1], data, &e), 0, "writev");
		storm(0);
		is_str(e.text, "", "no error");
		close(fd[1]);
		is_int(exit_status(pid), 0, "reader got the same bytes");
	}
	free(data);
}

static void
test_write_errors(void)
{
	int fd = open("/dev/full", O_WRONLY), p[2];
	struct ocr_err e = {0};
	struct iovec none = {NULL, 0};

	is_int(ocr_write_full(fd, "a", 1, "stdout", &e), -OCR_EIO, "full");
	is_str(e.text, "cannot write to stdout: No space left on device",
	    "text");
	ocr_err_clear(&e);
	is_int(ocr_write_full(fd, "a", 0, "stdout", &e), 0, "0 bytes fit");
	is_int(ocr_writev_full(fd, &none, 1, "stdout", &e), 0, "0 bytes fit");
	is_int(ocr_writev_full(fd, NULL, 0, "stdout", &e), 0, "no piece");
	close(fd);
	if (pipe(p) < 0)
		return;
	close(p[0]);
	signal(SIGPIPE, SIG_IGN);
	is_int(ocr_write_full(p[1], "a", 1, "stdout", &e), -OCR_EPIPE, "pipe");
	is_str(e.text, "cannot write to stdout: Broken pipe", "text");
	ocr_err_clear(&e);
	set_nonblock(p[1]);
	is_int(ocr_write_full(p[1], "a", 1, "stdout", &e), -OCR_EPIPE,
	    "pipe, non-blocking");
	ocr_err_clear(&e);
	close(p[1]);
	is_int(ocr_write_full(p[1], "a", 1, "stdout", &e), -OCR_EIO, "closed");
	is_str(e.text, "cannot write to stdout: Bad file descriptor", "text");
	signal(SIGPIPE, SIG_DFL);
}

/* A limit inside of the data: what fits is written, then EFBIG. */
static int
write_over_limit(void *arg)
{
	struct rlimit limit = {5000, 5000};
	struct ocr_err e = {0};
	char data[9000] = {0};
	FILE *f = tmpfile();
	int r;

	(void)arg;
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	r = ocr_write_full(fileno(f), data, sizeof(data), "x", &e);
	printf("%d %s %ld", r == -OCR_EIO, e.text,
	    (long)lseek(fileno(f), 0, SEEK_END));
	fflush(stdout);
	fclose(f);
	return 0;
}

static int
talk(void *arg)
{
	struct ocr_ui ui = {.tool = "ocr-x"};
	struct ocr_err e = {.code = -OCR_EIO,
	    .text = "a\nb\033[2Jc\177: \303\251"};
	char name[3000];

	(void)arg;
	ocr_ui_error(&ui, &e);
	ui.is_bar_shown = 1;
	ocr_ui_warn(&ui, "%s: %d", "w", 1);
	ocr_ui_note(&ui, "not shown");
	ui.verbosity = OCR_VERBOSE;
	ocr_ui_note(&ui, "%s", "n");
	ui.verbosity = OCR_QUIET;
	ocr_ui_warn(&ui, "not shown");
	e.text[1] = '\0';
	ocr_ui_error(&ui, &e);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	ui.verbosity = OCR_NORMAL;
	ui.is_bar_shown = 1;
	ocr_ui_warn(&ui, "%s", name);
	return (int)ui.n_warnings;
}

static int
talk_to_nobody(void *arg)
{
	close(STDERR_FILENO);
	return talk(arg);
}

static void
test_ui(struct child *c)
{
	static const char want[] = "ocr-x: a?b?[2Jc?: \303\251\n"
				   "\r\033[Kocr-x: w: 1\n"
				   "ocr-x: n\n"
				   "ocr-x: a\n"
				   "\r\033[Kocr-x: nnn";
	size_t len;

	child_run(c, talk, NULL);
	is_int(c->status, 3, "warnings are counted, shown or not");
	is_mem(c->err, want, sizeof(want) - 1, "messages");
	len = strlen(c->err);
	is_int(len > 500 && len < 700, 1, "a long one is cut");
	is_int(c->err[len - 1], '\n', "but ends its line");
	child_run(c, talk_to_nobody, NULL);
	is_int(c->status, 3, "stderr may be closed");
}

int
main(void)
{
	struct child *c = malloc(sizeof(*c));
	uint64_t t = ocr_now_ns();

	test_err();
	test_crc();
	test_read("plain read", false, false);
	test_read("read that does not block", true, false);
	test_read("read that can be cancelled", false, true);
	test_read("both", true, true);
	test_cancel();
	test_read_errors();
	test_pread();
	test_write("plain write", false);
	test_write("write that does not block", true);
	test_write_errors();
	child_run(c, write_over_limit, NULL);
	is_str(c->out, "1 cannot write to x: File too large 5000", "EFBIG");
	test_ui(c);
	is_int(ocr_now_ns() > t, 1, "the clock runs");
	free(c);
	return done();
}
