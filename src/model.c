/*
 * model.c - opens models of all kinds
 */
#include "config.h"

#include "src/model.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "src/bnn_pynq.h"
#include "src/input_map.h"
#include "src/model_part.h"
#include "src/onnx.h"

/* Lines to names; text is taken over. */
static int
set_labels(struct ocr_model *m, char *text, struct ocr_err *err)
{
	size_t n = 0, i = 0;
	char *p;

	if (text == NULL)
		return 0;
	m->label_text = text;
	for (p = text; *p != '\0'; p++)
		n += *p == '\n';
	m->labels = calloc(n + 1, sizeof(*m->labels));
	if (m->labels == NULL)
		return ocr_err_nomem(err);
	for (p = text; *p != '\0';) {
		m->labels[i++] = p;
		p += strcspn(p, "\n");
		if (*p == '\n')
			*p++ = '\0';
	}
	m->n_labels = (uint32_t)i;
	return 0;
}

static int
copy_labels(struct ocr_model *m, const char *text, struct ocr_err *err)
{
	char *copy;

	if (text == NULL || text[0] == '\0')
		return 0;
	if (strlen(text) > OCR_BNN_MAX_LABELS)
		return ocr_err_set(err, -OCR_ELIMIT,
		    "%s: names of classes of more than %zu bytes", m->path,
		    OCR_BNN_MAX_LABELS);
	copy = strdup(text);
	return copy == NULL ? ocr_err_nomem(err) : set_labels(m, copy, err);
}

/* All there is is a binarised network. */
static int
set_whole(struct ocr_model *m, const struct ocr_model_opt *opt,
    struct ocr_err *err)
{
	const struct ocr_bnn_layer *l = &m->first.bnn->layers[0];

	m->input = (struct ocr_model_input){.c = l->in_c,
	    .h = l->in_h,
	    .w = l->in_w,
	    .is_bytes = true,
	    .is_nhwc = m->first.is_nhwc};
	m->n_scores = m->first.bnn->n_scores;
	if (opt != NULL && opt->has_mean)
		return ocr_model_no_mean(m, err);
	return copy_labels(m, m->first.labels, err);
}

static int
open_net(struct ocr_model *m, const struct ocr_model_opt *opt,
    struct ocr_err *err)
{
	enum ocr_engine engine = opt == NULL ? OCR_ENGINE_AUTO : opt->engine;
	int r;

	m->kind = "ONNX";
	if (engine == OCR_ENGINE_ORT) {
		r = ocr_model_ort(m, opt, err);
	} else {
		r = ocr_onnx_read(&m->net, m->path, err);
		if (r == 0)
			r = ocr_model_split(m, opt, err);
		if (r == -OCR_EFORMAT && engine == OCR_ENGINE_AUTO)
			r = ocr_model_ort_instead(m, opt, err);
	}
	return r < 0 ? r : copy_labels(m, ocr_model_meta(m, "labels"), err);
}

static int
open_file(struct ocr_model *m, const struct ocr_model_opt *opt,
    struct ocr_err *err)
{
	struct ocr_input_map in = {0};
	bool is_packed;
	int r;

	r = ocr_input_map_open_small(&in, m->path, OCR_NET_MAX_BYTES, err);
	if (r < 0)
		return r;
	is_packed = ocr_bnn_file_is(in.data, in.len);
	m->kind = "ocrm";
	if (is_packed)
		r = ocr_bnn_file_read_bits(&m->first, in.data, in.len, m->path,
		    err);
	ocr_input_map_close(&in);
	if (!is_packed)
		return open_net(m, opt, err);
	return r < 0 ? r : set_whole(m, opt, err);
}

static int
open_any(struct ocr_model *m, const struct ocr_model_opt *opt,
    struct ocr_err *err)
{
	struct stat st;
	int r;

