/*
 * graph_base.c - see graph_base.h; called by graph_load.c
 */
#include "config.h"

#include "src/graph_base.h"

#include <inttypes.h>
#include <stdatomic.h>

struct bounds {
	struct ocr_graph_source plain; /* its weights do not matter */
	_Atomic uint64_t least, most;
};

static void
note(struct bounds *b, uint64_t least, uint64_t most)
{
	uint64_t old = atomic_load(&b->least);

	while (least < old &&
	       !atomic_compare_exchange_weak(&b->least, &old, least))
		;
	old = atomic_load(&b->most);
	while (
	    most > old && !atomic_compare_exchange_weak(&b->most, &old, most))
		;
}

static int
take(void *arg, const struct ocr_arc *arcs, size_t n, struct ocr_err *err)
{
	uint64_t least = UINT64_MAX, most = 0;

	(void)err;
	for (size_t i = 0; i < n; i++) {
		uint64_t a = arcs[i].from, b = arcs[i].to;

		least = a < least ? a : least;
		least = b < least ? b : least;
		most = a > most ? a : most;
		most = b > most ? b : most;
	}
	note(arg, least, most);
	return 0;
}

static int
scan(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct bounds *b = arg;
	int r = 0;

	(void)thread;
	for (uint64_t i = start; i < end && r == 0; i++)
		r = b->plain.scan(&b->plain, i, take, b, err);
	return r;
}

int
ocr_graph_base(struct ocr_graph_source *s, uint64_t base, struct ocr_crew *crew,
    struct ocr_err *err)
{
	struct bounds b = {.plain = *s, .least = UINT64_MAX, .most = 0};
	int r;

	b.plain.weights = OCR_EDGE_PLAIN;
	r = ocr_crew_each_phase(crew, "looking for ids", s->n_parts, 1, scan,
	    &b, err);
	if (r < 0)
		return r;
	if (s->n_extra > 0)
		note(&b, s->extra[0], s->extra[s->n_extra - 1]);
	if (b.least > b.most)
		return 0; /* no edges: no vertices */
	if (b.least < base)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "--base: there is a vertex %" PRIu64 ", below %" PRIu64,
		    b.least, base);
	if (b.most - base >= OCR_GRAPH_MAX_VERTICES)
		return ocr_err_set(err, -OCR_ELIMIT,
		    "--base: ids from %" PRIu64 " to %" PRIu64
		    " are more than %" PRIu64,
		    base, b.most, OCR_GRAPH_MAX_VERTICES);
	s->first_id = base;
	s->n_declared = b.most - base + 1;
	s->extra = NULL;
	s->n_extra = 0;
	return 0;
}
