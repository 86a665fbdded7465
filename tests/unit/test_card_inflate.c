/*
 * test_card_inflate.c - the driver of inflating kernels against stand-ins
 *
 * The two ends of a stream run in threads of their own, as on a card.
 */
#include "config.h"

#include <stdlib.h>
#include <zlib.h>

#include "common/thread.h"
#include "src/card_inflate.h"
#include "src/deflate.h"
#include "src/inflate.h"
#include "src/le.h"
#include "src/standin_vitis.h"
#include "tests/unit/card_run.h"
#include "tests/unit/tap.h"

#define MIB ((size_t)1 << 20)

/* What the softcard's process has; the stand-ins look for it by name. */
unsigned ocr_softcard_unit_index(void);
static _Thread_local unsigned unit_index;

unsigned
ocr_softcard_unit_index(void)
{
	return unit_index;
}

struct end {
	unsigned unit;
	struct card_run *run;
};

static void
run_mm2s(void *arg)
{
	struct end *e = arg;
	struct card_run *r = e->run;

	unit_index = e->unit;
	xilGzipMM2S(r->memory[0], (uint32_t)r->in_len, 1);
}

static void
run_s2mm(void *arg)
{
	struct end *e = arg;
	struct card_run *r = e->run;

	unit_index = e->unit;
	xilGzipS2MM(r->memory[1], r->memory[2], r->memory[3],
	    (uint32_t)r->out_cap);
}

static struct ocr_thread *
start(void (*fn)(void *), struct end *e)
{
	struct ocr_thread *t;
	struct ocr_err err = {0};

	if (ocr_thread_start(&t, fn, e, &err) < 0)
		abort();
	return t;
}

static void
run_pair(struct card_run *r)
{
	struct end e = {.unit = 0, .run = r};
	struct ocr_thread *a = start(run_mm2s, &e), *b = start(run_s2mm, &e);

	ocr_thread_join(a);
	ocr_thread_join(b);
}

/* 1 right, 0 declined, -1 refused or wrong. */
static int
inflate_chunk(struct card_run *r, const struct ocr_kernel *k, void *state,
    const uint8_t *data, size_t len)
{
	const struct ocr_card_driver *d = ocr_inflate_drivers[0];
	struct ocr_err err = {0};

	if (!card_load(r, d, k))
		return 0;
	run_pair(r);
	if (card_fetch(r, &err) < 0 || k->verify(state, &r->job, &err) < 0 ||
	    r->job.out->len != len ||
	    memcmp(r->job.out->data, data, len) != 0 ||
	    r->job.out->raw_crc != ocr_crc32(0, data, len))
		return -1;
	return 1;
}

static void
test_sizes(uint8_t *data)
{
	static const size_t lens[] = {1, 2, 7, 8, 9, 1000, 32767, 32768, 65280,
	    65281, 1 << 20, (4 << 20) - 1, 4 << 20, (4 << 20) + 1};
	static const enum ocr_type formats[] = {OCR_DEFLATE, OCR_MEMBERS,
	    OCR_BGZF};
	struct gen g = {8};
	int count[3] = {0}, want = 0;

	for (size_t i = 0; i < sizeof(lens) / sizeof(*lens); i++)
		for (int f = 0; f < 3; f++)
			for (int is_gunzip = 0; is_gunzip < 2; is_gunzip++) {
				struct ocr_inflate_opt opt = {
				    .is_gunzip = is_gunzip != 0};
				struct card_run r = {0};
				struct ocr_kernel k;
				struct ocr_err err = {0};
				void *state;
				enum gen_kind kind = (enum gen_kind)(
				    (i + (size_t)f) % GEN_N_KINDS);

				ocr_inflate_kernel_init(&k, &opt);
				if (k.open(&k, &state, &err) < 0)
					abort();
				gen_fill(&g, kind, data, lens[i]);
				card_pack(&r.job.in_chunk, formats[f], data,
				    lens[i], 1);
				r.job.in_chunk.has_raw = !is_gunzip;
				count[1 + inflate_chunk(&r, &k, state, data,
					      lens[i])]++;
				/* Up to 4 MiB; one BGZF block; no guesses. */
				want +=
				    lens[i] <= 4 * MIB &&
				    (formats[f] != OCR_BGZF ||
					lens[i] <= 65280) &&
				    (formats[f] != OCR_DEFLATE || !is_gunzip);
				card_release(&r);
				k.close(state);
			}
	is_int(count[0], 0, "nothing is wrong");
	is_int(count[2], want, "what can be, is done on the card");
}

