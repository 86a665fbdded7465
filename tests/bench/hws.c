/*
 * hws.c - schedules against each other, on threads and a card in software
 *
 *	hws THREADS REPS SCHEDULE...	sweeps, in turn
 *	hws weights			the items' weights, one a line
 *
 * Runs in an ocr-softcard with tests/kernels/range.desc.  Items are skewed
 * (weight.h); a unit of weight takes a thread THREAD_NS and a unit of the card
 * CARD_NS, most of it asleep, so that two processors can play more workers.
 * After a line "launch NS", a line a sweep: schedule, time and bound in ns,
 * lambda, steals, by and from cards, aborted, doubled, launches.
 * tests/bench/hws.sh calls it.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/io.h"
#include "common/policy.h"
#include "common/range.h"
#include "common/team.h"
#include "tests/kernels/weight.h"
#include "tests/unit/range_card.h"

#define N_ITEMS 20000
#define THREAD_NS 1200
#define CARD_NS 500 /* 2.4 times a thread, as published for HARP */
#define N_WARM 3    /* sweeps before those that count */
#define N_LAUNCHES 25
#define MAX_THREADS 64
#define MAX_CREDIT_NS 2000000

struct bench {
	struct range_card card;
	struct ocr_team team;
	struct ocr_weights weights;
	uint64_t prefix[N_ITEMS + 1];
	uint64_t due_ns[MAX_THREADS]; /* owner: the thread */
	double launch_ns, bound_ns;
};

static const struct ocr_kernel kernel = {.name = "t",
    .open = range_card_no_cpu};

static void
die(const char *what, const char *why)
{
	fprintf(stderr, "hws: %s: %s\n", what, why);
	exit(1);
}

/* As t_weighted does it: a thread that slept too long has that to its credit. */
static int
body(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct bench *b = arg;
	uint64_t *due = &b->due_ns[thread], now = ocr_now_ns(), i;
	struct timespec nap;

	(void)err;
	for (i = start; i < end; i++)
		__atomic_fetch_add(&b->card.sum[i], 1, __ATOMIC_RELAXED);
	if (*due + MAX_CREDIT_NS < now)
		*due = now;
	*due += (b->prefix[end] - b->prefix[start]) * THREAD_NS;
	if (*due > now + NAP_NS) {
		nap.tv_sec = (time_t)((*due - now) / 1000000000);
		nap.tv_nsec = (long)((*due - now) % 1000000000);
		nanosleep(&nap, NULL);
	}
	return 0;
}

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* What a job costs that has nothing to do: the median. */
static void
measure_launch(struct bench *b)
{
	struct ocr_worker *w = &b->team.workers[b->team.n_cpus];
	uint64_t took[N_LAUNCHES];
	struct ocr_job job;
	size_t i;

	for (i = 0; i < N_LAUNCHES; i++) {
		took[i] = ocr_now_ns();
		job =
		    (struct ocr_job){.range = {N_ITEMS, N_ITEMS}, .worker = w};
		w->ops->submit(w, &job);
		if (ocr_queue_pop(b->team.done, 0)->status != 0)
			die("launch", job.err.text);
		took[i] = ocr_now_ns() - took[i];
	}
	qsort(took, N_LAUNCHES, sizeof(took[0]), compare);
	b->launch_ns = (double)took[N_LAUNCHES / 2];
	printf("launch %.0f\n", b->launch_ns);
}

static void
set_bound(struct bench *b)
{
	struct ocr_policy_worker workers[MAX_THREADS] = {{.rate = 0}};
	size_t i, n = b->team.n_workers;

	if (n > MAX_THREADS)
		die("workers", "too many");
	for (i = 0; i < n; i++) {
		workers[i].is_card = i >= b->team.n_cpus;
		workers[i].rate =
		    1.0 / (workers[i].is_card ? CARD_NS : THREAD_NS);
		if (workers[i].is_card)
			workers[i].launch_ns = b->launch_ns;
	}
	b->bound_ns = ocr_policy_bound(workers, n, (double)b->prefix[N_ITEMS]);
}

