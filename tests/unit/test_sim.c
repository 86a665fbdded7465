/*
 * test_sim.c - ocr-sim's engine: nothing lost, nothing by chance, sums by hand
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "src/sim_profile.h"
#include "src/sim_setup.h"
#include "tests/unit/tap.h"

static struct ocr_sim_setup
setup_of(const char *workers, const char *costs)
{
	struct ocr_sim_costs c = ocr_sim_costs_default();
	struct ocr_sim_setup s = {0};
	struct ocr_err err = {0};

	if ((costs != NULL && ocr_sim_costs_parse(&c, costs, &err) < 0) ||
	    ocr_sim_setup_parse(&s, workers, &c, &err) < 0)
		diag("%s", err.text);
	return s;
}

static struct ocr_sim_profile
equal_rows(uint64_t n, uint32_t work, double sigma)
{
	uint32_t *p = malloc(n * sizeof(*p));
	struct ocr_sim_profile profile;
	struct ocr_err err = {0};
	uint64_t i;

	for (i = 0; i < n; i++)
		p[i] = work;
	if (ocr_sim_profile_make(&profile, "equal", p, n, sigma, 1, &err) < 0)
		diag("%s", err.text);
	return profile;
}

/* Few heavy rows, many idle ones: sizes that no block divides. */
static struct ocr_sim_profile
odd_rows(uint64_t n)
{
	uint32_t *p = calloc(n, sizeof(*p));
	struct ocr_sim_profile profile;
	struct ocr_err err = {0};
	uint64_t i;

	for (i = 0; i < n; i += 3)
		p[i] = (uint32_t)(i % 101 == 0 ? 5000 + i : i % 17);
	if (ocr_sim_profile_make(&profile, "odd", p, n, 0.5, 1, &err) < 0)
		diag("%s", err.text);
	return profile;
}

/* The run's report, to be released; 0 workers: it failed. */
static struct ocr_sweep_report
run(const struct ocr_sim_profile *p, const struct ocr_sim_setup *s,
    const char *schedule)
{
	struct ocr_sweep_report r = {0};
	struct ocr_schedule parsed;
	struct ocr_err err = {0};

	if (ocr_sweep_report_init(&r, s->n_workers, &err) < 0 ||
	    ocr_schedule_parse(schedule, &parsed, &err) < 0 ||
	    ocr_sim_run(p, s, &parsed, &r, NULL, &err) < 0) {
		diag("%s: %s", schedule, err.text);
		ocr_sweep_report_release(&r);
		r.n_workers = 0;
	}
	return r;
}

static const char *const schedules[] = {"static", "static:weights", "dynamic",
    "dynamic:7/90", "dynamic:weights", "hap", "hap:64", "hap:weights",
    "hws-paper", "hws-paper:8", "hws-paper:weights", "hws", "hws:steal=no",
    "hws:victim=random"};
#define N_SCHEDULES (sizeof(schedules) / sizeof(*schedules))

static const char *const workers[] = {"cpu:1", "cpu:3", "card:1", "card:5",
    "cpu:3,card:2", "cpu:1,card:1@9,card:1@0.5", "cpu:2,card:30", "host:3",
    "cpu:40,host:1"};
#define N_WORKERS (sizeof(workers) / sizeof(*workers))

/* One schedule on one set-up: items, time and work add up? */
static bool
is_kept(const struct ocr_sim_profile *p, const struct ocr_sim_setup *s,
    const char *schedule)
{
	struct ocr_sweep_report r = run(p, s, schedule);
	bool is_fine = r.n_workers == s->n_workers && r.n_sweeps == 1;
	uint64_t n_items = 0;
	double ns;
	size_t k;

	for (k = 0; k < r.n_workers; k++) {
		n_items += r.workers[k].n_items;
		ns = r.workers[k].useful_ns;
		is_fine = is_fine && ns >= 0 && ns <= r.makespan_ns * 1.000001;
	}
	is_fine = is_fine && n_items == r.n_items + r.n_duplicated;
	/* Speeds wander by 5 %. */
	is_fine = is_fine && r.makespan_ns > r.bound_ns * 0.94;
	if (!is_fine)
		diag("%s %s %s: %" PRIu64 " of %" PRIu64 " items, %.0f of %.0f",
		    p->name, s->name, schedule, n_items, r.n_items,
		    r.makespan_ns, r.bound_ns);
	ocr_sweep_report_release(&r);
	return is_fine;
}

