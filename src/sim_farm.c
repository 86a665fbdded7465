/*
 * sim_farm.c - what a chunk goes through, stage by stage; called by sim_hosts.c
 */
#include "config.h"

#include "src/sim_farm.h"

#include <math.h>

#include "src/sim_random.h"

/* Units: bytes and ns. */
#define MB_NS 1e3     /* ns of a byte at 1 MB/s */
#define MS_PER_MB 1.0 /* ns of a byte that takes 1 ms per MB */
#define US 1e3
#define MS 1e6
#define WHAT_COST 0x636f7374

double
ocr_farm_bytes(const struct ocr_farm *f, uint32_t chunk)
{
	return chunk + 1 == f->n_chunks ? f->last_bytes : f->net->chunk;
}

/* ns of a processor for the phase that a trip is in. */
static double
cpu_ns(const struct ocr_farm *f, const struct ocr_farm_trip *t)
{
	const struct ocr_sim_net *net = f->net;
	double raw, out, in;

	if (t->is_void)
		return 0;
	if (t->phase == FARM_CONNECT)
		return net->connect_cpu * 1e9;
	raw = ocr_farm_bytes(f, t->chunk);
	out = ocr_sim_net_out_bytes(net, raw);
	in = ocr_sim_net_in_bytes(net, raw);
	switch (t->phase) {
	case FARM_READ:
		return net->own * MS_PER_MB * out / 2;
	case FARM_PACK:
		return net->own * MS_PER_MB * out / 2 + net->per_chunk * US / 2;
	case FARM_ENCRYPT:
		return net->ssh * MS_PER_MB * out;
	case FARM_DECRYPT:
		return net->ssh * MS_PER_MB * in;
	case FARM_CHECK:
		return net->own * MS_PER_MB * in / 2 + net->per_chunk * US / 2 +
		       net->verify * net->share * MS_PER_MB * raw;
	case FARM_WRITE:
		return net->own * MS_PER_MB * in / 2;
	default:
		return net->loop * US / 2;
	}
}

/* An actor that has a task gets a processor, or waits for one. */
static void
start(struct ocr_farm *f, size_t actor, double now)
{
	struct ocr_farm_actor *a = &f->actors[actor];
	struct ocr_sim_event e = {.kind = FARM_CPU, .worker = actor};
	double ns;

	a->is_busy = true;
	if (f->n_busy_cores == f->n_cores) {
		a->next = NO_ACTOR;
		if (f->first_actor == NO_ACTOR)
			f->first_actor = actor;
		else
			f->actors[f->last_actor].next = actor;
		f->last_actor = actor;
		return;
	}
	f->n_busy_cores++;
	ns = cpu_ns(f, &f->trips[a->tasks.first]);
	f->busy_core_ns += ns;
	if (actor == FARM_LOOP)
		f->busy_loop_ns += ns;
	e.ns = now + ns;
	ocr_sim_heap_push(&f->heap, e);
}

void
ocr_farm_task(struct ocr_farm *f, size_t actor, uint32_t trip, double now)
{
	ocr_farm_append(f, &f->actors[actor].tasks, trip);
	if (!f->actors[actor].is_busy)
		start(f, actor, now);
}

static void
at(struct ocr_farm *f, uint32_t trip, enum ocr_farm_phase phase, double ns)
{
	struct ocr_sim_event e = {.kind = FARM_TRIP, .ns = ns, .mid = trip};

	f->trips[trip].phase = phase;
	ocr_sim_heap_push(&f->heap, e);
}

/* Something that serves one after the other is free at *free_ns; until then,
 * and for ns more. */
static double
book(double *free_ns, double now, double ns)
{
	*free_ns = (*free_ns > now ? *free_ns : now) + ns;
	return *free_ns;
}

static double
wire_ns(double bytes, double mb_s)
{
	return bytes / mb_s * MB_NS;
}

static void
begin_unit(struct ocr_farm *f, struct ocr_farm_host *h, uint32_t trip,
    double now)
{
	const struct ocr_sim_net *net = f->net;
	uint32_t chunk = f->trips[trip].chunk;
	double raw = ocr_farm_bytes(f, chunk), ns = raw / h->speed;
	double from = now;

	if (net->noise > 0)
		ns *= exp(net->noise * ocr_sim_gauss(ocr_sim_hash(f->seed,
					   WHAT_COST, chunk)) -
			  net->noise * net->noise / 2);
	if (net->is_by_ref && net->store > 0)
		from = book(&f->store_ns, now,
		    wire_ns(raw * (1 + net->ratio), net->store));
	h->n_busy++;
	at(f, trip, FARM_COMPUTE, from + ns);
}

/* A unit has done a trip. */
static void
end_unit(struct ocr_farm *f, struct ocr_farm_host *h, double now)
{
	uint32_t next;

	h->n_busy--;
	next = ocr_farm_take(f, &h->units);
	if (next != NO_TRIP)
		begin_unit(f, h, next, now);
}

