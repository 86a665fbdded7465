/*
 * softcard_poll.c - how long XRT's scheduler waits for "running"
 */
#include "config.h"

#include "src/softcard_poll.h"

#include "common/io.h"
#include "src/softcard_wire.h"

#define HOLD_FRACTION 8
#define HOLD_REGISTER_FRACTION 256
#define HOLD_MIN_NS 10000
#define HOLD_MAX_NS 500000

static uint64_t
min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Wait until some unit has something new to say. */
static void
wait_for_news(struct ocr_softcard_done *done, uint64_t ns)
{
	uint64_t now = ocr_now_ns(), end = now + ns;

	ocr_monitor_enter(done->monitor);
	while (done->n_unread == 0 && now < end) {
		ocr_monitor_wait_for(done->monitor, end - now);
		now = ocr_now_ns();
	}
	ocr_monitor_leave(done->monitor);
}

/* The scheduler starts nothing before it has asked for all units: one of them
 * waits. */
static void
hold(struct ocr_softcard_poll *p, struct ocr_softcard *card,
    struct ocr_softcard_unit *u)
{
	uint64_t now = ocr_now_ns(), ns;

	if (p->held != NULL && p->held != u &&
	    ocr_softcard_unit_is_busy(p->held))
		return;
	p->held = u;
	ns = min((now - p->busy_ns) / HOLD_FRACTION,
	    (now - p->register_ns) / HOLD_REGISTER_FRACTION);
	if (ns >= HOLD_MIN_NS)
		wait_for_news(&card->done, min(ns, HOLD_MAX_NS));
}

void
ocr_softcard_poll(struct ocr_softcard_poll *p, struct ocr_softcard *card,
    uint32_t message, uint64_t address)
{
	struct ocr_softcard_unit *u;
	uint64_t offset;

	if (message == OCR_WIRE_READ) {
		u = ocr_softcard_find(card, address, &offset);
		if (u != NULL && offset == 0 && ocr_softcard_unit_is_busy(u))
			hold(p, card, u);
		return;
	}
	p->busy_ns = ocr_now_ns();
	if (message == OCR_WIRE_READ_WORD || message == OCR_WIRE_WRITE_WORD)
		p->register_ns = p->busy_ns;
}
