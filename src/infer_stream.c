/*
 * infer_stream.c - images as chunks of records
 *
 *	images ─► infer (batches of a chunk's records) ─► results ─► print
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/infer_cards.h"

#define MESSAGE_BYTES 128 /* usual */

/* Some records need more room than this; it is made then. */
static size_t
out_bytes(const struct ocr_kernel *k, const struct ocr_chunk *in, size_t in_len)
{
	const struct ocr_infer *run = k->arg;

	(void)in;
	return in_len / 8 +
	       64 * (ocr_result_bytes(run->spec.n_values) + MESSAGE_BYTES);
}

struct worker {
	const struct ocr_infer *run;
	struct ocr_infer_state *state;
	size_t *at; /* of the values of the batch's images in the output */
};

static void
close_worker(void *state)
{
	struct worker *w = state;

	ocr_infer_state_free(w->state);
	free(w->at);
	free(w);
}

static int
open_worker(const struct ocr_kernel *k, void **state, struct ocr_err *err)
{
	const struct ocr_infer *run = k->arg;
	struct worker *w = calloc(1, sizeof(*w));
	int r;

	if (w == NULL)
		return ocr_err_nomem(err);
	w->run = run;
	w->at = calloc(run->spec.batch, sizeof(*w->at));
	r = w->at == NULL ? ocr_err_nomem(err)
			  : ocr_infer_state_new(&w->state, &run->spec, err);
	if (r < 0) {
		close_worker(w);
		return r;
	}
	*state = w;
	return 0;
}

/* The batch's values to where room was left for them. */
static int
run_batch(struct worker *w, struct ocr_chunk *out, struct ocr_err *err)
{
	const struct ocr_infer_value *values;
	uint32_t n_values = w->run->spec.n_values;
	size_t n = ocr_infer_state_n(w->state), i;
	int r;

	if (n == 0)
		return 0;
	r = ocr_infer_state_run(w->state, &values, err);
	for (i = 0; r == 0 && i < n; i++)
		memcpy(out->data + w->at[i], values + i * n_values,
		    n_values * sizeof(*values));
	return r;
}

static int
put_record(struct worker *w, const struct ocr_record *rec,
    struct ocr_chunk *out, struct ocr_err *err)
{
	struct ocr_err why = {0};
	struct ocr_result result = {
	    .truth = rec->truth,
	    .name = rec->name,
	    .n_name = rec->n_name,
	};
	size_t at;
	int r;

	result.status = ocr_infer_state_put(w->state, rec, &why);
	if (result.status == -OCR_ENOMEM)
		return ocr_err_nomem(err);
	result.text = why.text;
	result.n_text = strlen(why.text);
	r = ocr_result_pack(out, &result, w->run->spec.n_values, &at, err);
	if (r < 0 || result.status < 0)
		return r;
	w->at[ocr_infer_state_n(w->state) - 1] = at;
	if (ocr_infer_state_n(w->state) == w->run->spec.batch)
		r = run_batch(w, out, err);
	return r;
}

static int
run(void *state, struct ocr_job *job)
{
	struct worker *w = state;
	struct ocr_records it;
	struct ocr_record rec;
	int r;

	job->out->len = 0; /* of a card, which was wrong */
	ocr_records_begin(&it, w->run->images, job->in);
	for (;;) {
		r = ocr_records_next(&it, &rec, &job->err);
		if (r <= 0)
			break;
		r = put_record(w, &rec, job->out, &job->err);
		if (r < 0)
			break;
	}
	if (r == 0)
		r = run_batch(w, job->out, &job->err);
	job->out->type = OCR_RAW;
	job->out->raw_len = job->out->len;
	return r;
}

/*
 * Cards: which images of a job are broken is known when they are loaded, and
 * asked for when there are results.  It waits as bits in the room for these.
 */
static size_t
count(void *arg, const struct ocr_job *job)
{
	const struct ocr_infer *in = arg;
	struct ocr_records it;
	struct ocr_record rec;
	struct ocr_err err = {0};
	size_t n = 0;

	ocr_records_begin(&it, in->images, job->in);
	while (ocr_records_next(&it, &rec, &err) == 1)
		n++;
	return err.code != 0 || (n + 7) / 8 > job->out->cap ? 0 : n;
}

/* Pixels of files and of rows. */
static int
open_pixels(struct ocr_pixels *p[2], const struct ocr_infer *in,
    struct ocr_err *err)
{
	int r;

	p[0] = p[1] = NULL;
	r = ocr_pixels_new(&p[0], &in->spec.files, err);
	return r < 0 ? r : ocr_pixels_new(&p[1], &in->spec.rows, err);
}

