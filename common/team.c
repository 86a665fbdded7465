/*
 * team.c - make and end the workers of a run
 */
#include "config.h"

#include "common/team.h"

#include <stdlib.h>

#include "common/cpus.h"
#include "common/worker_cpu.h"

int
ocr_team_init(struct ocr_team *t, unsigned n_cpu, struct ocr_err *err)
{
	unsigned i;

	*t = (struct ocr_team){0};
	if (n_cpu == 0)
		n_cpu = ocr_cpus_usable();
	t->workers = calloc(n_cpu, sizeof(*t->workers));
	t->done = ocr_queue_new();
	if (t->workers == NULL || t->done == NULL) {
		ocr_team_release(t);
		return ocr_err_nomem(err);
	}
	for (i = 0; i < n_cpu; i++) {
		ocr_worker_cpu_init(&t->workers[i], i);
		t->workers[i].done = t->done;
	}
	t->n_workers = n_cpu;
	return 0;
}

int
ocr_team_open(struct ocr_team *t, size_t i, const struct ocr_kernel *k,
    struct ocr_err *err)
{
	struct ocr_worker *w = &t->workers[i];
	int r;

	r = w->ops->open(w, k, err);
	if (r < 0) {
		w->is_retired = true;
		return r;
	}
	w->is_open = true;
	t->kernel = k;
	return 0;
}

void
ocr_team_close(struct ocr_team *t)
{
	size_t i;

	for (i = 0; i < t->n_workers; i++) {
		if (t->workers[i].is_open)
			t->workers[i].ops->close(&t->workers[i]);
		t->workers[i].is_open = false;
	}
	t->kernel = NULL;
}

void
ocr_team_release(struct ocr_team *t)
{
	ocr_team_close(t);
	free(t->workers);
	ocr_queue_free(t->done);
	*t = (struct ocr_team){0};
}
