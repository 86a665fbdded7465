/*
 * images.h - images out of anything, as records in chunks
 *
 * tar, zip and other archives of JPEG, PNG and PPM files; such files; folders
 * and lists of them; CIFAR-10 records, IDX, NPY, raw bytes of a known shape;
 * what lies in files may be in gzip.  What it is says its content (but for raw
 * and CIFAR-10, which are said).
 *
 * A record is encoded (a file's bytes) or pixels.  A chunk holds whole records:
 * source ─► chunks ─► a worker takes them apart and decodes.  Or, where pixels
 * lie in one file, they are mapped and swept by number: n is known.
 *
 * A chunk stream (ocr-stream(5)) on standard input is passed on as it comes:
 * each chunk whole records of RAW or CIFAR10 (ocr-split -r), or one image file.
 * It must be the only input, and the one truth it has is CIFAR-10's byte.
 */
#ifndef OCR_IMAGES_H
#define OCR_IMAGES_H

#include "common/source.h"
#include "common/ui.h"
#include "src/input_map.h"
#include "src/pixels.h"

#define OCR_IMAGES_FILE_MAX ((size_t)64 << 20) /* bytes of one record */
#define OCR_IMAGES_NO_TRUTH (-1)

enum ocr_images_form {
	OCR_IMAGES_AUTO = 0,
	OCR_IMAGES_ARCHIVE, /* what archive_in.h names */
	OCR_IMAGES_FILE,    /* one JPEG, PNG or PPM */
	OCR_IMAGES_CIFAR10, /* 1 byte of truth, 3072 of pixels, planes */
	OCR_IMAGES_IDX,
	OCR_IMAGES_NPY,
	OCR_IMAGES_RAW,
	OCR_IMAGES_N_FORMS
};

/* "auto", "archive", "file", "cifar10", "idx", "npy", "raw"; NULL: no such. */
const char *ocr_images_form_name(enum ocr_images_form f);
/* OCR_IMAGES_N_FORMS: no such name. */
enum ocr_images_form ocr_images_form_find(const char *name);

enum ocr_images_truth {
	OCR_TRUTH_NONE = 0,
	OCR_TRUTH_FOLDER, /* the directory that an image is in */
	OCR_TRUTH_COLUMN, /* of files_from: "PATH<tab>CLASS" */
	OCR_TRUTH_RECORD, /* CIFAR-10's byte; labels of IDX, NPY and RAW */
};

struct ocr_images_opt {
	enum ocr_images_form form;
	/* RAW: what a record is.  IDX, NPY: what to make of rows that do not
	 * say it (two dimensions).  c 0: not said. */
	struct ocr_pixels_shape shape;
	enum ocr_images_truth truth;
	/* RECORD: numbers, one for each image: IDX, NPY or text, one a line.
	 * NULL: for IDX the file beside it, "labels" for "images" and "idx1"
	 * for "idx3". */
	const char *truth_path;
	/* Names of the model's classes, for FOLDER and COLUMN; then other names
	 * than these are no truth.  n 0: classes are made of the names. */
	const char *const *classes;
	size_t n_classes;
	size_t chunk_bytes;     /* 0: 1 MiB; one record may be larger */
	uint32_t chunk_records; /* at most; 0: no such limit */
	bool is_recursive;      /* folders: all images in them */
	char **paths;           /* none: standard input; owner: the caller */
	size_t n_paths;
	const char *files_from; /* a list of paths, "-" is stdin; or NULL */
	struct ocr_ui *ui;      /* warnings about archives; never NULL */
};

/* How a chunk holds records. */
enum ocr_images_layout {
	OCR_LAYOUT_TABLE = 0, /* a head, a name, the bytes; and so on */
	OCR_LAYOUT_ROWS,      /* of a chunk stream: pixels alone */
	OCR_LAYOUT_WHOLE,     /* of a chunk stream: one image file */
};

struct ocr_images;

