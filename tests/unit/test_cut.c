/*
 * test_cut.c - chunks that end at line ends, records and equal parts
 */
#include "config.h"

#include <fcntl.h>

#include "src/newlines.h"
#include "tests/unit/cut_model.h"
#include "tests/unit/tap.h"

#define N_RANDOM 3000

static uint32_t
rnd(uint32_t *state, uint32_t n)
{
	*state = *state * 1664525 + 1013904223;
	return (uint32_t)(((uint64_t)*state * n) >> 32);
}

/* Lines of about 'usual' bytes, some of them empty. */
static void
fill(uint8_t *p, size_t len, uint32_t usual, uint32_t *state)
{
	size_t i;

	for (i = 0; i < len; i++)
		p[i] = rnd(state, usual) == 0 ? '\n'
					      : (uint8_t)('a' + rnd(state, 26));
}

static void
test_newlines(void)
{
	enum { LEN = 40000 };
	static uint8_t p[LEN];
	uint32_t state = 1, i, bad = 0;

	for (i = 0; i < 200; i++) {
		size_t from = rnd(&state, LEN), to = from, j, at, last = 0;
		uint64_t n = 0, want = 1 + rnd(&state, 2000), left = want;

		fill(p, LEN, 1 + rnd(&state, 100), &state);
		to += rnd(&state, (uint32_t)(LEN - from));
		at = to - from;
		for (j = from; j < to; j++) {
			if (p[j] != '\n')
				continue;
			last = j - from + 1;
			if (++n == want)
				at = last;
		}
		bad += ocr_newlines_count(p + from, to - from) != n;
		bad += ocr_newlines_skip(p + from, to - from, &left) != at;
		bad += left != (n < want ? want - n : 0);
		bad += ocr_newlines_last(p + from, to - from) != last;
	}
	is_int(bad, 0, "newlines: count, skip and last, any alignment");
	memset(p, '\n', LEN);
	is_int((int64_t)ocr_newlines_count(p, LEN), LEN,
	    "newlines: 8-bit counters do not run over");
}

static void
test_parts(void)
{
	uint64_t size = UINT64_C(9223372036854775807), n = OCR_CUT_PARTS_MAX;
	uint64_t i, bad = 0;

	for (i = 0; i <= n; i += n / 1000)
		bad += ocr_cut_part_start(size, n, i) !=
		       cut_model_share(size, i, n);
	is_int((int64_t)bad, 0, "parts: size * i / n, without overflow");
	is_int((int64_t)ocr_cut_part_start(10, 3, 1), 3, "parts: 10 / 3");
}

static const char *
by_name(const struct ocr_cut_opt *opt)
{
	return opt->by == OCR_CUT_LINES     ? "lines"
	       : opt->by == OCR_CUT_RECORDS ? "records"
					    : "parts";
}

static int
explain(const struct ocr_cut_opt *opt, size_t len, const char *wrong)
{
	if (wrong == NULL)
		return 0;
	diag("%s: by %s, n %" PRIu64 ", max %zu%s%s, %zu bytes", wrong,
	    by_name(opt), opt->n, opt->max_bytes,
	    opt->is_max_wanted ? ", wanted" : "",
	    opt->is_long_cut ? ", long lines cut" : "", len);
	return 1;
}

/* Small inputs, every option, against the rule. */
static void
test_random(void)
{
	static uint8_t p[400];
	uint32_t state = 2, i, bad = 0;

	for (i = 0; i < N_RANDOM; i++) {
		struct ocr_cut_opt opt = {
		    .by = (enum ocr_cut_by)rnd(&state, 3),
		    .n = rnd(&state, 12),
		    .max_bytes = 1 + rnd(&state, 60),
		    .is_max_wanted = rnd(&state, 2),
		    .is_long_cut = rnd(&state, 2),
		};
		size_t len = rnd(&state, sizeof(p));

		if (opt.by != OCR_CUT_LINES)
			opt.n++;
		if (opt.by == OCR_CUT_RECORDS && opt.n > opt.max_bytes)
			opt.max_bytes = opt.n;
		fill(p, len, 1 + rnd(&state, 20), &state);
		bad += explain(&opt, len, cut_model_check(&opt, p, len));
	}
	is_int(bad, 0, "random bytes and options: file, reference, pipe");
}

