/*
 * sweep.c - reports of sweeps; called by the range loop, ocr-sim and --stats
 */
#include "config.h"

#include "common/sweep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int
ocr_sweep_report_init(struct ocr_sweep_report *r, size_t n_workers,
    struct ocr_err *err)
{
	memset(r, 0, sizeof(*r));
	if (n_workers == 0)
		return 0;
	r->workers = calloc(n_workers, sizeof(*r->workers));
	if (r->workers == NULL)
		return ocr_err_nomem(err);
	r->n_workers = n_workers;
	return 0;
}

void
ocr_sweep_report_release(struct ocr_sweep_report *r)
{
	free(r->workers);
	memset(r, 0, sizeof(*r));
}

static void
add_worker(struct ocr_sweep_worker *sum, const struct ocr_sweep_worker *w)
{
	sum->useful_ns += w->useful_ns;
	sum->steal_ns += w->steal_ns;
	sum->idle_ns += w->idle_ns;
	sum->n_items += w->n_items;
	sum->work += w->work;
	sum->n_launches += w->n_launches;
	sum->n_stolen += w->n_stolen;
	sum->n_lost += w->n_lost;
	sum->moved_bytes += w->moved_bytes;
}

/* A bound of which a part is not known is not known.  A sweep over nothing
 * needs no time. */
static double
add_bounds(const struct ocr_sweep_report *sum, const struct ocr_sweep_report *r)
{
	if ((sum->n_items > 0 && sum->bound_ns == 0) ||
	    (r->n_items > 0 && r->bound_ns == 0))
		return 0;
	return sum->bound_ns + r->bound_ns;
}

void
ocr_sweep_report_add(struct ocr_sweep_report *sum,
    const struct ocr_sweep_report *r)
{
	size_t n =
	    sum->n_workers < r->n_workers ? sum->n_workers : r->n_workers;

	sum->bound_ns = add_bounds(sum, r);
	sum->makespan_ns += r->makespan_ns;
	sum->n_sweeps += r->n_sweeps;
	sum->n_items += r->n_items;
	sum->n_steals += r->n_steals;
	sum->n_by_card += r->n_by_card;
	sum->n_from_card += r->n_from_card;
	sum->n_aborted += r->n_aborted;
	sum->n_duplicated += r->n_duplicated;
	sum->n_card_chunks += r->n_card_chunks;
	sum->n_card_items += r->n_card_items;
	sum->moved_bytes += r->moved_bytes;
	for (size_t i = 0; i < n; i++)
		add_worker(&sum->workers[i], &r->workers[i]);
}

double
ocr_sweep_lambda(const struct ocr_sweep_report *r)
{
	double sum = 0, most = 0;

	for (size_t i = 0; i < r->n_workers; i++) {
		sum += r->workers[i].useful_ns;
		most = fmax(most, r->workers[i].useful_ns);
	}
	return sum > 0 ? most * (double)r->n_workers / sum : 1;
}

double
ocr_sweep_card_chunk(const struct ocr_sweep_report *r)
{
	if (r->n_card_chunks == 0)
		return 0;
	return (double)r->n_card_items / (double)r->n_card_chunks;
}

/* Whole ns: ocr_json_real ends at 1e12, which is 1000 s. */
static void
put_ns(struct ocr_json *j, const char *key, double ns)
{
	ocr_json_number(j, key, ns > 0 && ns < 1e18 ? (uint64_t)(ns + 0.5) : 0);
}

static void
put_worker(struct ocr_json *j, const char *name,
    const struct ocr_sweep_worker *w)
{
	ocr_json_open_object(j, NULL);
	ocr_json_string(j, "worker", name);
	put_ns(j, "useful_ns", w->useful_ns);
	put_ns(j, "steal_ns", w->steal_ns);
	put_ns(j, "idle_ns", w->idle_ns);
	ocr_json_number(j, "items", w->n_items);
	ocr_json_number(j, "launches", w->n_launches);
	ocr_json_number(j, "steals", w->n_stolen);
	ocr_json_number(j, "lost", w->n_lost);
	ocr_json_number(j, "moved_bytes", w->moved_bytes);
	ocr_json_close_object(j);
}

void
ocr_sweep_report_json(const struct ocr_sweep_report *r,
    const char *const *names, struct ocr_json *j)
{
	ocr_json_number(j, "sweeps", r->n_sweeps);
	ocr_json_number(j, "items", r->n_items);
	put_ns(j, "makespan_ns", r->makespan_ns);
	ocr_json_real(j, "bound_ratio",
	    r->bound_ns > 0 ? r->makespan_ns / r->bound_ns : (double)NAN);
	ocr_json_real(j, "lambda", ocr_sweep_lambda(r));
	ocr_json_number(j, "steals", r->n_steals);
	ocr_json_number(j, "by_card", r->n_by_card);
	ocr_json_number(j, "from_card", r->n_from_card);
	ocr_json_number(j, "aborted", r->n_aborted);
	ocr_json_number(j, "duplicated", r->n_duplicated);
	ocr_json_real(j, "card_chunk", ocr_sweep_card_chunk(r));
	ocr_json_number(j, "moved_bytes", r->moved_bytes);
	if (names == NULL)
		return;
	ocr_json_open_array(j, "workers");
	for (size_t i = 0; i < r->n_workers; i++)
		put_worker(j, names[i], &r->workers[i]);
	ocr_json_close_array(j);
}
