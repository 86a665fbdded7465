/*
 * test_blob_cache.c - models that are kept, and what others may do to them
 *
 * All of it as this user and, where that is root, as nobody, too.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "common/sha256.h"
#include "src/blob_cache.h"
#include "tests/unit/child.h"
#include "tests/unit/tap.h"

#define NOBODY 65534
#define SIZE 100000
#define DIR_NAME "cache/octoray"

static uint8_t blob[SIZE];
static char hex[OCR_SHA256_HEX + 1], file[200];

/* The n-th of them, and its names. */
static void
make(unsigned n)
{
	for (size_t i = 0; i < SIZE; i++)
		blob[i] = (uint8_t)(i * 7 + i / 256 + n);
	ocr_sha256_hex(blob, SIZE, hex);
	snprintf(file, sizeof(file), DIR_NAME "/blob-%s", hex);
}

/* 1: it is there and right; 0: it is not; -1: it is damaged, or another. */
static int
get(void)
{
	uint8_t *data = NULL;
	struct ocr_err err = {0};
	size_t len = 0;
	int fd = ocr_blob_cache_open(hex), r;

	if (fd < 0)
		return 0;
	r = ocr_blob_cache_read(fd, hex, &data, &len, &err);
	if (r < 0 && (data != NULL || len != 0 || r != -OCR_EFORMAT ||
			 strcmp(err.text, "the cached model was damaged, and "
					  "is gone") != 0))
		return -2;
	r = r == 0 && len == SIZE && memcmp(data, blob, SIZE) == 0 ? 1 : -1;
	free(data);
	return r;
}

static bool
is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* Files of a directory. */
static int
count(const char *path)
{
	DIR *d = opendir(path);
	int n = 0;

	/* cppcheck-suppress readdirCalled */
	while (d != NULL && readdir(d) != NULL)
		n++;
	if (d != NULL)
		closedir(d);
	return n - 2;
}

static int
mode_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 ? (int)(st.st_mode & 07777) : -1;
}

static void
clear(void)
{
	if (system("rm -rf cache home other file") != 0)
		diag("cannot clear");
}

static void
put(unsigned n)
{
	make(n);
	ocr_blob_cache_put(blob, SIZE);
}

