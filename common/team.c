/*
 * team.c - make and end the workers of a run
 */
#include "config.h"

#include "common/team.h"

#include <stdlib.h>
#include <sys/resource.h>

#include "common/cardset.h"
#include "common/cpus.h"
#include "common/device.h"
#include "common/team_opt.h"
#include "common/trace.h"
#include "common/ui.h"
#include "common/worker_cpu.h"
#include "common/worker_host.h"
#include "common/worker_xrt.h"

#define FDS_PER_HOST 12
#define OTHER_FDS 512

/* Threads that the list asks for: -1 none, 0 not said. */
static int
listed_threads(const struct ocr_device_list *l)
{
	int n = -1;
	size_t i;

	for (i = 0; i < l->n_items; i++) {
		if (l->items[i].kind == OCR_ITEM_XRT)
			continue;
		if (l->items[i].n_threads > 0)
			return (int)l->items[i].n_threads;
		n = 0;
	}
	return n;
}

/* Pipes, an eventfd and what starts a child; and all that is not a host's. */
static void
raise_fd_limit(size_t n_hosts)
{
	rlim_t want = (rlim_t)n_hosts * FDS_PER_HOST + OTHER_FDS;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= want)
		return;
	limit.rlim_cur = want < limit.rlim_max ? want : limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static int
add_workers(struct ocr_team *t, unsigned n_cpu, bool is_reserve,
    const struct ocr_team_opt *opt, struct ocr_err *err)
{
	size_t i, n = t->cardset->n_units;
	int r;

	t->workers = calloc(n + n_cpu + opt->n_hosts, sizeof(*t->workers));
	t->done = ocr_queue_new();
	if (t->workers == NULL || t->done == NULL)
		return ocr_err_nomem(err);
	for (i = 0; i < n_cpu; i++) {
		ocr_worker_cpu_init(&t->workers[i], (unsigned)i);
		t->workers[i].is_reserve = is_reserve;
	}
	t->n_cpus = n_cpu;
	for (i = 0; i < n; i++) {
		r = ocr_worker_xrt_init(&t->workers[n_cpu + i],
		    &t->cardset->units[i], &t->cardset->watch, opt, err);
		if (r < 0)
			return r;
		t->n_workers = n_cpu + i + 1;
	}
	t->n_workers = n_cpu + n;
	if (opt->n_hosts > 0)
		raise_fd_limit(opt->n_hosts);
	for (i = 0; i < opt->n_hosts; i++) {
		r = ocr_worker_host_init(&t->workers[t->n_workers],
		    &opt->hosts[i], err);
		if (r < 0)
			return r;
		t->n_workers++;
	}
	for (i = 0; i < t->n_workers; i++)
		t->workers[i].done = t->done;
	return 0;
}

/* The CPU's part: as many threads as listed; where only cards are, threads
 * that wait until no card is left. */
static int
init_list(struct ocr_team *t, const struct ocr_device_list *list,
    const char *text, const struct ocr_team_opt *opt, struct ocr_err *err)
{
	int listed = listed_threads(list);
	unsigned n = listed > 0 ? (unsigned)listed : opt->n_threads;
	bool is_reserve = listed < 0;
	int r;

	t->cardset = calloc(1, sizeof(*t->cardset));
	if (t->cardset == NULL)
		return ocr_err_nomem(err);
	if (opt->is_hosts_only)
		return add_workers(t, 0, false, opt, err);
	r = ocr_cardset_init(t->cardset, list, opt, err);
	if (r < 0)
		return r;
	if (n == 0)
		n = ocr_cpus_usable();
	if (is_reserve && opt->has_no_fallback) {
		if (t->cardset->n_units == 0 && opt->n_hosts == 0)
			return ocr_err_set(err, -OCR_EHOST,
			    "no device of '%s' can be used", text);
		n = 0;
	} else if (is_reserve && t->cardset->n_units == 0 &&
		   opt->n_hosts == 0) {
		if (opt->ui != NULL)
			ocr_ui_warn(opt->ui,
			    "no device of '%s' can be used: the CPU does "
			    "the work",
			    text);
		is_reserve = false;
	}
	return add_workers(t, n, is_reserve, opt, err);
}

static int
choose_schedule(struct ocr_team *t, const struct ocr_team_opt *opt,
    struct ocr_err *err)
{
	const char *text = getenv("OCR_SCHEDULE");

