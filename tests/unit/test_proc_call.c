/*
 * test_proc_call.c - a function in a child: whatever it does, we live on
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "common/io.h"
#include "common/proc.h"
#include "tests/unit/child.h"
#include "tests/unit/tap.h"

static int
answers(void *arg, int fd)
{
	size_t n = *(size_t *)arg;

	while (n > 0) {
		if (write(fd, "x", 1) != 1)
			return 1;
		n--;
	}
	return 0;
}

static int
answers_at_once(void *arg, int fd)
{
	size_t n = *(size_t *)arg;
	char *big = calloc(1, n);
	int r;

	r = big != NULL && write(fd, big, n) == (ssize_t)n ? 0 : 1;
	free(big);
	return r;
}

static int
fails(void *arg, int fd)
{
	(void)fd;
	return *(int *)arg;
}

static int
aborts(void *arg, int fd)
{
	(void)arg;
	(void)fd;
	fprintf(stderr, "terminate called\n");
	printf("banner\n");
	fflush(stdout);
	abort();
}

static int
hangs(void *arg, int fd)
{
	(void)arg;
	if (write(fd, "x", 1) != 1)
		return 1;
	for (;;)
		pause();
}

static int
floods(void *arg, int fd)
{
	char buf[4096] = "";

	(void)arg;
	for (;;) {
		if (write(fd, buf, sizeof(buf)) < 0)
			return 1;
	}
}

/* As a library that starts a process of its own and forgets it. */
static int
leaves_a_child(void *arg, int fd)
{
	pid_t pid = fork();

	(void)arg;
	if (pid == 0) {
		for (;;)
			pause();
	}
	return write(fd, &pid, sizeof(pid)) == sizeof(pid) ? 0 : 1;
}

/* What a child may see of us. */
static int
looks(void *arg, int fd)
{
	char text[64];
	sigset_t set;
	int n = 0;

	for (int i = 0; i < 100; i++)
		n += fcntl(i, F_GETFD) >= 0;
	sigprocmask(SIG_SETMASK, NULL, &set);
	snprintf(text, sizeof(text), "%d %d %d", n, sigismember(&set, SIGTERM),
	    getpgrp() == getpid());
	(void)arg;
	return write(fd, text, strlen(text)) < 0;
}

static int *n_exits; /* shared with children */

static void
at_exit(void)
{
	if (n_exits != NULL)
		++*n_exits;
}

static int64_t
call(int (*fn)(void *, int), void *arg, void *buf, size_t cap, unsigned ms,
    struct ocr_err *err)
{
	*err = (struct ocr_err){0};
	return ocr_proc_call(fn, arg, buf, cap, ms, err);
}

static void
test_answers(void)
{
	static char big[1 << 20];
	struct ocr_err err;
	char buf[16];
	size_t n = 0;

	is_int(call(answers, &n, buf, 16, 9000, &err), 0, "no byte");
	n = 16;
	is_int(call(answers, &n, buf, 16, 9000, &err), 16, "as many as fit");
	n = 17;
	is_int(call(answers, &n, buf, 16, 9000, &err), -OCR_EDEVICE,
	    "one more");
	is_str(err.text, "an answer of more than 16 bytes", "said");
	n = sizeof(big);
	is_int(call(answers_at_once, &n, big, sizeof(big), 9000, &err),
	    (int64_t)sizeof(big), "more than a pipe holds");
	is_int(call(floods, NULL, big, sizeof(big), 9000, &err), -OCR_EDEVICE,
	    "without end");
}

static void
test_ends(void)
{
	static const int codes[][2] = {{1, 1}, {-1, 255}, {256, 255}, {3, 3}};
	struct ocr_err err;
	char buf[16], want[32];
	uint64_t start_ns;

	for (size_t i = 0; i < 4; i++) {
		int r = codes[i][0];

		call(fails, &r, buf, 16, 9000, &err);
		snprintf(want, sizeof(want), "exit status %d", codes[i][1]);
		is_str(err.text, want, want);
	}
	is_int(call(aborts, NULL, buf, 16, 9000, &err), -OCR_EDEVICE, "abort");
	is_str(err.text, "killed by signal 6 (Aborted)", "said");
	start_ns = ocr_now_ns();
	is_int(call(hangs, NULL, buf, 16, 1000, &err), -OCR_EDEVICE, "hangs");
	is_str(err.text, "no answer within 1 s", "said");
	ok(ocr_now_ns() - start_ns >= 1000000000, "not before its time");
	call(hangs, NULL, buf, 16, 20, &err);
	is_str(err.text, "no answer within 20 ms", "in ms");
}

static int
quiet(void *arg)
{
	struct ocr_err err;
	char buf[16];

	(void)arg;
	call(aborts, NULL, buf, 16, 9000, &err);
	return 0;
}

static void
test_leftovers(bool is_reaper)
{
	struct ocr_err err;
	char text[64] = "";
	uint64_t start_ns = ocr_now_ns();
	pid_t pid = 0;
	int fd = open("/dev/null", O_RDONLY), status = 0;

	is_int(call(leaves_a_child, NULL, &pid, sizeof(pid), 20000, &err),
	    sizeof(pid), "a grandchild keeps the pipe open");
	ok(ocr_now_ns() - start_ns < UINT64_C(10000000000),
	    "and is not waited for");
	if (is_reaper) {
		waitpid(pid, &status, 0);
		ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
		    "but killed");
	} else {
		skip(1, "orphans are not ours");
	}
	ok(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "no zombie");
	call(looks, NULL, text, sizeof(text) - 1, 9000, &err);
	is_str(text, "4 0 1", "four descriptors, no mask, its own group");
	close(fd);
}

int
main(void)
{
	struct rlimit core = {0};
	struct child c;
	bool is_reaper = prctl(PR_SET_CHILD_SUBREAPER, 1) == 0;
	int fd;

	setrlimit(RLIMIT_CORE, &core);
	fd = memfd_create("exits", MFD_CLOEXEC);
	if (ftruncate(fd, sizeof(*n_exits)) == 0)
		n_exits = mmap(NULL, sizeof(*n_exits), PROT_READ | PROT_WRITE,
		    MAP_SHARED, fd, 0);
	atexit(at_exit);
	test_answers();
	test_ends();
	test_leftovers(is_reaper);
	child_run(&c, quiet, NULL);
	is_str(c.out, "", "nothing on stdout");
	is_str(c.err, "", "nothing on stderr");
	is_int(*n_exits, 0, "no exit handler ran");
	return done();
}
