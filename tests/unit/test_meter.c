/*
 * test_meter.c - the bar on a terminal, its text and width, and --stats
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "common/io.h"
#include "common/meter.h"
#include "common/team.h"
#include "tests/unit/child.h"
#include "tests/unit/tap.h"

#define SECOND UINT64_C(1000000000)

static void
test_format(void)
{
	static const struct {
		uint64_t in, total, ms;
		const char *want;
	} table[] = {
	    {512000000, 2100000000, 1651,
		"512 MB of 2.1 GB  24 %  310 MB/s  0:05 left"},
	    {0, 0, 0, "0 B  0 B/s  0:00"},
	    {0, 100, 5000, "0 B of 100 B  0 %  0 B/s  0:05"},
	    {999, 999, 1000, "999 B of 999 B  100 %  999 B/s  0:00 left"},
	    {1000, 0, 1000, "1.0 kB  1.0 kB/s  0:01"},
	    {9999, 0, 61000, "9.9 kB  163 B/s  1:01"},
	    {10000, 0, 3661000, "10 kB  2 B/s  1:01:01"},
	    {5, 3, 1000, "5 B  5 B/s  0:01"}, /* it has grown */
	    {1, 36000001, 100000, "1 B of 36 MB  0 %  0 B/s"},
	    {1, 3600, 1000, "1 B of 3.6 kB  0 %  1 B/s  59:59 left"},
	    {1, 7202, 1000, "1 B of 7.2 kB  0 %  1 B/s  2:00:01 left"},
	    {UINT64_MAX, UINT64_MAX, 1000,
		"18 EB of 18 EB  100 %  0 B/s  0:00 left"},
	    {1, UINT64_MAX, 1000, "1 B of 18 EB  0 %  1 B/s"},
	};
	struct ocr_ui ui = {.tool = "ocr-x"};
	struct ocr_meter m = {.ui = &ui, .start_ns = 7};
	char bar[161], want[161];
	int n_bad = 0;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		uint64_t now = 7 + table[i].ms * 1000000;

		m.in_bytes = table[i].in;
		m.total_bytes = table[i].total;
		snprintf(want, sizeof(want), "ocr-x   %s", table[i].want);
		ocr_meter_format(&m, now, bar, 160);
		is_str(bar, want, table[i].want);
		for (size_t width = 0; width < 100; width++) {
			char *small = malloc(width + 1);
			size_t n = ocr_meter_format(&m, now, small, width);

			n_bad += n > width || n != strlen(small);
			free(small);
		}
	}
	is_int(n_bad, 0, "fits every width");
}

/* Tools that do one thing after the other. */
static void
test_phase(void)
{
	struct ocr_ui ui = {.tool = "ocr-x"};
	struct ocr_meter m = {.ui = &ui, .start_ns = 7, .in_bytes = 5};
	char bar[161];

	ocr_meter_phase(&m, "sorting", OCR_METER_ITEMS, 200);
	ok(m.in_bytes == 0 && m.total_bytes == 200, "counts anew");
	m.phase_ns = 1000;
	ocr_meter_format(&m, 1000, bar, 160);
	is_str(bar, "ocr-x   sorting  0 %  0:00", "at the begin");
	ocr_meter_add(&m, 20);
	ocr_meter_add(&m, 30);
	ocr_meter_format(&m, 1000 + 4 * SECOND, bar, 160);
	is_str(bar, "ocr-x   sorting  25 %  0:12 left", "items");
	ocr_meter_format(&m, 1000 + 4 * SECOND, bar, 22);
	is_str(bar, "ocr-x   sorting  25 %", "22 columns");
	ocr_meter_phase(&m, "sorting", OCR_METER_ITEMS, 0);
	m.phase_ns = 1000;
	ocr_meter_format(&m, 1000 + 61 * SECOND, bar, 160);
	is_str(bar, "ocr-x   sorting  1:01", "nobody knows how many");
	ocr_meter_phase(&m, "reading", OCR_METER_BYTES, 8000);
	ocr_meter_add(&m, 2000);
	m.phase_ns = 1000;
	ocr_meter_format(&m, 1000 + SECOND, bar, 160);
	is_str(bar,
	    "ocr-x   reading   2.0 kB of 8.0 kB  25 %  2.0 kB/s"
	    "  0:03 left",
	    "bytes");
}