	t->schedule = opt->schedule;
	if (opt->has_schedule)
		return 0;
	t->schedule = ocr_schedule_default(OCR_HWS);
	if (text == NULL || *text == '\0')
		return 0;
	return ocr_team_opt_schedule(&t->schedule, "OCR_SCHEDULE", text, err);
}

static int
open_trace(struct ocr_team *t, const struct ocr_team_opt *opt,
    struct ocr_err *err)
{
	const char **names;
	size_t i;
	int r;

	if (opt->trace_path == NULL)
		return 0;
	names = calloc(t->n_workers + 1, sizeof(*names));
	if (names == NULL)
		return ocr_err_nomem(err);
	for (i = 0; i < t->n_workers; i++)
		names[i] = t->workers[i].name;
	r = ocr_trace_open(&t->trace, opt->trace_path,
	    opt->ui != NULL ? opt->ui->tool : PACKAGE, err);
	if (r == 0)
		r = ocr_trace_rows(t->trace, t->n_workers, names, err);
	free(names);
	return r;
}

int
ocr_team_init(struct ocr_team *t, const struct ocr_team_opt *opt,
    struct ocr_err *err)
{
	struct ocr_device_list list = {0};
	const char *text;
	int r;

	*t = (struct ocr_team){0};
	r = choose_schedule(t, opt, err);
	if (r == 0)
		r = ocr_device_list_choose(&list, opt->devices, &text, err);
	if (r == 0)
		r = init_list(t, &list, text, opt, err);
	if (r == 0)
		r = open_trace(t, opt, err);
	ocr_device_list_release(&list);
	if (r < 0)
		ocr_team_release(t);
	return r;
}

int
ocr_team_open(struct ocr_team *t, size_t i, const struct ocr_kernel *k,
    struct ocr_err *err)
{
	struct ocr_worker *w = &t->workers[i];
	int r;

	r = w->ops->open(w, k, err);
	if (r < 0) {
		w->is_retired = true;
		return r;
	}
	w->is_open = true;
	w->is_opening = r > 0;
	t->kernel = k;
	return r;
}

int
ocr_team_open_now(struct ocr_team *t, size_t i, const struct ocr_kernel *k,
    struct ocr_err *err)
{
	struct ocr_worker_news news;
	struct ocr_worker *w;
	struct ocr_job *ready;
	int r;

	r = ocr_team_open(t, i, k, err);
	if (r <= 0)
		return r;
	do {
		ready = ocr_queue_pop(t->done, 0);
		w = ready->worker;
		news = (struct ocr_worker_news){.status = ready->status,
		    .err = ready->err};
		/* From then on a host may use ready again. */
		if (w->ops->news != NULL)
			w->ops->news(w, &news);
		w->is_opening = false;
		w->is_retired = news.status < 0;
	} while (w != &t->workers[i]);
	if (news.status < 0)
		return ocr_err_set(err, news.status, "%s",
		    news.err.text[0] != '\0' ? news.err.text
					     : "the card cannot be used");
	return 0;
}

void
ocr_team_close(struct ocr_team *t)
{
	size_t i;

	/* What takes long to say goodbye does so at the same time. */
	for (i = 0; i < t->n_workers; i++)
		if (t->workers[i].is_open && t->workers[i].ops->leave != NULL)
			t->workers[i].ops->leave(&t->workers[i]);
	for (i = 0; i < t->n_workers; i++) {
		if (t->workers[i].is_open)
			t->workers[i].ops->close(&t->workers[i]);
		t->workers[i].is_open = t->workers[i].is_opening = false;
	}
	/* Workers that have become ready since anybody looked. */
	while (t->done != NULL && ocr_queue_pop(t->done, 1) != NULL)
		continue;
	t->kernel = NULL;
}

int
ocr_team_end(struct ocr_team *t, int r, struct ocr_err *err)
{
	struct ocr_trace *trace = t->trace;

	t->trace = NULL;
	if (r >= 0)
		return ocr_trace_close(trace, err);
	ocr_trace_remove(trace);
	return r;
}

void
ocr_team_release(struct ocr_team *t)
{
	size_t i;

	ocr_trace_remove(t->trace);
	ocr_team_close(t);
	for (i = t->n_cpus; i < t->n_workers; i++) {
		if (t->workers[i].is_host)
			ocr_worker_host_release(&t->workers[i]);
		else
			ocr_worker_xrt_release(&t->workers[i]);
	}
	free(t->workers);
	ocr_queue_free(t->done);
	ocr_cardset_free(t->cardset);
	*t = (struct ocr_team){0};
}
