/*
 * sim_profile.c - from a name to work of items; called by ocr-sim
 */
#include "config.h"

#include "src/sim_profile.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/sim_file.h"
#include "src/sim_items.h"
#include "src/sim_random.h"
#include "src/sim_shape.h"

/* What a row costs in which nothing happens: an eighth of an edge. */
#define ITEM_WORK 0.125
#define HUB_ROWS ((uint64_t)1 << 20)
#define HUB_EDGES 131072

enum kind { FILE_PATH, KRON, UNIFORM, LAW, HUB };

enum activity { ALL, PART, LEVEL, WAVE };

struct spec {
	enum kind kind;
	unsigned scale;
	struct ocr_sim_law law;
	enum ocr_sim_order order;
	enum activity activity;
	double part;
	unsigned level;
};

/*
 * Vertices and edges as published for the graphs; exponents and largest degrees
 * are of the order that SNAP's pages and KONECT tell.
 */
static const struct law_name {
	const char *name;
	struct ocr_sim_law law;
} laws[] = {
    {"twitter", {62000000, 1468000000, 2.1, 3000000, 0.33, false}},
    {"livejournal", {4800000, 69000000, 2.4, 20000, 0, false}},
    {"orkut", {3000000, 234000000, 2.6, 33000, 0, false}},
    {"stackoverflow", {2600000, 36000000, 2.2, 44000, 0, false}},
    {"skitter", {1700000, 22000000, 2.25, 35000, 0, false}},
    {"pokec", {1600000, 31000000, 2.6, 15000, 0, false}},
    {"higgs", {460000, 15000000, 2.1, 51000, 0, true}},
};

static bool
is_word(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && memcmp(text, word, len) == 0;
}

/* "kron20": what follows the word, 10 .. 26. */
static bool
find_scale(const char *text, size_t len, const char *word, unsigned *scale)
{
	size_t n = strlen(word);

	if (len != n + 2 || memcmp(text, word, n) != 0 || text[n] < '1' ||
	    text[n] > '2' || text[n + 1] < '0' || text[n + 1] > '9')
		return false;
	*scale = (unsigned)(text[n] - '0') * 10 + (unsigned)(text[n + 1] - '0');
	return *scale <= 26;
}

static void
find_kind(const char *text, size_t len, struct spec *s)
{
	size_t i;

	s->kind = FILE_PATH;
	if (find_scale(text, len, "kron", &s->scale))
		s->kind = KRON;
	else if (find_scale(text, len, "uniform", &s->scale))
		s->kind = UNIFORM;
	else if (is_word(text, len, "hub"))
		s->kind = HUB;
	for (i = 0; i < sizeof(laws) / sizeof(*laws); i++) {
		if (!is_word(text, len, laws[i].name))
			continue;
		s->kind = LAW;
		s->law = laws[i].law;
		s->order = OCR_SIM_CRAWL;
	}
}

static bool
find_order(const char *text, size_t len, struct spec *s)
{
	if (is_word(text, len, "random"))
		s->order = OCR_SIM_RANDOM;
	else if (is_word(text, len, "degree"))
		s->order = OCR_SIM_DEGREE;
	else if (is_word(text, len, "crawl"))
		s->order = OCR_SIM_CRAWL;
	else
		return false;
	return true;
}

static bool
find_activity(const char *text, size_t len, struct spec *s)
{
	if (is_word(text, len, "pr")) {
		s->activity = ALL;
	} else if (is_word(text, len, "a5")) {
		s->activity = PART;
		s->part = 0.05;
	} else if (is_word(text, len, "a20")) {
		s->activity = PART;
		s->part = 0.2;
	} else if (is_word(text, len, "wave")) {
		s->activity = WAVE;
	} else if (len == 2 && text[0] == 'l' && text[1] >= '0' &&
		   text[1] <= '0' + OCR_SIM_MAX_LEVELS) {
		s->activity = LEVEL;
		s->level = (unsigned)(text[1] - '0');
	} else {
		return false;
	}
	return true;
}

/* -OCR_EUSAGE: begins like a name, but is none. */
static int
parse(const char *text, struct spec *s, struct ocr_err *err)
{
	size_t len = strcspn(text, "/");
	const char *at = text + len;
	bool has_order;

	*s = (struct spec){.kind = FILE_PATH};
	find_kind(text, len, s);
	if (s->kind == FILE_PATH || *at == '\0')
		return 0;
	len = strcspn(++at, "/");
	has_order = find_order(at, len, s);
	if (has_order && at[len] == '/') {
		at += len + 1;
		len = strlen(at);
		has_order = false;
	}
	if (at[len] != '\0' || s->kind == HUB ||
	    (!has_order && !find_activity(at, len, s)))
		return ocr_err_set(err, -OCR_EUSAGE,
		    "work '%s' is not NAME[/random|/degree|/crawl]"
		    "[/pr|/a5|/a20|/l0 to /l6|/wave]",
		    text);
	return 0;
}

