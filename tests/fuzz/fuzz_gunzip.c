/*
 * fuzz_gunzip.c - hostile gzip files through source, kernel and sink
 *
 * The verdict and the bytes must not depend on what the kernel contributes,
 * and must be zlib's: both accept, with the same bytes, or both refuse.
 * Known differences:
 *   - zlib refuses some incomplete or unused sets of codes at once; ISA-L only
 *     where a code is met that stands for nothing.
 *   - files in members and BGZF need an end marker here.
 *
 * The first byte says how the rest is used: as a file, or as the deflate data
 * of a file like ours, whose header and trailer are made here (no mutation
 * finds a CRC).
 */
#include "config.h"

#include "tests/unit/gunzip_run.h"
#include "tests/unit/gzip_make.h"

#define MAX_IN 65536
#define MAX_OUT ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum verdict { GOOD = 0, GARBAGE, BAD };

struct judged {
	enum verdict verdict;
	bool is_about_codes; /* refused for its set of codes */
	size_t n;
};

static bool
is_about_codes(const char *msg)
{
	return msg != NULL && strncmp(msg, "invalid ", 8) == 0 &&
	       strstr(msg, " set") != NULL;
}

/* What comes behind a member: is it another one? */
static bool
is_more(const uint8_t *p, size_t n, enum verdict *verdict)
{
	size_t i = 0;

	while (i < n && p[i] == 0)
		i++;
	if (i == n)
		return false;
	if (i > 0 || p[0] != 0x1f || (n > 1 && p[1] != 0x8b)) {
		*verdict = GARBAGE;
		return false;
	}
	return true;
}

static struct judged
judge(uint8_t *in, size_t len, uint8_t *out)
{
	struct judged j = {.verdict = GOOD};
	z_stream z = {0};
	size_t at = 0;

	if (inflateInit2(&z, 15 + 16) != Z_OK)
		abort();
	do {
		z.next_in = in + at;
		z.avail_in = (uInt)(len - at);
		z.next_out = out + j.n;
		z.avail_out = (uInt)(MAX_OUT - j.n);
		if (inflate(&z, Z_FINISH) != Z_STREAM_END) {
			j.verdict = BAD;
			j.is_about_codes = is_about_codes(z.msg);
			j.n = MAX_OUT - z.avail_out;
			break;
		}
		j.n = MAX_OUT - z.avail_out;
		at = len - z.avail_in;
		inflateReset(&z);
	} while (is_more(in + at, len - at, &j.verdict));
	inflateEnd(&z);
	return j;
}

static struct gunzip_run
run(const uint8_t *in, size_t len, enum gunzip_kernel kernel, uint8_t how)
{
	struct gunzip_run g = {.kernel = kernel,
	    .fail_write = -1,
	    .limit_bytes = MAX_OUT,
	    .seed = how};

	if (how & 2) {
		g.is_pipe = true;
		g.n_head = len < 512 ? len : 512;
	}
	g.is_stepwise = how & 4;
	gunzip_run(&g, in, len);
	if (g.n_ok + g.n_failed != 1 || g.n_end != 1 || g.run_status != 0)
		abort();
	return g;
}

static void
check(uint8_t *in, size_t len, uint8_t how)
{
	static uint8_t want[MAX_OUT];
	struct judged j = judge(in, len, want);
	struct gunzip_run a = run(in, len, GUNZIP_KERNEL_ALL, how);
	struct gunzip_run b = run(in, len, GUNZIP_KERNEL_NONE, how);
	size_t least = a.n_out < j.n ? a.n_out : j.n;
	size_t both = a.n_out < b.n_out ? a.n_out : b.n_out;
	bool is_good = a.n_ok == 1 || strstr(a.text, "end marker") != NULL;

	/* How much is there before an error depends on how it was met. */
	if (a.n_ok != b.n_ok || a.n_garbage != b.n_garbage ||
	    (is_good && a.n_out != b.n_out) ||
	    (both > 0 && memcmp(a.out, b.out, both) != 0))
		abort();
	if (least > 0 && memcmp(a.out, want, least) != 0)
		abort();
	if (!j.is_about_codes) {
		if (is_good != (j.verdict != BAD))
			abort();
		if (is_good && (a.n_out != j.n ||
				   (a.n_garbage > 0) != (j.verdict == GARBAGE)))
			abort();
	}
	free(a.out);
	free(b.out);
}

/* A file like ours around deflate data, with the right trailer if there is
 * one. */
static void
check_wrapped(const uint8_t *data, size_t len, uint8_t how)
{
	static const uint32_t chunks[] = {1 << 20, 1 << 16, 4096, 100};
	struct ocr_join_opt opt = {.chunk_bytes = chunks[how >> 6]};
	static uint8_t out[MAX_OUT];
	uint8_t header[OCR_JOIN_HEADER_MAX] = {0};
	struct gzip_file f = {0};
	z_stream z = {0};

	gzip_add(&f, header, ocr_join_header(header, &opt, false, NULL));
	z.next_in = (uint8_t *)(uintptr_t)data;
	z.avail_in = (uInt)len;
	z.next_out = out;
	z.avail_out = (uInt)MAX_OUT;
	if (inflateInit2(&z, -15) != Z_OK)
		abort();
	gzip_add(&f, data, len);
	if (inflate(&z, Z_SYNC_FLUSH) == Z_STREAM_END)
		f.n -= z.avail_in;
	else
		gzip_add(&f, "\3\0", 2);
	gzip_add_trailer(&f, out, MAX_OUT - z.avail_out);
	inflateEnd(&z);
	f.p = realloc(f.p, f.n); /* exactly: reads behind it show */
	check(f.p, f.n, how);
	free(f.p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t *in;
	uint8_t how;

	if (len == 0)
		return 0;
	how = data[0];
	len = len - 1 < MAX_IN ? len - 1 : MAX_IN;
	in = malloc(len > 0 ? len : 1);
	memcpy(in, data + 1, len);
	if (how & 1)
		check_wrapped(in, len, how);
	else
		check(in, len, how);
	free(in);
	return 0;
}
