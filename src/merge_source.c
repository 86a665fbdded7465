/*
 * merge_source.c - see merge_source.h
 */
#include "config.h"

#include "src/merge_source.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const char *
current_name(const struct ocr_merge_source *s)
{
	const char *path = s->paths[s->i_path];

	return strcmp(path, "-") == 0 ? "stdin" : path;
}

static void
close_path(struct ocr_merge_source *s)
{
	if (!s->is_open)
		return;
	ocr_source_stream_release(&s->stream);
	if (s->fd != STDIN_FILENO)
		close(s->fd);
	s->is_open = false;
	s->i_path++;
}

static int
open_path(struct ocr_merge_source *s, struct ocr_err *err)
{
	const char *path = s->paths[s->i_path], *name = current_name(s);
	int r;

	s->fd = STDIN_FILENO;
	if (strcmp(path, "-") != 0)
		s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	else if (isatty(STDIN_FILENO))
		return ocr_err_set(err, -OCR_EUSAGE,
		    "a chunk stream is not read from a terminal");
	if (s->fd < 0)
		return ocr_err_sys(err, "cannot open %s", path);
	s->is_open = true;
	r = ocr_source_stream_open(&s->stream, s->fd, name, NULL, 0, err);
	if (r < 0)
		return r;
	s->stream.source.cancel_fd = s->source.cancel_fd;
	return s->begin(s->ctx, &s->stream.begin, name, err);
}

/* After the end of a stream: on to the next one in the same file, or leave the
 * file. */
static int
next_stream(struct ocr_merge_source *s, struct ocr_err *err)
{
	int r;

	s->end(s->ctx, &s->stream.end, s->stream.name);
	r = ocr_source_stream_more(&s->stream, err);
	if (r > 0)
		r = s->begin(s->ctx, &s->stream.begin, s->stream.name, err);
	else if (r == 0)
		close_path(s);
	return r;
}

static int
next(struct ocr_source *source, struct ocr_chunk *c, struct ocr_err *err)
{
	struct ocr_merge_source *s = (struct ocr_merge_source *)source;
	struct ocr_err why = {0};
	int r = 0;

	while (r >= 0 && (s->is_open || s->i_path < s->n_paths)) {
		if (!s->is_open) {
			r = open_path(s, err);
			continue;
		}
		r = s->stream.source.next(&s->stream.source, c, &why);
		if (r > 0)
			return r;
		/* An ocr/end that counts something has been read. */
		if (r == -OCR_EFORMAT && s->stream.end.chunks > 0) {
			ocr_err_set(&s->late, r, "%s", why.text);
			r = 0;
		}
		if (r < 0)
			return ocr_err_set(err, r, "%s", why.text);
		r = next_stream(s, err);
	}
	return r < 0 ? r : 0;
}

void
ocr_merge_source_init(struct ocr_merge_source *s)
{
	memset(s, 0, sizeof(*s));
	s->source.next = next;
	s->source.cancel_fd = -1;
	s->fd = -1;
}

void
ocr_merge_source_release(struct ocr_merge_source *s)
{
	close_path(s);
}
