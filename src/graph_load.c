/*
 * graph_load.c - see graph_load.h; called by graph_run.c
 *
 *	.ocrg ───────────────────────► mapped, or if it is to be changed:
 *	    ▼ graph_again                                             │
 *	formats, generators ─► graph_join (several) ─► graph_build ─► graph
 */
#include "config.h"

#include "src/graph_load.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "src/graph_again.h"
#include "src/graph_base.h"
#include "src/graph_file.h"
#include "src/graph_join.h"

struct load {
	const struct ocr_graph_in *in;
	enum ocr_keep_weights keep;
	struct ocr_crew *crew;
	struct ocr_ui *ui;
	/* As many as there are paths; or graph, if there is one path alone and
	 * nothing to change. */
	struct ocr_graph_source **sources;
	size_t n_sources;
	struct ocr_graph *graph;
};

int
ocr_graph_load_check(const struct ocr_graph_in *in, size_t n_paths,
    struct ocr_err *err)
{
	if (in->is_generated && n_paths > 0)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "a file and --kron, --uniform or --powerlaw: one of them");
	if (in->is_generated && in->format != OCR_FORMAT_AUTO)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--format is for files, not for --kron, --uniform or "
		    "--powerlaw");
	if (!in->is_generated && n_paths == 0 && isatty(STDIN_FILENO))
		return ocr_err_set(err, -OCR_EUSAGE,
		    "no graph: give a FILE, or --kron=16 to try it out");
	return 0;
}

/* Has a graph in a file to be built anew? */
static bool
is_to_change(const struct ocr_graph_in *in, const struct ocr_graph *g)
{
	enum ocr_graph_says says =
	    g->is_directed ? OCR_DIRECTED : OCR_UNDIRECTED;
	const struct ocr_graph_opt *b = &in->build;

	if (in->has_weights &&
	    (b->weigh != OCR_WEIGH_COLUMN || g->kind == OCR_EDGE_PLAIN))
		return true;
	if (b->order != OCR_ORDER_ANY &&
	    (b->order == OCR_ORDER_IDS) != g->is_in_id_order)
		return true;
	return (b->direction != OCR_SAYS_NOTHING && b->direction != says) ||
	       b->has_no_loops || b->is_simple || in->has_base;
}

static int
map_file(struct load *l, struct ocr_input_map *input, bool is_alone,
    struct ocr_err *err)
{
	struct ocr_graph *g = NULL;
	int r = ocr_graph_file_map(&g, input, l->crew, err);

	if (r < 0)
		return r;
	if (is_alone && !is_to_change(l->in, g)) {
		l->graph = g;
		*input = (struct ocr_input_map){0};
		return 0;
	}
	r = ocr_graph_again(&l->sources[l->n_sources], g, err);
	if (r < 0)
		ocr_graph_free(g);
	else
		l->n_sources++;
	*input = (struct ocr_input_map){0};
	return r;
}

/* Weights of a doubtful meaning are only taken if they are asked for. */
static void
doubt(const struct load *l, struct ocr_graph_source *s, const char *path)
{
	if (s->doubt == NULL || s->weights == OCR_EDGE_PLAIN ||
	    l->in->has_weights)
		return;
	s->weights = OCR_EDGE_PLAIN;
	if (l->keep == OCR_KEEP_WEIGHTS)
		ocr_ui_warn(l->ui,
		    "%.200s: %s: edges get no weights (--weights=column takes "
		    "them from there)",
		    path, s->doubt);
}

static int
open_file(struct load *l, const char *path, bool is_alone, struct ocr_err *err)
{
	enum ocr_graph_format format = l->in->format;
	struct ocr_input_map input = {0};
	int r = ocr_input_map_open_shown(&input, path, l->crew->meter, err);

	if (r == 0 && format == OCR_FORMAT_AUTO)
		r = ocr_graph_sniff(&input, &format, err);
	if (r == 0 && format == OCR_FORMAT_OCRG) {
		r = map_file(l, &input, is_alone, err);
	} else if (r == 0) {
		r = ocr_graph_source_open(&l->sources[l->n_sources], &input,
		    format, err);
		if (r == 0) {
			doubt(l, l->sources[l->n_sources++], path);
			return 0;
		}
	}
	ocr_input_map_close(&input);
	return r;
}

static int
open_all(struct load *l, char **paths, size_t n_paths, struct ocr_err *err)
{
	char dash[] = "-";
	const struct ocr_graph_in *in = l->in;
	int r = 0;

	l->sources = calloc(n_paths + 1, sizeof(struct ocr_graph_source *));
	if (l->sources == NULL)
		return ocr_err_nomem(err);
	if (in->is_generated) {
		r = ocr_graph_generate(&l->sources[0], in->shape, in->scale,
		    in->edge_factor, in->build.seed, err);
		l->n_sources = r == 0;
		return r;
	}
	if (n_paths == 0)
		return open_file(l, dash, true, err);
	for (size_t i = 0; i < n_paths && r == 0; i++)
		r = open_file(l, paths[i], n_paths == 1, err);
	return r;
}

/* Several sources become one. */
static int
join(struct load *l, struct ocr_err *err)
{
	struct ocr_graph_source *s = NULL;
	size_t n = l->n_sources;
	int r;

	if (n <= 1)
		return 0;
	l->n_sources = 0;
	r = ocr_graph_join(&s, l->sources, n, l->in->build.direction, err);
	if (r < 0)
		return r;
	l->sources[0] = s;
	l->n_sources = 1;
	return 0;
}

static int
build(struct load *l, struct ocr_err *err)
{
	struct ocr_graph_source s = *l->sources[0];
	struct ocr_graph_opt opt = l->in->build;
	int r = 0;

	if (!l->in->has_weights && l->keep == OCR_KEEP_WEIGHTS &&
	    s.weights != OCR_EDGE_PLAIN)
		opt.weigh = OCR_WEIGH_COLUMN;
	/* Those that nobody wants are not looked at, and may be wrong. */
	if (opt.weigh != OCR_WEIGH_COLUMN)
		s.weights = OCR_EDGE_PLAIN;
	if (l->in->has_base && s.n_declared == 0)
		r = ocr_graph_base(&s, l->in->base, l->crew, err);
	else if (l->in->has_base)
		opt.add_id = l->in->base - s.first_id; /* modulo 2^64 */
	if (r < 0)
		return r;
	ocr_ui_note(l->ui, "format: %s", s.format);
	return ocr_graph_build(&l->graph, &s, &opt, l->crew, err);
}

int
ocr_graph_load(struct ocr_graph **out, const struct ocr_graph_in *in,
    enum ocr_keep_weights keep, char **paths, size_t n_paths,
    struct ocr_crew *crew, struct ocr_ui *ui, struct ocr_err *err)
{
	struct load l = {.in = in, .keep = keep, .crew = crew, .ui = ui};
	int r = open_all(&l, paths, n_paths, err);

	if (r == 0)
		r = join(&l, err);
	if (r == 0 && l.graph == NULL)
		r = build(&l, err);
	for (size_t i = 0; i < l.n_sources; i++)
		ocr_graph_source_free(l.sources[i]);
	free(l.sources);
	if (r < 0)
		return r;
	ocr_ui_note(ui, "%" PRIu64 " vertices, %" PRIu64 " %s edges%s%s",
	    l.graph->n, l.graph->n_edges,
	    l.graph->is_directed ? "directed" : "undirected",
	    l.graph->kind == OCR_EDGE_PLAIN ? "" : " with weights",
	    l.graph->is_in_id_order ? ", in the order of ids" : "");
	*out = l.graph;
	return 0;
}
