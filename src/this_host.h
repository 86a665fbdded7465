/*
 * this_host.h - is a name, or an address, this machine's?
 *
 * By its host name and the addresses of its interfaces; no name service is
 * asked.
 */
#ifndef OCR_THIS_HOST_H
#define OCR_THIS_HOST_H

#include <stdbool.h>

bool ocr_this_host(const char *name);

#endif
