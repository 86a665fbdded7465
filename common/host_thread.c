/*
 * host_thread.c - what becomes of a host: connections, and the time between
 *
 * A host whose connection has failed is tried again, later each time, unless it
 * has lied or is another program than ours: then it would again.
 */
#include "config.h"

#include "common/host_state.h"
#include "common/io.h"
#include "common/queue.h"

#define MAX_BACK_OFF 6 /* doublings: 64, cut to 60 */
#define MAX_BACK_OFF_MS 60000
#define RETURN_MS 2000
#define MS_NS UINT64_C(1000000)

/* What the loop is to know; w->ready is on its queue once at most. */
void
ocr_host_tell(struct ocr_host *h, int status, unsigned depth)
{
	struct ocr_worker *w = h->worker;
	bool is_queued;

	ocr_monitor_enter(h->monitor);
	h->news.status = status;
	h->news.err = h->reason;
	h->news.is_returning = status < 0 && h->is_returning;
	h->news.is_wrong = status < 0 && h->is_wrong;
	h->news.is_tried = status < 0 && !h->is_final;
	h->news.is_short = status < 0 && h->is_short;
	if (depth > 0)
		h->news.depth = depth;
	if (status == 0)
		ocr_err_clear(&h->news.err);
	is_queued = h->is_news_queued;
	h->is_news_queued = true;
	ocr_monitor_leave(h->monitor);
	if (is_queued)
		return;
	w->ready.status = status;
	ocr_err_clear(&w->ready.err);
	if (status < 0)
		w->ready.err = h->why;
	ocr_queue_push(w->done, &w->ready);
}

void
ocr_host_stop_run(struct ocr_host *h, const struct ocr_err *why,
    struct ocr_worker *other, uint64_t seq)
{
	ocr_monitor_enter(h->monitor);
	if (h->news.stop.code == 0) {
		h->news.stop = *why;
		h->news.other = other;
		h->news.seq = seq;
	}
	ocr_monitor_leave(h->monitor);
	ocr_host_tell(h, 0, 0);
}

/* All that the host has or would have had. */
static void
give_back(struct ocr_host *h, struct ocr_job_list waiting, int code)
{
	struct ocr_job *job;

	while ((job = h->sent) != NULL) {
		ocr_host_take_sent(h, job);
		ocr_host_clean(job);
		ocr_err_clear(&job->err);
		ocr_host_hand_back(h, job,
		    ocr_err_set(&job->err, code, "%s", h->why.text));
	}
	h->into = NULL;
	ocr_host_drop_late(h);
	while ((job = ocr_job_list_take(&waiting)) != NULL) {
		ocr_err_clear(&job->err);
		ocr_host_hand_back(h, job,
		    ocr_err_set(&job->err, code, "%s", h->why.text));
	}
}

static uint64_t
back_off_ns(const struct ocr_host *h)
{
	unsigned n = h->n_failures > 0 ? h->n_failures - 1 : 0;
	uint64_t ms = (uint64_t)h->opt.back_off_ms
		      << (n < MAX_BACK_OFF ? n : MAX_BACK_OFF);

	return (ms < MAX_BACK_OFF_MS ? ms : MAX_BACK_OFF_MS) * MS_NS;
}

/* Will it be known in a moment whether it comes back?  Who has never been there
 * is not waited for. */
static bool
is_returning(const struct ocr_host *h)
{
	return !h->is_final && h->facts.n_connections > 0 &&
	       back_off_ns(h) <= RETURN_MS * MS_NS;
}

/* How it goes on after a connection. */
static void
end_connection(struct ocr_host *h)
{
	struct ocr_job_list waiting;
	int code = h->why.code;
	bool is_news = h->is_up || h->n_failures == 0, was = h->is_returning;

	/* Over, but somebody came with more in the last moment. */
	if (code == 0)
		ocr_err_set(&h->why, code = -OCR_ECANCEL, "closed");
	/* That takes time; what comes meanwhile waits, and does not bounce. */
	ocr_host_stop(h);
	ocr_monitor_enter(h->monitor);
	waiting = h->waiting;
	h->waiting = (struct ocr_job_list){0};
	h->is_cancelled = false;
	if (code != -OCR_EDEVICE) {
		h->state = OCR_HOST_IDLE;
	} else {
		h->state = h->is_final ? OCR_HOST_LOST : OCR_HOST_AWAY;
		h->reason = h->why;
		h->facts.n_failures++;
		h->n_failures++;
	}
	h->is_returning = code == -OCR_EDEVICE && is_returning(h);
	ocr_monitor_leave(h->monitor);
	/* First that it has gone, then what it had: the loop must not give
	 * it more. */
	if (code == -OCR_EDEVICE && (is_news || was != h->is_returning))
		ocr_host_tell(h, code, 0);
	give_back(h, waiting, code);
}

/* Until it is time to connect; false: to close. */
static bool
await_turn(struct ocr_host *h)
{
	uint64_t next_ns = ocr_now_ns() + back_off_ns(h), now_ns;
	bool is_closing;

	ocr_monitor_enter(h->monitor);
	while (!h->is_closing) {
		now_ns = ocr_now_ns();
		if (h->state == OCR_HOST_JOINING ||
		    (h->state == OCR_HOST_IDLE && h->waiting.first != NULL))
			break;
		if (h->state == OCR_HOST_AWAY && now_ns >= next_ns)
			break;
		if (h->state == OCR_HOST_AWAY)
			ocr_monitor_wait_for(h->monitor, next_ns - now_ns);
		else
			ocr_monitor_wait(h->monitor);
	}
	is_closing = h->is_closing;
	if (!is_closing && h->state == OCR_HOST_IDLE)
		h->state = OCR_HOST_JOINING;
	ocr_monitor_leave(h->monitor);
	return !is_closing;
}

void
ocr_host_main(void *arg)
{
	struct ocr_host *h = arg;

	while (await_turn(h)) {
		ocr_host_run(h);
		end_connection(h);
	}
}
