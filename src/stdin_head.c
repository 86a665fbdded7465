/*
 * stdin_head.c - see stdin_head.h
 */
#include "config.h"

#include "src/stdin_head.h"

#include <unistd.h>

#include "common/io.h"

void
ocr_stdin_head_look(struct ocr_stdin_head *h)
{
	struct ocr_err lost = {0};
	off_t at = lseek(STDIN_FILENO, 0, SEEK_CUR);
	int64_t n;

	h->is_read = at < 0 || !ocr_fd_is_regular(STDIN_FILENO);
	if (h->is_read)
		n = ocr_read_full(STDIN_FILENO, h->bytes, sizeof(h->bytes),
		    "stdin", -1, &lost);
	else
		n = ocr_pread_full(STDIN_FILENO, h->bytes, sizeof(h->bytes),
		    (uint64_t)at, "stdin", &lost);
	h->n = n < 0 ? 0 : (size_t)n;
}
