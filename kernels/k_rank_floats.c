/*
 * k_rank_floats.c - PageRank in floats
 */
#include "kernels/k_rank.h"

#define REAL float
#define TARGET
#include "kernels/k_rank_plain.h"

#define SWEEP k_rank_floats
#define SUM sum_plain
#include "kernels/k_rank_sweep.h"
