/*
 * test_verify.c - results that are right, and results that are not
 *
 * k_verify, and the checks of both kernels that stand on it.  Whatever passes
 * has to be what zlib, libdeflate and ISA-L make of it, too; buffers have
 * their exact sizes, so that a sanitizer sees reads behind them.
 */
#include "config.h"

#include <stdlib.h>

#include "kernels/k_stored.h"
#include "kernels/k_verify.h"
#include "src/coder.h"
#include "src/deflate.h"
#include "src/inflate.h"
#include "tests/unit/card_run.h"
#include "tests/unit/inflate.h"
#include "tests/unit/tap.h"

#define LEN_MAX ((size_t)300000)
#define N_CODERS 6

/* A piece by one of several coders; fixed codes come from zlib alone. */
static size_t
encode(int which, const uint8_t *in, size_t len, uint8_t *out, size_t cap)
{
	static const int levels[] = {0, 1, 2, 6, 12};
	struct ocr_coder *c;
	z_stream z = {0};
	size_t n;

	if (which < 5) {
		c = ocr_coder_new(levels[which]);
		if (c == NULL)
			abort();
		n = ocr_coder_encode(c, in, len, out, OCR_PIECE_OPEN);
		ocr_coder_free(c);
		return n;
	}
	if (deflateInit2(&z, 9, Z_DEFLATED, -15, 8, Z_FIXED) != Z_OK)
		abort();
	z.next_in = (uint8_t *)(uintptr_t)in;
	z.avail_in = (uInt)len;
	z.next_out = out;
	z.avail_out = (uInt)cap;
	deflate(&z, Z_SYNC_FLUSH);
	n = z.total_out;
	deflateEnd(&z);
	return n;
}

/* On exact copies of both. */
static int
verify(const uint8_t *p, size_t len, const uint8_t *want, size_t n,
    struct k_verify_result *r)
{
	static struct k_verify_table table;
	uint8_t *a = malloc(len > 0 ? len : 1), *b = malloc(n > 0 ? n : 1);
	int result;

	if (a == NULL || b == NULL)
		abort();
	memcpy(a, p, len);
	memcpy(b, want, n);
	memset(&table, 0xee, sizeof(table));
	result = k_verify(a, len, b, n, &table, r);
	free(a);
	free(b);
	return result;
}

static bool
is_piece(const uint8_t *p, size_t len, const uint8_t *want, size_t n)
{
	struct k_verify_result r;

	return verify(p, len, want, n, &r) == 0 && r.in_len == len &&
	       r.out_len == n && !r.is_final;
}

static void
test_right(uint8_t *data, uint8_t *piece)
{
	static const size_t lens[] = {0, 1, 2, 3, 7, 8, 257, 258, 259, 265, 266,
	    267, 1000, 32767, 32769, 65535, 65536, 200000, LEN_MAX};
	struct gen g = {3};
	size_t n_bad = 0, n_all = 0, n;

	for (size_t i = 0; i < sizeof(lens) / sizeof(*lens); i++)
		for (int kind = 0; kind < GEN_N_KINDS; kind++)
			for (int c = 0; c < N_CODERS; c++, n_all++) {
				gen_fill(&g, (enum gen_kind)kind, data,
				    lens[i]);
				n = encode(c, data, lens[i], piece,
				    2 * LEN_MAX);
				if (is_piece(piece, n, data, lens[i]))
					continue;
				n_bad++;
				diag("kind %d, coder %d, %zu bytes", kind, c,
				    lens[i]);
			}
	is_int((int64_t)n_bad, 0, "pieces of all coders pass");
	ok(n_all > 800, "%zu of them", n_all);
}

/* What passes must be right, and what is right must pass. */
static void
test_flips(uint8_t *data, uint8_t *piece)
{
	struct gen g = {9};
	uint8_t *raw = malloc(2000);
	size_t n_missed = 0, n_refused = 0, n_harmless = 0, n_caught = 0, n;

	if (raw == NULL)
		abort();
	for (int kind = 0; kind < GEN_N_KINDS; kind++)
		for (int c = 0; c < N_CODERS; c++) {
			size_t len = 150 + (size_t)kind * 60;

			gen_fill(&g, (enum gen_kind)kind, data, len);
			n = encode(c, data, len, piece, 2 * LEN_MAX);
			for (size_t bit = 0; bit < 8 * n; bit++) {
				bool passes, is_right;

				piece[bit / 8] ^= (uint8_t)(1 << bit % 8);
				passes = is_piece(piece, n, data, len);
				is_right = inflate_piece(piece, n, data, len,
					       raw) == 3;
				n_missed += passes && !is_right;
				n_refused += !passes && is_right;
				n_harmless += passes && is_right;
				n_caught += !passes && !is_right;
				piece[bit / 8] ^= (uint8_t)(1 << bit % 8);
			}
		}
	ok(n_missed == 0 && n_refused == 0 && n_caught > 10000,
	    "single bits: %zu caught, %zu harmless, %zu missed, %zu refused",
	    n_caught, n_harmless, n_missed, n_refused);
	free(raw);
}

