/*
 * infer_shards.c - lines as files in a directory: ocr-infer --shards
 *
 *	images ─► infer ─► results ─► lines ─► shards
 *
 * Who has done a chunk makes its lines; that they are the right ones is seen
 * by making some of them again.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/infer_cards.h"

static int
refuse(const char *other, struct ocr_err *err)
{
	return ocr_err_set(err, -OCR_EUSAGE,
	    "--shards and %s cannot be used together", other);
}

int
ocr_infer_shards_check(const struct ocr_infer_opt *o, struct ocr_err *err)
{
	if (o->host.shards == NULL)
		return 0;
	if (o->output != NULL)
		return refuse("-o", err);
	if (o->form == OCR_INFER_SUMMARY)
		return refuse("--summary", err);
	if (o->form != OCR_INFER_TEXT && o->form != OCR_INFER_JSON)
		return refuse("--npy", err);
	/* What would have to come from all shards. */
	if (o->images.truth != OCR_TRUTH_NONE)
		return refuse("--truth", err);
	if (o->on_error == OCR_ON_ERROR_STOP)
		return refuse("--on-error=stop", err);
	return 0;
}

/* Results become lines. */
static int
make(void *ctx, struct ocr_job *job, uint64_t *n_bad, struct ocr_err *err)
{
	struct ocr_infer *in = ctx;
	uint64_t n_before = in->truths.n_failed;
	struct ocr_chunk *out = job->out;
	struct ocr_err lost = {0};
	const char *text;
	size_t n = 0;
	int r, r2;

	r = ocr_infer_put_results(in, job, err);
	r2 = ocr_infer_print_take(&in->print, &text, &n, r < 0 ? &lost : err);
	if (r == 0)
		r = r2;
	out->len = 0;
	if (r == 0 && n > out->cap)
		r = ocr_chunk_grow(out, n, err);
	if (r < 0)
		return r;
	memcpy(out->data, text, n);
	out->len = n;
	*n_bad = in->truths.n_failed - n_before;
	return 0;
}

/* One image of a shard again: the line that it should have, to p. */
static int
make_line(struct ocr_infer_state *state, const struct ocr_record *rec,
    struct ocr_infer_print *p, struct ocr_err *err)
{
	const struct ocr_infer_value *values = NULL;
	struct ocr_err why = {0};
	struct ocr_result result = {
	    .status = ocr_infer_state_put(state, rec, &why),
	    .truth = rec->truth,
	    .name = rec->name,
	    .n_name = rec->n_name,
	};
	int r = 0;

	if (result.status == -OCR_ENOMEM)
		return ocr_err_nomem(err);
	result.text = why.text;
	result.n_text = strlen(why.text);
	if (result.status == 0)
		r = ocr_infer_state_run(state, &values, err);
	result.values = values;
	return r < 0 ? r : ocr_infer_print_put(p, &result, err);
}

static int
check_line(const struct ocr_infer *in, struct ocr_infer_print *p,
    const char *line, size_t n, struct ocr_err *err)
{
	bool is_exact = ocr_model_bnn(in->model) != NULL;
	const char *want;
	size_t n_want;
	int r = ocr_infer_print_take(p, &want, &n_want, err);

	if (r < 0)
		return r;
	if ((n == n_want && memcmp(line, want, n) == 0) ||
	    (!is_exact && ocr_result_is_alike(line, n, want, n_want)))
		return 0;
	return ocr_err_set(err, -OCR_EFORMAT,
	    "wrong result: a line is '%.*s', not '%.*s'",
	    n > 0 && n < 200 ? (int)n - 1 : (int)(n < 200 ? n : 200), line,
	    (int)(n_want < 200 ? n_want - 1 : 200), want);
}

struct lines {
	const struct ocr_infer *in;
	struct ocr_infer_state *state;
	struct ocr_infer_print print;
	const char *at;
	size_t rest;
};

/* An image, which is number i of its chunk. */
static int
check_image(struct lines *l, const struct ocr_record *rec, uint64_t i,
    struct ocr_err *err)
{
	bool is_skipping = l->in->opt->on_error == OCR_ON_ERROR_SKIP;
	uint64_t n_failed = l->print.truths->n_failed;
	const char *end;
	size_t n;
	int r = 0;

