/*
 * fuzz_host_link.c - what a host sends, from an enemy
 *
 * The first byte says whether checksums are repaired (or little behind them
 * would be reached), and whether they are read as by a worker, which gets an
 * ocr/blob first.  Any bytes may come; memory is only for what has come.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/crc.h"
#include "common/digits.h"
#include "common/host_link.h"
#include "common/source_stream.h"

#define GROWTH ((size_t)4 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int
room_grow(struct ocr_room *room, struct ocr_chunk *c, size_t cap,
    struct ocr_err *err)
{
	(void)room;
	(void)err;
	if (cap > 2 * c->len + GROWTH)
		abort(); /* a claim, not data */
	c->data = realloc(c->data, cap);
	c->cap = cap;
	if (c->data == NULL)
		abort();
	return 0;
}

/* Give each header the checksums that belong to it. */
static void
repair(uint8_t *p, size_t len)
{
	while (len >= OCR_FRAME_BYTES) {
		uint64_t size = 0, skip;
		uint32_t crc, sum = 0;
		char text[16];
		int i;

		if (!ocr_digits_octal((char *)p + 124, 11, &size) ||
		    size > len - OCR_FRAME_BYTES)
			size = 0;
		crc = ocr_crc32(0, p, 100);
		crc = ocr_crc32(crc, p + 124, 12);
		crc = ocr_crc32(crc, p + 297, 32);
		crc = ocr_crc32(crc, p + 157, 100);
		crc = ocr_crc32(crc, p + OCR_FRAME_BYTES, (size_t)size);
		snprintf(text, sizeof(text), "crc32:%08x", crc);
		memcpy(p + 265, text, 14);
		memset(p + 148, ' ', 8);
		for (i = 0; i < OCR_FRAME_BYTES; i++)
			sum += p[i];
		snprintf(text, sizeof(text), "%06o", sum);
		memcpy(p + 148, text, 7);
		skip = OCR_FRAME_BYTES + size + ocr_frame_padding(size);
		if (skip > len)
			return;
		p += skip;
		len -= (size_t)skip;
	}
}

static void
take_ping(void *ctx, const struct ocr_ping *ping)
{
	(void)ctx;
	(void)ping;
}

static void
take_read(void *ctx, bool is_waiting)
{
	(void)ctx;
	(void)is_waiting;
}

static int
room_take(struct ocr_room *room, struct ocr_chunk *c, size_t cap,
    struct ocr_err *err)
{
	(void)room;
	if (cap > GROWTH)
		return ocr_err_set(err, -OCR_ELIMIT, "large");
	if (cap <= c->cap)
		return 0;
	c->data = realloc(c->data, cap);
	c->cap = cap;
	if (c->data == NULL)
		abort();
	return 0;
}

/* The other end: src/worker_serve.c.  References are not followed. */
static void
read_as_worker(int fd)
{
	struct ocr_room room = {.take = room_take, .grow = room_grow};
	struct ocr_chunk c = {.room = &room};
	struct ocr_source_stream s = {0};
	struct ocr_err err = {0};
	uint8_t *blob = NULL;
	size_t len;
	int r;

	r = ocr_source_stream_open(&s, fd, "fuzz", NULL, 0, &err);
	if (r == 0) {
		s.on_ping = take_ping;
		s.on_read = take_read;
		r = ocr_source_stream_blob(&s, &blob, &len, &err);
	}
	free(blob);
	while (r > 0) {
		ocr_chunk_reset(&c);
		r = s.source.next(&s.source, &c, &err);
		if (r > 0 && c.load == OCR_LOAD_CHECK)
			ocr_chunk_load(&c, &err);
	}
	ocr_source_stream_release(&s);
	ocr_chunk_reset(&c);
	free(c.data);
}

static void
read_as_master(int fd)
{
	struct ocr_room room = {.grow = room_grow};
	struct ocr_chunk c = {.room = &room};
	struct ocr_err err = {0};
	struct ocr_link l;
	uint64_t n;
	uint32_t crc;
	int r;

	if (ocr_link_open(&l, fd, -1, &err) < 0)
		abort();
	do {
		r = ocr_link_read(&l, &err);
		if (r == OCR_LINK_HEAD)
			ocr_link_into(&l, &c);
		if (r == OCR_LINK_RESULT && ocr_chunk_load(&c, &err) == 0)
			ocr_chunk_out_sum(&c, &n, &crc);
	} while (r > 0 && r != OCR_LINK_EOF);
	ocr_link_release(&l);
	ocr_chunk_reset(&c);
	free(c.data);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t *copy;
	int fd;

	if (len < 1)
		return 0;
	copy = malloc(len);
	if (copy == NULL)
		abort();
	memcpy(copy, data + 1, len - 1);
	if (data[0] & 1)
		repair(copy, len - 1);
	fd = memfd_create("fuzz", 0);
	if (write(fd, copy, len - 1) != (ssize_t)(len - 1))
		abort();
	lseek(fd, 0, SEEK_SET);
	free(copy);
	if (data[0] & 2)
		read_as_worker(fd);
	else
		read_as_master(fd);
	close(fd);
	return 0;
}
