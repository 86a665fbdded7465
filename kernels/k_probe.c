/*
 * k_probe.c - guess from a few samples which coder suits a chunk
 *
 * What decides is not how much matches but how much a match saves: in tables
 * of digits a third of the bytes lie in short repeats, and coding them as
 * matches makes the result larger.  So repeats are weighed in bits, against
 * what the same bytes cost as literals.
 */
#include "kernels/k_probe.h"

#include <string.h>

#include "kernels/k_bytes.h"
#include "kernels/k_log2.h"

#define N_SAMPLES 4
#define SAMPLE_LEN 4096U
#define READ_AHEAD 8U /* loads take 8 bytes */

#define NEAR_BITS 11
#define NEAR_MAX_LEN 64U /* longer repeats are clear enough by then */
/* A length, a distance and their extra bits cost about this much. */
#define MATCH_COST_Q8 (20U * 256)

/*
 * Far repeats: every 16th position of 32 KiB (the reach of a distance) goes
 * into a table, every position of the next 512 is looked up.  Finds repeats
 * of 23 bytes surely, of 8 one time in 16.  Four places: one may fall in the
 * fresh part of data that repeats.
 */
#define N_PLACES 4
#define FAR_BITS 12
#define FAR_WINDOW 32768U
#define FAR_STEP 16U
#define FAR_LOOK_UPS 512U
#define FAR_LEN (FAR_WINDOW + FAR_LOOK_UPS)

/* Share of the literals' cost, where a proper search starts to pay. */
#define LZ_PERMILLE 30
/* One position in 200: chance hits stay under it, real repeats do not. */
#define FAR_LZ_PERMILLE 5
/* Under that, a match search finds less than it costs. */
#define FAST_PERMILLE 12
/* 7.85 bits per byte: a code saves under 2 %, and costs 20 times the time. */
#define STORED_ENTROPY_Q8 2010

/* Start of sample or place i of n, each of 'len' bytes, spread evenly. */
static const uint8_t *
spread(const uint8_t *in, size_t in_len, uint32_t i, uint32_t n, uint32_t len)
{
	return in + (in_len - len - READ_AHEAD) / (n - 1) * i;
}

static void
count(struct k_probe *s, const uint8_t *in, size_t len)
{
	memset(s->hist, 0, sizeof s->hist);
	for (uint32_t k = 0; k < N_SAMPLES; k++) {
		const uint8_t *p = spread(in, len, k, N_SAMPLES, SAMPLE_LEN);

		for (uint32_t i = 0; i < SAMPLE_LEN; i += 8) {
			uint64_t v = k_load64(p + i);

			s->hist[0][v & 255]++;
			s->hist[1][v >> 8 & 255]++;
			s->hist[2][v >> 16 & 255]++;
			s->hist[3][v >> 24 & 255]++;
			s->hist[0][v >> 32 & 255]++;
			s->hist[1][v >> 40 & 255]++;
			s->hist[2][v >> 48 & 255]++;
			s->hist[3][v >> 56]++;
		}
	}
	for (uint32_t i = 0; i < 256; i++)
		s->freq[i] = s->hist[0][i] + s->hist[1][i] + s->hist[2][i] +
			     s->hist[3][i];
}

/* Order-0 entropy: the sum of freq x log2(total / freq), per byte. */
static uint32_t
entropy_q8(const uint32_t *freq)
{
	const uint32_t total = N_SAMPLES * SAMPLE_LEN;
	uint64_t bits_q16 = 0;

	for (uint32_t i = 0; i < 256; i++)
		bits_q16 += (uint64_t)freq[i] *
			    (k_log2_q16(total) - k_log2_q16(freq[i]));
	return (uint32_t)((bits_q16 / total + 128) / 256);
}

/* Bytes that p and q have in common, at most NEAR_MAX_LEN and len. */
static uint32_t
common(const uint8_t *p, const uint8_t *q, uint32_t len)
{
	uint32_t n = 0;

	while (n < NEAR_MAX_LEN && n < len) {
		uint64_t x = k_load64(p + n) ^ k_load64(q + n);

		if (x != 0) {
			n += (uint32_t)__builtin_ctzll(x) >> 3;
			break;
		}
		n += 8;
	}
	return n < len ? n : len;
}

