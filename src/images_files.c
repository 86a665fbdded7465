/*
 * images_files.c - the next input: opened, looked at, given to its reader
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/io.h"
#include "src/images_state.h"

int
ocr_images_room(struct ocr_images *im, size_t n, struct ocr_err *err)
{
	uint8_t *p;

	if (n <= im->cap)
		return 0;
	p = realloc(im->buf, n);
	if (p == NULL)
		return ocr_err_nomem(err);
	im->buf = p;
	im->cap = n;
	return 0;
}

int64_t
ocr_images_read(struct ocr_images *im, void *buf, size_t n, struct ocr_err *err)
{
	size_t k = im->n_unread < n ? im->n_unread : n;
	int64_t r;

	memcpy(buf, im->head + im->n_head - im->n_unread, k);
	im->n_unread -= k;
	if (k == n)
		return (int64_t)n;
	r = ocr_read_full(im->origin->fd, (uint8_t *)buf + k, n - k,
	    ocr_origin_label(im->origin), im->source.cancel_fd, err);
	return r < 0 ? r : (int64_t)k + r;
}

/* Look at the first bytes: those of a file are not moved. */
static int
look(struct ocr_images *im, struct ocr_err *err)
{
	struct ocr_origin *o = im->origin;
	const char *name = ocr_origin_label(o);
	int64_t n;

	if (o->is_seekable)
		n = ocr_pread_full(o->fd, im->head, sizeof(im->head),
		    o->fd_base, name, err);
	else
		n = ocr_read_full(o->fd, im->head, sizeof(im->head), name,
		    im->source.cancel_fd, err);
	if (n < 0)
		return (int)n;
	im->n_head = (size_t)n;
	im->n_unread = o->is_seekable ? 0 : im->n_head;
	return n > 0 ? 0
		     : ocr_err_set(err, -OCR_EFORMAT, "%.200s: is empty", name);
}

/* All of it: 1 = item. */
static int
read_file(struct ocr_images *im, struct ocr_err *err)
{
	const struct ocr_origin *o = im->origin;
	size_t n = 0, want = 64 << 10;
	int64_t got;
	int r;

	if (o->is_seekable && o->size < OCR_IMAGES_FILE_MAX)
		want = (size_t)o->size + 1;
	for (;;) {
		r = ocr_images_room(im, want, err);
		if (r < 0)
			return r;
		got = ocr_images_read(im, im->buf + n, want - n, err);
		if (got < 0)
			return (int)got;
		n += (size_t)got;
		if (n < want)
			break;
		if (n >= OCR_IMAGES_FILE_MAX)
			return ocr_err_set(err, -OCR_EFORMAT,
			    "%.200s: too large to be an image",
			    ocr_origin_label(o));
		want *= 2;
	}
	r = ocr_images_item(im, o->name, err);
	im->item.rec.bytes = im->buf;
	im->item.rec.n_bytes = n;
	return r < 0 ? r : 1;
}

/* What the user or the list calls the input. */
static const char *
path_of(const struct ocr_images *im)
{
	const struct ocr_inputs *in = &im->inputs;

	if (im->origin != NULL)
		return im->origin->name;
	return in->i_path > 0 && in->i_path <= in->n_paths
		   ? in->paths[in->i_path - 1]
		   : "-";
}

/* Of what is found in folders, images alone are taken. */
static bool
is_found(const struct ocr_images *im)
{
	const struct ocr_inputs *in = &im->inputs;

	return in->i_path > 0 && in->i_path <= in->n_paths &&
	       strcmp(im->origin->name, in->paths[in->i_path - 1]) != 0;
}

static int
begin(struct ocr_images *im, struct ocr_err *err)
{
	enum ocr_images_form form = im->opt.form;
	int r = look(im, err);

	/* -OCR_EFORMAT: it is empty. */
	if ((r == 0 || r == -OCR_EFORMAT) && is_found(im) &&
	    !ocr_images_is_named(im->origin->name) &&
	    ocr_pixels_sniff(im->head, im->n_head) == OCR_PIXELS_UNKNOWN) {
		ocr_images_close_input(im);
		return 0;
	}
	if (r < 0)
		return r;
	if (ocr_frame_is_magic(im->head, im->n_head) &&
	    form != OCR_IMAGES_ARCHIVE && strcmp(im->origin->name, "-") == 0)
		return ocr_images_open_stream(im, err);
	if (form == OCR_IMAGES_AUTO)
		form = is_found(im) ? OCR_IMAGES_FILE
				    : ocr_images_sniff(im->head, im->n_head);
	if (form == OCR_IMAGES_FILE)
		return read_file(im, err);
	if (form == OCR_IMAGES_ARCHIVE)
		return ocr_images_open_archive(im, err);
	return ocr_images_open_rows(im, form, err);
}

