/*
 * softcard_dir.c - a private directory, made and removed; called by
 * softcard_run.c and softcard_xrt.c
 */
#include "config.h"

#include "src/softcard_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/io.h"

#define NAME "ocr-softcard-XXXXXX"
#define MAX_DEPTH 64

char *
ocr_softcard_dir_join(const char *path, const char *name)
{
	char *s;

	return asprintf(&s, "%s/%s", path, name) < 0 ? NULL : s;
}

/* A new directory in base, absolute. */
static char *
make_in(const char *base, struct ocr_err *err)
{
	char *full = realpath(base, NULL), *path;

	if (full == NULL) {
		(void)ocr_err_sys(err, "cannot make a directory in %s", base);
		return NULL;
	}
	/* OCR_XCLBIN is a list of names with colons between them. */
	if (strchr(full, ':') != NULL) {
		(void)ocr_err_set(err, -OCR_EUSAGE,
		    "cannot make a directory in %s: its name has a colon",
		    base);
		free(full);
		return NULL;
	}
	path = ocr_softcard_dir_join(full, NAME);
	free(full);
	if (path == NULL) {
		(void)ocr_err_nomem(err);
		return NULL;
	}
	if (mkdtemp(path) != NULL)
		return path;
	(void)ocr_err_sys(err, "cannot make a directory in %s", base);
	free(path);
	return NULL;
}

static bool
is_in_tmp(const char *path)
{
	return strncmp(path, "/tmp/", 5) == 0 && strchr(path + 5, '/') == NULL;
}

int
ocr_softcard_dir_make(struct ocr_softcard_dir *d, const char *base,
    struct ocr_err *err)
{
	memset(d, 0, sizeof(*d));
	d->path = make_in(base == NULL || *base == '\0' ? "/tmp" : base, err);
	if (d->path == NULL)
		return err->code;
	if (is_in_tmp(d->path)) {
		d->sockets = strdup(d->path);
		if (d->sockets == NULL)
			(void)ocr_err_nomem(err);
	} else {
		d->sockets = make_in("/tmp", err);
	}
	if (d->sockets == NULL) {
		ocr_softcard_dir_remove(d);
		return err->code;
	}
	/* where /tmp is a link, XRT finds the same name by it */
	d->user = strrchr(d->sockets, '/') + 1;
	return 0;
}

static void remove_at(int dir, const char *name, unsigned depth);

static void
empty(int fd, unsigned depth)
{
	DIR *dir = fdopendir(fd);
	struct dirent *e;

	if (dir == NULL) {
		close(fd);
		return;
	}
	/* cppcheck-suppress readdirCalled */
	while ((e = readdir(dir)) != NULL) {
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			remove_at(fd, e->d_name, depth);
	}
	closedir(dir);
}

/* Without following links: what they lead to is not ours. */
static void
remove_at(int dir, const char *name, unsigned depth)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd;

	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return;
	fd = openat(dir, name, flags);
	if (fd < 0 && errno == EACCES &&
	    fchmodat(dir, name, 0700, AT_SYMLINK_NOFOLLOW) == 0)
		fd = openat(dir, name, flags);
	if (fd >= 0 && depth < MAX_DEPTH) {
		(void)fchmod(fd, 0700);
		empty(fd, depth + 1);
	} else if (fd >= 0) {
		close(fd);
	}
	(void)unlinkat(dir, name, AT_REMOVEDIR);
}

void
ocr_softcard_dir_remove(struct ocr_softcard_dir *d)
{
	if (d->path != NULL)
		remove_at(AT_FDCWD, d->path, 0);
	if (d->sockets != NULL)
		remove_at(AT_FDCWD, d->sockets, 0);
	ocr_softcard_dir_keep(d);
}

void
ocr_softcard_dir_keep(struct ocr_softcard_dir *d)
{
	free(d->path);
	free(d->sockets);
	memset(d, 0, sizeof(*d));
}

int
ocr_softcard_dir_mkdir(const struct ocr_softcard_dir *d, const char *name,
    struct ocr_err *err)
{
	char *path = ocr_softcard_dir_join(d->path, name), *slash;
	int r = 0;

	if (path == NULL)
		return ocr_err_nomem(err);
	slash = path + strlen(d->path);
	while (r == 0 && slash != NULL) {
		slash = strchr(slash + 1, '/');
		if (slash != NULL)
			*slash = '\0';
		if (mkdir(path, 0700) < 0 && errno != EEXIST)
			r = ocr_err_sys(err, "cannot make %s", path);
		if (slash != NULL)
			*slash = '/';
	}
	free(path);
	return r;
}

int
ocr_softcard_dir_write(const struct ocr_softcard_dir *d, const char *name,
    const void *text, size_t len, mode_t mode, struct ocr_err *err)
{
	char *path = ocr_softcard_dir_join(d->path, name);
	int fd, r;

	if (path == NULL)
		return ocr_err_nomem(err);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0) {
		r = ocr_err_sys(err, "cannot create %s", path);
	} else {
		r = ocr_write_full(fd, text, len, path, err);
		if (close(fd) < 0 && r == 0)
			r = ocr_err_sys(err, "cannot write to %s", path);
	}
	free(path);
	return r;
}

int
ocr_softcard_dir_link(const struct ocr_softcard_dir *d, const char *name,
    const char *target, struct ocr_err *err)
{
	char *path = ocr_softcard_dir_join(d->path, name);
	int r = 0;

	if (path == NULL)
		return ocr_err_nomem(err);
	if (symlink(target, path) < 0)
		r = ocr_err_sys(err, "cannot create %s", path);
	free(path);
	return r;
}