/*
 * Bits x 256 that greedy matches inside one sample save.  An empty entry of
 * the table stands for the sample's first position, so none needs a check.
 */
static uint64_t
near_saving_q8(struct k_probe *s, const uint8_t *p, uint32_t literal_q8)
{
	uint64_t saved = 0;
	uint32_t i = 1;

	memset(s->near, 0, sizeof s->near);
	while (i + READ_AHEAD < SAMPLE_LEN) {
		uint64_t v = k_load64(p + i);
		uint32_t h = ((uint32_t)v * 0x9e3779b1U) >> (32 - NEAR_BITS);
		uint32_t at = s->near[h], n;

		s->near[h] = (uint16_t)i;
		if ((uint32_t)k_load64(p + at) != (uint32_t)v) {
			i++;
			continue;
		}
		n = common(p + i, p + at, SAMPLE_LEN - i);
		if (n * literal_q8 > MATCH_COST_Q8)
			saved += n * literal_q8 - MATCH_COST_Q8;
		i += n;
	}
	return saved;
}

/* Stops at the first sample that settles the matter. */
static uint32_t
saved_permille(struct k_probe *s, const uint8_t *in, size_t len,
    uint32_t literal_q8)
{
	uint64_t all = (uint64_t)literal_q8 * N_SAMPLES * SAMPLE_LEN;
	uint64_t saved = 0;

	if (all == 0)
		return 1000; /* one byte value: all repeats */
	for (uint32_t k = 0; k < N_SAMPLES; k++) {
		saved += near_saving_q8(s,
		    spread(in, len, k, N_SAMPLES, SAMPLE_LEN), literal_q8);
		if (saved * 1000 >= LZ_PERMILLE * all)
			break;
	}
	return (uint32_t)(saved * 1000 / all);
}

static inline uint32_t
far_hash(uint64_t v)
{
	return (uint32_t)(v * 0x9e3779b97f4a7c15U >> (64 - FAR_BITS));
}

/*
 * Positions behind p[FAR_WINDOW] whose 8 bytes are also in the window.  The
 * table may hold entries of another place: as offsets they are still inside
 * this window, and the comparison decides.
 */
static uint32_t
far_hits(struct k_probe *s, const uint8_t *p)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < FAR_WINDOW; i += FAR_STEP)
		s->far[far_hash(k_load64(p + i))] = (uint16_t)(i / FAR_STEP);
	for (uint32_t i = FAR_WINDOW; i < FAR_LEN; i++) {
		uint64_t v = k_load64(p + i);
		uint32_t at = s->far[far_hash(v)] * FAR_STEP;

		n += k_load64(p + at) == v;
	}
	return n;
}

/* Stops at the first place that settles the matter. */
static uint32_t
far_permille(struct k_probe *s, const uint8_t *in, size_t len)
{
	uint32_t hits = 0;

	memset(s->far, 0, sizeof s->far);
	for (uint32_t k = 0; k < N_PLACES; k++) {
		hits += far_hits(s, spread(in, len, k, N_PLACES, FAR_LEN));
		if (hits * 1000 >= FAR_LZ_PERMILLE * N_PLACES * FAR_LOOK_UPS)
			break;
	}
	return hits * 1000 / (N_PLACES * FAR_LOOK_UPS);
}

enum k_probe_choice
k_probe(struct k_probe *scratch, const uint8_t *in, size_t len,
    struct k_probe_result *result)
{
	struct k_probe_result r = {0};

	*result = r;
	if (len < K_PROBE_MIN_LEN)
		return K_PROBE_LZ;
	count(scratch, in, len);
	r.entropy_q8 = entropy_q8(scratch->freq);
	r.saved_permille = saved_permille(scratch, in, len, r.entropy_q8);
	if (r.saved_permille < LZ_PERMILLE)
		r.far_permille = far_permille(scratch, in, len);
	*result = r;
	if (r.saved_permille >= LZ_PERMILLE ||
	    r.far_permille >= FAR_LZ_PERMILLE)
		return K_PROBE_LZ;
	if (r.saved_permille >= FAST_PERMILLE)
		return K_PROBE_FAST;
	return r.entropy_q8 > STORED_ENTROPY_Q8 ? K_PROBE_STORED
						: K_PROBE_HUFFMAN;
}
