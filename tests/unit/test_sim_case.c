/*
 * test_sim_case.c - what ocr-sim tries for a schedule, and its axes
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "src/sim_axis.h"
#include "src/sim_case.h"
#include "tests/unit/child.h"
#include "tests/unit/tap.h"

/* A setting is a text that means that setting. */
static int
is_its_text(const struct ocr_sim_case *c, const struct ocr_sim_try *t)
{
	struct ocr_schedule s;
	struct ocr_err err = {0};
	char text[96];

	ocr_sim_case_setting(c, t, text);
	if (ocr_schedule_parse(text, &s, &err) < 0) {
		diag("%s: %s", text, err.text);
		return 0;
	}
	if (s.kind != t->schedule.kind ||
	    s.has_weights != t->schedule.has_weights ||
	    s.victim != t->schedule.victim ||
	    s.has_no_steals != t->schedule.has_no_steals) {
		diag("%s", text);
		return 0;
	}
	return s.chunk == t->schedule.chunk && s.floor == t->schedule.floor &&
	       (t->has_no_cards || s.card_chunk == t->schedule.card_chunk);
}

static int
differs_from_others(const struct ocr_sim_try *tries, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (tries[k].has_no_cards == tries[i].has_no_cards &&
		    tries[k].schedule.chunk == tries[i].schedule.chunk &&
		    tries[k].schedule.card_chunk ==
			tries[i].schedule.card_chunk &&
		    tries[k].schedule.floor == tries[i].schedule.floor)
			return 0;
	}
	return 1;
}

static void
check_tries(const struct ocr_sim_case *c, uint64_t n, size_t n_threads,
    size_t n_cards)
{
	const struct ocr_sim_size size = {n, n_threads, n_cards};
	struct ocr_sim_try tries[OCR_SIM_MAX_TRIES];
	size_t n_tries = ocr_sim_case_tries(c, &size, tries), n_bad = 0;

	for (size_t i = 0; i < n_tries && i < OCR_SIM_MAX_TRIES; i++) {
		n_bad += !is_its_text(c, &tries[i]);
		n_bad += !differs_from_others(tries, i);
		n_bad += tries[i].has_no_cards && n_threads == 0;
	}
	ok(n_tries >= 1 && n_tries <= OCR_SIM_MAX_TRIES && n_bad == 0,
	    "%s: %zu tries for %" PRIu64 " items, %zu + %zu", c->text, n_tries,
	    n, n_threads, n_cards);
}

static void
test_tries(void)
{
	static const uint64_t sizes[] = {1, 2, 9, 1000, 65535, 65536, 65537,
	    1 << 20, 62000000, UINT64_C(1) << 39};
	struct ocr_sim_cases cases = {0};
	struct ocr_err err = {0};

	ok(ocr_sim_cases_add(&cases, "all", &err) == 0 && cases.n == 10,
	    "all: ten cases");
	ok(ocr_sim_cases_add(&cases, "all", &err) == 0 && cases.n == 10,
	    "none of them twice");
	(void)ocr_sim_cases_add(&cases, "hws-paper:best,victim=time,weights",
	    &err);
	for (size_t i = 0; i < cases.n; i++) {
		for (size_t k = 0; k < sizeof(sizes) / sizeof(*sizes); k++) {
			check_tries(&cases.list[i], sizes[k], 15, 1);
			check_tries(&cases.list[i], sizes[k], 0, 10);
			check_tries(&cases.list[i], sizes[k], 3, 0);
		}
	}
}

static void
test_limits(void)
{
	struct ocr_sim_cases cases = {0};
	struct ocr_err err = {0};
	char text[128];
	int r = 0;

	for (int i = 0; i < OCR_SIM_MAX_CASES; i++) {
		snprintf(text, sizeof(text), "dynamic:%d", i + 1);
		r |= ocr_sim_cases_add(&cases, text, &err);
	}
	is_int(r, 0, "as many as there may be");
	is_int(ocr_sim_cases_add(&cases, "dynamic:7", &err), 0,
	    "one that is there");
	is_int(ocr_sim_cases_add(&cases, "hws", &err), -OCR_EUSAGE,
	    "one too many");
	is_str(err.text, "--schedule: 'hws': too many of them", "its message");
	memset(text, '1', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	memset(&cases, 0, sizeof(cases));
	ocr_err_clear(&err);
	is_int(ocr_sim_cases_add(&cases, text, &err), -OCR_EUSAGE,
	    "one that is too long");
	is_int((intmax_t)cases.n, 0, "is not added");
}

static void
check_axis(double low, double high, bool is_log)
{
	struct ocr_axis a = ocr_axis(low, high, is_log, 300, 100);
	double ticks[OCR_AXIS_TICKS], at = 301;
	size_t n = ocr_axis_ticks(&a, ticks);
	int is_fine = n >= 2 && n <= OCR_AXIS_TICKS;
	char text[32];

	for (size_t i = 0; i < n && is_fine; i++) {
		is_fine = ocr_axis_at(&a, ticks[i]) < at &&
			  strlen(ocr_axis_text(ticks[i], text)) <= 8;
		at = ocr_axis_at(&a, ticks[i]);
	}
	ok(is_fine && at >= 100 && ocr_axis_at(&a, high * 2) >= 100 &&
		ocr_axis_at(&a, 0) <= 300 && isfinite(ocr_axis_at(&a, 0)),
	    "%zu ticks from %g to %g%s", n, low, high, is_log ? ", log" : "");
}

static void
test_axis(void)
{
	static const double ends[] = {0, 1, 1.0001, 1.05, 2, 4.9, 14, 99, 1e3,
	    1e6, 1e12};
	char text[32];

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		check_axis(1, ends[i], true);
		check_axis(0.2, ends[i], true);
		check_axis(INFINITY, ends[i], true);
		check_axis(1, ends[i], false);
	}
	is_str(ocr_axis_text(1.05, text), "1.05", "1.05");
	is_str(ocr_axis_text(2000, text), "2000", "2000");
	is_str(ocr_axis_text(20000, text), "20k", "20k");
	is_str(ocr_axis_text(5e6, text), "5M", "5M");
}

int
main(void)
{
	test_tries();
	test_limits();
	test_axis();
	return done();
}
