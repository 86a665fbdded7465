/*
 * card_slot.c - one run of a driver on a unit: see card_slot.h
 */
#include "config.h"

#include "common/card_slot.h"

#include <string.h>
#include <unistd.h>

#include "common/card_range.h"
#include "common/card_share.h"
#include "common/io.h"
#include "common/thread.h"

#define PAGE ((size_t)4096)

static size_t
buffer_bytes(const struct ocr_card_buffer *b, const struct ocr_slot *s)
{
	size_t n =
	    b->fixed + b->in_times * s->in_len + b->out_times * s->out_cap;

	return n > 0 ? (n + PAGE - 1) & ~(PAGE - 1) : PAGE;
}

/* A buffer that is too small is replaced: XRT's are slow to make. */
static int
replace_buffer(struct ocr_unit *u, struct ocr_slot *s, size_t b, size_t need)
{
	bool is_mapped = u->driver->buffers[b].kind != OCR_CARD_SCRATCH;
	uint64_t flags =
	    u->card_unit->is_host_memory[b] ? OCR_XRT_HOST_ONLY : 0;
	struct ocr_xrt *x = u->xrt;
	uint32_t group;

	if (ocr_unit_enter(u) < 0)
		return -OCR_EDEVICE;
	s->caps[b] = 0;
	s->maps[b] = NULL;
	ocr_unit_call(u);
	if (s->buffers[b] != NULL)
		x->buffer_free(s->buffers[b]);
	s->buffers[b] = NULL;
	ocr_unit_back(u);
	group = ocr_unit_group(u, b);
	ocr_unit_call(u);
	s->buffers[b] =
	    x->buffer_new(u->card_unit->card->handle, need, flags, group);
	if (s->buffers[b] != NULL && is_mapped)
		s->maps[b] = x->buffer_map(s->buffers[b]);
	ocr_unit_back(u);
	ocr_unit_leave(u);
	return 0;
}

static int
make_buffer(struct ocr_unit *u, struct ocr_slot *s, size_t b)
{
	const struct ocr_card_buffer *buf = &u->driver->buffers[b];
	struct ocr_card_kept kept = {.bytes = 0};
	size_t need = buffer_bytes(buf, s);

	if (buf->kind == OCR_CARD_SHARED)
		return 0;
	if (buf->kind == OCR_CARD_KEPT) {
		u->driver->kept(u->driver, b, &kept);
		need = kept.bytes > 0 ? kept.bytes : PAGE;
	}
	if (s->caps[b] >= need)
		return 0;
	s->versions[b] = 0;
	if (replace_buffer(u, s, b, need) < 0)
		return -OCR_EDEVICE;
	if (s->buffers[b] == NULL)
		return ocr_unit_kill(u, "the card has no memory left");
	if (s->maps[b] == NULL && buf->kind != OCR_CARD_SCRATCH)
		return ocr_unit_kill(u,
		    "a buffer of the card cannot be mapped");
	s->caps[b] = need;
	return 0;
}

static int
sync_part(struct ocr_unit *u, struct ocr_slot *s, size_t b, int direction,
    size_t bytes, size_t offset)
{
	/* What is in the host's memory need not move. */
	if (bytes == 0 || u->card_unit->is_host_memory[b])
		return 0;
	s->job->moved_bytes += bytes;
	return ocr_unit_sync(u, s->buffers[b], direction, bytes, offset);
}

static int
sync_buffer(struct ocr_unit *u, struct ocr_slot *s, size_t b, int direction,
    size_t bytes)
{
	return sync_part(u, s, b, direction, bytes, 0);
}

/* To the card, unless it has that already. */
static int
keep_buffer(struct ocr_unit *u, struct ocr_slot *s, size_t b)
{
	struct ocr_card_kept kept;

	u->driver->kept(u->driver, b, &kept);
	if (s->versions[b] == kept.version || kept.version == 0)
		return 0;
	if (kept.data != NULL)
		memcpy(s->maps[b], kept.data, kept.bytes);
	else
		memset(s->maps[b], 0xff, kept.bytes);
	s->versions[b] = kept.version;
	return sync_buffer(u, s, b, OCR_XRT_TO_DEVICE, kept.bytes);
}

