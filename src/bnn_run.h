/*
 * bnn_run.h - a binarised network on the kernels of this machine
 *
 * Packed once for a process (weights as bits and as tables), then a state for
 * each thread:
 *
 *	net ─► packed ─► state ─► run(images) ─► scores
 *
 * Two engines, picked by the number of images: LUT for batches (16, 32 or 64
 * images a vector), XNOR for the few that remain.  Both give the sums of ocr_bnn_plain(),
 * bit by bit.
 * Thread rule: packed is for any number of threads, which make some of it when
 * they first need it; a state belongs to one thread.
 */
#ifndef OCR_BNN_RUN_H
#define OCR_BNN_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "src/bnn.h"

struct ocr_bnn_packed;
struct ocr_bnn_state;

enum ocr_bnn_isa {
	OCR_BNN_BEST = 0,
	OCR_BNN_PORTABLE, /* XNOR alone */
	OCR_BNN_SSSE3,
	OCR_BNN_AVX2,
	OCR_BNN_AVX512,
	OCR_BNN_NEON,
	OCR_BNN_N_ISAS,
};

enum ocr_bnn_engine {
	OCR_BNN_AUTO = 0,
	OCR_BNN_XNOR,
	OCR_BNN_LUT, /* where the network and the machine have it */
};

/* Whether this machine can. */
bool ocr_bnn_has_isa(unsigned isa);

/* isa: for tests, one that the machine has; else OCR_BNN_BEST.  b is checked, and
 * copied. */
int ocr_bnn_packed_new(struct ocr_bnn_packed **out, const struct ocr_bnn *b,
    unsigned isa, struct ocr_err *err);
void ocr_bnn_packed_free(struct ocr_bnn_packed *p); /* NULL is fine */

const char *ocr_bnn_isa_name(const struct ocr_bnn_packed *p);
/* Images that the LUT engine takes at once; 0: it is not used. */
size_t ocr_bnn_lanes(const struct ocr_bnn_packed *p);
size_t ocr_bnn_packed_bytes(const struct ocr_bnn_packed *p);

int ocr_bnn_state_new(struct ocr_bnn_state **out,
    const struct ocr_bnn_packed *p, struct ocr_err *err);
void ocr_bnn_state_free(struct ocr_bnn_state *s); /* NULL is fine */

struct ocr_bnn_batch {
	const uint8_t *images; /* bytes: planes, or NHWC */
	size_t stride;         /* bytes from image to image */
	size_t n;              /* any number */
	bool is_nhwc;
	enum ocr_bnn_engine engine; /* for tests and benchmarks */
};

/* scores and accs: [n][n_scores]; either may be NULL. */
void ocr_bnn_run(struct ocr_bnn_state *s, const struct ocr_bnn_batch *batch,
    float *scores, int32_t *accs);

#endif
