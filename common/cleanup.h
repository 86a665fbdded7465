/*
 * cleanup.h - what must not stay behind when a signal ends the program
 *
 * A signal handler can reach only static state: this module holds it, and is
 * the only one that does.
 */
#ifndef OCR_CLEANUP_H
#define OCR_CLEANUP_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/err.h"

/*
 * Catch SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXCPU (those that the parent does
 * not ignore): remove the registered files, then die of the signal.  SIGPIPE
 * becomes EPIPE, SIGXFSZ becomes EFBIG.  Where one of the descriptors 0, 1, 2
 * is closed it is filled with one on which every read or write fails.
 * The first thing main does, once.
 */
void ocr_cleanup_install(void);

/* Remember a file to remove; it need not exist yet.  Any thread.  Returns
 * a slot, or -1 when all are taken or the path is too long (then it is simply
 * not removed by a signal). */
int ocr_cleanup_add(const char *path);
void ocr_cleanup_drop(int slot); /* -1 is fine */

/* The same for a process group that is to end with us (SIGTERM).  It must be
 * dropped before its leader is reaped.  For proc.c. */
int ocr_cleanup_add_group(pid_t leader);
void ocr_cleanup_drop_group(int slot); /* -1 is fine */
/* A fatal signal is being handled: whoever has added a group after that may not
 * let it begin. */
bool ocr_cleanup_is_ending(void);

/* Die of a signal as if it had not been caught (SIGPIPE after -OCR_EPIPE). */
void ocr_cleanup_raise(int sig);

/*
 * Where a library aborts the program: in a thread that has said so, fn(arg) is
 * called in place of that, in a signal handler, and the thread sleeps for ever,
 * with all that the library holds.  fn is NULL when it has returned.  Works
 * after ocr_cleanup_catch_aborts.
 */
void ocr_cleanup_on_abort(void (*fn)(void *arg), void *arg);
void ocr_cleanup_catch_aborts(void);

/*
 * A library was used whose destructors are not safe: from now on the program
 * ends without them.  main asks at its end, when all is flushed and closed.
 */
void ocr_cleanup_end_fast(void);
/* End now with that status if so; else return. */
void ocr_cleanup_end(int status);

#endif
