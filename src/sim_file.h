/*
 * sim_file.h - work of items from a text file; for sim_profile.c
 */
#ifndef OCR_SIM_FILE_H
#define OCR_SIM_FILE_H

#include <stdint.h>

#include "common/err.h"

/* One number a line; *work is malloc()ed.  -OCR_EIO, -OCR_EFORMAT, -OCR_ELIMIT,
 * -OCR_ENOMEM. */
int ocr_sim_file_read(const char *path, uint32_t **work, uint64_t *n,
    struct ocr_err *err);

#endif
