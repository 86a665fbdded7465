/*
 * peer.h - what the peers of graph.sh that are libraries have in common:
 * reading GAPBS's graphs and the list of sources, and a clock.  They are called
 * as
 *
 *   PEER bfs|sssp|pagerank GRAPH.sg|GRAPH.wsg SOURCES TRIALS [DELTA]
 *
 * and write "Trial Time: SECONDS" for each trial as GAPBS does, and "Reached: N"
 * behind it where that can be told.  graph.sh builds them by hand, because
 * nothing else here needs those libraries.
 */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct peer_graph {
	bool is_directed, is_weighted;
	int64_t n, m;     /* m: arcs; an undirected edge is two */
	int64_t *offsets; /* n + 1 */
	int32_t *to;      /* with weights: target and weight in turn */
};

struct peer {
	const char *program;
	struct peer_graph graph;
	long *sources; /* n_trials of them; none for pagerank */
	int n_trials;
	double delta;
};

static inline double
peer_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static inline void
peer_trial(double start)
{
	printf("Trial Time: %.6f\n", peer_now() - start);
}

static inline void
peer_die(const char *what)
{
	fprintf(stderr, "peer: %s\n", what);
	exit(1);
}

static inline void *
peer_alloc(size_t n, size_t size)
{
	void *p = calloc(n > 0 ? n : 1, size);

	if (p == NULL)
		peer_die("not enough memory");
	return p;
}

static inline void
peer_fill(FILE *f, void *to, size_t size, size_t n)
{
	if (fread(to, size, n, f) != n)
		peer_die("the graph is cut");
}

/* The out-arcs; in-arcs, which follow them, are the library's business. */
static inline void
peer_read_graph(struct peer_graph *g, const char *path)
{
	FILE *f = fopen(path, "rb");
	size_t len = strlen(path), words;
	unsigned char directed;

	if (f == NULL)
		peer_die("cannot open the graph");
	g->is_weighted = len > 4 && strcmp(path + len - 4, ".wsg") == 0;
	words = g->is_weighted ? 2 : 1;
	peer_fill(f, &directed, 1, 1);
	g->is_directed = directed != 0;
	peer_fill(f, &g->m, sizeof(g->m), 1);
	peer_fill(f, &g->n, sizeof(g->n), 1);
	if (g->n < 0 || g->m < 0)
		peer_die("not a graph of GAPBS");
	g->offsets = peer_alloc((size_t)g->n + 1, sizeof(*g->offsets));
	g->to = peer_alloc((size_t)g->m * words, sizeof(*g->to));
	peer_fill(f, g->offsets, sizeof(*g->offsets), (size_t)g->n + 1);
	peer_fill(f, g->to, sizeof(*g->to), (size_t)g->m * words);
	fclose(f);
}

static inline void
peer_read_sources(struct peer *p, const char *path)
{
	FILE *f = fopen(path, "r");
	int i;

	p->sources = peer_alloc((size_t)p->n_trials, sizeof(*p->sources));
	for (i = 0; f != NULL && i < p->n_trials; i++)
		if (fscanf(f, "%ld", &p->sources[i]) != 1 ||
		    p->sources[i] < 0 || p->sources[i] >= p->graph.n)
			peer_die("not so many sources, or not in the graph");
	if (f == NULL)
		peer_die("cannot open the sources");
	fclose(f);
}

static inline void
peer_open(struct peer *p, int argc, char **argv)
{
	if (argc < 5 || argc > 6 || atoi(argv[4]) < 1) {
		fputs("usage: peer bfs|sssp|pagerank GRAPH SOURCES TRIALS "
		      "[DELTA]\n",
		    stderr);
		exit(2);
	}
	*p = (struct peer){.program = argv[1], .n_trials = atoi(argv[4])};
	p->delta = argc == 6 ? atof(argv[5]) : 1;
	peer_read_graph(&p->graph, argv[2]);
	if (strcmp(p->program, "pagerank") != 0)
		peer_read_sources(p, argv[3]);
}

#endif
