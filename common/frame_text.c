/*
 * frame_text.c - the payloads of control entries
 */
#include "config.h"

#include "common/frame.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/crc.h"
#include "common/digits.h"
#include "common/lines.h"

static const char id_digits[] = "0123456789abcdef";

static int
ok_or_format(bool is_ok)
{
	return is_ok ? 0 : -OCR_EFORMAT;
}

/* Printable ASCII that fits. */
static bool
copy_text(char *out, size_t cap, const char *value, size_t len)
{
	size_t i;

	if (len == 0 || len >= cap)
		return false;
	for (i = 0; i < len; i++)
		if (value[i] < 0x20 || value[i] > 0x7e)
			return false;
	memcpy(out, value, len);
	out[len] = '\0';
	return true;
}

int
ocr_begin_encode(const struct ocr_begin *b, char *text, size_t cap,
    struct ocr_err *err)
{
	struct ocr_lines w = {.text = text, .cap = cap};

	assert(strspn(b->id, id_digits) == 32);
	ocr_lines_put(&w, "version=%d", OCR_STREAM_VERSION);
	ocr_lines_put(&w, "type=%s", ocr_type_name(b->type));
	ocr_lines_put(&w, "id=%s", b->id);
	ocr_lines_put_text(&w, "tool", b->tool);
	ocr_lines_put_text(&w, "codec", b->codec);
	if (b->chunk_bytes != 0)
		ocr_lines_put(&w, "chunk=%" PRIu64, b->chunk_bytes);
	if (b->has_total)
		ocr_lines_put(&w, "total=%" PRIu64, b->total);
	ocr_lines_put_text(&w, "kernel", b->kernel);
	ocr_lines_put_text(&w, "build", b->build);
	if (b->slots != 0)
		ocr_lines_put(&w, "slots=%" PRIu32, b->slots);
	ocr_lines_put_text(&w, "devices", b->devices);
	if (b->timeout_ms != 0)
		ocr_lines_put(&w, "timeout=%" PRIu32, b->timeout_ms);
	ocr_lines_put_text(&w, "blob", b->blob);
	return ocr_lines_done(&w, "ocr/begin", err);
}

enum {
	BEGIN_VERSION,
	BEGIN_TYPE,
	BEGIN_ID,
	BEGIN_TOOL,
	BEGIN_CODEC,
	BEGIN_CHUNK,
	BEGIN_TOTAL,
	BEGIN_KERNEL,
	BEGIN_BUILD,
	BEGIN_SLOTS,
	BEGIN_DEVICES,
	BEGIN_TIMEOUT,
	BEGIN_BLOB
};

/* A number from 1 to max. */
static int
get_u32(const char *value, size_t len, uint32_t max, uint32_t *out)
{
	uint64_t v;

	if (!ocr_digits_u64(value, len, &v) || v == 0 || v > max)
		return -OCR_EFORMAT;
	*out = (uint32_t)v;
	return 0;
}

/* What only hosts say. */
static int
set_begin_link(struct ocr_begin *b, int key, const char *value, size_t len)
{
	switch (key) {
	case BEGIN_KERNEL:
		return ok_or_format(
		    copy_text(b->kernel, sizeof(b->kernel), value, len));
	case BEGIN_BUILD:
		return ok_or_format(
		    copy_text(b->build, sizeof(b->build), value, len));
	case BEGIN_SLOTS:
		return get_u32(value, len, OCR_SLOTS_MAX, &b->slots);
	case BEGIN_DEVICES:
		return ok_or_format(
		    copy_text(b->devices, sizeof(b->devices), value, len));
	case BEGIN_BLOB:
		return ok_or_format(
		    len == OCR_SHA256_HEX &&
		    copy_text(b->blob, sizeof(b->blob), value, len) &&
		    strspn(b->blob, id_digits) == len);
	default:
		return get_u32(value, len, INT32_MAX, &b->timeout_ms);
	}
}

