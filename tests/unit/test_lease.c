/*
 * test_lease.c - leases between processes, and directories that are hostile
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/io.h"
#include "common/lease.h"
#include "tests/unit/child.h"
#include "tests/unit/tap.h"

#define MS UINT64_C(1000000)

/* A process that takes a lease, says so, and keeps it for some time. */
struct holder {
	pid_t pid;
	int said; /* its end of the pipe: a byte when it has the lease */
};

static void
hold(struct holder *h, const char *card, const char *unit, unsigned ms)
{
	struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};
	struct ocr_err err = {0};
	int fd[2];
	char c = 0;

	if (pipe(fd) < 0)
		exit(1);
	fflush(stdout);
	h->pid = fork();
	if (h->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		c = ocr_lease_take(card, unit, 0, &err) >= 0 ? 'y' : 'n';
		if (write(fd[1], &c, 1) == 1)
			nanosleep(&t, NULL);
		_exit(0);
	}
	close(fd[1]);
	h->said = fd[0];
	ok(read(fd[0], &c, 1) == 1 && c == 'y', "another process has %s/%s",
	    card, unit);
}

static void
end(struct holder *h, int sig)
{
	int status;

	if (sig != 0)
		kill(h->pid, sig);
	waitpid(h->pid, &status, 0);
	close(h->said);
}

/* Take and give; the error's text. */
static const char *
try(const char *card, const char *unit, unsigned ms, int want)
{
	static struct ocr_err err;
	int r;

	err = (struct ocr_err){0};
	r = ocr_lease_take(card, unit, ms, &err);
	if (want == 0)
		ok(r >= 0, "%s/%s is free: %s", card, unit, err.text);
	else
		is_int(r, want, unit);
	ocr_lease_give(r);
	return err.text;
}

static void
test_two(void)
{
	struct ocr_err err = {0};
	struct holder h;
	char want[100];
	uint64_t start;
	int a, b;

	hold(&h, "0000:3b:00.1", "k_1", 60000);
	snprintf(want, sizeof(want), "in use by another program (pid %d)",
	    (int)h.pid);
	is_str(try("0000:3b:00.1", "k_1", 0, -OCR_EDEVICE), want, "says who");
	try("0000:3b:00.1", "k_2", 0, 0);
	try("0000:3b:00.0", "k_1", 0, 0);
	start = ocr_now_ns();
	try("0000:3b:00.1", "k_1", 100, -OCR_EDEVICE);
	ok(ocr_now_ns() - start >= 100 * MS, "waits 100 ms in vain");
	end(&h, SIGKILL);
	try("0000:3b:00.1", "k_1", 0, 0);

	hold(&h, "c", "k_1", 150);
	start = ocr_now_ns();
	try("c", "k_1", 20000, 0);
	ok(ocr_now_ns() - start < 10000 * MS, "no longer than it takes");
	end(&h, 0);

	a = ocr_lease_take("c", "k_1", 0, &err);
	is_int(ocr_lease_take("c", "k_1", 0, &err), -OCR_EDEVICE,
	    "twice in one process");
	b = ocr_lease_take("c", "k_2", 0, &err);
	ok(a >= 0 && b >= 0 && a != b, "two units at once");
	ok((fcntl(a, F_GETFD) & FD_CLOEXEC) != 0, "not for other programs");
	ocr_lease_give(a);
	try("c", "k_1", 0, 0);
	ocr_lease_give(b);
	ocr_lease_give(-1);
}

