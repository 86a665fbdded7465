/*
 * test_gunzip.c - gzip files through source, kernel and sink
 *
 * Every file is decoded with the kernel on all pieces, on some and on none, in
 * shuffled order, from a file and from a pipe: always the same bytes, or the
 * same complaint.
 */
#include "config.h"

#include "tests/unit/gunzip_run.h"
#include "tests/unit/gzip_make.h"
#include "tests/unit/tap.h"

#define RAW ((size_t)3 << 20)

/* The ways to decode a file; n_head for pipes only. */
static const struct gunzip_run ways[] = {
    {.kernel = GUNZIP_KERNEL_ALL, .fail_write = -1, .seed = 1},
    {.kernel = GUNZIP_KERNEL_SOME, .fail_write = -1, .seed = 2},
    {.kernel = GUNZIP_KERNEL_NONE, .fail_write = -1, .seed = 3},
    {.kernel = GUNZIP_KERNEL_ALL, .fail_write = -1, .seed = 4, .is_pipe = true},
    {.kernel = GUNZIP_KERNEL_SOME,
	.fail_write = -1,
	.seed = 5,
	.is_stepwise = true},
};
#define N_WAYS (sizeof(ways) / sizeof(*ways))

/* All ways agree with raw[0..n) and text; *inflated: pieces of use, way 0. */
static int
decodes(const struct gzip_file *f, const uint8_t *raw, size_t n,
    const char *text, unsigned *inflated)
{
	size_t i, n_good = 0;

	for (i = 0; i < N_WAYS; i++) {
		struct gunzip_run g = ways[i];

		g.n_head = g.is_pipe && f->n >= 512 ? 512 : 0;
		gunzip_run(&g, f->p, f->n);
		if (i == 0 && inflated != NULL)
			*inflated = g.n_inflated;
		if (g.n_out == n && (n == 0 || memcmp(g.out, raw, n) == 0) &&
		    strcmp(g.text, text) == 0 && g.run_status == 0 &&
		    g.n_end == 1 && g.max_write <= (size_t)4 << 20)
			n_good++;
		else
			diag("way %zu: %zu bytes of %zu, '%s'", i, g.n_out, n,
			    g.text);
		free(g.out);
	}
	return n_good == N_WAYS;
}

static uint8_t *
make_raw(enum gen_kind kind, size_t n, uint64_t seed)
{
	struct gen g = {.state = seed};
	uint8_t *raw = malloc(n + 1);

	gen_fill(&g, kind, raw, n);
	return raw;
}

static void
test_formats(enum gen_kind kind)
{
	static const size_t sizes[] = {0, 1, 4095, 65537, 1 << 20, RAW};
	uint8_t *raw = make_raw(kind, RAW, 7);
	struct gzip_file f = {0};
	unsigned inflated;
	size_t i, n;

	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		n = sizes[i];
		f.n = 0;
		gzip_add_own(&f, raw, n, 6, 1 << 20);
		ok(decodes(&f, raw, n, "", &inflated), "own, %zu bytes", n);
		is_int(inflated, (int64_t)((n + (1 << 20) - 1) >> 20),
		    "... by chunks");
		f.n = 0;
		gzip_add_own(&f, raw, n, 1, 40000);
		ok(decodes(&f, raw, n, "", &inflated), "small chunks");
		ok((inflated > 0) == (n > 0), "... groups of them");
		f.n = 0;
		gzip_add_members(&f, raw, n, 6, 1 << 20);
		ok(decodes(&f, raw, n, "", &inflated), "members");
		is_int(inflated, (int64_t)((n + (1 << 20) - 1) >> 20),
		    "... one by one");
		f.n = 0;
		gzip_add_members(&f, raw, n, 1, 5000);
		ok(decodes(&f, raw, n, "", &inflated), "small members");
		ok(n == 0 || (inflated > 0 && inflated < n / 65536 + 2),
		    "... groups of them");
		f.n = 0;
		gzip_add_bgzf(&f, raw, n, 6);
		ok(decodes(&f, raw, n, "", &inflated), "bgzf");
		ok(n == 0 || (inflated > 0 && inflated < n / 65536 + 2),
		    "... groups of blocks");
		f.n = 0;
		gzip_add_foreign(&f, raw, n, 6, 0, 0);
		ok(decodes(&f, raw, n, "", NULL), "foreign");
		f.n = 0;
		gzip_add_foreign(&f, raw, n, 6, 131072, Z_SYNC_FLUSH);
		ok(decodes(&f, raw, n, "", NULL), "foreign, flushed");
		f.n = 0;
		gzip_add_foreign(&f, raw, n, 6, 131072, Z_FULL_FLUSH);
		ok(decodes(&f, raw, n, "", &inflated), "independent");
		if (kind == GEN_RANDOM && n == RAW)
			is_int(inflated, RAW / 131072, "... by flushes");
		f.n = 0;
		gzip_add_foreign(&f, raw, n, 6, 1000, Z_FULL_FLUSH);
		ok(decodes(&f, raw, n, "", NULL), "flushed all the time");
	}
	free(f.p);
	free(raw);
}

