/*
 * sim_farm_loop.c - the master's loop: who gets which chunk; as
 * common/stream_loop.c and common/stream_dispatch.c do it
 */
#include "config.h"

#include "src/sim_farm.h"

#include "src/sim_random.h"

#define LOOK_NS 1e7 /* of stream_loop.c */

void
ocr_farm_read(struct ocr_farm *f, double now)
{
	uint32_t t;

	if (f->n_read == f->n_chunks || f->n_in_use >= f->max_in_use ||
	    f->actors[FARM_READER].is_busy)
		return;
	t = ocr_farm_trip(f, (uint32_t)f->n_read, FARM_READ);
	if (t == NO_TRIP)
		return;
	f->n_read++;
	f->n_in_use++;
	ocr_farm_task(f, FARM_READER, t, now);
}

/* What the policy may know of a host. */
static void
look(struct ocr_farm *f, size_t i, double now)
{
	const struct ocr_farm_host *h = &f->hosts[i];
	struct ocr_stream_view *v = &f->views[i];

	*v = (struct ocr_stream_view){
	    .is_usable = h->is_open && !h->is_retired,
	    .is_open = h->is_open,
	    .is_host = true,
	    .gives_back = h->n_waiting > 0,
	    .lends = h->n_in_flight > 0,
	    .width = h->n_units,
	    .n_in_flight = h->n_in_flight + h->n_owed,
	    .depth = h->depth,
	    .bytes = (uint64_t)(h->bytes + h->n_owed * f->net->chunk),
	    .busy_ns = now > h->since_ns ? (uint64_t)(now - h->since_ns) : 0,
	    .bytes_per_ns = h->busy_ns > 0 ? h->done_bytes / h->busy_ns : 0,
	    .turn = v->turn,
	};
}

void
ocr_farm_fill(struct ocr_farm *f, size_t host, double now)
{
	struct ocr_farm_host *h = &f->hosts[host];
	struct ocr_farm_trip *t;
	uint32_t trip;

	while (h->n_waiting > 0 && h->n_sent < h->credits) {
		trip = h->waiting[0];
		h->n_waiting--;
		for (unsigned i = 0; i < h->n_waiting; i++)
			h->waiting[i] = h->waiting[i + 1];
		h->n_sent++;
		t = &f->trips[trip];
		t->start_ns = now;
		t->phase = FARM_PACK;
		ocr_farm_task(f, FARM_THREAD(host), trip, now);
	}
}

static void
submit(struct ocr_farm *f, size_t host, uint32_t trip, double now)
{
	struct ocr_farm_host *h = &f->hosts[host];

	f->trips[trip].host = (uint32_t)host;
	if (h->n_in_flight++ == 0)
		h->since_ns = now;
	h->bytes += ocr_farm_bytes(f, f->trips[trip].chunk);
	h->waiting[h->n_waiting++] = trip;
	ocr_farm_fill(f, host, now);
}

static void
leave(struct ocr_farm *f, struct ocr_farm_host *h, uint32_t trip)
{
	h->n_in_flight--;
	h->bytes -= ocr_farm_bytes(f, f->trips[trip].chunk);
}

/* OCR_STREAM_LATER: chunks wait, and time may change that. */
static int
hand_out(struct ocr_farm *f, double now)
{
	struct ocr_stream_rest rest = {.is_ended = f->is_read_ended};
	uint32_t trip;
	size_t behind;
	int i;

	while (f->n_ready > 0) {
		trip = f->ready.first;
		rest.n_waiting = f->n_ready;
		rest.bytes = (uint64_t)ocr_farm_bytes(f, f->trips[trip].chunk);
		behind = f->n_read - f->trips[trip].chunk;
		rest.n_ahead = !rest.is_ended && f->max_in_use > behind
				   ? f->max_in_use - behind
				   : 0;
		i = ocr_stream_choose(&f->policy, f->views, f->n_hosts, &rest);
		if (i < 0)
			return i;
		(void)ocr_farm_take(f, &f->ready);
		f->n_ready--;
		submit(f, (size_t)i, trip, now);
		look(f, (size_t)i, now);
	}
	return OCR_STREAM_NONE;
}