/* "PATH<tab>CLASS": the class, and the path alone is left. */
static int
take_column(struct ocr_images *im, char *line, struct ocr_err *err)
{
	char *tab;

	im->truth = OCR_IMAGES_NO_TRUTH;
	if (im->opt.truth != OCR_TRUTH_COLUMN)
		return 0;
	tab = strrchr(line, '\t');
	if (tab == NULL)
		return 0;
	*tab = '\0';
	return ocr_classes_find(&im->classes, tab + 1, strlen(tab + 1),
	    &im->truth, err);
}

/* As ocr_inputs_next(). */
static int
next_origin(struct ocr_images *im, struct ocr_err *err)
{
	struct ocr_image_list *l = &im->list;
	char *line;
	int r;

	if (im->opt.files_from == NULL)
		return ocr_inputs_next(&im->inputs, &im->origin, err);
	/* The rest of a folder, if the line before was one. */
	r = im->inputs.n_paths > 0
		? ocr_inputs_next(&im->inputs, &im->origin, err)
		: 0;
	while (r == 0) {
		r = ocr_image_list_next(l, &line, im->source.cancel_fd, err);
		if (r <= 0) {
			im->at = OCR_AT_END;
			return r;
		}
		r = take_column(im, line, err);
		if (r < 0)
			return r;
		free(l->path);
		l->path = strdup(line);
		if (l->path == NULL)
			return ocr_err_nomem(err);
		im->inputs.paths = &l->path;
		im->inputs.n_paths = 1;
		im->inputs.i_path = 0;
		r = ocr_inputs_next(&im->inputs, &im->origin, err);
	}
	return r;
}

void
ocr_images_close_input(struct ocr_images *im)
{
	ocr_source_archive_release(&im->archive);
	ocr_chunk_reset(&im->member);
	ocr_origin_unref(im->last);
	im->last = NULL;
	ocr_input_map_close(&im->mapped);
	memset(&im->mapped, 0, sizeof(im->mapped));
	free(im->truths);
	im->truths = NULL;
	ocr_origin_unref(im->origin);
	im->origin = NULL;
	im->n_head = im->n_unread = 0;
	if (im->at == OCR_AT_ARCHIVE || im->at == OCR_AT_ROWS)
		im->at = OCR_AT_INPUTS;
}

int
ocr_images_item_error(struct ocr_images *im, const char *name,
    const struct ocr_err *why, struct ocr_err *err)
{
	struct ocr_image_item *it = &im->item;
	int r;

	if (ocr_source_is_fatal(why->code))
		return ocr_err_set(err, why->code, "%s", why->text);
	r = ocr_images_item(im, name, err);
	if (r < 0)
		return r;
	it->why = *why;
	it->rec.status = why->code;
	it->rec.bytes = (const uint8_t *)it->why.text;
	it->rec.n_bytes = strlen(it->why.text);
	return 1;
}

/* What can be done about it, where what opens files does not know. */
static void
say_more(const struct ocr_images *im, struct ocr_err *why)
{
	const char *path = path_of(im);
	int code = why->code;
	struct stat st;

	if (code != -OCR_EIO || im->inputs.is_recursive ||
	    stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return;
	ocr_err_clear(why);
	ocr_err_set(why, code,
	    "%.200s: is a directory: -r takes the images in it", path);
}

int
ocr_images_read_input(struct ocr_images *im, struct ocr_err *err)
{
	struct ocr_err why = {0};
	int r;

	ocr_images_close_input(im);
	r = next_origin(im, &why);
	if (r == 0)
		im->at = OCR_AT_END;
	if (r > 0)
		r = begin(im, &why);
	if (r >= 0)
		return r;
	say_more(im, &why);
	/* A list that cannot be read is the end of it. */
	r = ocr_images_item_error(im,
	    im->at == OCR_AT_END ? im->opt.files_from : path_of(im), &why, err);
	return r;
}
