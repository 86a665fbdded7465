/*
 * run_kernel.c - see run_kernel.h
 */
#include "config.h"

#include "src/run_kernel.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/io.h"
#include "src/this_host.h"

/* A kernel without a version for the CPU. */
static int
open_nothing(const struct ocr_kernel *k, void **state, struct ocr_err *err)
{
	(void)state;
	return ocr_err_set(err, -OCR_EFORMAT,
	    "kernel '%s' has no version for the CPU; --so gives it one",
	    k->name);
}

static int
run_nothing(void *state, struct ocr_job *job)
{
	(void)state;
	return ocr_err_set(&job->err, -OCR_EDEVICE, "no version for the CPU");
}

static void
close_nothing(void *state)
{
	(void)state;
}

static size_t
nothing_out_bytes(const struct ocr_kernel *k, const struct ocr_chunk *in,
    size_t in_len)
{
	const struct ocr_run_opt *opt = k->arg;

	(void)in;
	return ocr_run_first_room(opt->expand, opt->limit_bytes, in_len);
}

static int
check_hosts(const struct ocr_run_config *c, const char *label,
    struct ocr_err *err)
{
	size_t i;

	for (i = 0; i < c->n; i++) {
		const char *host = c->list[i].host;

		if (host != NULL && !ocr_this_host(host))
			return ocr_err_set(err, -OCR_EFORMAT,
			    "%s: '%.200s' is not this machine: hosts are not "
			    "supported yet",
			    label, host);
	}
	return 0;
}

/* A shared object, by its first bytes; anything else is taken for an xclbin,
 * whose reader is strict. */
static int
is_shared_object(const char *path, struct ocr_err *err)
{
	static const char elf[4] = {0x7f, 'E', 'L', 'F'};
	char head[sizeof(elf)];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int64_t n;

	if (fd < 0)
		return ocr_err_sys(err, "cannot open %s", path);
	n = ocr_read_full(fd, head, sizeof(head), path, -1, err);
	close(fd);
	if (n < 0)
		return (int)n;
	return n == (int64_t)sizeof(elf) && memcmp(head, elf, sizeof(elf)) == 0;
}

/* The function that a description is, into the options. */
static int
use_native(struct ocr_run_kernel *k, struct ocr_run_desc *d,
    struct ocr_err *err)
{
	if (k->opt.so != NULL)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--config: '%s' is a second function for the CPU",
		    d->kernel);
	if (asprintf(&k->so, "%s:%s", d->path, d->kernel) < 0) {
		k->so = NULL;
		return ocr_err_nomem(err);
	}
	k->opt.so = k->so;
	if (d->args.n > 0)
		k->opt.args = d->args;
	if (k->opt.team.n_threads == 0)
		k->opt.team.n_threads = d->n_instances;
	return 0;
}

/* Sort the descriptions: functions, and what is for cards. */
static int
use_descs(struct ocr_run_kernel *k, struct ocr_err *err)
{
	struct ocr_run_config *c = &k->config;
	size_t i, batch = SIZE_MAX;
	int r;

	for (i = 0; i < c->n; i++) {
		struct ocr_run_desc *d = &c->list[i];

		if (d->kernel == NULL && k->opt.kernel != NULL)
			d->kernel = strdup(k->opt.kernel);
		if (d->kernel == NULL)
			return ocr_err_set(err, -OCR_EUSAGE,
			    "%s names no kernel: say which with --kernel",
			    k->opt.config);
		if (d->args.n == 0)
			d->args = k->opt.args;
		if (d->batch_bytes > 0 && d->batch_bytes < batch)
			batch = d->batch_bytes;
		r = is_shared_object(d->path, err);
		if (r > 0)
			r = use_native(k, d, err);
		else if (r == 0)
			k->descs[k->n_descs++] = d;
		if (r < 0)
			return r;
	}
	if (batch != SIZE_MAX && !k->opt.has_size)
		k->opt.chunk_bytes = batch;
	return 0;
}

static int
open_config(struct ocr_run_kernel *k, struct ocr_ui *ui, struct ocr_err *err)
{
	int r = ocr_run_config_read(&k->config, k->opt.config, ui, err);

	if (r == 0)
		r = check_hosts(&k->config, k->opt.config, err);
	if (r < 0)
		return r;
	k->descs = calloc(k->config.n, sizeof(*k->descs));
	if (k->descs == NULL)
		return ocr_err_nomem(err);
	return use_descs(k, err);
}

