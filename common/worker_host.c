/*
 * worker_host.c - a thread for each host: connects, sends, waits, gives up,
 * and tries again
 *
 * The thread waits in one poll() for the child's output, its stderr, room for
 * input, the clock, and the loop (an eventfd).  Chunks that may be on the host
 * are its credits, two for each of its slots; what the loop has handed out
 * beyond that waits here and can be taken back.
 *
 * Nobody is believed to be alive: not the launcher, which returns 0 for a job
 * that was killed, nor ssh, which notices no stopped process.  Bytes have to
 * come; where there is nothing to say both sides send pings.
 */
#include "config.h"

#include "common/worker_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/host_state.h"
#include "common/io.h"
#include "common/queue.h"

#define WINDOW 2
#define GUESSED_SLOTS 2
#define CONNECT_MS 10000
#define TIMEOUT_MS 30000
#define BACK_OFF_MS 1000
#define LAUNCH_NS 300000000 /* of an ssh connection; a guess */
#define RUN_NS 1000000

void
ocr_host_poke(struct ocr_host *h)
{
	uint64_t one = 1;
	int fd;

	ocr_monitor_enter(h->monitor);
	fd = h->wake_fd;
	ocr_monitor_leave(h->monitor);
	/* Before there is one the thread has not begun to look. */
	if (fd >= 0 && write(fd, &one, sizeof(one)) < 0) {
		/* It is full of pokes. */
	}
}

static void
host_shut(struct ocr_host *h)
{
	if (h->cpu_state != NULL)
		h->kernel->close(h->cpu_state);
	h->cpu_state = NULL;
	if (h->wake_fd >= 0)
		close(h->wake_fd);
	h->wake_fd = -1;
}

static int
host_open(struct ocr_worker *w, const struct ocr_kernel *k, struct ocr_err *err)
{
	struct ocr_host *h = w->state;
	int r;

	h->kernel = k;
	h->is_closing = h->is_cancelled = h->is_news_queued = false;
	h->is_returning = w->is_returning = false;
	h->waiting = (struct ocr_job_list){0};
	h->news = (struct ocr_worker_news){.depth = w->depth};
	h->n_failures = 0;
	h->last_end_ns = 0;
	w->ready = (struct ocr_job){.worker = w, .stage = OCR_STAGE_READY};
	if (h->state == OCR_HOST_LOST)
		return ocr_err_set(err, -OCR_EDEVICE, "%s", h->reason.text);
	h->state = OCR_HOST_JOINING;
	r = ocr_thread_start(&h->thread, ocr_host_main, h, err);
	if (r < 0)
		host_shut(h);
	return r < 0 ? r : 1;
}

static int
host_submit(struct ocr_worker *w, struct ocr_job *job)
{
	struct ocr_host *h = w->state;
	bool is_away;

	job->was_sent = false;
	ocr_monitor_enter(h->monitor);
	is_away = h->state == OCR_HOST_AWAY || h->state == OCR_HOST_LOST;
	if (is_away) {
		ocr_err_clear(&job->err);
		job->status =
		    ocr_err_set(&job->err, -OCR_EDEVICE, "%s", h->reason.text);
	} else {
		ocr_job_list_add(&h->waiting, job);
		ocr_monitor_notify(h->monitor);
	}
	ocr_monitor_leave(h->monitor);
	if (is_away)
		ocr_queue_push(w->done, job);
	else
		ocr_host_poke(h);
	return 0;
}

static void
host_cancel(struct ocr_worker *w)
{
	struct ocr_host *h = w->state;

	ocr_monitor_enter(h->monitor);
	h->is_cancelled = h->state == OCR_HOST_JOINING ||
			  h->state == OCR_HOST_UP || h->waiting.first != NULL;
	ocr_monitor_leave(h->monitor);
	ocr_host_poke(h);
}

/* Only what has not been sent: what the host may have begun is its own. */
static struct ocr_job *
host_take_back(struct ocr_worker *w)
{
	struct ocr_host *h = w->state;
	struct ocr_job *job;

	ocr_monitor_enter(h->monitor);
	job = ocr_job_list_take_last(&h->waiting);
	ocr_monitor_leave(h->monitor);
	return job;
}

