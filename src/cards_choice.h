/*
 * cards_choice.h - does an iteration of PageRank push or pull: by their cost
 *
 * It depends on what the iterations before have taken and moved.  One by push
 * moves a slot for each arc, one by pull two words for each vertex; so push is
 * tried only where it moves at most a few times as much, as on sparse graphs and
 * in memory that is shared.  Then what has taken less time goes on.  Pure; for
 * src/cards_pagerank.c.
 */
#ifndef OCR_CARDS_CHOICE_H
#define OCR_CARDS_CHOICE_H

#include <stdbool.h>
#include <stdint.h>

/* Push is tried where it is to move at most so many times what pull has moved:
 * about what the try can cost. */
#define OCR_CARDS_TRY 4

/* A first iteration is slow: memory is new, and rates are not known.  It is tried
 * again unless it took more than so many times what the other has. */
#define OCR_CARDS_HOPELESS 2

/* Zeroed: nothing is known. */
struct ocr_cards_choice {
	uint64_t n_pulls, n_pushes;
	double pull_ns, push_ns; /* the least that one has taken */
	uint64_t pull_bytes;     /* that the last one has moved */
};

/* more_bytes: that an iteration by push is to move beyond one by pull. */
static inline bool
ocr_cards_is_to_push(const struct ocr_cards_choice *c, uint64_t more_bytes)
{
	if (c->n_pulls == 0)
		return false;
	if (c->n_pushes == 0)
		return more_bytes / (OCR_CARDS_TRY - 1) <= c->pull_bytes;
	if (c->n_pushes == 1 && c->push_ns <= OCR_CARDS_HOPELESS * c->pull_ns)
		return true;
	if (c->n_pulls == 1 && c->pull_ns <= OCR_CARDS_HOPELESS * c->push_ns)
		return false;
	return c->push_ns < c->pull_ns;
}

/* An iteration has taken ns, and moved that. */
static inline void
ocr_cards_took(struct ocr_cards_choice *c, bool is_push, double ns,
    uint64_t bytes)
{
	double *least = is_push ? &c->push_ns : &c->pull_ns;
	uint64_t *n = is_push ? &c->n_pushes : &c->n_pulls;

	if (*n == 0 || ns < *least)
		*least = ns;
	(*n)++;
	if (!is_push)
		c->pull_bytes = bytes;
}

#endif
