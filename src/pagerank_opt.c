/*
 * pagerank_opt.c - the options of ocr-pagerank; called by bin through opt.c
 */
#include "config.h"

#include "src/pagerank_main.h"

#include <string.h>

#define DAMPING 0.85
#define TOLERANCE 1e-4
#define MAX_ITERATIONS 1000000

enum {
	KEY_CARDS = OCR_OPT_LONG,
	KEY_DAMPING,
	KEY_ITERATIONS,
	KEY_TOLERANCE,
	KEY_TOP,
};

static const struct ocr_opt opts[] = {
    {KEY_CARDS, "cards", "HOW",
	"what cards do: push scores along arcs, pull them, or auto, what costs "
	"less (auto)"},
    {KEY_DAMPING, "damping", "D", "part of a score that goes on (0.85)"},
    {KEY_ITERATIONS, "iterations", "N", "exactly N, whatever the tolerance"},
    {KEY_TOLERANCE, "tolerance", "T",
	"end when an iteration changes all scores by less than T together "
	"(0.0001)"},
    {KEY_TOP, "top", "K", "the K highest scores, the highest first"},
    OCR_SEARCH_ROWS,
    OCR_GRAPH_IN_ROWS,
    {0, NULL, NULL, NULL},
};

static int
set_damping(struct ocr_pagerank_main_opt *o, const char *arg,
    struct ocr_err *err)
{
	const char *at = arg;

	if (!ocr_opt_real(&at, 0, 1, &o->rank.damping) || *at != '\0' ||
	    o->rank.damping >= 1)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--damping: '%s' is not a number from 0 to less than 1",
		    arg);
	return 0;
}

static int
set_tolerance(struct ocr_pagerank_main_opt *o, const char *arg,
    struct ocr_err *err)
{
	const char *at = arg;

	if (!ocr_opt_real(&at, 0, 1, &o->rank.tolerance) || *at != '\0' ||
	    !(o->rank.tolerance > 0))
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--tolerance: '%s' is not a number above 0, at most 1",
		    arg);
	return 0;
}

static int
set_iterations(struct ocr_pagerank_main_opt *o, const char *arg,
    struct ocr_err *err)
{
	uint64_t n = 0;
	int r = ocr_opt_number("--iterations", arg, 1, MAX_ITERATIONS, &n, err);

	if (r == 0)
		o->rank.iterations = (unsigned)n;
	return r;
}

static int
set_cards(struct ocr_pagerank_main_opt *o, const char *arg, struct ocr_err *err)
{
	if (strcmp(arg, "auto") == 0)
		o->how = OCR_CARDS_AUTO;
	else if (strcmp(arg, "push") == 0)
		o->how = OCR_CARDS_PUSH;
	else if (strcmp(arg, "pull") == 0)
		o->how = OCR_CARDS_PULL;
	else
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--cards: '%s' is not auto, push or pull", arg);
	return 0;
}

static int
set(void *ctx, int key, const char *arg, struct ocr_err *err)
{
	struct ocr_pagerank_main_opt *o = ctx;

	switch (key) {
	case KEY_CARDS:
		return set_cards(o, arg, err);
	case KEY_DAMPING:
		return set_damping(o, arg, err);
	case KEY_ITERATIONS:
		return set_iterations(o, arg, err);
	case KEY_TOLERANCE:
		return set_tolerance(o, arg, err);
	case KEY_TOP:
		return ocr_opt_number("--top", arg, 1, UINT32_MAX, &o->top,
		    err);
	default:
		return ocr_search_opt_set(&o->search, key, arg, err);
	}
}

const struct ocr_tool ocr_pagerank_tool = {
    .name = "ocr-pagerank",
    .usage = "[-qv] [-D LIST] [-j N] [-o FILE] [--damping=D] "
	     "[--tolerance=T] [--iterations=N] [--top=K] [--trials=N] "
	     "[--verify] [--binary | --json | --ldbc] [FILE | --kron=SCALE]",
    .about = "PageRank: how often a random walk is at each vertex of a graph.",
    .opts = opts,
    .set = set,
};

void
ocr_pagerank_main_init(struct ocr_pagerank_main_opt *o)
{
	*o = (struct ocr_pagerank_main_opt){
	    .rank = {.damping = DAMPING, .tolerance = TOLERANCE},
	};
	ocr_search_opt_init(&o->search);
}

void
ocr_pagerank_main_release(struct ocr_pagerank_main_opt *o)
{
	ocr_search_opt_release(&o->search);
}
