/*
 * compress_team.c - who works in a run of ocr-compress: threads, cards, hosts;
 * and the run as somebody's worker
 *
 *   source_stream -> deflate or inflate -> sink_stream, as chunks get done
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "src/card_deflate.h"
#include "src/card_inflate.h"
#include "src/coder.h"
#include "src/compress_run.h"
#include "src/inflate.h"
#include "src/worker_serve.h"

static bool
is_compressing(const struct ocr_compress_opt *opt)
{
	return opt->outputs.mode == OCR_OUTPUTS_COMPRESS;
}

/* Cards that have none of these kernels are not used. */
static const struct ocr_card_driver *const *
drivers_for(const struct ocr_compress_opt *opt)
{
	if (!is_compressing(opt))
		return ocr_inflate_drivers;
	/* A run for each 64 KiB would be slower than the CPU. */
	return opt->deflate.format == OCR_BGZF ? NULL : ocr_deflate_drivers;
}

/* What decides about the bytes of a chunk, for the one that makes them. */
static void
make_command(struct ocr_compress *c)
{
	static const char *const formats[] = {
	    [OCR_DEFLATE] = "--format=gzip",
	    [OCR_MEMBERS] = "--format=members",
	    [OCR_BGZF] = "--format=bgzf",
	};
	const struct ocr_compress_opt *opt = c->opt;
	size_t n = 0;

	c->command[n++] = c->ui->tool;
	if (is_compressing(opt)) {
		snprintf(c->level, sizeof(c->level), "-%d", opt->deflate.level);
		snprintf(c->size, sizeof(c->size), "--size=%" PRIu32,
		    opt->deflate.chunk_bytes);
		c->command[n++] = c->level;
		c->command[n++] = formats[opt->deflate.format];
		c->command[n++] = c->size;
	} else {
		c->command[n++] = "--decompress";
		snprintf(c->limit, sizeof(c->limit), "--limit=%" PRIu64,
		    opt->limit_bytes);
		if (opt->limit_bytes > 0)
			c->command[n++] = c->limit;
	}
	if (c->shards.dir != NULL) {
		c->command[n++] = "--shards";
		c->command[n++] = c->shards.dir;
	}
	c->command[n] = NULL;
}

/* What we make of chunks. */
static void
begin_init(const struct ocr_compress *c, struct ocr_begin *begin, bool is_out)
{
	const struct ocr_deflate_opt *deflate = &c->opt->deflate;

	*begin = (struct ocr_begin){0};
	ocr_host_begin(begin, c->ui, is_out ? c->team : NULL);
	begin->type =
	    is_compressing(c->opt) == is_out ? deflate->format : OCR_RAW;
	begin->chunk_bytes = deflate->chunk_bytes;
	if (is_compressing(c->opt))
		ocr_coder_name(deflate->level, begin->codec,
		    sizeof(begin->codec));
}

/* gzip files are decompressed faster than they could be sent; their pieces are
 * guesses, too. */
static bool
can_use_hosts(struct ocr_compress *c)
{
	const struct ocr_host_opt *host = &c->opt->host;

	if (is_compressing(c->opt) || c->is_stream)
		return true;
	if (host->hosts != NULL || host->host != NULL)
		ocr_ui_warn(c->ui,
		    "hosts are not used: gzip files are decompressed here, "
		    "faster than they could be sent");
	return false;
}

int
ocr_compress_team(struct ocr_compress *c, struct ocr_err *err)
{
	struct ocr_team_opt team = c->opt->team;
	int r = 0;

	r = ocr_compress_shards_open(c, err);
	if (r < 0)
		return r;
	team.ui = c->ui;
	team.drivers = drivers_for(c->opt);
	make_command(c);
	c->plan = (struct ocr_host_plan){
	    .opt = &c->opt->host,
	    .command = c->command,
	    .is_verify_work = c->shards.dir != NULL,
	    .ui = c->ui,
	};
	begin_init(c, &c->plan.begin, false);
	if (!ocr_host_team_is_wanted(&c->opt->host) || can_use_hosts(c))
		r = ocr_host_team_init(&c->hosts, &c->plan, &team, err);
	return r < 0 ? r : ocr_team_init(c->team, &team, err);
}

int
ocr_compress_worker(struct ocr_compress *c, struct ocr_err *err)
{
	struct ocr_inflate_opt inflate = {.limit_bytes = c->opt->limit_bytes};
	struct ocr_kernel kernel;
	struct ocr_worker_serve serve = {
	    .kernel = &kernel,
	    .team = c->team,
	    .ui = c->ui,
	    .memory_bytes = c->opt->memory_bytes,
	    .shards = c->shards.dir != NULL ? &c->shards : NULL,
	};
	int r;

	if (is_compressing(c->opt))
		ocr_deflate_kernel_init(&kernel, &c->opt->deflate);
	else
		ocr_inflate_kernel_init(&kernel, &inflate);
	begin_init(c, &serve.begin, true);
	r = ocr_worker_serve(&serve, err);
	ocr_team_close(c->team); /* the kernel's options end here */
	return r;
}
