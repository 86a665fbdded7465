/*
 * test_joblog.c - what is written to a joblog, and what is read from one
 */
#include "config.h"

#include "common/joblog.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "common/io.h"
#include "common/thread.h"
#include "tests/unit/child.h"
#include "tests/unit/tap.h"

#define HEAD                                                                   \
	"Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\t"   \
	"Command\n"
#define T "\t1360490623.067\t     0.500\t10\t20\t"
#define LINES 2000

static void
put_file(const char *path, const char *text)
{
	struct ocr_err err = {0};
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);

	ocr_write_full(fd, text, strlen(text), path, &err);
	close(fd);
}

static const char *
get_file(const char *path)
{
	static char buf[8000];
	struct ocr_err err = {0};
	int fd = open(path, O_RDONLY);
	int64_t n = ocr_read_full(fd, buf, sizeof(buf) - 1, path, -1, &err);

	buf[n > 0 ? n : 0] = '\0';
	close(fd);
	return buf;
}

static struct ocr_joblog_line
line_of(uint64_t seq, int exitval)
{
	return (struct ocr_joblog_line){.seq = seq,
	    .host = "me@n:22",
	    .start_ns = ocr_now_ns(),
	    .end_ns = ocr_now_ns() + 1234567890,
	    .sent = 100,
	    .received = 50,
	    .exitval = exitval,
	    .has_sum = exitval == 0,
	    .sum = {1000, 500, 0x9ae0daaf, 0xbadcafe}};
}

/* What was written, without the time, which is checked. */
static void
test_write(void)
{
	struct ocr_joblog j;
	struct ocr_joblog_line line = line_of(7, 0);
	struct ocr_err err = {0};
	double start = 0;
	char *tail;

	is_int(ocr_joblog_open(&j, "j", OCR_JOBLOG_NEW, "ocr-x -6\tb\nc", &err),
	    0, "open");
	is_int(ocr_joblog_write(&j, &line, &err), 0, "write");
	line = line_of(UINT64_MAX, 1);
	line.host = "a b\tc\n";
	line.end_ns = 0;
	line.signal = 9;
	is_int(ocr_joblog_write(&j, &line, &err), 0, "a failure");
	line = line_of(0, 0);
	line.host = "";
	is_int(ocr_joblog_write(&j, &line, &err), 0, "no host");
	is_int(ocr_joblog_close(&j, &err), 0, "close");
	is_int(ocr_joblog_close(&j, &err), 0, "closed already");
	is_str(err.text, "", "no error");
	tail = strstr(get_file("j"), "\n7\tme@n:22\t");
	ok(tail != NULL && sscanf(tail, "\n7\tme@n:22\t%lf", &start) == 1,
	    "the first line");
	ok(start > (double)time(NULL) - 100 && start < (double)time(NULL) + 100,
	    "its time");
	ok(strstr(get_file("j"),
	       "\t     1.235\t100\t50\t0\t0\tocr-x -6 b c # "
	       "in=1000:9ae0daaf out=500:0badcafe\n18446744073709551615\t"
	       "a_b_c_\t") != NULL,
	    "the rest of it");
	ok(strstr(get_file("j"),
	       "\t     0.000\t100\t50\t1\t9\tocr-x -6 b c #\n0\t_\t") != NULL,
	    "the second line");
	is_mem(get_file("j"), HEAD, strlen(HEAD), "the head");
}

static void
show(const struct ocr_joblog_done *d, char *buf, size_t cap)
{
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < d->n && len < cap; i++)
		len += (size_t)snprintf(buf + len, cap - len,
		    "%" PRIu64 "@%" PRIu64 ":%" PRIu64 "/%x>%" PRIu64 "/%x ",
		    d->list[i].seq, d->list[i].line, d->list[i].sum.in_len,
		    d->list[i].sum.in_crc, d->list[i].sum.out_len,
		    d->list[i].sum.out_crc);
}

