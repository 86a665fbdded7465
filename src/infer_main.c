/*
 * infer_main.c - ocr-infer: what is asked for, and of which images
 */
#include "config.h"

#include "src/infer.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/io.h"
#include "src/infer_cards.h"
#include "src/infer_model.h"
#include "src/infer_run.h"

static bool
has_truth(const struct ocr_infer *in)
{
	return in->opt->images.truth != OCR_TRUTH_NONE;
}

static int
open_model(struct ocr_infer *in, struct ocr_err *err)
{
	const struct ocr_infer_opt *opt = in->opt;
	struct ocr_images_opt *images = &in->images_opt;
	char *found = NULL;
	int r = 0;

	if (opt->model_path == NULL)
		r = ocr_infer_find_model(&found, err);
	if (r == 0)
		r = ocr_model_open(&in->model,
		    found != NULL ? found : opt->model_path, &opt->model, err);
	free(found);
	if (r == 0)
		r = ocr_names_open(&in->names, in->model, opt->labels_path,
		    err);
	if (r == 0 && has_truth(in))
		r = ocr_truths_init(&in->truths, ocr_model_n_scores(in->model),
		    err);
	images->ui = in->ui;
	images->classes = in->names.names;
	images->n_classes = in->names.n;
	return r;
}

int
ocr_infer_open_print(struct ocr_infer *in, struct ocr_err *err)
{
	const struct ocr_infer_opt *opt = in->opt;
	enum ocr_images_truth truth = opt->images.truth;

	in->print = (struct ocr_infer_print){
	    .form = opt->form,
	    .on_error = opt->on_error,
	    .n_values = in->spec.n_values,
	    .names = &in->names,
	    .has_truth = has_truth(in),
	    .has_classes = truth == OCR_TRUTH_RECORD ||
			   (truth != OCR_TRUTH_NONE && in->names.n > 0),
	    .out = &in->out,
	    .ui = in->ui,
	    .truths = &in->truths,
	    .is_kept = opt->host.shards != NULL,
	};
	return ocr_infer_print_open(&in->print, err);
}

/* The table to the output, or a line to people. */
static int
say_truths(struct ocr_infer *in, struct ocr_err *err)
{
	const struct ocr_truths *t = &in->truths;
	char *text = NULL;
	size_t n = 0;
	FILE *f;
	int r;

	if (in->opt->form != OCR_INFER_SUMMARY) {
		if (!has_truth(in))
			return 0;
		if (t->n_known == 0)
			ocr_ui_say(in->ui,
			    "no accuracy: of no image the right label is "
			    "known");
		else
			ocr_ui_say(in->ui, "accuracy %.4f: %llu of %llu right",
			    ocr_truths_accuracy(t),
			    (unsigned long long)t->n_right,
			    (unsigned long long)t->n_known);
		return 0;
	}
	f = open_memstream(&text, &n);
	if (f == NULL)
		return ocr_err_nomem(err);
	ocr_truths_print(t, &in->names, in->images, in->seconds,
	    in->opt->is_json, f);
	r = fclose(f) == 0 ? ocr_output_write(&in->out, text, n, err)
			   : ocr_err_nomem(err);
	free(text);
	return r;
}

static int
finish(struct ocr_infer *in, struct ocr_err *err)
{
	const struct ocr_truths *t = &in->truths;
	int r;

	if (in->shards.dir != NULL) {
		if (t->n_failed > 0)
			ocr_ui_say(in->ui, "%llu images failed",
			    (unsigned long long)t->n_failed);
		return 0;
	}
	r = ocr_truths_end(&in->truths, in->images, err);
	if (r == 0)
		r = ocr_infer_print_finish(&in->print, err);
	if (r == 0)
		r = say_truths(in, err);
	if (r == 0)
		r = ocr_output_commit(&in->out, err);
	if (r < 0)
		return r;
	if (t->n_failed > 0)
		ocr_ui_say(in->ui, "%llu of %llu images failed",
		    (unsigned long long)t->n_failed,
		    (unsigned long long)t->n_images);
	ocr_ui_note(in->ui, "%llu images in %.3f s, %.0f a second",
	    (unsigned long long)t->n_images, in->seconds,
	    (double)t->n_images / in->seconds);
	return 0;
}

/* The images themselves, once all is open. */
static int
classify(struct ocr_infer *in, struct ocr_err *err)
{
	uint64_t start = ocr_now_ns();
	int r = in->rows != NULL ? ocr_infer_rows(in, err)
				 : ocr_infer_stream(in, err);

	in->seconds = (double)(ocr_now_ns() - start) * 1e-9;
	return r < 0 ? r : finish(in, err);
}

