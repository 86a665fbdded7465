/*
 * run_native.c - see run_native.h
 */
#include "config.h"

#include "src/run_native.h"

#include <dlfcn.h>
#include <ffi.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/crc.h"

#define TOO_SMALL UINT32_MAX
#define NOT_SET (UINT32_MAX - 1) /* what *out_len is before the call */
#define MAX_ARGS (OCR_RUN_PLAIN_ARGS + OCR_RUN_MAX_ARGS)
#define ROOM_BYTES ((size_t)64 << 10) /* for small chunks */

/* Of one worker: how to call it, with the further arguments in place. */
struct caller {
	const struct ocr_run_native *native;
	ffi_cif cif;
	ffi_type *types[MAX_ARGS];
	union {
		void *pointer;
		uint32_t n32;
		uint64_t n64;
		double real;
	} values[MAX_ARGS];
	void *pointers[MAX_ARGS];
	uint8_t *check; /* room for a result to compare with */
	size_t check_cap;
};

size_t
ocr_run_first_room(unsigned expand, size_t limit_bytes, size_t in_len)
{
	uint64_t n = (uint64_t)in_len * expand + ROOM_BYTES;

	return n < limit_bytes ? (size_t)n : limit_bytes;
}

int
ocr_run_more_room(struct ocr_job *job, size_t limit_bytes, const char *who)
{
	struct ocr_chunk *out = job->out;
	size_t cap = out->cap;
	char where[512];

	if (cap >= limit_bytes)
		return ocr_err_set(&job->err, -OCR_ELIMIT,
		    "%s: the output of '%s' is over %zu bytes; --limit sets "
		    "how "
		    "many there may be",
		    ocr_chunk_describe(job->in, where, sizeof(where)), who,
		    limit_bytes);
	cap = cap < limit_bytes / 2 ? cap * 2 : limit_bytes;
	return ocr_chunk_grow(out, cap, &job->err);
}

void
ocr_run_finish(struct ocr_job *job)
{
	struct ocr_chunk *out = job->out;

	out->type = OCR_RAW;
	out->raw_len = out->len;
	out->raw_crc = ocr_crc32(0, out->data, out->len);
	out->has_raw = true;
}

int
ocr_run_check_input(struct ocr_job *job)
{
	if (job->in->type == OCR_RAW)
		return 0;
	return ocr_err_set(&job->err, -OCR_EFORMAT,
	    "chunk %" PRIu64 " is %s: kernels get raw chunks "
	    "(ocr-compress -d makes them)",
	    job->in->seq, ocr_type_name(job->in->type));
}

static size_t
native_out_bytes(const struct ocr_kernel *k, const struct ocr_chunk *in,
    size_t in_len)
{
	const struct ocr_run_native *n = k->arg;

	(void)in;
	return ocr_run_first_room(n->expand, n->limit_bytes, in_len);
}

static uint32_t
call(struct caller *c, const struct ocr_job *job, void *out, size_t cap)
{
	uint32_t out_len = NOT_SET;

	c->values[0].pointer = job->in->data;
	c->values[1].n32 = (uint32_t)job->in->len;
	c->values[2].pointer = out;
	c->values[3].n32 = (uint32_t)cap;
	c->values[4].pointer = &out_len;
	ffi_call(&c->cif, c->native->fn, NULL, c->pointers);
	return out_len;
}

static int
native_run(void *state, struct ocr_job *job)
{
	struct caller *c = state;
	const struct ocr_run_native *n = c->native;
	struct ocr_chunk *out = job->out;
	char where[512];
	uint32_t len;
	size_t cap;
	int r = ocr_run_check_input(job);

	while (r == 0) {
		cap = out->cap < n->limit_bytes ? out->cap : n->limit_bytes;
		len = call(c, job, out->data, cap);
		if (len <= cap) {
			out->len = len;
			ocr_run_finish(job);
			return 0;
		}
		ocr_chunk_describe(job->in, where, sizeof(where));
		if (len == NOT_SET)
			return ocr_err_set(&job->err, -OCR_EFORMAT,
			    "%s: %s has not set its out_len", where, n->name);
		if (len != TOO_SMALL)
			return ocr_err_set(&job->err, -OCR_EFORMAT,
			    "%s: %s says it has written %" PRIu32
			    " bytes, into room for %zu",
			    where, n->name, len, cap);
		r = ocr_run_more_room(job, n->limit_bytes, n->name);
	}
	return r;
}

