/*
 * images_records.h - how a record lies in a chunk; for images*.c only
 */
#ifndef OCR_IMAGES_RECORDS_H
#define OCR_IMAGES_RECORDS_H

#include "src/images_state.h"

/* The bytes that it takes, and these bytes. */
size_t ocr_record_packed(const struct ocr_record *rec);
void ocr_record_pack(const struct ocr_record *rec, uint8_t *out);

#endif
