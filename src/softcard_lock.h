/*
 * softcard_lock.h - what programs that use the same softcards agree on
 *
 * XRT's emulation starts a device process for each program and card, so that
 * two programs would each have a card of their own.  Lock files in a common
 * directory make it one card: a unit runs one kernel at a time, and a card in
 * use takes no other xclbin.  Locks (flock) go with the process that has
 * them; the files stay.  For softcard_card.c.
 */
#ifndef OCR_SOFTCARD_LOCK_H
#define OCR_SOFTCARD_LOCK_H

#include <stddef.h>

#include "common/err.h"

#define OCR_SOFTCARD_PROGRAM_BYTES 64

/*
 * Say that this process uses card 'card' of directory 'dir' with the xclbin
 * that 'program' (a text of less than OCR_SOFTCARD_PROGRAM_BYTES) stands for,
 * until *fd is closed.  -OCR_EDEVICE where another process uses it with
 * another one.
 */
int ocr_softcard_lock_program(const char *dir, unsigned card,
    const char *program, int *fd, struct ocr_err *err);

/* A descriptor to lock while a kernel runs on that unit.  The name must be a
 * file's. */
int ocr_softcard_lock_unit(const char *dir, unsigned card, const char *unit,
    int *fd, struct ocr_err *err);

#endif
