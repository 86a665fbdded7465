/*
 * output.h - an output that is either complete or not there
 *
 * Standard output, or a file written beside its final name and renamed by
 * commit.  Until then a signal or abort removes it (cleanup.h).
 * One thread at a time.
 */
#ifndef OCR_OUTPUT_H
#define OCR_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

#include "common/chunk.h"
#include "common/err.h"

enum ocr_output_exists {
	OCR_EXISTS_ERROR =
	    0, /* -OCR_EIO "x already exists; use -f to replace it" */
	OCR_EXISTS_REPLACE,
};

struct ocr_output {
	int fd; /* -1: closed */
	bool is_stdout;
	bool is_partial_kept; /* --keep-partial: abort leaves the file */
	bool is_synced;       /* --synchronous: fsync before rename */
	char *path, *temp;    /* NULL for standard output */
	const char *name;     /* for messages: path or "stdout"; while open */
	int cleanup_slot;
	uint64_t n_bytes; /* written so far */
	/* private */
	enum ocr_output_exists exists;
	mode_t mask;              /* the process's umask */
	bool has_meta, has_owner; /* what the finished file gets */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	struct timespec times[2];
};

/*
 * NULL or "-" is standard output.  Not a regular file (/dev/null, a fifo, a
 * descriptor in /dev/fd): written in place, nothing to rename, 'exists' does
 * not matter.  A symbolic link to a file is replaced, not followed: else an
 * old link in /tmp could lead to any file.
 */
int ocr_output_open(struct ocr_output *o, const char *path,
    enum ocr_output_exists exists, struct ocr_err *err);
int ocr_output_write(struct ocr_output *o, const void *buf, size_t len,
    struct ocr_err *err);
int ocr_output_writev(struct ocr_output *o, struct iovec *iov, int n,
    struct ocr_err *err);

/* Pass bytes of a regular file on, as ocr_splice_full(). */
int64_t ocr_output_splice(struct ocr_output *o, int file, uint64_t at,
    size_t len, struct ocr_err *err);

/* Commit will give the file the origin's permissions (without set-ID bits),
 * times, and owner (where from->fd knows it and the system allows it). */
void ocr_output_set_meta(struct ocr_output *o, const struct ocr_origin *from);
/* Close, checked, and rename; closed as by abort if that fails.  For standard
 * output: nothing is left to fail but close itself, which is checked at exit
 * by bin. */
int ocr_output_commit(struct ocr_output *o, struct ocr_err *err);
/* Close and remove (is_partial_kept: rename what there is); a zeroed or closed
 * output is fine. */
void ocr_output_abort(struct ocr_output *o);

#endif
