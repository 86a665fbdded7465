/*
 * chunk.c - chunks, their origins, and getting a payload to where it is used
 */
#include "config.h"

#include "common/chunk.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/crc.h"
#include "common/frame.h"
#include "common/io.h"

static const char *const type_names[] = {
    [OCR_RAW] = "raw",
    [OCR_DEFLATE] = "deflate",
    [OCR_MEMBERS] = "members",
    [OCR_BGZF] = "bgzf",
    [OCR_REF] = "ref",
    [OCR_SHARD] = "shard",
    [OCR_ERROR] = "error",
};

const char *
ocr_type_name(enum ocr_type type)
{
	return type_names[type];
}

int
ocr_type_parse(const char *word, size_t len)
{
	int i;

	for (i = 0; i < (int)(sizeof(type_names) / sizeof(*type_names)); i++)
		if (strlen(type_names[i]) == len &&
		    memcmp(type_names[i], word, len) == 0)
			return i;
	return -1;
}

struct ocr_origin *
ocr_origin_new(const char *name, const char *link)
{
	struct ocr_origin *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return NULL;
	o->n_refs = 1;
	o->fd = -1;
	o->name = strdup(name);
	o->link = link != NULL ? strdup(link) : NULL;
	if (o->name == NULL || (link != NULL && o->link == NULL)) {
		ocr_origin_unref(o);
		return NULL;
	}
	return o;
}

struct ocr_origin *
ocr_origin_ref(struct ocr_origin *o)
{
	__atomic_add_fetch(&o->n_refs, 1, __ATOMIC_RELAXED);
	return o;
}

void
ocr_origin_unref(struct ocr_origin *o)
{
	/* Release orders our reads of *o before the free by the last one. */
	if (o == NULL ||
	    __atomic_sub_fetch(&o->n_refs, 1, __ATOMIC_ACQ_REL) != 0)
		return;
	if (o->fd > STDERR_FILENO)
		close(o->fd);
	free(o->name);
	free(o->link);
	free(o);
}

const char *
ocr_origin_label(const struct ocr_origin *o)
{
	return o == NULL || strcmp(o->name, "-") == 0 ? "stdin" : o->name;
}

void
ocr_chunk_set_origin(struct ocr_chunk *c, struct ocr_origin *o)
{
	if (o != NULL)
		ocr_origin_ref(o);
	ocr_origin_unref(c->origin);
	c->origin = o;
}

int
ocr_chunk_take(struct ocr_chunk *c, size_t cap, struct ocr_err *err)
{
	return c->room->take(c->room, c, cap, err);
}

int
ocr_chunk_grow(struct ocr_chunk *c, size_t cap, struct ocr_err *err)
{
	if (cap <= c->cap)
		return 0;
	return c->room->grow(c->room, c, cap, err);
}

void
ocr_chunk_reset(struct ocr_chunk *c)
{
	ocr_origin_unref(c->origin);
	*c = (struct ocr_chunk){
	    .data = c->data,
	    .cap = c->cap,
	    .room = c->room,
	};
}

void
ocr_chunk_set_error(struct ocr_chunk *c, const struct ocr_err *err)
{
	size_t len = strlen(err->text);

	assert(c->cap >= sizeof(err->text));
	memcpy(c->data, err->text, len);
	c->len = len;
	c->type = OCR_ERROR;
	c->code = err->code;
	c->stage[0] = '\0';
	c->load = OCR_LOADED;
	c->has_raw = false;
}

const char *
ocr_chunk_describe(const struct ocr_chunk *c, char *buf, size_t n)
{
	snprintf(buf, n, "chunk %" PRIu64 " (at byte %" PRIu64 " of %s)",
	    c->seq, c->at, ocr_origin_label(c->origin));
	return buf;
}

static int
load_pread(struct ocr_chunk *c, int fd, uint64_t base, struct ocr_err *err)
{
	const char *name = ocr_origin_label(c->origin);
	int64_t n =
	    ocr_pread_full(fd, c->data, c->len, base + c->at, name, err);

	if (n < 0)
		return (int)n;
	if ((size_t)n < c->len)
		return ocr_err_set(err, -OCR_EIO,
		    "%s: file shrank while it was read", name);
	return 0;
}

/* Is this the file that was cut?  It may be another machine's, or have been
 * written to since.  Not every file system keeps nanoseconds. */
