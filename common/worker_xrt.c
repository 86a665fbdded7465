/*
 * worker_xrt.c - a compute unit of a card as a worker
 *
 * A thread for each unit.  It has two slots, each with buffers and runs of its
 * own: while the card computes in one of them, the thread fetches, checks and
 * hands back the result of the other, and fills and starts it again, so that
 * copies and computing overlap.  XRT queues the second start behind the first.  A unit that works
 * through ranges has one job at a time: its words belong to that one.
 *
 * What a card says is not believed: results are checked (kernel->verify), and
 * one that is wrong is made again here, on the CPU.  A run that fails or does
 * not end retires the unit: its jobs go back with -OCR_EDEVICE, and nothing
 * more is asked of it, not even to be closed.  Where a call to XRT does not even
 * return, the watch (card_call.h) does that in the thread's place.
 */
#include "config.h"

#include "common/worker_xrt.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/card_ask.h"
#include "common/card_range.h"
#include "common/card_share.h"
#include "common/card_slot.h"
#include "common/io.h"
#include "common/job_list.h"
#include "common/place.h"
#include "common/queue.h"
#include "common/thread.h"

#define N_SLOTS 2
#define RUN_TIMEOUT_MS 10000
#define MAX_WRONG 3
/* Until a card can work: its xclbin is there already, mostly. */
#define LAUNCH_NS 200000000
#define EMULATED_LAUNCH_NS 30000000
/* Of a job on a card that can work, and of its words; guesses. */
#define RUN_NS 100000
#define EMULATED_RUN_NS 1000000
#define LATENCY_NS 10000
#define EMULATED_LATENCY_NS 100000
#define LOOK_NS 100000000 /* for runs that do not end */

struct unit {
	/* fixed while it is open */
	struct ocr_worker *worker;
	enum ocr_verify verify;
	double verify_share;
	const struct ocr_kernel *kernel;
	struct ocr_watch *watch;
	struct ocr_thread *thread;
	struct ocr_monitor *monitor;
	/* lock: monitor */
	struct ocr_job_list waiting;
	bool is_closing;
	bool is_lost;  /* its thread is in a call that does not return */
	bool has_gone; /* nothing more comes from it */
	struct ocr_asks asks;
	/* owner: the thread */
	struct ocr_unit card;
	void *cpu_state; /* of the kernel: checks, and what cards get wrong */
	struct ocr_slot slots[N_SLOTS];
	unsigned n_slots, oldest, n_running;
	uint64_t last_end_ns, n_results;
	unsigned n_wrong;
	bool has_said_ready;
};

static void
hand_back(struct unit *u, struct ocr_job *job, int status)
{
	job->status = status;
	job->end_ns = ocr_now_ns();
	/* Two are under way at once: count no time twice. */
	if (job->start_ns < u->last_end_ns)
		job->start_ns = u->last_end_ns;
	u->last_end_ns = job->end_ns;
	ocr_queue_push(u->worker->done, job);
}

static void
bounce(struct unit *u, struct ocr_job *job)
{
	ocr_err_clear(&job->err);
	job->is_redone = false;
	hand_back(u, job,
	    ocr_err_set(&job->err, u->card.dead.code, "%s", u->card.dead.text));
}

/* The CPU does what the card cannot, or got wrong. */
static int
run_on_cpu(struct unit *u, struct ocr_job *job)
{
	int r = 0;

	if (u->cpu_state == NULL)
		r = u->kernel->open(u->kernel, &u->cpu_state, &job->err);
	return r < 0 ? r : u->kernel->run(u->cpu_state, job);
}

/* Nothing else is under way.  What is wrong is no reason to do it on the CPU:
 * nobody knows any more which items it was. */
static void
collect(struct unit *u, struct ocr_job *job)
{
	struct ocr_slot *s = &u->slots[u->oldest];
	int r;

	s->job = job;
	u->n_running++;
	r = ocr_slot_collect(&u->card, s);
	if (u->card.dead.code != 0)
		return;
	u->n_running--;
	hand_back(u, job, r);
}

/* Begin a job in the free slot; or do it here if it is not for the card. */
static void
begin_job(struct unit *u, struct ocr_job *job)
{
	struct ocr_slot *s = &u->slots[(u->oldest + u->n_running) % u->n_slots];
	int r = 0;

	if (u->card.dead.code != 0) {
		bounce(u, job);
		return;
	}
	job->start_ns = ocr_now_ns();
	if (job->is_collecting) {
		collect(u, job);
		return;
	}
	if (job->in != NULL)
		r = ocr_chunk_load(job->in, &job->err);
	if (r == 0 && !ocr_slot_accepts(&u->card, s, job)) {
		job->is_declined = true;
		r = run_on_cpu(u, job);
	} else if (r == 0) {
		u->n_running++;
		/* A failure is in card.dead. */
		r = ocr_slot_load(&u->card, s, u->kernel, job);
		if (r == 0 && u->card.has_range)
			ocr_asks_open(&u->asks);
		return;
	}
	hand_back(u, job, r);
}

