/*
 * sim_setup.c - read who works and what that costs; called by ocr-sim
 */
#include "config.h"

#include "src/sim_setup.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/opt.h"

#define MAX_TIME 1e12 /* ns */

struct ocr_sim_costs
ocr_sim_costs_default(void)
{
	struct ocr_sim_costs c = {
	    .launch_ns = 30000,
	    .read_ns = 400,
	    .write_ns = 200,
	    .submit_ns = 1500,
	    .steal_ns = 100,
	    .probe_ns = 15,
	    .align = 8,
	    .jitter = 0.05,
	    .jitter_ns = 20000,
	    .sigma = 0.15,
	    .believed = 1,
	    .stalled = SIZE_MAX,
	    .stall_rate = 1,
	};

	return c;
}

static bool
take_char(const char **at, char c)
{
	if (**at != c)
		return false;
	++*at;
	return true;
}

struct key {
	const char *name;
	size_t offset; /* of a double */
	double min, max;
};

static const struct key keys[] = {
    {"launch", offsetof(struct ocr_sim_costs, launch_ns), 0, MAX_TIME},
    {"read", offsetof(struct ocr_sim_costs, read_ns), 0, MAX_TIME},
    {"write", offsetof(struct ocr_sim_costs, write_ns), 0, MAX_TIME},
    {"submit", offsetof(struct ocr_sim_costs, submit_ns), 0, MAX_TIME},
    {"steal", offsetof(struct ocr_sim_costs, steal_ns), 0, MAX_TIME},
    {"probe", offsetof(struct ocr_sim_costs, probe_ns), 0, MAX_TIME},
    {"jitter", offsetof(struct ocr_sim_costs, jitter), 0, 0.9},
    {"period", offsetof(struct ocr_sim_costs, jitter_ns), 100, MAX_TIME},
    {"sigma", offsetof(struct ocr_sim_costs, sigma), 0, 3},
    {"believed", offsetof(struct ocr_sim_costs, believed), 0.001, 1000},
};

static bool
take_stall(const char **at, struct ocr_sim_costs *c)
{
	double worker;

	if (!ocr_opt_real(at, 0, OCR_SIM_MAX_WORKERS - 1, &worker) ||
	    !take_char(at, ':') ||
	    !ocr_opt_real(at, 0, MAX_TIME, &c->stall_from_ns) ||
	    !take_char(at, ':') ||
	    !ocr_opt_real(at, 0, MAX_TIME, &c->stall_to_ns) ||
	    !take_char(at, ':') || !ocr_opt_real(at, 0, 1000, &c->stall_rate))
		return false;
	c->stalled = (size_t)worker;
	return true;
}

static bool
take_setting(const char **at, struct ocr_sim_costs *c)
{
	size_t len = strcspn(*at, "=,"), i;
	const char *name = *at;
	double align;

	*at += len;
	if (!take_char(at, '='))
		return false;
	if (len == 5 && memcmp(name, "stall", len) == 0)
		return take_stall(at, c);
	if (len == 5 && memcmp(name, "align", len) == 0) {
		if (!ocr_opt_real(at, 1, 1 << 20, &align))
			return false;
		c->align = (uint64_t)align;
		return true;
	}
	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (strlen(keys[i].name) == len &&
		    memcmp(keys[i].name, name, len) == 0)
			return ocr_opt_real(at, keys[i].min, keys[i].max,
			    (double *)(void *)((char *)c + keys[i].offset));
	return false;
}

int
ocr_sim_costs_parse(struct ocr_sim_costs *c, const char *text,
    struct ocr_err *err)
{
	const char *at = text, *was;

	for (;;) {
		was = at;
		if (!take_setting(&at, c) || (*at != ',' && *at != '\0'))
			return ocr_err_set(err, -OCR_EUSAGE,
			    "settings '%s': what does '%.*s' mean?", text,
			    (int)strcspn(was, ","), was);
		if (*at++ == '\0')
			return 0;
	}
}

struct group {
	struct ocr_sim_worker worker;
	size_t n;
};

