/*
 * updates.h - edges that are added to a graph, read in batches from a stream
 *
 * A line for each edge, "from to" or "from to weight", as lists of edges have
 * them (graph_line.c); lines that begin with # or % are comments.  An empty line
 * ends a batch, so does the end of the stream; where no edge has come since the
 * last one it ends nothing.  A batch is there as soon as its empty line is: the
 * stream may be a pipe that stays open.  One thread.
 */
#ifndef OCR_UPDATES_H
#define OCR_UPDATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "src/graph_source.h"

struct ocr_updates {
	/* The batch. */
	struct ocr_arc *arcs; /* weight 1 where there is none */
	size_t n_arcs;

	/* Private. */
	size_t room;
	int fd; /* -1: none */
	bool is_stdin;
	bool has_weights, has_ended;
	const char *name;
	uint8_t *text; /* what was read */
	size_t start, end;
	uint64_t n_lines; /* before text[start] */
};

/* path "-": standard input; it has to stay.  A fifo is waited for.  Without
 * has_weights a third column may hold anything. */
int ocr_updates_open(struct ocr_updates *u, const char *path, bool has_weights,
    struct ocr_err *err);
void ocr_updates_close(struct ocr_updates *u);

/* 1: a batch of one edge at least; 0: no more; or "FILE: line N: why". */
int ocr_updates_next(struct ocr_updates *u, struct ocr_err *err);

#endif
