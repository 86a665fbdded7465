/*
 * host_team.c - see host_team.h
 */
#include "config.h"

#include "src/host_team.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "common/crc.h"
#include "common/rsh.h"

#define VERIFY_SHARE 0.05
#define PLAIN_BYTES 1000 /* of a command in a joblog */

#ifdef __clang__
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

static int add_option(struct ocr_words *w, struct ocr_err *err, const char *fmt,
    ...) __attribute__((format(printf, 3, 4)));

static int
add_option(struct ocr_words *w, struct ocr_err *err, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (r < 0)
		return ocr_err_nomem(err);
	r = ocr_words_add(w, text, err);
	free(text);
	return r;
}

/*
 * Devices are always said: where a launcher hands our environment on,
 * $OCR_DEVICES is about this machine.
 */
static int
add_host_options(struct ocr_words *w, const struct ocr_host *h,
    const char *devices, struct ocr_err *err)
{
	int r;

	if (h->devices != NULL)
		devices = h->devices;
	r = add_option(w, err, "--devices=%s",
	    devices != NULL ? devices : "auto");

	if (r == 0 && h->slots > 0)
		r = add_option(w, err, "--jobs=%u", h->slots);
	if (r == 0 && h->xclbin != NULL)
		r = add_option(w, err, "--xclbin=%s", h->xclbin);
	return r;
}

/* How cards are to be treated, wherever they are. */
static int
add_team_options(struct ocr_words *w, const struct ocr_team_opt *team,
    const struct ocr_ui *ui, struct ocr_err *err)
{
	static const char *const busy[] = {"skip", "wait", "share"};
	int r = 0;

	if (team->verify == OCR_VERIFY_SAMPLE)
		r = add_option(w, err, "--verify=sample:%g",
		    team->verify_share);
	else if (team->verify == OCR_VERIFY_OFF)
		r = add_option(w, err, "--verify=off");
	if (r == 0 && team->busy != OCR_BUSY_SKIP)
		r = add_option(w, err, "--busy=%s", busy[team->busy]);
	if (r == 0 && team->run_timeout_ms != 0)
		r = add_option(w, err, "--run-timeout=%g",
		    team->run_timeout_ms / 1000.0);
	if (r == 0 && ui->verbosity == OCR_QUIET)
		r = add_option(w, err, "-q");
	return r;
}

static int
add_argv(struct ocr_words *argv, const struct ocr_host_plan *plan,
    const struct ocr_host *h, const struct ocr_team_opt *team,
    struct ocr_err *err)
{
	unsigned connect_s = OCR_RSH_CONNECT_S;
	struct ocr_words w = {0};
	size_t i;
	int r;

	if (plan->opt->connect_timeout_ms != 0)
		connect_s = (plan->opt->connect_timeout_ms + 999) / 1000;
	r = ocr_words_add(&w, plan->command[0], err);
	if (r == 0)
		r = ocr_words_add(&w, "--worker", err);
	if (r == 0)
		r = add_host_options(&w, h, plan->devices, err);
	if (r == 0)
		r = add_team_options(&w, team, plan->ui, err);
	for (i = 1; r == 0 && plan->command[i] != NULL; i++)
		r = ocr_words_add(&w, plan->command[i], err);
	if (r == 0)
		r = ocr_rsh_argv(argv, h, plan->opt->rsh, connect_s,
		    (const char *const *)w.v, err);
	ocr_words_release(&w);
	return r;
}

/* What the list says of this machine; options say it better. */
static void
use_here(const struct ocr_host *h, struct ocr_team_opt *team)
{
	if (team->n_threads == 0)
		team->n_threads = h->slots;
	if (team->devices == NULL)
		team->devices = h->devices;
	if (team->xclbins == NULL)
		team->xclbins = h->xclbin;
}

