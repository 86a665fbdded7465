/*
 * input_map.c - a whole file in memory; see input_map.h
 *
 * What is not a regular file is copied into an unlinked one first.  What is
 * mapped and begins like gzip is inflated into another.  So a compressed pipe
 * needs room for both.
 */
#include "config.h"

#include "src/input_map.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/crc.h"
#include "common/io.h"
#include "common/meter.h"
#include "src/gunzip_serial.h"
#include "src/gzip_header.h"
#include "src/spill.h"

#define BUFFER_BYTES ((size_t)1 << 20)

static const char file_name[] = "the temporary file (see TMPDIR)";

/* What inflates: from in, a mapped file, to fd. */
struct gunzip {
	const struct ocr_input_map *in;
	struct ocr_meter *meter; /* or NULL */
	uint64_t left;           /* bytes that may come out */
	size_t at;
	int fd;
	struct ocr_serial *serial;
	uint8_t *buffer;
};

static int
open_temporary(struct ocr_err *err)
{
	const char *dir = getenv("TMPDIR");

	return ocr_spill_open_file(dir != NULL && *dir != '\0' ? dir : "/tmp",
	    err);
}

/* in->name is set; fd stays the caller's. */
static int
map(struct ocr_input_map *in, int fd, struct ocr_err *err)
{
	struct stat st;
	void *p;

	if (fstat(fd, &st) < 0)
		return ocr_err_sys(err, "cannot read %s", in->name);
	if ((uint64_t)st.st_size > SIZE_MAX / 2)
		return ocr_err_set(err, -OCR_ELIMIT,
		    "%s: too large to be mapped on this machine", in->name);
	in->len = (size_t)st.st_size;
	if (in->len == 0) {
		in->data = malloc(1);
		return in->data == NULL ? ocr_err_nomem(err) : 0;
	}
	p = mmap(NULL, in->len, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return ocr_err_sys(err, "cannot map %s", in->name);
	in->data = p;
	in->mapped = in->len;
	return 0;
}

static void
unmap(struct ocr_input_map *in)
{
	if (in->mapped > 0)
		munmap((void *)(uintptr_t)in->data, in->mapped);
	else
		free((void *)(uintptr_t)in->data);
	in->data = NULL;
	in->len = in->mapped = 0;
}

static int
bad(const struct gunzip *z, const char *why, struct ocr_err *err)
{
	return ocr_err_set(err, -OCR_EFORMAT, "%s: %s", z->in->name, why);
}

static void
advance(struct ocr_meter *m, uint64_t n)
{
	if (m == NULL)
		return;
	ocr_meter_add(m, n);
	ocr_meter_tick(m);
}

/* n more bytes for the file. */
static int
put(int fd, const uint8_t *p, size_t n, uint64_t *left, const char *name,
    struct ocr_err *err)
{
	if (n > *left)
		return ocr_err_set(err, -OCR_ELIMIT, "%s: too much data", name);
	*left -= n;
	return ocr_write_full(fd, p, n, file_name, err);
}

/* The deflate data of a member, and its trailer. */
static int
inflate_member(struct gunzip *z, struct ocr_err *err)
{
	const struct ocr_input_map *in = z->in;
	uint64_t n_raw = 0;
	uint32_t crc = 0;
	size_t n, from;
	int state, r;

	ocr_serial_reset(z->serial);
	do {
		from = z->at;
		state = ocr_serial_run(z->serial, in->data, in->len, &z->at,
		    z->buffer, BUFFER_BYTES, &n);
		crc = ocr_crc32(crc, z->buffer, n);
		n_raw += n;
		advance(z->meter, z->at - from);
		r = put(z->fd, z->buffer, n, &z->left, in->name, err);
		if (r < 0)
			return r;
		if (state == OCR_SERIAL_MORE && z->at == in->len)
			return bad(z, "unexpected end of file", err);
	} while (state == OCR_SERIAL_MORE || state == OCR_SERIAL_FULL);
	if (state < 0)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: invalid deflate data near compressed byte %zu",
		    in->name, z->at);
	if (in->len - z->at < OCR_GZIP_TRAILER_BYTES)
		return bad(z, "unexpected end of file", err);
	if (ocr_get_le32(in->data + z->at) != crc)
		return bad(z, "crc mismatch: the file is damaged", err);
	if (ocr_get_le32(in->data + z->at + 4) != (uint32_t)n_raw)
		return bad(z, "length mismatch: the file is damaged", err);
	z->at += OCR_GZIP_TRAILER_BYTES;
	return 0;
}

static int
inflate_members(struct gunzip *z, struct ocr_err *err)
{
	const struct ocr_input_map *in = z->in;
	struct ocr_gzip_header h;
	struct ocr_err why;
	int r = 0;

	while (r == 0 && z->at < in->len) {
		memset(&why, 0, sizeof(why));
		r = ocr_gzip_header_parse(&h, in->data + z->at, in->len - z->at,
		    &why);
		if (r < 0)
			return bad(z, why.text, err);
		if (r == 0)
			return bad(z, "unexpected end of file", err);
		z->at += h.len;
		r = inflate_member(z, err);
		/* Zeros behind the last one: padding of tapes and blocks. */
		while (r == 0 && z->at < in->len && in->data[z->at] == 0)
			z->at++;
	}
	return r;
}

