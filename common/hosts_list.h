/*
 * hosts_list.h - what the parts of hosts.h share; for hosts*.c
 */
#ifndef OCR_HOSTS_LIST_H
#define OCR_HOSTS_LIST_H

#include "common/hosts.h"

#define OCR_HOSTS_LINE_BYTES 4096
#define OCR_HOSTS_SHOWN_BYTES 80 /* of a name in a message */

/* A copy of text[0..len), which belongs to the list; NULL: no memory. */
const char *ocr_hosts_keep(struct ocr_hosts *l, const char *text, size_t len);
/* Add one.  -OCR_EUSAGE "what: more than 100000 hosts". */
int ocr_hosts_push(struct ocr_hosts *l, const struct ocr_host *h,
    const char *what, struct ocr_err *err);
/* Hosts that are there twice become one. */
int ocr_hosts_merge(struct ocr_hosts *l, struct ocr_err *err);

/*
 * Add the hosts of [SLOTS/][USER@]HOST[:PORT]; base is what they have in
 * common, where stands before messages: "hosts.txt:3".
 */
int ocr_hosts_add_target(struct ocr_hosts *l, const struct ocr_host *base,
    const char *where, const char *text, size_t len, struct ocr_err *err);

/* All digits, and not more than max; no leading zero. */
static inline bool
ocr_hosts_number(const char *s, size_t len, unsigned max, unsigned *out)
{
	unsigned v = 0;

	if (len == 0 || (s[0] == '0' && len > 1))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		v = v * 10 + (unsigned)(s[i] - '0');
		if (v > max)
			return false;
	}
	*out = v;
	return true;
}

#endif
