/*
 * weights.c - prefix sums of work, and their inverse
 */
#include "config.h"

#include "common/weights.h"

#include <math.h>

#define BLOCK OCR_WEIGHTS_BLOCK

size_t
ocr_weights_n_blocks(uint64_t n)
{
	return (size_t)((n + BLOCK - 1) / BLOCK) + 1;
}

/* W at the first item of block b. */
static double
block_work(const struct ocr_weights *w, uint64_t b)
{
	uint64_t i = b * BLOCK < w->n ? b * BLOCK : w->n;

	return w->blocks[b] + w->item_work * (double)i;
}

static uint64_t
block_end(const struct ocr_weights *w, uint64_t b)
{
	return (b + 1) * BLOCK < w->n ? (b + 1) * BLOCK : w->n;
}

static double
work_by_blocks(const struct ocr_weights *w, uint64_t i)
{
	uint64_t b = i / BLOCK, start = b * BLOCK, end;
	double sum = block_work(w, b);

	if (i == start)
		return sum;
	if (w->walk != NULL) {
		w->walk(w->arg, start, i, w->item_work, INFINITY, &sum);
		return sum;
	}
	end = block_end(w, b);
	return sum + (block_work(w, b + 1) - sum) * (double)(i - start) /
			 (double)(end - start);
}

static double
work_within(const struct ocr_weights *w, uint64_t i)
{
	if (w->prefix32 != NULL)
		return (double)w->prefix32[i] + w->item_work * (double)i;
	if (w->prefix64 != NULL)
		return (double)w->prefix64[i] + w->item_work * (double)i;
	if (w->blocks != NULL)
		return work_by_blocks(w, i);
	return (double)i;
}

double
ocr_weights_before(const struct ocr_weights *w, uint64_t i)
{
	double all;

	if (w->trust == OCR_WEIGHTS_NONE)
		return (double)i;
	if (i <= w->n)
		return work_within(w, i);
	all = work_within(w, w->n);
	return all + (w->n > 0 && all > 0 ? all / (double)w->n : 1) *
			 (double)(i - w->n);
}

static uint64_t
find_in_prefix(const struct ocr_weights *w, double work, uint64_t lo,
    uint64_t hi)
{
	uint64_t mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (ocr_weights_before(w, mid) < work)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* First the block that it is in, then the item. */
static uint64_t
find_in_blocks(const struct ocr_weights *w, double work, uint64_t lo,
    uint64_t hi)
{
	uint64_t b = lo / BLOCK, last = hi / BLOCK, mid, start, i, end;
	double sum, part;

	while (b < last) {
		mid = b + (last - b + 1) / 2;
		if (block_work(w, mid) < work)
			b = mid;
		else
			last = mid - 1;
	}
	start = b * BLOCK;
	end = block_end(w, b);
	sum = block_work(w, b);
	if (start >= end || sum >= work) {
		i = start;
	} else if (w->walk != NULL) {
		i = w->walk(w->arg, start, end, w->item_work, work, &sum);
	} else {
		part = (work - sum) / (block_work(w, b + 1) - sum);
		i = part < 1
			? start + (uint64_t)ceil(part * (double)(end - start))
			: end;
	}
	return i < lo ? lo : i > hi ? hi : i;
}

static uint64_t
clamp(double x, uint64_t lo, uint64_t hi)
{
	if (!(x > (double)lo))
		return lo;
	return x < (double)hi ? (uint64_t)x : hi;
}

uint64_t
ocr_weights_find(const struct ocr_weights *w, double work, uint64_t lo,
    uint64_t hi)
{
	if (lo >= hi)
		return hi;
	if (w->trust == OCR_WEIGHTS_NONE)
		return clamp(ceil(work), lo, hi);
	if (w->blocks == NULL || hi > w->n)
		return find_in_prefix(w, work, lo, hi);
	return find_in_blocks(w, work, lo, hi);
}