/* What --kernel and --xclbin say, as a description. */
static int
open_options(struct ocr_run_kernel *k, struct ocr_err *err)
{
	const char *xclbins = k->opt.team.xclbins;
	struct ocr_run_desc *d;
	struct stat st;

	d = ocr_run_config_add(&k->config, "--kernel", err);
	k->descs = calloc(1, sizeof(*k->descs));
	if (d == NULL || k->descs == NULL)
		return ocr_err_nomem(err);
	d->kernel = strdup(k->opt.kernel);
	d->args = k->opt.args;
	/* A search path is left to whoever looks for devices. */
	if (xclbins != NULL && stat(xclbins, &st) == 0 && S_ISREG(st.st_mode))
		d->path = strdup(xclbins);
	k->descs[k->n_descs++] = d;
	return d->kernel == NULL ? ocr_err_nomem(err) : 0;
}

/* The list, of the descriptions and the CPU if it has a function too. */
static int
set_devices(struct ocr_run_kernel *k, struct ocr_err *err)
{
	struct ocr_team_opt *team = &k->opt.team;

	team->drivers = k->cards.drivers;
	if (k->opt.so == NULL)
		team->has_no_fallback = true;
	if (k->cards.devices != NULL) {
		if (asprintf(&k->devices, "%s%s",
			k->opt.so != NULL ? "cpu," : "",
			k->cards.devices) < 0) {
			k->devices = NULL;
			return ocr_err_nomem(err);
		}
		team->devices = k->devices;
	}
	if (team->devices == NULL && k->opt.so == NULL &&
	    getenv("OCR_DEVICES") == NULL)
		team->devices = "xrt";
	return 0;
}

static int
open_cards(struct ocr_run_kernel *k, struct ocr_ui *ui, struct ocr_err *err)
{
	bool is_placed = k->opt.config != NULL && k->opt.team.devices == NULL;
	int r;

	r = ocr_run_cards_init(&k->cards,
	    (const struct ocr_run_desc *const *)k->descs, k->n_descs,
	    k->opt.expand, k->opt.limit_bytes, is_placed, ui, err);
	if (r == 0)
		r = set_devices(k, err);
	if (r == 0 && k->opt.so == NULL)
		k->kernel = (struct ocr_kernel){
		    .name = k->descs[0]->kernel,
		    .arg = &k->opt,
		    .out_bytes = nothing_out_bytes,
		    .open = open_nothing,
		    .run = run_nothing,
		    .close = close_nothing,
		};
	k->kernel.drivers = k->cards.drivers;
	return r;
}

static int
open_native(struct ocr_run_kernel *k, struct ocr_err *err)
{
	k->native.expand = k->opt.expand;
	k->native.limit_bytes = k->opt.limit_bytes;
	k->native.args = &k->opt.args;
	return ocr_run_native_open(&k->native, k->opt.so, &k->kernel, err);
}

static int
open_command(struct ocr_run_kernel *k, struct ocr_err *err)
{
	if (k->opt.command == NULL || k->opt.command[0] == NULL)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "no kernel: use --so, --kernel, --config or -- COMMAND");
	if (k->opt.args.n > 0)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--arg is not for commands: say it behind the command");
	k->command.argv = k->opt.command;
	k->command.expand = k->opt.expand;
	k->command.limit_bytes = k->opt.limit_bytes;
	ocr_run_command_init(&k->command, &k->kernel);
	return 0;
}

int
ocr_run_kernel_open(struct ocr_run_kernel *k, const struct ocr_run_opt *opt,
    struct ocr_ui *ui, struct ocr_err *err)
{
	int r = 0;

	*k = (struct ocr_run_kernel){.opt = *opt};
	if (ocr_run_needs_command(opt))
		return open_command(k, err);
	if (opt->config != NULL)
		r = open_config(k, ui, err);
	else if (opt->kernel != NULL)
		r = open_options(k, err);
	if (r == 0 && k->opt.so != NULL)
		r = open_native(k, err);
	if (r == 0 && k->n_descs > 0)
		r = open_cards(k, ui, err);
	return r;
}

void
ocr_run_kernel_close(struct ocr_run_kernel *k)
{
	ocr_run_native_close(&k->native);
	ocr_run_cards_release(&k->cards);
	ocr_run_config_release(&k->config);
	free(k->descs);
	free(k->devices);
	free(k->so);
}
