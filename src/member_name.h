/*
 * member_name.h - names that may go into an archive
 *
 * Names come from whoever made the stream.  An archive of ours does not make
 * an unpacker, however trusting, write outside of its directory.
 * Pure; for merge_archive.c.
 */
#ifndef OCR_MEMBER_NAME_H
#define OCR_MEMBER_NAME_H

#include <stdbool.h>

/* The part of a name that is taken: what follows the leading '/' and the last
 * '..' component.  Points into name; NULL if nothing is left. */
const char *ocr_member_name(const char *name);

/* The same name in one form only ("./a//b/" is "a/b"), to be freed; "" for
 * the directory itself.  NULL: no memory. */
char *ocr_member_key(const char *name);

/*
 * Does a symbolic link, stored as 'name', stay inside?  Its target must be
 * relative, with '..' only in front (behind another name it could lead out
 * through a second link) and no more of them than name has directories.
 */
bool ocr_member_link_stays(const char *name, const char *target);

#endif
