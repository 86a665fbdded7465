/*
 * test_scan.c - k_scan and k_scan_unfinish against other people's inflate
 *
 * Whole, cut and damaged streams of libdeflate and zlib: the scanner has to
 * give zlib's verdict, length, end and last header.  One difference is meant:
 * it does not notice distances that reach before the start.
 */
#include <stdlib.h>

#include "kernels/k_scan.h"
#include "tests/unit/gen.h"
#include "tests/unit/inflate.h"
#include "tests/unit/streams.h"
#include "tests/unit/tap.h"

#define SEED 4711
#define MAX_LEN (1U << 20)
#define MAX_STREAM (2 * MAX_LEN)

struct test {
	struct gen g;
	struct k_scan_table table;
	struct libdeflate_compressor *level[13];
	uint8_t raw[MAX_LEN + 1];
	uint8_t stream[MAX_STREAM];
	uint8_t out[MAX_STREAM];
	uint8_t back[MAX_STREAM];
};

/* What zlib says of a stream. */
struct verdict {
	int is_good;
	int is_far; /* refused only for a distance */
	uint64_t n_in;
	uint64_t out_len;
	uint64_t header_bit;
	uint32_t n_blocks;
};

static struct verdict
judge(const uint8_t *in, size_t len, uint8_t *out, size_t cap)
{
	struct verdict v = {0};
	z_stream z;
	int r;

	memset(&z, 0, sizeof z);
	if (inflateInit2(&z, -15) != Z_OK)
		abort();
	z.next_in = (uint8_t *)(uintptr_t)in;
	z.avail_in = (uInt)len;
	z.next_out = out;
	z.avail_out = (uInt)cap;
	while ((r = inflate(&z, Z_BLOCK)) == Z_OK) {
		if (z.data_type & 128)
			v.n_blocks++;
		else if (z.avail_in == 0)
			break;
		/* 64: the block that ended was the last one. */
		if ((z.data_type & (128 | 64)) == 128)
			v.header_bit = z.total_in * 8 - (z.data_type & 31);
	}
	v.is_good = r == Z_STREAM_END;
	v.is_far = r == Z_DATA_ERROR && z.msg != NULL &&
		   strstr(z.msg, "too far back") != NULL;
	v.n_in = z.total_in;
	v.out_len = z.total_out;
	inflateEnd(&z);
	return v;
}

/* Scans an exact copy, so that a sanitizer sees an overread. */
static int
scan(struct test *t, const uint8_t *in, size_t len, uint64_t max_out,
    struct k_scan_result *r)
{
	uint8_t *copy = calloc(len > 0 ? len : 1, 1);
	int rc;

	if (copy == NULL)
		abort();
	memcpy(copy, in, len);
	memset(&t->table, 0xa5, sizeof t->table);
	rc = k_scan(copy, len, max_out, &t->table, r);
	free(copy);
	return rc;
}

/* Whether the reopened stream inflates to want[0..n) everywhere. */
static int
reopens(struct test *t, const uint8_t *in, size_t len,
    const struct k_scan_result *r, const uint8_t *want, size_t n)
{
	uint8_t *piece = t->back;
	size_t got;

	memcpy(piece, in, len);
	got = k_scan_unfinish(piece, len, len + K_SCAN_UNFINISH_ROOM, r);
	return got > 0 && got <= len + K_SCAN_UNFINISH_ROOM &&
	       ends_in_marker(piece, got) &&
	       inflate_piece(piece, got, want, n, t->out) == 3;
}

/* zlib in one of its many moods, with a flush in the middle. */
static size_t
zlib_stream(struct test *t, size_t n)
{
	static const int strategy[] = {Z_DEFAULT_STRATEGY, Z_FIXED,
	    Z_HUFFMAN_ONLY, Z_RLE, Z_FILTERED};
	size_t first = gen_below(&t->g, n + 1);
	int level = (int)gen_below(&t->g, 10);
	int window = -9 - (int)gen_below(&t->g, 7);
	int memory = 1 + (int)gen_below(&t->g, 9);
	z_stream z;

	memset(&z, 0, sizeof z);
	if (deflateInit2(&z, level, Z_DEFLATED, window, memory,
		strategy[gen_below(&t->g, 5)]) != Z_OK)
		abort();
	z.next_in = t->raw;
	z.avail_in = (uInt)first;
	z.next_out = t->stream;
	z.avail_out = sizeof t->stream;
	deflate(&z, gen_u32(&t->g) % 2 ? Z_FULL_FLUSH : Z_PARTIAL_FLUSH);
	z.avail_in = (uInt)(n - first);
	deflate(&z, Z_FINISH);
	deflateEnd(&z);
	return z.total_out;
}

