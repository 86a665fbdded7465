/*
 * policy_stream.c - the schedules of chunk streams
 */
#include "config.h"

#include "common/policy_stream.h"

#include "common/random.h"

/* Others must end a chunk in this part of the time for a worker to leave it to
 * them, and a thief in this part for it to be taken: speeds are estimates. */
#define CLEARLY 0.8
/* A job that is late by that, and takes so many times as long as it should. */
#define STUCK_NS 1e10
#define STUCK_TIMES 10
/* One job of a worker of which nothing is known. */
#define UNKNOWN_NS 1e9
/* And until it is there, if it is not yet. */
#define OPENING_NS 1e9

void
ocr_stream_policy_init(struct ocr_stream_policy *p,
    const struct ocr_schedule *schedule)
{
	*p = (struct ocr_stream_policy){
	    .schedule = *schedule,
	    .random = 0x9e3779b97f4a7c15,
	};
}

static bool
uses_speeds(const struct ocr_stream_policy *p)
{
	return p->schedule.kind == OCR_HWS || p->schedule.kind == OCR_HAP;
}

static bool
steals(const struct ocr_stream_policy *p)
{
	return (p->schedule.kind == OCR_HWS ||
		   p->schedule.kind == OCR_HWS_PAPER) &&
	       !p->schedule.has_no_steals;
}

/*
 * Has a host had a job for so much longer than it or the slowest other needs
 * that it will never be done?  It says that it lives, or it would have gone.
 */
static bool
is_stuck(const struct ocr_stream_view *w, size_t n_workers, size_t k)
{
	double speed = w[k].bytes_per_ns;
	size_t i;

	if (!w[k].is_host || w[k].n_in_flight == 0 ||
	    (double)w[k].busy_ns < STUCK_NS)
		return false;
	for (i = 0; i < n_workers && !(w[k].bytes_per_ns > 0); i++)
		if (w[i].bytes_per_ns > 0 &&
		    (!(speed > 0) || w[i].bytes_per_ns < speed))
			speed = w[i].bytes_per_ns;
	return speed > 0 &&
	       (double)w[k].busy_ns * speed > STUCK_TIMES * (double)w[k].bytes;
}

static bool
has_room(const struct ocr_stream_view *w)
{
	return w->is_usable && w->n_in_flight < w->depth;
}

/* Bytes of one of its jobs: they are all alike, mostly. */
static double
job_bytes(const struct ocr_stream_view *w)
{
	return w->n_in_flight == 0 ? 0
				   : (double)w->bytes / (double)w->n_in_flight;
}

/* Until it has done what it has.  A job that is late is thought to take as long
 * again as it is late. */
static double
left_ns(const struct ocr_stream_view *w)
{
	double one = job_bytes(w) / w->bytes_per_ns;
	double first = one - (double)w->busy_ns;

	if (w->n_in_flight == 0)
		return 0;
	return (first < 0 ? -first : first) +
	       one * (double)(w->n_in_flight - 1);
}

/* Until it has done one more chunk of so many bytes; its speed is known. */
static double
end_ns(const struct ocr_stream_view *w, double bytes)
{
	return left_ns(w) + bytes / w->bytes_per_ns;
}

/*
 * Would others than k and v have done n_chunks more, each of so many bytes,
 * clearly before ns?
 */
static bool
others_end_sooner(const struct ocr_stream_view *w, size_t n_workers, size_t k,
    size_t v, double bytes, size_t n_chunks, double ns)
{
	double n, left = (double)n_chunks;
	size_t i;

	for (i = 0; i < n_workers && left > 0; i++) {
		if (i == k || i == v || !w[i].is_usable || !w[i].is_open ||
		    !(w[i].bytes_per_ns > 0))
			continue;
		n = (CLEARLY * ns - left_ns(&w[i])) * w[i].bytes_per_ns / bytes;
		if (n >= left)
			return true;
		if (n >= 1)
			left -= (double)(uint64_t)n;
	}
	return left <= 0;
}

/* Should worker k leave the oldest waiting chunk to others? */
static bool
leaves(const struct ocr_stream_policy *p, const struct ocr_stream_view *w,
    size_t n_workers, size_t k, const struct ocr_stream_rest *rest)
{
	double bytes = rest->bytes > 0 ? (double)rest->bytes : 1;
	size_t n = rest->n_waiting;
	double ns;

	if (!uses_speeds(p))
		return false;
	/* Until a card has been measured it gets one chunk at a time: it may be
	 * very slow. */
	if (p->schedule.kind == OCR_HWS && w[k].is_card &&
	    w[k].n_in_flight > 0 && !(w[k].bytes_per_ns > 0))
		return true;
	if (!rest->is_ended) {
		if (p->schedule.kind == OCR_HAP || !w[k].is_open)
			return false;
		n += rest->n_ahead;
	}
	/* Nothing is known of a card that is not open but that it takes long. */
	if (!w[k].is_open)
		ns = (double)w[k].launch_ns;
	else if (w[k].bytes_per_ns > 0)
		ns = end_ns(&w[k], bytes);
	else
		return false;
	return others_end_sooner(w, n_workers, k, k, bytes, n, ns);
}

