/*
 * softcard_dir.h - the directory that a run of ocr-softcard has to itself
 *
 * Everything that XRT and the cards leave behind is in it, and goes with it.
 * XRT's sockets are in /tmp/$USER, whatever TMPDIR says: 'user' is the name of
 * a private directory in /tmp, and COMMAND runs with that as USER.
 */
#ifndef OCR_SOFTCARD_DIR_H
#define OCR_SOFTCARD_DIR_H

#include <stddef.h>
#include <sys/types.h>

#include "common/err.h"

struct ocr_softcard_dir {
	char *path;    /* absolute */
	char *sockets; /* /tmp/USER; may be the same as path */
	const char *user;
};

/* Below base, which is TMPDIR or NULL for /tmp. */
int ocr_softcard_dir_make(struct ocr_softcard_dir *d, const char *base,
    struct ocr_err *err);
/* Remove all of it; a zeroed one is fine. */
void ocr_softcard_dir_remove(struct ocr_softcard_dir *d);
/* Free it, and leave the files there. */
void ocr_softcard_dir_keep(struct ocr_softcard_dir *d);

/* "PATH/NAME", to be freed; NULL: no memory. */
char *ocr_softcard_dir_join(const char *path, const char *name);

/* Make a directory below d->path with those above it, a file with that
 * text, a symbolic link. */
int ocr_softcard_dir_mkdir(const struct ocr_softcard_dir *d, const char *name,
    struct ocr_err *err);
int ocr_softcard_dir_write(const struct ocr_softcard_dir *d, const char *name,
    const void *text, size_t len, mode_t mode, struct ocr_err *err);
int ocr_softcard_dir_link(const struct ocr_softcard_dir *d, const char *name,
    const char *target, struct ocr_err *err);

#endif
