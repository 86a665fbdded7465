/*
 * member_set.c - see member_set.h
 */
#include "config.h"

#include "src/member_set.h"

#include <search.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "src/member_name.h"

/* A node's key: a byte that says whether it is a link, then the name. */
#define MARK_LINK 'l'
#define MARK_OTHER '-'

static int
compare(const void *a, const void *b)
{
	return strcmp((const char *)a + 1, (const char *)b + 1);
}

static char *
make_key(const char *name, struct ocr_err *err)
{
	char *plain = ocr_member_key(name), *key = NULL;
	size_t len;

	if (plain != NULL) {
		len = strlen(plain) + 1;
		key = malloc(len + 1);
		if (key != NULL)
			memcpy(key + 1, plain, len);
	}
	free(plain);
	if (key == NULL)
		ocr_err_nomem(err);
	else
		key[0] = MARK_OTHER;
	return key;
}

int
ocr_member_set_add(struct ocr_member_set *s, const char *name, bool is_link,
    struct ocr_err *err)
{
	char *key = make_key(name, err), **node;

	if (key == NULL)
		return -OCR_ENOMEM;
	node = tsearch(key, &s->tree, compare);
	if (node == NULL) {
		free(key);
		return ocr_err_nomem(err);
	}
	if (is_link) {
		(*node)[0] = MARK_LINK;
		s->has_links = true;
	}
	if (*node != key)
		free(key);
	return 0;
}

int
ocr_member_set_has(const struct ocr_member_set *s, const char *name,
    struct ocr_err *err)
{
	char *key = make_key(name, err);
	bool is_there;

	if (key == NULL)
		return -OCR_ENOMEM;
	is_there = tfind(key, &s->tree, compare) != NULL;
	free(key);
	return is_there;
}

int
ocr_member_set_leads_out(const struct ocr_member_set *s, const char *name,
    struct ocr_err *err)
{
	char *key, *slash, **node;
	int r = 0;

	if (!s->has_links)
		return 0;
	key = make_key(name, err);
	if (key == NULL)
		return -OCR_ENOMEM;
	while (r == 0 && (slash = strrchr(key + 1, '/')) != NULL) {
		*slash = '\0';
		node = tfind(key, &s->tree, compare);
		r = node != NULL && (*node)[0] == MARK_LINK;
	}
	free(key);
	return r;
}

void
ocr_member_set_release(struct ocr_member_set *s)
{
	tdestroy(s->tree, free);
	s->tree = NULL;
	s->has_links = false;
}