static int
add_host(struct ocr_host_team *t, const struct ocr_host *h,
    const struct ocr_team_opt *team, struct ocr_err *err)
{
	const struct ocr_host_plan *plan = t->plan;
	const struct ocr_host_opt *opt = plan->opt;
	struct ocr_words *argv = &t->argvs[t->n];
	char label[OCR_HOST_LABEL_BYTES];
	int r = add_argv(argv, plan, h, team, err);

	t->hosts[t->n] = (struct ocr_worker_host_opt){
	    .argv = argv->v,
	    .begin = plan->begin,
	    .slots = h->slots,
	    .weight = h->weight,
	    .connect_timeout_ms = opt->connect_timeout_ms,
	    .timeout_ms = opt->timeout_ms,
	    .verify = team->verify,
	    .verify_share = team->verify_share,
	    .ui = plan->ui,
	};
	if (plan->is_verify_work && !team->has_verify) {
		t->hosts[t->n].verify = OCR_VERIFY_SAMPLE;
		t->hosts[t->n].verify_share = VERIFY_SHARE;
	}
	t->hosts[t->n].name = strdup(ocr_host_label(h, label));
	t->n++;
	if (r == 0 && t->hosts[t->n - 1].name == NULL)
		r = ocr_err_nomem(err);
	return r;
}

static int
add_hosts(struct ocr_host_team *t, struct ocr_team_opt *team,
    struct ocr_err *err)
{
	/* Of -D: here it is said who works here, in a list it is ":". */
	bool is_here = team->devices != NULL;
	size_t i;
	int r = 0;

	t->hosts = calloc(t->list.n + 1, sizeof(*t->hosts));
	t->argvs = calloc(t->list.n + 1, sizeof(*t->argvs));
	if (t->hosts == NULL || t->argvs == NULL)
		return ocr_err_nomem(err);
	for (i = 0; r == 0 && i < t->list.n; i++) {
		if (t->list.list[i].is_here && !t->plan->is_here_one) {
			is_here = true;
			use_here(&t->list.list[i], team);
		} else {
			r = add_host(t, &t->list.list[i], team, err);
		}
	}
	if (t->n == 0 || r < 0)
		return r;
	team->hosts = t->hosts;
	team->n_hosts = t->n;
	team->is_hosts_only = team->has_no_fallback && !is_here;
	return 0;
}

/* Words with blanks between them. */
static char *
join(const char *const *words)
{
	char *text = NULL, *whole;
	size_t n, i;
	FILE *f = open_memstream(&text, &n);
	bool is_plain = true;
	uint32_t crc = 0;

	if (f == NULL)
		return NULL;
	for (i = 0; words[i] != NULL; i++)
		crc = ocr_crc32(crc, words[i], strlen(words[i]) + 1);
	for (i = 0; words[i] != NULL; i++) {
		is_plain = is_plain && words[i][0] != '\0' &&
			   words[i][strcspn(words[i], " \t\n\r")] == '\0';
		fprintf(f, "%s%s", i > 0 ? " " : "", words[i]);
	}
	if (fclose(f) != 0) {
		free(text);
		return NULL;
	}
	if (is_plain && n <= PLAIN_BYTES)
		return text;
	/* A joblog cuts it, and other words may read alike. */
	if (asprintf(&whole, "%.*s (%08" PRIx32 ")", PLAIN_BYTES, text, crc) <
	    0)
		whole = NULL;
	free(text);
	return whole;
}

static int
open_joblog(struct ocr_host_team *t, struct ocr_err *err)
{
	const struct ocr_host_opt *opt = t->plan->opt;
	char *command;
	int r;

	if (opt->joblog == NULL)
		return 0;
	command = join(t->plan->command);
	if (command == NULL)
		return ocr_err_nomem(err);
	r = ocr_joblog_open(&t->joblog, opt->joblog,
	    opt->is_resumed ? OCR_JOBLOG_RESUME : OCR_JOBLOG_NEW, command, err);
	t->has_joblog = r == 0;
	/* It is locked now. */
	if (r == 0 && opt->is_resumed)
		r = ocr_joblog_read(&t->done, opt->joblog, command, err);
	free(command);
	return r;
}

/* Who asks for hosts and for nothing else must not get this machine. */
static int
check_list(const struct ocr_host_team *t, const struct ocr_team_opt *team,
    struct ocr_err *err)
{
	const struct ocr_host_opt *opt = t->plan->opt;

	if (t->list.n > 0 || !team->has_no_fallback ||
	    (opt->hosts == NULL && opt->host == NULL))
		return 0;
	return ocr_err_set(err, -OCR_EUSAGE, "%s: no host in it",
	    opt->hosts != NULL ? opt->hosts : "--host");
}

