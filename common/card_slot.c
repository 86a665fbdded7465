/*
 * card_slot.c - one run of a driver on a unit: see card_slot.h
 */
#include "config.h"

#include "common/card_slot.h"

#include <string.h>

#include "common/io.h"
#include "common/thread.h"

#define PAGE ((size_t)4096)

/* Calls to XRT: between these two. */
static void
enter(struct ocr_unit *u)
{
	ocr_card_enter(u->card_unit->card);
}

static void
leave(struct ocr_unit *u)
{
	ocr_card_leave(u->card_unit->card);
}

static int
dead(struct ocr_unit *u, const char *why)
{
	return ocr_err_set(&u->dead, -OCR_EDEVICE, "%s", why);
}

static size_t
buffer_bytes(const struct ocr_card_buffer *b, const struct ocr_slot *s)
{
	size_t n =
	    b->fixed + b->in_times * s->in_len + b->out_times * s->out_cap;

	return n > 0 ? (n + PAGE - 1) & ~(PAGE - 1) : PAGE;
}

/* The step and argument that buffer b is, for its bank. */
static uint32_t
buffer_group(const struct ocr_unit *u, size_t b)
{
	const struct ocr_card_step *step;
	size_t k, a;
	int group;

	for (k = 0; k < u->driver->n_steps; k++) {
		step = &u->driver->steps[k];
		for (a = 0; a < step->n_args; a++) {
			if (step->args[a].kind != OCR_CARD_BUFFER ||
			    step->args[a].value != b)
				continue;
			group = u->xrt->kernel_group(u->kernels[k], (int)a);
			return group < 0 ? 0 : (uint32_t)group;
		}
	}
	return 0;
}

/* A buffer that is too small is replaced: XRT's are slow to make. */
static void
replace_buffer(struct ocr_unit *u, struct ocr_slot *s, size_t b, size_t need)
{
	struct ocr_xrt *x = u->xrt;
	uint64_t flags =
	    u->card_unit->is_host_memory[b] ? OCR_XRT_HOST_ONLY : 0;

	enter(u);
	if (s->buffers[b] != NULL)
		x->buffer_free(s->buffers[b]);
	s->caps[b] = 0;
	s->maps[b] = NULL;
	s->buffers[b] = x->buffer_new(u->card_unit->card->handle, need, flags,
	    buffer_group(u, b));
	if (s->buffers[b] != NULL &&
	    u->driver->buffers[b].kind != OCR_CARD_SCRATCH)
		s->maps[b] = x->buffer_map(s->buffers[b]);
	leave(u);
}

static int
make_buffer(struct ocr_unit *u, struct ocr_slot *s, size_t b)
{
	const struct ocr_card_buffer *buf = &u->driver->buffers[b];
	size_t need = buffer_bytes(buf, s);

	if (s->caps[b] >= need)
		return 0;
	replace_buffer(u, s, b, need);
	if (s->buffers[b] == NULL)
		return dead(u, "the card has no memory left");
	if (s->maps[b] == NULL && buf->kind != OCR_CARD_SCRATCH)
		return dead(u, "a buffer of the card cannot be mapped");
	s->caps[b] = need;
	return 0;
}

static int
sync_buffer(struct ocr_unit *u, struct ocr_slot *s, size_t b, int direction,
    size_t bytes)
{
	int r;

	/* What is in the host's memory need not move. */
	if (bytes == 0 || u->card_unit->is_host_memory[b])
		return 0;
	s->job->moved_bytes += bytes;
	enter(u);
	r = u->xrt->buffer_sync(s->buffers[b], direction, bytes, 0);
	leave(u);
	if (r != 0)
		return dead(u, direction == OCR_XRT_TO_DEVICE
				   ? "copying to the card failed"
				   : "copying from the card failed");
	return 0;
}

