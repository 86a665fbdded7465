/*
 * proc_wait.h - what waiting for a process needs; for proc.c and proc_wait.c
 */
#ifndef OCR_PROC_WAIT_H
#define OCR_PROC_WAIT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Readable when the process has ended; -1 where the system has no such thing,
 * which poll() takes for nothing to wait for. */
int ocr_wait_pidfd(pid_t pid);
/* On the monotonic clock, in nanoseconds. */
uint64_t ocr_wait_deadline(unsigned timeout_ms);
/* Until then, rounded up, for poll(); 0 when it has passed. */
int ocr_wait_left_ms(uint64_t deadline_ns, bool has_pidfd);
/* It is still to be reaped. */
int ocr_wait_has_ended(pid_t pid);

#endif
