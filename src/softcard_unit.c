/*
 * softcard_unit.c - a compute unit's registers and thread
 */
#include "config.h"

#include "src/softcard_unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "src/softcard_guard.h"
#include "src/softcard_runner.h"

#define CONTROL_BYTES 0x10 /* control and interrupt registers */
#define STOP_AGAIN_NS 1000000

enum state {
	IDLE = 0, /* done was read, or nothing has run */
	RUNNING,  /* started; for ever when it hangs or has crashed */
	DONE,     /* and nobody has read it */
};

struct ocr_softcard_unit {
	/* 32-bit words are atomic: the kernel reads and writes them too. */
	uint32_t registers[OCR_XKERNEL_RANGE / 4];
	struct ocr_softcard_unit_spec spec; /* read-only */
	struct ocr_thread *thread;
	enum state state; /* lock: spec.done->monitor */
	struct ocr_softcard_runner runner;
	bool has_work, has_ended; /* lock: runner.monitor */
};

static void
finish(struct ocr_softcard_unit *u)
{
	struct ocr_softcard_done *done = u->spec.done;

	ocr_monitor_enter(done->monitor);
	u->state = DONE;
	done->n_unread++;
	ocr_monitor_notify(done->monitor);
	ocr_monitor_leave(done->monitor);
}

/* False: quit. */
static bool
wait_for_work(struct ocr_softcard_unit *u)
{
	bool go;

	ocr_monitor_enter(u->runner.monitor);
	while (!u->has_work && !u->runner.is_quitting)
		ocr_monitor_wait(u->runner.monitor);
	u->has_work = u->spec.kernel->is_free;
	go = !u->runner.is_quitting;
	ocr_monitor_leave(u->runner.monitor);
	return go;
}

/* A free kernel that has crashed is not called again. */
static void
give_up(struct ocr_softcard_unit *u)
{
	ocr_monitor_enter(u->runner.monitor);
	while (!u->runner.is_quitting)
		ocr_monitor_wait(u->runner.monitor);
	ocr_monitor_leave(u->runner.monitor);
}

static void
serve(struct ocr_softcard_unit *u)
{
	bool is_done;

	while (wait_for_work(u)) {
		do
			is_done = ocr_softcard_runner_run(&u->runner);
		while (is_done && ocr_softcard_runner_restarts(&u->runner));
		if (is_done && !u->spec.kernel->is_free)
			finish(u);
		else if (!is_done && u->spec.kernel->is_free)
			give_up(u);
	}
}

static void
unit_main(void *arg)
{
	struct ocr_softcard_unit *u = arg;
	struct ocr_err err = {0};

	/* Invented times are kept to the microsecond. */
	(void)prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
	if (ocr_softcard_runner_begin(&u->runner, u, &err) == 0) {
		serve(u);
		ocr_softcard_runner_end(&u->runner);
	} else {
		ocr_ui_error(u->spec.ui, &err);
	}
	ocr_monitor_enter(u->runner.monitor);
	u->has_ended = true;
	ocr_monitor_notify(u->runner.monitor);
	ocr_monitor_leave(u->runner.monitor);
}

int
ocr_softcard_unit_new(struct ocr_softcard_unit **out,
    const struct ocr_softcard_unit_spec *spec, struct ocr_err *err)
{
	struct ocr_softcard_unit *u = calloc(1, sizeof(*u));
	int r;

	if (u == NULL)
		return ocr_err_nomem(err);
	u->spec = *spec;
	if (spec->kernel->is_free) {
		u->state = RUNNING;
		u->has_work = true;
	}
	r = ocr_softcard_runner_init(&u->runner, &u->spec, u->registers, err);
	if (r < 0)
		goto out;
	r = ocr_thread_start(&u->thread, unit_main, u, err);
	if (r < 0)
		goto out;
	*out = u;
	return 0;
out:
	ocr_softcard_unit_free(u);
	return r;
}

static void
stop_thread(struct ocr_softcard_unit *u)
{
	ocr_monitor_enter(u->runner.monitor);
	u->runner.is_quitting = true;
	ocr_monitor_notify(u->runner.monitor);
	while (!u->has_ended) {
		/* Again and again: it may be just about to wait. */
		ocr_softcard_runner_interrupt(&u->runner);
		ocr_monitor_wait_for(u->runner.monitor, STOP_AGAIN_NS);
	}
	ocr_monitor_leave(u->runner.monitor);
	ocr_thread_join(u->thread);
}

