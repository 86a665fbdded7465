/*
 * softcard_buffers.h - which buffers of a program are memory of the host's
 *
 * XRT's emulation does not say: it has all buffers in one bank, with one file
 * behind them.  A buffer is known to be the host's when a unit gets its address
 * for an argument that is connected to a bank of the host.
 *
 * Owner: the message loop.  A zeroed one is empty.
 */
#ifndef OCR_SOFTCARD_BUFFERS_H
#define OCR_SOFTCARD_BUFFERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

struct ocr_softcard_buffer {
	uint64_t at, len;
	bool is_host;
};

struct ocr_softcard_buffers {
	struct ocr_softcard_buffer *list;
	size_t n, cap;
};

void ocr_softcard_buffers_release(struct ocr_softcard_buffers *b);

/* One that is there already at this address is forgotten. */
int ocr_softcard_buffers_add(struct ocr_softcard_buffers *b, uint64_t at,
    uint64_t len, struct ocr_err *err);
void ocr_softcard_buffers_remove(struct ocr_softcard_buffers *b, uint64_t at);

/* The buffer around this address is the host's. */
void ocr_softcard_buffers_mark(struct ocr_softcard_buffers *b, uint64_t at);
bool ocr_softcard_buffers_is_host(const struct ocr_softcard_buffers *b,
    uint64_t at);

#endif
