/*
 * bnn_pack.h - what bnn_run.c, bnn_first.c, bnn_xnor.c and bnn_lut.c share
 *
 * A layer's windows fall into classes by which of their taps lie in the image:
 * one without padding, mostly nine with it.  A class has thresholds of its own,
 * as padding adds nothing.
 */
#ifndef OCR_BNN_PACK_H
#define OCR_BNN_PACK_H

#include <stdatomic.h>

#include "kernels/k_bnn.h"
#include "src/bnn_run.h"

/* Functions of an instruction set; lanes 0: no LUT engine. */
struct ocr_bnn_ops {
	const char *name;
	size_t lanes;
	unsigned group; /* channels of a byte: 4 or 6 */
	size_t min_lut; /* as p->min_lut, where no layer is near */
	const struct ocr_bnn_ops *shorter; /* where these take too much */
	void (*xor_counts)(const uint64_t *, const uint64_t *, size_t, size_t,
	    int32_t *);
	void (*and_counts)(const uint64_t *, const uint64_t *, size_t, size_t,
	    int32_t *);
	void (*fire)(const int32_t *, const int32_t *, size_t, uint64_t *);
	void (*row)(const struct k_bnn_first *, const int16_t *const *, size_t,
	    size_t, uint64_t *);
	void (*conv)(const struct k_bnn_lut_conv *, const uint8_t *,
	    const uint8_t *, uint8_t *, size_t);
	void (*parity)(const uint8_t *, size_t, size_t, uint8_t *);
	void (
	    *pool)(const uint8_t *, size_t, size_t, size_t, size_t, uint8_t *);
	void (*turn)(const uint8_t *const *, size_t, uint8_t *);
	void (*first_row)(const struct k_bnn_first *, const uint8_t *,
	    const size_t *, uint8_t *, uint8_t *);
	void (*first)(const struct k_bnn_first *, const uint8_t *const *,
	    uint8_t *);
};

/* isa: ocr_bnn_isa, of this machine. */
const struct ocr_bnn_ops *ocr_bnn_ops(unsigned isa);

/* Memory that is freed together. */
struct ocr_bnn_store {
	void **blocks;
	size_t n, room, bytes;
};

/* Windows side by side of one class. */
struct ocr_bnn_run1 {
	uint32_t out, n; /* windows [out, out + n) */
	struct ocr_bnn_clip clip;
};

struct ocr_bnn_grid {
	struct ocr_bnn_run1 *rows, *cols;
	uint32_t n_rows, n_cols; /* classes: n_rows * n_cols */
};

struct ocr_bnn_first {
	bool is_used; /* else the first layer is multiplied out */
	struct k_bnn_first k;
	uint8_t low[4][256], high[4][256];
	uint32_t per_row;  /* tables of a window's row */
	size_t row;        /* XNOR: sums from entry to entry */
	size_t n_words;    /* XNOR: of the windows of a row */
	uint32_t n_tables; /* of a row */
};

struct ocr_bnn_xnor {
	struct ocr_bnn_grid grid;
	uint32_t in_words, out_words; /* of a pixel's plane */
	unsigned in_planes, out_planes;
	bool is_and; /* weights of two bits, or activations of two */
	uint32_t n_quads;
	size_t n_window; /* words */
	uint64_t *w;     /* [1, or 2 if is_and][n_quads][n_window][4] */
	/* hidden: counts > k fire; [class][levels][n_quads * 4]; scores: counts
	 * * times + k */
	int32_t *k;
	int32_t times;
};

struct ocr_bnn_lut_class {
	struct k_bnn_lut_conv conv;
	int32_t *fix; /* COUNT: acc = 2 * (2 * sum of q + S) - fix */
};

/* Tables of a layer's weights are made when they are first needed, by whoever
 * needs them: see bnn_lut_fill.c. */
enum ocr_bnn_tables {
	OCR_BNN_TABLES_NONE = 0,
	OCR_BNN_TABLES_BUSY, /* somebody makes them */
	OCR_BNN_TABLES_READY,
};

struct ocr_bnn_lut {
	_Atomic uint32_t step; /* of tables: ocr_bnn_tables, a futex */
	uint8_t *tables;       /* owner: who made step BUSY; then read only */
	const uint8_t *is_turned; /* [n_out]: neurons turned over */
	struct ocr_bnn_grid grid;
	uint32_t groups, out_groups; /* of a pixel */
	uint32_t units, unit_groups;
	struct ocr_bnn_lut_class *classes;
	/* One image, a vector of pixels side by side: 0 vectors: not so. */
	uint32_t n_near;
	struct k_bnn_lut_conv near;
};

struct ocr_bnn_packed {
	/* The caller's while it is packed; then without weights (but the first
	 * layer's) and thresholds. */
	const struct ocr_bnn *net;
	const struct ocr_bnn_ops *ops;
	struct ocr_bnn_store store;
	struct ocr_bnn_first first;
	struct ocr_bnn_xnor *xnor; /* [n_layers] */
	struct ocr_bnn_lut *lut;   /* [n_layers], or NULL */
	size_t min_lut;            /* fewer images are faster one by one */
	uint8_t *tables;           /* of lut: all layers */
	size_t table_bytes;
};

