/*
 * test_frame.c - headers and control texts of ocr-stream(5)
 */
#include "config.h"

#include "common/frame.h"

#include <stdlib.h>

#include "common/crc.h"
#include "tests/unit/tap.h"

/* From man/ocr-stream.5, not from frame.c. */
enum {
	AT_NAME = 0,
	AT_MODE = 100,
	AT_UID = 108,
	AT_GID = 116,
	AT_SIZE = 124,
	AT_MTIME = 136,
	AT_CHKSUM = 148,
	AT_TYPEFLAG = 156,
	AT_LINKNAME = 157,
	AT_MAGIC = 257,
	AT_UNAME = 265,
	AT_GNAME = 297,
	AT_DEVMAJOR = 329,
	AT_DEVMINOR = 337,
	AT_PREFIX = 345,
	AT_UNUSED = 500,
};

static struct ocr_frame
sample(enum ocr_type type)
{
	struct ocr_frame f = {
	    .kind = OCR_FRAME_CHUNK,
	    .seq = 7,
	    .size = 1000,
	    .at = 7340032,
	    .type = type,
	    .raw_len = 1048576,
	    .raw_crc = 0x9ae0daaf,
	    .mode = 0640,
	    .mtime_s = 1600000000,
	};

	ocr_frame_set_name(&f, "dir/big.csv");
	if (type == OCR_RAW)
		f.raw_len = f.size;
	if (type == OCR_REF)
		f.size = 0;
	if (type == OCR_ERROR) {
		f.raw_len = 0;
		ocr_frame_set_error(&f, -OCR_EFORMAT, "ocr-compress 0.1.0");
	}
	return f;
}

static void
fix_chksum(uint8_t *block)
{
	unsigned sum = 0;
	int i;

	memset(block + AT_CHKSUM, ' ', 8);
	for (i = 0; i < OCR_FRAME_BYTES; i++)
		sum += block[i];
	snprintf((char *)block + AT_CHKSUM, 8, "%06o", sum);
	block[AT_CHKSUM + 7] = ' ';
}

/* The payload CRC with which encode writes f->crc again. */
static uint32_t
payload_crc(const struct ocr_frame *f)
{
	return ocr_crc32_join(f->head_crc, 0, f->size) ^ f->crc;
}

/* Decoded and encoded: the same bytes? */
static int
is_rewritten(const uint8_t *block)
{
	uint8_t again[OCR_FRAME_BYTES];
	struct ocr_err err = {0};
	struct ocr_frame f;

	if (ocr_frame_decode(block, &f, &err) < 0)
		return -1;
	if (f.kind == OCR_FRAME_ZERO)
		return -1;
	ocr_frame_encode(&f, payload_crc(&f), again);
	return memcmp(block, again, sizeof(again)) == 0;
}

static void
is_field(const uint8_t *block, size_t at, size_t width, const char *text)
{
	char want[160] = {0};

	memcpy(want, text, strlen(text));
	is_mem(block + at, want, width, text);
}

static void
test_layout(void)
{
	struct ocr_frame f = sample(OCR_DEFLATE);
	uint8_t block[OCR_FRAME_BYTES];
	char uname[32];
	uint32_t crc;

	ocr_frame_encode(&f, 0x12345678, block);
	is_field(block, AT_NAME, 100, "000000000007/big.csv");
	is_field(block, AT_MODE, 8, "0000640");
	is_field(block, AT_UID, 8, "0000000");
	is_field(block, AT_GID, 8, "0000000");
	is_field(block, AT_SIZE, 12, "00000001750");
	is_field(block, AT_MTIME, 12, "13727410000");
	is_field(block, AT_TYPEFLAG, 1, "0");
	is_field(block, AT_LINKNAME, 100,
	    "type=deflate len=1048576 crc=9ae0daaf");
	is_mem(block + AT_MAGIC, "ustar\00000", 8, "magic and version");
	is_field(block, AT_GNAME, 32, "at:7340032");
	is_field(block, AT_DEVMAJOR, 8, "0000000");
	is_field(block, AT_DEVMINOR, 8, "0000000");
	is_field(block, AT_PREFIX, 155, "");
	is_field(block, AT_UNUSED, 12, "");
	crc = ocr_crc32(0, block + AT_NAME, 100);
	crc = ocr_crc32(crc, block + AT_SIZE, 12);
	crc = ocr_crc32(crc, block + AT_GNAME, 32);
	crc = ocr_crc32(crc, block + AT_LINKNAME, 100);
	ok(f.head_crc == crc, "head_crc covers name, size, gname, linkname");
	crc = ocr_crc32_join(crc, 0x12345678, 1000);
	ok(f.crc == crc, "crc goes on with the payload");
	snprintf(uname, sizeof(uname), "crc32:%08x", crc);
	is_field(block, AT_UNAME, 32, uname);
	ok(block[AT_CHKSUM + 6] == 0 && block[AT_CHKSUM + 7] == ' ',
	    "chksum ends with NUL and a blank");
}

/* What encode is given, decode gives back. */
static void
round_trip(struct ocr_frame f, const char *name)
{
	uint8_t block[OCR_FRAME_BYTES];
	struct ocr_err err = {0};
	struct ocr_frame g;

	ocr_frame_encode(&f, 0xdeadbeef, block);
	if (!ok(ocr_frame_decode(block, &g, &err) == 0, "%s: decodes", name)) {
		diag("%s", err.text);
		return;
	}
	ok(g.kind == f.kind && g.seq == f.seq && strcmp(g.name, f.name) == 0 &&
		g.size == f.size && g.at == f.at && g.type == f.type &&
		g.raw_len == f.raw_len && strcmp(g.code, f.code) == 0 &&
		strcmp(g.stage, f.stage) == 0 && g.mode == f.mode &&
		g.crc == f.crc && g.head_crc == f.head_crc,
	    "%s: same fields", name);
	ok(is_rewritten(block) == 1, "%s: same bytes", name);
}

