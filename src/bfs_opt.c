/*
 * bfs_opt.c - the options of ocr-bfs; called by bin through opt.c
 */
#include "config.h"

#include "src/bfs_main.h"

enum {
	KEY_GRAPH500 = OCR_OPT_LONG,
	KEY_LEVELS,
	KEY_MAX_DEPTH,
	KEY_MPI,
	KEY_PARENTS,
	KEY_TO,
};

static const struct ocr_opt opts[] = {
    OCR_SOURCE_ROWS,
    {KEY_LEVELS, "levels", NULL, "write vertices and levels (default)"},
    {KEY_PARENTS, "parents", NULL, "write parents as well"},
    {KEY_GRAPH500, "graph500", NULL, "with --trials: lines as Graph500 has"},
    {KEY_MPI, "mpi", NULL, "one of several processes; mpirun says it itself"},
    {KEY_MAX_DEPTH, "max-depth", "N", "go no further than N steps"},
    {KEY_TO, "to", "ID", "write a shortest path to this vertex"},
    OCR_UPDATE_ROWS,
    OCR_SEARCH_ROWS,
    OCR_GRAPH_IN_ROWS,
    {0, NULL, NULL, NULL},
};

static int
set_max_depth(struct ocr_bfs_main_opt *o, const char *arg, struct ocr_err *err)
{
	uint64_t n = 0;
	int r = ocr_opt_number("--max-depth", arg, 1, UINT32_MAX - 1, &n, err);

	if (r == 0)
		o->max_depth = (uint32_t)n;
	return r;
}

static int
set(void *ctx, int key, const char *arg, struct ocr_err *err)
{
	struct ocr_bfs_main_opt *o = ctx;

	switch (key) {
	case KEY_GRAPH500:
		o->is_graph500 = true;
		return 0;
	case KEY_MPI:
		o->is_mpi = true;
		return 0;
	case KEY_LEVELS:
		o->has_parents = false;
		return 0;
	case KEY_MAX_DEPTH:
		return set_max_depth(o, arg, err);
	case KEY_PARENTS:
		o->has_parents = true;
		return 0;
	case KEY_TO:
		o->has_to = true;
		return ocr_opt_number("--to", arg, 0, UINT64_MAX, &o->to, err);
	default:
		return ocr_search_opt_set(&o->search, key, arg, err);
	}
}

const struct ocr_tool ocr_bfs_tool = {
    .name = "ocr-bfs",
    .usage = "-s ID[,ID...] [-qv] [-D LIST] [-j N] [-o FILE] [--parents] "
	     "[--max-depth=N] [--to=ID] [--trials=N [--graph500]] "
	     "[--updates=FILE] [--changes] [--mpi] [--verify] [--binary | "
	     "--json | --ldbc] "
	     "[FILE | --kron=SCALE]",
    .about = "Breadth-first search: how many steps each vertex of a graph is "
	     "away.",
    .opts = opts,
    .set = set,
};

void
ocr_bfs_main_init(struct ocr_bfs_main_opt *o)
{
	*o = (struct ocr_bfs_main_opt){0};
	ocr_search_opt_init(&o->search);
}

void
ocr_bfs_main_release(struct ocr_bfs_main_opt *o)
{
	ocr_search_opt_release(&o->search);
}

int
ocr_bfs_main_check(const struct ocr_bfs_main_opt *o, size_t n_paths,
    struct ocr_err *err)
{
	const struct ocr_search_opt *s = &o->search;
	bool is_many = s->n_sources > 1 || s->sources_path != NULL;

	if (s->is_verified && (o->max_depth > 0 || o->has_to))
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--verify is for whole searches: not with --max-depth or "
		    "--to");
	if (o->has_to && s->shows_changes)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--to writes a path: not with --changes");
	if (o->has_to && (s->form != OCR_FORM_TEXT || s->n_trials > 0))
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--to writes a path: not with --binary, --json, --ldbc or "
		    "--trials");
	if (is_many && (o->has_to || s->form == OCR_FORM_LDBC))
		return ocr_err_set(err, -OCR_EUSAGE, "%s: of one source",
		    o->has_to ? "--to" : "--ldbc");
	if (o->has_parents && s->form == OCR_FORM_LDBC)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--ldbc writes levels: not with --parents");
	if (o->is_graph500 && (s->n_trials == 0 || s->form != OCR_FORM_TEXT))
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--graph500 writes the times of --trials: not without, nor "
		    "with --json");
	return ocr_search_opt_check(s, n_paths, err);
}
