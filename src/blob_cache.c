/*
 * blob_cache.c - see blob_cache.h
 *
 * A file is written beside and renamed, so that a name means that all of it was
 * there once; when it is read its hash is looked at.  Several workers may do so
 * at once.
 */
#include "config.h"

#include "src/blob_cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/frame.h"
#include "common/io.h"
#include "common/sha256.h"

#define PREFIX "blob-"
#define TEMP ".blob-"
#define NAME_BYTES (sizeof(TEMP) + OCR_SHA256_HEX + 32)
#define MAX_BLOBS 8
#define TEMP_MAX_S 86400 /* then its writer is dead */
#define FUTURE_S 3600    /* so far may clocks differ */
#define MAX_DEPTH 100    /* of a directory */

/* Ours, and nobody else writes there. */
static bool
is_ours(const struct stat *st)
{
	return st->st_uid == geteuid() &&
	       (st->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* Nobody but us and root gives another meaning to a name in it. */
static bool
is_kept_by_us(const struct stat *st)
{
	return (st->st_uid == geteuid() || st->st_uid == 0) &&
	       ((st->st_mode & (S_IWGRP | S_IWOTH)) == 0 ||
		   (st->st_mode & S_ISVTX) != 0);
}

/* Others cannot come to what is below, whatever that allows. */
static bool
is_shut(const struct stat *st)
{
	return (st->st_uid == geteuid() || st->st_uid == 0) &&
	       (st->st_mode & (S_IXGRP | S_IXOTH)) == 0;
}

/* A directory of ours, and on the way to it there is nothing of others; the
 * way is the real one, without links. */
static bool
is_safe(int dir)
{
	struct stat st, up;
	int fd = -1, next, i;
	bool is_fine = fstat(dir, &st) == 0 && is_ours(&st), is_over = false;

	for (i = 0; is_fine && !is_over && i < MAX_DEPTH; i++) {
		next = openat(i == 0 ? dir : fd, "..",
		    O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0)
			close(fd);
		fd = next;
		is_fine = fd >= 0 && fstat(fd, &up) == 0 &&
			  (is_shut(&up) || is_kept_by_us(&up));
		is_over =
		    is_fine && (is_shut(&up) || (up.st_dev == st.st_dev &&
						    up.st_ino == st.st_ino));
		st = up;
	}
	if (fd >= 0)
		close(fd);
	return is_over;
}

static int
open_in(const char *parent, const char *rest, bool is_made)
{
	char *path;
	int fd = -1;

	if (asprintf(&path, "%s%s", parent, rest) < 0)
		return -1;
	if (is_made)
		mkdir(path, 0700);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	free(path);
	return fd;
}

static int
open_dir(bool is_made)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	char *path;
	int fd;

	if (cache != NULL && *cache == '/') {
		if (is_made)
			mkdir(cache, 0700);
		fd = open_in(cache, "/octoray", is_made);
	} else if (home != NULL && *home == '/') {
		if (asprintf(&path, "%s/.cache", home) < 0)
			return -1;
		if (is_made)
			mkdir(path, 0700);
		fd = open_in(path, "/octoray", is_made);
		free(path);
	} else {
		return -1;
	}
	/* What cannot be taken away is not used: it may be damaged. */
	if (fd < 0 ||
	    (is_safe(fd) && faccessat(fd, ".", W_OK, AT_EACCESS) == 0))
		return fd;
	close(fd);
	return -1;
}

int
ocr_blob_cache_open(const char *sha256)
{
	char name[NAME_BYTES];
	struct stat st;
	int dir, fd;

	if (strlen(sha256) != OCR_SHA256_HEX ||
	    strspn(sha256, "0123456789abcdef") != OCR_SHA256_HEX)
		return -1;
	dir = open_dir(false);
	if (dir < 0)
		return -1;
	snprintf(name, sizeof(name), PREFIX "%s", sha256);
	fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	close(dir);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && is_ours(&st) &&
	    (uint64_t)st.st_size <= OCR_BLOB_MAX_BYTES) {
		futimens(fd, NULL); /* it is used: others go first */
		return fd;
	}
	close(fd);
	return -1;
}

