/* test_probe.c - what k_probe chooses, and its logarithm */
#include <stdlib.h>

#include "kernels/k_log2.h"
#include "kernels/k_probe.h"
#include "tests/unit/gen.h"
#include "tests/unit/tap.h"

#define SEED 777
#define MIB (1U << 20)

/*
 * log2(x) x 65536 bit by bit: squaring doubles the logarithm.  64 bits of
 * mantissa, of which the upper 32 are squared, keep the last bit right.
 */
static uint32_t
slow_log2_q16(uint32_t x)
{
	uint32_t log = 0;
	uint64_t m = x;

	while (m >> 31 == 0)
		m <<= 1;
	for (uint32_t y = x; y > 1; y >>= 1)
		log++;
	for (int i = 0; i < 16; i++) {
		m = m * m >> 31;
		log <<= 1;
		if (m >> 32) {
			m >>= 1;
			log |= 1;
		}
	}
	return log;
}

static int
log2_is_close(struct gen *g)
{
	int held = k_log2_q16(0) == 0 && k_log2_q16(1) == 0;

	for (uint32_t i = 0; i < 40000; i++) {
		uint32_t x = i < 20000 ? i + 1 : gen_u32(g) | 1;
		int32_t off =
		    (int32_t)k_log2_q16(x) - (int32_t)slow_log2_q16(x);

		held &= off >= -6 && off <= 6;
	}
	return held;
}

/* Probes an exact copy, with scratch that holds rubbish. */
static enum k_probe_choice
probe(const uint8_t *in, size_t len, uint8_t rubbish, struct k_probe_result *r)
{
	struct k_probe *scratch = malloc(sizeof *scratch);
	uint8_t *copy = malloc(len > 0 ? len : 1);
	enum k_probe_choice choice;

	if (scratch == NULL || copy == NULL)
		abort();
	memset(scratch, rubbish, sizeof *scratch);
	if (len > 0)
		memcpy(copy, in, len);
	choice = k_probe(scratch, copy, len, r);
	free(copy);
	free(scratch);
	return choice;
}

static void
chooses(const uint8_t *in, size_t len, enum k_probe_choice want,
    const char *name)
{
	struct k_probe_result a, b;
	enum k_probe_choice choice = probe(in, len, 0, &a);

	if (!is_int(choice, want, name))
		diag("entropy %u/256, saved %u, far %u", a.entropy_q8,
		    a.saved_permille, a.far_permille);
	ok(probe(in, len, 0xee, &b) == choice && a.entropy_q8 == b.entropy_q8 &&
		a.saved_permille == b.saved_permille &&
		a.far_permille == b.far_permille && a.entropy_q8 <= 2048 &&
		a.saved_permille <= 1000 && a.far_permille <= 1000,
	    "%s: in range, same again", name);
}

static void
test_choices(struct gen *g, uint8_t *p)
{
	gen_fill(g, GEN_RANDOM, p, MIB);
	chooses(p, MIB, K_PROBE_STORED, "random bytes");
	gen_fill(g, GEN_BASE64, p, MIB);
	chooses(p, MIB, K_PROBE_HUFFMAN, "base64");
	gen_fill(g, GEN_TEXT, p, MIB);
	chooses(p, MIB, K_PROBE_LZ, "text with copies");
	gen_fill(g, GEN_CONSTANT, p, MIB);
	chooses(p, MIB, K_PROBE_LZ, "one byte value");
	for (uint32_t i = 0; i < MIB; i++)
		p[i] = (uint8_t)(gen_u32(g) % 10 + '0');
	for (uint32_t i = 9; i < MIB; i += 10)
		p[i] = ',';
	chooses(p, MIB, K_PROBE_HUFFMAN, "table of digits");
}

/* Repeats that no sample of 4 KiB can see. */
static void
test_far(struct gen *g, uint8_t *p)
{
	gen_fill(g, GEN_RANDOM, p, MIB);
	for (uint32_t i = 24000; i < MIB; i++)
		p[i] = p[i - 24000];
	chooses(p, MIB, K_PROBE_LZ, "random bytes of period 24000");
	gen_fill(g, GEN_BASE64, p, MIB);
	for (uint32_t i = 28000; i + 20000 < MIB; i += 28000)
		memcpy(p + i, p, 20000);
	chooses(p, MIB, K_PROBE_LZ, "base64 with a block that comes back");
}

static void
test_lengths(struct gen *g, uint8_t *p)
{
	struct k_probe_result r;
	int held = 1;

	gen_fill(g, GEN_RANDOM, p, MIB);
	is_int(probe(NULL, 0, 0, &r), K_PROBE_LZ, "nothing");
	is_int(probe(p, K_PROBE_MIN_LEN - 1, 0, &r), K_PROBE_LZ,
	    "just too short");
	ok(r.entropy_q8 == 0 && r.saved_permille == 0 && r.far_permille == 0,
	    "no result when too short");
	is_int(probe(p, K_PROBE_MIN_LEN, 0, &r), K_PROBE_STORED,
	    "just long enough");
	for (size_t n = K_PROBE_MIN_LEN; n < K_PROBE_MIN_LEN + 40; n++)
		held &= probe(p, n, 0, &r) == K_PROBE_STORED;
	held &= probe(p, 262143, 0, &r) == K_PROBE_STORED;
	held &= probe(p, 262145, 0, &r) == K_PROBE_STORED;
	ok(held, "odd lengths");
}

static void
test_entropy(uint8_t *p)
{
	struct k_probe_result r;

	for (uint32_t i = 0; i < MIB; i++)
		p[i] = (uint8_t)i;
	probe(p, MIB, 0, &r);
	is_int(r.entropy_q8, 2048, "256 equal counts are 8 bits");
	for (uint32_t i = 0; i < MIB; i++)
		p[i] = (uint8_t)(i % 2);
	probe(p, MIB, 0, &r);
	is_int(r.entropy_q8, 256, "two equal counts are 1 bit");
	memset(p, 0, MIB);
	probe(p, MIB, 0, &r);
	is_int(r.entropy_q8, 0, "one value is no bit");
	is_int(r.saved_permille, 1000, "and all is repeats");
}

int
main(void)
{
	struct gen g = {SEED};
	uint8_t *p = malloc(MIB);

	if (p == NULL)
		abort();
	diag("seed %d", SEED);
	ok(log2_is_close(&g), "log2 is off by less than 1/256 bit");
	test_choices(&g, p);
	test_far(&g, p);
	test_lengths(&g, p);
	test_entropy(p);
	free(p);
	return done();
}
