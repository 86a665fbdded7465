/*
 * sim_table.c - see sim_table.h
 */
#include "config.h"

#include "src/sim_table.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* How much slower hws may be before it is said. */
#define LOSS 1.01

/* Six characters at most. */
static const char *
count(double v, char buf[16])
{
	static const char units[] = "kMGT";
	size_t u = 0;

	if (v < 999999.5) {
		snprintf(buf, 16, "%.0f", v);
		return buf;
	}
	for (v /= 1000; v >= 999.95 && units[u + 1] != '\0'; u++)
		v /= 1000;
	snprintf(buf, 16, "%.1f%c", v, units[u]);
	return buf;
}

/* Five characters at most. */
static const char *
ratio(double v, char buf[16])
{
	if (!isfinite(v))
		snprintf(buf, 16, "-");
	else if (v < 99.995)
		snprintf(buf, 16, "%.2f", v);
	else if (v < 9999.95)
		snprintf(buf, 16, "%.*f", v < 999.95 ? 1 : 0, v);
	else
		snprintf(buf, 16, "%.0e", v);
	return buf;
}

static const char *
duration(double ns, char buf[16])
{
	static const char *const units[] = {"ns", "us", "ms", "s"};
	size_t u = 0;

	while (ns >= 999.95 && u < 3) {
		ns /= 1000;
		u++;
	}
	snprintf(buf, 16, "%.*f %s", u > 0, ns, units[u]);
	return buf;
}

/* A work's name, which may be that of a file, for a terminal. */
static const char *
clean(const char *name, char buf[64])
{
	snprintf(buf, 64, "%s", name);
	for (char *s = buf; *s != '\0'; s++) {
		if (*s < 0x20 || *s > 0x7e)
			*s = '?';
	}
	return buf;
}

/* A name that is too long has a line of its own. */
static void
put_name(FILE *f, const char *name)
{
	fprintf(f, "%-17s", name);
	if (strlen(name) > 17)
		fprintf(f, "\n%17s", "");
}

static void
put_row(FILE *f, const struct ocr_sim_case *c, const struct ocr_sim_block *b,
    size_t i)
{
	const struct ocr_sim_row *row = &b->rows[i];
	const double counts[] = {(double)row->n_steals, (double)row->n_by_card,
	    (double)row->n_from_card, (double)row->n_aborted,
	    (double)row->n_duplicated, row->card_chunk};
	char buf[16];

	put_name(f, c->name);
	fprintf(f, " %6s", ratio(row->lambda, buf));
	fprintf(f, " %5s", ratio(ocr_sim_speedup(b, i), buf));
	fprintf(f, " %6s", ratio(ocr_sim_bound_ratio(b, i), buf));
	for (size_t k = 0; k < sizeof(counts) / sizeof(counts[0]); k++)
		fprintf(f, " %6s", count(counts[k], buf));
	putc('\n', f);
}

/* The rows that know what hws knows, or the others; how many. */
static size_t
put_rows(FILE *f, const struct ocr_sim_cases *cases,
    const struct ocr_sim_block *b, bool is_informed)
{
	size_t n = 0;

	for (size_t i = 0; i < cases->n; i++) {
		if (cases->list[i].is_informed != is_informed)
			continue;
		put_row(f, &cases->list[i], b, i);
		n++;
	}
	return n;
}

/* What "best" was. */
static void
put_tries(FILE *f, const struct ocr_sim_cases *cases,
    const struct ocr_sim_block *b)
{
	char setting[96];
	bool is_first = true;

	for (size_t i = 0; i < cases->n; i++) {
		const struct ocr_sim_case *c = &cases->list[i];
		const struct ocr_sim_row *row = &b->rows[i];

		if (!c->is_best)
			continue;
		if (is_first)
			putc('\n', f);
		is_first = false;
		ocr_sim_case_setting(c, &row->best, setting);
		fprintf(f, "best of %zu: %s%s\n", row->n_tries, setting,
		    row->best.has_no_cards && b->n_cards > 0
			? ", cards left alone"
			: "");
	}
}

