/*
 * test_trace.c - the trace file: read back by a JSON reader, its bytes, limits
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/trace.h"
#include "tests/unit/child.h"
#include "tests/unit/tap.h"

static const char *const names[] = {"cpu:0", "xrt:0/k\"1\n"};

/* The whole file, to be freed. */
static char *
slurp(const char *path)
{
	int fd = open(path, O_RDONLY);
	struct stat st;
	char *text;

	if (fd < 0 || fstat(fd, &st) < 0)
		return NULL;
	text = calloc(1, (size_t)st.st_size + 1);
	if (read(fd, text, (size_t)st.st_size) != st.st_size)
		text[0] = '\0';
	close(fd);
	return text;
}

static int
is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

/* Files of the directory, . and .. not counted. */
static int
n_files(void)
{
	FILE *f = popen("ls -A | wc -l", "r");
	int n = -1;

	if (fscanf(f, "%d", &n) != 1)
		n = -1;
	pclose(f);
	return n;
}

static struct ocr_trace *
begin(const char *path, size_t n_rows)
{
	struct ocr_trace *t = NULL;
	struct ocr_err e = {0};

	is_int(ocr_trace_open(&t, path, "ocr-x", &e), 0, "open");
	is_int(ocr_trace_rows(t, n_rows, names, &e), 0, "rows");
	is_str(e.text, "", "no error");
	return t;
}

static void
end(struct ocr_trace *t)
{
	struct ocr_err e = {0};

	is_int(ocr_trace_close(t, &e), 0, "close");
	is_str(e.text, "", "no error");
}

#define META(name, more)                                                       \
	"{\"name\":\"" name "\",\"ph\":\"M\",\"pid\":1," more "}"

static void
test_bytes(void)
{
	struct ocr_trace *t = begin("a.json", 2);
	char *text;

	ocr_trace_span(t, 0, "work", 5000000, 5001234, 0, 512);
	ocr_trace_span(t, 1, "la\"unch", 4999999, 4999999, 512,
	    UINT64_C(1) << 40);
	ocr_trace_steal(t, 0, 5001300, 1, 600, 610);
	ocr_trace_span(t, 0, "late", UINT64_C(3600000000000) + 4999999, 7,
	    UINT64_MAX - 1, UINT64_MAX);
	ocr_trace_steal(t, 1, 5000000, 2, 0, 0);
	ocr_trace_span(t, 2, "no such row", 1, 2, 3, 4);
	ocr_trace_steal(t, SIZE_MAX, 1, 0, 3, 4);
	is_int(is_there("a.json"), 0, "no file before the end");
	end(t);
	text = slurp("a.json");
	is_str(text,
	    "{\"traceEvents\":[\n" META("process_name",
		"\"args\":{\"name\":\"ocr-x\"}") ",\n" META("thread_name",
		"\"tid\":0,\"args\":{\"name\":\"cpu:0\"}") ",\n" META("thread_"
								      "sort_"
								      "index",
		"\"tid\":0,\"args\":{\"sort_index\":0}") ",\n"
							 "{\"name\":\"work\","
							 "\"ph\":\"X\",\"pid\":"
							 "1,\"tid\":0,"
							 "\"ts\":0.001,\"dur\":"
							 "1.234,"
							 "\"args\":{\"first\":"
							 "0,\"last\":512}},\n"
							 "{\"name\":\"steal\","
							 "\"ph\":\"i\",\"s\":"
							 "\"t\",\"pid\":1,"
							 "\"tid\":0,\"ts\":1."
							 "301,\"args\":{"
							 "\"from\":\"xrt:0/"
							 "k\\\"1\\u000a\","
							 "\"first\":600,"
							 "\"last\":610}},\n"
							 "{\"name\":\"late\","
							 "\"ph\":\"X\",\"pid\":"
							 "1,\"tid\":0,"
							 "\"ts\":3600000000."
							 "000,\"dur\":0.000,"
							 "\"args\":{\"first\":"
							 "18446744073709551614,"
							 "\"last\":"
							 "18446744073709551615}"
							 "},\n" META(
							     "thread_name",
							     "\"tid\":1,"
							     "\"args\":{"
							     "\"name\":\"xrt:0/"
							     "k\\\"1\\u000a\"}") ",\n" META("thread_sort_index",
							     "\"tid\":1,"
							     "\"args\":{\"sort_"
							     "index\":1}") ",\n"
									   "{\""
									   "nam"
									   "e\""
									   ":\""
									   "la"
									   "\\"
									   "\"u"
									   "nch"
									   "\","
									   "\"p"
									   "h\""
									   ":\""
									   "X\""
									   ",\""
									   "pid"
									   "\":"
									   "1,"
									   "\"t"
									   "id"
									   "\":"
									   "1,"
									   "\"t"
									   "s\""
									   ":0."
									   "000"
									   ",\""
									   "dur"
									   "\":"
									   "0."
									   "000"
									   ","
									   "\"a"
									   "rgs"
									   "\":"
									   "{\""
									   "fir"
									   "st"
									   "\":"
									   "512"
									   ",\""
									   "las"
									   "t\""
									   ":10"
									   "995"
									   "116"
									   "277"
									   "76}"
									   "},"
									   "\n"
									   "{\""
									   "nam"
									   "e\""
									   ":\""
									   "ste"
									   "al"
									   "\","
									   "\"p"
									   "h\""
									   ":\""
									   "i\""
									   ",\""
									   "s\""
									   ":\""
									   "t\""
									   ",\""
									   "pid"
									   "\":"
									   "1,"
									   "\"t"
									   "id"
									   "\":"
									   "1,"
									   "\"t"
									   "s\""
									   ":0."
									   "001"
									   ",\""
									   "arg"
									   "s\""
									   ":{"
									   "\"f"
									   "rom"
									   "\":"
									   "\"?"
									   "\","
									   "\"f"
									   "irs"
									   "t\""
									   ":0,"
									   "\"l"
									   "ast"
									   "\":"
									   "0}}"
									   "\n"
									   "],"
									   "\"d"
									   "isp"
									   "lay"
									   "Tim"
									   "eUn"
									   "it"
									   "\":"
									   "\"n"
									   "s\""
									   ",\""
									   "oth"
									   "erD"
									   "ata"
									   "\":"
									   "{\""
									   "ver"
									   "sio"
									   "n\""
									   ":"
									   "\"" PACKAGE_VERSION
									   "\","
									   "\"l"
									   "ost"
									   "_ev"
									   "ent"
									   "s\""
									   ":0}"
									   "}"
									   "\n",
	    "every byte");
	free(text);
	unlink("a.json");
}

