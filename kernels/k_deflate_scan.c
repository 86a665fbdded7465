/*
 * k_deflate_scan.c - find matches and choose
 *
 * A bucket holds low halves of positions, the newest in the low bits, and is
 * a shift register: no age, no epoch.  What an old entry points to after its
 * position has left the window is another position, as good as any: bytes are
 * always compared.
 */
#include "kernels/k_deflate_scan.h"

#include <string.h>

#include "kernels/k_bytes.h"

#define WINDOW 32768U
#define MAX_LEN 258U
#define MIN_LEN 4U /* bytes hashed; 3 would lose more than it finds */
/* Matches of 4 cost more than literals from further away. */
#define MIN_LEN_REACH 8192U
/*
 * Where not even one in so many positions has begun a match, the symbols of
 * matches have long codes or none: shorter ones than 6 cost more than literals
 * too.  So it is until one of 6 comes.
 */
#define RARE 128
#define RARE_MIN_LEN 6U

#define COPY(reader) ((reader) / 2 % K_DEFLATE_COPIES)
#define RING_MASK (K_DEFLATE_RING - 1)

/*
 * Result of a search, comparable: longer is greater, then nearer.
 *    0..7   the byte at the position
 *    8..23  0xffff - distance
 *   24..28  length; under MIN_LEN is none
 */
#define FOUND_LEN_SHIFT 24
#define FOUND_DIST_SHIFT 8

static uint32_t
found_len(uint32_t found)
{
	return found >> FOUND_LEN_SHIFT;
}

static uint32_t
found_dist(uint32_t found)
{
	return 0xffff - (found >> FOUND_DIST_SHIFT & 0xffff);
}

/* The line at 'at' of the input, zeros behind its end. */
static void
load(const uint8_t *in, uint32_t in_len, uint32_t at, uint8_t *line)
{
	uint32_t left = at < in_len ? in_len - at : 0;
	uint32_t n = left < K_DEFLATE_SEGMENT ? left : K_DEFLATE_SEGMENT;

	if (n > 0)
		memcpy(line, in + at, n);
	memset(line + n, 0, K_DEFLATE_SEGMENT - n);
}

/* Puts a line where it belongs; a compare may run over the ring's end. */
static void
spread(const uint8_t *line, uint32_t at,
    uint8_t (*ring)[K_DEFLATE_RING + K_DEFLATE_COMPARE])
{
	uint32_t to = at & RING_MASK;

copies:
	for (uint32_t i = 0; i < K_DEFLATE_COPIES; i++) {
#pragma HLS UNROLL
		memcpy(ring[i] + to, line, K_DEFLATE_SEGMENT);
		if (to == 0)
			memcpy(ring[i] + K_DEFLATE_RING, line,
			    K_DEFLATE_COMPARE);
	}
}

/*
 * Equal bytes at the beginning of 16, whose differences are low and high:
 * comparators and a priority encoder.
 */
static inline uint32_t
n_equal(uint64_t low, uint64_t high)
{
#pragma HLS INLINE
	uint64_t first = low != 0 ? low : high;
	uint32_t n = (uint32_t)__builtin_ctzll(first | 1ULL << 63) >> 3;

	return n + 8 * (low == 0) + (first == 0);
}

/* The best of a bucket for position p, whose 16 bytes are low and high. */
static inline uint32_t
best_way(uint8_t (*ring)[K_DEFLATE_RING + K_DEFLATE_COMPARE], uint64_t ways,
    uint32_t p, uint64_t low, uint64_t high)
{
#pragma HLS INLINE
	uint32_t reach = p < WINDOW ? p : WINDOW, best = 0;

	for (uint32_t k = 0; k < K_DEFLATE_WAYS; k++) {
#pragma HLS UNROLL
		uint32_t from = (uint32_t)(ways >> 16 * k) & RING_MASK;
		uint32_t dist = (p - from) & RING_MASK, found;
		const uint8_t *there = ring[COPY(k + 1)] + from;
		uint64_t differ = k_load64(there) ^ low;

		if ((uint32_t)differ != 0 || dist - 1 >= reach)
			continue;
		found = n_equal(differ, k_load64(there + 8) ^ high) << 16 |
			(0xffff - dist);
		best = found > best ? found : best;
	}
	return best << FOUND_DIST_SHIFT;
}

/* The match, cut at the end of the input, or none if it does not pay. */
static inline uint32_t
judge(uint32_t found, uint32_t left, uint32_t is_rare)
{
#pragma HLS INLINE
	if (found_len(found) > left)
		found -= (found_len(found) - left) << FOUND_LEN_SHIFT;
	if (found_len(found) == MIN_LEN && found_dist(found) > MIN_LEN_REACH)
		return 0;
	return is_rare && found_len(found) < RARE_MIN_LEN ? 0 : found;
}

static inline void
add_literal(struct k_deflate_block *b, uint32_t byte)
{
#pragma HLS INLINE
	b->n_value[b->n_tokens & 1][byte]++;
	b->token[b->n_tokens++] = byte << K_DEFLATE_VALUE_SHIFT;
	b->end++;
}

static inline void
add_match(struct k_deflate_block *b, uint32_t len, uint32_t dist)
{
#pragma HLS INLINE
	uint32_t value = K_DEFLATE_MATCH | (len - K_DEFLATE_MIN_LEN);

	b->n_value[b->n_tokens & 1][value]++;
	b->n_dist[b->n_tokens & 1][k_deflate_distance(dist - 1).sym]++;
	b->token[b->n_tokens++] = value << K_DEFLATE_VALUE_SHIFT | (dist - 1);
	b->end += len;
}

