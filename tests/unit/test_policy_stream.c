/*
 * test_policy_stream.c - schedules of chunk streams with invented speeds
 *
 * Decisions that can be worked out by hand, and whole streams on a virtual
 * clock: N chunks, workers of fixed speed with one job running and one waiting,
 * results that leave in order, room for so many.
 */
#include "config.h"

#include <stdlib.h>

#include "common/policy_stream.h"
#include "tests/unit/tap.h"

#define MAX_WORKERS 8
#define MAX_CHUNKS 4096

static struct ocr_stream_policy
policy(enum ocr_schedule_kind kind)
{
	struct ocr_schedule s = ocr_schedule_default(kind);
	struct ocr_stream_policy p;

	ocr_stream_policy_init(&p, &s);
	return p;
}

static struct ocr_stream_view
view(double bytes_per_ns, unsigned n, uint64_t busy_ns)
{
	return (struct ocr_stream_view){
	    .is_usable = true,
	    .is_open = true,
	    .gives_back = true,
	    .depth = 2,
	    .n_in_flight = n,
	    .bytes = 1000 * n,
	    .busy_ns = busy_ns,
	    .bytes_per_ns = bytes_per_ns,
	};
}

static int
chosen(enum ocr_schedule_kind kind, struct ocr_stream_view *w, size_t n,
    struct ocr_stream_rest rest)
{
	struct ocr_stream_policy p = policy(kind);

	return ocr_stream_choose(&p, w, n, &rest);
}

/* What all but static do while no speed is known. */
static void
test_room(enum ocr_schedule_kind kind, const char *name)
{
	struct ocr_stream_rest rest = {.n_waiting = 1, .bytes = 1000};
	struct ocr_stream_view w[4] = {view(0, 0, 0), view(0, 1, 0),
	    view(0, 0, 0), view(0, 0, 0)};

	w[0].is_usable = w[2].is_open = false;
	diag("%s", name);
	is_int(chosen(kind, w, 4, rest), 3, "idle and open goes first");
	w[3].n_in_flight = 1;
	is_int(chosen(kind, w, 4, rest), 2, "then one that has to be opened");
	w[2].is_usable = false;
	is_int(chosen(kind, w, 4, rest), 1, "then a second job, lowest index");
	w[1].n_in_flight = w[3].n_in_flight = 2;
	is_int(chosen(kind, w, 4, rest), OCR_STREAM_NONE, "nobody has room");
	is_int(chosen(kind, w, 0, rest), OCR_STREAM_NONE, "nobody is there");
}

/* A worker of speed 1 and one of speed 10; a chunk has 1000 bytes. */
static void
test_end(void)
{
	struct ocr_stream_rest last = {1, 1000, true, 0};
	struct ocr_stream_rest two = {2, 1000, true, 0};
	struct ocr_stream_rest more = {20, 1000, true, 0};
	struct ocr_stream_view w[2] = {view(1, 0, 0), view(10, 2, 0)};

	/* The fast one has two to do: it would end the last chunk at 300. */
	is_int(chosen(OCR_HWS, w, 2, last), OCR_STREAM_LATER,
	    "hws: the last chunk waits for the fast one");
	is_int(chosen(OCR_HAP, w, 2, last), OCR_STREAM_LATER,
	    "so it does: hap");
	is_int(chosen(OCR_DYNAMIC, w, 2, last), 0, "dynamic: the slow one");
	is_int(chosen(OCR_HWS_PAPER, w, 2, last), 0, "hws-paper: so, too");
	is_int(chosen(OCR_HWS, w, 2, two), OCR_STREAM_LATER,
	    "two chunks: the fast one ends them at 400");
	/* In 800 the fast one ends 8, two of them what it has. */
	is_int(
	    chosen(OCR_HWS, w, 2, (struct ocr_stream_rest){6, 1000, true, 0}),
	    OCR_STREAM_LATER, "six: just sooner");
	is_int(
	    chosen(OCR_HWS, w, 2, (struct ocr_stream_rest){7, 1000, true, 0}),
	    0, "seven: the slow one helps");
	is_int(chosen(OCR_HWS, w, 2, more), 0, "twenty: it does");
	w[1].n_in_flight = 1;
	w[1].bytes = 1000;
	is_int(chosen(OCR_HWS, w, 2, last), 1,
	    "a second job for the fast one, the slow one idle");

	/* Equal ones, but for what is left of the other's job. */
	w[1] = view(1, 2, 0);
	is_int(chosen(OCR_HWS, w, 2, last), 0, "as fast: no reason to wait");
	w[1] = view(1.2, 0, 0);
	is_int(chosen(OCR_HWS, w, 2, last), 1, "both idle: the faster one");
	w[1].is_usable = false;
	is_int(chosen(OCR_HWS, w, 2, last), 0, "it is retired: the slow one");
	w[1] = view(0, 2, 0);
	is_int(chosen(OCR_HWS, w, 2, last), 0, "nobody knows the other");
	w[0].bytes_per_ns = 0;
	w[1].bytes_per_ns = 10;
	is_int(chosen(OCR_HWS, w, 2, last), 0, "nobody knows this one");
	w[0].bytes_per_ns = 1;
	is_int(chosen(OCR_HWS, w, 2, (struct ocr_stream_rest){1, 0, true, 0}),
	    0, "an empty chunk");
}

