/*
 * test_spill.c - waiting chunks come out by number, from memory and file
 */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/spill.h"
#include "src/spool.h"
#include "tests/unit/tap.h"

#define N 1000
#define LEN_MAX 9000

static const char *
temp_dir(void)
{
	const char *dir = getenv("TMPDIR");

	return dir != NULL ? dir : "/tmp";
}

static uint32_t
random_next(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (uint32_t)(*state >> 33);
}

/* Lengths from 0, on both sides of a block. */
static size_t
len_of(uint64_t seq)
{
	return seq % 7 == 0 ? 0 : (size_t)(seq * 2654435761u % LEN_MAX);
}

static void
fill(unsigned char *data, uint64_t seq)
{
	size_t i;

	for (i = 0; i < len_of(seq); i++)
		data[i] = (unsigned char)(seq * 31 + i);
}

static int
put(struct ocr_spill *s, uint64_t seq, struct ocr_origin *o)
{
	size_t len = len_of(seq);
	unsigned char *data = malloc(len + 1); /* exact: ASan sees more */
	struct ocr_err err = {0};
	struct ocr_chunk c = {
	    .type = OCR_DEFLATE,
	    .seq = seq,
	    .at = seq * 3,
	    .raw_len = seq * 5,
	    .raw_crc = (uint32_t)seq * 7,
	    .has_raw = seq % 2 == 0,
	    .origin = o,
	    .data = data,
	    .len = len,
	};
	int r;

	fill(data, seq);
	r = ocr_spill_put(s, &c, &err);
	free(data);
	if (r < 0)
		diag("%s", err.text);
	return r;
}

/* Is the first one this? */
static bool
take(struct ocr_spill *s, uint64_t seq, struct ocr_origin *o)
{
	struct ocr_err err = {0};
	struct ocr_chunk c;
	unsigned char want[LEN_MAX];
	bool is_right;

	if (s->n == 0 || ocr_spill_first(s) != seq)
		return false;
	is_right = ocr_spill_take(s, &c, &err) == 0;
	fill(want, seq);
	is_right = is_right && c.seq == seq && c.len == len_of(seq) &&
		   (c.len == 0 || memcmp(c.data, want, c.len) == 0) &&
		   c.at == seq * 3 && c.raw_len == seq * 5 &&
		   c.raw_crc == (uint32_t)(seq * 7) &&
		   c.has_raw == (seq % 2 == 0) && c.type == OCR_DEFLATE &&
		   c.load == OCR_LOADED && c.origin == o;
	ocr_chunk_reset(&c);
	if (!is_right)
		diag("chunk %" PRIu64 ": %s", seq, err.text);
	return is_right;
}

static void
shuffle(uint64_t *seq, size_t n, uint64_t *state)
{
	size_t i, k;

	for (i = 0; i < n; i++)
		seq[i] = i;
	for (i = n; i > 1; i--) {
		uint64_t t = seq[i - 1];

		k = random_next(state) % i;
		seq[i - 1] = seq[k];
		seq[k] = t;
	}
}

static void
test_order(uint64_t memory, const char *what)
{
	struct ocr_origin *o = ocr_origin_new("x", NULL);
	uint64_t seq[N], state = memory + 1, next = 0;
	struct ocr_spill s;
	bool is_right = true;
	size_t i;

	shuffle(seq, N, &state);
	ocr_spill_init(&s, temp_dir(), memory);
	for (i = 0; i < N; i++)
		is_right = is_right && put(&s, seq[i], i % 3 ? o : NULL) == 0;
	ok(is_right, "%s: all are taken", what);
	is_int((int64_t)s.n, N, "and counted");
	ok(s.held_bytes <= memory, "%s: memory is kept", what);
	for (i = 0; is_right && i < N; i++) {
		size_t k = 0;

		while (seq[k] != i)
			k++;
		is_right = take(&s, i, k % 3 ? o : NULL);
	}
	ok(is_right && s.n == 0, "%s: they come in order, whole", what);
	is_int((int64_t)s.held_bytes, 0, "no payload is left");
	is_int((int64_t)s.file_end, 0, "nor in the file");
	ocr_spill_release(&s);

	/* As a merge does it: out as soon as it is its turn. */
	ocr_spill_init(&s, temp_dir(), memory);
	is_right = true;
	for (i = 0; i < N; i++) {
		is_right = is_right && put(&s, seq[i], o) == 0;
		while (is_right && s.n > 0 && ocr_spill_first(&s) == next)
			is_right = take(&s, next++, o);
	}
	ok(is_right && next == N && s.n == 0, "%s: in turn", what);
	ocr_spill_release(&s);
	is_int(o->n_refs, 1, "origins are given back");
	ocr_origin_unref(o);
}

