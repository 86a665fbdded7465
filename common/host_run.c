/*
 * host_run.c - one connection of a host's worker, from its start to its end
 *
 * One poll() for the child's output, its stderr, room for input, the clock, and
 * the loop (an eventfd).
 */
#include "config.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "common/host_state.h"
#include "common/io.h"

#define CLOSE_MS 2000
#define PINGS_PER_TIMEOUT 4
#define MAX_EVENTS 64 /* before others are looked at */
#define MS_NS UINT64_C(1000000)
#define MAX_WAIT_MS 3600000 /* an int can hold it */
#define LOST_ALONE 2        /* a chunk that was lost so often goes alone */

/* What begin would say; fails if it cannot be sent. */
static void
put_begin(struct ocr_host *h)
{
	struct ocr_begin begin = h->opt.begin;
	struct ocr_err why = {0};

	snprintf(begin.kernel, sizeof(begin.kernel), "%s", h->kernel->name);
	begin.slots =
	    h->opt.slots > OCR_SLOTS_MAX ? OCR_SLOTS_MAX : h->opt.slots;
	begin.timeout_ms = h->opt.timeout_ms;
	if (h->opt.blob != NULL)
		snprintf(begin.blob, sizeof(begin.blob), "%s",
		    h->opt.blob->sha256);
	if (ocr_link_put_begin(&h->link, &begin, &why) < 0)
		ocr_host_fail(h, true, "%s", why.text);
}

/* May this one go now?  Numbers that a damaged input has twice go one after
 * the other; what may have killed hosts goes alone. */
static bool
may_go(const struct ocr_host *h, const struct ocr_job *job)
{
	if (h->n_sent + h->n_late == 0)
		return true;
	return h->n_sent + h->n_late < h->credits && !h->is_suspect_out &&
	       job->n_lost < LOST_ALONE && !ocr_host_has_seq(h, job->in->seq) &&
	       !ocr_host_owes(h, job->in->seq);
}

static struct ocr_job *
take_waiting(struct ocr_host *h)
{
	struct ocr_job *job;

	ocr_monitor_enter(h->monitor);
	job = h->waiting.first;
	job = job != NULL && may_go(h, job) ? ocr_job_list_take(&h->waiting)
					    : NULL;
	ocr_monitor_leave(h->monitor);
	return job;
}

static void
put_chunk(struct ocr_host *h, struct ocr_job *job)
{
	int r = 0;

	job->start_ns = job->sent_ns = ocr_now_ns();
	if (job->in->type != OCR_REF)
		r = ocr_chunk_load(job->in, &job->err);
	if (r == 0)
		r = ocr_link_put_chunk(&h->link, job->in, &job->err);
	if (r < 0) {
		ocr_host_hand_back(h, job, r);
		return;
	}
	job->was_sent = true;
	ocr_monitor_enter(h->monitor);
	job->next = h->sent;
	h->sent = job;
	ocr_monitor_leave(h->monitor);
	h->n_sent++;
	h->is_suspect_out = job->n_lost >= LOST_ALONE;
	h->end.chunks++;
	h->end.bytes += job->in->raw_len;
}

static void
put_ping(struct ocr_host *h, uint64_t now_ns)
{
	struct ocr_ping ping = {.seq = ++h->ping_seq, .busy = h->n_sent};
	struct ocr_err lost = {0};

	h->ping_ns = h->asked_ns = now_ns;
	ocr_link_put_ping(&h->link, &ping, &lost);
}

static void
put_end(struct ocr_host *h, uint64_t now_ns)
{
	struct ocr_err lost = {0};

	h->end.is_ok = true;
	ocr_link_put_end(&h->link, &h->end, &lost);
	h->is_end_put = true;
	h->close_ns = now_ns + CLOSE_MS * MS_NS;
}

static uint64_t
ping_step_ns(const struct ocr_host *h)
{
	return h->opt.timeout_ms * MS_NS / PINGS_PER_TIMEOUT;
}

