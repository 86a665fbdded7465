/*
 * sssp_impl.h - what the files of sssp share; nobody else includes it
 *
 * The idea is in sssp.c.  Distances are cut into bins of equal width; a bin's
 * number is a distance divided by that, which is a power of two.
 */
#ifndef OCR_SSSP_IMPL_H
#define OCR_SSSP_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/sssp.h"

/* Bins that are open at a time: a ring, a power of two. */
#define OCR_SSSP_RING 512
/* Bins of a window at most: one less than a light byte can say. */
#define OCR_SSSP_WINDOW 255
/* Bins of reals after the last one share it: up to here a bin's limit is exact
 * in a double. */
#define OCR_SSSP_LAST_BIN ((uint64_t)1 << 52)
#define OCR_SSSP_NONE UINT64_MAX
/* Of a tile: bins of its ring, a power of two; those of them that are kept free
 * for what comes late. */
#define OCR_SSSP_TILE_RING 256
#define OCR_SSSP_TILE_BACK 64
/* Lists without entries whose memory a thread keeps for others. */
#define OCR_SSSP_SPARES 256

/* Ordered by weight within each row, at the same weight as in the graph. */
struct ocr_sssp_rows {
	bool is_there;
	const uint32_t *near;    /* offsets; NULL: these are too small ... */
	const uint64_t *offsets; /* ... and these are used */
	const void *words;       /* by kind, see sssp_rows.c */
	const double *reals;
	uint64_t n_arcs;
	unsigned id_bits; /* of a packed word */
};

enum ocr_sssp_kind {
	OCR_SSSP_PLAIN = 0, /* 32 bits: the end; all weights are 1 */
	OCR_SSSP_SHORT,     /* as packed, with distances of 16 bits */
	OCR_SSSP_PACKED,    /* 32 bits: weight, end in the low id_bits */
	OCR_SSSP_WIDE,      /* 64 bits: weight, end in the low 32 */
	OCR_SSSP_FAR,       /* the same with distances of 64 bits */
	OCR_SSSP_REAL,      /* 32 bits: the end; weights apart */
};

/* Entries: a vertex and its distance when it was put there.  If that is not
 * its distance any more the entry is stale: there is a newer one. */
struct ocr_sssp_list {
	void *entries;
	size_t n, room;
};

enum ocr_sssp_which {
	OCR_SSSP_TAKEN = 0, /* being read by all, written by none */
	OCR_SSSP_SETTLED,   /* whose heavy arcs are not done */
	OCR_SSSP_LATER,     /* beyond the ring */
	OCR_SSSP_OWN,       /* of the thread alone, while it settles */
	OCR_SSSP_LISTS
};

/* Vertices of roads that are settled by one thread; see sssp_road.c. */
struct ocr_sssp_tile {
	struct ocr_sssp_list ring[OCR_SSSP_TILE_RING]; /* by bin, modulo */
	uint64_t used[OCR_SSSP_TILE_RING / 64];
	uint64_t base;              /* the ring's first bin */
	struct ocr_sssp_list later; /* beyond it */
	uint64_t later_bin;         /* the first there */
	uint64_t first;             /* the first of all */
};

/* What one thread writes. */
struct ocr_sssp_thread {
	struct ocr_sssp_list ring[OCR_SSSP_RING]; /* by bin number, modulo */
	uint64_t used[OCR_SSSP_RING / 64];        /* bit: may have entries */
	struct ocr_sssp_list lists[OCR_SSSP_LISTS];
	struct ocr_sssp_list spares[OCR_SSSP_SPARES];
	unsigned n_spares;
	struct ocr_sssp_list *mail[2]; /* by tile, for the next window ... */
	uint64_t n_late;               /* ... though it is of this one */

	uint64_t n_arcs; /* looked at */
	uint64_t n_out;  /* arcs of the vertices settled */
	uint64_t n_settled, n_left, n_binned;
	uint64_t first_bin; /* of those reached, but not binned */
	uint64_t n_reached;
	double longest;
	uint64_t n, most; /* while rows are made */
	bool is_over;     /* a distance that does not fit */
	size_t n_short;   /* bytes of memory that were not there; or 0 */
	char pad[64];     /* the next one is another thread's */
};

