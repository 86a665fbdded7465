/*
 * run_place.c - see run_place.h
 */
#include "config.h"

#include "src/run_place.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xclbin.h"
#include "src/xclbin_xml.h"

#define BANK_WORDS " \t"

static const struct ocr_run_arg *
find_arg(const struct ocr_run_args *args, size_t index, const char *name)
{
	size_t i;

	for (i = 0; i < args->n; i++) {
		const struct ocr_run_arg *a = &args->list[i];

		if (a->name[0] != '\0' ? strcmp(a->name, name) == 0
				       : a->index == index)
			return a;
	}
	return NULL;
}

/* A value as the driver's table has it. */
static int
encode(const struct ocr_run_arg *a, const struct ocr_xarg *x, uint64_t *bits,
    struct ocr_err *err)
{
	double real = a->is_real ? a->real : (double)(int64_t)a->integer;

	*bits = a->integer;
	if (x->is_float) {
		memcpy(bits, &real, sizeof(*bits));
	} else if (a->is_real) {
		return ocr_err_set(err, -OCR_EUSAGE,
		    "argument '%s' is %s: a whole number is needed", x->name,
		    x->type);
	} else if (x->bytes < sizeof(*bits) &&
		   (int64_t)*bits >> 8 * x->bytes != 0 &&
		   (int64_t)*bits >> (8 * x->bytes - 1) != -1) {
		return ocr_err_set(err, -OCR_EUSAGE,
		    "argument '%s' is %s: %" PRId64 " does not fit", x->name,
		    x->type, (int64_t)*bits);
	}
	return 0;
}

static int
check_shape(const struct ocr_xkernel *k, const char *path, struct ocr_err *err)
{
	static const struct {
		enum ocr_xarg_kind kind;
		uint32_t bytes;
	} plain[OCR_RUN_PLAIN_ARGS] = {{OCR_XARG_MEMORY, 8},
	    {OCR_XARG_SCALAR, 4}, {OCR_XARG_MEMORY, 8}, {OCR_XARG_SCALAR, 4},
	    {OCR_XARG_MEMORY, 8}};
	size_t i;

	for (i = 0; i < OCR_RUN_PLAIN_ARGS; i++) {
		if (i >= k->n_args || k->args[i].kind != plain[i].kind ||
		    (plain[i].kind == OCR_XARG_SCALAR &&
			k->args[i].bytes != plain[i].bytes))
			break;
	}
	if (i == OCR_RUN_PLAIN_ARGS)
		return 0;
	return ocr_err_set(err, -OCR_EFORMAT,
	    "%s: kernel %s does not have the shape (in, in_len, out, out_cap, "
	    "out_len): see argument %zu",
	    path, k->name, i);
}

/* All of the kernel's further arguments, and none that it does not have. */
static int
match_args(const struct ocr_run_desc *desc, const struct ocr_xkernel *k,
    struct ocr_card_arg *args, size_t *n_args, struct ocr_err *err)
{
	size_t i, n_used = 0;
	int r = 0;

	if (k->n_args > OCR_RUN_PLAIN_ARGS + OCR_RUN_MAX_ARGS)
		return ocr_err_set(err, -OCR_ELIMIT,
		    "%s: kernel %s has more than %d arguments", desc->path,
		    k->name, OCR_RUN_PLAIN_ARGS + OCR_RUN_MAX_ARGS);
	for (i = OCR_RUN_PLAIN_ARGS; r == 0 && i < k->n_args; i++) {
		const struct ocr_xarg *x = &k->args[i];
		const struct ocr_run_arg *a = find_arg(&desc->args, i, x->name);

		if (x->kind != OCR_XARG_SCALAR)
			return ocr_err_set(err, -OCR_EFORMAT,
			    "%s: kernel %s: argument %zu '%s' is no scalar",
			    desc->path, k->name, i, x->name);
		if (a == NULL)
			return ocr_err_set(err, -OCR_EUSAGE,
			    "kernel %s: argument %zu '%s' is not set (--arg)",
			    k->name, i, x->name);
		args->kind = x->is_float                    ? OCR_CARD_REAL
			     : x->bytes <= sizeof(uint32_t) ? OCR_CARD_VALUE
							    : OCR_CARD_VALUE64;
		r = encode(a, x, &args->value, err);
		args++;
		n_used++;
	}
	*n_args = n_used;
	if (r == 0 && n_used != desc->args.n)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "kernel %s has %zu arguments behind the first five; %zu "
		    "are set",
		    k->name, n_used, desc->args.n);
	return r;
}