static size_t
any_stream(struct test *t, size_t n)
{
	if (gen_u32(&t->g) % 3 == 0)
		return zlib_stream(t, n);
	return libdeflate_deflate_compress(t->level[1 + gen_below(&t->g, 12)],
	    t->raw, n, t->stream, sizeof t->stream);
}

/* Changes up to three bits or bytes, often in the header, or cuts. */
static size_t
damage(struct test *t, size_t len)
{
	for (uint32_t k = gen_u32(&t->g) % 4; k > 0; k--) {
		uint32_t how = gen_u32(&t->g) % 10;
		size_t span = how < 3 && len > 80 ? 80 : len;

		if (how < 6)
			t->stream[gen_below(&t->g, span)] ^=
			    (uint8_t)(1U << gen_below(&t->g, 8));
		else if (how < 8)
			t->stream[gen_below(&t->g, len)] =
			    (uint8_t)gen_u32(&t->g);
		else
			len -= gen_below(&t->g, len < 9 ? len : 9);
	}
	return len;
}

/* Whether scanner and zlib agree on stream[0..len); counts in n[]. */
static int
same_verdict(struct test *t, size_t len, int n[3])
{
	struct k_scan_result r;
	struct verdict v = judge(t->stream, len, t->out, sizeof t->out);
	int rc = scan(t, t->stream, len, sizeof t->out, &r);

	n[0] += v.is_good;
	n[1] += !v.is_good && rc != 0;
	n[2] += v.is_far && rc == 0;
	if (!v.is_good)
		return rc != 0 || v.is_far;
	if (rc != 0 || r.out_len != v.out_len || r.n_blocks != v.n_blocks ||
	    (r.end_bit + 7) / 8 != v.n_in || r.last_header_bit != v.header_bit)
		return 0;
	if (n[0] % 4 != 0)
		return 1;
	memcpy(t->raw, t->out, v.out_len < sizeof t->raw ? v.out_len : 0);
	return v.out_len >= sizeof t->raw ||
	       reopens(t, t->stream, v.n_in, &r, t->raw, v.out_len);
}

static void
test_against_zlib(struct test *t)
{
	int n[3] = {0}, n_bad = 0;

	for (int k = 0; k < 4000; k++) {
		size_t len = 1 + gen_below(&t->g, k % 16 ? 5000 : 100000);

		gen_fill(&t->g, (enum gen_kind)(k % GEN_N_KINDS), t->raw, len);
		n_bad += !same_verdict(t, damage(t, any_stream(t, len)), n);
	}
	is_int(n_bad, 0, "zlib's verdict on whole and damaged streams");
	diag("good %d, refused %d, too far back %d", n[0], n[1], n[2]);
	ok(n[0] > 1000 && n[1] > 500, "both verdicts were seen");
}

static void
test_rubbish(struct test *t)
{
	int n[3] = {0}, n_bad = 0;

	for (int k = 0; k < 20000; k++) {
		size_t len = 1 + gen_below(&t->g, 200);

		gen_fill(&t->g, GEN_RANDOM, t->stream, len);
		if (k % 2) /* dynamic blocks get furthest */
			t->stream[0] =
			    (uint8_t)((t->stream[0] & ~7) | 4 | (k / 2 & 1));
		n_bad += !same_verdict(t, len, n);
	}
	is_int(n_bad, 0, "zlib's verdict on random bytes");
}

static int
whole(struct test *t, int level, size_t n)
{
	struct k_scan_result r;
	size_t len = libdeflate_deflate_compress(t->level[level], t->raw, n,
	    t->stream, sizeof t->stream);

	return scan(t, t->stream, len, n, &r) == 0 && r.out_len == n &&
	       (r.end_bit + 7) / 8 == len &&
	       (n == 0 ||
		   scan(t, t->stream, len, n - 1, &r) == K_SCAN_ELIMIT) &&
	       scan(t, t->stream, len, n, &r) == 0 &&
	       reopens(t, t->stream, len, &r, t->raw, n);
}

static void
test_lengths(struct test *t)
{
	static const size_t len[] = {65535, 65536, 262143, 262144, 262145,
	    MAX_LEN};
	int held = 1;

	for (int kind = 0; kind < GEN_N_KINDS; kind++) {
		gen_fill(&t->g, (enum gen_kind)kind, t->raw, MAX_LEN);
		for (size_t n = 0; n < 40; n++)
			held &= whole(t, 6, n);
		for (int i = 0; i < 6; i++)
			held &= whole(t, i % 2 ? 1 : 4, len[i]);
	}
	ok(held, "streams of 0, 1, 2, ... bytes up to 1 MiB");
}

