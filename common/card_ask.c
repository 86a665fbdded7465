/*
 * card_ask.c - questions about a range: see card_ask.h
 */
#include "config.h"

#include "common/card_ask.h"

#include <stddef.h>

#include "common/card_range.h"
#include "common/thread.h"

/* On the stack of whoever asks, until it is answered. */
struct ocr_ask {
	bool is_cut;
	uint64_t end;  /* of a cut */
	uint64_t item; /* the answer */
	int status;
	/* lock: monitor */
	struct ocr_ask *next;
	bool is_answered;
};

/* lock: monitor */
static void
answer(struct ocr_asks *a, struct ocr_ask *ask, int status)
{
	ask->status = status;
	ask->is_answered = true;
	ocr_monitor_notify(a->monitor);
}

static void
put(struct ocr_asks *a, struct ocr_ask *ask)
{
	struct ocr_ask **p = &a->first;

	ask->status = -OCR_EDEVICE;
	ocr_monitor_enter(a->monitor);
	if (a->is_open) {
		while (*p != NULL)
			p = &(*p)->next;
		*p = ask;
		ocr_monitor_notify(a->monitor);
		while (!ask->is_answered)
			ocr_monitor_wait(a->monitor);
	}
	ocr_monitor_leave(a->monitor);
}

int
ocr_ask_position(struct ocr_asks *a, uint64_t *next)
{
	struct ocr_ask ask = {.is_cut = false};

	put(a, &ask);
	*next = ask.item;
	return ask.status;
}

int
ocr_ask_cut(struct ocr_asks *a, uint64_t end, uint64_t *confirmed)
{
	struct ocr_ask ask = {.is_cut = true, .end = end};

	put(a, &ask);
	*confirmed = ask.item;
	return ask.status;
}

void
ocr_asks_open(struct ocr_asks *a)
{
	ocr_monitor_enter(a->monitor);
	a->is_open = true;
	ocr_monitor_leave(a->monitor);
}

void
ocr_asks_close(struct ocr_asks *a)
{
	struct ocr_ask *ask;

	ocr_monitor_enter(a->monitor);
	a->is_open = false;
	while ((ask = a->first) != NULL) {
		a->first = ask->next;
		answer(a, ask, -OCR_EDEVICE);
	}
	ocr_monitor_leave(a->monitor);
}

static struct ocr_ask *
take(struct ocr_asks *a)
{
	struct ocr_ask *ask;

	ocr_monitor_enter(a->monitor);
	a->answering = ask = a->first;
	if (ask != NULL)
		a->first = ask->next;
	ocr_monitor_leave(a->monitor);
	return ask;
}

void
ocr_asks_answer(struct ocr_asks *a, struct ocr_unit *u, struct ocr_slot *s)
{
	struct ocr_ask *ask;
	uint64_t item;
	int r;

	while ((ask = take(a)) != NULL) {
		item = 0;
		r = u->dead.code;
		if (r == 0)
			r = ask->is_cut
				? ocr_card_range_cut(u, s, ask->end, &item)
				: ocr_card_range_position(u, s, &item);
		ocr_monitor_enter(a->monitor);
		a->answering = NULL;
		ask->item = item;
		answer(a, ask, r);
		ocr_monitor_leave(a->monitor);
	}
}

void
ocr_asks_lose(struct ocr_asks *a)
{
	if (a->answering != NULL)
		answer(a, a->answering, -OCR_EDEVICE);
	a->answering = NULL;
}
