/*
 * run_card.c - the driver table of a plain kernel; see run_card.h
 */
#include "config.h"

#include "src/run_card.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/job.h"
#include "kernels/k_plain.h"
#include "src/run_native.h"
#include "src/run_place.h"

#define NOT_SET (UINT32_MAX - 1) /* what *out_len is before the run */

enum { IN, OUT, OUT_LEN }; /* buffers of card_plain.c */

static size_t
card_fill(const struct ocr_card_driver *d, const struct ocr_kernel *k,
    const struct ocr_job *job, void *const *maps)
{
	static const uint32_t not_set = NOT_SET;

	(void)d;
	(void)k;
	memcpy(maps[IN], job->in->data, job->in->len);
	memcpy(maps[OUT_LEN], &not_set, sizeof(not_set));
	return job->in->len;
}

static size_t
card_used(const struct ocr_card_driver *d, const struct ocr_job *job,
    void *const *maps, size_t out_cap)
{
	uint32_t n;

	(void)d;
	(void)job;
	memcpy(&n, maps[OUT_LEN], sizeof(n));
	if (n == K_PLAIN_FAILED || n == NOT_SET)
		return 0; /* finish says what it means */
	return n <= out_cap ? n : SIZE_MAX;
}

static int
card_finish(const struct ocr_card_driver *d, const struct ocr_kernel *k,
    struct ocr_job *job, void *const *maps, size_t used, struct ocr_err *err)
{
	const char *name = d->steps[0].kernel;
	uint32_t n;

	(void)k;
	memcpy(&n, maps[OUT_LEN], sizeof(n));
	if (n == K_PLAIN_FAILED)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: its output does not fit; --expand gives it more room",
		    name);
	if (n == NOT_SET)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s has not set its out_len", name);
	if (used > job->out->cap)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s says it has written %zu bytes, into room for %zu", name,
		    used, job->out->cap);
	memcpy(job->out->data, maps[OUT], used);
	job->out->len = used;
	ocr_run_finish(job);
	return 0;
}

static int
init_plain(struct ocr_card_plain *p, const struct ocr_run_desc *desc,
    const struct ocr_run_cards *c, struct ocr_err *err)
{
	struct ocr_card_arg args[OCR_RUN_MAX_ARGS];
	size_t i, n = 0;
	int r = ocr_run_place_args(desc, args, &n, err);

	ocr_card_plain_init(p, desc->kernel, c->expand, c->limit_bytes);
	p->driver.fill = card_fill;
	p->driver.used = card_used;
	p->driver.finish = card_finish;
	for (i = 0; r == 0 && i < n; i++)
		r = ocr_card_plain_add(p, args[i].kind, args[i].value, err);
	return r;
}

int
ocr_run_cards_init(struct ocr_run_cards *c,
    const struct ocr_run_desc *const *descs, size_t n, unsigned expand,
    size_t limit_bytes, bool is_placed, struct ocr_ui *ui, struct ocr_err *err)
{
	size_t i;
	int r = 0;

	*c = (struct ocr_run_cards){
	    .list = calloc(n, sizeof(*c->list)),
	    .drivers = calloc(n + 1, sizeof(const void *)),
	    .expand = expand,
	    .limit_bytes = limit_bytes,
	};
	if (c->list == NULL || c->drivers == NULL)
		r = ocr_err_nomem(err);
	for (i = 0; r == 0 && i < n; i++) {
		r = init_plain(&c->list[i], descs[i], c, err);
		c->drivers[i] = &c->list[i].driver;
	}
	if (r == 0 && is_placed)
		r = ocr_run_place(descs, n, &c->devices, ui, err);
	if (r < 0)
		ocr_run_cards_release(c);
	return r;
}

void
ocr_run_cards_release(struct ocr_run_cards *c)
{
	free(c->list);
	free(c->drivers);
	free(c->devices);
	*c = (struct ocr_run_cards){0};
}