/* Cost of giving a worker one more job; less is better. */
static unsigned
room_cost(const struct ocr_stream_view *w)
{
	if (w->n_in_flight > 0)
		return 2 + w->n_in_flight;
	return w->is_open ? 0 : 1;
}

/* Is a better than b for a chunk of so many bytes? */
static bool
is_better(const struct ocr_stream_policy *p, const struct ocr_stream_view *a,
    const struct ocr_stream_view *b, double bytes)
{
	unsigned cost_a = room_cost(a), cost_b = room_cost(b);

	if (cost_a != cost_b)
		return cost_a < cost_b;
	return uses_speeds(p) && a->bytes_per_ns > 0 && b->bytes_per_ns > 0 &&
	       end_ns(a, bytes) < end_ns(b, bytes);
}

static double
share_of(const struct ocr_stream_policy *p, const struct ocr_stream_view *w)
{
	double share = w->is_card ? p->schedule.ratio : 1;

	return w->weight > 0 ? share * w->weight : share;
}

/* In turn, weighted: a worker's turn grows by its share with each chunk, and
 * falls by all shares when it gets one. */
static int
choose_in_turn(const struct ocr_stream_policy *p, struct ocr_stream_view *w,
    size_t n_workers)
{
	double share, sum = 0, best_turn = 0;
	int best = OCR_STREAM_NONE;
	size_t i;

	for (i = 0; i < n_workers; i++) {
		if (!w[i].is_usable || is_stuck(w, n_workers, i))
			continue;
		share = share_of(p, &w[i]);
		sum += share;
		if (best < 0 || w[i].turn + share > best_turn) {
			best = (int)i;
			best_turn = w[i].turn + share;
		}
	}
	if (best < 0)
		return OCR_STREAM_NONE;
	if (!has_room(&w[best]))
		return w[best].is_host ? OCR_STREAM_LATER : OCR_STREAM_NONE;
	for (i = 0; i < n_workers; i++)
		if (w[i].is_usable && !is_stuck(w, n_workers, i))
			w[i].turn += share_of(p, &w[i]);
	w[best].turn -= sum;
	return best;
}

int
ocr_stream_choose(struct ocr_stream_policy *p, struct ocr_stream_view *w,
    size_t n_workers, const struct ocr_stream_rest *rest)
{
	int best = OCR_STREAM_NONE;
	bool is_left = false;
	size_t i;

	if (p->schedule.kind == OCR_STATIC)
		return choose_in_turn(p, w, n_workers);
	for (i = 0; i < n_workers; i++) {
		if (!has_room(&w[i]))
			continue;
		if (best >= 0 &&
		    !is_better(p, &w[i], &w[best], (double)rest->bytes))
			continue;
		if (leaves(p, w, n_workers, i, rest))
			is_left = true;
		else
			best = (int)i;
	}
	return best < 0 && is_left ? OCR_STREAM_LATER : best;
}

static bool
is_idle(const struct ocr_stream_view *w)
{
	return w->is_usable && w->is_open && w->n_in_flight == 0;
}

/* Has it something that it cannot have begun? */
static bool
is_victim(const struct ocr_stream_view *w)
{
	return w->is_usable && w->gives_back && w->n_in_flight >= 2;
}

static int
random_victim(struct ocr_stream_policy *p, const struct ocr_stream_view *w,
    size_t n_workers)
{
	uint64_t n = 0, pick;
	size_t i;

	for (i = 0; i < n_workers; i++)
		n += is_victim(&w[i]);
	if (n == 0)
		return OCR_STREAM_NONE;
	pick = ocr_random_below(&p->random, n);
	for (i = 0; i < n_workers; i++)
		if (is_victim(&w[i]) && pick-- == 0)
			break;
	return (int)i;
}

/* Is more left to be done by a than by b?  By time, or where that is not known
 * of one of them by bytes. */
static bool
has_more_left(const struct ocr_stream_view *a, const struct ocr_stream_view *b)
{
	if (a->bytes_per_ns > 0 && b->bytes_per_ns > 0)
		return left_ns(a) > left_ns(b);
	return a->bytes > b->bytes;
}

