/*
 * cardset.c - which unit of which card does what: see cardset.h
 */
#include "config.h"

#include "common/cardset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "common/cleanup.h"
#include "common/lease.h"
#include "common/place.h"
#include "common/thread.h"
#include "common/ui.h"

static void
warn(const struct ocr_team_opt *opt, const struct ocr_device *d,
    const char *why)
{
	if (opt->ui == NULL)
		return;
	ocr_ui_warn(opt->ui, "xrt:%u%s%s%s: not used: %s", d->index,
	    d->label[0] != '\0' ? " (" : "", d->label,
	    d->label[0] != '\0' ? ")" : "", why);
}

/* What tells a step's units from each other: the number behind "idma", or what
 * is behind the last '_' of "xilGzipMM2S_3".  NULL: it is not the step's. */
static const char *
suffix_of(const struct ocr_xclbin_unit *u, const struct ocr_card_step *step)
{
	size_t n = strlen(step->kernel);
	const char *p;

	if (step->is_unit_name) {
		if (strncmp(u->name, step->kernel, n) != 0)
			return NULL;
		p = u->name + n;
		return *p != '\0' && strspn(p, "0123456789") == strlen(p)
			   ? p
			   : NULL;
	}
	if (strcmp(u->kernel, step->kernel) != 0)
		return NULL;
	p = strrchr(u->name, '_');
	return p != NULL ? p + 1 : "";
}

/* Unit i of a step, by base address. */
static const struct ocr_xclbin_unit *
find_unit(const struct ocr_xclbin *x, const struct ocr_card_step *step,
    size_t i)
{
	size_t k;

	for (k = 0; k < x->n_units; k++)
		if (suffix_of(&x->units[k], step) != NULL && i-- == 0)
			return &x->units[k];
	return NULL;
}

static size_t
count_units(const struct ocr_xclbin *x, const struct ocr_card_driver *d)
{
	size_t i, n, least = SIZE_MAX;

	for (i = 0; i < d->n_steps; i++) {
		for (n = 0; find_unit(x, &d->steps[i], n) != NULL;)
			n++;
		if (n < least)
			least = n;
	}
	return d->n_steps > 0 ? least : 0;
}

/* The first file of the search path that fits and has a kernel for a driver;
 * of its drivers the best one.  NULL: why says what is missing. */
static const struct ocr_card_driver *
choose(const struct ocr_cardset *s, size_t first, size_t n_files,
    const struct ocr_device *d, const struct ocr_team_opt *opt, size_t *file,
    char *why, size_t n)
{
	const struct ocr_card_driver *const *driver;
	char reason[128];
	size_t i;

	snprintf(why, n,
	    "there is no xclbin file for it (--xclbin, OCR_XCLBIN)");
	for (i = first; i < first + n_files; i++) {
		if (!ocr_xclbin_fits(&s->path.files[i], d, reason,
			sizeof(reason))) {
			snprintf(why, n, "%.140s %.110s", s->path.paths[i],
			    reason);
			continue;
		}
		for (driver = opt->drivers; *driver != NULL; driver++) {
			if (count_units(&s->path.files[i], *driver) > 0) {
				*file = i;
				return *driver;
			}
		}
		snprintf(why, n, "%.140s holds no kernel for this (like %s)",
		    s->path.paths[i], opt->drivers[0]->steps[0].kernel);
	}
	return NULL;
}

/* Is the argument of that unit connected to the host's memory?  XRT's name
 * for that bank is HOST[0]. */
static bool
is_in_host_memory(const struct ocr_xclbin *x, const struct ocr_xclbin_unit *u,
    uint32_t arg)
{
	size_t i, at = (size_t)(u - x->units);

	for (i = 0; i < x->n_links; i++) {
		if (x->links[i].unit != at || x->links[i].arg != arg ||
		    x->links[i].bank >= x->n_banks)
			continue;
		return strncmp(x->banks[x->links[i].bank].tag, "HOST", 4) == 0;
	}
	return false;
}

/*
 * The unit of a later step that belongs to the first step's unit i: the one
 * with the same number in its name, because streams connect those whatever
 * their addresses are; else the i-th.
 */
static const struct ocr_xclbin_unit *
find_partner(const struct ocr_xclbin *x, const struct ocr_card_step *step,
    const char *suffix, size_t i)
{
	const struct ocr_xclbin_unit *u;
	size_t k;

	for (k = 0; (u = find_unit(x, step, k)) != NULL; k++)
		if (strcmp(suffix_of(u, step), suffix) == 0)
			return u;
	return find_unit(x, step, i);
}

