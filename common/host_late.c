/*
 * host_late.c - chunks that another worker has done as well
 *
 * Near the end the loop gives what is on a slow host to a second worker.  When
 * that one is done the host is to forget its job: nothing of it may be used here
 * any more, neither its input, of which a part may still have to be written, nor
 * its output, of which a part may have been read.  The host itself cannot be
 * told: it works on, its credit stays taken, and what it sends in the end is
 * compared with the result that was taken.
 */
#include "config.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/host_state.h"
#include "common/io.h"
#include "common/queue.h"

#define SENT_OFTEN 2 /* what was lost so often goes to one host at a time */

/* What is still to come, or to be forgotten. */
struct ocr_host_late {
	struct ocr_host_late *next;
	struct ocr_job *job; /* until it is forgotten */
	uint64_t seq, at;
	bool has_raw;
	uint64_t raw_len;
	uint32_t raw_crc;
	struct ocr_worker *who; /* has done it */
	struct ocr_err differs; /* what to say where it does */
};

/* What may have killed hosts goes to a second one when this one has outlived it:
 * it has had it for longer than the time limit. */
static bool
may_lend(const struct ocr_host *h, const struct ocr_job *job,
    const struct ocr_worker *to)
{
	uint64_t limit_ns = h->opt.timeout_ms * UINT64_C(1000000);
	const struct ocr_job *whole = job->is_alone ? job->twin : job;

	return (job->twin == NULL || job->is_alone) &&
	       (whole->n_lost < SENT_OFTEN ||
		   ocr_now_ns() > job->sent_ns + limit_ns) &&
	       (to->is_host || job->in->type != OCR_REF) &&
	       !ocr_job_avoids(whole, to);
}

/* The loop's thread. */
struct ocr_job *
ocr_host_lend(struct ocr_host *h, const struct ocr_worker *to)
{
	struct ocr_job *job, *oldest = NULL;

	ocr_monitor_enter(h->monitor);
	for (job = h->sent; job != NULL; job = job->next)
		if (may_lend(h, job, to))
			oldest = job;
	ocr_monitor_leave(h->monitor);
	return oldest;
}

static void
describe(struct ocr_host_late *late, const struct ocr_host *h,
    const struct ocr_chunk *in, const struct ocr_chunk *right,
    struct ocr_worker *who)
{
	char what[256];

	late->seq = in->seq;
	late->at = in->at;
	late->who = who;
	ocr_err_set(&late->differs, -OCR_EFORMAT,
	    "%s: %.60s and %.60s give different results",
	    ocr_chunk_describe(in, what, sizeof(what)), who->name, h->name);
	if (right == NULL)
		return;
	late->has_raw = right->has_raw && !h->kernel->is_inexact;
	late->raw_len = right->raw_len;
	late->raw_crc = right->raw_crc;
}

static bool
is_sent(const struct ocr_host *h, const struct ocr_job *job)
{
	const struct ocr_job *j;

	for (j = h->sent; j != NULL; j = j->next)
		if (j == job)
			return true;
	return false;
}

/* The loop's thread.  What is not there any more is on its way to the loop. */
void
ocr_host_forget(struct ocr_host *h, struct ocr_job *job,
    const struct ocr_chunk *right, struct ocr_worker *who)
{
	struct ocr_host_late *late = calloc(1, sizeof(*late));
	bool is_waiting;

	/* Without memory: it comes back when the host is done. */
	if (late != NULL)
		describe(late, h, job->in, right, who);
	ocr_monitor_enter(h->monitor);
	is_waiting = ocr_job_list_remove(&h->waiting, job);
	if (!is_waiting && late != NULL && is_sent(h, job)) {
		late->job = job;
		late->next = h->to_forget;
		h->to_forget = late;
		late = NULL;
	}
	ocr_monitor_leave(h->monitor);
	free(late);
	if (!is_waiting) {
		ocr_host_poke(h);
		return;
	}
	job->is_forgotten = true;
	job->status = -OCR_ECANCEL;
	ocr_queue_push(h->worker->done, job);
}

/* lock: monitor.  The job is not the host's any more. */
void
ocr_host_drop_wish(struct ocr_host *h, const struct ocr_job *job)
{
	struct ocr_host_late **at = &h->to_forget, *late;

	while ((late = *at) != NULL && late->job != job)
		at = &late->next;
	if (late != NULL) {
		*at = late->next;
		free(late);
	}
}

static int
plain_grow(struct ocr_room *room, struct ocr_chunk *c, size_t cap,
    struct ocr_err *err)
{
	unsigned char *data = realloc(c->data, cap);

