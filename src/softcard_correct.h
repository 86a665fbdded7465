/*
 * softcard_correct.h - faults of XRT's emulation library, corrected in memory
 *
 * Debian's libxrt_swemu.so.2 (XRT 2.13) has two that are in our way:
 *	memory  CpuemShim::alloc_void() drops the pointer that realloc()
 *	        returns: every program corrupts its heap at the first message.
 *	units   SWScheduler::cmd_has_cu() takes unit n + 32 for unit n where the
 *	        mask of a command has no word for it: a run that finds its unit
 *	        busy is started on the other one, which may be of another
 *	        kernel.  Later versions up to 2.26 have it, too.
 * Both are found by the code that the compiler has made of them.
 */
#ifndef OCR_SOFTCARD_CORRECT_H
#define OCR_SOFTCARD_CORRECT_H

#include <stddef.h>
#include <stdint.h>

#define OCR_SOFTCARD_CORRECT_MEMORY 1u
#define OCR_SOFTCARD_CORRECT_UNITS 2u
/* Without the second one a card has no more units than a mask has bits. */
#define OCR_SOFTCARD_MASK_UNITS 32

/* Correct a library; returns which faults it had.  One that is found in more
 * than one place is left alone: there the pattern means something else. */
unsigned ocr_softcard_correct(uint8_t *lib, size_t len);

#endif