/* For the helper of a check, while the thread does nothing else. */
void
ocr_host_keep_alive(void *arg)
{
	struct ocr_host *h = arg;
	uint64_t step_ns = ping_step_ns(h), now_ns;
	uint64_t next_ns = ocr_now_ns() + step_ns;
	struct ocr_err lost = {0};

	ocr_monitor_enter(h->monitor);
	while (h->is_checking) {
		now_ns = ocr_now_ns();
		if (now_ns < next_ns) {
			ocr_monitor_wait_for(h->monitor, next_ns - now_ns);
			continue;
		}
		next_ns = now_ns + step_ns;
		if (h->is_end_put || h->is_out_lost)
			continue;
		if (!ocr_link_is_writing(&h->link))
			put_ping(h, now_ns);
		/* What is wrong with it the thread will see. */
		ocr_link_write(&h->link, &lost);
	}
	ocr_monitor_leave(h->monitor);
}

/* The next entry, if none is being written and there is one. */
static bool
fill(struct ocr_host *h, bool is_closing)
{
	uint64_t now_ns = ocr_now_ns();
	struct ocr_job *job;

	if (!h->is_up || h->is_end_put || ocr_link_is_writing(&h->link))
		return false;
	if (now_ns - h->ping_ns >= ping_step_ns(h)) {
		put_ping(h, now_ns);
		return true;
	}
	if (!h->is_blob_put && !is_closing) {
		ocr_link_put_blob(&h->link, h->opt.blob);
		h->is_blob_put = true;
		return true;
	}
	/* What cannot be sent comes back at once: the next one then. */
	while (!ocr_link_is_writing(&h->link)) {
		job = take_waiting(h);
		if (job == NULL)
			break;
		put_chunk(h, job);
	}
	if (is_closing && h->n_sent + h->n_late == 0)
		put_end(h, now_ns);
	return ocr_link_is_writing(&h->link);
}

static void
write_out(struct ocr_host *h)
{
	struct ocr_err why = {0};

	if (h->is_out_lost || !ocr_link_is_writing(&h->link))
		return;
	/* Its output says why, or ends, or nothing comes at all. */
	if (ocr_link_write(&h->link, &why) < 0) {
		h->is_out_lost = true;
		h->close_ns = ocr_now_ns() + CLOSE_MS * MS_NS;
	}
	if (h->is_out_lost ||
	    (h->is_end_put && !ocr_link_is_writing(&h->link))) {
		if (h->link.out >= 0)
			close(h->link.out);
		h->link.out = -1;
		h->is_out_lost = true;
	}
}

static void
read_in(struct ocr_host *h)
{
	struct ocr_err why = {0};
	int i, r;

	for (i = 0; i < MAX_EVENTS && h->why.code == 0 && !h->is_over; i++) {
		r = ocr_link_read(&h->link, &why);
		if (r < 0) {
			ocr_host_fail(h, r == -OCR_EDEVICE || r == -OCR_EFORMAT,
			    "%s", why.text);
			return;
		}
		if (r == OCR_LINK_AGAIN)
			return;
		ocr_host_event(h, r);
		/* Checking results takes time, in which the other end hears
		 * nothing. */
		if (h->is_up && ocr_now_ns() - h->ping_ns >= ping_step_ns(h))
			return;
	}
}

/* After everything that had come was read. */
static void
check_clock(struct ocr_host *h, uint64_t begun_ns, bool is_closing)
{
	uint64_t now_ns = ocr_now_ns(), silent_ms;

	silent_ms =
	    now_ns > h->link.heard_ns ? (now_ns - h->link.heard_ns) / MS_NS : 0;
	if (h->is_end_put) {
		h->is_over = h->is_over || now_ns >= h->close_ns;
	} else if (!h->is_up) {
		h->is_over = is_closing;
		if ((now_ns - begun_ns) / MS_NS >= h->opt.connect_timeout_ms)
			ocr_host_fail(h, false, "no connection within %g s",
			    h->opt.connect_timeout_ms / 1000.0);
	} else if (is_closing && h->n_sent == 0) {
		/* It works on for nobody, or does not take what we send. */
		if (h->close_ns == 0)
			h->close_ns = now_ns + CLOSE_MS * MS_NS;
		h->is_over = h->n_late > 0 || now_ns >= h->close_ns;
	} else if (h->is_out_lost && now_ns >= h->close_ns) {
		ocr_host_fail(h, false, "has closed its input");
	} else if (silent_ms >= h->opt.timeout_ms) {
		ocr_host_fail(h, false, "silent for %g s",
		    h->opt.timeout_ms / 1000.0);
	}
}

