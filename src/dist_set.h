/*
 * dist_set.h - sets of numbers below n, as few bytes as it takes
 *
 * A byte for the form, a varint for how many, then
 *   LIST  a varint for each: how many were left out before it
 *   RUNS  pairs of varints: how many are out, how many are in less one
 *   BITS  a bitmap of 64-bit words, little-endian
 * Varints have 7 bits a byte, low ones first, at most 5 bytes.  The writer takes
 * the shortest of them, and of two that are as short the first.
 * For dist_bfs*.c; what a reader gets was sent by another machine and is checked.
 */
#ifndef OCR_DIST_SET_H
#define OCR_DIST_SET_H

#include "src/dist.h"

#define OCR_SET_MAX_VARINT 5

enum ocr_set_form { OCR_SET_LIST = 0, OCR_SET_RUNS, OCR_SET_BITS };

/* Appended: the 1s of a bitmap; those behind n_bits are 0. */
int ocr_set_put_bits(struct ocr_dist_bytes *to, const uint64_t *words,
    uint64_t n_words, struct ocr_err *err);
/* The upper 32 bits of keys, less first: ascending, each once, below
 * 64 * n_words. */
int ocr_set_put_keys(struct ocr_dist_bytes *to, const uint64_t *keys,
    uint64_t n, uint64_t first, uint64_t n_words, struct ocr_err *err);

struct ocr_set_in {
	const uint8_t *p, *end;
	enum ocr_set_form form;
	uint64_t n;          /* in the set */
	uint64_t n_bits, at; /* the next that may be in it */
	uint64_t left, run;  /* of all; of this run */
	uint64_t word;
};

/* False: damaged.  Nothing behind p + len is read. */
bool ocr_set_begin(struct ocr_set_in *s, const uint8_t *p, size_t len,
    uint64_t n_bits);
/* The next one; UINT64_MAX: damaged.  At most s->n calls. */
uint64_t ocr_set_next(struct ocr_set_in *s);
/* After s->n of them: where it ends, NULL: damaged. */
const uint8_t *ocr_set_end(const struct ocr_set_in *s);

/* All of it, as a bitmap, all words of which are written.  False: damaged, or
 * not exactly len bytes. */
bool ocr_set_get_bits(const uint8_t *p, size_t len, uint64_t *words,
    uint64_t n_bits);

#endif
