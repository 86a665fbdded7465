/*
 * k_bnn_xnor_popcnt.c - the XNOR engine's counts by the popcnt instruction
 *
 * Called where __builtin_cpu_supports() has said that it may be.
 */
#include "kernels/k_bnn.h"

#ifdef __x86_64__

#define TARGET __attribute__((target("popcnt")))
#define ONES(word) __builtin_popcountll(word)
#define OP(x, w) ((x) ^ (w))
#define NAME k_bnn_xor_popcnt
#include "kernels/k_bnn_counts.h"
#define OP(x, w) ((x) & (w))
#define NAME k_bnn_and_popcnt
#include "kernels/k_bnn_counts.h"

#endif