/* Is the newest job of v clearly done sooner if k takes it, and by nobody else
 * sooner than by k? */
static bool
is_gain(const struct ocr_stream_view *w, size_t n_workers, size_t k, size_t v)
{
	double bytes = job_bytes(&w[v]), ns;

	if (!(w[k].bytes_per_ns > 0) || !(w[v].bytes_per_ns > 0))
		return true;
	ns = bytes / w[k].bytes_per_ns;
	return ns < CLEARLY * left_ns(&w[v]) &&
	       !others_end_sooner(w, n_workers, k, v, bytes, 1, ns);
}

static int
timed_victim(const struct ocr_stream_view *w, size_t n_workers, size_t k)
{
	int best = OCR_STREAM_NONE;
	bool has_victims = false;
	size_t i;

	for (i = 0; i < n_workers; i++) {
		if (!is_victim(&w[i]))
			continue;
		has_victims = true;
		if (is_gain(w, n_workers, k, i) &&
		    (best < 0 || has_more_left(&w[i], &w[best])))
			best = (int)i;
	}
	return best < 0 && has_victims ? OCR_STREAM_LATER : best;
}

int
ocr_stream_steal(struct ocr_stream_policy *p, const struct ocr_stream_view *w,
    size_t n_workers, int *victim)
{
	bool is_random = p->schedule.kind == OCR_HWS_PAPER ||
			 p->schedule.victim == OCR_VICTIM_RANDOM;
	int v, none = OCR_STREAM_NONE;
	size_t i;

	if (!steals(p))
		return none;
	for (i = 0; i < n_workers; i++) {
		if (!is_idle(&w[i]))
			continue;
		v = is_random ? random_victim(p, w, n_workers)
			      : timed_victim(w, n_workers, i);
		if (v >= 0) {
			*victim = v;
			return (int)i;
		}
		if (v == OCR_STREAM_LATER)
			none = v;
	}
	return none;
}

/* How long it would take for a job of so many bytes, and nothing else. */
static double
alone_ns(const struct ocr_stream_view *w, double bytes)
{
	if (!w->is_open)
		return OPENING_NS + UNKNOWN_NS;
	if (!(w->bytes_per_ns > 0))
		return UNKNOWN_NS;
	return bytes / w->bytes_per_ns * (w->width > 0 ? w->width : 1);
}

/* Until it has done what it has, or, where its speed is not known, as long
 * again as it has had that. */
static double
late_ns(const struct ocr_stream_view *w)
{
	return w->bytes_per_ns > 0 ? left_ns(w) : (double)w->busy_ns;
}

static bool
lends(const struct ocr_stream_view *w)
{
	return w->is_host && w->lends && w->n_in_flight > 0;
}

/* Small jobs are over before all are open: then one more may be. */
static bool
may_copy(const struct ocr_stream_view *w)
{
	return w->is_usable && w->n_in_flight == 0 && !w->is_refused &&
	       (w->is_host || !w->is_card);
}

/* Any schedule is better off with a chunk than without: those that do not steal
 * leave no host alone with one that it will never have done. */
int
ocr_stream_copy(const struct ocr_stream_policy *p,
    const struct ocr_stream_view *w, size_t n_workers, int *victim)
{
	bool is_calm =
		 p->schedule.kind == OCR_STATIC || p->schedule.has_no_steals,
	     has_hosts = false;
	double bytes, best_ns = 0;
	int v = OCR_STREAM_NONE, best = OCR_STREAM_NONE;
	size_t i;

	for (i = 0; i < n_workers; i++) {
		if (!lends(&w[i]))
			continue;
		has_hosts = true;
		if (is_calm && !is_stuck(w, n_workers, i))
			continue;
		if (v < 0 || late_ns(&w[i]) > late_ns(&w[v]))
			v = (int)i;
	}
	if (v < 0)
		return has_hosts ? OCR_STREAM_LATER : OCR_STREAM_NONE;
	bytes = job_bytes(&w[v]);
	for (i = 0; i < n_workers; i++) {
		if ((int)i == v || !may_copy(&w[i]))
			continue;
		if (best >= 0 && alone_ns(&w[i], bytes) >= best_ns)
			continue;
		best = (int)i;
		best_ns = alone_ns(&w[i], bytes);
	}
	if (best < 0)
		return OCR_STREAM_NONE;
	*victim = v;
	return best_ns < CLEARLY * late_ns(&w[v]) ? best : OCR_STREAM_LATER;
}