/* opt is copied, what it points to must stay. */
int ocr_images_open(struct ocr_images **out, const struct ocr_images_opt *opt,
    struct ocr_err *err);
void ocr_images_free(struct ocr_images *im); /* NULL is fine */

/* Look at the first input now: how chunks will hold records. */
int ocr_images_peek(struct ocr_images *im, enum ocr_images_layout *layout,
    struct ocr_err *err);
/* No inputs, but chunks whose records another process has put there, with
 * such options and that layout: for ocr_records_begin() alone. */
int ocr_images_open_chunks(struct ocr_images **out,
    const struct ocr_images_opt *opt, enum ocr_images_layout layout,
    struct ocr_err *err);

/* For the loop.  Chunks have no origin, but for those of a chunk stream, which
 * also brings ORIGIN and ERROR chunks. */
struct ocr_source *ocr_images_source(struct ocr_images *im);

/* Classes made of names, when the source has ended: how many, and the number
 * that record.truth 'id' has among the names sorted by bytes, and that name. */
size_t ocr_images_n_classes(const struct ocr_images *im);
uint32_t ocr_images_rank(const struct ocr_images *im, int32_t id);
const char *ocr_images_class(const struct ocr_images *im, uint32_t rank);

/* One image, or why there is none. */
struct ocr_record {
	int status;       /* < 0: -OCR_E..., the bytes are a message */
	int32_t truth;    /* class, or -1: not known */
	const char *name; /* not ended by a zero: path, member, PATH:NUMBER */
	size_t n_name;
	const uint8_t *bytes;
	size_t n_bytes;
	struct ocr_pixels_shape shape; /* c 0: an encoded file */
};

/* The records of a loaded chunk.  Any thread; one thread each. */
struct ocr_records {
	const struct ocr_images *images;
	const struct ocr_chunk *chunk;
	size_t at;
	char text[256]; /* the name of a row, cut to this */
};

void ocr_records_begin(struct ocr_records *it, const struct ocr_images *im,
    const struct ocr_chunk *c);
/* 1 = *rec points into the chunk and it; 0 = no more; -OCR_EFORMAT: this is no
 * such chunk. */
int ocr_records_next(struct ocr_records *it, struct ocr_record *rec,
    struct ocr_err *err);

/* A record's pixels to out; its own error, if that is what it is. */
int ocr_record_pixels(const struct ocr_record *rec, struct ocr_pixels *p,
    void *out, struct ocr_err *err);

/* Fixed pixels, one after the other, each record_bytes apart, mapped. */
struct ocr_image_rows {
	uint64_t n;
	size_t record_bytes;
	size_t pixels_at; /* within a record */
	bool has_truth;   /* one byte at 0 of the record, or ... */
	int32_t *truths;  /* ... elsewhere: a label file; or NULL */
	struct ocr_pixels_shape shape;
	const uint8_t *data;
	struct ocr_input_map input; /* private */
};

/* Can this be swept by number?  1 = rows is open, 0 = no, it has to come as
 * chunks: not such a file, or a pipe. */
int ocr_image_rows_open(struct ocr_image_rows *rows, const char *path,
    const struct ocr_images_opt *opt, struct ocr_err *err);
/* Images [from, to) are not needed for a while: their pages leave memory. */
void ocr_image_rows_rest(const struct ocr_image_rows *rows, uint64_t from,
    uint64_t to);
void ocr_image_rows_close(struct ocr_image_rows *rows); /* zeroed is fine */

static inline const uint8_t *
ocr_image_row(const struct ocr_image_rows *rows, uint64_t i)
{
	return rows->data + (size_t)i * rows->record_bytes + rows->pixels_at;
}

static inline int32_t
ocr_image_row_truth(const struct ocr_image_rows *rows, uint64_t i)
{
	if (rows->truths != NULL)
		return rows->truths[i];
	return rows->has_truth ? rows->data[(size_t)i * rows->record_bytes]
			       : OCR_IMAGES_NO_TRUTH;
}

#endif
