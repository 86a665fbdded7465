/*
 * job.h - the worker contract: kernels, jobs, workers
 *
 * One job is one piece of work in flight on one worker.  A worker is anything
 * that can process chunks: a CPU thread (worker_cpu.c), a compute unit of a card
 * (worker_xrt.c), later a host.  They differ in the table of functions below and in
 * nothing else, so the loop and the tools know none of them by name.
 */
#ifndef OCR_JOB_H
#define OCR_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/chunk.h"
#include "common/err.h"

struct ocr_card_driver;
struct ocr_job;
struct ocr_queue;
struct ocr_worker;

/*
 * What to do with a chunk: filled in by src/, called by workers.  common/
 * includes neither src/ nor kernels/; it gets these pointers.
 */
struct ocr_kernel {
	const char *name; /* symbol in an xclbin: "k_deflate" */
	const void *arg;  /* options; read-only while workers are open */
	/* Bytes that the output of chunk 'in' with in_len bytes may take. */
	size_t (*out_bytes)(const struct ocr_kernel *k,
	    const struct ocr_chunk *in, size_t in_len);
	/* Per-worker state for run(). */
	int (*open)(const struct ocr_kernel *k, void **state,
	    struct ocr_err *err);
	/*
	 * job->in is loaded, job->out empty with out_bytes() of room.  Fill
	 * out->data, len, type, raw_len, raw_crc, has_raw; the loop has
	 * copied seq, at and origin.  Data errors go to job->err.
	 */
	int (*run)(void *state, struct ocr_job *job);
	/*
	 * Is job->out right for job->in?  For results of cards and hosts, which
	 * are not believed.  Any job that run() could have been given;
	 * -OCR_EFORMAT says what is wrong.  NULL: nothing can be checked.
	 */
	int (*verify)(void *state, const struct ocr_job *job,
	    struct ocr_err *err);
	void (*close)(void *state);
	/* Right results may differ in their last bits: sums of floats. */
	bool is_inexact;
	/* Hosts shall write results as files: src/shards.h.  verify() then is
	 * asked about each of them, and looks at what is in the file unless
	 * job->is_unchecked. */
	bool takes_shards;
	/* How cards do it, best first, NULL at the end; NULL: the CPU alone. */
	const struct ocr_card_driver *const *drivers;
};

#define OCR_JOB_AVOID 8

/* Items of a range loop: [start, end). */
struct ocr_range {
	uint64_t start, end;
};

/* What a job on the completion queue says. */
enum ocr_stage {
	OCR_STAGE_READ = 0,  /* fresh from the reader */
	OCR_STAGE_RUN,       /* back from a worker */
	OCR_STAGE_READY,     /* a worker can work, or cannot: status */
	OCR_STAGE_READ_END,  /* the reader's last word, status = why */
	OCR_STAGE_WRITE_END, /* the writer's, when it failed; ours, to end it */
};

struct ocr_job {
	/*
	 * Range loop.  With status 0 these are the items that were done: up to
	 * the last cut; further, where the worker has no exact cuts; less far
	 * if it obeyed a cut for which it had no answer in time.  Otherwise
	 * none of them counts, those that were cut off being gone.
	 */
	struct ocr_range range;
	struct ocr_chunk *in,
	    *out;   /* stream loop: payloads, sizes, checksums */
	int status; /* 0 or -OCR_E...; text in err */
	struct ocr_err err;
	/* owner: the loop */
	struct ocr_job *next;      /* in whatever list holds the job */
	struct ocr_worker *worker; /* that has or had it */
	uint64_t index;            /* order of arrival, from 0 */
	unsigned n_tries;          /* submissions so far */
	enum ocr_stage stage;
	/* owner: the worker, valid after completion; for stats and policies */
	uint64_t start_ns, end_ns;
	uint64_t verify_ns;   /* of it, checking the result */
	uint64_t moved_bytes; /* to and from a card */
	/* When its items were begun, what they need having been copied, and when
	 * they were done, before results were copied.  0: it does not say. */
	uint64_t first_ns, last_ns;
	bool is_redone;    /* wrong on a card, then done on the CPU: err
				* says what was wrong, status is 0 */
	bool is_unchecked; /* nobody looked at the result ... */
	bool is_unread;    /* ... as the file cannot be read here: err says why,
			    * status is 0 */
	bool is_declined;  /* not for the card: done on the CPU */
	/* By the loop: no items, but the driver's collect(). */
	bool is_collecting;
	/* Hosts: how many connections failed while they had it, and where it
	 * is not to go again as long as others are there. */
	unsigned n_lost;
	unsigned n_avoid;
	const struct ocr_worker *avoid[OCR_JOB_AVOID];
	bool was_sent;    /* by the host that it comes back from ... */
	uint64_t sent_ns; /* ... then */
	/* Two workers have it, this is one's and twin the other's: stream_twin.c.
	 * A copy has an output of its own, and the input of the other. */
	struct ocr_job *twin;
	bool is_copy, is_back;
	bool is_alone; /* a copy; the other one came to nothing and may be tried
			* again */
	bool is_forgotten;   /* by its host, which was told to */
	bool is_recalled;    /* an earlier run has done it */
	uint64_t load_bytes; /* what it was counted for, by the loop */
	struct ocr_chunk in_chunk, out_chunk; /* what in and out point to */
};

struct ocr_worker_news;