static int
steal(struct ocr_farm *f, double now)
{
	int thief, victim = 0;
	struct ocr_farm_host *v;
	uint32_t trip;

	for (;;) {
		thief =
		    ocr_stream_steal(&f->policy, f->views, f->n_hosts, &victim);
		if (thief < 0)
			return thief;
		v = &f->hosts[victim];
		if (v->n_waiting == 0) {
			f->views[victim].gives_back = false;
			continue;
		}
		trip = v->waiting[--v->n_waiting];
		leave(f, v, trip);
		f->report->n_stolen++;
		submit(f, (size_t)thief, trip, now);
		look(f, (size_t)thief, now);
		look(f, (size_t)victim, now);
	}
}

/* What host v has had for the longest time, if there is no copy of it. */
static uint32_t
lend(const struct ocr_farm *f, size_t v)
{
	uint32_t best = NO_TRIP;

	for (size_t i = 0; i < f->n_trips; i++) {
		const struct ocr_farm_trip *t = &f->trips[i];

		if (t->host != v || !t->is_used || t->is_void ||
		    t->is_forgotten || t->twin != NO_TRIP || t->is_copy ||
		    t->phase < FARM_PACK || t->phase > FARM_DECRYPT)
			continue;
		if (best == NO_TRIP || t->start_ns < f->trips[best].start_ns)
			best = (uint32_t)i;
	}
	return best;
}

/* Hosts with nothing to do repeat what others take long for, as soon as the
 * reader cannot bring more. */
static int
copy(struct ocr_farm *f, double now)
{
	int thief, victim = 0;
	uint32_t old, new;

	for (;;) {
		thief =
		    ocr_stream_copy(&f->policy, f->views, f->n_hosts, &victim);
		if (thief < 0)
			return thief;
		if (!f->is_read_ended && f->n_in_use < f->max_in_use)
			return OCR_STREAM_LATER;
		old = lend(f, (size_t)victim);
		if (old == NO_TRIP) {
			f->views[victim].lends = false;
			continue;
		}
		new = ocr_farm_trip(f, f->trips[old].chunk, FARM_ARRIVE);
		if (new == NO_TRIP)
			return OCR_STREAM_NONE;
		f->trips[new].is_copy = true;
		f->trips[old].twin = new;
		f->trips[new].twin = old;
		f->report->n_copies++;
		submit(f, (size_t)thief, new, now);
		look(f, (size_t)thief, now);
	}
}

void
ocr_farm_dispatch(struct ocr_farm *f, double now)
{
	struct ocr_sim_event e = {.kind = FARM_LOOK, .ns = now + LOOK_NS};
	bool is_patient;

	if (f->n_done == f->n_chunks)
		return;
	for (size_t i = 0; i < f->n_hosts; i++)
		look(f, i, now);
	is_patient = hand_out(f, now) == OCR_STREAM_LATER;
	if (f->n_ready == 0) {
		is_patient = steal(f, now) == OCR_STREAM_LATER;
		if (!f->net->has_no_copies)
			is_patient |= copy(f, now) == OCR_STREAM_LATER;
	}
	if (is_patient && !f->is_looking) {
		f->is_looking = true;
		ocr_sim_heap_push(&f->heap, e);
	}
}

/* The first answer counts; whoever is late is known only to its host. */
static void
finish(struct ocr_farm *f, uint32_t trip)
{
	struct ocr_farm_trip *t = &f->trips[trip];
	uint32_t twin = t->twin;

	f->is_done[t->chunk] = true;
	f->n_done++;
	f->seams += ocr_sim_mix(t->chunk);
	if (twin == NO_TRIP)
		return;
	f->trips[twin].twin = NO_TRIP;
	f->trips[twin].is_forgotten = true;
	leave(f, &f->hosts[f->trips[twin].host], twin);
	f->hosts[f->trips[twin].host].n_owed++;
}

