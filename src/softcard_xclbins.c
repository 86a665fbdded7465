/*
 * softcard_xclbins.c - xclbin files for the softcard; called by softcard_run.c
 */
#include "config.h"

#include "src/softcard_xclbins.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/xclbin.h"
#include "common/xclbin_layout.h"
#include "src/xclbin_desc.h"
#include "src/xclbin_write.h"

#define DESCRIPTION "octoray.desc"

/* A file to offer: one that there is, or one to be made of a model. */
struct entry {
	char *path;
	char *object; /* absolute; NULL: the file is there */
	struct ocr_xmodel m;
};

struct list {
	const struct ocr_softcard_opt *o;
	const struct ocr_softcard_dir *d;
	struct entry entries[OCR_SOFTCARD_MAX_FILES];
	size_t n;
	size_t n_units; /* of the file that has most */
	struct ocr_err *err;
};

static void
release(struct list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->entries[i].path);
		free(l->entries[i].object);
		ocr_xmodel_release(&l->entries[i].m);
	}
}

/* As realpath(3); a colon would end the name in OCR_XCLBIN. */
static char *
make_absolute(struct list *l, const char *path)
{
	char *full = realpath(path, NULL);

	if (full == NULL) {
		(void)ocr_err_sys(l->err, "cannot open %s", path);
		return NULL;
	}
	if (strchr(full, ':') == NULL)
		return full;
	(void)ocr_err_set(l->err, -OCR_EIO,
	    "%s: a list of files with colons between cannot hold this name",
	    full);
	free(full);
	return NULL;
}

static void
note_units(struct list *l, size_t n)
{
	if (n > l->n_units)
		l->n_units = n;
}

/* That XRT starts: one that runs always has no address. */
static size_t
count_units(const struct ocr_xclbin *x)
{
	size_t n = 0;

	for (size_t i = 0; i < x->n_units; i++)
		n += x->units[i].base != UINT64_MAX;
	return n;
}

static size_t
count_model_units(const struct ocr_xmodel *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n_kernels; i++)
		n += m->kernels[i].is_free ? 0 : m->kernels[i].n_units;
	return n;
}

static int
add_xclbin(struct list *l, const char *path)
{
	struct entry *e = &l->entries[l->n];
	struct ocr_xclbin x;

	if (ocr_xclbin_read(&x, path, l->err) < 0)
		return l->err->code;
	if (x.mode != OCR_AXLF_SW_EMU)
		(void)ocr_err_set(l->err, -OCR_EFORMAT,
		    "%s: it is not for software emulation", path);
	note_units(l, count_units(&x));
	ocr_xclbin_release(&x);
	if (l->err->code != 0)
		return l->err->code;
	memset(e, 0, sizeof(*e));
	e->path = make_absolute(l, path);
	if (e->path == NULL)
		return l->err->code;
	l->n++;
	return 0;
}

static bool
has_same_banks(const struct ocr_xmodel *a, const struct ocr_xmodel *b)
{
	for (size_t i = 0; i < a->n_banks && i < b->n_banks; i++) {
		if (strcmp(a->banks[i].tag, b->banks[i].tag) != 0 ||
		    a->banks[i].bytes != b->banks[i].bytes)
			return false;
	}
	return a->n_banks == b->n_banks;
}

static int
join_streams(struct ocr_xmodel *to, struct ocr_xmodel *from,
    struct ocr_err *err)
{
	struct ocr_xstream *s;

	if (from->n_streams == 0)
		return 0;
	s = reallocarray(to->streams, to->n_streams + from->n_streams,
	    sizeof(*s));
	if (s == NULL)
		return ocr_err_nomem(err);
	to->streams = s;
	memcpy(s + to->n_streams, from->streams, from->n_streams * sizeof(*s));
	to->n_streams += from->n_streams;
	return 0;
}

/* Move the kernels of 'from' to those of 'to'. */
static int
join(struct ocr_xmodel *to, struct ocr_xmodel *from, struct ocr_err *err)
{
	struct ocr_xkernel *k = reallocarray(to->kernels,
	    to->n_kernels + from->n_kernels, sizeof(*k));

	if (k == NULL || join_streams(to, from, err) < 0) {
		to->kernels = k != NULL ? k : to->kernels;
		return ocr_err_nomem(err);
	}
	to->kernels = k;
	memcpy(k + to->n_kernels, from->kernels, from->n_kernels * sizeof(*k));
	to->n_kernels += from->n_kernels;
	from->n_kernels = 0;
	return 0;
}

