/*
 * mkstream.c - chunk streams with faults, for the tests of ocr-merge
 *
 * mkstream WORD...: writes to stdout what the words say, in their order.
 *   id=N        of the streams that follow (default 1)
 *   begin=TYPE  ocr/begin;  chunk=BYTES, total=BYTES before it go into it
 *   tool=NAME   that ocr/begin names (default mkstream), codec=NAME
 *   version=N   in the next ocr/begin
 *   src=NAME    ocr/source of a file; kind=dir|link|hardlink, link=TARGET,
 *               size=N, mode=OCTAL, mtime=S, index=N, first=N before it go
 *               into it
 *   raw=SEQ:TEXT    a chunk of type raw, at the end of the last one
 *   at=N            of the next chunk
 *   deflate=SEQ:TEXT  the same, compressed as ocr-compress does
 *   piece=TYPE:SEQ:TEXT  a chunk of a type whose payload is TEXT as it is
 *   error=SEQ:TEXT  an error chunk
 *   ref=SEQ:LEN     a reference into the last source
 *   fill=SEQ:BYTES  a raw chunk of so many bytes
 *   flip=BIT    change this bit of the next entry (0: the first of its
 *               header, 4096: of its payload) after its checksums are made
 *   huge        the next header says 1 GiB and one byte
 *   end         ocr/end with the right sums, two zero blocks
 *   failed      the same with status=failed
 *   chunks=N bytes=N crc=HEX    what the next end says instead; crc=none
 *   cut=N       nothing after N bytes in all
 *   zeros=N, text=TEXT      so many zero bytes, any bytes
 */
#include "config.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "common/crc.h"
#include "common/frame.h"

struct maker {
	struct ocr_begin begin;
	struct ocr_end end, said;
	bool has_chunks, has_bytes, has_said_crc, is_crc_none, has_first;
	const char *version;
	const char *name, *link;
	struct ocr_origin o; /* of the next src; name and link unused */
	uint64_t at, next_seq;
	bool is_shuffled; /* then the CRC of all is not known */
	long flip;
	bool is_huge;
	uint64_t left; /* bytes until the cut */
};

static void
put(struct maker *m, const void *buf, size_t len)
{
	if (len > m->left)
		len = (size_t)m->left;
	m->left -= len;
	if (fwrite(buf, 1, len, stdout) != len)
		exit(1);
}

/* Checksum of a header: tar's, at byte 148. */
static void
sum_header(uint8_t block[OCR_FRAME_BYTES])
{
	unsigned sum = 0;
	size_t i;

	memset(block + 148, ' ', 8);
	for (i = 0; i < OCR_FRAME_BYTES; i++)
		sum += block[i];
	snprintf((char *)block + 148, 8, "%06o", sum);
	block[155] = ' ';
}

static void
put_entry(struct maker *m, struct ocr_frame *f, const void *payload)
{
	static const uint8_t zeros[OCR_FRAME_BYTES];
	uint8_t block[OCR_FRAME_BYTES];
	size_t size = (size_t)f->size;
	uint8_t *copy = malloc(size + 1);

	assert(copy != NULL);
	memcpy(copy, payload, size);
	f->mode = 0644;
	ocr_frame_encode(f, ocr_crc32(0, payload, size), block);
	if (m->is_huge) {
		memcpy(block + 124, "10000000001", 12);
		sum_header(block);
	}
	if (m->flip >= 0 && m->flip < 8 * OCR_FRAME_BYTES)
		block[m->flip / 8] ^= (uint8_t)(1 << (m->flip % 8));
	else if (m->flip >= 0)
		copy[m->flip / 8 - OCR_FRAME_BYTES] ^=
		    (uint8_t)(1 << (m->flip % 8));
	m->flip = -1;
	m->is_huge = false;
	put(m, block, sizeof(block));
	put(m, copy, size);
	put(m, zeros, ocr_frame_padding(size));
	free(copy);
}

static void
put_control(struct maker *m, enum ocr_frame_kind kind, const char *text,
    int len)
{
	struct ocr_frame f = {.kind = kind, .size = (uint64_t)len};

	assert(len >= 0);
	put_entry(m, &f, text);
}

static void
put_begin(struct maker *m, const char *type)
{
	char text[1024];
	struct ocr_err err = {0};
	int len;

	m->begin.type = (enum ocr_type)ocr_type_parse(type, strlen(type));
	len = ocr_begin_encode(&m->begin, text, sizeof(text), &err);
	if (m->version != NULL)
		text[strlen("version=")] = m->version[0];
	m->version = NULL;
	memset(&m->end, 0, sizeof(m->end));
	m->at = m->next_seq = 0;
	m->is_shuffled = false;
	m->o.index = 0;
	put_control(m, OCR_FRAME_BEGIN, text, len);
}

