/*
 * spill.c - see spill.h
 */
#include "config.h"

#include "src/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/io.h"

/* Payloads in the file begin at a multiple of this, so that holes can be
 * punched for them: no common file system has larger blocks. */
#define BLOCK_BYTES 4096u

static const char file_name[] = "the temporary file";

/* What is kept of a chunk; small, because there can be many. */
struct ocr_waiting {
	uint64_t seq, at, raw_len;
	struct ocr_origin *origin;
	union {
		unsigned char *data;
		uint64_t file_at;
	} u;
	uint32_t len; /* OCR_CHUNK_MAX_BYTES fits */
	uint32_t raw_crc;
	uint8_t type; /* enum ocr_type */
	bool has_raw, is_in_file;
};

void
ocr_spill_init(struct ocr_spill *s, const char *dir, uint64_t memory_bytes)
{
	*s = (struct ocr_spill){
	    .dir = dir,
	    .memory_bytes = memory_bytes,
	    .fd = -1,
	};
}

static int
open_unlinked(const char *dir)
{
	static const char base[] = "/ocr-XXXXXX";
	size_t n = strlen(dir);
	char *path = malloc(n + sizeof(base));
	int fd;

	if (path == NULL) {
		errno = ENOMEM;
		return -1;
	}
	memcpy(path, dir, n);
	memcpy(path + n, base, sizeof(base));
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	free(path);
	return fd;
}

int
ocr_spill_open_file(const char *dir, struct ocr_err *err)
{
	int fd;

	fd = open(dir, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) /* not every file system can do that */
		fd = open_unlinked(dir);
	if (fd < 0)
		return ocr_err_sys(err, "cannot make a temporary file in %s",
		    dir);
	return fd;
}

static int
write_to_file(struct ocr_spill *s, const struct ocr_chunk *c,
    struct ocr_waiting *w, struct ocr_err *err)
{
	int r;

	if (s->fd < 0) {
		r = ocr_spill_open_file(s->dir, err);
		if (r < 0)
			return r;
		s->fd = r;
	}
	if (lseek(s->fd, (off_t)s->file_end, SEEK_SET) < 0)
		return ocr_err_sys(err, "cannot write to %s", file_name);
	r = ocr_write_full(s->fd, c->data, c->len, file_name, err);
	if (r < 0)
		return r;
	w->is_in_file = true;
	w->u.file_at = s->file_end;
	s->file_end +=
	    (c->len + BLOCK_BYTES - 1) & ~(uint64_t)(BLOCK_BYTES - 1);
	s->n_in_file++;
	s->n_spilled++;
	return 0;
}

static int
keep_payload(struct ocr_spill *s, const struct ocr_chunk *c,
    struct ocr_waiting *w, struct ocr_err *err)
{
	if (c->len == 0)
		return 0;
	if (c->len > s->memory_bytes ||
	    s->held_bytes > s->memory_bytes - c->len)
		return write_to_file(s, c, w, err);
	w->u.data = malloc(c->len);
	if (w->u.data == NULL)
		return ocr_err_nomem(err);
	memcpy(w->u.data, c->data, c->len);
	s->held_bytes += c->len;
	return 0;
}

static int
heap_reserve(struct ocr_spill *s, struct ocr_err *err)
{
	size_t cap = s->cap == 0 ? 64 : 2 * s->cap;
	struct ocr_waiting *heap;

	if (s->n < s->cap)
		return 0;
	heap = reallocarray(s->heap, cap, sizeof(*heap));
	if (heap == NULL)
		return ocr_err_nomem(err);
	s->heap = heap;
	s->cap = cap;
	return 0;
}

