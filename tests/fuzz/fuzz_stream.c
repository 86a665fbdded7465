/*
 * fuzz_stream.c - a whole chunk stream from an enemy, read and passed on
 *
 * Two bytes of the input say how: repair its checksums first (or nothing
 * behind them would ever be reached), and how much of it comes as the head.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/crc.h"
#include "common/digits.h"
#include "common/io.h"
#include "common/sink_stream.h"
#include "common/source_stream.h"

#define CAP_MAX ((size_t)1 << 24) /* like a user's --memory */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
demand(int held)
{
	if (!held)
		abort();
}

static int
room_take(struct ocr_room *room, struct ocr_chunk *c, size_t cap,
    struct ocr_err *err)
{
	(void)room;
	if (cap > CAP_MAX)
		return ocr_err_set(err, -OCR_ELIMIT, "chunk is too large");
	if (cap < OCR_CHUNK_MIN_CAP)
		cap = OCR_CHUNK_MIN_CAP;
	free(c->data);
	c->data = malloc(cap);
	c->cap = cap;
	demand(c->data != NULL);
	return 0;
}

/* Give each header the checksums that belong to it. */
static void
repair(uint8_t *p, size_t len)
{
	while (len >= OCR_FRAME_BYTES) {
		uint64_t size = 0, skip;
		uint32_t crc, sum = 0;
		int i;

		if (!ocr_digits_octal((char *)p + 124, 11, &size) ||
		    size > len - OCR_FRAME_BYTES)
			size = 0;
		crc = ocr_crc32(0, p, 100);
		crc = ocr_crc32(crc, p + 124, 12);
		crc = ocr_crc32(crc, p + 297, 32);
		crc = ocr_crc32(crc, p + 157, 100);
		crc = ocr_crc32(crc, p + OCR_FRAME_BYTES, size);
		if (memcmp(p + 257, "ustar", 5) == 0) {
			snprintf((char *)p + 265, 32, "crc32:%08x", crc);
			memset(p + 148, ' ', 8);
			for (i = 0; i < OCR_FRAME_BYTES; i++)
				sum += p[i];
			snprintf((char *)p + 148, 8, "%06o", sum);
			p[155] = ' ';
		}
		skip = OCR_FRAME_BYTES + size + ocr_frame_padding(size);
		if (skip > len)
			return;
		p += skip;
		len -= skip;
	}
}

/* Load it, unless it names a file of this machine, and pass it on. */
static int
pass(struct ocr_sink_stream *sink, struct ocr_chunk *c)
{
	struct ocr_job job = {.in = c, .out = c};
	struct ocr_err err = {0};

	if (c->kind == OCR_CHUNK_DATA && c->type != OCR_REF) {
		demand(c->len <= c->cap);
		job.status = ocr_chunk_load(c, &job.err);
	}
	return sink->sink.put(&sink->sink, &job, &err);
}

static void
read_stream(struct ocr_source_stream *s, struct ocr_sink_stream *sink)
{
	struct ocr_room room = {.take = room_take};
	struct ocr_chunk c = {.room = &room};
	struct ocr_err err = {0};
	int r;

	do {
		demand(room_take(&room, &c, 0, &err) == 0);
		while ((r = s->source.next(&s->source, &c, &err)) > 0) {
			if (pass(sink, &c) < 0)
				break;
			ocr_chunk_reset(&c);
		}
		ocr_chunk_reset(&c);
	} while (r == 0 && ocr_source_stream_more(s, &err) == 1);
	demand(r >= 0 || (err.code == r && err.text[0] != '\0'));
	free(c.data);
}

static void
fuzz(int fd, const uint8_t *head, size_t n_head)
{
	struct ocr_output out = {.cleanup_slot = -1, .name = "out"};
	struct ocr_source_stream s;
	struct ocr_sink_stream sink;
	struct ocr_err err = {0};
	int r;

	out.fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	r = ocr_source_stream_open(&s, fd, "x", head, n_head, &err);
	if (r == 0) {
		r = ocr_sink_stream_open(&sink, &out, &s.begin, &err);
		demand(r == 0);
		read_stream(&s, &sink);
		ocr_sink_stream_finish(&sink, 1, &err);
		ocr_sink_stream_release(&sink);
	}
	demand(r == 0 || err.text[0] != '\0');
	ocr_source_stream_release(&s);
	close(out.fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ocr_err err = {0};
	size_t n_head;
	uint8_t *copy, *head;
	int fd;

	if (len < 2)
		return 0;
	copy = malloc(len - 2 + 1);
	demand(copy != NULL);
	memcpy(copy, data + 2, len - 2);
	if (data[0] & 1)
		repair(copy, len - 2);
	n_head = (size_t)data[1] * 64;
	if (n_head > len - 2)
		n_head = len - 2;
	fd = memfd_create("stream", MFD_CLOEXEC);
	demand(fd >= 0);
	demand(ocr_write_full(fd, copy + n_head, len - 2 - n_head, "memfd",
		   &err) == 0);
	lseek(fd, 0, SEEK_SET);
	/* Of that size exactly, so that a byte too far is seen. */
	head = malloc(n_head + (n_head == 0));
	demand(head != NULL);
	memcpy(head, copy, n_head);
	free(copy);
	fuzz(fd, head, n_head);
	free(head);
	close(fd);
	return 0;
}