/* n: lines, foreign ones. */
static void
good(const char *text, uint64_t n_lines, uint64_t n_foreign, const char *want)
{
	char *copy = malloc(strlen(text) + 1), got[1000];
	struct ocr_joblog_done d;
	struct ocr_err err = {0};

	memcpy(copy, text, strlen(text));
	is_int(ocr_joblog_parse(&d, "f", "c -6", copy, strlen(text), &err), 0,
	    want);
	is_str(err.text, "", "no error");
	show(&d, got, sizeof(got));
	is_str(got, want, "entries");
	is_int((int64_t)d.n_lines, (int64_t)n_lines, "lines");
	is_int((int64_t)d.n_foreign, (int64_t)n_foreign, "foreign");
	ocr_joblog_done_release(&d);
	free(copy);
	put_file("r", text);
	is_int(ocr_joblog_read(&d, "r", "c -6", &err), 0, "from a file");
	show(&d, got, sizeof(got));
	is_str(got, want, "the same entries");
	ocr_joblog_done_release(&d);
}

static void
bad(const char *text, const char *want)
{
	struct ocr_joblog_done d;
	struct ocr_err err = {0};

	is_int(ocr_joblog_parse(&d, "f", "c -6", text, strlen(text), &err),
	    -OCR_EFORMAT, text);
	is_str(err.text, want, "text");
	ok(d.list == NULL && d.n == 0, "nothing to release");
}

