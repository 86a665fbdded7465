/*
 * frame.c - the header block of ocr-stream(5)
 *
 * Decoding is strict in a simple way: fields are picked out of the block, the
 * block is written again from them, and both must be the same 512 bytes.  So
 * there is one form for every header, and no field where something can hide.
 *
 * Layout of the block: POSIX.1-2001 pax(1), "ustar Interchange Format".
 */
#include "config.h"

#include "common/frame.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/crc.h"
#include "common/digits.h"

#define SEQ_DIGITS 12
#define MTIME_MAX ((INT64_C(1) << 33) - 1) /* 11 octal digits */

struct ustar {
	char name[100];
	char mode[8];
	char uid[8];
	char gid[8];
	char size[12];
	char mtime[12];
	char chksum[8];
	char typeflag;
	char linkname[100];
	char magic[8]; /* with version */
	char uname[32];
	char gname[32];
	char devmajor[8];
	char devminor[8];
	char prefix[155];
	char rest[12];
};
_Static_assert(sizeof(struct ustar) == OCR_FRAME_BYTES, "ustar is 512 bytes");

/* For messages: where each field ends. */
static const struct {
	size_t end;
	const char *name;
} fields[] = {
    {offsetof(struct ustar, mode), "name"},
    {offsetof(struct ustar, uid), "mode"},
    {offsetof(struct ustar, gid), "uid"},
    {offsetof(struct ustar, size), "gid"},
    {offsetof(struct ustar, mtime), "size"},
    {offsetof(struct ustar, chksum), "mtime"},
    {offsetof(struct ustar, typeflag), "chksum"},
    {offsetof(struct ustar, linkname), "typeflag"},
    {offsetof(struct ustar, magic), "linkname"},
    {offsetof(struct ustar, uname), "magic"},
    {offsetof(struct ustar, gname), "uname"},
    {offsetof(struct ustar, devmajor), "gname"},
    {offsetof(struct ustar, devminor), "devmajor"},
    {offsetof(struct ustar, prefix), "devminor"},
    {offsetof(struct ustar, rest), "prefix"},
    {sizeof(struct ustar), "unused"},
};

static const struct {
	enum ocr_frame_kind kind;
	const char *name;
} controls[] = {
    {OCR_FRAME_BEGIN, "ocr/begin"},
    {OCR_FRAME_SOURCE, "ocr/source"},
    {OCR_FRAME_END, "ocr/end"},
    {OCR_FRAME_PING, "ocr/ping"},
    {OCR_FRAME_BLOB, "ocr/blob"},
};

static const char magic[8] = "ustar\00000"; /* no room for a last NUL */

/* Indexed by -code; the words are part of the format. */
static const char *const code_words[] = {
    "unknown",
    "usage",
    "io",
    "format",
    "limit",
    "memory",
    "device",
    "host",
    "cancel",
    "pipe",
};

size_t
ocr_frame_padding(uint64_t size)
{
	return (size_t)(-size % OCR_FRAME_BYTES);
}

bool
ocr_frame_is_magic(const uint8_t *p, size_t len)
{
	static const char begin[] = "ocr/begin";

	return len >= sizeof(begin) && memcmp(p, begin, sizeof(begin)) == 0;
}

void
ocr_frame_set_name(struct ocr_frame *f, const char *full)
{
	const char *part = strrchr(full, '/');
	size_t i, n;

	part = part != NULL ? part + 1 : full;
	if (*part == '\0')
		part = "-";
	n = strnlen(part, OCR_CHUNK_NAME_BYTES);
	for (i = 0; i < n; i++) {
		unsigned char b = (unsigned char)part[i];

		f->name[i] = b < 0x21 || b == 0x7f ? '_' : (char)b;
	}
	f->name[i] = '\0';
	/* "." and ".." would make tar(1) warn, or worse. */
	if (strcmp(f->name, ".") == 0 || strcmp(f->name, "..") == 0)
		memset(f->name, '_', i);
}

static bool
is_word(const char *s, size_t len, size_t max)
{
	size_t i;

	if (len == 0 || len > max)
		return false;
	for (i = 0; i < len; i++)
		if ((s[i] < 'a' || s[i] > 'z') && (s[i] < '0' || s[i] > '9') &&
		    (s[i] < 'A' || s[i] > 'Z') && strchr("-._+", s[i]) == NULL)
			return false;
	return true;
}

void
ocr_frame_set_error(struct ocr_frame *f, int code, const char *tool)
{
	size_t n_words = sizeof(code_words) / sizeof(*code_words);
	size_t len = strcspn(tool, " ");

	if (code > 0 || code <= -(int)n_words)
		code = 0;
	snprintf(f->code, sizeof(f->code), "%s", code_words[-code]);
	if (!is_word(tool, len, OCR_STAGE_BYTES)) {
		tool = "unknown";
		len = strlen(tool);
	}
	memcpy(f->stage, tool, len);
	f->stage[len] = '\0';
}

