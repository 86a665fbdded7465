/*
 * source.h - where chunks come from, and where they go
 *
 * A tool is a source, a loop, a kernel and a sink.  A source is called by one
 * thread (the loop's reader), a sink by one thread (its writer).
 */
#ifndef OCR_SOURCE_H
#define OCR_SOURCE_H

#include "common/chunk.h"
#include "common/err.h"
#include "common/job.h"

struct ocr_source {
	/*
	 * Fill c (reset before; take its buffer with ocr_chunk_take()).
	 * 1 = a chunk, 0 = the end, negative = the input cannot go on.
	 * What concerns one input of several is no error here: it becomes an
	 * OCR_ERROR chunk and the source goes on with the next input.
	 * May leave the payload for ocr_chunk_load().  Takes room for
	 * c->len bytes before it returns, loaded or not.
	 */
	int (*next)(struct ocr_source *s, struct ocr_chunk *c,
	    struct ocr_err *err);
	/* Readable when the loop stops: pass it to ocr_read().  Set by the
	 * loop, -1 before. */
	int cancel_fd;
};

struct ocr_sink {
	/*
	 * Take over the finished job's output, in order of arrival.
	 * job->status tells whether it worked; job->out is then valid.
	 * (job->in is there too, for sinks that can do without a kernel.)
	 * Anything but 0 stops the loop.
	 */
	int (
	    *put)(struct ocr_sink *s, struct ocr_job *job, struct ocr_err *err);
};

/*
 * For sources that read one input after the other.  next_origin gives them as
 * ocr_inputs_next() does: 1 = *o is new, 0 = no more, negative = this one
 * failed, ask again for the next.
 *
 * Announce the next input in c: 1 with *o set and c of kind ORIGIN; 1 with *o
 * NULL and c an error chunk of its own number; 0 = none left; negative = the
 * run cannot go on.  *seq is the number of the next chunk.
 */
int ocr_source_announce(
    int (*next_origin)(void *ctx, struct ocr_origin **o, struct ocr_err *err),
    void *ctx, uint64_t *seq, struct ocr_chunk *c, struct ocr_origin **o,
    struct ocr_err *err);

/* Is it the run that cannot go on, and not one input of several? */
bool ocr_source_is_fatal(int64_t code);

/* Give *o up, of which 'at' bytes were read; the offset of standard input is
 * left where a reader by read(2) would. */
void ocr_source_leave(struct ocr_origin **o, uint64_t at);

#endif
