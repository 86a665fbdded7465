/*
 * test_policy.c - splits, beliefs, cuts and victims: by hand, and as properties
 */
#include "config.h"

#include <math.h>

#include "common/policy.h"
#include "tests/unit/tap.h"

#define MAX_WORKERS 24

/* Each item is one unit, and that is known. */
static const struct ocr_weights *
even(struct ocr_weights *w, uint64_t n)
{
	static uint32_t prefix[200001];
	uint32_t i;

	for (i = 0; i <= n; i++)
		prefix[i] = i;
	*w = (struct ocr_weights){.n = n,
	    .trust = OCR_WEIGHTS_KNOWN,
	    .prefix32 = prefix};
	return w;
}

static struct ocr_policy_worker
thread(double rate)
{
	return (struct ocr_policy_worker){.rate = rate,
	    .submit_ns = 100,
	    .align = 1,
	    .is_measured = true};
}

static struct ocr_policy_worker
card(double rate)
{
	return (struct ocr_policy_worker){.rate = rate,
	    .launch_ns = 30000,
	    .submit_ns = 1500,
	    .read_ns = 400,
	    .write_ns = 200,
	    .align = 8,
	    .is_card = true,
	    .is_measured = true};
}

/* A segment that began at 0 and was seen at now. */
static struct ocr_policy_state
at_work(uint64_t start, uint64_t at, uint64_t end, double now)
{
	return (struct ocr_policy_state){.is_active = true,
	    .start = start,
	    .end = end,
	    .at = at,
	    .next = at,
	    .seen_ns = now};
}

static void
near(double got, double want, const char *name)
{
	ok(fabs(got - want) <= 1e-6 * (1 + fabs(want)), "%s", name);
	if (!(fabs(got - want) <= 1e-6 * (1 + fabs(want))))
		diag("got %.6f, want %.6f", got, want);
}

static void
test_split(void)
{
	struct ocr_policy_worker w[4] = {thread(1), thread(1), card(2.4)};
	struct ocr_weights weights;
	struct ocr_policy p = {.schedule = ocr_schedule_default(OCR_STATIC),
	    .weights = even(&weights, 100000),
	    .workers = w,
	    .n_workers = 3};
	uint64_t b[5];
	double t;

	ocr_policy_split(&p, 4500, b);
	is_int((int64_t)b[1], 1000, "static: a part for a thread");
	is_int((int64_t)b[2], 2000, "static: and another");
	is_int((int64_t)b[3], 4500, "static: 2.5 parts for a card");

	p.schedule = ocr_schedule_default(OCR_HWS_PAPER);
	ocr_policy_split(&p, 2400, b);
	is_int((int64_t)b[1], 800, "hws-paper: equal parts");
	is_int((int64_t)b[2], 1600, "hws-paper: for cards, too");

	p.schedule = ocr_schedule_default(OCR_DYNAMIC);
	ocr_policy_split(&p, 2400, b);
	ok(b[1] == 0 && b[2] == 0 && b[3] == 0, "dynamic: nothing at first");

	/* 10000 units are done by two threads before a card has begun. */
	p.schedule = ocr_schedule_default(OCR_HWS);
	ocr_policy_split(&p, 10000, b);
	is_int((int64_t)b[1], 5000, "hws: a small sweep stays on the threads");
	ok(b[2] == 10000 && b[3] == 10000, "hws: the card sleeps");

	/* 2 T + 2.4 (T - 31500) = 100000: T = 39909.09, 20181.8 for the card
	 * and 5 % of it more. */
	t = (100000 + 2.4 * 31500) / 4.4;
	near(ocr_policy_bound(w, 3, 100000), t, "the bound");
	ocr_policy_split(&p, 100000, b);
	ok(fabs((double)(b[3] - b[2]) - 2.4 * (t - 31500) * 1.05) <= 8,
	    "hws: what it can do after its launch, and 5 %%");
	is_int((int64_t)(b[1] - b[0]), (int64_t)(b[2] - b[1]) + 0,
	    "hws: threads share alike");
	w[2].is_measured = false;
	t = (100000 + 1.2 * 31500) / 3.2;
	ocr_policy_split(&p, 100000, b);
	ok(fabs((double)(b[3] - b[2]) - 1.2 * (t - 31500) * 1.05) <= 8,
	    "hws: a card that nobody has measured counts half");
	ok(b[1] % 8 == 0 && b[2] % 8 == 0, "hws: parts begin at cache lines");
	ocr_policy_split(&p, 0, b);
	ok(b[3] == 0, "nothing is nothing");
	weights.prefix32 = (uint32_t[101]){0};
	weights.n = 100;
	ocr_policy_split(&p, 100, b);
	ok(b[3] == 100, "items without work are not lost");
	p.workers = &w[2];
	p.n_workers = 1;
	ocr_policy_split(&p, 100, b);
	ok(b[1] == 100, "nor when there are only cards");
}

