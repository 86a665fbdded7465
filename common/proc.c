/*
 * proc.c - start processes, wait for them, end them
 *
 * A child of a program with threads may only call what is safe in a signal
 * handler until it runs another program: everything it needs is made before
 * the fork.  execvpe is not on POSIX's list; glibc since 2.24 and musl use
 * the stack alone.  All signals are blocked across the fork, because our
 * handlers would remove the parent's files from within the child.
 */
#include "config.h"

#include "common/proc.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/io.h"
#include "common/proc_wait.h"

#define FIRST_FD 3       /* behind the standard ones */
#define FD_GUESS 65536   /* where the system cannot close a range */
#define EXIT_NOT_RUN 127 /* as the shell has it */
#define EXIT_NOT_READY 126
#ifndef CLOSE_RANGE_CLOEXEC /* linux/close_range.h */
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

/* In the child: which descriptors become 0, 1, 2 and FIRST_FD; -1 = ours. */
struct child_fds {
	int fd[FIRST_FD + 1];
};

static void
close_pair(int fd[2])
{
	for (int i = 0; i < 2; i++) {
		if (fd[i] >= 0)
			close(fd[i]);
		fd[i] = -1;
	}
}

/*
 * Default dispositions, but what the parent was told to ignore (nohup) stays
 * so, except for what it ignores on its own account (cleanup.c).
 */
static void
reset_signals(void)
{
	struct sigaction sa = {.sa_handler = SIG_DFL}, old;
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++) {
		if (sigaction(sig, NULL, &old) < 0)
			continue;
		if (old.sa_handler == SIG_IGN && sig != SIGPIPE &&
		    sig != SIGXFSZ)
			continue;
		sigaction(sig, &sa, NULL);
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* flags: 0 = close descriptors from first on, CLOSE_RANGE_CLOEXEC = when
 * another program is run. */
static void
close_from(int first, unsigned flags)
{
	struct rlimit limit;
	int end = FD_GUESS;

#ifdef SYS_close_range
	if (syscall(SYS_close_range, first, UINT_MAX, flags) == 0)
		return;
#endif
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < FD_GUESS)
		end = (int)limit.rlim_cur;
	for (int fd = first; fd < end; fd++) {
		if (flags != 0)
			fcntl(fd, F_SETFD, FD_CLOEXEC);
		else
			close(fd);
	}
}

/* First out of each other's way, then to their places. */
static int
place_fds(struct child_fds *f)
{
	for (int i = 0; i <= FIRST_FD; i++) {
		if (f->fd[i] < 0)
			continue;
		f->fd[i] = fcntl(f->fd[i], F_DUPFD_CLOEXEC, FIRST_FD + 1);
		if (f->fd[i] < 0)
			return -1;
	}
	for (int i = 0; i <= FIRST_FD; i++) {
		if (f->fd[i] >= 0 && dup2(f->fd[i], i) < 0)
			return -1;
	}
	return 0;
}

/*
 * What every child does first.  The death signal is sent when the thread that
 * forked ends; a parent that has died before it was asked for is noticed.
 */
static int
child_begin(struct child_fds *f, pid_t parent, bool is_group, bool outlives)
{
	if (is_group)
		setpgid(0, 0);
	if (!outlives) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			return -1;
	}
	reset_signals();
	return place_fds(f);
}

/*
 * fork with all signals blocked; *old is to be restored by the parent.  With
 * SIGCHLD ignored, which is inherited, there would be nothing to wait for.
 */
static pid_t
fork_blocked(sigset_t *old)
{
	struct sigaction sa;
	sigset_t all;

	if (sigaction(SIGCHLD, NULL, &sa) == 0 && sa.sa_handler == SIG_IGN) {
		sa = (struct sigaction){.sa_handler = SIG_DFL};
		sigaction(SIGCHLD, &sa, NULL);
	}
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, old);
	return fork();
}

/* Is the name of "NAME=VALUE" in add? */
static bool
is_set(const char *const *add, const char *var)
{
	size_t len = strcspn(var, "=") + 1;

	for (; add != NULL && *add != NULL; add++) {
		if (strncmp(*add, var, len) == 0)
			return true;
	}
	return false;
}

