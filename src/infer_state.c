/*
 * infer_state.c - see infer_state.h
 */
#include "config.h"

#include "src/infer_state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/huge.h"

struct ocr_infer_state {
	const struct ocr_infer_spec *spec;
	struct ocr_model_state *model;
	struct ocr_pixels *files, *rows;
	size_t n, n_bytes; /* images; bytes of one */
	uint8_t *images;
	float *scores;
	uint32_t *labels;
	struct ocr_infer_value *values;
};

static int
alloc(struct ocr_infer_state *s, struct ocr_err *err)
{
	const struct ocr_infer_spec *spec = s->spec;
	size_t n = spec->batch;
	size_t n_scores = ocr_model_n_scores(spec->model);

	s->n_bytes = ocr_model_input(spec->model)->n_bytes;
	s->images = ocr_huge_alloc(n * s->n_bytes, "images", err);
	if (s->images == NULL)
		return -OCR_ENOMEM;
	s->scores = calloc(n, (n_scores + 1) * sizeof(*s->scores));
	s->labels = calloc(n, sizeof(*s->labels));
	s->values = calloc(n, spec->n_values * sizeof(*s->values));
	return s->scores == NULL || s->labels == NULL || s->values == NULL
		   ? ocr_err_nomem(err)
		   : 0;
}

int
ocr_infer_state_new(struct ocr_infer_state **out,
    const struct ocr_infer_spec *spec, struct ocr_err *err)
{
	struct ocr_infer_state *s = calloc(1, sizeof(*s));
	int r;

	*out = NULL;
	if (s == NULL)
		return ocr_err_nomem(err);
	s->spec = spec;
	r = ocr_model_state_new(&s->model, spec->model, spec->batch, err);
	if (r == 0)
		r = ocr_pixels_new(&s->files, &spec->files, err);
	if (r == 0)
		r = ocr_pixels_new(&s->rows, &spec->rows, err);
	if (r == 0)
		r = alloc(s, err);
	if (r < 0) {
		ocr_infer_state_free(s);
		return r;
	}
	*out = s;
	return 0;
}

void
ocr_infer_state_free(struct ocr_infer_state *s)
{
	if (s == NULL)
		return;
	ocr_model_state_free(s->model);
	ocr_pixels_free(s->files);
	ocr_pixels_free(s->rows);
	ocr_huge_free(s->images, s->spec->batch * s->n_bytes);
	free(s->scores);
	free(s->labels);
	free(s->values);
	free(s);
}

const void *
ocr_infer_state_arg(const struct ocr_infer_state *s)
{
	return s->spec->arg;
}

size_t
ocr_infer_state_n(const struct ocr_infer_state *s)
{
	return s->n;
}

int
ocr_infer_state_put(struct ocr_infer_state *s, const struct ocr_record *rec,
    struct ocr_err *err)
{
	int r = ocr_record_pixels(rec, rec->shape.c > 0 ? s->rows : s->files,
	    s->images + s->n * s->n_bytes, err);

	if (r == 0)
		s->n++;
	return r;
}

/* e^score / sum; the largest becomes e^0 first, so that nothing overflows. */
static void
softmax(float *scores, uint32_t n)
{
	float most = scores[0];
	double sum = 0;
	uint32_t i;

	for (i = 1; i < n; i++)
		most = scores[i] > most ? scores[i] : most;
	for (i = 0; i < n; i++)
		sum += exp((double)scores[i] - most);
	for (i = 0; i < n; i++)
		scores[i] = (float)(exp((double)scores[i] - most) / sum);
}

static bool
is_better(float a, float b)
{
	return a > b || (isnan(b) && !isnan(a));
}

/* The n_best highest in order, the first of equals first; NAN is the lowest. */
static void
find_best(const float *scores, uint32_t n, struct ocr_infer_value *best,
    uint32_t n_best)
{
	uint32_t n_found = 0, i, j;

	for (i = 0; i < n; i++) {
		float x = scores[i];

		if (n_found == n_best && !is_better(x, best[n_best - 1].score))
			continue;
		j = n_found < n_best ? n_found++ : n_best - 1;
		for (; j > 0 && is_better(x, best[j - 1].score); j--)
			best[j] = best[j - 1];
		best[j] = (struct ocr_infer_value){.label = i, .score = x};
	}
}

static void
find_values(const struct ocr_infer_spec *spec, float *scores, uint32_t label,
    struct ocr_infer_value *out)
{
	uint32_t n = ocr_model_n_scores(spec->model), i;

	if (scores == NULL || n == 0) {
		for (i = 0; i < spec->n_values; i++)
			out[i] = (struct ocr_infer_value){label, NAN};
		return;
	}
	if (spec->is_softmax)
		softmax(scores, n);
	if (spec->is_all)
		for (i = 0; i < n; i++)
			out[i] = (struct ocr_infer_value){i, scores[i]};
	else
		find_best(scores, n, out, spec->n_values);
	for (i = 0; spec->is_label_only && i < spec->n_values; i++)
		out[i].score = NAN;
}

void
ocr_infer_values(const struct ocr_infer_spec *spec, float *scores,
    uint32_t label, struct ocr_infer_value *out)
{
	find_values(spec, scores, label, out);
	ocr_infer_values_swap(out, spec->n_values);
}

int
ocr_infer_state_run(struct ocr_infer_state *s,
    const struct ocr_infer_value **values, struct ocr_err *err)
{
	const struct ocr_infer_spec *spec = s->spec;
	size_t n_scores = ocr_model_n_scores(spec->model), n = s->n, i;
	int r =
	    ocr_model_run(s->model, s->images, n, s->scores, s->labels, err);

	s->n = 0;
	for (i = 0; r == 0 && i < n; i++)
		ocr_infer_values(spec, s->scores + i * n_scores, s->labels[i],
		    s->values + i * spec->n_values);
	*values = s->values;
	return r;
}
