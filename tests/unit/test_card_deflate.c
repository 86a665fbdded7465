/*
 * test_card_deflate.c - drivers of compressing kernels against stand-ins
 */
#include "config.h"

#include <stdlib.h>

#include "common/card.h"
#include "kernels/k_plain.h"
#include "src/card_deflate.h"
#include "src/coder.h"
#include "src/deflate.h"
#include "src/standin_vitis.h"
#include "tests/unit/card_run.h"
#include "tests/unit/inflate.h"
#include "tests/unit/tap.h"

#define MIB ((size_t)1 << 20)

/* A kernel of the plain shape; which coder is behind it does not matter. */
static void
fake_k_deflate(const uint8_t *in, uint32_t in_len, uint8_t *out,
    uint32_t out_cap, uint32_t *out_len)
{
	uint8_t *p = malloc(ocr_coder_bound(in_len));
	struct ocr_coder *c = ocr_coder_new(1);
	size_t n;

	if (p == NULL || c == NULL)
		abort();
	n = ocr_coder_encode(c, in, in_len, p, OCR_PIECE_OPEN);
	*out_len = n <= out_cap ? (uint32_t)n : K_PLAIN_FAILED;
	if (n <= out_cap)
		memcpy(out, p, n);
	ocr_coder_free(c);
	free(p);
}

static uint32_t
value(const struct card_run *r, size_t step, size_t arg)
{
	const struct ocr_card_arg *a = &r->driver->steps[step].args[arg];

	return a->kind == OCR_CARD_IN_LEN    ? (uint32_t)r->in_len
	       : a->kind == OCR_CARD_OUT_CAP ? (uint32_t)r->out_cap
					     : (uint32_t)a->value;
}

static void *
buffer(const struct card_run *r, size_t step, size_t arg)
{
	return r->memory[r->driver->steps[step].args[arg].value];
}

static void
call(struct card_run *r, size_t s)
{
	const char *name = r->driver->steps[s].kernel;

	if (strcmp(name, "k_deflate") == 0)
		fake_k_deflate(buffer(r, s, 0), value(r, s, 1), buffer(r, s, 2),
		    value(r, s, 3), buffer(r, s, 4));
	else if (strcmp(name, "xilGzipCompBlock") == 0)
		xilGzipCompBlock(buffer(r, s, 0), buffer(r, s, 1),
		    buffer(r, s, 2), buffer(r, s, 3), value(r, s, 4),
		    value(r, s, 5) != 0);
	else if (strcmp(name, "xilLz77Compress") == 0)
		xilLz77Compress(buffer(r, s, 0), buffer(r, s, 1),
		    buffer(r, s, 2), buffer(r, s, 3), buffer(r, s, 4),
		    buffer(r, s, 5), value(r, s, 6), value(r, s, 7));
	else
		xilHuffmanKernel(buffer(r, s, 0), buffer(r, s, 1),
		    buffer(r, s, 2), buffer(r, s, 3), buffer(r, s, 4),
		    buffer(r, s, 5), value(r, s, 6), value(r, s, 7));
}

static const struct ocr_deflate_opt pieces = {
    .level = 6, .format = OCR_DEFLATE, .chunk_bytes = MIB};
static const struct ocr_deflate_opt members = {
    .level = 6, .format = OCR_MEMBERS, .chunk_bytes = MIB};

/* By the kernel's own check, and by zlib, libdeflate and ISA-L. */
static bool
is_right(struct card_run *r, void *state, const struct ocr_deflate_opt *opt)
{
	struct ocr_chunk *in = r->job.in, *out = r->job.out;
	struct ocr_err err = {0};
	uint8_t *copy = malloc(out->len + 2), *raw = malloc(in->len + 1);
	bool held;

	if (copy == NULL || raw == NULL)
		abort();
	memcpy(copy, out->data, out->len);
	if (r->kernel->verify(state, &r->job, &err) < 0) {
		diag("%s", err.text);
		held = false;
	} else if (opt->format == OCR_DEFLATE) {
		held =
		    inflate_piece(copy, out->len, in->data, in->len, raw) == 3;
	} else {
		z_stream z = {.next_in = copy,
		    .avail_in = (uInt)out->len,
		    .next_out = raw,
		    .avail_out = (uInt)in->len + 1};

		if (inflateInit2(&z, 31) != Z_OK)
			abort();
		held = inflate(&z, Z_FINISH) == Z_STREAM_END &&
		       z.avail_in == 0 && z.total_out == in->len &&
		       memcmp(raw, in->data, in->len) == 0;
		inflateEnd(&z);
	}
	free(copy);
	free(raw);
	return held;
}

