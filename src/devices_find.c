/*
 * devices_find.c - the CPU, cards and their units; for devices.c
 */
#include "config.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cpus.h"
#include "common/lease.h"
#include "src/devices_list.h"

#define SYSFS "/sys"

const char *
ocr_state_describe(const struct ocr_state_text *s, char *buf, size_t n)
{
	static const char *const word[] = {"ready", "",
	    "not programmed: ", "failed: "};

	snprintf(buf, n, "%s%s", word[s->state], s->why);
	return buf;
}

/* The value of the first line "KEY : VALUE" of /proc/cpuinfo. */
static void
read_model(char *model, size_t n)
{
	static const char *const keys[] = {"model name", "Model", "cpu model"};
	FILE *f = fopen("/proc/cpuinfo", "re");
	char line[512], *colon;

	snprintf(model, n, "CPU");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		colon = strchr(line, ':');
		for (size_t i = 0; i < 3 && colon != NULL; i++) {
			if (strncmp(line, keys[i], strlen(keys[i])) != 0)
				continue;
			colon += 1 + strspn(colon + 1, " \t");
			colon[strcspn(colon, "\n")] = '\0';
			snprintf(model, n, "%.120s", colon);
			fclose(f);
			return;
		}
	}
	if (f != NULL)
		fclose(f);
}

static struct ocr_devices_card *
add_card(struct ocr_devices_list *l, struct ocr_err *err)
{
	struct ocr_devices_card *c =
	    realloc(l->cards, (l->n_cards + 1) * sizeof(*c));

	if (c == NULL) {
		(void)ocr_err_nomem(err);
		return NULL;
	}
	l->cards = c;
	c += l->n_cards++;
	*c = (struct ocr_devices_card){.temp_c = NAN, .power_w = NAN};
	return c;
}

static int
add_cpu(struct ocr_devices_list *l, unsigned n_threads, struct ocr_err *err)
{
	struct ocr_devices_card *c = add_card(l, err);
	long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);

	if (c == NULL)
		return err->code;
	c->is_cpu = true;
	c->n_threads = n_threads > 0 ? n_threads : ocr_cpus_usable();
	snprintf(c->name, sizeof(c->name), "cpu");
	read_model(c->title, sizeof(c->title));
	if (pages > 0 && size > 0)
		c->device.mem_bytes = (uint64_t)pages * (uint64_t)size;
	return 0;
}

/* The banks that the unit's arguments reach, each once. */
static void
name_banks(struct ocr_devices_unit *u, const struct ocr_xclbin *x, size_t unit)
{
	size_t len = 0, n;

	for (size_t b = 0; b < x->n_banks; b++) {
		for (size_t i = 0; i < x->n_links; i++) {
			if (x->links[i].unit != unit || x->links[i].bank != b)
				continue;
			n = strnlen(x->banks[b].tag, sizeof(x->banks[b].tag));
			if (len + 1 + n >= sizeof(u->bank))
				return;
			len += (size_t)snprintf(u->bank + len,
			    sizeof(u->bank) - len, "%s%.*s", len > 0 ? " " : "",
			    (int)n, x->banks[b].tag);
			break;
		}
	}
}

static void
look_at_lease(const struct ocr_devices_card *c, struct ocr_devices_unit *u)
{
	struct ocr_err why = {0};
	char id[128];

	ocr_lease_card(c->device.bdf, c->device.index, id, sizeof(id));
	if (ocr_lease_look(id, u->name, &why) == 0)
		return;
	u->state.state = OCR_STATE_IN_USE;
	snprintf(u->state.why, sizeof(u->state.why), "%.255s", why.text);
}

/* The units of file i, or the one of that name if it is not "". */
static int
add_units(struct ocr_devices_list *l, struct ocr_devices_card *c, size_t i,
    const char *only, struct ocr_err *err)
{
	const struct ocr_xclbin *x = &l->files.files[i];
	struct ocr_devices_unit *u;

	u = realloc(c->units, (c->n_units + x->n_units + 1) * sizeof(*u));
	if (u == NULL)
		return ocr_err_nomem(err);
	c->units = u;
	for (size_t k = 0; k < x->n_units; k++) {
		if (*only != '\0' && strcmp(only, x->units[k].name) != 0)
			continue;
		u = &c->units[c->n_units++];
		*u = (struct ocr_devices_unit){.path = l->files.paths[i],
		    .base = x->units[k].base};
		memcpy(u->kernel, x->units[k].kernel, sizeof(u->kernel));
		memcpy(u->name, x->units[k].name, sizeof(u->name));
		name_banks(u, x, k);
		look_at_lease(c, u);
	}
	return 0;
}

/* The units of all files from first on that fit. */
static int
find_units(struct ocr_devices_list *l, struct ocr_devices_card *c,
    const struct ocr_device_item *item, size_t first, size_t end,
    struct ocr_err *err)
{
	char why[128], state[256];
	size_t n_fitting = 0, n_before = c->n_units;
	int r = 0;

	snprintf(state, sizeof(state),
	    "there is no xclbin file for it (--xclbin, OCR_XCLBIN)");
	for (size_t i = first; r == 0 && i < end; i++) {
		if (!ocr_xclbin_fits(&l->files.files[i], &c->device, why,
			sizeof(why))) {
			snprintf(state, sizeof(state), "%.120s %.120s",
			    l->files.paths[i], why);
			continue;
		}
		n_fitting++;
		r = add_units(l, c, i, item->unit, err);
	}
	if (r < 0)
		return r;
	if (n_fitting == 0) {
		c->state.state = OCR_STATE_NOT_PROGRAMMED;
	} else if (c->n_units == n_before && item->unit[0] != '\0') {
		c->state.state = OCR_STATE_FAILED;
		snprintf(state, sizeof(state), "it has no unit '%s'",
		    item->unit);
	} else {
		return 0;
	}
	memcpy(c->state.why, state, sizeof(state));
	return 0;
}