struct ocr_sssp {
	const struct ocr_graph *g;
	struct ocr_crew *crew;
	unsigned n_threads;
	enum ocr_sssp_kind kind;
	const struct ocr_sssp_steps *steps;
	struct ocr_sssp_rows out, in; /* in: for pull */
	/* Owned; NULL where they are the graph's. */
	void *out_words, *in_words;
	double *out_reals, *in_reals;
	void *out_offsets, *in_offsets;
	/* Ranks take the place of vertices in all that is below and in rows:
	 * hubs first, so that what is used often lies together.  NULL: they are
	 * the vertices' numbers.  Of roads: see sssp_near.c. */
	uint32_t *ranks;
	bool has_hubs; /* ranks are of use, and made unless the graph is in the
			* order of ids */
	uint64_t n_blocks; /* of those that have arcs */
	double delta;
	bool has_windows;   /* false: it is like a map of roads */
	unsigned n_window;  /* bins of a window */
	bool has_widths;    /* windows are narrower where there are hubs */
	unsigned shift;     /* whole: width of a bin is 2^shift */
	double unit, scale; /* reals: width of a bin, 1 / width */
	void *distances;    /* by rank */
	void *result;       /* by vertex; NULL if that is the same */
	uint8_t *light;    /* lightest of the row, in bins; 255: that or more */
	uint8_t *light_in; /* the same of rows of in-arcs; may be light */
	uint64_t *inner;   /* bitmap: has to be settled to reach others */
	uint64_t *leaves;  /* bitmap: one arc in, nothing behind it */
	uint64_t *left;    /* bitmap: inner, and not known to be settled */
	uint64_t n_inner;
	uint64_t first_outer; /* all before are inner: most of them, by rank */
	uint64_t mean_out;    /* degree of a vertex with arcs */
	struct ocr_sssp_thread *threads;
	struct ocr_sssp_tile *tiles; /* of roads */
	uint32_t *active;            /* the numbers of some */
	size_t n_tiles;
	unsigned tile_shift;
	unsigned parity; /* of `mail`: what is written; the other one is read */

	/* Of the sweep that runs: read only. */
	bool is_shared; /* by threads: atomic minimum */
	bool is_whole;  /* all arcs at once, nothing is heavy */
	bool is_pull;
	bool is_listed; /* a scan puts what is not binned into `later` */
	uint64_t bin;   /* to settle */
	uint64_t start_bin, end_bin; /* of the window; those before are done */
	uint64_t limit_bin;          /* what is binned ends here */
};

/* Bodies of sweeps (graph_crew.h); by kind, made from sssp_step.h. */
struct ocr_sssp_steps {
	size_t distance_size, result_size, entry_size;
	int (*init)(void *, unsigned, uint64_t, uint64_t, struct ocr_err *);
	void (*begin)(struct ocr_sssp *s, uint32_t source);
	uint32_t (*vertex_at)(const struct ocr_sssp_list *l, size_t i);
	/* Over the entries of the threads' lists, one after the other. */
	int (*settle)(void *, unsigned, uint64_t, uint64_t, struct ocr_err *);
	int (*push)(void *, unsigned, uint64_t, uint64_t, struct ocr_err *);
	int (*sort)(void *, unsigned, uint64_t, uint64_t, struct ocr_err *);
	/* Over blocks of ranks; of vertices. */
	int (*scan)(void *, unsigned, uint64_t, uint64_t, struct ocr_err *);
	int (*leaves)(void *, unsigned, uint64_t, uint64_t, struct ocr_err *);
	/* Of roads; over the tiles that are active. */
	void (*begin_tile)(struct ocr_sssp *s, uint32_t source);
	int (*tiles)(void *, unsigned, uint64_t, uint64_t, struct ocr_err *);
	int (*finish)(void *, unsigned, uint64_t, uint64_t, struct ocr_err *);
};

extern const struct ocr_sssp_steps ocr_sssp_plain_steps;
extern const struct ocr_sssp_steps ocr_sssp_short_steps;
extern const struct ocr_sssp_steps ocr_sssp_packed_steps;
extern const struct ocr_sssp_steps ocr_sssp_wide_steps;
extern const struct ocr_sssp_steps ocr_sssp_far_steps;
extern const struct ocr_sssp_steps ocr_sssp_real_steps;

