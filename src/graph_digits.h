/*
 * graph_digits.h - numbers as text, for output of many lines
 *
 * Some ten times as fast as printf, and the same characters.  Each function
 * writes at p, without a zero behind, and returns where its text ends.
 * Needs room for OCR_DIGITS_ROOM.  Any thread.
 */
#ifndef OCR_GRAPH_DIGITS_H
#define OCR_GRAPH_DIGITS_H

#include <stdint.h>

#define OCR_DIGITS_ROOM 32

char *ocr_put_u64(char *p, uint64_t v);
/* The first of %.15g, %.16g, %.17g that reads back as v; also "inf". */
char *ocr_put_double(char *p, double v);
/* The first of %.6g to %.9g that reads back as v. */
char *ocr_put_float(char *p, float v);
/* %.15e */
char *ocr_put_e15(char *p, double v);

#endif