static void
test_parse(void)
{
	static const char *const foreign[] = {"c -6", "c -6 #", "c -60 # x",
	    "c -6 # in=1:00000001", "c -6 # in=1:00000001 out=2:0000000g",
	    "c -6 # in=01:00000001 out=2:00000002",
	    "c -6 # in=1:00000001 out=2:00000002 ",
	    "c -6 # in=1:0000001 out=2:00000002",
	    "c -6 # in=18446744073709551616:00000001 out=2:00000002",
	    "c -6 # out=1:00000001 in=2:00000002", "gzip -9 x",
	    "c -5 # in=1:00000001 out=2:00000002", "c -6 # in=:", ""};
	static const char *const lines[] = {"", "x", "1\tn" T "0\t0",
	    "1\t" T "0\t0\tc", "01\tn" T "0\t0\tc", "-1\tn" T "0\t0\tc",
	    "18446744073709551616\tn" T "0\t0\tc", "1\tn" T "x\t0\tc",
	    "1\tn" T "0\t\tc", "1\tn\tx\t1\t1\t1\t0\t0\tc",
	    "1\tn\t1\t-\t1\t1\t0\t0\tc", "1\tn\t1\t1\t1\t+1\t0\t0\tc",
	    "1 n 1 1 1 1 0 0 c"};
	char text[1000];

	good("", 0, 0, "");
	good("Seq\tHo", 0, 0, "");
	good(HEAD, 0, 0, "");
	good(HEAD "7\tn" T "0\t0\tc -6 # in=1:00000002 out=3:0000000f\n", 1, 0,
	    "7@2:1/2>3/f ");
	/* In order, the last success of each. */
	good(HEAD "7\tn" T "0\t0\tc -6 # in=1:00000002 out=3:0000000f\n"
		  "2\tn" T "0\t0\tc -6 # in=4:00000005 out=6:00000007\n" HEAD
		  "7\tn" T "0\t0\tc -6 # in=9:00000009 out=9:00000009\n"
		  "7\tn" T "1\t0\tc -6 # in=8:00000008 out=0:00000000\n"
		  "2\tn" T "0\t15\tc -6 # in=8:00000008 out=0:00000000\n",
	    5, 0, "2@3:4/5>6/7 7@5:9/9>9/9 ");
	/* A host that has lied: what it had done does not count, what it does
	 * later, does; others' and an attempt that only failed do. */
	good(HEAD "1\th" T "0\t0\tc -6 # in=1:00000002 out=3:0000000f\n"
		  "2\tn" T "0\t0\tc -6 # in=1:00000002 out=3:0000000f\n"
		  "3\th" T "0\t0\tc -6 # in=1:00000002 out=3:0000000f\n"
		  "5\tn" T "1\t0\tc -6 # in=1:00000002 out=0:00000000\n"
		  "4\th" T "2\t0\tc -6 # in=1:00000002 out=0:00000000\n"
		  "6\th" T "2\t15\tc -6\n"
		  "7\th" T "0\t0\tc -6 # in=1:00000002 out=3:0000000f\n",
	    7, 0, "2@3:1/2>3/f 7@8:1/2>3/f ");
	good(HEAD "1\th" T "0\t0\tc -6 # in=1:00000002 out=3:0000000f\n"
		  "2\th" T "2\t0\tc -6\n"
		  "3\th" T "0\t0\tc -6 # in=1:00000002 out=3:0000000f\n"
		  "2\th" T "2\t0\tc -6\n",
	    4, 0, "");
	/* A last line that was cut, at any byte. */
	for (size_t n = 1; n < 60; n++) {
		snprintf(text, sizeof(text), "%s%.*s",
		    HEAD "1\tn" T "0\t0\tc -6 # in=1:00000002 out=3:0000000f\n",
		    (int)n,
		    "2\tn" T "0\t0\tc -6 # in=1:00000002 out=3:0000000f\n");
		good(text, 1, 0, "1@2:1/2>3/f ");
	}
	for (size_t i = 0; i < sizeof(foreign) / sizeof(*foreign); i++) {
		snprintf(text, sizeof(text), "%s%s%s\n", HEAD,
		    "1\tn" T "0\t0\t", foreign[i]);
		good(text, 1, 1, "");
	}
	/* Those of GNU parallel: times as it has them, results below 0. */
	good(HEAD "1\t:\t1360490623.067\t     3.445\t0\t-1\t-1\t15\tsleep 1\n",
	    1, 0, "");

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		snprintf(text, sizeof(text), "%s%s\n", HEAD, lines[i]);
		bad(text, "f:2: no line of a joblog");
	}
	bad("x\n", "'f' is no joblog");
	bad("x", "'f' is no joblog");
	bad("\n" HEAD, "'f' is no joblog");
	bad("Seq\tHost\n", "'f' is no joblog");
	bad("1\tn" T "0\t0\tc\n", "'f' is no joblog");
}

static void
test_find(void)
{
	struct ocr_joblog_done d;
	struct ocr_err err = {0};
	char *text = malloc(200000);
	size_t len = (size_t)sprintf(text, "%s", HEAD);
	int n_right = 0;

	/* Odd numbers only, backwards. */
	for (unsigned i = 999; i < 1000; i -= 2)
		len += (size_t)sprintf(text + len,
		    "%u\tn" T "0\t0\tc -6 # in=%u:%08x out=1:00000000\n", i,
		    i + 5, i * 3);
	is_int(ocr_joblog_parse(&d, "f", "c -6", text, len, &err), 0, "parse");
	is_int((int64_t)d.n, 500, "entries");
	for (unsigned i = 0; i < 1002; i++) {
		const struct ocr_joblog_sum *s =
		    ocr_joblog_find(&d, i, i + 5, i * 3);

		n_right += (s != NULL) == (i % 2 == 1 && i < 1000);
		n_right += ocr_joblog_find(&d, i, i + 5, i * 3 + 1) == NULL;
		n_right += ocr_joblog_find(&d, i, i + 4, i * 3) == NULL;
	}
	is_int(n_right, 3 * 1002, "found with the same bytes alone");
	ocr_joblog_done_release(&d);
	ok(ocr_joblog_find(&d, 1, 6, 3) == NULL, "nothing in nothing");
	free(text);
}