	if (stat(m->path, &st) < 0)
		return ocr_err_sys(err, "cannot open '%s'", m->path);
	if (!S_ISDIR(st.st_mode))
		return open_file(m, opt, err);
	m->kind = "BNN-PYNQ";
	if (!ocr_bnn_pynq_is(m->path))
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: a folder, but not of parameters of BNN-PYNQ", m->path);
	r = ocr_bnn_pynq_read(&m->first, m->path, err);
	return r < 0 ? r : set_whole(m, opt, err);
}

int
ocr_model_open(struct ocr_model **out, const char *path,
    const struct ocr_model_opt *opt, struct ocr_err *err)
{
	struct ocr_model *m = calloc(1, sizeof(*m));
	struct ocr_model_input *in;
	int r;

	*out = NULL;
	if (m == NULL)
		return ocr_err_nomem(err);
	m->path = strdup(path);
	r = m->path == NULL ? ocr_err_nomem(err) : 0;
	if (r == 0)
		r = open_any(m, opt, err);
	if (r == 0 && m->ort == NULL && opt != NULL &&
	    opt->engine == OCR_ENGINE_ORT)
		r = ocr_err_set(err, -OCR_EFORMAT,
		    "%s: ONNX Runtime takes ONNX files alone", path);
	if (r == 0 && m->first.bnn != NULL)
		r = ocr_bnn_packed_new(&m->packed, m->first.bnn, OCR_BNN_BEST,
		    err);
	if (r < 0) {
		ocr_model_close(m);
		return r;
	}
	in = &m->input;
	in->n_bytes =
	    (size_t)in->c * in->h * in->w * (in->is_bytes ? 1 : sizeof(float));
	*out = m;
	return 0;
}

void
ocr_model_close(struct ocr_model *m)
{
	if (m == NULL)
		return;
	ocr_bnn_packed_free(m->packed);
	ocr_bnn_model_release(&m->first);
	ocr_net_free(m->net);
	ocr_ort_close(m->ort);
	free(m->labels);
	free(m->label_text);
	free(m->path);
	free(m);
}

const struct ocr_model_input *
ocr_model_input(const struct ocr_model *m)
{
	return &m->input;
}

uint32_t
ocr_model_n_scores(const struct ocr_model *m)
{
	return m->n_scores;
}

const char *
ocr_model_label(const struct ocr_model *m, uint32_t i)
{
	return i < m->n_labels ? m->labels[i] : NULL;
}

uint32_t
ocr_model_n_labels(const struct ocr_model *m)
{
	return m->n_labels;
}

const struct ocr_bnn *
ocr_model_bnn(const struct ocr_model *m)
{
	return m->from == m->to ? m->first.bnn : NULL;
}

/* Names as lines of text, which is what files have. */
static char *
join_labels(const struct ocr_model *m)
{
	size_t n = 1;
	uint32_t i;
	char *text, *p;

	for (i = 0; i < m->n_labels; i++)
		n += strlen(m->labels[i]) + 1;
	text = p = calloc(n, 1);
	for (i = 0; text != NULL && i < m->n_labels; i++) {
		const char *s;

		for (s = m->labels[i]; *s != '\0'; s++)
			*p++ = (unsigned char)*s < ' ' || *s == 127 ? '?' : *s;
		*p++ = '\n';
	}
	return text;
}

int
ocr_model_pack(uint8_t **out, size_t *len, const struct ocr_model *m,
    struct ocr_err *err)
{
	struct ocr_bnn_model b = {.bnn = m->first.bnn,
	    .is_nhwc = m->first.is_nhwc};
	int r;

	*out = NULL;
	if (m->ort != NULL)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: cannot be packed: it runs on ONNX Runtime", m->path);
	if (m->first.bnn == NULL)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: cannot be packed: not binarised: %s", m->path, m->why);
	if (m->from != m->to)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: cannot be packed: only a part of it is binarised",
		    m->path);
	b.labels = m->n_labels == 0 ? NULL : join_labels(m);
	if (m->n_labels != 0 && b.labels == NULL)
		return ocr_err_nomem(err);
	r = ocr_bnn_file_make(out, len, &b, err);
	free(b.labels);
	return r;
}