void
ocr_sim_table_block(FILE *f, const struct ocr_sim_cases *cases,
    const struct ocr_sim_block *b)
{
	char buf[16], name[64];
	size_t n;

	fprintf(f,
	    "%s, %zu thread%s and %zu card%s: %" PRIu64 " items, %" PRIu64
	    " edges\n",
	    clean(b->work, name), b->n_threads, b->n_threads == 1 ? "" : "s",
	    b->n_cards, b->n_cards == 1 ? "" : "s", b->n_items, b->n_edges);
	fprintf(f, "static takes %s, no schedule less than ",
	    duration(b->static_ns, buf));
	fprintf(f, "%s\n\n", duration(b->bound_ns, buf));
	fprintf(f, "%-17s %6s %5s %6s %6s %6s %6s %6s %6s %6s\n", "", "",
	    "speed", "time/", "", "by", "from", "", "", "card");
	fprintf(f, "%-17s %6s %5s %6s %6s %6s %6s %6s %6s %6s\n", "schedule",
	    "lambda", "up", "bound", "steals", "card", "card", "abort", "twice",
	    "chunk");
	n = put_rows(f, cases, b, false);
	if (n > 0 && n < cases->n)
		fputs("\nwith the information that hws has:\n", f);
	(void)put_rows(f, cases, b, true);
	put_tries(f, cases, b);
}

/* One schedule over all blocks. */
static void
put_mean(FILE *f, const struct ocr_sim_case *c,
    const struct ocr_sim_block *blocks, size_t n_blocks, size_t row)
{
	double lambda = 0, speedup = 0, bound = 0, n = (double)n_blocks;
	size_t worst = 0;
	char buf[16], name[64];

	for (size_t i = 0; i < n_blocks; i++) {
		lambda += log(blocks[i].rows[row].lambda);
		speedup += log(ocr_sim_speedup(&blocks[i], row));
		bound += log(ocr_sim_bound_ratio(&blocks[i], row));
		if (ocr_sim_bound_ratio(&blocks[i], row) >
		    ocr_sim_bound_ratio(&blocks[worst], row))
			worst = i;
	}
	put_name(f, c->name);
	fprintf(f, " %6s", ratio(exp(lambda / n), buf));
	fprintf(f, " %5s", ratio(exp(speedup / n), buf));
	fprintf(f, " %6s", ratio(exp(bound / n), buf));
	fprintf(f, " %6s  %.30s\n",
	    ratio(ocr_sim_bound_ratio(&blocks[worst], row), buf),
	    clean(blocks[worst].work, name));
}

void
ocr_sim_table_means(FILE *f, const struct ocr_sim_cases *cases,
    const struct ocr_sim_block *blocks, size_t n_blocks)
{
	if (n_blocks < 2)
		return;
	fprintf(f, "geometric means over %zu works\n\n", n_blocks);
	fprintf(f, "%-17s %6s %5s %6s\n", "", "", "speed", "time/");
	fprintf(f, "%-17s %6s %5s %6s %6s  %s\n", "schedule", "lambda", "up",
	    "bound", "worst", "which is");
	for (size_t i = 0; i < cases->n; i++)
		put_mean(f, &cases->list[i], blocks, n_blocks, i);
	putc('\n', f);
}

/* The case that is hws as it is; n: none. */
static size_t
find_hws(const struct ocr_sim_cases *cases)
{
	size_t i = 0;

	while (i < cases->n && strcmp(cases->list[i].text, "hws") != 0)
		i++;
	return i;
}

void
ocr_sim_table_losses(FILE *f, const struct ocr_sim_cases *cases,
    const struct ocr_sim_block *blocks, size_t n_blocks)
{
	size_t hws = find_hws(cases), n = 0;
	char name[64];

	if (hws == cases->n || cases->n < 2)
		return;
	for (size_t i = 0; i < n_blocks; i++) {
		const struct ocr_sim_row *rows = blocks[i].rows;

		for (size_t k = 0; k < cases->n; k++) {
			double by = rows[hws].makespan_ns / rows[k].makespan_ns;

			if (by <= LOSS)
				continue;
			fprintf(f, "%s: hws is slower than %s by %.1f %%\n",
			    clean(blocks[i].work, name), cases->list[k].name,
			    100 * (by - 1));
			n++;
		}
	}
	if (n == 0)
		fprintf(f, "hws is nowhere slower by more than 1 %%\n");
}
