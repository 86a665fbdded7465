/*
 * softcard_link.h - requests from XRT and responses to it, over a socket
 *
 * One request at a time; its bytes may be far more than the buffer holds, so
 * handlers of bulk data take them from the link.  For the message loop.
 */
#ifndef OCR_SOFTCARD_LINK_H
#define OCR_SOFTCARD_LINK_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "common/err.h"
#include "src/softcard_wire.h"

/* More than any request but one with a buffer's contents. */
#define OCR_SOFTCARD_LINK_BYTES ((size_t)256 << 10)

struct ocr_softcard_link {
	int fd;
	int parent_fd; /* readable when the program has ended; -1: unknown */
	uint8_t *buf;
	size_t len; /* bytes in buf that belong to the next request */
};

struct ocr_softcard_request {
	uint32_t message;
	struct ocr_wire wire; /* wire.rest bytes are not read yet */
};

/* Connect to the program that started this process, as XRT's shim expects
 * it, and remove the socket's name. */
int ocr_softcard_link_open(struct ocr_softcard_link *l, struct ocr_err *err);
void ocr_softcard_link_close(struct ocr_softcard_link *l);

/* Returns 1, 0 when there will be no more, or a negative code. */
int ocr_softcard_link_next(struct ocr_softcard_link *l,
    struct ocr_softcard_request *q, struct ocr_err *err);

/* Take n unread bytes of the request to 'to', or to nowhere (NULL).
 * n <= q->wire.rest.  The buffer stays as it is. */
int ocr_softcard_link_take(struct ocr_softcard_link *l,
    struct ocr_softcard_request *q, void *to, uint64_t n, struct ocr_err *err);
/* Take as many as the buffer holds and parse on there. */
int ocr_softcard_link_refill(struct ocr_softcard_link *l,
    struct ocr_softcard_request *q, struct ocr_err *err);

/* Answer, with len bytes of data behind it. */
int ocr_softcard_link_answer(struct ocr_softcard_link *l,
    struct ocr_wire_out *out, const void *data, size_t len,
    struct ocr_err *err);

#endif
