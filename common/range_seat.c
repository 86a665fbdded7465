/*
 * range_seat.c - who takes part in a round, what is believed of them, and what
 * each has at first
 */
#include "config.h"

#include "common/range_loop.h"
#include "common/range_word.h"
#include "common/team.h"
#include "common/ui.h"

/* What nobody knows yet.  Of a thread: to change another's word.  Of a host: to
 * launch a card, the next one waits for so long. */
#define STEAL_NS 100
#define SUBMIT_NS 1500
#define CARD_TIMES 2.5

static double
mean_rate(const struct ocr_range_loop *l, size_t first, size_t end)
{
	double sum = 0, rate;
	size_t i, n = 0;

	for (i = first; i < end; i++) {
		rate = l->beliefs[i].rate[l->unit];
		sum += rate;
		n += rate > 0;
	}
	return n > 0 ? sum / (double)n : 0;
}

/* What has not been measured is like others of its kind, or of the other. */
static double
rate_of(const struct ocr_range_loop *l, size_t i, bool *is_measured)
{
	const struct ocr_team *t = l->team;
	double ratio = l->opt.schedule.ratio, own, other;
	bool is_card = i >= t->n_cpus;

	*is_measured = l->beliefs[i].rate[l->unit] > 0;
	if (*is_measured)
		return l->beliefs[i].rate[l->unit];
	if (!(ratio > 0))
		ratio = CARD_TIMES;
	own = mean_rate(l, is_card ? t->n_cpus : 0,
	    is_card ? t->n_workers : t->n_cpus);
	if (own > 0)
		return own;
	other = mean_rate(l, is_card ? 0 : t->n_cpus,
	    is_card ? t->n_cpus : t->n_workers);
	if (other > 0)
		return is_card ? other * ratio : other / ratio;
	return is_card ? ratio : 1;
}

unsigned
ocr_range_usable_threads(struct ocr_range_loop *l)
{
	const struct ocr_team *t = l->team;
	size_t i;

	if (l->n_threads == 0 || !t->workers[0].is_reserve)
		return l->n_threads;
	for (i = t->n_cpus; i < t->n_workers; i++)
		if (!t->workers[i].is_retired)
			return 0;
	if (!l->is_on_reserve && l->opt.ui != NULL)
		ocr_ui_warn(l->opt.ui,
		    "none of the devices is left: the CPU works on");
	l->is_on_reserve = true;
	return l->n_threads;
}

static bool
is_usable_card(const struct ocr_worker *w)
{
	return w->is_open && !w->is_opening && !w->is_retired;
}

size_t
ocr_range_usable_cards(const struct ocr_range_loop *l)
{
	const struct ocr_team *t = l->team;
	size_t i, n = 0;

	for (i = t->n_cpus; i < t->n_workers; i++)
		n += is_usable_card(&t->workers[i]);
	return n;
}

static void
sit_down(struct ocr_range_loop *l, size_t worker)
{
	const struct ocr_worker *w = &l->team->workers[worker];
	const struct ocr_range_belief *b = &l->beliefs[worker];
	size_t k = l->n_seats++;
	struct ocr_range_seat *s = &l->seats[k];
	struct ocr_policy_worker *p = &l->workers[k];

	*s = (struct ocr_range_seat){.worker = worker, .seen = *b};
	l->seed = l->seed * 6364136223846793005u + 1442695040888963407u;
	s->random = l->seed | 1;
	*p = (struct ocr_policy_worker){.align = w->align > 0 ? w->align : 1,
	    .submit_ns = STEAL_NS};
	p->rate = rate_of(l, worker, &p->is_measured);
	if (worker < l->team->n_cpus)
		return;
	s->lock = OCR_LOCK_HELD;
	s->freed = (struct ocr_job){
	    .worker = &l->team->workers[worker],
	    .index = k,
	    .stage = OCR_STAGE_RUN,
	};
	p->is_card = true;
	p->launch_ns = b->launch_ns + b->finish_ns + b->collect_ns;
	p->submit_ns = SUBMIT_NS;
	p->read_ns = b->read_ns;
	p->write_ns = b->write_ns;
	p->is_fixed =
	    !w->is_cuttable || (!l->sweep.is_idempotent && !w->has_exact_cuts);
	p->is_exact = !l->sweep.is_idempotent;
}

static void
choose_seats(struct ocr_range_loop *l, bool with_cards)
{
	const struct ocr_team *t = l->team;
	size_t i;

	l->n_seats = 0;
	l->n_seat_threads = ocr_range_usable_threads(l);
	for (i = 0; i < l->n_seat_threads; i++)
		sit_down(l, i);
	for (i = t->n_cpus; with_cards && i < t->n_workers; i++)
		if (is_usable_card(&t->workers[i]))
			sit_down(l, i);
	l->policy.workers = l->workers;
	l->policy.n_workers = l->n_seats;
	l->has_manager = l->n_seats > l->n_seat_threads;
}

static bool
has_card_work(const struct ocr_range_loop *l)
{
	return l->bounds[l->n_seat_threads] < l->bounds[l->n_seats];
}

/* Items below `from` have been done. */
static void
split(struct ocr_range_loop *l, uint64_t from)
{
	size_t k;

	ocr_policy_split(&l->policy, l->n, l->bounds);
	for (k = 0; k <= l->n_seats; k++)
		if (l->bounds[k] < from)
			l->bounds[k] = from;
}

/* A card that would get nothing now is not worth its launch: then the caller is
 * a thread as the others are. */
void
ocr_range_divide(struct ocr_range_loop *l, uint64_t from)
{
	/* Words of cards have 32 bits. */
	bool with_cards = l->base + l->n <= UINT32_MAX;

	choose_seats(l, with_cards);
	if (l->has_chunks)
		return;
	split(l, from);
	if (l->has_manager && l->n_seat_threads > 0 && !has_card_work(l)) {
		choose_seats(l, false);
		split(l, from);
	}
}

void
ocr_range_first_tokens(struct ocr_range_loop *l)
{
	struct ocr_range_seat *s;
	size_t k;

	atomic_store(&l->n_tokens, 0);
	for (k = 0; k < l->n_seats; k++) {
		s = &l->seats[k];
		if (k >= l->n_seat_threads) {
			l->n_tokens +=
			    l->has_chunks || l->bounds[k] < l->bounds[k + 1];
			continue;
		}
		/* Chunks are taken by whoever comes, and by the caller. */
		if (l->has_chunks) {
			if (k > 0 || l->has_manager)
				continue;
		} else if (l->bounds[k] >= l->bounds[k + 1]) {
			continue;
		} else {
			s->word = ocr_word((uint32_t)l->bounds[k],
			    (uint32_t)l->bounds[k + 1]);
			s->view.start = s->view.at = l->bounds[k];
		}
		s->token = OCR_TOKEN_WAITS;
		l->n_tokens++;
	}
}

void
ocr_range_sit_alone(struct ocr_range_loop *l)
{
	l->n_seats = 0;
	l->n_seat_threads = 1;
	l->has_manager = false;
	sit_down(l, 0);
	l->policy.workers = l->workers;
	l->policy.n_workers = 1;
}