/* Names are anything at all; different ones do not meet. */
static void
test_names(void)
{
	static const char *const name[][2] = {{"/run/soft/0", "a/b"},
	    {"/run/soft", "0,a/b"}, {"", ""}, {"", ","}, {",", ""}, {".", "."},
	    {"..", ".."}, {"../../etc/passwd", "/"}, {"%2f", "x"}, {"/", "x"},
	    {"\n\t\x7f\xff", "\x01"}, {"-rf", "*"}};
	enum { N = sizeof(name) / sizeof(name[0]) };
	struct ocr_err err = {0};
	char a[5000], b[5000];
	int lease[N + 4], n = 0;

	for (int i = 0; i < N; i++)
		n += (lease[i] = ocr_lease_take(name[i][0], name[i][1], 0,
			  &err)) >= 0;
	memset(a, '/', sizeof(a));
	memset(b, '/', sizeof(b));
	a[4999] = b[4999] = '\0';
	b[4998] = 'b';
	n += (lease[N] = ocr_lease_take(a, "u", 0, &err)) >= 0;
	n += (lease[N + 1] = ocr_lease_take(b, "u", 0, &err)) >= 0;
	n += (lease[N + 2] = ocr_lease_take("u", a, 0, &err)) >= 0;
	n += (lease[N + 3] = ocr_lease_take("u", b, 0, &err)) >= 0;
	is_int(n, N + 4, "strange names");
	is_str(err.text, "", "no error");
	try(a, "u", 0, -OCR_EDEVICE);
	for (int i = 0; i < N + 4; i++)
		ocr_lease_give(lease[i]);
	for (int len = 180; len < 220; len++) {
		a[len] = '\0';
		memset(a, 'x', (size_t)len);
		lease[0] = ocr_lease_take(a, "u", 0, &err);
		lease[1] = ocr_lease_take(a, "v", 0, &err);
		n -= lease[0] < 0 || lease[1] < 0;
		ocr_lease_give(lease[0]);
		ocr_lease_give(lease[1]);
		a[len] = 'x';
	}
	is_int(n, N + 4, "names about as long as may be");
	is_int(system("test -z \"$(find . -mindepth 2 -print)\" &&"
		      " test -z \"$(find . -type f -size +0)\""),
	    0, "files in one directory, all empty");
}

/* What others might put there, for unit "x" of card "c". */
static void
test_hostile(const char *dir)
{
	struct ocr_err err = {0};
	struct stat st;
	char text[16] = "", want[400];
	int fd, r;

	fd = open("victim", O_WRONLY | O_CREAT, 0600);
	r = (int)write(fd, "precious", 8);
	close(fd);
	if (r != 8 || symlink("victim", "c,x") < 0)
		return;
	snprintf(want, sizeof(want), "cannot open the lease %s/c,x: %s", dir,
	    strerror(ELOOP));
	is_str(try("c", "x", 50, -OCR_EIO), want, "a link");
	unlink("c,x");
	r = symlink("nowhere", "c,x");
	is_str(try("c", "x", 0, -OCR_EIO), want, "a link to nothing");
	ok(r == 0 && access("nowhere", F_OK) < 0, "which stays nothing");
	unlink("c,x");
	snprintf(want, sizeof(want), "the lease %s/c,x is not a plain file",
	    dir);
	r = mkfifo("c,x", 0666);
	is_str(try("c", "x", 0, -OCR_EIO), want, "a fifo");
	unlink("c,x");
	r |= mkdir("c,x", 0777);
	is_str(try("c", "x", 0, -OCR_EIO), want, "a directory");
	rmdir("c,x");
	r |= link("victim", "c,x");
	is_str(try("c", "x", 0, -OCR_EIO), want, "another name of a file");
	unlink("c,x");
	fd = open("victim", O_RDONLY);
	ok(r == 0 && read(fd, text, 15) == 8 &&
		flock(fd, LOCK_EX | LOCK_NB) == 0,
	    "can be read and locked");
	close(fd);
	is_str(text, "precious", "the victim has lost nothing");

	umask(077);
	try("c", "y", 0, 0);
	ok(stat("c,y", &st) == 0 && (st.st_mode & 0777) == 0644,
	    "the umask does not shut others out");
	r = ocr_lease_take("c", "y", 0, &err);
	unlink("c,y");
	try("c", "y", 0, 0);
	diag("a file that is removed is made again");
	ocr_lease_give(r);
	umask(022);
}

struct as_user {
	const char *unit;
	int want;
};

static int
take_as_nobody(void *arg)
{
	struct as_user *u = arg;
	struct ocr_err err = {0};
	int r;

	if (setgid(65534) < 0 || setuid(65534) < 0)
		return 99;
	r = ocr_lease_take("c", u->unit, 0, &err);
	fputs(err.text, stderr);
	return (u->want == 0 ? r >= 0 : r == u->want) ? 0 : 1;
}

