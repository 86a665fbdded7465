/*
 * host_result.c - what a host sends is checked before anybody sees it
 *
 * A result counts if its number is one that the host has now, its place is
 * right, its checksums hold, and the kernel says that it is what it should be.
 * Anything else is no accident on an encrypted link: that host is not used
 * again.
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/host_state.h"
#include "common/io.h"
#include "common/queue.h"
#include "common/ui.h"

bool
ocr_host_has_seq(const struct ocr_host *h, uint64_t seq)
{
	const struct ocr_job *job;

	for (job = h->sent; job != NULL; job = job->next)
		if (job->in->seq == seq)
			return true;
	return false;
}

struct ocr_job *
ocr_host_take_sent(struct ocr_host *h, struct ocr_job *job)
{
	struct ocr_job **at = &h->sent;

	ocr_monitor_enter(h->monitor);
	while (*at != NULL && *at != job)
		at = &(*at)->next;
	if (*at != NULL) {
		*at = job->next;
		ocr_host_drop_wish(h, job);
	} else {
		job = NULL;
	}
	ocr_monitor_leave(h->monitor);
	if (job != NULL && --h->n_sent == 0)
		h->is_suspect_out = false;
	return job;
}

void
ocr_host_clean(struct ocr_job *job)
{
	struct ocr_chunk *out = job->out;

	out->len = 0;
	out->type = OCR_RAW;
	out->load = OCR_LOADED;
	out->has_raw = false;
	out->code = 0;
	out->raw_len = 0;
	out->raw_crc = 0;
}

void
ocr_host_hand_back(struct ocr_host *h, struct ocr_job *job, int status)
{
	job->status = status;
	if (job->start_ns != 0) {
		job->end_ns = ocr_now_ns();
		/* Many are under way at once: count no time twice. */
		if (job->start_ns < h->last_end_ns)
			job->start_ns = h->last_end_ns;
		h->last_end_ns = job->end_ns;
	}
	ocr_queue_push(h->worker->done, job);
}

static bool
is_compressed(enum ocr_type type)
{
	return type == OCR_DEFLATE || type == OCR_MEMBERS || type == OCR_BGZF;
}

/* Where one side is the raw bytes of the other, both must say the same. */
static bool
is_same_raw(const struct ocr_chunk *in, const struct ocr_chunk *out)
{
	if (out->type == OCR_SHARD ||
	    is_compressed(in->type) == is_compressed(out->type))
		return true;
	if (in->type == OCR_REF)
		return out->has_raw && in->raw_len == out->raw_len;
	return out->has_raw && in->raw_len == out->raw_len &&
	       in->raw_crc == out->raw_crc;
}

static bool
is_to_be_verified(struct ocr_host *h)
{
	uint64_t n = h->n_results++;

	switch (h->opt.verify) {
	case OCR_VERIFY_FULL:
		return true;
	case OCR_VERIFY_SAMPLE:
		return (uint64_t)((double)n * h->opt.verify_share) !=
		       (uint64_t)((double)(n + 1) * h->opt.verify_share);
	default:
		return false;
	}
}

/* The kernel's word.  That may take as long as a chunk does. */
static int
check(struct ocr_host *h, struct ocr_job *job, struct ocr_err *err)
{
	uint64_t t = ocr_now_ns(), ns;
	struct ocr_thread *helper = NULL;
	struct ocr_err lost = {0};
	int r;

	h->is_checking = true;
	/* Unless it is known to be short. */
	if (job->load_bytes > h->longest_check_bytes ||
	    h->longest_check_ns > h->opt.timeout_ms * UINT64_C(1000000) / 8)
		(void)ocr_thread_start(&helper, ocr_host_keep_alive, h, &lost);
	r = h->kernel->verify(h->cpu_state, job, err);
	ocr_monitor_enter(h->monitor);
	h->is_checking = false;
	ocr_monitor_notify(h->monitor);
	ocr_monitor_leave(h->monitor);
	ocr_thread_join(helper);
	/* Nobody has listened: that is not its silence. */
	h->link.heard_ns = ocr_now_ns();
	ns = h->link.heard_ns - t;
	if (ns > h->longest_check_ns)
		h->longest_check_ns = ns;
	if (job->load_bytes > h->longest_check_bytes)
		h->longest_check_bytes = job->load_bytes;
	return r;
}

/* Of a reference: what it stands for is read here, too.  Where that cannot be
 * done only its length is known. */