/* A job that should have ended is thought to take as long again as it is
 * late. */
static void
test_late(void)
{
	struct ocr_stream_rest last = {1, 1000, true, 0};
	struct ocr_stream_view w[2] = {view(1, 0, 0), view(10, 2, 0)};

	w[1].busy_ns = 600; /* 500 late: ends at 500 + 100 + 100 */
	is_int(chosen(OCR_HWS, w, 2, last), OCR_STREAM_LATER, "late: wait");
	w[1].busy_ns = 701; /* 601 + 100 + 100 > 800 */
	is_int(chosen(OCR_HWS, w, 2, last), 0, "too late: do not");
	w[1].busy_ns = UINT64_MAX;
	is_int(chosen(OCR_HWS, w, 2, last), 0, "it hangs");
}

/* A card that is not open yet. */
static void
test_launch(void)
{
	struct ocr_stream_rest rest = {1, 1000, true, 0};
	struct ocr_stream_view w[2] = {view(1, 2, 0), view(0, 0, 0)};

	w[1].is_open = false;
	w[1].launch_ns = 10000;
	/* The open one ends three chunks at 3000. */
	is_int(chosen(OCR_HWS, w, 2, rest), OCR_STREAM_LATER,
	    "the end comes before the card is open");
	rest.n_waiting = 6; /* eight at 8000 */
	is_int(chosen(OCR_HWS, w, 2, rest), OCR_STREAM_LATER, "just so");
	rest.n_waiting = 7;
	is_int(chosen(OCR_HWS, w, 2, rest), 1, "worth it");
	rest.n_waiting = 1;
	rest.is_ended = false;
	is_int(chosen(OCR_HWS, w, 2, rest), 1, "who knows what will come");
	w[0].bytes_per_ns = 0;
	rest.is_ended = true;
	is_int(chosen(OCR_HWS, w, 2, rest), 1,
	    "the other's speed is not known");
}

static void
test_cold_card(void)
{
	struct ocr_stream_rest rest = {9, 1000, false, 50};
	struct ocr_stream_view w[2] = {view(1, 2, 0), view(0, 0, 0)};

	w[1].is_card = true;
	is_int(chosen(OCR_HWS, w, 2, rest), 1, "a card gets a first chunk");
	w[1] = view(0, 1, 0);
	w[1].is_card = true;
	is_int(chosen(OCR_HWS, w, 2, rest), OCR_STREAM_LATER,
	    "and no second before it is known");
	is_int(chosen(OCR_HAP, w, 2, rest), 1, "hap does not mind");
	w[1].bytes_per_ns = 0.5;
	is_int(chosen(OCR_HWS, w, 2, rest), 1, "now it is");
}

