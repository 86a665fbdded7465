/*
 * infer_print.c - see infer_print.h
 */
#include "config.h"

#include "src/infer_print.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/json_write.h"
#include "src/graph_digits.h"
#include "src/le.h"

#define FLUSH_BYTES ((size_t)64 << 10)
#define SPOOL_BYTES ((size_t)8 << 20)
#define NPY_HEAD_BYTES 128

static bool
is_npy(const struct ocr_infer_print *p)
{
	return p->form == OCR_INFER_NPY_LABELS ||
	       p->form == OCR_INFER_NPY_SCORES;
}

int
ocr_infer_print_open(struct ocr_infer_print *p, struct ocr_err *err)
{
	const char *dir = getenv("TMPDIR");

	p->spool = (struct ocr_spool){
	    .dir = dir != NULL && *dir != '\0' ? dir : "/tmp",
	    .memory_bytes = SPOOL_BYTES,
	};
	p->f = open_memstream(&p->text, &p->n_text);
	return p->f == NULL ? ocr_err_nomem(err) : 0;
}

void
ocr_infer_print_release(struct ocr_infer_print *p)
{
	if (p->f == NULL)
		return;
	(void)fclose(p->f);
	free(p->text);
	ocr_spool_release(&p->spool);
	p->f = NULL;
}

/* As many digits as the number needs; nothing for what is none. */
static void
put_score(FILE *f, float x)
{
	char text[OCR_DIGITS_ROOM];

	if (!isnan(x))
		fwrite_unlocked(text, 1,
		    (size_t)(ocr_put_float(text, x) - text), f);
}

static struct ocr_infer_value
value_of(const struct ocr_result *r, uint32_t i)
{
	return ocr_result_value(r->values, i);
}

static void
put_line(struct ocr_infer_print *p, const struct ocr_result *r)
{
	FILE *f = p->f;
	char room[16];
	uint32_t i;

	ocr_names_put(f, r->name, r->n_name);
	if (r->status < 0) {
		fputs("\terror\t", f);
		ocr_names_put(f, r->text, r->n_text);
	}
	for (i = 0; r->status == 0 && i < p->n_values; i++) {
		struct ocr_infer_value v = value_of(r, i);
		const char *name = ocr_names_get(p->names, v.label, room);

		putc_unlocked('\t', f);
		ocr_names_put(f, name, strlen(name));
		putc_unlocked('\t', f);
		put_score(f, v.score);
	}
	putc_unlocked('\n', f);
}

static void
put_json_string(struct ocr_json *j, const char *key, const char *s, size_t n)
{
	char *copy = strndup(s, n);

	ocr_json_string(j, key, copy != NULL ? copy : "");
	free(copy);
}

static void
put_json(struct ocr_infer_print *p, const struct ocr_result *r)
{
	struct ocr_json j = {.f = p->f};
	char room[16];
	uint32_t i;

	ocr_json_open_object(&j, NULL);
	put_json_string(&j, "name", r->name, r->n_name);
	if (r->status < 0)
		put_json_string(&j, "error", r->text, r->n_text);
	if (p->has_classes && r->truth >= 0)
		ocr_json_string(&j, "truth",
		    ocr_names_get(p->names, (uint32_t)r->truth, room));
	if (r->status == 0)
		ocr_json_open_array(&j, "labels");
	for (i = 0; r->status == 0 && i < p->n_values; i++) {
		struct ocr_infer_value v = value_of(r, i);

		ocr_json_open_object(&j, NULL);
		ocr_json_number(&j, "class", v.label);
		if (v.label < p->names->n)
			ocr_json_string(&j, "label", p->names->names[v.label]);
		if (isfinite(v.score)) {
			fputs(",\"score\":", p->f);
			put_score(p->f, v.score);
		}
		ocr_json_close_object(&j);
	}
	if (r->status == 0)
		ocr_json_close_array(&j);
	ocr_json_close_object(&j);
	putc_unlocked('\n', p->f);
}

static int
put_npy(struct ocr_infer_print *p, const struct ocr_result *r,
    struct ocr_err *err)
{
	struct ocr_infer_value v = {.score = NAN};
	unsigned char label[8];
	uint32_t i, bits;
	int e = 0;

	if (p->form == OCR_INFER_NPY_LABELS) {
		if (r->status == 0)
			v = value_of(r, 0);
		ocr_put_le32(label, r->status == 0 ? v.label : UINT32_MAX);
		ocr_put_le32(label + 4, r->status == 0 ? 0 : UINT32_MAX);
		return ocr_spool_put(&p->spool, label, sizeof(label), err);
	}
	for (i = 0; e == 0 && i < p->n_values; i++) {
		if (r->status == 0)
			v = value_of(r, i);
		memcpy(&bits, &v.score, sizeof(bits));
		ocr_put_le32(label, bits);
		e = ocr_spool_put(&p->spool, label, 4, err);
	}
	return e;
}