/* Until something is due. */
static int
wait_ms(const struct ocr_host *h, uint64_t begun_ns)
{
	uint64_t now_ns = ocr_now_ns(), due_ns;

	if (h->is_end_put) {
		due_ns = h->close_ns;
	} else if (!h->is_up) {
		due_ns = begun_ns + h->opt.connect_timeout_ms * MS_NS;
	} else {
		due_ns = h->link.heard_ns + h->opt.timeout_ms * MS_NS;
		if (!ocr_link_is_writing(&h->link) &&
		    h->ping_ns + ping_step_ns(h) < due_ns)
			due_ns = h->ping_ns + ping_step_ns(h);
		if (h->close_ns != 0 && h->close_ns < due_ns)
			due_ns = h->close_ns;
	}
	if (h->held_ns != 0 && h->held_ns < due_ns)
		due_ns = h->held_ns;
	if (due_ns > now_ns + MAX_WAIT_MS * MS_NS)
		due_ns = now_ns + MAX_WAIT_MS * MS_NS;
	return due_ns <= now_ns ? 0 : (int)((due_ns - now_ns) / MS_NS) + 1;
}

static void
wait_for_events(struct ocr_host *h, uint64_t begun_ns)
{
	struct pollfd p[4] = {
	    {.fd = h->link.in, .events = POLLIN},
	    {.fd = h->err_fd, .events = POLLIN},
	    {.fd = h->wake_fd, .events = POLLIN},
	    {.fd = -1, .events = POLLOUT},
	};
	bool is_any;
	uint64_t n;

	if (!h->is_out_lost && ocr_link_is_writing(&h->link))
		p[3].fd = h->link.out;
	is_any = poll(p, 4, wait_ms(h, begun_ns)) > 0;
	/* It is not the end that the line is about. */
	if ((p[0].revents & POLLHUP) == 0 && ocr_now_ns() >= h->held_ns)
		ocr_host_show_line(h);
	if (!is_any)
		return;
	if (p[1].revents != 0)
		ocr_host_read_stderr(h);
	if (p[2].revents != 0 && read(h->wake_fd, &n, sizeof(n)) < 0) {
		/* Somebody's poke has been taken with the last. */
	}
}

void
ocr_host_run(struct ocr_host *h)
{
	uint64_t begun_ns = ocr_now_ns();
	bool is_closing, is_cancelled;

	h->is_up = h->is_end_put = h->is_out_lost = h->is_over = false;
	h->is_blob_put = h->opt.blob == NULL;
	h->is_final = h->is_suspect_out = h->is_eof = false;
	h->is_wrong = false;
	h->end = (struct ocr_end){0};
	h->n_done = h->ping_seq = h->answered_seq = h->close_ns = 0;
	h->credits = h->n_sent = h->n_late = 0;
	ocr_err_clear(&h->why);
	ocr_host_start(h);
	if (h->why.code == 0)
		put_begin(h);
	while (h->why.code == 0 && !h->is_over) {
		ocr_monitor_enter(h->monitor);
		is_closing = h->is_closing;
		is_cancelled = h->is_cancelled;
		ocr_monitor_leave(h->monitor);
		if (is_cancelled) {
			ocr_err_set(&h->why, -OCR_ECANCEL, "stopped");
			break;
		}
		ocr_host_let_go(h);
		do {
			write_out(h);
		} while (fill(h, is_closing));
		/* The poke that said so has been taken: not before a wait. */
		if (is_closing)
			check_clock(h, begun_ns, true);
		if (h->is_over || h->why.code != 0)
			break;
		wait_for_events(h, begun_ns);
		read_in(h);
		check_clock(h, begun_ns, is_closing);
	}
}