static bool
is_to_be_verified(struct unit *u)
{
	uint64_t n = u->n_results++;

	switch (u->verify) {
	case OCR_VERIFY_FULL:
		return true;
	case OCR_VERIFY_SAMPLE:
		return (uint64_t)((double)n * u->verify_share) !=
		       (uint64_t)((double)(n + 1) * u->verify_share);
	default:
		return false;
	}
}

static int
verify(struct unit *u, struct ocr_job *job, struct ocr_err *err)
{
	uint64_t t;
	int r = 0;

	if (u->kernel->verify == NULL || !is_to_be_verified(u)) {
		job->is_unchecked = true;
		return 0;
	}
	if (u->cpu_state == NULL)
		r = u->kernel->open(u->kernel, &u->cpu_state, err);
	t = ocr_now_ns();
	if (r == 0)
		r = u->kernel->verify(u->cpu_state, job, err);
	job->verify_ns = ocr_now_ns() - t;
	return r;
}

static const char *
describe(const struct ocr_job *job, char *buf, size_t n)
{
	if (job->range.end == 0)
		return ocr_chunk_describe(job->in, buf, n);
	snprintf(buf, n, "items %" PRIu64 "-%" PRIu64, job->range.start,
	    job->range.end - 1);
	return buf;
}

/* The runs of the oldest slot have ended. */
static void
finish_job(struct unit *u, struct ocr_slot *s)
{
	struct ocr_job *job = s->job;
	struct ocr_err wrong = {0};
	char what[128];
	int r;

	if (u->card.has_range)
		ocr_asks_close(&u->asks);
	r = ocr_slot_fetch(&u->card, s, u->kernel, &wrong);
	if (u->card.dead.code != 0)
		return;
	u->oldest = (u->oldest + 1) % u->n_slots;
	u->n_running--;
	if (r == 0)
		r = verify(u, job, &wrong);
	if (r == 0) {
		hand_back(u, job, 0);
		return;
	}
	ocr_err_clear(&job->err);
	r = run_on_cpu(u, job);
	job->is_redone = r == 0;
	/* Where the CPU cannot do it, what the card did wrong is the reason. */
	if (r == 0 || u->cpu_state == NULL) {
		ocr_err_clear(&job->err);
		ocr_err_set(&job->err, r < 0 ? r : -OCR_EDEVICE, "%s: %.300s",
		    describe(job, what, sizeof(what)), wrong.text);
	}
	hand_back(u, job, r);
	if (++u->n_wrong >= MAX_WRONG)
		ocr_err_set(&u->card.dead, -OCR_EDEVICE,
		    "%u results were wrong", u->n_wrong);
}

/*
 * Wait for something to do.  A job that finds a free slot goes before looking
 * at the oldest one, so that the card always has the next run waiting.  NULL:
 * look at questions and slots, or *is_end.
 */
static struct ocr_job *
wait_for_work(struct unit *u, bool *is_end)
{
	struct ocr_job *job = NULL;
	bool is_late = false;

	ocr_monitor_enter(u->monitor);
	for (;;) {
		if (u->asks.first != NULL)
			break;
		if (u->waiting.first != NULL && u->n_running < u->n_slots)
			break;
		if (u->n_running > 0 &&
		    (is_late || ocr_slot_has_ended(&u->slots[u->oldest])))
			break;
		if (u->n_running > 0) {
			ocr_monitor_wait_for(u->monitor, LOOK_NS);
			is_late = true;
		} else if (u->is_closing) {
			*is_end = true;
			break;
		} else {
			ocr_monitor_wait(u->monitor);
		}
	}
	if (!*is_end && u->n_running < u->n_slots)
		job = ocr_job_list_take(&u->waiting);
	ocr_monitor_leave(u->monitor);
	return job;
}

/* What was under way on a unit that is dead goes back. */
static void
give_up(struct unit *u)
{
	ocr_asks_close(&u->asks);
	for (; u->n_running > 0; u->n_running--) {
		bounce(u, u->slots[u->oldest].job);
		u->oldest = (u->oldest + 1) % u->n_slots;
	}
}

static void
say_ready(struct unit *u, int status)
{
	struct ocr_job *ready = &u->worker->ready;

	u->has_said_ready = true;
	ready->status = status;
	ocr_queue_push(u->worker->done, ready);
}