static void
nothing_is_lost(struct ocr_sim_profile p, bool is_idempotent, const char *costs)
{
	struct ocr_sim_setup s;
	unsigned n_bad = 0;
	size_t i, j;

	for (i = 0; i < N_WORKERS; i++) {
		s = setup_of(workers[i], costs);
		s.is_idempotent = is_idempotent;
		for (j = 0; j < N_SCHEDULES; j++) {
			s.has_no_weights = (i + j) % 3 == 0;
			n_bad += !is_kept(&p, &s, schedules[j]);
		}
		ocr_sim_setup_release(&s);
	}
	ok(n_bad == 0, "%s: %" PRIu64 " rows, %s, %s", p.name, p.rows.n,
	    is_idempotent ? "idempotent" : "exact",
	    costs != NULL ? costs : "as published");
	ocr_sim_profile_release(&p);
}

static bool
is_same(const struct ocr_sweep_report *a, const struct ocr_sweep_report *b)
{
	return fabs(a->makespan_ns - b->makespan_ns) <= 0 &&
	       a->n_steals == b->n_steals && a->n_aborted == b->n_aborted &&
	       a->n_card_chunks == b->n_card_chunks;
}

static void
seed_decides(void)
{
	struct ocr_sim_profile p = odd_rows(30011);
	struct ocr_sim_setup s = setup_of("cpu:3,card:2", "launch=1000");
	struct ocr_sweep_report a, b, c;

	a = run(&p, &s, "hws-paper");
	b = run(&p, &s, "hws-paper");
	s.seed = 2;
	c = run(&p, &s, "hws-paper");
	ok(is_same(&a, &b), "the same seed: the same sweep");
	ok(!is_same(&a, &c), "another seed: another sweep");
	ocr_sweep_report_release(&a);
	ocr_sweep_report_release(&b);
	ocr_sweep_report_release(&c);
	ocr_sim_setup_release(&s);
	ocr_sim_profile_release(&p);
}

static void
is_near(double got, double want, const char *name)
{
	if (!ok(fabs(got - want) <= 1e-6 * (1 + fabs(want)), "%s", name))
		diag("got %.9g, want %.9g", got, want);
}

/* Without jitter and noise times are sums. */
static void
threads_by_hand(void)
{
	struct ocr_sim_profile p = equal_rows(2000, 10, 0);
	struct ocr_sim_setup s = setup_of("cpu:2", "jitter=0,sigma=0");
	struct ocr_sweep_report r = run(&p, &s, "static");

	is_near(r.makespan_ns, 1000 * 10.125, "two threads, half each");
	is_near(r.bound_ns, 1000 * 10.125, "which is the bound");
	is_near(ocr_sweep_lambda(&r), 1, "lambda 1");
	is_int((int64_t)r.n_steals, 0, "no steals");
	ocr_sweep_report_release(&r);
	r = run(&p, &s, "dynamic:500");
	/* Each chunk costs a quarter of a steal. */
	is_near(r.makespan_ns, 1000 * 10.125 + 2 * 25, "two chunks each");
	ocr_sweep_report_release(&r);
	ocr_sim_setup_release(&s);
	ocr_sim_profile_release(&p);
}

static void
card_by_hand(void)
{
	struct ocr_sim_profile p = equal_rows(3000, 10, 0);
	struct ocr_sim_setup s = setup_of("cpu:1,card:1@2", "jitter=0,sigma=0");
	struct ocr_sweep_report r = run(&p, &s, "static:2");
	double work = 30375; /* 3000 * 10.125 */

	is_near(r.makespan_ns, 1500 + 30000 + work / 3, "launch, two thirds");
	is_near(r.workers[1].useful_ns, 30000 + work / 3,
	    "the launch is useful time");
	is_near(r.workers[0].useful_ns, work / 3, "a third");
	is_int((int64_t)r.workers[1].n_launches, 1, "one launch");
	is_int((int64_t)r.n_card_items, 2000, "items of the card");
	/* The thread alone is done before the card has begun. */
	is_near(r.bound_ns, work, "the bound does without the card");
	ocr_sweep_report_release(&r);
	r = run(&p, &s, "hws");
	is_near(r.makespan_ns, work, "so does hws");
	is_int((int64_t)r.n_card_chunks, 0, "it is not launched");
	ocr_sweep_report_release(&r);
	ocr_sim_setup_release(&s);
	ocr_sim_profile_release(&p);
}