static int
set_arg(struct ocr_unit *u, struct ocr_slot *s, size_t k, size_t a)
{
	double real;
	const struct ocr_card_arg *arg = &u->driver->steps[k].args[a];
	const struct ocr_range *range = &s->job->range;
	void *run = s->runs[k];
	int i = (int)a;

	switch (arg->kind) {
	case OCR_CARD_BUFFER:
		return u->xrt->run_set(run, i, s->buffers[arg->value]);
	case OCR_CARD_VALUE:
		return u->xrt->run_set(run, i, (uint32_t)arg->value);
	case OCR_CARD_VALUE64:
		return u->xrt->run_set(run, i, arg->value);
	case OCR_CARD_REAL:
		memcpy(&real, &arg->value, sizeof(real));
		return u->xrt->run_set(run, i, real);
	case OCR_CARD_IN_LEN:
		return u->xrt->run_set(run, i, (uint32_t)s->in_len);
	case OCR_CARD_OUT_CAP:
		return u->xrt->run_set(run, i, (uint32_t)s->out_cap);
	case OCR_CARD_START:
		return u->xrt->run_set(run, i, (uint32_t)range->start);
	case OCR_CARD_END:
		return u->xrt->run_set(run, i, (uint32_t)range->end);
	}
	return -1;
}

/* A step has ended; from a thread of XRT's. */
static void
note_end(void *run, int state, void *data)
{
	struct ocr_step_end *end = data;

	(void)run;
	ocr_monitor_enter(end->unit->monitor);
	end->state = state != 0 ? state : -1;
	ocr_monitor_notify(end->unit->monitor);
	ocr_monitor_leave(end->unit->monitor);
}

static int
open_run(struct ocr_unit *u, struct ocr_slot *s, size_t k)
{
	s->runs[k] = u->xrt->run_open(u->kernels[k]);
	if (s->runs[k] == NULL)
		return -1;
	s->ends[k].unit = u;
	return u->xrt->run_callback(s->runs[k], OCR_XRT_COMPLETED, note_end,
	    &s->ends[k]);
}

static int
start_step(struct ocr_unit *u, struct ocr_slot *s, size_t k)
{
	size_t a;

	if (s->runs[k] == NULL && open_run(u, s, k) < 0)
		return dead(u, "XRT gives no run for the unit");
	for (a = 0; a < u->driver->steps[k].n_args; a++)
		if (set_arg(u, s, k, a) != 0)
			return dead(u, "the unit's kernel has other arguments");
	s->ends[k].state = 0;
	if (u->xrt->run_start(s->runs[k]) != 0)
		return dead(u, "XRT cannot start the unit");
	return 0;
}

/* Start the next step, and those that run together with it. */
static int
start_steps(struct ocr_unit *u, struct ocr_slot *s)
{
	const struct ocr_card_driver *d = u->driver;
	bool is_more = true;
	int r = 0;

	enter(u);
	while (r == 0 && is_more && s->n_started < d->n_steps) {
		is_more = d->steps[s->n_started].is_with_next;
		r = start_step(u, s, s->n_started);
		s->n_started += r == 0;
	}
	leave(u);
	return r;
}

static void
fill_mailbox(struct ocr_unit *u, struct ocr_slot *s)
{
	uint32_t words[2] = {(uint32_t)s->job->range.start,
	    (uint32_t)s->job->range.end};

	memcpy(s->maps[u->mailbox], words, sizeof(words));
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
	if (u->mailbox >= 0)
		fill_mailbox(u, s);
	return 0;
}

int
ocr_slot_load(struct ocr_unit *u, struct ocr_slot *s,
    const struct ocr_kernel *k, struct ocr_job *job)
{
	const struct ocr_card_buffer *buf = u->driver->buffers;
	size_t b, first_in;
	int r;

	s->job = job;
	r = fill_slot(u, s, k, &first_in);
	for (b = 0; r == 0 && b < u->driver->n_buffers; b++) {
		if (buf[b].kind == OCR_CARD_IN)
			r = sync_buffer(u, s, b, OCR_XRT_TO_DEVICE,
			    b == first_in ? s->in_len : s->caps[b]);
		else if (buf[b].kind == OCR_CARD_RESULT ||
			 buf[b].kind == OCR_CARD_MAILBOX)
			r = sync_buffer(u, s, b, OCR_XRT_TO_DEVICE,
			    buf[b].fixed);
	}
	s->n_started = 0;
	s->started_ns = ocr_now_ns();
	return r < 0 ? r : start_steps(u, s);
}

