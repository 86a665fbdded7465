/*
 * test_join.c - headers and ends of the gzip files we write, byte by byte
 *
 * What the compressors make is not compared: whole files go through zlib.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "common/crc.h"
#include "src/join.h"
#include "tests/unit/tap.h"

#define FILE_MAX 65536

struct file {
	struct ocr_output out;
	unsigned char bytes[FILE_MAX];
	size_t len;
};

static void
file_open(struct file *f)
{
	f->out = (struct ocr_output){
	    .fd = memfd_create("join", 0),
	    .name = "join",
	};
}

static void
file_close(struct file *f)
{
	ssize_t n = pread(f->out.fd, f->bytes, FILE_MAX, 0);

	f->len = n > 0 ? (size_t)n : 0;
	close(f->out.fd);
}

static struct ocr_chunk
chunk(enum ocr_type type, void *data, size_t len, uint32_t raw_crc,
    uint64_t raw_len)
{
	return (struct ocr_chunk){
	    .type = type,
	    .seq = 7,
	    .data = data,
	    .len = len,
	    .raw_crc = raw_crc,
	    .raw_len = raw_len,
	    .has_raw = true,
	};
}

/* Non-final and byte-aligned. */
static size_t
make_piece(const void *text, size_t len, unsigned char *out, size_t cap)
{
	z_stream z = {0};

	deflateInit2(&z, 6, Z_DEFLATED, -15, 8, 0);
	z.next_in = (unsigned char *)(uintptr_t)text;
	z.avail_in = (unsigned)len;
	z.next_out = out;
	z.avail_out = (unsigned)cap;
	deflate(&z, Z_FULL_FLUSH);
	deflateEnd(&z);
	return z.total_out;
}

/* One gzip member: bytes of data, or -1; *used of the input. */
static long
gunzip(const unsigned char *in, size_t len, unsigned char *out, size_t cap,
    size_t *used)
{
	z_stream z = {0};
	int r;

	inflateInit2(&z, 31);
	z.next_in = (unsigned char *)(uintptr_t)in;
	z.avail_in = (unsigned)len;
	z.next_out = out;
	z.avail_out = (unsigned)cap;
	r = inflate(&z, Z_FINISH);
	*used = z.total_in;
	inflateEnd(&z);
	return r == Z_STREAM_END ? (long)z.total_out : -1;
}

static void
test_plain_header(void)
{
	static const struct {
		int level;
		uint8_t xfl;
	} levels[] = {{0, 0}, {1, 4}, {2, 0}, {6, 0}, {8, 0}, {9, 2}, {12, 2}};
	uint8_t want[10] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};
	uint8_t got[OCR_JOIN_HEADER_MAX];
	size_t i;

	for (i = 0; i < sizeof(levels) / sizeof(*levels); i++) {
		struct ocr_join_opt opt = {.level = levels[i].level};

		want[8] = levels[i].xfl;
		is_int((int64_t)ocr_join_header(got, &opt, false, NULL), 10,
		    "a plain header has 10 bytes");
		is_mem(got, want, 10, "level in XFL, no time, Unix");
	}
}

static void
test_fields(void)
{
	static const uint8_t want[] = {0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 3, 20,
	    0, 'O', 'C', 4, 0, 0x78, 0x56, 0x34, 0x12, 'O', 'M', 8, 0, 0, 0, 0,
	    0, 0, 0, 0, 0};
	static const uint8_t only_member[] = {12, 0, 'O', 'M', 8, 0};
	struct ocr_join_opt opt = {.chunk_bytes = 0x12345678};
	uint8_t got[OCR_JOIN_HEADER_MAX];
	size_t at = 0;

	memset(got, 0xff, sizeof(got));
	is_int((int64_t)ocr_join_header(got, &opt, true, &at), sizeof(want),
	    "length with both fields");
	is_mem(got, want, sizeof(want), "both fields");
	is_int((int64_t)at, 24, "where the OM field's values are");
	opt.chunk_bytes = 0;
	is_int((int64_t)ocr_join_header(got, &opt, true, &at), 24,
	    "length with OM alone");
	is_mem(got + 10, only_member, sizeof(only_member), "OM alone");
	is_int((int64_t)at, 16, "where its values are");
}

