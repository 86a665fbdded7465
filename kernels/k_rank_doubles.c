/*
 * k_rank_doubles.c - PageRank in doubles
 */
#include "kernels/k_rank.h"

#define REAL double
#define SWEEP k_rank_doubles
#include "kernels/k_rank_plain.h"
#include "kernels/k_rank_sweep.h"
