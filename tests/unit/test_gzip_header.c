/*
 * test_gzip_header.c - gzip headers: whole, cut at every byte, and bad ones
 */
#include "config.h"

#include <stdlib.h>
#include <zlib.h>

#include "src/gzip_header.h"
#include "tests/unit/tap.h"

static const uint8_t plain[10] = {0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 0, 3};

/* Everything that a header can have. */
struct whole {
	uint8_t p[256];
	size_t n;
};

static void
add(struct whole *w, const void *p, size_t n)
{
	memcpy(w->p + w->n, p, n);
	w->n += n;
}

static void
add_hcrc(struct whole *w)
{
	uint32_t crc = (uint32_t)crc32(0, w->p, (uInt)w->n);
	uint8_t le[2] = {(uint8_t)crc, (uint8_t)(crc >> 8)};

	add(w, le, 2);
}

static struct whole
make_whole(void)
{
	struct whole w = {.n = 0};

	add(&w, "\x1f\x8b\x08\x1f\x01\x02\x03\x04\x02\x03", 10);
	add(&w, "\x26\0", 2);
	add(&w, "XX\x02\0yy", 6);
	add(&w, "OC\x04\0\x00\x00\x10\x00", 8);
	add(&w, "OM\x08\0\xff\x01\x00\x00\x00\x04\x00\x00", 12);
	add(&w, "BC\x02\0\xff\x00", 6);
	add(&w, "ZZ\x02\0zz", 6);
	add(&w, "name\0", 5);
	add(&w, "a comment\0", 10);
	add_hcrc(&w);
	return w;
}

/* The result for exactly n bytes, so that a read behind them shows. */
static int
parse(struct ocr_gzip_header *h, const uint8_t *p, size_t n,
    struct ocr_err *err)
{
	uint8_t *copy = malloc(n > 0 ? n : 1);
	int r;

	memcpy(copy, p, n);
	*err = (struct ocr_err){0};
	r = ocr_gzip_header_parse(h, copy, n, err);
	if (h->name != NULL)
		h->name = (const char *)p + (h->name - (const char *)copy);
	free(copy);
	return r;
}

static void
test_whole(void)
{
	struct whole w = make_whole();
	struct ocr_gzip_header h;
	struct ocr_err err;
	size_t i;

	is_int(parse(&h, w.p, w.n, &err), 1, "a header with everything");
	is_int((int64_t)h.len, (int64_t)w.n, "its length");
	is_int(h.mtime_s, 0x04030201, "its time");
	ok(h.name != NULL && strcmp(h.name, "name") == 0, "its name");
	ok(h.has_chunk_bytes && h.chunk_bytes == 1 << 20, "OC");
	ok(h.has_member && h.member_len == 0x1ff && h.raw_len == 0x400, "OM");
	ok(h.has_block && h.block_len == 0x100, "BC");
	for (i = 0; i < w.n; i++)
		if (parse(&h, w.p, i, &err) != 0 || err.code != 0)
			break;
	is_int((int64_t)i, (int64_t)w.n, "each beginning of it goes on");
	w.p[30] ^= 1;
	is_int(parse(&h, w.p, w.n, &err), -OCR_EFORMAT, "a flipped bit");
	ok(strcmp(err.text, "crc mismatch in the header") == 0, "... why");
}

static void
test_plain(void)
{
	struct ocr_gzip_header h;
	struct ocr_err err;

	is_int(parse(&h, plain, 10, &err), 1, "a plain header");
	is_int((int64_t)h.len, 10, "its length");
	ok(h.name == NULL && !h.has_chunk_bytes && !h.has_member &&
		!h.has_block,
	    "nothing else in it");
	is_int(parse(&h, plain, 0, &err), 0, "no bytes go on");
}

