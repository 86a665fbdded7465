/*
 * policy.c - what is believed of workers, and how a range is divided again
 *
 * hws has three ways, by what is known of the weights:
 *	known: time-balanced cuts, with rates over the whole sweep
 *	rough: half of the work that is left, rates of the segment alone
 *	none:  half of the items
 * A rate measured on light items says nothing of heavy ones: with wrong weights
 * the first way was up to 14 times slower than the bound, hence the others.
 */
#include "config.h"

#include "common/policy.h"

#include <math.h>

#include "common/policy_units.h"
#include "common/random.h"

/* What earlier looks at a card say counts like so many ns beside the last one.
 * More than a little, and a card that stalls is believed in for too long. */
#define RECENT_NS 100
/* Less time between looks says nothing of a rate. */
#define LOOK_NS 500
/* No look at a card is repeated sooner ... */
#define REFRESH_NS 2000
/* ... except by cards among themselves, where each steal costs a launch: after
 * this part of what the card is believed to need, but not at once. */
#define SOON_PART 0.1
#define SOON_NS 600
#define PAUSE_NS 500
#define PAUSE_MAX 20000

static bool
is_time_cut(const struct ocr_policy *p)
{
	return p->schedule.kind == OCR_HWS &&
	       ocr_policy_trust(p) == OCR_WEIGHTS_KNOWN;
}

double
ocr_policy_work(const struct ocr_policy *p, uint64_t i)
{
	return ocr_policy_trust(p) == OCR_WEIGHTS_NONE
		   ? (double)i
		   : ocr_weights_before(p->weights, i);
}

bool
ocr_policy_steals(const struct ocr_policy *p)
{
	return (p->schedule.kind == OCR_HWS ||
		   p->schedule.kind == OCR_HWS_PAPER) &&
	       !p->schedule.has_no_steals;
}

/* Beliefs */

double
ocr_policy_rate(double believed, double tau_ns, double work, double ns)
{
	return (believed * tau_ns + work) / (tau_ns + ns);
}

double
ocr_policy_learn(const struct ocr_policy_worker *w, double work, double busy_ns)
{
	struct ocr_schedule s = ocr_schedule_default(OCR_HWS);

	if (!(work > 0) || !(busy_ns > 0))
		return w->rate;
	if (!w->is_measured)
		return work / busy_ns;
	return ocr_policy_rate(w->rate, s.tau_ns, work, busy_ns);
}

static double
believed_rate(const struct ocr_policy *p, size_t k,
    const struct ocr_policy_state *s)
{
	double work = 0, ns = 0, rate;

	if (p->schedule.kind != OCR_HWS)
		return p->workers[k].rate;
	if (is_time_cut(p)) {
		work = s->work;
		ns = s->busy_ns;
	}
	if (s->is_active && s->seen_ns > s->begin_ns) {
		work +=
		    ocr_policy_work(p, s->at) - ocr_policy_work(p, s->start);
		ns += s->seen_ns - s->begin_ns;
	}
	rate =
	    ocr_policy_rate(p->workers[k].rate, p->schedule.tau_ns, work, ns);
	/* Slower lately: that is believed.  Faster: is waited for. */
	if (s->is_active && s->recent_ns > 0 && p->workers[k].is_card &&
	    s->recent_rate > 0 && s->recent_rate < rate)
		rate = s->recent_rate;
	return rate;
}

struct ocr_belief
ocr_policy_believe(const struct ocr_policy *p, size_t k,
    const struct ocr_policy_state *s, double now_ns)
{
	struct ocr_belief b = {.rate = believed_rate(p, k, s)};
	double from = s->begin_ns;

	b.at = s->end;
	if (!s->is_active)
		return b;
	b.at = s->start;
	if (s->seen_ns > s->begin_ns) {
		from = s->seen_ns;
		b.at = s->at;
	}
	if (p->workers[k].is_card && now_ns > from)
		b.at = ocr_policy_find(p,
		    ocr_policy_work(p, b.at) + b.rate * (now_ns - from), b.at,
		    s->end);
	b.wait_ns = s->begin_ns > now_ns ? s->begin_ns - now_ns : 0;
	b.left = ocr_policy_work(p, s->end) - ocr_policy_work(p, b.at);
	if (b.left < 0)
		b.left = 0;
	b.left_ns = b.wait_ns + b.left / b.rate;
	return b;
}

void
ocr_policy_saw(const struct ocr_policy *p, struct ocr_policy_state *s,
    uint64_t at, uint64_t next, double seen_ns)
{
	bool is_seen = s->seen_ns > s->begin_ns;
	double from = is_seen ? s->seen_ns : s->begin_ns;
	uint64_t was = is_seen ? s->at : s->start;
	double ns = seen_ns - from, work;

	work = ocr_policy_work(p, at) - ocr_policy_work(p, was);
	/* A card that does nothing at first says nothing: its rate stays > 0. */
	if (ns > LOOK_NS && (s->recent_ns > 0 || work > 0)) {
		s->recent_rate = ocr_policy_rate(s->recent_rate,
		    s->recent_ns > 0 ? RECENT_NS : 0, work, ns);
		s->recent_ns = ns;
	}
	s->at = at;
	s->next = next;
	s->seen_ns = seen_ns;
}