int
ocr_frame_error_code(const struct ocr_frame *f)
{
	int i;

	for (i = 1; i < (int)(sizeof(code_words) / sizeof(*code_words)); i++)
		if (strcmp(f->code, code_words[i]) == 0)
			return -i;
	return -OCR_EFORMAT;
}

/* 'digits' octal digits and a NUL. */
static void
put_octal(char *p, int digits, uint64_t v)
{
	p[digits] = '\0';
	while (digits-- > 0) {
		p[digits] = (char)('0' + (v & 7));
		v >>= 3;
	}
}

static void
put_linkname(const struct ocr_frame *f, char *p, size_t n)
{
	const char *type = ocr_type_name(f->type);

	switch (f->type) {
	case OCR_RAW:
		snprintf(p, n, "type=%s", type);
		break;
	case OCR_DEFLATE:
	case OCR_MEMBERS:
	case OCR_BGZF:
	case OCR_SHARD:
		snprintf(p, n, "type=%s len=%" PRIu64 " crc=%08" PRIx32, type,
		    f->raw_len, f->raw_crc);
		break;
	case OCR_REF:
		snprintf(p, n, "type=%s len=%" PRIu64, type, f->raw_len);
		break;
	case OCR_ERROR:
		snprintf(p, n, "type=%s code=%s stage=%s", type, f->code,
		    f->stage);
		break;
	}
}

/* All fields but uname and chksum; returns the CRC of those it covers. */
static uint32_t
put_fields(const struct ocr_frame *f, struct ustar *u)
{
	int64_t mtime = f->mtime_s < 0 ? 0 : f->mtime_s;
	uint32_t crc;

	memset(u, 0, sizeof(*u));
	put_octal(u->mode, 7, f->mode);
	put_octal(u->uid, 7, 0);
	put_octal(u->gid, 7, 0);
	put_octal(u->size, 11, f->size);
	put_octal(u->mtime, 11,
	    (uint64_t)(mtime > MTIME_MAX ? MTIME_MAX : mtime));
	u->typeflag = '0';
	memcpy(u->magic, magic, sizeof(magic));
	put_octal(u->devmajor, 7, 0);
	put_octal(u->devminor, 7, 0);
	if (f->kind == OCR_FRAME_CHUNK) {
		snprintf(u->name, sizeof(u->name), "%0*" PRIu64 "/%s",
		    SEQ_DIGITS, f->seq, f->name);
		snprintf(u->gname, sizeof(u->gname), "at:%" PRIu64, f->at);
		put_linkname(f, u->linkname, sizeof(u->linkname));
	} else {
		snprintf(u->name, sizeof(u->name), "%s",
		    controls[f->kind - OCR_FRAME_BEGIN].name);
		if (f->kind == OCR_FRAME_BLOB)
			snprintf(u->linkname, sizeof(u->linkname), "sha256=%s",
			    f->sha256);
	}
	crc = ocr_crc32(0, u->name, sizeof(u->name));
	crc = ocr_crc32(crc, u->size, sizeof(u->size));
	crc = ocr_crc32(crc, u->gname, sizeof(u->gname));
	return ocr_crc32(crc, u->linkname, sizeof(u->linkname));
}

/* Sum of all bytes, with chksum itself taken as blanks. */
static uint32_t
checksum(const struct ustar *u)
{
	const unsigned char *p = (const unsigned char *)u;
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < sizeof(*u); i++)
		sum += p[i];
	for (i = 0; i < sizeof(u->chksum); i++)
		sum += ' ' - (uint32_t)(unsigned char)u->chksum[i];
	return sum;
}

/* The two checks: last, because they cover the rest. */
static void
put_checks(struct ustar *u, uint32_t crc)
{
	snprintf(u->uname, sizeof(u->uname), "crc32:%08" PRIx32, crc);
	put_octal(u->chksum, 6, checksum(u));
	u->chksum[7] = ' ';
}

void
ocr_frame_encode(struct ocr_frame *f, uint32_t payload_crc,
    uint8_t block[OCR_FRAME_BYTES])
{
	struct ustar u;

	assert(f->mode <= 07777);
	assert(f->size <= OCR_CHUNK_MAX_BYTES);
	if (f->kind == OCR_FRAME_CHUNK)
		assert(f->seq <= OCR_FRAME_SEQ_MAX && f->name[0] != '\0' &&
		       f->raw_len <= OCR_CHUNK_MAX_BYTES &&
		       f->at <= (uint64_t)INT64_MAX - OCR_CHUNK_MAX_BYTES);
	else
		assert(f->kind < OCR_FRAME_ZERO &&
		       (f->kind == OCR_FRAME_BLOB ||
			   f->size <= OCR_CONTROL_MAX_BYTES));
	f->head_crc = put_fields(f, &u);
	f->crc = ocr_crc32_join(f->head_crc, payload_crc, f->size);
	put_checks(&u, f->crc);
	memcpy(block, &u, sizeof(u));
}

