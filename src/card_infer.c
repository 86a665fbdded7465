/*
 * card_infer.c - k_cnv of a card, as a driver: see card_infer.h
 */
#include "config.h"

#include "src/card_infer.h"

#include <stdlib.h>
#include <string.h>

#include "common/job.h"
#include "src/cnv_pack.h"

#define MAX_JOB_BYTES ((size_t)1 << 28)

enum { BUFFER_NET, BUFFER_IMAGES, BUFFER_VOTES };

enum { ARG_START, ARG_END, ARG_ACK, ARG_FIRST, ARG_NET, ARG_IMAGES, ARG_VOTES };

void
ocr_card_images_init(struct ocr_card_images *m,
    const struct ocr_card_infer_io *io, size_t image_bytes, size_t result_bytes,
    size_t max_images, bool is_range)
{
	size_t larger = image_bytes > result_bytes ? image_bytes : result_bytes;

	*m = (struct ocr_card_images){.io = io,
	    .image_bytes = image_bytes,
	    .max_images = MAX_JOB_BYTES / larger,
	    .is_range = is_range};
	if (m->max_images > max_images)
		m->max_images = max_images;
	if (m->max_images == 0)
		m->max_images = 1;
}

size_t
ocr_card_images_count(const struct ocr_card_images *m,
    const struct ocr_job *job)
{
	uint64_t n;

	if (!m->is_range)
		return m->io->count(m->io->arg, job);
	n = job->range.end - job->range.start;
	return n < m->max_images ? (size_t)n : m->max_images;
}

size_t
ocr_card_images_bytes(const struct ocr_card_images *m,
    const struct ocr_job *job)
{
	size_t n = ocr_card_images_count(m, job);

	return n <= m->max_images ? n * m->image_bytes : 0;
}

void
ocr_card_images_load(const struct ocr_card_images *m, const struct ocr_job *job,
    uint8_t *to, size_t n)
{
	size_t had = 0;

	if (n > 0)
		had = m->io->load(m->io->arg, job, to, n);
	if (had < n)
		memset(to + had * m->image_bytes, 0,
		    (n - had) * m->image_bytes);
}

static const struct ocr_card_infer *
of(const struct ocr_card_driver *d)
{
	return d->arg;
}

/* Of an image. */
static size_t
votes_bytes(const struct ocr_card_infer *c)
{
	return c->n_votes * sizeof(int32_t);
}

static size_t
in_bytes(const struct ocr_card_driver *d, const struct ocr_job *job)
{
	return ocr_card_images_bytes(&of(d)->images, job);
}

static size_t
out_bytes(const struct ocr_card_driver *d, size_t in_len)
{
	return in_len / of(d)->images.image_bytes * votes_bytes(of(d));
}

static size_t
fill(const struct ocr_card_driver *d, const struct ocr_kernel *k,
    const struct ocr_job *job, void *const *maps)
{
	const struct ocr_card_images *m = &of(d)->images;
	size_t n = ocr_card_images_count(m, job);

	(void)k;
	ocr_card_images_load(m, job, maps[BUFFER_IMAGES], n);
	return n * m->image_bytes;
}

static void
kept(const struct ocr_card_driver *d, size_t b, struct ocr_card_kept *out)
{
	(void)b;
	*out = (struct ocr_card_kept){.data = of(d)->net,
	    .bytes = of(d)->n_net * sizeof(*of(d)->net),
	    .version = 1};
}

static size_t
room(const struct ocr_card_driver *d, size_t b)
{
	(void)b;
	return of(d)->n_net * sizeof(*of(d)->net);
}

static size_t
used(const struct ocr_card_driver *d, const struct ocr_job *job,
    void *const *maps, size_t out_cap)
{
	(void)maps;
	(void)out_cap;
	return ocr_card_images_count(&of(d)->images, job) * votes_bytes(of(d));
}

static int
finish(const struct ocr_card_driver *d, const struct ocr_kernel *k,
    struct ocr_job *job, void *const *maps, size_t n_used, struct ocr_err *err)
{
	const struct ocr_card_infer *c = of(d);
	const int32_t *votes = maps[BUFFER_VOTES];
	size_t n = n_used / votes_bytes(c), i, o;
	int is_wrong = 0;

	(void)k;
	if (n == 0) /* it was asked to leave all of them */
		return 0;
	for (i = 0; i < n; i++)
		for (o = 0; o < c->n_votes; o++) {
			int32_t v = votes[i * c->n_votes + o];

			is_wrong |= v < c->least[o] || v > c->most[o];
		}
	if (is_wrong)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "the card gives votes that there are not");
	return c->images.io->store(c->images.io->arg, job, votes, NULL, err);
}