/* Events of more than one block, in order, by somebody else's reader. */
static void
test_reader(void)
{
	struct ocr_trace *t = begin("b.json", 2);
	json_error_t why;
	json_t *all, *list, *e;
	size_t i, n = 10000, n_bad = 0, n_spans = 0;
	double last = -1;

	for (i = 0; i < n; i++) {
		ocr_trace_span(t, 1, "work", 1000 + 3 * i, 1002 + 3 * i, i,
		    i + 1);
		if (i % 10 == 0)
			ocr_trace_steal(t, 0, 1000 + i, 1, i, i + 5);
	}
	end(t);
	all = json_load_file("b.json", 0, &why);
	if (!ok(all != NULL, "jansson reads it")) {
		diag("line %d: %s", why.line, why.text);
		return;
	}
	list = json_object_get(all, "traceEvents");
	is_int((int64_t)json_array_size(list), 5 + 11000, "events");
	json_array_foreach(list, i, e)
	{
		json_t *args = json_object_get(e, "args");
		double ts = json_real_value(json_object_get(e, "ts"));

		if (strcmp(json_string_value(json_object_get(e, "ph")), "X"))
			continue;
		n_bad += ts <= last ||
			 (size_t)(ts * 1000 + 0.5) != 3 * n_spans ||
			 json_real_value(json_object_get(e, "dur")) != 0.002 ||
			 json_integer_value(json_object_get(args, "first")) !=
			     (json_int_t)n_spans;
		last = ts;
		n_spans++;
	}
	is_int((int64_t)n_spans, (int64_t)n, "spans");
	is_int((int64_t)n_bad, 0, "in order");
	is_str(json_string_value(json_object_get(all, "displayTimeUnit")), "ns",
	    "unit");
	is_int(json_integer_value(json_object_get(
		   json_object_get(all, "otherData"), "lost_events")),
	    0, "none is lost");
	json_decref(all);
	unlink("b.json");
}

