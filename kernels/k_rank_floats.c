/*
 * k_rank_floats.c - PageRank in floats
 */
#include "kernels/k_rank.h"

#define REAL float
#define SWEEP k_rank_floats
#include "kernels/k_rank_plain.h"
#include "kernels/k_rank_sweep.h"
