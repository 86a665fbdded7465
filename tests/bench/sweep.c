/*
 * sweep.c - what a sweep of the range loop costs
 *
 *   sweep [-t THREADS] [-n ITEMS] [-w NS] [-s US] [-r SECONDS] [-S SCHEDULE]
 *
 * Runs sweeps of ITEMS items in which each grain of 512 works for NS
 * nanoseconds (0: nothing at all), with pauses of US microseconds between them
 * (0: none, threads are awake), for so many seconds.  static waits for all
 * threads; with hws others do the items of one that does not come.  Prints
 *   N_SWEEPS P10_NS MEDIAN_NS P90_NS CPU_SECONDS
 * Two at a time, or beside another program, show whether waiting threads keep
 * others from working.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "common/io.h"
#include "common/range.h"
#include "common/team.h"

#define MAX_SWEEPS (1 << 22)

static int
body(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	const long *work_ns = arg;
	uint64_t until_ns;

	(void)thread;
	(void)start;
	(void)end;
	(void)err;
	if (*work_ns > 0) {
		volatile unsigned x = 0;

		/* Work, not time: about one step a ns. */
		for (until_ns = 0; until_ns < (uint64_t)*work_ns; until_ns++)
			x = x + 1;
	}
	return 0;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
cpu_seconds(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

int
main(int argc, char **argv)
{
	struct ocr_team_opt team_opt = {.n_threads = 2, .devices = "cpu"};
	struct ocr_range_opt opt = {.schedule = ocr_schedule_default(OCR_HWS)};
	struct ocr_sweep sweep = {.n = 1024, .body = body};
	double *ns = malloc(MAX_SWEEPS * sizeof(*ns)), seconds = 1;
	long work_ns = 0, sleep_us = 0;
	struct ocr_range_loop *l;
	struct ocr_err err = {0};
	struct ocr_team team;
	struct timespec t;
	uint64_t start_ns;
	size_t n = 0;
	int c;

	while ((c = getopt(argc, argv, "t:n:w:s:r:S:")) != -1) {
		if (c == 't')
			team_opt.n_threads = (unsigned)atoi(optarg);
		else if (c == 'n')
			sweep.n = strtoull(optarg, NULL, 10);
		else if (c == 'w')
			work_ns = atol(optarg);
		else if (c == 's')
			sleep_us = atol(optarg);
		else if (c == 'r')
			seconds = atof(optarg);
		else if (c == 'S' &&
			 ocr_schedule_parse(optarg, &opt.schedule, &err) == 0)
			continue;
		else
			return 2;
	}
	sweep.arg = &work_ns;
	if (ns == NULL || ocr_team_init(&team, &team_opt, &err) < 0 ||
	    ocr_range_open(&l, &team, NULL, &opt, &err) < 0)
		goto fail;
	start_ns = ocr_now_ns();
	while (n < MAX_SWEEPS &&
	       (double)(ocr_now_ns() - start_ns) < seconds * 1e9) {
		uint64_t t_ns = ocr_now_ns();

		if (ocr_range_run(l, &sweep, NULL, &err) < 0)
			goto fail;
		ns[n++] = (double)(ocr_now_ns() - t_ns);
		t = (struct timespec){0, sleep_us * 1000};
		if (sleep_us > 0)
			nanosleep(&t, NULL);
	}
	qsort(ns, n, sizeof(*ns), compare);
	printf("%zu %.0f %.0f %.0f %.3f\n", n, ns[n / 10], ns[n / 2],
	    ns[n * 9 / 10], cpu_seconds());
	ocr_range_close(l);
	ocr_team_release(&team);
	free(ns);
	return 0;
fail:
	fprintf(stderr, "sweep: %s\n", err.text);
	return 1;
}
