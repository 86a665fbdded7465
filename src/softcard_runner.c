/*
 * softcard_runner.c - one run of a kernel, with what is invented about it
 */
#include "config.h"

#include "src/softcard_runner.h"

#include <errno.h>
#include <string.h>
#include <sys/file.h>

#include "common/io.h"

/* Output is at least so much shorter than input: DEFLATE's limit is 1032. */
#define CORRUPT_DIVISOR 2048

/* Between runs that a unit starts itself: some time for everybody else. */
#define RESTART_NS 10000

int
ocr_softcard_runner_init(struct ocr_softcard_runner *w,
    const struct ocr_softcard_unit_spec *spec, uint32_t *registers,
    struct ocr_err *err)
{
	int r;

	w->spec = spec;
	w->registers = registers;
	r = ocr_softcard_call_init(&w->call, spec->kernel, &spec->wiring,
	    spec->fn, err);
	if (r == 0 && spec->kernel->has_mailbox)
		r = ocr_softcard_mailbox_init(&w->mailbox, spec->kernel,
		    registers, err);
	if (r < 0)
		return r;
	w->monitor = ocr_monitor_new();
	return w->monitor == NULL ? ocr_err_nomem(err) : 0;
}

void
ocr_softcard_runner_release(struct ocr_softcard_runner *w)
{
	ocr_softcard_mailbox_release(&w->mailbox);
	ocr_monitor_free(w->monitor);
	w->monitor = NULL;
}

int
ocr_softcard_runner_begin(struct ocr_softcard_runner *w, void *owner,
    struct ocr_err *err)
{
	return ocr_softcard_guard_begin(&w->guard, owner, err);
}

void
ocr_softcard_runner_end(struct ocr_softcard_runner *w)
{
	ocr_softcard_guard_end(&w->guard);
}

void
ocr_softcard_runner_interrupt(struct ocr_softcard_runner *w)
{
	ocr_softcard_guard_stop(&w->guard);
}

static bool
has_fault(const struct ocr_softcard_runner *w,
    enum ocr_softcard_fault_kind kind)
{
	return ocr_softcard_options_has_fault(w->spec->options, kind,
	    w->spec->card, w->spec->name, w->spec->index, w->n_runs);
}

static bool
is_quitting(struct ocr_softcard_runner *w)
{
	bool yes;

	ocr_monitor_enter(w->monitor);
	yes = w->is_quitting;
	ocr_monitor_leave(w->monitor);
	return yes;
}

/* Another program's kernel may be running on this unit.  False: stop. */
static bool
lock_unit(struct ocr_softcard_runner *w)
{
	struct ocr_err err = {0};

	while (w->spec->lock_fd >= 0 && flock(w->spec->lock_fd, LOCK_EX) < 0) {
		if (errno != EINTR) {
			ocr_err_sys(&err, "%s: cannot lock the unit",
			    w->spec->name);
			ocr_ui_error(w->spec->ui, &err);
			break;
		}
		if (is_quitting(w))
			return false;
	}
	return true;
}

static void
unlock_unit(struct ocr_softcard_runner *w)
{
	if (w->spec->lock_fd >= 0)
		(void)flock(w->spec->lock_fd, LOCK_UN);
}

static void
wait_until(struct ocr_softcard_runner *w, uint64_t end_ns)
{
	uint64_t now = ocr_now_ns();

	if (now >= end_ns)
		return;
	ocr_monitor_enter(w->monitor);
	while (!w->is_quitting && now < end_ns) {
		ocr_monitor_wait_for(w->monitor, end_ns - now);
		now = ocr_now_ns();
	}
	ocr_monitor_leave(w->monitor);
}

/* The invented time of a run, without latency. */
static uint64_t
invented_ns(const struct ocr_softcard_runner *w)
{
	uint64_t rate = w->spec->options->bytes_per_s;
	double ns;

	if (rate == 0)
		return 0;
	ns = (double)ocr_softcard_call_size(&w->call) * 1e9 / (double)rate;
	return ns < 1e18 ? (uint64_t)ns : UINT64_C(1000000000000000000);
}

static void
spoil_output(struct ocr_softcard_runner *w)
{
	const struct ocr_softcard_call *c = &w->call;
	uint64_t size = ocr_softcard_call_size(c);
	uint8_t *p;

	if (has_fault(w, OCR_SOFTCARD_CORRUPT)) {
		p = ocr_softcard_call_bytes(c, ocr_softcard_call_output(c),
		    w->spec->memory, size / CORRUPT_DIVISOR, 1);
		if (p != NULL)
			*p ^= 0x10;
	}
	if (has_fault(w, OCR_SOFTCARD_WRONG)) {
		p = ocr_softcard_call_bytes(c, ocr_softcard_call_last(c),
		    w->spec->memory, 0, 4);
		if (p != NULL)
			memset(p, 0xff, 4);
	}
}

static void
call_kernel(void *arg)
{
	ocr_softcard_call_run(arg);
}

/* False: it was stopped, or it has crashed; the unit stays busy. */
static bool
run_kernel(struct ocr_softcard_runner *w)
{
	uint64_t start = ocr_now_ns();
	bool has_mailbox = w->spec->kernel->has_mailbox;
	int sig;

	if (has_mailbox)
		ocr_softcard_mailbox_begin(&w->mailbox);
	ocr_softcard_call_load(&w->call,
	    has_mailbox ? w->mailbox.own : w->registers, w->spec->memory);
	sig = ocr_softcard_guard_call(&w->guard, call_kernel, &w->call);
	if (sig != 0) {
		if (sig != OCR_SOFTCARD_STOP_SIGNAL)
			ocr_ui_warn(w->spec->ui, "%s: the kernel crashed: %s",
			    w->spec->name, strsignal(sig));
		return false;
	}
	spoil_output(w);
	if (has_mailbox)
		ocr_softcard_mailbox_end(&w->mailbox);
	wait_until(w, start + invented_ns(w));
	return true;
}

bool
ocr_softcard_runner_run(struct ocr_softcard_runner *w)
{
	bool is_done = true;

	w->n_runs++;
	if (has_fault(w, OCR_SOFTCARD_HANG) || !lock_unit(w))
		return false;
	if (!has_fault(w, OCR_SOFTCARD_FAIL))
		is_done = run_kernel(w);
	/* What runs always is not started by anybody. */
	if (is_done && !w->spec->kernel->is_free &&
	    w->spec->options->latency_ns != 0)
		wait_until(w, ocr_now_ns() + w->spec->options->latency_ns);
	unlock_unit(w);
	return is_done;
}

bool
ocr_softcard_runner_restarts(struct ocr_softcard_runner *w)
{
	if (!w->spec->kernel->has_mailbox ||
	    !ocr_softcard_mailbox_restarts(&w->mailbox))
		return false;
	wait_until(w, ocr_now_ns() + RESTART_NS);
	return !is_quitting(w);
}