/* What was done but not read is forgotten. */
static void
forget(struct ocr_softcard_unit *u)
{
	struct ocr_softcard_done *done = u->spec.done;

	ocr_monitor_enter(done->monitor);
	if (u->state == DONE)
		done->n_unread--;
	ocr_monitor_leave(done->monitor);
}

void
ocr_softcard_unit_free(struct ocr_softcard_unit *u)
{
	if (u == NULL)
		return;
	if (u->thread != NULL) {
		stop_thread(u);
		forget(u);
	}
	ocr_softcard_runner_release(&u->runner);
	free(u);
}

const struct ocr_softcard_unit_spec *
ocr_softcard_unit_spec(const struct ocr_softcard_unit *u)
{
	return &u->spec;
}

static void
start(struct ocr_softcard_unit *u)
{
	struct ocr_softcard_done *done = u->spec.done;
	bool was_running;

	ocr_monitor_enter(done->monitor);
	was_running = u->state == RUNNING;
	if (u->state == DONE)
		done->n_unread--;
	u->state = RUNNING;
	ocr_monitor_leave(done->monitor);
	if (was_running)
		return;
	ocr_monitor_enter(u->runner.monitor);
	u->has_work = true;
	ocr_monitor_notify(u->runner.monitor);
	ocr_monitor_leave(u->runner.monitor);
}

static void
release_mailbox(struct ocr_softcard_unit *u, uint64_t offset, uint32_t word)
{
	struct ocr_softcard_mailbox *b = &u->runner.mailbox;

	ocr_softcard_mailbox_ask(b, offset, word);
	if (ocr_softcard_mailbox_is_due(b, offset))
		start(u);
	ocr_softcard_mailbox_settle(b, offset, ocr_softcard_unit_is_busy(u));
}

static bool
is_inside(uint64_t offset, uint64_t len)
{
	return offset % 4 == 0 && len % 4 == 0 && len > 0 &&
	       offset <= OCR_XKERNEL_RANGE && len <= OCR_XKERNEL_RANGE - offset;
}

bool
ocr_softcard_unit_write(struct ocr_softcard_unit *u, uint64_t offset,
    const uint8_t *data, uint64_t len)
{
	uint32_t control = 0, word;
	uint64_t i;

	if (!is_inside(offset, len))
		return false;
	for (i = 0; i < len; i += 4) {
		memcpy(&word, data + i, 4);
		if (offset + i == 0)
			control = word;
		else if (ocr_softcard_mailbox_is_release(u->spec.kernel,
			     offset + i, word))
			release_mailbox(u, offset + i, word);
		else if (offset + i >= CONTROL_BYTES)
			__atomic_store_n(&u->registers[(offset + i) / 4], word,
			    __ATOMIC_RELEASE);
	}
	if ((control & OCR_SOFTCARD_START) != 0)
		start(u);
	return true;
}

static uint32_t
read_control(struct ocr_softcard_unit *u)
{
	static const uint32_t control[] = {
	    [IDLE] = OCR_SOFTCARD_IDLE,
	    [RUNNING] = OCR_SOFTCARD_START,
	    [DONE] = OCR_SOFTCARD_DONE | OCR_SOFTCARD_IDLE | OCR_SOFTCARD_READY,
	};
	struct ocr_softcard_done *done = u->spec.done;
	uint32_t v;

	ocr_monitor_enter(done->monitor);
	v = control[u->state];
	if (u->state == DONE) {
		u->state = IDLE;
		done->n_unread--;
	}
	ocr_monitor_leave(done->monitor);
	return v;
}

bool
ocr_softcard_unit_read(struct ocr_softcard_unit *u, uint64_t offset,
    uint32_t *value)
{
	if (!is_inside(offset, 4))
		return false;
	*value = offset == 0 ? read_control(u)
			     : __atomic_load_n(&u->registers[offset / 4],
				   __ATOMIC_ACQUIRE);
	return true;
}

bool
ocr_softcard_unit_is_busy(struct ocr_softcard_unit *u)
{
	bool yes;

	ocr_monitor_enter(u->spec.done->monitor);
	yes = u->state == RUNNING;
	ocr_monitor_leave(u->spec.done->monitor);
	return yes;
}

unsigned
ocr_softcard_unit_index(void)
{
	const struct ocr_softcard_unit *u = ocr_softcard_guard_owner();

	return u == NULL ? 0 : u->spec.peer;
}
