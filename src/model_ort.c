/*
 * model_ort.c - models that run on ONNX Runtime
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "src/model_part.h"

/* What of the model is of an own engine, or half of it. */
static void
forget(struct ocr_model *m)
{
	ocr_bnn_model_release(&m->first);
	memset(&m->first, 0, sizeof(m->first));
	ocr_net_free(m->net);
	m->net = NULL;
	memset(&m->input, 0, sizeof(m->input));
	m->from = m->to = 0;
	ocr_ort_close(m->ort);
	m->ort = NULL;
}

static int
start(struct ocr_model *m, const struct ocr_onnx_file *file,
    const struct ocr_model_opt *opt, bool is_alone, struct ocr_err *err)
{
	int r = ocr_ort_load(m->ort, m->path, file, err);

	if (r == 0)
		r = ocr_model_read_input(m, ocr_ort_input(m->ort), opt, err);
	if (r == 0)
		r = ocr_ort_try(m->ort, is_alone, err);
	if (r < 0)
		return r;
	m->is_label = ocr_ort_is_label(m->ort);
	m->n_scores = m->is_label ? 0 : (uint32_t)ocr_ort_n_scores(m->ort);
	return 0;
}

int
ocr_model_ort(struct ocr_model *m, const struct ocr_model_opt *opt,
    struct ocr_err *err)
{
	struct ocr_onnx_file file;
	struct ocr_err why = {0};
	int r = ocr_onnx_scan(&file, &m->net, m->path, err);

	if (r < 0)
		return r;
	r = ocr_ort_open(&m->ort, opt->ort_path, &why);
	if (r < 0)
		(void)ocr_err_set(err, r, "%s: no ONNX Runtime: %s", m->path,
		    why.text);
	else
		r = start(m, &file, opt, false, err);
	ocr_onnx_file_release(&file);
	return r;
}

/* A message without the name of the file. */
static const char *
without_path(const struct ocr_model *m, const char *text)
{
	size_t n = strlen(m->path);

	if (strncmp(text, m->path, n) == 0 && strncmp(text + n, ": ", 2) == 0)
		return text + n + 2;
	return text;
}

/* It cannot be helped: own says why, unless the file tells what is missing. */
static int
refuse(const struct ocr_model *m, const struct ocr_onnx_file *file,
    const struct ocr_err *own, const struct ocr_err *why, struct ocr_err *err)
{
	if (why->code == -OCR_ENOMEM || why->code == -OCR_EUSAGE)
		return ocr_err_set(err, why->code, "%s", why->text);
	if (file->lack[0] == '\0')
		return ocr_err_set(err, own->code, "%s", own->text);
	return ocr_err_set(err, -OCR_EFORMAT, "%s: %s; %s%s", m->path,
	    file->lack, m->ort == NULL ? "ONNX Runtime could run it: " : "",
	    without_path(m, why->text));
}

int
ocr_model_ort_instead(struct ocr_model *m, const struct ocr_model_opt *opt,
    struct ocr_err *err)
{
	struct ocr_err own = *err, why = {0};
	struct ocr_onnx_file file;
	int r;

	forget(m);
	if (ocr_onnx_scan(&file, &m->net, m->path, &why) < 0)
		return own.code;
	r = ocr_ort_open(&m->ort, opt == NULL ? NULL : opt->ort_path, &why);
	/* Without a reason that is certain the images are kept apart: a net
	 * that would mix them is one that was refused. */
	if (r == 0)
		r = start(m, &file, opt, file.lack[0] == '\0', &why);
	ocr_err_clear(err);
	if (r < 0)
		r = refuse(m, &file, &own, &why, err);
	else
		(void)snprintf(m->why, sizeof(m->why), "%.255s",
		    file.lack[0] != '\0' ? file.lack
					 : without_path(m, own.text));
	ocr_onnx_file_release(&file);
	return r;
}
