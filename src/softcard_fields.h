/*
 * softcard_fields.h - a request taken apart, an answer put together
 *
 * For softcard_message.c and softcard_copy.c.
 */
#ifndef OCR_SOFTCARD_FIELDS_H
#define OCR_SOFTCARD_FIELDS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "src/softcard_link.h"
#include "src/softcard_wire.h"

#define OCR_SOFTCARD_N_FIELDS 8

struct ocr_softcard_fields {
	/* By number; of several the last one.  data points into the link's
	 * buffer. */
	struct ocr_wire_field f[OCR_SOFTCARD_N_FIELDS];
	uint64_t bank_bytes; /* OCR_WIRE_LOAD: of all memory banks */
	bool is_good;        /* false: malformed */
};

/*
 * All fields of a request.  One whose bytes are more than the link's buffer
 * holds is thrown away, and what came before it keeps its numbers only: a
 * request for a buffer's contents has such a one, as long as the answer will
 * be.  A negative code: the link is broken.
 */
int ocr_softcard_fields_take(struct ocr_softcard_fields *fields,
    struct ocr_softcard_link *l, struct ocr_softcard_request *q,
    struct ocr_err *err);

/* A field as a path.  False: it cannot be one. */
bool ocr_softcard_fields_path(const struct ocr_wire_field *f,
    char path[PATH_MAX]);

struct ocr_softcard_answer {
	struct ocr_wire_out head;
	const void *data; /* behind it */
	size_t len;
};

/* Nothing said yet. */
void ocr_softcard_answer_begin(struct ocr_softcard_answer *a);
void ocr_softcard_answer_refuse(struct ocr_softcard_answer *a);
void ocr_softcard_answer(struct ocr_softcard_answer *a, bool is_yes);

#endif