/* 1 right, 0 declined, -1 wrong. */
static int
round_trip(const struct ocr_card_driver *d, const struct ocr_deflate_opt *opt,
    const uint8_t *p, size_t len)
{
	struct card_run r = {0};
	struct ocr_kernel k;
	struct ocr_err err = {0};
	void *state;
	int result = 0;

	ocr_deflate_kernel_init(&k, opt);
	if (k.open(&k, &state, &err) < 0)
		abort();
	card_chunk(&r.job.in_chunk, OCR_RAW, p, len);
	if (card_load(&r, d, &k)) {
		for (size_t s = 0; s < d->n_steps; s++)
			call(&r, s);
		result = card_fetch(&r, &err) == 0 && is_right(&r, state, opt)
			     ? 1
			     : -1;
		if (result < 0)
			diag("%s, %zu bytes: %s", d->name, len, err.text);
	}
	card_release(&r);
	k.close(state);
	return result;
}

static size_t
sizes(size_t *list)
{
	static const size_t edge[] = {1, 64, 128, 256, 32768, 65536, 256 << 10,
	    3 * (256 << 10), 1 << 20};
	static const int near[] = {-1, 0, 1, 7, 8, 9, 63, 64, 65, 255, 256,
	    257};
	size_t n = 0;

	for (size_t i = 0; i < sizeof(edge) / sizeof(*edge); i++)
		for (size_t k = 0; k < sizeof(near) / sizeof(*near); k++)
			if (edge[i] + (size_t)near[k] <= MIB)
				list[n++] = edge[i] + (size_t)near[k];
	return n;
}

static void
test_driver(const struct ocr_card_driver *d, uint8_t *data)
{
	struct gen g = {11};
	size_t list[200], n = sizes(list), n_right = 0, n_wrong = 0, n_none = 0;

	for (size_t i = 0; i < n; i++) {
		enum gen_kind kind = (enum gen_kind)(i % GEN_N_KINDS);
		int r;

		gen_fill(&g, kind, data, list[i]);
		r = round_trip(d, i % 3 == 0 ? &members : &pieces, data,
		    list[i]);
		n_right += r > 0;
		n_wrong += r < 0;
		n_none += r == 0;
	}
	ok(n_wrong == 0 && n_right > n / 2, "%s: %zu sizes right, %zu declined",
	    d->name, n_right, n_none);
	for (int kind = 0; kind < GEN_N_KINDS; kind++) {
		gen_fill(&g, (enum gen_kind)kind, data, MIB);
		ok(round_trip(d, &pieces, data, MIB) == 1 &&
			round_trip(d, &members, data, MIB) == 1,
		    "%s: 1 MiB of kind %d", d->name, kind);
	}
	/* Blocks that grow beside blocks that do not. */
	for (size_t at = 0; at < MIB; at += 32768)
		gen_fill(&g, gen_u32(&g) % 2 ? GEN_RANDOM : GEN_TEXT, data + at,
		    32768);
	ok(round_trip(d, &pieces, data, MIB) == 1,
	    "%s: every other block grows", d->name);
	gen_fill(&g, GEN_RANDOM, data, 256 << 10);
	gen_fill(&g, GEN_TEXT, data + (256 << 10), 256 << 10);
	gen_fill(&g, GEN_RANDOM, data + (512 << 10), 512 << 10);
	ok(round_trip(d, &members, data, MIB) == 1,
	    "%s: one grows over its neighbour", d->name);
	ok(round_trip(d, &pieces, data, 0) == 0, "%s: nothing is declined",
	    d->name);
}

