/*
 * graph_print.h - results to an output: made by all threads, written in order
 */
#ifndef OCR_GRAPH_PRINT_H
#define OCR_GRAPH_PRINT_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/output.h"
#include "src/graph_crew.h"

struct ocr_printer {
	uint64_t n;    /* items */
	size_t n_most; /* bytes of an item at most, at most 4096 */
	/* Items [start, end) at p; returns where they end.  Any thread. */
	char *(*put)(const void *arg, uint64_t start, uint64_t end, char *p);
	const void *arg;
};

/* The crew is not at work. */
int ocr_graph_print(const struct ocr_printer *p, struct ocr_crew *crew,
    struct ocr_output *out, struct ocr_err *err);

#endif
