/*
 * hosts.c - lists of hosts: where they come from, and hosts named twice
 */
#include "config.h"

#include "common/hosts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/hosts_list.h"
#include "common/io.h"

#define FILE_BYTES ((size_t)16 << 20) /* of a host file at most */

const char *
ocr_hosts_keep(struct ocr_hosts *l, const char *text, size_t len)
{
	size_t room = l->texts_room == 0 ? 64 : 2 * l->texts_room;
	char **texts;

	if (l->n_texts == l->texts_room) {
		texts = reallocarray(l->texts, room, sizeof(*texts));
		if (texts == NULL)
			return NULL;
		l->texts = texts;
		l->texts_room = room;
	}
	l->texts[l->n_texts] = strndup(text, len);
	return l->texts[l->n_texts] == NULL ? NULL : l->texts[l->n_texts++];
}

int
ocr_hosts_push(struct ocr_hosts *l, const struct ocr_host *h, const char *what,
    struct ocr_err *err)
{
	size_t room = l->room == 0 ? 16 : 2 * l->room;
	struct ocr_host *list;

	if (l->n == OCR_HOSTS_MAX)
		return ocr_err_set(err, -OCR_EUSAGE, "%s: more than %d hosts",
		    what, OCR_HOSTS_MAX);
	if (l->n == l->room) {
		list = reallocarray(l->list, room, sizeof(*list));
		if (list == NULL)
			return ocr_err_nomem(err);
		l->list = list;
		l->room = room;
	}
	l->list[l->n++] = *h;
	return 0;
}

/* Either may be NULL. */
static int
compare_texts(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

static int
compare_hosts(const struct ocr_host *a, const struct ocr_host *b)
{
	int r = strcmp(a->name, b->name);

	if (r == 0)
		r = compare_texts(a->user, b->user);
	if (r == 0)
		r = (a->port > b->port) - (a->port < b->port);
	if (r == 0)
		r = (int)a->is_here - (int)b->is_here;
	return r;
}

/* For qsort: those that are alike stay in their order. */
static int
compare_places(const void *x, const void *y)
{
	const struct ocr_host *const *a = x, *const *b = y;
	int r = compare_hosts(*a, *b);

	return r != 0 ? r : (*a > *b) - (*a < *b);
}

static bool
has_same_keys(const struct ocr_host *a, const struct ocr_host *b)
{
	return compare_texts(a->devices, b->devices) == 0 &&
	       compare_texts(a->path, b->path) == 0 &&
	       compare_texts(a->rsh, b->rsh) == 0 &&
	       compare_texts(a->xclbin, b->xclbin) == 0 &&
	       !(a->weight < b->weight) && !(a->weight > b->weight) &&
	       a->is_slurm == b->is_slurm;
}

/* "hosts.txt:3", "--host". */
static const char *
describe_place(const struct ocr_host *h, char *buf, size_t n)
{
	if (h->line > 0)
		snprintf(buf, n, "%.150s:%u", h->file, h->line);
	else
		snprintf(buf, n, "%.150s", h->file);
	return buf;
}

/* b is the same host as a, and comes later. */
static int
merge_pair(struct ocr_host *a, const struct ocr_host *b, struct ocr_err *err)
{
	char label[OCR_HOST_LABEL_BYTES], at[200], first[200];
	unsigned n =
	    (a->slots > 0 ? a->slots : 1) + (b->slots > 0 ? b->slots : 1);

	describe_place(b, at, sizeof(at));
	ocr_host_label(a, label);
	if (!has_same_keys(a, b))
		return ocr_err_set(err, -OCR_EUSAGE,
		    "%s: '%.80s' has other keys than at %s", at, label,
		    describe_place(a, first, sizeof(first)));
	if (n > OCR_HOST_MAX_SLOTS)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "%s: '%.80s' has more than %d slots by now", at, label,
		    OCR_HOST_MAX_SLOTS);
	a->slots = n;
	return 0;
}

int
ocr_hosts_merge(struct ocr_hosts *l, struct ocr_err *err)
{
	struct ocr_host **v, *first = NULL;
	size_t n = 0;
	int r = 0;

	if (l->n < 2)
		return 0;
	v = calloc(l->n, sizeof(struct ocr_host *));
	if (v == NULL)
		return ocr_err_nomem(err);
	for (size_t i = 0; i < l->n; i++)
		v[i] = &l->list[i];
	qsort(v, l->n, sizeof(struct ocr_host *), compare_places);
	for (size_t i = 0; r == 0 && i < l->n; i++) {
		if (first == NULL || compare_hosts(first, v[i]) != 0) {
			first = v[i];
			continue;
		}
		r = merge_pair(first, v[i], err);
		v[i]->name = NULL;
	}
	free(v);
	if (r < 0)
		return r;
	for (size_t i = 0; i < l->n; i++) {
		if (l->list[i].name != NULL)
			l->list[n++] = l->list[i];
	}
	l->n = n;
	return 0;
}

