/*
 * images_rows.c - fixed records: by number from a mapped file, or one after the
 * other from a pipe
 *
 * Files in gzip are mapped in both cases, inflated (input_map.h).
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/images_state.h"

static bool
is_gzip(const uint8_t *p, size_t n)
{
	return n >= 2 && p[0] == 0x1f && p[1] == 0x8b;
}

static bool
is_rows(enum ocr_images_form f)
{
	return f == OCR_IMAGES_CIFAR10 || f == OCR_IMAGES_IDX ||
	       f == OCR_IMAGES_NPY || f == OCR_IMAGES_RAW;
}

/* How many records there are in the len bytes of a file. */
static int
count(struct ocr_rows_layout *l, uint64_t len, const char *name,
    struct ocr_err *err)
{
	uint64_t n, rest;

	len = len > l->head_bytes ? len - l->head_bytes : 0;
	n = len / l->record_bytes;
	rest = len % l->record_bytes;
	if (l->n == OCR_ROWS_TO_THE_END) {
		l->n = n;
		if (rest != 0)
			return ocr_err_set(err, -OCR_EFORMAT,
			    "%.200s: %" PRIu64 " bytes behind %" PRIu64
			    " records of %zu",
			    name, rest, n, l->record_bytes);
	}
	if (l->n > n)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%.200s: ends after %" PRIu64 " of %" PRIu64 " images",
		    name, n, l->n);
	if (l->n < n || rest != 0)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%.200s: bytes behind its %" PRIu64 " images", name, l->n);
	return 0;
}

/* The layout of a file in memory. */
static int
look(struct ocr_rows_layout *l, const struct ocr_images_opt *opt,
    enum ocr_images_form form, const struct ocr_input_map *in,
    struct ocr_err *err)
{
	int r = ocr_rows_head(l, opt, form, in->data, in->len, in->name, err);

	if (r > 0)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%.200s: ends in its header", in->name);
	return r < 0 ? r : count(l, in->len, in->name, err);
}

/* n: of images, or OCR_ROWS_TO_THE_END. */
static int
read_labels(int32_t **out, const struct ocr_images_opt *opt,
    enum ocr_images_form form, const char *path, uint64_t n,
    struct ocr_err *err)
{
	uint64_t n_labels = 0;
	char *name = NULL;
	int r = ocr_labels_path(&name, opt, form, path, err);

	*out = NULL;
	if (r == 0 && name != NULL)
		r = ocr_labels_read(out, &n_labels, name, err);
	if (r == 0 && name != NULL && n != OCR_ROWS_TO_THE_END && n_labels != n)
		r = ocr_err_set(err, -OCR_EFORMAT,
		    "%.150s: %" PRIu64 " labels for the %" PRIu64
		    " images of %.150s",
		    name, n_labels, n, path);
	if (r < 0) {
		free(*out);
		*out = NULL;
	}
	free(name);
	return r;
}

/* By its content, where nobody says it; -1: not rows. */
static int
form_of(const struct ocr_input_map *in, const struct ocr_images_opt *opt)
{
	enum ocr_images_form f = opt->form;

	if (f == OCR_IMAGES_AUTO)
		f = ocr_images_sniff(in->data, in->len < 512 ? in->len : 512);
	return is_rows(f) ? (int)f : -1;
}

/* Would the mapping be of that alone?  Not of a whole archive in gzip. */
static bool
is_worth(const char *path, const struct ocr_images_opt *opt)
{
	uint8_t head[512];
	enum ocr_images_form form = opt->form;
	struct stat st;
	size_t n;
	FILE *f;

	if (strcmp(path, "-") == 0 || stat(path, &st) < 0 ||
	    !S_ISREG(st.st_mode))
		return false;
	f = fopen(path, "rbe");
	if (f == NULL)
		return false;
	n = fread(head, 1, sizeof(head), f);
	(void)fclose(f);
	/* Raw bytes that look like gzip are not inflated: they come as chunks,
	 * as they are. */
	if (form == OCR_IMAGES_RAW && is_gzip(head, n))
		return false;
	return is_rows(
	    form != OCR_IMAGES_AUTO ? form : ocr_images_sniff(head, n));
}

int
ocr_image_rows_open(struct ocr_image_rows *rows, const char *path,
    const struct ocr_images_opt *opt, struct ocr_err *err)
{
	struct ocr_rows_layout l;
	int form, r;

	memset(rows, 0, sizeof(*rows));
	if (!is_worth(path, opt))
		return 0;
	r = ocr_input_map_open(&rows->input, path, err);
	if (r < 0)
		return r;
	form = form_of(&rows->input, opt);
	if (form < 0) {
		ocr_image_rows_close(rows);
		return 0;
	}
	r = look(&l, opt, (enum ocr_images_form)form, &rows->input, err);
	if (r == 0)
		r = read_labels(&rows->truths, opt, (enum ocr_images_form)form,
		    path, l.n, err);
	if (r < 0) {
		ocr_image_rows_close(rows);
		return r;
	}
	rows->n = l.n;
	rows->record_bytes = l.record_bytes;
	rows->pixels_at = l.pixels_at;
	rows->has_truth = l.has_truth;
	rows->shape = l.shape;
	rows->data = rows->input.data + l.head_bytes;
	return 1;
}

