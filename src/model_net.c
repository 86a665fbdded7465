/*
 * model_net.c - a net to parts: the binarised one, and what is behind it
 */
#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/bnn_find.h"
#include "src/model_part.h"
#include "src/net_fold.h"
#include "src/net_int8.h"
#include "src/net_shape.h"

#define MAX_SIDE 65536
#define MAX_SCORES ((uint64_t)1 << 20)

const char *
ocr_model_meta(const struct ocr_model *m, const char *key)
{
	size_t i;

	for (i = 0; m->net != NULL && i < m->net->n_meta; i++)
		if (strcmp(m->net->keys[i], key) == 0)
			return m->net->values[i];
	return NULL;
}

/* One number, or one a channel, between blanks or commas. */
static bool
read_numbers(const char *s, float *out, uint32_t n)
{
	uint32_t i;
	char *end;

	for (i = 0; i < n; i++) {
		s += strspn(s, " \t\n,[]()");
		if (*s == '\0' && i == 1)
			break;
		out[i] = strtof(s, &end);
		if (end == s || !isfinite(out[i]))
			return false;
		s = end;
	}
	for (; i < n; i++)
		out[i] = out[0];
	return s[strspn(s, " \t\n,[]()")] == '\0';
}

int
ocr_model_no_mean(const struct ocr_model *m, struct ocr_err *err)
{
	return ocr_err_set(err, -OCR_EUSAGE,
	    "--mean and --std: %s takes pixels as they are", m->path);
}

static int
read_mean(struct ocr_model *m, const struct ocr_model_opt *opt,
    struct ocr_err *err)
{
	const char *mean = ocr_model_meta(m, "mean");
	const char *std = ocr_model_meta(m, "std");
	struct ocr_model_input *in = &m->input;
	uint32_t i;

	for (i = 0; i < 4; i++)
		in->std[i] = 1;
	if (in->is_bytes)
		return opt != NULL && opt->has_mean ? ocr_model_no_mean(m, err)
						    : 0;
	if (opt != NULL && opt->has_mean) {
		in->has_mean = true;
		memcpy(in->mean, opt->mean, sizeof(in->mean));
		memcpy(in->std, opt->std, sizeof(in->std));
	} else if (mean != NULL || std != NULL) {
		in->has_mean = true;
		if ((mean != NULL && !read_numbers(mean, in->mean, in->c)) ||
		    (std != NULL && !read_numbers(std, in->std, in->c)))
			return ocr_err_set(err, -OCR_EFORMAT,
			    "%s: its metadata \"mean\" and \"std\" are not a"
			    " number a channel",
			    m->path);
	}
	for (i = 0; i < in->c; i++)
		if (!(fabsf(in->std[i]) > 0) || !isfinite(in->mean[i]) ||
		    !isfinite(in->std[i]))
			return ocr_err_set(err, -OCR_EFORMAT,
			    "%s: a standard deviation of 0", m->path);
	return 0;
}

int
ocr_model_read_input(struct ocr_model *m, const struct ocr_tensor *t,
    const struct ocr_model_opt *opt, struct ocr_err *err)
{
	struct ocr_model_input *in = &m->input;
	uint32_t i;
	bool is_good = t->has_shape && t->n_dims >= 2 && t->n_dims <= 4 &&
		       (t->element == OCR_U8 || t->element == OCR_F32);

	for (i = 1; is_good && i < t->n_dims; i++)
		is_good = t->dims[i] > 0 && t->dims[i] <= MAX_SIDE;
	in->c = in->h = 1;
	if (is_good && t->n_dims == 4) {
		in->is_nhwc = t->dims[1] > 4 && t->dims[3] <= 4;
		in->c = (uint32_t)t->dims[in->is_nhwc ? 3 : 1];
		in->h = (uint32_t)t->dims[in->is_nhwc ? 1 : 2];
		in->w = (uint32_t)t->dims[in->is_nhwc ? 2 : 3];
	} else if (is_good) {
		in->h = t->n_dims == 3 ? (uint32_t)t->dims[1] : 1;
		in->w = (uint32_t)t->dims[t->n_dims - 1];
	}
	is_good = is_good && in->c <= 4 &&
		  (uint64_t)in->h * in->w <= (uint64_t)1 << 26;
	if (!is_good)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: its input '%s' is no image of 1 to 4 channels, bytes"
		    " or floats",
		    m->path, t->name);
	in->is_bytes = t->element == OCR_U8;
	return read_mean(m, opt, err);
}