/* From the card, what the job has changed. */
static int
fetch_kept(struct ocr_unit *u, struct ocr_slot *s, size_t b)
{
	size_t offset = 0, bytes;

	bytes = u->driver->fetched(u->driver, s->job, b, &offset);
	return sync_part(u, s, b, OCR_XRT_FROM_DEVICE, bytes, offset);
}

static int
set_value(struct ocr_unit *u, struct ocr_slot *s, void *run, int i,
    struct ocr_card_arg arg)
{
	double real;

	switch (arg.kind) {
	case OCR_CARD_BUFFER:
		return u->xrt->run_set(run, i, s->buffers[arg.value]);
	case OCR_CARD_VALUE:
		return u->xrt->run_set(run, i, (uint32_t)arg.value);
	case OCR_CARD_VALUE64:
		return u->xrt->run_set(run, i, arg.value);
	case OCR_CARD_REAL:
		memcpy(&real, &arg.value, sizeof(real));
		return u->xrt->run_set(run, i, real);
	case OCR_CARD_IN_LEN:
		return u->xrt->run_set(run, i, (uint32_t)s->in_len);
	case OCR_CARD_IN_ITEMS:
		return u->xrt->run_set(run, i,
		    (uint32_t)(s->in_len / (size_t)arg.value));
	case OCR_CARD_OUT_CAP:
		return u->xrt->run_set(run, i, (uint32_t)s->out_cap);
	case OCR_CARD_START:
	case OCR_CARD_END:
	case OCR_CARD_ACK:
		return u->xrt->run_set(run, i,
		    ocr_card_range_word(s, arg.kind));
	}
	return -1;
}

static int
set_arg(struct ocr_unit *u, struct ocr_slot *s, size_t k, size_t a)
{
	struct ocr_card_arg arg = u->driver->steps[k].args[a];
	int r;

	ocr_unit_call(u);
	r = set_value(u, s, s->runs[k], (int)a, arg);
	ocr_unit_back(u);
	return r;
}

/* A step has ended; from a thread of XRT's. */
static void
note_end(void *run, int state, void *data)
{
	struct ocr_step_end *end = data;

	(void)run;
	ocr_monitor_enter(end->unit->monitor);
	end->state = state != 0 ? state : -1;
	end->at_ns = ocr_now_ns();
	end->thread = gettid();
	ocr_monitor_notify(end->unit->monitor);
	ocr_monitor_leave(end->unit->monitor);
}

static int
open_run(struct ocr_unit *u, struct ocr_slot *s, size_t k)
{
	int r = -1;

	s->ends[k].unit = u;
	ocr_unit_call(u);
	s->runs[k] = u->xrt->run_open(u->kernels[k]);
	if (s->runs[k] != NULL)
		r = u->xrt->run_callback(s->runs[k], OCR_XRT_COMPLETED,
		    note_end, &s->ends[k]);
	ocr_unit_back(u);
	return r;
}

static int
start_step(struct ocr_unit *u, struct ocr_slot *s, size_t k)
{
	size_t a;
	int r;

	if (s->runs[k] == NULL && open_run(u, s, k) < 0)
		return ocr_unit_kill(u, "XRT gives no run for the unit");
	for (a = 0; a < u->driver->steps[k].n_args; a++)
		if (set_arg(u, s, k, a) != 0)
			return ocr_unit_kill(u,
			    "the unit's kernel has other arguments");
	s->ends[k].state = 0;
	ocr_unit_call(u);
	r = u->xrt->run_start(s->runs[k]);
	ocr_unit_back(u);
	return r == 0 ? 0 : ocr_unit_kill(u, "XRT cannot start the unit");
}

/* Start the next step, and those that run together with it. */
static int
start_steps(struct ocr_unit *u, struct ocr_slot *s)
{
	const struct ocr_card_driver *d = u->driver;
	bool is_more = true, is_first = s->runs[s->n_started] == NULL;
	int r;

	/* A run takes a buffer for its command when it is made. */
	r = is_first ? ocr_unit_enter(u) : ocr_unit_enter_shared(u);
	if (r < 0)
		return -OCR_EDEVICE;
	while (r == 0 && is_more && s->n_started < s->end_step) {
		is_more = d->steps[s->n_started].is_with_next;
		r = start_step(u, s, s->n_started);
		s->n_started += r == 0;
	}
	if (is_first)
		ocr_unit_leave(u);
	else
		ocr_unit_leave_shared(u);
	return r;
}

