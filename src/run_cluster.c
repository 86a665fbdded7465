/*
 * run_cluster.c - OctoRay's cluster_config.json
 *
 * As its own files have it (abs-tudelft/octoray, fwi and cnv_w1a1_u280):
 *
 *   scheduler           not needed: there is none
 *   scheduler_options   {port}: the same
 *   hosts               a kernel for each
 *   overlay             the xclbin of all hosts, or a list, one for each
 *   connect_options     {port, xrt, dir}, or a list: dir is where a relative
 *                       overlay is
 *   worker_options      {n_workers, nthreads, preload, nanny, memory_limit}, or
 *                       a list: n_workers is how many compute units are used
 *   worker_class        Dask's: not needed
 *
 * The kernel's name is not in it: OctoRay's Python driver has that.
 */
#include "config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/run_config.h"

struct cluster {
	struct ocr_run_config *config;
	const char *label;
	struct ocr_ui *ui;
	struct ocr_err *err;
	const json_t *hosts, *overlay, *connect, *workers;
};

static const char *const top_keys[] = {"scheduler", "scheduler_options",
    "hosts", "overlay", "connect_options", "worker_options", "worker_class",
    NULL};
static const char *const scheduler_keys[] = {"port", NULL};
static const char *const connect_keys[] = {"port", "xrt", "dir", NULL};
static const char *const worker_keys[] = {"n_workers", "nthreads", "preload",
    "nanny", "memory_limit", NULL};

static int
fail(const struct cluster *c, const char *why)
{
	return ocr_err_set(c->err, -OCR_EFORMAT, "%s: %s", c->label, why);
}

static bool
is_known(const char *key, const char *const *known)
{
	for (; *known != NULL; known++) {
		if (strcmp(key, *known) == 0)
			return true;
	}
	return false;
}

/* Keys of object, which is known as 'where' ("" = the file itself). */
static void
warn_unknown(const struct cluster *c, const json_t *object, const char *where,
    const char *const *known)
{
	json_t *o = (json_t *)(uintptr_t)object; /* jansson wants it so */
	void *i;

	for (i = json_object_iter(o); i != NULL;
	     i = json_object_iter_next(o, i)) {
		if (!is_known(json_object_iter_key(i), known))
			ocr_ui_warn(c->ui,
			    "%s: unknown key '%s%s%.100s': "
			    "ignored",
			    c->label, where, *where != '\0' ? "." : "",
			    json_object_iter_key(i));
	}
}

/* Options of all hosts (an object) or of each (a list). */
static int
check_options(const struct cluster *c, const json_t *v, const char *name,
    const char *const *known)
{
	size_t i, n = json_array_size(v);

	if (v == NULL)
		return 0;
	if (json_is_object(v)) {
		warn_unknown(c, v, name, known);
		return 0;
	}
	if (!json_is_array(v) || n != json_array_size(c->hosts))
		return ocr_err_set(c->err, -OCR_EFORMAT,
		    "%s: %s is neither an object nor a list of one for each "
		    "host",
		    c->label, name);
	for (i = 0; i < n; i++) {
		if (!json_is_object(json_array_get(v, i)))
			return ocr_err_set(c->err, -OCR_EFORMAT,
			    "%s: %s[%zu] is not an object", c->label, name, i);
		warn_unknown(c, json_array_get(v, i), name, known);
	}
	return 0;
}

static const json_t *
of_host(const json_t *v, size_t i)
{
	return json_is_array(v) ? json_array_get(v, i) : v;
}

/* A count, which Python's int() also takes from a string; 0: not said. */
static int
count_of(const struct cluster *c, const json_t *v, unsigned *out)
{
	json_int_t n = 0;
	char *end;

	if (json_is_integer(v)) {
		n = json_integer_value(v);
	} else if (json_is_string(v)) {
		n = strtol(json_string_value(v), &end, 10);
		if (*end != '\0' || end == json_string_value(v))
			n = 0;
	}
	if (v != NULL && (n < 1 || n > OCR_RUN_MAX_INSTANCES))
		return ocr_err_set(c->err, -OCR_EFORMAT,
		    "%s: worker_options.n_workers is not a number from 1 to %d",
		    c->label, OCR_RUN_MAX_INSTANCES);
	*out = (unsigned)n;
	return 0;
}

static int
set_path(const struct cluster *c, struct ocr_run_desc *d, size_t i)
{
	const json_t *dir = json_object_get(of_host(c->connect, i), "dir");
	const char *path = json_string_value(of_host(c->overlay, i));
	const char *base = json_string_value(dir);

	if (path == NULL || *path == '\0')
		return fail(c, "overlay is neither a path nor a list of paths");
	if (dir != NULL && base == NULL)
		return fail(c, "connect_options.dir is not a path");
	if (*path == '/' || base == NULL || *base == '\0')
		d->path = strdup(path);
	else if (asprintf(&d->path, "%s/%s", base, path) < 0)
		d->path = NULL;
	return d->path == NULL ? ocr_err_nomem(c->err) : 0;
}

static int
add_host(const struct cluster *c, size_t i)
{
	const char *host = json_string_value(json_array_get(c->hosts, i));
	struct ocr_run_desc *d;
	int r;

	if (host == NULL)
		return fail(c, "hosts is not a list of names");
	d = ocr_run_config_add(c->config, c->label, c->err);
	if (d == NULL)
		return c->err->code;
	d->host = strdup(host);
	if (d->host == NULL)
		return ocr_err_nomem(c->err);
	r = set_path(c, d, i);
	if (r < 0)
		return r;
	return count_of(c, json_object_get(of_host(c->workers, i), "n_workers"),
	    &d->n_instances);
}

static int
add_hosts(struct cluster *c, const json_t *root)
{
	size_t i, n;
	int r;

	c->hosts = json_object_get(root, "hosts");
	c->overlay = json_object_get(root, "overlay");
	c->connect = json_object_get(root, "connect_options");
	c->workers = json_object_get(root, "worker_options");
	n = json_array_size(c->hosts);
	if (n == 0)
		return fail(c, "hosts is not a list with at least one name");
	if (json_is_array(c->overlay) && json_array_size(c->overlay) != n)
		return ocr_err_set(c->err, -OCR_EFORMAT,
		    "%s: overlay has %zu paths for %zu hosts", c->label,
		    json_array_size(c->overlay), n);
	warn_unknown(c, root, "", top_keys);
	r = check_options(c, c->connect, "connect_options", connect_keys);
	if (r == 0)
		r = check_options(c, c->workers, "worker_options", worker_keys);
	if (r == 0 &&
	    json_is_object(json_object_get(root, "scheduler_options")))
		warn_unknown(c, json_object_get(root, "scheduler_options"),
		    "scheduler_options", scheduler_keys);
	for (i = 0; r == 0 && i < n; i++)
		r = add_host(c, i);
	return r;
}

int
ocr_run_cluster_parse(struct ocr_run_config *config, const char *label,
    const char *text, size_t len, struct ocr_ui *ui, struct ocr_err *err)
{
	struct cluster c = {.config = config,
	    .label = label,
	    .ui = ui,
	    .err = err};
	json_error_t why;
	json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
	int r;

	if (root == NULL)
		return ocr_err_set(err, -OCR_EFORMAT, "%s:%d: %s", label,
		    why.line, why.text);
	r = add_hosts(&c, root);
	json_decref(root);
	return r;
}
