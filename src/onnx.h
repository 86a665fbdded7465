/*
 * onnx.h - reads ONNX and QONNX files into nets
 *
 * Files are untrusted: sizes, counts, names, types and the order of nodes are
 * checked, data beside the file is opened only below its folder, and memory is
 * bounded by the size of the file.
 */
#ifndef OCR_ONNX_H
#define OCR_ONNX_H

#include <stdbool.h>
#include <stddef.h>

#include "src/net.h"

enum ocr_onnx_as {
	/* The first dim of the input is the batch where it is 1 or has no
	 * number. */
	OCR_ONNX_BATCH = 0,
	/* All dims as in the file: a net that runs on exactly that. */
	OCR_ONNX_FIXED,
};

int ocr_onnx_read(struct ocr_net **out, const char *path, struct ocr_err *err);

/* The same from memory; folder: open, of data beside the file, or -1 for
 * none.  name: for messages. */
int ocr_onnx_parse(struct ocr_net **out, const void *data, size_t len,
    const char *name, int folder, enum ocr_onnx_as as, struct ocr_err *err);

/* A file for another engine. */
struct ocr_onnx_file {
	void *data;
	size_t len, room;  /* room: of data */
	bool has_external; /* data in other files, all below its folder */
	/* The first operator, type or version that the reader lacks, to follow
	 * "FILE: "; "" for none that could be told so. */
	char lack[256];
};

/*
 * What an engine is to be protected from: no ONNX at all, external data outside
 * of the folder, wherever in the file it is asked for.  Nothing else is checked.
 * meta: a net without nodes, of the metadata alone.
 */
int ocr_onnx_scan(struct ocr_onnx_file *file, struct ocr_net **meta,
    const char *path, struct ocr_err *err);
void ocr_onnx_file_release(struct ocr_onnx_file *file);

#endif
