/*
 * mkxclbin.c - ocr-mkxclbin as a function; called by bin
 */
#include "config.h"

#include "src/mkxclbin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/opt.h"
#include "src/xclbin_desc.h"
#include "src/xclbin_write.h"

static int
count_units(const char *arg, uint64_t *n, struct ocr_err *err)
{
	return ocr_opt_number("--units", strchr(arg, '=') + 1, 1,
	    OCR_XMODEL_MAX_UNITS, n, err);
}

int
ocr_mkxclbin_add_units(struct ocr_mkxclbin_opt *o, const char *arg,
    struct ocr_err *err)
{
	const char *eq = strchr(arg, '=');
	uint64_t n;

	if (eq == NULL || eq == arg)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--units: '%s' is not KERNEL=N", arg);
	if (count_units(arg, &n, err) < 0)
		return err->code;
	if (o->n_units == OCR_XMODEL_MAX_UNITS)
		return ocr_err_set(err, -OCR_EUSAGE, "--units: too many");
	o->units[o->n_units++] = arg;
	return 0;
}

static int
set_units(struct ocr_xmodel *m, const struct ocr_mkxclbin_opt *o,
    struct ocr_err *err)
{
	struct ocr_xkernel *k;
	uint64_t n;
	int r = 0;

	for (size_t i = 0; r == 0 && i < o->n_units; i++) {
		int len = (int)(strchr(o->units[i], '=') - o->units[i]);

		for (k = m->kernels; k < m->kernels + m->n_kernels; k++) {
			if (strlen(k->name) == (size_t)len &&
			    memcmp(k->name, o->units[i], (size_t)len) == 0)
				break;
		}
		if (k == m->kernels + m->n_kernels)
			return ocr_err_set(err, -OCR_EUSAGE,
			    "--units: %s has no kernel '%.*s'", o->description,
			    len, o->units[i]);
		r = count_units(o->units[i], &n, err);
		if (r == 0)
			r = ocr_xkernel_set_units(k, (size_t)n, err);
	}
	return r;
}

/* The description as --units changes it. */
static int
read_model(struct ocr_xmodel *m, const struct ocr_mkxclbin_opt *o,
    struct ocr_err *err)
{
	struct ocr_err why = {0};
	int r = ocr_xclbin_desc_read(m, o->description, err);

	if (r == 0)
		r = set_units(m, o, err);
	if (r < 0)
		return r;
	if (m->object == NULL)
		return ocr_err_set(err, -OCR_EFORMAT, "%s: there is no object",
		    o->description);
	r = ocr_xmodel_finish(m, &why);
	return r == 0 ? 0
		      : ocr_err_set(err, r, "%s: %s", o->description, why.text);
}

/* x/vadd.desc: x/vadd.xclbin */
static char *
make_path(const char *description)
{
	const char *slash = strrchr(description, '/');
	const char *dot = strrchr(slash == NULL ? description : slash, '.');
	int len = (int)strlen(description);
	char *path;

	if (dot != NULL && strcmp(dot, ".desc") == 0)
		len = (int)(dot - description);
	if (asprintf(&path, "%.*s.xclbin", len, description) < 0)
		return NULL;
	return path;
}

int
ocr_mkxclbin_run(const struct ocr_mkxclbin_opt *o, struct ocr_err *err)
{
	struct ocr_xmodel m = {0};
	char *own = NULL;
	int r = read_model(&m, o, err);

	if (r == 0 && o->path == NULL) {
		own = make_path(o->description);
		if (own == NULL)
			r = ocr_err_nomem(err);
	}
	if (r == 0)
		r = ocr_xclbin_write(&m, own != NULL ? own : o->path,
		    OCR_EXISTS_REPLACE, err);
	free(own);
	ocr_xmodel_release(&m);
	return r;
}