static int
check_ref(struct ocr_host *h, struct ocr_job *job, struct ocr_err *err)
{
	const struct ocr_chunk *in = job->in;
	struct ocr_chunk own = {
	    .type = OCR_REF,
	    .load = OCR_LOAD_OPEN,
	    .is_ref = true,
	    .seq = in->seq,
	    .at = in->at,
	    .origin = in->origin,
	    .len = (size_t)in->raw_len,
	};
	struct ocr_job whole = *job;
	int r = 0;

	own.data = malloc(own.len > 0 ? own.len : 1);
	own.cap = own.len;
	whole.in = &own;
	ocr_err_clear(&job->err);
	if (own.data == NULL)
		ocr_err_nomem(&job->err);
	else
		ocr_chunk_load(&own, &job->err);
	job->is_unread = job->is_unchecked = job->err.code != 0;
	if (!job->is_unread)
		r = check(h, &whole, err);
	free(own.data);
	return r;
}

static int
verify(struct ocr_host *h, struct ocr_job *job, struct ocr_err *err)
{
	uint64_t t = ocr_now_ns();
	int r = 0;

	if (!is_same_raw(job->in, job->out))
		return ocr_err_set(err, -OCR_EFORMAT,
		    "wrong result: it is of other data");
	job->is_unchecked = h->kernel->verify == NULL || !is_to_be_verified(h);
	if (job->is_unchecked && job->out->type != OCR_SHARD)
		return 0;
	if (h->cpu_state == NULL)
		r = h->kernel->open(h->kernel, &h->cpu_state, err);
	if (r == 0 && job->in->type == OCR_REF && job->out->type != OCR_SHARD)
		r = check_ref(h, job, err);
	else if (r == 0)
		r = check(h, job, err);
	job->verify_ns = ocr_now_ns() - t;
	return r;
}

/* It says that it could not: the chunk's fault, or its own. */
static void
take_failure(struct ocr_host *h, struct ocr_job *job)
{
	const struct ocr_chunk *out = job->out;
	int code = out->code;
	char text[400];
	size_t i, n = out->len < sizeof(text) - 1 ? out->len : sizeof(text) - 1;

	for (i = 0; i < n; i++)
		text[i] = out->data[i] < 0x20 || out->data[i] > 0x7e
			      ? '?'
			      : (char)out->data[i];
	text[n] = '\0';
	if (code != -OCR_EFORMAT && code != -OCR_ELIMIT && code != -OCR_EIO) {
		ocr_host_fail(h, false, "%s", text);
		return;
	}
	ocr_host_take_sent(h, job);
	ocr_host_clean(job);
	ocr_err_clear(&job->err);
	/* Its disk is full, or it has not that file: which one's? */
	ocr_err_set(&job->err, code, "%s%s%s", code == -OCR_EIO ? h->name : "",
	    code == -OCR_EIO ? ": " : "", text);
	ocr_host_hand_back(h, job, code);
}

static void
tell_credits(struct ocr_host *h)
{
	ocr_monitor_enter(h->monitor);
	h->facts.credits = h->credits;
	h->news.width = h->slots;
	ocr_monitor_leave(h->monitor);
	ocr_host_tell(h, 0, h->credits + h->opt.window);
}

static void
take_result(struct ocr_host *h, struct ocr_job *job)
{
	struct ocr_err why = {0};

	h->into = NULL;
	if (ocr_chunk_load(job->out, &why) < 0) {
		ocr_host_fail(h, true, "sent a damaged result: %s", why.text);
		return;
	}
	h->n_done++;
	if (job->out->type == OCR_ERROR) {
		take_failure(h, job);
		return;
	}
	if (verify(h, job, &why) < 0) {
		/* No memory here, or no file: that is no lie. */
		h->is_wrong = why.code == -OCR_EFORMAT;
		ocr_host_fail(h, h->is_wrong, "chunk %" PRIu64 ": %s",
		    job->in->seq, why.text);
		return;
	}
	h->n_failures = 0;
	job->moved_bytes = job->in->len + job->out->len;
	if (ocr_host_window_result(h, ocr_now_ns() - job->sent_ns,
		h->n_sent + h->n_late >= h->credits))
		tell_credits(h);
	ocr_host_hand_back(h, ocr_host_take_sent(h, job), 0);
}