/* Larger than every buffer inside; also one line end far away. */
static void
test_large(void)
{
	static const struct ocr_cut_opt opts[] = {
	    {.by = OCR_CUT_LINES, .max_bytes = 700000},
	    {.by = OCR_CUT_LINES, .max_bytes = 1},
	    {.by = OCR_CUT_LINES, .n = 9999, .max_bytes = 1 << 30},
	    {.by = OCR_CUT_LINES, .n = 1000000, .max_bytes = 1 << 30},
	    {.by = OCR_CUT_LINES,
		.n = 30000,
		.max_bytes = 1100000,
		.is_max_wanted = true},
	    {.by = OCR_CUT_LINES, .n = 100000, .max_bytes = 1100000},
	    {.by = OCR_CUT_RECORDS, .n = 3073, .max_bytes = 1 << 20},
	    {.by = OCR_CUT_PARTS, .n = 7},
	};
	const size_t len = 3000000;
	uint8_t *p = malloc(len);
	uint32_t state = 3;
	size_t i;

	if (p == NULL)
		return;
	fill(p, len, 40, &state);
	for (i = 0; i < sizeof(opts) / sizeof(*opts); i++)
		ok(!explain(&opts[i], len, cut_model_check(&opts[i], p, len)),
		    "3 MB by %s", by_name(&opts[i]));
	memset(p, 'x', len);
	p[5] = '\n';
	ok(!explain(&opts[0], len, cut_model_check(&opts[0], p, len)),
	    "the last line end is far away");
	free(p);
}

/* A pipe of packets: every read gives one byte. */
static void
test_short_reads(void)
{
	struct ocr_cut_opt opt = {.by = OCR_CUT_LINES, .max_bytes = 20};
	uint8_t p[200];
	uint32_t state = 4;
	size_t i;
	int fd[2], bad = 0;

	fill(p, sizeof(p), 6, &state);
	for (opt.n = 0; opt.n < 4; opt.n++) {
		opt.is_max_wanted = opt.is_long_cut = true;
		if (pipe2(fd, O_DIRECT) < 0 ||
		    fcntl(fd[1], F_SETPIPE_SZ, 1 << 20) < (1 << 20)) {
			skip(1, "no pipe of packets");
			return;
		}
		for (i = 0; i < sizeof(p); i++)
			bad += write(fd[1], p + i, 1) != 1;
		close(fd[1]);
		bad += explain(&opt, sizeof(p),
		    cut_model_check_fd(&opt, fd[0], p, sizeof(p), CUT_PIPE));
	}
	is_int(bad, 0, "a byte at a time");
}

/* The chunk is there when its last line is, not when a buffer is full. */
static void
test_prompt(void)
{
	struct ocr_cut_opt opt = {.by = OCR_CUT_LINES,
	    .n = 2,
	    .max_bytes = 1 << 20};
	struct ocr_room room = {.take = cut_room_take};
	struct ocr_chunk c = {.room = &room};
	struct cut_inputs in = {.o = ocr_origin_new("x", NULL)};
	struct ocr_err err = {0};
	struct ocr_cut s;
	int fd[2], r;

	if (in.o == NULL || pipe(fd) < 0)
		return;
	in.o->fd = fd[0];
	ocr_cut_init(&s, &opt, cut_inputs_next, &in);
	r = s.source.next(&s.source, &c, &err);
	is_int(r, 1, "prompt: the origin");
	ocr_chunk_reset(&c);
	is_int(write(fd[1], "a\nb\nc", 5), 5, "prompt: two lines and a bit");
	r = s.source.next(&s.source, &c, &err);
	is_int(r == 1 ? (int64_t)c.len : -1, 4, "prompt: two lines come out");
	close(fd[1]);
	ocr_chunk_reset(&c);
	r = s.source.next(&s.source, &c, &err);
	is_int(r == 1 ? (int64_t)c.len : -1, 1, "prompt: the rest at the end");
	ocr_chunk_reset(&c);
	is_int(s.source.next(&s.source, &c, &err), 0, "prompt: the end");
	ocr_cut_release(&s);
	free(c.data);
}

int
main(void)
{
	test_newlines();
	test_parts();
	test_random();
	test_large();
	test_short_reads();
	test_prompt();
	return done();
}
