/*
 * infer_names.c - see infer_names.h
 */
#include "config.h"

#include "src/infer_names.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/input_map.h"

#define MAX_BYTES ((size_t)16 << 20)

static int
take_models(struct ocr_names *names, const struct ocr_model *m,
    struct ocr_err *err)
{
	uint32_t n = ocr_model_n_labels(m), i;

	if (n == 0)
		return 0;
	names->names = calloc(n, sizeof(*names->names));
	if (names->names == NULL)
		return ocr_err_nomem(err);
	for (i = 0; i < n; i++)
		names->names[i] = ocr_model_label(m, i);
	names->n = n;
	return 0;
}

/* Lines of text; CR before the end of a line is no part of it. */
static int
take_lines(struct ocr_names *names, const char *path, struct ocr_err *err)
{
	char *p = names->text, *end;
	size_t n = 1;

	for (; *p != '\0'; p++)
		n += *p == '\n';
	names->names = calloc(n, sizeof(*names->names));
	if (names->names == NULL)
		return ocr_err_nomem(err);
	for (p = names->text; *p != '\0'; p = end) {
		end = p + strcspn(p, "\n");
		if (*end == '\n')
			*end++ = '\0';
		p[strcspn(p, "\r")] = '\0';
		if (*p == '\0')
			return ocr_err_set(err, -OCR_EFORMAT,
			    "%.300s: line %zu is empty", path, names->n + 1);
		names->names[names->n++] = p;
	}
	return 0;
}

static int
read_file(struct ocr_names *names, const char *path, struct ocr_err *err)
{
	struct ocr_input_map in = {0};
	int r = ocr_input_map_open_small(&in, path, MAX_BYTES, err);

	if (r < 0)
		return r;
	if (in.len > MAX_BYTES || memchr(in.data, '\0', in.len) != NULL)
		r = ocr_err_set(err, -OCR_EFORMAT,
		    "%.300s: not names of classes, one a line", path);
	else
		names->text = malloc(in.len + 1);
	if (r == 0 && names->text == NULL)
		r = ocr_err_nomem(err);
	if (r == 0) {
		memcpy(names->text, in.data, in.len);
		names->text[in.len] = '\0';
	}
	ocr_input_map_close(&in);
	return r < 0 ? r : take_lines(names, path, err);
}

int
ocr_names_open(struct ocr_names *names, const struct ocr_model *m,
    const char *path, struct ocr_err *err)
{
	uint32_t n_classes = ocr_model_n_scores(m);
	int r;

	*names = (struct ocr_names){0};
	if (path == NULL)
		return take_models(names, m, err);
	r = read_file(names, path, err);
	if (r == 0 && n_classes > 0 && names->n != n_classes)
		r = ocr_err_set(err, -OCR_EFORMAT,
		    "%.300s: %zu names for the %" PRIu32
		    " classes of the model",
		    path, names->n, n_classes);
	return r;
}

void
ocr_names_release(struct ocr_names *names)
{
	free(names->names);
	free(names->text);
	*names = (struct ocr_names){0};
}

void
ocr_names_put(FILE *f, const char *s, size_t n)
{
	size_t i, from = 0;

	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c >= ' ' && c != '\\' && c != 127)
			continue;
		fwrite_unlocked(s + from, 1, i - from, f);
		from = i + 1;
		if (c == '\t' || c == '\n' || c == '\\')
			fprintf(f, "\\%c",
			    c == '\t'   ? 't'
			    : c == '\n' ? 'n'
					: c);
		else
			fprintf(f, "\\%03o", c);
	}
	fwrite_unlocked(s + from, 1, n - from, f);
}

const char *
ocr_names_get(const struct ocr_names *names, uint32_t label, char *room)
{
	if (label < names->n)
		return names->names[label];
	snprintf(room, 16, "%" PRIu32, label);
	return room;
}