static void
put_source(struct maker *m, const char *name)
{
	static char text[OCR_CONTROL_MAX_BYTES];
	struct ocr_origin *o = ocr_origin_new(name, m->link);
	struct ocr_err err = {0};

	assert(o != NULL);
	m->o.name = o->name;
	m->o.link = o->link;
	if (!m->has_first)
		m->o.first_seq = m->end.chunks;
	m->has_first = false;
	put_control(m, OCR_FRAME_SOURCE, text,
	    ocr_origin_encode(&m->o, text, sizeof(text), &err));
	ocr_origin_unref(o);
	m->name = name;
	m->o = (struct ocr_origin){.index = m->o.index + 1, .mode = 0644};
	m->link = NULL;
	m->at = 0;
}

/* SEQ:REST */
static const char *
parse_seq(const char *word, uint64_t *seq)
{
	char *end;

	*seq = strtoull(word, &end, 10);
	assert(*end == ':');
	return end + 1;
}

static void
put_chunk(struct maker *m, enum ocr_type type, uint64_t seq, const void *data,
    size_t len, uint32_t raw_crc, uint64_t raw_len)
{
	struct ocr_frame f = {
	    .kind = OCR_FRAME_CHUNK,
	    .seq = seq,
	    .size = len,
	    .at = m->at,
	    .type = type,
	    .raw_len = raw_len,
	    .raw_crc = raw_crc,
	    .has_raw = type != OCR_ERROR,
	    .has_raw_crc = type != OCR_ERROR && type != OCR_REF,
	};

	ocr_frame_set_name(&f, m->name != NULL ? m->name : "-");
	if (type == OCR_ERROR)
		ocr_frame_set_error(&f, -OCR_EFORMAT, "mkstream");
	put_entry(m, &f, data);
	m->at += raw_len;
	m->end.chunks++;
	m->end.bytes += raw_len;
	m->end.crc = ocr_crc32_join(m->end.crc, raw_crc, raw_len);
	m->is_shuffled |= seq < m->next_seq;
	m->next_seq = seq + 1;
}

static void
put_raw(struct maker *m, const char *word)
{
	uint64_t seq;
	const char *text = parse_seq(word, &seq);
	size_t len = strlen(text);

	put_chunk(m, OCR_RAW, seq, text, len, ocr_crc32(0, text, len), len);
}

static void
put_fill(struct maker *m, const char *word)
{
	uint64_t seq;
	size_t len = strtoull(parse_seq(word, &seq), NULL, 10), i;
	char *data = malloc(len + 1);

	assert(data != NULL);
	for (i = 0; i < len; i++)
		data[i] = (char)('a' + (seq + i) % 23);
	put_chunk(m, OCR_RAW, seq, data, len, ocr_crc32(0, data, len), len);
	free(data);
}

/* Non-final blocks, byte-aligned by a full flush. */
static void
put_deflate(struct maker *m, const char *word)
{
	uint64_t seq;
	const char *text = parse_seq(word, &seq);
	size_t len = strlen(text);
	unsigned char out[65536];
	z_stream z = {0};

	if (deflateInit2(&z, 6, Z_DEFLATED, -15, 8, 0) != Z_OK)
		exit(1);
	z.next_in = (unsigned char *)(uintptr_t)text;
	z.avail_in = (unsigned)len;
	z.next_out = out;
	z.avail_out = sizeof(out);
	if (deflate(&z, Z_FULL_FLUSH) != Z_OK || z.avail_in != 0)
		exit(1);
	put_chunk(m, OCR_DEFLATE, seq, out, z.total_out,
	    ocr_crc32(0, text, len), len);
	deflateEnd(&z);
}

static void
put_piece(struct maker *m, const char *word)
{
	const char *colon = strchr(word, ':'), *text;
	uint64_t seq;
	int type;

	assert(colon != NULL);
	type = ocr_type_parse(word, (size_t)(colon - word));
	assert(type >= 0);
	text = parse_seq(colon + 1, &seq);
	put_chunk(m, (enum ocr_type)type, seq, text, strlen(text),
	    ocr_crc32(0, text, strlen(text)), strlen(text));
}

static void
put_end(struct maker *m, bool is_ok)
{
	struct ocr_end e = m->end;
	struct ocr_err err = {0};
	static const uint8_t zeros[2 * OCR_FRAME_BYTES];
	char text[256];

	e.is_ok = is_ok;
	e.has_crc = m->has_said_crc || !(m->is_crc_none || m->is_shuffled);
	if (m->has_chunks)
		e.chunks = m->said.chunks;
	if (m->has_bytes)
		e.bytes = m->said.bytes;
	if (m->has_said_crc)
		e.crc = m->said.crc;
	m->has_chunks = m->has_bytes = m->has_said_crc = m->is_crc_none = false;
	put_control(m, OCR_FRAME_END, text,
	    ocr_end_encode(&e, text, sizeof(text), &err));
	put(m, zeros, sizeof(zeros));
}