static void
test_resume(void)
{
	static const char one[] =
	    HEAD "1\tn" T "0\t0\tc -6 # in=1:00000002 out=3:0000000f\n";
	struct ocr_joblog j, other;
	struct ocr_joblog_done d;
	struct ocr_err err = {0};
	struct ocr_joblog_line line = line_of(2, 0);
	char text[1000];

	for (int cut = 0; cut < 3; cut++) {
		snprintf(text, sizeof(text), "%s%s", one,
		    cut == 0   ? ""
		    : cut == 1 ? "2"
			       : "2\tn\t135");
		put_file("k", text);
		is_int(
		    ocr_joblog_open(&j, "k", OCR_JOBLOG_RESUME, "c -6", &err),
		    0, "resume");
		is_str(get_file("k"), one, "whole lines are left");
		is_int(ocr_joblog_open(&other, "k", OCR_JOBLOG_NEW, "c", &err),
		    -OCR_EIO, "a second run");
		is_str(err.text, "'k' is in use by another run", "text");
		ocr_err_clear(&err);
		is_int(other.fd, -1, "it has none");
		ocr_joblog_write(&j, &line, &err);
		ocr_joblog_close(&j, &err);
		is_int(ocr_joblog_read(&d, "k", "c -6", &err), 0, "read");
		is_int((int64_t)d.n, 2, "both");
		ok(ocr_joblog_find(&d, 2, 1000, 0x9ae0daaf) != NULL, "found");
		ocr_joblog_done_release(&d);
	}
	for (size_t n = 0; n < strlen(HEAD); n += 7) {
		snprintf(text, sizeof(text), "%.*s", (int)n, HEAD);
		put_file("k", text);
		ocr_joblog_open(&j, "k", OCR_JOBLOG_RESUME, "c", &err);
		ocr_joblog_close(&j, &err);
		is_str(get_file("k"), HEAD, "a cut head is made whole");
	}
	unlink("k");
	is_int(ocr_joblog_read(&d, "k", "c", &err), 0, "none there");
	is_int((int64_t)d.n, 0, "says nothing");
	is_int(ocr_joblog_open(&j, "k", OCR_JOBLOG_RESUME, "c", &err), 0,
	    "none to go on with");
	ocr_joblog_close(&j, &err);
	is_str(get_file("k"), HEAD, "a new one");
	put_file("k", one);
	ocr_joblog_open(&j, "k", OCR_JOBLOG_NEW, "c", &err);
	ocr_joblog_close(&j, &err);
	is_str(get_file("k"), HEAD, "replaced");
	is_str(err.text, "", "no error");
}

static void
bad_open(const char *path, enum ocr_joblog_mode mode, int code,
    const char *want)
{
	struct ocr_joblog j;
	struct ocr_err err = {0};

	is_int(ocr_joblog_open(&j, path, mode, "c", &err), code, want);
	is_str(err.text, want, "text");
	ok(j.fd == -1 && j.path == NULL, "nothing to close");
}

static void
test_bad_open(void)
{
	static const char want[] = "'t' is no joblog, so it is left as it is";
	struct ocr_joblog j;
	struct ocr_err err = {0};
	struct ocr_joblog_line line = line_of(1, 0);
	char *longest = malloc(200000);

	put_file("t", "my thesis\n");
	bad_open("t", OCR_JOBLOG_NEW, -OCR_EUSAGE, want);
	bad_open("t", OCR_JOBLOG_RESUME, -OCR_EUSAGE, want);
	is_str(get_file("t"), "my thesis\n", "it is as it was");
	put_file("t", "S\n");
	bad_open("t", OCR_JOBLOG_NEW, -OCR_EUSAGE, want);
	strcpy(longest, HEAD);
	memset(longest + strlen(HEAD), '1', 190000);
	longest[190000] = '\0';
	put_file("t", longest);
	free(longest);
	bad_open("t", OCR_JOBLOG_RESUME, -OCR_EFORMAT,
	    "'t' is no joblog: its last line is too long");
	bad_open("-", OCR_JOBLOG_NEW, -OCR_EUSAGE,
	    "--joblog: standard output is for data");
	bad_open("no/such", OCR_JOBLOG_NEW, -OCR_EIO,
	    "cannot open 'no/such': No such file or directory");
	bad_open(".", OCR_JOBLOG_NEW, -OCR_EIO,
	    "cannot open '.': Is a directory");
	bad_open("/dev/full", OCR_JOBLOG_NEW, -OCR_EIO,
	    "cannot write to /dev/full: No space left on device");
	is_int(ocr_joblog_open(&j, "/dev/null", OCR_JOBLOG_NEW, "c", &err), 0,
	    "a device");
	is_int(ocr_joblog_write(&j, &line, &err), 0, "takes lines");
	ocr_joblog_close(&j, &err);
}

