/*
 * images_layout.h - where the pixels are in files of fixed records
 *
 * CIFAR-10, IDX, NPY, raw.  Pure; any thread.  For images*.c only.
 */
#ifndef OCR_IMAGES_LAYOUT_H
#define OCR_IMAGES_LAYOUT_H

#include "src/images.h"

#define OCR_ROWS_HEAD_MAX ((size_t)65536) /* of an NPY file */
#define OCR_ROWS_TO_THE_END UINT64_MAX

struct ocr_rows_layout {
	uint64_t n; /* OCR_ROWS_TO_THE_END: as many as there are */
	size_t head_bytes, record_bytes, pixels_at;
	bool has_truth;
	struct ocr_pixels_shape shape;
};

/* What the dimensions of an array are, batch first: 2 to 4 of them. */
int ocr_rows_dims(struct ocr_rows_layout *l, const uint64_t *dims,
    size_t n_dims, const struct ocr_pixels_shape *hint, const char *name,
    struct ocr_err *err);

/* The head of a file: p[0..n) are its first bytes.  0 = *l is it; > 0: it needs
 * so many bytes to tell (more than n, at most OCR_ROWS_HEAD_MAX). */
int ocr_rows_head(struct ocr_rows_layout *l, const struct ocr_images_opt *opt,
    enum ocr_images_form form, const uint8_t *p, size_t n, const char *name,
    struct ocr_err *err);

/* Of an array: its numbers' type too. */
struct ocr_npy {
	size_t head_bytes;
	char type[4]; /* "u1", "<i8" */
	size_t n_dims;
	uint64_t dims[8];
};
/* As ocr_rows_head(). */
int ocr_npy_head(struct ocr_npy *a, const uint8_t *p, size_t n,
    const char *name, struct ocr_err *err);

/* Labels of a file that is IDX, NPY or text; to be freed. */
int ocr_labels_read(int32_t **out, uint64_t *n, const char *path,
    struct ocr_err *err);
/* The path of the labels that belong to rows, to be freed, in *out; NULL: there
 * are none. */
int ocr_labels_path(char **out, const struct ocr_images_opt *opt,
    enum ocr_images_form form, const char *path, struct ocr_err *err);

/* By the first bytes, 512 if the file has them; gzip's content counts. */
enum ocr_images_form ocr_images_sniff(const uint8_t *p, size_t n);

#endif