static void
test_ends(uint8_t *data, uint8_t *piece)
{
	static const uint8_t marker[] = {0, 0, 0, 0xff, 0xff};
	struct k_verify_result r;
	struct gen g = {21};
	size_t n_passed = 0, n, len = 700;
	bool held = true;

	for (int c = 0; c < N_CODERS; c++) {
		gen_fill(&g, GEN_TEXT, data, len);
		n = encode(c, data, len, piece, 2 * LEN_MAX);
		/* An end between two blocks is right only for shorter data. */
		for (size_t cut = 0; cut < n; cut++)
			n_passed += is_piece(piece, cut, data, len) &&
				    n - cut > sizeof(marker);
		for (size_t more = 1; more < 9; more++) {
			memset(piece + n, 0, more);
			n_passed += is_piece(piece, n + more, data, len);
			memset(piece + n, 0xff, more);
			n_passed += is_piece(piece, n + more, data, len);
		}
		memcpy(piece + n, marker, sizeof(marker));
		held = held && is_piece(piece, n + sizeof(marker), data, len);
		n_passed += is_piece(piece, n, data, len - 1);
		n_passed += is_piece(piece, n, data, len + 1);
		memcpy(piece + n, "\3\0junk", 6);
		held = held && verify(piece, n + 6, data, len, &r) == 0 &&
		       r.is_final && r.in_len == n + 2 && r.out_len == len;
		piece[n - 5] |= 1; /* of the marker: "00" 00 00 FF FF */
		n_passed += piece[n - 5] == 1 && is_piece(piece, n, data, len);
	}
	is_int((int64_t)n_passed, 0, "cut, extended, ended: none passes");
	ok(held, "another marker, or an end and junk, are seen for what they "
		 "are");
	ok(verify(piece, 0, data, 0, &r) == 0 && r.in_len == 0 && !r.is_final,
	    "nothing is a piece of nothing");
}

static void
test_errors(uint8_t *data)
{
	/* fixed codes: a literal 'a' (0x91), a match of 3, distance 2 */
	static const uint8_t far[] = {0x4b, 0x04, 0x42, 0x00};
	static const uint8_t stored[] = {0, 3, 0, 0xfc, 0xff, 'a', 'b', 'c'};
	struct k_verify_result r;
	uint8_t *many = malloc(5 * 6000);

	if (many == NULL)
		abort();
	memset(data, 'a', 100);
	is_int(verify(far, sizeof(far), data, 100, &r), K_VERIFY_EDIST,
	    "a distance before the beginning");
	is_int(verify((const uint8_t *)"\6", 1, data, 1, &r), K_SCAN_ETYPE,
	    "block type 3");
	is_int(verify(stored, 8, (const uint8_t *)"abd", 3, &r),
	    K_VERIFY_EDIFFER, "stored, but something else");
	is_int(verify(stored, 8, (const uint8_t *)"ab", 2, &r), K_SCAN_ELIMIT,
	    "stored, but more");
	is_int(verify(stored, 7, (const uint8_t *)"abc", 3, &r), K_SCAN_ETRUNC,
	    "stored, but cut");
	is_int(verify((const uint8_t *)"\0\3\0\3\0abc", 8,
		   (const uint8_t *)"abc", 3, &r),
	    K_SCAN_ESTORED, "stored, length not confirmed");
	for (int i = 0; i < 6000; i++)
		memcpy(many + 5 * i, "\0\0\0\xff\xff", 5);
	is_int(verify(many, (size_t)5 * 6000, data, 0, &r), K_SCAN_ELIMIT,
	    "more blocks than anybody makes");
	free(many);
}