struct writer {
	const struct ocr_joblog *j;
	uint64_t first;
	int n_failed;
};

static void
write_lines(void *arg)
{
	struct writer *w = arg;
	struct ocr_err err = {0};

	for (uint64_t i = 0; i < LINES; i++) {
		struct ocr_joblog_line line = line_of(w->first + i, 0);

		w->n_failed += ocr_joblog_write(w->j, &line, &err) < 0;
	}
}

/* Lines of several threads do not mix. */
static void
test_threads(void)
{
	struct writer w[4];
	struct ocr_thread *t[4] = {NULL};
	struct ocr_joblog j;
	struct ocr_joblog_done d;
	struct ocr_err err = {0};

	ocr_joblog_open(&j, "m", OCR_JOBLOG_NEW, "c", &err);
	for (size_t i = 0; i < 4; i++) {
		w[i] = (struct writer){&j, i * LINES, 0};
		ocr_thread_start(&t[i], write_lines, &w[i], &err);
	}
	for (size_t i = 0; i < 4; i++)
		ocr_thread_join(t[i]);
	ocr_joblog_close(&j, &err);
	is_int(w[0].n_failed + w[1].n_failed + w[2].n_failed + w[3].n_failed, 0,
	    "written");
	is_int(ocr_joblog_read(&d, "m", "c", &err), 0, "read");
	is_int((int64_t)d.n, 4 * LINES, "all of them");
	ocr_joblog_done_release(&d);
}

/* What reads GNU parallel's reads ours: parallel itself, where it is. */
static void
test_parallel(void)
{
	struct ocr_joblog j;
	struct ocr_err err = {0};
	struct ocr_joblog_line line = line_of(1, 0);

	if (system("{ parallel --version | grep -q '^GNU parallel'; } "
		   "2>/dev/null") != 0) {
		skip(2, "GNU parallel is not installed");
		return;
	}
	ocr_joblog_open(&j, "p", OCR_JOBLOG_NEW, "c", &err);
	ocr_joblog_write(&j, &line, &err);
	line = line_of(2, 1);
	ocr_joblog_write(&j, &line, &err);
	ocr_joblog_close(&j, &err);
	is_int(system("cp p q && HOME=$PWD parallel --will-cite -k --resume "
		      "--joblog q echo ::: a b c > out 2> err </dev/null && "
		      "[ \"$(cat out)\" = c ]"),
	    0, "resume knows 1 and 2");
	is_int(system("cp p q && HOME=$PWD parallel --will-cite -k "
		      "--resume-failed --joblog q echo ::: a b c > out 2> err "
		      "</dev/null && [ \"$(cat out)\" = \"b\nc\" ]"),
	    0, "resume-failed does 2 again");
}

int
main(void)
{
	char dir[256];

	child_mkdir(dir);
	test_write();
	test_parse();
	test_find();
	test_resume();
	test_bad_open();
	test_threads();
	test_parallel();
	child_rmdir(dir);
	return done();
}
