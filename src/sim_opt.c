/*
 * sim_opt.c - the options of ocr-sim; called by bin through opt.c
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "src/sim_hosts.h"
#include "src/sim_main.h"

enum {
	KEY_BY_REFERENCE = OCR_OPT_LONG,
	KEY_HOSTS,
	KEY_JSON,
	KEY_LIMIT,
	KEY_RATE,
	KEY_SCHEDULE,
	KEY_SEED,
	KEY_SET,
	KEY_SVG,
	KEY_TRACE,
	KEY_UNITS,
	KEY_WORK,
	KEY_WORKERS,
};

static const struct ocr_opt opts[] = {
    {KEY_WORKERS, "workers", "LIST",
	"threads and cards (default " OCR_SIM_DEFAULT_WORKERS
	"); card:4@9.6 are four cards of 9.6 edges per ns, a thread does 1"},
    {KEY_WORK, "work", "NAME",
	"what there is to do (default " OCR_SIM_DEFAULT_WORK
	"): kron10 to kron26, uniform10 to uniform26, twitter, livejournal, "
	"orkut, stackoverflow, skitter, pokec, higgs, hub; /l0 to /l6, /a5, "
	"/a20, /wave behind it: a part; or a file with the edges of one row a "
	"line"},
    {KEY_SCHEDULE, "schedule", "SCHEDULE",
	"all (default), or one like static, dynamic:1024, dynamic:best, "
	"hap:best,weights, hws-paper:best, hws"},
    {KEY_HOSTS, "hosts", "N,...",
	"instead of a sweep, a stream of chunks over so many hosts"},
    {KEY_UNITS, "units", "N", "compute units of each host (default 10)"},
    {KEY_RATE, "rate", "MB,...", "MB/s that a unit does (default 50)"},
    {KEY_BY_REFERENCE, "by-reference", NULL,
	"hosts read shared files: only names cross the master"},
    {KEY_LIMIT, "limit", NULL, "how many hosts one master keeps at work, too"},
    {KEY_SET, "set", "NAME=VALUE",
	"a parameter of the system, like launch=30000 (man page: all)"},
    {KEY_SEED, "seed", "N", "of all that is random (default 1)"},
    {KEY_JSON, "json", NULL, "write JSON instead of tables"},
    {KEY_SVG, "svg", NULL, "draw figures instead"},
    {'o', "output", "FILE", "write to FILE instead of standard output"},
    {KEY_TRACE, "trace", "FILE",
	"who did what when, for Perfetto; of one schedule and one work"},
    {0, NULL, NULL, NULL},
};

#define SET_NAMES                                                              \
	"launch, read, write, submit, steal, probe, align, jitter, period, "   \
	"sigma, believed, stall, idempotent, weights"

/* Is name[0..len) one of SET_NAMES? */
static bool
is_set_name(const char *name, size_t len)
{
	const char *s = SET_NAMES;

	while (*s != '\0') {
		size_t n = strcspn(s, ",");

		if (n == len && memcmp(s, name, len) == 0)
			return true;
		s += n;
		s += strspn(s, ", ");
	}
	return false;
}

/* "idempotent=yes"; false: it is not about name, or neither yes nor no. */
static bool
get_choice(const char *item, const char *name, bool *out)
{
	size_t len = strlen(name);

	if (strncmp(item, name, len) != 0 || item[len] != '=')
		return false;
	*out = strcmp(item + len + 1, "yes") == 0;
	return *out || strcmp(item + len + 1, "no") == 0;
}

/* It is applied when it is known whether --by-reference has other defaults. */
static int
set_net(struct ocr_sim_opt *o, const char *item, struct ocr_err *err)
{
	struct ocr_sim_net lost = ocr_sim_net_default(false);
	size_t len = strlen(item);
	int r = ocr_sim_net_set(&lost, item, err);

	if (r < 0)
		return r;
	if (o->n_net_sets == OCR_SIM_MAX_NET_SETS ||
	    len >= sizeof(o->net_sets[0]))
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--set: more than %d, or '%.40s...' is too long",
		    OCR_SIM_MAX_NET_SETS, item);
	memcpy(o->net_sets[o->n_net_sets++], item, len + 1);
	return 0;
}

