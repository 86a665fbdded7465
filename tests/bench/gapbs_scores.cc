/*
 * gapbs_scores.cc - how far PageRank's scores are from exact ones, for graph.sh
 *
 *   gapbs_scores -f GRAPH.sg -i 1000 -t TOLERANCE -- OURS
 *
 * OURS: what ocr-pagerank --binary has written.  Prints GAPBS's error and ours:
 * the sum of the differences to the formula's fixed point, in doubles.
 * GAPBS's scores leave out what sinks give to all, ours have it: its fixed point
 * is ours times a constant, and adds up to less than 1.
 * Compiled with GAPBS's src as a directory of headers.
 */
#define main gapbs_main
#include "pr.cc"
#undef main

#include <cstdio>
#include <cstring>

/* Far below what is measured. */
static const double enough = 1e-11;

static double
step(const Graph &g, const pvector<double> &from, pvector<double> &shares,
    pvector<double> &to)
{
	const double base = (1 - 0.85) / (double)g.num_nodes();
	double moved = 0;

#pragma omp parallel for
	for (NodeID v = 0; v < g.num_nodes(); v++)
		shares[v] =
		    g.out_degree(v) == 0 ? 0 : from[v] / (double)g.out_degree(v);
#pragma omp parallel for reduction(+ : moved) schedule(dynamic, 16384)
	for (NodeID v = 0; v < g.num_nodes(); v++) {
		double sum = 0;

		for (NodeID u : g.in_neigh(v))
			sum += shares[u];
		to[v] = base + 0.85 * sum;
		moved += fabs(to[v] - from[v]);
	}
	return moved;
}

static pvector<double>
fixed_point(const Graph &g, const pvector<ScoreT> &near)
{
	pvector<double> a(g.num_nodes()), b(g.num_nodes()), shares(g.num_nodes());

	for (NodeID v = 0; v < g.num_nodes(); v++)
		a[v] = near[v];
	while (step(g, a, shares, b) > enough)
		a.swap(b);
	return b;
}

int
main(int argc, char **argv)
{
	CLPageRank cli(argc - 2, argv, "scores", 1e-4, 20);
	if (argc < 4 || strcmp(argv[argc - 2], "--") != 0 || !cli.ParseArgs())
		return 2;
	Builder b(cli);
	Graph g = b.MakeGraph();
	pvector<ScoreT> theirs =
	    PageRankPullGS(g, cli.max_iters(), cli.tolerance());
	pvector<double> exact = fixed_point(g, theirs);
	pvector<double> ours(g.num_nodes());
	FILE *f = fopen(argv[argc - 1], "rb");
	double sum = 0, error = 0, our_error = 0;

	if (f == NULL ||
	    fread(ours.data(), sizeof(double), ours.size(), f) != ours.size()) {
		fprintf(stderr, "%s: not so many scores\n", argv[argc - 1]);
		return 1;
	}
	fclose(f);
	for (NodeID v = 0; v < g.num_nodes(); v++)
		sum += exact[v];
	for (NodeID v = 0; v < g.num_nodes(); v++) {
		error += fabs(theirs[v] - exact[v]);
		our_error += fabs(ours[v] - exact[v] / sum);
	}
	printf("errors %.3g %.3g\n", error, our_error);
	return 0;
}
