/*
 * host_team.h - hosts for a run: from options and a host list to workers
 *
 * What a tool says of itself as a command ("ocr-compress -6") becomes a
 * command line for each host, with --worker and what the list says of that
 * host: its slots, devices, xclbin.
 */
#ifndef OCR_HOST_TEAM_H
#define OCR_HOST_TEAM_H

#include "common/host_opt.h"
#include "common/hosts.h"
#include "common/joblog.h"
#include "common/stream.h"
#include "common/team.h"
#include "common/ui.h"
#include "common/words.h"
#include "common/worker_host.h"

/* What a tool gives. */
struct ocr_host_plan {
	const struct ocr_host_opt *opt;
	/* The tool without a path, and the options that decide what a chunk
	 * becomes; NULL at the end. */
	const char *const *command;
	struct ocr_begin begin; /* type, tool, codec */
	const char *devices;    /* of hosts that the list says nothing of;
				 * NULL: "auto" */
	/* To check a result is to do it again: some of them, where the user
	 * has not said how many. */
	bool is_verify_work;
	bool is_here_one; /* ":" is a process of its own, as a host is */
	struct ocr_ui *ui;
};

/* Starts zeroed. */
struct ocr_host_team {
	struct ocr_hosts list;
	struct ocr_worker_host_opt *hosts; /* one a connection */
	struct ocr_words *argvs;           /* and its command */
	size_t n;
	/* private */
	const struct ocr_host_plan *plan;
	struct ocr_joblog joblog;
	struct ocr_joblog_done done;
	bool has_joblog;
};

/*
 * Hosts of the options, or of $OCR_HOSTS, into team, which gets what ":" says
 * of this machine, too.  Without hosts nothing in team changes.  plan stays.
 * -OCR_EUSAGE, -OCR_ENOMEM, or what is wrong with the joblog.
 */
int ocr_host_team_init(struct ocr_host_team *t,
    const struct ocr_host_plan *plan, struct ocr_team_opt *team,
    struct ocr_err *err);
/* What a loop has to know besides. */
void ocr_host_team_stream(struct ocr_host_team *t, struct ocr_stream *loop);
/* The run is over, and failed if r < 0: closes the joblog.  Returns r if that is
 * < 0, else what went wrong. */
int ocr_host_team_end(struct ocr_host_team *t, int r, struct ocr_err *err);
/* After the team. */
void ocr_host_team_release(struct ocr_host_team *t);

/* Has anybody asked for hosts: by an option, or by $OCR_HOSTS? */
bool ocr_host_team_is_wanted(const struct ocr_host_opt *opt);

/* A name of a file for other hosts, which have their own working directories;
 * to be freed, NULL: no memory. */
char *ocr_host_path(const char *path);

/* begin->tool, build and, with a team, devices: what this process is. */
void ocr_host_begin(struct ocr_begin *begin, const struct ocr_ui *ui,
    const struct ocr_team *team);

#endif
