/*
 * dist_load.c - see dist_load.h; called by dist_main.c
 */
#include "config.h"

#include "src/dist_load.h"

#include <string.h>

#include "common/crc.h"
#include "src/graph_file.h"

int
ocr_dist_load_check(const struct ocr_graph_in *in, char **paths, size_t n_paths,
    struct ocr_err *err)
{
	if (!in->is_generated && (n_paths == 0 || strcmp(paths[0], "-") == 0))
		return ocr_err_set(err, -OCR_EUSAGE,
		    "several processes cannot share standard input: give a "
		    "FILE");
	return ocr_graph_load_check(in, n_paths, err);
}

/* Is a file to be taken as it is? */
static bool
is_plain(const struct ocr_graph_in *in)
{
	const struct ocr_graph_opt *b = &in->build;

	return !in->is_generated && !in->has_weights && !in->has_base &&
	       b->direction == OCR_SAYS_NOTHING && !b->has_no_loops &&
	       !b->is_simple && b->order == OCR_ORDER_ANY;
}

/* NULL in *out: it is no .ocrg file. */
static int
map_file(struct ocr_graph **out, const struct ocr_graph_in *in, char *path,
    struct ocr_crew *crew, struct ocr_dist *dist, struct ocr_err *err)
{
	struct ocr_input_map input = {0};
	int r = ocr_input_map_open_shown(&input, path, crew->meter, err);

	if (r == 0 && (in->format == OCR_FORMAT_OCRG ||
			  (in->format == OCR_FORMAT_AUTO &&
			      ocr_graph_file_is(input.data, input.len))))
		r = ocr_graph_file_map_share(out, &input, crew, dist, err);
	ocr_input_map_close(&input);
	return r;
}

static uint32_t
sum_rows(uint32_t crc, const struct ocr_graph *g, const struct ocr_rows *r)
{
	if (r->offsets == NULL)
		return crc;
	crc = ocr_crc32(crc, r->offsets,
	    ((size_t)g->n + 1) * sizeof(*r->offsets));
	return ocr_crc32(crc, r->ends, (size_t)g->n_arcs * sizeof(*r->ends));
}

/* A checksum of all that a search looks at. */
static uint32_t
sum(const struct ocr_graph *g)
{
	const uint64_t head[] = {g->n, g->n_arcs, g->n_edges, g->is_directed,
	    g->first_id, g->ids != NULL, g->in.offsets != NULL};
	uint32_t crc = ocr_crc32(0, head, sizeof(head));

	crc = sum_rows(crc, g, &g->out);
	if (g->is_directed)
		crc = sum_rows(crc, g, &g->in);
	if (g->ids != NULL)
		crc = ocr_crc32(crc, g->ids, (size_t)g->n * sizeof(*g->ids));
	return crc;
}

int
ocr_dist_load(struct ocr_graph **out, const struct ocr_graph_in *in,
    char **paths, size_t n_paths, struct ocr_crew *crew, struct ocr_ui *ui,
    struct ocr_dist *dist, struct ocr_err *err)
{
	bool is_whole = true;
	int r = 0;

	if (is_plain(in) && n_paths == 1) {
		r = map_file(out, in, paths[0], crew, dist, err);
		is_whole = r == 0 && *out == NULL;
	}
	if (r == 0 && is_whole)
		r = ocr_graph_load(out, in, OCR_DROP_WEIGHTS, paths, n_paths,
		    crew, ui, err);
	r = ocr_dist_agree(dist, OCR_DIST_LOADED, r, err);
	if (r == 0 && is_whole)
		r = ocr_dist_same(dist, sum(*out), "graphs", err);
	return r;
}
