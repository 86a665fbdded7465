/*
 * sim_farm.h - the state of a stream over hosts; for sim_hosts.c, sim_farm.c,
 * sim_farm_loop.c
 *
 * A trip is one attempt at a chunk, from the reader to the result; the writer
 * has one more of them for each chunk.  It is in one place at any time: in the
 * list of an actor, of a host's units, of the chunks that wait, or under way to
 * the next event.
 *
 * An actor is a thread of the master's (or an ssh, which has one): it does its
 * tasks one after the other and needs a processor for each.
 */
#ifndef OCR_SIM_FARM_H
#define OCR_SIM_FARM_H

#include "common/policy_stream.h"
#include "src/sim_heap.h"
#include "src/sim_hosts.h"

#define NO_TRIP UINT32_MAX
#define NO_ACTOR SIZE_MAX

enum ocr_farm_phase {
	FARM_CONNECT, /* ssh's exchange of keys; a trip without a chunk */
	FARM_READ,
	FARM_ARRIVE,  /* the loop sees it */
	FARM_PACK,    /* the host's thread writes it to ssh */
	FARM_ENCRYPT, /* ssh */
	FARM_TO_HOST, /* on the wire */
	FARM_HOST_IN, /* sshd */
	FARM_COMPUTE,
	FARM_HOST_OUT,  /* sshd */
	FARM_FROM_HOST, /* on the host's wire */
	FARM_TO_MASTER, /* on the master's */
	FARM_DECRYPT,   /* ssh */
	FARM_CHECK,     /* the host's thread takes and checks it */
	FARM_DONE,      /* the loop sees it */
	FARM_WRITE,
};

/* Kinds of events. */
enum {
	FARM_CPU,    /* actor `worker` has done its first task */
	FARM_TRIP,   /* trip `mid` is where its phase says */
	FARM_OPEN,   /* host `worker` is connected */
	FARM_DEATH,  /* it dies */
	FARM_NOTICE, /* and that is seen */
	FARM_LOOK,   /* the loop looks for workers that are late */
};

struct ocr_farm_trip {
	uint32_t chunk, host;
	uint32_t next; /* in a list */
	uint32_t twin; /* the other attempt, or NO_TRIP */
	enum ocr_farm_phase phase;
	double start_ns;
	bool is_used, is_void; /* void: its host has gone */
	bool is_copy;          /* the later one of the two */
	bool is_forgotten;     /* its twin was first */
};

struct ocr_farm_list {
	uint32_t first, last;
};

struct ocr_farm_actor {
	struct ocr_farm_list tasks;
	size_t next; /* of those who wait for a processor */
	bool is_busy;
};

struct ocr_farm_host {
	double speed; /* bytes per ns of a unit */
	bool is_open, is_dead, is_retired;
	unsigned n_sent, credits, depth;
	uint32_t waiting[OCR_SIM_MAX_WINDOW];
	unsigned n_waiting;
	struct ocr_farm_list units;
	unsigned n_busy, n_units;
	double sshd_ns, in_ns, out_ns; /* when free */
	/* as the loop sees it */
	unsigned n_in_flight, n_owed; /* owed: forgotten ones */
	double bytes;                 /* of them */
	double since_ns, last_ns, busy_ns, done_bytes;
};

struct ocr_farm {
	const struct ocr_sim_net *net;
	struct ocr_sim_hosts_report *report;
	uint64_t seed;
	size_t n_hosts;
	struct ocr_farm_host *hosts;
	struct ocr_stream_view *views;
	struct ocr_farm_actor *actors;
	struct ocr_stream_policy policy;
	struct ocr_sim_heap heap;
	/* trips */
	struct ocr_farm_trip *trips;
	size_t n_trips, cap_trips;
	uint32_t free_trip;
	bool is_short; /* of memory */
	/* the master's processors and wires */
	size_t n_cores, n_busy_cores, first_actor, last_actor;
	double busy_core_ns, busy_loop_ns;
	double out_ns, in_ns, busy_out_ns, busy_in_ns, store_ns;
	/* the stream */
	size_t n_chunks, n_read, n_done, next_out, n_out;
	size_t n_in_use, max_in_use;
	size_t n_ready;
	struct ocr_farm_list ready;
	bool *is_done;
	double last_bytes; /* of the last chunk */
	uint64_t seams;
	double wire_bytes, checked_bytes;
	bool is_read_ended, is_looking;
	double makespan_ns;
};

/* Actors. */
enum { FARM_READER, FARM_LOOP, FARM_WRITER, FARM_OTHERS };
#define FARM_THREAD(host) (FARM_OTHERS + 2 * (size_t)(host))
#define FARM_SSH(host) (FARM_OTHERS + 2 * (size_t)(host) + 1)

/* A new trip, NO_TRIP: no memory. */
uint32_t ocr_farm_trip(struct ocr_farm *f, uint32_t chunk,
    enum ocr_farm_phase phase);
void ocr_farm_drop(struct ocr_farm *f, uint32_t trip);

void ocr_farm_append(struct ocr_farm *f, struct ocr_farm_list *list,
    uint32_t trip);
uint32_t ocr_farm_take(struct ocr_farm *f, struct ocr_farm_list *list);

/* A task for an actor, in the phase that the trip is in. */
void ocr_farm_task(struct ocr_farm *f, size_t actor, uint32_t trip, double now);
void ocr_farm_serve(struct ocr_farm *f, const struct ocr_sim_event *e);

/* sim_farm_loop.c: a trip of the loop's, in phase ARRIVE or DONE. */
void ocr_farm_loop(struct ocr_farm *f, uint32_t trip, double now);
void ocr_farm_dispatch(struct ocr_farm *f, double now);
/* Credit for one more on that host. */
void ocr_farm_fill(struct ocr_farm *f, size_t host, double now);
void ocr_farm_lose(struct ocr_farm *f, size_t host, double now);
/* The reader goes on if it may. */
void ocr_farm_read(struct ocr_farm *f, double now);

double ocr_farm_bytes(const struct ocr_farm *f, uint32_t chunk);

#endif