static void
take_result(struct ocr_farm *f, uint32_t trip, double now)
{
	struct ocr_farm_trip *t = &f->trips[trip];
	struct ocr_farm_host *h = &f->hosts[t->host];
	double from = t->start_ns > h->last_ns ? t->start_ns : h->last_ns;

	h->n_sent--;
	h->last_ns = now;
	if (t->is_forgotten) {
		f->report->n_late++;
		h->n_owed--;
	} else {
		leave(f, h, trip);
		if (now > h->since_ns)
			h->since_ns = now;
		h->busy_ns += now - from;
		h->done_bytes += ocr_farm_bytes(f, t->chunk);
		finish(f, trip);
	}
	ocr_farm_fill(f, t->host, now);
	ocr_farm_drop(f, trip);
}

/* What is next in order goes to the writer. */
static void
put_out(struct ocr_farm *f, size_t *next, double now)
{
	uint32_t t;

	while (*next < f->n_chunks && f->is_done[*next]) {
		t = ocr_farm_trip(f, (uint32_t)*next, FARM_WRITE);
		if (t == NO_TRIP)
			return;
		ocr_farm_task(f, FARM_WRITER, t, now);
		++*next;
	}
}

void
ocr_farm_loop(struct ocr_farm *f, uint32_t trip, double now)
{
	if (f->trips[trip].phase == FARM_ARRIVE) {
		ocr_farm_append(f, &f->ready, trip);
		f->n_ready++;
		f->is_read_ended = f->trips[trip].chunk + 1 == f->n_chunks;
	} else {
		take_result(f, trip, now);
		put_out(f, &f->next_out, now);
	}
	ocr_farm_dispatch(f, now);
}

/* A chunk that a host had goes to the others, before all that wait. */
static void
give_back(struct ocr_farm *f, uint32_t chunk)
{
	uint32_t t = ocr_farm_trip(f, chunk, FARM_ARRIVE);

	if (t == NO_TRIP)
		return;
	if (f->n_ready++ == 0) {
		ocr_farm_append(f, &f->ready, t);
		return;
	}
	f->trips[t].next = f->ready.first;
	f->ready.first = t;
}

/* One attempt less; the other one, if there is one, goes on. */
static void
lose_trip(struct ocr_farm *f, uint32_t trip)
{
	struct ocr_farm_trip *t = &f->trips[trip];
	uint32_t chunk = t->chunk, twin = t->twin;

	t->is_void = true;
	t->twin = NO_TRIP;
	if (t->is_forgotten) {
		f->hosts[t->host].n_owed--;
		return;
	}
	leave(f, &f->hosts[t->host], trip);
	if (twin != NO_TRIP) {
		f->trips[twin].twin = NO_TRIP;
		return;
	}
	f->report->n_redone++;
	give_back(f, chunk);
}

void
ocr_farm_lose(struct ocr_farm *f, size_t host, double now)
{
	struct ocr_farm_host *h = &f->hosts[host];
	size_t n = f->n_trips;
	uint32_t trip;

	h->is_retired = true;
	while (h->n_waiting > 0) {
		trip = h->waiting[--h->n_waiting];
		leave(f, h, trip);
		give_back(f, f->trips[trip].chunk);
		ocr_farm_drop(f, trip);
	}
	for (size_t i = 0; i < n; i++) {
		const struct ocr_farm_trip *t = &f->trips[i];

		if (t->is_used && !t->is_void && t->host == host &&
		    t->phase >= FARM_PACK && t->phase <= FARM_DECRYPT)
			lose_trip(f, (uint32_t)i);
	}
	ocr_farm_dispatch(f, now);
}
