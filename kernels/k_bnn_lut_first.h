/*
 * k_bnn_lut_first.h - the LUT engine's way from pixels to its first activations
 *
 * Included by a variant after k_bnn_lut.h.
 */

/* 16 bytes at `at` of every image.  Interleaving halves four times turns 16 by
 * 16 bytes. */
INLINE void
turn_16(const uint8_t *const *images, size_t at, uint8_t *out)
{
	V a[16], b[16];
	unsigned i, j;

	for (i = 0; i < 16; i++)
		a[i] = LOAD_ROW(images, i, at);
	for (j = 0; j < 4; j++) {
		UNROLL(8)
		for (i = 0; i < 8; i++) {
			b[2 * i] = LOW_HALF(a[i], a[i + 8]);
			b[2 * i + 1] = HIGH_HALF(a[i], a[i + 8]);
		}
		UNROLL(16)
		for (i = 0; i < 16; i++)
			a[i] = b[i];
	}
	for (i = 0; i < 16; i++)
		STORE(out + (at + i) * LANES, a[i]);
}

TARGET void
NAME(turn)(const uint8_t *const *images, size_t n_bytes, uint8_t *out)
{
	size_t at, i;

	if (n_bytes < 16) {
		for (at = 0; at < n_bytes; at++)
			for (i = 0; i < LANES; i++)
				out[at * LANES + i] = images[i][at];
		return;
	}
	for (at = 0; at + 16 <= n_bytes; at += 16)
		turn_16(images, at, out);
	if (at < n_bytes)
		turn_16(images, n_bytes - 16, out);
}

/* A table of 256 bytes, 16 at a time: x that does not belong to a sixteenth is 16
 * or more, and gives 0. */
INLINE V
map(const uint8_t *table, V x)
{
	V r = SET8(0);
	unsigned i;

	UNROLL(4)
	for (i = 0; i < 256; i += 16) {
		r = OR(r, LOOKUP(TABLE(table + i), INDEX(x)));
		x = SUB8(x, SET8(16));
	}
	return r;
}

INLINE void
map_row(const struct k_bnn_first *f, const uint8_t *pixels,
    const size_t step[2], uint8_t *values)
{
	uint32_t i, ch;

	for (i = 0; i < f->n_values; i++) {
		uint32_t x = i - f->pad_left; /* wraps to the left of 0 */

		for (ch = 0; ch < f->n_channels; ch++) {
			V low = SET8(0), high = SET8(0), v;

			if (pixels != NULL && x < f->width) {
				v = LOAD(pixels +
					 (x * step[0] + ch * step[1]) * LANES);
				low = map(f->low[ch], v);
				high = f->is_narrow ? NEGATIVE8(low)
						    : map(f->high[ch], v);
			}
			STORE(values, LOW_HALF(low, high));
			STORE(values + LANES, HIGH_HALF(low, high));
			values += 2 * LANES;
		}
	}
}

/* Entry e: the sum of v (bit set) or -v over the bits of e. */
INLINE void
fill_table(const uint8_t *values, uint32_t n_entries, uint8_t *table)
{
	uint32_t n = 1, e, half;
	const uint8_t *v = values;
	V sum[2] = {SET8(0), SET8(0)};

	for (n = 1; n < n_entries; n *= 2, v += 2 * LANES)
		for (half = 0; half < 2; half++)
			sum[half] = SUB16(sum[half], LOAD(v + half * LANES));
	STORE(table, sum[0]);
	STORE(table + LANES, sum[1]);
	v = values;
	for (n = 1; n < n_entries; n *= 2, v += 2 * LANES) {
		V a = LOAD(v), b = LOAD(v + LANES);

		a = ADD16(a, a);
		b = ADD16(b, b);
		for (e = 0; e < n; e++) {
			const uint8_t *from = table + (size_t)e * 2 * LANES;
			uint8_t *to = table + (size_t)(e + n) * 2 * LANES;

			STORE(to, ADD16(LOAD(from), a));
			STORE(to + LANES, ADD16(LOAD(from + LANES), b));
		}
	}
}

TARGET void
NAME(first_row)(const struct k_bnn_first *f, const uint8_t *pixels,
    const size_t step[2], uint8_t *values, uint8_t *tables)
{
	uint32_t n = f->n_values - f->merged + 1, i;

	map_row(f, pixels, step, values);
	for (i = 0; i < n; i++) {
		if (f->n_entries == 8)
			fill_table(values, 8, tables);
		else
			fill_table(values, f->n_entries, tables);
		values += (size_t)f->n_channels * 2 * LANES;
		tables += (size_t)f->n_entries * 2 * LANES;
	}
}

/* n (literal) windows from window x on. */
INLINE void
first_block(const struct k_bnn_first *f, const uint8_t *const *taps, size_t x,
    uint8_t *out, unsigned n)
{
	size_t step = (size_t)f->stride * f->n_entries * 2 * LANES;
	const uint8_t *entries = f->entries;
	unsigned i, j;
	uint32_t o, t;

	for (o = 0; o < f->n_neurons; o += GROUP) {
		V r[5];

		UNROLL(5)
		for (i = 0; i < n; i++)
			r[i] = SET8(0);
		for (j = 0; j < GROUP; j++, entries += f->n_taps) {
			V a[5], b[5], k = SET16(f->k16[o + j]);

			UNROLL(5)
			for (i = 0; i < n; i++)
				a[i] = b[i] = SET8(0);
			for (t = 0; t < f->n_taps; t++) {
				const uint8_t *v =
				    taps[t] + x * step +
				    (size_t)entries[t] * 2 * LANES;

				UNROLL(5)
				for (i = 0; i < n; i++) {
					const uint8_t *at = v + i * step;

					a[i] = ADD16(a[i], LOAD(at));
					b[i] = ADD16(b[i], LOAD(at + LANES));
					BARRIER(a[i]);
					BARRIER(b[i]);
				}
			}
			UNROLL(5)
			for (i = 0; i < n; i++)
				r[i] = OR(r[i],
				    AND(PACK(MORE16(a[i], k), MORE16(b[i], k)),
					SET8(1 << j)));
		}
		UNROLL(5)
		for (i = 0; i < n; i++)
			STORE(out +
				  ((x + i) * f->n_neurons + o) / GROUP * LANES,
			    r[i]);
	}
}

TARGET void
NAME(first)(const struct k_bnn_first *f, const uint8_t *const *taps,
    uint8_t *out)
{
	size_t x;

	for (x = 0; x + 5 <= f->n_out; x += 5)
		first_block(f, taps, x, out, 5);
	if (x + 3 <= f->n_out) {
		first_block(f, taps, x, out, 3);
		x += 3;
	}
	for (; x < f->n_out; x++)
		first_block(f, taps, x, out, 1);
}
