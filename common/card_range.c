/*
 * card_range.c - the words of a range on a card: see card_range.h
 *
 * XRT queues a start, and writes the registers of the run when its turn comes:
 * what was written before that is lost.  So nothing is cut before the unit has
 * shown that it runs: by its answer, which is set to a value that cannot be
 * one, or by a start word that has moved.
 */
#include "config.h"

#include "common/card_range.h"

#include <string.h>

#include "common/card_slot.h"
#include "common/io.h"
#include "common/thread.h"

/* How long a thief may be kept waiting for one item to end, and how often the
 * answer is looked for. */
#define ANSWER_NS 100000000
#define FIRST_NAP_NS 4000
#define MAX_NAP_NS 1000000

static int
find_arg(const struct ocr_card_driver *d, enum ocr_card_arg_kind kind)
{
	const struct ocr_card_step *step = &d->steps[0];
	size_t i;

	for (i = 0; i < step->n_args; i++)
		if (step->args[i].kind == kind)
			return (int)i;
	return -1;
}

static int
find_mailbox(const struct ocr_card_driver *d)
{
	size_t i;

	for (i = 0; i < d->n_buffers; i++)
		if (d->buffers[i].kind == OCR_CARD_MAILBOX)
			return (int)i;
	return -1;
}

static bool
has_ack(const struct ocr_card_driver *d)
{
	int b = find_mailbox(d);

	if (b >= 0)
		return d->buffers[b].fixed >=
		       OCR_CARD_N_WORDS * sizeof(uint32_t);
	return find_arg(d, OCR_CARD_ACK) >= 0;
}

bool
ocr_card_has_range(const struct ocr_card_driver *d)
{
	return find_mailbox(d) >= 0 || find_arg(d, OCR_CARD_START) >= 0;
}

bool
ocr_card_has_exact_cuts(const struct ocr_card_driver *d)
{
	return ocr_card_has_range(d) && (d->is_claim_atomic || has_ack(d));
}

void
ocr_card_range_find(struct ocr_unit *u)
{
	const struct ocr_card_driver *d = u->driver;
	unsigned i;

	for (i = 0; i < OCR_CARD_N_WORDS; i++)
		u->words[i] = find_arg(d, OCR_CARD_START + i);
	u->mailbox = find_mailbox(d);
	u->has_range = ocr_card_has_range(d);
	u->has_ack = has_ack(d);
	u->has_exact_cuts = ocr_card_has_exact_cuts(d);
}

static unsigned
index_of(enum ocr_card_arg_kind w)
{
	return (unsigned)w - OCR_CARD_START;
}

/* The words are the step's that does the job. */
static void *
kernel_of(const struct ocr_unit *u, const struct ocr_slot *s)
{
	return u->kernels[s->first_step];
}

static uint32_t
register_of(struct ocr_unit *u, const struct ocr_slot *s,
    enum ocr_card_arg_kind w)
{
	return u->xrt->kernel_offset(kernel_of(u, s), u->words[index_of(w)]);
}

/* A word of the mailbox: in the host's memory it is simply there, in the card's
 * it is copied. */
static int
move_word(struct ocr_unit *u, struct ocr_slot *s, enum ocr_card_arg_kind w,
    int direction)
{
	size_t b = (size_t)u->mailbox;

	if (u->card_unit->is_host_memory[b])
		return 0;
	return u->xrt->buffer_sync(s->buffers[b], direction, sizeof(uint32_t),
	    index_of(w) * sizeof(uint32_t));
}

/* All calls to XRT are in the next two. */
static int
read_word(struct ocr_unit *u, struct ocr_slot *s, enum ocr_card_arg_kind w,
    uint32_t *value)
{
	int r;

	if (ocr_unit_enter_shared(u) < 0)
		return -OCR_EDEVICE;
	ocr_unit_call(u);
	r = u->mailbox < 0 ? u->xrt->kernel_read(kernel_of(u, s),
				 register_of(u, s, w), value)
			   : move_word(u, s, w, OCR_XRT_FROM_DEVICE);
	ocr_unit_back(u);
	ocr_unit_leave_shared(u);
	if (r != 0)
		return ocr_unit_kill(u, "the unit's words cannot be read");
	if (u->mailbox >= 0)
		*value = __atomic_load_n((uint32_t *)s->maps[u->mailbox] +
					     index_of(w),
		    __ATOMIC_ACQUIRE);
	return 0;
}

