/*
 * model_load.c - how long a model takes to open, in a process that has done
 * nothing yet
 *
 *	model_load MODEL
 *
 * Prints milliseconds: to open it, and to make the memory of one thread.
 */
#include "config.h"

#include <stdio.h>

#include "common/io.h"
#include "src/model.h"

int
main(int argc, char **argv)
{
	struct ocr_model *m = NULL;
	struct ocr_model_state *s = NULL;
	struct ocr_err err = {0};
	uint64_t start = ocr_now_ns(), opened;
	int r = argc == 2 ? ocr_model_open(&m, argv[1], NULL, &err)
			  : ocr_err_set(&err, -OCR_EUSAGE, "model_load MODEL");

	opened = ocr_now_ns();
	if (r == 0)
		r = ocr_model_state_new(&s, m, 32, &err);
	if (r < 0)
		fprintf(stderr, "model_load: %s\n", err.text);
	else
		printf("%.3f %.3f\n", (double)(opened - start) * 1e-6,
		    (double)(ocr_now_ns() - opened) * 1e-6);
	ocr_model_state_free(s);
	ocr_model_close(m);
	return r < 0;
}
