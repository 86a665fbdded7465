/*
 * keep.c - a tree of processes that ends with its owner
 *
 *   keep [-n] OWNER READY COMMAND [ARG...]
 *
 * Runs COMMAND until the process OWNER has ended, however it did, or until a
 * SIGTERM; then all that COMMAND started is killed, what has left its session
 * and what is stopped too.  -n: in namespaces of its own (network, processes,
 * mounts).  When COMMAND has been started, the file READY says
 *
 *   KEEPER INIT
 *
 * KEEPER is this process, INIT its child, above all that belongs to COMMAND.
 * Orphans come back to INIT.  If one of the two is killed, the other still
 * cleans up.  tests/hosts/mkhosts and mkslurm run their daemons in it.
 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <dirent.h>

static void
die(const char *what)
{
	fprintf(stderr, "keep: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* The parent of a process, or -1. */
static pid_t
parent_of(const char *pid)
{
	char path[64], text[512], *p;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	/* the name may hold anything, but behind its ')' no other follows */
	p = strrchr(text, ')');
	if (!p || strlen(p) < 5)
		return -1;
	return (pid_t)strtol(p + 4, NULL, 10);
}

static void
kill_children(void)
{
	DIR *d = opendir("/proc");
	pid_t self = getpid();
	struct dirent *e;

	if (!d)
		die("/proc");
	/* cppcheck-suppress readdirCalled */
	while ((e = readdir(d)))
		if (isdigit((unsigned char)e->d_name[0]) &&
		    parent_of(e->d_name) == self)
			kill((pid_t)strtol(e->d_name, NULL, 10), SIGKILL);
	closedir(d);
}

/* Whoever dies leaves his children to us: until there are none. */
static void
kill_all(void)
{
	const struct timespec tick = {.tv_nsec = 1000000};
	pid_t pid;

	for (;;) {
		kill_children();
		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			;
		if (pid < 0)
			return;
		nanosleep(&tick, NULL);
	}
}

/* Signals as something to read; they stay blocked. */
static int
signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_SETMASK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (fd < 0)
		die("signalfd");
	return fd;
}

/* Buries children until another signal comes, or fd (may be -1) is readable,
 * or the child 'until' (may be 0) is dead. */
static void
tend(int sig_fd, int fd, pid_t until)
{
	struct signalfd_siginfo info;
	struct pollfd p[2] = {{sig_fd, POLLIN, 0}, {fd, POLLIN, 0}};
	pid_t pid;

	for (;;) {
		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			if (pid == until)
				return;
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			die("poll");
		if (p[1].revents)
			return;
		if (p[0].revents && read(sig_fd, &info, sizeof(info)) > 0 &&
		    info.ssi_signo != SIGCHLD)
			return;
	}
}

static void
run(char **argv)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	execvp(argv[0], argv);
	fprintf(stderr, "keep: %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* The child above all others: pid 1 where it has a namespace. */
static void
init(bool has_namespace, pid_t keeper, int up, char **argv)
{
	int sig_fd;
	pid_t pid;

	/* SIGKILL does for a namespace, whose processes end with their first */
	if (prctl(PR_SET_PDEATHSIG, has_namespace ? SIGKILL : SIGTERM) ||
	    prctl(PR_SET_CHILD_SUBREAPER, 1))
		die("prctl");
	if (!has_namespace && getppid() != keeper)
		_exit(1);
	setsid();
	/* not before: the keeper goes on with the /proc that it knows */
	if (has_namespace &&
	    (unshare(CLONE_NEWNS) ||
		mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		mount("proc", "/proc", "proc", 0, NULL)))
		die("namespace");
	sig_fd = signals();
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid)
		run(argv);
	if (write(up, "", 1) != 1)
		die("write");
	close(up);
	tend(sig_fd, -1, 0);
	kill_all();
	_exit(0);
}

/* Written beside and renamed: whoever sees it can read it. */
static void
say_ready(const char *path, pid_t pid)
{
	char *beside;
	FILE *f;

	if (asprintf(&beside, "%s.new", path) < 0)
		die("asprintf");
	f = fopen(beside, "we");
	if (!f || fprintf(f, "%d %d\n", (int)getpid(), (int)pid) < 0 ||
	    fclose(f) || rename(beside, path))
		die(path);
	free(beside);
}

int
main(int argc, char **argv)
{
	bool has_namespace = argc > 1 && !strcmp(argv[1], "-n");
	int owner, sig_fd, up[2];
	pid_t pid, self = getpid();
	char byte;

	argv += 1 + has_namespace;
	if (argc < 4 + has_namespace) {
		fputs("usage: keep [-n] OWNER READY COMMAND [ARG...]\n",
		    stderr);
		return 2;
	}
	/* nothing of the caller's stays open through us */
	close_range(3, ~0U, 0);
	owner = pidfd_open((pid_t)strtol(argv[0], NULL, 10), 0);
	if (owner < 0)
		die(argv[0]);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) || pipe2(up, O_CLOEXEC))
		die("set-up");
	if (has_namespace && unshare(CLONE_NEWNET | CLONE_NEWPID))
		die("unshare");
	sig_fd = signals();
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		close(up[0]);
		init(has_namespace, self, up[1], argv + 2);
	}
	close(up[1]);
	if (read(up[0], &byte, 1) != 1) {
		kill_all();
		return 1;
	}
	say_ready(argv[1], pid);
	tend(sig_fd, owner, pid);
	unlink(argv[1]);
	if (!has_namespace) {
		/* it cleans up what is below it; the rest falls to us */
		kill(pid, SIGTERM);
		waitpid(pid, NULL, 0);
	}
	kill_all();
	return 0;
}