static void
test_declined(uint8_t *data)
{
	const struct ocr_card_driver *d = ocr_inflate_drivers[0];
	struct ocr_chunk one, two;
	struct ocr_job job = {.in = &job.in_chunk};
	struct gen g = {4};

	gen_fill(&g, GEN_TEXT, data, 1000);
	card_pack(&one, OCR_MEMBERS, data, 1000, 6);
	two = one;
	two.len *= 2;
	two.data = malloc(two.len);
	if (two.data == NULL)
		abort();
	memcpy(two.data, one.data, one.len);
	memcpy(two.data + one.len, one.data, one.len);
	job.in_chunk = one;
	ok(d->in_bytes(d, &job) > 0, "a member");
	job.in_chunk = two;
	is_int((int64_t)d->in_bytes(d, &job), 0, "but not two");
	job.in_chunk = one;
	job.in_chunk.raw_crc++;
	is_int((int64_t)d->in_bytes(d, &job), 0,
	    "nor one that says something else than its chunk");
	job.in_chunk.has_raw = false;
	ok(d->in_bytes(d, &job) > 0, "of a file the chunk knows no CRC");
	job.in_chunk.raw_len = 999;
	is_int((int64_t)d->in_bytes(d, &job), 0, "but how long it may be");
	job.in_chunk = one;
	ocr_put_le32(job.in_chunk.data + one.len - 4, UINT32_MAX);
	job.in_chunk.raw_len = UINT32_MAX;
	is_int((int64_t)d->in_bytes(d, &job), 0,
	    "a length that nothing inflates to");
	job.in_chunk = one;
	for (job.in_chunk.len = 0; job.in_chunk.len < one.len;
	     job.in_chunk.len++)
		if (d->in_bytes(d, &job) != 0)
			break;
	is_int((int64_t)job.in_chunk.len, (int64_t)one.len,
	    "nor one that was cut anywhere");
	job.in_chunk.type = OCR_RAW;
	is_int((int64_t)d->in_bytes(d, &job), 0, "nor raw data");
	free(one.data);
	free(two.data);
}

/* Damaged data, and words of the card's own. */
static void
test_hostile(uint8_t *data)
{
	const struct ocr_card_driver *d = ocr_inflate_drivers[0];
	struct ocr_inflate_opt opt = {0};
	struct gen g = {99};
	struct ocr_kernel k;
	struct ocr_err none = {0};
	void *state;
	int n_wrong = 0, n_refused = 0;

	ocr_inflate_kernel_init(&k, &opt);
	if (k.open(&k, &state, &none) < 0)
		abort();
	for (int i = 0; i < 300; i++) {
		struct card_run r = {0};
		struct ocr_err err = {0};
		size_t len = 1 + gen_below(&g, 5000);

		gen_fill(&g, (enum gen_kind)(i % GEN_N_KINDS), data, len);
		card_pack(&r.job.in_chunk, i % 2 ? OCR_DEFLATE : OCR_MEMBERS,
		    data, len, 1);
		if (i % 3 == 0)
			r.job.in_chunk
			    .data[gen_below(&g, r.job.in_chunk.len)] ^=
			    (uint8_t)gen_u32(&g);
		if (!card_load(&r, d, &k)) {
			card_release(&r);
			continue;
		}
		run_pair(&r);
		for (int b = 2; i % 3 == 1 && b < 4; b++) {
			uint32_t word;

			memcpy(&word, r.maps[b], sizeof(word));
			word = card_odd_word(&g, word);
			memcpy(r.maps[b], &word, sizeof(word));
		}
		if (i % 3 == 2)
			((uint8_t *)r.maps[1])[gen_below(&g, len)] ^= 1;
		if (card_fetch(&r, &err) < 0 ||
		    k.verify(state, &r.job, &err) < 0)
			n_refused++;
		else
			n_wrong += r.job.out->len != len ||
				   memcmp(r.job.out->data, data, len) != 0;
		card_release(&r);
	}
	k.close(state);
	ok(n_wrong == 0 && n_refused > 200, "%d refused, %d wrong", n_refused,
	    n_wrong);
}

