/*
 * run_hosts.h - ocr-run across hosts: the kernel goes by its name
 *
 * Every host runs the same command, or the same function of a shared object
 * that is at the same place there, or the same kernel of an xclbin of its own.
 */
#ifndef OCR_RUN_HOSTS_H
#define OCR_RUN_HOSTS_H

#include "src/host_team.h"
#include "src/run_kernel.h"
#include "src/shards.h"

struct ocr_run_hosts {
	struct ocr_host_plan plan;
	struct ocr_host_team team;
	struct ocr_words command;
	char name[64]; /* of the kernel, as hosts have it */
};

/* Hosts of k->opt into team; k gets the name that hosts know it by.  shards: the
 * directory, or NULL.  Also for a run without hosts.  -OCR_EUSAGE. */
int ocr_run_hosts_init(struct ocr_run_hosts *h, struct ocr_run_kernel *k,
    const char *shards, struct ocr_team_opt *team, struct ocr_err *err);
/* After the team; a zeroed one is fine. */
void ocr_run_hosts_release(struct ocr_run_hosts *h);

/* --worker: until the other end has no more; shards may be NULL. */
int ocr_run_worker(struct ocr_run_kernel *k, struct ocr_team *team,
    struct ocr_shards *shards, struct ocr_ui *ui, struct ocr_err *err);

#endif