static void
test_round_trips(void)
{
	struct ocr_frame f;
	int t;

	for (t = OCR_RAW; t <= OCR_ERROR; t++)
		if (t != OCR_SHARD)
			round_trip(sample((enum ocr_type)t),
			    ocr_type_name((enum ocr_type)t));
	f = (struct ocr_frame){.kind = OCR_FRAME_BEGIN, .size = 65536};
	round_trip(f, "ocr/begin of 64 KiB");
	f = (struct ocr_frame){.kind = OCR_FRAME_SOURCE, .size = 1};
	round_trip(f, "ocr/source");
	f = (struct ocr_frame){.kind = OCR_FRAME_END};
	round_trip(f, "ocr/end, empty");

	f = sample(OCR_MEMBERS);
	f.seq = OCR_FRAME_SEQ_MAX;
	f.size = f.raw_len = OCR_CHUNK_MAX_BYTES;
	f.at = (uint64_t)INT64_MAX - OCR_CHUNK_MAX_BYTES;
	f.mode = 07777;
	f.mtime_s = (INT64_C(1) << 33) - 1;
	memset(f.name, 0xff, OCR_CHUNK_NAME_BYTES);
	f.name[OCR_CHUNK_NAME_BYTES] = '\0';
	round_trip(f, "everything at its limit");
	memset(f.stage, 'x', OCR_STAGE_BYTES);
	memset(f.code, 'y', OCR_FRAME_CODE_BYTES);
	f.type = OCR_ERROR;
	f.size = OCR_CONTROL_MAX_BYTES;
	f.raw_len = 0;
	round_trip(f, "an error with long words");
}

static void
is_str(const char *got, const char *want, const char *name)
{
	if (!ok(strcmp(got, want) == 0, "%s", name))
		diag("got \"%s\", want \"%s\"", got, want);
}

/* What is spoken between hosts, and nowhere else. */
static void
round_trip_link(struct ocr_frame f, const char *name)
{
	uint8_t block[OCR_FRAME_BYTES], again[OCR_FRAME_BYTES];
	struct ocr_err err = {0};
	struct ocr_frame g;

	ocr_frame_encode(&f, 0xdeadbeef, block);
	ok(ocr_frame_decode(block, &g, &err) == -OCR_EFORMAT,
	    "%s: refused in files", name);
	ocr_err_clear(&err);
	if (!ok(ocr_frame_decode_link(block, &g, &err) == 0, "%s: decodes",
		name)) {
		diag("%s", err.text);
		return;
	}
	ok(g.kind == f.kind && g.size == f.size && g.crc == f.crc &&
		strcmp(g.sha256, f.sha256) == 0 && g.raw_len == f.raw_len,
	    "%s: same fields", name);
	ocr_frame_encode(&g, payload_crc(&g), again);
	is_mem(block, again, sizeof(again), name);
}

static void
refuses_link(struct ocr_frame f, size_t at, size_t width, const char *text,
    const char *why)
{
	uint8_t block[OCR_FRAME_BYTES];
	struct ocr_err err = {0};

	ocr_frame_encode(&f, 0, block);
	memset(block + at, 0, width);
	memcpy(block + at, text, strlen(text));
	fix_chksum(block);
	ok(ocr_frame_decode_link(block, &f, &err) == -OCR_EFORMAT,
	    "refused: %s", text);
	is_str(err.text, why, "... says why");
}

static void
test_link(void)
{
	struct ocr_frame f = {.kind = OCR_FRAME_BLOB, .size = 1 << 30};

	memset(f.sha256, 'a', OCR_SHA256_HEX);
	round_trip_link(f, "ocr/blob of 1 GiB");
	f.size = 0;
	round_trip_link(f, "ocr/blob, empty");
	refuses_link(f, AT_LINKNAME, 100,
	    "sha256=", "header field linkname is not as ocr-stream(5) has it");
	refuses_link(f, AT_LINKNAME, 100, "",
	    "header field linkname is not as ocr-stream(5) has it");
	refuses_link(f, AT_LINKNAME, 100,
	    "sha256=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaA",
	    "header field linkname is not as ocr-stream(5) has it");
	refuses_link(f, AT_LINKNAME, 100,
	    "sha256=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaa",
	    "header field linkname is not as ocr-stream(5) has it");
	refuses_link(f, AT_SIZE, 12, "10000000001",
	    "size 1073741825 is over the limit of 1073741824");
	f = (struct ocr_frame){.kind = OCR_FRAME_PING, .size = 14};
	round_trip_link(f, "ocr/ping");
	f = sample(OCR_SHARD);
	f.size = OCR_SHARD_TEXT_BYTES;
	round_trip_link(f, "type=shard");
	refuses_link(f, AT_SIZE, 12, "00000000401",
	    "size 257 is over the limit of 256");
}

static void
test_shard_names(void)
{
	static const struct {
		const char *name;
		bool is_good, is_temp;
	} names[] = {
	    {"000000000000.gz", true, false},
	    {"999999999999.txt", true, false},
	    {"000000000007.12345678", true, false},
	    {".000000000007.gz.abcdefghij27", true, true},
	    {"", false, false},
	    {".", false, false},
	    {"000000000007", false, false},
	    {"000000000007.", false, false},
	    {"000000000007.123456789", false, false},
	    {"000000000007.Gz", false, false},
	    {"000000000007.gz ", false, false},
	    {"000000000007.gz/x", false, false},
	    {"00000000007.gz", false, false},
	    {"0000000000007.gz", false, false},
	    {"00000000000a.gz", false, false},
	    {"-00000000007.gz", false, false},
	    {"000000000007.gz.abcdefghij27", false, false},
	    {".000000000007.gz", false, false},
	    {".000000000007.gz.abcdefghij2", false, false},
	    {".000000000007.gz.abcdefghij278", false, false},
	    {".000000000007.gz.abcdefghij21", false, false},
	    {".000000000007.gz.abcdefghij2/", false, false},
	    {"../00000000007.gz", false, false},
	    {"..000000000007.gz.abcdefghij27", false, false},
	};
	char suffix[OCR_SHARD_SUFFIX_BYTES + 1];
	uint64_t seq;
	bool is_temp;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		bool is_good =
		    ocr_shard_name_parse(names[i].name, &seq, suffix, &is_temp);

		ok(is_good == names[i].is_good &&
			(!is_good || is_temp == names[i].is_temp),
		    "shard name '%s'", names[i].name);
	}
}

