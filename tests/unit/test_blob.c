/*
 * test_blob.c - a model on its way to a host: as host_link.c sends it and
 * source_stream.c takes it
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/host_link.h"
#include "common/source_stream.h"
#include "tests/unit/tap.h"

#define BIG ((size_t)5 << 20) /* more than a step of memory, no power of two */

static unsigned n_pings;

static void
on_ping(void *ctx, const struct ocr_ping *ping)
{
	(void)ctx;
	(void)ping;
	n_pings++;
}

static void
on_read(void *ctx, bool is_waiting)
{
	(void)ctx;
	(void)is_waiting;
}

static void
flush(struct ocr_link *l)
{
	struct ocr_err err = {0};

	if (ocr_link_write(l, &err) < 0 || ocr_link_is_writing(l))
		abort();
}

/* A connection's bytes: begin, a ping, the blob if there is one, the end. */
static int
talk(const struct ocr_blob *blob)
{
	struct ocr_begin begin = {.version = OCR_STREAM_VERSION};
	struct ocr_ping ping = {.seq = 1};
	struct ocr_end end = {.is_ok = true};
	struct ocr_err err = {0};
	struct ocr_link l;
	int fd = memfd_create("talk", 0);

	if (fd < 0 || ocr_begin_new_id(&begin, &err) < 0 ||
	    ocr_link_open(&l, -1, fd, &err) < 0)
		abort();
	ocr_link_put_begin(&l, &begin, &err);
	flush(&l);
	ocr_link_put_ping(&l, &ping, &err);
	flush(&l);
	if (blob != NULL) {
		ocr_link_put_blob(&l, blob);
		flush(&l);
	}
	ocr_link_put_end(&l, &end, &err);
	flush(&l);
	ocr_link_release(&l);
	return fd;
}

/* What comes of it: the code, and the bytes are those of want. */
static void
listen_to(int fd, int code, const char *why, const struct ocr_blob *want,
    const char *name)
{
	struct ocr_source_stream s;
	struct ocr_chunk c = {0};
	struct ocr_err err = {0};
	uint8_t *data = NULL;
	size_t len = 0;
	int r;

	lseek(fd, 0, SEEK_SET);
	r = ocr_source_stream_open(&s, fd, "talk", NULL, 0, &err);
	if (r < 0)
		abort();
	s.on_ping = on_ping;
	s.on_read = on_read;
	r = ocr_source_stream_blob(&s, &data, &len, &err);
	ok(r == code && strcmp(err.text, why) == 0, "%s", name);
	if (r != code || strcmp(err.text, why) != 0)
		diag("%d %s", r, err.text);
	if (r == 1) {
		ok(len == want->len && memcmp(data, want->data, len) == 0,
		    "... its bytes");
		r = s.source.next(&s.source, &c, &err);
		ok(r == 0, "... and the end");
	} else {
		ok(data == NULL, "... nothing");
	}
	free(data);
	ocr_source_stream_release(&s);
	close(fd);
}

/* Entries begin at multiples of a block: where is this one? */
static off_t
find_entry(int fd, const char *name)
{
	char block[OCR_FRAME_BYTES];
	off_t at = 0;

	while (pread(fd, block, sizeof(block), at) == sizeof(block)) {
		if (strcmp(block, name) == 0)
			return at;
		at += OCR_FRAME_BYTES;
	}
	abort();
}

static void
put_byte(int fd, off_t at, char byte)
{
	if (pwrite(fd, &byte, 1, at) != 1)
		abort();
}

static void
test_damage(const struct ocr_blob *blob)
{
	struct ocr_blob other = *blob;
	struct stat st;
	off_t at;
	int fd = talk(blob);

	at = find_entry(fd, "ocr/blob");
	put_byte(fd, at + OCR_FRAME_BYTES + 7, '!');
	listen_to(fd, -OCR_EFORMAT,
	    "talk: ocr/blob is damaged: its checksum does not match", NULL,
	    "a flipped bit");
	/* Right by its CRC, but not the one that was meant. */
	other.sha256[0] = other.sha256[0] == 'a' ? 'b' : 'a';
	listen_to(talk(&other), -OCR_EFORMAT,
	    "talk: ocr/blob is damaged: its checksum does not match", NULL,
	    "another hash");
	other = *blob;
	other.crc ^= 1;
	listen_to(talk(&other), -OCR_EFORMAT,
	    "talk: ocr/blob is damaged: its checksum does not match", NULL,
	    "another CRC");
	fd = talk(blob);
	fstat(fd, &st);
	if (ftruncate(fd, at + OCR_FRAME_BYTES + 10) < 0)
		abort();
	listen_to(fd, -OCR_EFORMAT,
	    "talk: stream is cut at byte 2570 (after 0 chunks)", NULL, "cut");
}

/* Where none is wanted. */
static void
test_unwanted(const struct ocr_blob *blob)
{
	struct ocr_source_stream s;
	struct ocr_chunk c = {0};
	struct ocr_err err = {0};
	int fd = talk(blob), r;

	lseek(fd, 0, SEEK_SET);
	r = ocr_source_stream_open(&s, fd, "talk", NULL, 0, &err);
	s.on_ping = on_ping;
	s.on_read = on_read;
	if (r == 0)
		r = s.source.next(&s.source, &c, &err);
	ok(r == -OCR_EFORMAT &&
		strcmp(err.text, "talk: an ocr/blob at byte 2048 that has no "
				 "place there") == 0,
	    "a blob that nobody wants");
	if (r != -OCR_EFORMAT)
		diag("%s", err.text);
	ocr_source_stream_release(&s);
	close(fd);
}

int
main(void)
{
	struct ocr_err err = {0};
	uint8_t *big = malloc(BIG);
	struct ocr_blob blob, empty;
	size_t i;

	if (big == NULL)
		return 1;
	for (i = 0; i < BIG; i++)
		big[i] = (uint8_t)(i * 2654435761u >> 13);
	ocr_blob_init(&empty, "", 0, &err);
	listen_to(talk(&empty), 1, "", &empty, "an empty one");
	ok(n_pings == 1, "... and a ping before it");
	ocr_blob_init(&blob, "a model of some bytes", 21, &err);
	listen_to(talk(&blob), 1, "", &blob, "a small one");
	test_damage(&blob);
	test_unwanted(&blob);
	ocr_blob_init(&blob, big, BIG, &err);
	listen_to(talk(&blob), 1, "", &blob, "a large one");
	listen_to(talk(NULL), 0, "", NULL, "an end without one");
	free(big);
	return done();
}
