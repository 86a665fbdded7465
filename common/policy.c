/*
 * policy.c - the scheduling policies by name
 */
#include "config.h"

#include "common/policy.h"

#include <string.h>

/* Cost of giving a worker one more job; less is better. */
static unsigned
dynamic_cost(const struct ocr_policy_view *w)
{
	if (w->n_in_flight > 0)
		return 2 + w->n_in_flight;
	return w->is_open ? 0 : 1;
}

static int
dynamic_choose(const struct ocr_policy_view *w, size_t n_workers,
    size_t n_waiting)
{
	unsigned cost, best_cost = 0;
	int best = -1;
	size_t i;

	(void)n_waiting;
	for (i = 0; i < n_workers; i++) {
		if (!w[i].is_usable || w[i].n_in_flight >= w[i].depth)
			continue;
		cost = dynamic_cost(&w[i]);
		if (best < 0 || cost < best_cost) {
			best = (int)i;
			best_cost = cost;
		}
		if (cost == 0)
			break;
	}
	return best;
}

const struct ocr_policy ocr_policy_dynamic = {
    .name = "dynamic",
    .choose = dynamic_choose,
};

const struct ocr_policy *
ocr_policy_find(const char *name)
{
	static const struct ocr_policy *const all[] = {&ocr_policy_dynamic};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(all[i]->name, name) == 0)
			return all[i];
	return NULL;
}
