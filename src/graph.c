/*
 * graph.c - a graph in memory: its parts, and the way from ids to vertices
 */
#include "config.h"

#include "src/graph.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/huge.h"
#include "common/io.h"
#include "src/graph_store.h"

int
ocr_graph_array_alloc(struct ocr_graph_array *a, uint64_t n, size_t size,
    const char *what, uint64_t all, struct ocr_err *err)
{
	struct ocr_err unsaid = {0};
	uint64_t mib;

	if (n <= SIZE_MAX / size) {
		a->bytes = (size_t)n * size;
		a->p = ocr_huge_alloc(a->bytes, what, &unsaid);
		if (a->p != NULL)
			return 0;
	}
	/* Without overflow, whatever n is. */
	mib = (n >> 20) * size + ((n & 0xfffff) * size >> 20) + 1;
	if (all == 0)
		return ocr_err_set(err, -OCR_ENOMEM,
		    "%s: %" PRIu64 " MiB of memory are needed", what, mib);
	return ocr_err_set(err, -OCR_ENOMEM,
	    "%s: %" PRIu64 " MiB of memory are needed, %" PRIu64 " MiB in all",
	    what, mib, (all >> 20) + 1);
}

/* The start of a small file as a string; false: it cannot be read. */
static bool
read_text(const char *path, char *text, size_t room)
{
	struct ocr_err unsaid = {0};
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int64_t n;

	if (fd < 0)
		return false;
	n = ocr_read_full(fd, text, room - 1, path, -1, &unsaid);
	close(fd);
	text[n < 0 ? 0 : n] = '\0';
	return n > 0;
}

static uint64_t
kib_of(const char *meminfo, const char *key)
{
	const char *p = strstr(meminfo, key);

	return p == NULL ? 0 : strtoull(p + strlen(key), NULL, 10);
}

uint64_t
ocr_graph_room(const char *meminfo)
{
	uint64_t kib = kib_of(meminfo, "MemAvailable:");

	return kib == 0 ? UINT64_MAX
			: (kib + kib_of(meminfo, "SwapFree:")) * 1024;
}

/* What a group of processes may have, whatever it has already. */
static uint64_t
room_of_group(void)
{
	static const char *const paths[] = {"/sys/fs/cgroup/memory.max",
	    "/sys/fs/cgroup/memory/memory.limit_in_bytes"};
	uint64_t room = UINT64_MAX, n;
	char text[32];
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		if (!read_text(paths[i], text, sizeof(text)))
			continue;
		n = strtoull(text, NULL, 10); /* or "max" */
		if (n > 0 && n < room)
			room = n;
	}
	return room;
}

int
ocr_graph_room_check(uint64_t bytes, const char *at_least, struct ocr_err *err)
{
	uint64_t room = room_of_group(), free_bytes;
	char text[4096];

	if (read_text("/proc/meminfo", text, sizeof(text))) {
		free_bytes = ocr_graph_room(text);
		room = free_bytes < room ? free_bytes : room;
	}
	return bytes <= room
		   ? 0
		   : ocr_err_set(err, -OCR_ENOMEM,
			 "the graph: %s%" PRIu64
			 " MiB of memory are needed, %" PRIu64 " MiB are there",
			 at_least, (bytes >> 20) + 1, room >> 20);
}

void
ocr_graph_array_free(struct ocr_graph_array *a)
{
	ocr_huge_free(a->p, a->bytes);
	*a = (struct ocr_graph_array){0};
}

void
ocr_graph_array_cut(struct ocr_graph_array *a, size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t keep = bytes / page * page + (bytes % page > 0 ? page : 0);

	/* The addresses stay: bytes are what ocr_huge_free() must be told. */
	if (keep < a->bytes)
		(void)madvise((uint8_t *)a->p + keep, a->bytes - keep,
		    MADV_DONTNEED);
}

int
ocr_graph_new(struct ocr_graph **out, struct ocr_err *err)
{
	struct ocr_graph *g = calloc(1, sizeof(*g));

	if (g != NULL)
		g->store = calloc(1, sizeof(*g->store));
	if (g == NULL || g->store == NULL) {
		free(g);
		return ocr_err_nomem(err);
	}
	*out = g;
	return 0;
}

