/*
 * card_inflate.h - kernels that decompress, on cards: see common/card.h
 *
 * Only data whose length and CRC are known goes to a card: chunks of an
 * ocr-stream(5), and members that say their sizes.  A piece of a gzip file
 * that was cut at a marker is a guess, which only inflating it could check,
 * and which might never come out of a card again.
 */
#ifndef OCR_CARD_INFLATE_H
#define OCR_CARD_INFLATE_H

#include "common/card.h"

/*
 * Best first, NULL at the end:
 *	xilGzipMM2S and xilGzipS2MM, with xilDecompress running free between
 *	them    Vitis Libraries 2021.1 to 2022.1
 *
 * For the kernel of src/inflate.h.
 */
extern const struct ocr_card_driver *const ocr_inflate_drivers[];

#endif
