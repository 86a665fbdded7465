/*
 * gzip_size.h - how much a gzip file holds, without writing it anywhere
 */
#ifndef OCR_GZIP_SIZE_H
#define OCR_GZIP_SIZE_H

#include "common/chunk.h"
#include "common/err.h"
#include "common/ui.h"

struct ocr_gzip_size {
	uint64_t in_bytes;  /* compressed, all of the file */
	uint64_t raw_bytes; /* uncompressed */
	uint32_t raw_crc;
	uint32_t mtime_s; /* of the first header, 0 = none */
	/* First header and one trailer: what gzip -l leaves out of its ratio. */
	uint64_t frame_bytes;
	bool has_garbage; /* trailing, not counted in raw_bytes */
};

/*
 * Find out by the cheapest way that is sure (see gzip_list.h).  Reads a file
 * that cannot be sought to its end.  ui is for warnings.
 */
int ocr_gzip_size(struct ocr_gzip_size *size, struct ocr_origin *o,
    struct ocr_ui *ui, struct ocr_err *err);

#endif
