/*
 * proc.h - the one place that starts processes
 *
 * Children get the default signal dispositions and an empty signal mask, no
 * descriptor but 0, 1, 2 and those that are passed on, and on Linux die with
 * their parent (PR_SET_PDEATHSIG) unless told otherwise.
 */
#ifndef OCR_PROC_H
#define OCR_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/err.h"

/*
 * Run fn(arg, fd) in a forked child and collect what it writes to fd, at most
 * cap bytes, for at most timeout_ms; then the child is killed.  For code that
 * may abort, hang or print: its stdout and stderr go to /dev/null.  Call it
 * before any thread is started.  Returns the number of bytes when the child
 * ended with 0 (what fn returned), else -OCR_EDEVICE with a text that says how it ended
 * ("exit status 3", "killed by signal 6 (Aborted)", "no answer within 10 s").
 */
int64_t ocr_proc_call(int (*fn)(void *arg, int fd), void *arg, void *buf,
    size_t cap, unsigned timeout_ms, struct ocr_err *err);

struct ocr_proc_spec {
	char *const *argv; /* argv[0] is looked up in PATH; ends with NULL */
	const char *const
	    *env; /* "NAME=VALUE" on top of ours, or NULL; ends with NULL */
	int in_fd, out_fd, err_fd; /* become 0, 1, 2; -1: ours */
	bool is_group;             /* leader of a process group of its own */
	bool outlives;             /* do not die with us */
	bool keeps_fds; /* what is open and not close-on-exec stays open */
};

struct ocr_proc {
	pid_t pid; /* 0: none */
	bool is_group;
	int cleanup_slot; /* private; -1: none */
};

/* -OCR_EIO "cannot run 'x': No such file or directory". */
int ocr_proc_start(struct ocr_proc *p, const struct ocr_proc_spec *spec,
    struct ocr_err *err);
/* Wait for the end; *status as waitpid gives it.  timeout_ms 0: for ever.
 * Returns 1 when it has ended, 0 when the time is over. */
int ocr_proc_wait(struct ocr_proc *p, unsigned timeout_ms, int *status,
    struct ocr_err *err);
/* Send sig to the child, or to its whole group. */
void ocr_proc_signal(const struct ocr_proc *p, int sig);
/* SIGTERM, then after grace_ms SIGKILL; reaps it. */
void ocr_proc_end(struct ocr_proc *p, unsigned grace_ms);
/* "exit status 3", "killed by signal 6 (Aborted)"; returns buf. */
const char *ocr_proc_describe(int status, char *buf, size_t n);

#endif
