/*
 * images_classes.c - names of classes, and where a record's name says one
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/images_state.h"

#define MAX_CLASSES 65536

static int
compare(const struct ocr_class *c, const char *name, size_t n)
{
	size_t len = strlen(c->name);
	int r = memcmp(c->name, name, len < n ? len : n);

	return r != 0 ? r : len < n ? -1 : len > n;
}

/* Where it is, or would have to be. */
static size_t
place(const struct ocr_classes *c, const char *name, size_t n)
{
	size_t low = 0, high = c->n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (compare(&c->sorted[mid], name, n) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int
add(struct ocr_classes *c, size_t at, const char *name, size_t n, int32_t id,
    struct ocr_err *err)
{
	struct ocr_class *p;
	char *copy;

	if (c->n >= MAX_CLASSES)
		return ocr_err_set(err, -OCR_ELIMIT, "more than %d classes",
		    MAX_CLASSES);
	if (c->n == c->cap) {
		p = realloc(c->sorted, (c->cap * 2 + 16) * sizeof(*p));
		if (p == NULL)
			return ocr_err_nomem(err);
		c->sorted = p;
		c->cap = c->cap * 2 + 16;
	}
	copy = strndup(name, n);
	if (copy == NULL)
		return ocr_err_nomem(err);
	memmove(c->sorted + at + 1, c->sorted + at,
	    (c->n - at) * sizeof(*c->sorted));
	c->sorted[at] = (struct ocr_class){.name = copy, .id = id};
	c->n++;
	return 0;
}

int
ocr_classes_init(struct ocr_classes *c, const char *const *names, size_t n,
    struct ocr_err *err)
{
	size_t i, at, len;
	int r = 0;

	memset(c, 0, sizeof(*c));
	for (i = 0; i < n && r == 0; i++) {
		len = strlen(names[i]);
		at = place(c, names[i], len);
		/* Of two classes of one name the first counts. */
		if (at == c->n || compare(&c->sorted[at], names[i], len) != 0)
			r = add(c, at, names[i], len, (int32_t)i, err);
	}
	c->is_closed = n > 0;
	return r;
}

/* A folder may have the number of its class for a name. */
static int32_t
as_number(const struct ocr_classes *c, const char *name, size_t n)
{
	int32_t v = 0;
	size_t i;

	if (n == 0 || n > 6)
		return OCR_IMAGES_NO_TRUTH;
	for (i = 0; i < n; i++) {
		if (name[i] < '0' || name[i] > '9')
			return OCR_IMAGES_NO_TRUTH;
		v = v * 10 + (name[i] - '0');
	}
	return (size_t)v < c->n ? v : OCR_IMAGES_NO_TRUTH;
}

int
ocr_classes_find(struct ocr_classes *c, const char *name, size_t n, int32_t *id,
    struct ocr_err *err)
{
	size_t at;

	*id = OCR_IMAGES_NO_TRUTH;
	if (n == 0)
		return 0;
	at = place(c, name, n);
	if (at < c->n && compare(&c->sorted[at], name, n) == 0) {
		*id = c->sorted[at].id;
		return 0;
	}
	if (c->is_closed) {
		*id = as_number(c, name, n);
		return 0;
	}
	*id = (int32_t)c->n;
	return add(c, at, name, n, *id, err);
}

void
ocr_classes_release(struct ocr_classes *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		free(c->sorted[i].name);
	free(c->sorted);
	memset(c, 0, sizeof(*c));
}

size_t
ocr_images_n_classes(const struct ocr_images *im)
{
	return im->classes.is_closed ? 0 : im->classes.n;
}

uint32_t
ocr_images_rank(const struct ocr_images *im, int32_t id)
{
	uint32_t i = 0;

	while (i < im->classes.n && im->classes.sorted[i].id != id)
		i++;
	return i;
}

const char *
ocr_images_class(const struct ocr_images *im, uint32_t rank)
{
	return rank < im->classes.n ? im->classes.sorted[rank].name : NULL;
}

/* The last folder in a path. */
static size_t
folder(const char *path, const char **out)
{
	const char *end = strrchr(path, '/'), *p = end;

	*out = path;
	if (end == NULL)
		return 0;
	while (p > path && p[-1] != '/')
		p--;
	*out = p;
	return (size_t)(end - p);
}

int
ocr_images_item(struct ocr_images *im, const char *name, struct ocr_err *err)
{
	struct ocr_image_item *it = &im->item;
	size_t n = strlen(name), len;
	const char *in;
	char *p;

	if (it->cap <= n) {
		p = realloc(it->name, n + 64);
		if (p == NULL)
			return ocr_err_nomem(err);
		it->name = p;
		it->cap = n + 64;
	}
	memcpy(it->name, name, n + 1);
	it->rec = (struct ocr_record){.truth = im->truth,
	    .name = it->name,
	    .n_name = n};
	/* Rows of one file are not of one class. */
	if (im->opt.truth != OCR_TRUTH_FOLDER || im->at == OCR_AT_ROWS)
		return 0;
	len = folder(name, &in);
	return ocr_classes_find(&im->classes, in, len, &it->rec.truth, err);
}
