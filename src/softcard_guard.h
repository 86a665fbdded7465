/*
 * softcard_guard.h - calling a foreign function that may crash or never return
 *
 * A kernel that is somebody else's shared object runs in a thread of the
 * device process.  When it crashes, or is told to stop, the thread leaves it
 * by a jump out of the signal handler; what the kernel held (locks, memory)
 * stays held.  The handler finds the thread's guard by way of its alternate
 * signal stack, which is the one pointer a thread has for itself.
 *
 * For softcard_unit.c.
 */
#ifndef OCR_SOFTCARD_GUARD_H
#define OCR_SOFTCARD_GUARD_H

#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

/* Sent to a thread that shall leave its kernel. */
#define OCR_SOFTCARD_STOP_SIGNAL SIGUSR2

struct ocr_softcard_guard {
	void *owner;
	/* private; owner: the thread, but for tid */
	sigjmp_buf leave;
	volatile sig_atomic_t is_inside;
	stack_t old;
	void *stack;
	int tid; /* atomic; 0: has not begun */
};

/*
 * Handle crashes and the stop signal; ignore what the terminal sends (the
 * program that started us decides, and its end is ours) and SIGPIPE.  Once,
 * before the first thread.
 */
int ocr_softcard_guard_install(struct ocr_err *err);

/* First and last act of the thread that will call kernels. */
int ocr_softcard_guard_begin(struct ocr_softcard_guard *g, void *owner,
    struct ocr_err *err);
void ocr_softcard_guard_end(struct ocr_softcard_guard *g);

/* Call fn(arg); returns 0, or the signal that ended it. */
int ocr_softcard_guard_call(struct ocr_softcard_guard *g, void (*fn)(void *),
    void *arg);

/* Interrupt what the thread does, once: a kernel for good, a system call of
 * its own with EINTR.  Any other thread, between begin and end. */
void ocr_softcard_guard_stop(struct ocr_softcard_guard *g);

/* The owner that the calling thread began with; NULL in other threads. */
void *ocr_softcard_guard_owner(void);

#endif