/* A header: which of ours is it? */
static void
take_head(struct ocr_host *h)
{
	const struct ocr_frame *f = &h->link.frame;
	struct ocr_job *job = h->sent;

	while (job != NULL && job->in->seq != f->seq)
		job = job->next;
	if (job == NULL && ocr_host_late_head(h))
		return;
	if (job == NULL) {
		ocr_host_fail(h, true,
		    "sent chunk %" PRIu64 ", which it does not have", f->seq);
	} else if (f->at != job->in->at) {
		ocr_host_fail(h, true,
		    "sent chunk %" PRIu64 " with another offset", f->seq);
	} else if (ocr_link_has(&h->link, job->in->data, job->in->len)) {
		/* Its input would go while it is being written. */
		ocr_host_fail(h, true,
		    "answers chunk %" PRIu64 " before it has it", f->seq);
	} else {
		h->into = job;
		ocr_link_into(&h->link, job->out);
	}
}

/* What it is, for -v.  Other bytes than ours are right too, but who compares
 * files wants to know. */
static void
say_begin(const struct ocr_host *h, unsigned slots)
{
	const struct ocr_begin *b = &h->link.begin, *ours = &h->opt.begin;

	if (h->opt.ui == NULL)
		return;
	ocr_ui_note(h->opt.ui, "%s: %u slot%s, %s, %s", h->name, slots,
	    slots == 1 ? "" : "s", b->devices, b->tool);
	if (h->facts.n_connections == 1 && ours->codec[0] != '\0' &&
	    strcmp(ours->codec, b->codec) != 0)
		ocr_ui_warn(h->opt.ui,
		    "%s: has %s, here is %s: the bytes will be others, the "
		    "data in them the same",
		    h->name, b->codec[0] != '\0' ? b->codec : "another codec",
		    ours->codec);
}

static void
take_begin(struct ocr_host *h)
{
	const struct ocr_begin *b = &h->link.begin;
	unsigned slots = b->slots;

	if (strcmp(b->id, h->opt.begin.id) != 0) {
		ocr_host_fail(h, true, "answers another stream");
		return;
	}
	if (strcmp(b->kernel, h->kernel->name) != 0) {
		ocr_host_fail(h, true, "does '%s', not '%s'", b->kernel,
		    h->kernel->name);
		return;
	}
	if ((b->type == OCR_SHARD) != h->kernel->takes_shards) {
		ocr_host_fail(h, true, "sends results of type %s",
		    ocr_type_name(b->type));
		return;
	}
	if (slots == 0)
		slots = 1;
	if (h->opt.slots > 0 && slots > h->opt.slots)
		slots = h->opt.slots;
	if (h->opt.blob != NULL && strcmp(b->blob, h->opt.blob->sha256) == 0)
		h->is_blob_put = true;
	ocr_host_window_init(h, slots);
	h->is_up = true;
	ocr_host_hold_line(h);
	h->ping_ns = 0; /* one at once: how far away is it? */
	ocr_monitor_enter(h->monitor);
	h->state = OCR_HOST_UP;
	h->facts.begin = *b;
	h->facts.n_connections++;
	ocr_monitor_leave(h->monitor);
	say_begin(h, slots);
	tell_credits(h);
}

static void
take_ping(struct ocr_host *h)
{
	uint64_t now_ns = ocr_now_ns();

	if (h->link.ping.seq > h->ping_seq) {
		ocr_host_fail(h, true, "answers a ping that was not sent");
		return;
	}
	if (h->link.ping.seq <= h->answered_seq)
		return;
	h->answered_seq = h->link.ping.seq;
	if (h->answered_seq != h->ping_seq)
		return;
	ocr_host_window_ping(h, now_ns - h->asked_ns);
	ocr_monitor_enter(h->monitor);
	h->facts.round_trip_ns = h->round_trip_ns;
	ocr_monitor_leave(h->monitor);
}

void
ocr_host_event(struct ocr_host *h, int event)
{
	switch ((enum ocr_link_event)event) {
	case OCR_LINK_AGAIN:
		break;
	case OCR_LINK_BEGIN:
		take_begin(h);
		break;
	case OCR_LINK_HEAD:
		take_head(h);
		break;
	case OCR_LINK_RESULT:
		if (h->into_late != NULL)
			ocr_host_late_result(h);
		else
			take_result(h, h->into);
		break;
	case OCR_LINK_PING:
		take_ping(h);
		break;
	case OCR_LINK_END:
		/* Why, it says on its stderr, and ends. */
		h->is_eof = true;
		if (h->is_end_put)
			h->is_over = true;
		else
			ocr_host_fail(h, false,
			    "ended the stream after %" PRIu64 " results",
			    h->n_done);
		break;
	case OCR_LINK_EOF:
		h->is_eof = true;
		if (h->is_end_put)
			h->is_over = true;
		else
			ocr_host_fail(h, false,
			    h->is_up ? "connection lost"
				     : "ended before it began");
		break;
	}
}
