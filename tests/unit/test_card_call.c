/*
 * test_card_call.c - calls to a library that hang, or abort the program
 */
#include "config.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "common/card_call.h"
#include "common/io.h"
#include "common/thread.h"
#include "tests/unit/child.h"
#include "tests/unit/tap.h"

#define SECOND UINT64_C(1000000000)

struct caller {
	struct ocr_call call;
	struct ocr_monitor *monitor;
	bool is_lost; /* lock: monitor */
	bool aborts;
	unsigned ms;
};

static void
lose(void *arg)
{
	struct caller *c = arg;

	ocr_monitor_enter(c->monitor);
	c->is_lost = true;
	ocr_monitor_notify(c->monitor);
	ocr_monitor_leave(c->monitor);
}

static void
caller_main(void *arg)
{
	struct caller *c = arg;

	ocr_call_begin(&c->call, 3600000);
	ocr_call_end(&c->call);
	ocr_call_begin(&c->call, c->ms);
	if (c->aborts)
		abort();
	for (;;)
		pause();
}

/* Returns when the caller is given up; callers stay until the program ends. */
static void
lose_one(struct ocr_watch *w, struct caller *c, bool aborts, unsigned ms)
{
	struct ocr_err err = {0};
	struct ocr_thread *t;

	*c = (struct caller){.monitor = ocr_monitor_new(),
	    .aborts = aborts,
	    .ms = ms};
	c->call.give_up = lose;
	c->call.arg = c;
	ocr_watch_add(w, &c->call);
	if (ocr_thread_start(&t, caller_main, c, &err) < 0)
		exit(1);
	ocr_monitor_enter(c->monitor);
	while (!c->is_lost)
		ocr_monitor_wait(c->monitor);
	ocr_monitor_leave(c->monitor);
}

static int
run(void *arg)
{
	struct ocr_call call = {0};
	struct caller callers[3];
	struct ocr_err err = {0};
	struct ocr_watch w;
	uint64_t start;

	if (ocr_watch_init(&w, &err) < 0)
		return 1;
	start = ocr_now_ns();
	lose_one(&w, &callers[0], false, 200);
	if (ocr_now_ns() - start < SECOND / 5)
		return 2;
	lose_one(&w, &callers[1], true, 3600000);
	lose_one(&w, &callers[2], true, 3600000);
	ocr_call_begin(&call, 3600000);
	ocr_call_end(&call);
	if (*(const bool *)arg)
		abort();
	ocr_watch_release(&w);
	return 0;
}

int
main(void)
{
	struct rlimit none = {0};
	bool aborts = false;
	struct child c;

	setrlimit(RLIMIT_CORE, &none);
	child_run(&c, run, &aborts);
	is_int(c.status, 0, "what hangs and what aborts is given up");
	is_str(c.err, "", "without a word");
	aborts = true;
	child_run(&c, run, &aborts);
	is_int(c.status, 128 + SIGABRT, "who is in no call may abort");
	return done();
}
