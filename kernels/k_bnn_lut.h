/*
 * k_bnn_lut.h - the LUT engine of k_bnn.h, for any vector with a byte shuffle
 *
 * Included by a variant, after it has defined V, LANES, TARGET, NAME(function),
 * GROUP (channels of a byte), POSITIONS, TOGETHER and the operations used below;
 * LOOKUP(TABLE(p), INDEX(x)) is 0 where x > 15, FIND(ENTRIES(p), x) looks x up in
 * 1 << GROUP bytes.  -O2 with BARRIER: left alone, compilers reassociate the sums
 * and spill them.
 */

#define INLINE TARGET static inline __attribute__((always_inline))
#define APART TARGET static __attribute__((noinline))
#define PRAGMA(x) _Pragma(#x)
#ifdef __clang__
#define UNROLL(n) PRAGMA(clang loop unroll_count(n))
#else
#define UNROLL(n) PRAGMA(GCC unroll n)
#endif

#define STRETCH 12        /* windows whose parities are summed at a time */
#define PAIRS (GROUP / 2) /* of neurons in a set */
#define BLOCK (15 / (GROUP / 2)) /* look-ups of q that 4 bits hold */
#define TABLE_BYTES (1 << GROUP)
#define SET_BYTES K_BNN_SET_BYTES(GROUP)
#define SUMS (POSITIONS * TOGETHER)
#if TOGETHER > 1
#define KEEP(v) BARRIER(v) /* used more than once: not read each time */
#else
#define KEEP(v)
#endif

/* n (literal) groups of n_pos (literal) windows, times 2 * TOGETHER neurons; sum
 * number p * TOGETHER + j is of window p and pair j.  Low: all of the byte sums;
 * high: those shifted by 4, the neighbour's bits included. */
INLINE void
add_block(const uint8_t *x, size_t step, const uint8_t *t, unsigned n,
    unsigned n_pos, V *low, V *high)
{
	V a[SUMS], table[TOGETHER], v;
	unsigned p, u, j;

	UNROLL(3)
	for (j = 0; j < TOGETHER; j++) {
		table[j] = ENTRIES(t + j * TABLE_BYTES);
		KEEP(table[j]);
	}
	UNROLL(4)
	for (p = 0; p < n_pos; p++) {
		v = LOAD(x + p * step);
		KEEP(v);
		UNROLL(3)
		for (j = 0; j < TOGETHER; j++)
			a[p * TOGETHER + j] = FIND(table[j], v);
	}
	UNROLL(6)
	for (u = 1; u < n; u++) {
		UNROLL(3)
		for (j = 0; j < TOGETHER; j++) {
			table[j] = ENTRIES(t + u * SET_BYTES + j * TABLE_BYTES);
			KEEP(table[j]);
		}
		UNROLL(4)
		for (p = 0; p < n_pos; p++) {
			v = LOAD(x + p * step + u * LANES);
			KEEP(v);
			UNROLL(3)
			for (j = 0; j < TOGETHER; j++) {
				a[p * TOGETHER + j] = ADD8(a[p * TOGETHER + j],
				    FIND(table[j], v));
				BARRIER(a[p * TOGETHER + j]);
			}
		}
	}
	UNROLL(9)
	for (p = 0; p < n_pos * TOGETHER; p++) {
		low[p] = ADD8(low[p], a[p]);
		high[p] = ADD8(high[p], SHIFT16(a[p], 4));
		BARRIER(low[p]);
		BARRIER(high[p]);
	}
}

INLINE void
add_rest(const uint8_t *x, size_t step, const uint8_t *t, unsigned n,
    unsigned n_pos, V *low, V *high)
{
	switch (n) {
	case 1:
		add_block(x, step, t, 1, n_pos, low, high);
		break;
	case 2:
		add_block(x, step, t, 2, n_pos, low, high);
		break;
	case 3:
		add_block(x, step, t, 3, n_pos, low, high);
		break;
	case 4:
		add_block(x, step, t, 4, n_pos, low, high);
		break;
#if BLOCK > 5
	case 5:
		add_block(x, step, t, 5, n_pos, low, high);
		break;
	case 6:
		add_block(x, step, t, 6, n_pos, low, high);
		break;
#endif
	default:
		break;
	}
}