/* Results leave in order: with room for few, a slow chunk stops all. */
static void
test_credit(void)
{
	struct ocr_stream_rest rest = {1, 1000, false, 63};
	struct ocr_stream_view w[2] = {view(1, 0, 0), view(100, 2, 0)};

	/* In 800 the fast one could do 80 - 2, and 64 may come. */
	is_int(chosen(OCR_HWS, w, 2, rest), OCR_STREAM_LATER,
	    "64 chunks: all would wait for the slow one");
	is_int(chosen(OCR_HAP, w, 2, rest), 0, "hap does not look at that");
	rest.n_ahead = 78;
	is_int(chosen(OCR_HWS, w, 2, rest), 0, "79: nobody has to wait");
	rest.n_waiting = 20;
	rest.n_ahead = 44;
	is_int(chosen(OCR_HWS, w, 2, rest), OCR_STREAM_LATER,
	    "those that wait count like those that may come");
	w[1].bytes_per_ns = 50;
	is_int(chosen(OCR_HWS, w, 2, rest), 0, "half as fast: 38 in that time");
}

static void
test_static(void)
{
	struct ocr_stream_rest rest = {.n_waiting = 1, .bytes = 1000};
	struct ocr_stream_view w[3] = {view(0, 0, 0), view(0, 0, 0),
	    view(0, 0, 0)};
	struct ocr_stream_policy p = policy(OCR_STATIC);
	unsigned n[3] = {0};
	int i, k;

	w[2].is_card = true;
	for (i = 0; i < 45; i++) {
		k = ocr_stream_choose(&p, w, 3, &rest);
		if (k >= 0)
			n[k]++;
	}
	ok(n[0] == 10 && n[1] == 10 && n[2] == 25, "2.5 times for a card");
	w[0].is_usable = false;
	w[1].n_in_flight = 2;
	for (i = k = 0; k >= 0 && i < 10; i++)
		k = ocr_stream_choose(&p, w, 3, &rest);
	is_int(k, OCR_STREAM_NONE, "whose turn it is, it waits for");
	is_int(ocr_stream_choose(&p, w, 3, &rest), OCR_STREAM_NONE,
	    "as long as that takes");
	w[1].n_in_flight = 1;
	is_int(ocr_stream_choose(&p, w, 3, &rest), 1, "it has room");
	w[1].is_usable = w[2].is_usable = false;
	is_int(ocr_stream_choose(&p, w, 3, &rest), OCR_STREAM_NONE, "nobody");
	w[0].is_usable = true;
	for (i = 0; i < 10; i++)
		if (ocr_stream_choose(&p, w, 3, &rest) != 0)
			break;
	is_int(i, 10, "all for the one that is left");
}

static int
stolen(enum ocr_schedule_kind kind, const struct ocr_stream_view *w, size_t n,
    int *victim)
{
	struct ocr_stream_policy p = policy(kind);

	*victim = -1;
	return ocr_stream_steal(&p, w, n, victim);
}

