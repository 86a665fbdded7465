/*
 * test_card_infer.c - drivers of cards that classify, without XRT
 *
 * What worker_xrt does with a driver, on buffers that are as large as the driver
 * asks for, and kernels that are called; or that lie.
 */
#include "config.h"

#include "src/card_infer.h"

#include "kernels/k_cnv.h"
#include "src/card_finn.h"
#include "tests/unit/infer_card.h"
#include "tests/unit/tap.h"

#define N 40

struct run {
	const struct ocr_card_driver *driver;
	struct ocr_job job;
	void *maps[OCR_CARD_MAX_BUFFERS];
	size_t bytes[OCR_CARD_MAX_BUFFERS];
	size_t in_len, out_cap;
	uint32_t words[3];
};

static void
make_buffers(struct run *r)
{
	const struct ocr_card_driver *d = r->driver;
	struct ocr_card_kept kept;
	size_t b;

	for (b = 0; b < d->n_buffers; b++) {
		r->bytes[b] = d->buffers[b].fixed +
			      d->buffers[b].in_times * r->in_len +
			      d->buffers[b].out_times * r->out_cap;
		if (d->buffers[b].kind == OCR_CARD_SHARED)
			r->bytes[b] = d->room(d, b);
		r->maps[b] = malloc(r->bytes[b]);
		if (r->maps[b] == NULL)
			abort();
		memset(r->maps[b], 0x5a, r->bytes[b]);
		if (d->buffers[b].kind != OCR_CARD_SHARED)
			continue;
		d->kept(d, b, &kept);
		memcpy(r->maps[b], kept.data, kept.bytes);
	}
}

/* False: it declines. */
static bool
begin(struct run *r)
{
	const struct ocr_card_driver *d = r->driver;

	r->in_len = d->in_bytes(d, &r->job);
	if (r->in_len == 0 || r->in_len > d->max_in_bytes)
		return false;
	r->out_cap = d->out_bytes(d, r->in_len);
	make_buffers(r);
	return d->fill(d, NULL, &r->job, r->maps) == r->in_len;
}

static uint32_t
value(const struct run *r, size_t arg)
{
	const struct ocr_card_arg *a = &r->driver->steps[0].args[arg];

	switch (a->kind) {
	case OCR_CARD_START:
		return (uint32_t)r->job.range.start;
	case OCR_CARD_END:
		return (uint32_t)r->job.range.end;
	case OCR_CARD_IN_ITEMS:
		return (uint32_t)(r->in_len / a->value);
	default:
		return (uint32_t)a->value;
	}
}

static void *
buffer(const struct run *r, size_t step, size_t arg)
{
	return r->maps[r->driver->steps[step].args[arg].value];
}

/* The kernel, up to image `end`. */
static void
call_cnv(struct run *r, uint32_t end)
{
	r->words[0] = value(r, 0);
	r->words[1] = end;
	k_cnv(&r->words[0], &r->words[1], &r->words[2], value(r, 3),
	    buffer(r, 0, 4), buffer(r, 0, 5), buffer(r, 0, 6));
}

static int
finish(struct run *r, struct ocr_err *err)
{
	const struct ocr_card_driver *d = r->driver;
	size_t used = d->used(d, &r->job, r->maps, r->out_cap);

	if (used > r->out_cap)
		return -OCR_EFORMAT;
	return d->finish(d, NULL, &r->job, r->maps, used, err);
}

static void
release(struct run *r)
{
	size_t b;

	for (b = 0; b < OCR_CARD_MAX_BUFFERS; b++) {
		free(r->maps[b]);
		r->maps[b] = NULL;
	}
}

/* A chunk with the numbers of images [first, first + n), backwards. */
static void
chunk(struct run *r, uint32_t *numbers, uint32_t first, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		numbers[i] = first + n - 1 - i;
	r->job = (struct ocr_job){.in = &r->job.in_chunk};
	r->job.in_chunk.data = (unsigned char *)numbers;
	r->job.in_chunk.len = n * sizeof(*numbers);
}

static void
test_stream(bool is_nhwc)
{
	struct infer_card c;
	struct ocr_card_infer k;
	struct ocr_err err = {0};
	uint32_t numbers[N], at, n;
	struct run r = {0};
	int wrong = 0;

	infer_card_init(&c, N, is_nhwc);
	is_int(ocr_card_infer_init(&k, &c.net.bnn, &c.io, 16, false, &err), 0,
	    "k_cnv for chunks");
	ok(k.drivers[0] == &k.driver && k.drivers[1] == NULL, "its list");
	r.driver = k.drivers[0];
	for (at = 0, n = 1; at + n <= N; at += n, n = n * 2 > 16 ? 5 : n * 2) {
		chunk(&r, numbers, at, n);
		wrong += !begin(&r);
		is_int(value(&r, 1), n, "its end");
		call_cnv(&r, value(&r, 1));
		wrong += finish(&r, &err) < 0;
		release(&r);
	}
	ok(wrong == 0 && c.n_wrong == 0 && infer_card_n_bad(&c) == N - at,
	    "votes of chunks: %s", err.text);
	chunk(&r, numbers, 0, 17);
	ok(!begin(&r), "a chunk with more images is declined");
	chunk(&r, numbers, 0, 0);
	ok(!begin(&r), "a chunk with none as well");
	ocr_card_infer_release(&k);
	infer_card_release(&c);
}