/* A new phase is drawn at once where a bar is there, or asked for. */
static int
show_phases(void *arg)
{
	const enum ocr_progress *progress = arg;
	struct ocr_ui ui = {.tool = "x", .verbosity = OCR_NORMAL};
	struct ocr_meter m = {0};
	struct ocr_err e = {0};

	ocr_meter_start(&m, &ui, *progress);
	ocr_meter_phase(&m, "one", OCR_METER_ITEMS, 0);
	ocr_meter_phase(&m, "two", OCR_METER_ITEMS, 0);
	ocr_meter_wipe(&m);
	ocr_meter_wipe(&m);
	return ocr_meter_finish(&m, NULL, 0, &e) != 0;
}

static void
test_phases(struct child *c)
{
	enum ocr_progress progress = OCR_PROGRESS_ALWAYS;

	child_run(c, show_phases, &progress);
	is_str(c->err, "\rx   one  0:00\033[K\rx   two  0:00\033[K\r\033[K",
	    "each phase is shown");
	progress = OCR_PROGRESS_AUTO;
	child_run(c, show_phases, &progress);
	is_str(c->err, "", "without a terminal none is");
}

/* Write a bar to stderr as often as that, with a message between. */
struct show {
	enum ocr_progress progress;
	enum ocr_verbosity verbosity;
	int n_ticks;
	uint64_t age; /* ns that have passed since the start */
	bool is_message;
};

static int
show(void *arg)
{
	struct show *s = arg;
	struct ocr_ui ui = {.tool = "ocr-x", .verbosity = s->verbosity};
	struct ocr_meter m = {0};
	struct ocr_err e = {0};

	ocr_meter_start(&m, &ui, s->progress);
	m.total_bytes = 1000;
	m.in_bytes = 1000;
	m.start_ns -= s->age;
	m.last_ns -= s->age;
	for (int i = 0; i < s->n_ticks; i++)
		ocr_meter_tick(&m);
	if (s->is_message)
		ocr_ui_warn(&ui, "w");
	return ocr_meter_finish(&m, NULL, 0, &e) != 0;
}

static void
test_no_terminal(struct child *c)
{
	static const char bar[] =
	    "\rocr-x   1.0 kB of 1.0 kB  100 %  1.0 kB/s  0:00 left\033[K";
	struct show s = {OCR_PROGRESS_AUTO, OCR_NORMAL, 3, SECOND, false};
	char want[200];

	child_run(c, show, &s);
	is_str(c->err, "", "no terminal: no bar");
	s.progress = OCR_PROGRESS_ALWAYS;
	child_run(c, show, &s);
	snprintf(want, sizeof(want), "%s\r\033[K", bar);
	/* The rate is not exact: a moment has passed since the start. */
	is_int(strncmp(c->err, want, 34), 0, "--progress=always: a bar");
	is_str(c->err + strlen(c->err) - 4, "\r\033[K", "wiped at the end");
	is_int(strchr(c->err + 1, '\r') - c->err > 40, 1, "drawn once");
	is_str(strrchr(c->err, '\r'), "\r\033[K", "wiped at the end");
	s.is_message = true;
	child_run(c, show, &s);
	is_str(strchr(c->err + 1, '\r'), "\r\033[Kocr-x: w\n",
	    "a message wipes it first, the end need not");
	s.is_message = false;
	s.verbosity = OCR_QUIET;
	child_run(c, show, &s);
	is_str(c->err, "", "quiet: no bar");
	s.verbosity = OCR_NORMAL;
	s.progress = OCR_PROGRESS_NEVER;
	child_run(c, show, &s);
	is_str(c->err, "", "never: no bar");
}

