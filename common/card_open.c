/*
 * card_open.c - open and close a card: see card_open.h
 */
#include "config.h"

#include "common/card_open.h"

#include <errno.h>
#include <string.h>

#include "common/card_share.h"
#include "common/thread.h"

/* An xclbin is loaded: seconds on a real card, milliseconds on one in
 * software, where the wait is for a process that may be gone. */
#define LOAD_MS 120000
#define EMULATED_LOAD_MS 10000
#define CLOSE_MS 10000

static void
enter(struct ocr_gate *g)
{
	ocr_monitor_enter(g->monitor);
	g->n_waiting++;
	while (g->is_taken || g->n_shared > 0)
		ocr_monitor_wait(g->monitor);
	g->n_waiting--;
	g->is_taken = true;
	ocr_monitor_leave(g->monitor);
}

static void
leave(struct ocr_gate *g)
{
	ocr_monitor_enter(g->monitor);
	g->is_taken = false;
	ocr_monitor_notify(g->monitor);
	ocr_monitor_leave(g->monitor);
}

static void
enter_shared(struct ocr_gate *g)
{
	ocr_monitor_enter(g->monitor);
	while (g->is_taken || g->n_waiting > 0)
		ocr_monitor_wait(g->monitor);
	g->n_shared++;
	ocr_monitor_leave(g->monitor);
}

static void
leave_shared(struct ocr_gate *g)
{
	ocr_monitor_enter(g->monitor);
	if (--g->n_shared == 0 && g->n_waiting > 0)
		ocr_monitor_notify(g->monitor);
	ocr_monitor_leave(g->monitor);
}

static bool
is_lost(const struct ocr_card *c)
{
	return __atomic_load_n(&c->is_lost, __ATOMIC_RELAXED);
}

int
ocr_card_enter(struct ocr_card *c)
{
	if (!c->device.is_emulated)
		return 0;
	enter(c->gate);
	if (!is_lost(c))
		return 0;
	leave(c->gate);
	return -OCR_EDEVICE;
}

void
ocr_card_leave(struct ocr_card *c)
{
	if (c->device.is_emulated)
		leave(c->gate);
}

int
ocr_card_enter_shared(struct ocr_card *c)
{
	if (!c->device.is_emulated)
		return 0;
	enter_shared(c->gate);
	if (!is_lost(c))
		return 0;
	leave_shared(c->gate);
	return -OCR_EDEVICE;
}

void
ocr_card_leave_shared(struct ocr_card *c)
{
	if (c->device.is_emulated)
		leave_shared(c->gate);
}

bool
ocr_card_is_stuck(const struct ocr_card *c)
{
	return __atomic_load_n(&c->is_stuck, __ATOMIC_RELAXED);
}

/* What a lost thread may write is its own until ocr_call_end. */
static int
load(struct ocr_card *c, struct ocr_call *call, struct ocr_err *err)
{
	unsigned ms = c->device.is_emulated ? EMULATED_LOAD_MS : LOAD_MS;
	struct ocr_xrt *x = c->xrt;
	struct ocr_err why = {0};
	unsigned char uuid[16];
	unsigned index = c->device.index;
	void *handle;
	int r;

	ocr_call_begin(call, ms);
	handle = x->device_open(index);
	ocr_call_end(call);
	if (handle == NULL)
		return ocr_err_set(err, -OCR_EDEVICE,
		    "XRT cannot open the card: %s", strerror(errno));
	ocr_call_begin(call, ms);
	r = ocr_xrt_load(x, handle, c->xclbin, &why);
	if (r == 0 && x->device_uuid(handle, uuid) != 0)
		r = ocr_err_set(&why, -OCR_EDEVICE,
		    "the card does not say what it has loaded");
	if (r < 0)
		x->device_close(handle);
	ocr_call_end(call);
	if (r < 0)
		return ocr_err_set(err, r, "%s", why.text);
	c->handle = handle;
	memcpy(c->uuid, uuid, sizeof(uuid));
	return 0;
}

static void
end_opening(struct ocr_card *c, bool is_failed, unsigned n_open)
{
	ocr_monitor_enter(c->monitor);
	c->is_opening = false;
	c->is_failed = is_failed;
	c->n_open = n_open;
	ocr_monitor_notify(c->monitor);
	ocr_monitor_leave(c->monitor);
}

int
ocr_card_open(struct ocr_card *c, struct ocr_call *call, struct ocr_err *err)
{
	bool is_first;
	int r = 0;

	ocr_monitor_enter(c->monitor);
	while (c->is_opening)
		ocr_monitor_wait(c->monitor);
	is_first = !c->is_failed && c->n_open == 0;
	if (c->is_failed)
		r = -OCR_EDEVICE;
	else if (is_first)
		c->is_opening = true;
	else
		c->n_open++;
	ocr_monitor_leave(c->monitor);
	if (!is_first)
		return r;
	r = ocr_card_enter(c);
	if (r == 0) {
		r = load(c, call, err);
		ocr_card_leave(c);
	}
	end_opening(c, r < 0, r == 0);
	return r;
}

void
ocr_card_close(struct ocr_card *c, struct ocr_call *call)
{
	bool is_last;

	ocr_monitor_enter(c->monitor);
	is_last = --c->n_open == 0;
	c->is_opening = is_last; /* who comes now waits until it is closed */
	ocr_monitor_leave(c->monitor);
	if (!is_last)
		return;
	if (!ocr_card_is_stuck(c) && ocr_card_enter(c) == 0) {
		ocr_card_share_free(c, call);
		ocr_call_begin(call, CLOSE_MS);
		c->xrt->device_close(c->handle);
		ocr_call_end(call);
		ocr_card_leave(c);
	}
	c->handle = NULL;
	end_opening(c, ocr_card_is_stuck(c), 0);
}

void
ocr_card_lose(struct ocr_card *c, bool is_shared)
{
	__atomic_store_n(&c->is_stuck, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&c->is_lost, 1, __ATOMIC_RELAXED);
	ocr_monitor_enter(c->monitor);
	/* Nobody but the lost thread can be at it. */
	c->is_opening = false;
	c->is_failed = true;
	ocr_monitor_notify(c->monitor);
	ocr_monitor_leave(c->monitor);
	if (is_shared)
		ocr_card_leave_shared(c);
	else
		ocr_card_leave(c);
}
