/*
 * test_updates.c - batches of edges are there as soon as they have come
 */
#include "config.h"

#include "src/updates.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/tap.h"

/* "from-to-weight ...; " for each batch, then the error if there is one. */
static void
describe(const char *path, bool has_weights, char *out, size_t size)
{
	struct ocr_updates u;
	struct ocr_err err = {0};
	size_t i, at = 0;
	int r = ocr_updates_open(&u, path, has_weights, &err);

	out[0] = '\0';
	while (r == 0 && (r = ocr_updates_next(&u, &err)) > 0) {
		for (i = 0; i < u.n_arcs; i++)
			at += (size_t)snprintf(out + at, size - at,
			    "%llu-%llu-%g ", (unsigned long long)u.arcs[i].from,
			    (unsigned long long)u.arcs[i].to, u.arcs[i].weight);
		at += (size_t)snprintf(out + at, size - at, "; ");
		r = 0;
	}
	if (r < 0)
		(void)snprintf(out + at, size - at, "%s", err.text);
	ocr_updates_close(&u);
}

static void
test_text(const char *text, size_t len, bool has_weights, const char *want,
    const char *name)
{
	char got[1024];
	FILE *f = fopen("updates.tmp", "wb");

	if (f == NULL || fwrite(text, 1, len, f) != len || fclose(f) != 0)
		abort();
	describe("updates.tmp", has_weights, got, sizeof(got));
	if (!ok(strcmp(got, want) == 0, "%s", name))
		diag("%s", got);
	unlink("updates.tmp");
}

#define TEXT(text, want, name)                                                 \
	test_text(text, sizeof(text) - 1, true, want, name)
#define PLAIN(text, want, name)                                                \
	test_text(text, sizeof(text) - 1, false, want, name)
#define AT "updates.tmp: line "

static void
test_forms(void)
{
	TEXT("", "", "nothing");
	TEXT("\n\n", "", "empty lines");
	TEXT("1 2\n", "1-2-1 ; ", "an edge");
	TEXT("1 2", "1-2-1 ; ", "without an end");
	TEXT("1 2 3\n\n4\t5\t0.25\n 6 7 \n", "1-2-3 ; 4-5-0.25 6-7-1 ; ",
	    "two batches");
	TEXT("# c\n\n% d\n1 2\n#\n3 4\n\n \t\n\n5 6\n\n\n",
	    "1-2-1 3-4-1 ; 5-6-1 ; ", "comments, many empty lines");
	TEXT("1 2 7\r\n\r\n3 4\r\n", "1-2-7 ; 3-4-1 ; ", "CRLF");
	TEXT("18446744073709551615 0 4294967296\n",
	    "18446744073709551615-0-4.29497e+09 ; ", "large");
	PLAIN("1 2 -3\n1 2 x\n\n3 4\n", "1-2-1 1-2-1 ; 3-4-1 ; ",
	    "weights that nobody wants");
}

static void
test_errors(void)
{
	TEXT("1 2\n\n# c\n3 4 -1\n", "1-2-1 ; " AT "4: weight '-1' is negative",
	    "negative");
	TEXT("1 2 nan\n", AT "1: weight 'nan' is not a finite number", "NaN");
	TEXT("1 2 1e999\n", AT "1: weight '1e999' is too large", "infinite");
	TEXT("\n\n1\n", AT "3: two vertex ids are needed", "one id");
	TEXT("1 x\n", AT "1: 'x' is not a vertex id", "no id");
	TEXT("1 -2\n", AT "1: '-2' is not a vertex id", "a sign");
	TEXT("1,2\n",
	    AT "1: '1,2' is not a vertex id: columns are parted by blanks, "
	       "not by commas",
	    "commas");
	TEXT("1 18446744073709551616\n",
	    AT "1: vertex id 18446744073709551616 is too large", "65 bits");
	TEXT("1 2 3 4\n", AT "1: more than three columns", "four columns");
	TEXT("\0 1\n", AT "1: '?' is not a vertex id", "binary");
}

