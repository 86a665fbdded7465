/*
 * graph_generate.c - graphs that are invented
 *
 * An edge is made of hashes of its number and the seed, so that any part is
 * made alone, and is the same everywhere: all arithmetic is whole numbers.
 *
 * kron: R-MAT (Chakrabarti, Zhan, Faloutsos, SDM 2004) splits the matrix into
 * quarters `scale` times.  Four of these choices are one draw among 256
 * outcomes with 32 random bits, by an alias table (Walker 1977, Vose 1991).
 * powerlaw: the rank of an end is n u^2, u uniform, so that rank r has the
 * weight sqrt(r + 1) - sqrt(r), which falls as (r + 1)^-0.5.
 *
 * Vertices are permuted by a bijection on `scale` bits: three times a key is
 * added, the sum multiplied by an odd number, and its upper half folded into
 * the lower, each of which can be undone.
 */
#include "config.h"

#include "src/graph_generate.h"

#include "src/graph_batch.h"

#define PART_ARCS (UINT64_C(1) << 16)
#define LEVELS 4     /* of R-MAT in one draw */
#define OUTCOMES 256 /* 4^LEVELS */
#define ROUNDS 3

/* An outcome is the row's LEVELS bits, then the column's. */
struct alias {
	uint32_t below;     /* 24 bits less than this: the first, */
	uint8_t outcome[2]; /* else the second */
};

struct generator {
	struct ocr_graph_source source;
	enum ocr_graph_shape shape;
	unsigned scale;
	uint64_t m, seed; /* the seed mixed */
	uint64_t add[ROUNDS], times[ROUNDS];
	struct alias alias[OUTCOMES];
};

/* Random number i of the seed. */
static inline uint64_t
draw(const struct generator *g, uint64_t i)
{
	return ocr_mix(g->seed + (i + 1) * OCR_MIX_STEP);
}

static inline uint64_t
permute(const struct generator *g, uint64_t v)
{
	uint64_t mask = (UINT64_C(1) << g->scale) - 1;
	/* At least 1, or v ^ v >> shift would be 0. */
	unsigned shift = (g->scale + 1) / 2, i;

	for (i = 0; i < ROUNDS; i++) {
		v = (v + g->add[i]) * g->times[i] & mask;
		v ^= v >> shift;
	}
	return v;
}

/* LEVELS more bits for both ends, from 32 random ones. */
static inline void
descend(const struct generator *g, uint32_t random, uint64_t ends[2])
{
	const struct alias *a = &g->alias[random % OUTCOMES];
	/* An index: a branch would be guessed wrong every other time. */
	unsigned o = a->outcome[random / OUTCOMES >= a->below];

	ends[0] = ends[0] << LEVELS | o >> LEVELS;
	ends[1] = ends[1] << LEVELS | o % (1 << LEVELS);
}

static inline void
make_kron(const struct generator *g, uint64_t edge, uint64_t ends[2])
{
	unsigned n_steps = (g->scale + LEVELS - 1) / LEVELS,
		 n_draws = (n_steps + 1) / 2, i;
	uint64_t mask = (UINT64_C(1) << g->scale) - 1, x;

	ends[0] = ends[1] = 0;
	for (i = 0; i < n_draws; i++) {
		x = draw(g, edge * n_draws + i);
		if (i > 0 || n_steps % 2 == 0)
			descend(g, (uint32_t)x, ends);
		descend(g, (uint32_t)(x >> 32), ends);
	}
	/* Levels are independent: those too many are left out. */
	ends[0] = permute(g, ends[0] & mask);
	ends[1] = permute(g, ends[1] & mask);
}

static inline void
make_uniform(const struct generator *g, uint64_t edge, uint64_t ends[2])
{
	uint64_t x = draw(g, edge);

	ends[0] = x >> (64 - g->scale);
	ends[1] = (x & UINT32_MAX) >> (32 - g->scale);
}

/* n u^2 for u = x / 2^64, rounded down (of u's lower 32 bits what matters). */
static inline uint64_t
rank_of(const struct generator *g, uint64_t x)
{
	uint64_t high = x >> 32, low = x & UINT32_MAX;

	return (high * high + (high * low >> 31)) >> (64 - g->scale);
}

static inline void
make_powerlaw(const struct generator *g, uint64_t edge, uint64_t ends[2])
{
	ends[0] = permute(g, rank_of(g, draw(g, 2 * edge)));
	ends[1] = permute(g, rank_of(g, draw(g, 2 * edge + 1)));
}

