/*
 * member_set.h - which names an archive has so far
 *
 * For merge_archive.c, which lets no hard link point to what is not there and
 * no member lie behind a symbolic link.  Memory: all names.  One thread.
 */
#ifndef OCR_MEMBER_SET_H
#define OCR_MEMBER_SET_H

#include <stdbool.h>

#include "common/err.h"

/* Starts zeroed. */
struct ocr_member_set {
	void *tree;
	bool has_links;
};

int ocr_member_set_add(struct ocr_member_set *s, const char *name, bool is_link,
    struct ocr_err *err);
/* 1 = yes, 0 = no, or -OCR_ENOMEM. */
int ocr_member_set_has(const struct ocr_member_set *s, const char *name,
    struct ocr_err *err);
/* Is one of the directories in name a symbolic link?  Same values. */
int ocr_member_set_leads_out(const struct ocr_member_set *s, const char *name,
    struct ocr_err *err);
void ocr_member_set_release(struct ocr_member_set *s);

#endif