/* A card five times as fast as believed, far registers: cuts come too late. */
static void
late_cuts(void)
{
	struct ocr_sim_profile p = equal_rows(400000, 10, 0);
	struct ocr_sim_setup s = setup_of("cpu:8@8,card:1@4",
	    "believed=0.2,read=20000,write=20000,launch=100");
	struct ocr_sweep_report r;

	s.is_idempotent = true;
	r = run(&p, &s, "hws-paper:8");
	ok(r.n_duplicated > 0, "idempotent: %" PRIu64 " items done twice",
	    r.n_duplicated);
	ocr_sweep_report_release(&r);
	s.is_idempotent = false;
	r = run(&p, &s, "hws-paper:8");
	ok(r.n_from_card > 0 && r.n_duplicated == 0,
	    "exact: %" PRIu64 " cuts, none twice", r.n_from_card);
	ocr_sweep_report_release(&r);
	ocr_sim_setup_release(&s);
	ocr_sim_profile_release(&p);
}

/* A card that stalls in a set-up without threads is found out soon. */
static void
stalled_card(void)
{
	struct ocr_sim_profile p = equal_rows(200000, 10, 0);
	struct ocr_sim_setup s =
	    setup_of("card:10", "jitter=0,sigma=0,stall=0:100000:1100000:0.1");
	struct ocr_sweep_report r = run(&p, &s, "hws");

	/* Its rest would take some 190 us more; a launch takes 32. */
	ok(r.makespan_ns < r.bound_ns + 60000, "stalled card: %.0f, bound %.0f",
	    r.makespan_ns, r.bound_ns);
	ok(r.n_by_card > 0, "its work is taken");
	ocr_sweep_report_release(&r);
	ocr_sim_setup_release(&s);
	ocr_sim_profile_release(&p);
}

static void
profile(const char *name, uint64_t n, uint64_t n_edges)
{
	struct ocr_sim_profile p;
	struct ocr_err err = {0};
	double off;

	if (!ok(ocr_sim_profile_load(&p, name, 0.15, 1, &err) == 0, "%s",
		name)) {
		diag("%s", err.text);
		return;
	}
	is_int((int64_t)p.rows.n, (int64_t)n, "rows");
	off = (double)p.n_edges / (double)n_edges - 1;
	if (!ok(fabs(off) < 0.05, "edges"))
		diag("%" PRIu64, p.n_edges);
	ocr_sim_profile_release(&p);
}

static void
no_profile(const char *name, int code, const char *text)
{
	struct ocr_sim_profile p;
	struct ocr_err err = {0};

	is_int(ocr_sim_profile_load(&p, name, 0, 1, &err), -code, name);
	if (!ok(strcmp(err.text, text) == 0, "%s", text))
		diag("%s", err.text);
}

static void
no_setup(const char *w, const char *costs, const char *text)
{
	struct ocr_sim_costs c = ocr_sim_costs_default();
	struct ocr_sim_setup s;
	struct ocr_err err = {0};
	int r = 0;

	if (costs != NULL)
		r = ocr_sim_costs_parse(&c, costs, &err);
	if (r == 0)
		r = ocr_sim_setup_parse(&s, w, &c, &err);
	is_int(r, -OCR_EUSAGE, w);
	if (!ok(strcmp(err.text, text) == 0, "%s", text))
		diag("%s", err.text);
}