/* Every buffer is there; those that the host fills are filled. */
static int
fill_slot(struct ocr_unit *u, struct ocr_slot *s, const struct ocr_kernel *k,
    size_t *first_in)
{
	const struct ocr_card_driver *d = u->driver;
	size_t b;
	int r = 0;

	*first_in = SIZE_MAX;
	for (b = 0; r == 0 && b < d->n_buffers; b++) {
		r = make_buffer(u, s, b);
		if (r == 0 && d->buffers[b].kind == OCR_CARD_RESULT)
			memset(s->maps[b], 0, s->caps[b]);
		if (d->buffers[b].kind == OCR_CARD_IN && *first_in == SIZE_MAX)
			*first_in = b;
	}
	if (r < 0)
		return r;
	if (d->fill != NULL)
		s->in_len = d->fill(d, k, s->job, s->maps);
	else if (*first_in != SIZE_MAX)
		memcpy(s->maps[*first_in], s->job->in->data, s->in_len);
	return u->has_range ? ocr_card_range_begin(u, s) : 0;
}

int
ocr_slot_load(struct ocr_unit *u, struct ocr_slot *s,
    const struct ocr_kernel *k, struct ocr_job *job)
{
	const struct ocr_card_buffer *buf = u->driver->buffers;
	size_t b, first_in;
	int r;

	s->job = job;
	s->first_step = 0;
	s->end_step = u->driver->n_steps;
	if (u->driver->pick != NULL) {
		s->first_step = u->driver->pick(u->driver, job);
		s->end_step = s->first_step + 1;
	}
	r = fill_slot(u, s, k, &first_in);
	for (b = 0; r == 0 && b < u->driver->n_buffers; b++) {
		if (buf[b].kind == OCR_CARD_IN)
			r = sync_buffer(u, s, b, OCR_XRT_TO_DEVICE,
			    b == first_in ? s->in_len : s->caps[b]);
		else if (buf[b].kind == OCR_CARD_RESULT ||
			 buf[b].kind == OCR_CARD_MAILBOX)
			r = sync_buffer(u, s, b, OCR_XRT_TO_DEVICE,
			    buf[b].fixed);
		else if (buf[b].kind == OCR_CARD_KEPT)
			r = keep_buffer(u, s, b);
		else if (buf[b].kind == OCR_CARD_SHARED)
			r = ocr_unit_share_keep(u, s, b);
	}
	s->n_started = s->first_step;
	s->started_ns = job->first_ns = ocr_now_ns();
	return r < 0 ? r : start_steps(u, s);
}

bool
ocr_slot_accepts(const struct ocr_unit *u, struct ocr_slot *s,
    const struct ocr_job *job)
{
	const struct ocr_card_driver *d = u->driver;

	if (d->in_bytes != NULL)
		s->in_len = d->in_bytes(d, job);
	else
		s->in_len = job->in != NULL ? job->in->len : 0;
	if (u->has_range ? job->range.end > UINT32_MAX : s->in_len == 0)
		return false;
	s->out_cap = d->out_bytes(d, s->in_len);
	return s->in_len <= d->max_in_bytes;
}

/* A run has not ended in its time: the unit hangs, and so would XRT if it were
 * asked to close it. */
static int
is_late(struct ocr_unit *u, struct ocr_slot *s, uint64_t since_ns)
{
	uint64_t since = s->started_ns > since_ns ? s->started_ns : since_ns;

	if (ocr_now_ns() - since < (uint64_t)u->timeout_ms * 1000000)
		return 0;
	/* A range may be of any length. */
	if (u->has_range && ocr_card_range_moves(u, s)) {
		s->started_ns = ocr_now_ns();
		return 0;
	}
	if (u->dead.code != 0)
		return u->dead.code;
	__atomic_store_n(&u->card_unit->card->is_stuck, 1, __ATOMIC_RELAXED);
	return ocr_err_set(&u->dead, -OCR_EDEVICE,
	    "a run did not end within %.3g s", u->timeout_ms / 1e3);
}

bool
ocr_slot_has_ended(const struct ocr_slot *s)
{
	size_t k;

	for (k = s->first_step; k < s->n_started; k++)
		if (s->ends[k].state == 0)
			return false;
	return true;
}

