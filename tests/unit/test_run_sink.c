/*
 * test_run_sink.c - what ocr-run writes when a run ends before its time
 */
#include "config.h"

#include <sys/mman.h>
#include <unistd.h>

#include "src/run_sink.h"
#include "tests/unit/tap.h"

static int
put(struct ocr_run_sink *s, const char *text, int status, struct ocr_err *err)
{
	struct ocr_chunk in = {.kind = OCR_CHUNK_DATA};
	struct ocr_chunk out = {
	    .kind = OCR_CHUNK_DATA,
	    .data = (unsigned char *)(uintptr_t)text,
	    .len = strlen(text),
	};
	struct ocr_job job = {.in = &in, .out = &out, .status = status};

	if (status < 0)
		ocr_err_set(&job.err, status, "stopped");
	return s->sink.put(&s->sink, &job, err);
}

/* What was written to fd so far. */
static int
holds(int fd, const char *want)
{
	char got[64] = "";
	ssize_t n = pread(fd, got, sizeof(got) - 1, 0);

	return n == (ssize_t)strlen(want) && strcmp(got, want) == 0;
}

/* A chunk that was given up leaves no hole: nothing behind it is written. */
static void
test_hole(int fd)
{
	struct ocr_output out = {.fd = fd, .name = "out", .cleanup_slot = -1};
	struct ocr_ui ui = {.tool = "test", .verbosity = OCR_QUIET};
	struct ocr_run_sink s;
	struct ocr_err err = {0};

	ok(ocr_run_sink_open(&s, &out, NULL, &ui, &err) == 0, "plain bytes");
	ok(put(&s, "one ", 0, &err) == 0, "a chunk");
	ok(put(&s, "two ", -OCR_ECANCEL, &err) == -OCR_ECANCEL,
	    "a chunk that was given up ends the output");
	ok(err.code == -OCR_ECANCEL, "and says so");
	ok(holds(fd, "one "), "what is written is a prefix");
	ocr_run_sink_release(&s);
}

static void
test_failure(int fd)
{
	struct ocr_output out = {.fd = fd, .name = "out", .cleanup_slot = -1};
	struct ocr_ui ui = {.tool = "test", .verbosity = OCR_QUIET};
	struct ocr_run_sink s;
	struct ocr_err err = {0};

	ocr_run_sink_open(&s, &out, NULL, &ui, &err);
	ok(put(&s, "x", -OCR_EDEVICE, &err) == -OCR_EDEVICE,
	    "a chunk that failed ends it as well");
	ocr_run_sink_release(&s);
}

int
main(void)
{
	int fd = memfd_create("out", MFD_CLOEXEC);

	if (fd < 0)
		return 1;
	test_hole(fd);
	test_failure(fd);
	close(fd);
	return done();
}
