/*
 * images_state.h - what a source of images is doing; for images*.c only
 *
 * An input is opened, looked at, and read by one of the readers, which put one
 * record after the other in 'item'; images.c packs these.  One thread (the
 * loop's reader).
 */
#ifndef OCR_IMAGES_STATE_H
#define OCR_IMAGES_STATE_H

#include "common/frame.h"
#include "common/source_stream.h"
#include "src/images.h"
#include "src/images_layout.h"
#include "src/inputs.h"
#include "src/source_archive.h"

/* Names of classes, sorted by bytes. */
struct ocr_classes {
	struct ocr_class {
		char *name;
		int32_t id;
	} * sorted;
	size_t n, cap;
	bool is_closed; /* other names are no classes */
};

int ocr_classes_init(struct ocr_classes *c, const char *const *names, size_t n,
    struct ocr_err *err);
/* A name's number; *id is OCR_IMAGES_NO_TRUTH if it has none. */
int ocr_classes_find(struct ocr_classes *c, const char *name, size_t n,
    int32_t *id, struct ocr_err *err);
void ocr_classes_release(struct ocr_classes *c);

/* A list of paths, line by line. */
struct ocr_image_list {
	int fd; /* -1: none */
	const char *name;
	char *buf;
	size_t at, n, cap;
	bool is_ended;
	char *path;
};

/* One record, to be packed: as struct ocr_record. */
struct ocr_image_item {
	struct ocr_record rec; /* bytes: buf of images, or a reader's */
	char *name;
	size_t cap;
	struct ocr_err why; /* the message of a record that is an error */
};

enum ocr_images_at {
	OCR_AT_INPUTS = 0, /* the next one is to be opened */
	OCR_AT_ARCHIVE,
	OCR_AT_ROWS,
	OCR_AT_STREAM,
	OCR_AT_END,
};

struct ocr_images {
	struct ocr_source source; /* first */
	struct ocr_images_opt opt;
	struct ocr_classes classes;
	struct ocr_inputs inputs;
	struct ocr_image_list list;
	enum ocr_images_at at;
	/* the current input */
	struct ocr_origin *origin;
	uint8_t head[OCR_FRAME_BYTES];
	size_t n_head;   /* bytes that are looked at ... */
	size_t n_unread; /* ... and of them, at the end, those that were taken
			  * out of a pipe and not used yet */
	/* an archive */
	struct ocr_source_archive archive;
	struct ocr_chunk member;
	struct ocr_room room;
	bool is_given, is_empty; /* the file; the member so far */
	struct ocr_origin *last; /* the member */
	uint64_t n_images, n_failed, n_others;
	/* rows */
	struct ocr_rows_layout layout;
	struct ocr_input_map mapped; /* of gzip; data NULL: not */
	size_t mapped_at;
	uint64_t i_row;
	int32_t *truths;
	/* a chunk stream */
	struct ocr_source_stream stream;
	enum ocr_images_layout chunks;
	/* records */
	struct ocr_image_item item;
	bool is_held;  /* item is to be packed before another one is read */
	int32_t truth; /* of the line of the list */
	uint8_t *buf;
	size_t cap;
	uint64_t seq;
};

/* Readers: 1 = item, 0 = the input has ended, negative = it cannot go on. */
int ocr_images_read_archive(struct ocr_images *im, struct ocr_err *err);
int ocr_images_read_rows(struct ocr_images *im, struct ocr_err *err);
/* The next input: 1 = item (a file, or what is wrong with it), 0 = a reader is
 * to go on, or im->at says that all is done; negative = no run. */
int ocr_images_read_input(struct ocr_images *im, struct ocr_err *err);

/* The input's form is known. */
int ocr_images_open_archive(struct ocr_images *im, struct ocr_err *err);
int ocr_images_open_rows(struct ocr_images *im, enum ocr_images_form form,
    struct ocr_err *err);
/* A chunk stream on standard input. */
int ocr_images_open_stream(struct ocr_images *im, struct ocr_err *err);
int ocr_images_next_chunk(struct ocr_images *im, struct ocr_chunk *c,
    struct ocr_err *err);
void ocr_images_close_input(struct ocr_images *im);

/* Bytes of the current input, first those that were looked at. */
int64_t ocr_images_read(struct ocr_images *im, void *buf, size_t n,
    struct ocr_err *err);
int ocr_images_room(struct ocr_images *im, size_t n, struct ocr_err *err);

/* The item gets a name, a truth by it, and nothing else. */
int ocr_images_item(struct ocr_images *im, const char *name,
    struct ocr_err *err);
/* ... or stands for what went wrong: 1, or negative if that ends the run. */
int ocr_images_item_error(struct ocr_images *im, const char *name,
    const struct ocr_err *why, struct ocr_err *err);

int ocr_image_list_open(struct ocr_image_list *l, const char *path,
    struct ocr_err *err);
/* 1 = *line, ended by a zero, until the next call; 0 = no more. */
int ocr_image_list_next(struct ocr_image_list *l, char **line, int cancel_fd,
    struct ocr_err *err);
void ocr_image_list_close(struct ocr_image_list *l);

/* Does the name claim an image? */
bool ocr_images_is_named(const char *name);

#endif
