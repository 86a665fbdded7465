/*
 * card_graph.c - k_scatter and k_gather of a card, as a driver
 */
#include "config.h"

#include "src/card_graph.h"

#include <string.h>

enum { SCATTER, GATHER };

enum {
	BUFFER_OUT_OFFSETS,
	BUFFER_OUT_ENDS,
	BUFFER_OUT_EXTRA,
	BUFFER_IN_OFFSETS,
	BUFFER_IN_ENDS,
	BUFFER_IN_EXTRA,
	BUFFER_ACTIVE,
	BUFFER_VALUES,
	BUFFER_SLOTS
};

enum { ARG_PROGRAM = 3, ARG_N, ARG_OFFSETS, ARG_ENDS, ARG_EXTRA, ARG_ACTIVE };

/* What never changes has this version. */
#define ROWS 1

#define FIXED                                                                  \
	{                                                                      \
		.kind = OCR_CARD_SHARED, .is_fixed = true                      \
	}

static const struct ocr_card_buffer buffers[OCR_CARD_GRAPH_BUFFERS] = {
    [BUFFER_OUT_OFFSETS] = FIXED,
    [BUFFER_OUT_ENDS] = FIXED,
    [BUFFER_OUT_EXTRA] = FIXED,
    [BUFFER_IN_OFFSETS] = FIXED,
    [BUFFER_IN_ENDS] = FIXED,
    [BUFFER_IN_EXTRA] = FIXED,
    [BUFFER_ACTIVE] = {.kind = OCR_CARD_SHARED},
    [BUFFER_VALUES] = {.kind = OCR_CARD_SHARED},
    [BUFFER_SLOTS] = {.kind = OCR_CARD_KEPT},
};

/* Those of scatter; gather's rows are three buffers further on. */
static const struct ocr_card_arg scatter_args[OCR_CARD_GRAPH_ARGS] = {
    {OCR_CARD_START, 0},
    {OCR_CARD_END, 0},
    {OCR_CARD_ACK, 0},
    {OCR_CARD_VALUE, 0}, /* program */
    {OCR_CARD_VALUE, 0}, /* n */
    {OCR_CARD_BUFFER, BUFFER_OUT_OFFSETS},
    {OCR_CARD_BUFFER, BUFFER_OUT_ENDS},
    {OCR_CARD_BUFFER, BUFFER_OUT_EXTRA},
    {OCR_CARD_BUFFER, BUFFER_ACTIVE},
    {OCR_CARD_BUFFER, BUFFER_VALUES},
    {OCR_CARD_BUFFER, BUFFER_SLOTS},
};

static const struct ocr_card_graph *
of(const struct ocr_card_driver *d)
{
	return d->arg;
}

static size_t
no_bytes(const struct ocr_card_driver *d, size_t in_len)
{
	(void)d;
	(void)in_len;
	return 0;
}

static size_t
no_used(const struct ocr_card_driver *d, const struct ocr_job *job,
    void *const *maps, size_t out_cap)
{
	(void)d;
	(void)job;
	(void)maps;
	(void)out_cap;
	return 0;
}

static size_t
pick(const struct ocr_card_driver *d, const struct ocr_job *job)
{
	(void)job;
	return of(d)->is_push ? SCATTER : GATHER;
}

static size_t
n_slots(const struct ocr_card_graph *c)
{
	return c->n_slots[c->is_push ? SCATTER : GATHER];
}

static size_t
bitmap_bytes(const struct ocr_card_graph *c)
{
	return (size_t)ocr_graph_n_blocks(c->graph) * sizeof(uint64_t);
}

static size_t
values_bytes(const struct ocr_card_graph *c)
{
	if (c->args[SCATTER][ARG_PROGRAM].value == K_GRAPH_BFS)
		return bitmap_bytes(c);
	return (size_t)c->graph->n * sizeof(*c->values);
}

/* An undirected graph has one set of rows, which gather shares. */
static bool
is_used(const struct ocr_card_graph *c, size_t b)
{
	size_t a;

	for (a = 0; a < OCR_CARD_GRAPH_ARGS; a++)
		if (c->args[GATHER][a].kind == OCR_CARD_BUFFER &&
		    c->args[GATHER][a].value == b)
			return true;
	return false;
}

