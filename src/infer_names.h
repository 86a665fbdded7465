/*
 * infer_names.h - names of classes: the model's, or a file's
 */
#ifndef OCR_INFER_NAMES_H
#define OCR_INFER_NAMES_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/err.h"
#include "src/model.h"

struct ocr_names {
	const char **names; /* n; NULL if n is 0 */
	size_t n;
	char *text; /* private: of a file */
};

/* path: a name a line; NULL: the model's, maybe none.  -OCR_EFORMAT: not as
 * many as the model has classes. */
int ocr_names_open(struct ocr_names *names, const struct ocr_model *m,
    const char *path, struct ocr_err *err);
void ocr_names_release(struct ocr_names *names); /* zeroed is fine */

/* The name of a class, or its number in room, of at least 16 bytes. */
const char *ocr_names_get(const struct ocr_names *names, uint32_t label,
    char *room);

/* The n bytes of a name come from anywhere: a line stays a line, a column a
 * column. */
void ocr_names_put(FILE *f, const char *s, size_t n);

#endif
