/*
 * shards.c - the directory of shards, and writing one
 */
#include "config.h"

#include "src/shards.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/crc.h"
#include "common/io.h"

#define N_TRIES 100 /* of random names */

char *
ocr_shards_path(const struct ocr_shards *s, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", s->dir, name) < 0 ? NULL : path;
}

static void
name_final(const struct ocr_shards *s, uint64_t seq,
    char name[OCR_SHARD_NAME_BYTES + 1])
{
	snprintf(name, OCR_SHARD_NAME_BYTES + 1, "%012" PRIu64 ".%s", seq,
	    s->opt.suffix);
}

static int
name_temp(const struct ocr_shards *s, uint64_t seq,
    char name[OCR_SHARD_NAME_BYTES + 1], struct ocr_err *err)
{
	static const char digit[] = "abcdefghijklmnopqrstuvwxyz234567";
	unsigned char bits[OCR_SHARD_RANDOM_BYTES];
	char random[OCR_SHARD_RANDOM_BYTES + 1];
	size_t i;

	if (getrandom(bits, sizeof(bits), 0) != (ssize_t)sizeof(bits))
		return ocr_err_sys(err, "cannot get random bytes");
	for (i = 0; i < sizeof(bits); i++)
		random[i] = digit[bits[i] % 32];
	random[i] = '\0';
	snprintf(name, OCR_SHARD_NAME_BYTES + 1, ".%012" PRIu64 ".%s.%s", seq,
	    s->opt.suffix, random);
	return 0;
}

/* Is that ours, or would it be taken for a shard by who reads DIR? */
static bool
is_in_the_way(const struct ocr_shards *s, const char *name)
{
	const char *dot = strrchr(name, '.');

	return strcmp(name, OCR_SHARDS_LIST) == 0 ||
	       (name[0] != '.' && dot != NULL &&
		   strcmp(dot + 1, s->opt.suffix) == 0);
}

static bool
is_left_over(const struct ocr_shards *s, const char *name)
{
	char suffix[OCR_SHARD_SUFFIX_BYTES + 1];
	uint64_t seq;
	bool is_temp;

	return ocr_shard_name_parse(name, &seq, suffix, &is_temp) && is_temp &&
	       strcmp(suffix, s->opt.suffix) == 0;
}

/* A name in DIR, before the run. */
static int
check_name(struct ocr_shards *s, const char *name, struct ocr_err *err)
{
	if (is_left_over(s, name))
		unlinkat(s->dir_fd, name, 0);
	else if (!s->opt.is_resumed && is_in_the_way(s, name))
		return ocr_err_set(err, -OCR_EIO,
		    "--shards: %s is not empty: it has %.100s; --resume goes "
		    "on with an earlier run",
		    s->dir, name);
	return 0;
}

int
ocr_shards_each_name(struct ocr_shards *s,
    int (*fn)(struct ocr_shards *, const char *, struct ocr_err *),
    struct ocr_err *err)
{
	int fd = openat(s->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *e;
	int r = 0;

	if (dir == NULL) {
		r = ocr_err_sys(err, "cannot read %s", s->dir);
		if (fd >= 0)
			close(fd);
		return r;
	}
	/* One stream, one thread: readdir() is enough. */
	/* cppcheck-suppress readdirCalled */
	while (r == 0 && (e = readdir(dir)) != NULL)
		r = fn(s, e->d_name, err);
	closedir(dir);
	return r;
}

/* A directory that is there, and its absolute name without links. */
static int
open_dir(struct ocr_shards *s, struct ocr_err *err)
{
	const char *dir = s->opt.dir;

	if (!s->opt.is_worker && mkdir(dir, 0777) < 0 && errno != EEXIST)
		return ocr_err_sys(err, "--shards: cannot make %s", dir);
	s->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	s->dir = s->dir_fd >= 0 ? realpath(dir, NULL) : NULL;
	if (s->dir != NULL)
		return 0;
	ocr_err_sys(err, "--shards: %s%s", dir,
	    s->opt.is_worker ? " (all hosts must share it, by this name)" : "");
	if (s->dir_fd >= 0)
		close(s->dir_fd);
	return err->code;
}

int
ocr_shards_open(struct ocr_shards *s, const struct ocr_shards_opt *opt,
    struct ocr_err *err)
{
	int r;