bool
ocr_host_team_is_wanted(const struct ocr_host_opt *opt)
{
	const char *env = getenv("OCR_HOSTS");

	if (opt->is_worker)
		return false;
	return opt->hosts != NULL || opt->host != NULL ||
	       (env != NULL && *env != '\0');
}

int
ocr_host_team_init(struct ocr_host_team *t, const struct ocr_host_plan *plan,
    struct ocr_team_opt *team, struct ocr_err *err)
{
	const struct ocr_host_opt *opt = plan->opt;
	int r;

	*t = (struct ocr_host_team){.plan = plan, .joblog = {.fd = -1}};
	if (opt->is_worker)
		return 0;
	r = ocr_host_opt_check(opt, err);
	if (r == 0)
		r = ocr_hosts_choose(&t->list, opt->hosts, opt->host, err);
	if (r == 0)
		r = check_list(t, team, err);
	if (r == 0 && t->list.n > 0)
		r = add_hosts(t, team, err);
	return r == 0 ? open_joblog(t, err) : r;
}

void
ocr_host_team_stream(struct ocr_host_team *t, struct ocr_stream *loop)
{
	const struct ocr_host_opt *opt;

	if (t->plan == NULL)
		return;
	opt = t->plan->opt;
	loop->has_retries = opt->has_retries;
	loop->n_retries = opt->n_retries;
	loop->halt = opt->halt;
	loop->halt_fails = opt->halt_fails;
	loop->is_strict = opt->is_strict;
	loop->joblog = t->has_joblog ? &t->joblog : NULL;
	loop->done = opt->is_resumed ? &t->done : NULL;
}

int
ocr_host_team_end(struct ocr_host_team *t, int r, struct ocr_err *err)
{
	struct ocr_err lost = {0};
	int r2 = 0;

	if (t->has_joblog)
		r2 = ocr_joblog_close(&t->joblog, r < 0 ? &lost : err);
	t->has_joblog = false;
	return r < 0 ? r : r2;
}

void
ocr_host_team_release(struct ocr_host_team *t)
{
	struct ocr_err lost = {0};
	size_t i;

	if (t->has_joblog)
		ocr_joblog_close(&t->joblog, &lost);
	ocr_joblog_done_release(&t->done);
	for (i = 0; i < t->n; i++) {
		ocr_words_release(&t->argvs[i]);
		free((char *)(uintptr_t)t->hosts[i].name);
	}
	free(t->argvs);
	free(t->hosts);
	ocr_hosts_release(&t->list);
	*t = (struct ocr_host_team){0};
}

char *
ocr_host_path(const char *path)
{
	char *here, *whole;

	if (*path == '/')
		return strdup(path);
	here = getcwd(NULL, 0);
	if (here == NULL || asprintf(&whole, "%s/%s", here, path) < 0)
		whole = NULL;
	free(here);
	return whole;
}

/* "cpu:4,xrt:0/k_deflate_1": what the workers are. */
static void
put_devices(struct ocr_begin *begin, const struct ocr_team *team)
{
	size_t i, n = 0, cap = sizeof(begin->devices);

	if (team->n_cpus > 0 && !team->workers[0].is_reserve)
		n = (size_t)snprintf(begin->devices, cap, "cpu:%zu",
		    team->n_cpus);
	for (i = team->n_cpus; i < team->n_workers; i++) {
		size_t more = strlen(team->workers[i].name) + (n > 0);

		if (n + more >= cap)
			return;
		snprintf(begin->devices + n, cap - n, "%s%s", n > 0 ? "," : "",
		    team->workers[i].name);
		n += more;
	}
}

void
ocr_host_begin(struct ocr_begin *begin, const struct ocr_ui *ui,
    const struct ocr_team *team)
{
	struct utsname host;

	begin->version = OCR_STREAM_VERSION;
	snprintf(begin->tool, sizeof(begin->tool), "%s %s", ui->tool,
	    PACKAGE_VERSION);
	if (uname(&host) == 0)
		snprintf(begin->build, sizeof(begin->build), "%.30s, %.30s",
		    host.machine, COMPILER);
	if (team != NULL)
		put_devices(begin, team);
}
