/*
 * test_proc.c - processes start clean, end when they should, leave nothing
 */
#include "config.h"

#include "common/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/io.h"
#include "common/thread.h"
#include "tests/unit/child.h"
#include "tests/unit/tap.h"

static struct ocr_proc_spec
shell(char **argv, const char *text)
{
	static char sh[] = "sh", c[] = "-c";

	argv[0] = sh;
	argv[1] = c;
	argv[2] = (char *)(uintptr_t)text;
	argv[3] = NULL;
	return (struct ocr_proc_spec){.argv = argv,
	    .in_fd = -1,
	    .out_fd = -1,
	    .err_fd = -1};
}

/* Its output up to its end, which is described behind it. */
static const char *
output_of(struct ocr_proc_spec *spec, char *out, size_t cap)
{
	struct ocr_err err = {0};
	struct ocr_proc p;
	int fd[2], status;
	size_t n = 0;
	char end[64];

	if (pipe2(fd, O_CLOEXEC) < 0)
		return "no pipe";
	spec->out_fd = fd[1];
	if (ocr_proc_start(&p, spec, &err) < 0)
		snprintf(out, cap, "%s", err.text);
	close(fd[1]);
	if (err.code == 0) {
		n = (size_t)ocr_read_full(fd[0], out, cap - 1, "x", -1, &err);
		ocr_proc_wait(&p, 0, &status, &err);
		snprintf(out + n, cap - n, "%s",
		    ocr_proc_describe(status, end, sizeof(end)));
	}
	close(fd[0]);
	return out;
}

static const char *
sh_output(const char *text, char *out, size_t cap)
{
	char *argv[4];
	struct ocr_proc_spec spec = shell(argv, text);

	return output_of(&spec, out, cap);
}

static int
has_no_child(void)
{
	return waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD;
}

static void
test_status(void)
{
	char out[256];

	is_str(sh_output("exit 0", out, sizeof(out)), "exit status 0", "0");
	is_str(sh_output("exit 3", out, sizeof(out)), "exit status 3", "3");
	is_str(sh_output("kill -6 $$", out, sizeof(out)),
	    "killed by signal 6 (Aborted)", "a signal");
	is_str(sh_output("echo a; exit 255", out, sizeof(out)),
	    "a\nexit status 255", "255, and output");
	ok(has_no_child(), "no zombie");
}

static void
test_not_run(void)
{
	char name[] = "ocr-no-such-program", dir[] = "/", file[] = "/dev/null",
	     empty[] = "";
	char *argv[] = {name, NULL};
	struct ocr_proc_spec spec = {.argv = argv,
	    .in_fd = -1,
	    .out_fd = -1,
	    .err_fd = -1};
	struct ocr_err err = {0};
	struct ocr_proc p;

	is_int(ocr_proc_start(&p, &spec, &err), -OCR_EIO, "no such program");
	is_int(p.pid, 0, "no process");
	is_str(err.text,
	    "cannot run 'ocr-no-such-program': No such file or directory",
	    "said");
	argv[0] = dir;
	ocr_err_clear(&err);
	ocr_proc_start(&p, &spec, &err);
	is_str(err.text, "cannot run '/': Permission denied", "a directory");
	argv[0] = file;
	ocr_err_clear(&err);
	ocr_proc_start(&p, &spec, &err);
	is_str(err.text, "cannot run '/dev/null': Permission denied",
	    "no program");
	argv[0] = empty;
	ocr_err_clear(&err);
	ocr_proc_start(&p, &spec, &err);
	is_str(err.text, "cannot run '': No such file or directory", "no name");
	ok(has_no_child(), "no zombie");
	ocr_proc_end(&p, 10);
	ocr_proc_signal(&p, SIGKILL);
	ok(1, "no process is ended, and not all of us");
}

static void
test_env(void)
{
	static const char *const add[] = {"OCR_NEW=1", "OCR_OLD=new",
	    "OCR_EMPTY=", NULL};
	char *argv[4], out[256];
	struct ocr_proc_spec spec =
	    shell(argv, "echo $OCR_NEW $OCR_OLD $OCR_KEPT [$OCR_EMPTY]; "
			"env | grep -c ^OCR_OLD=");

	setenv("OCR_OLD", "old", 1);
	setenv("OCR_KEPT", "kept", 1);
	setenv("OCR_EMPTY", "full", 1);
	spec.env = add;
	is_str(output_of(&spec, out, sizeof(out)),
	    "1 new kept []\n1\nexit status 0", "environment");
}

static void
test_fds(void)
{
	char out[256];
	int low = open("/dev/null", O_RDONLY), high;

	high = fcntl(low, F_DUPFD, 200);
	is_int(high, 200, "a descriptor that is not close-on-exec");
	is_str(sh_output("for i in 3 4 5 6 7 8 9 200; do "
			 "[ -e /proc/$$/fd/$i ] && echo $i; done; exit 0",
		   out, sizeof(out)),
	    "exit status 0", "none but the standard ones");
	close(low);
	close(high);
}