static void
test_doubled(void)
{
	struct ocr_spill s;

	ocr_spill_init(&s, temp_dir(), 1 << 20);
	put(&s, 5, NULL);
	put(&s, 3, NULL);
	put(&s, 5, NULL);
	ok(take(&s, 3, NULL) && take(&s, 5, NULL) && take(&s, 5, NULL),
	    "the same number twice comes twice");
	ocr_spill_release(&s);
}

static void
test_many(void)
{
	const uint64_t n = 1000000;
	struct ocr_err err = {0};
	struct ocr_chunk c = {.load = OCR_LOADED};
	struct ocr_spill s;
	bool is_right = true;
	uint64_t i;

	ocr_spill_init(&s, temp_dir(), 0);
	for (i = n; i > 0 && is_right; i--) {
		c.seq = i - 1;
		is_right = ocr_spill_put(&s, &c, &err) == 0;
	}
	for (i = 0; i < n && is_right; i++)
		is_right = ocr_spill_take(&s, &c, &err) == 0 && c.seq == i;
	ok(is_right, "a million chunks, backwards");
	ocr_spill_release(&s);
}

/* Space in the file goes back before all of it is read. */
static void
test_space(void)
{
	unsigned char *data = calloc(1, 1 << 20);
	struct ocr_err err = {0};
	struct ocr_chunk c = {.data = data, .len = 1 << 20};
	struct ocr_spill s;
	struct stat before, after;
	uint64_t i;

	memset(data, 1, 1 << 20);
	ocr_spill_init(&s, temp_dir(), 0);
	for (i = 0; i < 8; i++) {
		c.seq = i;
		ocr_spill_put(&s, &c, &err);
	}
	is_int((int64_t)s.n_spilled, 8, "all went to the file");
	fsync(s.fd);
	fstat(s.fd, &before);
	is_int(before.st_nlink, 0, "that has no name");
	for (i = 0; i < 6; i++) {
		ocr_spill_take(&s, &c, &err);
		ocr_chunk_reset(&c);
	}
	fsync(s.fd);
	fstat(s.fd, &after);
	if (before.st_blocks == 0 || after.st_blocks == before.st_blocks)
		skip(1, "no holes in files here");
	else
		ok(after.st_blocks <= before.st_blocks / 2,
		    "space is given back");
	ocr_spill_release(&s);
	free(data);
}

static void
test_failures(void)
{
	struct ocr_spill s;
	struct ocr_err err = {0};
	unsigned char byte = 1;
	struct ocr_chunk c = {.data = &byte, .len = 1};

	ocr_spill_init(&s, "/nonexistent", 0);
	is_int(ocr_spill_put(&s, &c, &err), -OCR_EIO, "no such directory");
	ok(strcmp(err.text, "cannot make a temporary file in /nonexistent: "
			    "No such file or directory") == 0,
	    "says so: %s", err.text);
	is_int((int64_t)s.n, 0, "nothing waits");
	ocr_spill_release(&s);
	memset(&s, 0, sizeof(s));
	ocr_spill_release(&s);
	ok(1, "a zeroed one can be released");
	ok(fcntl(STDIN_FILENO, F_GETFD) >= 0, "without closing stdin");
}

struct collector {
	unsigned char bytes[1 << 20];
	size_t len;
};

static int
collect(void *ctx, const void *data, size_t len, struct ocr_err *err)
{
	struct collector *c = ctx;

	(void)err;
	memcpy(c->bytes + c->len, data, len);
	c->len += len;
	return 0;
}

static void
test_spool(size_t memory, const char *what)
{
	struct ocr_spool s = {.dir = temp_dir(), .memory_bytes = memory};
	struct collector *c = calloc(1, sizeof(*c));
	unsigned char *want = malloc(1 << 20);
	struct ocr_err err = {0};
	uint64_t state = 5;
	size_t len = 0, n, i;
	int round, r = 0;

	for (i = 0; i < 1 << 20; i++)
		want[i] = (unsigned char)random_next(&state);
	for (round = 0; round < 2; round++) { /* it can be used again */
		for (len = 0; r == 0 && len < 900000; len += n) {
			n = random_next(&state) % 70000;
			r = ocr_spool_put(&s, want + len, n, &err);
		}
		is_int((int64_t)s.len, (int64_t)len, "length");
		c->len = 0;
		is_int(ocr_spool_drain(&s, collect, c, &err), 0, what);
		is_int((int64_t)c->len, (int64_t)len, "all of it comes back");
		is_mem(c->bytes, want, len, "as it was");
		is_int((int64_t)s.len, 0, "and it is empty");
	}
	is_int(ocr_spool_drain(&s, collect, c, &err), 0, "drain nothing");
	ocr_spool_release(&s);
	free(want);
	free(c);
}

int
main(void)
{
	test_order(0, "no memory");
	test_order(100000, "some memory");
	test_order(UINT64_MAX, "all memory");
	test_doubled();
	test_many();
	test_space();
	test_failures();
	test_spool(0, "spool: file");
	test_spool(300000, "spool: memory, then file");
	test_spool(1 << 20, "spool: memory");
	return done();
}