static int
set_begin(void *into, int key, const char *value, size_t len)
{
	struct ocr_begin *b = into;
	int type;

	switch (key) {
	case BEGIN_VERSION: /* read before all others */
		return 0;
	case BEGIN_TYPE:
		type = ocr_type_parse(value, len);
		if (type < 0 || type == OCR_ERROR)
			return -OCR_EFORMAT;
		b->type = (enum ocr_type)type;
		return 0;
	case BEGIN_ID:
		return ok_or_format(
		    len == 32 && copy_text(b->id, sizeof(b->id), value, len) &&
		    strspn(b->id, id_digits) == 32);
	case BEGIN_TOOL:
		return ok_or_format(
		    copy_text(b->tool, sizeof(b->tool), value, len));
	case BEGIN_CODEC:
		return ok_or_format(
		    copy_text(b->codec, sizeof(b->codec), value, len));
	case BEGIN_CHUNK:
		return ok_or_format(
		    ocr_digits_u64(value, len, &b->chunk_bytes) &&
		    b->chunk_bytes <= OCR_CHUNK_MAX_BYTES);
	case BEGIN_TOTAL:
		b->has_total = true;
		return ok_or_format(ocr_digits_u64(value, len, &b->total));
	default:
		return set_begin_link(b, key, value, len);
	}
}

/* First of all: in another version nothing else may mean what it means here. */
static int
get_version(const char *text, size_t len, struct ocr_begin *b,
    struct ocr_err *err)
{
	static const char key[] = "version=";
	size_t n = sizeof(key) - 1;
	const char *nl = memchr(text, '\n', len);
	uint64_t version;

	if (nl == NULL || len < n || memcmp(text, key, n) != 0)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "ocr/begin: does not start with its version");
	if (!ocr_digits_u64(text + n, (size_t)(nl - text) - n, &version) ||
	    version == 0 || version > UINT32_MAX)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "ocr/begin: bad value of version");
	if (version > OCR_STREAM_VERSION)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "stream version %" PRIu64 ": this program reads version %d",
		    version, OCR_STREAM_VERSION);
	b->version = (unsigned)version;
	return 0;
}

int
ocr_begin_decode(struct ocr_begin *b, const char *text, size_t len,
    struct ocr_err *err)
{
	static const struct ocr_lines_grammar g = {
	    .what = "ocr/begin",
	    .required = 1u << BEGIN_TYPE | 1u << BEGIN_ID,
	    .set = set_begin,
	    .keys = {"version", "type", "id", "tool", "codec", "chunk", "total",
		"kernel", "build", "slots", "devices", "timeout", "blob"},
	};
	int r;

	memset(b, 0, sizeof(*b));
	r = get_version(text, len, b, err);
	return r < 0 ? r : ocr_lines_get(&g, b, text, len, err);
}

void
ocr_begin_tool(const char *text, size_t len, char tool[64])
{
	static const char key[] = "\ntool=";
	const char *p = memmem(text, len, key, sizeof(key) - 1);
	size_t i, n = 0;

	memcpy(tool, "an unknown program", 19);
	if (p == NULL)
		return;
	p += sizeof(key) - 1;
	while (n < (size_t)(text + len - p) && n < 63 && p[n] != '\n')
		n++;
	for (i = 0; i < n; i++)
		tool[i] = p[i] < 0x20 || p[i] > 0x7e ? '?' : p[i];
	tool[n] = '\0';
}

int
ocr_begin_new_id(struct ocr_begin *b, struct ocr_err *err)
{
	unsigned char r[16];
	size_t i;

	/* Up to 256 bytes are never cut short and not interrupted. */
	if (getrandom(r, sizeof(r), 0) != (ssize_t)sizeof(r))
		return ocr_err_sys(err, "cannot get random bytes");
	for (i = 0; i < 32; i++)
		b->id[i] = id_digits[r[i / 2] >> (i % 2 * 4) & 15];
	b->id[32] = '\0';
	return 0;
}

int
ocr_end_encode(const struct ocr_end *e, char *text, size_t cap,
    struct ocr_err *err)
{
	struct ocr_lines w = {.text = text, .cap = cap};

