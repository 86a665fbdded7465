/*
 * sim_hosts.c - see sim_hosts.h
 */
#include "config.h"

#include "src/sim_hosts.h"

#include <math.h>
#include <stdlib.h>

#include "src/sim_farm.h"
#include "src/sim_random.h"

#define CREDITS 2  /* chunks for each unit that are sent, see worker_host.c */
#define MIN_EACH 3 /* chunks for each unit, at least */
/* Chunks, at most, unless it is said. */
#define USUAL 60000
#define USUAL_BY_REF 400000
#define WHAT_SPEED 0x7370656564
#define WHAT_DEATH 0x6465617468

static void
size_stream(struct ocr_farm *f, double rate)
{
	const struct ocr_sim_net *net = f->net;
	double chunks = ceil(net->seconds * rate * 1e9 / net->chunk);
	double usual = net->is_by_ref ? USUAL_BY_REF : USUAL;
	double least = (double)f->n_hosts * net->units * MIN_EACH;

	if (net->chunks > 0)
		chunks = net->chunks;
	else if (chunks > usual)
		chunks = usual;
	if (net->chunks <= 0 && chunks < least)
		chunks = least;
	if (chunks > OCR_SIM_MAX_CHUNKS)
		chunks = OCR_SIM_MAX_CHUNKS;
	f->n_chunks = (size_t)chunks;
	f->last_bytes = net->chunk;
}

/* Bytes per ns of all hosts. */
static double
make_hosts(struct ocr_farm *f)
{
	const struct ocr_sim_net *net = f->net;
	double rate = 0, u;

	for (size_t i = 0; i < f->n_hosts; i++) {
		struct ocr_farm_host *h = &f->hosts[i];

		u = ocr_sim_unit(ocr_sim_hash(f->seed, WHAT_SPEED, i));
		h->speed = net->rate * 1e-3 * (1 + net->spread * (2 * u - 1));
		if ((double)i < net->slow)
			h->speed *= net->slow_rate;
		h->n_units = (unsigned)net->units;
		h->credits = CREDITS * h->n_units;
		h->depth = h->credits + (unsigned)net->window;
		h->units.first = NO_TRIP;
		rate += h->speed * h->n_units;
		f->max_in_use += 2 * (size_t)h->depth;
	}
	return rate;
}

/* Hosts that die, at random within the time that the bound says. */
static void
plan_deaths(struct ocr_farm *f)
{
	const struct ocr_sim_net *net = f->net;
	size_t n = net->deaths < (double)f->n_hosts ? (size_t)net->deaths
						    : f->n_hosts - 1;
	struct ocr_sim_event e = {.kind = FARM_DEATH};
	uint64_t hash;

	for (size_t i = 0; i < n; i++) {
		hash = ocr_sim_hash(f->seed, WHAT_DEATH, i);
		/* The last ones: the first may be slow, too. */
		e.worker = f->n_hosts - 1 - i;
		e.kind = FARM_DEATH;
		e.ns = ocr_sim_unit(hash) * f->report->bound_s * 1e9;
		ocr_sim_heap_push(&f->heap, e);
		e.kind = FARM_NOTICE;
		e.ns += net->notice * 1e9;
		ocr_sim_heap_push(&f->heap, e);
	}
}

static int
prepare(struct ocr_farm *f, const struct ocr_schedule *schedule,
    struct ocr_err *err)
{
	const struct ocr_sim_net *net = f->net;
	size_t n_actors = FARM_OTHERS + 2 * f->n_hosts;
	struct ocr_sim_hosts_report *r = f->report;
	double rate;