/* Files behind each other, of all kinds. */
static void
test_chains(void)
{
	uint8_t *raw = make_raw(GEN_TEXT, RAW, 9);
	struct gzip_file f = {0};
	size_t n = 0, k = 300000, i;
	unsigned inflated;

	for (i = 0; i < 12; i++) {
		switch (i % 6) {
		case 0:
			gzip_add_own(&f, raw + n, k, 6, 100000);
			break;
		case 1:
			gzip_add_members(&f, raw + n, k, 6, 100000);
			break;
		case 2:
			gzip_add_bgzf(&f, raw + n, k, 6);
			break;
		case 3:
			gzip_add_foreign(&f, raw + n, k, 6, 0, 0);
			break;
		case 4:
			gzip_add_own(&f, raw + n, k, 6, 1 << 20);
			break;
		default:
			k = 0; /* empty ones */
			gzip_add_own(&f, raw, 0, 6, 1 << 20);
			gzip_add_foreign(&f, raw, 0, 6, 0, 0);
			break;
		}
		n += k;
		k = k > 0 ? k : 100001;
		ok(decodes(&f, raw, n, "", &inflated), "%zu files", i + 1);
		ok(inflated > 0, "... in parallel, at least in part");
	}
	f.n = 0;
	gzip_add_bgzf(&f, raw, 200000, 6);
	gzip_add_own(&f, raw + 200000, 200000, 6, 1 << 16);
	ok(decodes(&f, raw, 400000, "", NULL), "bgzf, then own");
	gzip_add_bgzf(&f, raw + 400000, 100000, 6);
	ok(decodes(&f, raw, 500000, "", NULL), "... then bgzf");
	f.n = 0;
	for (i = 0; i < 20; i++)
		gzip_add_own(&f, raw + i * 100000, 100000, 6, 1 << 16);
	ok(decodes(&f, raw, 2000000, "", &inflated), "20 of our own");
	is_int(inflated, 20, "... each in parallel");
	/* A file of ours that is stored within one. */
	memcpy(raw + 200000, f.p, f.n);
	n = f.n + 400000;
	f.n = 0;
	gzip_add_own(&f, raw, n, 0, 1 << 17);
	ok(decodes(&f, raw, n, "", &inflated), "one in one");
	ok(inflated > 0, "... is no reason to give up: %u", inflated);
	f.n = 0;
	for (i = 0; i < 500; i++)
		gzip_add_foreign(&f, raw + i * 10, 10, 6, 0, 0);
	ok(decodes(&f, raw, 5000, "", NULL), "500 small members");
	free(f.p);
	free(raw);
}

/* Marker bytes where no piece ends. */
static void
test_planted(void)
{
	static const uint8_t marker[4] = {0, 0, 0xff, 0xff};
	uint8_t *raw = make_raw(GEN_RANDOM, RAW, 11);
	struct gzip_file f = {0};
	size_t i;

	for (i = 1000; i + 4 < RAW; i += 37777)
		memcpy(raw + i, marker, 4);
	gzip_add_own(&f, raw, RAW, 6, 1 << 20);
	ok(decodes(&f, raw, RAW, "", NULL), "markers within stored data");
	f.n = 0;
	gzip_add_foreign(&f, raw, RAW, 0, 0, 0);
	ok(decodes(&f, raw, RAW, "", NULL), "... of another's file");
	for (i = 0; i + 4 < 100000; i += 4)
		memcpy(raw + i, marker, 4);
	f.n = 0;
	gzip_add_own(&f, raw, 200000, 0, 1 << 20);
	ok(decodes(&f, raw, 200000, "", NULL), "nothing but markers");
	free(f.p);
	free(raw);
}

/* One stored block, not the last one. */
static void
add_stored(struct gzip_file *f, const uint8_t *p, size_t n)
{
	uint8_t head[5] = {0, (uint8_t)n, (uint8_t)(n >> 8), (uint8_t)~n,
	    (uint8_t)(~n >> 8)};

	gzip_add(f, head, 5);
	gzip_add(f, p, n);
}