	/* Who leaves lines out, has to be followed all the way. */
	if (is_skipping || ocr_infer_cards_check(l->in, i))
		r = make_line(l->state, rec, &l->print, err);
	else
		n_failed = UINT64_MAX;
	if (r == 0 && is_skipping && l->print.truths->n_failed > n_failed)
		return ocr_infer_print_take(&l->print, &end, &n, err);
	end = l->rest > 0 ? memchr(l->at, '\n', l->rest) : NULL;
	if (r == 0 && end == NULL)
		r = ocr_err_set(err, -OCR_EFORMAT,
		    "wrong result: lines are missing");
	if (r < 0)
		return r;
	n = (size_t)(end - l->at) + 1;
	if (n_failed != UINT64_MAX)
		r = check_line(l->in, &l->print, l->at, n, err);
	l->at += n;
	l->rest -= n;
	return r;
}

/* The lines of a job that are in a file, some of them. */
static int
check(void *state, const struct ocr_job *job, struct ocr_err *err)
{
	struct ocr_infer_state *s = ocr_infer_worker_state(state);
	const struct ocr_infer *in = ocr_infer_state_arg(s);
	struct ocr_truths truths = {0};
	struct lines l = {
	    .in = in,
	    .state = s,
	    .print =
		{
		    .form = in->opt->form,
		    .n_values = in->spec.n_values,
		    .names = &in->names,
		    .ui = in->ui,
		    .truths = &truths,
		    .is_kept = true,
		},
	    .at = (const char *)job->out->data,
	    .rest = job->out->len,
	};
	struct ocr_records it;
	struct ocr_record rec;
	uint64_t i;
	int r = ocr_infer_print_open(&l.print, err);

	ocr_records_begin(&it, in->images, job->in);
	for (i = 0; r == 0; i++) {
		r = ocr_records_next(&it, &rec, err);
		if (r <= 0)
			break;
		r = check_image(&l, &rec, i, err);
	}
	ocr_infer_print_release(&l.print);
	if (r == 0 && l.rest > 0)
		r = ocr_err_set(err, -OCR_EFORMAT,
		    "wrong result: there are more lines than images");
	return r;
}

int
ocr_infer_shards_open(struct ocr_infer *in, struct ocr_err *err)
{
	const struct ocr_infer_opt *opt = in->opt;
	struct ocr_shards_opt shards = {
	    .dir = opt->host.shards,
	    .suffix = opt->form == OCR_INFER_JSON ? "json" : "txt",
	    .type = OCR_RAW,
	    .is_resumed = opt->host.is_resumed,
	    .is_worker = opt->host.is_worker,
	    .verify = opt->team.verify,
	    .verify_share = opt->team.verify_share,
	    .ui = in->ui,
	    .make = make,
	    .check = check,
	    .ctx = in,
	};

	return shards.dir != NULL ? ocr_shards_open(&in->shards, &shards, err)
				  : 0;
}

int
ocr_infer_shards_run(struct ocr_infer *in, struct ocr_stream *loop,
    struct ocr_err *err)
{
	struct ocr_shards *s = &in->shards;
	struct ocr_err lost = {0};
	int r, r2;

	ocr_shards_wrap(s, loop->kernel);
	loop->kernel = &s->kernel;
	loop->sink = &s->sink;
	loop->recall = ocr_shards_recall;
	loop->recall_ctx = s;
	r = ocr_stream_run(loop, err);
	/* The kernel's options end here; and when hosts have gone, nobody
	 * writes to DIR any more. */
	ocr_team_close(in->team);
	r2 = ocr_shards_finish(s, r == 0, r == 0 ? err : &lost);
	in->truths.n_failed = s->n_bad;
	in->meter->out_bytes += s->out_bytes;
	if (s->n_recalled > 0)
		ocr_ui_note(in->ui, "%llu shards were there",
		    (unsigned long long)s->n_recalled);
	return r < 0 ? r : r2;
}