/*
 * A block of random symbols in a random code, their output counted on the
 * way: sums of long codes and extra bits that no compressor would write.
 */
static int
random_block(struct test *t, int is_literal)
{
	uint8_t len[N_LITLEN + N_DIST];
	uint16_t litlen[N_LITLEN], dist[N_DIST];
	struct bits b = {t->stream, 0};
	struct k_scan_result r;
	uint64_t out = 0;
	uint32_t sym = 0;

	random_code(&t->g, is_literal, len);
	k_huff_codes(len, N_LITLEN, litlen);
	k_huff_codes(len + N_LITLEN, N_DIST, dist);
	put_header(&b, len, N_LITLEN, N_DIST);
	for (size_t n = gen_below(&t->g, 1000); n > 0; n--) {
		sym = random_symbol(&t->g, len, n > 1 ? N_LITLEN : 256);
		if (sym == 256)
			continue;
		if (is_literal && sym > 256 && gen_u32(&t->g) % 2)
			sym = random_symbol(&t->g, len, 256);
		put(&b, litlen[sym], len[sym]);
		out++;
		if (sym < 256)
			continue;
		out += put_length(&b, &t->g, sym) - 1;
		sym = random_symbol(&t->g, len + N_LITLEN, N_DIST);
		put(&b, dist[sym], len[N_LITLEN + sym]);
		put(&b, gen_u32(&t->g), sym < 2 ? 0 : sym / 2 - 1);
	}
	put(&b, litlen[256], len[256]);
	return scan(t, b.p, (b.n + 7) / 8, UINT64_MAX, &r) == 0 &&
	       r.out_len == out && r.end_bit == b.n;
}

static void
test_random_codes(struct test *t)
{
	int n_bad = 0;

	for (int k = 0; k < 1500; k++)
		n_bad += !random_block(t, 0);
	is_int(n_bad, 0, "random codes");
	n_bad = 0;
	for (int k = 0; k < 1500; k++)
		n_bad += !random_block(t, 1);
	is_int(n_bad, 0, "random codes with few lengths");
}

static void
gives(struct test *t, const struct bits *b, int want, const char *name)
{
	struct k_scan_result r;
	size_t len = (b->n + 7) / 8;
	struct verdict v = judge(b->p, len, t->out, sizeof t->out);

	is_int(scan(t, b->p, len, MAX_LEN, &r), want, name);
	ok(v.is_good == (want == 0), "%s: zlib agrees", name);
}

/* One block: these lengths, n_dist distances of 'dist' bits, two bits. */
static void
header_gives(struct test *t, const uint8_t *litlen, uint32_t n_litlen,
    uint32_t n_dist, uint8_t dist, uint32_t data, int want, const char *name)
{
	uint8_t len[320] = {0};
	struct bits b = {t->stream, 0};

	memcpy(len, litlen, 257);
	memset(len + n_litlen, dist, n_dist);
	put_header(&b, len, n_litlen, n_dist);
	put(&b, data, 2);
	gives(t, &b, want, name);
}

static void
test_bad_headers(struct test *t)
{
	uint8_t len[257] = {0};

	len['a'] = len[256] = 1; /* "a" is 0, the end 1 */
	header_gives(t, len, 257, 1, 0, 2, 0, "no distance code");
	header_gives(t, len, 257, 31, 0, 2, K_SCAN_ECODE,
	    "31 distance lengths");
	header_gives(t, len, 287, 1, 0, 2, K_SCAN_ECODE, "287 literal lengths");
	header_gives(t, len, 257, 3, 1, 2, K_SCAN_ECODE,
	    "three distances of one bit");
	header_gives(t, len, 257, 3, 2, 2, K_SCAN_ECODE,
	    "an incomplete distance code");
	len['b'] = 1;
	header_gives(t, len, 257, 1, 1, 2, K_SCAN_ECODE,
	    "three literals of one bit");
	len[256] = 0;
	header_gives(t, len, 257, 1, 1, 2, K_SCAN_ECODE, "no end of block");
	memset(len, 0, sizeof len);
	len[256] = 1;
	header_gives(t, len, 257, 1, 1, 0, 0,
	    "only the end of block has a code");
	header_gives(t, len, 257, 1, 1, 1, K_SCAN_ESYMBOL,
	    "the code that is not there");
}