struct ocr_bnn_state {
	const struct ocr_bnn_packed *p;
	struct ocr_bnn_store store;
	/* XNOR: activations, a window, counts, planes that fire */
	uint64_t *bits[2], *window, *masks;
	int32_t *counts, *sums;
	int16_t *row_tables, *pixels;
	const int16_t **row_taps;
	/* XNOR, where pixels fill vectors: [group][pixel]; windows in vectors */
	uint8_t *planes[2], *near;
	/* LUT: in vectors */
	uint8_t *turned, *values, *tables, *groups[2], *parity, *out;
	const uint8_t **taps, **images;
	int32_t *accs; /* of a batch */
};

/* n * size zeroed bytes at a multiple of 64, or NULL with an error. */
void *ocr_bnn_keep(struct ocr_bnn_store *s, uint64_t n, size_t size,
    struct ocr_err *err);
void ocr_bnn_store_free(struct ocr_bnn_store *s);

int ocr_bnn_grid(struct ocr_bnn_grid *g, const struct ocr_bnn_layer *l,
    struct ocr_bnn_store *s, struct ocr_err *err);

static inline int32_t
ocr_bnn_int32(int64_t v)
{
	return v < INT32_MIN ? INT32_MIN
			     : (int32_t)(v > INT32_MAX ? INT32_MAX : v);
}

/* Smallest number of equal bits, of n, that reaches the threshold. */
static inline int64_t
ocr_bnn_need(int64_t threshold, int64_t n)
{
	int64_t sum = threshold + n;

	return sum >= 0 ? (sum + 1) / 2 : -(-sum / 2);
}

int ocr_bnn_first_pack(struct ocr_bnn_packed *p, struct ocr_err *err);

int ocr_bnn_xnor_pack(struct ocr_bnn_packed *p, struct ocr_err *err);
int ocr_bnn_xnor_state(struct ocr_bnn_state *s, struct ocr_err *err);
void ocr_bnn_xnor_run(struct ocr_bnn_state *s, const uint8_t *image,
    bool is_nhwc, int32_t *accs);
/* s->sums of a window of layer i and a class, to bits of pixel `at` of out, or to
 * accs. */
void ocr_bnn_xnor_put(struct ocr_bnn_state *s, uint32_t i, size_t in_class,
    size_t at, uint64_t *out, int32_t *accs);
/* The first layer, to s->bits[0]. */
void ocr_bnn_xnor_first(struct ocr_bnn_state *s, const uint8_t *image,
    bool is_nhwc, int32_t *accs);

static inline uint32_t
ocr_bnn_groups(const struct ocr_bnn_packed *p, uint32_t channels)
{
	return (channels + p->ops->group - 1) / p->ops->group;
}

/* The n bits, less than 64, from `at` on of n_words words; 0 behind them. */
static inline uint64_t
ocr_bnn_bits(const uint64_t *words, size_t n_words, size_t at, unsigned n)
{
	uint64_t v = words[at / 64] >> at % 64;

	if (at % 64 + n > 64 && at / 64 + 1 < n_words)
		v |= words[at / 64 + 1] << (64 - at % 64);
	return v & ((UINT64_C(1) << n) - 1);
}

/* One image, its pixels in the lanes: activations are groups,
 * [group][ocr_bnn_near_pitch() of the layer before]. */
#define OCR_BNN_NEAR 4 /* vectors of windows at a time */

size_t ocr_bnn_near_pitch(const struct ocr_bnn_packed *p, uint32_t i);
void ocr_bnn_near_conv(struct ocr_bnn_state *s, uint32_t i, const uint8_t *in,
    uint8_t *out);
void ocr_bnn_near_pool(const struct ocr_bnn_state *s, uint32_t i,
    const uint8_t *in, uint8_t *out);
void ocr_bnn_near_from_bits(const struct ocr_bnn_packed *p, uint32_t i,
    const uint64_t *in, uint8_t *out);
void ocr_bnn_near_to_bits(const struct ocr_bnn_packed *p, uint32_t i,
    const uint8_t *in, uint64_t *out);
/* Whether layer i takes activations in this form; is_near: has them so. */
bool ocr_bnn_near_takes(const struct ocr_bnn_packed *p, uint32_t i,
    bool is_near);

/* Vectors that a state needs. */
struct ocr_bnn_sizes {
	uint64_t turned, values, table_row, groups, parity, out;
	uint64_t planes, near;
};

struct ocr_bnn_sizes ocr_bnn_lut_sizes(const struct ocr_bnn_packed *p);
/* Leaves p->lut NULL where the network is not for it. */
int ocr_bnn_lut_pack(struct ocr_bnn_packed *p, struct ocr_err *err);
/* Before layer i's tables are read, or those of all: any thread. */
void ocr_bnn_lut_need(const struct ocr_bnn_packed *p, uint32_t i);
void ocr_bnn_lut_need_all(const struct ocr_bnn_packed *p);
int ocr_bnn_lut_state(struct ocr_bnn_state *s, struct ocr_err *err);
/* n: at most lanes. */
void ocr_bnn_lut_run(struct ocr_bnn_state *s, const struct ocr_bnn_batch *b,
    size_t first, size_t n, int32_t *accs);

#endif
