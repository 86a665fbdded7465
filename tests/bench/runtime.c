/*
 * runtime.c - what a command takes: wall time, processor time, peak memory
 *
 *   runtime [-c CPUS] [-i FILE] [-o FILE] COMMAND [ARGUMENT...]
 *
 * Runs COMMAND with standard input from FILE and standard output to FILE (both
 * /dev/null unless given), on the processors CPUS ("0,1"), and writes one line:
 *   SECONDS CPU_SECONDS PEAK_KIB
 * Processor time is that of all processes it waited for; peak memory that of
 * the largest one.  The exit status is the command's.  A helper of
 * tests/bench/compress.sh; small, because the memory of the process that forks
 * is the least that Linux reports as its child's.
 */
#include "config.h"

#include <fcntl.h>
#include <sched.h>
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

int
main(int argc, char **argv)
{
	const char *in = "/dev/null", *out = "/dev/null";
	struct rusage use;
	double start, wall;
	int status, c;
	pid_t pid;

	while ((c = getopt(argc, argv, "+c:i:o:")) != -1) {
		switch (c) {
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
		fputs("usage: runtime [-c CPUS] [-i FILE] [-o FILE] COMMAND\n",
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
	if (wait4(pid, &status, 0, &use) < 0)
		die("runtime: cannot wait");
	wall = now() - start;
	printf("%.6f %.6f %ld\n", wall,
	    seconds(use.ru_utime) + seconds(use.ru_stime), use.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