/*
 * A dynamic header whose code lengths are 16 x 0 and 256 x 8: they begin at a
 * byte, so 00 00 FF FF stands in it.  A decoder that stops there has not seen
 * the end of a block, however its state looks.
 */
static void
test_planted_in_header(void)
{
	struct ocr_join_opt opt = {.chunk_bytes = 1 << 20};
	uint8_t header[OCR_JOIN_HEADER_MAX] = {0}, ones[32], *raw;
	struct gzip_file f = {0};
	unsigned inflated;

	raw = make_raw(GEN_RANDOM, 4000, 13);
	memset(ones, 0xff, sizeof ones);
	gzip_add(&f, header, ocr_join_header(header, &opt, false, NULL));
	add_stored(&f, raw, 2000);
	/* final 0, type 2, HLIT 15, HDIST 0, HCLEN 1; lengths of 16 17 18 0 8:
	 * 0 0 0 1 1 */
	gzip_add(&f, "\x7c\x20\x00\x24", 4);
	gzip_add(&f, "\0\0", 2);
	gzip_add(&f, ones, 32);
	/* No distance code; then end of block, symbol 256: code 240, of which
	 * the first bit is the highest. */
	gzip_add(&f, "\x1e\0", 2);
	f.p[f.n - 1] = 0;
	/* The block ended after 1 + 8 bits; an empty stored one follows. */
	gzip_add(&f, "\0\0\xff\xff", 4);
	add_stored(&f, raw + 2000, 2000);
	gzip_add(&f, "\3\0", 2);
	gzip_add_trailer(&f, raw, 4000);
	ok(decodes(&f, raw, 4000, "", &inflated), "a marker in a header");
	is_int(inflated, 0, "... is no end");
	free(f.p);
	free(raw);
}

/* A chunk that looks back into the one before: nobody's, but valid. */
static void
test_history(void)
{
	struct ocr_join_opt opt = {.chunk_bytes = 1 << 17};
	uint8_t header[OCR_JOIN_HEADER_MAX] = {0};
	uint8_t *raw = make_raw(GEN_TEXT, RAW, 15);
	struct gzip_file f = {0}, foreign = {0};
	unsigned inflated;

	gzip_add_foreign(&foreign, raw, RAW, 6, 1 << 17, Z_SYNC_FLUSH);
	gzip_add(&f, header, ocr_join_header(header, &opt, false, NULL));
	gzip_add(&f, foreign.p + 10, foreign.n - 10);
	ok(decodes(&f, raw, RAW, "", &inflated), "dependent chunks");
	is_int(inflated, 1, "... but the first are not taken for others");
	free(f.p);
	free(foreign.p);
	free(raw);
}

/* Sizes in FEXTRA that are not true. */
static void
test_lies(void)
{
	static const uint32_t chunks[] = {1, 2, 4096, 1 << 30};
	uint8_t *raw = make_raw(GEN_TEXT, RAW, 17);
	struct gzip_file f = {0};
	size_t i, at;

	gzip_add_own(&f, raw, RAW, 1, 1 << 20);
	for (i = 0; i < sizeof(chunks) / sizeof(*chunks); i++) {
		size_t end = f.n;

		f.n = 16; /* behind XLEN, "OC" and its length */
		gzip_add_le32(&f, chunks[i]);
		f.n = end;
		ok(decodes(&f, raw, RAW, "", NULL), "OC says %u", chunks[i]);
	}
	for (i = 24; i < 32; i++) {
		for (at = 0; at < 256; at += 51) {
			f.n = 0;
			gzip_add_members(&f, raw, 200000, 1, 100000);
			f.p[i] ^= (uint8_t)(at + 1);
			if (!decodes(&f, raw, 200000, "", NULL))
				break;
		}
		ok(at >= 256, "OM lies in byte %zu", i - 24);
	}
	for (i = 16; i < 18; i++) {
		for (at = 0; at < 256; at += 51) {
			f.n = 0;
			gzip_add_bgzf(&f, raw, 200000, 1);
			f.p[i] ^= (uint8_t)(at + 1);
			if (!decodes(&f, raw, 200000, "", NULL))
				break;
		}
		ok(at >= 256, "BC lies in byte %zu", i - 16);
	}
	free(f.p);
	free(raw);
}

