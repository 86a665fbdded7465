/*
 * stdin_head.h - the first bytes of standard input, to see what it is
 */
#ifndef OCR_STDIN_HEAD_H
#define OCR_STDIN_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/frame.h"

struct ocr_stdin_head {
	uint8_t bytes[OCR_FRAME_BYTES];
	size_t n;
	bool is_read; /* they are taken out of it, not only looked at */
};

/*
 * Look at them, without moving the input where that is possible.  What cannot
 * be read is found out, and said, by whoever reads on.
 */
void ocr_stdin_head_look(struct ocr_stdin_head *h);

#endif