static int
set_one(struct ocr_sim_opt *o, const char *item, struct ocr_err *err)
{
	struct ocr_err lost = {0};
	size_t len = strcspn(item, "=");
	bool has_weights;

	if (ocr_sim_net_is_name(item) || o->hosts != NULL)
		return set_net(o, item, err);
	o->has_sets = true;
	if (!is_set_name(item, len) || item[len] == '\0')
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--set: '%s' is not NAME=VALUE; names are " SET_NAMES,
		    item);
	if (get_choice(item, "idempotent", &o->is_idempotent))
		return 0;
	if (get_choice(item, "weights", &has_weights)) {
		o->has_no_weights = !has_weights;
		return 0;
	}
	if (ocr_sim_costs_parse(&o->costs, item, &lost) == 0)
		return 0;
	return ocr_err_set(err, -OCR_EUSAGE,
	    "--set: '%s': no value that %.*s can have", item, (int)len, item);
}

int
ocr_sim_opt_set(struct ocr_sim_opt *o, const char *text, struct ocr_err *err)
{
	char item[128];
	size_t len;
	int r;

	for (;;) {
		len = strcspn(text, ",");
		if (len >= sizeof(item))
			return ocr_err_set(err, -OCR_EUSAGE,
			    "--set: '%.40s...' is too long", text);
		snprintf(item, sizeof(item), "%.*s", (int)len, text);
		r = set_one(o, item, err);
		if (r < 0 || text[len] == '\0')
			return r;
		text += len + 1;
	}
}

static int
add_work(struct ocr_sim_opt *o, const char *arg, struct ocr_err *err)
{
	if (o->n_works == OCR_SIM_MAX_WORKS)
		return ocr_err_set(err, -OCR_EUSAGE, "more than %d of --work",
		    OCR_SIM_MAX_WORKS);
	o->works[o->n_works++] = arg;
	return 0;
}

static int
set(void *ctx, int key, const char *arg, struct ocr_err *err)
{
	struct ocr_sim_opt *o = ctx;

	switch (key) {
	case KEY_WORKERS:
		o->workers = arg;
		break;
	case KEY_WORK:
		return add_work(o, arg, err);
	case KEY_SCHEDULE:
		return ocr_sim_cases_add(&o->cases, arg, err);
	case KEY_HOSTS:
		o->hosts = arg;
		break;
	case KEY_UNITS:
		return ocr_opt_number("--units", arg, 1, OCR_SIM_MAX_UNITS,
		    &o->units, err);
	case KEY_RATE:
		o->rates = arg;
		break;
	case KEY_BY_REFERENCE:
		o->is_by_ref = true;
		break;
	case KEY_LIMIT:
		o->has_limits = true;
		break;
	case KEY_SET:
		return ocr_sim_opt_set(o, arg, err);
	case KEY_SEED:
		return ocr_opt_number("--seed", arg, 0, UINT64_MAX, &o->seed,
		    err);
	case KEY_JSON:
		o->is_json = true;
		break;
	case KEY_SVG:
		o->is_svg = true;
		break;
	case KEY_TRACE:
		o->trace_path = arg;
		break;
	case 'o':
		o->path = arg;
		break;
	}
	return 0;
}

const struct ocr_tool ocr_sim_tool = {
    .name = "ocr-sim",
    .usage = "[-qv] [--workers=LIST] [--work=NAME] [--schedule=SCHEDULE] "
	     "[--hosts=N,...] [--units=N] [--rate=MB,...] [--by-reference] "
	     "[--limit] [--set=NAME=VALUE] [--seed=N] [--json | --svg] "
	     "[--trace=FILE] [-o FILE]",
    .about = "Compare schedules, hws among them, on threads, cards and hosts "
	     "that are simulated.",
    .opts = opts,
    .set = set,
};