static void
sweep(struct bench *b, struct ocr_range_loop *l, const char *name, bool tell)
{
	struct ocr_sweep s = {.n = N_ITEMS,
	    .weights = &b->weights,
	    .body = body,
	    .arg = b,
	    .grain = 1};
	struct ocr_sweep_report r;
	struct ocr_err err = {0};
	uint64_t start_ns, n_launches = 0;
	double ns;
	size_t i;

	memset(b->card.sum, 0, N_ITEMS * sizeof(*b->card.sum));
	memset(b->due_ns, 0, sizeof(b->due_ns));
	if (ocr_sweep_report_init(&r, b->team.n_workers, &err) < 0)
		die(name, err.text);
	start_ns = ocr_now_ns();
	if (ocr_range_run(l, &s, &r, &err) < 0)
		die(name, err.text);
	ns = (double)(ocr_now_ns() - start_ns);
	if (range_card_n_wrong(&b->card) > 0 || b->card.n_bad > 0)
		die(name, "items were not done once");
	for (i = 0; i < r.n_workers; i++)
		n_launches += r.workers[i].n_launches;
	if (tell)
		printf("%s %.0f %.0f %.4f %llu %llu %llu %llu %llu %llu\n",
		    name, ns, b->bound_ns, ocr_sweep_lambda(&r),
		    (unsigned long long)r.n_steals,
		    (unsigned long long)r.n_by_card,
		    (unsigned long long)r.n_from_card,
		    (unsigned long long)r.n_aborted,
		    (unsigned long long)r.n_duplicated,
		    (unsigned long long)n_launches);
	ocr_sweep_report_release(&r);
}

/* All schedules in turn, so that what else the machine does meets all. */
static void
run(struct bench *b, int reps, int n, char **names)
{
	struct ocr_range_loop **loops = calloc((size_t)n, sizeof(*loops));
	struct ocr_range_opt opt = {.seed = 1};
	struct ocr_err err = {0};
	int i, rep;

	if (loops == NULL)
		die("memory", "none");
	for (i = 0; i < n; i++) {
		if (ocr_schedule_parse(names[i], &opt.schedule, &err) < 0 ||
		    ocr_range_open(&loops[i], &b->team, &kernel, &opt, &err) <
			0)
			die(names[i], err.text);
		ocr_range_wait_ready(loops[i]);
	}
	for (rep = -N_WARM; rep < reps; rep++) {
		if (rep == 0) {
			measure_launch(b);
			set_bound(b);
		}
		for (i = 0; i < n; i++)
			sweep(b, loops[i], names[i], rep >= 0);
		fflush(stdout);
	}
	for (i = n; i-- > 0;)
		ocr_range_close(loops[i]);
	free(loops);
}

static void
print_weights(void)
{
	uint32_t i;

	for (i = 0; i < N_ITEMS; i++)
		printf("%u\n", (unsigned)item_weight(i));
}

int
main(int argc, char **argv)
{
	static struct bench b;
	struct ocr_team_opt opt = {.run_timeout_ms = 60000};
	struct ocr_err err = {0};
	char devices[32];
	uint32_t i;

	if (argc == 2 && strcmp(argv[1], "weights") == 0) {
		print_weights();
		return 0;
	}
	if (argc < 4)
		die("usage", "hws THREADS REPS SCHEDULE...");
	for (i = 0; i < N_ITEMS; i++)
		b.prefix[i + 1] = b.prefix[i] + item_weight(i);
	b.weights = (struct ocr_weights){.n = N_ITEMS,
	    .trust = OCR_WEIGHTS_KNOWN,
	    .prefix64 = b.prefix};
	range_card_init(&b.card, "t_weighted", N_ITEMS, CARD_NS);
	snprintf(devices, sizeof(devices), "cpu:%.8s,xrt", argv[1]);
	opt.devices = devices;
	opt.drivers = b.card.drivers;
	if (ocr_team_init(&b.team, &opt, &err) < 0)
		die("team", err.text);
	if (b.team.n_workers == b.team.n_cpus)
		die("team", "no card");
	run(&b, atoi(argv[2]), argc - 3, argv + 3);
	ocr_team_release(&b.team);
	fflush(stdout);
	_exit(0); /* XRT's destructors are not safe */
}
