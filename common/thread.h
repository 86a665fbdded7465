/*
 * thread.h - threads and monitors; thread.c is the only user of pthread
 *
 * A monitor is one mutex with one condition.  Wait in a loop over a stated
 * value; notify wakes all waiters.  At most one monitor is held at a time,
 * and never across I/O or a kernel.  Misuse aborts: callers have no error
 * paths here except where a resource is made.
 */
#ifndef OCR_THREAD_H
#define OCR_THREAD_H

#include <stdatomic.h>
#include <stdint.h>

#include "common/err.h"

struct ocr_monitor;
struct ocr_thread;

/* NULL when there is no memory. */
struct ocr_monitor *ocr_monitor_new(void);
void ocr_monitor_free(struct ocr_monitor *m); /* NULL is fine */
void ocr_monitor_enter(struct ocr_monitor *m);
void ocr_monitor_leave(struct ocr_monitor *m);
void ocr_monitor_wait(struct ocr_monitor *m);
/* Wait at most ns nanoseconds (may return early, as wait may). */
void ocr_monitor_wait_for(struct ocr_monitor *m, uint64_t ns);
void ocr_monitor_notify(struct ocr_monitor *m);

/*
 * Start fn(arg) in a thread of its own with all signals blocked, so that the
 * main thread alone handles them.  *out is set on success and must be joined.
 */
int ocr_thread_start(struct ocr_thread **out, void (*fn)(void *), void *arg,
    struct ocr_err *err);
void ocr_thread_join(struct ocr_thread *t); /* NULL is fine; frees t */

/*
 * Sleep while *word is value, until somebody wakes it, or for timeout_ns
 * nanoseconds if that is not 0.  May return early: look again.  Whoever changes
 * the word and then wakes it, misses nobody.
 */
void ocr_futex_wait(_Atomic uint32_t *word, uint32_t value,
    uint64_t timeout_ns);
void ocr_futex_wake(_Atomic uint32_t *word); /* all that sleep there */

/* For the calling thread: Linux ends sleeps some 50 us late unless told not
 * to. */
void ocr_thread_wake_exactly(void);

/* Between two looks at a word that another thread will change soon. */
static inline void
ocr_cpu_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__ARM_ARCH_7A__)
	__asm__ volatile("yield");
#endif
}

#endif
