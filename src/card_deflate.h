/*
 * card_deflate.h - kernels that compress, on cards: see common/card.h
 */
#ifndef OCR_CARD_DEFLATE_H
#define OCR_CARD_DEFLATE_H

#include "common/card.h"

/*
 * Best first, NULL at the end:
 *	k_deflate         ours
 *	xilGzipCompBlock  Vitis Libraries 2021.1 to 2022.1
 *	xilLz77Compress and xilHuffmanKernel
 *	                  Vitis Libraries 2019.2, which OctoRay used
 *
 * For the kernel of src/deflate.h, formats deflate and members.  Cards have no
 * levels: opt->level only shows in the header.
 */
extern const struct ocr_card_driver *const ocr_deflate_drivers[];

#endif
