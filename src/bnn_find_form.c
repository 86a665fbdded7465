/*
 * bnn_find_form.c - which dim of a tensor is channels, height, width
 *
 * Flatten, Reshape, Squeeze, Unsqueeze and Transpose move nothing but names of
 * dims, as long as a dim stays what it was or all become one.
 */
#include "config.h"

#include "src/bnn_find_part.h"

#define MAX_SIDE (UINT32_C(1) << 16)

int
ocr_find_form_input(struct ocr_find *f)
{
	const struct ocr_tensor *t = &f->net->tensors[f->net->input];
	struct ocr_find_form *form = &f->form;
	bool is_nhwc;
	uint32_t i;

	if (!t->has_shape || t->n_dims < 2 || t->n_dims > 4)
		return ocr_find_no(f, NULL, "the input is no image");
	for (i = 1; i < t->n_dims; i++)
		if (t->dims[i] == 0 || t->dims[i] > MAX_SIDE)
			return ocr_find_no(f, NULL, "the input is no image");
	*form = (struct ocr_find_form){.n_dims = t->n_dims, .c = 1, .h = 1};
	if (t->n_dims == 4) {
		is_nhwc = t->dims[1] > 4 && t->dims[3] <= 4;
		form->axis_c = is_nhwc ? 3 : 1;
		form->axis_h = is_nhwc ? 1 : 2;
		form->axis_w = is_nhwc ? 2 : 3;
		f->out->is_nhwc = is_nhwc;
		form->c = (uint32_t)t->dims[form->axis_c];
		form->h = (uint32_t)t->dims[form->axis_h];
		form->w = (uint32_t)t->dims[form->axis_w];
	} else if (t->n_dims == 3) {
		form->axis_h = 1;
		form->axis_w = 2;
		form->h = (uint32_t)t->dims[1];
		form->w = (uint32_t)t->dims[2];
	} else {
		form->is_flat = true;
		form->w = (uint32_t)t->dims[1];
	}
	if (form->c > 4)
		return ocr_find_no(f, NULL, "images of more than 4 channels");
	return 1;
}

/* Dims other than 1 keep their order: give them their names again. */
static bool
rename_dims(struct ocr_find_form *form, const struct ocr_tensor *to)
{
	struct ocr_find_form was = *form;
	uint32_t axes[4] = {0, form->axis_c, form->axis_h, form->axis_w};
	uint32_t sizes[4] = {0, form->c, form->h, form->w}, order[3], i, j;
	uint32_t n = 0, at = 0, placed[4] = {0};

	for (i = 1; i < was.n_dims; i++)
		for (j = 1; j < 4; j++)
			if (axes[j] == i && sizes[j] != 1 && n < 3)
				order[n++] = j;
	for (i = 1; i < to->n_dims; i++) {
		if (to->dims[i] == 1)
			continue;
		if (at == n || to->dims[i] != sizes[order[at]])
			return false;
		placed[order[at++]] = i;
	}
	if (at != n)
		return false;
	/* A single channel is where it would be, axis 1. */
	form->axis_c = placed[1] != 0 || form->c != 1 ? placed[1] : 1;
	form->axis_h = placed[2];
	form->axis_w = placed[3];
	form->n_dims = to->n_dims;
	return true;
}

static bool
is_one_dim(const struct ocr_tensor *t, uint64_t n)
{
	uint32_t i;

	for (i = 2; i < t->n_dims; i++)
		if (t->dims[i] != 1)
			return false;
	return t->n_dims >= 2 && t->dims[1] == n;
}

static bool
reshape(struct ocr_find_form *form, const struct ocr_tensor *to)
{
	uint64_t n = (uint64_t)form->c * form->h * form->w;

	if (form->is_flat) {
		form->n_dims = to->n_dims;
		return is_one_dim(to, n);
	}
	if (rename_dims(form, to))
		return true;
	if (!is_one_dim(to, n))
		return false;
	/* the channel is before the sides, or behind them */
	if (form->axis_h != 0 && form->axis_w != 0 &&
	    form->axis_w < form->axis_h)
		return false;
	form->is_nhwc =
	    form->c > 1 && form->axis_c != 0 &&
	    (form->axis_h != 0 || form->axis_w != 0) &&
	    (form->axis_c > form->axis_h || form->axis_c > form->axis_w);
	if (form->is_nhwc &&
	    (form->axis_c < form->axis_h || form->axis_c < form->axis_w))
		return false; /* between them */
	form->is_flat = true;
	form->n_dims = to->n_dims;
	return true;
}

static bool
transpose(struct ocr_find_form *form, const struct ocr_node *node)
{
	const int64_t *perm = node->attr.perm;
	struct ocr_find_form was = *form;
	uint32_t i;

	if (node->attr.n_perm != was.n_dims || perm[0] != 0)
		return false;
	for (i = 1; i < was.n_dims; i++) {
		if (form->is_flat && perm[i] != i)
			return false;
		if (was.axis_c != 0 && perm[i] == was.axis_c)
			form->axis_c = i;
		if (was.axis_h != 0 && perm[i] == was.axis_h)
			form->axis_h = i;
		if (was.axis_w != 0 && perm[i] == was.axis_w)
			form->axis_w = i;
	}
	return true;
}

int
ocr_find_form_move(struct ocr_find *f, const struct ocr_node *node)
{
	const struct ocr_tensor *to = &f->net->tensors[node->out[0]];
	bool is_good;

	if (!to->has_shape)
		return ocr_find_no(f, node, "its shape is not known");
	is_good = node->op == OCR_OP_TRANSPOSE ? transpose(&f->form, node)
					       : reshape(&f->form, to);
	if (!is_good)
		return ocr_find_no(f, node, "moves more than whole dims");
	f->value[node->out[0]] = f->value[node->in[0]];
	return 1;
}
