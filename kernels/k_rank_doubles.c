/*
 * k_rank_doubles.c - PageRank in doubles
 */
#include "kernels/k_rank.h"

#define REAL double
#define TARGET
#include "kernels/k_rank_plain.h"

#define SWEEP k_rank_doubles
#define SUM sum_plain
#include "kernels/k_rank_sweep.h"
