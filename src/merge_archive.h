/*
 * merge_archive.h - members of a chunk stream become an archive again
 *
 * For ocr-merge --to=tar and --to=zip.  Gets the sources of a stream as they
 * are announced and its chunks in the order of their numbers; a chunk belongs
 * to the last file whose first number is not above its own.
 * Memory: the names of all members, to check links; one member whose size is
 * not known beforehand, up to spool_bytes, the rest of it in a file.
 * One thread.
 */
#ifndef OCR_MERGE_ARCHIVE_H
#define OCR_MERGE_ARCHIVE_H

#include <stddef.h>
#include <stdint.h>

#include "common/chunk.h"
#include "common/err.h"
#include "common/output.h"
#include "common/ui.h"

enum ocr_merge_to {
	OCR_TO_FILE = 0, /* no archive: chunks are joined */
	OCR_TO_TAR,      /* ustar, with pax headers where they are needed */
	OCR_TO_ZIP,
};

struct ocr_merge_archive_opt {
	enum ocr_merge_to to;
	size_t spool_bytes;
	const char *spool_dir;
};

struct ocr_merge_archive;

/* out must stay open until close or free; ui gets the warnings. */
int ocr_merge_archive_open(struct ocr_merge_archive **a,
    const struct ocr_merge_archive_opt *opt, struct ocr_output *out,
    struct ocr_ui *ui, struct ocr_err *err);

/* A stream begins; chunk_bytes from its ocr/begin. */
void ocr_merge_archive_begin(struct ocr_merge_archive *a, uint64_t chunk_bytes);
/* A source; one that came before (with another part) is not taken twice. */
int ocr_merge_archive_add(struct ocr_merge_archive *a, struct ocr_origin *o,
    struct ocr_err *err);
/* A chunk of type raw, loaded. */
int ocr_merge_archive_put(struct ocr_merge_archive *a,
    const struct ocr_chunk *c, struct ocr_err *err);
/* All of the stream has been put. */
int ocr_merge_archive_end(struct ocr_merge_archive *a, struct ocr_err *err);

/* The end of the archive. */
int ocr_merge_archive_close(struct ocr_merge_archive *a, struct ocr_err *err);
/* Without close before, the archive stays without its end.  NULL is fine. */
void ocr_merge_archive_free(struct ocr_merge_archive *a);

#endif
