/*
 * softcard_wire.h - messages between XRT's software emulation and its card
 *
 * Requests are 14 bytes (call_packet_info: 09, length, 15, message number) and
 * a message; responses are 9 bytes (09, length: response_packet_info without
 * its optional field, which XRT does not read) and a message.  Messages are
 * protocol buffers (proto2) of src/runtime_src/core/pcie/emulation/
 * common_em/rpc_messages.proto in XRT's sources; numbers are those of
 * core/include/xcl_macros.h.  Pure functions over bytes from outside: no I/O,
 * no allocation, any thread.
 */
#ifndef OCR_SOFTCARD_WIRE_H
#define OCR_SOFTCARD_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OCR_WIRE_REQUEST_BYTES 14
#define OCR_WIRE_RESPONSE_BYTES 9

enum ocr_wire_message {
	OCR_WIRE_CLOSE = 1,
	OCR_WIRE_LOAD = 3,
	OCR_WIRE_ALLOC = 4,
	OCR_WIRE_FREE = 5,
	OCR_WIRE_TO_CARD = 6,   /* xclCopyBufferHost2Device */
	OCR_WIRE_FROM_CARD = 7, /* xclCopyBufferDevice2Host */
	OCR_WIRE_WRITE = 9,     /* xclWriteAddrKernelCtrl */
	OCR_WIRE_READ = 11,     /* xclReadAddrKernelCtrl */
	OCR_WIRE_SET_ENVIRONMENT = 20,
	OCR_WIRE_COPY_TO_FILE = 22,   /* xclCopyBO */
	OCR_WIRE_SETUP = 28,          /* xclSetupInstance */
	OCR_WIRE_COPY_FROM_FILE = 50, /* xclCopyBOFromFd */
	OCR_WIRE_WRITE_WORD = 51,     /* xclRegWrite */
	OCR_WIRE_READ_WORD = 52,      /* xclRegRead */
};

/* For people: "copy to card". */
const char *ocr_wire_message_name(uint32_t message);

/* False for what is no request. */
bool ocr_wire_get_request(const uint8_t head[OCR_WIRE_REQUEST_BYTES],
    uint64_t *len, uint32_t *message);

/* What is left of a message: p to end is there, rest bytes more will follow
 * behind it. */
struct ocr_wire {
	const uint8_t *p, *end;
	uint64_t rest;
};

struct ocr_wire_field {
	uint32_t number;
	uint64_t value;      /* of a number, else 0 */
	const uint8_t *data; /* of bytes, else NULL */
	uint64_t len;        /* of data */
};

enum ocr_wire_got {
	OCR_WIRE_END = 0, /* there is no further field, or not all of it */
	OCR_WIRE_FIELD,
	OCR_WIRE_PART, /* bytes: data begins here and goes on after end */
	OCR_WIRE_BAD,  /* malformed */
};

enum ocr_wire_got ocr_wire_next(struct ocr_wire *w, struct ocr_wire_field *f);

/* A response; begins with room for its head. */
struct ocr_wire_out {
	uint8_t data[256];
	size_t len;
};

void ocr_wire_begin(struct ocr_wire_out *out);
void ocr_wire_put(struct ocr_wire_out *out, uint32_t number, uint64_t value);
/* At most 128 bytes. */
void ocr_wire_put_bytes(struct ocr_wire_out *out, uint32_t number,
    const void *data, size_t len);
/* Only the head of a field whose len bytes follow out->data. */
void ocr_wire_put_bytes_head(struct ocr_wire_out *out, uint32_t number,
    uint64_t len);
/* Fill in the head; 'after' bytes follow out->data. */
void ocr_wire_finish(struct ocr_wire_out *out, uint64_t after);

#endif
