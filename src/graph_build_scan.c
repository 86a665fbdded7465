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
	if (p->meter != NULL && t->thread == 0)
		ocr_meter_tick(p->meter);
	return p->batch(p->arg, t->thread, arcs, n, err);
}

/* Bytes of progress up to a part. */
static uint64_t
bytes_before(const struct ocr_scan *p, uint64_t part)
{
	return (uint64_t)((double)p->n_bytes * (double)part /
			  (double)p->s->n_parts);
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
		if (p->meter != NULL)
			atomic_fetch_add_explicit(&p->meter->in_bytes,
			    bytes_before(p, start + 1) - bytes_before(p, start),
			    memory_order_relaxed);
	}
	return r < 0 ? r : 0;
}

int
ocr_scan_run(const struct ocr_scan *p, struct ocr_err *err)
{
	return ocr_crew_each(p->crew, p->s->n_parts, 1, scan_parts, (void *)p,
	    err);
}
