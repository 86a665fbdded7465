/*
 * cut.h - plain bytes become chunks cut where the user wants it
 *
 * At line ends or edges, between records, or in equal parts; plain sizes from anything
 * that can be read are common/source_raw.h.  Regular files are only looked at
 * as far as it takes to find the cut; their chunks say where their bytes are
 * (OCR_LOAD_PREAD) or, by reference, that is all they say.  Pipes are read
 * into the chunk, and what is behind the cut is kept for the next one.
 * The chunks of a file are those of a pipe with the same bytes.  One thread.
 */
#ifndef OCR_CUT_H
#define OCR_CUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/source.h"

enum ocr_cut_by {
	OCR_CUT_RECORDS = 0, /* whole records of n bytes; n = 1: anywhere */
	OCR_CUT_PARTS,       /* n equal parts of each (regular) file */
	OCR_CUT_LINES,       /* n lines, or with n = 0 as many as fit */
	OCR_CUT_EDGES,       /* at the last edge (edges.h) that fits */
};

struct ocr_cut_opt {
	enum ocr_cut_by by;
	uint64_t n; /* PARTS: at most OCR_CUT_PARTS_MAX */
	/* Largest chunk; RECORDS: at least n; PARTS: not used. */
	size_t max_bytes;
	/* LINES with n: cut earlier where max_bytes come first; else they are
	 * an error. */
	bool is_max_wanted;
	bool is_long_cut; /* cut a line longer than max_bytes, else an error */
	bool is_ref;      /* chunks of type ref; all inputs are seekable */
};

#define OCR_CUT_PARTS_MAX UINT64_C(1000000000)

struct ocr_cut {
	struct ocr_source source; /* first */
	/* Gives the inputs: as ocr_inputs_next(). */
	int (*next_origin)(void *ctx, struct ocr_origin **o,
	    struct ocr_err *err);
	void *ctx;
	struct ocr_cut_opt opt;
	/* private */
	struct ocr_origin *origin;
	uint64_t seq, at;
	uint64_t size;    /* of a seekable input, when it was opened */
	uint64_t i_part;  /* PARTS: the next one */
	uint64_t n_lines; /* pipes: line ends before at */
	size_t n_left;    /* pipes: bytes of a cut record at the end */
	bool is_ended;    /* pipes: nothing is left to read */
	/* Pipes: bytes read and not yet in a chunk; files: where they are
	 * searched. */
	uint8_t *spare;
	size_t spare_at, spare_len, spare_cap;
	size_t usual_bytes; /* pipes: of a chunk, as the last one was */
};

void ocr_cut_init(struct ocr_cut *s, const struct ocr_cut_opt *opt,
    int (*next_origin)(void *ctx, struct ocr_origin **o, struct ocr_err *err),
    void *ctx);
void ocr_cut_release(struct ocr_cut *s);

/* Where part i of n parts of size bytes begins; i <= n <= OCR_CUT_PARTS_MAX. */
uint64_t ocr_cut_part_start(uint64_t size, uint64_t n, uint64_t i);

#endif
