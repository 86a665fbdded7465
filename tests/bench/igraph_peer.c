/*
 * igraph_peer.c - igraph's programs, for graph.sh; see peer.h for how it is
 * called
 *
 * Search by igraph_bfs_simple, paths by Dijkstra's algorithm, PageRank by PRPACK
 * (which is exact to 1e-10 and has no tolerance).  All with one thread.
 */
#include <igraph/igraph.h>

#include "peer.h"

struct graph {
	igraph_t g;
	igraph_vector_t weights;
};

/* igraph aborts where it fails: its default. */
static void
make_graph(struct graph *to, struct peer_graph *g)
{
	int64_t words = g->is_weighted ? 2 : 1, v, i, other, n_edges = 0;
	igraph_vector_int_t ends;

	igraph_vector_int_init(&ends, 2 * g->m);
	igraph_vector_init(&to->weights, g->m);
	for (v = 0; v < g->n; v++) {
		for (i = g->offsets[v]; i < g->offsets[v + 1]; i++) {
			other = g->to[i * words];
			/* An undirected edge is in two rows. */
			if (!g->is_directed && other < v)
				continue;
			VECTOR(ends)[2 * n_edges] = v;
			VECTOR(ends)[2 * n_edges + 1] = other;
			VECTOR(to->weights)
			[n_edges++] = g->is_weighted ? g->to[i * 2 + 1] : 1;
		}
	}
	igraph_vector_int_resize(&ends, 2 * n_edges);
	igraph_vector_resize(&to->weights, n_edges);
	igraph_create(&to->g, &ends, g->n, g->is_directed);
	igraph_vector_int_destroy(&ends);
	free(g->offsets);
	free(g->to);
}

static void
bfs(const struct graph *g, long source)
{
	igraph_vector_int_t order, parents;
	double start;

	igraph_vector_int_init(&order, 0);
	igraph_vector_int_init(&parents, 0);
	start = peer_now();
	igraph_bfs_simple(&g->g, source, IGRAPH_OUT, &order, NULL, &parents);
	peer_trial(start);
	printf("Reached: %lld\n", (long long)igraph_vector_int_size(&order));
	igraph_vector_int_destroy(&order);
	igraph_vector_int_destroy(&parents);
}

static void
sssp(const struct graph *g, long source)
{
	igraph_matrix_t distances;
	long long n_reached = 0;
	igraph_integer_t i;
	double start;

	igraph_matrix_init(&distances, 0, 0);
	start = peer_now();
	igraph_distances_dijkstra(&g->g, &distances, igraph_vss_1(source),
	    igraph_vss_all(), &g->weights, IGRAPH_OUT);
	peer_trial(start);
	for (i = 0; i < igraph_matrix_ncol(&distances); i++)
		n_reached += MATRIX(distances, 0, i) < IGRAPH_INFINITY;
	printf("Reached: %lld\n", n_reached);
	igraph_matrix_destroy(&distances);
}

static void
pagerank(const struct graph *g)
{
	igraph_vector_t scores;
	double start;

	igraph_vector_init(&scores, 0);
	start = peer_now();
	igraph_pagerank(&g->g, IGRAPH_PAGERANK_ALGO_PRPACK, &scores, NULL,
	    igraph_vss_all(), IGRAPH_DIRECTED, 0.85, NULL, NULL);
	peer_trial(start);
	igraph_vector_destroy(&scores);
}

int
main(int argc, char **argv)
{
	struct graph g;
	struct peer p;
	int i;

	peer_open(&p, argc, argv);
	make_graph(&g, &p.graph);
	for (i = 0; i < p.n_trials; i++) {
		if (strcmp(p.program, "bfs") == 0)
			bfs(&g, p.sources[i]);
		else if (strcmp(p.program, "sssp") == 0)
			sssp(&g, p.sources[i]);
		else
			pagerank(&g);
	}
	free(p.sources);
	igraph_vector_destroy(&g.weights);
	igraph_destroy(&g.g);
	return 0;
}