/* What a file cut at n bytes must say. */
static int
cut_is_noticed(const struct gzip_file *f, size_t n, const uint8_t *raw,
    size_t n_raw, enum gunzip_kernel kernel)
{
	struct gunzip_run g = {.kernel = kernel, .fail_write = -1, .seed = n};
	int held;

	gunzip_run(&g, f->p, n);
	held = g.n_failed == 1 && g.n_end == 1 && g.n_ok == 0 &&
	       g.n_out <= n_raw &&
	       (g.n_out == 0 || memcmp(g.out, raw, g.n_out) == 0) &&
	       (strncmp(g.text, "x: unexpected end of file", 25) == 0 ||
		   strcmp(g.text,
		       "x: end marker is missing: the file was cut") == 0);
	if (!held)
		diag("cut at %zu: '%s'", n, g.text);
	free(g.out);
	return held;
}

static void
test_cut_everywhere(void)
{
	static const char *const names[] = {"own", "members", "bgzf", "foreign",
	    "flushed"};
	uint8_t *raw = make_raw(GEN_TEXT, 3000, 19);
	struct gzip_file f = {0};
	size_t kind, n;

	for (kind = 0; kind < 5; kind++) {
		f.n = 0;
		if (kind == 0)
			gzip_add_own(&f, raw, 3000, 6, 500);
		else if (kind == 1)
			gzip_add_members(&f, raw, 3000, 6, 500);
		else if (kind == 2)
			gzip_add_bgzf(&f, raw, 3000, 6);
		else if (kind == 3)
			gzip_add_foreign(&f, raw, 3000, 6, 0, 0);
		else
			gzip_add_foreign(&f, raw, 3000, 6, 400, Z_FULL_FLUSH);
		for (n = 0; n < f.n; n++)
			if (!cut_is_noticed(&f, n, raw, 3000,
				n % 2 == 0 ? GUNZIP_KERNEL_ALL
					   : GUNZIP_KERNEL_NONE))
				break;
		is_int((int64_t)n, (int64_t)f.n, names[kind]);
	}
	free(f.p);
	free(raw);
}

static void
test_cut_texts(void)
{
	uint8_t *raw = make_raw(GEN_TEXT, RAW, 21);
	struct gzip_file f = {0};
	size_t n;

	gzip_add_own(&f, raw, RAW, 6, 1 << 20);
	f.n -= 10; /* the final block and the trailer */
	ok(decodes(&f, raw, RAW,
	       "x: unexpected end of file after 3 whole chunks", NULL),
	    "cut behind a chunk");
	f.n = 0;
	gzip_add_members(&f, raw, RAW, 6, 1 << 20);
	n = f.n;
	f.n -= 34;
	ok(decodes(&f, raw, RAW, "x: end marker is missing: the file was cut",
	       NULL),
	    "members without their end");
	f.n = n - 1;
	ok(decodes(&f, raw, RAW, "x: unexpected end of file", NULL),
	    "... with a part of it");
	f.n = 0;
	gzip_add_bgzf(&f, raw, RAW, 6);
	f.n -= 28;
	ok(decodes(&f, raw, RAW, "x: end marker is missing: the file was cut",
	       NULL),
	    "bgzf without its end");
	gzip_add_foreign(&f, raw, 0, 6, 0, 0);
	ok(decodes(&f, raw, RAW, "x: end marker is missing: the file was cut",
	       NULL),
	    "... nor does a plain member end it");
	gzip_add_bgzf(&f, raw, 0, 6);
	ok(decodes(&f, raw, RAW, "", NULL), "... but an end marker does");
	free(f.p);
	free(raw);
}

/* No byte of data may be changed without notice. */
static void
test_flips(void)
{
	uint8_t *raw = make_raw(GEN_TEXT, 3000, 23);
	struct gzip_file f = {0};
	size_t i, kind;
	unsigned bit;

	for (kind = 0; kind < 3; kind++) {
		f.n = 0;
		if (kind == 0)
			gzip_add_own(&f, raw, 3000, 6, 1000);
		else if (kind == 1)
			gzip_add_members(&f, raw, 3000, 6, 1000);
		else
			gzip_add_bgzf(&f, raw, 3000, 6);
		for (i = 0; i < f.n; i++) {
			struct gunzip_run g = {.fail_write = -1,
			    .kernel = GUNZIP_KERNEL_ALL,
			    .seed = i};

			bit = 1U << i % 8;
			f.p[i] ^= (uint8_t)bit;
			gunzip_run(&g, f.p, f.n);
			f.p[i] ^= (uint8_t)bit;
			if (g.n_ok == 1 &&
			    (g.n_out != 3000 ||
				memcmp(g.out, raw, 3000) != 0) &&
			    g.n_garbage == 0)
				break;
			free(g.out);
		}
		is_int((int64_t)i, (int64_t)f.n, "flipped bits are noticed");
	}
	free(f.p);
	free(raw);
}