static struct ocr_sim_worker
worker_of(bool is_card, bool is_host, const struct ocr_sim_costs *c)
{
	struct ocr_sim_worker w = {.rate = 1, .align = 1, .is_card = is_card};

	if (!is_card)
		return w;
	w.rate = is_host ? 16 : 2.4;
	w.align = c->align;
	w.launch_ns = is_host ? 200000 : c->launch_ns;
	w.read_ns = is_host ? 100000 : c->read_ns;
	w.write_ns = is_host ? 50000 : c->write_ns;
	return w;
}

/* KIND:COUNT[@RATE] */
static bool
take_group(const char **at, const struct ocr_sim_costs *c, struct group *g)
{
	size_t len = strcspn(*at, ":");
	bool is_cpu = len == 3 && memcmp(*at, "cpu", len) == 0;
	bool is_card = len == 4 && memcmp(*at, "card", len) == 0;
	bool is_host = len == 4 && memcmp(*at, "host", len) == 0;
	double n;

	*at += len;
	if ((!is_cpu && !is_card && !is_host) || !take_char(at, ':') ||
	    !ocr_opt_real(at, 0, OCR_SIM_MAX_WORKERS, &n) ||
	    fabs(n - floor(n)) > 0)
		return false;
	g->n = (size_t)n;
	g->worker = worker_of(!is_cpu, is_host, c);
	if (take_char(at, '@') && !ocr_opt_real(at, 1e-6, 1e6, &g->worker.rate))
		return false;
	g->worker.believed = g->worker.rate * (is_cpu ? 1 : c->believed);
	return true;
}

static int
add_group(struct ocr_sim_setup *s, const struct group *g, const char *text,
    struct ocr_err *err)
{
	size_t n = s->n_workers + g->n, i;
	struct ocr_sim_worker *p;

	if (n > OCR_SIM_MAX_WORKERS)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "workers '%s': more than %d", text, OCR_SIM_MAX_WORKERS);
	if (g->n == 0)
		return 0;
	p = realloc(s->workers, n * sizeof(*p));
	if (p == NULL)
		return ocr_err_nomem(err);
	s->workers = p;
	for (i = s->n_workers; i < n; i++)
		p[i] = g->worker;
	s->n_workers = n;
	return 0;
}

/* Threads or cards of the text; it is read once for each. */
static int
add_kind(struct ocr_sim_setup *s, const char *text,
    const struct ocr_sim_costs *c, bool is_card, struct ocr_err *err)
{
	const char *at = text, *was;
	struct group g;
	int r;

	for (;;) {
		was = at;
		if (!take_group(&at, c, &g) || (*at != ',' && *at != '\0'))
			return ocr_err_set(err, -OCR_EUSAGE,
			    "workers '%s': '%.*s' is not cpu, card or "
			    "host:COUNT[@RATE]",
			    text, (int)strcspn(was, ","), was);
		r = g.worker.is_card == is_card ? add_group(s, &g, text, err)
						: 0;
		if (r < 0)
			return r;
		if (*at++ == '\0')
			return 0;
	}
}

int
ocr_sim_setup_parse(struct ocr_sim_setup *s, const char *workers,
    const struct ocr_sim_costs *c, struct ocr_err *err)
{
	int r;

	*s = (struct ocr_sim_setup){
	    .submit_ns = c->submit_ns,
	    .steal_ns = c->steal_ns,
	    .probe_ns = c->probe_ns,
	    .jitter = c->jitter,
	    .jitter_ns = c->jitter_ns,
	    .stalled = c->stalled,
	    .stall_from_ns = c->stall_from_ns,
	    .stall_to_ns = c->stall_to_ns,
	    .stall_rate = c->stall_rate,
	    .seed = 1,
	};
	snprintf(s->name, sizeof(s->name), "%s", workers);
	r = add_kind(s, workers, c, false, err);
	if (r >= 0)
		r = add_kind(s, workers, c, true, err);
	if (r >= 0 && s->n_workers == 0)
		r = ocr_err_set(err, -OCR_EUSAGE, "workers '%s': none",
		    workers);
	if (r >= 0 && s->stalled != SIZE_MAX && s->stalled >= s->n_workers)
		r = ocr_err_set(err, -OCR_EUSAGE,
		    "stall: there is no worker %zu", s->stalled);
	if (r < 0)
		ocr_sim_setup_release(s);
	return r;
}

void
ocr_sim_setup_release(struct ocr_sim_setup *s)
{
	free(s->workers);
	*s = (struct ocr_sim_setup){0};
}