int
ocr_slot_check(struct ocr_unit *u, struct ocr_slot *s, uint64_t since_ns)
{
	bool has_ended;
	int failed = 0;
	size_t k;

	ocr_monitor_enter(u->monitor);
	has_ended = ocr_slot_has_ended(s);
	for (k = s->first_step; has_ended && k < s->n_started; k++)
		if (s->ends[k].state != OCR_XRT_COMPLETED)
			failed = s->ends[k].state;
	ocr_monitor_leave(u->monitor);
	if (!has_ended)
		return is_late(u, s, since_ns);
	if (failed != 0)
		return ocr_err_set(&u->dead, -OCR_EDEVICE,
		    "a run failed (XRT's state %d)", failed);
	return s->n_started == s->end_step ? 1 : start_steps(u, s);
}

/* When the last of its steps ended. */
static uint64_t
end_of_steps(struct ocr_unit *u, const struct ocr_slot *s)
{
	uint64_t last = 0;
	size_t k;

	ocr_monitor_enter(u->monitor);
	for (k = s->first_step; k < s->n_started; k++)
		if (s->ends[k].at_ns > last)
			last = s->ends[k].at_ns;
	ocr_monitor_leave(u->monitor);
	return last;
}

static size_t
used_bytes(struct ocr_unit *u, struct ocr_slot *s)
{
	const struct ocr_card_driver *d = u->driver;
	uint32_t n;
	size_t b;

	if (d->used != NULL)
		return d->used(d, s->job, s->maps, s->out_cap);
	for (b = 0; b < d->n_buffers; b++) {
		if (d->buffers[b].kind == OCR_CARD_RESULT) {
			memcpy(&n, s->maps[b], sizeof(n));
			return n;
		}
	}
	return s->out_cap;
}

static int
default_finish(struct ocr_unit *u, struct ocr_slot *s, size_t used,
    struct ocr_err *err)
{
	const struct ocr_card_driver *d = u->driver;
	struct ocr_chunk *out = s->job->out;
	size_t b;

	for (b = 0; b < d->n_buffers; b++)
		if (d->buffers[b].kind == OCR_CARD_OUT)
			break;
	if (b == d->n_buffers || used > out->cap)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "a result of %zu bytes does not fit", used);
	memcpy(out->data, s->maps[b], used);
	out->len = used;
	return 0;
}

int
ocr_slot_fetch(struct ocr_unit *u, struct ocr_slot *s,
    const struct ocr_kernel *k, struct ocr_err *err)
{
	const struct ocr_card_driver *d = u->driver;
	size_t b, used;
	int r = u->has_range ? ocr_card_range_end(u, s) : 0;

	s->job->last_ns = end_of_steps(u, s);
	for (b = 0; r == 0 && b < d->n_buffers; b++)
		if (d->buffers[b].kind == OCR_CARD_RESULT)
			r = sync_buffer(u, s, b, OCR_XRT_FROM_DEVICE,
			    d->buffers[b].fixed);
		else if (d->buffers[b].kind == OCR_CARD_KEPT)
			r = fetch_kept(u, s, b);
	if (r < 0)
		return r;
	used = used_bytes(u, s);
	if (used > s->out_cap)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "the card says that its result has %zu bytes", used);
	for (b = 0; r == 0 && b < d->n_buffers; b++)
		if (d->buffers[b].kind == OCR_CARD_OUT)
			r = sync_buffer(u, s, b, OCR_XRT_FROM_DEVICE,
			    used < s->caps[b] ? used : s->caps[b]);
	if (r < 0)
		return r;
	return d->finish != NULL ? d->finish(d, k, s->job, s->maps, used, err)
				 : default_finish(u, s, used, err);
}

int
ocr_slot_collect(struct ocr_unit *u, struct ocr_slot *s)
{
	const struct ocr_card_driver *d = u->driver;
	size_t b, bytes;
	int r = 0;

	for (b = 0; r == 0 && b < d->n_buffers; b++) {
		if (d->buffers[b].kind != OCR_CARD_KEPT)
			continue;
		bytes = d->collected(d, b);
		r = sync_part(u, s, b, OCR_XRT_FROM_DEVICE,
		    bytes < s->caps[b] ? bytes : s->caps[b], 0);
	}
	return r < 0 ? r : d->collect(d, s->maps, &s->job->err);
}