/* Where the row of v begins. */
static inline uint64_t
ocr_sssp_row(const struct ocr_sssp_rows *r, uint64_t v)
{
	return r->near != NULL ? r->near[v] : r->offsets[v];
}

static inline uint64_t
ocr_sssp_degree(const struct ocr_sssp_rows *r, uint64_t v)
{
	return ocr_sssp_row(r, v + 1) - ocr_sssp_row(r, v);
}

static inline bool
ocr_sssp_is_packed(const struct ocr_sssp *s)
{
	return s->kind == OCR_SSSP_SHORT || s->kind == OCR_SSSP_PACKED;
}

static inline void
ocr_sssp_forget(struct ocr_sssp *s)
{
	unsigned t;

	for (t = 0; t < s->n_threads; t++)
		s->threads[t].n = s->threads[t].most = 0;
}

/* sssp_ranks.c: ranks, if they are of use; how many vertices have arcs. */
int ocr_sssp_make_ranks(struct ocr_sssp *s, uint64_t *n_joined,
    struct ocr_err *err);
/* sssp_near.c */
int ocr_sssp_make_near_ranks(struct ocr_sssp *s, struct ocr_err *err);
/* light, inner, leaves; by the rows. */
int ocr_sssp_mark(struct ocr_sssp *s, struct ocr_err *err);

/* sssp_width.c: the width of a window, and of its bins. */
int ocr_sssp_choose_bins(struct ocr_sssp *s, double delta, uint64_t n_joined,
    struct ocr_err *err);

/* sssp_rows.c: the kind, and with the two above all else. */
int ocr_sssp_make_rows(struct ocr_sssp *s, double delta, struct ocr_err *err);
void ocr_sssp_free_rows(struct ocr_sssp *s);
size_t ocr_sssp_word_size(const struct ocr_sssp *s);

/* sssp_window.c: distances from the source; 1: some do not fit. */
int ocr_sssp_search(struct ocr_sssp *s, uint32_t source, struct ocr_err *err);

/* sssp_road.c: the same of roads, once distances are set and before the
 * rest. */
int ocr_sssp_roads(struct ocr_sssp *s, uint32_t source, struct ocr_err *err);
int ocr_sssp_make_tiles(struct ocr_sssp *s, struct ocr_err *err);
void ocr_sssp_free_tile_lists(struct ocr_sssp *s);
void ocr_sssp_free_tiles(struct ocr_sssp *s);
/* The first bin of the ring that may have entries; or OCR_SSSP_NONE. */
uint64_t ocr_sssp_tile_bin(const struct ocr_sssp_tile *t);

/* A body over [0, n), the caller alone if that is no more than a grain. */
int ocr_sssp_each(struct ocr_sssp *s, uint64_t n, uint64_t grain,
    int (*body)(void *, unsigned, uint64_t, uint64_t, struct ocr_err *),
    struct ocr_err *err);

/* sssp_lists.c: room for one more entry; false if there is no memory, which
 * ocr_sssp_short() then says. */
bool ocr_sssp_grow(struct ocr_sssp_thread *t, struct ocr_sssp_list *l,
    size_t entry_size);
int ocr_sssp_short(const struct ocr_sssp_thread *t, struct ocr_err *err);
/* The list is empty now, and its memory is the thread's for others. */
void ocr_sssp_spare(struct ocr_sssp_thread *t, struct ocr_sssp_list *l);
void ocr_sssp_free_lists(struct ocr_sssp *s);
/* Of all threads. */
uint64_t ocr_sssp_count_list(const struct ocr_sssp *s,
    enum ocr_sssp_which which);
void ocr_sssp_clear_list(struct ocr_sssp *s, enum ocr_sssp_which which);
uint64_t ocr_sssp_count_bin(const struct ocr_sssp *s, uint64_t bin);
void ocr_sssp_clear_bin(struct ocr_sssp *s, uint64_t bin);
/* The first bin from `from` on that may have entries, before `end`. */
uint64_t ocr_sssp_next_bin(const struct ocr_sssp *s, uint64_t from,
    uint64_t end);
/* The arcs of what is in a bin, about. */
uint64_t ocr_sssp_out_of_bin(const struct ocr_sssp *s, uint64_t bin);

#endif
