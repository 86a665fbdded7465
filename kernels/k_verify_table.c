/* k_verify_table.c - decoding and coding tables of k_verify */
#include "kernels/k_verify_table.h"

#include <string.h>

/* Under this share (of 1 << 15) of the code space for lengths four literals
 * are tried first. */
#define LITERAL_MASS 6000

static uint32_t
litlen_entry(uint32_t sym, uint32_t len)
{
	uint32_t extra;

	if (sym < K_VERIFY_END_OF_BLOCK)
		return len | sym << K_VERIFY_VALUE_SHIFT;
	if (sym == K_VERIFY_END_OF_BLOCK || sym > 285)
		return K_VERIFY_IS_OTHER;
	extra = k_scan_length_extra[sym - 257];
	return (len + extra) |
	       (uint32_t)k_scan_length_base[sym - 257] << K_VERIFY_VALUE_SHIFT |
	       len << K_VERIFY_AT_SHIFT | extra << K_VERIFY_EXTRA_SHIFT |
	       K_VERIFY_IS_LENGTH;
}

static uint32_t
dist_entry(uint32_t sym, uint32_t len)
{
	if (sym > 29)
		return K_VERIFY_IS_OTHER;
	return (len + k_scan_dist_extra(sym)) | len << 8 |
	       k_verify_dist_base(sym) << K_VERIFY_DIST_SHIFT;
}

/* The table starts with one entry and doubles at each length, so what no code
 * covers stays K_VERIFY_IS_OTHER. */
static void
build_table(uint32_t *table, uint32_t bits, const struct k_scan_code *c,
    uint32_t (*entry)(uint32_t sym, uint32_t len))
{
	uint32_t code = 0, i = 0;

	table[0] = K_VERIFY_IS_OTHER;
	for (uint32_t l = 1; l <= bits; l++) {
		memcpy(table + (1U << (l - 1)), table,
		    sizeof *table << (l - 1));
		for (uint32_t k = c->count[l]; k > 0; k--) {
			table[code] = entry(c->sym[i++], l);
			code = k_scan_next_code(code, l);
		}
	}
}

static void
build_codes(uint32_t *codes, const struct k_scan_code *c)
{
	uint32_t code = 0, i = 0;

	for (uint32_t sym = 0; sym < 256; sym++)
		codes[sym] = K_VERIFY_NO_CODE << K_VERIFY_CODE_SHIFT;
	for (uint32_t l = 1; l < 16; l++)
		for (uint32_t k = c->count[l]; k > 0; k--) {
			if (c->sym[i] < 256)
				codes[c->sym[i]] =
				    code | l << K_VERIFY_CODE_SHIFT;
			code = k_scan_next_code(code, l);
			i++;
		}
}

int
k_verify_build(struct k_verify_table *t, const struct k_scan_lens *lens)
{
	uint32_t mass = 0;

	if (lens->len[K_VERIFY_END_OF_BLOCK] == 0 ||
	    k_scan_canonical(&t->litlen_code, lens->len, lens->n_litlen) < 0 ||
	    k_scan_canonical(&t->dist_code, lens->len + lens->n_litlen,
		lens->n_dist) < 0)
		return K_SCAN_ECODE;
	build_table(t->litlen, K_VERIFY_LITLEN_BITS, &t->litlen_code,
	    litlen_entry);
	build_table(t->dist, K_VERIFY_DIST_BITS, &t->dist_code, dist_entry);
	build_codes(t->code, &t->litlen_code);
	for (uint32_t i = K_VERIFY_END_OF_BLOCK + 1; i < lens->n_litlen; i++)
		if (lens->len[i] > 0)
			mass += 1U << (15 - lens->len[i]);
	t->is_literal = mass < LITERAL_MASS;
	return 0;
}
