/*
 * xclbin_kernel.c - the model of kernels: checked, laid out, released; called
 * by xclbin_desc.c, xclbin_xml.c and the tools
 */
#include "config.h"

#include "src/xclbin_kernel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/xclbin_type.h"

#define FIRST_BASE UINT64_C(0x1800000) /* as v++ has it on Alveo cards */
#define FIRST_ARG 0x10u
#define FIRST_ARG_MAILBOX 0x20u

void
ocr_xmodel_release(struct ocr_xmodel *m)
{
	for (size_t i = 0; i < m->n_kernels; i++) {
		free(m->kernels[i].args);
		free(m->kernels[i].units);
	}
	free(m->kernels);
	free(m->banks);
	free(m->streams);
	free(m->object);
	memset(m, 0, sizeof(*m));
}

void *
ocr_xmodel_grow(void *array, size_t n, size_t size, struct ocr_err *err)
{
	void *p;

	if (array != NULL && (n & (n - 1)) != 0) /* full at powers of two */
		return array;
	p = reallocarray(array, n == 0 ? 1 : 2 * n, size);
	if (p == NULL)
		(void)ocr_err_nomem(err);
	return p;
}

struct ocr_xunit *
ocr_xkernel_add_unit(struct ocr_xkernel *k, const char *name, size_t len,
    struct ocr_err *err)
{
	struct ocr_xunit *u;

	if (!ocr_xtype_is_name(name, len) || len >= sizeof(u->name)) {
		(void)ocr_err_set(err, -OCR_EFORMAT, "'%.*s' is not a name",
		    (int)(len < 80 ? len : 80), name);
		return NULL;
	}
	u = ocr_xmodel_grow(k->units, k->n_units, sizeof(*u), err);
	if (u == NULL)
		return NULL;
	k->units = u;
	u += k->n_units++;
	memset(u, 0, sizeof(*u));
	memcpy(u->name, name, len);
	return u;
}

int
ocr_xkernel_set_units(struct ocr_xkernel *k, size_t n, struct ocr_err *err)
{
	char name[OCR_XKERNEL_NAME + 8];

	if (n == 0 || n > OCR_XMODEL_MAX_UNITS)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%zu units: a kernel has from 1 to %d", n,
		    OCR_XMODEL_MAX_UNITS);
	if (k->n_units > n)
		k->n_units = n;
	while (k->n_units < n) {
		snprintf(name, sizeof(name), "%s_%zu", k->name, k->n_units + 1);
		if (ocr_xkernel_add_unit(k, name, strlen(name), err) == NULL)
			return err->code;
	}
	return 0;
}

struct ocr_xkernel *
ocr_xmodel_find(const struct ocr_xmodel *m, const char *kernel)
{
	for (size_t i = 0; i < m->n_kernels; i++) {
		if (strcmp(m->kernels[i].name, kernel) == 0)
			return &m->kernels[i];
	}
	return NULL;
}

void
ocr_xkernel_lay_out(struct ocr_xkernel *k)
{
	uint32_t offset = k->has_mailbox ? FIRST_ARG_MAILBOX : FIRST_ARG;

	for (size_t i = 0; i < k->n_args; i++) {
		struct ocr_xarg *a = &k->args[i];

		a->offset = 0;
		if (a->kind == OCR_XARG_STREAM)
			continue;
		a->offset = offset;
		/* one or two words and the reserved one */
		offset += a->bytes > 4 ? 12 : 8;
	}
}

/* The kernel, and each unit under a name of its own. */
static int
check_kernel(const struct ocr_xmodel *m, size_t i, struct ocr_err *err)
{
	const struct ocr_xkernel *k = &m->kernels[i];

	if (ocr_xmodel_find(m, k->name) != k)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "kernel '%s' is there twice", k->name);
	for (size_t u = 0; u < k->n_units; u++) {
		const char *name = k->units[u].name;

		if (strlen(k->name) + strlen(name) + 2 > OCR_XKERNEL_NAME)
			return ocr_err_set(err, -OCR_EFORMAT,
			    "'%s:%s' has more than %d characters", k->name,
			    name, OCR_XKERNEL_NAME - 1);
		for (size_t j = 0; j <= i; j++) {
			const struct ocr_xkernel *o = &m->kernels[j];

			for (size_t v = 0; v < (j < i ? o->n_units : u); v++) {
				if (strcmp(o->units[v].name, name) == 0)
					return ocr_err_set(err, -OCR_EFORMAT,
					    "unit '%s' is there twice", name);
			}
		}
	}
	return 0;
}