/* The label alone needs not be computed: scores say more. */
static bool
is_label_of_scores(const struct ocr_net *n, const struct ocr_node *node)
{
	const struct ocr_tensor *in = &n->tensors[node->in[0]];
	uint64_t count = ocr_tensor_count(in, 1);

	if (node->out[node->n_out - 1] != n->output &&
	    node->out[0] != n->output)
		return false;
	if (in->element != OCR_F32 || !in->has_shape || in->n_dims < 2 ||
	    count != in->dims[1])
		return false;
	if (node->op == OCR_OP_ARGMAX)
		return (node->attr.axis == 1 ||
			   node->attr.axis == (int64_t)in->n_dims - 1) &&
		       in->n_dims == 2 && !node->attr.select_last_index;
	return node->op == OCR_OP_TOP_K && node->attr.largest &&
	       ocr_tensor_count(&n->tensors[node->out[0]], 1) == 1;
}

static int
read_scores(struct ocr_model *m, struct ocr_err *err)
{
	const struct ocr_net *n = m->net;
	const struct ocr_tensor *t;
	uint64_t count;

	m->to = n->n_nodes;
	m->scores = n->output;
	if (m->to > 0 && is_label_of_scores(n, &n->nodes[m->to - 1]))
		m->scores = n->nodes[--m->to].in[0];
	t = &n->tensors[m->scores];
	count = t->has_shape ? ocr_tensor_count(t, 1) : 0;
	m->is_label = t->element != OCR_F32;
	if (count == 0 || count > MAX_SCORES || t->n_dims == 0 ||
	    t->dims[0] != 0 ||
	    (m->is_label && (count != 1 || t->element != OCR_I64)))
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: its output '%s' is neither scores nor a label",
		    m->path, t->name);
	m->n_scores = m->is_label ? 0 : (uint32_t)count;
	return 0;
}

static int
find_first(struct ocr_model *m, struct ocr_err *err)
{
	struct ocr_bnn_find_opt opt = {.has_mean = m->input.has_mean};
	struct ocr_bnn_found found;
	int r;

	memcpy(opt.mean, m->input.mean, sizeof(opt.mean));
	memcpy(opt.std, m->input.std, sizeof(opt.std));
	r = ocr_bnn_find(&found, m->net, &opt, err);
	if (r < 0)
		return r;
	memcpy(m->why, found.why, sizeof(m->why));
	if (found.bnn == NULL)
		return 0;
	if (found.n_nodes > m->to) { /* its label is within: not so far */
		ocr_bnn_found_release(&found);
		return 0;
	}
	m->first.bnn = found.bnn;
	m->first.is_nhwc = found.is_nhwc;
	m->from = found.n_nodes;
	m->input.is_bytes = true;
	m->input.has_mean = false;
	return 0;
}

/* Nodes [from, to) run in floats, or in int8. */
static int
prepare_rest(struct ocr_model *m, struct ocr_err *err)
{
	int r = ocr_net_merge(m->net, m->from, m->to - 1, err);

	if (r == 0)
		r = ocr_net_int8(m->net, m->from, m->to - 1, OCR_NET_BEST, err);
	if (r <= 0)
		return r;
	r = ocr_net_drop_dead(m->net, err);
	if (r < 0)
		return r;
	m->to -= (uint32_t)r; /* all of it was within */
	return 0;
}

int
ocr_model_split(struct ocr_model *m, const struct ocr_model_opt *opt,
    struct ocr_err *err)
{
	int r = ocr_net_shape(m->net, err);

	if (r == 0)
		r = ocr_net_fold(m->net, err);
	if (r == 0)
		r = ocr_model_read_input(m, &m->net->tensors[m->net->input],
		    opt, err);
	if (r == 0)
		r = read_scores(m, err);
	if (r == 0)
		r = find_first(m, err);
	if (r == 0 && m->from < m->to)
		r = prepare_rest(m, err);
	if (r == 0 && m->first.bnn == NULL && m->from == m->to)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: it does nothing to its input", m->path);
	return r;
}
