/*
 * softcard_copy.c - device memory and the socket, or a file
 */
#include "config.h"

#include "src/softcard_copy.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "common/io.h"

/* The bytes that are still in the socket, by way of the link's buffer, whose
 * contents have been used. */
static int
take_shared(struct ocr_softcard_memory *m, struct ocr_softcard_link *l,
    struct ocr_softcard_request *q, uint64_t at, uint64_t len,
    struct ocr_err *err)
{
	size_t n;
	int r;

	for (; len > 0; len -= n, at += n) {
		n = len < OCR_SOFTCARD_LINK_BYTES ? (size_t)len
						  : OCR_SOFTCARD_LINK_BYTES;
		r = ocr_softcard_link_take(l, q, l->buf, n, err);
		if (r < 0)
			return r;
		ocr_softcard_memory_write(m, at, l->buf, n);
	}
	return 0;
}

/* The contents f, of which the end may not be read yet, to device address
 * 'at'.  *is_good is false where they do not belong. */
static int
store(struct ocr_softcard_memory *m, struct ocr_softcard_link *l,
    struct ocr_softcard_request *q, const struct ocr_wire_field *f, uint64_t at,
    bool *is_good, struct ocr_err *err)
{
	uint8_t *to = ocr_softcard_memory_at(m, at, f->len);
	size_t here = (size_t)(q->wire.end - f->data);

	if (here > f->len)
		here = (size_t)f->len;
	*is_good = f->data != NULL && to != NULL;
	if (!*is_good)
		return 0;
	ocr_softcard_memory_write(m, at, f->data, here);
	if (m->is_coherent)
		return take_shared(m, l, q, at + here, f->len - here, err);
	return ocr_softcard_link_take(l, q, to + here, f->len - here, err);
}

/*
 * XRT writes fields in the order of their numbers: 3, where to, comes before
 * 4, the contents; what comes behind says nothing new.
 */
int
ocr_softcard_copy_to(struct ocr_softcard_memory *m, struct ocr_softcard_link *l,
    struct ocr_softcard_request *q, struct ocr_softcard_fields *fields,
    struct ocr_softcard_answer *a, struct ocr_err *err)
{
	struct ocr_wire_field f;
	enum ocr_wire_got got;
	int r;

	*fields = (struct ocr_softcard_fields){0};
	do {
		got = ocr_wire_next(&q->wire, &f);
		if (got != OCR_WIRE_FIELD && got != OCR_WIRE_PART)
			return 0;
		if (f.number < OCR_SOFTCARD_N_FIELDS)
			fields->f[f.number] = f;
	} while (f.number != 4 && got == OCR_WIRE_FIELD);
	if (f.number != 4 || fields->f[3].number == 0)
		return 0;
	r = store(m, l, q, &f, fields->f[3].value, &fields->is_good, err);
	if (r == 0 && fields->is_good)
		ocr_softcard_memory_to_host(m, fields->f[3].value, f.len);
	ocr_wire_put(&a->head, 1, f.len);
	return r;
}

void
ocr_softcard_copy_from(const struct ocr_softcard_memory *m,
    const struct ocr_softcard_buffers *b,
    const struct ocr_softcard_fields *fields, struct ocr_softcard_answer *a)
{
	uint64_t at = fields->f[4].value, len = fields->f[5].value;

	a->data = ocr_softcard_buffers_is_host(b, at)
		      ? ocr_softcard_memory_host_at(m, at, len)
		      : ocr_softcard_memory_at(m, at, len);
	/* A message has less than 2 GiB. */
	if (a->data == NULL || len > INT_MAX / 2) {
		ocr_softcard_answer_refuse(a);
		return;
	}
	a->len = (size_t)len;
	ocr_wire_put(&a->head, 1, len);
	ocr_wire_put_bytes_head(&a->head, 2, len);
}

/* Where in device memory, where in which file, how many bytes. */
struct file_copy {
	char path[PATH_MAX];
	uint64_t file_at, len;
	uint8_t *p;
};

/* The offset in device memory is field 'at', that in the file 'file_at'. */
static bool
get_file_copy(struct file_copy *c, const struct ocr_softcard_memory *m,
    const struct ocr_softcard_fields *fields, int at, int file_at)
{
	uint64_t sum;

	if (__builtin_add_overflow(fields->f[1].value, fields->f[at].value,
		&sum) ||
	    !ocr_softcard_fields_path(&fields->f[2], c->path))
		return false;
	c->len = fields->f[3].value;
	c->file_at = fields->f[file_at].value;
	c->p = ocr_softcard_memory_at(m, sum, c->len);
	return c->p != NULL && c->file_at <= INT64_MAX;
}

void
ocr_softcard_copy_to_file(const struct ocr_softcard_memory *m,
    const struct ocr_softcard_fields *fields, struct ocr_softcard_answer *a)
{
	struct ocr_err why = {0};
	struct file_copy c;
	int fd = -1;

	if (get_file_copy(&c, m, fields, 4, 5))
		fd = open(c.path, O_WRONLY | O_CLOEXEC);
	ocr_softcard_answer(a,
	    fd >= 0 && lseek(fd, (off_t)c.file_at, SEEK_SET) >= 0 &&
		ocr_write_full(fd, c.p, (size_t)c.len, c.path, &why) == 0);
	if (fd >= 0)
		close(fd);
}

void
ocr_softcard_copy_from_file(const struct ocr_softcard_memory *m,
    const struct ocr_softcard_fields *fields, struct ocr_softcard_answer *a)
{
	struct ocr_err why = {0};
	struct file_copy c;
	int fd = -1;

	if (get_file_copy(&c, m, fields, 5, 4))
		fd = open(c.path, O_RDONLY | O_CLOEXEC);
	ocr_softcard_answer(a,
	    fd >= 0 && ocr_pread_full(fd, c.p, (size_t)c.len, c.file_at, c.path,
			   &why) == (int64_t)c.len);
	if (fd >= 0)
		close(fd);
}