static void
test_range(void)
{
	struct infer_card c;
	struct ocr_card_infer k;
	struct ocr_err err = {0};
	struct run r = {0};
	uint32_t at, end;

	infer_card_init(&c, N, false);
	if (ocr_card_infer_init(&k, &c.net.bnn, &c.io, 9, true, &err) < 0)
		abort();
	r.driver = k.drivers[0];
	is_int((long long)r.driver->max_items, 9, "so many at a time");
	/* All that is left is asked for; some of it is taken away. */
	for (at = 0; at < N; at = (uint32_t)r.job.range.end) {
		r.job = (struct ocr_job){.range = {at, N}};
		if (!begin(&r))
			abort();
		end = at + (N - at < 9 ? N - at : 9);
		end -= at + 1 < N ? at % 2 : 0;
		call_cnv(&r, end);
		r.job.range.end = r.words[0];
		if (finish(&r, &err) < 0)
			ok(0, "%s", err.text);
		release(&r);
	}
	is_int(infer_card_n_bad(&c), 0, "votes of ranges, each once");
	r.job = (struct ocr_job){.range = {3, 8}};
	if (!begin(&r))
		abort();
	call_cnv(&r, 3);
	r.job.range.end = r.words[0];
	is_int(finish(&r, &err), 0, "all of it is taken away");
	is_int(infer_card_n_bad(&c), 0, "nothing was done");
	release(&r);
	ocr_card_infer_release(&k);
	infer_card_release(&c);
}

/* One vote that is not; each class has limits of its own. */
static void
test_lies(void)
{
	struct infer_card c;
	struct ocr_card_infer k;
	struct ocr_err err = {0};
	struct run r = {0};
	unsigned accepted = 0, refused = 0, i, o;
	int32_t *votes;

	infer_card_init(&c, N, false);
	if (ocr_card_infer_init(&k, &c.net.bnn, &c.io, N, true, &err) < 0)
		abort();
	r.driver = k.drivers[0];
	r.job.range.end = 3;
	if (!begin(&r))
		abort();
	votes = r.maps[2];
	for (i = 0; i < 3 * INFER_CLASSES; i++) {
		o = i % INFER_CLASSES;
		call_cnv(&r, 3);
		votes[i] = k.least[o];
		accepted += finish(&r, &err) == 0;
		votes[i] = k.most[o];
		accepted += finish(&r, &err) == 0;
		votes[i] = k.least[o] - 1;
		refused += finish(&r, &err) == -OCR_EFORMAT;
		ocr_err_clear(&err);
		votes[i] = k.most[o] + 1;
		refused += finish(&r, &err) == -OCR_EFORMAT;
		ocr_err_clear(&err);
		votes[i] = INT32_MIN;
		refused += finish(&r, &err) == -OCR_EFORMAT;
	}
	is_int(accepted, 60, "votes at their limits");
	is_int(refused, 90, "votes beyond them");
	ok(strcmp(err.text, "the card gives votes that there are not") == 0,
	    "%s", err.text);
	release(&r);
	ocr_card_infer_release(&k);
	infer_card_release(&c);
}

static void
test_missing(void)
{
	struct infer_card c;
	struct ocr_card_infer k;
	struct ocr_err err = {0};
	struct run r = {0};
	const uint8_t *images;
	unsigned i, black = 0;

	infer_card_init(&c, N, false);
	if (ocr_card_infer_init(&k, &c.net.bnn, &c.io, N, true, &err) < 0)
		abort();
	c.n_missing = 2;
	r.driver = k.drivers[0];
	r.job.range.end = 5;
	if (!begin(&r))
		abort();
	images = r.maps[1];
	for (i = 3 * INFER_BYTES; i < 5 * INFER_BYTES; i++)
		black += images[i] == 0;
	ok(black == 2 * INFER_BYTES &&
		memcmp(images, c.images, (size_t)3 * INFER_BYTES) == 0,
	    "images that could not be loaded are black");
	release(&r);
	ocr_card_infer_release(&k);
	infer_card_release(&c);
}

static void
test_too_large(void)
{
	static const uint32_t in[3] = {1, 65, 65};
	static const struct made_layer layers[] = {{3, 0, 0, 1, 0, 0, 0}};
	struct infer_card c;
	struct ocr_card_infer k;
	struct ocr_err err = {0};
	struct made net;

	infer_card_init(&c, 1, false);
	made_net(&net, in, layers, 1, MADE_PLAIN, 1);
	is_int(ocr_card_infer_init(&k, &net.bnn, &c.io, 1, true, &err),
	    -OCR_ELIMIT, "a network that is too large");
	ok(k.drivers[0] == NULL, "no driver");
	ocr_card_infer_release(&k);
	made_free(&net);
	infer_card_release(&c);
}