static void
shard_is(const char *text, const char *why)
{
	struct ocr_err err = {0};
	struct ocr_shard s;
	char again[OCR_SHARD_TEXT_BYTES];
	int n, r = ocr_shard_decode(&s, text, strlen(text), &err);

	is_str(err.text, why, "shard text");
	if (r < 0)
		return;
	n = ocr_shard_encode(&s, again, sizeof(again), &err);
	ok(n == (int)strlen(text) && memcmp(again, text, (size_t)n) == 0,
	    "... the same again");
}

static void
test_shards(void)
{
	struct ocr_chunk c = {.type = OCR_SHARD};
	char text[] = "name=000000000003.gz\nbytes=5\ncrc32=0badcafe\n";
	uint64_t len = 0;
	uint32_t crc = 0;

	test_shard_names();
	shard_is(text, "");
	shard_is("name=.999999999999.12345678.aaaaaaaaaaaa\n"
		 "bytes=18446744073709551615\ncrc32=ffffffff\n",
	    "");
	shard_is("name=../../etc/passwd\nbytes=5\ncrc32=0badcafe\n",
	    "shard: bad value of name");
	shard_is("name=/000000000003.gz\nbytes=5\ncrc32=0badcafe\n",
	    "shard: bad value of name");
	shard_is("name=000000000003.txt\nbytes=5\ncrc32=0badcafe\nbad=1\n", "");
	shard_is("name=.999999999999.12345678.aaaaaaaaaaaa\n"
		 "bytes=18446744073709551615\ncrc32=ffffffff\n"
		 "bad=18446744073709551615\n",
	    "");
	shard_is("name=000000000003.txt\nbytes=5\ncrc32=0badcafe\nbad=\n",
	    "shard: bad value of bad");
	shard_is("name=000000000003.txt\nbytes=5\ncrc32=0badcafe\nbad=-1\n",
	    "shard: bad value of bad");
	shard_is("name=000000000003.txt\nbytes=5\ncrc32=0badcafe\nbad=1\n"
		 "bad=1\n",
	    "shard: bad twice");
	shard_is("bytes=5\ncrc32=0badcafe\n", "shard: no name");
	shard_is("name=000000000003.gz\nbytes=-5\ncrc32=0badcafe\n",
	    "shard: bad value of bytes");
	shard_is("name=000000000003.gz\nbytes=5\ncrc32=0BADCAFE\n",
	    "shard: bad value of crc32");
	c.data = (unsigned char *)text;
	c.len = strlen(text);
	ocr_chunk_out_sum(&c, &len, &crc);
	ok(len == 5 && crc == 0x0badcafe, "a shard's sum is its file's");
	c.len = 3;
	ocr_chunk_out_sum(&c, &len, &crc);
	ok(len == 0 && crc == 0, "... none if it is damaged");
}

/* Of a reference it depends on the file, not on whether it was read. */
static void
test_ref_sums(void)
{
	struct ocr_origin *o = ocr_origin_new("/x", NULL);
	struct ocr_chunk c = {.type = OCR_REF,
	    .is_ref = true,
	    .at = 5,
	    .len = 10,
	    .raw_len = 10,
	    .origin = o};
	uint64_t len, again;
	uint32_t crc, other;

	o->has_mtime = o->has_size = true;
	o->size = 100;
	ocr_chunk_in_sum(&c, &len, &crc);
	c.type = OCR_RAW;
	c.has_raw = true;
	ocr_chunk_in_sum(&c, &again, &other);
	ok(len == 10 && again == 10 && crc == other,
	    "a reference's sum stays when it is loaded");
	o->mtime_ns = 1;
	ocr_chunk_in_sum(&c, &again, &other);
	ok(crc != other, "... but not when the file has another time");
	o->mtime_ns = 0;
	c.at = 6;
	ocr_chunk_in_sum(&c, &again, &other);
	ok(crc != other, "... nor for another place in it");
	ocr_origin_unref(o);
}

static void
test_blob(void)
{
	struct ocr_err err = {0};
	struct ocr_blob b;

	ok(ocr_blob_init(&b, "abc", 3, &err) == 0 && b.len == 3 &&
		b.crc == 0x352441c2,
	    "a blob");
	is_str(b.sha256,
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	    "... and its hash");
	ok(ocr_blob_init(&b, "abc", (size_t)OCR_BLOB_MAX_BYTES + 1, &err) ==
		-OCR_ELIMIT,
	    "too large a blob");
}

static int64_t
mtime_of(int64_t s)
{
	struct ocr_frame f = sample(OCR_RAW);
	uint8_t block[OCR_FRAME_BYTES];
	struct ocr_err err = {0};

	f.mtime_s = s;
	ocr_frame_encode(&f, 0, block);
	return ocr_frame_decode(block, &f, &err) == 0 ? f.mtime_s : -1;
}

static void
test_mtime(void)
{
	is_int(mtime_of(0), 0, "mtime 0");
	is_int(mtime_of(-1), 0, "a time before 1970 becomes 0");
	is_int(mtime_of(INT64_MIN), 0, "the first of all times becomes 0");
	is_int(mtime_of(INT64_MAX), (INT64_C(1) << 33) - 1,
	    "a time too late becomes the last one");
}

