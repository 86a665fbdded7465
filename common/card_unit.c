/*
 * card_unit.c - a unit of a card, opened: see card_unit.h
 */
#include "config.h"

#include "common/card_unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/card_range.h"
#include "common/card_share.h"
#include "common/card_slot.h"
#include "common/io.h"
#include "common/thread.h"

/* No call but one that loads takes long; where the user says how long a run may
 * take, at least this is meant. */
#define LEAST_CALL_MS 2000

/* From the end of a run until XRT has forgotten it, in emulation; and at most,
 * where its thread has no processor. */
#define SETTLE_NS UINT64_C(50000000)
#define SETTLE_MAX_NS UINT64_C(5000000000)

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

/* The step and argument that buffer b is, for its bank. */
uint32_t
ocr_unit_group(struct ocr_unit *u, size_t b)
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
			ocr_unit_call(u);
			group = u->xrt->kernel_group(u->kernels[k], (int)a);
			ocr_unit_back(u);
			return group < 0 ? 0 : (uint32_t)group;
		}
	}
	return 0;
}

int
ocr_unit_sync(struct ocr_unit *u, void *buffer, int direction, size_t bytes,
    size_t offset)
{
	int r;

	if (ocr_unit_enter_shared(u) < 0)
		return -OCR_EDEVICE;
	ocr_unit_call(u);
	r = u->xrt->buffer_sync(buffer, direction, bytes, offset);
	ocr_unit_back(u);
	ocr_unit_leave_shared(u);
	if (r != 0)
		return ocr_unit_kill(u, direction == OCR_XRT_TO_DEVICE
					    ? "copying to the card failed"
					    : "copying from the card failed");
	return 0;
}

static int
open_kernels(struct ocr_unit *u, struct ocr_err *err)
{
	const struct ocr_card_unit *cu = u->card_unit;
	struct ocr_card *card = cu->card;
	/* Registers are for those who have the unit to themselves. */
	void *(*open)(void *, const unsigned char *, const char *) =
	    u->words[0] >= 0 ? u->xrt->kernel_open_exclusive
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
	u->opened_bytes = 0;
	memset(u->shares, 0, sizeof(u->shares));
	ocr_err_clear(&u->dead);
	ocr_card_range_find(u);
	r = ocr_card_open(u->card_unit->card, &u->call, err);
	if (r < 0)
		return r;
	u->is_open = true;
	r = open_kernels(u, err);
	if (r == 0 && ocr_unit_share(u) < 0)
		r = ocr_err_set(err, -OCR_EDEVICE, "%s", u->dead.text);
	return r;
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
		if (u->shares[k] == NULL) /* else they are the card's */
			release(u, u->xrt->buffer_free, s->buffers[k]);
	*s = (struct ocr_slot){0};
}

/* A thread of this process has something to do, or waits for a processor. */
static bool
is_running(pid_t thread)
{
	char text[128], *state;
	ssize_t n = -1;
	int fd;

	snprintf(text, sizeof(text), "/proc/self/task/%ld/stat", (long)thread);
	fd = open(text, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	state = strrchr(text, ')'); /* behind its name */
	return state != NULL && strncmp(state, ") R", 3) == 0;
}

/*
 * A run says that it has ended from a thread of XRT's, which holds on to it a
 * little longer.  If it were the last one to do so, it would free the run,
 * and the device with it, while others are at XRT: emulation is not safe then.
 * Nothing says when that thread is done, so it gets time, and more of it while it
 * has not gone to sleep.
 */
static void
settle(struct ocr_unit *u, const struct ocr_slot *slots, size_t n_slots)
{
	uint64_t last = 0, now;
	pid_t thread = 0;
	size_t i, k;

	if (!u->card_unit->card->device.is_emulated)
		return;
	ocr_monitor_enter(u->monitor);
	for (i = 0; i < n_slots; i++)
		for (k = 0; k < OCR_CARD_MAX_STEPS; k++)
			if (slots[i].ends[k].at_ns > last) {
				last = slots[i].ends[k].at_ns;
				thread = slots[i].ends[k].thread;
			}
	while ((now = ocr_now_ns()) < last + SETTLE_NS ||
	       (now < last + SETTLE_MAX_NS && is_running(thread)))
		ocr_monitor_wait_for(u->monitor, SETTLE_NS / 10);
	ocr_monitor_leave(u->monitor);
}

void
ocr_unit_close(struct ocr_unit *u, struct ocr_slot *slots, size_t n_slots)
{
	struct ocr_card *card = u->card_unit->card;
	size_t i;

	if (!u->is_open)
		return;
	settle(u, slots, n_slots);
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