static void
init_unit(struct ocr_card_unit *u, struct ocr_card *card,
    const struct ocr_card_driver *d, const struct ocr_xclbin *x, size_t i)
{
	const struct ocr_xclbin_unit *first, *found;
	const struct ocr_card_step *step;
	const char *suffix;
	size_t k, a;

	*u = (struct ocr_card_unit){.card = card, .driver = d, .lease = -1};
	first = find_unit(x, &d->steps[0], i);
	suffix = suffix_of(first, &d->steps[0]);
	snprintf(u->name, sizeof(u->name), "%s", first->name);
	for (k = 0; k < d->n_steps; k++) {
		step = &d->steps[k];
		found = k == 0 ? first : find_partner(x, step, suffix, i);
		snprintf(u->names[k], sizeof(u->names[k]), "%s:{%s}",
		    found->kernel, found->name);
		for (a = 0; a < step->n_args; a++)
			if (step->args[a].kind == OCR_CARD_BUFFER)
				u->is_host_memory[step->args[a].value] =
				    is_in_host_memory(x, found, (uint32_t)a);
	}
}

static int
add_unit(struct ocr_cardset *s, const struct ocr_card_unit *u,
    struct ocr_err *err)
{
	struct ocr_card_unit *units;

	units = realloc(s->units, (s->n_units + 1) * sizeof(*units));
	if (units == NULL)
		return ocr_err_nomem(err);
	s->units = units;
	units[s->n_units++] = *u;
	return 0;
}

static bool
has_unit(const struct ocr_cardset *s, const struct ocr_card_unit *u)
{
	size_t i;

	for (i = 0; i < s->n_units; i++)
		if (s->units[i].card == u->card &&
		    strcmp(s->units[i].name, u->name) == 0)
			return true;
	return false;
}

/*
 * The units of a card.  Where others use some of them the rest will do; where
 * they use all, that is said, or one of them is waited for.
 */
static int
add_units(struct ocr_cardset *s, struct ocr_card *card,
    const struct ocr_device_item *item, const struct ocr_card_driver *d,
    const struct ocr_xclbin *x, const struct ocr_team_opt *opt,
    struct ocr_err *err)
{
	size_t i, n = count_units(x, d), n_before = s->n_units;
	struct ocr_card_unit u, busy = {0};
	struct ocr_err lost = {0};
	char why[256];

	for (i = 0; i < n; i++) {
		init_unit(&u, card, d, x, i);
		if ((item->unit[0] != '\0' &&
			strcmp(item->unit, u.name) != 0) ||
		    has_unit(s, &u))
			continue;
		if (opt->busy != OCR_BUSY_SHARE) {
			ocr_err_clear(&lost);
			u.lease = ocr_lease_take(card->id, u.name, 0, &lost);
		}
		if (lost.code != 0)
			busy = u;
		else if (add_unit(s, &u, err) < 0)
			return err->code;
		ocr_err_clear(&lost);
	}
	if (s->n_units > n_before)
		return 0;
	if (busy.card == NULL) {
		snprintf(why, sizeof(why), "%.120s has no unit '%.64s'",
		    card->xclbin, item->unit);
		if (item->unit[0] != '\0' && n > 0)
			warn(opt, &card->device, why);
		return 0;
	}
	busy.lease = ocr_lease_take(card->id, busy.name,
	    opt->busy == OCR_BUSY_WAIT ? UINT32_MAX : 0, &lost);
	if (busy.lease >= 0)
		return add_unit(s, &busy, err);
	warn(opt, &card->device, lost.text);
	return 0;
}

static int
add_card(struct ocr_cardset *s, const struct ocr_device_item *item,
    struct ocr_card *card, size_t n_shared, const struct ocr_team_opt *opt,
    struct ocr_err *err)
{
	const struct ocr_card_driver *driver;
	size_t first = 0, n = n_shared, file = 0;
	char why[256];
	int r;

	if (card->device.why[0] != '\0') {
		warn(opt, &card->device, card->device.why);
		return 0;
	}
	if (item->xclbin != NULL) {
		first = s->path.n;
		r = ocr_xclbin_path_add(&s->path, item->xclbin, opt->ui, err);
		if (r < 0)
			return r;
		n = s->path.n - first;
	}
	driver =
	    choose(s, first, n, &card->device, opt, &file, why, sizeof(why));
	if (driver == NULL) {
		warn(opt, &card->device, why);
		return 0;
	}
	if (card->xclbin != NULL &&
	    strcmp(card->xclbin, s->path.paths[file]) != 0) {
		warn(opt, &card->device, "it can hold only one xclbin file");
		return 0;
	}
	card->xclbin = s->path.paths[file];
	return add_units(s, card, item, driver, &s->path.files[file], opt, err);
}

