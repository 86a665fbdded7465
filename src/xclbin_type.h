/*
 * xclbin_type.h - C types of kernel arguments, from their text
 *
 * What the description language and EMBEDDED_METADATA both need to know of a
 * type: how many bytes by value, and how it is passed.  Pure.
 */
#ifndef OCR_XCLBIN_TYPE_H
#define OCR_XCLBIN_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ocr_xtype {
	bool is_known;  /* an integer or a floating point type, or pointers to
			 * one: the next three are valid */
	uint32_t bytes; /* of the value, or of what is pointed to: 1, 2, 4, 8 */
	bool is_signed, is_float;
	unsigned n_pointers; /* '*' and '&' */
	bool is_stream;      /* hls::stream<...> */
};

/* "const volatile uint32_t*", "unsigned long", "ap_uint<512>*". */
void ocr_xtype_parse(struct ocr_xtype *t, const char *text);

/* Could this word be the name of an argument, a kernel or a unit? */
bool ocr_xtype_is_name(const char *word, size_t len);
/* Is it one of C's own words for types ("int", "unsigned", "const")? */
bool ocr_xtype_is_keyword(const char *word, size_t len);

#endif