static void
test_trailer(void)
{
	uint8_t *raw = make_raw(GEN_TEXT, 100000, 25);
	static const char crc[] = "x: crc mismatch: the file is damaged";
	static const char len[] = "x: length mismatch: the file is damaged";
	struct gzip_file f = {0};

	gzip_add_own(&f, raw, 100000, 6, 20000);
	f.p[f.n - 8] ^= 1;
	ok(decodes(&f, raw, 100000, crc, NULL), "wrong crc");
	f.p[f.n - 8] ^= 1;
	f.p[f.n - 1] ^= 1;
	ok(decodes(&f, raw, 100000, len, NULL), "wrong length");
	f.n = 0;
	gzip_add_members(&f, raw, 100000, 6, 200000);
	f.p[f.n - 34 - 8] ^= 1;
	ok(decodes(&f, raw, 100000, crc, NULL), "wrong crc of a member");
	f.p[f.n - 34 - 8] ^= 1;
	f.p[f.n - 34 - 1] ^= 1;
	ok(decodes(&f, raw, 100000, len, NULL), "wrong length of a member");
	free(f.p);
	free(raw);
}

static void
test_behind(void)
{
	static const struct {
		const char *what, *bytes;
		size_t n;
		const char *text;
	} t[] = {
	    {"one zero", "\0", 1, ""},
	    {"zeros", "\0\0\0\0\0\0\0\0", 8, ""},
	    {"garbage", "garbage", 7, "x: trailing garbage ignored"},
	    {"zeros, garbage", "\0\0g", 3, "x: trailing garbage ignored"},
	    {"zeros, a header", "\0\x1f\x8b\x08", 4,
		"x: trailing garbage ignored"},
	    {"half a magic", "\x1f", 1, "x: unexpected end of file"},
	    {"half a magic, more", "\x1f\x8c", 2,
		"x: trailing garbage ignored"},
	    {"a magic", "\x1f\x8b", 2, "x: unexpected end of file"},
	    {"a bad header", "\x1f\x8b\x07", 3,
		"x: unknown compression method 7"},
	    {"a bad flag", "\x1f\x8b\x08\xe0", 4,
		"x: unknown flags 0xe0 in the header"},
	};
	uint8_t *raw = make_raw(GEN_TEXT, 5000, 27);
	struct gzip_file f = {0};
	size_t i, kind;

	for (kind = 0; kind < 3; kind++) {
		for (i = 0; i < sizeof(t) / sizeof(*t); i++) {
			f.n = 0;
			if (kind == 0)
				gzip_add_own(&f, raw, 5000, 6, 1000);
			else if (kind == 1)
				gzip_add_bgzf(&f, raw, 5000, 6);
			else
				gzip_add_foreign(&f, raw, 5000, 6, 0, 0);
			gzip_add(&f, t[i].bytes, t[i].n);
			ok(decodes(&f, raw, 5000, t[i].text, NULL), "%s",
			    t[i].what);
		}
		f.n = f.n - t[i - 1].n;
		for (i = 0; i < 300000; i++)
			gzip_add(&f, "", 1);
		ok(decodes(&f, raw, 5000, "", NULL), "many zeros");
	}
	free(f.p);
	free(raw);
}

static void
test_no_gzip(void)
{
	static const struct {
		const char *what, *bytes;
		size_t n;
		const char *text;
		bool is_passed;
	} t[] = {
	    {"nothing", "", 0, "x: unexpected end of file", true},
	    {"one byte", "a", 1, "x: not in gzip format", true},
	    {"half a magic", "\x1f", 1, "x: unexpected end of file", true},
	    {"compress", "\x1f\x9d\x90", 3, "x: not in gzip format", true},
	    {"zlib", "x\x9c\3\0\0\0\0\1", 8, "x: not in gzip format", true},
	    {"zip", "PK\3\4", 4, "x: not in gzip format", true},
	    {"zeros", "\0\0\0\0", 4, "x: not in gzip format", true},
	    {"a method", "\x1f\x8b\7", 3, "x: unknown compression method 7",
		false},
	    {"a magic", "\x1f\x8b", 2, "x: unexpected end of file", false},
	};
	struct gzip_file f = {0};
	size_t i;

	gzip_add(&f, "", 1);
	for (i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct gunzip_run g = {.fail_write = -1, .is_passing = true};

		f.n = 0;
		gzip_add(&f, t[i].bytes, t[i].n);
		ok(decodes(&f, NULL, 0, t[i].text, NULL), "%s", t[i].what);
		gunzip_run(&g, f.p, f.n);
		ok(!t[i].is_passed ||
			(g.n_ok == 1 && g.n_out == t[i].n &&
			    (t[i].n == 0 ||
				memcmp(g.out, t[i].bytes, t[i].n) == 0)),
		    "... passed through");
		ok(t[i].is_passed || strcmp(g.text, t[i].text) == 0,
		    "... or refused");
		free(g.out);
	}
	free(f.p);
}