static void
test_nothing(void)
{
	struct ocr_trace *t = begin("c.json", 0);
	struct ocr_err e = {0};
	json_error_t why;
	json_t *all;
	char *text;

	ocr_trace_span(t, 0, "before there are rows", 1, 2, 3, 4);
	end(t);
	all = json_load_file("c.json", 0, &why);
	ok(all != NULL, "no rows: JSON");
	json_decref(all);
	t = begin("c.json", 1);
	is_int(ocr_trace_rows(t, 1, names, &e), 0, "the same rows again");
	ocr_trace_span(t, 0, "w", 10, 20, 0, 1);
	is_int(ocr_trace_rows(t, 2, names, &e), 0, "and one more");
	ocr_trace_span(t, 1, "w", 20, 30, 0, 1);
	end(t);
	text = slurp("c.json");
	ok(strstr(text, "\"tid\":0,\"ts\":0.000,\"dur\":0.010") != NULL &&
		strstr(text, "\"tid\":1,\"ts\":0.010,\"dur\":0.010") != NULL,
	    "rows that come later; the old file is replaced");
	free(text);
	unlink("c.json");

	is_int(ocr_trace_open(&t, NULL, "ocr-x", &e), 0, "no path");
	ok(t == NULL, "no trace");
	is_int(ocr_trace_rows(NULL, 2, names, &e), 0, "which takes all");
	ocr_trace_span(NULL, 0, "w", 1, 2, 3, 4);
	ocr_trace_steal(NULL, 0, 1, 2, 3, 4);
	is_int(ocr_trace_close(NULL, &e), 0, "close");
	ocr_trace_remove(NULL);
}

/* Many rows share the memory; each has a part of it, 1024 events at least. */
static void
test_limit(size_t n_rows, uint64_t n_kept)
{
	const char **many = calloc(n_rows, sizeof(*many));
	struct ocr_trace *t;
	struct ocr_err e = {0};
	char *text, kept[40], lost[40];

	for (size_t i = 0; i < n_rows; i++)
		many[i] = "w";
	ocr_trace_open(&t, "d.json", "ocr-x", &e);
	is_int(ocr_trace_rows(t, n_rows, many, &e), 0, "many rows");
	for (uint64_t i = 0; i < n_kept + 1000; i++)
		ocr_trace_steal(t, n_rows - 1, i, 0, i, i);
	ocr_trace_span(t, 0, "other rows", 0, 1, 2, 3);
	end(t);
	text = slurp("d.json");
	is_str(strstr(text, "\"otherData\""),
	    "\"otherData\":{\"version\":\"" PACKAGE_VERSION
	    "\",\"lost_events\":1000}}\n",
	    "the file says how many are lost");
	snprintf(kept, sizeof(kept), "\"first\":%" PRIu64 ",", n_kept - 1);
	snprintf(lost, sizeof(lost), "\"first\":%" PRIu64 ",", n_kept);
	ok(strstr(text, kept) != NULL, "the last one kept");
	ok(strstr(text, lost) == NULL, "the first one lost");
	ok(strstr(text, "other rows") != NULL, "other rows have room");
	free(text);
	free(many);
	unlink("d.json");
}

static void
test_failures(void)
{
	static const struct {
		const char *path, *why;
		int code;
	} bad[] = {
	    {"", "cannot create '': no name", -OCR_EIO},
	    {"none/f.json",
		"cannot create none/f.json: No such file or "
		"directory",
		-OCR_EIO},
	    {".", "cannot write to .: Is a directory", -OCR_EIO},
	    {"-", "trace: '-' is standard output; a file is needed",
		-OCR_EUSAGE},
	    {"/dev/stdout",
		"trace: '/dev/stdout' is standard output; a file is needed",
		-OCR_EUSAGE},
	};
	struct ocr_trace *t;
	struct ocr_err e = {0};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		t = (void *)&e;
		ocr_err_clear(&e);
		is_int(ocr_trace_open(&t, bad[i].path, "ocr-x", &e),
		    bad[i].code, bad[i].path);
		is_str(e.text, bad[i].why, "before the work");
		ok(t == NULL, "no trace");
	}
	ocr_err_clear(&e);
	t = begin("f.json", 2);
	ocr_trace_span(t, 0, "w", 1, 2, 3, 4);
	is_int(n_files(), 1, "a file under another name");
	ocr_trace_remove(t);
	is_int(n_files(), 0, "removed");

	if (access("/dev/full", W_OK) < 0) {
		skip(5, "no /dev/full");
		return;
	}
	t = begin("/dev/full", 2);
	for (uint64_t i = 0; i < 5000; i++)
		ocr_trace_span(t, 0, "w", i, i, i, i);
	is_int(ocr_trace_close(t, &e), -OCR_EIO, "a full disk");
	is_str(e.text, "cannot write to /dev/full: No space left on device",
	    "says so");
}

int
main(void)
{
	char dir[256];

	child_mkdir(dir);
	test_bytes();
	test_reader();
	test_nothing();
	test_limit(128, 32768);
	test_limit(5000, 1024);
	test_failures();
	child_rmdir(dir);
	return done();
}