/*
 * One segment: sums of q of TOGETHER pairs of neurons; those of window p and pair
 * j are in low[PAIRS * p + j] and high[PAIRS * p + j].
 *
 * Taking the nibbles apart: let l and h be the true sums.  The low sum is
 * l + 16 * h, the high one h plus, in even bytes, 16 times the l of the odd byte
 * beside; all modulo 256, and both below it.  16 * high is 16 * h, whatever was
 * added, so low - 16 * high is l; and what was added to h is known then.
 */
INLINE void
sum_pairs(const struct k_bnn_piece *piece, const uint8_t *in, size_t step,
    const uint8_t *tables, unsigned n_pos, V *low, V *high)
{
	const V high_bits = SET8(0xf0), even = SET16(0x00f0);
	V l[SUMS], h[SUMS];
	unsigned p, j, n;

	UNROLL(9)
	for (p = 0; p < n_pos * TOGETHER; p++)
		l[p] = h[p] = SET8(0);
	for (;; piece++) {
		const uint8_t *x = in + (size_t)piece->in * LANES;
		const uint8_t *t = tables + (size_t)piece->table * SET_BYTES;

		for (n = piece->n; n >= BLOCK; n -= BLOCK) {
			add_block(x, step, t, BLOCK, n_pos, l, h);
			x += BLOCK * LANES;
			t += BLOCK * SET_BYTES;
		}
		add_rest(x, step, t, n, n_pos, l, h);
		if (piece->ends)
			break;
	}
	UNROLL(4)
	for (p = 0; p < n_pos; p++) {
		UNROLL(3)
		for (j = 0; j < TOGETHER; j++) {
			unsigned i = p * TOGETHER + j;

			l[i] = SUB8(l[i], AND(LEFT16(h[i], 4), high_bits));
			low[PAIRS * p + j] = l[i];
			high[PAIRS * p + j] =
			    SUB8(h[i], AND(SHIFT16(l[i], 4), even));
		}
	}
}

/* One segment, all pairs.  A function for each number of windows. */
#define SUM(n_pos)                                                             \
	APART void sum_##n_pos(const struct k_bnn_piece *piece,                \
	    const uint8_t *in, size_t step, const uint8_t *tables, V *low,     \
	    V *high)                                                           \
	{                                                                      \
		unsigned i;                                                    \
                                                                               \
		for (i = 0; i < PAIRS; i += TOGETHER)                          \
			sum_pairs(piece, in, step, tables + i * TABLE_BYTES,   \
			    n_pos, low + i, high + i);                         \
	}
SUM(1)
SUM(2)
SUM(3)
#if POSITIONS > 3
SUM(4)
#endif

/* Returns the piece behind the segment. */
INLINE const struct k_bnn_piece *
sum_segment(const struct k_bnn_piece *piece, const uint8_t *in, size_t step,
    const uint8_t *tables, unsigned n_pos, V *low, V *high)
{
#if POSITIONS > 3
	if (n_pos == 4)
		sum_4(piece, in, step, tables, low, high);
	else
#endif
	    if (n_pos == 3)
		sum_3(piece, in, step, tables, low, high);
	else if (n_pos == 2)
		sum_2(piece, in, step, tables, low, high);
	else
		sum_1(piece, in, step, tables, low, high);
	while (!piece->ends)
		piece++;
	return piece + 1;
}

/* A set of neurons over up to POSITIONS windows of a stretch. */
struct part {
	const struct k_bnn_lut_conv *c;
	const uint8_t *in;
	uint32_t set;
	unsigned first, n_pos; /* first: of the stretch */
};

INLINE const uint8_t *
tables_of(const struct part *q)
{
	return q->c->tables + (size_t)q->set * q->c->n_groups * SET_BYTES;
}

