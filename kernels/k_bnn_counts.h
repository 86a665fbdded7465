/*
 * k_bnn_counts.h - counts of equal bits, 64 at a time
 *
 * Included by a variant, after it has defined TARGET, OP(x, w), NAME and
 * ONES(word), the number of its ones.
 */
TARGET void
NAME(const uint64_t *x, const uint64_t *w, size_t n_words, size_t n_quads,
    int32_t *counts)
{
	size_t q, i;

	for (q = 0; q < n_quads; q++, w += 4 * n_words, counts += 4) {
		int32_t a = 0, b = 0, c = 0, d = 0;

		for (i = 0; i < n_words; i++) {
			a += ONES(OP(x[i], w[4 * i]));
			b += ONES(OP(x[i], w[4 * i + 1]));
			c += ONES(OP(x[i], w[4 * i + 2]));
			d += ONES(OP(x[i], w[4 * i + 3]));
		}
		counts[0] = a;
		counts[1] = b;
		counts[2] = c;
		counts[3] = d;
	}
}
#undef OP
#undef NAME