/* All of the file, to be freed; it may be a pipe. */
static int64_t
read_file(const char *path, char **text, struct ocr_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	size_t room = 1 << 16, len = 0;
	int64_t n = 1;
	char *more;

	*text = NULL;
	if (fd < 0)
		return ocr_err_set(err, -OCR_EUSAGE, "cannot open '%.300s': %m",
		    path);
	while (n > 0) {
		if (*text == NULL || len == room) {
			room *= *text == NULL ? 1 : 2;
			more = realloc(*text, room);
			if (more == NULL) {
				n = ocr_err_nomem(err);
				break;
			}
			*text = more;
		}
		n = ocr_read_full(fd, *text + len, room - len, path, -1, err);
		len += n > 0 ? (size_t)n : 0;
		if (n > 0 && len > FILE_BYTES)
			n = ocr_err_set(err, -OCR_EUSAGE,
			    "'%.300s' is too long for a list of hosts", path);
	}
	close(fd);
	return n < 0 ? n : (int64_t)len;
}

int
ocr_hosts_add_file(struct ocr_hosts *l, const char *path, struct ocr_err *err)
{
	char *text = NULL;
	int64_t n;

	if (strcmp(path, "-") == 0)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "hosts cannot come from standard input, which is for data");
	n = read_file(path, &text, err);
	if (n >= 0)
		n = ocr_hosts_add_text(l, path, text, (size_t)n, err);
	/* Whatever is wrong with it, the command line is. */
	else if (err->code == -OCR_EIO)
		n = err->code = -OCR_EUSAGE;
	free(text);
	return (int)n;
}

/* Up to the next comma that is not within brackets. */
static size_t
item_len(const char *text)
{
	size_t n = 0;
	bool is_in = false;

	for (; text[n] != '\0' && (is_in || text[n] != ','); n++)
		is_in = text[n] == '[' || (is_in && text[n] != ']');
	return n;
}

int
ocr_hosts_add_list(struct ocr_hosts *l, const char *what, const char *text,
    struct ocr_err *err)
{
	struct ocr_host base = {0};
	size_t n;
	int r = 0;

	base.file = ocr_hosts_keep(l, what, strlen(what));
	if (base.file == NULL)
		return ocr_err_nomem(err);
	for (; r == 0; text += n + 1) {
		n = item_len(text);
		if (memchr(text, '=', n) != NULL)
			return ocr_err_set(err, -OCR_EUSAGE,
			    "%s: keys belong into a file for --hosts", what);
		r = ocr_hosts_add_target(l, &base, what, text, n, err);
		if (text[n] == '\0')
			break;
	}
	return r == 0 ? ocr_hosts_merge(l, err) : r;
}

int
ocr_hosts_choose(struct ocr_hosts *l, const char *hosts, const char *host,
    struct ocr_err *err)
{
	int r = 0;

	if (hosts == NULL && host == NULL) {
		hosts = getenv("OCR_HOSTS");
		if (hosts == NULL || *hosts == '\0')
			return 0;
	}
	if (hosts != NULL && strcmp(hosts, "slurm") == 0)
		r = ocr_hosts_add_slurm(l, err);
	else if (hosts != NULL)
		r = ocr_hosts_add_file(l, hosts, err);
	if (r == 0 && host != NULL)
		r = ocr_hosts_add_list(l, "--host", host, err);
	return r;
}

void
ocr_hosts_release(struct ocr_hosts *l)
{
	for (size_t i = 0; i < l->n_texts; i++)
		free(l->texts[i]);
	free(l->texts);
	free(l->list);
	*l = (struct ocr_hosts){0};
}

const char *
ocr_host_label(const struct ocr_host *h, char buf[OCR_HOST_LABEL_BYTES])
{
	bool has_colon = strchr(h->name, ':') != NULL;
	char port[16] = "";

	if (h->port > 0)
		snprintf(port, sizeof(port), ":%u", h->port);
	snprintf(buf, OCR_HOST_LABEL_BYTES, "%s%s%s%s%s%s",
	    h->user != NULL ? h->user : "", h->user != NULL ? "@" : "",
	    has_colon ? "[" : "", h->is_here ? ":" : h->name,
	    has_colon ? "]" : "", port);
	return buf;
}