/* Nothing here may read where it must not; what passes has to be right. */
static void
test_garbage(uint8_t *data, uint8_t *piece)
{
	struct gen g = {1234};
	uint8_t *raw = malloc(5000);
	size_t n_missed = 0, n_passed = 0;

	if (raw == NULL)
		abort();
	for (int i = 0; i < 20000; i++) {
		enum gen_kind kind = (enum gen_kind)(i % GEN_N_KINDS);
		size_t len = gen_below(&g, 2000), n;

		gen_fill(&g, kind, data, len);
		n = encode(i % 4 == 3 ? N_CODERS - 1 : i % 4, data, len, piece,
		    2 * LEN_MAX);
		if (i % 10 == 0)
			gen_fill(&g, GEN_RANDOM, piece, n);
		for (size_t k = gen_below(&g, 4); k > 0; k--)
			piece[gen_below(&g, n)] ^= (uint8_t)gen_u32(&g);
		if (i % 3 == 0)
			n = gen_below(&g, n + 1);
		if (i % 5 == 0)
			len = gen_below(&g, len + 1);
		if (!is_piece(piece, n, data, len))
			continue;
		n_passed++;
		n_missed += inflate_piece(piece, n, data, len, raw) != 3;
	}
	ok(n_missed == 0 && n_passed > 1000,
	    "20000 pieces, changed or not: %zu pass, %zu of them wrongly",
	    n_passed, n_missed);
	free(raw);
}

/* The deflating kernel's own check, for all that it makes itself. */
static void
test_deflate(uint8_t *data, enum ocr_type format)
{
	struct ocr_deflate_opt opt = {.level = 1,
	    .format = format,
	    .chunk_bytes = 1 << 20};
	static const size_t lens[] = {0, 1, 300, 65279, 65280, 65281, 200000};
	struct gen g = {42};
	struct ocr_kernel k;
	struct ocr_err err = {0};
	void *state;
	size_t n_bad = 0, n_missed = 0, n_flips = 0;

	ocr_deflate_kernel_init(&k, &opt);
	if (k.open(&k, &state, &err) < 0)
		abort();
	for (size_t i = 0; i < sizeof(lens) / sizeof(*lens); i++)
		for (int kind = 0; kind < GEN_N_KINDS; kind++) {
			struct ocr_job job = {0};

			gen_fill(&g, (enum gen_kind)kind, data, lens[i]);
			card_chunk(&job.in_chunk, OCR_RAW, data, lens[i]);
			job.in = &job.in_chunk;
			card_out(&job, &k);
			if (k.run(state, &job) < 0 ||
			    k.verify(state, &job, &err) < 0)
				n_bad++;
			for (size_t bit = 0;
			     lens[i] == 300 && bit < 8 * job.out->len;
			     bit++, n_flips++) {
				struct ocr_err e = {0};
				uint8_t *p = job.out->data + bit / 8;

				*p ^= (uint8_t)(1 << bit % 8);
				/* Padding behind the last block is free. */
				n_missed += k.verify(state, &job, &e) == 0 &&
					    e.code == 0;
				*p ^= (uint8_t)(1 << bit % 8);
			}
			for (size_t cut = 0;
			     lens[i] == 300 && cut < job.out->len; cut++) {
				struct ocr_err e = {0};
				size_t len = job.out->len;

				job.out->len = cut;
				/* A piece that ends with a byte needs no
				 * marker behind it. */
				n_bad +=
				    k.verify(state, &job, &e) == 0 &&
				    (format != OCR_DEFLATE || cut + 5 != len);
				job.out->len = len;
			}
			err = (struct ocr_err){0};
			job.out->raw_crc++;
			n_bad += k.verify(state, &job, &err) == 0;
			err = (struct ocr_err){0};
			card_job_release(&job);
		}
	k.close(state);
	is_int((int64_t)n_bad, 0, ocr_type_name(format));
	ok(n_missed * 100 < n_flips, "%zu bits flipped, %zu in padding",
	    n_flips, n_missed);
}