static int
write_word(struct ocr_unit *u, struct ocr_slot *s, enum ocr_card_arg_kind w,
    uint32_t value)
{
	int r;

	if (ocr_unit_enter_shared(u) < 0)
		return -OCR_EDEVICE;
	if (u->mailbox >= 0)
		__atomic_store_n((uint32_t *)s->maps[u->mailbox] + index_of(w),
		    value, __ATOMIC_RELEASE);
	ocr_unit_call(u);
	r = u->mailbox < 0 ? u->xrt->kernel_write(kernel_of(u, s),
				 register_of(u, s, w), value)
			   : move_word(u, s, w, OCR_XRT_TO_DEVICE);
	ocr_unit_back(u);
	ocr_unit_leave_shared(u);
	if (r != 0)
		return ocr_unit_kill(u, "the unit's words cannot be written");
	return 0;
}

uint32_t
ocr_card_range_word(const struct ocr_slot *s, enum ocr_card_arg_kind kind)
{
	switch (kind) {
	case OCR_CARD_START:
		return (uint32_t)s->launched.start;
	case OCR_CARD_ACK: /* no answer */
		return ~(uint32_t)s->launched.end;
	default:
		return (uint32_t)s->launched.end;
	}
}

int
ocr_card_range_begin(struct ocr_unit *u, struct ocr_slot *s)
{
	struct ocr_range range = s->job->range;
	enum ocr_card_arg_kind w = u->has_ack ? OCR_CARD_ACK : OCR_CARD_START;
	uint32_t words[OCR_CARD_N_WORDS];
	unsigned i;

	if (u->driver->max_items > 0 &&
	    range.end - range.start > u->driver->max_items)
		range.end = range.start + u->driver->max_items;
	s->launched = range;
	for (i = 0; i < OCR_CARD_N_WORDS; i++)
		words[i] = ocr_card_range_word(s, OCR_CARD_START + i);
	s->asked = s->agreed = s->seen = range.end;
	s->has_begun = s->is_unanswered = false;
	if (u->mailbox >= 0) {
		memcpy(s->maps[u->mailbox], words,
		    (u->has_ack ? 3 : 2) * sizeof(words[0]));
		return 0;
	}
	/* Until XRT's turn comes they hold what the last run has left. */
	return write_word(u, s, w, words[index_of(w)]);
}

/* 1: the kernel runs, and lowering its end has an effect. */
static int
look_begun(struct ocr_unit *u, struct ocr_slot *s)
{
	uint32_t value = 0;
	int r;

	if (s->has_begun)
		return 1;
	r = read_word(u, s, u->has_ack ? OCR_CARD_ACK : OCR_CARD_START, &value);
	if (r < 0)
		return r;
	s->has_begun = u->has_ack ? value == (uint32_t)s->launched.end
				  : value != (uint32_t)s->launched.start;
	return s->has_begun;
}

static bool
has_ended(struct ocr_unit *u, struct ocr_slot *s)
{
	bool yes;

	ocr_monitor_enter(u->monitor);
	yes = ocr_slot_has_ended(s);
	ocr_monitor_leave(u->monitor);
	return yes;
}

int
ocr_card_range_position(struct ocr_unit *u, struct ocr_slot *s, uint64_t *next)
{
	uint32_t value = 0;
	int r = look_begun(u, s);

	*next = s->launched.start;
	if (r <= 0)
		return r;
	r = read_word(u, s, OCR_CARD_START, &value);
	if (r < 0)
		return r;
	if (value > s->launched.end)
		return ocr_unit_kill(u, "its range has no such item");
	if (value > *next)
		*next = value;
	return 0;
}

/* A kernel without exact cuts may have begun what it was to leave. */
static uint64_t
farthest(const struct ocr_unit *u, const struct ocr_slot *s)
{
	return u->has_exact_cuts ? s->agreed : s->launched.end;
}