static void
test_believe(void)
{
	struct ocr_policy_worker w[2] = {thread(1), card(2)};
	struct ocr_weights weights;
	struct ocr_policy p = {.schedule = ocr_schedule_default(OCR_HWS),
	    .weights = even(&weights, 200000),
	    .workers = w,
	    .n_workers = 2};
	struct ocr_policy_state s = at_work(0, 40000, 100000, 20000);
	struct ocr_belief b;

	/* Believed 1 for 20 us, seen 2 for 20 us. */
	b = ocr_policy_believe(&p, 0, &s, 20000);
	near(b.rate, 1.5, "a belief and a measurement of the same length");
	near(b.left_ns, 60000 / 1.5, "what is left takes as long");
	near((double)b.at, 40000, "a thread is where it says");

	s = at_work(0, 40000, 100000, 20000);
	b = ocr_policy_believe(&p, 1, &s, 30000);
	near(b.rate, 2, "a card as fast as believed");
	near((double)b.at, 60000, "has gone on since it was seen");
	s.seen_ns = -1;
	b = ocr_policy_believe(&p, 1, &s, 10000);
	near((double)b.at, 20000, "a card that nobody has seen");
	s.begin_ns = 25000;
	b = ocr_policy_believe(&p, 1, &s, 10000);
	near((double)b.at, 0, "a card that has not begun");
	near(b.wait_ns, 15000, "is waited for");
	near(b.left_ns, 15000 + 50000, "and counts");
	b = ocr_policy_believe(&p, 1, &s, 1e9);
	near(b.left_ns, 0, "a card that should be done is");

	s = at_work(0, 40000, 100000, 20000);
	ocr_policy_saw(&p, &s, 44000, 44000, 40000);
	near(s.recent_rate, 0.2, "slow between two looks");
	b = ocr_policy_believe(&p, 1, &s, 40000);
	ok(b.rate < 0.7, "slower lately: that is believed (%.3f)", b.rate);
	s = at_work(0, 40000, 100000, 20000);
	ocr_policy_saw(&p, &s, 99000, 99000, 30000);
	b = ocr_policy_believe(&p, 1, &s, 30000);
	ok(b.rate < 3, "faster lately: is waited for (%.3f)", b.rate);

	near(ocr_policy_learn(&w[0], 40000, 20000), 1.5, "learnt");
	near(ocr_policy_learn(&w[0], 0, 0), 1, "nothing done, nothing learnt");
	w[0].is_measured = false;
	near(ocr_policy_learn(&w[0], 40000, 20000), 2, "the first measurement");
}

static void
test_cut(void)
{
	struct ocr_policy_worker w[3] = {thread(1), thread(1), card(2)};
	struct ocr_weights weights;
	struct ocr_policy p = {.schedule = ocr_schedule_default(OCR_HWS),
	    .weights = even(&weights, 200000),
	    .workers = w,
	    .n_workers = 3};
	struct ocr_policy_state own = {0}, s = at_work(0, 20000, 21000, 20000);
	uint64_t mid;

	/* 1000 left, 100 for the steal: both end in 550. */
	is_int((int64_t)ocr_policy_cut(&p, 0, &own, 1, &s, 20000, 0), 20550,
	    "two threads end together");
	s.end = 20140;
	is_int((int64_t)ocr_policy_cut(&p, 0, &own, 1, &s, 20000, 0), 20140,
	    "a gain of less than 0.3 of the trouble is left");
	s.end = 20400;
	ok(ocr_policy_cut(&p, 2, &own, 1, &s, 20000, 0) == 20400,
	    "no card is launched for 400 units");

	/* A card: 40000 left at 2, seen now; 200 to write: cost 300, both end
	 * in (40000 + 300) / 3. */
	s = at_work(0, 40000, 80000, 20000);
	mid = ocr_policy_cut(&p, 0, &own, 2, &s, 20000, 0);
	ok(mid >= 80000 - 13134 && mid <= 80000 - 13133 + 8 && mid % 8 == 0,
	    "from a card, at a cache line (%u)", (unsigned)mid);
	s.end = 40016;
	ok(ocr_policy_cut(&p, 0, &own, 2, &s, 20000, 0) == 40016,
	    "not what it will have done before it knows");
	s = at_work(0, 0, 80000, -1);
	s.begin_ns = 30000;
	mid = ocr_policy_cut(&p, 0, &own, 2, &s, 0, 0);
	/* 30000 of waiting: (80000 + 60000 + 300) / 3 */
	ok(mid >= 80000 - 46467 && mid <= 80000 - 46467 + 16,
	    "a card that waits is relieved of more (%u)", (unsigned)mid);

	p.schedule = ocr_schedule_default(OCR_HWS_PAPER);
	s = at_work(0, 20000, 30000, 20000);
	is_int((int64_t)ocr_policy_cut(&p, 0, &own, 1, &s, 20000, 0), 25000,
	    "hws-paper: half of what is left");
	s.end = 20100;
	is_int((int64_t)ocr_policy_cut(&p, 0, &own, 1, &s, 20000, 0), 20100,
	    "hws-paper: not less than the floor");
	s = at_work(0, 40000, 80000, 20000);
	/* P = 2 * 200, and a quarter for doubt */
	mid = ocr_policy_cut(&p, 0, &own, 2, &s, 20000, 0);
	ok(mid >= 60200 && mid <= 60264, "hws-paper: P before the middle (%u)",
	    (unsigned)mid);

	weights.trust = OCR_WEIGHTS_NONE;
	p.schedule = ocr_schedule_default(OCR_HWS);
	s = at_work(0, 20000, 30000, 20000);
	is_int((int64_t)ocr_policy_cut(&p, 0, &own, 1, &s, 20000, 0), 25000,
	    "without weights: half of the items");
}