static void
set_kind(struct maker *m, const char *kind)
{
	if (strcmp(kind, "dir") == 0)
		m->o.kind = OCR_ORIGIN_DIR;
	else if (strcmp(kind, "link") == 0)
		m->o.kind = OCR_ORIGIN_LINK;
	else
		m->o.kind = OCR_ORIGIN_HARDLINK;
}

static void
put_ref(struct maker *m, const char *word)
{
	uint64_t seq, len = strtoull(parse_seq(word, &seq), NULL, 10);

	m->is_crc_none = true;
	put_chunk(m, OCR_REF, seq, "", 0, 0, len);
}

/* Is word KEY=...?  Then *value is what follows. */
static bool
is_key(const char *word, const char *key, const char **value)
{
	size_t n = strlen(key);

	*value = word + n + 1;
	return strncmp(word, key, n) == 0 && word[n] == '=';
}

static bool
do_setting(struct maker *m, const char *word)
{
	const char *v;
	uint64_t n;

	if (is_key(word, "id", &v)) {
		memset(m->begin.id, v[0], 32);
		return true;
	}
	if (is_key(word, "tool", &v))
		return snprintf(m->begin.tool, 64, "%s", v) > 0;
	if (is_key(word, "codec", &v))
		return snprintf(m->begin.codec, 64, "%s", v) > 0;
	if (is_key(word, "version", &v)) {
		m->version = v;
		return true;
	}
	if (is_key(word, "kind", &v)) {
		set_kind(m, v);
		return true;
	}
	if (is_key(word, "link", &v)) {
		m->link = v;
		return true;
	}
	v = strchr(word, '=');
	if (v == NULL)
		return false;
	n = strtoull(v + 1, NULL, 10);
	if (is_key(word, "chunk", &v))
		m->begin.chunk_bytes = n;
	else if (is_key(word, "total", &v))
		m->begin.total = n, m->begin.has_total = true;
	else if (is_key(word, "size", &v))
		m->o.size = n, m->o.has_size = true;
	else if (is_key(word, "mode", &v))
		m->o.mode = (uint32_t)strtoul(v, NULL, 8);
	else if (is_key(word, "mtime", &v))
		m->o.mtime_s = (int64_t)n, m->o.has_mtime = true;
	else if (is_key(word, "index", &v))
		m->o.index = n;
	else if (is_key(word, "first", &v))
		m->o.first_seq = n, m->has_first = true;
	else if (is_key(word, "at", &v))
		m->at = n;
	else if (is_key(word, "flip", &v))
		m->flip = (long)n;
	else if (is_key(word, "chunks", &v))
		m->said.chunks = n, m->has_chunks = true;
	else if (is_key(word, "bytes", &v))
		m->said.bytes = n, m->has_bytes = true;
	else if (is_key(word, "cut", &v))
		m->left = n;
	else if (is_key(word, "crc", &v)) {
		m->is_crc_none = strcmp(v, "none") == 0;
		m->has_said_crc = !m->is_crc_none;
		m->said.crc = (uint32_t)strtoul(v, NULL, 16);
	} else
		return false;
	return true;
}

static bool
do_entry(struct maker *m, const char *word)
{
	const char *v;
	uint64_t seq;

	if (strcmp(word, "huge") == 0)
		m->is_huge = true;
	else if (strcmp(word, "end") == 0)
		put_end(m, true);
	else if (strcmp(word, "failed") == 0)
		put_end(m, false);
	else if (is_key(word, "begin", &v))
		put_begin(m, v);
	else if (is_key(word, "src", &v))
		put_source(m, v);
	else if (is_key(word, "raw", &v))
		put_raw(m, v);
	else if (is_key(word, "fill", &v))
		put_fill(m, v);
	else if (is_key(word, "deflate", &v))
		put_deflate(m, v);
	else if (is_key(word, "piece", &v))
		put_piece(m, v);
	else if (is_key(word, "ref", &v))
		put_ref(m, v);
	else if (is_key(word, "error", &v)) {
		v = parse_seq(v, &seq);
		put_chunk(m, OCR_ERROR, seq, v, strlen(v), 0, 0);
	} else if (is_key(word, "zeros", &v)) {
		for (seq = strtoull(v, NULL, 10); seq > 0; seq--)
			put(m, "", 1);
	} else if (is_key(word, "text", &v))
		put(m, v, strlen(v));
	else
		return false;
	return true;
}

int
main(int argc, char **argv)
{
	struct maker m = {
	    .begin = {.id = "11111111111111111111111111111111",
		.tool = "mkstream 1"},
	    .o = {.mode = 0644},
	    .flip = -1,
	    .left = UINT64_MAX,
	};
	int i;

	for (i = 1; i < argc; i++) {
		if (!do_entry(&m, argv[i]) && !do_setting(&m, argv[i])) {
			fprintf(stderr, "mkstream: what is %s?\n", argv[i]);
			return 2;
		}
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
