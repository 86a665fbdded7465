/*
 * place.h - threads and memory near a card, by hwloc
 *
 * libhwloc is loaded only when there is a card: nobody else pays for it.
 */
#ifndef OCR_PLACE_H
#define OCR_PLACE_H

#include <stddef.h>

#include "common/err.h"

struct ocr_place;

/*
 * The processors near the PCI device at bdf ("0000:3b:00.1").  NULL without an
 * error where hwloc is missing, the address is "" or unknown, or the machine has one NUMA node only.
 */
struct ocr_place *ocr_place_new(const char *bdf);
/* Bind the calling thread, and with it the memory that it touches first.  Any
 * thread; a NULL place does nothing. */
void ocr_place_here(const struct ocr_place *p);
/* "NUMA node 1, 8 processors", for people; returns buf. */
const char *ocr_place_describe(const struct ocr_place *p, char *buf, size_t n);
void ocr_place_free(struct ocr_place *p);

#endif