/* A trip has come through a wire, an sshd or a unit. */
static void
move(struct ocr_farm *f, uint32_t trip, double now)
{
	const struct ocr_sim_net *net = f->net;
	struct ocr_farm_trip *t = &f->trips[trip];
	struct ocr_farm_host *h = &f->hosts[t->host];
	double raw = ocr_farm_bytes(f, t->chunk);
	double out = ocr_sim_net_out_bytes(net, raw);
	double in = ocr_sim_net_in_bytes(net, raw);
	double ns;

	if (t->is_void || h->is_dead)
		return; /* the trip is dropped when its host is lost */
	switch (t->phase) {
	case FARM_TO_HOST:
		at(f, trip, FARM_HOST_IN,
		    book(&h->sshd_ns, now, net->host_ssh * MS_PER_MB * out));
		break;
	case FARM_HOST_IN:
		if (h->n_busy < h->n_units)
			begin_unit(f, h, trip, now);
		else
			ocr_farm_append(f, &h->units, trip);
		break;
	case FARM_COMPUTE:
		end_unit(f, h, now);
		at(f, trip, FARM_HOST_OUT,
		    book(&h->sshd_ns, now, net->host_ssh * MS_PER_MB * in));
		break;
	case FARM_HOST_OUT:
		at(f, trip, FARM_FROM_HOST,
		    book(&h->out_ns, now, wire_ns(in, net->host_link)) +
			net->latency * MS);
		break;
	case FARM_FROM_HOST:
		ns = wire_ns(in, net->link);
		f->busy_in_ns += ns;
		f->wire_bytes += in;
		at(f, trip, FARM_TO_MASTER, book(&f->in_ns, now, ns));
		break;
	default:
		t->phase = FARM_DECRYPT;
		ocr_farm_task(f, FARM_SSH(t->host), trip, now);
		break;
	}
}

static void
send(struct ocr_farm *f, uint32_t trip, double now)
{
	const struct ocr_sim_net *net = f->net;
	struct ocr_farm_host *h = &f->hosts[f->trips[trip].host];
	double out =
	    ocr_sim_net_out_bytes(net, ocr_farm_bytes(f, f->trips[trip].chunk));
	double ns = wire_ns(out, net->link);

	f->busy_out_ns += ns;
	f->wire_bytes += out;
	/* Nothing else comes to that host, and nothing overtakes. */
	now = book(&f->out_ns, now, ns);
	now = book(&h->in_ns, now, wire_ns(out, net->host_link));
	at(f, trip, FARM_TO_HOST, now + net->latency * MS);
}

/* A task of an actor is done. */
static void
step(struct ocr_farm *f, uint32_t trip, double now)
{
	struct ocr_farm_trip *t = &f->trips[trip];
	struct ocr_sim_event e = {.kind = FARM_OPEN, .worker = t->host};

	if (t->is_void)
		return;
	switch (t->phase) {
	case FARM_CONNECT:
		e.ns = now + f->net->connect * 1e9;
		ocr_sim_heap_push(&f->heap, e);
		ocr_farm_drop(f, trip);
		break;
	case FARM_READ:
		t->phase = FARM_ARRIVE;
		ocr_farm_task(f, FARM_LOOP, trip, now);
		ocr_farm_read(f, now);
		break;
	case FARM_PACK:
		t->phase = FARM_ENCRYPT;
		ocr_farm_task(f, FARM_SSH(t->host), trip, now);
		break;
	case FARM_ENCRYPT:
		send(f, trip, now);
		break;
	case FARM_DECRYPT:
		t->phase = FARM_CHECK;
		ocr_farm_task(f, FARM_THREAD(t->host), trip, now);
		break;
	case FARM_CHECK:
		if (f->net->is_by_ref)
			f->checked_bytes += f->net->share *
					    (1 + f->net->ratio) *
					    ocr_farm_bytes(f, t->chunk);
		t->phase = FARM_DONE;
		ocr_farm_task(f, FARM_LOOP, trip, now);
		break;
	case FARM_WRITE:
		ocr_farm_drop(f, trip);
		f->n_out++;
		f->n_in_use--;
		f->makespan_ns = now;
		ocr_farm_read(f, now);
		break;
	default:
		ocr_farm_loop(f, trip, now);
		break;
	}
}

static void
end_task(struct ocr_farm *f, size_t actor, double now)
{
	struct ocr_farm_actor *a = &f->actors[actor];
	uint32_t trip = ocr_farm_take(f, &a->tasks);
	size_t next = f->first_actor;

	f->n_busy_cores--;
	a->is_busy = false;
	if (next != NO_ACTOR) {
		f->first_actor = f->actors[next].next;
		start(f, next, now);
	}
	if (a->tasks.first != NO_TRIP)
		start(f, actor, now);
	step(f, trip, now);
}

void
ocr_farm_serve(struct ocr_farm *f, const struct ocr_sim_event *e)
{
	switch (e->kind) {
	case FARM_CPU:
		end_task(f, e->worker, e->ns);
		break;
	case FARM_TRIP:
		move(f, (uint32_t)e->mid, e->ns);
		break;
	case FARM_OPEN:
		f->hosts[e->worker].is_open = !f->hosts[e->worker].is_dead;
		ocr_farm_dispatch(f, e->ns);
		break;
	case FARM_DEATH:
		f->hosts[e->worker].is_dead = true;
		break;
	case FARM_NOTICE:
		ocr_farm_lose(f, e->worker, e->ns);
		break;
	default:
		f->is_looking = false;
		ocr_farm_dispatch(f, e->ns);
		break;
	}
}
