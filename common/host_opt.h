/*
 * host_opt.h - the options of every tool that can use other hosts
 *
 * A tool puts OCR_HOST_OPT_ROWS into its table, behind OCR_TEAM_OPT_ROWS, and
 * gives keys to ocr_host_opt_set() that nobody else knows.
 */
#ifndef OCR_HOST_OPT_H
#define OCR_HOST_OPT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/opt.h"
#include "common/stream.h"

enum ocr_host_opt_key {
	OCR_KEY_CONNECT_TIMEOUT = OCR_OPT_LONG + 600,
	OCR_KEY_FILTER_HOSTS,
	OCR_KEY_HALT,
	OCR_KEY_HOST,
	OCR_KEY_HOSTS,
	OCR_KEY_JOBLOG,
	OCR_KEY_RESUME,
	OCR_KEY_RETRIES,
	OCR_KEY_RSH,
	OCR_KEY_SHARDS,
	OCR_KEY_TIMEOUT,
	OCR_KEY_WORKER,
};

/* clang-format off */
#define OCR_HOST_OPT_ROWS                                                     \
    {OCR_KEY_CONNECT_TIMEOUT, "connect-timeout", "SECONDS",                   \
	"to reach a host (default 10)"},                                      \
    {OCR_KEY_FILTER_HOSTS, "filter-hosts", "[yes|no]",                        \
	"do without hosts that cannot be reached (default), or fail"},        \
    {OCR_KEY_HALT, "halt", "WHEN",                                            \
	"never (default), or soon,fail=N or now,fail=N: failed chunks"},      \
    {OCR_KEY_HOST, "host", "LIST", "hosts to use, like 4/node1,node[2-5]"},   \
    {OCR_KEY_HOSTS, "hosts", "FILE",                                          \
	"hosts to use, one a line; slurm: of the allocation "                 \
	"(default: $OCR_HOSTS)"},                                             \
    {OCR_KEY_JOBLOG, "joblog", "FILE", "a line for every try of a chunk"},    \
    {OCR_KEY_RESUME, "resume", NULL,                                          \
	"leave out what the joblog says is done (with --shards)"},            \
    {OCR_KEY_RETRIES, "retries", "N",                                         \
	"of a chunk that hosts have lost or refused (default 3)"},            \
    {OCR_KEY_RSH, "rsh", "TEMPLATE",                                          \
	"how to reach hosts (default: $OCR_RSH, or ssh)"},                    \
    {OCR_KEY_SHARDS, "shards", "DIR", "results as files in DIR"},             \
    {OCR_KEY_TIMEOUT, "timeout", "SECONDS",                                   \
	"a host that is silent for longer is lost (default 30)"},             \
    {OCR_KEY_WORKER, "worker", NULL, NULL}
/* clang-format on */

/* Zeroed is the default.  Texts are not copied. */
struct ocr_host_opt {
	const char *hosts, *host; /* NULL: not given */
	const char *rsh;
	unsigned connect_timeout_ms, timeout_ms; /* 0: not given */
	bool has_retries;
	unsigned n_retries;
	enum ocr_halt halt;
	uint64_t halt_fails; /* how many failed chunks are enough */
	bool is_strict;      /* all hosts are there first, or the run ends */
	const char *joblog;
	bool is_resumed;
	const char *shards;
	bool is_worker; /* --worker: this process serves a master */
};

/* -OCR_EUSAGE with the reason; 1 if the key is none of these. */
int ocr_host_opt_set(struct ocr_host_opt *o, int key, const char *arg,
    struct ocr_err *err);

/* What does not go together. */
int ocr_host_opt_check(const struct ocr_host_opt *o, struct ocr_err *err);

#endif