static void
kept_rows(const struct ocr_card_graph *c, size_t b, struct ocr_card_kept *out)
{
	bool is_in = b >= BUFFER_IN_OFFSETS;
	const struct ocr_rows *r = is_in ? &c->graph->in : &c->graph->out;
	size_t n_arcs = (size_t)c->graph->n_arcs;

	out->version = ROWS;
	if (is_in && !is_used(c, b))
		return;
	switch (b - (is_in ? BUFFER_IN_OFFSETS : BUFFER_OUT_OFFSETS)) {
	case 0:
		out->data = r->offsets;
		out->bytes = (size_t)(c->graph->n + 1) * sizeof(*r->offsets);
		break;
	case 1:
		out->data = r->ends;
		out->bytes = n_arcs * sizeof(*r->ends);
		break;
	default:
		out->data = c->extra[is_in ? GATHER : SCATTER];
		out->bytes = out->data != NULL ? n_arcs * sizeof(uint32_t) : 0;
	}
}

static bool
is_ranks(const struct ocr_card_graph *c)
{
	return c->args[SCATTER][ARG_PROGRAM].value == K_GRAPH_PAGERANK;
}

bool
ocr_card_graph_collects(const struct ocr_card_graph *c)
{
	return c->is_push;
}

/*
 * Slots that a scatter lowers or sets begin as K_GRAPH_NONE, once for a run: what
 * earlier sweeps have left there has been merged, and does no harm again.  All
 * others are written before anybody looks: for owners see card_graph.h.
 */
static uint64_t
slots_version(const struct ocr_card_graph *c)
{
	return c->is_push && !is_ranks(c) ? c->run : 0;
}

static void
kept(const struct ocr_card_driver *d, size_t b, struct ocr_card_kept *out)
{
	const struct ocr_card_graph *c = of(d);

	*out = (struct ocr_card_kept){.bytes = 0};
	switch (b) {
	case BUFFER_ACTIVE:
		out->version = c->version;
		out->data = c->active;
		out->bytes = bitmap_bytes(c);
		break;
	case BUFFER_VALUES:
		out->version = c->version;
		out->data = c->values;
		out->bytes = values_bytes(c);
		break;
	case BUFFER_SLOTS:
		out->version = slots_version(c);
		out->bytes = n_slots(c) * sizeof(uint32_t);
		break;
	default:
		kept_rows(c, b, out);
	}
}

static size_t
room(const struct ocr_card_driver *d, size_t b)
{
	const struct ocr_card_graph *c = of(d);
	struct ocr_card_kept rows = {.bytes = 0};

	if (b == BUFFER_ACTIVE)
		return bitmap_bytes(c);
	if (b == BUFFER_VALUES)
		return values_bytes(c);
	kept_rows(c, b, &rows);
	return rows.bytes;
}

/* A gather's slots are those of its own vertices; a scatter's are anywhere. */
static size_t
fetched(const struct ocr_card_driver *d, const struct ocr_job *job, size_t b,
    size_t *offset)
{
	const struct ocr_card_graph *c = of(d);
	size_t start, end;

	if (b != BUFFER_SLOTS || job->range.start >= job->range.end ||
	    c->is_push)
		return 0;
	start = (size_t)job->range.start * OCR_GRAPH_BLOCK;
	end = (size_t)job->range.end * OCR_GRAPH_BLOCK;
	if (end > n_slots(c))
		end = n_slots(c);
	*offset = start * sizeof(uint32_t);
	return (end - start) * sizeof(uint32_t);
}

static int
finish(const struct ocr_card_driver *d, const struct ocr_kernel *k,
    struct ocr_job *job, void *const *maps, size_t used, struct ocr_err *err)
{
	const struct ocr_card_graph *c = of(d);

	const uint32_t *slots = maps[BUFFER_SLOTS];
	uint64_t i;

	(void)k;
	(void)used;
	if (!c->is_push)
		return c->merge(c->arg, job->range.start, job->range.end, slots,
		    err);
	for (i = job->range.start; c->owners != NULL && i < job->range.end; i++)
		__atomic_store_n(&c->owners[i], slots, __ATOMIC_RELAXED);
	return 0;
}

static size_t
collected(const struct ocr_card_driver *d, size_t b)
{
	return b == BUFFER_SLOTS ? n_slots(of(d)) * sizeof(uint32_t) : 0;
}

static int
collect(const struct ocr_card_driver *d, void *const *maps, struct ocr_err *err)
{
	const struct ocr_card_graph *c = of(d);
	const uint32_t *slots = maps[BUFFER_SLOTS];
	uint64_t n = ocr_graph_n_blocks(c->graph), start, end;
	int r = 0;

	if (c->owners == NULL)
		return c->merge(c->arg, 0, n, slots, err);
	for (start = 0; r == 0 && start < n; start = end) {
		for (end = start; end < n && c->owners[end] == slots; end++)
			;
		if (end > start)
			r = c->merge(c->arg, start, end, slots, err);
		else
			end++;
	}
	return r;
}

