/*
 * shards_check.c - is a shard what it is said to be?
 *
 * Of a host's: asked in that host's thread, before anybody relies on it.  Of an
 * earlier run's: asked in the reader's.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/crc.h"
#include "common/io.h"
#include "src/shards.h"

#define READ_BYTES ((size_t)256 << 10)
#define SHARD_MAX_BYTES (2 * OCR_CHUNK_MAX_BYTES)

struct state {
	struct ocr_shards *shards;
	void *inner;
	bool is_shut; /* there is no inner */
};

static struct ocr_shards *
shards_of(const struct ocr_kernel *k)
{
	return (struct ocr_shards *)(uintptr_t)((const char *)k -
						offsetof(struct ocr_shards,
						    kernel));
}

__attribute__((format(printf, 2, 3))) static int
wrong(struct ocr_err *err, const char *fmt, ...)
{
	char why[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return ocr_err_set(err, -OCR_EFORMAT, "wrong result: %s", why);
}

/* A descriptor, if it is a file of that length. */
static int
open_shard(const struct ocr_shards *s, const struct ocr_shard *shard,
    struct ocr_err *err)
{
	struct stat st;
	int fd = openat(s->dir_fd, shard->name,
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

	if (fd < 0 && errno == ENOENT)
		return wrong(err,
		    "its shard is not in %s here: do all hosts "
		    "share this directory?",
		    s->dir);
	if (fd < 0)
		return ocr_err_sys(err, "cannot open %s/%s", s->dir,
		    shard->name);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (uint64_t)st.st_size == shard->bytes &&
	    shard->bytes <= SHARD_MAX_BYTES)
		return fd;
	close(fd);
	return wrong(err,
	    "its shard has not the %" PRIu64 " bytes that it "
	    "says",
	    shard->bytes);
}

/* The checksum of what is in it; and its bytes, if there is room for them. */
static int
check_bytes(int fd, const struct ocr_shard *shard, uint8_t *data,
    struct ocr_err *err)
{
	uint8_t *block = data != NULL ? data : malloc(READ_BYTES);
	uint64_t at = 0;
	uint32_t crc = 0;
	int64_t n = 0;

	if (block == NULL)
		return ocr_err_nomem(err);
	while (at < shard->bytes && n >= 0) {
		size_t want = shard->bytes - at < READ_BYTES
				  ? (size_t)(shard->bytes - at)
				  : READ_BYTES;
		uint8_t *into = data != NULL ? data + at : block;

		n = ocr_pread_full(fd, into, want, at, shard->name, err);
		if (n >= 0 && (size_t)n < want)
			n = wrong(err, "its shard was cut");
		if (n > 0)
			crc = ocr_crc32(crc, into, (size_t)n);
		at += want;
	}
	if (data == NULL)
		free(block);
	if (n < 0)
		return (int)n;
	if (crc != shard->crc)
		return wrong(err, "its shard has not the checksum that it "
				  "says");
	return 0;
}

/* The raw bytes of a reference: *own is to be freed.  0: not to be had here,
 * which is no fault of the host. */
static int
load_input(struct ocr_shards *s, const struct ocr_chunk *in,
    struct ocr_chunk *own)
{
	struct ocr_err why = {0};

	*own = (struct ocr_chunk){
	    .type = OCR_REF,
	    .load = OCR_LOAD_OPEN,
	    .is_ref = true,
	    .seq = in->seq,
	    .at = in->at,
	    .origin = in->origin,
	    .len = (size_t)in->raw_len,
	};
	own->data = malloc(own->len > 0 ? own->len : 1);
	own->cap = own->len;
	if (own->data != NULL && ocr_chunk_load(own, &why) == 0)
		return 1;
	if (__atomic_exchange_n(&s->has_warned, 1, __ATOMIC_RELAXED) == 0 &&
	    s->opt.ui != NULL)
		ocr_ui_warn(s->opt.ui,
		    "shards are not compared with what they were made of: %s",
		    own->data == NULL ? "out of memory" : why.text);
	return 0;
}

/* What inner says of the bytes. */
static int
check_result(const struct state *st, const struct ocr_job *job,
    const struct ocr_shard *shard, uint8_t *data, struct ocr_err *err)
{
	struct ocr_shards *s = st->shards;
	const struct ocr_kernel *inner = s->inner;
	struct ocr_chunk own = {0}, out = *job->out;
	struct ocr_job whole = *job;
	int r = 1;

	if (inner->verify == NULL && s->opt.check == NULL)
		return 0;
	if (job->in->type == OCR_REF) {
		r = load_input(s, job->in, &own);
		whole.in = &own;
	}
	out.type = s->opt.type;
	out.data = data;
	out.len = out.cap = (size_t)shard->bytes;
	whole.out = &out;
	if (r > 0)
		r = s->opt.check != NULL
			? s->opt.check(st->inner, &whole, err)
			: inner->verify(st->inner, &whole, err);
	free(own.data);
	return r;
}

/* Before its bytes are looked at. */
static int
check_words(const struct ocr_shards *s, const struct ocr_job *job,
    const struct ocr_shard *shard, struct ocr_err *err)
{
	const struct ocr_chunk *in = job->in, *out = job->out;
	char suffix[OCR_SHARD_SUFFIX_BYTES + 1];
	bool is_temp;
	uint64_t seq;

	if (!ocr_shard_name_parse(shard->name, &seq, suffix, &is_temp) ||
	    !is_temp || seq != in->seq || strcmp(suffix, s->opt.suffix) != 0)
		return wrong(err, "its shard is %s", shard->name);
	if (s->opt.type == OCR_RAW &&
	    (out->raw_len != shard->bytes || out->raw_crc != shard->crc))
		return wrong(err, "it is described wrongly");
	if (s->opt.type == OCR_RAW || (in->type != OCR_REF && !in->has_raw))
		return 0;
	if (out->raw_len != in->raw_len ||
	    (in->type != OCR_REF && out->raw_crc != in->raw_crc))
		return wrong(err, "it is of other data");
	return 0;
}

static int
check_shard(const struct state *st, const struct ocr_job *job,
    struct ocr_err *err)
{
	const struct ocr_shards *s = st->shards;
	const struct ocr_chunk *out = job->out;
	struct ocr_shard shard;
	uint8_t *data = NULL;
	int fd, r;

	r = ocr_shard_decode(&shard, (const char *)out->data, out->len, err);
	if (r == 0)
		r = check_words(s, job, &shard, err);
	if (r < 0)
		return r;
	fd = open_shard(s, &shard, err);
	if (fd < 0)
		return fd;
	if (!job->is_unchecked) {
		data = malloc(shard.bytes > 0 ? (size_t)shard.bytes : 1);
		r = data == NULL ? ocr_err_nomem(err)
				 : check_bytes(fd, &shard, data, err);
		if (r == 0)
			r = check_result(st, job, &shard, data, err);
		free(data);
	}
	close(fd);
	return r;
}

static size_t
shards_out_bytes(const struct ocr_kernel *k, const struct ocr_chunk *in,
    size_t in_len)
{
	const struct ocr_kernel *inner = shards_of(k)->inner;

	return inner->out_bytes(inner, in, in_len);
}

static int
shards_open(const struct ocr_kernel *k, void **state, struct ocr_err *err)
{
	struct state *st = calloc(1, sizeof(*st));
	int r;

	if (st == NULL)
		return ocr_err_nomem(err);
	st->shards = shards_of(k);
	r = st->shards->inner->open(st->shards->inner, &st->inner, err);
	/* For cards alone: but a name and a length can be looked at. */
	st->is_shut = r < 0 && st->shards->inner->verify == NULL;
	if (r < 0 && !st->is_shut) {
		free(st);
		return r;
	}
	ocr_err_clear(err);
	*state = st;
	return 0;
}

static int
shards_run(void *state, struct ocr_job *job)
{
	struct state *st = state;

	if (st->is_shut)
		return ocr_err_set(&job->err, -OCR_EDEVICE,
		    "kernel '%s' has no version for the CPU",
		    st->shards->inner->name);
	return st->shards->inner->run(st->inner, job);
}

static int
shards_verify(void *state, const struct ocr_job *job, struct ocr_err *err)
{
	struct state *st = state;
	const struct ocr_kernel *inner = st->shards->inner;

	if (job->out->type == OCR_SHARD)
		return check_shard(st, job, err);
	return inner->verify != NULL ? inner->verify(st->inner, job, err) : 0;
}

static void
shards_close(void *state)
{
	struct state *st = state;

	if (!st->is_shut)
		st->shards->inner->close(st->inner);
	free(st);
}

void
ocr_shards_wrap(struct ocr_shards *s, const struct ocr_kernel *inner)
{
	s->inner = inner;
	s->kernel = (struct ocr_kernel){
	    .name = inner->name,
	    .arg = inner->arg, /* for drivers of cards */
	    .out_bytes = shards_out_bytes,
	    .open = shards_open,
	    .run = shards_run,
	    .verify = shards_verify,
	    .close = shards_close,
	    .takes_shards = true,
	    .is_inexact = inner->is_inexact,
	    .drivers = inner->drivers,
	};
}

/* Is this one to be read? */
static bool
is_in_sample(const struct ocr_shards *s)
{
	double n = (double)s->n_recalled, share = s->opt.verify_share;

	if (s->opt.verify != OCR_VERIFY_SAMPLE)
		return s->opt.verify == OCR_VERIFY_FULL;
	return (uint64_t)(n * share) != (uint64_t)((n + 1) * share);
}

bool
ocr_shards_recall(void *ctx, struct ocr_job *job,
    const struct ocr_joblog_sum *sum)
{
	struct ocr_shards *s = ctx;
	struct ocr_chunk *out = job->out;
	struct ocr_shard shard = {.bytes = sum->out_len, .crc = sum->out_crc};
	struct ocr_err lost = {0};
	int fd, n, r = 0;

	if (job->in->seq > OCR_FRAME_SEQ_MAX)
		return false;
	snprintf(shard.name, sizeof(shard.name), "%012" PRIu64 ".%s",
	    job->in->seq, s->opt.suffix);
	fd = open_shard(s, &shard, &lost);
	if (fd < 0)
		return false;
	if (is_in_sample(s))
		r = check_bytes(fd, &shard, NULL, &lost);
	close(fd);
	n = ocr_shard_encode(&shard, (char *)out->data, OCR_SHARD_TEXT_BYTES,
	    &lost);
	if (r < 0 || n < 0)
		return false;
	s->n_recalled++;
	out->len = (size_t)n;
	out->type = OCR_SHARD;
	out->load = OCR_LOADED;
	out->raw_len = s->opt.type == OCR_RAW ? shard.bytes : job->in->raw_len;
	return true;
}