static size_t
load(void *arg, const struct ocr_job *job, uint8_t *pixels, size_t n)
{
	const struct ocr_infer *in = arg;
	size_t n_bytes = ocr_model_input(in->model)->n_bytes, i;
	unsigned char *broken = job->out->data;
	struct ocr_pixels *p[2];
	struct ocr_records it;
	struct ocr_record rec;
	struct ocr_err err = {0};
	int r = open_pixels(p, in, &err);

	memset(broken, r < 0 ? 255 : 0, (n + 7) / 8);
	ocr_records_begin(&it, in->images, job->in);
	for (i = 0; r == 0 && i < n; i++) {
		ocr_err_clear(&err);
		if (ocr_records_next(&it, &rec, &err) != 1)
			break;
		if (ocr_record_pixels(&rec, p[rec.shape.c > 0],
			pixels + i * n_bytes, &err) == 0)
			continue;
		memset(pixels + i * n_bytes, 0, n_bytes);
		broken[i / 8] |= (unsigned char)(1U << (i % 8));
	}
	ocr_pixels_free(p[0]);
	ocr_pixels_free(p[1]);
	return i;
}

/* The message of a broken image. */
static int
store_broken(const struct ocr_infer *in, const struct ocr_record *rec,
    struct ocr_chunk *out, uint8_t *room, struct ocr_err *err)
{
	struct ocr_err why = {0};
	struct ocr_result result = {
	    .truth = rec->truth,
	    .name = rec->name,
	    .n_name = rec->n_name,
	    .text = why.text,
	};
	struct ocr_pixels *p[2];
	size_t at;
	int r = open_pixels(p, in, err);

	if (r == 0) {
		result.status =
		    ocr_record_pixels(rec, p[rec->shape.c > 0], room, &why);
		result.n_text = strlen(why.text);
		if (result.status == 0)
			r = ocr_err_set(err, -OCR_EFORMAT,
			    "an image that could not be read can be");
	}
	ocr_pixels_free(p[0]);
	ocr_pixels_free(p[1]);
	return r < 0
		   ? r
		   : ocr_result_pack(out, &result, in->spec.n_values, &at, err);
}

static int
store_all(const struct ocr_infer *in, struct ocr_job *job, const int32_t *votes,
    const uint32_t *labels, const unsigned char *broken, uint8_t *room,
    struct ocr_infer_value *values, struct ocr_err *err)
{
	struct ocr_records it;
	struct ocr_record rec;
	size_t i, at;
	int r;

	ocr_records_begin(&it, in->images, job->in);
	for (i = 0;; i++) {
		r = ocr_records_next(&it, &rec, err);
		if (r <= 0)
			return r;
		if (broken[i / 8] >> (i % 8) & 1) {
			r = store_broken(in, &rec, job->out, room, err);
		} else {
			struct ocr_result result = {.truth = rec.truth,
			    .name = rec.name,
			    .n_name = rec.n_name,
			    .values = values};

			ocr_infer_cards_values(in, votes, labels, i, values);
			r = ocr_result_pack(job->out, &result,
			    in->spec.n_values, &at, err);
		}
		if (r < 0)
			return r;
	}
}

static int
store(void *arg, struct ocr_job *job, const int32_t *votes,
    const uint32_t *labels, struct ocr_err *err)
{
	const struct ocr_infer *in = arg;
	size_t n = (count(arg, job) + 7) / 8;
	unsigned char *broken = malloc(n + 1);
	uint8_t *room = malloc(ocr_model_input(in->model)->n_bytes);
	struct ocr_infer_value *values =
	    calloc(in->spec.n_values, sizeof(*values));
	int r;

	if (broken == NULL || room == NULL || values == NULL) {
		r = ocr_err_nomem(err);
	} else {
		memcpy(broken, job->out->data, n);
		job->out->len = 0;
		r = store_all(in, job, votes, labels, broken, room, values,
		    err);
	}
	job->out->type = OCR_RAW;
	job->out->raw_len = job->out->len;
	free(broken);
	free(room);
	free(values);
	return r;
}

void
ocr_infer_stream_io(struct ocr_infer *in, struct ocr_card_infer_io *io)
{
	*io = (struct ocr_card_infer_io){
	    .arg = in,
	    .is_nhwc = ocr_model_input(in->model)->is_nhwc,
	    .count = count,
	    .load = load,
	    .store = store,
	};
}

/* One image of a job again. */
static int
verify_one(struct worker *w, const struct ocr_record *rec, uint64_t i,
    const struct ocr_result *got, struct ocr_err *err)
{
	const struct ocr_infer_value *want;
	struct ocr_err why = {0};
	int r = ocr_infer_state_put(w->state, rec, &why);

	if (r < 0 || got->status < 0)
		return r == got->status
			   ? 0
			   : ocr_err_set(err, -OCR_EFORMAT,
				 "an image that can be read: %s", why.text);
	r = ocr_infer_state_run(w->state, &want, err);
	return r < 0
		   ? r
		   : ocr_infer_cards_compare(w->run, i, got->values, want, err);
}

/* Who the image is, the record says: hosts repeat it. */
static bool
is_of(const struct ocr_result *got, const struct ocr_record *rec)
{
	return got->truth == rec->truth && got->n_name == rec->n_name &&
	       memcmp(got->name, rec->name, rec->n_name) == 0;
}

