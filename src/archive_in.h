/*
 * archive_in.h - an archive as libarchive wants to read it
 *
 * Opens an origin through our own read calls, so that messages, EINTR and
 * cancelling are those of io.c.  Called by source_archive.c.
 *
 * Formats: tar, cpio, ar, zip, 7-Zip, ISO 9660, cab, lha, rar, xar and warc,
 * as they are or in gzip, bzip2, compress, lzip, lzma, xz, lz4, zstd, uu or
 * rpm.  Left out: filters that start a program (lrzip, lzop, grzip), and
 * mtree, which names files outside the archive.
 */
#ifndef OCR_ARCHIVE_IN_H
#define OCR_ARCHIVE_IN_H

#include "common/chunk.h"
#include "common/err.h"

struct archive;

struct ocr_archive_in {
	struct archive *archive; /* NULL: not open */
	struct ocr_origin *file; /* counted */
	/* private */
	const uint8_t *head; /* the next bytes of the file */
	size_t n_head;
	uint64_t at; /* in the file; in a pipe: behind all that was read */
	unsigned char *buf;
	int cancel_fd;
	struct ocr_err err; /* of a read that failed */
};

/* Takes over the reference to file, whatever happens.  A failure is one of
 * memory or of this input: not an archive, cannot be read. */
int ocr_archive_in_open(struct ocr_archive_in *in, struct ocr_origin *file,
    int cancel_fd, struct ocr_err *err);
/* The same for a file of which the caller has read the first n_head bytes;
 * head must stay until it is closed. */
int ocr_archive_in_open_head(struct ocr_archive_in *in, struct ocr_origin *file,
    const uint8_t *head, size_t n_head, int cancel_fd, struct ocr_err *err);

/* What went wrong, for fail's sake: "x: what libarchive says", or why a read
 * failed.  member may be NULL.  Returns a code. */
int ocr_archive_in_fail(const struct ocr_archive_in *in, const char *member,
    struct ocr_err *err);

/* There are no more members.  1 = that may not be all there was: a tar without
 * its mark of the end.  One that ends within a header is cut off, an error:
 * libarchive says nothing.  Where it is compressed that cannot be seen. */
int ocr_archive_in_end(const struct ocr_archive_in *in, struct ocr_err *err);

/* libarchive's last words, lower case, in buf. */
const char *ocr_archive_in_why(const struct ocr_archive_in *in, char *buf,
    size_t n);

/* A zeroed struct is fine. */
void ocr_archive_in_close(struct ocr_archive_in *in);

#endif