const struct ocr_xarg *
ocr_xmodel_find_end(const struct ocr_xmodel *m, const struct ocr_xend *end,
    const struct ocr_xunit **unit)
{
	for (size_t i = 0; i < m->n_kernels; i++) {
		const struct ocr_xkernel *k = &m->kernels[i];

		for (size_t u = 0; u < k->n_units; u++) {
			if (strcmp(k->units[u].name, end->unit) != 0)
				continue;
			*unit = &k->units[u];
			for (size_t a = 0; a < k->n_args; a++) {
				if (strcmp(k->args[a].name, end->arg) == 0)
					return &k->args[a];
			}
			return NULL;
		}
	}
	return NULL;
}

bool
ocr_xunit_is_host(const struct ocr_xunit *u, const struct ocr_xarg *a)
{
	return a->kind == OCR_XARG_MEMORY &&
	       (u->has_bank ? u->is_host : a->is_host);
}

static bool
is_same_end(const struct ocr_xend *a, const struct ocr_xend *b)
{
	return strcmp(a->unit, b->unit) == 0 && strcmp(a->arg, b->arg) == 0;
}

static int
check_end(const struct ocr_xmodel *m, size_t i, const struct ocr_xend *end,
    struct ocr_err *err)
{
	const struct ocr_xunit *unit;
	const struct ocr_xarg *a = ocr_xmodel_find_end(m, end, &unit);
	unsigned n = 0;

	if (a == NULL || a->kind != OCR_XARG_STREAM)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "there is no stream '%s.%s'", end->unit, end->arg);
	for (size_t j = 0; j <= i; j++)
		n += (unsigned)is_same_end(&m->streams[j].from, end) +
		     (unsigned)is_same_end(&m->streams[j].to, end);
	if (n > 1)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "stream '%s.%s' is connected twice", end->unit, end->arg);
	return 0;
}

static int
check_streams(const struct ocr_xmodel *m, struct ocr_err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < m->n_streams; i++) {
		r = check_end(m, i, &m->streams[i].from, err);
		if (r == 0)
			r = check_end(m, i, &m->streams[i].to, err);
	}
	return r;
}

/* Nobody could set the arguments of a kernel without registers. */
static int
check_free(const struct ocr_xkernel *k, struct ocr_err *err)
{
	for (size_t i = 0; k->is_free && i < k->n_args; i++) {
		if (k->args[i].kind != OCR_XARG_STREAM)
			return ocr_err_set(err, -OCR_EFORMAT,
			    "kernel '%s' is free and has no registers: '%s'"
			    " must be a stream",
			    k->name, k->args[i].name);
	}
	return 0;
}

int
ocr_xmodel_finish(struct ocr_xmodel *m, struct ocr_err *err)
{
	uint64_t base = FIRST_BASE;
	size_t n_units = 0;
	int r;

	if (m->n_kernels == 0)
		return ocr_err_set(err, -OCR_EFORMAT, "there is no kernel");
	for (size_t i = 0; i < m->n_kernels; i++) {
		struct ocr_xkernel *k = &m->kernels[i];

		if (k->n_units == 0) {
			r = ocr_xkernel_set_units(k, 1, err);
			if (r < 0)
				return r;
		}
		n_units += k->n_units;
		if (n_units > OCR_XMODEL_MAX_UNITS)
			return ocr_err_set(err, -OCR_EFORMAT,
			    "more than %d units", OCR_XMODEL_MAX_UNITS);
		r = check_kernel(m, i, err);
		if (r == 0)
			r = check_free(k, err);
		if (r < 0)
			return r;
		ocr_xkernel_lay_out(k);
		for (size_t u = 0; u < k->n_units; u++) {
			k->units[u].base = k->is_free ? UINT64_MAX : base;
			base += k->is_free ? 0 : OCR_XKERNEL_RANGE;
		}
	}
	return check_streams(m, err);
}
