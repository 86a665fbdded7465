/*
 * sim_heap.h - events by time; for sim_*
 */
#ifndef OCR_SIM_HEAP_H
#define OCR_SIM_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ocr_sim_event_kind {
	OCR_SIM_IDLE,  /* a worker looks for work */
	OCR_SIM_TAKE,  /* a thief's change of a thread's end */
	OCR_SIM_READ,  /* a thief has a card's position */
	OCR_SIM_WRITE, /* a thief's end has come to a card */
	OCR_SIM_END,   /* a worker has done its segment */
};

struct ocr_sim_event {
	double ns;
	uint64_t seq; /* first posted, first served */
	int kind;     /* one of the above; sim_farm.h has others */
	size_t worker, victim;
	uint64_t version; /* END: of the segment */
	uint64_t mid;     /* TAKE, WRITE */
	double seen_ns;   /* READ: when the position was so */
};

struct ocr_sim_heap {
	struct ocr_sim_event *events;
	size_t n, cap;
	uint64_t seq;
	bool is_short; /* memory ran out: an event is missing */
};

void ocr_sim_heap_push(struct ocr_sim_heap *h, struct ocr_sim_event e);
/* The earliest; there is one. */
struct ocr_sim_event ocr_sim_heap_pop(struct ocr_sim_heap *h);

#endif