static void
warn_absent(const struct ocr_cardset *s, unsigned index,
    const struct ocr_team_opt *opt)
{
	size_t n = s->devices.n_cards;

	if (opt->ui == NULL)
		return;
	if (n == 0)
		ocr_ui_warn(opt->ui, "xrt:%u: not used: %s", index,
		    s->devices.why[0] != '\0' ? s->devices.why
					      : "there is no card");
	else if (n == 1)
		ocr_ui_warn(opt->ui, "xrt:%u: not used: the only card is xrt:0",
		    index);
	else
		ocr_ui_warn(opt->ui,
		    "xrt:%u: not used: the cards are xrt:0 to xrt:%zu", index,
		    n - 1);
}

static int
add_item(struct ocr_cardset *s, const struct ocr_device_item *item,
    size_t n_shared, const struct ocr_team_opt *opt, struct ocr_err *err)
{
	size_t i, n = s->devices.n_cards;
	int r = 0;

	if (item->has_index && item->index >= n)
		warn_absent(s, item->index, opt);
	else if (!item->has_index && n == 0 && opt->ui != NULL &&
		 (item->kind == OCR_ITEM_XRT || !s->devices.is_xrt_missing))
		ocr_ui_warn(opt->ui, "xrt: not used: %s",
		    s->devices.why[0] != '\0' ? s->devices.why
					      : "there is no card");
	for (i = 0; r == 0 && i < n; i++)
		if (!item->has_index || item->index == i)
			r = add_card(s, item, &s->cards[i], n_shared, opt, err);
	return r;
}

/* Each unit takes a descriptor for its lease, and XRT one for each buffer. */
static void
raise_fd_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

int
ocr_cardset_init(struct ocr_cardset *s, const struct ocr_device_list *list,
    const struct ocr_team_opt *opt, struct ocr_err *err)
{
	const char *path = opt->xclbins;
	bool is_named = false;
	size_t i, n_shared;
	int r;

	*s = (struct ocr_cardset){0};
	if (opt->drivers == NULL)
		return 0;
	for (i = 0; i < list->n_items; i++)
		is_named = is_named || list->items[i].kind == OCR_ITEM_XRT;
	if (path == NULL)
		path = getenv("OCR_XCLBIN");
	r = ocr_devices_probe(&s->devices, is_named || path != NULL, err);
	if (r < 0)
		return r;
	if (s->devices.n_cards > 0)
		raise_fd_limit();
	s->cards = calloc(s->devices.n_cards + 1, sizeof(*s->cards));
	s->gate.monitor = ocr_monitor_new();
	if (s->cards == NULL || s->gate.monitor == NULL)
		return ocr_err_nomem(err);
	for (i = 0; i < s->devices.n_cards; i++) {
		s->cards[i].device = s->devices.cards[i];
		s->cards[i].gate = &s->gate;
		s->cards[i].xrt = &s->xrt;
		s->cards[i].monitor = ocr_monitor_new();
		if (s->cards[i].monitor == NULL)
			return ocr_err_nomem(err);
		ocr_lease_card(s->cards[i].device.bdf, s->cards[i].device.index,
		    s->cards[i].id, sizeof(s->cards[i].id));
	}
	if (s->devices.n_cards > 0 && path != NULL)
		r = ocr_xclbin_path_add(&s->path, path, opt->ui, err);
	n_shared = s->path.n;
	for (i = 0; r == 0 && i < list->n_items; i++)
		if (list->items[i].kind != OCR_ITEM_CPU)
			r = add_item(s, &list->items[i], n_shared, opt, err);
	if (r < 0 || s->n_units == 0)
		return r;
	r = ocr_xrt_open(&s->xrt, err);
	if (r == 0)
		ocr_xrt_count(&s->xrt);
	/* Its destructors are no safe place any more: see xrt.h. */
	ocr_cleanup_end_fast();
	for (i = 0; r == 0 && i < s->devices.n_cards; i++)
		s->cards[i].place = ocr_place_new(s->cards[i].device.bdf);
	return r < 0 ? r : ocr_watch_init(&s->watch, err);
}

void
ocr_cardset_free(struct ocr_cardset *s)
{
	bool is_stuck = false;
	size_t i;

	if (s == NULL)
		return;
	ocr_watch_release(&s->watch);
	for (i = 0; i < s->n_units; i++)
		if (s->units[i].lease >= 0)
			ocr_lease_give(s->units[i].lease);
	for (i = 0; s->cards != NULL && i < s->devices.n_cards; i++)
		is_stuck = is_stuck || ocr_card_is_stuck(&s->cards[i]);
	if (is_stuck)
		return;
	ocr_xclbin_path_release(&s->path);
	for (i = 0; s->cards != NULL && i < s->devices.n_cards; i++) {
		ocr_place_free(s->cards[i].place);
		ocr_monitor_free(s->cards[i].monitor);
	}
	ocr_monitor_free(s->gate.monitor);
	free(s->cards);
	free(s->units);
	ocr_devices_release(&s->devices);
	free(s);
}