/* What a message says behind the name that stands before it already. */
static void
cut_name(struct ocr_result *r)
{
	bool is_stdin = r->n_name == 1 && r->name[0] == '-';
	const char *name = is_stdin ? "stdin" : r->name;
	size_t n = is_stdin ? strlen(name) : r->n_name;

	if (r->n_text > n + 2 && memcmp(r->text, name, n) == 0 &&
	    memcmp(r->text + n, ": ", 2) == 0) {
		r->text += n + 2;
		r->n_text -= n + 2;
	}
}

static int
put_failed(struct ocr_infer_print *p, const struct ocr_result *r,
    struct ocr_err *err)
{
	struct ocr_err why = {0};

	p->truths->n_failed++;
	if (p->on_error == OCR_ON_ERROR_LINE && p->form != OCR_INFER_SUMMARY &&
	    !is_npy(p))
		return 0;
	ocr_err_set(&why, r->status, "%.*s: %.*s",
	    (int)(r->n_name < 200 ? r->n_name : 200), r->name,
	    (int)(r->n_text < 250 ? r->n_text : 250), r->text);
	if (p->on_error == OCR_ON_ERROR_STOP)
		return ocr_err_set(err, r->status, "%s", why.text);
	ocr_ui_error(p->ui, &why);
	return p->on_error == OCR_ON_ERROR_SKIP ? 1 : 0;
}

int
ocr_infer_print_put(struct ocr_infer_print *p, const struct ocr_result *result,
    struct ocr_err *err)
{
	struct ocr_result r = *result;
	int e = 0;

	p->truths->n_images++;
	if (r.status < 0) {
		cut_name(&r);
		e = put_failed(p, &r, err);
	} else if (p->has_truth) {
		e = ocr_truths_add(p->truths, r.truth, value_of(&r, 0).label,
		    err);
	}
	if (e != 0)
		return e < 0 ? e : 0;
	if (p->form == OCR_INFER_SUMMARY)
		return 0;
	if (is_npy(p))
		return put_npy(p, &r, err);
	if (p->form == OCR_INFER_JSON)
		put_json(p, &r);
	else
		put_line(p, &r);
	return p->is_kept || ftello(p->f) < (off_t)FLUSH_BYTES
		   ? 0
		   : ocr_infer_print_flush(p, err);
}

int
ocr_infer_print_take(struct ocr_infer_print *p, const char **text, size_t *len,
    struct ocr_err *err)
{
	off_t n = ftello(p->f);

	if (n < 0 || fflush(p->f) != 0 || ferror(p->f))
		return ocr_err_nomem(err);
	rewind(p->f);
	*text = p->text;
	*len = (size_t)n;
	return 0;
}

int
ocr_infer_print_flush(struct ocr_infer_print *p, struct ocr_err *err)
{
	const char *text = NULL;
	size_t n = 0;
	int r = ocr_infer_print_take(p, &text, &n, err);

	return r == 0 && n > 0 ? ocr_output_write(p->out, text, n, err) : r;
}

static int
write_out(void *ctx, const void *data, size_t len, struct ocr_err *err)
{
	return ocr_output_write(ctx, data, len, err);
}

/* NumPy's format 1.0: a line of Python, padded to a multiple of 64 bytes. */
static int
finish_npy(struct ocr_infer_print *p, struct ocr_err *err)
{
	bool is_label = p->form == OCR_INFER_NPY_LABELS;
	size_t row = is_label ? 8 : (size_t)p->n_values * 4;
	uint64_t n = row == 0 ? 0 : p->spool.len / row;
	char head[NPY_HEAD_BYTES] = "\x93NUMPY\x01";
	char shape[64];
	int r;

	if (is_label)
		snprintf(shape, sizeof(shape), "(%" PRIu64 ",)", n);
	else
		snprintf(shape, sizeof(shape), "(%" PRIu64 ", %" PRIu32 ")", n,
		    p->n_values);
	memset(head + 10, ' ', sizeof(head) - 10);
	head[8] = NPY_HEAD_BYTES - 10;
	r = snprintf(head + 10, sizeof(head) - 10,
	    "{'descr': '%s', 'fortran_order': False, 'shape': %s, }",
	    is_label ? "<i8" : "<f4", shape);
	head[10 + r] = ' ';
	head[NPY_HEAD_BYTES - 1] = '\n';
	r = ocr_output_write(p->out, head, sizeof(head), err);
	if (r == 0)
		r = ocr_spool_drain(&p->spool, write_out, p->out, err);
	return r;
}

int
ocr_infer_print_finish(struct ocr_infer_print *p, struct ocr_err *err)
{
	if (is_npy(p))
		return finish_npy(p, err);
	return ocr_infer_print_flush(p, err);
}
