/*
 * fuzz_graph_rows.c - METIS, Ligra, GAPBS and Graph500 files from an enemy
 *
 * The first byte chooses the format and the size of parts.  Whatever a source
 * gives must keep what it says of itself, and come again when it is scanned
 * again.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/graph_rows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
demand(int held)
{
	if (!held)
		abort();
}

struct seen {
	const struct ocr_graph_source *s;
	uint64_t n, sum;
};

static int
take(void *arg, const struct ocr_arc *arcs, size_t n, struct ocr_err *err)
{
	struct seen *t = arg;
	const struct ocr_graph_source *s = t->s;

	(void)err;
	demand(n > 0 && n <= OCR_ARC_BATCH);
	for (size_t i = 0; i < n; i++) {
		const struct ocr_arc *a = &arcs[i];

		demand(s->n_declared == 0 ||
		       (a->from - s->first_id < s->n_declared &&
			   a->to - s->first_id < s->n_declared));
		demand(a->weight >= 0 && a->weight <= UINT32_MAX);
		demand(a->weight == (double)(uint32_t)a->weight);
		demand(s->weights == OCR_EDGE_INT || a->weight == 1);
		t->sum += ++t->n * (a->from * 3 + a->to + (uint32_t)a->weight);
	}
	return 0;
}

static int
scan_all(const struct ocr_graph_source *s, struct seen *seen,
    struct ocr_err *err)
{
	int r = 0;

	*seen = (struct seen){.s = s};
	for (uint64_t p = 0; r == 0 && p < s->n_parts; p++)
		r = s->scan(s, p, take, seen, err);
	return r;
}

static int
open_it(struct ocr_graph_source **s, struct ocr_input_map *in, unsigned how,
    struct ocr_err *err)
{
	static const size_t parts[] = {1, 3, 64, 1 << 20};
	size_t part = parts[how / 5 % 4];

	switch (how % 5) {
	case 0:
		return ocr_graph_metis_open_parts(s, in, part, err);
	case 1:
		return ocr_graph_ligra_open_parts(s, in, part, err);
	case 2:
		return ocr_graph_gapbs_open_parts(s, in, OCR_FORMAT_SG, part,
		    err);
	case 3:
		return ocr_graph_gapbs_open_parts(s, in, OCR_FORMAT_WSG, part,
		    err);
	default:
		return ocr_graph_graph500_open_parts(s, in, part, err);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ocr_input_map in;
	struct ocr_graph_source *s = NULL;
	struct ocr_err err = {0};
	struct seen first, second;
	int r;

	if (len == 0)
		return 0;
	demand(ocr_input_map_copy(&in, "x", data + 1, len - 1, &err) == 0);
	r = open_it(&s, &in, data[0], &err);
	if (r < 0) {
		demand(in.len == len - 1);
		ocr_input_map_close(&in);
	} else {
		r = scan_all(s, &first, &err);
		if (r == 0) {
			demand(scan_all(s, &second, &err) == 0);
			demand(first.n == second.n && first.sum == second.sum);
		}
		ocr_graph_source_free(s);
	}
	demand(r == 0 || err.code == r);
	demand(r == 0 || strncmp(err.text, "x: ", 3) == 0);
	demand(r == 0 || r == -OCR_EFORMAT || r == -OCR_ELIMIT);
	return 0;
}