static void
host_leave(struct ocr_worker *w)
{
	struct ocr_host *h = w->state;

	ocr_monitor_enter(h->monitor);
	h->is_closing = true;
	ocr_monitor_notify(h->monitor);
	ocr_monitor_leave(h->monitor);
	ocr_host_poke(h);
}

static void
host_close(struct ocr_worker *w)
{
	struct ocr_host *h = w->state;

	host_leave(w);
	ocr_thread_join(h->thread);
	h->thread = NULL;
	host_shut(h);
}

static void
host_news(struct ocr_worker *w, struct ocr_worker_news *news)
{
	struct ocr_host *h = w->state;

	ocr_monitor_enter(h->monitor);
	*news = h->news;
	h->is_news_queued = false;
	ocr_err_clear(&h->news.stop);
	ocr_monitor_leave(h->monitor);
}

static struct ocr_job *
host_lend(struct ocr_worker *w, const struct ocr_worker *to)
{
	return ocr_host_lend(w->state, to);
}

static void
host_forget(struct ocr_worker *w, struct ocr_job *job,
    const struct ocr_chunk *right, struct ocr_worker *who)
{
	ocr_host_forget(w->state, job, right, who);
}

static const struct ocr_worker_ops host_ops = {
    .open = host_open,
    .submit = host_submit,
    .cancel = host_cancel,
    .take_back = host_take_back,
    .close = host_close,
    .news = host_news,
    .leave = host_leave,
    .lend = host_lend,
    .forget = host_forget,
};

int
ocr_worker_host_init(struct ocr_worker *w,
    const struct ocr_worker_host_opt *opt, struct ocr_err *err)
{
	struct ocr_host *h = calloc(1, sizeof(*h));
	unsigned slots = opt->slots > 0 ? opt->slots : GUESSED_SLOTS;

	*w = (struct ocr_worker){0};
	if (h == NULL)
		return ocr_err_nomem(err);
	h->monitor = ocr_monitor_new();
	if (h->monitor == NULL) {
		free(h);
		return ocr_err_nomem(err);
	}
	h->worker = w;
	h->opt = *opt;
	snprintf(h->name, sizeof(h->name), "%s", opt->name);
	h->opt.name = h->name;
	h->wake_fd = h->err_fd = h->link.in = h->link.out = -1;
	if (slots > OCR_SLOTS_MAX)
		slots = OCR_SLOTS_MAX;
	if (opt->window == 0)
		h->opt.window = WINDOW;
	if (opt->connect_timeout_ms == 0)
		h->opt.connect_timeout_ms = CONNECT_MS;
	if (opt->timeout_ms == 0)
		h->opt.timeout_ms = TIMEOUT_MS;
	if (opt->back_off_ms == 0)
		h->opt.back_off_ms = BACK_OFF_MS;
	if (opt->begin.id[0] == '\0' &&
	    ocr_begin_new_id(&h->opt.begin, err) < 0) {
		ocr_monitor_free(h->monitor);
		free(h);
		return err->code;
	}
	*w = (struct ocr_worker){
	    .ops = &host_ops,
	    .depth = 2 * slots + h->opt.window,
	    .weight = opt->weight,
	    .align = 1,
	    .min_items = 1,
	    .launch_ns = LAUNCH_NS,
	    .run_ns = RUN_NS,
	    .is_host = true,
	    .state = h,
	};
	snprintf(w->name, sizeof(w->name), "%s", h->name);
	return 0;
}

void
ocr_worker_host_release(struct ocr_worker *w)
{
	struct ocr_host *h = w->state;

	if (h != NULL)
		ocr_monitor_free(h->monitor);
	free(h);
	w->state = NULL;
}

void
ocr_worker_host_facts(const struct ocr_worker *w, struct ocr_host_facts *facts)
{
	const struct ocr_host *h = w->state;

	ocr_monitor_enter(h->monitor);
	*facts = h->facts;
	ocr_monitor_leave(h->monitor);
}
