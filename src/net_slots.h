/*
 * net_slots.h - memory of values that live for a while
 *
 * A value is made at one step and used at later ones.  Values that do not live
 * at the same time share a slot: a net of a hundred layers needs the memory of
 * the two or three largest.
 */
#ifndef OCR_NET_SLOTS_H
#define OCR_NET_SLOTS_H

#include <stdint.h>

#include "common/err.h"

struct ocr_slots {
	struct ocr_slot_value *values;
	uint32_t n_values;
	uint8_t **buffers; /* of slots, in the arena */
	uint8_t *arena;
	uint64_t bytes; /* of the arena */
};

/* Zeroed, on a line of 64 bytes, in huge pages if it is large; NULL: there is
 * not so much.  Goes back by free. */
void *ocr_net_memory(uint64_t bytes);

/* A value of so many bytes, made at that step; its number, or negative. */
int64_t ocr_slots_add(struct ocr_slots *s, uint64_t bytes, uint32_t step,
    struct ocr_err *err);
/* Used at that step: lives until then. */
void ocr_slots_use(struct ocr_slots *s, uint32_t value, uint32_t step);
/* Give all values memory (64-byte lines, zeroed); once. */
int ocr_slots_place(struct ocr_slots *s, struct ocr_err *err);
void *ocr_slots_data(const struct ocr_slots *s, uint32_t value);
void ocr_slots_release(struct ocr_slots *s);

#endif
