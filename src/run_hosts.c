/*
 * run_hosts.c - see run_hosts.h
 */
#include "config.h"

#include "src/run_hosts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/source.h"
#include "src/worker_serve.h"

static int
add(struct ocr_words *w, const char *option, const char *value,
    struct ocr_err *err)
{
	char *text;
	int r;

	if (asprintf(&text, "%s%s", option, value) < 0)
		return ocr_err_nomem(err);
	r = ocr_words_add(w, text, err);
	free(text);
	return r;
}

static int
add_number(struct ocr_words *w, const char *option, size_t n,
    struct ocr_err *err)
{
	char text[32];

	snprintf(text, sizeof(text), "%zu", n);
	return add(w, option, text, err);
}

/* A file that is named from here on: whoever works is somewhere else. */
static int
add_path(struct ocr_words *w, const char *option, const char *path,
    struct ocr_err *err)
{
	char *whole = ocr_host_path(path);
	int r = whole == NULL ? ocr_err_nomem(err) : add(w, option, whole, err);

	free(whole);
	return r;
}

static int
add_command(struct ocr_words *w, char *const *command, struct ocr_err *err)
{
	int r = ocr_words_add(w, "--", err);

	/* Without a slash it is looked up in PATH, there. */
	if (r == 0 && strchr(command[0], '/') != NULL)
		r = add_path(w, "", command[0], err);
	else if (r == 0)
		r = ocr_words_add(w, command[0], err);
	for (command++; r == 0 && *command != NULL; command++)
		r = ocr_words_add(w, *command, err);
	return r;
}

/* What makes a kernel there that does the same as ours. */
static int
make_command(struct ocr_words *w, const struct ocr_run_opt *opt,
    const char *shards, const char *tool, struct ocr_err *err)
{
	size_t i;
	int r = ocr_words_add(w, tool, err);

	if (r == 0)
		r = add_number(w, "--expand=", opt->expand, err);
	if (r == 0)
		r = add_number(w, "--limit=", opt->limit_bytes, err);
	if (r == 0 && opt->so != NULL)
		r = add_path(w, "--so=", opt->so, err);
	if (r == 0 && opt->kernel != NULL)
		r = add(w, "--kernel=", opt->kernel, err);
	for (i = 0; r == 0 && i < opt->args.n; i++)
		r = opt->arg_texts[i] == NULL /* of a description */
			? 0
			: add(w, "--arg=", opt->arg_texts[i], err);
	if (r == 0 && shards != NULL)
		r = add(w, "--shards=", shards, err);
	if (r == 0 && ocr_run_needs_command(opt))
		r = add_command(w, opt->command, err);
	return r;
}

/* Both ends must call it the same: a command's path differs, and a name on a
 * connection has its limit. */
static void
set_name(char name[64], struct ocr_run_kernel *k)
{
	const char *from = k->kernel.name, *slash = NULL;

	if (ocr_run_needs_command(&k->opt))
		slash = strrchr(from, '/');
	snprintf(name, 64, "%s", slash != NULL ? slash + 1 : from);
	k->kernel.name = name;
}

static void
begin_init(struct ocr_begin *begin, const struct ocr_ui *ui,
    const struct ocr_team *team)
{
	*begin = (struct ocr_begin){.type = OCR_RAW};
	ocr_host_begin(begin, ui, team);
}

int
ocr_run_hosts_init(struct ocr_run_hosts *h, struct ocr_run_kernel *k,
    const char *shards, struct ocr_team_opt *team, struct ocr_err *err)
{
	const struct ocr_run_opt *opt = &k->opt;
	int r;

	*h = (struct ocr_run_hosts){
	    .plan =
		{
		    .opt = &opt->host,
		    .ui = team->ui,
		    .is_verify_work = true,
		    /* No function for the processors. */
		    .devices =
			opt->kernel != NULL && opt->so == NULL ? "xrt" : NULL,
		},
	};
	if (ocr_host_team_is_wanted(&opt->host) || opt->host.is_worker)
		set_name(h->name, k);
	r = make_command(&h->command, opt, shards, team->ui->tool, err);
	if (r < 0)
		return r;
	h->plan.command = (const char *const *)h->command.v;
	begin_init(&h->plan.begin, team->ui, NULL);
	h->plan.begin.chunk_bytes = opt->chunk_bytes;
	return ocr_host_team_init(&h->team, &h->plan, team, err);
}

void
ocr_run_hosts_release(struct ocr_run_hosts *h)
{
	ocr_host_team_release(&h->team);
	ocr_words_release(&h->command);
}

int
ocr_run_worker(struct ocr_run_kernel *k, struct ocr_team *team,
    struct ocr_shards *shards, struct ocr_ui *ui, struct ocr_err *err)
{
	/* Who stops us ends the process, and that its children. */
	static const struct ocr_source source = {.cancel_fd = -1};
	struct ocr_worker_serve serve = {
	    .kernel = &k->kernel,
	    .team = team,
	    .ui = ui,
	    .memory_bytes = k->opt.memory_bytes,
	    .shards = shards,
	};
	int r;

	k->command.source = &source;
	begin_init(&serve.begin, ui, team);
	r = ocr_worker_serve(&serve, err);
	ocr_team_close(team);
	return r;
}