/* What an input of the last layer can be. */
static void
range_of_inputs(const struct ocr_bnn *b, uint32_t channel, int32_t *least,
    int32_t *most)
{
	const struct ocr_bnn_layer *l = &b->layers[b->n_layers - 1];
	int32_t v;
	unsigned i, n = l->in_bits == 8 ? 256 : 1U << l->in_bits;

	*least = INT32_MAX;
	*most = INT32_MIN;
	for (i = 0; i < n; i++) {
		v = l->in_bits == 8 ? b->pixels[channel][i]
				    : l->in_base + l->in_step * (int32_t)i;
		*least = v < *least ? v : *least;
		*most = v > *most ? v : *most;
	}
}

/* Padding adds nothing, which is between the two as well. */
static void
find_bounds(struct ocr_card_infer *c, const struct ocr_bnn *b)
{
	const struct ocr_bnn_layer *l = &b->layers[b->n_layers - 1];
	size_t n_taps = (size_t)l->window_h * l->window_w, t;
	int32_t least, most;
	uint32_t o, ch;

	for (ch = 0; ch < l->in_c; ch++) {
		range_of_inputs(b, ch, &least, &most);
		least = least < 0 ? least : 0;
		most = most > 0 ? most : 0;
		for (o = 0; o < l->out_c; o++)
			for (t = 0; t < n_taps; t++) {
				int w =
				    l->weights[(o * n_taps + t) * l->in_c + ch];

				c->least[o] += w * (w > 0 ? least : most);
				c->most[o] += w * (w > 0 ? most : least);
			}
	}
}

static void
init_args(struct ocr_card_infer *c)
{
	bool is_range = c->images.is_range;

	c->args[ARG_NET].value = BUFFER_NET;
	c->args[ARG_IMAGES].value = BUFFER_IMAGES;
	c->args[ARG_VOTES].value = BUFFER_VOTES;
	c->args[ARG_START].kind = is_range ? OCR_CARD_START : OCR_CARD_VALUE;
	c->args[ARG_ACK].kind = is_range ? OCR_CARD_ACK : OCR_CARD_VALUE;
	c->args[ARG_FIRST].kind = c->args[ARG_START].kind;
	c->args[ARG_END] =
	    (struct ocr_card_arg){OCR_CARD_IN_ITEMS, c->images.image_bytes};
	if (is_range)
		c->args[ARG_END].kind = OCR_CARD_END;
}

static void
init_driver(struct ocr_card_infer *c)
{
	init_args(c);
	c->step = (struct ocr_card_step){.kernel = "k_cnv",
	    .args = c->args,
	    .n_args = OCR_CARD_INFER_ARGS};
	c->buffers[BUFFER_NET] =
	    (struct ocr_card_buffer){.kind = OCR_CARD_SHARED, .is_fixed = true};
	c->buffers[BUFFER_IMAGES] =
	    (struct ocr_card_buffer){.kind = OCR_CARD_IN, .in_times = 1};
	c->buffers[BUFFER_VOTES] =
	    (struct ocr_card_buffer){.kind = OCR_CARD_OUT, .out_times = 1};
	c->driver = (struct ocr_card_driver){.name = "k_cnv",
	    .steps = &c->step,
	    .n_steps = 1,
	    .buffers = c->buffers,
	    .n_buffers = OCR_CARD_INFER_BUFFERS,
	    .max_in_bytes = c->images.max_images * c->images.image_bytes,
	    .max_items = c->images.is_range ? c->images.max_images : 0,
	    .arg = c,
	    .out_bytes = out_bytes,
	    .in_bytes = in_bytes,
	    .fill = fill,
	    .kept = kept,
	    .room = room,
	    .used = used,
	    .finish = finish};
	c->drivers[0] = &c->driver;
}

void
ocr_card_infer_plan(struct ocr_card_infer *c)
{
	*c = (struct ocr_card_infer){.n_net = 0};
	init_driver(c);
}

int
ocr_card_infer_init(struct ocr_card_infer *c, const struct ocr_bnn *bnn,
    const struct ocr_card_infer_io *io, size_t max_images_a_job, bool is_range,
    struct ocr_err *err)
{
	const struct ocr_bnn_layer *l = &bnn->layers[0];
	int r;

	*c = (struct ocr_card_infer){.n_votes = bnn->n_scores};
	r = ocr_cnv_pack(&c->net, &c->n_net, bnn, io->is_nhwc, err);
	if (r < 0)
		return r;
	c->least = calloc(c->n_votes, sizeof(*c->least));
	c->most = calloc(c->n_votes, sizeof(*c->most));
	if (c->least == NULL || c->most == NULL) {
		ocr_card_infer_release(c);
		return ocr_err_nomem(err);
	}
	find_bounds(c, bnn);
	ocr_card_images_init(&c->images, io,
	    (size_t)l->in_c * l->in_h * l->in_w, votes_bytes(c),
	    max_images_a_job, is_range);
	init_driver(c);
	return 0;
}

void
ocr_card_infer_release(struct ocr_card_infer *c)
{
	free(c->net);
	free(c->least);
	free(c->most);
	*c = (struct ocr_card_infer){.n_net = 0};
}
