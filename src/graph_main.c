/*
 * graph_main.c - see graph_main.h; options, and what is to become of the graph
 */
#include "config.h"

#include "src/graph_main.h"

#include <string.h>
#include <unistd.h>

#include "src/graph_file.h"
#include "src/graph_run.h"
#include "src/graph_show.h"

enum { KEY_SHOW = OCR_OPT_LONG, KEY_TO };

static const struct ocr_opt opts[] = {
    {KEY_SHOW, "show", NULL, "write what the graph is like"},
    {KEY_TO, "to", "ocrg|el", "write an .ocrg (default), or edges as text"},
    OCR_GRAPH_IN_ROWS,
    {0, NULL, NULL, NULL},
};

static int
set(void *ctx, int key, const char *arg, struct ocr_err *err)
{
	struct ocr_graph_main_opt *o = ctx;

	switch (key) {
	case KEY_SHOW:
		o->is_shown = true;
		return 0;
	case KEY_TO:
		o->has_to = true;
		if (strcmp(arg, "ocrg") == 0)
			o->to = OCR_GRAPH_TO_OCRG;
		else if (strcmp(arg, "el") == 0)
			o->to = OCR_GRAPH_TO_EL;
		else
			return ocr_err_set(err, -OCR_EUSAGE,
			    "--to: '%s' is not ocrg or el", arg);
		return 0;
	default:
		return ocr_graph_in_set(&o->in, key, arg, err);
	}
}

const struct ocr_tool ocr_graph_tool = {
    .name = "ocr-graph",
    .usage = "[-qv] [-D LIST] [-j N] [-o FILE] [--show] [--to=ocrg|el] "
	     "[--format=NAME] [--directed | --undirected] [--base=N] "
	     "[--dedup] [--no-self-loops] [--order=hubs|ids] [--weights=WHAT] "
	     "[FILE... | --kron=SCALE]",
    .about = "Read graphs of many formats, and write one that the other "
	     "programs need not read again but map.",
    .opts = opts,
    .set = set,
};

void
ocr_graph_main_init(struct ocr_graph_main_opt *o)
{
	*o = (struct ocr_graph_main_opt){0};
	ocr_graph_in_init(&o->in);
}

static int
write_ocrg(struct ocr_graph_run *run, struct ocr_err *err)
{
	int fd = run->out.fd;
	off_t begin = lseek(fd, 0, SEEK_CUR), end;
	int r = ocr_graph_file_write(run->graph, fd, run->out.name, &run->crew,
	    err);

	end = lseek(fd, 0, SEEK_CUR);
	if (begin >= 0 && end > begin) /* no pipe */
		run->out.n_bytes += (uint64_t)(end - begin);
	return r;
}

static int
work(struct ocr_graph_run *run, void *arg, struct ocr_err *err)
{
	const struct ocr_graph_main_opt *o = arg;

	if (o->is_shown)
		return ocr_graph_show(run, err);
	if (o->to == OCR_GRAPH_TO_EL)
		return ocr_graph_list(run, err);
	return write_ocrg(run, err);
}

int
ocr_graph_main(struct ocr_graph_main_opt *o, char **paths, size_t n_paths,
    struct ocr_ui *ui, const struct ocr_shared_opt *shared, struct ocr_err *err)
{
	struct ocr_graph_run run = {
	    .in = &o->in,
	    .keep = OCR_KEEP_WEIGHTS,
	    .paths = paths,
	    .n_paths = n_paths,
	    .ui = ui,
	    .shared = shared,
	    .is_binary = !o->is_shown && o->to == OCR_GRAPH_TO_OCRG,
	    .work = work,
	    .arg = o,
	};

	if (o->is_shown && o->has_to)
		return ocr_err_exit_status(ocr_err_set(err, -OCR_EUSAGE,
		    "--show and --to: one of them"));
	return ocr_graph_run(&run, err);
}
