/*
 * stream.h - the stream loop: chunks arrive, results leave in order
 *
 *   source -> [credit] -> policy -> workers -> completion queue -> order -> sink
 *
 * Three roles: a reader thread calls the source, the calling thread waits on
 * the completion queue and nothing else, a writer thread calls the sink.
 * Credits are bytes: the input and output buffers of the jobs in flight.  Only
 * the reader takes credit, and may wait for it; only the writer gives it back;
 * workers never wait for room, so nothing can lock up, and memory is bounded
 * whatever the size of the input.
 *
 * The range loop (a later module) shares jobs, workers and policies with it.
 */
#ifndef OCR_STREAM_H
#define OCR_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/job.h"
#include "common/policy_stream.h"
#include "common/source.h"

struct ocr_joblog;
struct ocr_joblog_done;
struct ocr_joblog_sum;
struct ocr_meter;
struct ocr_team;
struct ocr_ui;

/* --halt, as GNU parallel has it. */
enum ocr_halt {
	OCR_HALT_NEVER = 0, /* the sink decides */
	OCR_HALT_SOON,      /* begin no more chunks */
	OCR_HALT_NOW,       /* end those that are under way, too */
};

struct ocr_stream {
	struct ocr_source *source;
	struct ocr_sink *sink;
	const struct ocr_kernel *kernel; /* NULL: source to sink, no thread */
	struct ocr_team *team;           /* workers, schedule, trace; unused
					  * without kernel */
	size_t chunk_bytes;      /* usual chunk, for the default memory limit */
	uint64_t memory_bytes;   /* 0: two jobs per unit of depth, 64 at least
				  * where threads and cards are together */
	struct ocr_meter *meter; /* progress and stats, or NULL */
	struct ocr_ui *ui;       /* warnings about workers, or NULL */
	bool is_unordered;       /* results leave as they come */
	unsigned n_retries;      /* of a chunk that a host has lost or could
				  * not do; 0: 3 */
	bool has_retries;        /* n_retries is meant, 0 too */
	enum ocr_halt halt;      /* when so many chunks have failed */
	uint64_t halt_fails;     /* 0: 1 */
	bool is_strict; /* all hosts are there first, or the run ends */
	/* A line for each attempt, or NULL; what was done before, or NULL. */
	struct ocr_joblog *joblog;
	const struct ocr_joblog_done *done;
	/*
	 * For chunks that are in done, whose sums are sum.  The reader's
	 * thread; the source's next chunk waits.  job->in is loaded, but for a
	 * reference; job->out has kind, seq, at and origin.  True: the rest of
	 * job->out is the result.
	 */
	bool (*recall)(void *ctx, struct ocr_job *job,
	    const struct ocr_joblog_sum *sum);
	void *recall_ctx;
};

/*
 * Run until the source ends and all is in the sink, or until the first error.
 * Chunks of kind ORIGIN and type ERROR pass by the workers and keep their
 * place.  A job that comes back with -OCR_EDEVICE retires its worker and goes
 * to another one; with none left the run ends with -OCR_EHOST.  Any other
 * failed job goes on to the sink, which decides; hosts are believed only when
 * another one has failed as well.  What a host takes long for near the end is
 * done a second time by an idle worker, and the first right answer counts.
 * The team stays open for a further run with the same kernel.
 */
int ocr_stream_run(struct ocr_stream *s, struct ocr_err *err);

#endif
