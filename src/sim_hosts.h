/*
 * sim_hosts.h - one stream of chunks over many hosts, on a virtual clock
 *
 * A master reads chunks, sends each through a connection to a host, whose
 * compute units work on it, takes the result, checks it, and writes all of them
 * in order.  Who gets which chunk is decided by the code of policy_stream.h; what
 * is modelled is what costs time: processors of the master, its link, those of
 * the hosts, connections.  Deterministic.
 *
 *	ocr_sim_net (settings) ─► sim_hosts.c: events ─► ocr_sim_hosts_report
 */
#ifndef OCR_SIM_HOSTS_H
#define OCR_SIM_HOSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/schedule.h"

#define OCR_SIM_MAX_HOSTS 2000
#define OCR_SIM_MAX_UNITS 1000
#define OCR_SIM_MAX_WINDOW 64
#define OCR_SIM_MAX_CHUNKS 4000000

/* What --set changes; where the defaults come from is in sim_net.c. */
struct ocr_sim_net {
	double rate;      /* MB/s of raw bytes that a unit does */
	double units;     /* of a host */
	double chunk;     /* bytes */
	double ratio;     /* bytes of a result by bytes of its chunk */
	double seconds;   /* that the work would take if only units took time */
	double chunks;    /* so many instead; 0: by seconds */
	double spread;    /* hosts differ in speed by +- this part of it */
	double noise;     /* log-normal spread of what chunks cost */
	double slow;      /* so many hosts, the first ones, ... */
	double slow_rate; /* ... have this part of their speed */
	double connect;   /* s, beside ... */
	double connect_cpu; /* ... s of a processor of the master */
	double cores;       /* of the master */
	double link;        /* MB/s of the master each way */
	double host_link;   /* and of a host */
	double latency;     /* ms, one way */
	double ssh;         /* ms per MB of the master's processor, in ssh */
	double host_ssh;    /* and in sshd */
	double own;         /* the same in our process, for moving bytes */
	double verify;      /* ms per MB of raw bytes, for checking a result */
	double share;       /* of the results that are checked */
	double
	    per_chunk;  /* us of the master for a chunk, of its host's thread */
	double loop;    /* us of the one thread that deals them out */
	double store;   /* MB/s of the file system that all share; 0: any */
	double window;  /* chunks that wait here for a host */
	double deaths;  /* hosts that die on the way, ... */
	double notice;  /* ... s after which that is known */
	bool is_by_ref; /* names cross the master, not bytes */
	bool has_no_copies; /* no second copies near the end */
};

struct ocr_sim_hosts_report {
	size_t n_hosts, n_chunks;
	double raw_bytes;
	double makespan_s, bound_s; /* bound: all units at all times */
	double speedup;             /* over one unit */
	double efficiency;          /* bound / makespan */
	double cpu_load, loop_load; /* of the master; of the dealing thread */
	double link_load;           /* of the busier direction */
	double through;             /* MB/s both ways through the master */
	double checked;    /* MB/s read by it for checks, by reference */
	double store_rate; /* MB/s that hosts read, by reference */
	double memory;     /* MB of chunks that the master may hold */
	uint64_t n_stolen, n_copies, n_late, n_redone;
};

/* -OCR_ENOMEM; -OCR_EHOST: no host is left; -OCR_EFORMAT: chunks got lost or
 * were done twice, which is a fault of ours. */
int ocr_sim_hosts_run(const struct ocr_sim_net *net, size_t n_hosts,
    const struct ocr_schedule *schedule, uint64_t seed,
    struct ocr_sim_hosts_report *report, struct ocr_err *err);

/* Bytes of a chunk's entry and of its result's, and on the wire. */
double ocr_sim_net_out_bytes(const struct ocr_sim_net *net, double raw);
double ocr_sim_net_in_bytes(const struct ocr_sim_net *net, double raw);

/* s of the master's processors for so many raw bytes, a chunk at a time: what
 * sending them away costs, which doing them here would not. */
double ocr_sim_net_master_s(const struct ocr_sim_net *net, double raw);

/* sim_net.c */
struct ocr_sim_net ocr_sim_net_default(bool is_by_ref);
/* Is "NAME=VALUE" about one of its names? */
bool ocr_sim_net_is_name(const char *item);
/* "NAME=VALUE".  -OCR_EUSAGE. */
int ocr_sim_net_set(struct ocr_sim_net *net, const char *item,
    struct ocr_err *err);

#endif