	ocr_lines_put(&w, "status=%s", e->is_ok ? "ok" : "failed");
	ocr_lines_put(&w, "chunks=%" PRIu64, e->chunks);
	ocr_lines_put(&w, "bytes=%" PRIu64, e->bytes);
	if (e->has_crc)
		ocr_lines_put(&w, "crc32=%08" PRIx32, e->crc);
	return ocr_lines_done(&w, "ocr/end", err);
}

enum { END_STATUS, END_CHUNKS, END_BYTES, END_CRC };

static int
set_end(void *into, int key, const char *value, size_t len)
{
	struct ocr_end *e = into;

	switch (key) {
	case END_STATUS:
		e->is_ok = len == 2 && memcmp(value, "ok", 2) == 0;
		return ok_or_format(
		    e->is_ok || (len == 6 && memcmp(value, "failed", 6) == 0));
	case END_CHUNKS:
		return ok_or_format(ocr_digits_u64(value, len, &e->chunks));
	case END_BYTES:
		return ok_or_format(ocr_digits_u64(value, len, &e->bytes));
	default:
		e->has_crc = true;
		return ok_or_format(ocr_digits_hex32(value, len, &e->crc));
	}
}

int
ocr_end_decode(struct ocr_end *e, const char *text, size_t len,
    struct ocr_err *err)
{
	static const struct ocr_lines_grammar g = {
	    .what = "ocr/end",
	    .required = 1u << END_STATUS | 1u << END_CHUNKS | 1u << END_BYTES,
	    .set = set_end,
	    .keys = {"status", "chunks", "bytes", "crc32"},
	};

	memset(e, 0, sizeof(*e));
	return ocr_lines_get(&g, e, text, len, err);
}

int
ocr_ping_encode(const struct ocr_ping *p, char *text, size_t cap,
    struct ocr_err *err)
{
	struct ocr_lines w = {.text = text, .cap = cap};

	ocr_lines_put(&w, "seq=%" PRIu64, p->seq);
	ocr_lines_put(&w, "busy=%" PRIu64, p->busy);
	return ocr_lines_done(&w, "ocr/ping", err);
}

enum { PING_SEQ, PING_BUSY };

static int
set_ping(void *into, int key, const char *value, size_t len)
{
	struct ocr_ping *p = into;

	return ok_or_format(
	    ocr_digits_u64(value, len, key == PING_SEQ ? &p->seq : &p->busy));
}

int
ocr_ping_decode(struct ocr_ping *p, const char *text, size_t len,
    struct ocr_err *err)
{
	static const struct ocr_lines_grammar g = {
	    .what = "ocr/ping",
	    .required = 1u << PING_SEQ | 1u << PING_BUSY,
	    .set = set_ping,
	    .keys = {"seq", "busy"},
	};

	memset(p, 0, sizeof(*p));
	return ocr_lines_get(&g, p, text, len, err);
}

bool
ocr_shard_name_parse(const char *name, uint64_t *seq,
    char suffix[OCR_SHARD_SUFFIX_BYTES + 1], bool *is_temp)
{
	const char *p = name;
	size_t i, n;

	*is_temp = *p == '.';
	if (*is_temp)
		p++;
	*seq = 0;
	for (i = 0; i < 12; i++, p++) {
		if (*p < '0' || *p > '9')
			return false;
		*seq = *seq * 10 + (uint64_t)(*p - '0');
	}
	if (*p++ != '.')
		return false;
	n = strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789");
	if (n == 0 || n > OCR_SHARD_SUFFIX_BYTES)
		return false;
	memcpy(suffix, p, n);
	suffix[n] = '\0';
	p += n;
	if (!*is_temp)
		return *p == '\0';
	return *p == '.' && strlen(p + 1) == OCR_SHARD_RANDOM_BYTES &&
	       strspn(p + 1, "abcdefghijklmnopqrstuvwxyz234567") ==
		   OCR_SHARD_RANDOM_BYTES;
}

int
ocr_shard_encode(const struct ocr_shard *s, char *text, size_t cap,
    struct ocr_err *err)
{
	struct ocr_lines w = {.text = text, .cap = cap};

