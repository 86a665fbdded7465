/*
 * images_list.c - paths out of a file, one a line
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/io.h"
#include "src/images_state.h"

#define READ_BYTES ((size_t)64 << 10)

int
ocr_image_list_open(struct ocr_image_list *l, const char *path,
    struct ocr_err *err)
{
	*l = (struct ocr_image_list){.fd = STDIN_FILENO, .name = "stdin"};
	if (strcmp(path, "-") != 0) {
		l->name = path;
		do {
			l->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		} while (l->fd < 0 && errno == EINTR);
		if (l->fd < 0)
			return ocr_err_sys(err, "cannot open %s", path);
	}
	l->buf = malloc(READ_BYTES + 1);
	l->cap = READ_BYTES;
	return l->buf != NULL ? 0 : ocr_err_nomem(err);
}

/* More bytes behind those that are there. */
static int
fill(struct ocr_image_list *l, int cancel_fd, struct ocr_err *err)
{
	int64_t n;

	memmove(l->buf, l->buf + l->at, l->n - l->at);
	l->n -= l->at;
	l->at = 0;
	if (l->n == l->cap)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%.200s: a line of more than %zu bytes", l->name, l->cap);
	n = ocr_read_some(l->fd, l->buf + l->n, l->cap - l->n, l->name,
	    cancel_fd, err);
	if (n < 0)
		return (int)n;
	l->is_ended = n == 0;
	l->n += (size_t)n;
	return 0;
}

int
ocr_image_list_next(struct ocr_image_list *l, char **line, int cancel_fd,
    struct ocr_err *err)
{
	char *end;
	int r;

	for (;;) {
		end = memchr(l->buf + l->at, '\n', l->n - l->at);
		if (end == NULL && l->is_ended && l->at < l->n)
			end = l->buf + l->n; /* the last line has no end */
		if (end != NULL) {
			*line = l->buf + l->at;
			*end = '\0';
			l->at = (size_t)(end - l->buf) + 1;
			if (l->at > l->n)
				l->at = l->n;
			if (**line != '\0')
				return 1;
			continue;
		}
		if (l->is_ended)
			return 0;
		r = fill(l, cancel_fd, err);
		if (r < 0)
			return r;
	}
}

void
ocr_image_list_close(struct ocr_image_list *l)
{
	if (l->fd > STDERR_FILENO)
		close(l->fd);
	free(l->buf);
	free(l->path);
	*l = (struct ocr_image_list){.fd = -1};
}