/* Our environment with add on top.  The strings stay where they are. */
static char **
merge_env(const char *const *add)
{
	size_t n = 0, n_add = 0, n_out = 0, i;
	char **env;

	while (environ != NULL && environ[n] != NULL)
		n++;
	while (add != NULL && add[n_add] != NULL)
		n_add++;
	env = malloc((n + n_add + 1) * sizeof(*env));
	if (env == NULL)
		return NULL;
	for (i = 0; i < n; i++) {
		if (!is_set(add, environ[i]))
			env[n_out++] = environ[i];
	}
	for (i = 0; i < n_add; i++)
		env[n_out++] = (char *)(uintptr_t)add[i];
	env[n_out] = NULL;
	return env;
}

/* exec says EACCES also where a directory of PATH may not be searched. */
static bool
is_anywhere(const char *name)
{
	const char *path = getenv("PATH"), *end;
	char file[4096];

	if (path == NULL || strchr(name, '/') != NULL)
		return true;
	for (;; path = end + 1) {
		end = strchrnul(path, ':');
		snprintf(file, sizeof(file), "%.*s/%s", (int)(end - path), path,
		    name);
		if (access(file, F_OK) == 0)
			return true;
		if (*end == '\0')
			return false;
	}
}

/*
 * Until the parent has our group on its list: before that, a signal that ends
 * it would leave what we start behind.  It may end meanwhile: then so do we.
 */
static void
wait_for_go(int fd)
{
	char go;
	ssize_t n;

	do {
		n = read(fd, &go, 1);
	} while (n < 0 && errno == EINTR);
	if (n != 1)
		_exit(EXIT_NOT_READY);
}

/* Does not return; why goes to descriptor FIRST_FD. */
static void
child_run(const struct ocr_proc_spec *spec, char **env, int report,
    pid_t parent)
{
	/* What is kept may be FIRST_FD: then the report stays where it is. */
	struct child_fds f = {{spec->in_fd, spec->out_fd, spec->err_fd,
	    spec->keeps_fds ? -1 : report}};
	int why, status = EXIT_NOT_READY;

	if (child_begin(&f, parent, spec->is_group, spec->outlives) == 0) {
		if (!spec->keeps_fds) {
			close_from(FIRST_FD, CLOSE_RANGE_CLOEXEC);
			report = FIRST_FD;
		}
		wait_for_go(report);
		execvpe(spec->argv[0], spec->argv, env);
		if (errno == EACCES && !is_anywhere(spec->argv[0]))
			errno = ENOENT;
		status = EXIT_NOT_RUN;
	}
	why = errno;
	while (write(report, &why, sizeof(why)) < 0 && errno == EINTR)
		;
	_exit(status);
}

/* errno of what kept the child from running, or 0. */
static int
read_report(int fd)
{
	int why = 0;
	ssize_t n;

	do {
		n = read(fd, &why, sizeof(why));
	} while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(why) ? why : 0;
}

int
ocr_proc_start(struct ocr_proc *p, const struct ocr_proc_spec *spec,
    struct ocr_err *err)
{
	char **env = merge_env(spec->env);
	int report[2] = {-1, -1}, why, r = 0;
	pid_t pid, self = getpid();
	sigset_t old;

	assert(spec->argv[0] != NULL);
	*p = (struct ocr_proc){.is_group = spec->is_group, .cleanup_slot = -1};
	if (env == NULL)
		return ocr_err_nomem(err);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, report) < 0) {
		r = ocr_err_sys(err, "cannot make a pair of sockets");
		goto out;
	}
	pid = fork_blocked(&old);
	if (pid == 0) {
		close(report[0]);
		child_run(spec, env, report[1], self);
	}
	why = errno;
	sigprocmask(SIG_SETMASK, &old, NULL);
	if (pid < 0) {
		errno = why;
		r = ocr_err_sys(err, "cannot start a process");
		goto out;
	}
	p->pid = pid;
	close(report[1]);
	report[1] = -1;
	if (p->is_group && !spec->outlives)
		p->cleanup_slot = ocr_cleanup_add_group(pid);
	/* When one command is ended by the handler, a thread that is still
	 * there starts the next one. */
	if (!ocr_cleanup_is_ending() &&
	    send(report[0], "", 1, MSG_NOSIGNAL) < 0) {
		/* It has ended already, and says why. */
	}
	why = read_report(report[0]);
	if (why != 0) {
		ocr_proc_wait(p, 0, &r, err);
		errno = why;
		r = ocr_err_sys(err, "cannot run '%s'", spec->argv[0]);
	}
out:
	close_pair(report);
	free(env);
	return r;
}

