/*
 * sim_hosts_main.h - ocr-sim --hosts: rows for numbers of hosts, and where one
 * master has enough of them
 */
#ifndef OCR_SIM_HOSTS_MAIN_H
#define OCR_SIM_HOSTS_MAIN_H

#include <stdio.h>

#include "src/sim_hosts.h"
#include "src/sim_main.h"

#define OCR_SIM_MAX_LIST 16

struct ocr_sim_hosts_row {
	const char *schedule; /* as it was asked for */
	double rate;
	struct ocr_sim_hosts_report report;
};

/* With units of that speed, so many hosts are the most of which 0.9 work. */
struct ocr_sim_limit {
	double rate;
	size_t n_hosts; /* 0: not even one */
	bool is_more;   /* that was as many as were tried */
	double raw;     /* MB/s that they do together */
};

struct ocr_sim_hosts_call {
	struct ocr_sim_net net;
	uint64_t seed;
	size_t n_hosts, n_rates;
	double hosts[OCR_SIM_MAX_LIST], rates[OCR_SIM_MAX_LIST];
	struct ocr_sim_hosts_row *rows;
	size_t n_rows;
	struct ocr_sim_limit limits[OCR_SIM_MAX_LIST];
	size_t n_limits;
};

/* What --hosts does instead of everything else. */
int ocr_sim_hosts_main(const struct ocr_sim_opt *o, struct ocr_err *err);

/* sim_hosts_table.c */
void ocr_sim_hosts_table(FILE *f, const struct ocr_sim_hosts_call *r);
void ocr_sim_hosts_json(FILE *f, const struct ocr_sim_hosts_call *r);

#endif
