/*
 * test_sweep.c - lambda by hand, sums of reports, and their JSON
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "common/sweep.h"
#include "tests/unit/child.h"
#include "tests/unit/tap.h"

static void
is_json(const struct ocr_sweep_report *r, const char *const *names,
    const char *want, const char *name)
{
	char *text = NULL;
	size_t len;
	struct ocr_json j = {.f = open_memstream(&text, &len)};

	ocr_json_open_object(&j, NULL);
	ocr_sweep_report_json(r, names, &j);
	ocr_json_close_object(&j);
	fclose(j.f);
	is_str(text, want, name);
	free(text);
}

/*
 * Three workers and a card: 100, 200, 300 and 600 ns.  Mean 300, largest 600.
 */
static void
test_lambda(void)
{
	struct ocr_sweep_worker w[4] = {{.useful_ns = 100}, {.useful_ns = 200},
	    {.useful_ns = 300}, {.useful_ns = 600}};
	struct ocr_sweep_report r = {.n_workers = 4, .workers = w};

	ok(ocr_sweep_lambda(&r) == 2, "largest / mean");
	for (int i = 0; i < 4; i++)
		w[i].useful_ns = 70;
	ok(ocr_sweep_lambda(&r) == 1, "all the same");
	w[0].useful_ns = w[1].useful_ns = w[2].useful_ns = 0;
	ok(ocr_sweep_lambda(&r) == 4, "one alone does it");
	w[3].useful_ns = 0;
	ok(ocr_sweep_lambda(&r) == 1, "nobody did anything");
	r.n_workers = 0;
	ok(ocr_sweep_lambda(&r) == 1, "nobody is there");
	/* 7 threads of 900 ns and a card of 1000: 8000 / 7300. */
	r = (struct ocr_sweep_report){0};
	r.workers = calloc(8, sizeof(*r.workers));
	r.n_workers = 8;
	for (int i = 0; i < 8; i++)
		r.workers[i].useful_ns = i < 7 ? 900 : 1000;
	ok(fabs(ocr_sweep_lambda(&r) - 8000.0 / 7300) < 1e-15, "7 and a card");
	ocr_sweep_report_release(&r);
	ok(r.workers == NULL && r.n_workers == 0, "released: zeroed");
	ocr_sweep_report_release(&r);
}

static void
fill(struct ocr_sweep_report *r)
{
	r->n_sweeps = 1;
	r->n_items = 1000;
	r->makespan_ns = 1050;
	r->bound_ns = 1000;
	r->n_steals = 5;
	r->n_by_card = 2;
	r->n_from_card = 3;
	r->n_aborted = 7;
	r->n_duplicated = 11;
	r->n_card_chunks = 4;
	r->n_card_items = 610;
	r->moved_bytes = 77;
	r->workers[0] =
	    (struct ocr_sweep_worker){700, 20.4, 330, 401, 401.5, 0, 3, 2, 0};
	r->workers[1] =
	    (struct ocr_sweep_worker){1000, 0.5, 49.4, 610, 611, 4, 2, 3, 77};
}

