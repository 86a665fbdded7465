/*
 * lease.h - a compute unit belongs to one program at a time
 *
 * A lock file for each unit, held with flock, so that it is free again however
 * its holder ends.  Files are in $OCR_LEASE_DIR, else /run/lock/octoray-tools
 * or /tmp/octoray-tools-leases, mode 1777: users of one machine share cards.
 */
#ifndef OCR_LEASE_H
#define OCR_LEASE_H

#include <stddef.h>

#include "common/err.h"

/*
 * Take the lease of that unit: card is its PCI address, or the softcard's
 * directory and index in emulation.  wait_ms 0: do not wait.  Returns a
 * descriptor to be given back, or -OCR_EDEVICE "in use by another program
 * (pid 1234)"; -OCR_EIO where no file can be made.  Never follows a link that
 * somebody else planted.
 */
int ocr_lease_take(const char *card, const char *unit, unsigned wait_ms,
    struct ocr_err *err);
void ocr_lease_give(int lease);

/* Does somebody have it?  0, or -OCR_EDEVICE with the same text.  Takes and
 * makes nothing, so that nobody who wants it is turned away by a look. */
int ocr_lease_look(const char *card, const char *unit, struct ocr_err *err);

/* What 'card' is for a card with that PCI address ("" in emulation) and number;
 * returns buf. */
const char *ocr_lease_card(const char *bdf, unsigned index, char *buf,
    size_t n);

#endif