struct ocr_worker_ops {
	/* Get ready to run the kernel.  1: that takes time; it goes on, and
	 * w->ready will come on w->done, its status saying how it went.  No
	 * job may be submitted before. */
	int (*open)(struct ocr_worker *w, const struct ocr_kernel *k,
	    struct ocr_err *err);
	/* Never blocks; the caller keeps at most w->depth jobs in flight.
	 * The job comes back on w->done, in any order. */
	int (*submit)(struct ocr_worker *w, struct ocr_job *job);
	/* Jobs not begun come back with -OCR_ECANCEL. */
	void (*cancel)(struct ocr_worker *w);
	/* The newest job that it has not begun, which then never was its own;
	 * NULL if there is none.  Never blocks.  NULL: it cannot. */
	struct ocr_job *(*take_back)(struct ocr_worker *w);
	/* Nothing is in flight any more.  Open may follow again. */
	void (*close)(struct ocr_worker *w);
	/*
	 * Where is_cuttable; any thread, while the worker is open.  The first
	 * item of its job that it has not begun, or a bit less ...
	 */
	int (*position)(struct ocr_worker *w, uint64_t *next);
	/*
	 * ... and its end lowered: the caller has the items from *confirmed on,
	 * which is end or later, or where it ended already.  -OCR_EDEVICE:
	 * nothing runs, or there was no answer in time, and nothing was taken.
	 */
	int (*cut)(struct ocr_worker *w, uint64_t end, uint64_t *confirmed);
	/* Where is_coherent, while it is open and ready: the memory of SHARED
	 * buffer b of its driver, cap bytes, which the host may use as its own
	 * until the worker is closed; data that is there is not copied.  NULL:
	 * it has none. */
	void *(*memory)(struct ocr_worker *w, size_t b, size_t *cap);
	/* Hosts, which go and come back: what w->ready on the queue means.
	 * NULL: it comes once, and its status and text are all. */
	void (*news)(struct ocr_worker *w, struct ocr_worker_news *news);
	/* Begin to close; close() follows.  NULL: close() alone is quick. */
	void (*leave)(struct ocr_worker *w);
	/*
	 * Hosts: of the jobs that are on their way to it or back the oldest
	 * of which there is no copy and that worker to may do as well; its input
	 * is loaded and stays as it is.  NULL: there is none.
	 */
	struct ocr_job *(
	    *lend)(struct ocr_worker *w, const struct ocr_worker *to);
	/*
	 * Another worker, who, has done a lent job or its copy, as right says
	 * (NULL: has failed): it comes back soon, with -OCR_ECANCEL unless an
	 * answer is there.  One that comes later is compared with right; where
	 * it differs news() says so.  Nothing is kept of right.
	 */
	void (*forget)(struct ocr_worker *w, struct ocr_job *job,
	    const struct ocr_chunk *right, struct ocr_worker *who);
};

/* Should worker w rather not get this job again? */
static inline bool
ocr_job_avoids(const struct ocr_job *job, const struct ocr_worker *w)
{
	for (unsigned i = 0; i < job->n_avoid && i < OCR_JOB_AVOID; i++)
		if (job->avoid[i] == w)
			return true;
	return false;
}

struct ocr_worker_news {
	int status;     /* 0: works, from now on or again */
	unsigned depth; /* then */
	/* Has gone, but is worth waiting for: another word will come soon. */
	bool is_returning;
	bool is_wrong; /* a result was: others that nobody checked may be */
	bool is_tried; /* has gone, and is tried again: for now it is lost */
	bool is_short; /* for want of descriptors here, as others will be */
	struct ocr_err err;
	struct ocr_err stop;      /* what ends the run, or code 0: ... */
	struct ocr_worker *other; /* ... who says something else ... */
	uint64_t seq;             /* ... of this chunk */
	unsigned width;           /* if not 0: jobs that it does at once */
};

struct ocr_worker {
	const struct ocr_worker_ops *ops;
	char name[96];  /* "cpu:0", "xrt:0/k_deflate_1" */
	unsigned depth; /* jobs in flight that keep it busy */
	unsigned width; /* jobs that it does at once; 0: 1 */
	double weight;  /* its speed beside others, as the user says; 0: 1 */
	uint64_t align; /* items per cache line */
	uint64_t min_items;
	uint64_t latency_ns; /* of a look at a range, or a cut; a guess */
	uint64_t run_ns;     /* from a submit to the first item; a guess */
	uint64_t launch_ns;
	bool is_cuttable;       /* position and cut work */
	bool is_coherent;       /* a card that works in the host's memory */
	bool has_exact_cuts;    /* ... and no item is done twice for a cut */
	struct ocr_queue *done; /* set by the loop before open */
	void *state;            /* owner: ops */
	struct ocr_job ready;   /* stage OCR_STAGE_READY */
	/* owner: the loop */
	bool is_open, is_opening, is_retired;
	bool is_returning; /* retired, but may be back in a moment */
	bool is_reserve;   /* works only when all others are retired */
	bool is_emulated;
	bool is_wrong; /* a host that has lied: what it did is not resumed */
	bool is_host;  /* may lose chunks without having seen them, lie, and
		       * come back */
	unsigned n_in_flight;
	unsigned n_twins; /* of them those that another worker has, too */
	uint64_t in_flight_bytes;
	uint64_t since_ns; /* when it began the oldest of them, about */
	uint64_t n_jobs, in_bytes, busy_ns;
	uint64_t verify_ns, moved_bytes;
	uint64_t n_redone, n_unchecked, n_declined;
	uint64_t n_stolen, n_lost; /* jobs: from others, by others */
	/* Attempts that came to nothing; second copies that it was given, and
	 * jobs that a second copy has done sooner. */
	uint64_t n_failed, n_copies, n_forgotten;
	/* Of those what the host still works on, and answers that came for
	 * nothing; the host's thread counts. */
	_Atomic uint32_t n_owed, n_late;
};

#endif