static void
forget(const char *sha256)
{
	char name[NAME_BYTES];
	int dir = open_dir(false);

	snprintf(name, sizeof(name), PREFIX "%s", sha256);
	if (dir < 0)
		return;
	unlinkat(dir, name, 0);
	close(dir);
}

int
ocr_blob_cache_read(int fd, const char *sha256, uint8_t **data, size_t *len,
    struct ocr_err *err)
{
	char hex[OCR_SHA256_HEX + 1] = "";
	struct stat st;
	int64_t n = -1;

	*data = NULL;
	*len = 0;
	if (fstat(fd, &st) < 0 || (uint64_t)st.st_size > OCR_BLOB_MAX_BYTES)
		st.st_size = 0;
	*data = malloc((size_t)st.st_size + 1);
	if (*data == NULL)
		ocr_err_nomem(err);
	else
		n = ocr_read_full(fd, *data, (size_t)st.st_size,
		    "the cached model", -1, err);
	close(fd);
	if (n >= 0) {
		ocr_sha256_hex(*data, (size_t)n, hex);
		if (strcmp(hex, sha256) == 0) {
			*len = (size_t)n;
			return 0;
		}
		ocr_err_set(err, -OCR_EFORMAT,
		    "the cached model was damaged, and is gone");
	}
	/* Nor is it there for the next who asks, if it cannot be read. */
	if (*data != NULL)
		forget(sha256);
	free(*data);
	*data = NULL;
	return err->code;
}

struct oldest {
	char name[NAME_BYTES];
	int64_t ns;
	size_t n; /* there are so many */
};

static void
look_at(int dir, const char *name, const char *newest, struct oldest *oldest)
{
	bool is_blob = strncmp(name, PREFIX, strlen(PREFIX)) == 0;
	bool is_temp = strncmp(name, TEMP, strlen(TEMP)) == 0;
	int64_t now = time(NULL), ns;
	struct stat st;

	if ((!is_blob && !is_temp) || strlen(name) >= NAME_BYTES ||
	    fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    S_ISDIR(st.st_mode))
		return;
	if (is_temp && llabs(now - st.st_mtime) > TEMP_MAX_S)
		unlinkat(dir, name, 0);
	if (!is_blob)
		return;
	oldest->n++;
	if (strcmp(name, newest) == 0)
		return;
	ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
	/* A clock was wrong: it would stay for ever. */
	if (st.st_mtime > now + FUTURE_S)
		ns = INT64_MIN;
	if (oldest->name[0] != '\0' && ns >= oldest->ns)
		return;
	oldest->ns = ns;
	strcpy(oldest->name, name);
}

/* What is too much, or was left: the oldest goes, true if there may be more. */
static bool
tidy(int dir, const char *newest)
{
	struct oldest oldest = {.n = 0};
	const struct dirent *e;
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;

	if (d == NULL) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	/* cppcheck-suppress readdirCalled */
	while ((e = readdir(d)) != NULL)
		look_at(dir, e->d_name, newest, &oldest);
	closedir(d);
	return oldest.n > MAX_BLOBS && oldest.name[0] != '\0' &&
	       unlinkat(dir, oldest.name, 0) == 0;
}

void
ocr_blob_cache_put(const uint8_t *data, size_t len)
{
	char hex[OCR_SHA256_HEX + 1], name[NAME_BYTES], temp[NAME_BYTES];
	struct ocr_err lost = {0};
	uint64_t random;
	int dir = open_dir(true), fd = -1, r;

	if (dir < 0)
		return;
	ocr_sha256_hex(data, len, hex);
	snprintf(name, sizeof(name), PREFIX "%s", hex);
	/* Other machines may have the same directory, and the same processes. */
	if (getrandom(&random, sizeof(random), 0) == (ssize_t)sizeof(random)) {
		snprintf(temp, sizeof(temp), TEMP "%.32s-%016" PRIx64, hex,
		    random);
		fd = openat(dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		    0600);
	}
	if (fd >= 0) {
		r = ocr_write_full(fd, data, len, temp, &lost);
		if (close(fd) < 0 || r < 0 ||
		    renameat(dir, temp, dir, name) < 0)
			unlinkat(dir, temp, 0);
		else
			while (tidy(dir, name))
				;
	}
	close(dir);
}
