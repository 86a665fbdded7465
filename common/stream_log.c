/*
 * stream_log.c - the joblog of a stream loop: a line for each attempt, and what
 * an earlier run has done
 */
#include "config.h"

#include "common/io.h"
#include "common/joblog.h"
#include "common/stream_loop.h"

#define NOT_DONE 1 /* exit value of an attempt that has failed ... */
#define STOPPED 15 /* ... or was told to end: SIGTERM */

/* What crossed the wire; a reference is a name. */
static void
set_bytes(struct ocr_joblog_line *line, const struct ocr_job *job)
{
	line->host = job->worker->is_host ? job->worker->name : ":";
	if (!job->worker->is_host || !job->was_sent)
		return;
	line->sent = job->in->type == OCR_REF ? 0 : job->in->len;
	if (job->status == 0)
		line->received = job->out->len;
}

/* What nobody has begun is no attempt. */
void
ocr_loop_log(struct ocr_loop *l, const struct ocr_job *job)
{
	struct ocr_joblog_line line = {
	    .seq = job->in->seq,
	    .start_ns = job->sent_ns != 0 ? job->sent_ns : job->start_ns,
	    .end_ns = job->end_ns,
	    .has_sum = job->in->load == OCR_LOADED || job->in->is_ref ||
		       job->in->type == OCR_REF,
	};
	struct ocr_err err = {0};

	if (l->s->joblog == NULL || job->start_ns == 0)
		return;
	if (job->worker->is_host && !job->was_sent)
		return;
	set_bytes(&line, job);
	if (job->status < 0)
		line.exitval =
		    job->worker->is_wrong ? OCR_JOBLOG_WRONG : NOT_DONE;
	if (job->status == -OCR_ECANCEL)
		line.signal = STOPPED;
	if (line.has_sum)
		ocr_chunk_in_sum(job->in, &line.sum.in_len, &line.sum.in_crc);
	if (job->status == 0)
		ocr_chunk_out_sum(job->out, &line.sum.out_len,
		    &line.sum.out_crc);
	if (ocr_joblog_write(l->s->joblog, &line, &err) < 0)
		ocr_loop_stop(l, &err);
}

void
ocr_loop_log_wrong(struct ocr_loop *l, struct ocr_worker *w, uint64_t seq)
{
	struct ocr_joblog_line line = {
	    .seq = seq,
	    .host = w->is_host ? w->name : ":",
	    .start_ns = ocr_now_ns(),
	    .exitval = OCR_JOBLOG_WRONG,
	};
	struct ocr_err err = {0};

	w->is_wrong = true;
	line.end_ns = line.start_ns;
	if (l->s->joblog != NULL &&
	    ocr_joblog_write(l->s->joblog, &line, &err) < 0)
		ocr_loop_stop(l, &err);
}

void
ocr_loop_prepare(const struct ocr_chunk *in, struct ocr_chunk *out)
{
	out->kind = in->kind;
	out->seq = in->seq;
	out->at = in->at;
	ocr_chunk_set_origin(out, in->origin);
}

/* The reader: is it done already? */
int
ocr_loop_recall(const struct ocr_stream *s, struct ocr_job *job)
{
	struct ocr_chunk *in = job->in;
	const struct ocr_joblog_sum *sum;
	uint64_t len;
	uint32_t crc;
	int r;

	if (s->done == NULL || s->recall == NULL)
		return 0;
	if (in->type != OCR_REF) {
		r = ocr_chunk_load(in, &job->err);
		if (r < 0)
			return r;
	}
	ocr_chunk_in_sum(in, &len, &crc);
	sum = ocr_joblog_find(s->done, in->seq, len, crc);
	if (sum == NULL)
		return 0;
	ocr_loop_prepare(in, job->out);
	return s->recall(s->recall_ctx, job, sum) ? 1 : 0;
}