/* What ocr_proc_call's child has written so far. */
struct answer {
	int fd; /* does not block; -1: it has ended */
	uint8_t *buf;
	size_t len, cap;
	bool is_long; /* there is more than cap */
};

static void
read_answer(struct answer *a)
{
	uint8_t more;
	ssize_t n;

	while (a->fd >= 0 && !a->is_long) {
		if (a->len < a->cap)
			n = read(a->fd, a->buf + a->len, a->cap - a->len);
		else
			n = read(a->fd, &more, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			close(a->fd);
			a->fd = -1;
		} else if (a->len < a->cap) {
			a->len += (size_t)n;
		} else {
			a->is_long = true;
		}
	}
}

/* Until the child ends, and not its pipe: a grandchild may have that open.
 * Returns whether it has. */
static bool
await_answer(struct answer *a, pid_t pid, unsigned timeout_ms)
{
	uint64_t end_ns = ocr_wait_deadline(timeout_ms);
	struct pollfd p[2] = {{.events = POLLIN},
	    {.fd = ocr_wait_pidfd(pid), .events = POLLIN}};
	bool is_over;
	int ms;

	for (;;) {
		is_over = ocr_wait_has_ended(
		    pid); /* before its last words are read */
		read_answer(a);
		ms = ocr_wait_left_ms(end_ns, p[1].fd >= 0);
		if (is_over || a->is_long || ms == 0)
			break;
		p[0].fd = a->fd;
		poll(p, 2, ms);
	}
	if (p[1].fd >= 0)
		close(p[1].fd);
	return is_over;
}

/* Does not return. */
static void
child_call(int (*fn)(void *, int), void *arg, int out, pid_t parent)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), r;
	struct child_fds f = {{null, null, null, out}};
	struct rlimit no_core = {0};

	if (null < 0 || child_begin(&f, parent, true, false) < 0)
		_exit(EXIT_NOT_READY);
	close_from(FIRST_FD + 1, 0);
	setrlimit(RLIMIT_CORE, &no_core);
	r = fn(arg, FIRST_FD);
	_exit(r != 0 && (r & 0xff) == 0 ? 0xff : r & 0xff);
}

static int
call_error(const struct answer *a, bool is_over, int status,
    unsigned timeout_ms, struct ocr_err *err)
{
	char text[64];

	if (a->is_long)
		return ocr_err_set(err, -OCR_EDEVICE,
		    "an answer of more than %zu bytes", a->cap);
	if (is_over)
		return ocr_err_set(err, -OCR_EDEVICE, "%s",
		    ocr_proc_describe(status, text, sizeof(text)));
	if (timeout_ms % 1000 == 0)
		return ocr_err_set(err, -OCR_EDEVICE, "no answer within %u s",
		    timeout_ms / 1000);
	return ocr_err_set(err, -OCR_EDEVICE, "no answer within %u ms",
	    timeout_ms);
}

int64_t
ocr_proc_call(int (*fn)(void *arg, int fd), void *arg, void *buf, size_t cap,
    unsigned timeout_ms, struct ocr_err *err)
{
	struct answer a = {.buf = buf, .cap = cap};
	struct ocr_proc p = {.is_group = true, .cleanup_slot = -1};
	int fd[2], why, status;
	pid_t self = getpid();
	sigset_t old;
	bool is_over;
	int64_t r;

	if (pipe2(fd, O_CLOEXEC) < 0)
		return ocr_err_sys(err, "cannot make a pipe");
	p.pid = fork_blocked(&old);
	if (p.pid == 0)
		child_call(fn, arg, fd[1], self);
	why = errno;
	sigprocmask(SIG_SETMASK, &old, NULL);
	if (p.pid < 0) {
		close_pair(fd);
		errno = why;
		return ocr_err_sys(err, "cannot start a process");
	}
	setpgid(p.pid, p.pid); /* whoever of the two comes first */
	close(fd[1]);
	a.fd = fd[0];
	fcntl(a.fd, F_SETFL, O_NONBLOCK);
	is_over = await_answer(&a, p.pid, timeout_ms);
	ocr_proc_signal(&p, SIGKILL); /* it, or what it has left behind */
	r = ocr_proc_wait(&p, 0, &status, err);
	if (a.fd >= 0)
		close(a.fd);
	if (r < 0)
		return r;
	if (a.is_long || !is_over || status != 0)
		return call_error(&a, is_over, status, timeout_ms, err);
	return (int64_t)a.len;
}