/* Loading a card can take seconds: here it keeps nobody else waiting. */
static void
open_card(struct unit *u)
{
	struct ocr_err *err = &u->worker->ready.err;
	int r = ocr_unit_open(&u->card, err);

	if (r < 0 && u->card.dead.code == 0)
		ocr_unit_kill(&u->card, err->text);
	u->worker->ready.moved_bytes = u->card.opened_bytes;
	say_ready(u, r);
}

static void
say_gone(struct unit *u)
{
	ocr_monitor_enter(u->monitor);
	u->has_gone = true;
	ocr_monitor_notify(u->monitor);
	ocr_monitor_leave(u->monitor);
}

/*
 * The watch's thread, while ours is in a call that does not return: all that
 * it has goes back.  What it owned is ours from here on.
 */
static void
lose(void *arg)
{
	struct unit *u = arg;
	struct ocr_job_list waiting;
	struct ocr_job *job;

	ocr_card_lose(u->card.card_unit->card, u->card.is_sharing);
	ocr_unit_kill(&u->card, "a call to XRT did not return");
	ocr_monitor_enter(u->monitor);
	u->is_lost = true;
	ocr_asks_lose(&u->asks);
	waiting = u->waiting;
	u->waiting = (struct ocr_job_list){0};
	ocr_monitor_leave(u->monitor);
	if (!u->has_said_ready) {
		ocr_err_set(&u->worker->ready.err, -OCR_EDEVICE, "%s",
		    u->card.dead.text);
		say_ready(u, -OCR_EDEVICE);
	}
	give_up(u);
	while ((job = ocr_job_list_take(&waiting)) != NULL)
		bounce(u, job);
	say_gone(u);
}

static void
unit_main(void *arg)
{
	struct unit *u = arg;
	bool is_end = false;
	struct ocr_job *job;
	struct ocr_slot *s;

	ocr_place_here(u->card.card_unit->card->place);
	open_card(u);
	while (!is_end) {
		job = wait_for_work(u, &is_end);
		ocr_asks_answer(&u->asks, &u->card, &u->slots[u->oldest]);
		if (job != NULL) {
			begin_job(u, job);
		} else if (u->n_running > 0) {
			s = &u->slots[u->oldest];
			if (ocr_slot_check(&u->card, s, u->last_end_ns) > 0)
				finish_job(u, s);
		}
		if (u->card.dead.code != 0)
			give_up(u);
	}
	ocr_unit_close(&u->card, u->slots, N_SLOTS);
	say_gone(u);
}

/* Its thread has ended. */
static void
close_unit(struct unit *u)
{
	ocr_watch_remove(u->watch, &u->card.call);
	if (u->cpu_state != NULL)
		u->kernel->close(u->cpu_state);
	u->cpu_state = NULL;
	/* What hangs may still come to an end, and XRT call us. */
	if (ocr_card_is_stuck(u->card.card_unit->card))
		return;
	ocr_monitor_free(u->monitor);
	u->monitor = NULL;
}

static int
make_monitor(struct unit *u, struct ocr_err *err)
{
	if (u->monitor == NULL)
		u->monitor = ocr_monitor_new();
	u->card.monitor = u->asks.monitor = u->monitor;
	return u->monitor != NULL ? 0 : ocr_err_nomem(err);
}

static int
xrt_open(struct ocr_worker *w, const struct ocr_kernel *k, struct ocr_err *err)
{
	struct unit *u = w->state;
	int r;

	if (u->is_lost)
		return ocr_err_set(err, -OCR_EDEVICE, "%s", u->card.dead.text);
	u->kernel = k;
	u->oldest = u->n_running = 0;
	u->waiting = (struct ocr_job_list){0};
	u->is_closing = u->has_gone = u->has_said_ready = false;
	w->ready = (struct ocr_job){.worker = w, .stage = OCR_STAGE_READY};
	ocr_watch_add(u->watch, &u->card.call);
	r = make_monitor(u, err);
	if (r == 0)
		r = ocr_thread_start(&u->thread, unit_main, u, err);
	if (r < 0)
		close_unit(u);
	return r < 0 ? r : 1;
}

static int
xrt_submit(struct ocr_worker *w, struct ocr_job *job)
{
	struct unit *u = w->state;
	bool is_lost;

	ocr_monitor_enter(u->monitor);
	is_lost = u->is_lost;
	if (!is_lost)
		ocr_job_list_add(&u->waiting, job);
	ocr_monitor_notify(u->monitor);
	ocr_monitor_leave(u->monitor);
	if (is_lost)
		bounce(u, job);
	return 0;
}