/* Lines that are cut anywhere, by reads and by the buffer's end. */
static void
test_long(void)
{
	enum { N = 100000 };
	FILE *f = fopen("updates.tmp", "wb");
	struct ocr_updates u;
	struct ocr_err err = {0};
	size_t n = 0, n_bad = 0, n_batches = 0, i;

	if (f == NULL)
		abort();
	for (i = 0; i < N; i++)
		fprintf(f, "%zu %zu\n%s", i, i * i,
		    i % 1000 == 999 ? "\n" : "");
	if (fclose(f) != 0 || ocr_updates_open(&u, "updates.tmp", true, &err))
		abort();
	while (ocr_updates_next(&u, &err) > 0) {
		n_batches++;
		n_bad += u.n_arcs != 1000;
		for (i = 0; i < u.n_arcs; i++, n++)
			n_bad += u.arcs[i].from != n || u.arcs[i].to != n * n;
	}
	ok(n == N && n_batches == N / 1000 && n_bad == 0 && err.code == 0,
	    "many lines");
	ocr_updates_close(&u);
	f = fopen("updates.tmp", "wb");
	if (f == NULL)
		abort();
	fputs("1 2\n#", f);
	for (i = 0; i < 1 << 18; i++)
		fputc('x', f);
	if (fclose(f) != 0 || ocr_updates_open(&u, "updates.tmp", true, &err))
		abort();
	ok(ocr_updates_next(&u, &err) == -OCR_EFORMAT &&
		strcmp(err.text, AT "2: longer than 262144 bytes") == 0,
	    "a line without an end");
	ocr_updates_close(&u);
	unlink("updates.tmp");
}

static void
put(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		abort();
}

/* A batch comes out of a pipe that stays open. */
static void
test_pipe(void)
{
	struct ocr_updates u;
	struct ocr_err err = {0};
	char path[32];
	int fds[2];

	if (pipe(fds) < 0)
		abort();
	(void)snprintf(path, sizeof(path), "/dev/fd/%d", fds[0]);
	if (ocr_updates_open(&u, path, true, &err) < 0) {
		ok(1, "# SKIP no /dev/fd");
		return;
	}
	put(fds[1], "1 2\n3");
	put(fds[1], " 4\n\n5 6");
	ok(ocr_updates_next(&u, &err) == 1 && u.n_arcs == 2 &&
		u.arcs[1].from == 3 && u.arcs[1].to == 4,
	    "a batch, as soon as its empty line is there");
	put(fds[1], "7\n\n");
	ok(ocr_updates_next(&u, &err) == 1 && u.n_arcs == 1 &&
		u.arcs[0].from == 5 && u.arcs[0].to == 67,
	    "the next, half of which was there");
	put(fds[1], "8 9");
	close(fds[1]);
	ok(ocr_updates_next(&u, &err) == 1 && u.arcs[0].to == 9 &&
		ocr_updates_next(&u, &err) == 0,
	    "the last");
	ocr_updates_close(&u);
	close(fds[0]);
}

static void
test_open(void)
{
	struct ocr_updates u;
	struct ocr_err err = {0};

	ok(ocr_updates_open(&u, "no such", true, &err) == -OCR_EIO &&
		strcmp(err.text,
		    "cannot open no such: No such file or directory") == 0,
	    "no file");
	ocr_updates_close(&u);
	ocr_err_clear(&err);
	ok(ocr_updates_open(&u, ".", true, &err) == 0 &&
		ocr_updates_next(&u, &err) == -OCR_EIO,
	    "a directory: %s", err.text);
	ocr_updates_close(&u);
}

int
main(void)
{
	char dir[] = "/tmp/test_updates.XXXXXX";

	if (mkdtemp(dir) == NULL || chdir(dir) < 0)
		abort();
	test_forms();
	test_errors();
	test_long();
	test_pipe();
	test_open();
	if (chdir("/") < 0 || rmdir(dir) < 0)
		abort();
	return done();
}
