/*
 * infer_truth.c - see infer_truth.h
 */
#include "config.h"

#include "src/infer_truth.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/json_write.h"

int
ocr_truths_init(struct ocr_truths *t, uint32_t n_classes, struct ocr_err *err)
{
	*t = (struct ocr_truths){.n_labels = n_classes};
	if (n_classes > OCR_TRUTH_MAX_CLASSES)
		return ocr_err_set(err, -OCR_ELIMIT,
		    "--truth: a model of %" PRIu32 " classes, more than %d",
		    n_classes, OCR_TRUTH_MAX_CLASSES);
	if (n_classes == 0)
		t->n_labels = OCR_TRUTH_MAX_CLASSES;
	return 0;
}

void
ocr_truths_release(struct ocr_truths *t)
{
	size_t i;

	for (i = 0; i < t->n_rows; i++)
		free(t->rows[i]);
	free(t->rows);
	t->rows = NULL;
	t->n_rows = 0;
}

static int
grow(struct ocr_truths *t, size_t n, struct ocr_err *err)
{
	uint64_t **rows;

	if (n > OCR_TRUTH_MAX_CLASSES)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "--truth: a class %zu: there are at most %d", n - 1,
		    OCR_TRUTH_MAX_CLASSES);
	rows = realloc(t->rows, n * sizeof(*rows));
	if (rows == NULL)
		return ocr_err_nomem(err);
	t->rows = rows;
	while (t->n_rows < n)
		t->rows[t->n_rows++] = NULL;
	return 0;
}

int
ocr_truths_add(struct ocr_truths *t, int32_t truth, uint32_t label,
    struct ocr_err *err)
{
	size_t row = (size_t)truth;
	int r = 0;

	if (truth < 0)
		return 0;
	if (row >= t->n_rows)
		r = grow(t, row + 1, err);
	if (r == 0 && t->rows[row] == NULL) {
		t->rows[row] = calloc(t->n_labels, sizeof(**t->rows));
		r = t->rows[row] == NULL ? ocr_err_nomem(err) : 0;
	}
	if (r < 0)
		return r;
	t->n_known++;
	if (label < t->n_labels)
		t->rows[row][label]++;
	return 0;
}

/* Rows in the order of the classes' names. */
static int
sort_rows(struct ocr_truths *t, const struct ocr_images *im,
    struct ocr_err *err)
{
	size_t n = ocr_images_n_classes(im), i;
	uint64_t **rows = calloc(n + 1, sizeof(*rows));

	if (rows == NULL)
		return ocr_err_nomem(err);
	for (i = 0; i < t->n_rows; i++) {
		size_t rank = ocr_images_rank(im, (int32_t)i);

		if (rank < n)
			rows[rank] = t->rows[i];
		else
			free(t->rows[i]);
	}
	free(t->rows);
	t->rows = rows;
	t->n_rows = n;
	return 0;
}

int
ocr_truths_end(struct ocr_truths *t, const struct ocr_images *im,
    struct ocr_err *err)
{
	int r = 0;
	size_t i;

	if (im != NULL && ocr_images_n_classes(im) > 0)
		r = sort_rows(t, im, err);
	for (i = 0; r == 0 && i < t->n_rows && i < t->n_labels; i++)
		if (t->rows[i] != NULL)
			t->n_right += t->rows[i][i];
	return r;
}

double
ocr_truths_accuracy(const struct ocr_truths *t)
{
	return t->n_known > 0 ? (double)t->n_right / (double)t->n_known : NAN;
}

static const char *
truth_name(const struct ocr_names *names, const struct ocr_images *im,
    uint32_t i, char *room)
{
	const char *name = im != NULL && ocr_images_n_classes(im) > 0
			       ? ocr_images_class(im, i)
			       : NULL;

	return name != NULL ? name : ocr_names_get(names, i, room);
}

/* Labels that the table has: up to the last that anybody got. */
static size_t
count_columns(const struct ocr_truths *t)
{
	size_t n = t->n_labels, i;

	while (n > 0) {
		for (i = 0; i < t->n_rows; i++)
			if (t->rows[i] != NULL && t->rows[i][n - 1] > 0)
				return n;
		if (n <= t->n_rows)
			return n;
		n--;
	}
	return 0;
}

static void
put_name(FILE *f, const char *name)
{
	ocr_names_put(f, name, strlen(name));
}

static void
print_table(const struct ocr_truths *t, const struct ocr_names *names,
    const struct ocr_images *im, FILE *f)
{
	size_t n = count_columns(t), i, k;
	char room[16];

	fputs("truth", f);
	for (k = 0; k < n; k++) {
		putc('\t', f);
		put_name(f, ocr_names_get(names, (uint32_t)k, room));
	}
	putc('\n', f);
	for (i = 0; i < t->n_rows; i++) {
		if (t->rows[i] == NULL)
			continue;
		put_name(f, truth_name(names, im, (uint32_t)i, room));
		for (k = 0; k < n; k++)
			fprintf(f, "\t%" PRIu64, t->rows[i][k]);
		putc('\n', f);
	}
}

static void
print_json(const struct ocr_truths *t, const struct ocr_names *names,
    const struct ocr_images *im, double seconds, FILE *f)
{
	struct ocr_json j = {.f = f};
	size_t n = count_columns(t), i, k;
	char room[16];

	ocr_json_open_object(&j, NULL);
	ocr_json_number(&j, "images", t->n_images);
	ocr_json_number(&j, "errors", t->n_failed);
	ocr_json_real(&j, "images_per_second", (double)t->n_images / seconds);
	ocr_json_number(&j, "truths", t->n_known);
	ocr_json_number(&j, "right", t->n_right);
	ocr_json_exact(&j, "accuracy",
	    round(ocr_truths_accuracy(t) * 1e6) / 1e6);
	ocr_json_open_array(&j, "confusion");
	for (i = 0; i < t->n_rows; i++) {
		if (t->rows[i] == NULL)
			continue;
		ocr_json_open_object(&j, NULL);
		ocr_json_string(&j, "truth",
		    truth_name(names, im, (uint32_t)i, room));
		ocr_json_open_array(&j, "labels");
		for (k = 0; k < n; k++)
			ocr_json_number(&j, NULL, t->rows[i][k]);
		ocr_json_close_array(&j);
		ocr_json_close_object(&j);
	}
	ocr_json_close_array(&j);
	ocr_json_close_object(&j);
	putc('\n', f);
}

void
ocr_truths_print(const struct ocr_truths *t, const struct ocr_names *names,
    const struct ocr_images *im, double seconds, bool is_json, FILE *f)
{
	if (is_json) {
		print_json(t, names, im, seconds, f);
		return;
	}
	fprintf(f, "images\t%" PRIu64 "\nerrors\t%" PRIu64 "\n", t->n_images,
	    t->n_failed);
	fprintf(f, "images_per_second\t%.0f\n", (double)t->n_images / seconds);
	if (t->n_known == 0)
		return;
	fprintf(f, "truths\t%" PRIu64 "\nright\t%" PRIu64 "\n", t->n_known,
	    t->n_right);
	fprintf(f, "accuracy\t%.4f\n\n", ocr_truths_accuracy(t));
	print_table(t, names, im, f);
}