static void
test_add(void)
{
	static const char *const names[] = {"cpu:0", "xrt:0/k\"1"};
	struct ocr_sweep_report sum, r;
	struct ocr_err e = {0};

	is_int(ocr_sweep_report_init(&sum, 2, &e), 0, "init");
	is_int(ocr_sweep_report_init(&r, 2, &e), 0, "init");
	is_json(&sum, names,
	    "{\"sweeps\":0,\"items\":0,\"makespan_ns\":0,"
	    "\"bound_ratio\":null,\"lambda\":1.000,\"steals\":0,\"by_card\":0,"
	    "\"from_card\":0,\"aborted\":0,\"duplicated\":0,"
	    "\"card_chunk\":0.000,\"moved_bytes\":0,\"workers\":["
	    "{\"worker\":\"cpu:0\",\"useful_ns\":0,\"steal_ns\":0,"
	    "\"idle_ns\":0,\"items\":0,\"launches\":0,\"steals\":0,"
	    "\"lost\":0,\"moved_bytes\":0},"
	    "{\"worker\":\"xrt:0/k\\\"1\",\"useful_ns\":0,\"steal_ns\":0,"
	    "\"idle_ns\":0,\"items\":0,\"launches\":0,\"steals\":0,"
	    "\"lost\":0,\"moved_bytes\":0}]}",
	    "nothing yet");
	fill(&r);
	is_json(&r, names,
	    "{\"sweeps\":1,\"items\":1000,\"makespan_ns\":1050,"
	    "\"bound_ratio\":1.050,\"lambda\":1.176,\"steals\":5,"
	    "\"by_card\":2,\"from_card\":3,\"aborted\":7,\"duplicated\":11,"
	    "\"card_chunk\":152.500,\"moved_bytes\":77,\"workers\":["
	    "{\"worker\":\"cpu:0\",\"useful_ns\":700,\"steal_ns\":20,"
	    "\"idle_ns\":330,\"items\":401,\"launches\":0,\"steals\":3,"
	    "\"lost\":2,\"moved_bytes\":0},"
	    "{\"worker\":\"xrt:0/k\\\"1\",\"useful_ns\":1000,\"steal_ns\":1,"
	    "\"idle_ns\":49,\"items\":610,\"launches\":4,\"steals\":2,"
	    "\"lost\":3,\"moved_bytes\":77}]}",
	    "one sweep");
	ocr_sweep_report_add(&sum, &r);
	r.makespan_ns = 3150;
	r.workers[0].useful_ns = 1300;
	ocr_sweep_report_add(&sum, &r);
	ok(sum.workers[0].work == 803 && sum.workers[1].work == 1222, "work");
	is_json(&sum, NULL,
	    "{\"sweeps\":2,\"items\":2000,\"makespan_ns\":4200,"
	    "\"bound_ratio\":2.100,\"lambda\":1.000,\"steals\":10,"
	    "\"by_card\":4,\"from_card\":6,\"aborted\":14,\"duplicated\":22,"
	    "\"card_chunk\":152.500,\"moved_bytes\":154}",
	    "the sum of two, without workers");
	is_json(&sum, names,
	    "{\"sweeps\":2,\"items\":2000,\"makespan_ns\":4200,"
	    "\"bound_ratio\":2.100,\"lambda\":1.000,\"steals\":10,"
	    "\"by_card\":4,\"from_card\":6,\"aborted\":14,\"duplicated\":22,"
	    "\"card_chunk\":152.500,\"moved_bytes\":154,\"workers\":["
	    "{\"worker\":\"cpu:0\",\"useful_ns\":2000,\"steal_ns\":41,"
	    "\"idle_ns\":660,\"items\":802,\"launches\":0,\"steals\":6,"
	    "\"lost\":4,\"moved_bytes\":0},"
	    "{\"worker\":\"xrt:0/k\\\"1\",\"useful_ns\":2000,\"steal_ns\":1,"
	    "\"idle_ns\":99,\"items\":1220,\"launches\":8,\"steals\":4,"
	    "\"lost\":6,\"moved_bytes\":154}]}",
	    "and with them");
	ocr_sweep_report_release(&sum);
	ocr_sweep_report_release(&r);
}

/* A ratio against half a bound would flatter nobody but be wrong. */
static void
test_bounds(void)
{
	struct ocr_sweep_report sum = {0};
	struct ocr_sweep_report known = {.n_sweeps = 1,
	    .n_items = 10,
	    .makespan_ns = 20,
	    .bound_ns = 10};
	struct ocr_sweep_report empty = {.n_sweeps = 1, .makespan_ns = 5};
	struct ocr_sweep_report unknown = {.n_sweeps = 1,
	    .n_items = 10,
	    .makespan_ns = 20};

	ocr_sweep_report_add(&sum, &empty);
	ocr_sweep_report_add(&sum, &known);
	ocr_sweep_report_add(&sum, &empty);
	ok(sum.bound_ns == 10 && sum.makespan_ns == 30, "over nothing: 0");
	ocr_sweep_report_add(&sum, &unknown);
	ok(sum.bound_ns == 0 && sum.makespan_ns == 50, "unknown");
	ocr_sweep_report_add(&sum, &known);
	ok(sum.bound_ns == 0 && sum.makespan_ns == 70, "and stays so");
	is_int((int64_t)sum.n_sweeps, 5, "sweeps");
}

/* An hour, and numbers that are none. */
static void
test_odd_numbers(void)
{
	struct ocr_sweep_report r = {.makespan_ns = 3.6e12, .bound_ns = 3.6e12};
	static const char rest[] =
	    "\"lambda\":1.000,\"steals\":0,\"by_card\":0,\"from_card\":0,"
	    "\"aborted\":0,\"duplicated\":0,\"card_chunk\":0.000,"
	    "\"moved_bytes\":0}";
	char want[300];

	snprintf(want, sizeof(want),
	    "{\"sweeps\":0,\"items\":0,\"makespan_ns\":3600000000000,"
	    "\"bound_ratio\":1.000,%s",
	    rest);
	is_json(&r, NULL, want, "an hour");
	snprintf(want, sizeof(want),
	    "{\"sweeps\":0,\"items\":0,\"makespan_ns\":0,"
	    "\"bound_ratio\":null,%s",
	    rest);
	r.makespan_ns = (double)NAN;
	is_json(&r, NULL, want, "no number");
	r.makespan_ns = (double)INFINITY;
	is_json(&r, NULL, want, "no end");
}

int
main(void)
{
	test_lambda();
	test_add();
	test_bounds();
	test_odd_numbers();
	return done();
}
