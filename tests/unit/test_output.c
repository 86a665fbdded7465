/*
 * test_output.c - an output is whole or not there: full disks, limits,
 * signals, races, odd names; with cleanup.c
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/io.h"
#include "common/output.h"
#include "tests/unit/child.h"
#include "tests/unit/tap.h"

static void
put_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	fputs(text, f);
	fclose(f);
}

/* Contents of a small file, "" if it is not there. */
static const char *
text_of(const char *path, char buf[64])
{
	FILE *f = fopen(path, "r");

	buf[0] = '\0';
	if (f != NULL) {
		buf[fread(buf, 1, 63, f)] = '\0';
		fclose(f);
	}
	return buf;
}

/* Entries of the current directory. */
static int
n_entries(void)
{
	DIR *d = opendir(".");
	int n = -2; /* . and .. */

	/* cppcheck-suppress readdirCalled */
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static mode_t
mode_of(const char *path)
{
	struct stat st = {0};

	return lstat(path, &st) < 0 ? 0 : st.st_mode & 07777;
}

/* Open, write text, commit. */
static int
make(const char *path, enum ocr_output_exists exists, const char *text,
    struct ocr_err *err)
{
	struct ocr_output o;
	int r = ocr_output_open(&o, path, exists, err);

	if (r == 0)
		r = ocr_output_write(&o, text, strlen(text), err);
	if (r == 0)
		return ocr_output_commit(&o, err);
	ocr_output_abort(&o);
	return r;
}

/* It must fail with this text and leave n files. */
static void
fails(const char *path, enum ocr_output_exists exists, const char *text, int n)
{
	struct ocr_err e = {0};

	is_int(make(path, exists, "new", &e), -OCR_EIO, path);
	is_str(e.text, text, "text");
	is_int(n_entries(), n, "nothing is left over");
}

static void
test_life(void)
{
	struct iovec iov[2] = {{(char *)(uintptr_t) "b", 1},
	    {(char *)(uintptr_t) "cd", 2}};
	struct ocr_err e = {0};
	struct ocr_output o;
	char buf[64];

	umask(027);
	is_int(ocr_output_open(&o, "a", OCR_EXISTS_ERROR, &e), 0, "open");
	is_str(o.name, "a", "its name");
	is_int(access("a", F_OK), -1, "not there yet");
	is_int(n_entries(), 1, "but a temporary file");
	is_int(strncmp(o.temp, ".a.", 3), 0, "named after it");
	is_int(mode_of(o.temp), 0600, "that nobody else can read");
	is_int(fcntl(o.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC, "cloexec");
	is_int(ocr_output_write(&o, "a", 1, &e), 0, "write");
	is_int(ocr_output_writev(&o, iov, 2, &e), 0, "writev");
	is_int((int64_t)o.n_bytes, 4, "bytes are counted");
	is_int(ocr_output_commit(&o, &e), 0, "commit");
	is_str(text_of("a", buf), "abcd", "contents");
	is_int(mode_of("a"), 0640, "permissions as open() gives them");
	is_int(n_entries(), 1, "one file");
	ocr_output_abort(&o);
	ocr_output_abort(&o);
	is_str(text_of("a", buf), "abcd", "abort after commit is nothing");
	memset(&o, 0, sizeof(o));
	ocr_output_abort(&o);
	is_int(fcntl(0, F_GETFD) >= 0, 1, "abort of a zeroed one is nothing");
	is_int(umask(022), 027, "umask is as before");
	fails("a", OCR_EXISTS_ERROR, "a already exists; use -f to replace it",
	    1);
	is_str(text_of("a", buf), "abcd", "and as it was");
	is_int(make("a", OCR_EXISTS_REPLACE, "new", &e), 0, "replace");
	is_str(text_of("a", buf), "new", "replaced");
	is_int(ocr_output_open(&o, "a", OCR_EXISTS_REPLACE, &e), 0, "open");
	ocr_output_write(&o, "half", 4, &e);
	ocr_output_abort(&o);
	is_str(text_of("a", buf), "new", "the old file outlives an abort");
	is_int(n_entries(), 1, "nothing is left over");
	is_int(make("./a", OCR_EXISTS_REPLACE, "", &e), 0, "empty");
	is_int(mode_of("a"), 0644, "umask of its time");
	unlink("a");
}

static void
test_partial(void)
{
	struct ocr_err e = {0};
	struct ocr_output o;
	char buf[64];

	ocr_output_open(&o, "p", OCR_EXISTS_ERROR, &e);
	o.is_partial_kept = true;
	ocr_output_write(&o, "half", 4, &e);
	ocr_output_abort(&o);
	is_str(text_of("p", buf), "half", "--keep-partial");
	is_int(mode_of("p"), 0644, "permissions");
	is_int(n_entries(), 1, "one file");
	unlink("p");
	ocr_output_open(&o, "p", OCR_EXISTS_ERROR, &e);
	o.is_partial_kept = true;
	ocr_output_write(&o, "half", 4, &e);
	put_file("p", "other");
	ocr_output_abort(&o);
	is_str(text_of("p", buf), "other", "never over another file");
	is_int(n_entries(), 1, "one file");
	ocr_output_open(&o, "p", OCR_EXISTS_REPLACE, &e);
	o.is_partial_kept = true;
	o.is_synced = true;
	ocr_output_write(&o, "whole", 5, &e);
	is_int(ocr_output_commit(&o, &e), 0, "commit, synchronous");
	is_str(text_of("p", buf), "whole", "contents");
	unlink("p");
	ocr_output_open(&o, "p", OCR_EXISTS_ERROR, &e);
	put_file("p", "other");
	is_int(ocr_output_commit(&o, &e), -OCR_EIO, "lost a race");
	is_str(e.text, "p already exists; use -f to replace it", "text");
	is_str(text_of("p", buf), "other", "the winner's file");
	is_int(n_entries(), 1, "one file");
	ocr_output_abort(&o);
	unlink("p");
}

static void
test_names(void)
{
	struct ocr_err e = {0};
	char name[300], path[4096], buf[64], want[400];

	for (int n = 235; n <= 255; n++) {
		memset(name, 'n', (size_t)n);
		name[n] = '\0';
		if (make(name, OCR_EXISTS_ERROR, "x", &e) < 0)
			break;
		unlink(name);
	}
	is_str(e.text, "", "names of up to 255 bytes");
	is_int(n_entries(), 0, "nothing is left over");
	for (int i = 0; i < 4060; i++)
		path[i] = i % 2 == 0 ? '.' : '/';
	memset(path + 4060, 'n', 30);
	path[4090] = '\0';
	is_int(make(path, OCR_EXISTS_ERROR, "x", &e), 0,
	    "a path so long that the temporary one would be too long");
	is_int(unlink(path), 0, "it is there");
	memset(name, 'n', 256);
	name[256] = '\0';
	snprintf(want, sizeof(want), "cannot create %s: File name too long",
	    name);
	fails(name, OCR_EXISTS_REPLACE, want, 0);
	fails("", OCR_EXISTS_REPLACE, "cannot create '': no name", 0);
	fails("no/x", OCR_EXISTS_REPLACE,
	    "cannot create no/x: No such file or directory", 0);
	fails(".", OCR_EXISTS_REPLACE, "cannot write to .: Is a directory", 0);
	fails("no/", OCR_EXISTS_REPLACE, "cannot write to no/: Is a directory",
	    0);
	mkdir("d", 0755);
	fails("d", OCR_EXISTS_REPLACE, "cannot write to d: Is a directory", 1);
	fails("d/", OCR_EXISTS_ERROR, "cannot write to d/: Is a directory", 1);
	is_int(make("d/x", OCR_EXISTS_ERROR, "x", &e), 0, "in a directory");
	is_str(text_of("d/x", buf), "x", "contents");
	fails("d/x/y", OCR_EXISTS_ERROR, "cannot create d/x/y: Not a directory",
	    1);
	unlink("d/x");
	rmdir("d");
}

static void
test_links(void)
{
	struct ocr_err e = {0};
	struct stat st;
	char buf[64];

	put_file("to", "old");
	if (symlink("to", "l") < 0 || symlink("nowhere", "dangling") < 0)
		return;
	fails("l", OCR_EXISTS_ERROR, "l already exists; use -f to replace it",
	    3);
	fails("dangling", OCR_EXISTS_ERROR,
	    "dangling already exists; use -f to replace it", 3);
	is_int(make("l", OCR_EXISTS_REPLACE, "new", &e), 0, "over a link");
	is_str(text_of("to", buf), "old", "it is not followed");
	is_int(lstat("l", &st) == 0 && S_ISREG(st.st_mode), 1, "but replaced");
	is_int(make("dangling", OCR_EXISTS_REPLACE, "new", &e), 0,
	    "over a dangling link");
	is_int(access("nowhere", F_OK), -1, "it is not followed");
	unlink("to");
	unlink("l");
	unlink("dangling");
}

static void
test_in_place(void)
{
	struct ocr_err e = {0};
	char buf[64], path[32];
	int fd;

	is_int(make("/dev/null", OCR_EXISTS_ERROR, "x", &e), 0, "/dev/null");
	fails("/dev/full", OCR_EXISTS_REPLACE,
	    "cannot write to /dev/full: No space left on device", 0);
	if (symlink("/dev/null", "null") == 0) {
		is_int(make("null", OCR_EXISTS_REPLACE, "x", &e), 0,
		    "a link to /dev/null");
		is_int(readlink("null", buf, 64), 9, "stays a link");
		unlink("null");
	}
	mkfifo("fifo", 0600);
	fd = open("fifo", O_RDWR);
	is_int(make("fifo", OCR_EXISTS_ERROR, "in a fifo", &e), 0, "fifo");
	is_int(read(fd, buf, 64), 9, "its reader gets it");
	close(fd);
	unlink("fifo");
	fd = open("f", O_WRONLY | O_CREAT, 0644);
	is_int(write(fd, "one,", 4), 4, "a descriptor of a file");
	snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	is_int(make(path, OCR_EXISTS_ERROR, "two", &e), 0, "/dev/fd/N");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (symlink(path, "link") == 0)
		is_int(make("link", OCR_EXISTS_REPLACE, ",3", &e), 0,
		    "a link there, as /dev/stderr");
	is_str(text_of("f", buf), "one,two,3", "nothing is lost");
	is_int(n_entries(), 2, "nothing is left over");
	close(fd);
	unlink("f");
	unlink("link");
}

static void
test_meta(void)
{
	struct ocr_origin from = {.mode = 06751,
	    .mtime_s = -12345,
	    .mtime_ns = 987654321,
	    .has_mtime = true,
	    .fd = -1};
	struct ocr_err e = {0};
	struct ocr_output o;
	struct stat st = {0};

	ocr_output_open(&o, "m", OCR_EXISTS_ERROR, &e);
	ocr_output_set_meta(&o, &from);
	ocr_output_write(&o, "x", 1, &e);
	is_int(ocr_output_commit(&o, &e), 0, "commit");
	is_int(mode_of("m"), 0751, "permissions, no set-ID bits");
	is_int(stat("m", &st), 0, "stat");
	is_int(st.st_mtim.tv_sec, -12345, "time");
	is_int(st.st_mtim.tv_nsec, 987654321, "nanoseconds");
	put_file("from", "");
	if (geteuid() == 0 && chown("from", 12, 34) < 0)
		diag("cannot chown");
	from.fd = open("from", O_RDONLY);
	from.has_mtime = false;
	from.mtime_ns = UINT32_MAX;
	from.mode = 0600;
	ocr_output_open(&o, "m", OCR_EXISTS_REPLACE, &e);
	ocr_output_set_meta(&o, &from);
	is_int(ocr_output_commit(&o, &e), 0, "commit");
	is_int(mode_of("m"), 0600, "permissions");
	stat("m", &st);
	is_int(time(NULL) - st.st_mtim.tv_sec < 60, 1, "no time: now");
	if (geteuid() == 0)
		is_int(st.st_uid * 100 + st.st_gid, 1234, "owner");
	else
		skip(1, "only root gives files away");
	from.has_mtime = true;
	ocr_output_open(&o, "m", OCR_EXISTS_REPLACE, &e);
	ocr_output_set_meta(&o, &from);
	is_int(ocr_output_commit(&o, &e), 0, "a nonsense time is left out");
	stat("m", &st);
	is_int(time(NULL) - st.st_mtim.tv_sec < 60, 1, "it is now");
	is_int(n_entries(), 2, "nothing is left over");
	close(from.fd);
	unlink("m");
	unlink("from");
}

/* As a user who is not in the file's group: it gets what others get. */
static int
meta_as_user(void *arg)
{
	struct ocr_origin from = {.mode = 0675};
	struct ocr_err e = {0};
	struct ocr_output o;

	(void)arg;
	if (setgid(65534) < 0 || setuid(65534) < 0)
		return 77;
	from.fd = open("from", O_RDONLY);
	ocr_output_open(&o, "m", OCR_EXISTS_REPLACE, &e);
	ocr_output_set_meta(&o, &from);
	return ocr_output_commit(&o, &e) < 0;
}

static void
test_meta_as_user(struct child *c)
{
	if (geteuid() != 0) {
		skip(2, "needs root");
		return;
	}
	put_file("from", "");
	chmod(".", 0777);
	if (chown("from", 12, 34) < 0)
		diag("cannot chown");
	child_run(c, meta_as_user, NULL);
	is_int(c->status, 0, "commit as another user");
	is_int(mode_of("m"), 0655, "a foreign group gets no more than others");
	unlink("from");
	unlink("m");
}

enum stdout_kind { OUT_GIVEN, OUT_CLOSED, OUT_FILLED, OUT_READ_ONLY };

static int
write_stdout(void *arg)
{
	enum stdout_kind kind = *(enum stdout_kind *)arg;
	struct ocr_err e = {0};
	struct ocr_output o;
	int r;

	if (kind == OUT_CLOSED || kind == OUT_FILLED)
		close(1);
	if (kind == OUT_FILLED)
		ocr_cleanup_install();
	if (kind == OUT_READ_ONLY)
		dup2(open("/dev/null", O_RDONLY), 1);
	r = ocr_output_open(&o, "-", OCR_EXISTS_ERROR, &e);
	if (r == 0)
		r = ocr_output_write(&o, "data", 4, &e);
	if (r == 0)
		r = ocr_output_commit(&o, &e);
	ocr_output_abort(&o);
	fputs(e.text, stderr);
	if (kind == OUT_GIVEN && fcntl(1, F_GETFD) < 0)
		return 9;
	return -r;
}

static void
test_stdout(struct child *c)
{
	for (int i = OUT_GIVEN; i <= OUT_READ_ONLY; i++) {
		enum stdout_kind kind = (enum stdout_kind)i;

		child_run(c, write_stdout, &kind);
		is_str(c->out, i == OUT_GIVEN ? "data" : "", "stdout");
		is_int(c->status, i == OUT_GIVEN ? 0 : OCR_EIO, "result");
		is_str(c->err,
		    i == OUT_GIVEN
			? ""
			: "cannot write to stdout: Bad file descriptor",
		    "text");
	}
	is_int(n_entries(), 0, "nothing is left over");
}

/* With 0, 1, 2 closed, no file that is opened may become one of them. */
static int
open_without_std(void *arg)
{
	struct ocr_err e = {0};
	struct ocr_output o;
	char c;

	(void)arg;
	close(0);
	close(1);
	close(2);
	ocr_cleanup_install();
	if (ocr_output_open(&o, "x", OCR_EXISTS_ERROR, &e) < 0 || o.fd < 3)
		return 1;
	if (read(0, &c, 1) != -1 || errno != EBADF)
		return 2;
	if (write(1, "x", 1) != -1 || errno != EBADF)
		return 3;
	if (write(2, "x", 1) != 1)
		return 4;
	return ocr_output_commit(&o, &e) < 0 ? 5 : 0;
}

/* A signal in the middle of everything. */
static int
die_of(void *arg)
{
	struct ocr_err e = {0};
	struct ocr_output o[20];
	int sig = *(int *)arg;
	char name[16];

	if (sig < 0) /* as under nohup */
		signal(sig = -sig, SIG_IGN);
	ocr_cleanup_install();
	for (int i = 0; i < 12; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		ocr_output_open(&o[i], name, OCR_EXISTS_REPLACE, &e);
		ocr_output_write(&o[i], "half", 4, &e);
	}
	for (int i = 0; i < 4; i++)
		ocr_output_commit(&o[i], &e);
	raise(sig);
	for (int i = 4; i < 12; i++)
		ocr_output_commit(&o[i], &e);
	return e.code == 0 ? 0 : 99;
}

static void
remove_12(void)
{
	char name[16];

	for (int i = 0; i < 12; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		unlink(name);
	}
}

static void
test_signals(struct child *c)
{
	static const int fatal[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXCPU};
	static const int harmless[] = {-SIGHUP, -SIGINT, SIGPIPE, SIGXFSZ};
	struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
	for (int i = 0; i < 5; i++) {
		int sig = fatal[i];

		child_run(c, die_of, &sig);
		is_int(c->status, 128 + sig, strsignal(sig));
		is_int(n_entries(), 4, "what was complete, and nothing else");
		remove_12();
	}
	for (int i = 0; i < 4; i++) {
		int sig = harmless[i];

		child_run(c, die_of, &sig);
		is_int(c->status, 0, "an ignored signal");
		is_int(n_entries(), 12, "changes nothing");
		remove_12();
	}
}

static int
die_of_pipe(void *arg)
{
	sigset_t set;

	(void)arg;
	ocr_cleanup_install();
	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	ocr_cleanup_raise(SIGPIPE);
	return 0;
}

/* Creates and finishes outputs until it is killed. */
static int
churn(void *arg)
{
	struct ocr_err e = {0};

	(void)arg;
	ocr_cleanup_install();
	for (;;) {
		if (make("churn", OCR_EXISTS_REPLACE, "whole", &e) < 0)
			return 1;
	}
}

/* Killed at 100 random moments: complete or not there, and no other file. */
static void
test_any_moment(void)
{
	int n_bad = 0;
	char buf[64];

	for (int i = 0; i < 100; i++) {
		struct timespec t = {0, 500000 + i * 7919L};
		int status = 0;
		pid_t pid = fork();

		if (pid == 0)
			_exit(churn(NULL));
		nanosleep(&t, NULL);
		kill(pid, i % 2 ? SIGTERM : SIGINT);
		waitpid(pid, &status, 0);
		text_of("churn", buf);
		n_bad += !WIFSIGNALED(status) || n_entries() > 1 ||
			 (strcmp(buf, "whole") != 0 && buf[0] != '\0');
		unlink("churn");
	}
	is_int(n_bad, 0, "killed at any moment");
}

static int
over_limit(void *arg)
{
	struct rlimit limit = {3, 3};
	struct ocr_err e = {0};
	int r;

	(void)arg;
	ocr_cleanup_install();
	setrlimit(RLIMIT_FSIZE, &limit);
	r = make("big", OCR_EXISTS_ERROR, "larger", &e);
	return strcmp(e.text, "cannot write to big: File too large") == 0 &&
		       r == -OCR_EIO
		   ? 0
		   : 1;
}

static int
many_slots(void *arg)
{
	int slot[20], n = 0;

	(void)arg;
	for (int i = 0; i < 20; i++) {
		slot[i] = ocr_cleanup_add("x");
		n += slot[i] >= 0;
	}
	for (int i = 0; i < 20; i++)
		ocr_cleanup_drop(slot[i]);
	ocr_cleanup_drop(1000);
	return ocr_cleanup_add("x") == 0 ? n : 99;
}

/* A disk that is really full. */
static void
test_full_disk(void)
{
	struct ocr_err e = {0};
	struct ocr_output o;
	char data[65536] = {1};
	int r;

	mkdir("disk", 0700);
	if (mount("none", "disk", "tmpfs", 0, "size=64k") < 0) {
		skip(4, "cannot mount a small tmpfs");
		rmdir("disk");
		return;
	}
	is_int(ocr_output_open(&o, "disk/x", OCR_EXISTS_ERROR, &e), 0, "open");
	r = ocr_output_write(&o, data, sizeof(data), &e);
	if (r == 0)
		r = ocr_output_write(&o, data, sizeof(data), &e);
	is_int(r, -OCR_EIO, "full disk");
	is_str(e.text, "cannot write to disk/x: No space left on device",
	    "text");
	ocr_output_abort(&o);
	r = chdir("disk");
	is_int(n_entries(), 0, "nothing is left over");
	r = chdir("..");
	umount("disk");
	rmdir("disk");
}

int
main(void)
{
	struct child *c = malloc(sizeof(*c));
	char dir[256];

	child_mkdir(dir);
	test_life();
	test_partial();
	test_names();
	test_links();
	test_in_place();
	test_meta();
	test_meta_as_user(c);
	test_stdout(c);
	child_run(c, open_without_std, NULL);
	is_int(c->status, 0, "closed 0, 1, 2 stay closed to data");
	unlink("x");
	test_signals(c);
	child_run(c, die_of_pipe, NULL);
	is_int(c->status, 128 + SIGPIPE, "death by SIGPIPE, even if blocked");
	test_any_moment();
	child_run(c, over_limit, NULL);
	is_int(c->status, 0, "a file size limit is an error, not a death");
	child_run(c, many_slots, NULL);
	is_int(c->status, 16, "more files than slots");
	test_full_disk();
	is_int(n_entries(), 0, "the directory is empty again");
	child_rmdir(dir);
	free(c);
	return done();
}