/* For one shape each, so that the choice is not in the loop. */
static inline int
make_part(const struct generator *g, uint64_t part,
    void (*make)(const struct generator *g, uint64_t edge, uint64_t ends[2]),
    struct ocr_arc_batch *b, struct ocr_err *err)
{
	uint64_t edge = part * PART_ARCS,
		 end = g->m - edge < PART_ARCS ? g->m : edge + PART_ARCS,
		 ends[2];
	int r = 0;

	for (; r == 0 && edge < end; edge++) {
		make(g, edge, ends);
		r = ocr_batch_put(b, ends[0], ends[1], 1, err);
	}
	return r < 0 ? r : ocr_batch_flush(b, err);
}

static int
generator_scan(const struct ocr_graph_source *s, uint64_t part,
    int (*take)(void *arg, const struct ocr_arc *arcs, size_t n,
	struct ocr_err *err),
    void *arg, struct ocr_err *err)
{
	const struct generator *g = s->state;
	struct ocr_arc_batch b = {.take = take, .arg = arg};

	switch (g->shape) {
	case OCR_SHAPE_KRON:
		return make_part(g, part, make_kron, &b, err);
	case OCR_SHAPE_UNIFORM:
		return make_part(g, part, make_uniform, &b, err);
	default:
		return make_part(g, part, make_powerlaw, &b, err);
	}
}

/* Weights in percent of a quarter, row and column bit; 100^LEVELS together. */
static uint32_t
outcome_weight(unsigned o)
{
	static const uint32_t quarter[2][2] = {{57, 19}, {19, 5}};
	uint32_t weight = 1;
	unsigned i;

	for (i = 0; i < LEVELS; i++)
		weight *= quarter[o >> (LEVELS + i) & 1][o >> i & 1];
	return weight;
}

/* Each outcome fills a column of height `mean`; what is missing in a column is
 * taken from one that has too much. */
static void
make_alias(struct alias *alias)
{
	const uint64_t mean = 100000000; /* 100^LEVELS * OUTCOMES / OUTCOMES */
	uint64_t left[OUTCOMES];
	uint8_t poor[OUTCOMES], rich[OUTCOMES], p, q;
	unsigned n_poor = 0, n_rich = 0, o;

	for (o = 0; o < OUTCOMES; o++) {
		left[o] = (uint64_t)outcome_weight(o) * OUTCOMES;
		alias[o] = (struct alias){1 << 24, {(uint8_t)o, (uint8_t)o}};
		if (left[o] < mean)
			poor[n_poor++] = (uint8_t)o;
		else
			rich[n_rich++] = (uint8_t)o;
	}
	while (n_poor > 0 && n_rich > 0) {
		p = poor[--n_poor];
		q = rich[n_rich - 1];
		alias[p].below = (uint32_t)((left[p] << 24) / mean);
		alias[p].outcome[1] = q;
		left[q] -= mean - left[p];
		if (left[q] < mean) {
			n_rich--;
			poor[n_poor++] = q;
		}
	}
}

static void
generator_free(struct ocr_graph_source *s)
{
	free(s->state);
}

int
ocr_graph_generate(struct ocr_graph_source **out, enum ocr_graph_shape shape,
    unsigned scale, unsigned edge_factor, uint64_t seed, struct ocr_err *err)
{
	static const char *const names[] = {"kron", "uniform", "powerlaw"};
	struct generator *g;
	unsigned i;

	if (scale < 1 || scale > 32)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "scale %u is not one of 1 to 32", scale);
	if (edge_factor < 1)
		return ocr_err_set(err, -OCR_EUSAGE, "edge factor 0");
	g = calloc(1, sizeof(*g));
	if (g == NULL)
		return ocr_err_nomem(err);
	g->shape = shape;
	g->scale = scale;
	g->m = (uint64_t)edge_factor << scale;
	g->seed = ocr_mix(seed + OCR_MIX_STEP);
	for (i = 0; i < ROUNDS; i++) {
		g->add[i] = ocr_mix(g->seed ^ (2 * i + 1));
		g->times[i] = ocr_mix(g->seed ^ (2 * i + 2)) | 1;
	}
	make_alias(g->alias);
	g->source = (struct ocr_graph_source){.format = names[shape],
	    .says = OCR_UNDIRECTED,
	    /* 2^32 are more than can be: then only those with edges. */
	    .n_declared = scale < 32 ? UINT64_C(1) << scale : 0,
	    .n_parts = g->m / PART_ARCS + (g->m % PART_ARCS > 0),
	    .scan = generator_scan,
	    .free = generator_free,
	    .state = g};
	*out = &g->source;
	return 0;
}
