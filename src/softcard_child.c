/*
 * softcard_child.c - run COMMAND, pass signals and the terminal on, leave no
 * process behind; called by softcard_run.c
 *
 * There is no signal handler: the signals are blocked and taken one by one,
 * SIGCHLD among them.
 */
#include "config.h"

#include "src/softcard_child.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/io.h"
#include "common/proc.h"

#define GRACE_MS 10000    /* for COMMAND to end after SIGTERM or SIGHUP */
#define LEFT_OVER_MS 1000 /* for what it left, then again after SIGTERM */
#define NAP_MS 20

/* Passed on to COMMAND. */
static const int passed[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2,
    SIGTSTP};

struct child {
	struct ocr_proc proc;
	int tty;          /* -1: not ours to give */
	uint64_t kill_ns; /* when SIGKILL is due; 0: not at all */
	sigset_t set;     /* what is waited for */
};

static void
fill(sigset_t *set)
{
	struct sigaction old;

	sigemptyset(set);
	sigaddset(set, SIGCHLD);
	/* else a program in the background stops when it takes the terminal */
	sigaddset(set, SIGTTOU);
	for (size_t i = 0; i < sizeof(passed) / sizeof(passed[0]); i++) {
		if (sigaction(passed[i], NULL, &old) == 0 &&
		    old.sa_handler != SIG_IGN)
			sigaddset(set, passed[i]);
	}
}

void
ocr_softcard_child_begin(sigset_t *old)
{
	sigset_t set;

	fill(&set);
	sigprocmask(SIG_BLOCK, &set, old);
}

/* Signals that came too late for COMMAND are for us now. */
void
ocr_softcard_child_end(const sigset_t *old)
{
	sigprocmask(SIG_SETMASK, old, NULL);
}

/*
 * The controlling terminal, if COMMAND may have it when we do: our input is a
 * terminal, and we are not at the head of a pipeline, whose other programs
 * would lose it.
 */
static int
open_tty(void)
{
	struct stat st;

	if (!isatty(STDIN_FILENO) ||
	    (fstat(STDOUT_FILENO, &st) == 0 &&
		(S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode))))
		return -1;
	return open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
}

/* COMMAND may have stopped already because it did not have it. */
static void
give_tty(const struct child *c)
{
	if (c->tty >= 0 && tcgetpgrp(c->tty) == getpgrp())
		(void)tcsetpgrp(c->tty, c->proc.pid);
	ocr_proc_signal(&c->proc, SIGCONT);
}

static void
take_tty(const struct child *c)
{
	if (c->tty >= 0 && tcgetpgrp(c->tty) == c->proc.pid)
		(void)tcsetpgrp(c->tty, getpgrp());
}

/* COMMAND has stopped: so do we, and the shell takes over until "fg". */
static void
stop_too(const struct child *c, int sig)
{
	if (sig != SIGTSTP && sig != SIGTTIN && sig != SIGTTOU)
		return; /* somebody else's doing, and undoing */
	take_tty(c);
	raise(SIGSTOP);
	give_tty(c);
}

static void
pass_on(struct child *c, int sig)
{
	ocr_proc_signal(&c->proc, sig);
	if ((sig == SIGTERM || sig == SIGHUP) && c->kill_ns == 0)
		c->kill_ns = ocr_now_ns() + (uint64_t)GRACE_MS * 1000000;
}

/* Take the next signal, or let the time pass when COMMAND is to be killed. */
static void
next_signal(struct child *c)
{
	struct timespec nap = {.tv_nsec = NAP_MS * 1000000L};
	int sig = c->kill_ns == 0 ? sigwaitinfo(&c->set, NULL)
				  : sigtimedwait(&c->set, NULL, &nap);

	if (sig > 0 && sig != SIGCHLD && sig != SIGTTOU)
		pass_on(c, sig);
	if (c->kill_ns != 0 && ocr_now_ns() >= c->kill_ns)
		ocr_proc_signal(&c->proc, SIGKILL);
}

static int
wait_for(struct child *c, struct ocr_err *err)
{
	int status = 0;
	pid_t pid;

	for (;;) {
		pid = waitpid(-1, &status, WNOHANG | WUNTRACED);
		if (pid < 0 && errno != EINTR)
			return ocr_err_sys(err, "cannot wait for the command");
		if (pid <= 0)
			next_signal(c);
		if (pid != c->proc.pid)
			continue; /* one that we have adopted */
		if (!WIFSTOPPED(status))
			return status;
		stop_too(c, WSTOPSIG(status));
	}
}

/* Reap what ends within ms; true: nobody is left. */
static bool
reap(unsigned ms)
{
	const struct timespec nap = {.tv_nsec = NAP_MS * 1000000L};
	uint64_t end = ocr_now_ns() + (uint64_t)ms * 1000000;
	pid_t pid;

	do {
		do
			pid = waitpid(-1, NULL, WNOHANG);
		while (pid > 0 || (pid < 0 && errno == EINTR));
		if (pid < 0)
			return true;
		nanosleep(&nap, NULL);
	} while (ocr_now_ns() < end);
	return false;
}

/* Send sig to all children, which we have adopted, in whatever group. */
static void
signal_children(int sig)
{
	char path[64];
	FILE *f;
	int pid;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children",
	    (int)getpid());
	f = fopen(path, "re");
	if (f == NULL)
		return;
	while (fscanf(f, "%d", &pid) == 1)
		kill((pid_t)pid, sig);
	fclose(f);
}

/*
 * What COMMAND has left: device processes that see their program gone and end
 * by themselves, and whatever it put in the background.
 */
static void
end_rest(const struct child *c)
{
	if (reap(LEFT_OVER_MS / 2))
		return;
	kill(-c->proc.pid, SIGTERM);
	signal_children(SIGTERM);
	/* killing one may hand us its children: hence several times */
	for (int i = 0; i < 10 && !reap(LEFT_OVER_MS); i++) {
		kill(-c->proc.pid, SIGKILL);
		signal_children(SIGKILL);
	}
}

int
ocr_softcard_child_run(char *const *argv, const char *const *env, int *status,
    struct ocr_err *err)
{
	const struct ocr_proc_spec spec = {.argv = argv,
	    .env = env,
	    .in_fd = -1,
	    .out_fd = -1,
	    .err_fd = -1,
	    .is_group = true,
	    .keeps_fds = true};
	struct child c = {.tty = open_tty()};
	int r;

	fill(&c.set);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	r = ocr_proc_start(&c.proc, &spec, err);
	if (r == 0) {
		give_tty(&c);
		r = wait_for(&c, err);
		take_tty(&c);
		end_rest(&c);
	}
	if (c.tty >= 0)
		close(c.tty);
	if (r < 0)
		return r;
	*status = r;
	return 0;
}
