/*
 * k_deflate.c - deflate for a compute unit, and for the softcard
 *
 * Two blocks take turns: one is scanned while the other is coded.  The calls
 * stand side by side with the buffers named, not indexed, so that v++ sees
 * that they share nothing and runs them at the same time.
 */
#include "kernels/k_deflate.h"

#include <string.h>

#include "kernels/k_deflate_code.h"
#include "kernels/k_deflate_scan.h"

#define STORED_MAX 65535U /* LEN has 16 bits */
#define LINE 4096         /* bytes: an AXI burst does not cross more */
/* One more to code the last, one more that finds nothing. */
#define MAX_BLOCKS (K_DEFLATE_MAX_IN / 12289 + 3)

/* The piece so far. */
struct piece {
	struct k_deflate_code code; /* of the open block; end_len 0: none */
	struct k_deflate_bits bits; /* at: bytes in packed */
	uint8_t packed[K_DEFLATE_CODED_MAX];
	uint32_t len; /* bytes in out */
	uint32_t cap;
	uint32_t failed; /* it does not fit; nothing more is written */
};

/* Burst of n bytes behind the piece. */
static void
store(struct piece *p, const uint8_t *from, uint32_t n, uint8_t *out)
{
	if (n > p->cap - p->len)
		p->failed = 1;
	if (p->failed || n == 0)
		return;
	memcpy(out + p->len, from, n);
	p->len += n;
}

static void
store_packed(struct piece *p, uint8_t *out)
{
	store(p, p->packed, p->bits.at, out);
	p->bits.at = 0;
}

static void
end_block(struct piece *p)
{
	k_deflate_put(&p->bits, p->packed, p->code.end, p->code.end_len);
	p->code.end = 0;
	p->code.end_len = 0;
}

/* Header of a stored block; LEN and its complement are byte aligned. */
static void
store_begin(struct piece *p, uint32_t len, uint8_t *out)
{
	end_block(p);
	k_deflate_put_stored(&p->bits, p->packed);
	k_deflate_put(&p->bits, p->packed, len | (len ^ 0xffff) << 16, 32);
	store_packed(p, out);
}

static void
store_raw(struct piece *p, const uint8_t *in, uint32_t len, uint8_t *out)
{
	uint8_t line[LINE];
	uint32_t n;

lines:
	for (uint32_t at = 0; at < len; at += n) {
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 16
		n = len - at < LINE ? len - at : LINE;
		memcpy(line, in + at, n);
		store(p, line, n, out);
	}
}

static void
store_block(struct piece *p, const uint8_t *in, uint32_t len, uint8_t *out)
{
	uint32_t n;

blocks:
	for (uint32_t at = 0; at < len; at += n) {
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 16
		n = len - at < STORED_MAX ? len - at : STORED_MAX;
		store_begin(p, n, out);
		store_raw(p, in + at, n, out);
	}
}

/* Bits of the stored form of len bytes, len > 0, after n_before bits. */
static uint32_t
stored_bits(uint32_t n_before, uint32_t len)
{
	uint32_t first = ((n_before + 3 + 7) & ~7U) - n_before;

	return first + 32 + 40 * ((len - 1) / STORED_MAX) + 8 * len;
}

/*
 * Codes the block, or leaves it alone and returns 1 when that would make it
 * longer than its stored form: the whole piece then keeps K_DEFLATE_BOUND.
 * Where the code of the block before does as well as a new one and its header,
 * that block goes on.  Bits are counted from where its end would be.
 */
static uint32_t
code(struct piece *p, const struct k_deflate_block *b, uint8_t *out)
{
	struct k_deflate_code fresh;
	struct k_deflate_header header;
	uint32_t n_same = K_DEFLATE_NO_CODE, n_fresh, n_stored;

	if (b->n_tokens == 0)
		return 0;
	k_deflate_code_plan(&fresh, &header, b);
	n_fresh =
	    header.n_bits + k_deflate_code_bits(&fresh, b) + fresh.end_len;
	if (p->code.end_len > 0)
		n_same = k_deflate_code_bits(&p->code, b);
	n_stored =
	    stored_bits((p->bits.n + p->code.end_len) & 7, b->end - b->begin);
	if (n_fresh >= n_stored && n_same >= n_stored)
		return 1;
	if (n_fresh < n_same) {
		end_block(p);
		k_deflate_header_put(&header, &p->bits, p->packed);
		p->code = fresh;
	}
	k_deflate_code_put(&p->code, b, &p->bits, p->packed);
	store_packed(p, out);
	return 0;
}

static void
deflate(struct piece *p, const uint8_t *in, uint32_t in_len, uint8_t *out)
{
	struct k_deflate_scan scan;
	struct k_deflate_block even, odd;
	uint32_t is_stored, n_tokens = 1;
#pragma HLS ARRAY_PARTITION variable = scan.ring complete dim = 1
#pragma HLS ARRAY_PARTITION variable = scan.ring cyclic factor = 16 dim = 2
#pragma HLS BIND_STORAGE variable = scan.bucket type = ram_2p latency = 1
#pragma HLS ARRAY_PARTITION variable = p->packed cyclic factor = 8

	k_deflate_scan_init(&scan, in, in_len);
	even.n_tokens = 0;
	odd.n_tokens = 0;
blocks:
	for (uint32_t i = 0; i < MAX_BLOCKS && n_tokens > 0; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 2 max = 88
		if (i & 1) {
			k_deflate_scan_block(&scan, in, &odd);
			is_stored = code(p, &even, out);
			if (is_stored)
				store_block(p, in + even.begin,
				    even.end - even.begin, out);
			n_tokens = odd.n_tokens;
		} else {
			k_deflate_scan_block(&scan, in, &even);
			is_stored = code(p, &odd, out);
			if (is_stored)
				store_block(p, in + odd.begin,
				    odd.end - odd.begin, out);
			n_tokens = even.n_tokens;
		}
	}
	store_begin(p, 0, out);
}

void
k_deflate(const uint8_t *in, uint32_t in_len, uint8_t *out, uint32_t out_cap,
    uint32_t *out_len)
{
#pragma HLS INTERFACE m_axi port = in bundle = gmem0 offset = slave
#pragma HLS INTERFACE m_axi port = out bundle = gmem1 offset = slave
#pragma HLS INTERFACE m_axi port = out_len bundle = gmem1 offset = slave
#pragma HLS INTERFACE s_axilite port = in bundle = control
#pragma HLS INTERFACE s_axilite port = in_len bundle = control
#pragma HLS INTERFACE s_axilite port = out bundle = control
#pragma HLS INTERFACE s_axilite port = out_cap bundle = control
#pragma HLS INTERFACE s_axilite port = out_len bundle = control
#pragma HLS INTERFACE s_axilite port = return bundle = control
	struct piece p;

	if (in_len > K_DEFLATE_MAX_IN) {
		*out_len = K_PLAIN_FAILED;
		return;
	}
	memset(&p.bits, 0, sizeof p.bits);
	p.code.end = 0;
	p.code.end_len = 0;
	p.len = 0;
	p.cap = out_cap;
	p.failed = 0;
	deflate(&p, in, in_len, out);
	*out_len = p.failed ? K_PLAIN_FAILED : p.len;
}
