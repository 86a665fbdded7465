/*
 * thread.c - threads and monitors over pthread
 *
 * A failing lock or wait is a bug of ours, hence the assertions; only what
 * needs resources can fail at run time.
 */
#include "config.h"

#include "common/thread.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct ocr_monitor {
	pthread_mutex_t mutex;
	pthread_cond_t cond;
};

struct ocr_thread {
	pthread_t id;
	void (*fn)(void *);
	void *arg;
};

static void
must(int r)
{
	assert(r == 0);
	(void)r;
}

struct ocr_monitor *
ocr_monitor_new(void)
{
	struct ocr_monitor *m = malloc(sizeof(*m));
	pthread_condattr_t attr;

	if (m == NULL)
		return NULL;
	must(pthread_condattr_init(&attr));
	must(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC));
	must(pthread_mutex_init(&m->mutex, NULL));
	must(pthread_cond_init(&m->cond, &attr));
	must(pthread_condattr_destroy(&attr));
	return m;
}

void
ocr_monitor_free(struct ocr_monitor *m)
{
	if (m == NULL)
		return;
	must(pthread_cond_destroy(&m->cond));
	must(pthread_mutex_destroy(&m->mutex));
	free(m);
}

void
ocr_monitor_enter(struct ocr_monitor *m)
{
	must(pthread_mutex_lock(&m->mutex));
}

void
ocr_monitor_leave(struct ocr_monitor *m)
{
	must(pthread_mutex_unlock(&m->mutex));
}

void
ocr_monitor_wait(struct ocr_monitor *m)
{
	must(pthread_cond_wait(&m->cond, &m->mutex));
}

void
ocr_monitor_wait_for(struct ocr_monitor *m, uint64_t ns)
{
	struct timespec t;
	int r;

	clock_gettime(CLOCK_MONOTONIC, &t);
	ns += (uint64_t)t.tv_nsec;
	t.tv_sec += (time_t)(ns / 1000000000);
	t.tv_nsec = (long)(ns % 1000000000);
	r = pthread_cond_timedwait(&m->cond, &m->mutex, &t);
	assert(r == 0 || r == ETIMEDOUT);
	(void)r;
}

void
ocr_monitor_notify(struct ocr_monitor *m)
{
	must(pthread_cond_broadcast(&m->cond));
}

static void *
thread_main(void *arg)
{
	struct ocr_thread *t = arg;

	t->fn(t->arg);
	return NULL;
}

int
ocr_thread_start(struct ocr_thread **out, void (*fn)(void *), void *arg,
    struct ocr_err *err)
{
	struct ocr_thread *t = malloc(sizeof(*t));
	sigset_t all, old;
	int r;

	if (t == NULL)
		return ocr_err_nomem(err);
	t->fn = fn;
	t->arg = arg;
	sigfillset(&all);
	must(pthread_sigmask(SIG_SETMASK, &all, &old));
	r = pthread_create(&t->id, NULL, thread_main, t);
	must(pthread_sigmask(SIG_SETMASK, &old, NULL));
	if (r != 0) {
		free(t);
		errno = r;
		return ocr_err_sys(err, "cannot start a thread");
	}
	*out = t;
	return 0;
}

void
ocr_thread_join(struct ocr_thread *t)
{
	if (t == NULL)
		return;
	must(pthread_join(t->id, NULL));
	free(t);
}

void
ocr_futex_wait(_Atomic uint32_t *word, uint32_t value, uint64_t timeout_ns)
{
	/* What this system call takes, whatever the size of time_t. */
	struct {
		long sec, nsec;
	} t = {(long)(timeout_ns / 1000000000),
	    (long)(timeout_ns % 1000000000)};

	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value,
	    timeout_ns != 0 ? &t : NULL, NULL, 0);
}

void
ocr_futex_wake(_Atomic uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

void
ocr_thread_wake_exactly(void)
{
	prctl(PR_SET_TIMERSLACK, 1000UL, 0UL, 0UL, 0UL);
}
