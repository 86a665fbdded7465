/*
 * host_state.h - the state of a host's worker; for worker_host.c and host_*.c only
 */
#ifndef OCR_HOST_STATE_H
#define OCR_HOST_STATE_H

#include "common/host_link.h"
#include "common/job_list.h"
#include "common/proc.h"
#include "common/thread.h"
#include "common/worker_host.h"

#define OCR_HOST_LINE_BYTES 200

enum ocr_host_state {
	OCR_HOST_IDLE = 0, /* connects when there is something to do */
	OCR_HOST_JOINING,  /* is connecting; jobs wait */
	OCR_HOST_UP,
	OCR_HOST_AWAY, /* will be tried again; jobs bounce */
	OCR_HOST_LOST, /* will not */
};

struct ocr_host {
	/* fixed while it is open */
	struct ocr_worker *worker;
	struct ocr_worker_host_opt opt;
	char name[64];
	const struct ocr_kernel *kernel;
	struct ocr_thread *thread;
	struct ocr_monitor *monitor;
	/* lock: monitor */
	int wake_fd; /* an eventfd; made by the thread when it first connects */
	enum ocr_host_state state;
	struct ocr_job_list waiting;
	bool is_checking; /* a helper sends pings */
	bool is_closing, is_cancelled;
	bool is_news_queued;
	struct ocr_worker_news news;
	struct ocr_err reason; /* why AWAY or LOST */
	struct ocr_host_facts facts;
	struct ocr_host_late *to_forget;
	struct ocr_job
	    *sent; /* in flight, newest first; changed by the thread */
	/* owner: the thread */
	struct ocr_proc proc;
	struct ocr_link link;
	int err_fd;
	char line[OCR_HOST_LINE_BYTES + 1], last_line[OCR_HOST_LINE_BYTES + 1];
	size_t n_line;
	unsigned n_lines;
	/* last_line is to be shown then; 0: it is not, UINT64_MAX: once the
	 * host works. */
	uint64_t held_ns;
	unsigned n_sent, slots, credits;
	uint64_t away_ns, round_trip_ns; /* of a chunk, about; of a ping */
	unsigned n_since_widened;        /* results */
	struct ocr_host_late *late;      /* forgotten, and still to come */
	unsigned n_late;
	struct ocr_host_late *into_late; /* whose result is being read ... */
	struct ocr_chunk scratch;        /* ... to here */
	struct ocr_room scratch_room;    /* its room */
	struct ocr_job *into;            /* whose result is being read */
	void *cpu_state;                 /* of the kernel, for checks */
	uint64_t longest_check_ns, longest_check_bytes;
	uint64_t n_results, n_done; /* ever; on this connection */
	uint64_t begun_ns, last_end_ns, ping_ns, asked_ns, close_ns;
	uint64_t ping_seq, answered_seq;
	struct ocr_end end; /* of what we send */
	bool is_up, is_blob_put, is_end_put, is_out_lost;
	bool is_wrong;       /* a result did not hold */
	bool is_short;       /* no descriptors are left here */
	bool is_eof;         /* it has ended its output */
	bool is_suspect_out; /* one that is alone here */
	bool is_over;        /* ended as it should */
	bool is_final;       /* and no more tries */
	struct ocr_err why;  /* the connection has failed */
	unsigned n_failures; /* in a row */
	bool is_returning;   /* as the loop was told */
};

/* host_io.c: start the child and its descriptors; 0, or why is set. */
void ocr_host_start(struct ocr_host *h);
/* Nothing of the child is left; its last words are added to why. */
void ocr_host_stop(struct ocr_host *h);
/* What it has on stderr. */
void ocr_host_read_stderr(struct ocr_host *h);
/* The host works: a line that waits for that is shown soon. */
void ocr_host_hold_line(struct ocr_host *h);
/* A line that was held back, if there is one. */
void ocr_host_show_line(struct ocr_host *h);
void ocr_host_fail(struct ocr_host *h, bool is_final, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

void ocr_host_keep_alive(void *arg);

/* host_run.c: from the child's start to its end; h->why says how it failed.
 * The child is still there. */
void ocr_host_run(struct ocr_host *h);

/* host_result.c: an event of the link. */
void ocr_host_event(struct ocr_host *h, int event);
/* The job is done or not, and not here any more. */
void ocr_host_hand_back(struct ocr_host *h, struct ocr_job *job, int status);
/* A job's output is as if nobody had tried. */
void ocr_host_clean(struct ocr_job *job);
bool ocr_host_has_seq(const struct ocr_host *h, uint64_t seq);
/* Not on the host any more; NULL if it never was.  For those who lend and forget
 * a change of the list is one. */
struct ocr_job *ocr_host_take_sent(struct ocr_host *h, struct ocr_job *job);

/* host_thread.c: for the loop ... */
void ocr_host_main(void *arg);
void ocr_host_tell(struct ocr_host *h, int status, unsigned depth);
/* ... the run is to end. */
void ocr_host_stop_run(struct ocr_host *h, const struct ocr_err *why,
    struct ocr_worker *other, uint64_t seq);

/* worker_host.c: the thread shall look. */
void ocr_host_poke(struct ocr_host *h);

/* host_late.c: see lend() and forget() in job.h ... */
struct ocr_job *ocr_host_lend(struct ocr_host *h, const struct ocr_worker *to);
void ocr_host_forget(struct ocr_host *h, struct ocr_job *job,
    const struct ocr_chunk *right, struct ocr_worker *who);
/* ... lock: monitor; the job is handed back ... */
void ocr_host_drop_wish(struct ocr_host *h, const struct ocr_job *job);
/* ... the thread: do what forget() wants; what is still to come; a header of
 * that, or not; its result; the connection is over. */
void ocr_host_let_go(struct ocr_host *h);
bool ocr_host_owes(const struct ocr_host *h, uint64_t seq);
bool ocr_host_late_head(struct ocr_host *h);
void ocr_host_late_result(struct ocr_host *h);
void ocr_host_drop_late(struct ocr_host *h);

/* host_window.c */
void ocr_host_window_init(struct ocr_host *h, unsigned slots);
void ocr_host_window_ping(struct ocr_host *h, uint64_t ns);
bool ocr_host_window_result(struct ocr_host *h, uint64_t away_ns,
    bool was_full);

#endif