void
ocr_image_rows_rest(const struct ocr_image_rows *rows, uint64_t from,
    uint64_t to)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t at =
	    (uintptr_t)rows->data + (size_t)from * rows->record_bytes;
	uintptr_t end = (uintptr_t)rows->data + (size_t)to * rows->record_bytes;

	if (rows->input.mapped == 0)
		return;
	at = (at + page - 1) / page * page;
	end = end / page * page;
	if (at < end)
		(void)madvise((void *)at, end - at, MADV_DONTNEED);
}

void
ocr_image_rows_close(struct ocr_image_rows *rows)
{
	ocr_input_map_close(&rows->input);
	free(rows->truths);
	memset(rows, 0, sizeof(*rows));
}

/* Of a pipe, or a plain file: read the head as far as it goes. */
static int
read_head(struct ocr_images *im, enum ocr_images_form form, struct ocr_err *err)
{
	const char *name = ocr_origin_label(im->origin);
	size_t n = 0, want = 0;
	int64_t got;
	int r;

	for (;;) {
		r = ocr_rows_head(&im->layout, &im->opt, form, im->buf, n, name,
		    err);
		if (r <= 0)
			return r;
		want = (size_t)r;
		r = ocr_images_room(im, OCR_ROWS_HEAD_MAX, err);
		if (r < 0)
			return r;
		got = ocr_images_read(im, im->buf + n, want - n, err);
		if (got < 0)
			return (int)got;
		n += (size_t)got;
		if (n < want)
			return ocr_err_set(err, -OCR_EFORMAT,
			    "%.200s: ends in its header", name);
	}
}

static int
open_gzip(struct ocr_images *im, enum ocr_images_form form, struct ocr_err *err)
{
	const char *name = ocr_origin_label(im->origin);
	int r;

	if (im->n_unread > 0 || strcmp(im->origin->name, "-") == 0)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%.200s: is in gzip: decompress it first "
		    "(ocr-compress -d)",
		    name);
	r = ocr_input_map_open(&im->mapped, im->origin->name, err);
	if (r < 0)
		return r;
	r = look(&im->layout, &im->opt, form, &im->mapped, err);
	im->mapped_at = im->layout.head_bytes;
	return r;
}

int
ocr_images_open_rows(struct ocr_images *im, enum ocr_images_form form,
    struct ocr_err *err)
{
	uint64_t size = im->origin->size;
	int r;

	im->i_row = 0;
	/* A raw record may begin with any bytes. */
	if (form != OCR_IMAGES_RAW && is_gzip(im->head, im->n_head))
		r = open_gzip(im, form, err);
	else
		r = read_head(im, form, err);
	if (r == 0 && im->mapped.data == NULL && im->origin->is_seekable)
		r = count(&im->layout, size, ocr_origin_label(im->origin), err);
	if (r == 0)
		r = read_labels(&im->truths, &im->opt, form, im->origin->name,
		    im->layout.n, err);
	if (r == 0)
		im->at = OCR_AT_ROWS;
	return r;
}

/* The next record in im->buf, or within the mapping: *n bytes of it. */
static int
read_record(struct ocr_images *im, const uint8_t **p, size_t *n,
    struct ocr_err *err)
{
	size_t len = im->layout.record_bytes, rest;
	int64_t got;
	int r;

	if (im->mapped.data != NULL) {
		rest = im->mapped.len - im->mapped_at;
		*p = im->mapped.data + im->mapped_at;
		*n = rest < len ? rest : len;
		im->mapped_at += *n;
		return 0;
	}
	r = ocr_images_room(im, len, err);
	if (r < 0)
		return r;
	got = ocr_images_read(im, im->buf, len, err);
	*p = im->buf;
	*n = got < 0 ? 0 : (size_t)got;
	return got < 0 ? (int)got : 0;
}

static int
name_row(struct ocr_images *im, struct ocr_err *err)
{
	const char *label = ocr_origin_label(im->origin);
	char *name;
	int r;

	if (asprintf(&name, "%s:%" PRIu64, label, im->i_row) < 0)
		return ocr_err_nomem(err);
	r = ocr_images_item(im, name, err);
	free(name);
	return r;
}

int
ocr_images_read_rows(struct ocr_images *im, struct ocr_err *err)
{
	const struct ocr_rows_layout *l = &im->layout;
	const char *label = ocr_origin_label(im->origin);
	struct ocr_record *rec = &im->item.rec;
	const uint8_t *p;
	size_t n = 0;
	int r;

	if (im->i_row == l->n)
		return 0;
	r = read_record(im, &p, &n, err);
	if (r < 0)
		return r;
	if (n == 0 && l->n == OCR_ROWS_TO_THE_END)
		return 0;
	if (n < l->record_bytes && l->n == OCR_ROWS_TO_THE_END)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%.200s: %zu bytes behind %" PRIu64 " records of %zu",
		    label, n, im->i_row, l->record_bytes);
	if (n < l->record_bytes)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%.200s: ends after %" PRIu64 " of %" PRIu64 " images",
		    label, im->i_row, l->n);
	r = name_row(im, err);
	if (r < 0)
		return r;
	if (l->has_truth)
		rec->truth = p[0];
	else if (im->truths != NULL)
		rec->truth = im->truths[im->i_row];
	rec->bytes = p + l->pixels_at;
	rec->n_bytes = l->record_bytes - l->pixels_at;
	rec->shape = l->shape;
	im->i_row++;
	return 1;
}
