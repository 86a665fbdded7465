/*
 * output.c - outputs that appear whole or not at all; called by sinks and bin
 */
#include "config.h"

#include "common/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/io.h"

#define N_RANDOM 12  /* characters; 60 bits */
#define SHORT_BASE 8 /* where a name or path would get too long */

static int
open_stdout(struct ocr_output *o, struct ocr_err *err)
{
	int flags = fcntl(STDOUT_FILENO, F_GETFL);

	o->is_stdout = true;
	o->name = "stdout";
	/* Say it before the work is done; cleanup.c fills a closed stdout
	 * with a descriptor that is read-only. */
	if (flags >= 0 && (flags & O_ACCMODE) == O_RDONLY) {
		flags = -1;
		errno = EBADF;
	}
	if (flags < 0)
		return ocr_err_sys(err, "cannot write to stdout");
	o->fd = STDOUT_FILENO;
	return 0;
}

/* /dev/stderr, /dev/fd/3 and the like: a name for an open descriptor, which
 * may be a regular file but must never be renamed over. */
static bool
is_descriptor(const char *path, mode_t link_mode)
{
	char to[8] = "";

	if (strncmp(path, "/proc/", 6) == 0 ||
	    strncmp(path, "/dev/fd/", 8) == 0)
		return true;
	return S_ISLNK(link_mode) && readlink(path, to, sizeof(to) - 1) > 0 &&
	       strncmp(to, "/proc/", 6) == 0;
}

static int
open_in_place(struct ocr_output *o, mode_t mode, struct ocr_err *err)
{
	int flags = O_WRONLY | O_CLOEXEC | O_NOCTTY;

	if (S_ISREG(mode))
		flags |= O_APPEND;
	do
		o->fd = open(o->path, flags);
	while (o->fd < 0 && errno == EINTR);
	if (o->fd < 0)
		return ocr_err_sys(err, "cannot write to %s", o->path);
	return 0;
}