static void
xrt_cancel(struct ocr_worker *w)
{
	struct unit *u = w->state;
	struct ocr_job_list waiting;

	ocr_monitor_enter(u->monitor);
	waiting = u->waiting;
	u->waiting = (struct ocr_job_list){0};
	ocr_monitor_leave(u->monitor);
	ocr_job_list_cancel(waiting, w->done);
}

/* What a slot holds is begun: it has been copied, and may be running. */
static struct ocr_job *
xrt_take_back(struct ocr_worker *w)
{
	struct unit *u = w->state;
	struct ocr_job *job;

	ocr_monitor_enter(u->monitor);
	job = ocr_job_list_take_last(&u->waiting);
	ocr_monitor_leave(u->monitor);
	return job;
}

static void
xrt_close(struct ocr_worker *w)
{
	struct unit *u = w->state;
	bool is_lost;

	ocr_monitor_enter(u->monitor);
	u->is_closing = true;
	ocr_monitor_notify(u->monitor);
	while (!u->has_gone)
		ocr_monitor_wait(u->monitor);
	is_lost = u->is_lost;
	ocr_monitor_leave(u->monitor);
	if (is_lost)
		return; /* with all that it may touch */
	ocr_thread_join(u->thread);
	u->thread = NULL;
	close_unit(u);
}

static int
xrt_position(struct ocr_worker *w, uint64_t *next)
{
	struct unit *u = w->state;

	return ocr_ask_position(&u->asks, next);
}

static int
xrt_cut(struct ocr_worker *w, uint64_t end, uint64_t *confirmed)
{
	struct unit *u = w->state;

	return ocr_ask_cut(&u->asks, end, confirmed);
}

static void *
xrt_memory(struct ocr_worker *w, size_t b, size_t *cap)
{
	const struct unit *u = w->state;

	return ocr_unit_share_home(&u->card, b, cap);
}

/* All that is copied for each job or sweep is in the host's memory. */
static bool
is_coherent(const struct ocr_card_unit *u)
{
	const struct ocr_card_buffer *buf = u->driver->buffers;
	bool has_shared = false;
	size_t b;

	for (b = 0; b < u->driver->n_buffers; b++) {
		has_shared = has_shared || buf[b].kind == OCR_CARD_SHARED;
		if (buf[b].kind != OCR_CARD_SCRATCH && !u->is_host_memory[b])
			return false;
	}
	return has_shared;
}

static const struct ocr_worker_ops xrt_ops = {
    .open = xrt_open,
    .submit = xrt_submit,
    .cancel = xrt_cancel,
    .take_back = xrt_take_back,
    .close = xrt_close,
    .position = xrt_position,
    .cut = xrt_cut,
    .memory = xrt_memory,
};

int
ocr_worker_xrt_init(struct ocr_worker *w, const struct ocr_card_unit *unit,
    struct ocr_watch *watch, const struct ocr_team_opt *opt,
    struct ocr_err *err)
{
	bool is_emulated = unit->card->device.is_emulated;
	bool has_range = ocr_card_has_range(unit->driver);
	struct unit *u = calloc(1, sizeof(*u));

	if (u == NULL)
		return ocr_err_nomem(err);
	u->worker = w;
	u->watch = watch;
	u->card.card_unit = unit;
	u->card.call.give_up = lose;
	u->card.call.arg = u;
	u->verify = opt->verify;
	u->verify_share = opt->verify_share;
	u->card.timeout_ms =
	    opt->run_timeout_ms > 0 ? opt->run_timeout_ms : RUN_TIMEOUT_MS;
	u->n_slots = has_range ? 1 : N_SLOTS;
	*w = (struct ocr_worker){
	    .ops = &xrt_ops,
	    .depth = u->n_slots,
	    .align = 1,
	    .min_items = 1,
	    .launch_ns = is_emulated ? EMULATED_LAUNCH_NS : LAUNCH_NS,
	    .run_ns = is_emulated ? EMULATED_RUN_NS : RUN_NS,
	    .latency_ns = is_emulated ? EMULATED_LATENCY_NS : LATENCY_NS,
	    .is_cuttable = has_range,
	    .is_coherent = is_coherent(unit),
	    .has_exact_cuts = ocr_card_has_exact_cuts(unit->driver),
	    .is_emulated = is_emulated,
	    .state = u,
	};
	snprintf(w->name, sizeof(w->name), "xrt:%u/%s",
	    unit->card->device.index, unit->name);
	return 0;
}

void
ocr_worker_xrt_release(struct ocr_worker *w)
{
	struct unit *u = w->state;

	if (u != NULL && !ocr_card_is_stuck(u->card.card_unit->card))
		free(u);
	w->state = NULL;
}