/* Standard input and output the wrong way round. */
static int
crossed(void *arg)
{
	char *argv[4], buf[8] = "", end[64];
	struct ocr_proc_spec spec = shell(argv, "tr a b; echo e >&2");
	struct ocr_err err = {0};
	struct ocr_proc p;
	int in[2], out[2], status, n;

	(void)arg;
	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
		return 2;
	dup2(in[0], 1);
	dup2(out[1], 0);
	spec.in_fd = 1;
	spec.out_fd = 0;
	spec.err_fd = 0;
	if (ocr_proc_start(&p, &spec, &err) < 0)
		return 3;
	close(out[1]);
	close(0);
	n = (int)write(in[1], "aaa", 3);
	close(in[1]);
	close(in[0]);
	close(1);
	n = (int)ocr_read_full(out[0], buf, 7, "x", -1, &err);
	ocr_proc_wait(&p, 0, &status, &err);
	return strcmp(buf, "bbbe\n") == 0 && n == 5 &&
		       strcmp(ocr_proc_describe(status, end, 64),
			   "exit status 0") == 0
		   ? 0
		   : 4;
}

/* 0, 1, 2 closed: the pipe for errors must not become one of them. */
static int
closed(void *arg)
{
	char name[] = "/nowhere";
	char *argv[] = {name, NULL};
	struct ocr_proc_spec spec = {.argv = argv,
	    .in_fd = -1,
	    .out_fd = -1,
	    .err_fd = -1};
	struct ocr_err err = {0};
	struct ocr_proc p;
	int fd = dup(2);

	(void)arg;
	for (int i = 0; i < 3; i++)
		close(i);
	if (ocr_proc_start(&p, &spec, &err) == 0)
		return 1;
	dprintf(fd, "%s", err.text);
	return 0;
}

static void
on_usr1(int sig)
{
	(void)sig;
}

static int
signals(void *arg)
{
	struct sigaction sa = {.sa_handler = on_usr1};
	sigset_t set;
	char out[512];

	(void)arg;
	sigaction(SIGUSR1, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	for (int i = 0; i < 4; i++)
		sigaction((int[]){SIGHUP, SIGPIPE, SIGXFSZ, SIGCHLD}[i], &sa,
		    NULL);
	sigfillset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	/* From 32 on signals are the C library's, and may be ignored. */
	fputs(
	    sh_output("exec sed -nE '/^SigIgn/s/.{8}[08](.{7})$/000000000\\1/; "
		      "/^Sig(Blk|Ign)/p' /proc/self/status",
		out, sizeof(out)),
	    stdout);
	sigprocmask(SIG_SETMASK, NULL, &set);
	printf(" %d", sigismember(&set, SIGUSR1));
	fflush(stdout);
	return 0;
}

static int
dies(void *arg)
{
	char *argv[4];
	struct ocr_proc_spec spec = shell(argv, "exec sleep 1000");
	struct ocr_err err = {0};
	struct ocr_proc p;

	spec.outlives = *(bool *)arg;
	if (ocr_proc_start(&p, &spec, &err) < 0)
		return 1;
	printf("%d", (int)p.pid);
	fflush(stdout);
	return 0;
}

static void
test_child(bool is_reaper)
{
	bool outlives = false;
	struct child c;
	int status;
	pid_t pid;

	child_run(&c, crossed, NULL);
	is_int(c.status, 0, "descriptors may be each other's");
	child_run(&c, closed, NULL);
	is_str(c.err, "cannot run '/nowhere': No such file or directory",
	    "with 0, 1, 2 closed");
	child_run(&c, signals, NULL);
	is_str(c.out,
	    "SigBlk:\t0000000000000000\n"
	    "SigIgn:\t0000000000000001\n"
	    "exit status 0 1",
	    "default signals but what nohup ignores; reaped; mask restored");
	if (!is_reaper) {
		skip(2, "orphans are not ours");
		return;
	}
	child_run(&c, dies, &outlives);
	pid = (pid_t)atoi(c.out);
	waitpid(pid, &status, 0);
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
	    "it dies with its parent");
	outlives = true;
	child_run(&c, dies, &outlives);
	pid = (pid_t)atoi(c.out);
	usleep(50000);
	is_int(waitpid(pid, &status, WNOHANG), 0, "unless it outlives it");
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
}

/* Start text, wait for its first line, end it; how long that took in ms. */
static int64_t
end_of(const char *text, bool is_group, unsigned grace_ms, int *n_line)
{
	char *argv[4], line[32] = "";
	struct ocr_proc_spec spec = shell(argv, text);
	struct ocr_err err = {0};
	struct ocr_proc p;
	uint64_t start_ns;
	int fd[2], status;

	if (pipe2(fd, O_CLOEXEC) < 0)
		return -1;
	spec.out_fd = fd[1];
	spec.is_group = is_group;
	if (ocr_proc_start(&p, &spec, &err) < 0)
		return -1;
	close(fd[1]);
	ocr_read_some(fd[0], line, sizeof(line) - 1, "x", -1, &err);
	close(fd[0]);
	*n_line = atoi(line);
	if (ocr_proc_wait(&p, 30, &status, &err) != 0)
		return -1;
	start_ns = ocr_now_ns();
	ocr_proc_end(&p, grace_ms);
	return (int64_t)((ocr_now_ns() - start_ns) / 1000000);
}

