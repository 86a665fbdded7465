/*
 * graph_build_scan.h - a pass over all arcs of a source, by all threads
 *
 * For graph_build*.c only.
 */
#ifndef OCR_GRAPH_BUILD_SCAN_H
#define OCR_GRAPH_BUILD_SCAN_H

#include "src/graph_build.h"

struct ocr_scan {
	const struct ocr_graph_source *s;
	struct ocr_crew *crew;
	const char *phase; /* what it is for */
	/* At most OCR_ARC_BATCH arcs; thread: of the crew. */
	int (*batch)(void *arg, unsigned thread, const struct ocr_arc *arcs,
	    size_t n, struct ocr_err *err);
	void *arg;
};

int ocr_scan_run(const struct ocr_scan *p, struct ocr_err *err);

#endif
