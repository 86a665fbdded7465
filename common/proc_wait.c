/*
 * proc_wait.c - wait for processes and end them: proc.h, proc_wait.h
 */
#include "config.h"

#include "common/proc_wait.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/io.h"
#include "common/proc.h"

#define KILLED_MS 2000
#define NAP_MS 5 /* between looks where there are no pidfds */

int
ocr_wait_pidfd(pid_t pid)
{
#ifdef SYS_pidfd_open
	return (int)syscall(SYS_pidfd_open, pid, 0);
#else
	(void)pid;
	return -1;
#endif
}

uint64_t
ocr_wait_deadline(unsigned timeout_ms)
{
	return ocr_now_ns() + (uint64_t)timeout_ms * 1000000;
}

int
ocr_wait_left_ms(uint64_t deadline_ns, bool has_pidfd)
{
	uint64_t now = ocr_now_ns(), ms;

	if (now >= deadline_ns)
		return 0;
	ms = (deadline_ns - now + 999999) / 1000000;
	if (!has_pidfd && ms > NAP_MS)
		return NAP_MS;
	return ms > INT_MAX ? INT_MAX : (int)ms;
}

/* 1 = it has ended and is still to be reaped, 0 = not yet; flags: WNOHANG. */
static int
look(pid_t pid, int flags)
{
	siginfo_t info = {0};
	int r;

	do {
		r = waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT | flags);
	} while (r < 0 && errno == EINTR);
	return r < 0 || info.si_pid != 0;
}

int
ocr_wait_has_ended(pid_t pid)
{
	return look(pid, WNOHANG);
}

static int
wait_until(pid_t pid, unsigned timeout_ms)
{
	uint64_t end_ns = ocr_wait_deadline(timeout_ms);
	struct pollfd p = {.fd = ocr_wait_pidfd(pid), .events = POLLIN};
	int ms, is_over = ocr_wait_has_ended(pid);

	while (!is_over) {
		ms = ocr_wait_left_ms(end_ns, p.fd >= 0);
		if (ms == 0)
			break;
		poll(&p, 1, ms);
		is_over = ocr_wait_has_ended(pid);
	}
	if (p.fd >= 0)
		close(p.fd);
	return is_over;
}

int
ocr_proc_wait(struct ocr_proc *p, unsigned timeout_ms, int *status,
    struct ocr_err *err)
{
	pid_t pid;

	assert(p->pid > 0);
	*status = 0;
	if (timeout_ms > 0 && !wait_until(p->pid, timeout_ms))
		return 0;
	if (p->cleanup_slot >= 0) {
		look(p->pid, 0);
		ocr_cleanup_drop_group(p->cleanup_slot);
		p->cleanup_slot = -1;
	}
	do {
		pid = waitpid(p->pid, status, 0);
	} while (pid < 0 && errno == EINTR);
	p->pid = 0;
	if (pid < 0)
		return ocr_err_sys(err, "cannot wait for a process");
	return 1;
}

void
ocr_proc_signal(const struct ocr_proc *p, int sig)
{
	if (p->pid > 0)
		kill(p->is_group ? -p->pid : p->pid, sig);
}

/* Of a group, what the leader has left behind is killed too: as long as the
 * leader is not reaped nobody else can have its number. */
void
ocr_proc_end(struct ocr_proc *p, unsigned grace_ms)
{
	struct ocr_err lost = {0};
	int status;

	if (p->pid <= 0)
		return;
	if (grace_ms > 0) {
		ocr_proc_signal(p, SIGTERM);
		ocr_proc_signal(p, SIGCONT);
		wait_until(p->pid, grace_ms);
	}
	ocr_proc_signal(p, SIGKILL);
	if (ocr_proc_wait(p, KILLED_MS, &status, &lost) != 0)
		return;
	/* Another user's (sudo), or stuck in the kernel: whoever waits for it
	 * would wait for ever. */
	ocr_cleanup_drop_group(p->cleanup_slot);
	p->cleanup_slot = -1;
	p->pid = 0;
}

const char *
ocr_proc_describe(int status, char *buf, size_t n)
{
	if (WIFSIGNALED(status))
		snprintf(buf, n, "killed by signal %d (%s)", WTERMSIG(status),
		    strsignal(WTERMSIG(status)));
	else
		snprintf(buf, n, "exit status %d", WEXITSTATUS(status));
	return buf;
}
