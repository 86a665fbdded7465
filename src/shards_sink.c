/*
 * shards_sink.c - what the master does with shards: name, count, list them
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/output.h"
#include "src/shards.h"

#define LINE_BYTES 128
#define LIST_BYTES 65536

/* Where does seq belong among the rows? */
static size_t
find_row(const struct ocr_shards *s, uint64_t seq)
{
	size_t low = 0, high = s->n_rows, mid;

	if (high > 0 && s->rows[high - 1].seq < seq)
		return high;
	while (low < high) {
		mid = low + (high - low) / 2;
		if (s->rows[mid].seq < seq)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int
add_row(struct ocr_shards *s, const struct ocr_shards_row *row,
    struct ocr_err *err)
{
	size_t at = find_row(s, row->seq), room = s->room;
	struct ocr_shards_row *rows;

	if (at < s->n_rows && s->rows[at].seq == row->seq)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "chunk %" PRIu64 " came twice: its shard is that of the "
		    "first",
		    row->seq);
	if (s->n_rows == room) {
		room = room > 0 ? 2 * room : 1024;
		rows = reallocarray(s->rows, room, sizeof(*rows));
		if (rows == NULL)
			return ocr_err_nomem(err);
		s->rows = rows;
		s->room = room;
	}
	memmove(s->rows + at + 1, s->rows + at,
	    (s->n_rows - at) * sizeof(*s->rows));
	s->rows[at] = *row;
	s->n_rows++;
	return 0;
}

/* Its own name, and its place in the list. */
static int
accept_shard(struct ocr_shards *s, const struct ocr_chunk *out,
    struct ocr_err *err)
{
	char suffix[OCR_SHARD_SUFFIX_BYTES + 1];
	char final[OCR_SHARD_NAME_BYTES + 1];
	struct ocr_shards_row row = {.seq = out->seq,
	    .raw_bytes = out->raw_len};
	struct ocr_shard shard;
	bool is_temp;
	uint64_t seq;
	int r =
	    ocr_shard_decode(&shard, (const char *)out->data, out->len, err);

	if (r < 0)
		return r;
	row.bytes = shard.bytes;
	row.crc = shard.crc;
	r = add_row(s, &row, err);
	if (r < 0)
		return r;
	snprintf(final, sizeof(final), "%012" PRIu64 ".%s", row.seq,
	    s->opt.suffix);
	ocr_shard_name_parse(shard.name, &seq, suffix, &is_temp);
	if (is_temp && renameat(s->dir_fd, shard.name, s->dir_fd, final) < 0)
		return ocr_err_sys(err, "cannot make %s/%s", s->dir, final);
	s->n_done++;
	s->out_bytes += shard.bytes;
	s->n_bad += shard.n_bad;
	return 0;
}

/* Failed chunks are told one by one; the others go on. */
static void
tell(struct ocr_shards *s, const struct ocr_chunk *c, int code,
    const char *text, size_t len)
{
	struct ocr_err why = {0};
	char clean[400], what[128];
	size_t i;

	len = len < sizeof(clean) - 1 ? len : sizeof(clean) - 1;
	for (i = 0; i < len; i++)
		clean[i] = text[i] < 0x20 || text[i] == 0x7f ? '?' : text[i];
	clean[i] = '\0';
	s->n_failed++;
	/* Most texts name it. */
	what[0] = '\0';
	if (strncmp(clean, "chunk ", 6) != 0)
		snprintf(what, sizeof(what), "chunk %" PRIu64 ": ", c->seq);
	ocr_err_set(&why, code < 0 ? code : -OCR_EFORMAT, "%s%s", what, clean);
	if (s->opt.ui != NULL)
		ocr_ui_error(s->opt.ui, &why);
}

static int
put(struct ocr_sink *sink, struct ocr_job *job, struct ocr_err *err)
{
	struct ocr_shards *s = (struct ocr_shards *)sink;
	const struct ocr_chunk *out = job->out;
	int r = 0;

	if (job->status == -OCR_ECANCEL)
		return 0;
	if (job->status < 0) {
		tell(s, job->in, job->status, job->err.text,
		    strlen(job->err.text));
		return 0;
	}
	if (out->kind != OCR_CHUNK_DATA)
		return 0;
	if (out->type == OCR_ERROR) {
		tell(s, out, out->code, (const char *)out->data, out->len);
		return 0;
	}
	if (out->type != OCR_SHARD)
		r = ocr_shards_put(s, job, err);
	return r < 0 ? r : accept_shard(s, out, err);
}

void
ocr_shards_sink_init(struct ocr_shards *s)
{
	s->sink.put = put;
}

/* A name in DIR, after the run: what nobody took goes, and what an earlier run
 * has made of another input. */
static int
drop_name(struct ocr_shards *s, const char *name, struct ocr_err *err)
{
	char suffix[OCR_SHARD_SUFFIX_BYTES + 1];
	bool is_temp, is_listed;
	uint64_t seq;
	size_t at;

	if (!ocr_shard_name_parse(name, &seq, suffix, &is_temp) ||
	    strcmp(suffix, s->opt.suffix) != 0)
		return 0;
	at = find_row(s, seq);
	is_listed = at < s->n_rows && s->rows[at].seq == seq;
	if (!is_temp && (is_listed || s->n_failed > 0))
		return 0;
	if (!is_temp && s->opt.ui != NULL)
		ocr_ui_warn(s->opt.ui, "%s/%s is of another input: removed",
		    s->dir, name);
	if (unlinkat(s->dir_fd, name, 0) < 0 && errno != ENOENT)
		return ocr_err_sys(err, "cannot remove %s/%s", s->dir, name);
	return 0;
}

/* In large pieces: there may be a million. */
static int
write_rows(const struct ocr_shards *s, struct ocr_output *o,
    struct ocr_err *err)
{
	char text[LIST_BYTES];
	size_t i, n = 0;
	int r = 0;

	for (i = 0; r == 0 && i < s->n_rows; i++) {
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "%012" PRIu64 ".%s\t%" PRIu64 "\t%" PRIu64 "\t%08" PRIx32
		    "\n",
		    s->rows[i].seq, s->opt.suffix, s->rows[i].bytes,
		    s->rows[i].raw_bytes, s->rows[i].crc);
		if (n < sizeof(text) - LINE_BYTES)
			continue;
		r = ocr_output_write(o, text, n, err);
		n = 0;
	}
	return r < 0 ? r : ocr_output_write(o, text, n, err);
}