	(void)room;
	if (data == NULL)
		return ocr_err_nomem(err);
	c->data = data;
	c->cap = cap;
	return 0;
}

static void
empty_scratch(struct ocr_host *h)
{
	free(h->scratch.data);
	h->scratch_room = (struct ocr_room){.grow = plain_grow};
	h->scratch = (struct ocr_chunk){.room = &h->scratch_room};
}

/* The rest of what is being read goes to a place of ours. */
static bool
move_reader(struct ocr_host *h, struct ocr_host_late *late)
{
	const struct ocr_chunk *out = h->into->out;
	struct ocr_err lost = {0};

	empty_scratch(h);
	if (out->len > 0 && plain_grow(NULL, &h->scratch, out->len, &lost) < 0)
		return false;
	if (out->len > 0)
		memcpy(h->scratch.data, out->data, out->len);
	h->scratch.len = out->len;
	ocr_link_redirect(&h->link, &h->scratch);
	h->into = NULL;
	h->into_late = late;
	return true;
}

/* Nothing of the job is used here from now on; false: no memory for that. */
static bool
let_go(struct ocr_host *h, struct ocr_host_late *late)
{
	struct ocr_job *job = late->job;

	if (!ocr_link_keep(&h->link, job->in->data, job->in->len))
		return false;
	return h->into != job || move_reader(h, late);
}

static struct ocr_host_late *
take_wish(struct ocr_host *h)
{
	struct ocr_host_late *late;

	ocr_monitor_enter(h->monitor);
	late = h->to_forget;
	if (late != NULL)
		h->to_forget = late->next;
	ocr_monitor_leave(h->monitor);
	return late;
}

void
ocr_host_let_go(struct ocr_host *h)
{
	struct ocr_host_late *late;
	struct ocr_job *job;

	while ((late = take_wish(h)) != NULL) {
		if (!let_go(h, late)) {
			free(late);
			continue;
		}
		job = ocr_host_take_sent(h, late->job);
		late->job = NULL;
		late->next = h->late;
		h->late = late;
		h->n_late++;
		atomic_fetch_add(&h->worker->n_owed, 1);
		ocr_host_clean(job);
		job->is_forgotten = true;
		ocr_host_hand_back(h, job, -OCR_ECANCEL);
	}
}

bool
ocr_host_owes(const struct ocr_host *h, uint64_t seq)
{
	const struct ocr_host_late *late;

	for (late = h->late; late != NULL; late = late->next)
		if (late->seq == seq)
			return true;
	return false;
}

bool
ocr_host_late_head(struct ocr_host *h)
{
	const struct ocr_frame *f = &h->link.frame;
	struct ocr_host_late *late = h->late;

	while (late != NULL && late->seq != f->seq)
		late = late->next;
	if (late == NULL)
		return false;
	if (f->at != late->at) {
		ocr_host_fail(h, true,
		    "sent chunk %" PRIu64 " with another offset", f->seq);
		return true;
	}
	empty_scratch(h);
	h->into_late = late;
	ocr_link_into(&h->link, &h->scratch);
	return true;
}

static void
unlink_late(struct ocr_host *h, struct ocr_host_late *late)
{
	struct ocr_host_late **at = &h->late;

	while (*at != late)
		at = &(*at)->next;
	*at = late->next;
	h->n_late--;
	atomic_fetch_sub(&h->worker->n_owed, 1);
}

/* A result that nobody waits for.  That it could not be done is no result. */
void
ocr_host_late_result(struct ocr_host *h)
{
	struct ocr_host_late *late = h->into_late;
	const struct ocr_chunk *c = &h->scratch;
	struct ocr_err why = {0};
	bool is_same;

	h->into_late = NULL;
	if (ocr_chunk_load(&h->scratch, &why) < 0) {
		ocr_host_fail(h, true, "sent a damaged result: %s", why.text);
		return;
	}
	is_same = c->type == OCR_ERROR || !c->has_raw || !late->has_raw ||
		  (c->raw_len == late->raw_len && c->raw_crc == late->raw_crc);
	unlink_late(h, late);
	if (!is_same)
		ocr_host_stop_run(h, &late->differs, late->who, late->seq);
	atomic_fetch_add(&h->worker->n_late, 1);
	free(late);
	empty_scratch(h);
}

void
ocr_host_drop_late(struct ocr_host *h)
{
	struct ocr_host_late *late;

	while ((late = h->late) != NULL) {
		unlink_late(h, late);
		free(late);
	}
	while ((late = take_wish(h)) != NULL)
		free(late);
	h->into_late = NULL;
	empty_scratch(h);
}
