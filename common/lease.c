/*
 * lease.c - lock files for compute units; called by the team
 *
 * Files are locked and never written or removed, so that the worst a hostile
 * one can do is to keep a unit busy: it is opened for reading, links and
 * anything but a plain file with one name are refused.  The holder's number is
 * looked up in /proc/locks for the same reason.
 */
#include "config.h"

#include "common/lease.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "common/crc.h"
#include "common/io.h"

#define MAX_NAME 200    /* file systems allow 255 bytes */
#define NAP_NS 20000000 /* flock has no time limit: ask this often */
/* A directory or file that another user is just making is closed to us until
 * its mode is set: ask again that often. */
#define MAX_DENIALS 5

#define FIRST_DIR "/run/lock/octoray-tools"
#define SECOND_DIR "/tmp/octoray-tools-leases"

struct lock_dir {
	int fd;
	const char *path;
};

/* Is c kept in a file's name?  The rest becomes %XX, so that two names stay
 * two, whatever is in them. */
static bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '.' || c == ':' || c == '_' ||
	       c == '-';
}

/* Longer than the buffer: the rest is only counted. */
static size_t
add_part(char *name, size_t len, const char *part)
{
	static const char hex[] = "0123456789abcdef";

	for (; *part != '\0'; part++) {
		unsigned char c = (unsigned char)*part;
		char code[3] = {'%', hex[c >> 4], hex[c & 15]};
		bool is_kept = is_plain(*part);
		size_t n = is_kept ? 1 : 3;

		if (len + n <= MAX_NAME)
			memcpy(name + len, is_kept ? part : code, n);
		len += n;
	}
	return len;
}

/* "CARD,UNIT"; of a long one the start and a checksum. */
static void
make_name(char name[MAX_NAME + 16], const char *card, const char *unit)
{
	size_t len = add_part(name, 0, card);
	uint32_t crc = ocr_crc32(0, card, strlen(card) + 1);

	if (len < MAX_NAME)
		name[len] = ',';
	len = add_part(name, len + 1, unit);
	crc = ocr_crc32(crc, unit, strlen(unit));
	if (len <= MAX_NAME)
		name[len] = '\0';
	else
		snprintf(name + MAX_NAME - 8, 16, "~%08" PRIx32, crc);
}

/* flags: O_NOFOLLOW where the name is known to everybody. */
static int
open_dir_at(const char *path, int flags)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);

	if (fd >= 0 || errno != ENOENT || mkdir(path, 01777) < 0) {
		if (fd < 0 && errno == EEXIST) /* somebody was quicker */
			fd = open(path,
			    O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);
		return fd;
	}
	/* Ours, but not with a mode that the umask has cut. */
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0)
		(void)fchmod(fd, 01777);
	return fd;
}

/*
 * The second place is only for where the first cannot be made: all programs of
 * a machine have to come to the same one.
 */
static int
open_dir(struct lock_dir *d, struct ocr_err *err)
{
	const char *env = getenv("OCR_LEASE_DIR");
	int why;

	if (env != NULL && *env != '\0') {
		d->path = env;
		d->fd = open_dir_at(d->path, 0);
	} else {
		d->path = FIRST_DIR;
		d->fd = open_dir_at(d->path, O_NOFOLLOW);
		why = errno;
		if (d->fd < 0 &&
		    (why == ENOENT || why == EACCES || why == EROFS)) {
			d->path = SECOND_DIR;
			d->fd = open_dir_at(d->path, O_NOFOLLOW);
		}
	}
	if (d->fd < 0)
		return ocr_err_sys(err, "cannot open the lease directory %s",
		    d->path);
	return 0;
}

/*
 * Without O_CREAT first: fs.protected_regular refuses that for files of others
 * in a directory like ours.  O_NONBLOCK: a fifo must not stop us.
 */
static int
open_once(const struct lock_dir *d, const char *name)
{
	const int flags =
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
	int fd = openat(d->fd, name, flags);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	fd = openat(d->fd, name, flags | O_CREAT | O_EXCL, 0644);
	if (fd >= 0)
		(void)fchmod(fd, 0644);
	else if (errno == EEXIST)
		fd = openat(d->fd, name, flags);
	return fd;
}

static void
nap(void)
{
	const struct timespec t = {.tv_nsec = NAP_NS};

	nanosleep(&t, NULL);
}

static int
open_file(const struct lock_dir *d, const char *name)
{
	int fd = open_once(d, name);

	for (int i = 0; i < MAX_DENIALS && fd < 0 && errno == EACCES; i++) {
		nap();
		fd = open_once(d, name);
	}
	return fd;
}