/* Without an xclbin to look into: by index, without gaps, 32 bits if that is
 * enough. */
static int
guess_args(const struct ocr_run_desc *desc, struct ocr_card_arg *args,
    size_t *n_args, struct ocr_err *err)
{
	size_t i;

	for (i = 0; i < desc->args.n; i++) {
		const struct ocr_run_arg *a =
		    find_arg(&desc->args, OCR_RUN_PLAIN_ARGS + i, "");

		if (a == NULL || a->is_real)
			return ocr_err_set(err, -OCR_EUSAGE,
			    "kernel %s: names and reals as arguments need "
			    "--xclbin with a file",
			    desc->kernel);
		args[i].kind =
		    a->integer >> 32 == 0 || (int64_t)a->integer >> 31 == -1
			? OCR_CARD_VALUE
			: OCR_CARD_VALUE64;
		args[i].value = a->integer;
	}
	*n_args = desc->args.n;
	return 0;
}

int
ocr_run_place_args(const struct ocr_run_desc *desc, struct ocr_card_arg *args,
    size_t *n_args, struct ocr_err *err)
{
	struct ocr_xclbin x = {0};
	struct ocr_xmodel m = {0};
	const struct ocr_xkernel *k;
	int r;

	if (desc->path == NULL)
		return guess_args(desc, args, n_args, err);
	r = ocr_xclbin_read(&x, desc->path, err);
	if (r < 0)
		return r;
	if (x.xml == NULL) {
		r = guess_args(desc, args, n_args, err);
		goto out;
	}
	r = ocr_xclbin_xml_read(&m, x.xml, x.xml_len, err);
	if (r < 0)
		goto out;
	k = ocr_xmodel_find(&m, desc->kernel);
	if (k == NULL)
		r = ocr_err_set(err, -OCR_EFORMAT, "%s: has no kernel '%s'",
		    desc->path, desc->kernel);
	if (r == 0)
		r = check_shape(k, desc->path, err);
	if (r == 0)
		r = match_args(desc, k, args, n_args, err);
out:
	ocr_xmodel_release(&m);
	ocr_xclbin_release(&x);
	return r;
}

/* "DDR[0]", "bank0" and "DDR0" are the same; so are "HBM[3]" and "hbm3". */
static bool
is_same_bank(const char *word, size_t len, const char *tag)
{
	const char *end = word + len;

	if (strncmp(tag, "bank", 4) == 0 && len > 3 &&
	    strncasecmp(word, "ddr", 3) == 0) {
		tag += 4;
		word += 3;
	}
	for (; *tag != '\0'; tag++) {
		if (!isalnum((unsigned char)*tag))
			continue;
		while (word < end && !isalnum((unsigned char)*word))
			word++;
		if (word == end || tolower((unsigned char)*word) !=
				       tolower((unsigned char)*tag))
			return false;
		word++;
	}
	while (word < end && !isalnum((unsigned char)*word))
		word++;
	return word == end;
}

/* Bank of the next argument of the unit behind 'arg' that has one, or NULL. */
static const char *
next_bank(const struct ocr_xclbin *x, size_t unit, int64_t *arg)
{
	const struct ocr_xclbin_link *best = NULL;
	size_t i;

	for (i = 0; i < x->n_links; i++) {
		const struct ocr_xclbin_link *l = &x->links[i];

		if (l->unit == unit && l->arg > *arg &&
		    (best == NULL || l->arg < best->arg))
			best = l;
	}
	if (best == NULL || best->bank >= x->n_banks)
		return NULL;
	*arg = best->arg;
	return x->banks[best->bank].tag;
}

