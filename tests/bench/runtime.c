/*
 * runtime.c - what a command takes: wall time, processor time, peak memory
 *
 *   runtime [-a] [-c CPUS] [-i FILE] [-o FILE] COMMAND [ARGUMENT...]
 *
 * Runs COMMAND with standard input from FILE and standard output to FILE (both
 * /dev/null unless given), on the processors CPUS ("0,1"), and writes one line:
 *   SECONDS CPU_SECONDS PEAK_KIB
 * Processor time is that of all processes it waited for; peak memory that of
 * the largest one.  With -a two more follow, of the command's own process, looked
 * at every few milliseconds (which costs it time):
 *   ... PEAK_ANONYMOUS_KIB PEAK_HUGE_PAGES_KIB
 * The exit status is the command's.  A helper of the scripts here; small,
 * because the memory of the process that forks is the least that Linux reports
 * as its child's.
 */
#include "config.h"

#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void
die(const char *what)
{
	perror(what);
	exit(125);
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double
seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static void
pin(const char *cpus)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	while (*cpus != '\0') {
		char *end;
		unsigned long cpu = strtoul(cpus, &end, 10);

		if (end == cpus || cpu >= CPU_SETSIZE ||
		    (*end != ',' && *end != '\0')) {
			fputs("runtime: -c wants a list like 0,1\n", stderr);
			exit(125);
		}
		CPU_SET(cpu, &set);
		cpus = *end == ',' ? end + 1 : end;
	}
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		die("runtime: cannot set the processors");
}

static void
redirect(int fd, const char *path, int flags)
{
	int from = open(path, flags, 0666);

	if (from < 0)
		die(path);
	if (dup2(from, fd) < 0)
		die("runtime: dup2");
	close(from);
}

struct memory {
	long anonymous, huge; /* KiB, the highest so far */
};

static void
look(pid_t pid, struct memory *m)
{
	char path[64], line[256];
	long kib;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/smaps_rollup", (long)pid);
	f = fopen(path, "r");
	if (f == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "Anonymous: %ld", &kib) == 1 &&
		    kib > m->anonymous)
			m->anonymous = kib;
		if (sscanf(line, "AnonHugePages: %ld", &kib) == 1 &&
		    kib > m->huge)
			m->huge = kib;
	}
	fclose(f);
}

static void
wait_for(pid_t pid, struct memory *m, int *status, struct rusage *use)
{
	const struct timespec pause = {.tv_nsec = 3000000};
	pid_t r;

	do {
		r = wait4(pid, status, m != NULL ? WNOHANG : 0, use);
		if (r == 0) {
			look(pid, m);
			nanosleep(&pause, NULL);
		}
	} while (r == 0);
	if (r < 0)
		die("runtime: cannot wait");
}

int
main(int argc, char **argv)
{
	const char *in = "/dev/null", *out = "/dev/null";
	struct memory memory = {0};
	bool has_memory = false;
	struct rusage use;
	double start, wall;
	int status, c;
	pid_t pid;

	while ((c = getopt(argc, argv, "+ac:i:o:")) != -1) {
		switch (c) {
		case 'a':
			has_memory = true;
			break;
		case 'c':
			pin(optarg);
			break;
		case 'i':
			in = optarg;
			break;
		case 'o':
			out = optarg;
			break;
		default:
			return 125;
		}
	}
	if (optind == argc) {
		fputs("usage: runtime [-a] [-c CPUS] [-i FILE] [-o FILE] "
		      "COMMAND\n",
		    stderr);
		return 125;
	}
	start = now();
	pid = fork();
	if (pid < 0)
		die("runtime: cannot fork");
	if (pid == 0) {
		redirect(STDIN_FILENO, in, O_RDONLY);
		redirect(STDOUT_FILENO, out, O_WRONLY | O_CREAT | O_TRUNC);
		execvp(argv[optind], argv + optind);
		die(argv[optind]);
	}
	wait_for(pid, has_memory ? &memory : NULL, &status, &use);
	wall = now() - start;
	printf("%.6f %.6f %ld", wall,
	    seconds(use.ru_utime) + seconds(use.ru_stime), use.ru_maxrss);
	if (has_memory)
		printf(" %ld %ld", memory.anonymous, memory.huge);
	putchar('\n');
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