/* Writes text to a file of its own, loads that. */
static void
file(const char *text, int code, const char *why)
{
	char path[] = "/tmp/test_sim.XXXXXX";
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");
	struct ocr_sim_profile p;
	struct ocr_err err = {0};

	fputs(text, f);
	fclose(f);
	is_int(ocr_sim_profile_load(&p, path, 0, 1, &err), -code, "a file");
	if (!ok(strstr(err.text, why) != NULL, "%s", why))
		diag("%s", err.text);
	if (code == 0) {
		is_int((int64_t)p.rows.n, 3, "three rows");
		is_int((int64_t)p.n_edges, 3007, "and their edges");
		is_int((int64_t)p.pieces.n, 4, "in pieces");
		ocr_sim_profile_release(&p);
	}
	remove(path);
}

static void
wrong_words(void)
{
	no_profile("kron20/x", OCR_EUSAGE,
	    "work 'kron20/x' is not "
	    "NAME[/random|/degree|/crawl][/pr|/a5|/a20|/l0 to /l6|/wave]");
	no_profile("hub/pr", OCR_EUSAGE,
	    "work 'hub/pr' is not "
	    "NAME[/random|/degree|/crawl][/pr|/a5|/a20|/l0 to /l6|/wave]");
	no_profile("kron10/pr/pr", OCR_EUSAGE,
	    "work 'kron10/pr/pr' is not "
	    "NAME[/random|/degree|/crawl][/pr|/a5|/a20|/l0 to /l6|/wave]");
	no_profile("kron10/degree/pr/", OCR_EUSAGE,
	    "work 'kron10/degree/pr/' is not "
	    "NAME[/random|/degree|/crawl][/pr|/a5|/a20|/l0 to /l6|/wave]");
	no_profile("uniform10/l6", OCR_EUSAGE,
	    "work 'uniform10/l6': the search ends before that level");
	no_profile("kron27", OCR_EIO,
	    "cannot open 'kron27': No such file or directory");
	no_setup("cpu:x", NULL,
	    "workers 'cpu:x': 'cpu:x' is not "
	    "cpu, card or host:COUNT[@RATE]");
	no_setup("cpu:1,", NULL,
	    "workers 'cpu:1,': '' is not "
	    "cpu, card or host:COUNT[@RATE]");
	no_setup("cpu:0", NULL, "workers 'cpu:0': none");
	no_setup("cpu:9999,card:2", NULL,
	    "workers 'cpu:9999,card:2': more than 10000");
	no_setup("card:1@0x1p3", NULL,
	    "workers 'card:1@0x1p3': 'card:1@0x1p3' "
	    "is not cpu, card or host:COUNT[@RATE]");
	no_setup("cpu:2", "launch=-1",
	    "settings 'launch=-1': what does 'launch=-1' mean?");
	no_setup("cpu:2", "stall=2:0:1:0.5", "stall: there is no worker 2");
	file("7\n# none\n\n1000 # light\n2000", 0, "");
	file("7\n8x\n", OCR_EFORMAT, ": line 2: not a number");
	file("99999999999\n", OCR_ELIMIT, ": line 1: more than 1073741824");
	file("-1\n", OCR_EFORMAT, ": line 1: not a number");
	file("# none\n", OCR_EFORMAT, ": no rows");
}

int
main(void)
{
	nothing_is_lost(odd_rows(1), false, NULL);
	nothing_is_lost(odd_rows(7), false, NULL);
	nothing_is_lost(equal_rows(512, 1, 0), false, "launch=0,submit=0");
	nothing_is_lost(equal_rows(1024, 0, 0), false, "launch=10");
	nothing_is_lost(odd_rows(20011), false, "launch=1000");
	nothing_is_lost(odd_rows(20011), true, "launch=1000");
	nothing_is_lost(odd_rows(20011), true,
	    "launch=1,read=5000,write=9000,believed=0.2,align=64");
	nothing_is_lost(odd_rows(20011), false,
	    "launch=1,read=5000,write=9000,believed=5,jitter=0.5,period=500");
	nothing_is_lost(odd_rows(20011), false, "stall=0:1000:90000:0");
	seed_decides();
	threads_by_hand();
	card_by_hand();
	late_cuts();
	stalled_card();
	profile("kron12", 4096, 96546);
	profile("kron12/degree/l1", 4096, 81338);
	profile("uniform12/crawl/a20", 4096, 26000);
	profile("higgs", 460000, 15000000);
	profile("higgs/degree/l2", 460000, 10375677);
	wrong_words();
	return done();
}
