/*
 * sim_case.c - see sim_case.h
 */
#include "config.h"

#include "src/sim_case.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const all[] = {"static", "dynamic:best", "hap:best",
    "hws-paper:best", "hws", "static:weights", "dynamic:best,weights",
    "hap:best,weights", "hws-paper:best,weights", "hws:steal=no"};

static int
bad_case(const char *text, const char *why, struct ocr_err *err)
{
	return ocr_err_set(err, -OCR_EUSAGE, "--schedule: '%.60s': %s", text,
	    why);
}

/* Take "best" out of a copy of the text, if it is there. */
static bool
cut_best(char *name)
{
	static const char best[] = "best";
	char *at = strchr(name, ':'), *behind;

	if (at == NULL || strncmp(at + 1, best, sizeof(best) - 1) != 0)
		return false;
	behind = at + sizeof(best);
	if (*behind == ',') /* "dynamic:best,weights": the colon stays */
		memmove(at + 1, behind + 1, strlen(behind));
	else if (*behind == '\0')
		*at = '\0';
	else
		return false;
	return true;
}

static int
parse_case(struct ocr_sim_case *c, const char *text, struct ocr_err *err)
{
	struct ocr_err why = {0};
	size_t number;
	int r;

	if (strlen(text) >= sizeof(c->text))
		return bad_case(text, "too long", err);
	*c = (struct ocr_sim_case){0};
	memcpy(c->text, text, strlen(text) + 1);
	memcpy(c->name, text, strlen(text) + 1);
	c->is_best = cut_best(c->name);
	number = strcspn(c->name, ":");
	if (c->is_best && c->name[number] != '\0' &&
	    strspn(c->name + number + 1, "0123456789") > 0)
		return bad_case(text, "best is in place of a number", err);
	r = ocr_schedule_parse(c->name, &c->schedule, &why);
	if (r < 0)
		return ocr_err_set(err, r, "--%s", why.text);
	if (c->is_best &&
	    (c->schedule.kind == OCR_STATIC || c->schedule.kind == OCR_HWS))
		return bad_case(text, "best is for dynamic, hap and hws-paper",
		    err);
	c->is_informed =
	    c->schedule.has_no_steals ||
	    (c->schedule.has_weights && c->schedule.kind != OCR_HWS);
	return 0;
}

static int
add_one(struct ocr_sim_cases *cases, const char *text, struct ocr_err *err)
{
	for (size_t i = 0; i < cases->n; i++) {
		if (strcmp(cases->list[i].text, text) == 0)
			return 0;
	}
	if (cases->n == OCR_SIM_MAX_CASES)
		return bad_case(text, "too many of them", err);
	if (parse_case(&cases->list[cases->n], text, err) < 0)
		return err->code;
	cases->n++;
	return 0;
}

int
ocr_sim_cases_add(struct ocr_sim_cases *cases, const char *text,
    struct ocr_err *err)
{
	int r = 0;

	if (strcmp(text, "all") != 0)
		return add_one(cases, text, err);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]) && r == 0; i++)
		r = add_one(cases, all[i], err);
	return r;
}

/* The settings being collected. */
struct tries {
	const struct ocr_sim_case *c;
	struct ocr_sim_try *list;
	size_t n;
};

static struct ocr_schedule *
add_try(struct tries *t, bool has_no_cards)
{
	struct ocr_sim_try *one = &t->list[t->n++];

	assert(t->n <= OCR_SIM_MAX_TRIES);
	one->schedule = t->c->schedule;
	one->has_no_cards = has_no_cards;
	return &one->schedule;
}

static void
add_chunks(struct tries *t, uint64_t chunk, uint64_t card_chunk)
{
	struct ocr_schedule *s = add_try(t, card_chunk == 0);

	s->chunk = chunk;
	s->card_chunk = card_chunk;
}

/* The power of two that is n / parts or next above it. */
static uint64_t
power_above(uint64_t n, uint64_t parts)
{
	uint64_t p = 1;

	while (p < n / parts)
		p *= 2;
	return p;
}

/*
 * Powers of two for threads, and for cards no less than that; and threads
 * alone, for work too small for a card.  What is left out is so small that it
 * is slow, as was seen in a study over 228 profiles and set-ups.  Some 180 of
 * them at most: 14 powers for cards, 18 for threads.
 */
static void
add_dynamic(struct tries *t, const struct ocr_sim_size *size)
{
	uint64_t low = power_above(size->n, 65536);
	uint64_t low_card = power_above(size->n, 4096);

	for (uint64_t c = low; size->n_threads > 0 && c <= size->n; c *= 2)
		add_chunks(t, c, 0);
	for (uint64_t k = low_card; size->n_cards > 0 && k <= size->n; k *= 2) {
		if (size->n_threads == 0)
			add_chunks(t, k, k);
		for (uint64_t c = low; size->n_threads > 0 && c <= k; c *= 2)
			add_chunks(t, c, k);
	}
}

static void
add_hap(struct tries *t)
{
	for (uint64_t chunk = 1024; chunk <= 65536; chunk *= 4)
		add_try(t, false)->chunk = chunk;
}

static void
add_hws_paper(struct tries *t)
{
	for (uint64_t floor = 8; floor <= 32768; floor *= 8)
		add_try(t, false)->floor = floor;
}

size_t
ocr_sim_case_tries(const struct ocr_sim_case *c,
    const struct ocr_sim_size *size,
    struct ocr_sim_try tries[OCR_SIM_MAX_TRIES])
{
	struct tries t = {c, tries, 0};

	if (c->is_best && c->schedule.kind == OCR_DYNAMIC)
		add_dynamic(&t, size);
	if (c->is_best && c->schedule.kind == OCR_HAP)
		add_hap(&t);
	if (c->is_best && c->schedule.kind == OCR_HWS_PAPER)
		add_hws_paper(&t);
	if (t.n == 0)
		(void)add_try(&t, false);
	return t.n;
}

void
ocr_sim_case_setting(const struct ocr_sim_case *c, const struct ocr_sim_try *t,
    char text[96])
{
	const struct ocr_schedule *s = &t->schedule;
	uint64_t first = s->kind == OCR_HWS_PAPER ? s->floor : s->chunk;
	int len = (int)strcspn(c->name, ":"), n;
	const char *rest = c->name + len;

	n = snprintf(text, 96, "%.*s", len, c->name);
	if (c->is_best)
		n += snprintf(text + n, 96 - (size_t)n, ":%" PRIu64, first);
	if (c->is_best && s->kind == OCR_DYNAMIC && !t->has_no_cards)
		n += snprintf(text + n, 96 - (size_t)n, "/%" PRIu64,
		    s->card_chunk);
	if (*rest != '\0')
		snprintf(text + n, 96 - (size_t)n, "%s%s",
		    c->is_best ? "," : ":", rest + 1);
}