/* As FINN's hardware would: NHWC in, numbers of some bytes out. */
static void
call_finn(const struct infer_card *c, const struct ocr_card_finn *f,
    struct run *r)
{
	const uint8_t *images = buffer(r, 0, 0);
	uint8_t *out = buffer(r, 1, 0);
	uint32_t n = value(r, 1), i, o, k;
	int32_t votes[INFER_CLASSES], v;
	struct ocr_err err = {0};

	for (i = 0; i < n; i++) {
		if (ocr_bnn_plain(&c->net.bnn, images + i * INFER_BYTES, true,
			votes, &err) < 0)
			abort();
		for (o = 0; o < (f->shape.has_scores ? INFER_CLASSES : 1U);
		     o++) {
			v = f->shape.has_scores
				? votes[o]
				: (int32_t)infer_label(&c->net.bnn, votes);
			for (k = 0; k < f->shape.out_bytes; k++)
				*out++ = (uint8_t)((uint32_t)v >> 8 * k);
		}
	}
}

static void
test_finn(bool is_nhwc, bool has_scores, unsigned out_bytes)
{
	struct ocr_finn_shape shape = {3, 8, 9, INFER_CLASSES, has_scores,
	    out_bytes};
	struct infer_card c;
	struct ocr_card_finn f, g;
	struct ocr_err err = {0};
	uint32_t numbers[N];
	struct run r = {0};

	infer_card_init(&c, N, is_nhwc);
	if (ocr_card_finn_init(&f, &shape, &c.io, 16, true, &err) < 0 ||
	    ocr_card_finn_init(&g, &shape, &c.io, 16, false, &err) < 0)
		abort();
	r.driver = &f.driver;
	for (r.job.range.end = N - 7; r.job.range.start < N - 7;) {
		if (!begin(&r))
			abort();
		call_finn(&c, &f, &r);
		if (finish(&r, &err) < 0)
			ok(0, "%s", err.text);
		release(&r);
		ok(r.job.range.end <= r.job.range.start + 16, "16 at a time");
		r.job.range.start = r.job.range.end;
		r.job.range.end = N - 7;
	}
	r.driver = &g.driver;
	chunk(&r, numbers, N - 7, 7);
	if (!begin(&r))
		abort();
	call_finn(&c, &g, &r);
	if (finish(&r, &err) < 0)
		ok(0, "%s", err.text);
	release(&r);
	ok(infer_card_n_bad(&c) == 0, "FINN: %s, %u bytes, %s",
	    has_scores ? "scores" : "labels", out_bytes,
	    is_nhwc ? "NHWC" : "planes");
	chunk(&r, numbers, 0, 17);
	ok(!begin(&r), "more images are declined");
	infer_card_release(&c);
}

static void
test_finn_lies(void)
{
	struct ocr_finn_shape shape = {3, 8, 9, INFER_CLASSES, false, 4};
	struct infer_card c;
	struct ocr_card_finn f;
	struct ocr_err err = {0};
	struct run r = {.job.range = {0, 2}};
	uint8_t *out;

	infer_card_init(&c, N, false);
	if (ocr_card_finn_init(&f, &shape, &c.io, 16, true, &err) < 0)
		abort();
	r.driver = &f.driver;
	if (!begin(&r))
		abort();
	call_finn(&c, &f, &r);
	out = buffer(&r, 1, 0);
	out[4] = INFER_CLASSES;
	is_int(finish(&r, &err), -OCR_EFORMAT, "label 10 of 10");
	ok(strcmp(err.text, "the card gives label 10 of 10") == 0, "%s",
	    err.text);
	out[4] = 0;
	out[7] = 0x80;
	is_int(finish(&r, &err), -OCR_EFORMAT, "a label with a sign");
	is_int(c.n_jobs, 0, "nothing was stored");
	release(&r);
	infer_card_release(&c);
}

static void
test_finn_shapes(void)
{
	static const struct ocr_finn_shape wrong[] = {
	    {0, 8, 9, 10, false, 1},
	    {3, 0, 9, 10, false, 1},
	    {3, 8, 9, 0, false, 1},
	    {3, 8, 9, 10, false, 3},
	    {3, 8, 9, 10, true, 0},
	    {3, 8, 9, 10, true, 8},
	    {3, 8, 9, UINT32_MAX, true, 4},
	    {UINT32_MAX, UINT32_MAX, UINT32_MAX, 10, false, 1},
	    {1, 65536, 65536, 10, false, 1},
	};
	struct ocr_card_infer_io io = {.arg = NULL};
	struct ocr_card_finn f;
	size_t i, n = 0;

	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct ocr_err err = {0};

		n += ocr_card_finn_init(&f, &wrong[i], &io, 1, false, &err) ==
		     -OCR_EUSAGE;
	}
	is_int((long long)n, (long long)i, "shapes that are none");
}

int
main(void)
{
	test_stream(false);
	test_stream(true);
	test_range();
	test_lies();
	test_missing();
	test_too_large();
	test_finn(false, false, 1);
	test_finn(true, false, 1);
	test_finn(false, false, 2);
	test_finn(false, true, 4);
	test_finn(true, true, 2);
	test_finn_lies();
	test_finn_shapes();
	return done();
}
