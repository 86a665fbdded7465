/*
 * sim_table.h - what ocr-sim found, for people and for programs
 */
#ifndef OCR_SIM_TABLE_H
#define OCR_SIM_TABLE_H

#include <stdio.h>

#include "common/json_write.h"
#include "src/sim_compare.h"

/* Said above everything: grade S. */
#define OCR_SIM_GRADE "simulated on a virtual clock, not measured (grade S)"

/* At most 80 columns, if the texts of --schedule are no longer than 17. */
void ocr_sim_table_block(FILE *f, const struct ocr_sim_cases *cases,
    const struct ocr_sim_block *b);

/* Geometric means over more than one block. */
void ocr_sim_table_means(FILE *f, const struct ocr_sim_cases *cases,
    const struct ocr_sim_block *blocks, size_t n_blocks);

/* Where hws is slower than another by more than 1 %, or that it is nowhere;
 * nothing if hws did not run, or alone. */
void ocr_sim_table_losses(FILE *f, const struct ocr_sim_cases *cases,
    const struct ocr_sim_block *blocks, size_t n_blocks);

/* A list with an object for each row. */
void ocr_sim_json(FILE *f, const struct ocr_sim_cases *cases,
    const struct ocr_sim_block *blocks, size_t n_blocks, const char *workers);

#endif
