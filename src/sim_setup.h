/*
 * sim_setup.h - who works, and what that costs: options of ocr-sim
 *
 * Workers: KIND:COUNT[@RATE],...  KIND is cpu (a thread, RATE 1), card (RATE 2.4
 * as published) or host (a card that is far: launch 200 us, read 100 us, write
 * 50 us, RATE 16).  RATE: edges per ns.
 *
 * Settings: KEY=VALUE,...  Times are ns.
 *
 *	launch read write  of cards: 30000, 400, 200
 *	submit             of the host, for each launch: 1500
 *	steal probe        of a thread: 100; for each victim looked at: 15
 *	align              items of a card: 8
 *	jitter period      speeds wander by +- 0.05 of themselves every 20000
 *	sigma              true costs of light items: 0.15
 *	believed           speed of cards, as believed / as it is: 1
 *	stall              WORKER:FROM:TO:RATE, a worker that slows to RATE times
 *	                   its speed for a while; workers count from 0, threads
 *	                   first
 */
#ifndef OCR_SIM_SETUP_H
#define OCR_SIM_SETUP_H

#include "common/err.h"
#include "src/sim.h"

#define OCR_SIM_MAX_WORKERS 10000

struct ocr_sim_costs {
	double launch_ns, read_ns, write_ns, submit_ns;
	double steal_ns, probe_ns;
	uint64_t align;
	double jitter, jitter_ns, sigma;
	double believed;
	size_t stalled; /* SIZE_MAX: nobody */
	double stall_from_ns, stall_to_ns, stall_rate;
};

struct ocr_sim_costs ocr_sim_costs_default(void);
/* KEY=VALUE,... into *c.  -OCR_EUSAGE. */
int ocr_sim_costs_parse(struct ocr_sim_costs *c, const char *text,
    struct ocr_err *err);

/* seed is 1, cuts are exact, weights known, no log: change them after.
 * -OCR_EUSAGE, -OCR_ENOMEM. */
int ocr_sim_setup_parse(struct ocr_sim_setup *s, const char *workers,
    const struct ocr_sim_costs *c, struct ocr_err *err);
void ocr_sim_setup_release(struct ocr_sim_setup *s); /* zeroed is fine */

#endif
