/*
 * input_map.h - a whole file in memory, mapped
 *
 * Plain files are mapped.  Files compressed by gzip and pipes are first put,
 * plain, into an unlinked file in $TMPDIR, and that is mapped.
 * Any thread may read; owner: who opened it.
 */
#ifndef OCR_INPUT_MAP_H
#define OCR_INPUT_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

struct ocr_input_map {
	char *name;          /* for messages; "standard input" for "-" */
	const uint8_t *data; /* nothing may be read at data[len] or beyond */
	size_t len;
	size_t mapped;         /* bytes to unmap; 0: data is to be freed */
	uint64_t lines_before; /* data[0], for messages: of a part */
};

struct ocr_meter;

/* path "-": standard input. */
int ocr_input_map_open(struct ocr_input_map *in, const char *path,
    struct ocr_err *err);
/* The same; meter is told what takes long. */
int ocr_input_map_open_shown(struct ocr_input_map *in, const char *path,
    struct ocr_meter *meter, struct ocr_err *err);
/* For what is never large: more than most bytes that have to be put into a file
 * are an error, and so is a device, which may have no end. */
int ocr_input_map_open_small(struct ocr_input_map *in, const char *path,
    uint64_t most, struct ocr_err *err);
/* For tests: a copy of bytes. */
int ocr_input_map_copy(struct ocr_input_map *in, const char *name,
    const void *data, size_t len, struct ocr_err *err);
void ocr_input_map_close(struct ocr_input_map *in); /* zeroed is fine */

#endif