/* "DIR/vadd.xclbin" for x/vadd.desc, with a number if that is taken. */
static char *
name_xclbin(struct list *l, const char *description)
{
	const char *slash = strrchr(description, '/');
	const char *base = slash == NULL ? description : slash + 1;
	int len = (int)strcspn(base, ".:");
	char *path = NULL;

	for (unsigned n = 1; n <= OCR_SOFTCARD_MAX_FILES; n++) {
		bool is_taken = false;

		if ((n == 1 ? asprintf(&path, "%s/%.*s.xclbin", l->d->path, len,
				  base)
			    : asprintf(&path, "%s/%.*s-%u.xclbin", l->d->path,
				  len, base, n)) < 0)
			break;
		for (size_t i = 0; i < l->n; i++)
			is_taken |= strcmp(l->entries[i].path, path) == 0;
		if (!is_taken)
			return path;
		free(path);
	}
	(void)ocr_err_nomem(l->err);
	return NULL;
}

/* Take over m, which comes from that description. */
static int
add_model(struct list *l, struct ocr_xmodel *m, const char *description)
{
	struct entry *e = &l->entries[l->n];
	char *object;

	if (m->object == NULL)
		return ocr_err_set(l->err, -OCR_EFORMAT,
		    "%s: there is no object", description);
	object = realpath(m->object, NULL);
	if (object == NULL)
		return ocr_err_sys(l->err, "cannot open %s", m->object);
	for (size_t i = 0; i < l->n; i++) {
		if (l->entries[i].object != NULL &&
		    strcmp(l->entries[i].object, object) == 0 &&
		    has_same_banks(&l->entries[i].m, m)) {
			free(object);
			return join(&l->entries[i].m, m, l->err);
		}
	}
	memset(e, 0, sizeof(*e));
	e->path = name_xclbin(l, description);
	if (e->path == NULL) {
		free(object);
		return l->err->code;
	}
	e->object = object;
	e->m = *m;
	memset(m, 0, sizeof(*m));
	l->n++;
	return 0;
}

static int
add_description(struct list *l, const char *path)
{
	struct ocr_xmodel m;
	int r = ocr_xclbin_desc_read(&m, path, l->err);

	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && l->o->n_units > 0 && i < m.n_kernels; i++)
		r = ocr_xkernel_set_units(&m.kernels[i], l->o->n_units, l->err);
	if (r == 0)
		r = add_model(l, &m, path);
	ocr_xmodel_release(&m);
	return r;
}

/*
 * Our own kernels, beside the program in a build tree, else where they were
 * installed: that is told by where the program is, so that the tree may move.
 */
static int
add_default(struct list *l, const char *program)
{
	static const char *const dirs[] = {"", "../lib/octoray-tools/"};
	const char *slash = strrchr(program, '/');
	int len = slash == NULL ? 0 : (int)(slash + 1 - program), r;
	char *path = NULL;

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		if (asprintf(&path, "%.*s%s" DESCRIPTION, len, program,
			dirs[i]) < 0)
			return ocr_err_nomem(l->err);
		if (access(path, R_OK) == 0) {
			r = add_description(l, path);
			free(path);
			return r;
		}
		free(path);
	}
	return add_description(l, OCR_PKGLIBDIR "/" DESCRIPTION);
}

static int
write_all(struct list *l)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < l->n; i++) {
		struct entry *e = &l->entries[i];

		if (e->object == NULL)
			continue;
		r = ocr_xmodel_finish(&e->m, l->err);
		note_units(l, count_model_units(&e->m));
		if (r == 0)
			r = ocr_xclbin_write(&e->m, e->path, OCR_EXISTS_REPLACE,
			    l->err);
	}
	return r;
}

static char *
join_paths(struct list *l)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	for (size_t i = 0; f != NULL && i < l->n; i++)
		fprintf(f, "%s%s", i > 0 ? ":" : "", l->entries[i].path);
	if (f == NULL || fclose(f) != 0) {
		free(text);
		text = NULL;
		(void)ocr_err_nomem(l->err);
	}
	return text;
}

char *
ocr_softcard_xclbins_make(const struct ocr_softcard_opt *o,
    const struct ocr_softcard_dir *d, const char *program, size_t *n_units,
    struct ocr_err *err)
{
	struct list l = {.o = o, .d = d, .err = err};
	char *text = NULL;
	int r = 0;

	for (size_t i = 0; r == 0 && i < o->n_files; i++)
		r = o->files[i].is_description
			? add_description(&l, o->files[i].path)
			: add_xclbin(&l, o->files[i].path);
	if (o->n_files == 0)
		r = add_default(&l, program);
	if (r == 0)
		r = write_all(&l);
	if (r == 0)
		text = join_paths(&l);
	*n_units = l.n_units;
	release(&l);
	return text;
}
