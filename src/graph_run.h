/*
 * graph_run.h - what all graph programs do around their own work
 *
 *	crew, output ─► load ─► work(): time, print ─► --stats, --trace
 */
#ifndef OCR_GRAPH_RUN_H
#define OCR_GRAPH_RUN_H

#include "common/json_write.h"
#include "common/meter.h"
#include "common/output.h"
#include "src/cards.h"
#include "src/graph.h"
#include "src/graph_crew.h"
#include "src/graph_load.h"
#include "src/graph_opt.h"
#include "src/graph_print.h"

struct ocr_graph_run {
	/* The caller sets these: */
	const struct ocr_graph_in *in;
	enum ocr_keep_weights keep;
	char **paths;
	size_t n_paths;
	struct ocr_ui *ui;
	const struct ocr_shared_opt *shared;
	bool is_binary;   /* its output is not for terminals */
	bool has_kernels; /* cards can do it; used where -D or OCR_DEVICES
			   * names them */
	int (*work)(struct ocr_graph_run *r, void *arg, struct ocr_err *err);
	/* Members of --stats that are the program's; NULL: none. */
	void (*put_stats)(struct ocr_json *j, const void *arg);
	void *arg;

	/* For work(): */
	struct ocr_graph *graph;
	struct ocr_crew crew;
	struct ocr_output out;
	struct ocr_card_graph card;

	/* Private. */
	struct ocr_meter meter;
	struct ocr_sweep_report report; /* of all that was timed */
	uint64_t start_ns;
	double load_ns, work_ns;
};

/* Returns the exit status. */
int ocr_graph_run(struct ocr_graph_run *r, struct ocr_err *err);

/* What comes between these two is timed, and its sweeps are in --stats. */
void ocr_graph_run_begin(struct ocr_graph_run *r);
/* Nanoseconds since then; crew.report has these sweeps alone. */
double ocr_graph_run_end(struct ocr_graph_run *r);

/* Are there cards, and can they do this graph?  Then *c is opened for program
 * (K_GRAPH_BFS ...); its loop is NULL otherwise. */
int ocr_graph_run_open_cards(struct ocr_graph_run *r, struct ocr_cards *c,
    uint32_t program, struct ocr_err *err);
/* A result of cards is wrong, or they have failed: r is 0 after a warning if the
 * CPU is to do it again. */
int ocr_graph_run_redo(struct ocr_graph_run *r, int status,
    struct ocr_err *err);

/* Text that write() prints, to the output. */
int ocr_graph_run_emit(struct ocr_graph_run *r,
    void (*write)(FILE *f, const void *arg), const void *arg,
    struct ocr_err *err);

/* "vertices", "edges", ... */
void ocr_graph_run_json_graph(struct ocr_json *j, const struct ocr_graph *g);

#endif
