/*
 * graph_print.c - see graph_print.h
 *
 * In rounds: each thread fills some buffers, then the caller writes them all.
 * They stay in the cache meanwhile.
 */
#include "config.h"

#include "src/graph_print.h"

#include <stdlib.h>
#include <sys/uio.h>

#define PIECE_BYTES ((size_t)256 << 10)
#define PIECES_EACH 4
#define MAX_PIECES 256

struct round {
	const struct ocr_printer *printer;
	char *room;         /* n pieces of PIECE_BYTES */
	struct iovec *text; /* what is in them */
	size_t n;
	uint64_t first; /* item of piece 0 */
	uint64_t items; /* of a piece */
};

static int
fill(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	const struct round *r = arg;
	const struct ocr_printer *p = r->printer;

	(void)thread;
	(void)err;
	for (uint64_t i = start; i < end; i++) {
		char *at = r->room + (size_t)i * PIECE_BYTES;
		uint64_t from = r->first + i * r->items;
		uint64_t n = p->n - from < r->items ? p->n - from : r->items;

		r->text[i].iov_base = at;
		r->text[i].iov_len =
		    (size_t)(p->put(p->arg, from, from + n, at) - at);
	}
	return 0;
}

int
ocr_graph_print(const struct ocr_printer *p, struct ocr_crew *crew,
    struct ocr_output *out, struct ocr_err *err)
{
	struct round r = {.printer = p, .items = PIECE_BYTES / p->n_most};
	uint64_t left, n;
	size_t most = PIECES_EACH * (size_t)crew->n_threads;
	int e = 0;

	if (crew->meter != NULL)
		ocr_meter_wipe(crew->meter);
	n = (p->n + r.items - 1) / r.items;
	r.n = most < MAX_PIECES ? most : MAX_PIECES;
	if (n < r.n)
		r.n = (size_t)n;
	if (r.n == 0)
		return 0;
	r.room = malloc(r.n * PIECE_BYTES);
	r.text = calloc(r.n, sizeof(*r.text));
	if (r.room == NULL || r.text == NULL)
		e = ocr_err_nomem(err);
	for (left = n; left > 0 && e == 0; left -= n) {
		n = left < r.n ? left : r.n;
		e = ocr_crew_each(crew, n, 1, fill, &r, err);
		if (e == 0)
			e = ocr_output_writev(out, r.text, (int)n, err);
		r.first += n * r.items;
	}
	free(r.room);
	free(r.text);
	return e;
}
