/*
 * softcard_copy.h - buffers' contents to and from the memory of a softcard
 *
 * For softcard_message.c.
 */
#ifndef OCR_SOFTCARD_COPY_H
#define OCR_SOFTCARD_COPY_H

#include "common/err.h"
#include "src/softcard_buffers.h"
#include "src/softcard_fields.h"
#include "src/softcard_link.h"
#include "src/softcard_memory.h"

/* OCR_WIRE_TO_CARD, taken apart and carried out at once, because the bytes go
 * from the socket to their place.  A negative code: the link is broken. */
int ocr_softcard_copy_to(struct ocr_softcard_memory *m,
    struct ocr_softcard_link *l, struct ocr_softcard_request *q,
    struct ocr_softcard_fields *fields, struct ocr_softcard_answer *a,
    struct ocr_err *err);

/* OCR_WIRE_FROM_CARD: the answer points into device memory, or into the
 * host's. */
void ocr_softcard_copy_from(const struct ocr_softcard_memory *m,
    const struct ocr_softcard_buffers *b,
    const struct ocr_softcard_fields *fields, struct ocr_softcard_answer *a);

/* OCR_WIRE_COPY_TO_FILE and OCR_WIRE_COPY_FROM_FILE: files of the program's,
 * for buffers that cards share. */
void ocr_softcard_copy_to_file(const struct ocr_softcard_memory *m,
    const struct ocr_softcard_fields *fields, struct ocr_softcard_answer *a);
void ocr_softcard_copy_from_file(const struct ocr_softcard_memory *m,
    const struct ocr_softcard_fields *fields, struct ocr_softcard_answer *a);

#endif
