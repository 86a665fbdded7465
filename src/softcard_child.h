/*
 * softcard_child.h - COMMAND, as if it had been started without ocr-softcard
 *
 * It runs in a process group of its own, because XRT may kill the whole group
 * of a program; the terminal and our signals are passed on to it.  When it
 * has ended, what it left running is ended too, wherever it hides.
 */
#ifndef OCR_SOFTCARD_CHILD_H
#define OCR_SOFTCARD_CHILD_H

#include <signal.h>

#include "common/err.h"

/*
 * Block the signals that are passed on, so that none of them ends us in the
 * middle of what is to be undone; before the first file is made.  *old goes to
 * end().
 */
void ocr_softcard_child_begin(sigset_t *old);
void ocr_softcard_child_end(const sigset_t *old);

/* Run argv with env on top of ours; *status as waitpid gives it.
 * -OCR_EIO "cannot run 'x': No such file or directory". */
int ocr_softcard_child_run(char *const *argv, const char *const *env,
    int *status, struct ocr_err *err);

#endif
