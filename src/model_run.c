/*
 * model_run.c - images through the parts of a model
 */
#include "config.h"

#include "src/model.h"

#include <stdlib.h>

#include "src/model_part.h"
#include "src/net_run.h"

#define STATE_BYTES ((uint64_t)64 << 20)
#define MAX_BATCH 256

struct ocr_model_state {
	const struct ocr_model *m;
	size_t batch;
	struct ocr_bnn_state *first;
	struct ocr_net_run *second;
	float *between; /* scores of the first part, if there is a second */
	float *scores;  /* where the caller wants none */
	int64_t *labels;
};

static int
open_parts(struct ocr_model_state *s, struct ocr_err *err)
{
	const struct ocr_model *m = s->m;
	int r = 0;

	if (m->packed != NULL)
		r = ocr_bnn_state_new(&s->first, m->packed, err);
	if (r == 0 && m->from < m->to)
		r = ocr_net_run_new(&s->second, m->net, m->from, m->to - 1,
		    OCR_NET_BEST, s->batch, err);
	if (r == 0 && s->second != NULL &&
	    ocr_net_run_output(s->second) != m->scores)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: its last node does not make its output", m->path);
	return r;
}

/* Layers have their memory at once, or most of them: see net_slots.h. */
size_t
ocr_model_batch(const struct ocr_model *m)
{
	uint64_t most = m->input.n_bytes, n;
	uint32_t i, k;

	for (i = m->from; m->net != NULL && i < m->to; i++)
		for (k = 0; k < m->net->nodes[i].n_out; k++) {
			const struct ocr_tensor *t =
			    &m->net->tensors[m->net->nodes[i].out[k]];

			if (t->has_shape && t->n_dims > 0)
				n = 4 * ocr_tensor_count(t, 1);
			else
				n = 0;
			most = n > most ? n : most;
		}
	n = STATE_BYTES / (4 * most + 1);
	return n < 1 ? 1 : n > MAX_BATCH ? MAX_BATCH : (size_t)n;
}

int
ocr_model_state_new(struct ocr_model_state **out, const struct ocr_model *m,
    size_t batch, struct ocr_err *err)
{
	struct ocr_model_state *s = calloc(1, sizeof(*s));
	int r;

	*out = NULL;
	if (s == NULL)
		return ocr_err_nomem(err);
	s->m = m;
	s->batch = batch;
	r = open_parts(s, err);
	if (r == 0 && s->first != NULL && s->second != NULL) {
		s->between =
		    calloc(batch, m->first.bnn->n_scores * sizeof(*s->between));
		r = s->between == NULL ? ocr_err_nomem(err) : 0;
	}
	if (r == 0) {
		s->scores = calloc(batch,
		    (m->n_scores + (size_t)1) * sizeof(*s->scores));
		s->labels = calloc(batch, sizeof(*s->labels));
		if (s->scores == NULL || s->labels == NULL)
			r = ocr_err_nomem(err);
	}
	if (r < 0) {
		ocr_model_state_free(s);
		return r;
	}
	*out = s;
	return 0;
}

void
ocr_model_state_free(struct ocr_model_state *s)
{
	if (s == NULL)
		return;
	ocr_bnn_state_free(s->first);
	ocr_net_run_free(s->second);
	free(s->between);
	free(s->scores);
	free(s->labels);
	free(s);
}

static uint32_t
first_largest(const float *scores, uint32_t n)
{
	uint32_t best = 0, i;

	for (i = 1; i < n; i++)
		if (scores[i] > scores[best])
			best = i;
	return best;
}

int
ocr_model_run(struct ocr_model_state *s, const void *images, size_t n,
    float *scores, uint32_t *labels, struct ocr_err *err)
{
	const struct ocr_model *m = s->m;
	struct ocr_bnn_batch batch = {.images = images,
	    .stride = m->input.n_bytes,
	    .n = n,
	    .is_nhwc = m->input.is_nhwc};
	float *to = scores != NULL ? scores : s->scores;
	size_t i;
	int r = 0;

	if (n == 0)
		return 0;
	if (m->ort != NULL)
		r = ocr_ort_run(m->ort, images, n,
		    m->is_label ? (void *)s->labels : (void *)to, err);
	if (s->first != NULL)
		ocr_bnn_run(s->first, &batch,
		    s->second != NULL ? s->between : to, NULL);
	if (s->second != NULL)
		r = ocr_net_run_images(s->second,
		    s->first != NULL ? (const void *)s->between : images, n,
		    m->is_label ? (void *)s->labels : (void *)to, err);
	for (i = 0; r == 0 && labels != NULL && i < n; i++)
		labels[i] = m->is_label ? (uint32_t)s->labels[i]
					: first_largest(to + i * m->n_scores,
					      m->n_scores);
	return r;
}