static void
test_damage(void)
{
	struct ocr_frame f = sample(OCR_DEFLATE), g;
	uint8_t block[OCR_FRAME_BYTES];
	int i, n_missed = 0, n_wrong = 0, n_taken = 0;

	ocr_frame_encode(&f, 1, block);
	for (i = 0; i < OCR_FRAME_BYTES * 8; i++) {
		struct ocr_err err = {0};

		block[i / 8] ^= (uint8_t)(1 << i % 8);
		n_missed += ocr_frame_decode(block, &g, &err) == 0;
		n_wrong += err.code != -OCR_EFORMAT || err.text[0] == '\0';
		block[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	is_int(n_missed, 0, "every single flipped bit is seen");
	is_int(n_wrong, 0, "and has a text");

	n_wrong = 0;
	for (i = 0; i < OCR_FRAME_BYTES * 256; i++) {
		uint8_t was = block[i / 256];
		int r;

		block[i / 256] = (uint8_t)i;
		if (i / 256 < AT_CHKSUM || i / 256 >= AT_CHKSUM + 8)
			fix_chksum(block);
		r = is_rewritten(block);
		n_wrong += r == 0;
		n_taken += r == 1;
		block[i / 256] = was;
		fix_chksum(block);
	}
	is_int(n_wrong, 0, "every byte value: refused, or rewritten the same");
	ok(n_taken > 512, "some were taken (%d)", n_taken);
}

/* Put text into a field of a good header; the reason for which it is refused,
 * or "" if it is not. */
static const char *
reason(enum ocr_type type, size_t at, size_t width, const char *text,
    struct ocr_err *err)
{
	struct ocr_frame f = sample(type);
	uint8_t block[OCR_FRAME_BYTES];
	size_t n = strlen(text);

	ocr_frame_encode(&f, 1, block);
	memset(block + at, 0, width);
	memcpy(block + at, text, n < width ? n : width);
	fix_chksum(block);
	ocr_err_clear(err);
	ocr_frame_decode(block, &f, err);
	return err->text;
}

static void
refuses(enum ocr_type type, size_t at, size_t width, const char *text,
    const char *why)
{
	struct ocr_err err = {0};
	const char *got = reason(type, at, width, text, &err);

	if (!ok(strcmp(got, why) == 0, "'%s': %s", text, why))
		diag("got '%s'", got);
}

#define BAD(field) "header field " field " is not as ocr-stream(5) has it"

static void
test_names(void)
{
	static const struct {
		const char *text, *why;
	} t[] = {
	    {"000000000007/x", ""},
	    {"999999999999/\xc3\xa4", ""},
	    {"000000000007/-", ""},
	    {"", BAD("name")},
	    {"x", BAD("name")},
	    {"00000000007/x", BAD("name")},
	    {"0000000000007/x", BAD("name")},
	    {"00000000000a/x", BAD("name")},
	    {"-00000000007/x", BAD("name")},
	    {"000000000007", BAD("name")},
	    {"000000000007/", BAD("name")},
	    {"000000000007/a/b", BAD("name")},
	    {"000000000007/..", BAD("name")},
	    {"000000000007/.", BAD("name")},
	    {"000000000007/a b", BAD("name")},
	    {"000000000007/a\x7f", BAD("name")},
	    {"ocr/ping", "unexpected entry ocr/ping"},
	    {"ocr/cancel", "unexpected entry ocr/cancel"},
	    {"ocr/", BAD("name")},
	    {"ocr/a\x1b[31m", BAD("name")},
	    /* Control entries hold nothing in gname and linkname. */
	    {"ocr/begin", BAD("linkname")},
	    {"ocr/beginn", "unexpected entry ocr/beginn"},
	};
	char name[100] = "000000000007/";
	size_t i;

	memset(name + 13, 'x', OCR_CHUNK_NAME_BYTES);
	refuses(OCR_RAW, AT_NAME, 100, name, "");
	name[13 + OCR_CHUNK_NAME_BYTES] = 'x';
	refuses(OCR_RAW, AT_NAME, 100, name, BAD("name"));
	for (i = 0; i < sizeof(t) / sizeof(*t); i++)
		refuses(OCR_RAW, AT_NAME, 100, t[i].text, t[i].why);
}

static void
test_linknames(void)
{
	static const struct {
		const char *text, *why;
	} t[] = {
	    {"type=raw", ""},
	    {"type=deflate len=0 crc=00000000", ""},
	    {"type=bgzf len=1073741824 crc=ffffffff", ""},
	    {"type=error code=io stage=x", ""},
	    {"", BAD("linkname")},
	    {"type=", BAD("linkname")},
	    {"type=zstd", BAD("linkname")},
	    {"type=raw ", BAD("linkname")},
	    {" type=raw", BAD("linkname")},
	    {"type=raw len=1000", BAD("linkname")},
	    {"type=deflate", BAD("linkname")},
	    {"type=deflate len=1", BAD("linkname")},
	    {"type=deflate crc=00000000 len=1", BAD("linkname")},
	    {"type=deflate len=01 crc=00000000", BAD("linkname")},
	    {"type=deflate len=+1 crc=00000000", BAD("linkname")},
	    {"type=deflate len= crc=00000000", BAD("linkname")},
	    {"type=deflate  len=1 crc=00000000", BAD("linkname")},
	    {"type=deflate len=1 crc=0000000", BAD("linkname")},
	    {"type=deflate len=1 crc=000000000", BAD("linkname")},
	    {"type=deflate len=1 crc=0000000A", BAD("linkname")},
	    {"type=deflate len=1 crc=00000000 x=1", BAD("linkname")},
	    {"type=deflate len=18446744073709551616 crc=00000000",
		BAD("linkname")},
	    {"type=deflate len=18446744073709551615 crc=00000000",
		"len 18446744073709551615 is over the limit of "
		"1073741824"},
	    {"type=deflate len=1073741825 crc=00000000",
		"len 1073741825 is over the limit of 1073741824"},
	    {"type=ref len=5", "size 1000 is over the limit of 0"},
	    {"type=error", BAD("linkname")},
	    {"type=error code=io", BAD("linkname")},
	    {"type=error code= stage=x", BAD("linkname")},
	    {"type=error code=i/o stage=x", BAD("linkname")},
	    {"type=error code=io stage=a\x1b", BAD("linkname")},
	    {"type=error code=0123456789abcdef stage=x", BAD("linkname")},
	    {"type=error code=io stage=0123456789abcdef0123456789abcdef",
		BAD("linkname")},
	};
	struct ocr_err err = {0};
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(*t); i++)
		refuses(OCR_RAW, AT_LINKNAME, 100, t[i].text, t[i].why);
	/* No NUL after 100 bytes. */
	ok(strcmp(reason(OCR_RAW, AT_LINKNAME, 100,
		      "type=error code=0123456789abcde "
		      "stage=0123456789abcdef0123456789"
		      "abcdeffffffffffffffffffffffffffffffffffffff",
		      &err),
	       BAD("linkname")) == 0,
	    "a linkname without an end");
}

static void
test_fields(void)
{
	refuses(OCR_RAW, AT_MODE, 8, "0007777", "");
	refuses(OCR_RAW, AT_MODE, 8, "0100644", BAD("mode"));
	refuses(OCR_RAW, AT_MODE, 8, "000644 ", BAD("mode"));
	refuses(OCR_RAW, AT_MODE, 8, "00000644", BAD("mode"));
	refuses(OCR_RAW, AT_MODE, 8, "", BAD("mode"));
	refuses(OCR_RAW, AT_UID, 8, "0001750", BAD("uid"));
	refuses(OCR_RAW, AT_GID, 8, "", BAD("gid"));
	refuses(OCR_RAW, AT_SIZE, 12, "77777777777",
	    "size 8589934591 is over the limit of 1073741824");
	refuses(OCR_RAW, AT_SIZE, 12, "10000000000", "");
	refuses(OCR_RAW, AT_SIZE, 12, "10000000001",
	    "size 1073741825 is over the limit of 1073741824");
	refuses(OCR_RAW, AT_SIZE, 12, "0000000175 ", BAD("size"));
	refuses(OCR_RAW, AT_SIZE, 12, "\x80", BAD("size"));
	refuses(OCR_RAW, AT_SIZE, 12, "-0000000001", BAD("size"));
	refuses(OCR_ERROR, AT_SIZE, 12, "00000200001",
	    "size 65537 is over the limit of 65536");
	refuses(OCR_REF, AT_SIZE, 12, "00000000001",
	    "size 1 is over the limit of 0");
	refuses(OCR_RAW, AT_MTIME, 12, "77777777777", "");
	refuses(OCR_RAW, AT_MTIME, 12, "777777777777", BAD("mtime"));
	refuses(OCR_RAW, AT_MTIME, 12, "8", BAD("mtime"));
	refuses(OCR_RAW, AT_TYPEFLAG, 1, "", BAD("typeflag"));
	refuses(OCR_RAW, AT_TYPEFLAG, 1, "5", BAD("typeflag"));
	refuses(OCR_RAW, AT_MAGIC, 8, "ustar  ", "not a ustar header");
	refuses(OCR_RAW, AT_MAGIC, 8, "", "not a ustar header");
	refuses(OCR_RAW, AT_UNAME, 32, "root", BAD("uname"));
	refuses(OCR_RAW, AT_UNAME, 32, "crc32:0123456", BAD("uname"));
	refuses(OCR_RAW, AT_UNAME, 32, "crc32:0123456F", BAD("uname"));
	refuses(OCR_RAW, AT_UNAME, 32, "crc32:01234567x", BAD("uname"));
	refuses(OCR_RAW, AT_GNAME, 32, "", BAD("gname"));
	refuses(OCR_RAW, AT_GNAME, 32, "at:", BAD("gname"));
	refuses(OCR_RAW, AT_GNAME, 32, "at:00", BAD("gname"));
	refuses(OCR_RAW, AT_GNAME, 32, "at:-1", BAD("gname"));
	refuses(OCR_RAW, AT_GNAME, 32, "at:0", "");
	refuses(OCR_RAW, AT_GNAME, 32, "at:9223372035781033983", "");
	refuses(OCR_RAW, AT_GNAME, 32, "at:9223372035781033984", BAD("gname"));
	refuses(OCR_RAW, AT_GNAME, 32, "at:18446744073709551616", BAD("gname"));
	refuses(OCR_RAW, AT_GNAME, 32, "at:11111111111111111111111111111",
	    BAD("gname"));
	refuses(OCR_RAW, AT_DEVMAJOR, 8, "", BAD("devmajor"));
	refuses(OCR_RAW, AT_DEVMINOR, 8, "0000001", BAD("devminor"));
	refuses(OCR_RAW, AT_PREFIX, 155, "usr", BAD("prefix"));
	refuses(OCR_RAW, AT_UNUSED, 12, "x", BAD("unused"));
}

static void
test_zero_and_magic(void)
{
	uint8_t block[OCR_FRAME_BYTES] = {0};
	struct ocr_frame f;
	struct ocr_err err = {0};

	ok(ocr_frame_decode(block, &f, &err) == 0 && f.kind == OCR_FRAME_ZERO,
	    "a zero block");
	block[511] = 1;
	is_int(ocr_frame_decode(block, &f, &err), -OCR_EFORMAT,
	    "nearly a zero block");
	ok(!ocr_frame_is_magic(block, sizeof(block)), "which is no magic");
	f = (struct ocr_frame){.kind = OCR_FRAME_BEGIN};
	ocr_frame_encode(&f, 0, block);
	ok(ocr_frame_is_magic(block, sizeof(block)), "ocr/begin is");
	block[300] ^= 1;
	ok(ocr_frame_is_magic(block, sizeof(block)), "damaged too");
	ok(ocr_frame_is_magic(block, 10), "and cut");
	ok(!ocr_frame_is_magic(block, 9), "but not that short");
	ok(!ocr_frame_is_magic(block, 0), "nor empty");
	is_int((int64_t)ocr_frame_padding(0), 0, "padding of nothing");
	is_int((int64_t)ocr_frame_padding(1), 511, "padding of 1");
	is_int((int64_t)ocr_frame_padding(511), 1, "padding of 511");
	is_int((int64_t)ocr_frame_padding(512), 0, "padding of 512");
	is_int((int64_t)ocr_frame_padding(OCR_CHUNK_MAX_BYTES - 1), 1,
	    "padding of the largest but one");
}

static void
named(const char *full, const char *want)
{
	struct ocr_frame f;

	ocr_frame_set_name(&f, full);
	if (!ok(strcmp(f.name, want) == 0, "name of '%s'", full))
		diag("got '%s'", f.name);
}

static void
erred(int code, const char *tool, const char *word, const char *stage)
{
	struct ocr_frame f = {0};

	ocr_frame_set_error(&f, code, tool);
	if (!ok(strcmp(f.code, word) == 0 && strcmp(f.stage, stage) == 0,
		"code %d of '%s'", code, tool))
		diag("got '%s' '%s'", f.code, f.stage);
}

static void
test_words(void)
{
	char name[201];

	named("x", "x");
	named("/a/b/c.txt", "c.txt");
	named("", "-");
	named("dir/", "-");
	named("a b\tc\x7f\x01", "a_b_c__");
	named("../..", "__");
	named(".", "_");
	named("...", "...");
	named("\xc3\xa4\xff", "\xc3\xa4\xff");
	memset(name, 'n', 200);
	name[200] = '\0';
	named(name, name + 120);
	erred(-OCR_EUSAGE, "t", "usage", "t");
	erred(-OCR_EPIPE, "ocr-compress 0.1.0", "pipe", "ocr-compress");
	erred(0, "", "unknown", "unknown");
	erred(-99, "a/b", "unknown", "unknown");
	erred(99, name, "unknown", "unknown");
}

static const char id[] = "0123456789abcdef0123456789abcdef";

static void
test_begin(void)
{
	struct ocr_begin b = {.type = OCR_DEFLATE,
			     .chunk_bytes = 1048576,
			     .has_total = true,
			     .total = UINT64_MAX},
			 c;
	char text[1024];
	struct ocr_err err = {0};
	int n;

	memcpy(b.id, id, sizeof(id));
	strcpy(b.tool, "ocr-compress 0.1.0");
	strcpy(b.codec, "libdeflate 1.14 level 6");
	n = ocr_begin_encode(&b, text, sizeof(text), &err);
	text[n > 0 ? n : 0] = '\0';
	ok(strcmp(text,
	       "version=1\ntype=deflate\n"
	       "id=0123456789abcdef0123456789abcdef\ntool=ocr-compress 0.1.0\n"
	       "codec=libdeflate 1.14 level 6\nchunk=1048576\n"
	       "total=18446744073709551615\n") == 0,
	    "text of ocr/begin");
	ok(ocr_begin_decode(&c, text, (size_t)n, &err) == 0 && c.version == 1 &&
		c.type == b.type && strcmp(c.id, b.id) == 0 &&
		strcmp(c.tool, b.tool) == 0 && strcmp(c.codec, b.codec) == 0 &&
		c.chunk_bytes == b.chunk_bytes && c.has_total &&
		c.total == b.total,
	    "and back");
	is_int(ocr_begin_encode(&b, text, (size_t)n - 1, &err), -OCR_ELIMIT,
	    "no room for ocr/begin");
	b = (struct ocr_begin){.type = OCR_RAW};
	memcpy(b.id, id, sizeof(id));
	ocr_err_clear(&err);
	n = ocr_begin_encode(&b, text, sizeof(text), &err);
	ok(n > 0 && ocr_begin_decode(&c, text, (size_t)n, &err) == 0 &&
		!c.has_total && c.chunk_bytes == 0 && c.tool[0] == '\0',
	    "the least ocr/begin");
	ok(ocr_begin_new_id(&b, &err) == 0 && ocr_begin_new_id(&c, &err) == 0 &&
		strspn(b.id, "0123456789abcdef") == 32 && strlen(b.id) == 32 &&
		strcmp(b.id, c.id) != 0,
	    "ids are random");
}

#define SHORT "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a"
#define HASH SHORT "d"
#define LEAST "version=1\ntype=raw\nid=0123456789abcdef0123456789abcdef\n"

/* What hosts say to each other, all of it. */
static void
test_begin_link(void)
{
	struct ocr_begin b = {.type = OCR_RAW,
			     .slots = OCR_SLOTS_MAX,
			     .timeout_ms = INT32_MAX,
			     .blob = HASH},
			 c;
	char text[1024];
	struct ocr_err err = {0};
	int n;

	memcpy(b.id, id, sizeof(id));
	strcpy(b.kernel, "k_cnv");
	strcpy(b.build, "x86_64, gcc 12.2.0");
	strcpy(b.devices, "cpu:4,xrt:0");
	n = ocr_begin_encode(&b, text, sizeof(text), &err);
	text[n > 0 ? n : 0] = '\0';
	is_str(text,
	    LEAST "kernel=k_cnv\nbuild=x86_64, gcc 12.2.0\nslots=4096\n"
		  "devices=cpu:4,xrt:0\ntimeout=2147483647\nblob=" HASH "\n",
	    "what hosts say in ocr/begin");
	ok(ocr_begin_decode(&c, text, (size_t)n, &err) == 0 &&
		strcmp(c.kernel, b.kernel) == 0 &&
		strcmp(c.build, b.build) == 0 && c.slots == b.slots &&
		strcmp(c.devices, b.devices) == 0 &&
		c.timeout_ms == b.timeout_ms && strcmp(c.blob, HASH) == 0,
	    "... and back");
}

enum text_kind { BEGIN, END, ORIGIN };

/* Decode from memory of exactly that size, for ASan. */
static void
text_is(enum text_kind kind, const char *text, const char *why)
{
	size_t len = strlen(text);
	char *copy = malloc(len + 1);
	struct ocr_err err = {0};
	struct ocr_origin *o = NULL;
	struct ocr_begin b;
	struct ocr_end e;
	char *exact;

	if (copy == NULL)
		return;
	exact = copy + 1;
	memcpy(exact, text, len);
	switch (kind) {
	case BEGIN:
		ocr_begin_decode(&b, exact, len, &err);
		break;
	case END:
		ocr_end_decode(&e, exact, len, &err);
		break;
	case ORIGIN:
		ocr_origin_decode(&o, exact, len, &err);
		break;
	}
	if (!ok(strcmp(err.text, why) == 0, "%s",
		why[0] != '\0' ? why : "a good text"))
		diag("'%s': got '%s'", text, err.text);
	ocr_origin_unref(o);
	free(copy);
}

#define B "version=1\ntype=raw\nid=0123456789abcdef0123456789abcdef\n"
#define E "status=ok\nchunks=1\nbytes=1\n"
#define O "index=0\nfirst=0\nname=x\nkind=file\nmode=0644\n"

static void
test_bad_begin(void)
{
	text_is(BEGIN, B, "");
	text_is(BEGIN, B "later=what ever % =\n", "");
	text_is(BEGIN, B "tool=x\ncodec=y z\n", "");
	text_is(BEGIN, "", "ocr/begin: does not start with its version");
	text_is(BEGIN, "version=1",
	    "ocr/begin: does not start with its version");
	text_is(BEGIN, "type=raw\n" B,
	    "ocr/begin: does not start with its version");
	text_is(BEGIN, "version=\n", "ocr/begin: bad value of version");
	text_is(BEGIN, "version=0\n", "ocr/begin: bad value of version");
	text_is(BEGIN, "version=01\n", "ocr/begin: bad value of version");
	text_is(BEGIN, "version=2\nno more of this\x01",
	    "stream version 2: this program reads version 1");
	text_is(BEGIN, "version=4294967295\n",
	    "stream version 4294967295: this program reads version 1");
	text_is(BEGIN, "version=4294967296\n",
	    "ocr/begin: bad value of version");
	text_is(BEGIN, "version=1\n", "ocr/begin: no type");
	text_is(BEGIN, "version=1\ntype=raw\n", "ocr/begin: no id");
	text_is(BEGIN, "version=1\ntype=error\n",
	    "ocr/begin: bad value of type");
	text_is(BEGIN, "version=1\ntype=\n", "ocr/begin: bad value of type");
	text_is(BEGIN, "version=1\nid=0123456789abcdef0123456789abcde\n",
	    "ocr/begin: bad value of id");
	text_is(BEGIN, "version=1\nid=0123456789abcdef0123456789abcdef0\n",
	    "ocr/begin: bad value of id");
	text_is(BEGIN, "version=1\nid=0123456789abcdef0123456789abcdeF\n",
	    "ocr/begin: bad value of id");
	text_is(BEGIN, B "version=1\n", "ocr/begin: version twice");
	text_is(BEGIN, B "type=raw\n", "ocr/begin: type twice");
	text_is(BEGIN, B "chunk=1073741825\n", "ocr/begin: bad value of chunk");
	text_is(BEGIN, B "chunk=1 \n", "ocr/begin: bad value of chunk");
	text_is(BEGIN, B "total=-1\n", "ocr/begin: bad value of total");
	text_is(BEGIN, B "total=18446744073709551616\n",
	    "ocr/begin: bad value of total");
	text_is(BEGIN, B "blob=" HASH "\n", "");
	text_is(BEGIN, B "blob=\n", "ocr/begin: bad value of blob");
	text_is(BEGIN, B "blob=" HASH "0\n", "ocr/begin: bad value of blob");
	text_is(BEGIN, B "blob=A" HASH "\n", "ocr/begin: bad value of blob");
	text_is(BEGIN, B "blob=" SHORT "\n", "ocr/begin: bad value of blob");
	text_is(BEGIN, B "blob=" SHORT "A\n", "ocr/begin: bad value of blob");
	text_is(BEGIN, B "blob=" SHORT "/\n", "ocr/begin: bad value of blob");
	text_is(BEGIN, B "tool=\n", "ocr/begin: bad value of tool");
	text_is(BEGIN, B "tool=\xc3\xa4\n", "ocr/begin: bad value of tool");
	text_is(BEGIN,
	    B "tool=0123456789012345678901234567890123456789012345678"
	      "901234567890123\n",
	    "ocr/begin: bad value of tool");
	text_is(BEGIN, B "total=1", "ocr/begin: not lines of text");
	text_is(BEGIN, B "later=\x1b\n", "ocr/begin: not lines of text");
	text_is(BEGIN, B "later=\x7f\n", "ocr/begin: not lines of text");
	text_is(BEGIN, B "later=\r\n", "ocr/begin: not lines of text");
	text_is(BEGIN, B "\n", "ocr/begin: a line is not key=value");
	text_is(BEGIN, B "later\n", "ocr/begin: a line is not key=value");
	text_is(BEGIN, B "=1\n", "ocr/begin: a line is not key=value");
}

static void
test_end(void)
{
	struct ocr_end e = {.is_ok = true,
			   .chunks = 3,
			   .bytes = 5,
			   .has_crc = true,
			   .crc = 0xab},
		       d;
	char text[256];
	struct ocr_err err = {0};
	int n = ocr_end_encode(&e, text, sizeof(text), &err);

	text[n > 0 ? n : 0] = '\0';
	ok(strcmp(text, "status=ok\nchunks=3\nbytes=5\ncrc32=000000ab\n") == 0,
	    "text of ocr/end");
	ok(ocr_end_decode(&d, text, (size_t)n, &err) == 0 && d.is_ok &&
		d.chunks == 3 && d.bytes == 5 && d.has_crc && d.crc == 0xab,
	    "and back");
	text_is(END, E, "");
	text_is(END, "chunks=0\nstatus=failed\nbytes=0\nwhy=x\n", "");
	text_is(END, "", "ocr/end: no status");
	text_is(END, "status=ok\nchunks=1\n", "ocr/end: no bytes");
	text_is(END, "status=ok\nbytes=1\n", "ocr/end: no chunks");
	text_is(END, "status=OK\n", "ocr/end: bad value of status");
	text_is(END, "status=failedd\n", "ocr/end: bad value of status");
	text_is(END, E "status=failed\n", "ocr/end: status twice");
	text_is(END, E "crc32=\n", "ocr/end: bad value of crc32");
	text_is(END, E "crc32=0x0000ab\n", "ocr/end: bad value of crc32");
	text_is(END, E "crc32=00000000", "ocr/end: not lines of text");
}

static struct ocr_origin *
through(const struct ocr_origin *o)
{
	char *text = malloc(OCR_CONTROL_MAX_BYTES);
	struct ocr_origin *p = NULL;
	struct ocr_err err = {0};
	int n;

	if (text == NULL)
		return NULL;
	n = ocr_origin_encode(o, text, OCR_CONTROL_MAX_BYTES, &err);
	if (n > 0)
		ocr_origin_decode(&p, text, (size_t)n, &err);
	if (p == NULL)
		diag("%s", err.text);
	free(text);
	return p;
}

/* Every byte that a name can hold, and a link to itself. */
static void
test_origin(void)
{
	char name[256], text[1024];
	struct ocr_origin *o, *p;
	struct ocr_err err = {0};
	int i, n;

	for (i = 1; i < 256; i++)
		name[i - 1] = (char)i;
	name[255] = '\0';
	o = ocr_origin_new(name, name);
	o->index = UINT64_MAX;
	o->first_seq = 12;
	o->kind = OCR_ORIGIN_LINK;
	o->has_size = o->has_mtime = true;
	o->mode = 07777;
	o->mtime_s = INT64_MAX;
	o->mtime_ns = 999999999;
	p = through(o);
	ok(p != NULL && p->index == UINT64_MAX && p->first_seq == 12 &&
		p->kind == o->kind && strcmp(p->name, name) == 0 &&
		p->link != NULL && strcmp(p->link, name) == 0 && p->has_size &&
		p->size == 0 && p->mode == 07777 && p->has_mtime &&
		p->mtime_s == INT64_MAX && p->mtime_ns == 999999999 &&
		p->n_refs == 1 && p->fd == -1,
	    "all that an origin can say");
	ocr_origin_unref(p);
	ocr_origin_unref(o);

	o = ocr_origin_new("a b%\n\xc3\xa4", NULL);
	o->mode = 0644;
	o->has_mtime = true;
	o->mtime_s = -2;
	o->mtime_ns = 5;
	n = ocr_origin_encode(o, text, sizeof(text), &err);
	text[n > 0 ? n : 0] = '\0';
	ok(strcmp(text, "index=0\nfirst=0\nname=a%20b%25%0A\xc3\xa4\n"
			"kind=file\nmode=0644\nmtime=-2.000000005\n") == 0,
	    "text of ocr/source");
	p = through(o);
	ok(p != NULL && p->mtime_s == -2 && p->mtime_ns == 5 && !p->has_size,
	    "a time before 1970");
	ocr_origin_unref(p);
	ocr_origin_unref(o);
}

static void
test_long_origin(void)
{
	static char name[OCR_CONTROL_MAX_BYTES + 1];
	char *text = malloc(OCR_CONTROL_MAX_BYTES);
	struct ocr_err err = {0};
	struct ocr_origin *o;

	memset(name, 'x', OCR_CONTROL_MAX_BYTES - 42);
	o = ocr_origin_new(name, NULL);
	is_int(ocr_origin_encode(o, text, OCR_CONTROL_MAX_BYTES, &err),
	    OCR_CONTROL_MAX_BYTES, "the longest name");
	ocr_origin_unref(o);
	strcat(name, "x");
	o = ocr_origin_new(name, NULL);
	is_int(ocr_origin_encode(o, text, OCR_CONTROL_MAX_BYTES, &err),
	    -OCR_ELIMIT, "a name that is too long");
	ok(strcmp(err.text,
	       "ocr/source: 65537 bytes of text are over the limit of 65536") ==
		0,
	    "and why");
	ocr_origin_unref(o);
	free(text);
}

static void
test_bad_origin(void)
{
	text_is(ORIGIN, O, "");
	text_is(ORIGIN, O "mtime=0.000000000\nsize=0\nuid=0\n", "");
	text_is(ORIGIN, "", "ocr/source: no index");
	text_is(ORIGIN, "index=0\nfirst=0\nkind=file\nmode=0644\n",
	    "ocr/source: no name");
	text_is(ORIGIN, "index=0\nfirst=0\nname=x\nkind=file\n",
	    "ocr/source: no mode");
	text_is(ORIGIN, "name=\n", "ocr/source: bad value of name");
	text_is(ORIGIN, "name=%00\n", "ocr/source: bad value of name");
	text_is(ORIGIN, "name=%\n", "ocr/source: bad value of name");
	text_is(ORIGIN, "name=%2\n", "ocr/source: bad value of name");
	text_is(ORIGIN, "name=a%2", "ocr/source: not lines of text");
	text_is(ORIGIN, "name=%2g\n", "ocr/source: bad value of name");
	text_is(ORIGIN, "name=%2f\n", "ocr/source: bad value of name");
	text_is(ORIGIN, "name=a b\n", "ocr/source: bad value of name");
	text_is(ORIGIN, O "name=x\n", "ocr/source: name twice");
	text_is(ORIGIN, "kind=\n", "ocr/source: bad value of kind");
	text_is(ORIGIN, "kind=fifo\n", "ocr/source: bad value of kind");
	text_is(ORIGIN, "mode=644\n", "ocr/source: bad value of mode");
	text_is(ORIGIN, "mode=0648\n", "ocr/source: bad value of mode");
	text_is(ORIGIN, "mode=100644\n", "ocr/source: bad value of mode");
	text_is(ORIGIN, "mtime=1\n", "ocr/source: bad value of mtime");
	text_is(ORIGIN, "mtime=1.5\n", "ocr/source: bad value of mtime");
	text_is(ORIGIN, "mtime=-0.000000000\n",
	    "ocr/source: bad value of mtime");
	text_is(ORIGIN, "mtime=-.000000000\n",
	    "ocr/source: bad value of mtime");
	text_is(ORIGIN, "mtime=.000000000\n", "ocr/source: bad value of mtime");
	text_is(ORIGIN, "mtime=1.00000000x\n",
	    "ocr/source: bad value of mtime");
	text_is(ORIGIN, "mtime=9223372036854775808.000000000\n",
	    "ocr/source: bad value of mtime");
	text_is(ORIGIN, O "link=y\n", "ocr/source: a target, but not a link");
	text_is(ORIGIN, "index=0\nfirst=0\nname=x\nkind=link\nmode=0644\n",
	    "ocr/source: a link without its target");
	text_is(ORIGIN,
	    "index=0\nfirst=0\nname=x\nkind=hardlink\nmode=0644\n"
	    "link=%C3%A4\n",
	    "");
}

int
main(void)
{
	test_layout();
	test_round_trips();
	test_link();
	test_shards();
	test_ref_sums();
	test_blob();
	test_mtime();
	test_damage();
	test_names();
	test_linknames();
	test_fields();
	test_zero_and_magic();
	test_words();
	test_begin();
	test_begin_link();
	test_bad_begin();
	test_end();
	test_origin();
	test_long_origin();
	test_bad_origin();
	return done();
}