void
ocr_graph_free(struct ocr_graph *g)
{
	if (g == NULL)
		return;
	for (int i = 0; i < OCR_N_PARTS; i++)
		ocr_graph_array_free(&g->store->own[i]);
	ocr_input_map_close(&g->store->in);
	free(g->store);
	free(g);
}

size_t
ocr_graph_part_size(const struct ocr_graph *g, enum ocr_graph_part part)
{
	switch (part) {
	case OCR_PART_OUT_OFFSETS:
	case OCR_PART_IN_OFFSETS:
	case OCR_PART_IDS:
		return sizeof(uint64_t);
	case OCR_PART_OUT_WEIGHTS:
	case OCR_PART_IN_WEIGHTS:
		return g->kind == OCR_EDGE_REAL ? sizeof(double)
						: sizeof(uint32_t);
	default:
		return sizeof(uint32_t);
	}
}

uint64_t
ocr_graph_part_items(const struct ocr_graph *g, enum ocr_graph_part part,
    bool has_in, bool has_ids)
{
	bool has_weights = g->kind != OCR_EDGE_PLAIN;

	switch (part) {
	case OCR_PART_OUT_OFFSETS:
		return g->n + 1;
	case OCR_PART_OUT_ENDS:
		return g->n_arcs;
	case OCR_PART_OUT_WEIGHTS:
		return has_weights ? g->n_arcs : 0;
	case OCR_PART_IN_OFFSETS:
		return has_in ? g->n + 1 : 0;
	case OCR_PART_IN_ENDS:
		return has_in ? g->n_arcs : 0;
	case OCR_PART_IN_WEIGHTS:
		return has_in && has_weights ? g->n_arcs : 0;
	case OCR_PART_FIRST:
		return ocr_graph_n_blocks(g) * OCR_GRAPH_BLOCK;
	default:
		return has_ids ? g->n : 0;
	}
}

static const void *
weights(const struct ocr_rows *r)
{
	return r->reals != NULL ? (const void *)r->reals : r->ints;
}

const void *
ocr_graph_part(const struct ocr_graph *g, enum ocr_graph_part part)
{
	switch (part) {
	case OCR_PART_OUT_OFFSETS:
		return g->out.offsets;
	case OCR_PART_OUT_ENDS:
		return g->out.ends;
	case OCR_PART_OUT_WEIGHTS:
		return weights(&g->out);
	case OCR_PART_IN_OFFSETS:
		return g->in.offsets;
	case OCR_PART_IN_ENDS:
		return g->in.ends;
	case OCR_PART_IN_WEIGHTS:
		return weights(&g->in);
	case OCR_PART_FIRST:
		return g->first;
	default:
		return g->ids;
	}
}

static void
set_weights(const struct ocr_graph *g, struct ocr_rows *r, const void *p)
{
	if (g->kind == OCR_EDGE_REAL)
		r->reals = p;
	else
		r->ints = p;
}

void
ocr_graph_set_part(struct ocr_graph *g, enum ocr_graph_part part, const void *p)
{
	switch (part) {
	case OCR_PART_OUT_OFFSETS:
		g->out.offsets = p;
		break;
	case OCR_PART_OUT_ENDS:
		g->out.ends = p;
		break;
	case OCR_PART_OUT_WEIGHTS:
		set_weights(g, &g->out, p);
		break;
	case OCR_PART_IN_OFFSETS:
		g->in.offsets = p;
		break;
	case OCR_PART_IN_ENDS:
		g->in.ends = p;
		break;
	case OCR_PART_IN_WEIGHTS:
		set_weights(g, &g->in, p);
		break;
	case OCR_PART_FIRST:
		g->first = p;
		break;
	default:
		g->ids = p;
	}
}

uint32_t
ocr_graph_find(const struct ocr_graph *g, uint64_t id)
{
	uint64_t low = 0, high = g->n, middle;

	if (g->ids == NULL)
		return id >= g->first_id && id - g->first_id < g->n
			   ? (uint32_t)(id - g->first_id)
			   : OCR_NO_VERTEX;
	while (low < high) {
		middle = low + (high - low) / 2;
		if (g->ids[middle] < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < g->n && g->ids[low] == id ? (uint32_t)low : OCR_NO_VERTEX;
}
