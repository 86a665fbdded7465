/*
 * softcard_call.c - register values to arguments of a C function
 */
#include "config.h"

#include "src/softcard_call.h"

#include <string.h>

static ffi_type *
scalar_type(const struct ocr_xarg *a)
{
	if (a->is_float)
		return a->bytes == 4   ? &ffi_type_float
		       : a->bytes == 8 ? &ffi_type_double
				       : NULL;
	switch (a->bytes) {
	case 1:
		return a->is_signed ? &ffi_type_sint8 : &ffi_type_uint8;
	case 2:
		return a->is_signed ? &ffi_type_sint16 : &ffi_type_uint16;
	case 4:
		return a->is_signed ? &ffi_type_sint32 : &ffi_type_uint32;
	case 8:
		return a->is_signed ? &ffi_type_sint64 : &ffi_type_uint64;
	default:
		return NULL;
	}
}

/* Behind the control registers; a value of 8 bytes takes two of its own. */
static bool
is_inside(const struct ocr_xarg *a)
{
	return a->kind == OCR_XARG_STREAM ||
	       (a->offset % 4 == 0 && a->offset >= 0x10 &&
		   a->offset <= OCR_XKERNEL_RANGE - 8);
}

int
ocr_softcard_call_init(struct ocr_softcard_call *c,
    const struct ocr_xkernel *kernel, const struct ocr_softcard_wiring *wiring,
    void (*fn)(void), struct ocr_err *err)
{
	const struct ocr_xarg *a;
	size_t i;

	*c = (struct ocr_softcard_call){.kernel = kernel,
	    .wiring = wiring,
	    .fn = fn};
	if (kernel->n_args > OCR_XKERNEL_MAX_ARGS)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: more than %d arguments", kernel->name,
		    OCR_XKERNEL_MAX_ARGS);
	for (i = 0; i < kernel->n_args; i++) {
		a = &kernel->args[i];
		c->types[i] = a->kind == OCR_XARG_SCALAR ? scalar_type(a)
							 : &ffi_type_pointer;
		if (c->types[i] == NULL || !is_inside(a))
			return ocr_err_set(err, -OCR_EFORMAT,
			    "%s: argument '%s' (%s, %u bytes, offset 0x%x) "
			    "cannot be passed",
			    kernel->name, a->name, a->type, (unsigned)a->bytes,
			    (unsigned)a->offset);
	}
	if (ffi_prep_cif(&c->cif, FFI_DEFAULT_ABI, (unsigned)kernel->n_args,
		&ffi_type_void, c->types) != FFI_OK)
		return ocr_err_set(err, -OCR_EFORMAT, "%s: cannot be called",
		    kernel->name);
	return 0;
}

/* Two registers; the second is 0 for what is shorter than 8 bytes. */
static uint64_t
get_bits(const uint32_t *registers, const struct ocr_xarg *a)
{
	const uint32_t *r = &registers[a->offset / 4];
	uint64_t v = __atomic_load_n(&r[0], __ATOMIC_RELAXED);

	if (a->bytes == 8 || a->kind == OCR_XARG_MEMORY)
		v |= (uint64_t)__atomic_load_n(&r[1], __ATOMIC_RELAXED) << 32;
	else if (a->bytes < 4)
		v &= (UINT64_C(1) << 8 * a->bytes) - 1;
	return v;
}

void
ocr_softcard_call_load(struct ocr_softcard_call *c, uint32_t *registers,
    const struct ocr_softcard_memory *m)
{
	const struct ocr_xarg *a;
	size_t i;

	for (i = 0; i < c->kernel->n_args; i++) {
		a = &c->kernel->args[i];
		switch (a->kind) {
		case OCR_XARG_SCALAR:
			c->values[i].bits = get_bits(registers, a);
			break;
		case OCR_XARG_MEMORY:
			c->at[i] = get_bits(registers, a);
			c->values[i].pointer =
			    c->wiring->is_host[i]
				? ocr_softcard_memory_host_pointer(m, c->at[i])
				: ocr_softcard_memory_pointer(m, c->at[i]);
			break;
		case OCR_XARG_REGISTER:
			c->values[i].pointer = &registers[a->offset / 4];
			break;
		case OCR_XARG_STREAM:
			c->values[i].pointer = c->wiring->streams[i];
			break;
		}
	}
}

void
ocr_softcard_call_run(struct ocr_softcard_call *c)
{
	void *values[OCR_XKERNEL_MAX_ARGS + 1];
	size_t i;

	/* Both machines are little endian: short values are at the front. */
	for (i = 0; i < c->kernel->n_args; i++)
		values[i] = &c->values[i];
	ffi_call(&c->cif, c->fn, NULL, values);
}

uint64_t
ocr_softcard_call_size(const struct ocr_softcard_call *c)
{
	const struct ocr_xarg *a;
	size_t i;

	for (i = 0; i < c->kernel->n_args; i++) {
		a = &c->kernel->args[i];
		if (a->kind == OCR_XARG_SCALAR && !a->is_float)
			return c->values[i].bits;
	}
	return 0;
}

int
ocr_softcard_call_output(const struct ocr_softcard_call *c)
{
	const struct ocr_xarg *a;
	size_t i;

	for (i = 0; i < c->kernel->n_args; i++) {
		a = &c->kernel->args[i];
		if (a->kind == OCR_XARG_MEMORY &&
		    strstr(a->type, "const") == NULL)
			return (int)i;
	}
	return -1;
}

int
ocr_softcard_call_last(const struct ocr_softcard_call *c)
{
	size_t i;

	for (i = c->kernel->n_args; i-- > 0;) {
		if (c->kernel->args[i].kind == OCR_XARG_MEMORY)
			return (int)i;
	}
	return -1;
}

uint8_t *
ocr_softcard_call_bytes(const struct ocr_softcard_call *c, int arg,
    const struct ocr_softcard_memory *m, uint64_t offset, uint64_t len)
{
	uint64_t at;

	if (arg < 0 || __builtin_add_overflow(c->at[arg], offset, &at))
		return NULL;
	return c->wiring->is_host[arg] ? ocr_softcard_memory_host_at(m, at, len)
				       : ocr_softcard_memory_at(m, at, len);
}
