/*
 * net_run.c - a part of a net on one engine
 */
#include "config.h"

#include "src/net_run.h"

#include <stdlib.h>

#include "src/net_part.h"

/* oneDNN's plans are for one number of images: the full batch, one image, and
 * what was left over last. */
#define MAX_PLANS 3

struct ocr_net_run {
	struct ocr_net_part part;
	size_t batch;
	bool is_dnnl;
	struct ocr_plain_plan *plain;
	struct ocr_dnnl_plan *dnnl[MAX_PLANS];
	size_t n_of[MAX_PLANS];
	struct ocr_dnnl_weights *weights; /* of all plans */
};

bool
ocr_net_has_dnnl(void)
{
#ifdef HAVE_DNNL
	return true;
#else
	return false;
#endif
}

#ifndef HAVE_DNNL
void
ocr_dnnl_weights_free(struct ocr_dnnl_weights *w)
{
	(void)w;
}

uint64_t
ocr_dnnl_weights_bytes(const struct ocr_dnnl_weights *w)
{
	(void)w;
	return 0;
}

int
ocr_dnnl_plan_new(struct ocr_dnnl_plan **out, const struct ocr_net_part *part,
    struct ocr_dnnl_weights **kept, size_t n, struct ocr_err *err)
{
	(void)part;
	(void)kept;
	(void)n;
	*out = NULL;
	return ocr_err_set(err, -OCR_EUSAGE, "built without oneDNN");
}

void
ocr_dnnl_plan_free(struct ocr_dnnl_plan *p)
{
	(void)p;
}

int
ocr_dnnl_plan_run(struct ocr_dnnl_plan *p, const void *in, void *out,
    struct ocr_err *err)
{
	(void)p;
	(void)in;
	(void)out;
	return ocr_err_set(err, -OCR_EUSAGE, "built without oneDNN");
}

uint64_t
ocr_dnnl_plan_bytes(const struct ocr_dnnl_plan *p)
{
	(void)p;
	return 0;
}

const char *
ocr_dnnl_int8_unfit(enum ocr_element x, int most)
{
	(void)x;
	(void)most;
	return NULL;
}

const char *
ocr_dnnl_int8_lacks(const struct ocr_net *n, const struct ocr_node *made)
{
	(void)n;
	(void)made;
	return NULL;
}
#endif

static int
make_dnnl(struct ocr_net_run *r, int slot, size_t n, struct ocr_err *err)
{
	ocr_dnnl_plan_free(r->dnnl[slot]);
	r->n_of[slot] = 0;
	if (ocr_dnnl_plan_new(&r->dnnl[slot], &r->part, &r->weights, n, err) <
	    0)
		return err->code;
	r->n_of[slot] = n;
	return 0;
}

int
ocr_net_run_new(struct ocr_net_run **out, const struct ocr_net *n,
    uint32_t first, uint32_t last, enum ocr_net_engine engine, size_t batch,
    struct ocr_err *err)
{
	struct ocr_net_run *r = calloc(1, sizeof(*r));
	int code;

	*out = NULL;
	if (r == NULL)
		return ocr_err_nomem(err);
	r->is_dnnl = engine == OCR_NET_DNNL ||
		     (engine == OCR_NET_BEST && ocr_net_has_dnnl());
	r->batch = batch == 0 ? 1 : batch;
	code = ocr_net_part_find(&r->part, n, first, last, err);
	if (code == 0 && n->tensors[r->part.input].dims[0] != 0)
		r->batch = 1;
	if (code == 0)
		code = r->is_dnnl ? make_dnnl(r, 0, r->batch, err)
				  : ocr_plain_plan_new(&r->plain, &r->part,
					r->batch, err);
	if (code < 0)
		ocr_net_run_free(r);
	else
		*out = r;
	return code;
}

void
ocr_net_run_free(struct ocr_net_run *r)
{
	int i;

	if (r == NULL)
		return;
	ocr_plain_plan_free(r->plain);
	for (i = 0; i < MAX_PLANS; i++)
		ocr_dnnl_plan_free(r->dnnl[i]);
	ocr_dnnl_weights_free(r->weights);
	ocr_net_part_release(&r->part);
	free(r);
}

uint32_t
ocr_net_run_input(const struct ocr_net_run *r)
{
	return r->part.input;
}

uint32_t
ocr_net_run_output(const struct ocr_net_run *r)
{
	return r->part.output;
}

uint64_t
ocr_net_run_bytes(const struct ocr_net_run *r)
{
	uint64_t bytes = r->plain == NULL ? 0 : ocr_plain_plan_bytes(r->plain);
	int i;

	for (i = 0; i < MAX_PLANS; i++)
		bytes +=
		    r->dnnl[i] == NULL ? 0 : ocr_dnnl_plan_bytes(r->dnnl[i]);
	return bytes;
}

uint64_t
ocr_net_run_weight_bytes(const struct ocr_net_run *r)
{
	return ocr_dnnl_weights_bytes(r->weights);
}

int
ocr_net_run_images(struct ocr_net_run *r, const void *in, size_t n, void *out,
    struct ocr_err *err)
{
	int slot;

	if (n == 0 || n > r->batch)
		return ocr_err_set(err, -OCR_ELIMIT,
		    "%zu images for a batch of %zu", n, r->batch);
	if (!r->is_dnnl) {
		ocr_plain_plan_run(r->plain, in, n, out);
		return 0;
	}
	slot = n == r->batch ? 0 : n == 1 ? 1 : 2;
	if (r->n_of[slot] != n && make_dnnl(r, slot, n, err) < 0)
		return err->code;
	return ocr_dnnl_plan_run(r->dnnl[slot], in, out, err);
}