/* k8 less parities less sums, never below 0: 0 fires. */
INLINE void
set_8(const struct part *q, const V (*s)[STRETCH], uint8_t *out)
{
	const struct k_bnn_lut_conv *c = q->c;
	const struct k_bnn_piece *piece = c->pieces, *end = piece + c->n_pieces;
	const uint8_t *tables = tables_of(q), *k8 = c->k8 + q->set * GROUP;
	const uint8_t *is_odd = c->is_odd + q->set * GROUP;
	size_t step = (size_t)c->stride * c->pixel_groups * LANES;
	V left[GROUP * POSITIONS], low[PAIRS * POSITIONS];
	V high[PAIRS * POSITIONS], r;
	unsigned p, j;

	for (p = 0; p < q->n_pos; p++)
		for (j = 0; j < GROUP; j++)
			left[GROUP * p + j] =
			    SUBS8(SET8(k8[j]), s[is_odd[j]][q->first + p]);
	while (piece != end) {
		piece = sum_segment(piece, q->in, step, tables, q->n_pos, low,
		    high);
		for (p = 0; p < PAIRS * q->n_pos; p++) {
			left[2 * p] = SUBS8(left[2 * p], low[p]);
			left[2 * p + 1] = SUBS8(left[2 * p + 1], high[p]);
		}
	}
	for (p = 0; p < q->n_pos; p++) {
		r = SET8(c->flip[q->set]);
		for (j = 0; j < GROUP; j++)
			r = XOR(r, AND(EQUAL8(left[GROUP * p + j], SET8(0)),
				       SET8(1 << j)));
		STORE(out + (size_t)p * c->n_sets * LANES, r);
	}
}

/* Sums of 16 bits: sums[(GROUP * p + neuron) * 2 + half] = 2 * sum of q + S. */
INLINE void
sum_16(const struct part *q, const V (*s)[STRETCH], V *sums)
{
	const struct k_bnn_lut_conv *c = q->c;
	const struct k_bnn_piece *piece = c->pieces, *end = piece + c->n_pieces;
	const uint8_t *tables = tables_of(q);
	size_t step = (size_t)c->stride * c->pixel_groups * LANES;
	V low[PAIRS * POSITIONS], high[PAIRS * POSITIONS];
	unsigned p, i;

	for (i = 0; i < 2 * GROUP * q->n_pos; i++)
		sums[i] = SET8(0);
	while (piece != end) {
		piece = sum_segment(piece, q->in, step, tables, q->n_pos, low,
		    high);
		for (p = 0; p < PAIRS * q->n_pos; p++) {
			V *a = sums + 4 * p;

			a[0] = ADD16(a[0], LOW_HALF(low[p], SET8(0)));
			a[1] = ADD16(a[1], HIGH_HALF(low[p], SET8(0)));
			a[2] = ADD16(a[2], LOW_HALF(high[p], SET8(0)));
			a[3] = ADD16(a[3], HIGH_HALF(high[p], SET8(0)));
		}
	}
	for (i = 0; i < 2 * GROUP * q->n_pos; i++)
		sums[i] = ADD16(ADD16(sums[i], sums[i]),
		    s[i & 1][q->first + i / (2 * GROUP)]);
}

INLINE void
set_16(const struct part *q, const V (*s)[STRETCH], uint8_t *out)
{
	const struct k_bnn_lut_conv *c = q->c;
	V sums[2 * GROUP * POSITIONS], r, k, low, high;
	unsigned p, j;

	sum_16(q, s, sums);
	for (p = 0; p < q->n_pos; p++) {
		r = SET8(c->flip[q->set]);
		for (j = 0; j < GROUP; j++) {
			k = SET16(c->k16[q->set * GROUP + j]);
			low = MORE16(sums[(GROUP * p + j) * 2], k);
			high = MORE16(sums[(GROUP * p + j) * 2 + 1], k);
			r = XOR(r, AND(PACK(low, high), SET8(1 << j)));
		}
		STORE(out + (size_t)p * c->n_sets * LANES, r);
	}
}

INLINE void
set_count(const struct part *q, const V (*s)[STRETCH], uint8_t *out)
{
	V sums[2 * GROUP * POSITIONS];
	unsigned i;

	sum_16(q, s, sums);
	for (i = 0; i < 2 * GROUP; i++)
		STORE(out + ((size_t)q->set * 2 * GROUP + i) * LANES, sums[i]);
}

