/*
 * graph500.c - see graph500.h
 *
 * Statistics are theirs: a quartile is the mean of the two values around it;
 * the standard error of a harmonic mean is by N. Norris, "The Standard Errors of
 * the Geometric and Harmonic Means", Annals of Mathematical Statistics 11, 1940.
 */
#include "config.h"

#include "src/graph500.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

struct spread {
	double min, first, median, third, max, mean, stddev;
};

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static struct spread
spread_of(double *x, size_t n)
{
	struct spread s = {0};
	double sum = 0;
	size_t i;

	qsort(x, n, sizeof(*x), by_value);
	s.min = x[0];
	s.first = (x[(n - 1) / 4] + x[n / 4]) / 2;
	s.median = (x[(n - 1) / 2] + x[n / 2]) / 2;
	s.third = (x[n - 1 - (n - 1) / 4] + x[n - 1 - n / 4]) / 2;
	s.max = x[n - 1];
	for (i = 0; i < n; i++)
		sum += x[i];
	s.mean = sum / (double)n;
	for (sum = 0, i = 0; i < n; i++)
		sum += (x[i] - s.mean) * (x[i] - s.mean);
	s.stddev = n > 1 ? sqrt(sum / (double)(n - 1)) : 0;
	return s;
}

/* Names have a column of 32.  Numbers of edges are whole up to 2^36. */
static void
put_line(FILE *f, const char *kind, const char *name, const char *what,
    double value)
{
	int n = fprintf(f, "%s%s%s:", kind, name, what);

	fprintf(f, "%*s%.*g\n", n < 32 ? 32 - n : 1, "",
	    kind[0] == '\0' ? 11 : 6, value);
}

static void
put_spread(FILE *f, const char *kind, const char *what, const struct spread *s)
{
	put_line(f, kind, "min", what, s->min);
	put_line(f, kind, "firstquartile", what, s->first);
	put_line(f, kind, "median", what, s->median);
	put_line(f, kind, "thirdquartile", what, s->third);
	put_line(f, kind, "max", what, s->max);
	put_line(f, kind, "mean", what, s->mean);
	put_line(f, kind, "stddev", what, s->stddev);
}

/* s: seconds per edge. */
static void
put_teps(FILE *f, const struct spread *s, size_t n)
{
	double error =
	    n > 1 ? s->stddev / (s->mean * s->mean * sqrt((double)(n - 1))) : 0;

	put_line(f, "bfs  ", "min", "_TEPS", 1 / s->max);
	put_line(f, "bfs  ", "firstquartile", "_TEPS", 1 / s->third);
	put_line(f, "bfs  ", "median", "_TEPS", 1 / s->median);
	put_line(f, "bfs  ", "thirdquartile", "_TEPS", 1 / s->first);
	put_line(f, "bfs  ", "max", "_TEPS", 1 / s->min);
	fprintf(f, "bfs  harmonic_mean_TEPS:     !  %g\n", 1 / s->mean);
	put_line(f, "bfs  ", "harmonic_stddev", "_TEPS", error);
}

static void
put_count(FILE *f, const char *name, uint64_t value)
{
	fprintf(f, "%-32s%" PRIu64 "\n", name, value);
}

static void
put_graph(FILE *f, const struct ocr_graph500 *l)
{
	uint64_t n = l->graph->n > 0 ? l->graph->n : 1, scale = 0;

	while (scale < 63 && (uint64_t)1 << scale < n)
		scale++;
	put_count(f, "SCALE:", scale);
	put_count(f, "edgefactor:", (l->graph->n_edges + n / 2) / n);
	put_count(f, "NBFS:", l->n);
	/* Edges are made while rows are: all of it is construction. */
	put_count(f, "graph_generation:", 0);
	put_count(f, "num_mpi_processes:", l->n_ranks);
	put_line(f, "", "construction", "_time", l->construction_ns / 1e9);
}

void
ocr_graph500_write(FILE *f, const void *lines)
{
	const struct ocr_graph500 *l = lines;
	double *x = calloc(l->n, sizeof(*x));
	struct spread s;
	size_t i;

	if (x == NULL)
		return;
	put_graph(f, l);
	for (i = 0; i < l->n; i++)
		x[i] = l->trials[i].ns / 1e9;
	s = spread_of(x, l->n);
	put_spread(f, "bfs  ", "_time", &s);
	for (i = 0; i < l->n; i++)
		x[i] = l->trials[i].n_edges;
	s = spread_of(x, l->n);
	put_spread(f, "", "_nedge", &s);
	for (i = 0; i < l->n; i++)
		x[i] = l->trials[i].n_edges > 0
			   ? l->trials[i].ns / 1e9 / l->trials[i].n_edges
			   : 0;
	s = spread_of(x, l->n);
	put_teps(f, &s, l->n);
	for (i = 0; i < l->n; i++)
		x[i] = l->verify_ns != NULL ? l->verify_ns[i] / 1e9 : -1;
	s = spread_of(x, l->n);
	put_spread(f, "bfs  ", "_validate", &s);
	free(x);
}