/* A file of that name, so old. */
static void
plant(const char *name, time_t age)
{
	struct timespec t[2] = {{time(NULL) - age, 0}, {time(NULL) - age, 0}};
	int fd = open(name, O_WRONLY | O_CREAT, 0600);

	if (fd < 0 || futimens(fd, t) < 0)
		diag("%s: %s", name, strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void
test_good(void)
{
	make(0);
	is_int(get(), 0, "nothing is there");
	ok(!is_there("cache"), "... and to ask makes nothing");
	put(0);
	is_int(get(), 1, "it is there");
	is_int(mode_of("cache"), 0700, "mode of the directory above");
	is_int(mode_of(DIR_NAME), 0700, "mode of the directory");
	is_int(mode_of(file), 0600, "mode of the file");
	is_int(count(DIR_NAME), 1, "and nothing else");
	put(0);
	is_int(count(DIR_NAME), 1, "once only");
	make(1);
	is_int(get(), 0, "another is not");
	is_int(ocr_blob_cache_open(""), -1, "no name");
	is_int(ocr_blob_cache_open("../../x"), -1, "a path");
	make(0);
	hex[3] = 'A';
	is_int(ocr_blob_cache_open(hex), -1, "capitals");
	clear();
}

static void
test_damage(void)
{
	int fd;

	put(0);
	if (truncate(file, SIZE - 1) < 0)
		diag("truncate");
	is_int(get(), -1, "truncated");
	ok(!is_there(file), "... and gone");
	put(0);
	if (truncate(file, 0) < 0)
		diag("truncate");
	is_int(get(), -1, "empty");
	put(0);
	if (truncate(file, SIZE + 1) < 0)
		diag("truncate");
	is_int(get(), -1, "grown");
	put(0);
	fd = open(file, O_WRONLY);
	if (pwrite(fd, "x", 1, SIZE / 2) != 1)
		diag("pwrite");
	close(fd);
	is_int(get(), -1, "one byte is another");
	ok(!is_there(file), "... and gone");
	put(0);
	if (truncate(file, ((off_t)1 << 40)) == 0)
		is_int(get(), 0, "larger than any model");
	put(0);
	is_int(get(), 1, "and right again");
	/* it is cut while it is open */
	fd = ocr_blob_cache_open(hex);
	if (truncate(file, 10) == 0) {
		struct ocr_err err = {0};
		uint8_t *data;
		size_t len;

		is_int(ocr_blob_cache_read(fd, hex, &data, &len, &err),
		    -OCR_EFORMAT, "truncated after it was opened");
	}
	clear();
}

/* What is no file of ours. */
static void
test_kinds(void)
{
	put(0);
	if (rename(file, "file") < 0 || symlink("../../file", file) < 0)
		diag("symlink");
	is_int(get(), 0, "a link to a right file");
	put(0);
	is_int(get(), 1, "... is replaced");
	unlink(file);
	if (mkfifo(file, 0600) < 0)
		diag("mkfifo");
	is_int(get(), 0, "a FIFO");
	put(0);
	is_int(get(), 1, "... is replaced");
	chmod(file, 0620);
	is_int(get(), 0, "others may write to it");
	unlink(file);
	mkdir(file, 0700);
	is_int(get(), 0, "a directory");
	put(0);
	is_int(get(), 0, "... stays");
	is_int(count(DIR_NAME), 1, "... and nothing is left");
	clear();
}

static void
test_path(void)
{
	put(0);
	chmod(DIR_NAME, 0770);
	is_int(get(), 0, "a group may write to the directory");
	put(1);
	is_int(count(DIR_NAME), 1, "... nothing is written");
	chmod(DIR_NAME, 0755);
	make(0);
	is_int(get(), 1, "others may read it");
	chmod("cache", 0777);
	is_int(get(), 0, "others may write above");
	put(1);
	is_int(count(DIR_NAME), 1, "... nothing is written");
	chmod("cache", 0775);
	make(0);
	is_int(get(), 0, "a group may");
	chmod("cache", 01777);
	is_int(get(), 1, "others may, but each to its own files");
	chmod("cache", 0720);
	is_int(get(), 1, "... or if they cannot enter it");
	chmod("cache", 0755);
	chmod(".", 0777);
	is_int(get(), 0, "others may write far above");
	chmod(".", 0700);
	is_int(get(), 1, "... and now they may not");
	if (rename(DIR_NAME, "other") < 0 || symlink("../other", DIR_NAME) < 0)
		diag("symlink");
	is_int(get(), 0, "the directory is a link");
	put(1);
	is_int(count("other"), 1, "... nothing is written");
	clear();
	mkdir("other", 0700);
	if (symlink("other", "cache") < 0)
		diag("symlink");
	put(0);
	is_int(get(), 1, "a link above that is ours");
	clear();
}

static void
test_names(const char *top)
{
	char path[300];

	setenv("XDG_CACHE_HOME", "cache", 1);
	unsetenv("HOME");
	put(0);
	ok(!is_there("cache"), "a relative name is none");
	setenv("XDG_CACHE_HOME", "/dev/null", 1);
	put(0);
	is_int(get(), 0, "a file in place of a directory");
	setenv("XDG_CACHE_HOME", "", 1);
	snprintf(path, sizeof(path), "%s/home", top);
	setenv("HOME", path, 1);
	put(0);
	ok(!is_there("home"), "a home is not made");
	mkdir("home", 0755);
	put(0);
	is_int(get(), 1, "at home");
	is_int(count("home/.cache/octoray"), 1, "... in .cache");
	is_int(mode_of("home/.cache"), 0700, "... which is made");
	clear();
	snprintf(path, sizeof(path), "%s/cache", top);
	setenv("XDG_CACHE_HOME", path, 1);
}

/* How many of n, from first on, are there. */
static int
count_blobs(unsigned first, unsigned n)
{
	int n_found = 0;

	for (; n > 0; n--) {
		make(first++);
		n_found += is_there(file);
	}
	return n_found;
}

static void
test_many(void)
{
	char name[200];
	unsigned i;

	for (i = 0; i < 12; i++)
		put(i);
	is_int(count(DIR_NAME), 8, "eight are kept");
	is_int(count_blobs(4, 8), 8, "... the last ones");
	make(4);
	is_int(get(), 1, "one is used");
	put(20);
	make(4);
	is_int(get(), 1, "... and stays longer");
	is_int(count_blobs(5, 1), 0, "... than one that is not");
	/* More than there should be; one is a directory. */
	for (i = 0; i < 30; i++) {
		snprintf(name, sizeof(name), DIR_NAME "/blob-%064u", i);
		plant(name, 1000 + (time_t)i);
	}
	snprintf(name, sizeof(name), DIR_NAME "/blob-%064u", 99U);
	mkdir(name, 0700);
	plant(DIR_NAME "/mine", 1000000);
	put(21);
	is_int(count(DIR_NAME), 10, "too many go at once, others stay");
	is_int(get(), 1, "the new one is there");
	clear();
	put(0);
	for (i = 0; i < 8; i++) {
		snprintf(name, sizeof(name), DIR_NAME "/blob-%064u", i);
		plant(name, -1000000);
	}
	put(1);
	is_int(count_blobs(0, 2), 2, "times to come are no better");
	is_int(count(DIR_NAME), 8, "... eight are kept");
	plant(DIR_NAME "/.blob-old", 100000);
	plant(DIR_NAME "/.blob-new", 1000);
	plant(DIR_NAME "/.blob-later", -100000);
	put(1);
	ok(!is_there(DIR_NAME "/.blob-old"), "what a dead writer left goes");
	ok(!is_there(DIR_NAME "/.blob-later"), "... whatever its clock was");
	ok(is_there(DIR_NAME "/.blob-new"), "what may be written now stays");
	clear();
}

static void
test_full(void)
{
	struct rlimit old, less = {SIZE / 2, SIZE / 2};

	put(0);
	getrlimit(RLIMIT_FSIZE, &old);
	less.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_FSIZE, &less);
	put(1);
	is_int(get(), 0, "the disk is full");
	is_int(count(DIR_NAME), 1, "... nothing is left");
	setrlimit(RLIMIT_FSIZE, &old);
	make(0);
	is_int(get(), 1, "... what was there is");
	if (geteuid() != 0) {
		chmod(DIR_NAME, 0500);
		is_int(get(), 0, "a damaged one could not be removed");
		put(1);
		chmod(DIR_NAME, 0700);
		is_int(count(DIR_NAME), 1, "... nothing is written");
	}
	clear();
}

static void
test_writers(void)
{
	pid_t pid[4];
	int i, n, status, n_fine = 0;

	fflush(stdout);
	for (i = 0; i < 4; i++) {
		pid[i] = fork();
		if (pid[i] != 0)
			continue;
		for (n = 0; n < 100; n++) {
			put((unsigned)(n % 3));
			if (get() != 1)
				_exit(1);
		}
		_exit(0);
	}
	for (i = 0; i < 4; i++) {
		waitpid(pid[i], &status, 0);
		n_fine += status == 0;
	}
	is_int(n_fine, 4, "four writers: always right");
	is_int(count(DIR_NAME), 3, "... nothing is left");
	clear();
}

static int
test_all(void *top)
{
	test_good();
	test_damage();
	test_kinds();
	test_path();
	test_names(top);
	test_many();
	test_full();
	test_writers();
	return tap_count()->failed > 0;
}

static int
as_nobody(void *top)
{
	*tap_count() = (struct tap_count){0};
	if (setgid(NOBODY) < 0 || setuid(NOBODY) < 0)
		return 2;
	prctl(PR_SET_DUMPABLE, 1); /* as sanitizers want it */
	return test_all(top);
}

/* What another user has made is not ours, also where we are root. */
static void
test_others(void)
{
	put(0);
	if (chown(file, NOBODY, NOBODY) < 0)
		diag("chown");
	is_int(get(), 0, "another's file");
	put(0);
	is_int(get(), 1, "... is replaced");
	if (chown(DIR_NAME, NOBODY, NOBODY) < 0)
		diag("chown");
	is_int(get(), 0, "another's directory");
	if (chown(DIR_NAME, 0, 0) < 0 || chown("cache", NOBODY, NOBODY) < 0)
		diag("chown");
	is_int(get(), 0, "another's directory above");
	put(1);
	is_int(count(DIR_NAME), 1, "... nothing is written");
	clear();
}

int
main(void)
{
	static struct child c;
	char top[256], path[300];

	umask(022);
	signal(SIGXFSZ, SIG_IGN);
	child_mkdir(top);
	snprintf(path, sizeof(path), "%s/cache", top);
	setenv("XDG_CACHE_HOME", path, 1);
	test_all(top);
	if (geteuid() == 0) {
		test_others();
		if (chown(".", NOBODY, NOBODY) < 0)
			diag("chown");
		child_run(&c, as_nobody, top);
		if (!is_int(c.status, 0, "the same as nobody"))
			diag("%s%s", c.out, c.err);
	} else {
		skip(6, "not root");
	}
	child_rmdir(top);
	return done();
}