/* One position in a match: it may grow by a byte, and may end here. */
static inline void
pass(struct k_deflate_match *m, const uint8_t *ring, uint32_t p,
    uint32_t in_len, struct k_deflate_block *b)
{
#pragma HLS INLINE
	if (m->grows) {
		m->grows = m->end - m->begin < MAX_LEN && m->end < in_len &&
			   ring[m->end & RING_MASK] ==
			       ring[(m->end - m->dist) & RING_MASK];
		m->end += m->grows;
	}
	if (m->end == p) {
		add_match(b, m->end - m->begin, m->dist);
		m->begin = m->end;
	}
}

/* Decides about position p - 1 now that position p is known. */
static inline void
decide(struct k_deflate_match *m, uint32_t found, uint32_t p,
    struct k_deflate_block *b)
{
#pragma HLS INLINE
	uint32_t len = found_len(m->before);

	if (len < MIN_LEN ||
	    (len < K_DEFLATE_COMPARE && found_len(found) > len)) {
		add_literal(b, m->before & 255);
		return;
	}
	m->n_taken++;
	m->is_rare = 0;
	m->begin = p - 1;
	m->end = m->begin + len;
	m->dist = found_dist(m->before);
	m->grows = len == K_DEFLATE_COMPARE;
}

/*
 * The positions of a segment.  Neighbours may share a bucket: what was just
 * written is taken from a register, as memory would return it a cycle too
 * late.  The growth of a match reads memory at an address that the cycle
 * before has decided: the one path that may cost a second cycle.
 */
static void
walk(struct k_deflate_scan *s, uint32_t n, struct k_deflate_block *b)
{
	struct k_deflate_match m = s->match;
	uint32_t last_hash = K_DEFLATE_BUCKETS; /* none */
	uint64_t last = 0;

positions:
	for (uint32_t i = 0; i < n; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 4096
#pragma HLS PIPELINE II = 1
#pragma HLS DEPENDENCE variable = s->bucket inter RAW distance = 2 true
#pragma HLS DEPENDENCE variable = b->n_value inter RAW distance = 2 true
#pragma HLS DEPENDENCE variable = b->n_dist inter RAW distance = 2 true
		uint32_t p = s->at + i, found = 0, was_free = m.end == m.begin;
		const uint8_t *here = s->ring[0] + (p & RING_MASK);
		uint64_t low = k_load64(here), high = k_load64(here + 8);
		uint32_t hash =
		    (uint32_t)low * 0x9e3779b1U >> (32 - K_DEFLATE_HASH_BITS);
		uint64_t ways = hash == last_hash ? last : s->bucket[hash];

		last = ways << 16 | (p & RING_MASK);
		last_hash = hash;
		s->bucket[hash] = last;
		if (!was_free)
			pass(&m, s->ring[K_DEFLATE_COPIES - 1], p, s->in_len,
			    b);
		if (K_DEFLATE_HW || m.end == m.begin)
			found = judge(best_way(s->ring, ways, p, low, high),
			    s->in_len - p, m.is_rare);
		found |= (uint8_t)low;
		if (was_free && p > 0)
			decide(&m, found, p, b);
		m.before = found;
	}
	m.is_rare = m.n_taken * RARE < n;
	m.n_taken = 0;
	s->match = m;
}

/* The next line is fetched while the segment is walked. */
static void
scan_segment(struct k_deflate_scan *s, const uint8_t *in, uint32_t n,
    struct k_deflate_block *b)
{
#pragma HLS DATAFLOW
	load(in, s->in_len, s->at + 2 * K_DEFLATE_SEGMENT, s->line);
	walk(s, n, b);
}

void
k_deflate_scan_init(struct k_deflate_scan *s, const uint8_t *in,
    uint32_t in_len)
{
	memset(s->bucket, 0, sizeof s->bucket);
	memset(&s->match, 0, sizeof s->match);
	s->match.is_rare = 1;
	s->at = 0;
	s->covered = 0;
	s->in_len = in_len;
	for (uint32_t at = 0; at < 2 * K_DEFLATE_SEGMENT;
	     at += K_DEFLATE_SEGMENT) {
		load(in, in_len, at, s->line);
		spread(s->line, at, s->ring);
	}
}

void
k_deflate_scan_block(struct k_deflate_scan *s, const uint8_t *in,
    struct k_deflate_block *b)
{
	memset(b->n_value, 0, sizeof b->n_value);
	memset(b->n_dist, 0, sizeof b->n_dist);
	b->n_tokens = 0;
	b->begin = s->covered;
	b->end = s->covered;
segments:
	while (s->at <= s->in_len &&
	       b->n_tokens <= K_DEFLATE_TOKENS - K_DEFLATE_SEGMENT) {
#pragma HLS LOOP_TRIPCOUNT min = 0 max = 257
		uint32_t left = s->in_len + 1 - s->at;
		uint32_t n =
		    left < K_DEFLATE_SEGMENT ? left : K_DEFLATE_SEGMENT;

		scan_segment(s, in, n, b);
		spread(s->line, s->at + 2 * K_DEFLATE_SEGMENT, s->ring);
		s->at += n;
	}
	s->covered = b->end;
}
