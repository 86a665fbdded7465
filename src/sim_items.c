/*
 * sim_items.c - sums over items; called by sim_profile.c, sim_run.c and sim_world.c
 */
#include "config.h"

#include "src/sim_items.h"

#include <inttypes.h>
#include <stdlib.h>

#include "src/sim_random.h"

#define BLOCK OCR_WEIGHTS_BLOCK
#define MAX_PIECES ((uint64_t)1 << 28) /* half a GiB */

static inline uint32_t
work_of(const struct ocr_sim_items *m, uint64_t i)
{
	return m->work != NULL ? m->work[i] : m->small[i];
}

static inline double
cost_of(const struct ocr_sim_items *m, double item_work, uint64_t i)
{
	uint32_t work = work_of(m, i);
	double cost = work + item_work;

	return work <= OCR_SIM_LIGHT ? cost * (double)m->factors[i / BLOCK]
				     : cost;
}

static int
make_blocks(struct ocr_sim_items *m, double item_work, struct ocr_err *err)
{
	size_t n_blocks = ocr_weights_n_blocks(m->n), b;
	double sum = 0, true_sum = 0;
	uint64_t i;

	m->blocks = malloc(n_blocks * sizeof(*m->blocks));
	m->true_blocks = malloc(n_blocks * sizeof(*m->true_blocks));
	if (m->blocks == NULL || m->true_blocks == NULL)
		return ocr_err_nomem(err);
	for (b = 0, i = 0; b < n_blocks; b++) {
		m->blocks[b] = sum;
		m->true_blocks[b] = true_sum;
		for (; i < m->n && i < (uint64_t)(b + 1) * BLOCK; i++) {
			sum += work_of(m, i);
			true_sum += cost_of(m, item_work, i);
			if (work_of(m, i) > m->max_work)
				m->max_work = work_of(m, i);
		}
	}
	return 0;
}

static uint32_t
n_pieces(uint32_t work)
{
	return work > OCR_SIM_PIECE ? (work - 1) / OCR_SIM_PIECE + 1 : 1;
}

static float
factor_of(uint64_t row, double sigma, uint64_t seed)
{
	uint64_t hash = ocr_sim_hash(seed, 1, row / OCR_SIM_STRETCH);

	/* Mean 1. */
	return (float)exp(sigma * ocr_sim_gauss(hash) - sigma * sigma / 2);
}

/* Pieces cost what their rows do: a block has the factor of its first row. */
static void
cut_rows(struct ocr_sim_profile *p, double sigma, uint64_t seed)
{
	struct ocr_sim_items *m = &p->pieces;
	uint32_t left, work;
	uint64_t row, i = 0;

	for (row = 0; row < p->rows.n; row++) {
		left = p->rows.work[row];
		do {
			work = left > OCR_SIM_PIECE ? OCR_SIM_PIECE : left;
			if (i % BLOCK == 0)
				m->factors[i / BLOCK] =
				    factor_of(row, sigma, seed);
			m->small[i++] = (uint16_t)work;
			left -= work;
		} while (left > 0);
	}
}

int
ocr_sim_items_make(struct ocr_sim_profile *p, double sigma, uint64_t seed,
    struct ocr_err *err)
{
	struct ocr_sim_items *rows = &p->rows, *pieces = &p->pieces;
	uint64_t i;
	int r;

	for (i = 0; i < rows->n; i++) {
		pieces->n += n_pieces(rows->work[i]);
		p->n_edges += rows->work[i];
		p->n_active += rows->work[i] > 0;
	}
	if (pieces->n > MAX_PIECES)
		return ocr_err_set(err, -OCR_ELIMIT,
		    "%s: more than %" PRIu64 " pieces of %d edges", p->name,
		    MAX_PIECES, OCR_SIM_PIECE);
	rows->factors = malloc((rows->n / BLOCK + 1) * sizeof(float));
	pieces->factors = malloc((pieces->n / BLOCK + 1) * sizeof(float));
	pieces->small = malloc(pieces->n * sizeof(*pieces->small) + 1);
	if (rows->factors == NULL || pieces->factors == NULL ||
	    pieces->small == NULL)
		return ocr_err_nomem(err);
	for (i = 0; i < rows->n; i += BLOCK)
		rows->factors[i / BLOCK] = factor_of(i, sigma, seed);
	cut_rows(p, sigma, seed);
	r = make_blocks(rows, p->item_work, err);
	return r < 0 ? r : make_blocks(pieces, p->item_work, err);
}

void
ocr_sim_items_release(struct ocr_sim_items *m)
{
	free(m->work);
	free(m->small);
	free(m->factors);
	free(m->blocks);
	free(m->true_blocks);
	*m = (struct ocr_sim_items){0};
}

/* The sum is made as make_blocks() makes it, so that it never goes down. */
double
ocr_sim_items_before(const struct ocr_sim_items *m, double item_work,
    uint64_t i)
{
	uint64_t j = i / BLOCK * BLOCK;
	double sum = m->true_blocks[i / BLOCK];

	for (; j < i; j++)
		sum += cost_of(m, item_work, j);
	return sum;
}

/* The last block of [lo, hi] before which there is at most `work`. */
static uint64_t
block_at(const double *blocks, double work, uint64_t lo, uint64_t hi)
{
	uint64_t mid;

	while (lo < hi) {
		mid = hi - (hi - lo) / 2;
		if (blocks[mid] <= work)
			lo = mid;
		else
			hi = mid - 1;
	}
	return lo;
}

uint64_t
ocr_sim_items_at(const struct ocr_sim_items *m, double item_work, double work,
    uint64_t lo, uint64_t hi)
{
	uint64_t b = block_at(m->true_blocks, work, lo / BLOCK, hi / BLOCK);
	uint64_t i = b * BLOCK;
	double sum = m->true_blocks[b];

	for (; i < hi; i++) {
		sum += cost_of(m, item_work, i);
		if (sum > work && i >= lo)
			return i;
	}
	return hi;
}

static uint64_t
walk_rows(const void *arg, uint64_t start, uint64_t end, double extra,
    double limit, double *sum)
{
	const uint32_t *work = arg;

	for (; start < end && *sum < limit; start++)
		*sum += work[start] + extra;
	return start;
}

static uint64_t
walk_pieces(const void *arg, uint64_t start, uint64_t end, double extra,
    double limit, double *sum)
{
	const uint16_t *work = arg;

	for (; start < end && *sum < limit; start++)
		*sum += work[start] + extra;
	return start;
}

struct ocr_weights
ocr_sim_items_weights(const struct ocr_sim_items *m, double item_work,
    enum ocr_weights_trust trust)
{
	struct ocr_weights w = {
	    .n = m->n,
	    .trust = trust,
	    .blocks = m->blocks,
	    .walk = m->work != NULL ? walk_rows : walk_pieces,
	    .arg = m->work != NULL ? (const void *)m->work : m->small,
	    .item_work = item_work,
	};

	return w;
}
