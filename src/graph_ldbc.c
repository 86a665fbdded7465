/*
 * graph_ldbc.c - the files beside a .e file of LDBC Graphalytics
 *
 * x.e has the edges, x.v the ids of all vertices, one a line, x.properties,
 * where it is there, graph.NAME.directed = true or false.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/graph_lines.h"
#include "src/graph_text.h"
#include "src/newlines.h"

static bool
ends_with(const char *name, size_t len, const char *end)
{
	size_t n = strlen(end);

	return len > n && memcmp(name + len - n, end, n) == 0;
}

/* The length of the part of a name that x.e and x.v have in common; 0: it is
 * no x.e. */
static size_t
stem_len(const char *name)
{
	size_t len = strlen(name);

	if (ends_with(name, len, ".gz"))
		len -= 3;
	return ends_with(name, len, ".e") ? len - 2 : 0;
}

/* "x" and end, if there is such a file; to be freed. */
static char *
file_beside(const char *name, const char *end)
{
	char *path;

	if (asprintf(&path, "%.*s%s", (int)stem_len(name), name, end) < 0)
		return NULL;
	if (access(path, R_OK) == 0)
		return path;
	free(path);
	return NULL;
}

static char *
vertex_file(const char *name)
{
	char *path = file_beside(name, ".v");

	return path != NULL ? path : file_beside(name, ".v.gz");
}

bool
ocr_graph_ldbc_is(const char *name)
{
	char *path = stem_len(name) > 0 ? vertex_file(name) : NULL;
	bool is_there = path != NULL;

	free(path);
	return is_there;
}

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static int
read_ids(const struct ocr_input_map *in, uint64_t *ids, size_t *count,
    bool *is_sorted, struct ocr_err *err)
{
	size_t at = 0, i, n;
	const uint8_t *p;

	while ((at = ocr_graph_lines_skip(in, at, "#%")) < in->len) {
		i = at;
		p = ocr_graph_lines_column(in, &i, &n);
		if (!ocr_graph_lines_u64(p, n, &ids[*count]))
			return ocr_graph_lines_fail(in, at, err,
			    "'%s' is not a vertex id",
			    ocr_graph_lines_show(p, n).text);
		if (ocr_graph_lines_column(in, &i, &n) != NULL)
			return ocr_graph_lines_fail(in, at, err,
			    "more than one column");
		if (*count > 0 && ids[*count] <= ids[*count - 1])
			*is_sorted = false;
		++*count;
		at = ocr_graph_lines_next(in, i);
	}
	return 0;
}

static int
read_vertices(struct ocr_graph_lines *l, const struct ocr_input_map *in,
    struct ocr_err *err)
{
	uint64_t lines = ocr_newlines_count(in->data, in->len) + 1;
	bool is_sorted = true;
	size_t n = 0, i, kept = 0;
	int r;

	l->extra = reallocarray(NULL, (size_t)lines, sizeof(*l->extra));
	if (l->extra == NULL)
		return ocr_err_nomem(err);
	r = read_ids(in, l->extra, &n, &is_sorted, err);
	if (r < 0)
		return r;
	if (!is_sorted)
		qsort(l->extra, n, sizeof(*l->extra), compare);
	for (i = 0; i < n; i++)
		if (i == 0 || l->extra[i] != l->extra[i - 1])
			l->extra[kept++] = l->extra[i];
	l->source.extra = l->extra;
	l->source.n_extra = kept;
	return 0;
}

/* graph.NAME.directed = true */
static enum ocr_graph_says
what_line_says(char *line)
{
	char *value = strchr(line, '='), *key = line;

	if (value == NULL)
		return OCR_SAYS_NOTHING;
	*value++ = '\0';
	key += strspn(key, " \t");
	key[strcspn(key, " \t")] = '\0';
	value += strspn(value, " \t");
	value[strcspn(value, " \t\r\n")] = '\0';
	if (strncmp(key, "graph.", 6) != 0 ||
	    !ends_with(key, strlen(key), ".directed"))
		return OCR_SAYS_NOTHING;
	return strcmp(value, "true") == 0    ? OCR_DIRECTED
	       : strcmp(value, "false") == 0 ? OCR_UNDIRECTED
					     : OCR_SAYS_NOTHING;
}

/* Only a hint: where it cannot be read, it says nothing. */
static enum ocr_graph_says
what_properties_say(const char *path)
{
	enum ocr_graph_says says = OCR_SAYS_NOTHING;
	FILE *f = fopen(path, "re");
	char line[1024];

	if (f == NULL)
		return says;
	while (says == OCR_SAYS_NOTHING && fgets(line, sizeof(line), f) != NULL)
		says = what_line_says(line);
	fclose(f);
	return says;
}

int
ocr_graph_ldbc_beside(struct ocr_graph_lines *l, struct ocr_err *err)
{
	struct ocr_input_map in = {0};
	char *path;
	int r;

	if (stem_len(l->in.name) == 0)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%.200s: not the .e file of an ldbc graph", l->in.name);
	path = vertex_file(l->in.name);
	if (path == NULL)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%.200s: there is no file %.*s.v beside it", l->in.name,
		    (int)stem_len(l->in.name), l->in.name);
	r = ocr_input_map_open(&in, path, err);
	free(path);
	if (r == 0)
		r = read_vertices(l, &in, err);
	ocr_input_map_close(&in);
	path = file_beside(l->in.name, ".properties");
	if (path != NULL)
		l->source.says = what_properties_say(path);
	free(path);
	return r;
}
