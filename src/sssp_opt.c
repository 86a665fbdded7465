/*
 * sssp_opt.c - the options of ocr-sssp; called by bin through opt.c
 */
#include "config.h"

#include "src/sssp_main.h"

enum { KEY_DELTA = OCR_OPT_LONG };

static const struct ocr_opt opts[] = {
    OCR_SOURCE_ROWS,
    {KEY_DELTA, "delta", "D",
	"how much distance is worked on at once (default: by the graph)"},
    OCR_UPDATE_ROWS,
    OCR_SEARCH_ROWS,
    OCR_GRAPH_IN_ROWS,
    {0, NULL, NULL, NULL},
};

static int
set(void *ctx, int key, const char *arg, struct ocr_err *err)
{
	struct ocr_sssp_main_opt *o = ctx;
	const char *at = arg;

	if (key != KEY_DELTA)
		return ocr_search_opt_set(&o->search, key, arg, err);
	if (!ocr_opt_real(&at, 0, 1e300, &o->delta) || *at != '\0' ||
	    !(o->delta > 0))
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--delta: '%s' is not a number above 0", arg);
	return 0;
}

const struct ocr_tool ocr_sssp_tool = {
    .name = "ocr-sssp",
    .usage = "-s ID[,ID...] [-qv] [-D LIST] [-j N] [-o FILE] [--delta=D] "
	     "[--weights=WHAT] [--trials=N] [--updates=FILE] "
	     "[--changes] [--verify] [--binary | --json | --ldbc] "
	     "[FILE | --kron=SCALE]",
    .about = "Shortest paths: how far each vertex of a graph is away, by the "
	     "weights of edges.",
    .opts = opts,
    .set = set,
};

void
ocr_sssp_main_init(struct ocr_sssp_main_opt *o)
{
	*o = (struct ocr_sssp_main_opt){0};
	ocr_search_opt_init(&o->search);
}

void
ocr_sssp_main_release(struct ocr_sssp_main_opt *o)
{
	ocr_search_opt_release(&o->search);
}
