/*
 * sim_main.h - ocr-sim as a function: schedules compared on a virtual clock
 */
#ifndef OCR_SIM_MAIN_H
#define OCR_SIM_MAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/opt.h"
#include "src/sim_case.h"
#include "src/sim_setup.h"

#define OCR_SIM_MAX_WORKS 256
#define OCR_SIM_MAX_NET_SETS 64
#define OCR_SIM_DEFAULT_WORK "kron20"
#define OCR_SIM_DEFAULT_WORKERS "cpu:15,card:1"

struct ocr_sim_opt {
	const char *workers; /* NULL: the default */
	const char *works[OCR_SIM_MAX_WORKS];
	size_t n_works;             /* 0: the default */
	struct ocr_sim_cases cases; /* none: all */
	struct ocr_sim_costs costs; /* ocr_sim_costs_default() first */
	bool is_idempotent, has_no_weights;
	uint64_t seed;
	bool is_json, is_svg;
	const char *trace_path; /* NULL: none */
	/* A stream over hosts instead of a sweep, see sim_hosts_main.h. */
	const char *hosts; /* NULL: no */
	const char *rates; /* of units; NULL: the default */
	uint64_t units;    /* of a host; 0: the default */
	bool is_by_ref, has_limits;
	char net_sets[OCR_SIM_MAX_NET_SETS][48];
	size_t n_net_sets;
	bool has_sets;    /* of a sweep */
	const char *path; /* NULL: standard output */
};

/* For bin: options, with a struct ocr_sim_opt as their context. */
extern const struct ocr_tool ocr_sim_tool;

/* NAME=VALUE[,...] of --set.  -OCR_EUSAGE. */
int ocr_sim_opt_set(struct ocr_sim_opt *o, const char *text,
    struct ocr_err *err);

int ocr_sim_main(struct ocr_sim_opt *o, struct ocr_err *err);

#endif
