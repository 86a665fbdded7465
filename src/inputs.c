/*
 * inputs.c - open what a command line names; for all tools that take FILEs
 */
#include "config.h"

#include "src/inputs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A directory of a walk: all of its names, so that no descriptor stays open
 * while they are worked on. */
struct ocr_inputs_dir {
	struct ocr_inputs_dir *up;
	char *path;
	struct dirent **names;
	int n, i;
};

static int
no_dots(const struct dirent *d)
{
	return strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
}

/* alphasort() would ask the locale. */
static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void
walk_leave(struct ocr_inputs *in)
{
	struct ocr_inputs_dir *d = in->walk;

	in->walk = d->up;
	while (d->i < d->n)
		free(d->names[d->i++]);
	free(d->names);
	free(d->path);
	free(d);
}

/* fd is the open directory; it stays the caller's. */
static int
walk_enter(struct ocr_inputs *in, const char *path, int fd, struct ocr_err *err)
{
	struct ocr_inputs_dir *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return ocr_err_nomem(err);
	d->up = in->walk;
	in->walk = d;
	d->path = strdup(path);
	d->n = scandirat(fd, ".", &d->names, no_dots, by_name);
	if (d->path != NULL && d->n >= 0)
		return 0;
	if (d->n < 0) {
		d->n = 0;
		ocr_err_sys(err, "cannot read directory %s", path);
	} else {
		ocr_err_nomem(err);
	}
	walk_leave(in);
	return err->code;
}

/* The next path of the walk, to be freed; NULL with err untouched: no more. */
static char *
walk_next(struct ocr_inputs *in, struct ocr_err *err)
{
	struct ocr_inputs_dir *d = in->walk;
	const char *slash;
	char *path;
	size_t len;

	while (d != NULL && d->i == d->n) {
		walk_leave(in);
		d = in->walk;
	}
	if (d == NULL)
		return NULL;
	len = strlen(d->path);
	slash = len > 0 && d->path[len - 1] == '/' ? "" : "/";
	if (asprintf(&path, "%s%s%s", d->path, slash, d->names[d->i]->d_name) <
	    0) {
		ocr_err_nomem(err);
		path = NULL;
	}
	free(d->names[d->i++]);
	return path;
}

/*
 * Is a regular file really st->st_size bytes long?  Files that the kernel
 * makes up have no blocks and say 0 or 4096: then a byte at the end decides.
 */
static bool
is_size_true(int fd, const struct stat *st)
{
	off_t last = st->st_size > 0 ? st->st_size - 1 : 0;
	char byte;

	if (st->st_blocks > 0)
		return true;
	return pread(fd, &byte, 1, last) == (st->st_size > 0);
}

/* Takes over fd, whatever happens. */
static int
origin_open(struct ocr_inputs *in, const char *name, int fd,
    const struct stat *st, struct ocr_origin **out, struct ocr_err *err)
{
	struct ocr_origin *o = ocr_origin_new(name, NULL);
	off_t at = 0;

	if (o == NULL) {
		if (fd != STDIN_FILENO)
			close(fd);
		return ocr_err_nomem(err);
	}
	o->fd = fd;
	o->index = in->n_origins++;
	o->mode = st->st_mode & 07777;
	/* Somebody may have read the beginning of standard input. */
	if (S_ISREG(st->st_mode) && fd == STDIN_FILENO)
		at = lseek(fd, 0, SEEK_CUR);
	if (S_ISREG(st->st_mode) && at >= 0 && is_size_true(fd, st)) {
		o->is_seekable = true;
		o->fd_base = (uint64_t)at;
		o->has_size = true;
		o->size = st->st_size > at ? (uint64_t)(st->st_size - at) : 0;
	}
	if (S_ISREG(st->st_mode)) {
		o->has_mtime = true;
		o->mtime_s = st->st_mtim.tv_sec;
		o->mtime_ns = (uint32_t)st->st_mtim.tv_nsec;
	}
	*out = o;
	return 1;
}

static int
stdin_open(struct ocr_inputs *in, struct ocr_origin **o, struct ocr_err *err)
{
	struct stat st;

	if (fstat(STDIN_FILENO, &st) < 0)
		return ocr_err_sys(err, "cannot read stdin");
	if (S_ISDIR(st.st_mode))
		return ocr_err_set(err, -OCR_EIO, "stdin: is a directory");
	return origin_open(in, "-", STDIN_FILENO, &st, o, err);
}

/* What became of an open path: 1 = *o is it, 0 = nothing to hand out. */
static int
path_take(struct ocr_inputs *in, const char *path, int fd,
    const struct stat *st, struct ocr_origin **o, struct ocr_err *err)
{
	int r = 1;

	if (S_ISDIR(st->st_mode)) {
		r = in->is_recursive ? walk_enter(in, path, fd, err)
				     : ocr_err_set(err, -OCR_EIO,
					   "%s: is a directory", path);
	} else if (in->accept != NULL) {
		r = in->accept(in->ctx, path, fd, err);
	}
	if (r > 0)
		return origin_open(in, path, fd, st, o, err);
	close(fd);
	return r;
}

static int
operand_open(struct ocr_inputs *in, const char *path, struct ocr_origin **o,
    struct ocr_err *err)
{
	struct stat st;
	int fd, r;

	do {
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	} while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return ocr_err_sys(err, "cannot open %s", path);
	if (fstat(fd, &st) < 0) {
		r = ocr_err_sys(err, "cannot open %s", path);
		close(fd);
		return r;
	}
	return path_take(in, path, fd, &st, o, err);
}

/* Something found in a directory: no wait, no link, no device. */
static int
found_open(struct ocr_inputs *in, const char *path, struct ocr_origin **o,
    struct ocr_err *err)
{
	struct stat st;
	int fd;

	if (lstat(path, &st) < 0)
		return ocr_err_sys(err, "cannot open %s", path);
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return 0;
	fd = open(path,
	    O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return ocr_err_sys(err, "cannot open %s", path);
	/* It may have been replaced since lstat(). */
	if (fstat(fd, &st) < 0 ||
	    (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))) {
		close(fd);
		return 0;
	}
	return path_take(in, path, fd, &st, o, err);
}

int
ocr_inputs_next(struct ocr_inputs *in, struct ocr_origin **o,
    struct ocr_err *err)
{
	const char *operand;
	char *path;
	int r = 0;

	while (r == 0) {
		path = walk_next(in, err);
		if (path != NULL) {
			r = found_open(in, path, o, err);
			free(path);
			continue;
		}
		if (err->code != 0)
			return err->code;
		if (in->n_paths == 0 && in->i_path == 0) {
			operand = "-";
		} else if (in->i_path < in->n_paths) {
			operand = in->paths[in->i_path];
		} else {
			return 0;
		}
		in->i_path++;
		r = strcmp(operand, "-") == 0
			? stdin_open(in, o, err)
			: operand_open(in, operand, o, err);
	}
	return r;
}

void
ocr_inputs_release(struct ocr_inputs *in)
{
	while (in->walk != NULL)
		walk_leave(in);
}
