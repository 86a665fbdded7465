/*
 * graph_build_scan.c - a pass over all arcs of a source
 */
#include "config.h"

#include "src/graph_build_scan.h"

struct taker {
	const struct ocr_scan *p;
	unsigned thread;
};

static int
take(void *arg, const struct ocr_arc *arcs, size_t n, struct ocr_err *err)
{
	const struct taker *t = arg;
	const struct ocr_scan *p = t->p;
	const volatile int *stop = p->crew->stop;

	/* A part may be long. */
	if (stop != NULL && __atomic_load_n(stop, __ATOMIC_RELAXED) != 0)
		return ocr_err_set(err, -OCR_ECANCEL, "stopped");
	/* Whoever calls has opened the crew and is thread 0: only it draws. */
	if (p->crew->meter != NULL && t->thread == 0)
		ocr_meter_tick(p->crew->meter);
	return p->batch(p->arg, t->thread, arcs, n, err);
}

/* Progress up to a part: bytes if there are any, else parts. */
static uint64_t
before(const struct ocr_graph_source *s, uint64_t part)
{
	return s->n_bytes == 0 ? part
			       : (uint64_t)((double)s->n_bytes * (double)part /
					    (double)s->n_parts);
}

static int
scan_parts(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	const struct ocr_scan *p = arg;
	struct taker t = {p, thread};
	int r = 0;

	for (; r >= 0 && start < end; start++) {
		r = p->s->scan(p->s, start, take, &t, err);
		if (p->crew->meter != NULL)
			ocr_meter_add(p->crew->meter,
			    before(p->s, start + 1) - before(p->s, start));
	}
	return r < 0 ? r : 0;
}

int
ocr_scan_run(const struct ocr_scan *p, struct ocr_err *err)
{
	const struct ocr_graph_source *s = p->s;

	if (s->n_bytes > 0)
		ocr_crew_phase(p->crew, p->phase, OCR_METER_BYTES, s->n_bytes);
	else
		ocr_crew_phase(p->crew, p->phase, OCR_METER_ITEMS, s->n_parts);
	return ocr_crew_each(p->crew, s->n_parts, 1, scan_parts, (void *)p,
	    err);
}