static void
check_name(const char *name, int64_t mtime, const char *want_name,
    uint32_t want_mtime)
{
	struct ocr_join_opt opt = {.name = name, .mtime_s = mtime};
	uint8_t got[OCR_JOIN_HEADER_MAX];
	uint8_t time[4] = {want_mtime & 255, want_mtime >> 8 & 255,
	    want_mtime >> 16 & 255, want_mtime >> 24};
	size_t len = ocr_join_header(got, &opt, false, NULL);

	is_mem(got + 4, time, 4, "time");
	if (want_name == NULL) {
		is_int((int64_t)len, 10, "no name");
		is_int(got[3], 0, "no flag of a name");
		return;
	}
	is_int(got[3], 8, "flag of a name");
	is_int((int64_t)len, (int64_t)(10 + strlen(want_name) + 1),
	    "length with a name");
	is_mem(got + 10, want_name, strlen(want_name) + 1, want_name);
}

static void
test_names(void)
{
	struct ocr_join_opt opt = {.chunk_bytes = 1, .mtime_s = 1};
	uint8_t got[OCR_JOIN_HEADER_MAX];
	char name[5000];
	size_t at, len;

	check_name("x.txt", 0x5f000001, "x.txt", 0x5f000001);
	check_name("/a/b/../x.txt", 1, "x.txt", 1);
	check_name("a\xff b", UINT32_MAX, "a\xff b", UINT32_MAX);
	check_name("a/", 5, NULL, 5);
	check_name("", 5, NULL, 5);
	check_name(NULL, 5, NULL, 0);
	check_name("x", -1, "x", 0);
	check_name("x", (int64_t)UINT32_MAX + 1, "x", 0);
	check_name("x", INT64_MIN, "x", 0);
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	opt.name = name;
	len = ocr_join_header(got, &opt, true, &at);
	is_int((int64_t)len, 10 + 2 + 8 + 12 + 1024 + 1, "a long name is cut");
	ok(len <= OCR_JOIN_HEADER_MAX, "the longest header fits");
	is_int(got[len - 1], 0, "a cut name ends with NUL");
}

static void
test_deflate(void)
{
	static const char a[] = "the first piece, the first piece, ";
	static const char b[] = "and a second one";
	unsigned char piece[256], data[256];
	struct ocr_join_opt opt = {.chunk_bytes = 1 << 20, .level = 6};
	struct ocr_err err = {0};
	struct ocr_chunk c;
	struct ocr_join j;
	struct file f;
	size_t len, used;

	file_open(&f);
	is_int(ocr_join_begin(&j, &f.out, OCR_DEFLATE, &opt, &err), 0, "begin");
	len = make_piece(a, strlen(a), piece, sizeof(piece));
	c = chunk(OCR_DEFLATE, piece, len, ocr_crc32(0, a, strlen(a)),
	    strlen(a));
	is_int(ocr_join_put(&j, &c, &err), 0, "a piece");
	c = chunk(OCR_DEFLATE, piece, 0, 0, 0);
	is_int(ocr_join_put(&j, &c, &err), 0, "a piece of nothing");
	len = make_piece(b, strlen(b), piece, sizeof(piece));
	c = chunk(OCR_DEFLATE, piece, len, ocr_crc32(0, b, strlen(b)),
	    strlen(b));
	is_int(ocr_join_put(&j, &c, &err), 0, "a second piece");
	is_int(ocr_join_end(&j, &err), 0, "end");
	file_close(&f);
	is_int(gunzip(f.bytes, f.len, data, sizeof(data), &used),
	    (int64_t)(strlen(a) + strlen(b)), "one member, CRC and length");
	is_int((int64_t)used, (int64_t)f.len, "nothing behind it");
	is_mem(data, a, strlen(a), "first piece");
	is_mem(data + strlen(a), b, strlen(b), "second piece");
	is_int((int64_t)f.out.n_bytes, (int64_t)f.len, "bytes are counted");
}

static void
test_deflate_edges(void)
{
	static const uint8_t trailer[] = {0x03, 0x00, 0, 0, 0, 0, 5, 0, 0, 0};
	struct ocr_join_opt opt = {0};
	struct ocr_err err = {0};
	unsigned char data[1];
	struct ocr_chunk c;
	struct ocr_join j;
	struct file f;
	size_t used;

	file_open(&f);
	ocr_join_begin(&j, &f.out, OCR_DEFLATE, &opt, &err);
	ocr_join_end(&j, &err);
	file_close(&f);
	is_int(gunzip(f.bytes, f.len, data, 1, &used), 0, "an empty file");
	is_int((int64_t)used, (int64_t)f.len, "all of it");

	file_open(&f);
	ocr_join_begin(&j, &f.out, OCR_DEFLATE, &opt, &err);
	c = chunk(OCR_DEFLATE, NULL, 0, 0, UINT32_MAX);
	ocr_join_put(&j, &c, &err);
	c.raw_len = 6;
	ocr_join_put(&j, &c, &err);
	ocr_join_end(&j, &err);
	file_close(&f);
	is_mem(f.bytes + f.len - 4, trailer + 6, 4, "length modulo 2^32");
	is_mem(f.bytes + f.len - 10, trailer, 2, "the last block before it");
}