/* Whoever is to work. */
static int
run_team(struct ocr_infer *in, struct ocr_err *err)
{
	struct ocr_team_opt opt = in->opt->team;
	struct ocr_card_infer_io io;
	struct ocr_infer_cards cards;
	int r;

	if (in->rows != NULL)
		ocr_infer_rows_io(in, &io);
	else
		ocr_infer_stream_io(in, &io);
	r = ocr_infer_cards_init(&cards, in, &io, in->rows != NULL, err);
	in->drivers = cards.card.drivers[0] != NULL ? cards.card.drivers : NULL;
	if (in->drivers != NULL)
		in->images_opt.chunk_records = OCR_INFER_CARD_IMAGES;
	opt.ui = in->ui;
	opt.drivers = in->drivers;
	if (r == 0)
		r = ocr_infer_hosts(in, &opt, err);
	/* Some images of each job, not some jobs: infer_cards.h. */
	if (opt.verify == OCR_VERIFY_SAMPLE)
		opt.verify = OCR_VERIFY_FULL;
	if (r == 0)
		r = ocr_team_init(in->team, &opt, err);
	if (r == 0) {
		in->spec.is_label_only =
		    ocr_infer_cards_have_finn(&cards, in->team);
		r = classify(in, err);
		r = ocr_host_team_end(&in->hosts, r, err);
		r = ocr_team_end(in->team, r, err);
	}
	in->drivers = NULL;
	ocr_infer_cards_release(&cards);
	return r;
}

static int
run(struct ocr_infer *in, struct ocr_err *err)
{
	const struct ocr_infer_opt *opt = in->opt;
	int r = open_model(in, err);

	if (r == 0)
		r = ocr_infer_spec_init(in, err);
	/* Hosts get chunks, and the joblog has their numbers. */
	if (r == 0 && !ocr_host_team_is_wanted(&opt->host) &&
	    opt->host.joblog == NULL && opt->host.shards == NULL)
		r = ocr_infer_rows_open(in, err);
	if (r == 0)
		r = ocr_infer_shards_open(in, err);
	if (r == 0 && opt->host.shards == NULL)
		r = ocr_output_open(&in->out, opt->output,
		    opt->is_forced ? OCR_EXISTS_REPLACE : OCR_EXISTS_ERROR,
		    err);
	if (r == 0)
		r = ocr_infer_open_print(in, err);
	if (r == 0)
		r = run_team(in, err);
	in->meter->out_bytes += in->out.n_bytes;
	return r;
}

static int
check(struct ocr_infer_opt *opt, size_t n_paths, struct ocr_err *err)
{
	bool is_npy = opt->form == OCR_INFER_NPY_LABELS ||
		      opt->form == OCR_INFER_NPY_SCORES;
	int r = ocr_infer_opt_check(opt, err);

	if (r < 0 || opt->task != OCR_TASK_CLASSIFY)
		return r;
	if (ocr_host_opt_check(&opt->host, err) < 0 ||
	    ocr_infer_shards_check(opt, err) < 0)
		return err->code;
	if (is_npy && opt->output == NULL && isatty(STDOUT_FILENO))
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--npy is not written to a terminal");
	if (opt->host.is_worker && n_paths > 0)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--worker: there are no FILEs");
	if (n_paths > 0 && opt->images.files_from != NULL)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--files-from and FILEs exclude each other");
	if (n_paths == 0 && opt->images.files_from == NULL &&
	    isatty(STDIN_FILENO))
		return ocr_err_set(err, -OCR_EUSAGE,
		    "images are not read from a terminal; name a FILE");
	return 0;
}

int
ocr_infer_main(struct ocr_infer_opt *opt, char **paths, size_t n_paths,
    struct ocr_ui *ui, const struct ocr_shared_opt *shared, struct ocr_err *err)
{
	struct ocr_meter meter = {
	    .has_stats = shared->has_stats,
	    .stats_path = shared->stats_path,
	};
	struct ocr_team team = {0};
	struct ocr_infer in = {
	    .opt = opt,
	    .team = &team,
	    .ui = ui,
	    .meter = &meter,
	};
	int r = check(opt, n_paths, err), status;

	if (r < 0)
		return ocr_err_exit_status(r);
	if (opt->task != OCR_TASK_CLASSIFY)
		return ocr_infer_model_task(opt, paths, n_paths, ui, err);
	in.images_opt = opt->images;
	in.images_opt.paths = paths;
	in.images_opt.n_paths = n_paths;
	ocr_meter_start(&meter, ui, shared->progress);
	r = opt->host.is_worker ? ocr_infer_worker(&in, err) : run(&in, err);
	status = r < 0 ? ocr_err_exit_status(r) : in.truths.n_failed > 0;
	r = ocr_meter_finish(&meter, &team, status, err);
	if (r < 0 && status == 0)
		status = ocr_err_exit_status(r);
	ocr_sweep_report_release(&in.sweeps);
	ocr_team_release(&team);
	ocr_host_team_release(&in.hosts);
	ocr_words_release(&in.command);
	ocr_shards_release(&in.shards);
	free(in.model_bytes);
	ocr_infer_rows_close(in.rows);
	ocr_output_abort(&in.out);
	ocr_infer_print_release(&in.print);
	ocr_images_free(in.images);
	ocr_truths_release(&in.truths);
	ocr_names_release(&in.names);
	ocr_model_close(in.model);
	return status;
}