/* Fill o->temp: ".NAME.RANDOM" beside o->path, of NAME at most max_base. */
static int
name_temp(struct ocr_output *o, size_t max_base)
{
	static const char digit[32] = "abcdefghijklmnopqrstuvwxyz234567";
	const char *slash = strrchr(o->path, '/');
	int n_dir = slash == NULL ? 0 : (int)(slash + 1 - o->path);
	size_t n_base = strlen(o->path + n_dir);
	unsigned char bits[N_RANDOM];
	char random[N_RANDOM + 1];

	if (getrandom(bits, sizeof(bits), 0) != sizeof(bits))
		return -1;
	for (size_t i = 0; i < N_RANDOM; i++)
		random[i] = digit[bits[i] % 32];
	random[N_RANDOM] = '\0';
	if (n_base > max_base)
		n_base = max_base;
	free(o->temp);
	if (asprintf(&o->temp, "%.*s.%.*s.%s", n_dir, o->path, (int)n_base,
		o->path + n_dir, random) < 0) {
		o->temp = NULL;
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

static int
open_temp(struct ocr_output *o, struct ocr_err *err)
{
	size_t max_base = NAME_MAX;

	for (;;) {
		if (name_temp(o, max_base) < 0)
			break;
		/* Known to the signal handler before it is there, so that
		 * there is no moment when it could stay behind. */
		o->cleanup_slot = ocr_cleanup_add(o->temp);
		o->fd = open(o->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		    0600);
		if (o->fd >= 0)
			return 0;
		ocr_cleanup_drop(o->cleanup_slot);
		o->cleanup_slot = -1;
		if (errno == ENAMETOOLONG && max_base > SHORT_BASE)
			max_base = SHORT_BASE;
		else if (errno != EEXIST && errno != EINTR)
			break;
	}
	return ocr_err_sys(err, "cannot create %s", o->path);
}

static int
open_path(struct ocr_output *o, struct ocr_err *err)
{
	size_t len = strlen(o->path);
	struct stat st = {0}, link = {0};
	bool is_there = lstat(o->path, &link) == 0;

	if (!is_there && errno != ENOENT)
		return ocr_err_sys(err, "cannot create %s", o->path);
	if (len == 0)
		return ocr_err_set(err, -OCR_EIO, "cannot create '': no name");
	/* A dangling link fails here and is treated as a file. */
	if (stat(o->path, &st) < 0)
		st.st_mode = S_IFREG;
	if (S_ISDIR(st.st_mode) || o->path[len - 1] == '/') {
		errno = EISDIR;
		return ocr_err_sys(err, "cannot write to %s", o->path);
	}
	if (is_there &&
	    (!S_ISREG(st.st_mode) || is_descriptor(o->path, link.st_mode)))
		return open_in_place(o, st.st_mode, err);
	if (is_there && o->exists == OCR_EXISTS_ERROR)
		return ocr_err_set(err, -OCR_EIO,
		    "%s already exists; use -f to replace it", o->path);
	return open_temp(o, err);
}

int
ocr_output_open(struct ocr_output *o, const char *path,
    enum ocr_output_exists exists, struct ocr_err *err)
{
	int r;

	memset(o, 0, sizeof(*o));
	o->fd = -1;
	o->cleanup_slot = -1;
	o->exists = exists;
	/* The only way to ask; strict meanwhile, should a thread create a
	 * file just now. */
	o->mask = umask(077);
	umask(o->mask);
	if (path == NULL || strcmp(path, "-") == 0 ||
	    strcmp(path, "/dev/stdout") == 0)
		return open_stdout(o, err);
	o->path = strdup(path);
	if (o->path == NULL)
		return ocr_err_nomem(err);
	o->name = o->path;
	r = open_path(o, err);
	if (r < 0)
		ocr_output_abort(o);
	return r;
}

int
ocr_output_write(struct ocr_output *o, const void *buf, size_t len,
    struct ocr_err *err)
{
	int r = ocr_write_full(o->fd, buf, len, o->name, err);

	if (r == 0)
		o->n_bytes += len;
	return r;
}

int
ocr_output_writev(struct ocr_output *o, struct iovec *iov, int n,
    struct ocr_err *err)
{
	uint64_t len = 0;
	int r;

	for (int i = 0; i < n; i++)
		len += iov[i].iov_len;
	r = ocr_writev_full(o->fd, iov, n, o->name, err);
	if (r == 0)
		o->n_bytes += len;
	return r;
}

int64_t
ocr_output_splice(struct ocr_output *o, int file, uint64_t at, size_t len,
    struct ocr_err *err)
{
	int64_t n = ocr_splice_full(file, at, o->fd, len, o->name, err);

	if (n > 0)
		o->n_bytes += (uint64_t)n;
	return n;
}

void
ocr_output_set_meta(struct ocr_output *o, const struct ocr_origin *from)
{
	struct stat st;

	o->has_meta = true;
	o->mode = from->mode & 0777; /* set-ID bits are not for copies */
	o->times[0].tv_nsec = UTIME_OMIT;
	o->times[1].tv_nsec = UTIME_OMIT;
	/* A time_t of 32 bits ends in 2038. */
	if (from->has_mtime && from->mtime_ns < 1000000000 &&
	    (time_t)from->mtime_s == from->mtime_s) {
		o->times[1].tv_sec = (time_t)from->mtime_s;
		o->times[1].tv_nsec = from->mtime_ns;
	}
	o->has_owner = from->fd >= 0 && fstat(from->fd, &st) == 0;
	if (o->has_owner) {
		o->times[0] = st.st_atim;
		o->uid = st.st_uid;
		o->gid = st.st_gid;
	}
}

/* Permissions, owner, times of the finished file.  A file system without
 * them is no reason to fail. */
static void
apply_meta(const struct ocr_output *o)
{
	mode_t mode = 0666 & ~o->mask;

	if (o->has_meta)
		mode = o->mode;
	if (o->has_owner && fchown(o->fd, (uid_t)-1, o->gid) < 0) {
		/* Our group is another one: it gets what everybody gets. */
		mode &= ~(mode_t)070 | (mode & 07) << 3;
	}
	if (o->has_owner && fchown(o->fd, o->uid, (gid_t)-1) < 0)
		errno = 0; /* only root gives files away */
	(void)fchmod(o->fd, mode);
	if (o->has_meta)
		(void)futimens(o->fd, o->times);
}

/* Give the temporary file its name. */
static int
publish(struct ocr_output *o)
{
	struct stat st;

	if (o->exists == OCR_EXISTS_REPLACE)
		return rename(o->temp, o->path);
	if (renameat2(AT_FDCWD, o->temp, AT_FDCWD, o->path, RENAME_NOREPLACE) ==
	    0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	/* NFS and other file systems without it; and those without links. */
	if (link(o->temp, o->path) == 0) {
		(void)unlink(o->temp); /* what counts is there */
		return 0;
	}
	if (errno == EEXIST)
		return -1;
	if (lstat(o->path, &st) == 0) {
		errno = EEXIST;
		return -1;
	}
	return rename(o->temp, o->path);
}

/* After the rename: the directory entry must be on the disk too. */
static int
sync_dir(const struct ocr_output *o)
{
	const char *slash = strrchr(o->path, '/');
	char *dir = slash == NULL
			? strdup(".")
			: strndup(o->path, (size_t)(slash + 1 - o->path));
	int fd, r;

	if (dir == NULL)
		return -1;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(dir);
	if (fd < 0)
		return errno == EACCES ? 0 : -1; /* may be unreadable */
	r = fsync(fd);
	close(fd);
	return r < 0 && errno != EINVAL ? -1 : 0;
}

static int
finish_file(struct ocr_output *o, struct ocr_err *err)
{
	int fd = o->fd;

	if (o->temp != NULL)
		apply_meta(o);
	if (o->is_synced && fsync(fd) < 0 && errno != EINVAL && errno != EROFS)
		return ocr_err_sys(err, "cannot write to %s", o->path);
	o->fd = -1; /* Linux closes it even when close fails */
	if (close(fd) < 0 && errno != EINTR)
		return ocr_err_sys(err, "cannot write to %s", o->path);
	if (o->temp == NULL)
		return 0;
	if (publish(o) < 0) {
		if (errno == EEXIST)
			return ocr_err_set(err, -OCR_EIO,
			    "%s already exists; use -f to replace it", o->path);
		return ocr_err_sys(err, "cannot create %s", o->path);
	}
	free(o->temp); /* nothing to remove any more */
	o->temp = NULL;
	if (o->is_synced && sync_dir(o) < 0)
		return ocr_err_sys(err, "cannot write to %s", o->path);
	return 0;
}

int
ocr_output_commit(struct ocr_output *o, struct ocr_err *err)
{
	int r = 0;

	if (!o->is_stdout)
		r = finish_file(o, err);
	ocr_output_abort(o);
	return r;
}

void
ocr_output_abort(struct ocr_output *o)
{
	bool is_kept = o->is_partial_kept && o->temp != NULL;

	if (o->path != NULL && o->fd >= 0) {
		if (is_kept)
			apply_meta(o);
		close(o->fd);
	}
	if (is_kept)
		is_kept = publish(o) == 0;
	if (o->temp != NULL && !is_kept)
		unlink(o->temp);
	if (o->path != NULL)
		ocr_cleanup_drop(o->cleanup_slot);
	free(o->path);
	free(o->temp);
	o->path = NULL;
	o->temp = NULL;
	o->name = NULL;
	o->fd = -1;
	o->cleanup_slot = -1;
}