/* Let show() write to a terminal of that width; returns what arrived. */
static const char *
on_terminal(struct show *s, unsigned short columns, char buf[4096])
{
	struct winsize size = {24, columns, 0, 0};
	int master = posix_openpt(O_RDWR | O_NOCTTY), n = 0, status;
	struct termios t;
	pid_t pid;

	buf[0] = '\0';
	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		return NULL;
	pid = fork();
	if (pid == 0) {
		int fd = open(ptsname(master), O_RDWR | O_NOCTTY);

		tcgetattr(fd, &t);
		cfmakeraw(&t);
		tcsetattr(fd, TCSANOW, &t);
		ioctl(fd, TIOCSWINSZ, &size);
		dup2(fd, STDERR_FILENO);
		status = show(s);
		status |= write(fd, "$", 1) != 1;
		pause(); /* what is unread may be lost with the last close */
		_exit(status);
	}
	while (n < 4095 && strchr(buf, '$') == NULL) {
		struct pollfd p = {master, POLLIN, 0};
		ssize_t got = 0;

		if (poll(&p, 1, 10000) == 1)
			got = read(master, buf + n, 4095 - (size_t)n);
		if (got <= 0)
			break;
		buf[n += (int)got] = '\0';
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	close(master);
	return buf;
}

/* Columns that the first bar takes, without the escape sequence. */
static int
bar_width(const char *s)
{
	return s[0] == '\r' ? (int)strcspn(s + 1, "\033") : -1;
}

static void
test_terminal(void)
{
	struct show s = {OCR_PROGRESS_AUTO, OCR_NORMAL, 3, 0, false};
	char buf[4096];

	if (on_terminal(&s, 80, buf) == NULL) {
		skip(10, "no pseudo-terminals");
		return;
	}
	is_str(buf, "$", "nothing in the first half second");
	s.age = 499 * SECOND / 1000;
	s.n_ticks = 0;
	is_str(on_terminal(&s, 80, buf), "$", "no tick, no bar");
	s.n_ticks = 3;
	s.age = SECOND;
	on_terminal(&s, 80, buf);
	is_int(bar_width(buf) > 40 && bar_width(buf) < 80, 1, "then one");
	is_str(strrchr(buf, '\r'), "\r\033[K$", "wiped at the end");
	is_int(strchr(buf + 1, '\r') == strrchr(buf, '\r'), 1, "drawn once");
	on_terminal(&s, 20, buf);
	is_int(bar_width(buf) > 8 && bar_width(buf) < 20, 1, "20 columns");
	on_terminal(&s, 3, buf);
	is_int(bar_width(buf), 0, "3 columns");
	on_terminal(&s, 0, buf);
	is_int(bar_width(buf) > 40 && bar_width(buf) < 80, 1, "no size known");
	on_terminal(&s, 65535, buf);
	is_int(bar_width(buf) > 40 && bar_width(buf) < 80, 1, "very wide");
	s.progress = OCR_PROGRESS_NEVER;
	is_str(on_terminal(&s, 80, buf), "$", "never");
}

static void
test_counts(void)
{
	struct ocr_chunk c = {.kind = OCR_CHUNK_DATA, .len = 100};
	struct ocr_origin o = {.size = 5000, .has_size = true};
	struct ocr_meter m = {0};

	ocr_meter_read(&m, &c);
	ocr_meter_read(&m, &c);
	ocr_meter_written(&m, &c);
	c.kind = OCR_CHUNK_ORIGIN;
	ocr_meter_read(&m, &c);
	c.origin = &o;
	ocr_meter_read(&m, &c);
	ocr_meter_written(&m, &c);
	o.has_size = false;
	ocr_meter_read(&m, &c);
	is_int((int64_t)m.in_bytes, 200, "bytes read");
	is_int((int64_t)m.n_chunks, 1, "chunks written");
	is_int((int64_t)m.total_bytes, 5000, "expected bytes");
}

/* Replace the numbers that a run measures by 0. */
static char *
without_measures(char *s)
{
	static const char *const key[] = {
	    "\"seconds\":", "\"cpu_seconds\":", "\"peak_memory_bytes\":"};

	for (int i = 0; i < 3; i++) {
		char *p = strstr(s, key[i]);
		size_t n;

		if (p == NULL)
			continue;
		p += strlen(key[i]);
		n = strspn(p, "0123456789.");
		if (n == 0)
			continue;
		*p = '0';
		memmove(p + 1, p + n, strlen(p + n) + 1);
	}
	return s;
}

struct run {
	const char *path; /* for the stats */
	bool has_team;
};

static int
write_stats(void *arg)
{
	const struct run *run = arg;
	struct ocr_worker w[2] = {
	    {.name = "cpu:0",
		.n_jobs = 3,
		.in_bytes = 3145728,
		.busy_ns = 1234567890,
		.n_stolen = 7},
	    {.name = "a\"\\\n\x7f\xc3\xa9"},
	};
	struct ocr_team team = {.workers = w,
	    .n_workers = 2,
	    .n_cpus = 2,
	    .schedule = {.kind = OCR_HWS_PAPER}};
	struct ocr_ui ui = {.tool = "ocr-x", .verbosity = OCR_QUIET};
	struct ocr_meter m = {.has_stats = true, .stats_path = run->path};
	struct ocr_err e = {0};
	int r;

	ocr_meter_start(&m, &ui, OCR_PROGRESS_AUTO);
	m.in_bytes = UINT64_MAX;
	m.out_bytes = 5;
	m.n_chunks = 3;
	r = ocr_meter_finish(&m, run->has_team ? &team : NULL, 1, &e);
	if (r < 0)
		ocr_ui_error(&ui, &e);
	return -r;
}

static const char stats[] =
    "{\"tool\":\"ocr-x\",\"version\":\"" PACKAGE_VERSION "\",\"status\":1,"
    "\"seconds\":0,\"bytes_in\":18446744073709551615,\"bytes_out\":5,"
    "\"chunks\":3,\"peak_memory_bytes\":0,\"cpu_seconds\":0,"
    "\"schedule\":\"hws-paper\",\"lambda\":2.000,\"workers\":["
    "{\"name\":\"cpu:0\",\"chunks\":3,\"bytes\":3145728,"
    "\"busy_seconds\":1.234,\"steals\":7,\"lost\":0},"
    "{\"name\":\"a\\\"\\\\\\u000a\\u007f\xc3\xa9\",\"chunks\":0,\"bytes\":0,"
    "\"busy_seconds\":0.000,\"steals\":0,\"lost\":0}]}\n";

static void
test_stats(struct child *c)
{
	char dir[256], buf[2048] = "";
	struct run run = {NULL, true};
	FILE *f;

	child_mkdir(dir);
	child_run(c, write_stats, &run);
	is_int(c->status, 0, "no FILE");
	is_str(without_measures(c->err), stats, "stats on stderr");
	run.path = "-";
	run.has_team = false;
	child_run(c, write_stats, &run);
	run.has_team = true;
	is_str(strstr(c->err, "\"workers\""), "\"workers\":[]}\n", "no team");
	run.path = "s";
	f = fopen("s", "w");
	fprintf(f, "%1000s", "old");
	fclose(f);
	child_run(c, write_stats, &run);
	is_str(c->err, "", "nothing on stderr");
	f = fopen("s", "r");
	buf[fread(buf, 1, sizeof(buf) - 1, f)] = '\0';
	fclose(f);
	is_str(without_measures(buf), stats, "stats in a file");
	run.path = "/dev/full";
	child_run(c, write_stats, &run);
	is_int(c->status, OCR_EIO, "full disk");
	is_str(c->err,
	    "ocr-x: cannot write to /dev/full: No space left on device\n",
	    "text");
	run.path = dir;
	child_run(c, write_stats, &run);
	snprintf(buf, sizeof(buf), "ocr-x: cannot create %s: Is a directory\n",
	    dir);
	is_str(c->err, buf, "directory");
	child_rmdir(dir);
}

/* The numbers are there, and plausible. */
static void
test_measures(void)
{
	struct ocr_ui ui = {.tool = "ocr-x"};
	struct ocr_meter m = {.has_stats = true};
	struct timespec nap = {0, 20000000};
	struct ocr_err e = {0};
	double seconds = 0, cpu = 0, peak = 0;
	char dir[256], buf[1024] = "";
	int fd;

	child_mkdir(dir);
	m.stats_path = "s";
	ocr_meter_start(&m, &ui, OCR_PROGRESS_NEVER);
	nanosleep(&nap, NULL);
	is_int(ocr_meter_finish(&m, NULL, 0, &e), 0, "finish");
	fd = open("s", O_RDONLY);
	ok(read(fd, buf, sizeof(buf) - 1) > 0, "stats");
	close(fd);
	child_rmdir(dir);
	seconds = atof(strstr(buf, "\"seconds\":") + 10);
	cpu = atof(strstr(buf, "\"cpu_seconds\":") + 14);
	peak = atof(strstr(buf, "\"peak_memory_bytes\":") + 20);
	ok(seconds >= 0.02 && seconds < 10, "%.3f seconds", seconds);
	ok(cpu >= 0 && cpu < 60, "%.3f seconds of processors", cpu);
	ok(peak > 100e3 && peak < 1e12, "%.0f bytes of memory", peak);
}

int
main(void)
{
	struct child *c = malloc(sizeof(*c));

	test_format();
	test_phase();
	test_phases(c);
	test_no_terminal(c);
	test_terminal();
	test_counts();
	test_stats(c);
	test_measures();
	free(c);
	return done();
}
