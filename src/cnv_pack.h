/*
 * cnv_pack.h - a binarised network as k_cnv takes it
 *
 * For src/card_infer.c, and for the stand-in of FINN's kernels.
 */
#ifndef OCR_CNV_PACK_H
#define OCR_CNV_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "src/bnn.h"

/* b was checked.  *out, *n words, is the buffer of k_cnv.h; free() it.
 * -OCR_ELIMIT: the network is too large for the kernel; err says where. */
int ocr_cnv_pack(uint64_t **out, size_t *n, const struct ocr_bnn *b,
    bool is_nhwc, struct ocr_err *err);

#endif
