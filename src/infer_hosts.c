/*
 * infer_hosts.c - ocr-infer across hosts
 *
 *	images ─► chunks ─► host: the same model, sent once ─► results ─► print
 *
 * Whatever decides about a result goes there as options, the model itself as
 * bytes, so that it is the same one.  Which cards are there a host says before
 * it has the model; what these need of it they get when they are opened.
 */
#include "config.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/io.h"
#include "src/infer_cards.h"
#include "src/infer_model.h"
#include "src/infer_run.h"
#include "src/worker_serve.h"

static int add(struct ocr_words *w, struct ocr_err *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static int
add(struct ocr_words *w, struct ocr_err *err, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return ocr_words_add(w, text, err);
}

static int
add_shape(struct ocr_words *w, const struct ocr_images_opt *o,
    struct ocr_err *err)
{
	const struct ocr_pixels_shape *s = &o->shape;
	bool is_nhwc = s->is_nhwc;
	int r = add(w, err, "--format=%s", ocr_images_form_name(o->form));

	if (r == 0 && o->truth == OCR_TRUTH_RECORD)
		r = add(w, err, "--truth=record");
	if (r < 0 || s->c == 0)
		return r;
	r = add(w, err, "--layout=%s", is_nhwc ? "hwc" : "chw");
	if (r < 0)
		return r;
	return add(w, err, "--shape=%" PRIu32 "x%" PRIu32 "x%" PRIu32,
	    is_nhwc ? s->h : s->c, is_nhwc ? s->w : s->h,
	    is_nhwc ? s->c : s->w);
}

static int
add_fit(struct ocr_words *w, const struct ocr_infer_opt *opt,
    struct ocr_err *err)
{
	if (!opt->has_fit)
		return 0;
	switch (opt->fit) {
	case OCR_FIT_STRETCH:
		return add(w, err, "--resize=stretch");
	case OCR_FIT_EXACT:
		return add(w, err, "--resize=none");
	default:
		break;
	}
	return opt->short_side > 0
		   ? add(w, err, "--resize=%" PRIu32, opt->short_side)
		   : add(w, err, "--crop");
}

static int
add_floats(struct ocr_words *w, const char *option, const float *v,
    struct ocr_err *err)
{
	return add(w, err, "%s=%.9g,%.9g,%.9g,%.9g", option, (double)v[0],
	    (double)v[1], (double)v[2], (double)v[3]);
}

static int
add_model(struct ocr_words *w, const struct ocr_model_opt *m,
    struct ocr_err *err)
{
	static const char *const engines[] = {"auto", "own", "ort"};
	int r = add(w, err, "--engine=%s", engines[m->engine]);

	if (r == 0 && m->has_mean)
		r = add_floats(w, "--mean", m->mean, err);
	if (r == 0 && m->has_mean)
		r = add_floats(w, "--std", m->std, err);
	return r;
}

/* Lines are made there. */
static int
add_lines(struct ocr_words *w, const struct ocr_infer *in, struct ocr_err *err)
{
	const struct ocr_infer_opt *opt = in->opt;
	char *labels;
	int r = ocr_words_add(w, "--shards", err);

	if (r == 0)
		r = ocr_words_add(w, in->shards.dir, err);
	if (r == 0 && opt->form == OCR_INFER_JSON)
		r = ocr_words_add(w, "--json", err);
	if (r == 0 && opt->on_error == OCR_ON_ERROR_SKIP)
		r = ocr_words_add(w, "--on-error=skip", err);
	if (r < 0 || opt->labels_path == NULL)
		return r;
	labels = ocr_host_path(opt->labels_path);
	if (labels == NULL)
		return ocr_err_nomem(err);
	r = ocr_words_add(w, "--labels", err);
	if (r == 0)
		r = ocr_words_add(w, labels, err);
	free(labels);
	return r;
}

static int
make_command(struct ocr_infer *in, enum ocr_images_layout layout,
    struct ocr_err *err)
{
	static const char *const layouts[] = {"table", "rows", "whole"};
	const struct ocr_infer_opt *opt = in->opt;
	struct ocr_words *w = &in->command;
	int r = ocr_words_add(w, in->ui->tool, err);

	if (r == 0)
		r = add(w, err, "--chunks=%s", layouts[layout]);
	if (r == 0 && layout == OCR_LAYOUT_ROWS)
		r = add_shape(w, &opt->images, err);
	/* The same, so that sums of floats are added up alike. */
	if (r == 0)
		r = add(w, err, "--batch=%zu", in->spec.batch);
	if (r == 0)
		r = add_model(w, &opt->model, err);
	if (r == 0)
		r = add_fit(w, opt, err);
	if (r == 0 && opt->is_inverted)
		r = add(w, err, "--invert");
	if (r == 0 && opt->is_softmax)
		r = add(w, err, "--softmax");
	if (r == 0)
		r = in->spec.is_all ? add(w, err, "--npy=scores")
				    : add(w, err, "--top=%" PRIu64, opt->n_top);
	if (r == 0 && in->shards.dir != NULL)
		r = add_lines(w, in, err);
	return r;
}

/* A file as it is; a folder as one file. */
static int
load_model(struct ocr_infer *in, struct ocr_err *err)
{
	const char *path = in->opt->model_path;
	char *found = NULL;
	struct stat st;
	size_t len = 0;
	int64_t n;
	int fd, r;

	if (path == NULL) {
		r = ocr_infer_find_model(&found, err);
		if (r < 0)
			return r;
		path = found;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0) {
		r = ocr_err_sys(err, "cannot open %s", path);
	} else if (S_ISDIR(st.st_mode)) {
		r = ocr_model_pack(&in->model_bytes, &len, in->model, err);
	} else if ((uint64_t)st.st_size > OCR_BLOB_MAX_BYTES) {
		r = ocr_err_set(err, -OCR_ELIMIT,
		    "%s: a model for hosts has at most 1 GiB", path);
	} else {
		in->model_bytes = malloc((size_t)st.st_size + 1);
		n = in->model_bytes == NULL
			? ocr_err_nomem(err)
			: ocr_read_full(fd, in->model_bytes, (size_t)st.st_size,
			      path, -1, err);
		r = n < 0 ? (int)n : 0;
		len = n < 0 ? 0 : (size_t)n;
	}
	if (fd >= 0)
		close(fd);
	free(found);
	return r < 0 ? r : ocr_blob_init(&in->blob, in->model_bytes, len, err);
}

static void
begin_init(struct ocr_begin *begin, const struct ocr_infer *in,
    const struct ocr_team *team)
{
	*begin =
	    (struct ocr_begin){.type = OCR_RAW, .chunk_bytes = OCR_CHUNK_BYTES};
	ocr_host_begin(begin, in->ui, team);
}

int
ocr_infer_hosts(struct ocr_infer *in, struct ocr_team_opt *team,
    struct ocr_err *err)
{
	const struct ocr_host_opt *opt = &in->opt->host;
	enum ocr_images_layout layout;
	size_t i;
	int r;

	if (!ocr_host_team_is_wanted(opt) && opt->joblog == NULL)
		return 0;
	r = ocr_images_open(&in->images, &in->images_opt, err);
	if (r == 0)
		r = ocr_images_peek(in->images, &layout, err);
	if (r == 0)
		r = make_command(in, layout, err);
	if (r == 0)
		r = load_model(in, err);
	if (r < 0)
		return r;
	in->plan = (struct ocr_host_plan){
	    .opt = opt,
	    .command = (const char *const *)in->command.v,
	    /* Where it is a model for cards they have ours, too. */
	    .devices = in->drivers != NULL ? NULL : "cpu",
	    .ui = in->ui,
	};
	begin_init(&in->plan.begin, in, NULL);
	r = ocr_host_team_init(&in->hosts, &in->plan, team, err);
	for (i = 0; r == 0 && i < in->hosts.n; i++) {
		in->hosts.hosts[i].blob = &in->blob;
		/* Some images of each chunk; but not of each file. */
		if (team->verify == OCR_VERIFY_SAMPLE && opt->shards == NULL)
			in->hosts.hosts[i].verify = OCR_VERIFY_FULL;
	}
	return r;
}

struct worker {
	struct ocr_infer *in;
	struct ocr_infer_cards cards;
	struct ocr_card_infer_io io;
};

/* The model has come: open it, and what follows from it. */
static int
take_model(void *ctx, uint8_t *data, size_t len, struct ocr_err *err)
{
	struct worker *w = ctx;
	struct ocr_infer *in = w->in;
	char path[64];
	int fd = memfd_create("model", MFD_CLOEXEC);
	int r;

	if (fd < 0)
		r = ocr_err_sys(err, "cannot keep the model");
	else
		r = ocr_write_full(fd, data, len, "model", err);
	free(data);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (r == 0)
		r = ocr_model_open(&in->model, path, &in->opt->model, err);
	if (fd >= 0)
		close(fd);
	if (r == 0)
		r = ocr_infer_spec_init(in, err);
	if (r == 0 && in->shards.dir != NULL)
		r = ocr_names_open(&in->names, in->model, in->opt->labels_path,
		    err);
	if (r == 0 && in->shards.dir != NULL)
		r = ocr_infer_open_print(in, err);
	if (r < 0)
		return r;
	ocr_infer_stream_io(in, &w->io);
	r = ocr_infer_cards_init(&w->cards, in, &w->io, false, err);
	if (r == 0)
		ocr_infer_cards_choose(&w->cards, in->team, in->ui);
	return r;
}

int
ocr_infer_worker(struct ocr_infer *in, struct ocr_err *err)
{
	struct ocr_team_opt team = in->opt->team;
	struct worker worker = {.in = in};
	struct ocr_kernel kernel;
	struct ocr_worker_serve serve = {
	    .kernel = &kernel,
	    .team = in->team,
	    .ui = in->ui,
	    .memory_bytes = in->opt->memory_bytes,
	    .take_blob = take_model,
	    .ctx = &worker,
	};
	int r;

	in->images_opt.ui = in->ui;
	r = ocr_images_open_chunks(&in->images, &in->images_opt,
	    in->opt->chunks, err);
	if (r == 0)
		r = ocr_infer_shards_open(in, err);
	if (in->shards.dir != NULL)
		serve.shards = &in->shards;
	ocr_infer_cards_plan(&worker.cards);
	in->drivers = worker.cards.card.drivers;
	team.ui = in->ui;
	team.drivers = in->drivers;
	/* Some images of each job: infer_cards.h. */
	if (team.verify == OCR_VERIFY_SAMPLE)
		team.verify = OCR_VERIFY_FULL;
	if (r == 0)
		r = ocr_team_init(in->team, &team, err);
	if (r == 0) {
		ocr_infer_kernel(in, &kernel);
		begin_init(&serve.begin, in, in->team);
		r = ocr_worker_serve(&serve, err);
		ocr_team_close(in->team);
	}
	in->drivers = NULL;
	ocr_infer_cards_release(&worker.cards);
	return r;
}