static void
test_limit(uint8_t *data)
{
	struct ocr_inflate_opt opt = {.limit_bytes = 999};
	struct card_run r = {0};
	struct ocr_kernel k;
	struct ocr_err err = {0};

	memset(data, 'x', 1000);
	ocr_inflate_kernel_init(&k, &opt);
	card_pack(&r.job.in_chunk, OCR_DEFLATE, data, 1000, 6);
	ok(card_load(&r, ocr_inflate_drivers[0], &k), "over the limit");
	run_pair(&r);
	is_int(card_fetch(&r, &err), -OCR_ELIMIT, "is not for the card");
	card_release(&r);
}

/* Three pairs at once, over and over: each end finds its own other end. */
static void
test_pairs(uint8_t *data)
{
	struct card_run r[3];
	struct end e[3];
	struct ocr_thread *t[6];
	struct ocr_inflate_opt opt = {0};
	struct ocr_kernel k;
	struct ocr_err err;
	int n_wrong = 0;

	ocr_inflate_kernel_init(&k, &opt);
	for (int round = 0; round < 20; round++) {
		for (unsigned i = 0; i < 3; i++) {
			r[i] = (struct card_run){0};
			e[i] = (struct end){.unit = i, .run = &r[i]};
			memset(data + 10000 * i, (int)('a' + i), 10000);
			card_pack(&r[i].job.in_chunk, OCR_DEFLATE,
			    data + 10000 * i, 10000, 6);
			if (!card_load(&r[i], ocr_inflate_drivers[0], &k))
				abort();
			t[i] = start(i % 2 ? run_mm2s : run_s2mm, &e[i]);
		}
		for (unsigned i = 0; i < 3; i++)
			t[3 + i] = start(i % 2 ? run_s2mm : run_mm2s, &e[i]);
		for (int i = 0; i < 6; i++)
			ocr_thread_join(t[i]);
		for (unsigned i = 0; i < 3; i++) {
			err = (struct ocr_err){0};
			n_wrong += card_fetch(&r[i], &err) < 0 ||
				   memcmp(r[i].job.out->data, data + 10000 * i,
				       10000) != 0;
			card_release(&r[i]);
		}
	}
	is_int(n_wrong, 0, "three pairs of units at once");
}

/* What is reported of a length that fills the buffer, or is none. */
static void
test_standins(uint8_t *data)
{
	static const struct {
		size_t len;
		uint32_t cap, size, is_ended;
	} cases[] = {{1000, 4096, 1000, 1}, {4096, 4096, 4097, 1},
	    {0, 4096, 1, 1}};
	struct card_run r;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint32_t size = 0, is_ended = 0;
		uint8_t in[64], out[4096];
		z_stream z = {.next_in = data,
		    .avail_in = (uInt)cases[i].len,
		    .next_out = in,
		    .avail_out = sizeof(in)};

		memset(data, 'x', cases[i].len);
		if (deflateInit2(&z, 9, Z_DEFLATED, 31, 8, 0) != Z_OK ||
		    deflate(&z, Z_FINISH) != Z_STREAM_END)
			abort();
		r = (struct card_run){
		    .memory = {in, out, &size, &is_ended},
		    .in_len = z.total_out,
		    .out_cap = cases[i].cap,
		};
		deflateEnd(&z);
		run_pair(&r);
		ok(size == cases[i].size && is_ended == cases[i].is_ended,
		    "%zu bytes into %u are reported as %u", cases[i].len,
		    (unsigned)cases[i].cap, (unsigned)size);
	}
}

int
main(void)
{
	uint8_t *data = malloc(4 * MIB + 64);

	if (data == NULL)
		return 1;
	test_sizes(data);
	test_declined(data);
	test_hostile(data);
	test_limit(data);
	test_pairs(data);
	test_standins(data);
	free(data);
	return done();
}