static int
bad_field(struct ocr_err *err, const char *field)
{
	return ocr_err_set(err, -OCR_EFORMAT,
	    "header field %s is not as ocr-stream(5) has it", field);
}

/* "SEQ/NAME" or the name of a control entry. */
static int
get_name(const char *name, struct ocr_frame *f, bool is_link,
    struct ocr_err *err)
{
	struct ocr_frame clean;
	size_t i;

	for (i = 0; i < sizeof(controls) / sizeof(*controls); i++) {
		if (strcmp(name, controls[i].name) == 0 &&
		    (is_link || controls[i].kind < OCR_FRAME_PING)) {
			f->kind = controls[i].kind;
			return 0;
		}
	}
	if (strncmp(name, "ocr/", 4) == 0 &&
	    is_word(name + 4, strlen(name + 4), OCR_STAGE_BYTES))
		return ocr_err_set(err, -OCR_EFORMAT, "unexpected entry %s",
		    name);
	f->kind = OCR_FRAME_CHUNK;
	for (i = 0; i < SEQ_DIGITS; i++) {
		if (name[i] < '0' || name[i] > '9')
			return bad_field(err, "name");
		f->seq = f->seq * 10 + (uint64_t)(name[i] - '0');
	}
	if (name[i] != '/' || strlen(name + i + 1) > OCR_CHUNK_NAME_BYTES)
		return bad_field(err, "name");
	strcpy(f->name, name + i + 1);
	ocr_frame_set_name(&clean, f->name);
	if (strcmp(f->name, clean.name) != 0)
		return bad_field(err, "name");
	return 0;
}

/* The value of "key=value" at *p, ended by a blank or the end of the text;
 * NULL if another key is there.  *p moves behind it. */
static const char *
get_word(const char **p, const char *key, size_t *len)
{
	size_t n = strlen(key);
	const char *value;

	if (strncmp(*p, key, n) != 0 || (*p)[n] != '=')
		return NULL;
	value = *p + n + 1;
	*len = strcspn(value, " ");
	*p = value + *len;
	if (**p == ' ')
		++*p;
	return value;
}

static bool
get_copy(const char **p, const char *key, char *out, size_t max)
{
	size_t len;
	const char *s = get_word(p, key, &len);

	if (s == NULL || !is_word(s, len, max))
		return false;
	memcpy(out, s, len);
	out[len] = '\0';
	return true;
}

/* Blanks at wrong places are found when the block is written again. */
static bool
get_linkname(const char *p, struct ocr_frame *f)
{
	const char *s;
	size_t len;
	int type;

	s = get_word(&p, "type", &len);
	type = s != NULL ? ocr_type_parse(s, len) : -1;
	if (type < 0)
		return false;
	f->type = (enum ocr_type)type;
	if (f->type == OCR_ERROR)
		return get_copy(&p, "code", f->code, OCR_FRAME_CODE_BYTES) &&
		       get_copy(&p, "stage", f->stage, OCR_STAGE_BYTES);
	if (f->type == OCR_RAW) {
		f->raw_len = f->size;
		return true;
	}
	s = get_word(&p, "len", &len);
	f->has_raw = s != NULL && ocr_digits_u64(s, len, &f->raw_len);
	if (f->type == OCR_REF)
		return f->has_raw;
	s = get_word(&p, "crc", &len);
	f->has_raw_crc = s != NULL && ocr_digits_hex32(s, len, &f->raw_crc);
	return f->has_raw && f->has_raw_crc;
}

static int
get_numbers(const struct ustar *u, struct ocr_frame *f, struct ocr_err *err)
{
	uint64_t v;

	if (!ocr_digits_octal(u->mode, 7, &v) || v > 07777)
		return bad_field(err, "mode");
	f->mode = (uint32_t)v;
	if (!ocr_digits_octal(u->mtime, 11, &v))
		return bad_field(err, "mtime");
	f->mtime_s = (int64_t)v;
	if (!ocr_digits_octal(u->size, 11, &f->size))
		return bad_field(err, "size");
	if (strncmp(u->uname, "crc32:", 6) != 0 ||
	    !ocr_digits_hex32(u->uname + 6, 8, &f->crc))
		return bad_field(err, "uname");
	return 0;
}

static int
get_chunk(const struct ustar *u, struct ocr_frame *f, bool is_link,
    struct ocr_err *err)
{
	char text[sizeof(u->linkname) + 1] = {0};

