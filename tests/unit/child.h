/*
 * child.h - run a function in a process of its own and keep what it says
 *
 * For what ends a process or needs a process of its own: signals, limits,
 * closed descriptors.  The test program itself must have no threads.
 */
#ifndef TESTS_UNIT_CHILD_H
#define TESTS_UNIT_CHILD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/tap.h"

struct child {
	int status; /* exit status, or 128 + signal as in the shell */
	char out[32768], err[32768];
};

static inline void
child_read(int fd, char *buf, size_t cap)
{
	ssize_t n = pread(fd, buf, cap - 1, 0);

	buf[n > 0 ? n : 0] = '\0';
	close(fd);
}

/* fn's result is the exit status. */
static inline void
child_run(struct child *c, int (*fn)(void *), void *arg)
{
	int out = memfd_create("out", 0), err = memfd_create("err", 0), status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		dup2(out, STDOUT_FILENO);
		dup2(err, STDERR_FILENO);
		close(out);
		close(err);
		_exit(fn(arg));
	}
	waitpid(pid, &status, 0);
	c->status =
	    WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	child_read(out, c->out, sizeof(c->out));
	child_read(err, c->err, sizeof(c->err));
}

static inline int
is_str(const char *got, const char *want, const char *name)
{
	int is_same = strcmp(got, want) == 0;

	if (!ok(is_same, "%s", name)) {
		diag("got  \"%s\"", got);
		diag("want \"%s\"", want);
	}
	return is_same;
}

/* A fresh directory, entered; to be left and removed by child_rmdir. */
static inline void
child_mkdir(char path[256])
{
	const char *tmp = getenv("TMPDIR");

	snprintf(path, 256, "%s/ocr-test.XXXXXX", tmp == NULL ? "/tmp" : tmp);
	if (mkdtemp(path) == NULL || chdir(path) < 0) {
		printf("Bail out! no temporary directory\n");
		exit(1);
	}
}

static inline void
child_rmdir(const char *path)
{
	char command[300];

	snprintf(command, sizeof(command), "rm -rf '%s'", path);
	if (chdir("/") < 0 || system(command) != 0)
		diag("%s is left over", path);
}

#endif