/* Wrong descriptions of right data. */
static void
test_messages(void)
{
	struct ocr_deflate_opt opt = {.level = 1, .format = OCR_DEFLATE};
	struct ocr_kernel k;
	struct ocr_job job = {0};
	struct ocr_err err = {0}, err2 = {0}, err3 = {0}, err4 = {0};
	void *state;

	ocr_deflate_kernel_init(&k, &opt);
	if (k.open(&k, &state, &err) < 0)
		abort();
	card_chunk(&job.in_chunk, OCR_RAW, (const uint8_t *)"hallo", 5);
	job.in = &job.in_chunk;
	card_out(&job, &k);
	k.run(state, &job);
	job.out->type = OCR_MEMBERS;
	is_int(k.verify(state, &job, &err), -OCR_EFORMAT, "the wrong type");
	ok(strcmp(err.text, "wrong result: it is described wrongly") == 0,
	    "says so");
	job.out->type = OCR_DEFLATE;
	job.in->data[0] = 'H';
	is_int(k.verify(state, &job, &err2), -OCR_EFORMAT, "other data");
	ok(strcmp(err2.text, "wrong result: it inflates to other data") == 0,
	    "says so");
	job.in->data[0] = 'h';
	job.out->len--;
	is_int(k.verify(state, &job, &err3), -OCR_EFORMAT, "a byte less");
	ok(strcmp(err3.text, "wrong result: it was cut") == 0, "says so");
	job.out->len++;
	memcpy(job.out->data + job.out->len, "\3\0", 2);
	job.out->len += 2;
	is_int(k.verify(state, &job, &err4), -OCR_EFORMAT, "a final block");
	ok(strcmp(err4.text, "wrong result: it has an end") == 0, "says so");
	k.close(state);
	card_job_release(&job);
}

/* The inflating kernel's check: in both modes, what run() makes of a chunk
 * passes, and no byte of it may be another. */
static void
test_inflate(uint8_t *data, enum ocr_type format, bool is_gunzip, size_t len)
{
	struct ocr_inflate_opt opt = {.is_gunzip = is_gunzip};
	struct gen g = {17};
	struct ocr_kernel k;
	struct ocr_job job = {0};
	struct ocr_err err = {0};
	void *state;
	bool held;
	int n_missed = 0;

	ocr_inflate_kernel_init(&k, &opt);
	if (k.open(&k, &state, &err) < 0)
		abort();
	gen_fill(&g, GEN_TEXT, data, len);
	card_pack(&job.in_chunk, format, data, len, 1);
	job.in = &job.in_chunk;
	job.in->has_raw = !is_gunzip;
	card_out(&job, &k);
	held = k.run(state, &job) == 0 && job.out->type == OCR_RAW &&
	       k.verify(state, &job, &err) == 0;
	for (int i = 0; i < 200; i++) {
		struct ocr_err e = {0};
		size_t at = gen_below(&g, len);
		uint32_t crc = job.out->raw_crc;

		job.out->data[at] ^= (uint8_t)(1 + gen_below(&g, 255));
		n_missed += k.verify(state, &job, &e) == 0;
		job.out->raw_crc = ocr_crc32(0, job.out->data, job.out->len);
		e = (struct ocr_err){0};
		n_missed += k.verify(state, &job, &e) == 0;
		memcpy(job.out->data, data, len);
		job.out->raw_crc = crc;
	}
	ok(held && n_missed == 0, "inflated %s of %zu bytes, %s: %d missed",
	    ocr_type_name(format), len, is_gunzip ? "a file's" : "a stream's",
	    n_missed);
	err = (struct ocr_err){0};
	job.out->len = job.out->raw_len = len - 1;
	job.out->raw_crc = ocr_crc32(0, job.out->data, len - 1);
	ok(k.verify(state, &job, &err) < 0, "one byte less does not pass");
	err = (struct ocr_err){0};
	job.out->type = OCR_DEFLATE;
	job.out->len = 0;
	job.out->has_raw = false;
	ok((k.verify(state, &job, &err) == 0) == is_gunzip,
	    "nothing is an answer for files alone");
	k.close(state);
	card_job_release(&job);
}

int
main(void)
{
	static const enum ocr_type formats[] = {OCR_DEFLATE, OCR_MEMBERS,
	    OCR_BGZF};
	uint8_t *data = malloc(LEN_MAX), *piece = malloc(2 * LEN_MAX + 64);

	if (data == NULL || piece == NULL)
		return 1;
	test_right(data, piece);
	test_flips(data, piece);
	test_ends(data, piece);
	test_errors(data);
	test_garbage(data, piece);
	for (int i = 0; i < 3; i++) {
		test_deflate(data, formats[i]);
		test_inflate(data, formats[i], false, 1000);
		test_inflate(data, formats[i], true, 1000);
		test_inflate(data, formats[i], true, 200000);
	}
	test_messages();
	free(data);
	free(piece);
	return done();
}