static int
write_list(struct ocr_shards *s, struct ocr_err *err)
{
	struct ocr_output o = {.fd = -1, .cleanup_slot = -1};
	char *path = ocr_shards_path(s, OCR_SHARDS_LIST);
	int r;

	if (path == NULL)
		return ocr_err_nomem(err);
	r = ocr_output_open(&o, path, OCR_EXISTS_REPLACE, err);
	if (r == 0)
		r = write_rows(s, &o, err);
	if (r == 0)
		r = ocr_output_commit(&o, err);
	ocr_output_abort(&o);
	free(path);
	return r;
}

int
ocr_shards_finish(struct ocr_shards *s, bool is_ok, struct ocr_err *err)
{
	struct ocr_err lost = {0};
	int r;

	if (!is_ok || s->n_failed > 0) {
		s->n_failed += !is_ok; /* then nothing of before is removed */
		ocr_shards_each_name(s, drop_name, &lost);
		s->n_failed -= !is_ok;
	}
	if (s->n_failed > 0)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: %" PRIu64 " of %" PRIu64 " shards are missing", s->dir,
		    s->n_failed, s->n_failed + s->n_done);
	if (!is_ok)
		return 0;
	r = ocr_shards_each_name(s, drop_name, err);
	return r < 0 ? r : write_list(s, err);
}