/* The card's entry; a list may name several of its units. */
static struct ocr_devices_card *
get_device(struct ocr_devices_list *l, const struct ocr_device *d,
    struct ocr_err *err)
{
	struct ocr_devices_card *c = l->cards;

	for (size_t i = 0; i < l->n_cards; i++, c++) {
		if (!c->is_cpu && c->device.index == d->index)
			return c;
	}
	c = add_card(l, err);
	if (c == NULL)
		return NULL;
	c->device = *d;
	snprintf(c->name, sizeof(c->name), "xrt:%u", d->index);
	snprintf(c->title, sizeof(c->title), "%s", d->label);
	ocr_device_sensors(SYSFS, d->bdf, &c->temp_c, &c->power_w);
	if (!ocr_device_loaded(SYSFS, d->bdf, c->loaded))
		c->loaded[0] = '\0';
	return c;
}

/* paths[0..n_shared) are for all cards; an item's own file is added. */
static int
add_device(struct ocr_devices_list *l, const struct ocr_device *d,
    const struct ocr_device_item *item, size_t n_shared, struct ocr_ui *ui,
    struct ocr_err *err)
{
	struct ocr_devices_card *c = get_device(l, d, err);
	size_t first = 0, end = n_shared;
	int r;

	if (c == NULL)
		return err->code;
	if (d->why[0] != '\0') {
		c->state.state = OCR_STATE_FAILED;
		memcpy(c->state.why, d->why, sizeof(c->state.why));
		return 0;
	}
	if (item->xclbin != NULL) {
		first = l->files.n;
		r = ocr_xclbin_path_add(&l->files, item->xclbin, ui, err);
		if (r < 0)
			return r;
		end = l->files.n;
	}
	return find_units(l, c, item, first, end, err);
}

static void
note(struct ocr_devices_list *l, const struct ocr_devices *d,
    const struct ocr_device_item *item)
{
	if (d->is_xrt_missing)
		snprintf(l->note, sizeof(l->note),
		    "no cards: XRT is not installed");
	else if (d->why[0] != '\0')
		snprintf(l->note, sizeof(l->note), "no cards: %.255s", d->why);
	else if (item->has_index && d->n_cards > 0)
		snprintf(l->note, sizeof(l->note),
		    "no xrt:%u: the cards are xrt:0 to xrt:%zu", item->index,
		    d->n_cards - 1);
	else
		snprintf(l->note, sizeof(l->note), "no cards");
	if (item->kind == OCR_ITEM_XRT ||
	    (d->why[0] != '\0' && !d->is_xrt_missing))
		l->has_failed = true;
}

static int
add_item(struct ocr_devices_list *l, const struct ocr_devices *d,
    const struct ocr_device_item *item, size_t n_shared, struct ocr_ui *ui,
    struct ocr_err *err)
{
	size_t n = 0;
	int r = 0;

	if (item->kind != OCR_ITEM_XRT)
		r = add_cpu(l, item->n_threads, err);
	if (item->kind == OCR_ITEM_CPU)
		return r;
	for (size_t i = 0; r == 0 && i < d->n_cards; i++) {
		if (item->has_index && item->index != d->cards[i].index)
			continue;
		r = add_device(l, &d->cards[i], item, n_shared, ui, err);
		n++;
	}
	if (r == 0 && n == 0)
		note(l, d, item);
	return r;
}

static int
find_all(struct ocr_devices_list *l, const struct ocr_device_list *list,
    const char *path, struct ocr_ui *ui, struct ocr_err *err)
{
	struct ocr_devices d = {0};
	bool has_cards = false;
	int r = 0;

	for (size_t i = 0; i < list->n_items; i++)
		has_cards = has_cards || list->items[i].kind != OCR_ITEM_CPU;
	if (has_cards)
		r = ocr_devices_probe(&d, true, err);
	if (r == 0 && d.n_cards > 0 && path != NULL)
		r = ocr_xclbin_path_add(&l->files, path, ui, err);
	for (size_t i = 0, n = l->files.n; r == 0 && i < list->n_items; i++)
		r = add_item(l, &d, &list->items[i], n, ui, err);
	ocr_devices_release(&d);
	return r;
}

int
ocr_devices_find(struct ocr_devices_list *l, const struct ocr_devices_opt *opt,
    struct ocr_ui *ui, struct ocr_err *err)
{
	const char *path = opt->xclbins;
	struct ocr_device_list list = {0};
	int r;

	*l = (struct ocr_devices_list){0};
	if (path == NULL)
		path = getenv("OCR_XCLBIN");
	r = ocr_device_list_choose(&list, opt->devices, NULL, err);
	if (r == 0)
		r = find_all(l, &list, path, ui, err);
	ocr_device_list_release(&list);
	return r;
}

void
ocr_devices_list_release(struct ocr_devices_list *l)
{
	for (size_t i = 0; i < l->n_cards; i++)
		free(l->cards[i].units);
	free(l->cards);
	ocr_xclbin_path_release(&l->files);
	*l = (struct ocr_devices_list){0};
}