/* The card says and writes what it likes. */
static void
test_hostile(const struct ocr_card_driver *d, uint8_t *data)
{
	struct gen g = {77};
	struct ocr_kernel k;
	struct ocr_err none = {0};
	void *state;
	unsigned n_refused = 0, n_caught = 0, n_right = 0, n_missed = 0;

	ocr_deflate_kernel_init(&k, &members);
	if (k.open(&k, &state, &none) < 0)
		abort();
	for (int i = 0; i < 300; i++) {
		struct card_run r = {0};
		struct ocr_err err = {0};
		size_t len = 1 + gen_below(&g, i % 20 == 0 ? MIB : 100000);

		gen_fill(&g, (enum gen_kind)(i % GEN_N_KINDS), data, len);
		card_chunk(&r.job.in_chunk, OCR_RAW, data, len);
		if (!card_load(&r, d, &k)) {
			card_release(&r);
			continue;
		}
		for (size_t s = 0; s < d->n_steps; s++)
			call(&r, s);
		for (size_t b = 0; b < d->n_buffers; b++) {
			uint32_t word;
			size_t at;

			if (d->buffers[b].kind == OCR_CARD_OUT &&
			    gen_below(&g, 2)) {
				at = gen_below(&g, len);
				((uint8_t *)r.maps[b])[at] ^= 1;
			}
			if (d->buffers[b].kind != OCR_CARD_RESULT)
				continue;
			at = gen_below(&g, 4) * sizeof(word);
			memcpy(&word, (uint8_t *)r.maps[b] + at, sizeof(word));
			word = card_odd_word(&g, word);
			memcpy((uint8_t *)r.maps[b] + at, &word, sizeof(word));
		}
		if (card_fetch(&r, &err) < 0)
			n_refused++;
		else if (k.verify(state, &r.job, &err) < 0)
			n_caught++;
		else if (is_right(&r, state, &members))
			n_right++;
		else
			n_missed++;
		card_release(&r);
	}
	k.close(state);
	ok(n_missed == 0 && n_refused > 0 && n_caught > 0,
	    "%s: %u refused, %u caught, %u harmless, %u missed", d->name,
	    n_refused, n_caught, n_right, n_missed);
}

static void
test_declined(void)
{
	const struct ocr_card_driver *const *d;
	struct ocr_job job = {0};
	struct ocr_deflate_opt bgzf = {.level = 1, .format = OCR_BGZF};
	struct ocr_kernel k;
	bool held = true;

	card_chunk(&job.in_chunk, OCR_RAW, (const uint8_t *)"0123", 4);
	job.in = &job.in_chunk;
	job.in->type = OCR_DEFLATE;
	for (d = ocr_deflate_drivers; *d != NULL; d++)
		held = held && (*d)->in_bytes(*d, &job) == 0;
	ok(held, "what is compressed already is declined");
	card_job_release(&job);
	ocr_deflate_kernel_init(&k, &bgzf);
	ok(k.drivers == NULL, "BGZF is for the CPU alone");
	ocr_deflate_kernel_init(&k, &members);
	ok(k.drivers == ocr_deflate_drivers, "members are for cards too");
}

/* The habits that the drivers are there for: were they gone, so might be the
 * code that deals with them. */
static void
test_standins(uint8_t *data)
{
	struct gen g = {5};
	uint32_t size, sum = UINT32_MAX;
	uint8_t *out = malloc(MIB), *raw = malloc(MIB);

	if (out == NULL || raw == NULL)
		abort();
	gen_fill(&g, GEN_TEXT, data, 65600);
	xilGzipCompBlock((const uint64_t *)(const void *)data,
	    (uint64_t *)(void *)out, &size, &sum, 65536, true);
	ok(inflate_piece(out, size, data, 65536, raw) == 3 &&
		~sum == ocr_crc32(0, data, 65536),
	    "whole blocks are a piece; the checksum is inverted");
	sum = 1;
	xilGzipCompBlock((const uint64_t *)(const void *)data,
	    (uint64_t *)(void *)out, &size, &sum, 65600, false);
	ok(inflate_piece(out, size, data, 65600, raw) == 0 &&
		sum == adler32(1, data, 65600),
	    "a short last block makes nonsense of it");
	free(out);
	free(raw);
}

int
main(void)
{
	const struct ocr_card_driver *const *d;
	uint8_t *data = malloc(MIB + 64);

	if (data == NULL)
		return 1;
	for (d = ocr_deflate_drivers; *d != NULL; d++) {
		test_driver(*d, data);
		test_hostile(*d, data);
	}
	test_declined();
	test_standins(data);
	free(data);
	return done();
}
