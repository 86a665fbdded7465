/*
 * card_finn.c - accelerators that FINN has built, as a driver: see card_finn.h
 */
#include "config.h"

#include "src/card_finn.h"

#include <stdlib.h>
#include <string.h>

#include "common/job.h"

#define MAX_IMAGE_BYTES ((uint64_t)1 << 24)
#define MAX_CLASSES ((uint32_t)1 << 20)

enum { BUFFER_IMAGES, BUFFER_RESULTS };

static const struct ocr_card_finn *
of(const struct ocr_card_driver *d)
{
	return d->arg;
}

static size_t
n_results(const struct ocr_card_finn *f)
{
	return f->shape.has_scores ? f->shape.n_classes : 1;
}

/* Of an image. */
static size_t
result_bytes(const struct ocr_card_finn *f)
{
	return n_results(f) * f->shape.out_bytes;
}

static size_t
in_bytes(const struct ocr_card_driver *d, const struct ocr_job *job)
{
	return ocr_card_images_bytes(&of(d)->images, job);
}

static size_t
out_bytes(const struct ocr_card_driver *d, size_t in_len)
{
	return in_len / of(d)->images.image_bytes * result_bytes(of(d));
}

/* Planes become pixels; tmp has room for an image. */
static void
interleave(uint8_t *image, const struct ocr_finn_shape *s, uint8_t *tmp)
{
	size_t n = (size_t)s->h * s->w, i;
	uint32_t c;

	memcpy(tmp, image, n * s->c);
	for (c = 0; c < s->c; c++)
		for (i = 0; i < n; i++)
			image[i * s->c + c] = tmp[c * n + i];
}

/* The buffer of results, which nobody has written yet, is room as well. */
static size_t
fill(const struct ocr_card_driver *d, const struct ocr_kernel *k,
    const struct ocr_job *job, void *const *maps)
{
	const struct ocr_card_finn *f = of(d);
	const struct ocr_card_images *m = &f->images;
	size_t n = ocr_card_images_count(m, job), i;
	uint8_t *to = maps[BUFFER_IMAGES];

	(void)k;
	ocr_card_images_load(m, job, to, n);
	for (i = 0; i < n && !m->io->is_nhwc && f->shape.c > 1; i++)
		interleave(to + i * m->image_bytes, &f->shape,
		    maps[BUFFER_RESULTS]);
	return n * m->image_bytes;
}

static size_t
used(const struct ocr_card_driver *d, const struct ocr_job *job,
    void *const *maps, size_t out_cap)
{
	(void)maps;
	(void)out_cap;
	return ocr_card_images_count(&of(d)->images, job) * result_bytes(of(d));
}

/* A number of 1, 2 or 4 bytes. */
static int32_t
number(const uint8_t *p, unsigned bytes, bool has_sign)
{
	uint32_t v = 0, sign = (uint32_t)1 << (8 * bytes - 1);
	unsigned i;

	for (i = 0; i < bytes; i++)
		v |= (uint32_t)p[i] << 8 * i;
	return has_sign ? (int32_t)((v ^ sign) - sign) : (int32_t)v;
}

/* What the card says, read once, becomes the host's. */
static int
read_results(const struct ocr_card_finn *f, const uint8_t *from, size_t n,
    uint32_t *to, struct ocr_err *err)
{
	const struct ocr_finn_shape *s = &f->shape;
	size_t i;

	for (i = 0; i < n; i++, from += s->out_bytes) {
		to[i] = (uint32_t)number(from, s->out_bytes, s->has_scores);
		if (!s->has_scores && to[i] >= s->n_classes)
			return ocr_err_set(err, -OCR_EFORMAT,
			    "the card gives label %u of %u", to[i],
			    s->n_classes);
	}
	return 0;
}

static int
finish(const struct ocr_card_driver *d, const struct ocr_kernel *k,
    struct ocr_job *job, void *const *maps, size_t n_used, struct ocr_err *err)
{
	const struct ocr_card_finn *f = of(d);
	const struct ocr_card_infer_io *io = f->images.io;
	size_t n = n_used / f->shape.out_bytes;
	uint32_t *results = malloc(n * sizeof(*results) + 1);
	const int32_t *votes = (const int32_t *)results;
	int r;

	(void)k;
	if (results == NULL)
		return ocr_err_nomem(err);
	r = read_results(f, maps[BUFFER_RESULTS], n, results, err);
	if (f->images.is_range)
		job->range.end = job->range.start + n / n_results(f);
	if (r == 0 && f->shape.has_scores)
		r = io->store(io->arg, job, votes, NULL, err);
	else if (r == 0)
		r = io->store(io->arg, job, NULL, results, err);
	free(results);
	return r;
}

/*
 * idma(in, numReps, stream) and odma(out, numReps, stream); the stream has no
 * register.
 */
static void
init_steps(struct ocr_card_finn *f)
{
	static const char *const names[2] = {"idma", "odma"};
	size_t i;

	for (i = 0; i < 2; i++) {
		f->args[i][0].value = i == 0 ? BUFFER_IMAGES : BUFFER_RESULTS;
		f->args[i][1] = (struct ocr_card_arg){OCR_CARD_IN_ITEMS,
		    f->images.image_bytes};
		f->steps[i] = (struct ocr_card_step){.kernel = names[i],
		    .is_unit_name = true,
		    .args = f->args[i],
		    .n_args = 2,
		    .is_with_next = i == 0};
	}
	f->buffers[BUFFER_IMAGES] =
	    (struct ocr_card_buffer){.kind = OCR_CARD_IN, .in_times = 1};
	f->buffers[BUFFER_RESULTS] =
	    (struct ocr_card_buffer){.kind = OCR_CARD_OUT,
		.out_times = 1,
		.fixed = f->images.image_bytes};
}

static bool
is_shape(const struct ocr_finn_shape *s)
{
	uint64_t plane = (uint64_t)s->h * s->w;

	return s->c > 0 && plane > 0 && plane <= MAX_IMAGE_BYTES &&
	       s->c <= MAX_IMAGE_BYTES / plane && s->n_classes > 0 &&
	       s->n_classes <= MAX_CLASSES &&
	       (s->out_bytes == 1 || s->out_bytes == 2 || s->out_bytes == 4);
}

int
ocr_card_finn_init(struct ocr_card_finn *f, const struct ocr_finn_shape *shape,
    const struct ocr_card_infer_io *io, size_t max_images_a_job, bool is_range,
    struct ocr_err *err)
{
	if (!is_shape(shape))
		return ocr_err_set(err, -OCR_EUSAGE,
		    "FINN: images of %u x %u x %u, %u classes in %u bytes",
		    shape->c, shape->h, shape->w, shape->n_classes,
		    shape->out_bytes);
	*f = (struct ocr_card_finn){.shape = *shape};
	ocr_card_images_init(&f->images, io,
	    (size_t)shape->c * shape->h * shape->w, result_bytes(f),
	    max_images_a_job, is_range);
	init_steps(f);
	f->driver = (struct ocr_card_driver){.name = "FINN",
	    .steps = f->steps,
	    .n_steps = 2,
	    .buffers = f->buffers,
	    .n_buffers = 2,
	    .max_in_bytes = f->images.max_images * f->images.image_bytes,
	    .arg = f,
	    .out_bytes = out_bytes,
	    .in_bytes = in_bytes,
	    .fill = fill,
	    .used = used,
	    .finish = finish};
	return 0;
}