/* The last item is heavy: 50 light ones and then 10000. */
static void
test_heavy(void)
{
	struct ocr_policy_worker w[2] = {thread(1), thread(0.5)};
	uint32_t prefix[52], i;
	struct ocr_weights weights = {.n = 51,
	    .trust = OCR_WEIGHTS_KNOWN,
	    .prefix32 = prefix};
	struct ocr_policy p = {.schedule = ocr_schedule_default(OCR_HWS),
	    .weights = &weights,
	    .workers = w,
	    .n_workers = 2};
	struct ocr_policy_state own = {0}, s = at_work(0, 0, 51, 0);

	for (i = 0; i < 51; i++)
		prefix[i] = i;
	prefix[51] = 50 + 10000;
	is_int((int64_t)ocr_policy_cut(&p, 0, &own, 1, &s, 0, 0), 50,
	    "the faster thread takes the heavy item");
	is_int((int64_t)ocr_policy_cut(&p, 1, &own, 0, &s, 0, 0), 51,
	    "the slower one would end it later: declined");
}

static void
test_choose(void)
{
	struct ocr_policy_worker w[4] = {thread(1), thread(1), card(2),
	    card(2)};
	struct ocr_weights weights;
	struct ocr_policy p = {.schedule = ocr_schedule_default(OCR_HWS),
	    .weights = even(&weights, 200000),
	    .workers = w,
	    .n_workers = 4};
	size_t who[3] = {1, 2, 3};
	struct ocr_policy_state own = {0}, s[3];
	struct ocr_choice c;

	s[0] = at_work(0, 1000, 6000, 1000);
	s[1] = at_work(10000, 12000, 40000, 1000);
	s[2] = at_work(50000, 52000, 60000, 1000);
	c = ocr_policy_choose(&p, 0, &own, who, s, 3, 1000, 0);
	ok(c.kind == OCR_STEAL && c.victim == 2, "the most remaining time");
	s[1].is_locked = true;
	c = ocr_policy_choose(&p, 0, &own, who, s, 3, 1000, 0);
	ok(c.kind == OCR_STEAL && c.victim == 1,
	    "not from one being stolen from");
	w[1].is_fixed = true;
	c = ocr_policy_choose(&p, 0, &own, who, s, 3, 1000, 0);
	ok(c.kind == OCR_STEAL && c.victim == 3, "nor from one without words");
	/* It should be at its end, but nobody has looked. */
	c = ocr_policy_choose(&p, 0, &own, who, s, 3, 6000, 0);
	ok(c.kind == OCR_PAUSE && c.n_declined == 1, "declined: pause");
	c = ocr_policy_choose(&p, 0, &own, who, s, 3, 12000, 0);
	ok(c.kind == OCR_LOOK && c.victim == 3, "then look, after 20 reads");
	s[2].is_active = false;
	c = ocr_policy_choose(&p, 0, &own, who, s, 3, 12000, 0);
	ok(c.kind == OCR_PAUSE, "nobody is left");
	near(ocr_policy_pause(0), 500, "a first pause");
	near(ocr_policy_pause(500), 750, "is followed by a longer one");
	near(ocr_policy_pause(19000), 20000, "up to 20 us");
}