bool
ocr_sim_profile_is_name(const char *spec)
{
	struct spec s;

	find_kind(spec, strcspn(spec, "/"), &s);
	return s.kind != FILE_PATH;
}

/* Degrees, and levels of a search if they are asked for. */
static int
make_shape(struct ocr_sim_shape *shape, const struct spec *s, uint64_t seed,
    struct ocr_err *err)
{
	struct ocr_sim_graph graph = {
	    .scale = s->scale,
	    .is_uniform = s->kind == UNIFORM,
	    .has_levels = s->activity == LEVEL,
	    .is_crawl = s->order == OCR_SIM_CRAWL,
	    .seed = seed,
	};
	int r;

	r = s->kind == LAW ? ocr_sim_shape_law(shape, &s->law,
				 s->order == OCR_SIM_CRAWL, seed, err)
			   : ocr_sim_shape_graph(shape, &graph, err);
	if (r >= 0 && s->order == OCR_SIM_DEGREE)
		r = ocr_sim_shape_sort(shape, err);
	if (r >= 0 && s->activity == LEVEL && shape->levels == NULL)
		r = ocr_sim_shape_levels(shape, seed, err);
	return r;
}

static bool
is_active(const struct ocr_sim_shape *shape, const struct spec *s,
    uint64_t seed, uint64_t i)
{
	double x = (double)i / (double)shape->n, part = s->part;

	if (s->activity == ALL)
		return true;
	if (s->activity == LEVEL)
		return shape->levels[i] == s->level;
	if (s->activity == WAVE)
		part = 0.6 * exp(-pow((x - 0.35) / 0.08, 2));
	return ocr_sim_unit(ocr_sim_hash(seed, 11, i)) < part;
}

static int
make_named(struct ocr_sim_profile *p, const char *name, const struct spec *s,
    double sigma, uint64_t seed, struct ocr_err *err)
{
	struct ocr_sim_shape shape = {0};
	uint64_t i, n_active = 0;
	int r;

	r = make_shape(&shape, s, seed, err);
	if (r < 0)
		goto out;
	for (i = 0; i < shape.n; i++) {
		if (!is_active(&shape, s, seed, i))
			shape.degrees[i] = 0;
		n_active += shape.degrees[i] > 0;
	}
	if (n_active == 0) {
		r = ocr_err_set(err, -OCR_EUSAGE,
		    "work '%s': the search ends before that level", name);
		goto out;
	}
	r = ocr_sim_profile_make(p, name, shape.degrees, shape.n, sigma, seed,
	    err);
	shape.degrees = NULL;
out:
	ocr_sim_shape_release(&shape);
	return r;
}

static int
make_hub(struct ocr_sim_profile *p, const char *name, double sigma,
    uint64_t seed, struct ocr_err *err)
{
	uint32_t *work = calloc(HUB_ROWS, sizeof(*work));

	if (work == NULL)
		return ocr_err_nomem(err);
	work[HUB_ROWS / 3] = HUB_EDGES;
	return ocr_sim_profile_make(p, name, work, HUB_ROWS, sigma, seed, err);
}

int
ocr_sim_profile_load(struct ocr_sim_profile *p, const char *spec, double sigma,
    uint64_t seed, struct ocr_err *err)
{
	struct spec s;
	uint32_t *work;
	uint64_t n;
	int r;

	*p = (struct ocr_sim_profile){0};
	r = parse(spec, &s, err);
	if (r < 0)
		return r;
	if (s.kind == HUB)
		return make_hub(p, spec, sigma, seed, err);
	if (s.kind != FILE_PATH)
		return make_named(p, spec, &s, sigma, seed, err);
	r = ocr_sim_file_read(spec, &work, &n, err);
	return r < 0 ? r
		     : ocr_sim_profile_make(p, spec, work, n, sigma, seed, err);
}

int
ocr_sim_profile_make(struct ocr_sim_profile *p, const char *name,
    uint32_t *work, uint64_t n, double sigma, uint64_t seed,
    struct ocr_err *err)
{
	int r;

	*p = (struct ocr_sim_profile){.item_work = ITEM_WORK};
	snprintf(p->name, sizeof(p->name), "%s", name);
	p->rows.work = work;
	p->rows.n = n;
	r = ocr_sim_items_make(p, sigma, seed, err);
	if (r < 0)
		ocr_sim_profile_release(p);
	return r;
}

void
ocr_sim_profile_release(struct ocr_sim_profile *p)
{
	ocr_sim_items_release(&p->rows);
	ocr_sim_items_release(&p->pieces);
	*p = (struct ocr_sim_profile){0};
}
