/*
 * card_call.c - calls to XRT that do not return: see card_call.h
 *
 * Who is lost is decided by one atomic word: the watch puts LOST there only in
 * place of the deadline that it saw, and the caller takes out what is there.
 */
#include "config.h"

#include "common/card_call.h"

#include <unistd.h>

#include "common/cleanup.h"
#include "common/io.h"
#include "common/thread.h"

#define LOST UINT64_MAX
#define LOOK_NS 50000000

/* The first call whose time is over, off the list.  lock: monitor */
static struct ocr_call *
take_late(struct ocr_watch *w)
{
	uint64_t deadline, now = ocr_now_ns();
	struct ocr_call **p, *c;

	for (p = &w->calls; (c = *p) != NULL; p = &c->next) {
		deadline = __atomic_load_n(&c->deadline_ns, __ATOMIC_RELAXED);
		if (deadline == 0 || deadline > now)
			continue;
		if (__atomic_compare_exchange_n(&c->deadline_ns, &deadline,
			LOST, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
			*p = c->next;
			return c;
		}
	}
	return NULL;
}

static void
watch_main(void *arg)
{
	struct ocr_watch *w = arg;
	struct ocr_call *late;

	ocr_monitor_enter(w->monitor);
	while (!w->is_ending) {
		late = take_late(w);
		if (late == NULL) {
			ocr_monitor_wait_for(w->monitor, LOOK_NS);
			continue;
		}
		ocr_monitor_leave(w->monitor);
		late->give_up(late->arg);
		ocr_monitor_enter(w->monitor);
	}
	ocr_monitor_leave(w->monitor);
}

int
ocr_watch_init(struct ocr_watch *w, struct ocr_err *err)
{
	*w = (struct ocr_watch){.monitor = ocr_monitor_new()};
	if (w->monitor == NULL)
		return ocr_err_nomem(err);
	ocr_cleanup_catch_aborts();
	return ocr_thread_start(&w->thread, watch_main, w, err);
}

void
ocr_watch_release(struct ocr_watch *w)
{
	if (w->thread != NULL) {
		ocr_monitor_enter(w->monitor);
		w->is_ending = true;
		ocr_monitor_notify(w->monitor);
		ocr_monitor_leave(w->monitor);
		ocr_thread_join(w->thread);
	}
	ocr_monitor_free(w->monitor);
	*w = (struct ocr_watch){0};
}

void
ocr_watch_add(struct ocr_watch *w, struct ocr_call *c)
{
	ocr_monitor_enter(w->monitor);
	c->next = w->calls;
	w->calls = c;
	ocr_monitor_leave(w->monitor);
}

void
ocr_watch_remove(struct ocr_watch *w, struct ocr_call *c)
{
	struct ocr_call **p;

	ocr_monitor_enter(w->monitor);
	for (p = &w->calls; *p != NULL; p = &(*p)->next) {
		if (*p == c) {
			*p = c->next;
			break;
		}
	}
	ocr_monitor_leave(w->monitor);
}

/* It will not return: there is nothing to wait for. */
static void
end_time(void *arg)
{
	struct ocr_call *c = arg;
	uint64_t deadline = __atomic_load_n(&c->deadline_ns, __ATOMIC_RELAXED);

	if (deadline != LOST)
		(void)__atomic_compare_exchange_n(&c->deadline_ns, &deadline, 1,
		    false, __ATOMIC_RELEASE, __ATOMIC_RELAXED);
}

void
ocr_call_begin(struct ocr_call *c, unsigned ms)
{
	ocr_cleanup_on_abort(end_time, c);
	__atomic_store_n(&c->deadline_ns, ocr_now_ns() + (uint64_t)ms * 1000000,
	    __ATOMIC_RELEASE);
}

void
ocr_call_end(struct ocr_call *c)
{
	ocr_cleanup_on_abort(NULL, NULL);
	if (__atomic_exchange_n(&c->deadline_ns, 0, __ATOMIC_RELAXED) != LOST)
		return;
	for (;;)
		pause();
}