/* Put w where place i is free, or further up. */
static void
heap_rise(struct ocr_spill *s, size_t i, const struct ocr_waiting *w)
{
	while (i > 0 && s->heap[(i - 1) / 2].seq > w->seq) {
		s->heap[i] = s->heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	s->heap[i] = *w;
}

/* Place 0 is free: put w there or further down, in a heap of n. */
static void
heap_sink(struct ocr_spill *s, const struct ocr_waiting *w)
{
	size_t i = 0, child;

	while ((child = 2 * i + 1) < s->n) {
		if (child + 1 < s->n &&
		    s->heap[child + 1].seq < s->heap[child].seq)
			child++;
		if (w->seq <= s->heap[child].seq)
			break;
		s->heap[i] = s->heap[child];
		i = child;
	}
	s->heap[i] = *w;
}

int
ocr_spill_put(struct ocr_spill *s, const struct ocr_chunk *c,
    struct ocr_err *err)
{
	struct ocr_waiting w = {
	    .seq = c->seq,
	    .at = c->at,
	    .raw_len = c->raw_len,
	    .raw_crc = c->raw_crc,
	    .has_raw = c->has_raw,
	    .type = (uint8_t)c->type,
	    .len = (uint32_t)c->len,
	};
	int r = heap_reserve(s, err);

	if (r == 0)
		r = keep_payload(s, c, &w, err);
	if (r < 0)
		return r;
	if (c->origin != NULL)
		w.origin = ocr_origin_ref(c->origin);
	heap_rise(s, s->n++, &w);
	return 0;
}

uint64_t
ocr_spill_first(const struct ocr_spill *s)
{
	return s->heap[0].seq;
}

/* The payload at file_at is not needed any more. */
static void
free_file_space(struct ocr_spill *s, uint64_t file_at, size_t len)
{
	if (--s->n_in_file == 0) {
		s->file_end = 0;
		(void)!ftruncate(s->fd, 0);
		return;
	}
	len = (len + BLOCK_BYTES - 1) & ~(size_t)(BLOCK_BYTES - 1);
	(void)!fallocate(s->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
	    (off_t)file_at, (off_t)len);
}

static int
read_back(struct ocr_spill *s, const struct ocr_waiting *w, struct ocr_err *err)
{
	int64_t n;

	s->taken = malloc(w->len);
	if (s->taken == NULL)
		return ocr_err_nomem(err);
	n = ocr_pread_full(s->fd, s->taken, w->len, w->u.file_at, file_name,
	    err);
	if (n < 0)
		return (int)n;
	if ((size_t)n < w->len)
		return ocr_err_set(err, -OCR_EIO, "%s has become shorter",
		    file_name);
	free_file_space(s, w->u.file_at, w->len);
	return 0;
}

int
ocr_spill_take(struct ocr_spill *s, struct ocr_chunk *c, struct ocr_err *err)
{
	struct ocr_waiting w = s->heap[0];
	int r = 0;

	s->n--;
	if (s->n > 0)
		heap_sink(s, &s->heap[s->n]);
	free(s->taken);
	s->taken = NULL;
	if (w.is_in_file) {
		r = read_back(s, &w, err);
	} else if (w.len > 0) {
		s->taken = w.u.data;
		s->held_bytes -= w.len;
	}
	*c = (struct ocr_chunk){
	    .type = (enum ocr_type)w.type,
	    .seq = w.seq,
	    .at = w.at,
	    .has_raw = w.has_raw,
	    .raw_len = w.raw_len,
	    .raw_crc = w.raw_crc,
	    .origin = w.origin,
	    .data = s->taken,
	    .len = w.len,
	    .cap = w.len,
	};
	return r;
}

void
ocr_spill_release(struct ocr_spill *s)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		ocr_origin_unref(s->heap[i].origin);
		if (s->heap[i].len > 0 && !s->heap[i].is_in_file)
			free(s->heap[i].u.data);
	}
	if (s->fd > 0) /* 0: s was only zeroed */
		close(s->fd);
	free(s->heap);
	free(s->taken);
	memset(s, 0, sizeof(*s));
	s->fd = -1;
}
