/*
 * fuzz_images.c - hostile archives, IDX, NPY and label files, and tables
 *
 * The first byte says what the rest is.  As a file it is read by name and, where
 * that can be, mapped: both give the same records.  As a payload it is taken
 * apart by the reader of records.
 */
#include "config.h"

#include "src/images.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "src/images_layout.h"

#define MAX_RECORDS 10000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct seen {
	uint64_t n_good, n_bad, hash;
	int status;
};

static int
take(struct ocr_room *room, struct ocr_chunk *c, size_t cap,
    struct ocr_err *err)
{
	(void)room;
	(void)err;
	if (cap > c->cap) {
		free(c->data);
		c->data = malloc(cap);
		c->cap = cap;
	}
	return c->data != NULL ? 0 : -OCR_ENOMEM;
}

static uint64_t
mix(uint64_t h, const uint8_t *p, size_t n)
{
	for (; n > 0; n--)
		h = (h ^ *p++) * 1099511628211U;
	return h;
}

static int
see(struct seen *s, const struct ocr_images *im, const struct ocr_chunk *c)
{
	struct ocr_chunk copy = *c;
	struct ocr_records it;
	struct ocr_record rec;
	struct ocr_err err = {0};
	int r;

	copy.data = malloc(c->len > 0 ? c->len : 1);
	if (c->len > 0)
		memcpy(copy.data, c->data, c->len);
	ocr_records_begin(&it, im, &copy);
	while ((r = ocr_records_next(&it, &rec, &err)) > 0) {
		if (rec.name < (char *)copy.data ||
		    rec.bytes + rec.n_bytes > copy.data + copy.len)
			abort();
		s->hash = mix(s->hash, (const uint8_t *)rec.name, rec.n_name);
		if (rec.status < 0) {
			s->n_bad++;
			continue;
		}
		s->n_good++;
		s->hash = mix(mix(0, (uint8_t *)&rec.truth, 4), rec.bytes,
			      rec.n_bytes) +
			  s->hash * 3;
	}
	if ((r < 0) != (err.code != 0))
		abort();
	free(copy.data);
	return r;
}

static struct seen
read_all(char *path, const struct ocr_images_opt *opt)
{
	struct ocr_ui ui = {.tool = "fuzz", .verbosity = OCR_QUIET};
	struct ocr_images_opt o = *opt;
	struct ocr_room room = {.take = take, .grow = take};
	struct ocr_chunk c = {.room = &room};
	struct ocr_err err = {0};
	struct seen s = {0};
	struct ocr_images *im;
	struct ocr_source *source;
	char *paths[] = {path};

	o.ui = &ui;
	o.paths = paths;
	o.n_paths = 1;
	c.cap = OCR_CHUNK_MIN_CAP;
	c.data = malloc(c.cap);
	if (ocr_images_open(&im, &o, &err) < 0)
		abort();
	source = ocr_images_source(im);
	do {
		ocr_chunk_reset(&c);
		s.status = source->next(source, &c, &err);
		if (s.status > 0 && see(&s, im, &c) < 0)
			abort(); /* it made the table itself */
	} while (s.status > 0 && s.n_good < MAX_RECORDS);
	ocr_chunk_reset(&c);
	free(c.data);
	ocr_images_free(im);
	return s;
}

static void
check_file(const uint8_t *data, size_t len, const struct ocr_images_opt *opt)
{
	struct ocr_image_rows rows;
	struct ocr_err err = {0};
	struct seen s;
	char path[32];
	uint64_t i, sum = 0;
	int fd = memfd_create("images", 0), r;

	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		abort();
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	s = read_all(path, opt);
	r = ocr_image_rows_open(&rows, path, opt, &err);
	if ((r < 0) != (err.code != 0))
		abort();
	if (r > 0) {
		for (i = 0; i < rows.n && i < MAX_RECORDS; i++)
			sum += ocr_image_row(&rows, i)[0] +
			       ocr_image_row(&rows,
				   i)[rows.record_bytes - rows.pixels_at - 1];
		if (s.n_good != i && s.n_good < MAX_RECORDS)
			abort();
	}
	if (r < 0 && s.n_good > 0)
		abort();
	if (sum == UINT64_MAX) /* the reads are wanted */
		abort();
	ocr_image_rows_close(&rows);
	close(fd);
}

static void
check_labels(const uint8_t *data, size_t len)
{
	struct ocr_err err = {0};
	int32_t *labels;
	uint64_t n, i;
	char path[32];
	int fd = memfd_create("labels", 0), r;

	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		abort();
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	r = ocr_labels_read(&labels, &n, path, &err);
	if ((r < 0) != (err.code != 0) || (r < 0 && labels != NULL))
		abort();
	for (i = 0; r == 0 && i < n; i++)
		if (labels[i] < 0)
			abort();
	free(labels);
	close(fd);
}

static void
check_table(const uint8_t *data, size_t len)
{
	struct ocr_images_opt o = {0};
	struct ocr_chunk c = {.len = len};
	struct ocr_images *im;
	struct ocr_err err = {0};
	struct seen s = {0};

	if (ocr_images_open(&im, &o, &err) < 0)
		abort();
	c.data = malloc(len + 1);
	memcpy(c.data, data, len);
	(void)see(&s, im, &c);
	free(c.data);
	ocr_images_free(im);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ocr_images_opt o = {.shape = {.c = 1, .h = 2, .w = 3}};

	if (len == 0)
		return 0;
	switch (data[0] % 8) {
	case 0:
		check_table(data + 1, len - 1);
		break;
	case 1:
		check_labels(data + 1, len - 1);
		break;
	case 2:
		o.form = OCR_IMAGES_NPY;
		check_file(data + 1, len - 1, &o);
		break;
	case 3:
		o.form = OCR_IMAGES_IDX;
		check_file(data + 1, len - 1, &o);
		break;
	case 4:
		o.form = OCR_IMAGES_RAW;
		check_file(data + 1, len - 1, &o);
		break;
	default:
		o.truth = OCR_TRUTH_FOLDER;
		check_file(data + 1, len - 1, &o);
		break;
	}
	return 0;
}
