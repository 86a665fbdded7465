/*
 * io.h - reading and writing all of it, with EINTR handled here and only here
 */
#ifndef OCR_IO_H
#define OCR_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "common/err.h"

/*
 * Read until len bytes are there or the input ends.  Returns the count (less
 * than len only at the end), or a negative code; 'name' is for the message.
 * With cancel_fd >= 0 a blocked read returns -OCR_ECANCEL when that becomes
 * readable.
 */
int64_t ocr_read_full(int fd, void *buf, size_t len, const char *name,
    int cancel_fd, struct ocr_err *err);

/* Same for one read: at least one byte unless the input has ended. */
int64_t ocr_read_some(int fd, void *buf, size_t len, const char *name,
    int cancel_fd, struct ocr_err *err);

/* Read at an offset; short only at the end of the file. */
int64_t ocr_pread_full(int fd, void *buf, size_t len, uint64_t at,
    const char *name, struct ocr_err *err);

/* Write everything; iov is used up (changed). */
int ocr_write_full(int fd, const void *buf, size_t len, const char *name,
    struct ocr_err *err);
int ocr_writev_full(int fd, struct iovec *iov, int n, const char *name,
    struct ocr_err *err);

/*
 * Pass len bytes of a regular file to a pipe, by page and not by copy.
 * Returns how many went; fewer than len when the file ends before, or when
 * the system cannot do it for this file (then usually 0).
 */
int64_t ocr_splice_full(int file, uint64_t at, int to, size_t len,
    const char *name, struct ocr_err *err);

bool ocr_fd_is_regular(int fd);
bool ocr_fd_is_pipe(int fd);

/* Ask for a pipe of 1 MiB, so that a chunk passes with few switches; no error
 * where the fd is no pipe or the system refuses. */
void ocr_fd_widen_pipe(int fd);

/* Monotonic clock. */
uint64_t ocr_now_ns(void);

#endif
