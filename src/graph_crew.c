/*
 * graph_crew.c - the workers of a graph program
 */
#include "config.h"

#include "src/graph_crew.h"

#include <stdlib.h>
#include <string.h>

/* Threads that only wait for cards to fail may do what cards cannot. */
static int
copy_threads(struct ocr_crew *c, struct ocr_err *err)
{
	size_t n = c->team.n_cpus, i;

	c->workers = calloc(n, sizeof(*c->workers));
	if (c->workers == NULL)
		return ocr_err_nomem(err);
	for (i = 0; i < n; i++) {
		c->workers[i] = c->team.workers[i];
		c->workers[i].is_reserve = false;
	}
	c->threads = c->team;
	c->threads.workers = c->workers;
	c->threads.n_workers = n;
	return 0;
}

int
ocr_crew_open(struct ocr_crew *c, const struct ocr_team_opt *opt,
    struct ocr_err *err)
{
	struct ocr_range_opt range = {0};
	int r;

	memset(c, 0, sizeof(*c));
	r = ocr_team_init(&c->team, opt, err);
	if (r < 0)
		return r;
	c->n_threads = (unsigned)c->team.n_cpus;
	c->ui = opt->ui;
	range.schedule = c->team.schedule;
	range.trace = c->team.trace;
	range.ui = opt->ui;
	r = ocr_sweep_report_init(&c->report, c->team.n_workers, err);
	if (r == 0)
		r = copy_threads(c, err);
	if (r == 0)
		r = ocr_range_open(&c->loop, &c->threads, NULL, &range, err);
	if (r < 0)
		ocr_crew_close(c);
	return r;
}

void
ocr_crew_close(struct ocr_crew *c)
{
	ocr_range_close(c->loop);
	ocr_sweep_report_release(&c->report);
	ocr_team_release(&c->team);
	free(c->workers);
	memset(c, 0, sizeof(*c));
}

int
ocr_crew_each(struct ocr_crew *c, uint64_t n, uint64_t grain,
    int (*body)(void *arg, unsigned thread, uint64_t start, uint64_t end,
	struct ocr_err *err),
    void *arg, struct ocr_err *err)
{
	struct ocr_sweep s = {.n = n,
	    .body = body,
	    .arg = arg,
	    .grain = grain,
	    .inline_work = (double)grain,
	    .stop = c->stop};

	return n == 0 ? 0 : ocr_range_run(c->loop, &s, &c->report, err);
}

void
ocr_crew_phase(struct ocr_crew *c, const char *phase, enum ocr_meter_unit unit,
    uint64_t n)
{
	if (c->meter != NULL)
		ocr_meter_phase(c->meter, phase, unit, n);
}

struct phase {
	struct ocr_meter *meter;
	int (*body)(void *arg, unsigned thread, uint64_t start, uint64_t end,
	    struct ocr_err *err);
	void *arg;
};

static int
do_phase(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	const struct phase *p = arg;
	int r = p->body(p->arg, thread, start, end, err);

	ocr_meter_add(p->meter, end - start);
	/* Whoever calls has opened the crew and is thread 0: only it draws. */
	if (thread == 0)
		ocr_meter_tick(p->meter);
	return r;
}

int
ocr_crew_each_phase(struct ocr_crew *c, const char *phase, uint64_t n,
    uint64_t grain,
    int (*body)(void *arg, unsigned thread, uint64_t start, uint64_t end,
	struct ocr_err *err),
    void *arg, struct ocr_err *err)
{
	struct phase p = {c->meter, body, arg};

	ocr_crew_phase(c, phase, OCR_METER_ITEMS, n);
	if (c->meter == NULL || !c->meter->is_bar)
		return ocr_crew_each(c, n, grain, body, arg, err);
	return ocr_crew_each(c, n, grain, do_phase, &p, err);
}