bool
ocr_slot_accepts(const struct ocr_unit *u, struct ocr_slot *s,
    const struct ocr_job *job)
{
	const struct ocr_card_driver *d = u->driver;

	if (u->start_arg >= 0 || u->mailbox >= 0) {
		s->in_len = job->in != NULL ? job->in->len : 0;
	} else {
		s->in_len =
		    d->in_bytes != NULL ? d->in_bytes(d, job) : job->in->len;
		if (s->in_len == 0)
			return false;
	}
	s->out_cap = d->out_bytes(d, s->in_len);
	return s->in_len <= d->max_in_bytes;
}

/* A run has not ended in its time: the unit hangs, and so would XRT if it were
 * asked to close it. */
static int
is_late(struct ocr_unit *u, const struct ocr_slot *s, uint64_t since_ns)
{
	uint64_t since = s->started_ns > since_ns ? s->started_ns : since_ns;

	if (ocr_now_ns() - since < (uint64_t)u->timeout_ms * 1000000)
		return 0;
	__atomic_store_n(&u->card_unit->card->is_stuck, 1, __ATOMIC_RELAXED);
	return ocr_err_set(&u->dead, -OCR_EDEVICE,
	    "a run did not end within %.3g s", u->timeout_ms / 1e3);
}

bool
ocr_slot_has_ended(const struct ocr_slot *s)
{
	size_t k;

	for (k = 0; k < s->n_started; k++)
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
	for (k = 0; has_ended && k < s->n_started; k++)
		if (s->ends[k].state != OCR_XRT_COMPLETED)
			failed = s->ends[k].state;
	ocr_monitor_leave(u->monitor);
	if (!has_ended)
		return is_late(u, s, since_ns);
	if (failed != 0)
		return ocr_err_set(&u->dead, -OCR_EDEVICE,
		    "a run failed (XRT's state %d)", failed);
	return s->n_started == u->driver->n_steps ? 1 : start_steps(u, s);
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
	int r = 0;

	for (b = 0; r == 0 && b < d->n_buffers; b++)
		if (d->buffers[b].kind == OCR_CARD_RESULT)
			r = sync_buffer(u, s, b, OCR_XRT_FROM_DEVICE,
			    d->buffers[b].fixed);
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

/* A word of the mailbox: in the host's memory it is simply there, in the card's
 * it is copied. */
static int
move_mailbox(struct ocr_unit *u, struct ocr_slot *s, int direction, size_t at)
{
	size_t b = (size_t)u->mailbox;

	if (u->card_unit->is_host_memory[b])
		return 0;
	return u->xrt->buffer_sync(s->buffers[b], direction, sizeof(uint32_t),
	    at);
}

static int
read_start(struct ocr_unit *u, struct ocr_slot *s, uint32_t *value)
{
	if (u->mailbox < 0)
		return u->xrt->kernel_read(u->kernels[0],
		    u->xrt->kernel_offset(u->kernels[0], u->start_arg), value);
	if (move_mailbox(u, s, OCR_XRT_FROM_DEVICE, 0) != 0)
		return -1;
	*value =
	    __atomic_load_n((uint32_t *)s->maps[u->mailbox], __ATOMIC_ACQUIRE);
	return 0;
}

static int
write_end(struct ocr_unit *u, struct ocr_slot *s, uint32_t value)
{
	if (u->mailbox < 0)
		return u->xrt->kernel_write(u->kernels[0],
		    u->xrt->kernel_offset(u->kernels[0], u->end_arg), value);
	__atomic_store_n((uint32_t *)s->maps[u->mailbox] + 1, value,
	    __ATOMIC_RELEASE);
	return move_mailbox(u, s, OCR_XRT_TO_DEVICE, sizeof(value));
}

/* Where the words of a range are: registers, or a mailbox. */
static void
find_words(struct ocr_unit *u)
{
	const struct ocr_card_step *step = &u->driver->steps[0];
	size_t i;

	u->start_arg = u->end_arg = u->mailbox = -1;
	for (i = 0; i < step->n_args; i++) {
		if (step->args[i].kind == OCR_CARD_START)
			u->start_arg = (int)i;
		else if (step->args[i].kind == OCR_CARD_END)
			u->end_arg = (int)i;
	}
	for (i = 0; i < u->driver->n_buffers; i++)
		if (u->driver->buffers[i].kind == OCR_CARD_MAILBOX)
			u->mailbox = (int)i;
}

static int
open_kernels(struct ocr_unit *u, struct ocr_err *err)
{
	const struct ocr_card_unit *cu = u->card_unit;
	struct ocr_card *card = cu->card;
	size_t k;
	int r = 0;

	enter(u);
	for (k = 0; k < u->driver->n_steps; k++) {
		/* Registers are for those who have the unit to themselves. */
		u->kernels[k] =
		    u->start_arg >= 0
			? u->xrt->kernel_open_exclusive(card->handle,
			      card->uuid, cu->names[k])
			: u->xrt->kernel_open(card->handle, card->uuid,
			      cu->names[k]);
		if (u->kernels[k] == NULL)
			r = ocr_err_set(err, -OCR_EDEVICE,
			    "XRT cannot open '%s'", cu->names[k]);
	}
	leave(u);
	return r;
}

int
ocr_unit_open(struct ocr_unit *u, struct ocr_err *err)
{
	int r;

	u->driver = u->card_unit->driver;
	u->xrt = u->card_unit->card->xrt;
	ocr_err_clear(&u->dead);
	find_words(u);
	r = ocr_card_open(u->card_unit->card, err);
	if (r < 0)
		return r;
	u->is_open = true;
	return open_kernels(u, err);
}

static void
release_slot(struct ocr_unit *u, struct ocr_slot *s)
{
	size_t k;

	for (k = 0; k < OCR_CARD_MAX_STEPS; k++)
		if (s->runs[k] != NULL)
			u->xrt->run_close(s->runs[k]);
	for (k = 0; k < OCR_CARD_MAX_BUFFERS; k++)
		if (s->buffers[k] != NULL)
			u->xrt->buffer_free(s->buffers[k]);
	*s = (struct ocr_slot){0};
}

void
ocr_unit_close(struct ocr_unit *u, struct ocr_slot *slots, size_t n_slots)
{
	struct ocr_card *card = u->card_unit->card;
	size_t i;

	if (!u->is_open)
		return;
	if (!__atomic_load_n(&card->is_stuck, __ATOMIC_RELAXED)) {
		enter(u);
		for (i = 0; i < n_slots; i++)
			release_slot(u, &slots[i]);
		for (i = 0; i < OCR_CARD_MAX_STEPS; i++)
			if (u->kernels[i] != NULL)
				u->xrt->kernel_close(u->kernels[i]);
		leave(u);
	}
	memset(u->kernels, 0, sizeof(u->kernels));
	ocr_card_close(card);
	u->is_open = false;
}

int
ocr_unit_position(struct ocr_unit *u, struct ocr_slot *s, uint64_t *next)
{
	uint32_t value = 0;
	int r;

	enter(u);
	r = read_start(u, s, &value);
	leave(u);
	if (r != 0)
		return -OCR_EDEVICE;
	*next = value;
	return 0;
}

int
ocr_unit_cut(struct ocr_unit *u, struct ocr_slot *s, uint64_t end,
    uint64_t *confirmed)
{
	uint32_t start = 0;
	int r;

	enter(u);
	r = write_end(u, s, (uint32_t)end);
	if (r == 0)
		r = read_start(u, s, &start);
	leave(u);
	if (r != 0)
		return -OCR_EDEVICE;
	/* It may have gone past the new end before it saw it. */
	*confirmed = start > end ? start : end;
	return 0;
}
