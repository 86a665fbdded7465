/*
 * fuzz_softcard_wire.c - messages of XRT's emulation from an enemy
 *
 * The first byte says how much of the message has been read when it is taken
 * apart; the rest comes from a file, as from the socket.  The second chooses
 * what is done with it.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "src/softcard_copy.h"
#include "src/softcard_fields.h"
#include "src/softcard_link.h"
#include "src/softcard_memory.h"

#define MEMORY_BYTES 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
demand(int held)
{
	if (!held)
		abort();
}

/* Every field lies within what is there. */
static void
fuzz_next(const uint8_t *data, size_t len, uint64_t rest)
{
	struct ocr_wire w = {.p = data, .end = data + len, .rest = rest};
	struct ocr_wire_field f;
	const uint8_t *before;
	enum ocr_wire_got got;

	do {
		before = w.p;
		got = ocr_wire_next(&w, &f);
		demand(w.p >= before && w.p <= w.end);
		if (got == OCR_WIRE_FIELD && f.data != NULL)
			demand(f.data > before && f.data <= w.p &&
			       f.len == (uint64_t)(w.p - f.data));
		if (got == OCR_WIRE_PART)
			demand(f.data > before && f.data <= w.end &&
			       f.len > (uint64_t)(w.end - f.data) &&
			       f.len - (uint64_t)(w.end - f.data) <= rest);
		if (got == OCR_WIRE_FIELD)
			demand(w.p > before);
	} while (got == OCR_WIRE_FIELD);
}

static void
fuzz_request(struct ocr_softcard_link *l, struct ocr_softcard_request *q,
    int is_copy, int is_coherent)
{
	struct ocr_softcard_fields fields;
	struct ocr_softcard_answer a;
	struct ocr_softcard_buffers buffers = {0};
	struct ocr_softcard_memory m;
	struct ocr_err err = {0};
	char path[PATH_MAX];
	int i, r;

	demand(ocr_softcard_memory_init(&m, is_coherent, &err) == 0 &&
	       ocr_softcard_memory_grow(&m, MEMORY_BYTES, &err) == 0 &&
	       ocr_softcard_memory_map_host(&m, &err) == 0 &&
	       ocr_softcard_buffers_add(&buffers, 0, MEMORY_BYTES, &err) == 0);
	if (!is_copy)
		ocr_softcard_buffers_mark(&buffers, 1);
	ocr_softcard_answer_begin(&a);
	if (is_copy) {
		r = ocr_softcard_copy_to(&m, l, q, &fields, &a, &err);
	} else {
		r = ocr_softcard_fields_take(&fields, l, q, &err);
		for (i = 0; r == 0 && i < OCR_SOFTCARD_N_FIELDS; i++)
			(void)ocr_softcard_fields_path(&fields.f[i], path);
		if (r == 0)
			ocr_softcard_copy_from(&m, &buffers, &fields, &a);
	}
	if (r == 0)
		r = ocr_softcard_link_take(l, q, NULL, q->wire.rest, &err);
	/* A file ends early only where the message is cut. */
	demand(r == 0 && err.code == 0);
	ocr_wire_finish(&a.head, a.len);
	ocr_softcard_buffers_release(&buffers);
	ocr_softcard_memory_release(&m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ocr_softcard_link l = {.parent_fd = -1};
	struct ocr_softcard_request q = {0};
	size_t here;

	if (len < 2)
		return 0;
	here = data[0] < len - 2 ? data[0] : len - 2;
	/* As large as it will be used, exact where it is parsed from. */
	l.buf = malloc(OCR_SOFTCARD_LINK_BYTES);
	l.fd = memfd_create("fuzz", MFD_CLOEXEC);
	demand(l.buf != NULL && l.fd >= 0);
	memcpy(l.buf + OCR_SOFTCARD_LINK_BYTES - here, data + 2, here);
	demand(write(l.fd, data + 2 + here, len - 2 - here) ==
		   (ssize_t)(len - 2 - here) &&
	       lseek(l.fd, 0, SEEK_SET) == 0);
	q.wire = (struct ocr_wire){.p = l.buf + OCR_SOFTCARD_LINK_BYTES - here,
	    .end = l.buf + OCR_SOFTCARD_LINK_BYTES,
	    .rest = len - 2 - here};
	fuzz_next(q.wire.p, here, q.wire.rest);
	fuzz_request(&l, &q, data[1] & 1, data[1] & 2);
	close(l.fd);
	free(l.buf);
	return 0;
}