static void
test_steal(void)
{
	struct ocr_stream_view w[4] = {view(1, 2, 0), view(1, 0, 0),
	    view(0.1, 2, 0), view(1, 1, 0)};
	int v;

	is_int(stolen(OCR_HWS, w, 4, &v), 1, "the idle one takes");
	is_int(v, 2, "from whoever has the most to do");
	is_int(stolen(OCR_DYNAMIC, w, 4, &v), OCR_STREAM_NONE,
	    "dynamic does not");
	is_int(stolen(OCR_HAP, w, 4, &v), OCR_STREAM_NONE, "hap does not");
	is_int(stolen(OCR_STATIC, w, 4, &v), OCR_STREAM_NONE,
	    "static does not");
	w[2].gives_back = false;
	is_int(stolen(OCR_HWS, w, 4, &v), 1, "that one cannot give");
	is_int(v, 0, "so from the next");
	w[2].gives_back = true;
	w[2].is_usable = false;
	stolen(OCR_HWS, w, 4, &v);
	is_int(v, 0, "nor from one that is retired");
	w[0].busy_ns = 990;
	is_int(stolen(OCR_HWS, w, 4, &v), OCR_STREAM_LATER,
	    "it begins that one itself at once");
	w[0].busy_ns = 1500;
	is_int(stolen(OCR_HWS, w, 4, &v), 1, "it is late");
	w[0] = view(1, 1, 0);
	is_int(stolen(OCR_HWS, w, 4, &v), OCR_STREAM_NONE,
	    "one job: that is begun");
	w[0] = view(1, 2, 0);
	w[1].n_in_flight = 1;
	is_int(stolen(OCR_HWS, w, 4, &v), OCR_STREAM_NONE, "nobody is idle");
	w[1] = view(1, 0, 0);
	w[1].is_open = false;
	is_int(stolen(OCR_HWS, w, 4, &v), OCR_STREAM_NONE,
	    "nobody is woken for it");
}

/* A slow thief. */
static void
test_slow_thief(void)
{
	struct ocr_stream_view w[3] = {view(10, 2, 0), view(1, 0, 0),
	    view(10, 1, 0)};
	int v;

	is_int(stolen(OCR_HWS, w, 2, &v), OCR_STREAM_LATER,
	    "too slow for the job of a fast one");
	is_int(stolen(OCR_HWS_PAPER, w, 2, &v), 1, "hws-paper takes it");
	/* A slow one has two jobs and ends them at 10000; the thief would in
	 * 5000, but the fast one in 200. */
	w[0] = view(0.2, 2, 0);
	w[1].bytes_per_ns = 0.2;
	is_int(stolen(OCR_HWS, w, 2, &v), 1, "alone it takes it");
	is_int(stolen(OCR_HWS, w, 3, &v), OCR_STREAM_LATER,
	    "a faster one will soon");
	w[2].n_in_flight = 0;
	is_int(stolen(OCR_HWS, w, 3, &v), 2, "the faster one does");
}

static void
test_unknown_speeds(void)
{
	struct ocr_stream_view w[3] = {view(0, 2, 0), view(0, 0, 0),
	    view(0, 2, 0)};
	int v;

	w[2].bytes = 2500;
	is_int(stolen(OCR_HWS, w, 3, &v), 1, "no speed is known");
	is_int(v, 2, "from whoever has the most bytes");
	w[0].bytes_per_ns = w[2].bytes_per_ns = 1;
	w[0].bytes = 3000;
	is_int(stolen(OCR_HWS, w, 3, &v), 1, "a thief that nobody knows");
	is_int(v, 0, "may try");
}

static void
test_random_victims(void)
{
	struct ocr_stream_policy p = policy(OCR_HWS_PAPER);
	struct ocr_stream_view w[4] = {view(1, 2, 0), view(1, 2, 0),
	    view(1, 0, 0), view(1, 2, 0)};
	unsigned n[4] = {0};
	int i, v = 0;

	for (i = 0; i < 3000; i++) {
		if (ocr_stream_steal(&p, w, 4, &v) != 2 || v < 0 || v > 3)
			break;
		n[v]++;
	}
	is_int(i, 3000, "somebody is found each time");
	ok(n[0] > 800 && n[1] > 800 && n[3] > 800 && n[2] == 0,
	    "all victims alike: %u %u %u", n[0], n[1], n[3]);
	p.schedule.has_no_steals = true;
	is_int(ocr_stream_steal(&p, w, 4, &v), OCR_STREAM_NONE, "steal=no");
	p = policy(OCR_HWS);
	p.schedule.victim = OCR_VICTIM_RANDOM;
	w[0].busy_ns = 1000000; /* has most to do, it seems */
	for (i = 0, v = 0; i < 100 && v == 0; i++)
		ocr_stream_steal(&p, w, 4, &v);
	ok(v != 0, "hws:victim=random");
}