/* Cuts */

/* What is weighed up: times from now on. */
struct cut {
	const struct ocr_policy_state *s;
	struct ocr_belief victim;
	double rate;    /* the thief's */
	double cost_ns; /* until it begins */
	uint64_t lo;    /* first item that may be taken */
	uint64_t align;
};

/* Items that a steal must bring at least: hws-paper. */
static uint64_t
least_items(const struct ocr_policy *p, size_t k)
{
	if (p->workers[k].is_card)
		return p->schedule.floor;
	return p->schedule.floor > OCR_WEIGHTS_BLOCK ? 64 : 8;
}

static uint64_t
cut_in_half(const struct ocr_policy *p, size_t k, const struct cut *c)
{
	uint64_t end = c->s->end, mid;
	double half = (ocr_policy_work(p, c->lo) + ocr_policy_work(p, end)) / 2;

	mid = ocr_policy_round_up(ocr_policy_find(p, half, c->lo, end),
	    c->align, end);
	if (p->schedule.kind == OCR_HWS_PAPER)
		return end - mid < least_items(p, k) ? end : mid;
	if (ocr_policy_work(p, end) - ocr_policy_work(p, mid) <
	    c->cost_ns * c->rate / 2)
		return end;
	return mid;
}

/* Both end together, or it is not worth the trouble. */
static uint64_t
cut_by_time(const struct ocr_policy *p, const struct cut *c)
{
	const struct ocr_belief *v = &c->victim;
	double end_work = ocr_policy_work(p, c->s->end), new_ns;
	uint64_t end = c->s->end, mid;
	int i;

	new_ns = (v->left + v->rate * v->wait_ns + c->rate * c->cost_ns) /
		 (v->rate + c->rate);
	if (v->left_ns - new_ns < p->schedule.gain * c->cost_ns)
		return end;
	mid = ocr_policy_find(p, end_work - c->rate * (new_ns - c->cost_ns),
	    c->lo, end);
	mid = ocr_policy_round_up(mid, c->align, end);
	if (mid == end)
		mid -= 1 + (end - 1) % c->align;
	if (mid < c->lo)
		return end;
	/* One heavy item must not end later here than where it is. */
	for (i = 0; i < 2 && mid < end; i++) {
		if (c->cost_ns +
			(end_work - ocr_policy_work(p, mid)) / c->rate <
		    v->left_ns)
			return mid;
		mid = ocr_policy_round_up(mid + 1, c->align, end);
	}
	return end;
}

/*
 * The first item that card v will not have begun when it learns of its new end.
 * A card that has not been launched by then stays at its start.
 */
static uint64_t
reached(const struct ocr_policy *p, const struct cut *c, size_t v,
    double now_ns, double look_ns)
{
	double lag_ns = look_ns + p->workers[v].write_ns, unsure_ns = lag_ns;

	if (c->victim.wait_ns > lag_ns)
		return c->lo;
	if (look_ns == 0 && c->s->seen_ns > c->s->begin_ns)
		unsure_ns += now_ns - c->s->seen_ns;
	return ocr_policy_find(p,
	    ocr_policy_work(p, c->victim.at) +
		c->victim.rate * (lag_ns + p->schedule.margin * unsure_ns),
	    c->lo, c->s->end);
}

/* look_ns: what is to pass before the victim's position will be known. */
static uint64_t
cut(const struct ocr_policy *p, size_t k, const struct ocr_policy_state *own,
    size_t v, const struct ocr_policy_state *s, double now_ns, double host_ns,
    double look_ns)
{
	const struct ocr_policy_worker *thief = &p->workers[k];
	const struct ocr_policy_worker *victim = &p->workers[v];
	struct ocr_policy_state idle = *own;
	struct cut c = {.s = s};

	idle.is_active = false;
	c.victim = ocr_policy_believe(p, v, s, now_ns);
	c.rate = believed_rate(p, k, &idle);
	c.align = thief->align > victim->align ? thief->align : victim->align;
	c.cost_ns = thief->submit_ns;
	if (thief->is_card)
		c.cost_ns += host_ns + thief->launch_ns;
	c.lo =
	    s->seen_ns > s->begin_ns || !victim->is_card ? s->next : s->start;
	if (victim->is_card) {
		c.cost_ns += look_ns + victim->write_ns +
			     (victim->is_exact ? victim->read_ns : 0);
		c.lo = reached(p, &c, v, now_ns, look_ns);
	}
	if (c.lo >= s->end)
		return s->end;
	return is_time_cut(p) ? cut_by_time(p, &c) : cut_in_half(p, k, &c);
}