static void
test_passing_long(void)
{
	struct gunzip_run g = {.fail_write = -1,
	    .is_passing = true,
	    .kernel = GUNZIP_KERNEL_ALL};
	uint8_t *raw = make_raw(GEN_RANDOM, RAW, 29);

	raw[0] = 'r';
	gunzip_run(&g, raw, RAW);
	is_int((int64_t)g.n_out, RAW, "a long file is passed through");
	is_mem(g.out, raw, RAW, "... as it is");
	free(g.out);
	free(raw);
}

/* Names and comments that go over the ends of pieces. */
static void
test_long_header(void)
{
	uint8_t *raw = make_raw(GEN_TEXT, 5000, 31);
	struct gzip_file f = {0}, data = {0};
	struct gunzip_run g = {.fail_write = -1};
	size_t i, k;

	gzip_add_foreign(&data, raw, 5000, 6, 0, 0);
	for (k = 0; k < 3; k++) {
		gzip_add(&f, "\x1f\x8b\x08\x18\0\0\0\0\0\3", 10);
		for (i = 1; i < OCR_GZIP_TEXT_MAX_BYTES; i++)
			gzip_add(&f, "n", 1);
		gzip_add(&f, "", 1);
		for (i = 1; i < OCR_GZIP_TEXT_MAX_BYTES; i++)
			gzip_add(&f, "c", 1);
		gzip_add(&f, "", 1);
		gzip_add(&f, data.p + 10, data.n - 10);
		if (k == 0)
			ok(decodes(&f, raw, 5000, "", NULL), "a long header");
	}
	gunzip_run(&g, f.p, f.n);
	ok(g.n_ok == 1 && g.n_out == 15000, "... and three of them");
	ok(strlen(g.name) == sizeof(g.name) - 1, "... its name is known");
	free(g.out);
	free(f.p);
	free(data.p);
	free(raw);
}

static void
test_limit(void)
{
	static const char text[] = "x: output is larger than --limit 1048576";
	uint8_t *raw = make_raw(GEN_CONSTANT, 20 * RAW, 33);
	struct gzip_file f = {0};
	size_t i;

	for (i = 0; i < N_WAYS; i++) {
		struct gunzip_run g = ways[i];

		g.limit_bytes = 1 << 20;
		f.n = 0;
		gzip_add_foreign(&f, raw, 20 * RAW, 9, 0, 0);
		gunzip_run(&g, f.p, f.n);
		ok(g.n_failed == 1 && strcmp(g.text, text) == 0, "a bomb");
		ok(g.n_out <= 1 << 20, "... is not let out");
		free(g.out);
		g = ways[i];
		g.limit_bytes = 1 << 20;
		f.n = 0;
		gzip_add_own(&f, raw, 1 << 20, 9, 1 << 18);
		gunzip_run(&g, f.p, f.n);
		ok(g.n_ok == 1 && g.n_out == 1 << 20, "just within the limit");
		free(g.out);
		g = ways[i];
		g.limit_bytes = 1 << 20;
		gzip_add_own(&f, raw, 1, 9, 1 << 18);
		gunzip_run(&g, f.p, f.n);
		ok(g.n_failed == 1 && strcmp(g.text, text) == 0,
		    "one byte more, in another member");
		free(g.out);
	}
	free(f.p);
	free(raw);
}

/* A match that reaches too far back gives no bytes, least of all stale ones. */
static void
test_too_far_back(void)
{
	uint8_t *raw = make_raw(GEN_RANDOM, 5000, 43), buf[6000];
	struct gzip_file f = {0};
	z_stream z = {0};
	size_t i;

	if (deflateInit2(&z, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) !=
		Z_OK ||
	    deflateSetDictionary(&z, raw, 1000) != Z_OK)
		abort();
	memcpy(raw + 3000, raw, 300);
	z.next_in = raw + 2000;
	z.avail_in = 3000;
	z.next_out = buf;
	z.avail_out = sizeof(buf);
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		abort();
	/* First something whose bytes could be left in a buffer. */
	gzip_add_foreign(&f, raw, 5000, 6, 0, 0);
	gzip_add(&f, "\x1f\x8b\x08\0\0\0\0\0\0\3", 10);
	gzip_add(&f, buf, z.total_out);
	gzip_add_trailer(&f, raw + 2000, 3000);
	deflateEnd(&z);
	for (i = 0; i < N_WAYS; i++) {
		struct gunzip_run g = ways[i];

		gunzip_run(&g, f.p, f.n);
		ok(g.n_failed == 1 && g.n_out >= 5000 && g.n_out <= 6001 &&
			memcmp(g.out, raw, 5000) == 0 &&
			memcmp(g.out + 5000, raw + 2000, g.n_out - 5000) == 0,
		    "too far back: %zu bytes before", g.n_out - 5000);
		free(g.out);
	}
	free(f.p);
	free(raw);
}