/* A stream on a virtual clock.  ends[i][0] of a worker's jobs runs. */
struct sim {
	struct ocr_stream_policy policy;
	struct ocr_stream_view w[MAX_WORKERS];
	size_t n_workers;
	unsigned jobs[MAX_WORKERS][2]; /* chunk numbers; [0] runs */
	double begin_ns[MAX_WORKERS];
	unsigned waiting[MAX_CHUNKS], n_waiting;
	unsigned n_chunks, n_read, n_out, window;
	bool is_done[MAX_CHUNKS];
	unsigned n_did[MAX_WORKERS], n_steals, last_by;
	bool knows_speeds;
};

static void
sim_give(struct sim *s, size_t k, unsigned chunk, double now)
{
	struct ocr_stream_view *w = &s->w[k];

	if (w->n_in_flight == 0)
		s->begin_ns[k] = now;
	s->jobs[k][w->n_in_flight++] = chunk;
	w->bytes += 1000;
}

static void
sim_steals(struct sim *s, double now)
{
	struct ocr_stream_view *from;
	int k, v = 0;

	while (
	    (k = ocr_stream_steal(&s->policy, s->w, s->n_workers, &v)) >= 0) {
		from = &s->w[v];
		from->n_in_flight--;
		from->bytes -= 1000;
		sim_give(s, (size_t)k, s->jobs[v][from->n_in_flight], now);
		s->n_steals++;
	}
}

static void
sim_dispatch(struct sim *s, double now)
{
	struct ocr_stream_rest rest;
	size_t i;
	int k;

	while (s->n_read < s->n_chunks && s->n_read < s->n_out + s->window)
		s->waiting[s->n_waiting++] = s->n_read++;
	for (i = 0; i < s->n_workers; i++)
		s->w[i].busy_ns = (uint64_t)(now - s->begin_ns[i]);
	while (s->n_waiting > 0) {
		rest = (struct ocr_stream_rest){
		    .n_waiting = s->n_waiting,
		    .bytes = 1000,
		    .is_ended = s->n_read == s->n_chunks,
		};
		if (!rest.is_ended)
			rest.n_ahead = s->window - (s->n_read - s->waiting[0]);
		k = ocr_stream_choose(&s->policy, s->w, s->n_workers, &rest);
		if (k < 0)
			return;
		sim_give(s, (size_t)k, s->waiting[0], now);
		memmove(s->waiting, s->waiting + 1,
		    --s->n_waiting * sizeof(s->waiting[0]));
		s->w[k].busy_ns = (uint64_t)(now - s->begin_ns[k]);
	}
	sim_steals(s, now);
}

/* The next job ends; returns when. */
static double
sim_step(struct sim *s, const double *speeds)
{
	double end, first = 1e300;
	size_t i, k = 0;

	for (i = 0; i < s->n_workers; i++) {
		if (s->w[i].n_in_flight == 0)
			continue;
		end = s->begin_ns[i] + 1000 / speeds[i];
		if (end < first) {
			first = end;
			k = i;
		}
	}
	if (first == 1e300)
		return -1; /* nothing runs: it hangs */
	s->is_done[s->jobs[k][0]] = true;
	s->jobs[k][0] = s->jobs[k][1];
	s->w[k].n_in_flight--;
	s->w[k].bytes -= 1000;
	s->begin_ns[k] = first;
	s->n_did[k]++;
	s->last_by = (unsigned)k;
	s->w[k].bytes_per_ns = speeds[k];
	while (s->n_out < s->n_chunks && s->is_done[s->n_out])
		s->n_out++;
	return first;
}

