/*
 * graph_rest.c - see graph_rest.h
 */
#include "config.h"

#include "src/graph_rest.h"

#include <sys/mman.h>

#include "src/graph_store.h"

void
ocr_graph_rest(const struct ocr_graph *g)
{
	const struct ocr_input_map *in;

	if (g->store == NULL)
		return;
	in = &g->store->in;
	/* Nobody writes there: what is read again is the same. */
	if (in->mapped > 0)
		(void)madvise((void *)(uintptr_t)in->data, in->mapped,
		    MADV_DONTNEED);
}
