/*
 * merge.c - ocr-merge: the streams, their order, and what is made of them
 *
 *   merge_source -> check -> merge_order -> join or merge_archive -> output
 */
#include "config.h"

#include "src/merge.h"

#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "common/stream.h"
#include "src/merge_order.h"
#include "src/merge_output.h"
#include "src/merge_source.h"

struct merge {
	struct ocr_sink sink; /* first */
	const struct ocr_merge_opt *opt;
	struct ocr_meter *meter;
	struct ocr_merge_source source;
	struct ocr_merge_order order;
	struct ocr_merge_output output;
	/* The current stream. */
	struct ocr_begin begin;
	struct ocr_end end;  /* sums over its parts; crc of the only one */
	const char *name;    /* of its last part */
	unsigned n_parts;    /* 0: no stream yet */
	void *ids;           /* tree of strings: streams that have ended */
	uint64_t total;      /* that the parts' begins say, if they do */
	bool is_sink_failed; /* ours is the error: no word on the streams */
};

/* With every chunk there and right, do their sums say the same as the stream?
 * A part's CRC is over its own chunks, which are not in order here. */
static int
check_totals(struct merge *m, struct ocr_err *err)
{
	const struct ocr_merge_order *o = &m->order;

	if (m->n_parts == 1 && m->end.has_crc && m->end.crc != o->crc)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: checksum of all data is %08" PRIx32
		    ", but ocr/end says %08" PRIx32,
		    m->name, o->crc, m->end.crc);
	/* A part may tell its own total or that of the whole. */
	if (m->begin.has_total && m->begin.total != o->n_bytes &&
	    m->total != o->n_bytes)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: %" PRIu64 " bytes came, but ocr/begin says %" PRIu64,
		    m->name, o->n_bytes, m->begin.total);
	return 0;
}

/* All parts of the current stream have been read, as far as they go. */
static int
end_stream(struct merge *m, struct ocr_err *err)
{
	int r;

	if (m->n_parts == 0)
		return 0;
	r = ocr_merge_order_end(&m->order, m->end.chunks, err);
	/* Without a good end there is nothing to compare with. */
	if (m->source.late.code != 0)
		m->order.is_broken = true;
	if (r < 0 || m->order.is_broken)
		return r;
	r = check_totals(m, err);
	if (r < 0)
		return r;
	r = ocr_merge_output_end(&m->output, err);
	m->is_sink_failed |= r < 0;
	return r;
}

static int
compare_ids(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int
remember_id(struct merge *m, struct ocr_err *err)
{
	char *id = strdup(m->begin.id), **node;

	node = id != NULL ? tsearch(id, &m->ids, compare_ids) : NULL;
	if (node == NULL) {
		free(id);
		return ocr_err_nomem(err);
	}
	if (*node != id)
		free(id);
	return 0;
}

/* Another stream than the one before. */
static int
begin_stream(struct merge *m, const struct ocr_begin *begin, const char *name,
    struct ocr_err *err)
{
	bool is_first = m->n_parts == 0;
	int r = 0;

	if (tfind(begin->id, &m->ids, compare_ids) != NULL)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: part of an earlier stream: parts of one stream must "
		    "follow each other",
		    name);
	if (!is_first) {
		r = end_stream(m, err);
		if (r == 0)
			r = remember_id(m, err);
	}
	if (r < 0)
		return r;
	ocr_merge_order_begin(&m->order);
	m->begin = *begin;
	memset(&m->end, 0, sizeof(m->end));
	m->n_parts = 0;
	m->total = 0;
	if (m->order.is_broken)
		return 0;
	r = ocr_merge_output_begin(&m->output, begin, err);
	m->is_sink_failed |= r < 0;
	return r;
}

static int
stream_begins(void *ctx, const struct ocr_begin *begin, const char *name,
    struct ocr_err *err)
{
	struct merge *m = ctx;
	int r = ocr_merge_output_check(&m->output, ocr_merge_joined_type(begin),
	    name, err);

	if (r == 0 && (m->n_parts == 0 || strcmp(begin->id, m->begin.id) != 0))
		r = begin_stream(m, begin, name, err);
	m->n_parts++;
	m->total += begin->total;
	m->name = name;
	return r;
}

static void
stream_ends(void *ctx, const struct ocr_end *end, const char *name)
{
	struct merge *m = ctx;

	m->name = name;
	m->end.chunks += end->chunks;
	m->end.bytes += end->bytes;
	m->end.has_crc = end->has_crc;
	m->end.crc = end->crc;
}

/* A chunk in its turn. */
static int
write_chunk(void *ctx, const struct ocr_chunk *c, struct ocr_err *err)
{
	struct merge *m = ctx;
	int r = ocr_merge_output_put(&m->output, c, err);

	m->meter->out_bytes = m->output.out.n_bytes;
	return r;
}

/* The text of an error chunk; it may hold any bytes, also NUL. */
static void
quote_error(const struct ocr_chunk *c, const char *what, struct ocr_err *why)
{
	size_t len =
	    c->len < sizeof(why->text) ? c->len : sizeof(why->text) - 1;

	ocr_err_set(why, -OCR_EFORMAT, "%s: failed%s%s: %.*s", what,
	    c->stage[0] != '\0' ? " in " : "", c->stage, (int)len, c->data);
}

