/*
 * sim_hosts_main.c - see sim_hosts_main.h; called by sim_main.c
 */
#include "config.h"

#include "src/sim_hosts_main.h"

#include <stdlib.h>

#include "common/output.h"

#define ENOUGH 0.9       /* efficiency */
#define LIMIT_EACH 40    /* chunks for each unit, where limits are looked for */
#define LIMIT_UNITS 2000 /* the most that are tried, on all hosts */

/* "10,100,300": each at least min. */
static int
parse_list(const char *what, const char *text, double min, double max,
    bool is_whole, double list[OCR_SIM_MAX_LIST], size_t *n,
    struct ocr_err *err)
{
	const char *at = text;

	for (*n = 0; *n < OCR_SIM_MAX_LIST;) {
		double *v = &list[(*n)++];

		if (!ocr_opt_real(&at, min, max, v) ||
		    (is_whole && *v > (double)(uint64_t)*v))
			break;
		if (*at == '\0')
			return 0;
		if (*at++ != ',')
			break;
	}
	return ocr_err_set(err, -OCR_EUSAGE,
	    "%s: '%s' is no list of at most %d numbers from %g to %g", what,
	    text, OCR_SIM_MAX_LIST, min, max);
}

static int
make(struct ocr_sim_hosts_call *r, const struct ocr_sim_opt *o,
    struct ocr_err *err)
{
	int e;

	r->seed = o->seed;
	r->net = ocr_sim_net_default(o->is_by_ref);
	if (o->units > 0)
		r->net.units = (double)o->units;
	for (size_t i = 0; i < o->n_net_sets; i++) {
		e = ocr_sim_net_set(&r->net, o->net_sets[i], err);
		if (e < 0)
			return e;
	}
	e = parse_list("--hosts", o->hosts, 1, OCR_SIM_MAX_HOSTS, true,
	    r->hosts, &r->n_hosts, err);
	if (e == 0 && o->rates != NULL)
		e = parse_list("--rate", o->rates, 0.001, 1e6, false, r->rates,
		    &r->n_rates, err);
	if (e < 0)
		return e;
	if (r->n_rates == 0)
		r->rates[r->n_rates++] = r->net.rate;
	r->rows =
	    calloc(r->n_hosts * r->n_rates * o->cases.n, sizeof(*r->rows));
	return r->rows == NULL ? ocr_err_nomem(err) : 0;
}

static int
run_rows(struct ocr_sim_hosts_call *r, const struct ocr_sim_case *c,
    struct ocr_err *err)
{
	struct ocr_sim_net net = r->net;
	int e = 0;

	for (size_t i = 0; i < r->n_rates * r->n_hosts && e == 0; i++) {
		struct ocr_sim_hosts_row *row = &r->rows[r->n_rows++];

		row->schedule = c->text;
		row->rate = net.rate = r->rates[i / r->n_hosts];
		e = ocr_sim_hosts_run(&net, (size_t)r->hosts[i % r->n_hosts],
		    &c->schedule, r->seed, &row->report, err);
	}
	return e;
}

/* Are so many hosts kept at work?  Nobody dies, and connecting is over. */
static int
try_hosts(const struct ocr_sim_hosts_call *r, struct ocr_sim_limit *limit,
    size_t n, bool *is_enough, struct ocr_err *err)
{
	const struct ocr_schedule hws = ocr_schedule_default(OCR_HWS);
	struct ocr_sim_net net = r->net;
	struct ocr_sim_hosts_report report;
	int e;

	net.rate = limit->rate;
	net.connect = net.connect_cpu = net.deaths = net.slow = 0;
	net.chunks = LIMIT_EACH * net.units * (double)n;
	e = ocr_sim_hosts_run(&net, n, &hws, r->seed, &report, err);
	if (e < 0)
		return e;
	*is_enough = report.efficiency >= ENOUGH;
	if (*is_enough) {
		limit->n_hosts = n;
		limit->raw = report.raw_bytes / report.makespan_s * 1e-6;
	}
	return 0;
}

static int
find_limit(const struct ocr_sim_hosts_call *r, struct ocr_sim_limit *limit,
    struct ocr_err *err)
{
	size_t most = (size_t)(LIMIT_UNITS / r->net.units);
	size_t low = 0, high = 1, mid;
	bool is_enough = true;
	int e = 0;

	if (most > OCR_SIM_MAX_HOSTS)
		most = OCR_SIM_MAX_HOSTS;
	while (e == 0 && is_enough && low < most) {
		e = try_hosts(r, limit, high, &is_enough, err);
		if (is_enough) {
			low = high;
			high = high * 2 < most ? high * 2 : most;
		}
	}
	limit->is_more = low == most;
	while (e == 0 && !limit->is_more && high - low > 1 + low / 50) {
		mid = low + (high - low) / 2;
		e = try_hosts(r, limit, mid, &is_enough, err);
		if (is_enough)
			low = mid;
		else
			high = mid;
	}
	return e;
}

static int
run_limits(struct ocr_sim_hosts_call *r, struct ocr_err *err)
{
	static const double rates[] = {0.1, 0.3, 1, 3, 10, 30, 100, 300};
	int e = 0;

	for (size_t i = 0; i < sizeof(rates) / sizeof(*rates) && e == 0; i++) {
		r->limits[i].rate = rates[i];
		e = find_limit(r, &r->limits[i], err);
		r->n_limits++;
	}
	return e;
}

static int
write_out(const struct ocr_sim_hosts_call *r, const struct ocr_sim_opt *o,
    struct ocr_output *out, struct ocr_err *err)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	int e = 0;

	if (f == NULL)
		return ocr_err_nomem(err);
	if (o->is_json)
		ocr_sim_hosts_json(f, r);
	else
		ocr_sim_hosts_table(f, r);
	if (fclose(f) != 0)
		e = ocr_err_nomem(err);
	if (e == 0)
		e = ocr_output_write(out, text, len, err);
	free(text);
	return e;
}

int
ocr_sim_hosts_main(const struct ocr_sim_opt *o, struct ocr_err *err)
{
	struct ocr_output out = {.fd = -1, .cleanup_slot = -1};
	struct ocr_sim_hosts_call r = {.n_rows = 0};
	int e = make(&r, o, err);

	if (e == 0)
		e = ocr_output_open(&out, o->path, OCR_EXISTS_REPLACE, err);
	for (size_t i = 0; i < o->cases.n && e == 0; i++)
		e = run_rows(&r, &o->cases.list[i], err);
	if (e == 0 && o->has_limits)
		e = run_limits(&r, err);
	if (e == 0)
		e = write_out(&r, o, &out, err);
	if (e == 0)
		e = ocr_output_commit(&out, err);
	ocr_output_abort(&out);
	free(r.rows);
	return e;
}
