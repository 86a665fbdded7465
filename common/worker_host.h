/*
 * worker_host.h - another host as a worker
 *
 * A child process (ssh, srun, any launcher) whose standard input and output
 * are ocr-stream(5); what runs there is src/worker_serve.c.  The loop sees a
 * worker that opens slowly, has a large depth, and may go and come back.
 */
#ifndef OCR_WORKER_HOST_H
#define OCR_WORKER_HOST_H

#include <stdbool.h>

#include "common/frame.h"
#include "common/job.h"
#include "common/team.h"

struct ocr_worker_host_opt {
	const char *name;       /* of the host; copied */
	char *const *argv;      /* what is run; stays while it is in use */
	const char *const *env; /* "NAME=VALUE", or NULL */
	/* What we say: type of the chunks that we send, tool, codec, build,
	 * chunk_bytes.  The rest is filled in. */
	struct ocr_begin begin;
	unsigned slots;              /* at most; 0: as many as it has */
	unsigned window;             /* chunks that wait here; 0: 2 */
	double weight;               /* speed beside others; 0: not known */
	unsigned connect_timeout_ms; /* 0: 10 s */
	unsigned timeout_ms;         /* of silence; 0: 30 s */
	unsigned back_off_ms;        /* the first; 0: 1 s */
	const struct ocr_blob
	    *blob; /* sent first on each connection; or NULL */
	enum ocr_verify verify;
	double verify_share;
	struct ocr_ui *ui; /* what it says on stderr; or NULL */
};

/* w gets is_host and a depth that is a guess until it has opened. */
int ocr_worker_host_init(struct ocr_worker *w,
    const struct ocr_worker_host_opt *opt, struct ocr_err *err);
/* Closed; a zeroed worker is fine. */
void ocr_worker_host_release(struct ocr_worker *w);

/* For stats, any thread: what the host has said of
 * itself (all empty before the first connection), and its round trip. */
struct ocr_host_facts {
	struct ocr_begin begin;
	uint64_t round_trip_ns; /* the least; 0: not known */
	unsigned credits;       /* chunks that may be on their way or there */
	unsigned n_connections, n_failures;
};
void ocr_worker_host_facts(const struct ocr_worker *w,
    struct ocr_host_facts *facts);

#endif