	*s = (struct ocr_shards){.opt = *opt, .dir_fd = -1};
	ocr_shards_sink_init(s);
	r = open_dir(s, err);
	if (r < 0 || opt->is_worker)
		return r;
	/* Some network file systems have no locks for directories. */
	if (flock(s->dir_fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return ocr_err_set(err, -OCR_EIO,
		    "--shards: %s is in use by another run", s->dir);
	r = ocr_shards_each_name(s, check_name, err);
	/* It is not complete from now on. */
	if (r == 0 && unlinkat(s->dir_fd, OCR_SHARDS_LIST, 0) < 0 &&
	    errno != ENOENT)
		r = ocr_err_sys(err, "cannot remove %s/%s", s->dir,
		    OCR_SHARDS_LIST);
	return r;
}

void
ocr_shards_release(struct ocr_shards *s)
{
	if (s->dir != NULL && s->dir_fd >= 0)
		close(s->dir_fd);
	free(s->dir);
	free(s->rows);
	*s = (struct ocr_shards){.dir_fd = -1};
}

/* A new file: its descriptor, and a slot that removes it at a signal. */
static int
create(const struct ocr_shards *s, uint64_t seq, struct ocr_shard *shard,
    int *slot, struct ocr_err *err)
{
	int fd = -1, i, r;
	char *path;

	for (i = 0; i < N_TRIES && fd < 0; i++) {
		r = name_temp(s, seq, shard->name, err);
		if (r < 0)
			return r;
		path = ocr_shards_path(s, shard->name);
		if (path == NULL)
			return ocr_err_nomem(err);
		*slot = ocr_cleanup_add(path);
		free(path);
		fd = openat(s->dir_fd, shard->name,
		    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd >= 0)
			break;
		ocr_cleanup_drop(*slot);
		if (errno != EEXIST && errno != EINTR)
			break;
	}
	if (fd < 0)
		return ocr_err_sys(err, "cannot create a shard in %s", s->dir);
	return fd;
}

static int
write_file(const struct ocr_shards *s, uint64_t seq, const void *data,
    size_t len, struct ocr_shard *shard, struct ocr_err *err)
{
	char final[OCR_SHARD_NAME_BYTES + 1];
	int slot = -1, r, fd = create(s, seq, shard, &slot, err);
	char *path = NULL;

	if (fd < 0)
		return fd;
	name_final(s, seq, final);
	path = ocr_shards_path(s, final);
	r = path == NULL ? ocr_err_nomem(err)
			 : ocr_write_full(fd, data, len, path, err);
	/* A full disk may show here only. */
	if (close(fd) < 0 && r == 0)
		r = ocr_err_sys(err, "cannot write to %s", path);
	if (r < 0)
		unlinkat(s->dir_fd, shard->name, 0);
	ocr_cleanup_drop(slot);
	free(path);
	shard->bytes = len;
	shard->crc = ocr_crc32(0, data, len);
	return r;
}

/* out says what there is from now on. */
static int
make_shard(struct ocr_chunk *out, const struct ocr_shard *shard,
    struct ocr_err *err)
{
	int n;

	_Static_assert(OCR_SHARD_TEXT_BYTES <= OCR_CHUNK_MIN_CAP,
	    "every chunk has room for it");
	n = ocr_shard_encode(shard, (char *)out->data, OCR_SHARD_TEXT_BYTES,
	    err);
	if (n < 0)
		return n;
	out->len = (size_t)n;
	out->type = OCR_SHARD;
	out->load = OCR_LOADED;
	return 0;
}

int
ocr_shards_put(const struct ocr_shards *s, struct ocr_job *job,
    struct ocr_err *err)
{
	struct ocr_chunk *out = job->out;
	struct ocr_shard shard = {0};
	int r = 0;

	if (out->seq > OCR_FRAME_SEQ_MAX)
		return ocr_err_set(err, -OCR_ELIMIT,
		    "chunk %" PRIu64 " is over the format's limits", out->seq);
	if (s->opt.make != NULL)
		r = s->opt.make(s->opt.ctx, job, &shard.n_bad, err);
	if (r == 0)
		r = write_file(s, out->seq, out->data, out->len, &shard, err);
	if (r < 0)
		return r;
	/* What make() has changed, and nobody has counted yet. */
	if (s->opt.type == OCR_RAW) {
		out->raw_len = shard.bytes;
		out->raw_crc = shard.crc;
		out->has_raw = true;
	}
	return make_shard(out, &shard, err);
}
