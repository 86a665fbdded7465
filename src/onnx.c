/*
 * onnx.c - ONNX files: bytes to messages
 *
 * protobuf-c takes what memory a file asks for, and recurses as deep as it is
 * nested.  Both are bounded by the allocator that it is given: it knows how
 * much was taken, and where the stack began.  What is large it takes from the
 * net's memory, where it stays: data of constants is not copied again.
 */
#include "config.h"

#include "src/onnx.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/huge.h"
#include "common/io.h"
#include "src/onnx_impl.h"

#define MAX_STACK (256U << 10)
/* A byte can stand for a varint of 8, two for an empty node. */
#define MAX_GROWTH 64
#define MAX_EXTRA (1U << 20)

struct bounds {
	uint64_t left;
	uintptr_t stack;
	struct ocr_net *net;
};

static void *
bounded_alloc(void *data, size_t size)
{
	struct bounds *b = data;
	struct ocr_err ignored = {0};
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	uintptr_t depth = b->stack > here ? b->stack - here : here - b->stack;

	if (size > b->left || depth > MAX_STACK)
		return NULL;
	b->left -= size;
	if (size >= OCR_NET_LARGE)
		return ocr_net_alloc(b->net, size, &ignored);
	return malloc(size == 0 ? 1 : size);
}

static void
bounded_free(void *data, void *p)
{
	struct bounds *b = data;

	if (!ocr_net_has_large(b->net, p))
		free(p);
}

int
ocr_onnx_metadata(const struct ocr_onnx *x, struct ocr_net *n,
    struct ocr_err *err)
{
	size_t i, count = x->model->n_metadata_props;
	const Onnx__StringStringEntryProto *p;
	const char *producer = x->model->producer_name;

	n->producer = ocr_net_strdup(n, producer == NULL ? "" : producer, err);
	n->file = ocr_net_strdup(n, x->file, err);
	n->keys = ocr_net_alloc(n, count * sizeof(*n->keys), err);
	n->values = ocr_net_alloc(n, count * sizeof(*n->values), err);
	if (n->producer == NULL || n->file == NULL || n->keys == NULL ||
	    n->values == NULL)
		return -OCR_ENOMEM;
	for (i = 0; i < count; i++) {
		p = x->model->metadata_props[i];
		if (p->key == NULL || p->value == NULL)
			continue;
		n->keys[n->n_meta] = ocr_net_strdup(n, p->key, err);
		n->values[n->n_meta] = ocr_net_strdup(n, p->value, err);
		if (n->keys[n->n_meta] == NULL ||
		    n->values[n->n_meta++] == NULL)
			return -OCR_ENOMEM;
	}
	return 0;
}

int
ocr_onnx_with(struct ocr_onnx *x, const void *data, size_t len,
    ocr_onnx_fn *body, struct ocr_err *err)
{
	struct bounds b = {(uint64_t)len * MAX_GROWTH + MAX_EXTRA,
	    (uintptr_t)__builtin_frame_address(0), NULL};
	ProtobufCAllocator alloc = {bounded_alloc, bounded_free, &b};
	Onnx__ModelProto *m = NULL;
	int r = ocr_net_new(&x->net, err);

	if (r < 0)
		return r;
	b.net = x->net;
	if (len > 0)
		m = onnx__model_proto__unpack(&alloc, len, data);
	if (m == NULL || m->graph == NULL) {
		r = ocr_err_set(err, -OCR_EFORMAT,
		    "%s: not an ONNX model, or damaged", x->file);
	} else {
		x->model = m;
		r = ocr_onnx_metadata(x, x->net, err);
		if (r == 0)
			r = body(x, err);
		free(x->names.slots);
	}
	if (m != NULL)
		onnx__model_proto__free_unpacked(m, &alloc);
	if (r < 0) {
		ocr_net_free(x->net);
		x->net = NULL;
	}
	return r;
}

int
ocr_onnx_parse(struct ocr_net **out, const void *data, size_t len,
    const char *name, int folder, enum ocr_onnx_as as, struct ocr_err *err)
{
	struct ocr_onnx x = {.file = name, .folder = folder, .as = as};
	int r = ocr_onnx_with(&x, data, len, ocr_onnx_graph, err);

	*out = x.net;
	return r;
}

/* The folder of a file, open. */
static int
open_folder(const char *path)
{
	const char *end = strrchr(path, '/');
	char *folder = end == NULL   ? strdup(".")
		       : end == path ? strdup("/")
				     : strndup(path, (size_t)(end - path));
	int fd = -1;

	if (folder != NULL)
		fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(folder);
	return fd;
}

static int
read_file(struct ocr_onnx_file *f, int fd, const char *path,
    struct ocr_err *err)
{
	struct stat st;
	int64_t got;

	if (fstat(fd, &st) < 0)
		return ocr_err_sys(err, "cannot read '%s'", path);
	if (!S_ISREG(st.st_mode))
		return ocr_err_set(err, -OCR_EFORMAT, "%s: not a regular file",
		    path);
	if ((uint64_t)st.st_size > OCR_NET_MAX_BYTES)
		return ocr_err_set(err, -OCR_ELIMIT,
		    "%s: more than 2 GiB: an ONNX file has less", path);
	f->room = (size_t)st.st_size;
	f->data = ocr_huge_alloc(f->room, "a model", err);
	if (f->data == NULL)
		return -OCR_ENOMEM;
	got = ocr_pread_full(fd, f->data, f->room, 0, path, err);
	if (got >= 0)
		f->len = (size_t)got;
	return got < 0 ? (int)got : 0;
}

int
ocr_onnx_with_file(struct ocr_onnx *x, struct ocr_onnx_file *f,
    ocr_onnx_fn *body, struct ocr_err *err)
{
	int fd = open(x->file, O_RDONLY | O_CLOEXEC | O_NONBLOCK), r;

	memset(f, 0, sizeof(*f));
	if (fd < 0)
		return ocr_err_sys(err, "cannot open '%s'", x->file);
	r = read_file(f, fd, x->file, err);
	close(fd);
	if (r == 0) {
		x->folder = open_folder(x->file);
		r = ocr_onnx_with(x, f->data, f->len, body, err);
		if (x->folder >= 0)
			close(x->folder);
	}
	if (r < 0)
		ocr_onnx_file_release(f);
	return r;
}

void
ocr_onnx_file_release(struct ocr_onnx_file *f)
{
	ocr_huge_free(f->data, f->room);
	f->data = NULL;
}

int
ocr_onnx_read(struct ocr_net **out, const char *path, struct ocr_err *err)
{
	struct ocr_onnx x = {.file = path, .as = OCR_ONNX_BATCH};
	struct ocr_onnx_file f;
	int r = ocr_onnx_with_file(&x, &f, ocr_onnx_graph, err);

	*out = x.net;
	if (r == 0)
		ocr_onnx_file_release(&f);
	return r;
}
