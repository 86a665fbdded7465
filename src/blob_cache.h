/*
 * blob_cache.h - what hosts have been sent before: models, by their SHA-256
 *
 * $XDG_CACHE_HOME/octoray, or ~/.cache/octoray: a directory of ours alone, in
 * directories where nobody but us and root can put another in its place.
 * Nothing here is an error: who has no cache is sent everything.
 */
#ifndef OCR_BLOB_CACHE_H
#define OCR_BLOB_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

/* Is there a file for it?  A descriptor, or -1; its bytes are not looked at. */
int ocr_blob_cache_open(const char *sha256);
/* Its bytes, which the caller frees; closes fd.  -OCR_EFORMAT: they are not
 * those of sha256.  Without success the file is gone, but for -OCR_ENOMEM. */
int ocr_blob_cache_read(int fd, const char *sha256, uint8_t **data, size_t *len,
    struct ocr_err *err);
/* Keep it, and no more than a few of the others. */
void ocr_blob_cache_put(const uint8_t *data, size_t len);

#endif
