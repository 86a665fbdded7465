/*
 * spool.h - bytes that wait until it is known how many they are
 *
 * In memory up to a limit, then in an unlinked file.  For merge_archive.c.
 * One thread.
 */
#ifndef OCR_SPOOL_H
#define OCR_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

struct ocr_spool {
	const char *dir;     /* for the file; the caller keeps it */
	size_t memory_bytes; /* limit for buf */
	uint64_t len;        /* bytes put so far */
	/* private */
	unsigned char *buf;
	size_t cap;
	int fd; /* 0: no file (yet) */
};

int ocr_spool_put(struct ocr_spool *s, const void *data, size_t len,
    struct ocr_err *err);

/* Hand all bytes to write(), in pieces, and be empty again. */
int ocr_spool_drain(struct ocr_spool *s,
    int (*write)(void *ctx, const void *data, size_t len, struct ocr_err *err),
    void *ctx, struct ocr_err *err);

/* A struct that is zeroed but for dir and limit needs no init. */
void ocr_spool_release(struct ocr_spool *s);

#endif
