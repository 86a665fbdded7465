/*
 * softcard_buffers.c - a list of buffers; called by softcard_message.c
 */
#include "config.h"

#include "src/softcard_buffers.h"

#include <stdlib.h>

void
ocr_softcard_buffers_release(struct ocr_softcard_buffers *b)
{
	free(b->list);
	*b = (struct ocr_softcard_buffers){0};
}

static int
grow(struct ocr_softcard_buffers *b, struct ocr_err *err)
{
	size_t cap = b->cap == 0 ? 64 : 2 * b->cap;
	struct ocr_softcard_buffer *p =
	    reallocarray(b->list, cap, sizeof(*b->list));

	if (p == NULL)
		return ocr_err_nomem(err);
	b->list = p;
	b->cap = cap;
	return 0;
}

int
ocr_softcard_buffers_add(struct ocr_softcard_buffers *b, uint64_t at,
    uint64_t len, struct ocr_err *err)
{
	ocr_softcard_buffers_remove(b, at);
	if (b->n == b->cap && grow(b, err) < 0)
		return err->code;
	b->list[b->n++] = (struct ocr_softcard_buffer){.at = at, .len = len};
	return 0;
}

void
ocr_softcard_buffers_remove(struct ocr_softcard_buffers *b, uint64_t at)
{
	size_t i;

	for (i = 0; i < b->n; i++) {
		if (b->list[i].at == at) {
			b->list[i] = b->list[--b->n];
			return;
		}
	}
}

static struct ocr_softcard_buffer *
find(const struct ocr_softcard_buffers *b, uint64_t at)
{
	size_t i;

	for (i = 0; i < b->n; i++) {
		if (at >= b->list[i].at && at - b->list[i].at < b->list[i].len)
			return &b->list[i];
	}
	return NULL;
}

void
ocr_softcard_buffers_mark(struct ocr_softcard_buffers *b, uint64_t at)
{
	struct ocr_softcard_buffer *p = find(b, at);

	if (p != NULL)
		p->is_host = true;
}

bool
ocr_softcard_buffers_is_host(const struct ocr_softcard_buffers *b, uint64_t at)
{
	const struct ocr_softcard_buffer *p = find(b, at);

	return p != NULL && p->is_host;
}