	if (memcmp(u->gname, "at:", 3) != 0 ||
	    !ocr_digits_u64(u->gname + 3,
		strnlen(u->gname + 3, sizeof(u->gname) - 3), &f->at) ||
	    f->at > (uint64_t)INT64_MAX - OCR_CHUNK_MAX_BYTES)
		return bad_field(err, "gname");
	memcpy(text, u->linkname, sizeof(u->linkname));
	if (!get_linkname(text, f) || (f->type == OCR_SHARD && !is_link))
		return bad_field(err, "linkname");
	return 0;
}

static int
get_blob(const struct ustar *u, struct ocr_frame *f, struct ocr_err *err)
{
	static const char key[] = "sha256=";
	size_t n = sizeof(key) - 1;

	if (memcmp(u->linkname, key, n) != 0)
		return bad_field(err, "linkname");
	memcpy(f->sha256, u->linkname + n, OCR_SHA256_HEX);
	f->sha256[OCR_SHA256_HEX] = '\0';
	if (strspn(f->sha256, "0123456789abcdef") != OCR_SHA256_HEX)
		return bad_field(err, "linkname");
	return 0;
}

static int
check_limits(const struct ocr_frame *f, struct ocr_err *err)
{
	uint64_t max = OCR_CHUNK_MAX_BYTES;

	if (f->kind == OCR_FRAME_BLOB)
		max = OCR_BLOB_MAX_BYTES;
	else if (f->kind != OCR_FRAME_CHUNK || f->type == OCR_ERROR)
		max = OCR_CONTROL_MAX_BYTES;
	else if (f->type == OCR_SHARD)
		max = OCR_SHARD_TEXT_BYTES;
	else if (f->type == OCR_REF)
		max = 0;
	if (f->size > max)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "size %" PRIu64 " is over the limit of %" PRIu64, f->size,
		    max);
	if (f->raw_len > OCR_CHUNK_MAX_BYTES)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "len %" PRIu64 " is over the limit of %" PRIu64, f->raw_len,
		    OCR_CHUNK_MAX_BYTES);
	return 0;
}

/* Write the header again; name the first field that is another then.  chksum
 * differs with any of them, so it is named only if it is alone. */
static int
check_form(const struct ustar *u, struct ocr_frame *f, struct ocr_err *err)
{
	const char *a = (const char *)u, *b;
	struct ustar again;
	size_t i = 0, k = 0;

	f->head_crc = put_fields(f, &again);
	put_checks(&again, f->crc);
	if (memcmp(u, &again, sizeof(again)) == 0)
		return 0;
	memcpy(again.chksum, u->chksum, sizeof(again.chksum));
	b = (const char *)&again;
	while (i < sizeof(again) && a[i] == b[i])
		i++;
	if (i == sizeof(again))
		return bad_field(err, "chksum");
	while (fields[k].end <= i)
		k++;
	return bad_field(err, fields[k].name);
}

static bool
is_zero(const uint8_t block[OCR_FRAME_BYTES])
{
	return block[0] == 0 &&
	       memcmp(block, block + 1, OCR_FRAME_BYTES - 1) == 0;
}

static int
decode(const uint8_t block[OCR_FRAME_BYTES], struct ocr_frame *f, bool is_link,
    struct ocr_err *err)
{
	struct ustar u;
	char name[sizeof(u.name) + 1] = {0};
	uint64_t sum;
	int r;

	memset(f, 0, sizeof(*f));
	if (is_zero(block)) {
		f->kind = OCR_FRAME_ZERO;
		return 0;
	}
	memcpy(&u, block, sizeof(u));
	if (memcmp(u.magic, magic, sizeof(magic)) != 0)
		return ocr_err_set(err, -OCR_EFORMAT, "not a ustar header");
	if (!ocr_digits_octal(u.chksum, 6, &sum) || sum != checksum(&u))
		return ocr_err_set(err, -OCR_EFORMAT,
		    "header checksum does not match");
	memcpy(name, u.name, sizeof(u.name));
	r = get_name(name, f, is_link, err);
	if (r == 0)
		r = get_numbers(&u, f, err);
	if (r == 0 && f->kind == OCR_FRAME_CHUNK)
		r = get_chunk(&u, f, is_link, err);
	if (r == 0 && f->kind == OCR_FRAME_BLOB)
		r = get_blob(&u, f, err);
	if (r == 0)
		r = check_limits(f, err);
	if (r == 0)
		r = check_form(&u, f, err);
	return r;
}

int
ocr_frame_decode(const uint8_t block[OCR_FRAME_BYTES], struct ocr_frame *f,
    struct ocr_err *err)
{
	return decode(block, f, false, err);
}

int
ocr_frame_decode_link(const uint8_t block[OCR_FRAME_BYTES], struct ocr_frame *f,
    struct ocr_err *err)
{
	return decode(block, f, true, err);
}
