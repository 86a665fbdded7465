/*
 * infer_cards.c - see infer_cards.h
 */
#include "config.h"

#include "src/infer_cards.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/cardset.h"

#define FLOAT_ERROR 1e-3F

static int
init_finn(struct ocr_infer_cards *c, const struct ocr_infer *in,
    const struct ocr_card_infer_io *io, bool is_range, struct ocr_err *err)
{
	const struct ocr_model_input *input = ocr_model_input(in->model);
	struct ocr_finn_shape shape = {
	    .c = input->c,
	    .h = input->h,
	    .w = input->w,
	    .n_classes = ocr_model_n_scores(in->model),
	    .out_bytes = 1,
	};
	size_t n = 0;
	int r;

	/* Who wants scores, has no use for such a unit. */
	if (in->spec.n_values > 1 || in->spec.is_all || in->spec.is_softmax ||
	    shape.n_classes > 256)
		return 0;
	/* Nor hosts, which have scores. */
	if (ocr_host_team_is_wanted(&in->opt->host) || in->opt->host.is_worker)
		return 0;
	r = ocr_card_finn_init(&c->finn, &shape, io, OCR_INFER_CARD_IMAGES,
	    is_range, err);
	if (r < 0)
		return r;
	n += c->card.drivers[0] != NULL;
	c->card.drivers[n] = &c->finn.driver;
	return 0;
}

int
ocr_infer_cards_init(struct ocr_infer_cards *c, const struct ocr_infer *in,
    const struct ocr_card_infer_io *io, bool is_range, struct ocr_err *err)
{
	const struct ocr_bnn *bnn = ocr_model_bnn(in->model);
	struct ocr_err why = {0};
	int r;

	memset(c, 0, sizeof(*c));
	if (bnn == NULL)
		return 0;
	r = ocr_card_infer_init(&c->card, bnn, io, OCR_INFER_CARD_IMAGES,
	    is_range, &why);
	if (r == -OCR_ELIMIT)
		ocr_ui_note(in->ui, "cards: %s", why.text);
	else if (r < 0)
		return ocr_err_set(err, r, "%s", why.text);
	return init_finn(c, in, io, is_range, err);
}

void
ocr_infer_cards_plan(struct ocr_infer_cards *c)
{
	memset(c, 0, sizeof(*c));
	ocr_card_infer_plan(&c->card);
}

void
ocr_infer_cards_choose(const struct ocr_infer_cards *c, struct ocr_team *team,
    struct ocr_ui *ui)
{
	size_t i, n = team->cardset->n_units;

	if (c->card.drivers[0] != NULL || n == 0)
		return;
	for (i = 0; i < team->n_cpus; i++)
		team->workers[i].is_reserve = false;
	for (i = 0; i < n; i++)
		team->workers[team->n_cpus + i].is_retired = true;
	ocr_ui_warn(ui, "cards are not used: this model is not for them");
}

void
ocr_infer_cards_release(struct ocr_infer_cards *c)
{
	ocr_card_infer_release(&c->card);
}

bool
ocr_infer_cards_have_finn(const struct ocr_infer_cards *c,
    const struct ocr_team *team)
{
	const struct ocr_cardset *set = team->cardset;
	size_t i;

	for (i = 0; set != NULL && i < set->n_units; i++)
		if (set->units[i].driver == &c->finn.driver)
			return true;
	return false;
}

void
ocr_infer_cards_values(const struct ocr_infer *in, const int32_t *votes,
    const uint32_t *labels, size_t i, struct ocr_infer_value *out)
{
	const struct ocr_bnn *bnn = ocr_model_bnn(in->model);
	float scores[256], *all = scores;
	uint32_t n = bnn->n_scores, k;

	if (votes == NULL) {
		ocr_infer_values(&in->spec, NULL, labels[i], out);
		return;
	}
	if (n > 256)
		all = malloc(n * sizeof(*all));
	for (k = 0; all != NULL && k < n; k++)
		all[k] = ocr_bnn_score(bnn, k, votes[i * n + k]);
	ocr_infer_values(&in->spec, all, 0, out);
	if (all != scores)
		free(all);
}

bool
ocr_infer_cards_check(const struct ocr_infer *in, uint64_t i)
{
	const struct ocr_team_opt *t = &in->opt->team;

	if (t->verify == OCR_VERIFY_FULL || i == 0)
		return true;
	return (uint64_t)((double)i * t->verify_share) !=
	       (uint64_t)((double)(i + 1) * t->verify_share);
}

/* Sums of floats depend on the processor: which instructions it has. */
static bool
is_same(const struct ocr_infer *in, const struct ocr_infer_value *a,
    const struct ocr_infer_value *b)
{
	if (isnan(a->score) && isnan(b->score))
		return a->label == b->label;
	if (ocr_model_bnn(in->model) != NULL)
		return a->label == b->label && a->score == b->score;
	return fabsf(a->score - b->score) <=
	       FLOAT_ERROR * (1 + fabsf(b->score));
}

int
ocr_infer_cards_compare(const struct ocr_infer *in, uint64_t i,
    const struct ocr_infer_value *got, const struct ocr_infer_value *want,
    struct ocr_err *err)
{
	uint32_t k;

	for (k = 0; k < in->spec.n_values; k++) {
		struct ocr_infer_value a = ocr_result_value(got, k),
				       b = ocr_result_value(want, k);

		if (!is_same(in, &a, &b))
			return ocr_err_set(err, -OCR_EFORMAT,
			    "image %" PRIu64 " of the job: class %" PRIu32
			    ", score %g; it is class %" PRIu32 ", score %g",
			    i, a.label, (double)a.score, b.label,
			    (double)b.score);
	}
	return 0;
}
