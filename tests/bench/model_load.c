/*
 * model_load.c - how long a model takes to open, in a process that has done
 * nothing yet, and what it has left for later
 *
 *	model_load MODEL
 *
 * Prints milliseconds: to open it; for the first image, with the memory of a
 * thread; for the first batch, for which tables are made; for another one.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/io.h"
#include "src/model.h"

#define BATCH 64 /* fills the widest vectors */
#define N_RUNS 3

static int
run_all(const struct ocr_model *m, uint64_t at[N_RUNS], struct ocr_err *err)
{
	static const size_t n[N_RUNS] = {1, BATCH, BATCH};
	size_t bytes = BATCH * ocr_model_input(m)->n_bytes, i;
	struct ocr_model_state *s = NULL;
	uint32_t labels[BATCH];
	uint8_t *images = malloc(bytes);
	uint64_t start;
	int r = images == NULL ? ocr_err_nomem(err) : 0;

	if (r == 0)
		memset(images, 0x3f, bytes); /* 0.75 as floats */
	start = ocr_now_ns();
	if (r == 0)
		r = ocr_model_state_new(&s, m, BATCH, err);
	for (i = 0; r == 0 && i < N_RUNS; i++) {
		r = ocr_model_run(s, images, n[i], NULL, labels, err);
		at[i] = ocr_now_ns() - start;
	}
	ocr_model_state_free(s);
	free(images);
	return r;
}

int
main(int argc, char **argv)
{
	struct ocr_model *m = NULL;
	struct ocr_err err = {0};
	uint64_t start = ocr_now_ns(), opened, at[N_RUNS] = {0};
	int r = argc == 2 ? ocr_model_open(&m, argv[1], NULL, &err)
			  : ocr_err_set(&err, -OCR_EUSAGE, "model_load MODEL");

	opened = ocr_now_ns() - start;
	if (r == 0)
		r = run_all(m, at, &err);
	if (r < 0)
		fprintf(stderr, "model_load: %s\n", err.text);
	else
		printf("%.3f %.3f %.3f %.3f\n", (double)opened * 1e-6,
		    (double)at[0] * 1e-6, (double)(at[1] - at[0]) * 1e-6,
		    (double)(at[2] - at[1]) * 1e-6);
	ocr_model_close(m);
	return r < 0;
}