static void
test_end(bool is_reaper)
{
	int64_t ms;
	int n, status;

	ms = end_of("echo 1; exec sleep 1000", false, 20000, &n);
	ok(ms >= 0 && ms < 10000, "SIGTERM is enough");
	ms = end_of("trap '' TERM; echo 1; while :; do sleep .01; done", false,
	    200, &n);
	ok(ms >= 190 && ms < 10000, "SIGKILL after the time");
	ms = end_of("echo 1; kill -STOP $$", false, 20000, &n);
	ok(ms >= 0 && ms < 10000, "one that is stopped");
	ms = end_of("trap 'exit 0' TERM; "
		    "sh -c 'trap \"\" TERM; echo $$; exec sleep 1000' & wait",
	    true, 10000, &n);
	ok(ms >= 0 && ms < 10000, "a group");
	if (!is_reaper) {
		skip(1, "orphans are not ours");
		return;
	}
	waitpid(n, &status, 0);
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
	    "nobody of the group is left");
	while (waitpid(-1, NULL, 0) > 0) /* sleeps of the shells above */
		;
}

/* In a process of its own: whose child it may not kill. */
static int
end_of_foreign(void)
{
	char *argv[] = {(char *)"sleep", (char *)"20", NULL};
	struct ocr_proc_spec spec = {.argv = argv,
	    .in_fd = -1,
	    .out_fd = -1,
	    .err_fd = -1,
	    .is_group = true};
	struct ocr_err err = {0};
	struct ocr_proc p;
	uint64_t start_ns;

	if (ocr_proc_start(&p, &spec, &err) < 0 || setgid(65534) != 0 ||
	    setuid(65534) != 0)
		return 2;
	start_ns = ocr_now_ns();
	ocr_proc_end(&p, 100);
	return p.pid != 0 || ocr_now_ns() - start_ns > UINT64_C(10000000000);
}

/* Another user's: nobody waits for it for ever. */
static void
test_foreign(void)
{
	int status = -1;
	pid_t pid;

	if (geteuid() != 0) {
		skip(1, "not root");
		return;
	}
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(end_of_foreign());
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 2)
		skip(1, "cannot become another user");
	else
		ok(status == 0, "one that cannot be killed is left alone");
	while (waitpid(-1, NULL, 0) > 0)
		;
}

static void
on_alarm(int sig)
{
	(void)sig;
}

static void
test_eintr(void)
{
	struct sigaction sa = {.sa_handler = on_alarm};
	struct itimerval often = {{0, 500}, {0, 500}}, never = {{0, 0}, {0, 0}};
	char *argv[4], end[64];
	struct ocr_proc_spec spec = shell(argv, "sleep .05; exit 4");
	struct ocr_err err = {0};
	struct ocr_proc p;
	int n_good = 0, status;

	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (unsigned i = 0; i < 4; i++) {
		if (ocr_proc_start(&p, &spec, &err) == 0 &&
		    ocr_proc_wait(&p, i % 2 * 10000, &status, &err) == 1 &&
		    strcmp(ocr_proc_describe(status, end, sizeof(end)),
			"exit status 4") == 0)
			n_good++;
	}
	setitimer(ITIMER_REAL, &never, NULL);
	is_int(n_good, 4, "signals all the time");
}

static void
start_many(void *arg)
{
	char name[] = "true", none[] = "/nowhere";
	char *argv[] = {name, NULL};
	struct ocr_proc_spec spec = {.argv = argv,
	    .in_fd = -1,
	    .out_fd = -1,
	    .err_fd = -1};
	struct ocr_proc p;
	int *n_bad = arg, status;

	for (int i = 0; i < 40; i++) {
		struct ocr_err err = {0};

		argv[0] = i % 2 ? name : none;
		if (ocr_proc_start(&p, &spec, &err) < 0)
			*n_bad += i % 2 || err.code != -OCR_EIO;
		else
			*n_bad += ocr_proc_wait(&p, 0, &status, &err) != 1 ||
				  status != 0 || i % 2 == 0;
	}
}

static void
test_threads(void)
{
	struct ocr_thread *t[4] = {NULL};
	struct ocr_err err = {0};
	int n_bad[4] = {0};

	for (int i = 0; i < 4; i++)
		ocr_thread_start(&t[i], start_many, &n_bad[i], &err);
	for (int i = 0; i < 4; i++)
		ocr_thread_join(t[i]);
	is_int(n_bad[0] + n_bad[1] + n_bad[2] + n_bad[3], 0,
	    "four threads start processes");
	ok(has_no_child(), "no zombie");
}

int
main(void)
{
	/* Not everywhere: qemu-user refuses. */
	bool is_reaper = prctl(PR_SET_CHILD_SUBREAPER, 1) == 0;

	test_status();
	test_not_run();
	test_env();
	test_fds();
	test_child(is_reaper);
	test_end(is_reaper);
	test_foreign();
	test_eintr();
	test_threads();
	return done();
}
