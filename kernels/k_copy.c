/* k_copy.c - copy bytes: what transport to and from a card costs */
#include "kernels/k_copy.h"

#include <string.h>

#define LINE 4096 /* bytes: an AXI burst does not cross more */

static void
load(const uint8_t *in, uint8_t *line, uint32_t n)
{
	memcpy(line, in, n);
}

static void
store(const uint8_t *line, uint8_t *out, uint32_t n)
{
	memcpy(out, line, n);
}

/* Line i is stored while line i + 1 is loaded. */
static void
copy(const uint8_t *in, uint8_t *out, uint32_t len)
{
	uint32_t n_lines = len / LINE + (len % LINE > 0);

lines:
	for (uint32_t i = 0; i < n_lines; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 256
#pragma HLS DATAFLOW
		uint8_t line[LINE];
		uint32_t at = i * LINE;
		uint32_t n = len - at < LINE ? len - at : LINE;

		load(in + at, line, n);
		store(line, out + at, n);
	}
}

void
k_copy(const uint8_t *in, uint32_t in_len, uint8_t *out, uint32_t out_cap,
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
	if (in_len > out_cap || in_len == K_PLAIN_FAILED) {
		*out_len = K_PLAIN_FAILED;
		return;
	}
	copy(in, out, in_len);
	*out_len = in_len;
}
