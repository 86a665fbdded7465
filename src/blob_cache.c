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
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/frame.h"
#include "common/io.h"
#include "common/sha256.h"

#define PREFIX "blob-"
#define TEMP ".blob-"
#define NAME_BYTES (sizeof(TEMP) + OCR_SHA256_HEX + 16)
#define MAX_BLOBS 8
#define TEMP_MAX_S 86400 /* then its writer is dead */

/* Ours, and nobody else writes there. */
static bool
is_safe(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
	       (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
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
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(path);
	return fd;
}

static int
open_dir(bool is_made)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	int fd;

	if (cache != NULL && *cache == '/') {
		if (is_made)
			mkdir(cache, 0700);
		fd = open_in(cache, "/octoray", is_made);
	} else if (home != NULL && *home == '/') {
		fd = open_in(home, "/.cache", is_made);
		if (fd >= 0)
			close(fd);
		fd = open_in(home, "/.cache/octoray", is_made);
	} else {
		return -1;
	}
	if (fd < 0 || is_safe(fd))
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
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
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
		*len = (size_t)n;
		if (strcmp(hex, sha256) == 0)
			return 0;
		forget(sha256);
		ocr_err_set(err, -OCR_EFORMAT,
		    "the cached model was damaged, and is gone");
	}
	free(*data);
	*data = NULL;
	return err->code;
}

/* What is too much, or was left: the oldest goes. */
static void
tidy(int dir)
{
	char oldest[NAME_BYTES] = "";
	time_t oldest_s = 0, now = time(NULL);
	const struct dirent *e;
	struct stat st;
	size_t n = 0;
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;

	if (d == NULL) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((e = readdir(d)) != NULL) {
		bool is_blob = strncmp(e->d_name, PREFIX, strlen(PREFIX)) == 0;
		bool is_temp = strncmp(e->d_name, TEMP, strlen(TEMP)) == 0;

		if ((!is_blob && !is_temp) || strlen(e->d_name) >= NAME_BYTES ||
		    fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (is_temp && now - st.st_mtime > TEMP_MAX_S)
			unlinkat(dir, e->d_name, 0);
		if (!is_blob)
			continue;
		if (n++ == 0 || st.st_mtime < oldest_s) {
			oldest_s = st.st_mtime;
			strcpy(oldest, e->d_name);
		}
	}
	closedir(d);
	if (n > MAX_BLOBS)
		unlinkat(dir, oldest, 0);
}

void
ocr_blob_cache_put(const uint8_t *data, size_t len)
{
	char hex[OCR_SHA256_HEX + 1], name[NAME_BYTES], temp[NAME_BYTES];
	struct ocr_err lost = {0};
	int dir = open_dir(true), fd, r;

	if (dir < 0)
		return;
	ocr_sha256_hex(data, len, hex);
	snprintf(name, sizeof(name), PREFIX "%s", hex);
	snprintf(temp, sizeof(temp), TEMP "%.32s-%ld", hex, (long)getpid());
	fd = openat(dir, temp,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0) {
		r = ocr_write_full(fd, data, len, temp, &lost);
		if (close(fd) < 0 || r < 0 ||
		    renameat(dir, temp, dir, name) < 0)
			unlinkat(dir, temp, 0);
		else
			tidy(dir);
	}
	close(dir);
}