/* One bad file of several does not stop the others. */
static void
test_inputs(void)
{
	uint8_t *raw = make_raw(GEN_TEXT, 50000, 35);
	struct gzip_file good = {0}, bad = {0};
	size_t i;

	gzip_add_own(&good, raw, 50000, 6, 10000);
	gzip_add_own(&bad, raw, 50000, 6, 10000);
	memset(bad.p + bad.n / 2, 0xff, 20);
	for (i = 0; i < N_WAYS; i++) {
		struct gunzip_run g = ways[i];
		const uint8_t *in[] = {good.p, bad.p, NULL, good.p, raw,
		    good.p};
		const size_t n_in[] = {good.n, bad.n, 0, good.n, 50000, good.n};

		gunzip_run_inputs(&g, in, n_in, 6);
		ok(g.n_end == 6 && g.n_ok == 3 && g.n_failed == 3 &&
			g.n_garbage == 0,
		    "three good ones of six");
		is_int(g.run_status, 0, "... and the run goes on");
		is_int(g.finish_status, -OCR_EFORMAT, "... its status");
		ok(strncmp(g.text, "x1: ", 4) == 0 &&
			strstr(g.text, "\ncannot open x2\nx4: not in gzip "
				       "format") != NULL,
		    "... what it says");
		ok(g.n_out == 50000 && memcmp(g.out, raw, 50000) == 0,
		    "the last one is right");
		free(g.out);
	}
	free(good.p);
	free(bad.p);
	free(raw);
}

static void
test_output_fails(void)
{
	uint8_t *raw = make_raw(GEN_TEXT, 50000, 37);
	struct gzip_file f = {0};
	size_t i;

	gzip_add_own(&f, raw, 50000, 6, 10000);
	for (i = 0; i < N_WAYS; i++) {
		struct gunzip_run g = ways[i];

		g.fail_begin = -OCR_EIO;
		gunzip_run(&g, f.p, f.n);
		ok(g.run_status == 0 && g.n_failed == 1 && g.n_end == 1 &&
			strcmp(g.text, "x: begin") == 0,
		    "begin fails: this file only");
		free(g.out);
		g = ways[i];
		g.fail_write = 20000;
		gunzip_run(&g, f.p, f.n);
		ok(g.run_status == -OCR_EIO && g.n_end == 1 && g.n_ok == 0 &&
			strcmp(g.text, "write failed") == 0,
		    "write fails: the run");
		free(g.out);
	}
	free(f.p);
	free(raw);
}

static void
test_hints(void)
{
	size_t n = 4 * RAW;
	uint8_t *raw = make_raw(GEN_BASE64, n, 39);
	struct gunzip_run g = {.kernel = GUNZIP_KERNEL_ALL,
	    .fail_write = -1,
	    .is_stepwise = true};
	struct gzip_file f = {0};

	/* Only copies from before the flush make the pieces dependent. */
	memcpy(raw + n / 2, raw, 100);
	for (size_t i = 65536; i < n; i += 32768)
		memcpy(raw + i, raw + i - 200, 150);
	gzip_add_foreign(&f, raw, n, 6, 32768, Z_SYNC_FLUSH);
	gunzip_run(&g, f.p, f.n);
	ok(g.n_ok == 1 && g.n_out == n, "a file with dependent pieces");
	ok(g.n_pieces < 80, "... soon comes in large ones: %u", g.n_pieces);
	free(g.out);
	g = (struct gunzip_run){.kernel = GUNZIP_KERNEL_ALL,
	    .fail_write = -1,
	    .is_stepwise = true};
	f.n = 0;
	gzip_add_own(&f, raw, n, 6, 65536);
	memset(f.p + 1000, 0xff, 100);
	gunzip_run(&g, f.p, f.n);
	ok(g.n_failed == 1 && g.n_pieces < 5, "a bad one is not read on: %u",
	    g.n_pieces);
	ok(strncmp(g.text, "x: invalid deflate data near compressed byte 1",
	       46) == 0,
	    "... %s", g.text);
	free(g.out);
	free(f.p);
	free(raw);
}