static void
test_refused(void)
{
	struct ocr_join_opt opt = {0};
	struct ocr_err err = {0};
	unsigned char byte = 'x';
	struct ocr_chunk c = chunk(OCR_RAW, &byte, 1, 0, 1);
	struct ocr_join j;
	struct file f;

	file_open(&f);
	ocr_join_begin(&j, &f.out, OCR_DEFLATE, &opt, &err);
	is_int(ocr_join_put(&j, &c, &err), -OCR_EFORMAT, "another type");
	ok(strcmp(err.text, "chunk 7 is raw in a stream of type deflate") == 0,
	    "says which: %s", err.text);
	ocr_err_clear(&err);
	c.type = OCR_DEFLATE;
	c.has_raw = false;
	is_int(ocr_join_put(&j, &c, &err), -OCR_EFORMAT, "no length");
	ok(strcmp(err.text, "chunk 7 does not say how long its data is") == 0,
	    "says which: %s", err.text);
	file_close(&f);
	is_int((int64_t)f.len, 10, "nothing was written for them");
}

/* What is written for the chunk "pieces" and its end. */
static void
join_one(struct file *f, enum ocr_type type)
{
	struct ocr_join_opt opt = {.chunk_bytes = 65536, .name = "x"};
	struct ocr_err err = {0};
	char text[] = "pieces";
	struct ocr_chunk c = chunk(type, text, strlen(text), 1, 100);
	struct ocr_join j;

	file_open(f);
	is_int(ocr_join_begin(&j, &f->out, type, &opt, &err), 0, "begin");
	is_int(ocr_join_put(&j, &c, &err), 0, "put");
	is_int(ocr_join_put(&j, &c, &err), 0, "put again");
	is_int(ocr_join_end(&j, &err), 0, "end");
	is_int((int64_t)j.n_chunks, 2, "chunks are counted");
	is_int((int64_t)j.raw_len, 200, "raw bytes are counted");
	file_close(f);
	is_mem(f->bytes, "piecespieces", 12, "pieces as they are");
}

static void
test_other_types(void)
{
	/* SAM/BAM specification, 4.1.2 */
	static const char bgzf_end[] =
	    "\x1f\x8b\x08\x04\x00\x00\x00\x00\x00\xff\x06\x00\x42\x43"
	    "\x02\x00\x1b\x00\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00";
	static const uint8_t field[] = {12, 0, 'O', 'M', 8, 0};
	unsigned char data[1];
	struct file f;
	size_t used;

	join_one(&f, OCR_RAW);
	is_int((int64_t)f.len, 12, "raw: no end");
	join_one(&f, OCR_BGZF);
	is_int((int64_t)f.len, 12 + 28, "bgzf: an end");
	is_mem(f.bytes + 12, bgzf_end, 28,
	    "bgzf: the end of its specification");
	is_int(gunzip(f.bytes + 12, 28, data, 1, &used), 0, "it is a member");
	join_one(&f, OCR_MEMBERS);
	is_int(gunzip(f.bytes + 12, f.len - 12, data, 1, &used), 0,
	    "members: the end is an empty member");
	is_int((int64_t)(used + 12), (int64_t)f.len, "and nothing else");
	is_mem(f.bytes + 12 + 10, field, sizeof(field), "with an OM field");
	is_int(f.bytes[12 + 16], (int64_t)used, "that says its length");
	is_mem(f.bytes + 12 + 17, "\0\0\0\0\0\0", 7, "and no data");
}

static void
test_full(void)
{
	struct ocr_join_opt opt = {0};
	struct ocr_err err = {0};
	struct ocr_output out = {.fd = -1, .name = "nowhere"};
	struct ocr_join j;

	is_int(ocr_join_begin(&j, &out, OCR_DEFLATE, &opt, &err), -OCR_EIO,
	    "an output that fails");
	ok(err.text[0] != '\0', "has a text: %s", err.text);
}

int
main(void)
{
	test_plain_header();
	test_fields();
	test_names();
	test_deflate();
	test_deflate_edges();
	test_refused();
	test_other_types();
	test_full();
	return done();
}
