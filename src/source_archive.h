/*
 * source_archive.h - the members of archives as chunks
 *
 * Reads the archives that archive_in.h names.  Every member is announced as
 * an origin of its own; its data follow in chunks of one size, the last one
 * smaller, holes as zeros.  Members that are no file, directory or link are
 * left out with a warning; one that cannot be read (encrypted, damaged)
 * becomes an error chunk.  One thread, which must also release.
 */
#ifndef OCR_SOURCE_ARCHIVE_H
#define OCR_SOURCE_ARCHIVE_H

#include <locale.h>

#include "common/source.h"
#include "common/ui.h"
#include "src/archive_in.h"

struct archive_entry;

struct ocr_source_archive {
	struct ocr_source source; /* first */
	/* Gives the archives: as ocr_inputs_next(). */
	int (*next_origin)(void *ctx, struct ocr_origin **o,
	    struct ocr_err *err);
	void *ctx;
	struct ocr_ui *ui;
	size_t chunk_bytes;
	/* Of the first archive, already read; must stay until the end. */
	const uint8_t *head;
	size_t n_head;
	/* private */
	struct ocr_archive_in in;
	struct archive_entry *entry; /* libarchive's */
	struct ocr_origin *member;   /* whose data come, or NULL */
	uint64_t n_members;          /* announced so far */
	uint64_t seq, at;
	const unsigned char *block; /* libarchive's, not yet in a chunk */
	size_t block_len;
	uint64_t block_at;    /* where in the member */
	bool is_member_ended; /* no block follows */
	bool is_broken;       /* nor a member */
	/* libarchive turns names into the locale's charset: UTF-8 it is */
	locale_t locale, old_locale;
};

void ocr_source_archive_init(struct ocr_source_archive *s, size_t chunk_bytes,
    struct ocr_ui *ui,
    int (*next_origin)(void *ctx, struct ocr_origin **o, struct ocr_err *err),
    void *ctx);
/* A zeroed struct is fine. */
void ocr_source_archive_release(struct ocr_source_archive *s);

#endif
