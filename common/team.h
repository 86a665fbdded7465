/*
 * team.h - the workers of a run
 *
 * CPU threads and compute units of cards, by a device list.  Workers open when
 * the loop first needs them, so a small file costs one thread.
 */
#ifndef OCR_TEAM_H
#define OCR_TEAM_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "common/job.h"
#include "common/queue.h"
#include "common/schedule.h"

struct ocr_cardset;
struct ocr_trace;
struct ocr_ui;
struct ocr_worker_host_opt;

enum ocr_verify {
	OCR_VERIFY_FULL = 0, /* every result of a card */
	OCR_VERIFY_SAMPLE,   /* some of them */
	OCR_VERIFY_OFF,
};

enum ocr_busy {
	OCR_BUSY_SKIP = 0, /* a unit that another program uses is left out */
	OCR_BUSY_WAIT,     /* ... is waited for */
	OCR_BUSY_SHARE,    /* no leases: XRT alone decides */
};

/* Who is to work; zeroed is the default.  Texts are not copied. */
struct ocr_team_opt {
	unsigned n_threads;  /* of the CPU; 0 = as many as ocr_cpus_usable() */
	const char *devices; /* a list, see device.h; NULL: $OCR_DEVICES, and
			      * without that "auto" */
	const char *xclbins; /* files and directories, colons between them;
			      * NULL: $OCR_XCLBIN */
	const struct ocr_card_driver *const *drivers; /* of the kernels to
						       * come; NULL: no cards */
	enum ocr_verify verify;
	double verify_share; /* SAMPLE: part of the results, 0 to 1 */
	bool has_verify;     /* the user has said so */
	enum ocr_busy busy;
	unsigned run_timeout_ms; /* of one run on a unit; 0: 10 s */
	bool has_no_fallback;    /* where only cards are listed, no CPU in
				  * their place when all have failed */
	struct ocr_schedule schedule;
	bool has_schedule;      /* else $OCR_SCHEDULE, and without that hws */
	const char *trace_path; /* NULL: none */
	struct ocr_ui *ui;      /* warnings: what is not used, and why */
	const struct ocr_worker_host_opt *hosts;
	size_t n_hosts;
	bool is_hosts_only; /* no device of this machine works */
};

struct ocr_team {
	struct ocr_worker *workers;
	size_t n_workers;
	struct ocr_queue *done;          /* where all of them report */
	const struct ocr_kernel *kernel; /* that the open ones run, or NULL */
	struct ocr_cardset *cardset;
	size_t n_cpus; /* workers[0..n_cpus) are threads, then units of cards,
			* then hosts */
	struct ocr_schedule schedule; /* for the loop */
	struct ocr_trace *trace;      /* NULL: none; a row for each worker */
};

/* Find the devices and make a worker of each CPU thread and compute unit.  A
 * card that cannot be used is a warning.  Before the first thread. */
int ocr_team_init(struct ocr_team *t, const struct ocr_team_opt *opt,
    struct ocr_err *err);
/* The run is over, and failed if r < 0: the trace is written, or removed.
 * Returns r if that is < 0, else 0 or what went wrong with the trace. */
int ocr_team_end(struct ocr_team *t, int r, struct ocr_err *err);
/* Closes the workers that are open; a zeroed team is fine. */
void ocr_team_release(struct ocr_team *t);

/* For loops: open worker i (it is retired if that fails); 1: w->ready will come
 * on the queue ... */
int ocr_team_open(struct ocr_team *t, size_t i, const struct ocr_kernel *k,
    struct ocr_err *err);
/* ... and close all that are open; nothing is in flight. */
void ocr_team_close(struct ocr_team *t);

/* Without a loop: open worker i and wait until it is ready. */
int ocr_team_open_now(struct ocr_team *t, size_t i, const struct ocr_kernel *k,
    struct ocr_err *err);

#endif
