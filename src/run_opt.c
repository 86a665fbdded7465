/*
 * run_opt.c - option table of ocr-run
 */
#include "config.h"

#include "src/run_opt.h"

#include <string.h>

#include "common/host_opt.h"
#include "common/team_opt.h"

#define EXPAND_MAX 1024

enum {
	KEY_ARG = OCR_OPT_LONG,
	KEY_CONFIG,
	KEY_EXPAND,
	KEY_KEEP_PARTIAL,
	KEY_KERNEL,
	KEY_LIMIT,
	KEY_MEMORY,
	KEY_RAW,
	KEY_SO,
	KEY_STREAM,
	KEY_TO,
};

static const struct ocr_opt opts[] = {
    {KEY_ARG, "arg", "VALUE", "a further argument of the kernel"},
    {KEY_CONFIG, "config", "FILE",
	"a description of kernels and where they run"},
    {KEY_EXPAND, "expand", "N", "output is at most N times the input (2)"},
    {'f', "force", NULL, "replace FILE, write a stream to a terminal"},
    {KEY_KEEP_PARTIAL, "keep-partial", NULL,
	"keep an output that is not complete"},
    {KEY_KERNEL, "kernel", "NAME", "the kernel in the xclbin"},
    {KEY_LIMIT, "limit", "SIZE", "output of a chunk at most (default 256M)"},
    {KEY_MEMORY, "memory", "SIZE", "for chunks in flight"},
    {'o', "output", "FILE", "write to FILE"},
    {KEY_RAW, "raw", NULL, "standard input is no chunk stream"},
    {'s', "size", "SIZE", "chunk size (default 1M)"},
    {KEY_SO, "so", "FILE:FUNCTION", "a function of a shared object"},
    {KEY_STREAM, "stream", NULL, "standard input must be a chunk stream"},
    {KEY_TO, "to", "FORM", "write raw bytes or a stream (default: as read)"},
    OCR_TEAM_OPT_ROWS,
    OCR_HOST_OPT_ROWS,
    {0, NULL, NULL, NULL},
};

static int
set_size(struct ocr_run_opt *o, const char *arg, struct ocr_err *err)
{
	uint64_t n = 0;
	int r = ocr_opt_size("--size", arg, &n, err);

	if (r < 0)
		return r;
	if (n > OCR_CHUNK_MAX_BYTES)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--size: a chunk has at most 1G");
	o->chunk_bytes = (size_t)n;
	o->has_size = true;
	return 0;
}

static int
set_limit(struct ocr_run_opt *o, const char *arg, struct ocr_err *err)
{
	uint64_t n = 0;
	int r = ocr_opt_size("--limit", arg, &n, err);

	if (r < 0)
		return r;
	if (n > OCR_CHUNK_MAX_BYTES)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--limit: a chunk has at most 1G");
	o->limit_bytes = (size_t)n;
	return 0;
}

static int
set_to(struct ocr_run_opt *o, const char *arg, struct ocr_err *err)
{
	if (strcmp(arg, "raw") == 0)
		o->to = OCR_RUN_RAW;
	else if (strcmp(arg, "stream") == 0)
		o->to = OCR_RUN_STREAM;
	else
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--to: '%s' is not raw or stream", arg);
	return 0;
}

static int
set_expand(struct ocr_run_opt *o, const char *arg, struct ocr_err *err)
{
	uint64_t n = 0;
	int r = ocr_opt_number("--expand", arg, 1, EXPAND_MAX, &n, err);

	if (r == 0)
		o->expand = (unsigned)n;
	return r;
}

static int
set(void *ctx, int key, const char *arg, struct ocr_err *err)
{
	struct ocr_run_opt *o = ctx;
	int r;

	switch (key) {
	case 'f':
		o->is_forced = true;
		break;
	case 'o':
		o->output = arg;
		break;
	case 's':
		return set_size(o, arg, err);
	case KEY_ARG:
		r = ocr_run_args_add(&o->args, "--arg", arg, err);
		if (r == 0)
			o->arg_texts[o->args.n - 1] = arg;
		return r;
	case KEY_CONFIG:
		o->config = arg;
		break;
	case KEY_EXPAND:
		return set_expand(o, arg, err);
	case KEY_KEEP_PARTIAL:
		o->is_partial_kept = true;
		break;
	case KEY_KERNEL:
		if (*arg == '\0')
			return ocr_err_set(err, -OCR_EUSAGE,
			    "--kernel: no name");
		o->kernel = arg;
		break;
	case KEY_LIMIT:
		return set_limit(o, arg, err);
	case KEY_MEMORY:
		return ocr_opt_size("--memory", arg, &o->memory_bytes, err);
	case KEY_RAW:
		o->input = OCR_RUN_RAW;
		break;
	case KEY_SO:
		o->so = arg;
		break;
	case KEY_STREAM:
		o->input = OCR_RUN_STREAM;
		break;
	case KEY_TO:
		return set_to(o, arg, err);
	default:
		r = ocr_team_opt_set(&o->team, key, arg, err);
		return r > 0 ? ocr_host_opt_set(&o->host, key, arg, err) : r;
	}
	return 0;
}

const struct ocr_tool ocr_run_tool = {
    .name = "ocr-run",
    .usage = "[-fqv] [-D LIST] [-j N] [-o FILE] [-s SIZE] "
	     "[--arg=VALUE] [--config=FILE] [--kernel=NAME] "
	     "[--so=FILE:FUNCTION] [--to=FORM] [--xclbin=FILE] [FILE...] "
	     "[-- COMMAND [ARG...]]",
    .about = "Map chunks of files or standard input through a kernel of your "
	     "own: a function, a kernel on cards, or a command.",
    .opts = opts,
    .set = set,
};

void
ocr_run_opt_init(struct ocr_run_opt *o)
{
	*o = (struct ocr_run_opt){
	    .chunk_bytes = OCR_CHUNK_BYTES,
	    .expand = 2,
	    .limit_bytes = OCR_RUN_LIMIT_BYTES,
	};
}