static int
check_same(const struct ocr_origin *o, int fd, struct ocr_err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return ocr_err_sys(err, "%s", o->name);
	if (!S_ISREG(st.st_mode))
		return ocr_err_set(err, -OCR_EIO, "%s: not a regular file",
		    o->name);
	if (o->has_size && (uint64_t)st.st_size != o->size)
		return ocr_err_set(err, -OCR_EIO,
		    "%s: not the file that was cut: it has %" PRId64
		    " bytes, not %" PRIu64,
		    o->name, (int64_t)st.st_size, o->size);
	if (o->has_mtime && (st.st_mtim.tv_sec != o->mtime_s ||
				(st.st_mtim.tv_nsec != 0 && o->mtime_ns != 0 &&
				    st.st_mtim.tv_nsec != (long)o->mtime_ns)))
		return ocr_err_set(err, -OCR_EIO,
		    "%s: not the file that was cut, or changed since", o->name);
	return 0;
}

/* type=ref: the bytes are in a file that the stream names. */
static int
load_open(struct ocr_chunk *c, struct ocr_err *err)
{
	const char *name = c->origin->name;
	int fd, r;

	fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return ocr_err_sys(err,
		    "cannot open %s (by reference: the same name everywhere)",
		    name);
	r = check_same(c->origin, fd, err);
	if (r == 0)
		r = load_pread(c, fd, 0, err);
	close(fd);
	c->type = OCR_RAW;
	return r;
}

/* The frame's CRC covers header and payload: see ocr-stream(5). */
static int
load_check(struct ocr_chunk *c, struct ocr_err *err)
{
	uint32_t crc = ocr_crc32(0, c->data, c->len);
	char what[256];

	if (ocr_crc32_join(c->head_crc, crc, c->len) != c->frame_crc)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s is damaged: its checksum does not match",
		    ocr_chunk_describe(c, what, sizeof(what)));
	if (c->type == OCR_RAW) {
		c->raw_len = c->len;
		c->raw_crc = crc;
		c->has_raw = true;
	}
	return 0;
}

int
ocr_chunk_load(struct ocr_chunk *c, struct ocr_err *err)
{
	int r = 0;

	/* Two workers may have it: then nothing is written. */
	if (c->load == OCR_LOADED && (c->type != OCR_RAW || c->has_raw))
		return 0;
	switch (c->load) {
	case OCR_LOADED:
		break;
	case OCR_LOAD_CHECK:
		r = load_check(c, err);
		break;
	case OCR_LOAD_PREAD:
		r = load_pread(c, c->origin->fd, c->origin->fd_base, err);
		break;
	case OCR_LOAD_OPEN:
		r = load_open(c, err);
		break;
	}
	if (r < 0)
		return r;
	c->load = OCR_LOADED;
	if (c->type == OCR_RAW && !c->has_raw) {
		c->raw_len = c->len;
		c->raw_crc = ocr_crc32(0, c->data, c->len);
		c->has_raw = true;
	}
	return 0;
}

/* Of what makes a range of a file what it is. */
static uint32_t
sum_ref(const struct ocr_chunk *c)
{
	const struct ocr_origin *o = c->origin;
	char text[128];
	int n = snprintf(text, sizeof(text),
	    "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRId64 ".%09" PRIu32 " ",
	    c->at, c->raw_len, o->has_size ? o->size : 0,
	    o->has_mtime ? o->mtime_s : 0, o->has_mtime ? o->mtime_ns : 0);

	return ocr_crc32(ocr_crc32(0, text, (size_t)n), o->name,
	    strlen(o->name));
}

void
ocr_chunk_in_sum(const struct ocr_chunk *c, uint64_t *len, uint32_t *crc)
{
	*len = c->len;
	if (c->is_ref) {
		*len = c->raw_len;
		*crc = sum_ref(c);
	} else if (c->type == OCR_RAW && c->has_raw) {
		*crc = c->raw_crc;
	} else {
		*crc = ocr_crc32(0, c->data, c->len);
	}
}

void
ocr_chunk_out_sum(const struct ocr_chunk *c, uint64_t *len, uint32_t *crc)
{
	struct ocr_shard shard;
	struct ocr_err lost = {0};

	if (c->type != OCR_SHARD) {
		*len = c->len;
		*crc = ocr_crc32(0, c->data, c->len);
		return;
	}
	*len = 0;
	*crc = 0;
	if (ocr_shard_decode(&shard, (const char *)c->data, c->len, &lost) < 0)
		return;
	*len = shard.bytes;
	*crc = shard.crc;
}