static void
test_bad_blocks(struct test *t)
{
	struct k_scan_result r;
	struct bits b = {t->stream, 0};
	uint8_t none[1];

	is_int(k_scan(NULL, 0, 0, &t->table, &r), K_SCAN_ETRUNC, "nothing");
	none[0] = 0x07;
	is_int(scan(t, none, 1, 0, &r), K_SCAN_ETYPE, "block type 3");
	put(&b, 1, 8);
	put(&b, 1, 16);
	put(&b, 0xfffd, 16);
	put(&b, 'x', 8);
	gives(t, &b, K_SCAN_ESTORED, "LEN and NLEN differ");
	b.n = 24;
	put(&b, 0xfffe, 16);
	gives(t, &b, K_SCAN_ETRUNC, "stored data cut off");
	put(&b, 'x', 8);
	gives(t, &b, 0, "stored data");
	b.n = 0;
	put(&b, 3, 3);
	put(&b, 0x63, 8); /* symbol 286 = 11000110 */
	gives(t, &b, K_SCAN_ESYMBOL, "length symbol 286");
	b.n = 0;
	put(&b, 3, 3);
	put(&b, 0x40, 7); /* length 3: 0000001 */
	put(&b, 0x0f, 5); /* distance symbol 30 */
	put(&b, 0, 20);
	gives(t, &b, K_SCAN_ESYMBOL, "distance symbol 30");
}

static void
test_limits(struct test *t)
{
	struct k_scan_result r;
	struct bits b = {t->stream, 0};
	size_t n;

	/* Each an open fixed block of nothing but its end. */
	for (int i = 1; i < K_SCAN_MAX_BLOCKS; i++)
		put(&b, 2, 10);
	n = b.n;
	put(&b, 3, 10);
	is_int(scan(t, b.p, (b.n + 7) / 8, 0, &r), 0, "as many blocks as may");
	is_int(r.n_blocks, K_SCAN_MAX_BLOCKS, "all are counted");
	is_int((int64_t)r.last_header_bit, (int64_t)n, "the last is known");
	is_int((int64_t)r.end_bit, (int64_t)b.n, "the end is known");
	b.n = 0;
	for (int i = 0; i < K_SCAN_MAX_BLOCKS; i++)
		put(&b, 2, 10);
	put(&b, 3, 10);
	is_int(scan(t, b.p, (b.n + 7) / 8, 0, &r), K_SCAN_ELIMIT,
	    "one block too many");
}

/* Each way to cut a stream of many blocks. */
static void
test_cuts(struct test *t)
{
	struct k_scan_result r;
	int held = 1;
	size_t len;

	gen_fill(&t->g, GEN_TEXT, t->raw, 3000);
	len = zlib_stream(t, 3000);
	for (size_t n = 0; n < len; n++)
		held &= scan(t, t->stream, n, MAX_LEN, &r) != 0;
	ok(held, "every cut is refused");
}

static void
test_unfinish(struct test *t)
{
	static const uint8_t kept[] = {0xfb, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct k_scan_result r = {0};
	uint8_t s[sizeof kept];

	memcpy(s, "\x03\xfc\xff\xff\xff\xff", sizeof s); /* dirty padding */
	is_int(scan(t, s, 2, 0, &r), 0, "an empty stream");
	is_int((int64_t)r.end_bit, 10, "of ten bits");
	is_int((int64_t)k_scan_unfinish(s, 2, 5, &r), 0, "no room");
	is_mem(s, "\x03\xfc\xff\xff\xff\xff", sizeof s, "nothing changed");
	is_int((int64_t)k_scan_unfinish(s, 1, 6, &r), 0, "not that long");
	is_int((int64_t)k_scan_unfinish(s, 2, 6, &r), 6, "room enough");
	is_mem(s, "\x02\x00\x00\x00\xff\xff", sizeof s, "reopened");
	for (uint64_t end = 1; end < 9; end++) {
		memcpy(s, kept, sizeof s);
		r.end_bit = end;
		if (!is_int((int64_t)k_scan_unfinish(s, 1, 6, &r),
			end < 6 ? 5 : 6, "room for the three bits"))
			diag("end bit %u", (unsigned)end);
	}
}

int
main(void)
{
	struct test *t = calloc(1, sizeof *t);

	if (t == NULL)
		abort();
	t->g.state = SEED;
	diag("seed %d", SEED);
	for (int i = 1; i < 13; i++)
		t->level[i] = libdeflate_alloc_compressor(i);
	test_against_zlib(t);
	test_rubbish(t);
	test_lengths(t);
	test_random_codes(t);
	test_bad_headers(t);
	test_bad_blocks(t);
	test_limits(t);
	test_cuts(t);
	test_unfinish(t);
	for (int i = 1; i < 13; i++)
		libdeflate_free_compressor(t->level[i]);
	free(t);
	return done();
}
