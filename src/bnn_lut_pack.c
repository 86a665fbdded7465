/*
 * bnn_lut_pack.c - what the LUT engine needs of a network, but for its tables
 *
 * A neuron that needs more than half of its inputs to be equal is turned over:
 * opposite weights, opposite output.  Thresholds that 8 bits do not hold are
 * rare then.
 */
#include "config.h"

#include "src/bnn_lut_pack.h"

#include "common/huge.h"

#define MAX_TABLES ((uint64_t)64 << 20)
#define MAX_STATE ((uint64_t)256 << 20)

/* Neurons that only fill up a set have weights of 0: signs of 0, turned. */
static void
turn_over(struct ocr_bnn_lut_maker *m)
{
	const struct ocr_bnn_layer *l = m->l;
	int64_t n = (int64_t)l->window_h * l->window_w * l->in_c;
	uint32_t o;

	for (o = 0; o < m->n_out; o++)
		m->is_turned[o] =
		    o >= l->out_c ||
		    (l->out_bits != 0 &&
			ocr_bnn_need(l->thresholds[o], n) > n / 2);
}

static uint64_t
window_groups(const struct ocr_bnn_packed *p, const struct ocr_bnn_layer *l)
{
	return (uint64_t)l->window_h * l->window_w * ocr_bnn_groups(p, l->in_c);
}

static uint64_t
table_bytes(const struct ocr_bnn_packed *p, const struct ocr_bnn_layer *l)
{
	return window_groups(p, l) * ocr_bnn_groups(p, l->out_c) *
	       K_BNN_SET_BYTES(p->ops->group);
}

static int
pack_conv(struct ocr_bnn_packed *p, uint32_t i, struct ocr_bnn_lut *lut,
    struct ocr_err *err)
{
	const struct ocr_bnn_layer *l = &p->net->layers[i];
	struct ocr_bnn_lut_maker m = {.p = p,
	    .l = l,
	    .lut = lut,
	    .x = &p->xnor[i]};
	int r;

	lut->units = (lut->groups + K_BNN_MAX_UNIT - 1) / K_BNN_MAX_UNIT;
	while (lut->groups % lut->units != 0)
		lut->units++;
	lut->unit_groups = lut->groups / lut->units;
	m.n_out = ocr_bnn_groups(p, l->out_c) * p->ops->group;
	m.n_groups = (size_t)window_groups(p, l);
	m.is_turned = ocr_bnn_keep(&p->store, m.n_out, 1, err);
	if (m.is_turned == NULL)
		return -OCR_ENOMEM;
	turn_over(&m);
	lut->is_turned = m.is_turned;
	r = ocr_bnn_lut_classes(&m, err);
	return r == 0 ? ocr_bnn_lut_near(&m, err) : r;
}

/* Bytes of the tables of all layers; 0: the network is not for it. */
static uint64_t
find_tables(const struct ocr_bnn_packed *p)
{
	uint64_t tables = 0, state;
	struct ocr_bnn_sizes s;
	uint32_t i;

	if (p->ops->lanes == 0 || !p->first.is_used || p->net->n_layers < 2)
		return 0;
	for (i = 1; i < p->net->n_layers; i++) {
		const struct ocr_bnn_layer *l = &p->net->layers[i];

		if (l->kind != OCR_BNN_CONV)
			continue;
		if (p->xnor[i].is_and || l->out_bits > 1 ||
		    window_groups(p, l) > K_BNN_MAX_GROUPS(p->ops->group))
			return 0;
		tables += table_bytes(p, l);
	}
	s = ocr_bnn_lut_sizes(p);
	state = (s.turned + s.values + s.parity + s.out + 2 * s.groups +
		    s.table_row * p->net->layers[0].window_h) *
		p->ops->lanes;
	return tables <= MAX_TABLES && state <= MAX_STATE ? tables : 0;
}

int
ocr_bnn_lut_pack(struct ocr_bnn_packed *p, struct ocr_err *err)
{
	uint64_t bytes = find_tables(p);
	struct ocr_bnn_lut *lut;
	uint8_t *tables;
	uint32_t i;
	int r = 0;

	if (bytes == 0 && p->ops->shorter != NULL) {
		p->ops = p->ops->shorter;
		bytes = find_tables(p);
	}
	if (bytes == 0)
		return 0;
	lut = ocr_bnn_keep(&p->store, p->net->n_layers, sizeof(*lut), err);
	tables = ocr_huge_alloc((size_t)bytes, "tables of weights", err);
	p->tables = tables;
	p->table_bytes = (size_t)bytes;
	if (lut == NULL || tables == NULL)
		return -OCR_ENOMEM;
	p->lut = lut;
	p->min_lut = p->ops->min_lut;
	for (i = 0; r == 0 && i < p->net->n_layers; i++) {
		const struct ocr_bnn_layer *l = &p->net->layers[i];

		lut[i].grid = p->xnor[i].grid;
		lut[i].groups = ocr_bnn_groups(p, l->in_c);
		lut[i].out_groups = ocr_bnn_groups(p, l->out_c);
		if (i == 0 || l->kind != OCR_BNN_CONV)
			continue;
		lut[i].tables = tables;
		tables += table_bytes(p, l);
		r = pack_conv(p, i, &lut[i], err);
		if (lut[i].n_near != 0)
			p->min_lut = p->ops->lanes / 2;
	}
	return r;
}
