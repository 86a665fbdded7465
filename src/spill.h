/*
 * spill.h - chunks that wait for their turn
 *
 * A heap by number: put and take are O(log n), also with a million chunks
 * waiting.  Payloads stay in memory up to a limit; what comes beyond it goes
 * to an unlinked file, whose space is given back to the file system as chunks
 * leave it (where it can punch holes; else when the file has become empty).
 * The heap itself, some 64 bytes a chunk, is not counted.
 * Two chunks of the same number both come out; the caller notices.
 * For ocr-merge.  One thread.
 */
#ifndef OCR_SPILL_H
#define OCR_SPILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/chunk.h"
#include "common/err.h"

struct ocr_spill {
	const char *dir;       /* for the file; the caller keeps it */
	uint64_t memory_bytes; /* payloads beyond this go to the file */
	size_t n;              /* chunks waiting */
	uint64_t n_spilled;    /* that went to the file so far */
	/* private */
	struct ocr_waiting *heap;
	size_t cap;
	uint64_t held_bytes;          /* payloads in memory */
	uint64_t n_in_file, file_end; /* file_end: a multiple of a block */
	int fd;                       /* -1: no file yet */
	unsigned char *taken;         /* the payload that take() gave last */
};

void ocr_spill_init(struct ocr_spill *s, const char *dir,
    uint64_t memory_bytes);

/* Keep a copy of c, which is loaded; its origin is shared. */
int ocr_spill_put(struct ocr_spill *s, const struct ocr_chunk *c,
    struct ocr_err *err);

/* The lowest number that waits; n must not be 0. */
uint64_t ocr_spill_first(const struct ocr_spill *s);

/* Take that one out.  c (overwritten) gets a reference to the origin, for
 * ocr_chunk_reset(); c->data is valid until the next take or release. */
int ocr_spill_take(struct ocr_spill *s, struct ocr_chunk *c,
    struct ocr_err *err);

void ocr_spill_release(struct ocr_spill *s);

/* A new file in dir that nobody else sees and that goes away by itself: its
 * descriptor, or negative. */
int ocr_spill_open_file(const char *dir, struct ocr_err *err);

#endif