/* The time it takes, or -1. */
static double
sim(struct sim *s, enum ocr_schedule_kind kind, const double *speeds,
    size_t n_workers, unsigned n_chunks, unsigned window)
{
	double now = 0;
	size_t i;

	*s = (struct sim){.policy = policy(kind),
	    .n_workers = n_workers,
	    .n_chunks = n_chunks,
	    .window = window};
	for (i = 0; i < n_workers; i++)
		s->w[i] = view(0, 0, 0);
	while (s->n_out < n_chunks && now >= 0) {
		sim_dispatch(s, now);
		now = sim_step(s, speeds);
	}
	return now;
}

static void
test_streams(void)
{
	static const double speeds[] = {1, 10};
	static struct sim s;
	double dynamic, hws, hap, paper;
	int n_worse = 0, n_better = 0, n_bad = 0;
	unsigned n;

	for (n = 1; n <= 200; n++) {
		dynamic = sim(&s, OCR_DYNAMIC, speeds, 2, n, 64);
		hap = sim(&s, OCR_HAP, speeds, 2, n, 64);
		paper = sim(&s, OCR_HWS_PAPER, speeds, 2, n, 64);
		hws = sim(&s, OCR_HWS, speeds, 2, n, 64);
		n_bad += dynamic < 0 || hws < 0 || hap < 0 || paper < 0;
		n_worse += hws > dynamic + 1 || hws > hap + 1;
		n_better += hws < dynamic - 1;
	}
	is_int(n_bad, 0, "1 to 200 chunks: every schedule comes to its end");
	is_int(n_worse, 0, "hws never later than dynamic or hap");
	ok(n_better > 100, "often sooner: %d of 200", n_better);
	hws = sim(&s, OCR_HWS, speeds, 2, 110, 200);
	ok(s.n_did[0] >= 8 && s.n_did[0] <= 10,
	    "110 chunks: the slow one has its share, %u", s.n_did[0]);
	is_int(s.last_by, 1, "and not the last chunk");
	ok(hws <= 10100 + 1, "makespan %.0f, at best 10000", hws);
}

/* 100 times as fast, and room for 64 chunks. */
static void
test_stream_credit(void)
{
	static const double speeds[] = {1, 100};
	static struct sim s;
	double dynamic = sim(&s, OCR_DYNAMIC, speeds, 2, 2000, 64), hws;

	/* The slow one has two at first, when nobody is known; by hand: each
	 * of its chunks takes 1000, and 64 fit into that. */
	ok(dynamic > 30000, "dynamic waits for the slow one: %.0f", dynamic);
	hws = sim(&s, OCR_HWS, speeds, 2, 2000, 64);
	ok(hws > 0 && hws < 21500, "hws once: %.0f", hws);
	ok(s.n_did[0] <= 2, "the slow one did %u", s.n_did[0]);
	hws = sim(&s, OCR_HWS, speeds, 2, 2000, 400);
	ok(s.n_did[0] >= 10, "with room for 400 it works: %u", s.n_did[0]);
}

static void
test_equal_workers(void)
{
	double speeds[MAX_WORKERS];
	static struct sim s;
	int n_worse = 0;
	unsigned n;
	size_t i;

	for (i = 0; i < MAX_WORKERS; i++)
		speeds[i] = 1 + 0.02 * (double)(i % 3);
	for (n = 1; n < 100; n++) {
		double dynamic = sim(&s, OCR_DYNAMIC, speeds, 8, n, 32);
		double hws = sim(&s, OCR_HWS, speeds, 8, n, 32);

		n_worse += hws < 0 || hws > dynamic * 1.03;
	}
	is_int(n_worse, 0,
	    "eight threads, nearly alike: as dynamic, or sooner");
}

int
main(void)
{
	test_room(OCR_DYNAMIC, "dynamic");
	test_room(OCR_HWS, "hws");
	test_room(OCR_HWS_PAPER, "hws-paper");
	test_room(OCR_HAP, "hap");
	test_end();
	test_late();
	test_launch();
	test_cold_card();
	test_credit();
	test_static();
	test_steal();
	test_slow_thief();
	test_unknown_speeds();
	test_random_victims();
	test_streams();
	test_stream_credit();
	test_equal_workers();
	return done();
}