/* in becomes what it holds. */
static int
gunzip(struct ocr_input_map *in, uint64_t most, struct ocr_meter *meter,
    struct ocr_err *err)
{
	struct gunzip z = {.in = in, .meter = meter, .left = most, .fd = -1};
	int r;

	if (meter != NULL)
		ocr_meter_phase(meter, "inflating", OCR_METER_BYTES, in->len);
	z.serial = ocr_serial_new();
	z.buffer = malloc(BUFFER_BYTES);
	if (z.serial == NULL || z.buffer == NULL) {
		r = ocr_err_nomem(err);
		goto out;
	}
	r = z.fd = open_temporary(err);
	if (r >= 0)
		r = inflate_members(&z, err);
	if (r < 0)
		goto out;
	unmap(in);
	r = map(in, z.fd, err);
out:
	if (z.fd >= 0)
		close(z.fd);
	ocr_serial_free(z.serial);
	free(z.buffer);
	return r;
}

static int
copy_all(int from, int to, const char *name, uint64_t left,
    struct ocr_meter *meter, struct ocr_err *err)
{
	uint8_t *buffer = malloc(BUFFER_BYTES);
	int64_t n = 1;
	int r = 0;

	if (buffer == NULL)
		return ocr_err_nomem(err);
	if (meter != NULL)
		ocr_meter_phase(meter, "reading", OCR_METER_BYTES, 0);
	while (r == 0 && n > 0) {
		n = ocr_read_full(from, buffer, BUFFER_BYTES, name, -1, err);
		r = n < 0 ? (int)n
			  : put(to, buffer, (size_t)n, &left, name, err);
		if (r == 0)
			advance(meter, (uint64_t)n);
	}
	free(buffer);
	return r;
}

/* What fd holds, by way of a file. */
static int
spool(struct ocr_input_map *in, int fd, uint64_t most, struct ocr_meter *meter,
    struct ocr_err *err)
{
	int file = open_temporary(err), r;

	if (file < 0)
		return file;
	r = copy_all(fd, file, in->name, most, meter, err);
	if (r == 0)
		r = map(in, file, err);
	close(file);
	return r;
}

/* Standard input may be a file that has been read in part: what is left of it
 * counts, as for a pipe. */
static bool
is_mappable(int fd)
{
	return ocr_fd_is_regular(fd) && lseek(fd, 0, SEEK_CUR) == 0;
}

static bool
is_device(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 &&
	       (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode));
}

static int
open_any(struct ocr_input_map *in, const char *path, uint64_t most,
    struct ocr_meter *meter, struct ocr_err *err)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int fd, r;

	memset(in, 0, sizeof(*in));
	fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return ocr_err_sys(err, "cannot open %s", path);
	in->name = strdup(is_stdin ? "standard input" : path);
	if (in->name == NULL)
		r = ocr_err_nomem(err);
	else if (most < UINT64_MAX && is_device(fd))
		r = ocr_err_set(err, -OCR_EFORMAT, "%s: is a device", path);
	else if (is_mappable(fd))
		r = map(in, fd, err);
	else
		r = spool(in, fd, most, meter, err);
	if (!is_stdin)
		close(fd);
	if (r == 0 && in->len >= 2 && in->data[0] == 0x1f &&
	    in->data[1] == 0x8b)
		r = gunzip(in, most, meter, err);
	if (r < 0)
		ocr_input_map_close(in);
	return r;
}

int
ocr_input_map_open_shown(struct ocr_input_map *in, const char *path,
    struct ocr_meter *meter, struct ocr_err *err)
{
	return open_any(in, path, UINT64_MAX, meter, err);
}

int
ocr_input_map_open_small(struct ocr_input_map *in, const char *path,
    uint64_t most, struct ocr_err *err)
{
	return open_any(in, path, most, NULL, err);
}

int
ocr_input_map_open(struct ocr_input_map *in, const char *path,
    struct ocr_err *err)
{
	return open_any(in, path, UINT64_MAX, NULL, err);
}

int
ocr_input_map_copy(struct ocr_input_map *in, const char *name, const void *data,
    size_t len, struct ocr_err *err)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);

	memset(in, 0, sizeof(*in));
	in->name = strdup(name);
	in->data = copy;
	if (copy == NULL || in->name == NULL) {
		ocr_input_map_close(in);
		return ocr_err_nomem(err);
	}
	if (len > 0)
		memcpy(copy, data, len);
	in->len = len;
	return 0;
}

void
ocr_input_map_close(struct ocr_input_map *in)
{
	unmap(in);
	free(in->name);
	memset(in, 0, sizeof(*in));
}
