/* k_huff_code.c - length-limited Huffman codes */
#include "kernels/k_huff_code.h"

#include <string.h>

#define MAX_BITS 15
#define RADIX_BITS 9 /* two passes cover K_HUFF_MAX_FREQ */
#define SYM_BITS 9   /* a sort key is freq << SYM_BITS | symbol */

/* Stable counting sort of n keys by 9 bits from 'shift' up. */
static void
sort_pass(const uint32_t *from, uint32_t *to, uint32_t n, uint32_t shift)
{
	uint16_t start[(1 << RADIX_BITS) + 1] = {0};
	uint32_t mask = (1U << RADIX_BITS) - 1;

	for (uint32_t i = 0; i < n; i++)
		start[(from[i] >> shift & mask) + 1]++;
	for (uint32_t i = 1; i <= mask; i++)
		start[i] = (uint16_t)(start[i] + start[i - 1]);
	for (uint32_t i = 0; i < n; i++)
		to[start[from[i] >> shift & mask]++] = from[i];
}

/* Keys of the symbols present, rarest first; returns how many. */
static uint32_t
sort_symbols(const uint32_t *freq, uint32_t n, uint32_t *key)
{
	uint32_t other[K_HUFF_MAX_SYMS], n_used = 0;

	for (uint32_t i = 0; i < n; i++)
		if (freq[i] > 0)
			key[n_used++] = freq[i] << SYM_BITS | i;
	if (n_used < 2)
		return n_used;
	sort_pass(key, other, n_used, SYM_BITS);
	sort_pass(other, key, n_used, SYM_BITS + RADIX_BITS);
	return n_used;
}

/*
 * Parents of the nodes of a Huffman tree.  Nodes 0..n-1 are the leaves in
 * ascending weight, n..2n-2 the inner nodes in the order of their making.
 * Inner nodes are made in ascending weight, so the two lightest nodes are
 * always at the head of one of these two queues.
 */
static void
build_tree(const uint32_t *key, uint32_t n, uint16_t *parent)
{
	uint32_t weight[2 * K_HUFF_MAX_SYMS], leaf = 0, inner = n;

	for (uint32_t i = 0; i < n; i++)
		weight[i] = key[i] >> SYM_BITS;
	for (uint32_t made = n; made < 2 * n - 1; made++) {
		weight[made] = 0;
		for (int child = 0; child < 2; child++) {
			uint32_t i =
			    leaf < n && (inner == made ||
					    weight[leaf] <= weight[inner])
				? leaf++
				: inner++;

			weight[made] += weight[i];
			parent[i] = (uint16_t)made;
		}
	}
}

/*
 * How many leaves have each length.  Grow the tree from its root: turn a leaf
 * into two one level below, once per inner node.  The code is complete at
 * every step.  A node at or under the limit splits the deepest leaf above
 * the limit instead; one exists, or 1 << max_len leaves would be there
 * already.  Nodes come in order of depth (parents of later nodes are later),
 * so above the limit this is exactly Huffman's tree.
 */
static void
count_lengths(const uint16_t *parent, uint32_t n, uint32_t max_len,
    uint16_t *count)
{
	uint16_t depth[2 * K_HUFF_MAX_SYMS];
	uint32_t root = 2 * n - 2;

	memset(count, 0, (MAX_BITS + 1) * sizeof *count);
	count[0] = 1;
	depth[root] = 0;
	for (uint32_t i = root; i >= n; i--) {
		uint32_t d;

		if (i < root)
			depth[i] = (uint16_t)(depth[parent[i]] + 1);
		d = depth[i] < max_len ? depth[i] : max_len - 1;
		while (count[d] == 0)
			d--;
		count[d]--;
		count[d + 1] = (uint16_t)(count[d + 1] + 2);
	}
}

uint32_t
k_huff_lengths(const uint32_t *freq, uint32_t n, uint32_t max_len, uint8_t *len)
{
	uint32_t key[K_HUFF_MAX_SYMS], n_used, longest = 0, i = 0;
	uint16_t parent[2 * K_HUFF_MAX_SYMS], count[MAX_BITS + 1];

	memset(len, 0, n);
	n_used = sort_symbols(freq, n, key);
	if (n_used == 0)
		return 0;
	if (n_used == 1) {
		uint32_t sym = key[0] & ((1U << SYM_BITS) - 1);

		len[sym] = 1;
		len[sym > 0 ? sym - 1 : 1] = 1;
		return 1;
	}
	build_tree(key, n_used, parent);
	count_lengths(parent, n_used, max_len, count);
	for (uint32_t l = max_len; l > 0; l--) {
		if (count[l] > 0 && longest == 0)
			longest = l;
		for (uint32_t k = count[l]; k > 0; k--)
			len[key[i++] & ((1U << SYM_BITS) - 1)] = (uint8_t)l;
	}
	return longest;
}

void
k_huff_codes(const uint8_t *len, uint32_t n, uint16_t *code)
{
	uint32_t count[MAX_BITS + 1] = {0}, next[MAX_BITS + 1];

	for (uint32_t i = 0; i < n; i++)
		count[len[i]]++;
	count[0] = 0;
	next[0] = 0;
	for (uint32_t l = 1; l <= MAX_BITS; l++)
		next[l] = (next[l - 1] + count[l - 1]) << 1;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t c = len[i] > 0 ? next[len[i]]++ : 0, mirrored = 0;

		for (uint32_t k = len[i]; k > 0; k--) {
			mirrored = mirrored << 1 | (c & 1);
			c >>= 1;
		}
		code[i] = (uint16_t)mirrored;
	}
}
