/*
 * policy_units.h - what a schedule counts in: work, or items; for policy*.c only
 */
#ifndef OCR_POLICY_UNITS_H
#define OCR_POLICY_UNITS_H

#include "common/policy.h"

static inline enum ocr_weights_trust
ocr_policy_trust(const struct ocr_policy *p)
{
	return p->schedule.kind == OCR_HWS || p->schedule.has_weights
		   ? p->weights->trust
		   : OCR_WEIGHTS_NONE;
}

/* The smallest i of [lo, hi] with ocr_policy_work(p, i) >= work, or hi. */
static inline uint64_t
ocr_policy_find(const struct ocr_policy *p, double work, uint64_t lo,
    uint64_t hi)
{
	static const struct ocr_weights none = {.trust = OCR_WEIGHTS_NONE};

	return ocr_weights_find(
	    ocr_policy_trust(p) == OCR_WEIGHTS_NONE ? &none : p->weights, work,
	    lo, hi);
}

/* To a multiple of align, at most end. */
static inline uint64_t
ocr_policy_round_up(uint64_t i, uint64_t align, uint64_t end)
{
	uint64_t rest = i % align;

	if (i >= end)
		return end;
	if (rest == 0)
		return i;
	return end - i > align - rest ? i + align - rest : end;
}

#endif