static int
no_cpu(const struct ocr_kernel *k, void **state, struct ocr_err *err)
{
	(void)k;
	(void)state;
	return ocr_err_set(err, -OCR_EDEVICE, "not for the CPU");
}

void
ocr_card_graph_init(struct ocr_card_graph *c)
{
	static const char *const names[2] = {"k_scatter", "k_gather"};
	size_t i, a;

	*c = (struct ocr_card_graph){.version = ROWS, .run = ROWS};
	for (i = 0; i < 2; i++) {
		for (a = 0; a < OCR_CARD_GRAPH_ARGS; a++)
			c->args[i][a] = scatter_args[a];
		c->steps[i] = (struct ocr_card_step){.kernel = names[i],
		    .args = c->args[i],
		    .n_args = OCR_CARD_GRAPH_ARGS};
	}
	for (a = ARG_OFFSETS; a <= ARG_EXTRA; a++)
		c->args[GATHER][a].value += BUFFER_IN_OFFSETS;
	c->driver = (struct ocr_card_driver){.name = "k_scatter, k_gather",
	    .steps = c->steps,
	    .n_steps = 2,
	    .buffers = buffers,
	    .n_buffers = OCR_CARD_GRAPH_BUFFERS,
	    .arg = c,
	    .out_bytes = no_bytes,
	    .pick = pick,
	    .kept = kept,
	    .room = room,
	    .fetched = fetched,
	    .collected = collected,
	    .collect = collect,
	    .used = no_used,
	    .finish = finish};
	c->drivers[0] = &c->driver;
	c->kernel = (struct ocr_kernel){.name = "k_scatter",
	    .open = no_cpu,
	    .drivers = c->drivers};
}

bool
ocr_card_graph_fits(const struct ocr_graph *g)
{
	return g->n_arcs < UINT32_MAX;
}

void
ocr_card_graph_use(struct ocr_card_graph *c, const struct ocr_graph *g,
    uint32_t program, const uint32_t *scatter_extra,
    const uint32_t *gather_extra)
{
	bool is_shared;
	size_t i, a;

	c->graph = g;
	c->extra[SCATTER] = scatter_extra;
	c->extra[GATHER] = gather_extra;
	c->n_slots[SCATTER] =
	    program == K_GRAPH_PAGERANK ? (size_t)g->n_arcs : (size_t)g->n;
	c->n_slots[GATHER] = (size_t)g->n;
	for (i = 0; i < 2; i++) {
		c->args[i][ARG_PROGRAM].value = program;
		c->args[i][ARG_N].value = g->n;
	}
	/* One frontier, whoever looks at it. */
	c->args[SCATTER][ARG_ACTIVE].value =
	    program == K_GRAPH_BFS ? BUFFER_VALUES : BUFFER_ACTIVE;
	for (a = ARG_OFFSETS; a <= ARG_EXTRA; a++) {
		is_shared =
		    g->in.offsets == NULL ||
		    (g->in.offsets == g->out.offsets &&
			(a != ARG_EXTRA || scatter_extra == gather_extra));
		c->args[GATHER][a].value = c->args[SCATTER][a].value +
					   (is_shared ? 0 : BUFFER_IN_OFFSETS);
	}
}

void
ocr_card_graph_begin(struct ocr_card_graph *c)
{
	c->run++;
}

void
ocr_card_graph_sweep(struct ocr_card_graph *c, bool is_push,
    const uint64_t *active, const uint32_t *values)
{
	c->is_push = is_push;
	c->active = active;
	c->values = values;
	if (is_push && c->args[SCATTER][ARG_ACTIVE].value == BUFFER_VALUES) {
		c->active = NULL;
		c->values = (const uint32_t *)(const void *)active;
	}
	if (is_push && c->owners != NULL)
		memset(c->owners, 0,
		    (size_t)ocr_graph_n_blocks(c->graph) * sizeof(*c->owners));
	c->version++;
}

void *
ocr_card_graph_memory(struct ocr_worker *w, bool is_active, size_t *cap)
{
	if (!w->is_coherent || !w->is_open || w->is_retired)
		return NULL;
	return w->ops->memory(w, is_active ? BUFFER_ACTIVE : BUFFER_VALUES,
	    cap);
}
