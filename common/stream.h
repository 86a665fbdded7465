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

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/job.h"
#include "common/policy_stream.h"
#include "common/source.h"

struct ocr_meter;
struct ocr_team;
struct ocr_ui;

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
};

/*
 * Run until the source ends and all is in the sink, or until the first error.
 * Chunks of kind ORIGIN and type ERROR pass by the workers and keep their
 * place.  A job that comes back with -OCR_EDEVICE retires its worker and goes
 * to another one; with none left the run ends with -OCR_EHOST.  Any other
 * failed job goes on to the sink, which decides.
 * The team stays open for a further run with the same kernel.
 */
int ocr_stream_run(struct ocr_stream *s, struct ocr_err *err);

#endif