/* Where a run that has ended has stopped: nothing that it may not do. */
static int
read_stop(struct ocr_unit *u, struct ocr_slot *s)
{
	uint64_t least = s->is_unanswered ? s->asked : s->agreed;
	uint32_t value = 0;
	int r = read_word(u, s, OCR_CARD_START, &value);

	if (r < 0)
		return r;
	if (value < least || value > farthest(u, s))
		return ocr_err_set(&u->dead, -OCR_EDEVICE,
		    "a run ended at item %u of %u", value, (unsigned)s->agreed);
	s->agreed = value;
	s->is_unanswered = false;
	return 1;
}

/* 1: the kernel has answered, or ended, and will not go beyond s->agreed. */
static int
look_answer(struct ocr_unit *u, struct ocr_slot *s)
{
	bool ended = has_ended(u, s);
	uint32_t value = 0;
	int r;

	if (ended)
		return read_stop(u, s);
	r = read_word(u, s, OCR_CARD_ACK, &value);
	if (r < 0)
		return r;
	if (value == (uint32_t)s->agreed)
		return 0;
	if (value < s->asked || value > s->agreed)
		return ocr_unit_kill(u, "its answer to a cut is wrong");
	s->agreed = value;
	s->is_unanswered = false;
	return 1;
}

static int
await_answer(struct ocr_unit *u, struct ocr_slot *s)
{
	uint64_t nap = FIRST_NAP_NS, until = ocr_now_ns() + ANSWER_NS;
	int r;

	for (;;) {
		r = look_answer(u, s);
		if (r != 0 || ocr_now_ns() >= until)
			return r;
		ocr_monitor_enter(u->monitor);
		ocr_monitor_wait_for(u->monitor, nap);
		ocr_monitor_leave(u->monitor);
		if (nap < MAX_NAP_NS)
			nap *= 2;
	}
}

/* It does not answer: how far it was after the end was written says how far it
 * goes, an item more or less. */
static int
look_after(struct ocr_unit *u, struct ocr_slot *s)
{
	uint32_t start = 0;
	int r = read_word(u, s, OCR_CARD_START, &start);

	if (r < 0)
		return r;
	if (start > farthest(u, s))
		return ocr_unit_kill(u, "its range has no such item");
	if (start < s->agreed)
		s->agreed = start > s->asked ? start : s->asked;
	return 1;
}

/* 1: s->agreed is as low as it gets for that end. */
static int
ask(struct ocr_unit *u, struct ocr_slot *s, uint64_t end)
{
	int r = look_begun(u, s);

	if (r > 0 && s->is_unanswered)
		r = look_answer(u, s);
	if (r <= 0)
		return r;
	/* One that went beyond what it was asked for stops there. */
	if (end >= s->agreed || s->agreed > s->asked)
		return 1;
	r = write_word(u, s, OCR_CARD_END, (uint32_t)end);
	if (r < 0)
		return r;
	s->asked = end;
	if (!u->has_ack)
		return look_after(u, s);
	s->is_unanswered = true;
	return await_answer(u, s);
}

int
ocr_card_range_cut(struct ocr_unit *u, struct ocr_slot *s, uint64_t end,
    uint64_t *confirmed)
{
	struct ocr_range *range = &s->job->range;
	int r;

	if (end < range->start)
		end = range->start;
	if (end < range->end) {
		r = ask(u, s, end);
		if (r <= 0)
			return -OCR_EDEVICE;
		if (end < s->agreed)
			end = s->agreed;
	}
	if (end < range->end)
		range->end = end;
	*confirmed = range->end;
	return 0;
}

int
ocr_card_range_end(struct ocr_unit *u, struct ocr_slot *s)
{
	int r = read_stop(u, s);

	if (r < 0)
		return r;
	s->job->range.end = s->agreed;
	return 0;
}

bool
ocr_card_range_moves(struct ocr_unit *u, struct ocr_slot *s)
{
	uint64_t next;

	if (ocr_card_range_position(u, s, &next) < 0 || next == s->seen)
		return false;
	s->seen = next;
	return true;
}