/* Is fd still the file of that name?  Not if somebody has tidied up. */
static bool
is_current(const struct lock_dir *d, const char *name, const struct stat *st)
{
	struct stat now;

	return fstatat(d->fd, name, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
	       now.st_ino == st->st_ino && now.st_dev == st->st_dev;
}

/* What /proc/locks calls it. */
static void
name_file(const struct stat *st, char *buf, size_t n)
{
	snprintf(buf, n, "%02x:%02x:%" PRIuMAX " ", major(st->st_dev),
	    minor(st->st_dev), (uintmax_t)st->st_ino);
}

/* 1: *lease is taken.  0: somebody has it, *holder is what /proc/locks calls
 * it. */
static int
try_take(const struct lock_dir *d, const char *name, int *lease, char *holder,
    size_t cap, struct ocr_err *err)
{
	struct stat st;
	int fd = open_file(d, name), r = 0;

	if (fd < 0)
		return ocr_err_sys(err, "cannot open the lease %s/%s", d->path,
		    name);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_nlink > 1) {
		r = ocr_err_set(err, -OCR_EIO,
		    "the lease %s/%s is not a plain file", d->path, name);
	} else if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		r = is_current(d, name, &st);
	} else if (errno == EWOULDBLOCK) {
		name_file(&st, holder, cap);
	} else if (errno != EINTR) {
		r = ocr_err_sys(err, "cannot lock the lease %s/%s", d->path,
		    name);
	}
	if (r > 0)
		*lease = fd;
	else
		close(fd);
	return r;
}

/* The process that holds a lock on this file ("fd:00:123 "); 0: not known,
 * which is so for one in another container. */
static long
find_holder(const char *file)
{
	FILE *f = *file == '\0' ? NULL : fopen("/proc/locks", "re");
	char line[256], *at;
	long pid = 0;

	if (f == NULL)
		return 0;
	while (pid == 0 && fgets(line, sizeof(line), f) != NULL) {
		/* "1: FLOCK  ADVISORY  WRITE 1234 fd:00:123 0 EOF"; those who
		 * wait have "->" in front. */
		at = strstr(line, file);
		if (at == NULL || at[-1] != ' ' || strstr(line, "->") != NULL ||
		    sscanf(line, "%*s FLOCK %*s %*s %ld", &pid) != 1)
			pid = 0;
	}
	fclose(f);
	return pid > 0 ? pid : 0;
}

static int
busy_error(const char *file, struct ocr_err *err)
{
	long pid = find_holder(file);

	if (pid == 0)
		return ocr_err_set(err, -OCR_EDEVICE,
		    "in use by another program");
	return ocr_err_set(err, -OCR_EDEVICE,
	    "in use by another program (pid %ld)", pid);
}

int
ocr_lease_take(const char *card, const char *unit, unsigned wait_ms,
    struct ocr_err *err)
{
	uint64_t end_ns = ocr_now_ns() + (uint64_t)wait_ms * 1000000;
	char name[MAX_NAME + 16], holder[64] = "";
	struct lock_dir d;
	int lease = -1, r;

	make_name(name, card, unit);
	r = open_dir(&d, err);
	if (r < 0)
		return r;
	for (;;) {
		r = try_take(&d, name, &lease, holder, sizeof(holder), err);
		if (r == 0 && ocr_now_ns() >= end_ns)
			r = busy_error(holder, err);
		if (r != 0)
			break;
		nap();
	}
	close(d.fd);
	return r < 0 ? r : lease;
}

void
ocr_lease_give(int lease)
{
	if (lease >= 0)
		close(lease);
}

int
ocr_lease_look(const char *card, const char *unit, struct ocr_err *err)
{
	static const char *const known[] = {FIRST_DIR, SECOND_DIR};
	const char *env = getenv("OCR_LEASE_DIR");
	char name[MAX_NAME + 16], file[64];
	struct stat st;
	int dir = -1;
	long pid;

	make_name(name, card, unit);
	if (env != NULL && *env != '\0')
		dir = open(env, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < 2 && dir < 0 && (env == NULL || *env == '\0'); i++)
		dir = open(known[i],
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (dir < 0)
		return 0;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		close(dir);
		return 0;
	}
	close(dir);
	name_file(&st, file, sizeof(file));
	pid = find_holder(file);
	return pid == 0 ? 0 : busy_error(file, err);
}

const char *
ocr_lease_card(const char *bdf, unsigned index, char *buf, size_t n)
{
	const char *softcard = getenv("OCR_SOFTCARD");

	if (*bdf != '\0')
		snprintf(buf, n, "%s", bdf);
	else
		snprintf(buf, n, "%.100s:%u",
		    softcard != NULL ? softcard : "xrt", index);
	return buf;
}