static void
test_users(struct child *c, const char *dir)
{
	struct as_user u = {"mine", 0};
	struct ocr_err err = {0};
	char want[400];
	int lease;

	if (geteuid() != 0) {
		skip(8, "needs root");
		return;
	}
	try("c", "mine", 0, 0);
	child_run(c, take_as_nobody, &u);
	is_int(c->status, 0, "another user's file that is free");
	lease = ocr_lease_take("c", "mine", 0, &err);
	u.want = -OCR_EDEVICE;
	child_run(c, take_as_nobody, &u);
	is_int(c->status, 0, "another user's file that is not");
	ocr_lease_give(lease);
	u = (struct as_user){"new", 0};
	child_run(c, take_as_nobody, &u);
	is_int(c->status, 0, "a file of the other user");
	try("c", "new", 0, 0);
	close(open("c,shut", O_WRONLY | O_CREAT, 0600));
	u = (struct as_user){"shut", -OCR_EIO};
	child_run(c, take_as_nobody, &u);
	snprintf(want, sizeof(want),
	    "cannot open the lease %s/c,shut: Permission denied", dir);
	is_str(c->err, want, "a file that is shut");
	chmod(".", 0755);
	u = (struct as_user){"none", -OCR_EIO};
	child_run(c, take_as_nobody, &u);
	is_int(c->status, 0, "a directory that cannot be written");
	chmod(".", 0700);
	child_run(c, take_as_nobody, &u);
	snprintf(want, sizeof(want),
	    "cannot open the lease %s/c,none: Permission denied", dir);
	is_int(c->status, 0, "a directory that is shut");
	chmod(".", 01777);
}

/* Looking takes nothing and makes nothing. */
static void
test_look(void)
{
	struct ocr_err err = {0};
	char want[100], card[256];
	struct holder h;
	int lease;

	is_int(ocr_lease_look("d", "k_1", &err), 0, "a unit nobody has had");
	ok(access("d,k_1", F_OK) < 0, "no file is made");
	hold(&h, "d", "k_1", 60000);
	is_int(ocr_lease_look("d", "k_1", &err), -OCR_EDEVICE, "taken");
	snprintf(want, sizeof(want), "in use by another program (pid %d)",
	    (int)h.pid);
	is_str(err.text, want, "by whom");
	ocr_err_clear(&err);
	is_int(ocr_lease_look("d", "k_2", &err), 0, "another unit");
	end(&h, SIGKILL);
	is_int(ocr_lease_look("d", "k_1", &err), 0, "free again");
	lease = ocr_lease_take("d", "k_1", 0, &err);
	ok(lease >= 0, "can be taken after a look");
	ocr_lease_give(lease);
	unsetenv("OCR_SOFTCARD");
	is_str(ocr_lease_card("0000:3b:00.1", 3, card, sizeof(card)),
	    "0000:3b:00.1", "a card's address");
	is_str(ocr_lease_card("", 3, card, sizeof(card)), "xrt:3",
	    "its number");
	setenv("OCR_SOFTCARD", "/tmp/a", 1);
	is_str(ocr_lease_card("", 3, card, sizeof(card)), "/tmp/a:3",
	    "whose emulation");
	is_str(ocr_lease_card("0000:3b:00.1", 3, card, 5), "0000", "cut off");
}

static void
test_directory(const char *dir)
{
	char path[300], want[400];
	struct ocr_err err = {0};
	struct stat st;

	umask(077);
	snprintf(path, sizeof(path), "%s/made", dir);
	setenv("OCR_LEASE_DIR", path, 1);
	is_int(ocr_lease_look("c", "x", &err), 0, "no directory, no lease");
	ok(access(path, F_OK) < 0, "and none is made");
	try("c", "x", 0, 0);
	ok(stat(path, &st) == 0 && (st.st_mode & 07777) == 01777,
	    "a directory for all users");
	umask(022);
	snprintf(path, sizeof(path), "%s/no/such", dir);
	setenv("OCR_LEASE_DIR", path, 1);
	snprintf(want, sizeof(want), "cannot open the lease directory %s: %s",
	    path, strerror(ENOENT));
	is_str(try("c", "x", 0, -OCR_EIO), want, "nowhere to make it");
	snprintf(path, sizeof(path), "%s/victim", dir);
	setenv("OCR_LEASE_DIR", path, 1);
	try("c", "x", 0, -OCR_EIO);
	setenv("OCR_LEASE_DIR", "/proc", 1);
	try("c", "x", 0, -OCR_EIO);
}

int
main(void)
{
	struct child *c = malloc(sizeof(*c));
	char dir[256];

	child_mkdir(dir);
	chmod(".", 01777);
	setenv("OCR_LEASE_DIR", dir, 1);
	test_two();
	test_names();
	test_hostile(dir);
	test_users(c, dir);
	test_look();
	test_directory(dir);
	child_rmdir(dir);
	free(c);
	return done();
}
