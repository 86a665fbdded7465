/*
 * card_unit.c - a unit of a card, opened: see card_unit.h
 */
#include "config.h"

#include "common/card_unit.h"

#include <string.h>

#include "common/card_slot.h"

/* No call but one that loads takes long; where the user says how long a run may
 * take, at least this is meant. */
#define LEAST_CALL_MS 2000

static unsigned
call_ms(const struct ocr_unit *u)
{
	return u->timeout_ms > LEAST_CALL_MS ? u->timeout_ms : LEAST_CALL_MS;
}

int
ocr_unit_kill(struct ocr_unit *u, const char *why)
{
	return ocr_err_set(&u->dead, -OCR_EDEVICE, "%s", why);
}

int
ocr_unit_enter(struct ocr_unit *u)
{
	if (ocr_card_enter(u->card_unit->card) < 0)
		return ocr_unit_kill(u, "the card does not answer any more");
	return 0;
}

void
ocr_unit_leave(struct ocr_unit *u)
{
	ocr_card_leave(u->card_unit->card);
}

int
ocr_unit_enter_shared(struct ocr_unit *u)
{
	if (ocr_card_enter_shared(u->card_unit->card) < 0)
		return ocr_unit_kill(u, "the card does not answer any more");
	u->is_sharing = true;
	return 0;
}

void
ocr_unit_leave_shared(struct ocr_unit *u)
{
	u->is_sharing = false;
	ocr_card_leave_shared(u->card_unit->card);
}

void
ocr_unit_call(struct ocr_unit *u)
{
	ocr_call_begin(&u->call, call_ms(u));
}

void
ocr_unit_back(struct ocr_unit *u)
{
	ocr_call_end(&u->call);
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
	/* Registers are for those who have the unit to themselves. */
	void *(*open)(void *, const unsigned char *, const char *) =
	    u->start_arg >= 0 ? u->xrt->kernel_open_exclusive
			      : u->xrt->kernel_open;
	size_t k;

	if (ocr_unit_enter(u) < 0)
		return ocr_err_set(err, -OCR_EDEVICE, "%s", u->dead.text);
	for (k = 0; k < u->driver->n_steps; k++) {
		ocr_unit_call(u);
		u->kernels[k] = open(card->handle, card->uuid, cu->names[k]);
		ocr_unit_back(u);
		if (u->kernels[k] == NULL)
			break;
	}
	ocr_unit_leave(u);
	if (k < u->driver->n_steps)
		return ocr_err_set(err, -OCR_EDEVICE, "XRT cannot open '%s'",
		    cu->names[k]);
	return 0;
}

int
ocr_unit_open(struct ocr_unit *u, struct ocr_err *err)
{
	int r;

	u->driver = u->card_unit->driver;
	u->xrt = u->card_unit->card->xrt;
	ocr_err_clear(&u->dead);
	find_words(u);
	r = ocr_card_open(u->card_unit->card, &u->call, err);
	if (r < 0)
		return r;
	u->is_open = true;
	return open_kernels(u, err);
}

/* Each has a limit of its own: there may be many. */
static void
release(struct ocr_unit *u, int (*give)(void *), void *handle)
{
	if (handle == NULL)
		return;
	ocr_unit_call(u);
	give(handle);
	ocr_unit_back(u);
}

static void
release_slot(struct ocr_unit *u, struct ocr_slot *s)
{
	size_t k;

	for (k = 0; k < OCR_CARD_MAX_STEPS; k++)
		release(u, u->xrt->run_close, s->runs[k]);
	for (k = 0; k < OCR_CARD_MAX_BUFFERS; k++)
		release(u, u->xrt->buffer_free, s->buffers[k]);
	*s = (struct ocr_slot){0};
}

void
ocr_unit_close(struct ocr_unit *u, struct ocr_slot *slots, size_t n_slots)
{
	struct ocr_card *card = u->card_unit->card;
	size_t i;

	if (!u->is_open)
		return;
	if (!ocr_card_is_stuck(card) && ocr_unit_enter(u) == 0) {
		for (i = 0; i < n_slots; i++)
			release_slot(u, &slots[i]);
		for (i = 0; i < OCR_CARD_MAX_STEPS; i++)
			release(u, u->xrt->kernel_close, u->kernels[i]);
		ocr_unit_leave(u);
	}
	memset(u->kernels, 0, sizeof(u->kernels));
	ocr_card_close(card, &u->call);
	u->is_open = false;
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

int
ocr_unit_position(struct ocr_unit *u, struct ocr_slot *s, uint64_t *next)
{
	uint32_t value = 0;
	int r;

	if (ocr_card_enter_shared(u->card_unit->card) < 0)
		return -OCR_EDEVICE;
	r = read_start(u, s, &value);
	ocr_card_leave_shared(u->card_unit->card);
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

	if (ocr_card_enter_shared(u->card_unit->card) < 0)
		return -OCR_EDEVICE;
	r = write_end(u, s, (uint32_t)end);
	if (r == 0)
		r = read_start(u, s, &start);
	ocr_card_leave_shared(u->card_unit->card);
	if (r != 0)
		return -OCR_EDEVICE;
	/* It may have gone past the new end before it saw it. */
	*confirmed = start > end ? start : end;
	return 0;
}
