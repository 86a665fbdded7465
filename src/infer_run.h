/*
 * infer_run.h - one run of ocr-infer, for the files src/infer*.c only
 */
#ifndef OCR_INFER_RUN_H
#define OCR_INFER_RUN_H

#include "common/meter.h"
#include "common/stream.h"
#include "common/sweep.h"
#include "src/card_infer.h"
#include "src/host_team.h"
#include "src/infer.h"
#include "src/infer_names.h"
#include "src/infer_print.h"
#include "src/infer_state.h"
#include "src/infer_truth.h"
#include "src/shards.h"

struct ocr_infer {
	const struct ocr_infer_opt *opt;
	struct ocr_ui *ui;
	struct ocr_meter *meter;
	struct ocr_team *team;
	struct ocr_model *model;
	struct ocr_names names;
	struct ocr_infer_spec spec;
	struct ocr_images_opt images_opt; /* with names of classes */
	struct ocr_images *images;        /* NULL: rows */
	struct ocr_infer_rows *rows;      /* NULL: images */
	const struct ocr_card_driver *const *drivers;
	struct ocr_output out;
	struct ocr_truths truths;
	struct ocr_infer_print print;
	struct ocr_sweep_report sweeps; /* rows */
	double seconds;                 /* classifying and printing */
	struct ocr_host_plan plan;
	struct ocr_host_team hosts;
	struct ocr_words command; /* of hosts */
	struct ocr_shards shards; /* --shards: where lines go */
	struct ocr_blob blob;     /* the model, for them */
	uint8_t *model_bytes;
};

/* How results become lines; names are known. */
int ocr_infer_open_print(struct ocr_infer *in, struct ocr_err *err);

/* What becomes of images; the batch. */
int ocr_infer_spec_init(struct ocr_infer *in, struct ocr_err *err);

/* Inputs that are files of fixed records, all of them: in->rows, or NULL. */
int ocr_infer_rows_open(struct ocr_infer *in, struct ocr_err *err);
void ocr_infer_rows_close(struct ocr_infer_rows *w); /* NULL is fine */
/* By number: the range loop. */
int ocr_infer_rows(struct ocr_infer *in, struct ocr_err *err);
void ocr_infer_rows_io(struct ocr_infer *in, struct ocr_card_infer_io *io);

/* Anything else, as chunks: the stream loop. */
int ocr_infer_stream(struct ocr_infer *in, struct ocr_err *err);
/* What it does to a chunk. */
void ocr_infer_kernel(struct ocr_infer *in, struct ocr_kernel *k);
struct ocr_infer_state *ocr_infer_worker_state(void *state); /* of it */
/* Lines for the results of a job, which are checked against its images. */
int ocr_infer_put_results(struct ocr_infer *run, const struct ocr_job *job,
    struct ocr_err *err);

/* --shards: what the options come to; the directory, before the team; and the
 * run of loop, which is complete but for its sink. */
int ocr_infer_shards_check(const struct ocr_infer_opt *opt,
    struct ocr_err *err);
int ocr_infer_shards_open(struct ocr_infer *in, struct ocr_err *err);
int ocr_infer_shards_run(struct ocr_infer *in, struct ocr_stream *loop,
    struct ocr_err *err);
/* Hosts into team, if there are any: opens in->images. */
int ocr_infer_hosts(struct ocr_infer *in, struct ocr_team_opt *team,
    struct ocr_err *err);
/* --worker: in->model comes from the other end. */
int ocr_infer_worker(struct ocr_infer *in, struct ocr_err *err);
void ocr_infer_stream_io(struct ocr_infer *in, struct ocr_card_infer_io *io);

#endif