/* Sums of parities of n windows: 16 bits in two halves, or of 8 bits, halved,
 * rounded down and up. */
INLINE void
sum_parities(const struct k_bnn_lut_conv *c, const uint8_t *parity, size_t n,
    V (*s)[STRETCH])
{
	size_t p;
	uint32_t y, i;

	for (p = 0; p < n; p++) {
		const uint8_t *row = parity + p * c->s_step * LANES;
		V a = SET8(0), b = SET8(0);

		for (y = 0; y < c->s_rows; y++) {
			for (i = 0; i < c->s_units; i++) {
				V v = LOAD(row + (size_t)i * LANES);

				if (c->mode == K_BNN_FIRE_8) {
					a = ADD8(a, v);
					continue;
				}
				a = ADD16(a, LOW_HALF(v, SET8(0)));
				b = ADD16(b, HIGH_HALF(v, SET8(0)));
			}
			row += (size_t)c->s_row_step * LANES;
		}
		if (c->mode == K_BNN_FIRE_8) {
			b = HALF_UP(a);
			a = AND(SHIFT16(a, 1), SET8(127));
		}
		s[0][p] = a;
		s[1][p] = b;
	}
}

INLINE void
run_part(const struct part *q, const V (*s)[STRETCH], uint8_t *out)
{
	const struct k_bnn_lut_conv *c = q->c;

	if (c->mode == K_BNN_COUNT) {
		set_count(q, s, out);
		return;
	}
	out += ((size_t)q->first * c->n_sets + q->set) * LANES;
	if (c->mode == K_BNN_FIRE_8)
		set_8(q, s, out);
	else
		set_16(q, s, out);
}

TARGET void
NAME(conv)(const struct k_bnn_lut_conv *c, const uint8_t *in,
    const uint8_t *parity, uint8_t *out, size_t n)
{
	size_t step = (size_t)c->stride * c->pixel_groups * LANES;
	struct part q = {.c = c};
	V s[2][STRETCH];
	unsigned m, left, parts;

	for (; n > 0; n -= m) {
		m = (unsigned)(n < STRETCH ? n : STRETCH);
		sum_parities(c, parity, m, s);
		for (q.set = 0; q.set < c->n_sets; q.set++)
			for (q.first = 0; q.first < m; q.first += q.n_pos) {
				left = m - q.first;
				/* 10 are 4, 3 and 3 */
				parts = 1 + (left - 1) / POSITIONS;
				q.n_pos = (left + parts - 1) / parts;
				q.in = in + q.first * step;
				run_part(&q, (const V(*)[STRETCH])s, out);
			}
		in += m * step;
		parity += (size_t)m * c->s_step * LANES;
		out += (size_t)m * c->n_sets * LANES;
	}
}

TARGET void
NAME(parity)(const uint8_t *in, size_t n, size_t n_groups, uint8_t *parity)
{
	static const uint8_t of[64] = {0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0, 1,
	    1, 0, 1, 0, 0, 1, 0, 1, 1, 0, 0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0,
	    1, 1, 0, 0, 1, 1, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 0, 1,
	    0, 1, 1, 0};
	const V table = ENTRIES(of);
	size_t i, g;

	for (i = 0; i < n; i++) {
		V s = SET8(0);

		for (g = 0; g < n_groups; g++, in += LANES)
			s = ADD8(s, FIND(table, LOAD(in)));
		STORE(parity + i * LANES, s);
	}
}

TARGET void
NAME(pool)(const uint8_t *in, size_t rows, size_t cols, size_t row_step,
    size_t n_groups, uint8_t *out)
{
	size_t g, y, x;

	for (g = 0; g < n_groups; g++) {
		V r = SET8(0);

		for (y = 0; y < rows; y++)
			for (x = 0; x < cols; x++)
				r = OR(r, LOAD(in + (y * row_step +
							x * n_groups + g) *
							LANES));
		STORE(out + g * LANES, r);
	}
}