static void
test_candidates(void)
{
	struct ocr_policy p = {.schedule = ocr_schedule_default(OCR_HWS)};
	size_t who[OCR_POLICY_LOOKS], n, i, n_bad = 0, k;
	unsigned seen[100] = {0}, n_seen = 0;
	uint64_t random = 42;

	p.n_workers = 1;
	is_int((int64_t)ocr_policy_candidates(&p, 0, &random, who), 0,
	    "alone there is nobody");
	p.n_workers = 17;
	n = ocr_policy_candidates(&p, 5, &random, who);
	is_int((int64_t)n, 16, "all of 16 others");
	for (i = 0; i < n; i++)
		n_bad += who[i] == 5 || who[i] >= 17;
	p.n_workers = 100;
	for (k = 0; k < 2000; k++) {
		n = ocr_policy_candidates(&p, k % 100, &random, who);
		n_bad += n != OCR_POLICY_LOOKS;
		for (i = 0; i < n; i++) {
			n_bad += who[i] == k % 100 || who[i] >= 100;
			seen[who[i] % 100]++;
		}
	}
	for (i = 0; i < 100; i++)
		n_seen += seen[i] > 20;
	is_int((int64_t)n_bad, 0, "never oneself, never nobody");
	is_int(n_seen, 100, "everybody in turn");
}

static uint64_t
draw(uint64_t *x)
{
	*x = *x * 6364136223846793005u + 1442695040888963407u;
	return *x >> 33;
}

/* Whatever the states are: splits cover the range, cuts lie inside. */
static void
test_properties(void)
{
	static const char *texts[] = {"hws", "static", "hws-paper", "dynamic",
	    "hap", "static:weights", "hws-paper:weights", "hws:victim=random"};
	struct ocr_policy_worker w[MAX_WORKERS];
	static uint32_t prefix[5001];
	struct ocr_weights weights = {.prefix32 = prefix};
	struct ocr_policy p = {.weights = &weights, .workers = w};
	struct ocr_policy_state own = {0}, s;
	struct ocr_err err = {0};
	uint64_t x = 99, n, b[MAX_WORKERS + 1], mid, n_bad = 0, i, round;
	size_t k;

	for (round = 0; round < 4000; round++) {
		if (ocr_schedule_parse(texts[round % 8], &p.schedule, &err) < 0)
			n_bad++;
		p.n_workers = 1 + draw(&x) % MAX_WORKERS;
		for (k = 0; k < p.n_workers; k++) {
			w[k] = draw(&x) % 3 ? thread(1) : card(2.4);
			w[k].rate *= 0.01 + (double)(draw(&x) % 400) / 100;
			w[k].is_measured = draw(&x) % 2;
			w[k].is_exact = draw(&x) % 2;
		}
		n = draw(&x) % 5000;
		weights.n = n;
		weights.trust = (enum ocr_weights_trust)(draw(&x) % 3);
		for (i = 0; i < n; i++)
			prefix[i + 1] =
			    prefix[i] +
			    (draw(&x) % 4 ? 0 : (uint32_t)draw(&x) % 3000);
		ocr_policy_split(&p, n, b);
		n_bad += b[0] != 0;
		for (k = 0; k < p.n_workers; k++)
			n_bad += b[k] > b[k + 1];
		n_bad += b[p.n_workers] != n &&
			 p.schedule.kind != OCR_DYNAMIC &&
			 p.schedule.kind != OCR_HAP;
		s = at_work(draw(&x) % (n + 1), 0, 0, 0);
		s.at = s.start + draw(&x) % (n - s.start + 1);
		s.next = s.at + draw(&x) % (n - s.at + 1);
		s.end = s.next + draw(&x) % (n - s.next + 1);
		s.begin_ns = (double)(draw(&x) % 50000);
		s.seen_ns = (double)(draw(&x) % 50000);
		s.recent_ns = (double)(draw(&x) % 2 * 5000);
		s.recent_rate = (double)(draw(&x) % 3);
		own.work = (double)(draw(&x) % 5000);
		own.busy_ns = (double)(draw(&x) % 5000);
		k = draw(&x) % p.n_workers;
		mid = ocr_policy_cut(&p, k, &own, draw(&x) % p.n_workers, &s,
		    (double)(draw(&x) % 90000), (double)(draw(&x) % 9000));
		n_bad += mid > s.end || mid < s.start;
		ocr_policy_saw(&p, &s, s.at, s.next, 60000);
		n_bad += !(ocr_policy_believe(&p, k, &s, 70000).left_ns >= 0);
	}
	is_int((int64_t)n_bad, 0, "4000 random states");
}

int
main(void)
{
	test_split();
	test_believe();
	test_cut();
	test_heavy();
	test_choose();
	test_candidates();
	test_properties();
	return done();
}