static int
verify(void *state, const struct ocr_job *job, struct ocr_err *err)
{
	struct worker *w = state;
	struct ocr_records it;
	struct ocr_record rec;
	struct ocr_result got;
	size_t at = 0;
	uint64_t i;
	int r = 0;

	ocr_records_begin(&it, w->run->images, job->in);
	for (i = 0; r == 0; i++) {
		r = ocr_records_next(&it, &rec, err);
		if (r < 0)
			return r;
		if (r == 0)
			return at == job->out->len
				   ? 0
				   : ocr_err_set(err, -OCR_EFORMAT,
					 "there are more results than images");
		r = 0;
		if (!ocr_result_next(job->out, w->run->spec.n_values, &at,
			&got))
			return ocr_err_set(err, -OCR_EFORMAT,
			    "results are missing");
		if (!is_of(&got, &rec))
			return ocr_err_set(err, -OCR_EFORMAT,
			    "a result is of another image");
		if (ocr_infer_cards_check(w->run, i))
			r = verify_one(w, &rec, i, &got, err);
	}
	return r;
}

struct ocr_infer_state *
ocr_infer_worker_state(void *state)
{
	return ((struct worker *)state)->state;
}

struct sink {
	struct ocr_sink sink; /* first */
	struct ocr_infer *run;
};

static int
put_error(struct ocr_infer *run, const struct ocr_chunk *c, const char *text,
    size_t n, int code, struct ocr_err *err)
{
	char where[256];
	struct ocr_result r = {
	    .status = code < 0 ? code : -OCR_EFORMAT,
	    .truth = OCR_IMAGES_NO_TRUTH,
	    .text = text,
	    .n_text = n,
	};

	r.name = c->origin != NULL
		     ? c->origin->name
		     : ocr_chunk_describe(c, where, sizeof(where));
	r.n_name = strlen(r.name);
	return ocr_infer_print_put(&run->print, &r, err);
}

/* A line for each image, whatever was sent and not verified. */
int
ocr_infer_put_results(struct ocr_infer *run, const struct ocr_job *job,
    struct ocr_err *err)
{
	struct ocr_result result;
	struct ocr_records it;
	struct ocr_record rec;
	size_t at = 0;
	int r = 0;

	/* A host has read what is only named here; but truths are in it. */
	if (run->print.has_truth && job->in->type == OCR_REF)
		r = ocr_chunk_load(job->in, err);
	if (r < 0)
		return r;
	ocr_records_begin(&it, run->images, job->in);
	for (;;) {
		r = ocr_records_next(&it, &rec, err);
		if (r <= 0)
			return r;
		if (!ocr_result_next(job->out, run->spec.n_values, &at,
			&result) ||
		    !is_of(&result, &rec))
			return ocr_err_set(err, -OCR_EFORMAT,
			    "%s: results that are not those of its images",
			    job->worker != NULL ? job->worker->name : "?");
		r = ocr_infer_print_put(&run->print, &result, err);
		if (r < 0)
			return r;
	}
}

static int
put(struct ocr_sink *s, struct ocr_job *job, struct ocr_err *err)
{
	struct ocr_infer *run = ((struct sink *)s)->run;
	int r = 0;

	if (job->in->kind == OCR_CHUNK_ORIGIN)
		return 0;
	if (job->in->type == OCR_ERROR) {
		r = put_error(run, job->in, (const char *)job->in->data,
		    job->in->len, job->in->code, err);
	} else if (job->status == -OCR_EFORMAT) {
		r = put_error(run, job->in, job->err.text,
		    strlen(job->err.text), job->status, err);
	} else if (job->status < 0) {
		return ocr_err_set(err, job->status, "%s", job->err.text);
	}
	if (r == 0 && job->status == 0 && job->in->type != OCR_ERROR)
		r = ocr_infer_put_results(run, job, err);
	return r == 0 ? ocr_infer_print_flush(&run->print, err) : r;
}

void
ocr_infer_kernel(struct ocr_infer *in, struct ocr_kernel *k)
{
	*k = (struct ocr_kernel){
	    .name = "k_cnv",
	    .arg = in,
	    .out_bytes = out_bytes,
	    .open = open_worker,
	    .run = run,
	    .verify = verify,
	    .is_inexact = true,
	    .close = close_worker,
	    .drivers = in->drivers,
	};
}

int
ocr_infer_stream(struct ocr_infer *in, struct ocr_err *err)
{
	struct sink sink = {.sink = {.put = put}, .run = in};
	struct ocr_kernel kernel;
	struct ocr_stream loop = {
	    .sink = &sink.sink,
	    .kernel = &kernel,
	    .team = in->team,
	    .chunk_bytes = OCR_CHUNK_BYTES,
	    .memory_bytes = in->opt->memory_bytes,
	    .meter = in->meter,
	    .ui = in->ui,
	};
	int r = 0;

	if (in->images == NULL)
		r = ocr_images_open(&in->images, &in->images_opt, err);
	if (r < 0)
		return r;
	ocr_infer_kernel(in, &kernel);
	ocr_host_team_stream(&in->hosts, &loop);
	loop.source = ocr_images_source(in->images);
	if (in->shards.dir != NULL)
		return ocr_infer_shards_run(in, &loop, err);
	r = ocr_stream_run(&loop, err);
	ocr_team_close(in->team); /* the kernel's options end here */
	return r;
}