	ocr_lines_put_text(&w, "name", s->name);
	ocr_lines_put(&w, "bytes=%" PRIu64, s->bytes);
	ocr_lines_put(&w, "crc32=%08" PRIx32, s->crc);
	if (s->n_bad > 0)
		ocr_lines_put(&w, "bad=%" PRIu64, s->n_bad);
	return ocr_lines_done(&w, "shard", err);
}

enum { SHARD_NAME, SHARD_BYTES, SHARD_CRC, SHARD_BAD };

static int
set_shard(void *into, int key, const char *value, size_t len)
{
	char suffix[OCR_SHARD_SUFFIX_BYTES + 1];
	struct ocr_shard *s = into;
	uint64_t seq;
	bool is_temp;

	switch (key) {
	case SHARD_NAME:
		return ok_or_format(
		    copy_text(s->name, sizeof(s->name), value, len) &&
		    ocr_shard_name_parse(s->name, &seq, suffix, &is_temp));
	case SHARD_BYTES:
		return ok_or_format(ocr_digits_u64(value, len, &s->bytes));
	case SHARD_BAD:
		return ok_or_format(ocr_digits_u64(value, len, &s->n_bad));
	default:
		return ok_or_format(ocr_digits_hex32(value, len, &s->crc));
	}
}

int
ocr_shard_decode(struct ocr_shard *s, const char *text, size_t len,
    struct ocr_err *err)
{
	static const struct ocr_lines_grammar g = {
	    .what = "shard",
	    .required = 1u << SHARD_NAME | 1u << SHARD_BYTES | 1u << SHARD_CRC,
	    .set = set_shard,
	    .keys = {"name", "bytes", "crc32", "bad"},
	};

	memset(s, 0, sizeof(*s));
	return ocr_lines_get(&g, s, text, len, err);
}

int
ocr_blob_init(struct ocr_blob *b, const void *data, size_t len,
    struct ocr_err *err)
{
	if (len > OCR_BLOB_MAX_BYTES)
		return ocr_err_set(err, -OCR_ELIMIT,
		    "%zu bytes are too much for a host: %" PRIu64 " at most",
		    len, (uint64_t)OCR_BLOB_MAX_BYTES);
	*b = (struct ocr_blob){
	    .data = data,
	    .len = len,
	    .crc = ocr_crc32(0, data, len),
	};
	ocr_sha256_hex(data, len, b->sha256);
	return 0;
}

static const char *const kind_words[] = {
    [OCR_ORIGIN_FILE] = "file",
    [OCR_ORIGIN_DIR] = "dir",
    [OCR_ORIGIN_LINK] = "link",
    [OCR_ORIGIN_HARDLINK] = "hardlink",
};

int
ocr_origin_encode(const struct ocr_origin *o, char *text, size_t cap,
    struct ocr_err *err)
{
	struct ocr_lines w = {.text = text, .cap = cap};

	ocr_lines_put(&w, "index=%" PRIu64, o->index);
	ocr_lines_put(&w, "first=%" PRIu64, o->first_seq);
	ocr_lines_put_name(&w, "name", o->name);
	ocr_lines_put(&w, "kind=%s", kind_words[o->kind]);
	if (o->link != NULL)
		ocr_lines_put_name(&w, "link", o->link);
	if (o->has_size)
		ocr_lines_put(&w, "size=%" PRIu64, o->size);
	ocr_lines_put(&w, "mode=%04" PRIo32, o->mode & 07777);
	if (o->has_mtime)
		ocr_lines_put(&w, "mtime=%" PRId64 ".%09" PRIu32, o->mtime_s,
		    o->mtime_ns);
	return ocr_lines_done(&w, "ocr/source", err);
}

enum {
	ORIGIN_INDEX,
	ORIGIN_FIRST,
	ORIGIN_NAME,
	ORIGIN_KIND,
	ORIGIN_LINK,
	ORIGIN_SIZE,
	ORIGIN_MODE,
	ORIGIN_MTIME
};