uint64_t
ocr_policy_cut(const struct ocr_policy *p, size_t k,
    const struct ocr_policy_state *own, size_t v,
    const struct ocr_policy_state *s, double now_ns, double host_ns)
{
	return cut(p, k, own, v, s, now_ns, host_ns, 0);
}

/* Victims */

size_t
ocr_policy_candidates(const struct ocr_policy *p, size_t k, uint64_t *random,
    size_t *candidates)
{
	size_t n = 0, i;

	if (p->n_workers < 2)
		return 0;
	if (p->schedule.victim != OCR_VICTIM_RANDOM &&
	    p->n_workers <= OCR_POLICY_LOOKS + 1) {
		for (i = 0; i < p->n_workers; i++)
			if (i != k)
				candidates[n++] = i;
		return n;
	}
	while (n < OCR_POLICY_LOOKS) {
		i = (size_t)ocr_random_below(random, p->n_workers - 1);
		candidates[n++] = i < k ? i : i + 1;
	}
	return n;
}

static bool
is_eligible(const struct ocr_policy *p, size_t v,
    const struct ocr_policy_state *s)
{
	return s->is_active && !s->is_locked && !p->workers[v].is_fixed &&
	       s->next < s->end;
}

/* Threads take what is left of a stalled card at once, cards after a launch. */
static bool
has_threads(const struct ocr_policy *p)
{
	size_t i = 0;

	while (i < p->n_workers && p->workers[i].is_card)
		i++;
	return i < p->n_workers;
}

/* How old the last look at card v may become. */
static double
look_limit(const struct ocr_policy *p, size_t v,
    const struct ocr_policy_state *s, double now_ns, bool is_soon)
{
	double limit_ns = p->schedule.refresh * p->workers[v].read_ns;

	if (!is_soon)
		return fmax(limit_ns, REFRESH_NS);
	limit_ns = fmin(limit_ns,
	    SOON_PART * ocr_policy_believe(p, v, s, now_ns).left_ns);
	return fmax(limit_ns, fmax(SOON_NS, p->workers[v].read_ns));
}

/* Nobody has looked at it for longest; among cards: it has the most left. */
static struct ocr_choice
choose_look(const struct ocr_policy *p, const size_t *candidates,
    const struct ocr_policy_state *states, size_t n, double now_ns)
{
	struct ocr_choice c = {.kind = OCR_PAUSE};
	bool is_soon = !has_threads(p);
	double age_ns, score, best = -1;
	size_t i, v;

	if (p->schedule.kind != OCR_HWS)
		return c;
	for (i = 0; i < n; i++) {
		v = candidates[i];
		if (!p->workers[v].is_card || !is_eligible(p, v, &states[i]))
			continue;
		age_ns = now_ns - fmax(states[i].seen_ns, states[i].begin_ns);
		if (age_ns <= look_limit(p, v, &states[i], now_ns, is_soon))
			continue;
		score =
		    is_soon
			? ocr_policy_believe(p, v, &states[i], now_ns).left_ns
			: age_ns;
		if (score > best) {
			best = score;
			c.kind = OCR_LOOK;
			c.victim = v;
		}
	}
	return c;
}

struct ocr_choice
ocr_policy_choose(const struct ocr_policy *p, size_t k,
    const struct ocr_policy_state *own, const size_t *candidates,
    const struct ocr_policy_state *states, size_t n_candidates, double now_ns,
    double host_ns)
{
	struct ocr_choice best = {.kind = OCR_PAUSE}, look;
	double left_ns, most_ns = -1;
	uint64_t mid;
	size_t i, v;

	for (i = 0; i < n_candidates; i++) {
		v = candidates[i];
		if (!is_eligible(p, v, &states[i]))
			continue;
		if (p->schedule.victim == OCR_VICTIM_RANDOM &&
		    p->workers[v].is_card) {
			best.kind = OCR_LOOK;
			best.victim = v;
			break;
		}
		left_ns = ocr_policy_believe(p, v, &states[i], now_ns).left_ns;
		if (left_ns <= most_ns)
			continue;
		mid = cut(p, k, own, v, &states[i], now_ns, host_ns,
		    p->workers[v].read_ns);
		if (mid >= states[i].end) {
			best.n_declined++;
			continue;
		}
		best.kind = OCR_STEAL;
		best.victim = v;
		best.mid = mid;
		most_ns = left_ns;
		if (p->schedule.victim == OCR_VICTIM_RANDOM)
			break;
	}
	if (best.kind == OCR_PAUSE) {
		look = choose_look(p, candidates, states, n_candidates, now_ns);
		look.n_declined = best.n_declined;
		best = look;
	}
	return best;
}

double
ocr_policy_pause(double last_ns)
{
	if (!(last_ns > 0))
		return PAUSE_NS;
	return fmin(last_ns * 1.5, PAUSE_MAX);
}
