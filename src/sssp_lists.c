/*
 * sssp_lists.c - lists of vertices that wait, and rings of them: bins
 */
#include "config.h"

#include <stdlib.h>

#include "src/sssp_impl.h"

/* Entries of a list at first. */
#define LIST_ROOM 64
/* Entries of a bin that are looked at one by one: among few, a hub counts. */
#define BIN_LOOK 64

bool
ocr_sssp_grow(struct ocr_sssp_thread *t, struct ocr_sssp_list *l,
    size_t entry_size)
{
	size_t room = l->room < LIST_ROOM ? LIST_ROOM : l->room * 2, bytes;
	void *p;

	if (l->room == 0 && t->n_spares > 0) {
		*l = t->spares[--t->n_spares];
		return true;
	}
	bytes = room <= SIZE_MAX / entry_size ? room * entry_size : SIZE_MAX;
	p = bytes < SIZE_MAX ? realloc(l->entries, bytes) : NULL;
	if (p == NULL) {
		t->n_short = bytes;
		return false;
	}
	l->entries = p;
	l->room = room;
	return true;
}

int
ocr_sssp_short(const struct ocr_sssp_thread *t, struct ocr_err *err)
{
	if (t->n_short == 0)
		return 0;
	return ocr_err_set(err, -OCR_ENOMEM,
	    "vertices that wait: %zu MiB of memory are needed",
	    (t->n_short >> 20) + 1);
}

void
ocr_sssp_spare(struct ocr_sssp_thread *t, struct ocr_sssp_list *l)
{
	l->n = 0;
	if (l->room > 0 && t->n_spares < OCR_SSSP_SPARES)
		t->spares[t->n_spares++] = *l;
	else
		free(l->entries);
	*l = (struct ocr_sssp_list){0};
}

void
ocr_sssp_free_lists(struct ocr_sssp *s)
{
	unsigned t, k;

	for (t = 0; s->threads != NULL && t < s->n_threads; t++) {
		for (k = 0; k < OCR_SSSP_RING; k++) {
			free(s->threads[t].ring[k].entries);
			s->threads[t].ring[k] = (struct ocr_sssp_list){0};
		}
		for (k = 0; k < OCR_SSSP_LISTS; k++) {
			free(s->threads[t].lists[k].entries);
			s->threads[t].lists[k] = (struct ocr_sssp_list){0};
		}
		while (s->threads[t].n_spares > 0)
			free(s->threads[t]
				 .spares[--s->threads[t].n_spares]
				 .entries);
	}
	ocr_sssp_free_tile_lists(s);
}

uint64_t
ocr_sssp_count_list(const struct ocr_sssp *s, enum ocr_sssp_which which)
{
	uint64_t n = 0;
	unsigned t;

	for (t = 0; t < s->n_threads; t++)
		n += s->threads[t].lists[which].n;
	return n;
}

void
ocr_sssp_clear_list(struct ocr_sssp *s, enum ocr_sssp_which which)
{
	unsigned t;

	for (t = 0; t < s->n_threads; t++)
		s->threads[t].lists[which].n = 0;
}

void
ocr_sssp_clear_bin(struct ocr_sssp *s, uint64_t bin)
{
	unsigned at = (unsigned)(bin % OCR_SSSP_RING), t;

	for (t = 0; t < s->n_threads; t++) {
		ocr_sssp_spare(&s->threads[t], &s->threads[t].ring[at]);
		s->threads[t].used[at / 64] &= ~((uint64_t)1 << at % 64);
	}
}

/* The first bin from `from` on that may have entries, before `end`. */
uint64_t
ocr_sssp_next_bin(const struct ocr_sssp *s, uint64_t from, uint64_t end)
{
	uint64_t bits;
	unsigned at, t;

	while (from < end) {
		at = (unsigned)(from % OCR_SSSP_RING);
		bits = 0;
		for (t = 0; t < s->n_threads; t++)
			bits |= s->threads[t].used[at / 64];
		bits >>= at % 64;
		if (bits != 0) {
			from += (unsigned)__builtin_ctzll(bits);
			return from < end ? from : OCR_SSSP_NONE;
		}
		from += 64 - at % 64;
	}
	return OCR_SSSP_NONE;
}

uint64_t
ocr_sssp_count_bin(const struct ocr_sssp *s, uint64_t bin)
{
	uint64_t n = 0;
	unsigned t;

	for (t = 0; t < s->n_threads; t++)
		n += s->threads[t].ring[bin % OCR_SSSP_RING].n;
	return n;
}

/* The arcs of what is in a bin, about. */
uint64_t
ocr_sssp_out_of_bin(const struct ocr_sssp *s, uint64_t bin)
{
	const struct ocr_sssp_list *l;
	uint64_t n_out = 0;
	unsigned t;
	size_t i;

	for (t = 0; t < s->n_threads; t++) {
		l = &s->threads[t].ring[bin % OCR_SSSP_RING];
		if (l->n > BIN_LOOK)
			n_out += l->n * s->mean_out;
		for (i = 0; i < l->n && l->n <= BIN_LOOK; i++)
			n_out +=
			    ocr_sssp_degree(&s->out, s->steps->vertex_at(l, i));
	}
	return n_out;
}