static void
compare_banks(const struct ocr_run_desc *d, const struct ocr_xclbin *x,
    const struct ocr_xclbin_unit *unit, const char *words, struct ocr_ui *ui)
{
	int64_t arg = -1;
	const char *tag;
	size_t len;

	for (; words += strspn(words, BANK_WORDS), *words != '\0';
	     words += len) {
		len = strcspn(words, BANK_WORDS);
		tag = next_bank(x, (size_t)(unit - x->units), &arg);
		if (tag != NULL && is_same_bank(words, len, tag))
			continue;
		ocr_ui_warn(ui,
		    "%s: %s uses bank %s where %.*s is described: the xclbin "
		    "decides",
		    d->path, unit->name, tag == NULL ? "none" : tag, (int)len,
		    words);
		return;
	}
}

static int
place_one(FILE *out, const struct ocr_run_desc *d, unsigned device,
    struct ocr_ui *ui, struct ocr_err *err)
{
	const struct ocr_xclbin_unit *unit;
	struct ocr_xclbin x;
	size_t i, n;
	int r = ocr_xclbin_read(&x, d->path, err);

	if (r < 0)
		return r;
	n = ocr_xclbin_count_units(&x, d->kernel);
	if (n == 0)
		r = ocr_err_set(err, -OCR_EFORMAT, "%s: has no kernel '%s'",
		    d->path, d->kernel);
	else if (n < d->n_instances)
		r = ocr_err_set(err, -OCR_EFORMAT,
		    "%s: has %zu units of %s; %u instances are described",
		    d->path, n, d->kernel, d->n_instances);
	if (d->n_instances > 0)
		n = d->n_instances;
	for (i = 0; r == 0 && i < n; i++) {
		unit = ocr_xclbin_find_unit(&x, d->kernel, i);
		fprintf(out, "%sxrt:%u/%s@%s", ftell(out) > 0 ? "," : "",
		    device, unit->name, d->path);
		if (i < d->n_banks)
			compare_banks(d, &x, unit, d->banks[i], ui);
	}
	ocr_xclbin_release(&x);
	return r;
}

/* The card of descs[i]: said, that of the same file, or the next one. */
static unsigned
choose_device(const struct ocr_run_desc *const *descs, const unsigned *devices,
    size_t i)
{
	unsigned next = 0;
	size_t j;

	if (descs[i]->has_device)
		return descs[i]->device;
	for (j = 0; j < i; j++) {
		if (strcmp(descs[j]->path, descs[i]->path) == 0)
			return devices[j];
		if (devices[j] >= next)
			next = devices[j] + 1;
	}
	return next;
}

int
ocr_run_place(const struct ocr_run_desc *const *descs, size_t n, char **devices,
    struct ocr_ui *ui, struct ocr_err *err)
{
	unsigned *chosen = calloc(n, sizeof(*chosen));
	size_t len, i;
	FILE *out = open_memstream(devices, &len);
	int r = chosen == NULL || out == NULL ? ocr_err_nomem(err) : 0;

	for (i = 0; r == 0 && i < n; i++) {
		if (strpbrk(descs[i]->path, ",:@") != NULL)
			r = ocr_err_set(err, -OCR_EFORMAT,
			    "%s: the name of an xclbin is without ',', ':' "
			    "and '@' here",
			    descs[i]->path);
		chosen[i] = choose_device(descs, chosen, i);
		if (r == 0)
			r = place_one(out, descs[i], chosen[i], ui, err);
	}
	if (out != NULL && fclose(out) != 0 && r == 0)
		r = ocr_err_nomem(err);
	free(chosen);
	if (r < 0) {
		free(*devices);
		*devices = NULL;
	}
	return r;
}
