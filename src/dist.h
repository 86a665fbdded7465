/*
 * dist.h - several processes that do one job: what they tell each other
 *
 * Each process is a rank.  All ranks call the same functions here in the same
 * order; one that has failed says so in the next call, and then all of them
 * fail.  dist_mpi.c is behind it, or whoever else sets ops.
 * Thread rule: one thread of a rank, always the same.
 */
#ifndef OCR_DIST_H
#define OCR_DIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/ui.h"

#define OCR_DIST_MAX_RANKS 65536

/* Bytes that grow; zeroed is empty. */
struct ocr_dist_bytes {
	uint8_t *data;
	size_t len, cap;
};

struct ocr_dist;

struct ocr_dist_ops {
	/* The largest or the sum of each of n values, over all ranks. */
	int (*max)(struct ocr_dist *d, uint64_t *values, size_t n,
	    struct ocr_err *err);
	int (*sum)(struct ocr_dist *d, uint64_t *values, size_t n,
	    struct ocr_err *err);
	/* out[i] goes to rank i, in[i] has come from it. */
	int (*numbers)(struct ocr_dist *d, const uint64_t *out, uint64_t *in,
	    struct ocr_err *err);
	/* The same of bytes; in[i] has len already, and room.  Nothing is sent
	 * to oneself, nor where len is 0. */
	int (*bytes)(struct ocr_dist *d, const struct ocr_dist_bytes *out,
	    struct ocr_dist_bytes *in, struct ocr_err *err);
	/* End all ranks; only where one cannot go on and cannot say so. */
	void (*end)(struct ocr_dist *d, int status);
};

struct ocr_dist {
	unsigned rank, n;
	unsigned n_here; /* ranks on this machine */
	const struct ocr_dist_ops *ops;
	void *state; /* of ops */
	struct ocr_ui *ui;
	uint64_t *numbers; /* 2n, for exchange */
	int failed;        /* a rank has, with this code; 0: none */
	unsigned who;      /* the lowest of them */
	uint64_t sent_bytes, received_bytes; /* by exchanges, so far */
};

/* Where all ranks should be when they agree. */
enum ocr_dist_place {
	OCR_DIST_BEGIN = 1,
	OCR_DIST_FILE,
	OCR_DIST_LOADED,
	OCR_DIST_READY,
	OCR_DIST_SEARCHED,
	OCR_DIST_DONE,
};

int ocr_dist_init(struct ocr_dist *d, struct ocr_err *err); /* n is set */
void ocr_dist_release(struct ocr_dist *d);

/* Have all come here, and none with an error?  r: 0 or this rank's error.  Else
 * the lowest rank's code, on all of them; its text is err's on that rank, the
 * others have -OCR_ECANCEL there.  Once failed it stays so, and nobody waits. */
int ocr_dist_agree(struct ocr_dist *d, enum ocr_dist_place place, int r,
    struct ocr_err *err);
/* Is this value the same on all ranks?  what: for messages. */
int ocr_dist_same(struct ocr_dist *d, uint64_t value, const char *what,
    struct ocr_err *err);
/* Of each of n values, over all ranks, in place. */
int ocr_dist_max(struct ocr_dist *d, uint64_t *values, size_t n,
    struct ocr_err *err);
int ocr_dist_sum(struct ocr_dist *d, uint64_t *values, size_t n,
    struct ocr_err *err);

/* out[i] goes to rank i, in[i] has come from it; n each.  r as above.
 * out[rank] is not looked at, in[rank].len is 0. */
int ocr_dist_exchange(struct ocr_dist *d, int r,
    const struct ocr_dist_bytes *out, struct ocr_dist_bytes *in,
    struct ocr_err *err);
/* The same bytes to all. */
int ocr_dist_tell(struct ocr_dist *d, int r, const struct ocr_dist_bytes *out,
    struct ocr_dist_bytes *in, struct ocr_err *err);

int ocr_dist_room(struct ocr_dist_bytes *b, size_t more, struct ocr_err *err);
struct ocr_dist_bytes *ocr_dist_bytes_new(const struct ocr_dist *d,
    struct ocr_err *err); /* n of them */
void ocr_dist_bytes_free(const struct ocr_dist *d, struct ocr_dist_bytes *b);

#endif