	f->hosts = calloc(f->n_hosts, sizeof(*f->hosts));
	f->views = calloc(f->n_hosts, sizeof(*f->views));
	f->actors = calloc(n_actors, sizeof(*f->actors));
	if (f->hosts == NULL || f->views == NULL || f->actors == NULL)
		return ocr_err_nomem(err);
	for (size_t i = 0; i < n_actors; i++)
		f->actors[i].tasks.first = NO_TRIP;
	f->free_trip = f->ready.first = NO_TRIP;
	f->first_actor = NO_ACTOR;
	f->n_cores = (size_t)net->cores;
	ocr_stream_policy_init(&f->policy, schedule);
	rate = make_hosts(f);
	size_stream(f, rate);
	f->is_done = calloc(f->n_chunks, sizeof(*f->is_done));
	if (f->is_done == NULL)
		return ocr_err_nomem(err);
	r->raw_bytes = (double)(f->n_chunks - 1) * net->chunk + f->last_bytes;
	r->bound_s = r->raw_bytes / rate * 1e-9;
	r->memory = (double)f->max_in_use *
		    (ocr_sim_net_out_bytes(net, net->chunk) +
			ocr_sim_net_in_bytes(net, net->chunk)) *
		    1e-6;
	return 0;
}

static void
begin(struct ocr_farm *f)
{
	uint32_t t;

	for (size_t i = 0; i < f->n_hosts; i++) {
		t = ocr_farm_trip(f, 0, FARM_CONNECT);
		if (t == NO_TRIP)
			return;
		f->trips[t].host = (uint32_t)i;
		ocr_farm_task(f, FARM_SSH(i), t, 0);
	}
	plan_deaths(f);
	ocr_farm_read(f, 0);
}

/* All chunks done, each once. */
static int
check(const struct ocr_farm *f, struct ocr_err *err)
{
	uint64_t seams = 0;

	if (f->is_short || f->heap.is_short)
		return ocr_err_nomem(err);
	for (size_t i = 0; i < f->n_chunks; i++)
		seams += ocr_sim_mix(i);
	if (f->n_done == f->n_chunks && f->n_out == f->n_chunks &&
	    f->seams == seams)
		return 0;
	return ocr_err_set(err, -OCR_EFORMAT,
	    "%zu hosts: %zu chunks were done and %zu written, not %zu",
	    f->n_hosts, f->n_done, f->n_out, f->n_chunks);
}

static void
finish(struct ocr_farm *f)
{
	const struct ocr_sim_net *net = f->net;
	struct ocr_sim_hosts_report *r = f->report;
	double ns = f->makespan_ns;

	r->n_hosts = f->n_hosts;
	r->n_chunks = f->n_chunks;
	r->makespan_s = ns * 1e-9;
	r->efficiency = r->bound_s / r->makespan_s;
	r->speedup = r->raw_bytes / (net->rate * 1e-3) / ns;
	r->cpu_load = f->busy_core_ns / (ns * (double)f->n_cores);
	r->loop_load = f->busy_loop_ns / ns;
	r->link_load =
	    (f->busy_out_ns > f->busy_in_ns ? f->busy_out_ns : f->busy_in_ns) /
	    ns;
	r->through = f->wire_bytes / ns * 1e3;
	r->checked = f->checked_bytes / ns * 1e3;
	if (net->is_by_ref)
		r->store_rate = r->raw_bytes * (1 + net->ratio) / ns * 1e3;
}

int
ocr_sim_hosts_run(const struct ocr_sim_net *net, size_t n_hosts,
    const struct ocr_schedule *schedule, uint64_t seed,
    struct ocr_sim_hosts_report *report, struct ocr_err *err)
{
	struct ocr_farm f = {
	    .net = net,
	    .report = report,
	    .seed = seed,
	    .n_hosts = n_hosts,
	};
	struct ocr_sim_event e;
	int r;

	*report = (struct ocr_sim_hosts_report){0};
	r = prepare(&f, schedule, err);
	if (r == 0)
		begin(&f);
	while (r == 0 && f.heap.n > 0 && f.n_out < f.n_chunks) {
		e = ocr_sim_heap_pop(&f.heap);
		ocr_farm_serve(&f, &e);
	}
	if (r == 0)
		r = check(&f, err);
	if (r == 0)
		finish(&f);
	free(f.heap.events);
	free(f.is_done);
	free(f.trips);
	free(f.actors);
	free(f.views);
	free(f.hosts);
	return r;
}