/* Load it and see whether it can be used: 0, or why not. */
static int
check_chunk(const struct merge *m, struct ocr_chunk *c, struct ocr_err *why)
{
	struct ocr_err e = {0};
	char what[256];
	int r;

	ocr_chunk_describe(c, what, sizeof(what));
	r = ocr_chunk_load(c, &e);
	if (r == -OCR_EFORMAT) /* it names the chunk */
		*why = e;
	else if (r < 0)
		ocr_err_set(why, r, "%s: %s", what, e.text);
	else if (c->type == OCR_ERROR)
		quote_error(c, what, why);
	else if (c->type != ocr_merge_joined_type(&m->begin))
		ocr_err_set(why, -OCR_EFORMAT,
		    "%s is %s in a stream of type %s", what,
		    ocr_type_name(c->type),
		    ocr_type_name(ocr_merge_joined_type(&m->begin)));
	else if (!c->has_raw)
		ocr_err_set(why, -OCR_EFORMAT,
		    "%s does not say how long its data is", what);
	return why->code;
}

static int
take_chunk(struct merge *m, struct ocr_chunk *c, struct ocr_err *err)
{
	struct ocr_err why = {0};

	if (c->kind == OCR_CHUNK_ORIGIN) {
		if (m->order.is_broken)
			return 0;
		return ocr_merge_output_add(&m->output, c->origin, err);
	}
	if (check_chunk(m, c, &why) < 0)
		return ocr_merge_order_put_bad(&m->order, c, &why, err);
	return ocr_merge_order_put(&m->order, c, err);
}

static int
put(struct ocr_sink *sink, struct ocr_job *job, struct ocr_err *err)
{
	struct merge *m = (struct merge *)sink;
	int r = take_chunk(m, job->out, err);

	m->is_sink_failed |= r < 0;
	return r;
}

/*
 * After the streams, with the loop's result: what is missing, and what they
 * say at their ends.
 */
static int
finish(struct merge *m, int r, struct ocr_err *err)
{
	int r2 = 0;

	/* No end was seen, or none is wanted: the output gets none either. */
	if (r < 0)
		m->order.is_broken = true;
	if (!m->is_sink_failed)
		r2 = end_stream(m, err);
	if (r == 0)
		r = r2;
	ocr_merge_order_summary(&m->order);
	if (m->order.spill.n_spilled > 0)
		ocr_ui_note(m->order.ui,
		    "%" PRIu64 " chunks had to wait in a file in %s",
		    m->order.spill.n_spilled, m->opt->temp_dir);
	/* Of a stream with problems its end says nothing new. */
	if (r == 0 && m->order.n_problems > 0)
		r = -OCR_EFORMAT;
	else if (r == 0 && m->source.late.code != 0)
		r = ocr_err_set(err, m->source.late.code, "%s",
		    m->source.late.text);
	if (r == 0)
		r = ocr_merge_output_commit(&m->output, err);
	m->meter->out_bytes = m->output.out.n_bytes;
	return r;
}

static int
run(struct merge *m, char **paths, size_t n_paths, struct ocr_ui *ui,
    struct ocr_err *err)
{
	char dash[] = "-";
	char *only_stdin[] = {dash};
	struct ocr_stream loop = {
	    .source = &m->source.source,
	    .sink = &m->sink,
	    .chunk_bytes = OCR_CHUNK_BYTES,
	    /* A chunk that just fits, fits beside the empty buffers. */
	    .memory_bytes = m->opt->memory_bytes + 2 * OCR_CHUNK_MIN_CAP,
	    .meter = m->meter,
	    .ui = ui,
	};
	int r = ocr_merge_output_open(&m->output, m->opt, ui, err);

	if (r < 0)
		return r;
	m->source.paths = n_paths > 0 ? paths : only_stdin;
	m->source.n_paths = n_paths > 0 ? n_paths : 1;
	r = ocr_stream_run(&loop, err);
	return finish(m, r, err);
}

int
ocr_merge_main(const struct ocr_merge_opt *opt, char **paths, size_t n_paths,
    struct ocr_ui *ui, const struct ocr_shared_opt *shared, struct ocr_err *err)
{
	struct ocr_meter meter = {
	    .has_stats = shared->has_stats,
	    .stats_path = shared->stats_path,
	};
	struct merge m = {.sink = {.put = put}, .opt = opt, .meter = &meter};
	int r, status;

	ocr_meter_start(&meter, ui, shared->progress);
	ocr_merge_order_init(&m.order, ui, opt->temp_dir, opt->memory_bytes);
	ocr_merge_source_init(&m.source);
	m.order.put = write_chunk;
	m.order.ctx = m.source.ctx = &m;
	m.source.begin = stream_begins;
	m.source.end = stream_ends;
	r = run(&m, paths, n_paths, ui, err);
	status = r < 0 ? ocr_err_exit_status(r) : 0;
	ocr_merge_output_release(&m.output);
	ocr_merge_source_release(&m.source);
	ocr_merge_order_release(&m.order);
	tdestroy(m.ids, free);
	r = ocr_meter_finish(&meter, NULL, status, err);
	if (r < 0 && status == 0)
		status = ocr_err_exit_status(r);
	return status;
}