/* The function has the same room that the card had, or as much as a host has
 * made, and the same bytes come out, or the other one is wrong. */
static int
native_verify(void *state, const struct ocr_job *job, struct ocr_err *err)
{
	struct caller *c = state;
	const struct ocr_run_native *n = c->native;
	const struct ocr_chunk *out = job->out;
	size_t cap =
	    ocr_run_first_room(n->expand, n->limit_bytes, job->in->len);
	uint32_t len;

	if (cap < out->len)
		cap = out->len;
	if (cap > c->check_cap) {
		free(c->check);
		c->check = malloc(cap);
		c->check_cap = c->check != NULL ? cap : 0;
		if (c->check == NULL)
			return ocr_err_nomem(err);
	}
	len = call(c, job, c->check, cap);
	if (len == out->len && memcmp(c->check, out->data, len) == 0)
		return 0;
	return ocr_err_set(err, -OCR_EFORMAT, "not what %s makes of it",
	    n->name);
}

static void
native_close(void *state)
{
	struct caller *c = state;

	free(c->check);
	free(c);
}

static void
set_types(struct caller *c, const struct ocr_run_args *args)
{
	ffi_type *const plain[OCR_RUN_PLAIN_ARGS] = {&ffi_type_pointer,
	    &ffi_type_uint32, &ffi_type_pointer, &ffi_type_uint32,
	    &ffi_type_pointer};
	size_t i;

	memcpy(c->types, plain, sizeof(plain));
	for (i = 0; i < args->n; i++) {
		const struct ocr_run_arg *arg = &args->list[i];
		size_t at = OCR_RUN_PLAIN_ARGS + i;

		c->types[at] =
		    arg->is_real ? &ffi_type_double : &ffi_type_uint64;
		if (arg->is_real)
			c->values[at].real = arg->real;
		else
			c->values[at].n64 = arg->integer;
	}
	for (i = 0; i < MAX_ARGS; i++)
		c->pointers[i] = &c->values[i];
}

static int
native_open(const struct ocr_kernel *k, void **state, struct ocr_err *err)
{
	const struct ocr_run_native *n = k->arg;
	struct caller *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return ocr_err_nomem(err);
	c->native = n;
	set_types(c, n->args);
	if (ffi_prep_cif(&c->cif, FFI_DEFAULT_ABI,
		(unsigned)(OCR_RUN_PLAIN_ARGS + n->args->n), &ffi_type_void,
		c->types) != FFI_OK) {
		free(c);
		return ocr_err_set(err, -OCR_EIO,
		    "%s cannot be called with these arguments", n->name);
	}
	*state = c;
	return 0;
}

/* A name without a directory is a file here, and not a library of the
 * system's. */
static void *
load(const char *spec, size_t len)
{
	void *library;
	char *path;

	if (asprintf(&path, "%s%.*s", memchr(spec, '/', len) ? "" : "./",
		(int)len, spec) < 0)
		return NULL;
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	free(path);
	return library;
}

int
ocr_run_native_open(struct ocr_run_native *n, const char *spec,
    struct ocr_kernel *k, struct ocr_err *err)
{
	const char *colon = strrchr(spec, ':'), *why;
	void *fn;

	if (colon == NULL || colon == spec || colon[1] == '\0')
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--so: '%s' is not FILE:FUNCTION", spec);
	n->name = colon + 1;
	n->library = load(spec, (size_t)(colon - spec));
	if (n->library == NULL) {
		why = dlerror(); /* names the file; NULL: no memory */
		return ocr_err_set(err, -OCR_EIO, "--so: %s",
		    why != NULL ? why : "out of memory");
	}
	fn = dlsym(n->library, n->name);
	if (fn == NULL)
		return ocr_err_set(err, -OCR_EIO,
		    "--so: %.*s has no function '%s'", (int)(colon - spec),
		    spec, n->name);
	/* POSIX has it that a pointer to an object can be one to code. */
	memcpy(&n->fn, &fn, sizeof(n->fn));
	*k = (struct ocr_kernel){
	    .name = n->name,
	    .arg = n,
	    .out_bytes = native_out_bytes,
	    .open = native_open,
	    .run = native_run,
	    .verify = native_verify,
	    .close = native_close,
	};
	return 0;
}

void
ocr_run_native_close(struct ocr_run_native *n)
{
	if (n->library != NULL)
		dlclose(n->library);
	n->library = NULL;
}
