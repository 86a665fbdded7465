/*
 * lagraph_peer.c - LAGraph's programs on SuiteSparse:GraphBLAS, for graph.sh;
 * see peer.h for how it is called
 *
 * The first trial is done twice and does not count the first time ("Begin:"
 * follows it), as in LAGraph's own benchmarks.
 */
#include <LAGraph.h>

#include "peer.h"

static void
check(int status, const char *what)
{
	if (status >= 0)
		return;
	fprintf(stderr, "lagraph_peer: %s: error %d\n", what, status);
	exit(1);
}

/* GraphBLAS 7.4 has 64-bit indices; it takes the arrays over. */
static GrB_Matrix
make_matrix(struct peer_graph *g)
{
	size_t n = (size_t)g->n, m = (size_t)g->m, size, i;
	GrB_Index *offsets = malloc((n + 1) * sizeof(*offsets));
	GrB_Index *to = malloc((m + 1) * sizeof(*to));
	int32_t *weights = malloc((m + 1) * sizeof(*weights));
	void *values = weights;
	GrB_Matrix a = NULL;

	if (offsets == NULL || to == NULL || weights == NULL)
		peer_die("not enough memory");
	for (i = 0; i <= n; i++)
		offsets[i] = (GrB_Index)g->offsets[i];
	for (i = 0; i < m; i++) {
		to[i] = (GrB_Index)g->to[g->is_weighted ? 2 * i : i];
		weights[i] = g->is_weighted ? g->to[2 * i + 1] : 1;
	}
	free(g->offsets);
	free(g->to);
	size = g->is_weighted ? m + 1 : 1;
	if (!g->is_weighted)
		*(bool *)values = true;
	check(GxB_Matrix_import_CSR(&a, g->is_weighted ? GrB_INT32 : GrB_BOOL,
		  n, n, &offsets, &to, &values, (n + 1) * sizeof(*offsets),
		  (m + 1) * sizeof(*to), size * sizeof(*weights),
		  !g->is_weighted, false, NULL),
	    "import");
	return a;
}

/* What may be prepared once for all searches is, as in LAGraph's benchmarks. */
static LAGraph_Graph
make_graph(struct peer *p)
{
	bool is_directed = p->graph.is_directed;
	GrB_Matrix a = make_matrix(&p->graph);
	LAGraph_Graph g = NULL;

	check(LAGraph_New(&g, &a,
		  is_directed ? LAGraph_ADJACENCY_DIRECTED
			      : LAGraph_ADJACENCY_UNDIRECTED,
		  NULL),
	    "new");
	if (is_directed)
		check(LAGraph_Cached_AT(g, NULL), "transpose");
	check(LAGraph_Cached_OutDegree(g, NULL), "degrees");
	if (p->graph.is_weighted)
		check(LAGraph_Cached_EMin(g, NULL), "least weight");
	return g;
}

static GrB_Index
n_less(GrB_Vector v, int32_t limit)
{
	GrB_Vector part = NULL;
	GrB_Index n;

	GrB_Vector_size(&n, v);
	check(GrB_Vector_new(&part, GrB_INT32, n), "count");
	check(GrB_Vector_select_INT32(part, NULL, NULL, GrB_VALUELT_INT32, v,
		  limit, NULL),
	    "count");
	GrB_Vector_nvals(&n, part);
	GrB_free(&part);
	return n;
}

static void
bfs(LAGraph_Graph g, long source)
{
	GrB_Vector parents = NULL;
	double start = peer_now();
	GrB_Index n;

	check(
	    LAGr_BreadthFirstSearch(NULL, &parents, g, (GrB_Index)source, NULL),
	    "bfs");
	peer_trial(start);
	GrB_Vector_nvals(&n, parents);
	printf("Reached: %llu\n", (unsigned long long)n);
	GrB_free(&parents);
}

static void
sssp(LAGraph_Graph g, long source, double width)
{
	GrB_Vector distances = NULL;
	GrB_Scalar delta = NULL;
	double start;

	check(GrB_Scalar_new(&delta, GrB_INT32), "delta");
	check(GrB_Scalar_setElement_INT32(delta, (int32_t)width), "delta");
	start = peer_now();
	check(LAGr_SingleSourceShortestPath(&distances, g, (GrB_Index)source,
		  delta, NULL),
	    "sssp");
	peer_trial(start);
	printf("Reached: %llu\n",
	    (unsigned long long)n_less(distances, INT32_MAX));
	GrB_free(&distances);
	GrB_free(&delta);
}

static void
pagerank(LAGraph_Graph g)
{
	GrB_Vector scores = NULL;
	double start = peer_now();
	int n_iterations;

	check(LAGr_PageRankGAP(&scores, &n_iterations, g, 0.85F, 1e-4F, 1000,
		  NULL),
	    "pagerank");
	peer_trial(start);
	printf("Iterations: %d\n", n_iterations);
	GrB_free(&scores);
}

static void
run(LAGraph_Graph g, const struct peer *p, int i)
{
	if (strcmp(p->program, "bfs") == 0)
		bfs(g, p->sources[i]);
	else if (strcmp(p->program, "sssp") == 0)
		sssp(g, p->sources[i], p->delta);
	else
		pagerank(g);
}

int
main(int argc, char **argv)
{
	LAGraph_Graph g;
	struct peer p;
	int i;

	peer_open(&p, argc, argv);
	check(LAGraph_Init(NULL), "init");
	g = make_graph(&p);
	run(g, &p, 0);
	puts("Begin:");
	for (i = 0; i < p.n_trials; i++)
		run(g, &p, i);
	free(p.sources);
	LAGraph_Delete(&g, NULL);
	LAGraph_Finalize(NULL);
	return 0;
}