static void
test_bad(void)
{
	static const struct {
		const char *what;
		uint8_t at, value;
		size_t n; /* as soon as it can be seen */
		const char *why;
	} t[] = {
	    {"first byte", 0, 'P', 1, "not in gzip format"},
	    {"second byte", 1, 0x9d, 2, "not in gzip format"},
	    {"method", 2, 7, 3, "unknown compression method 7"},
	    {"flag 5", 3, 0x20, 4, "unknown flags 0x20 in the header"},
	    {"flag 7", 3, 0x80, 4, "unknown flags 0x80 in the header"},
	};
	struct ocr_gzip_header h;
	struct ocr_err err;
	uint8_t p[10];
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(*t); i++) {
		memcpy(p, plain, 10);
		p[t[i].at] = t[i].value;
		is_int(parse(&h, p, t[i].n, &err), -OCR_EFORMAT, t[i].what);
		ok(strcmp(err.text, t[i].why) == 0, "... %s", err.text);
		is_int(parse(&h, p, t[i].n - 1, &err), 0, "... not before");
	}
}

/* A header with this FEXTRA and nothing else. */
static int
parse_extra(struct ocr_gzip_header *h, const void *extra, size_t n)
{
	struct whole w = {.n = 0};
	struct ocr_err err;
	uint8_t le[2] = {(uint8_t)n, 0};

	add(&w, "\x1f\x8b\x08\x04\0\0\0\0\0\3", 10);
	add(&w, le, 2);
	add(&w, extra, n);
	return parse(h, w.p, w.n, &err);
}

static void
test_extra(void)
{
	struct ocr_gzip_header h;

	is_int(parse_extra(&h, "", 0), 1, "an empty FEXTRA");
	is_int(parse_extra(&h, "OC\x05\0\1\0\0\0", 8), 1, "one that is cut");
	ok(!h.has_chunk_bytes, "... says nothing");
	is_int(parse_extra(&h, "OC\3\0\1\0\0OC", 9), 1, "wrong length");
	ok(!h.has_chunk_bytes, "... says nothing");
	parse_extra(&h, "OC\4\0\0\0\0\0", 8);
	ok(!h.has_chunk_bytes, "chunks of 0 bytes");
	parse_extra(&h, "OC\4\0\1\0\0\x40", 8);
	ok(!h.has_chunk_bytes, "chunks of 1 GiB + 1");
	parse_extra(&h, "OC\4\0\0\0\0\x40", 8);
	ok(h.has_chunk_bytes, "chunks of 1 GiB");
	/* 10 + 2 + 12 of header, 8 of trailer, at least one of data. */
	parse_extra(&h, "OM\x08\0\x20\0\0\0\0\0\0\0", 12);
	ok(!h.has_member, "a member without room for data");
	parse_extra(&h, "OM\x08\0\x21\0\0\0\0\0\0\0", 12);
	ok(h.has_member, "a member with it");
	parse_extra(&h, "BC\2\0\x19\0", 6);
	ok(!h.has_block, "a block without room for data");
	parse_extra(&h, "BC\2\0\x1a\0", 6);
	ok(h.has_block && h.block_len == 27, "a block with it");
	parse_extra(&h, "BC\2\0\xff\xff", 6);
	ok(h.has_block && h.block_len == 65536, "the longest block");
}

static void
test_text(uint8_t flag, const char *why)
{
	size_t n = 10 + OCR_GZIP_TEXT_MAX_BYTES, i;
	uint8_t *p = malloc(n + 1);
	struct ocr_gzip_header h;
	struct ocr_err err;

	memcpy(p, plain, 10);
	p[3] = flag;
	for (i = 10; i <= n; i++)
		p[i] = 'n';
	p[n - 1] = 0;
	is_int(parse(&h, p, n, &err), 1, "the longest text");
	is_int((int64_t)h.len, (int64_t)n, "... its length");
	is_int(parse(&h, p, n - 1, &err), 0, "... without its end");
	p[n - 1] = 'n';
	p[n] = 0;
	is_int(parse(&h, p, n, &err), -OCR_EFORMAT, "a longer one");
	ok(strcmp(err.text, why) == 0, "... %s", err.text);
	is_int(parse(&h, p, n + 1, &err), -OCR_EFORMAT, "... and its end");
	free(p);
}

int
main(void)
{
	test_whole();
	test_plain();
	test_bad();
	test_extra();
	test_text(0x08, "name in the header is longer than 65535 bytes");
	test_text(0x10, "comment in the header is longer than 65535 bytes");
	return done();
}