/* The kernel on a chunk of a stream: its status. */
static int
run_chunk(enum ocr_type type, const struct gzip_file *f, uint64_t raw_len,
    uint32_t crc, uint64_t limit, const uint8_t *want)
{
	struct ocr_inflate_opt opt = {.limit_bytes = limit};
	struct ocr_job job = {.in = &job.in_chunk, .out = &job.out_chunk};
	struct ocr_err err = {0};
	struct ocr_kernel k;
	void *state = NULL;
	int r;

	ocr_inflate_kernel_init(&k, &opt);
	if (k.open(&k, &state, &err) < 0)
		abort();
	job.in->type = type;
	job.in->data = f->p;
	job.in->len = f->n;
	job.in->has_raw = crc != 0;
	job.in->raw_len = raw_len;
	job.in->raw_crc = crc;
	job.out->cap = k.out_bytes(&k, job.in, f->n);
	if (job.out->cap > (size_t)64 << 20)
		abort();
	job.out->data = malloc(job.out->cap + 1);
	r = k.run(state, &job);
	if (r == 0 && (job.out->len != raw_len || job.out->type != OCR_RAW ||
			  !job.out->has_raw || job.out->raw_crc != crc ||
			  memcmp(job.out->data, want, raw_len) != 0))
		r = 1;
	if (r < 0)
		diag("%s", job.err.text);
	k.close(state);
	free(job.out->data);
	return r;
}

static void
test_stream_kernel(void)
{
	size_t n = 300000;
	uint8_t *raw = make_raw(GEN_TEXT, n, 41);
	uint32_t crc = (uint32_t)crc32(0, raw, (uInt)n);
	struct gzip_file f[4] = {0};
	static const enum ocr_type types[] = {OCR_DEFLATE, OCR_MEMBERS,
	    OCR_BGZF, OCR_RAW};
	int i;

	gzip_add_deflate(&f[0], raw, n, 6, Z_FULL_FLUSH);
	gzip_add_member(&f[1], raw, n, 6, 1 << 20);
	for (size_t at = 0; at < n; at += 60000)
		gzip_add_block(&f[2], raw + at, 60000, 6);
	gzip_add(&f[3], raw, n);
	for (i = 0; i < 4; i++) {
		const struct gzip_file *c = &f[i];

		is_int(run_chunk(types[i], c, n, crc, 0, raw), 0, "right");
		is_int(run_chunk(types[i], c, n, crc, n, raw), 0, "at limit");
		is_int(run_chunk(types[i], c, n, crc ^ 1, 0, raw), -OCR_EFORMAT,
		    "crc");
		is_int(run_chunk(types[i], c, n - 1, crc, 0, raw), -OCR_EFORMAT,
		    "too long");
		is_int(run_chunk(types[i], c, n + 1, crc, 0, raw), -OCR_EFORMAT,
		    "too short");
		is_int(run_chunk(types[i], c, n, 0, 0, raw), -OCR_EFORMAT,
		    "no length known");
		is_int(run_chunk(types[i], c, n, crc, n - 1, raw), -OCR_ELIMIT,
		    "over the limit");
		is_int(run_chunk(types[i], c, UINT64_MAX, crc, 0, raw),
		    -OCR_EFORMAT, "an absurd length");
		is_int(run_chunk(types[i], c, (uint64_t)1 << 30, crc, 0, raw),
		    -OCR_EFORMAT, "an impossible length");
	}
	f[0].n -= 4;
	is_int(run_chunk(OCR_DEFLATE, &f[0], n, crc, 0, raw), -OCR_EFORMAT,
	    "a piece without its end");
	f[0].n = 0;
	is_int(run_chunk(OCR_DEFLATE, &f[0], 0, crc, 0, raw), -OCR_EFORMAT,
	    "an empty piece with a wrong crc");
	for (i = 0; i < 4; i++)
		free(f[i].p);
	free(raw);
}

int
main(void)
{
	test_formats(GEN_TEXT);
	test_formats(GEN_RANDOM);
	test_formats(GEN_CONSTANT);
	test_chains();
	test_planted();
	test_planted_in_header();
	test_history();
	test_lies();
	test_cut_everywhere();
	test_cut_texts();
	test_flips();
	test_trailer();
	test_behind();
	test_no_gzip();
	test_passing_long();
	test_long_header();
	test_limit();
	test_too_far_back();
	test_inputs();
	test_output_fails();
	test_hints();
	test_stream_kernel();
	return done();
}