static bool
get_kind(struct ocr_origin *o, const char *value, size_t len)
{
	int i;

	for (i = 0; i < (int)(sizeof(kind_words) / sizeof(*kind_words)); i++) {
		if (strlen(kind_words[i]) != len ||
		    memcmp(kind_words[i], value, len) != 0)
			continue;
		o->kind = (enum ocr_origin_kind)i;
		return true;
	}
	return false;
}

static bool
get_mode(struct ocr_origin *o, const char *value, size_t len)
{
	uint64_t mode;

	if (len != 4 || !ocr_digits_octal(value, len, &mode))
		return false;
	o->mode = (uint32_t)mode;
	return true;
}

/* S.NNNNNNNNN; a time before 1970 has S < 0 and counts N forward from it. */
static bool
get_mtime(struct ocr_origin *o, const char *value, size_t len)
{
	bool is_negative = len > 0 && value[0] == '-';
	const char *dot = memchr(value, '.', len);
	uint64_t s;
	uint32_t ns = 0;
	size_t i;

	if (dot == NULL || len - (size_t)(dot - value) != 10)
		return false;
	value += is_negative;
	if (!ocr_digits_u64(value, (size_t)(dot - value), &s) ||
	    s > INT64_MAX || (is_negative && s == 0))
		return false;
	for (i = 1; i < 10; i++) {
		if (dot[i] < '0' || dot[i] > '9')
			return false;
		ns = ns * 10 + (uint32_t)(dot[i] - '0');
	}
	o->mtime_s = is_negative ? -(int64_t)s : (int64_t)s;
	o->mtime_ns = ns;
	o->has_mtime = true;
	return true;
}

static int
get_name(char **out, const char *value, size_t len)
{
	int r = 0;
	char *s = ocr_lines_name(value, len, &r);

	if (s == NULL)
		return r;
	free(*out);
	*out = s;
	return 0;
}

static int
set_origin(void *into, int key, const char *value, size_t len)
{
	struct ocr_origin *o = into;

	switch (key) {
	case ORIGIN_INDEX:
		return ok_or_format(ocr_digits_u64(value, len, &o->index));
	case ORIGIN_FIRST:
		return ok_or_format(ocr_digits_u64(value, len, &o->first_seq));
	case ORIGIN_NAME:
		return get_name(&o->name, value, len);
	case ORIGIN_KIND:
		return ok_or_format(get_kind(o, value, len));
	case ORIGIN_LINK:
		return get_name(&o->link, value, len);
	case ORIGIN_SIZE:
		o->has_size = true;
		return ok_or_format(ocr_digits_u64(value, len, &o->size));
	case ORIGIN_MODE:
		return ok_or_format(get_mode(o, value, len));
	default:
		return ok_or_format(get_mtime(o, value, len));
	}
}

int
ocr_origin_decode(struct ocr_origin **out, const char *text, size_t len,
    struct ocr_err *err)
{
	static const struct ocr_lines_grammar g = {
	    .what = "ocr/source",
	    .required = 1u << ORIGIN_INDEX | 1u << ORIGIN_FIRST |
			1u << ORIGIN_NAME | 1u << ORIGIN_KIND |
			1u << ORIGIN_MODE,
	    .set = set_origin,
	    .keys = {"index", "first", "name", "kind", "link", "size", "mode",
		"mtime"},
	};
	struct ocr_origin *o = ocr_origin_new("-", NULL);
	bool is_link;
	int r;

	*out = NULL;
	if (o == NULL)
		return ocr_err_nomem(err);
	r = ocr_lines_get(&g, o, text, len, err);
	is_link = o->kind == OCR_ORIGIN_LINK || o->kind == OCR_ORIGIN_HARDLINK;
	if (r == 0 && is_link != (o->link != NULL))
		r = ocr_err_set(err, -OCR_EFORMAT, "ocr/source: %s",
		    is_link ? "a link without its target"
			    : "a target, but not a link");
	if (r < 0) {
		ocr_origin_unref(o);
		return r;
	}
	*out = o;
	return 0;
}
