/*
 * json_write.h - JSON, written as it goes
 *
 * Commas come by themselves; the caller opens and closes what it opens.  key is
 * NULL within an array.  Strings may come from anywhere: what is not UTF-8
 * becomes U+FFFD.
 */
#ifndef OCR_JSON_WRITE_H
#define OCR_JSON_WRITE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct ocr_json {
	FILE *f;
	bool has_item; /* something stands before in this object or array */
};

void ocr_json_open_object(struct ocr_json *j, const char *key);
void ocr_json_close_object(struct ocr_json *j);
void ocr_json_open_array(struct ocr_json *j, const char *key);
void ocr_json_close_array(struct ocr_json *j);

void ocr_json_string(struct ocr_json *j, const char *key, const char *value);
void ocr_json_number(struct ocr_json *j, const char *key, uint64_t value);
void ocr_json_bool(struct ocr_json *j, const char *key, bool value);
/* Three decimals, a point whatever the locale says; null for what is no
 * number of less than 1e12. */
void ocr_json_real(struct ocr_json *j, const char *key, double value);
/* The fewest digits from 15 on that read back as the same; null for what is no
 * number.  For what three decimals round to nothing, or are not enough. */
void ocr_json_exact(struct ocr_json *j, const char *key, double value);
/* "0x1800000", as a string: JSON's numbers are decimal. */
void ocr_json_hex(struct ocr_json *j, const char *key, uint64_t value);

/* A string alone, in its quotes. */
void ocr_json_quote(FILE *f, const char *s);

#endif
