/*
 * test_gzip_size.c - how much gzip files hold: by fields, or by decoding
 */
#include "config.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "src/gzip_size.h"
#include "tests/unit/gen.h"
#include "tests/unit/gzip_make.h"
#include "tests/unit/tap.h"

#define CHUNK ((size_t)1 << 20)

static int
size_of(const struct gzip_file *f, bool is_pipe, struct ocr_gzip_size *size,
    struct ocr_err *err)
{
	struct ocr_ui ui = {.tool = "test", .verbosity = OCR_QUIET};
	struct ocr_origin *o = ocr_origin_new("x", NULL);
	int r;

	o->fd = memfd_create("size", 0);
	if (o->fd < 0 || write(o->fd, f->p, f->n) != (ssize_t)f->n)
		abort();
	lseek(o->fd, 0, SEEK_SET);
	o->is_seekable = !is_pipe;
	o->has_size = !is_pipe;
	o->size = f->n;
	*err = (struct ocr_err){0};
	r = ocr_gzip_size(size, o, &ui, err);
	ocr_origin_unref(o);
	return r;
}

/* A file and a pipe of it have n bytes. */
static void
holds(const struct gzip_file *f, const uint8_t *raw, size_t n, const char *what)
{
	struct ocr_gzip_size a, b;
	struct ocr_err err;

	ok(size_of(f, false, &a, &err) == 0 && a.raw_bytes == n &&
		a.in_bytes == f->n && a.raw_crc == crc32_z(0, raw, n),
	    "%s", what);
	ok(size_of(f, true, &b, &err) == 0 && b.raw_bytes == n &&
		b.in_bytes == f->n && b.raw_crc == a.raw_crc &&
		b.frame_bytes == a.frame_bytes,
	    "... from a pipe");
}

static void
fails(const struct gzip_file *f, const char *text)
{
	struct ocr_gzip_size size;
	struct ocr_err err;

	is_int(size_of(f, false, &size, &err), -OCR_EFORMAT, text);
	ok(strcmp(err.text, text) == 0, "... %s", err.text);
}

static void
test_formats(const uint8_t *raw, size_t n)
{
	struct gzip_file f = {0};

	gzip_add_own(&f, raw, n, 6, CHUNK);
	holds(&f, raw, n, "own");
	gzip_add_own(&f, raw + n, 1000, 6, CHUNK);
	holds(&f, raw, n + 1000, "... and another");
	gzip_add_foreign(&f, raw + n + 1000, 100, 6, 0, 0);
	holds(&f, raw, n + 1100, "... and a foreign one");
	f.n = 0;
	gzip_add_members(&f, raw, n, 6, 70000);
	holds(&f, raw, n, "members");
	gzip_add_bgzf(&f, raw + n, 1000, 6);
	holds(&f, raw, n + 1000, "... and bgzf");
	gzip_add_own(&f, raw + n + 1000, 100, 6, CHUNK);
	holds(&f, raw, n + 1100, "... and own");
	f.n = 0;
	gzip_add_bgzf(&f, raw, n, 6);
	holds(&f, raw, n, "bgzf");
	f.n = 0;
	gzip_add_foreign(&f, raw, n, 6, 10000, Z_FULL_FLUSH);
	holds(&f, raw, n, "foreign");
	f.n -= 9;
	fails(&f, "x: unexpected end of file");
	f.n = 0;
	gzip_add_members(&f, raw, n, 6, CHUNK);
	f.n -= 34;
	if (n > 0)
		fails(&f, "x: end marker is missing: the file was cut");
	f.n = 0;
	gzip_add_own(&f, raw, n, 6, CHUNK);
	f.n -= 1;
	fails(&f, "x: unexpected end of file");
	free(f.p);
}

/* Chunks of other lengths than the header says, as from ocr-split --by=lines:
 * their number tells nothing. */
static void
test_short_chunks(const uint8_t *raw)
{
	struct ocr_join_opt opt = {.chunk_bytes = CHUNK};
	uint8_t header[OCR_JOIN_HEADER_MAX] = {0};
	struct gzip_file f = {0};
	size_t i;

	gzip_add(&f, header, ocr_join_header(header, &opt, false, NULL));
	for (i = 0; i < 10; i++)
		gzip_add_deflate(&f, raw + i * 1000, 1000, 6, Z_FULL_FLUSH);
	gzip_add(&f, "\3\0", 2);
	gzip_add_trailer(&f, raw, 10000);
	holds(&f, raw, 10000, "short chunks");
	free(f.p);
}

/* More than 32 bits can say; found without inflating it all. */
static void
test_large(void)
{
	struct ocr_join_opt opt = {.chunk_bytes = CHUNK};
	uint8_t header[OCR_JOIN_HEADER_MAX] = {0};
	uint8_t *zeros = calloc(1, CHUNK);
	struct gzip_file piece = {0}, f = {0};
	struct ocr_gzip_size size;
	uint64_t n = 4200 * (uint64_t)CHUNK;
	struct ocr_err err;
	size_t i;

	gzip_add_deflate(&piece, zeros, CHUNK, 9, Z_FULL_FLUSH);
	gzip_add(&f, header, ocr_join_header(header, &opt, false, NULL));
	for (i = 0; i < 4200; i++)
		gzip_add(&f, piece.p, piece.n);
	gzip_add_deflate(&f, zeros, 5, 9, Z_FULL_FLUSH);
	gzip_add(&f, "\3\0", 2);
	gzip_add_le32(&f, 0x12345678); /* nobody looks whether it is right */
	gzip_add_le32(&f, n + 5);
	ok(size_of(&f, false, &size, &err) == 0 && size.raw_bytes == n + 5 &&
		size.raw_crc == 0x12345678,
	    "own, beyond 4 GiB");
	piece.n = f.n = 0;
	gzip_add_member(&piece, zeros, CHUNK, 9, CHUNK);
	for (i = 0; i < 4200; i++)
		gzip_add(&f, piece.p, piece.n);
	gzip_add_member(&f, NULL, 0, 9, 0);
	ok(size_of(&f, false, &size, &err) == 0 && size.raw_bytes == n,
	    "members, beyond 4 GiB");
	free(zeros);
	free(piece.p);
	free(f.p);
}

int
main(void)
{
	static const size_t sizes[] = {0, 1, 65280, CHUNK - 1, CHUNK, CHUNK + 1,
	    3 * CHUNK};
	struct gen g = {.state = 51};
	uint8_t *raw = malloc(4 * CHUNK);
	size_t i;

	gen_fill(&g, GEN_TEXT, raw, 4 * CHUNK);
	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		test_formats(raw, sizes[i]);
	test_short_chunks(raw);
	test_large();
	free(raw);
	return done();
}
