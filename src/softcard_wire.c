/*
 * softcard_wire.c - framing and fields of the emulation's messages
 */
#include "config.h"

#include "src/softcard_wire.h"

#include <assert.h>
#include <string.h>

/* Wire types of protocol buffers. */
enum {
	TYPE_VARINT = 0,
	TYPE_FIXED64 = 1,
	TYPE_BYTES = 2,
	TYPE_FIXED32 = 5,
};

#define VARINT_MAX_BYTES 10

static uint64_t
get_le(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	while (n > 0)
		v = v << 8 | p[--n];
	return v;
}

bool
ocr_wire_get_request(const uint8_t head[OCR_WIRE_REQUEST_BYTES], uint64_t *len,
    uint32_t *message)
{
	*len = get_le(head + 1, 8);
	*message = (uint32_t)get_le(head + 10, 4);
	return head[0] == (1 << 3 | TYPE_FIXED64) &&
	       head[9] == (2 << 3 | TYPE_FIXED32);
}

static enum ocr_wire_got
get_varint(struct ocr_wire *w, uint64_t *out)
{
	uint64_t v = 0;
	int i;

	for (i = 0; i < VARINT_MAX_BYTES; i++) {
		if (w->p == w->end)
			return w->rest > 0 ? OCR_WIRE_END : OCR_WIRE_BAD;
		v |= (uint64_t)(*w->p & 0x7f) << 7 * i;
		if (*w->p++ < 0x80) {
			*out = v;
			return OCR_WIRE_FIELD;
		}
	}
	return OCR_WIRE_BAD;
}

static enum ocr_wire_got
get_fixed(struct ocr_wire *w, size_t n, uint64_t *out)
{
	if ((size_t)(w->end - w->p) < n)
		return w->rest > 0 ? OCR_WIRE_END : OCR_WIRE_BAD;
	*out = get_le(w->p, n);
	w->p += n;
	return OCR_WIRE_FIELD;
}

static enum ocr_wire_got
get_bytes(struct ocr_wire *w, struct ocr_wire_field *f)
{
	enum ocr_wire_got got = get_varint(w, &f->len);
	uint64_t here;

	if (got != OCR_WIRE_FIELD)
		return got;
	here = (uint64_t)(w->end - w->p);
	f->data = w->p;
	if (f->len <= here) {
		w->p += f->len;
		return OCR_WIRE_FIELD;
	}
	if (f->len - here > w->rest)
		return OCR_WIRE_BAD;
	w->p = w->end;
	return OCR_WIRE_PART;
}

enum ocr_wire_got
ocr_wire_next(struct ocr_wire *w, struct ocr_wire_field *f)
{
	enum ocr_wire_got got;
	uint64_t tag;

	*f = (struct ocr_wire_field){0};
	if (w->p == w->end)
		return OCR_WIRE_END;
	got = get_varint(w, &tag);
	if (got != OCR_WIRE_FIELD)
		return got;
	if (tag >> 3 == 0 || tag >> 3 > UINT32_MAX)
		return OCR_WIRE_BAD;
	f->number = (uint32_t)(tag >> 3);
	switch (tag & 7) {
	case TYPE_VARINT:
		return get_varint(w, &f->value);
	case TYPE_FIXED64:
		return get_fixed(w, 8, &f->value);
	case TYPE_FIXED32:
		return get_fixed(w, 4, &f->value);
	case TYPE_BYTES:
		return get_bytes(w, f);
	default:
		return OCR_WIRE_BAD;
	}
}

void
ocr_wire_begin(struct ocr_wire_out *out)
{
	out->len = OCR_WIRE_RESPONSE_BYTES;
}

static void
put_varint(struct ocr_wire_out *out, uint64_t v)
{
	assert(out->len + VARINT_MAX_BYTES <= sizeof(out->data));
	for (; v >= 0x80; v >>= 7)
		out->data[out->len++] = (uint8_t)(v | 0x80);
	out->data[out->len++] = (uint8_t)v;
}

void
ocr_wire_put(struct ocr_wire_out *out, uint32_t number, uint64_t value)
{
	put_varint(out, (uint64_t)number << 3 | TYPE_VARINT);
	put_varint(out, value);
}

void
ocr_wire_put_bytes_head(struct ocr_wire_out *out, uint32_t number, uint64_t len)
{
	put_varint(out, (uint64_t)number << 3 | TYPE_BYTES);
	put_varint(out, len);
}

void
ocr_wire_put_bytes(struct ocr_wire_out *out, uint32_t number, const void *data,
    size_t len)
{
	ocr_wire_put_bytes_head(out, number, len);
	assert(len <= sizeof(out->data) - out->len);
	memcpy(out->data + out->len, data, len);
	out->len += len;
}

void
ocr_wire_finish(struct ocr_wire_out *out, uint64_t after)
{
	uint64_t len = out->len - OCR_WIRE_RESPONSE_BYTES + after;
	int i;

	out->data[0] = 1 << 3 | TYPE_FIXED64;
	for (i = 0; i < 8; i++)
		out->data[1 + i] = (uint8_t)(len >> 8 * i);
}

const char *
ocr_wire_message_name(uint32_t message)
{
	static const char *const names[] = {
	    [OCR_WIRE_CLOSE] = "close",
	    [OCR_WIRE_LOAD] = "load",
	    [OCR_WIRE_ALLOC] = "alloc",
	    [OCR_WIRE_FREE] = "free",
	    [OCR_WIRE_TO_CARD] = "copy to card",
	    [OCR_WIRE_FROM_CARD] = "copy from card",
	    [OCR_WIRE_WRITE] = "write",
	    [OCR_WIRE_READ] = "read",
	    [OCR_WIRE_SET_ENVIRONMENT] = "environment",
	    [OCR_WIRE_COPY_TO_FILE] = "copy to file",
	    [OCR_WIRE_SETUP] = "setup",
	    [OCR_WIRE_COPY_FROM_FILE] = "copy from file",
	    [OCR_WIRE_WRITE_WORD] = "write word",
	    [OCR_WIRE_READ_WORD] = "read word",
	};

	if (message >= sizeof(names) / sizeof(names[0]) ||
	    names[message] == NULL)
		return "unknown message";
	return names[message];
}
