/*
 * graph_opt.c - see graph_opt.h
 */
#include "config.h"

#include "src/graph_opt.h"

#include <stdio.h>
#include <string.h>

#define EDGE_FACTOR 16
#define MAX_EDGE_FACTOR 65536
#define MAX_SCALE 32

void
ocr_graph_in_init(struct ocr_graph_in *in)
{
	*in = (struct ocr_graph_in){.build.seed = 1};
}

static int
set_format(struct ocr_graph_in *in, const char *arg, struct ocr_err *err)
{
	in->format = ocr_graph_format_find(arg);
	if (in->format != OCR_N_FORMATS)
		return 0;
	return ocr_err_set(err, -OCR_EUSAGE,
	    "--format: '%s' is not ocrg, snap, el, wel, mtx, dimacs, metis, "
	    "ligra, ldbc, sg, wsg or graph500",
	    arg);
}

/* Two numbers with a colon between them, the second after `colon`. */
static bool
get_pair(const char *arg, uint64_t max, uint64_t *first, uint64_t *second)
{
	const char *colon = strchr(arg, ':');
	struct ocr_err lost = {0};
	char text[24];
	int n = colon == NULL ? (int)strlen(arg) : (int)(colon - arg);

	if (n >= (int)sizeof(text))
		return false;
	snprintf(text, sizeof(text), "%.*s", n, arg);
	return ocr_opt_number("", text, 0, max, first, &lost) == 0 &&
	       (colon == NULL ||
		   ocr_opt_number("", colon + 1, 0, max, second, &lost) == 0);
}

static int
set_shape(struct ocr_graph_in *in, enum ocr_graph_shape shape, const char *name,
    const char *arg, struct ocr_err *err)
{
	uint64_t scale = 0, factor = EDGE_FACTOR;

	if (in->is_generated)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--kron, --uniform, --powerlaw: one of them, once");
	if (!get_pair(arg, UINT32_MAX, &scale, &factor) || scale < 1 ||
	    scale > MAX_SCALE || factor < 1 || factor > MAX_EDGE_FACTOR)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "%s: '%s' is not SCALE or SCALE:EDGES (SCALE from 1 to %d, "
		    "EDGES from 1 to %d)",
		    name, arg, MAX_SCALE, MAX_EDGE_FACTOR);
	in->is_generated = true;
	in->shape = shape;
	in->scale = (unsigned)scale;
	in->edge_factor = (unsigned)factor;
	return 0;
}

static int
set_weights(struct ocr_graph_in *in, const char *arg, struct ocr_err *err)
{
	struct ocr_graph_opt *b = &in->build;
	uint64_t low = 0, high = UINT64_MAX;

	in->has_weights = true;
	if (strcmp(arg, "column") == 0) {
		b->weigh = OCR_WEIGH_COLUMN;
		return 0;
	}
	if (strcmp(arg, "unit") == 0) {
		b->weigh = OCR_WEIGH_UNIT;
		return 0;
	}
	if (strncmp(arg, "uniform:", 8) != 0 ||
	    !get_pair(arg + 8, UINT32_MAX, &low, &high) || low > high ||
	    high > UINT32_MAX)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--weights: '%s' is not column, unit or uniform:LOW:HIGH "
		    "(like uniform:1:255)",
		    arg);
	b->weigh = OCR_WEIGH_UNIFORM;
	b->low = (uint32_t)low;
	b->high = (uint32_t)high;
	return 0;
}

static int
set_order(struct ocr_graph_in *in, const char *arg, struct ocr_err *err)
{
	if (strcmp(arg, "hubs") == 0)
		in->build.order = OCR_ORDER_HUBS;
	else if (strcmp(arg, "ids") == 0)
		in->build.order = OCR_ORDER_IDS;
	else
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--order: '%s' is not hubs or ids", arg);
	return 0;
}

static int
set_direction(struct ocr_graph_in *in, enum ocr_graph_says direction,
    struct ocr_err *err)
{
	if (in->build.direction != OCR_SAYS_NOTHING &&
	    in->build.direction != direction)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--directed and --undirected: one of them");
	in->build.direction = direction;
	return 0;
}

int
ocr_graph_in_set(struct ocr_graph_in *in, int key, const char *arg,
    struct ocr_err *err)
{
	switch (key) {
	case 'o':
		in->output = arg;
		return 0;
	case OCR_KEY_BASE:
		in->has_base = true;
		return ocr_opt_number("--base", arg, 0, UINT64_MAX, &in->base,
		    err);
	case OCR_KEY_DEDUP:
		in->build.is_simple = true;
		return 0;
	case OCR_KEY_DIRECTED:
		return set_direction(in, OCR_DIRECTED, err);
	case OCR_KEY_FORMAT:
		return set_format(in, arg, err);
	case OCR_KEY_KRON:
		return set_shape(in, OCR_SHAPE_KRON, "--kron", arg, err);
	case OCR_KEY_NO_LOOPS:
		in->build.has_no_loops = true;
		return 0;
	case OCR_KEY_ORDER:
		return set_order(in, arg, err);
	case OCR_KEY_POWERLAW:
		return set_shape(in, OCR_SHAPE_POWERLAW, "--powerlaw", arg,
		    err);
	case OCR_KEY_SEED:
		return ocr_opt_number("--seed", arg, 0, UINT64_MAX,
		    &in->build.seed, err);
	case OCR_KEY_UNDIRECTED:
		return set_direction(in, OCR_UNDIRECTED, err);
	case OCR_KEY_UNIFORM:
		return set_shape(in, OCR_SHAPE_UNIFORM, "--uniform", arg, err);
	case OCR_KEY_WEIGHTS:
		return set_weights(in, arg, err);
	default:
		return ocr_team_opt_set(&in->team, key, arg, err);
	}
}
