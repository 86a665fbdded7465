/*
 * member_name.c - see member_name.h
 */
#include "config.h"

#include "src/member_name.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/*
 * The next component of a path: *p moves behind it, its length is returned,
 * 0 at the end.  '.' and doubled slashes are no components.
 */
static size_t
next_component(const char **p, const char **start)
{
	size_t n;

	do {
		*p += strspn(*p, "/");
		*start = *p;
		n = strcspn(*p, "/");
		*p += n;
	} while (n == 1 && **start == '.');
	return n;
}

static bool
is_up(const char *start, size_t n)
{
	return n == 2 && start[0] == '.' && start[1] == '.';
}

const char *
ocr_member_name(const char *name)
{
	const char *p = name, *start, *taken = name;
	size_t n;

	while ((n = next_component(&p, &start)) > 0)
		if (is_up(start, n))
			taken = p;
	taken += strspn(taken, "/");
	return *taken != '\0' ? taken : NULL;
}

char *
ocr_member_key(const char *name)
{
	char *key = malloc(strlen(name) + 1), *end = key;
	const char *start;
	size_t n;

	if (key == NULL)
		return NULL;
	while ((n = next_component(&name, &start)) > 0) {
		if (end != key)
			*end++ = '/';
		memcpy(end, start, n);
		end += n;
	}
	*end = '\0';
	return key;
}

bool
ocr_member_link_stays(const char *name, const char *target)
{
	size_t depth = 0, n;
	bool is_in_front = true;
	const char *start;

	if (*target == '/')
		return false;
	while (next_component(&name, &start) > 0)
		depth++;
	if (depth > 0)
		depth--; /* the link itself */
	while ((n = next_component(&target, &start)) > 0) {
		if (!is_up(start, n)) {
			is_in_front = false;
			continue;
		}
		if (!is_in_front || depth == 0)
			return false;
		depth--;
	}
	return true;
}
