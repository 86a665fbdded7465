/*
 * devices_hosts.c - ocr-devices: what other hosts have
 *
 * Each is asked as by a run of ocr-compress, so what is listed here works
 * there.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/io.h"
#include "common/json_write.h"
#include "common/queue.h"
#include "src/deflate.h"
#include "src/devices_list.h"
#include "src/host_team.h"
#include "src/table.h"

#define TICK_NS 10000000
#define ROUND_TRIP_NS UINT64_C(3000000000) /* is waited for */

struct asked {
	const struct ocr_worker *worker;
	struct ocr_host_facts facts;
	bool has_answered, is_ready;
	uint64_t connect_ns;
	struct ocr_err err; /* not ready: why */
};

struct ask {
	struct ocr_team team;
	struct asked *hosts;
	size_t n;
	uint64_t start_ns;
};

/* Something has come of a host: the first that does counts. */
static void
take(struct ask *a, struct ocr_job *ready)
{
	struct ocr_worker *w = ready->worker;
	struct ocr_worker_news news = {0};
	struct asked *host = &a->hosts[w - a->team.workers];

	w->ops->news(w, &news);
	if (host->has_answered)
		return;
	host->has_answered = true;
	host->is_ready = news.status == 0;
	host->err = news.err;
	host->connect_ns = ocr_now_ns() - a->start_ns;
}

/* All at once: a connection takes its time. */
static void
connect_all(struct ask *a, const struct ocr_kernel *kernel)
{
	struct ocr_job *job;
	size_t i, n = 0;

	a->start_ns = ocr_now_ns();
	for (i = 0; i < a->n; i++) {
		struct asked *host = &a->hosts[i];

		host->worker = &a->team.workers[i];
		if (ocr_team_open(&a->team, i, kernel, &host->err) < 0)
			host->has_answered = true;
	}
	while (n < a->n) {
		for (n = 0; n < a->n && a->hosts[n].has_answered;)
			n++;
		if (n == a->n)
			break;
		job = ocr_queue_pop(a->team.done, 0);
		take(a, job);
	}
}

/* The first ping, or none. */
static void
await_round_trips(struct ask *a)
{
	uint64_t end_ns = ocr_now_ns() + ROUND_TRIP_NS;
	struct ocr_job *job;
	bool is_missing;
	size_t i;

	do {
		is_missing = false;
		for (i = 0; i < a->n; i++) {
			struct asked *host = &a->hosts[i];

			if (!host->is_ready)
				continue;
			ocr_worker_host_facts(host->worker, &host->facts);
			is_missing =
			    is_missing || host->facts.round_trip_ns == 0;
		}
		if (!is_missing)
			return;
		job = ocr_queue_pop(a->team.done, TICK_NS);
		if (job != NULL)
			take(a, job);
	} while (ocr_now_ns() < end_ns);
}

static void
add_host(struct ocr_table *t, const struct asked *host)
{
	const struct ocr_begin *b = &host->facts.begin;
	char slots[16] = "", connect[32] = "", trip[32] = "";
	char state[sizeof(host->err.text) + 16] = "ready";

	if (host->is_ready) {
		snprintf(slots, sizeof(slots), "%u", (unsigned)b->slots);
		snprintf(connect, sizeof(connect), "%.0f ms",
		    (double)host->connect_ns / 1e6);
	} else {
		snprintf(state, sizeof(state), "unreachable: %s",
		    host->err.text);
	}
	if (host->facts.round_trip_ns > 0)
		snprintf(trip, sizeof(trip), "%.2f ms",
		    (double)host->facts.round_trip_ns / 1e6);
	ocr_table_add(t,
	    (const char *const[]){host->worker->name, slots, b->devices,
		connect, trip, b->tool, b->build, state});
}

static void
write_table(FILE *f, const struct ask *a)
{
	struct ocr_table t = {.n_columns = 8};
	size_t i;

	ocr_table_add(&t,
	    (const char *const[]){"HOST", "SLOTS", "DEVICES", "CONNECT",
		"ROUND TRIP", "VERSION", "BUILD", "STATE"});
	for (i = 0; i < a->n; i++)
		add_host(&t, &a->hosts[i]);
	ocr_table_write(&t, f);
	ocr_table_release(&t);
}

static void
put_host(struct ocr_json *j, const struct asked *host)
{
	const struct ocr_begin *b = &host->facts.begin;

	ocr_json_open_object(j, NULL);
	ocr_json_string(j, "name", host->worker->name);
	ocr_json_string(j, "state", host->is_ready ? "ready" : "unreachable");
	if (!host->is_ready) {
		ocr_json_string(j, "why", host->err.text);
	} else {
		ocr_json_number(j, "slots", b->slots);
		ocr_json_string(j, "devices", b->devices);
		ocr_json_real(j, "connect_ms", (double)host->connect_ns / 1e6);
		if (host->facts.round_trip_ns > 0)
			ocr_json_real(j, "round_trip_ms",
			    (double)host->facts.round_trip_ns / 1e6);
		ocr_json_string(j, "tool", b->tool);
		ocr_json_string(j, "build", b->build);
		ocr_json_string(j, "codec", b->codec);
	}
	ocr_json_close_object(j);
}

static void
write_json(FILE *f, const struct ask *a, int status)
{
	struct ocr_json j = {.f = f};
	size_t i;

	ocr_json_open_object(&j, NULL);
	ocr_json_string(&j, "tool", "ocr-devices");
	ocr_json_string(&j, "version", PACKAGE_VERSION);
	ocr_json_number(&j, "status", (uint64_t)status);
	ocr_json_open_array(&j, "hosts");
	for (i = 0; i < a->n; i++)
		put_host(&j, &a->hosts[i]);
	ocr_json_close_array(&j);
	ocr_json_close_object(&j);
	putc('\n', f);
}

static int
judge(const struct ask *a, struct ocr_ui *ui, struct ocr_err *err)
{
	size_t i, n = 0;

	for (i = 0; i < a->n; i++) {
		const struct asked *host = &a->hosts[i];

		n += host->is_ready;
		if (!host->is_ready)
			ocr_ui_warn(ui, "%s: %s", host->worker->name,
			    host->err.text);
	}
	if (n > 0)
		return 0;
	return ocr_err_exit_status(
	    ocr_err_set(err, -OCR_EHOST, "no host can be reached"));
}

static int
ask(struct ask *a, const struct ocr_team_opt *team, struct ocr_err *err)
{
	struct ocr_deflate_opt opt = {
	    .level = 1,
	    .format = OCR_DEFLATE,
	    .chunk_bytes = OCR_CHUNK_BYTES,
	};
	struct ocr_kernel kernel;
	int r = ocr_team_init(&a->team, team, err);

	if (r < 0)
		return r;
	a->n = a->team.n_workers;
	a->hosts = calloc(a->n + 1, sizeof(*a->hosts));
	if (a->hosts == NULL)
		return ocr_err_nomem(err);
	ocr_deflate_kernel_init(&kernel, &opt);
	connect_all(a, &kernel);
	await_round_trips(a);
	ocr_team_close(&a->team);
	return 0;
}

int
ocr_devices_hosts(FILE *f, const struct ocr_devices_opt *opt, struct ocr_ui *ui,
    int *status, struct ocr_err *err)
{
	static const char *const command[] = {"ocr-compress", "-1", NULL};
	struct ocr_team_opt team = {.ui = ui, .has_no_fallback = true};
	struct ocr_host_plan plan = {
	    .opt = &opt->host,
	    .command = command,
	    .is_here_one = true,
	    .ui = ui,
	};
	struct ocr_host_team hosts = {0};
	struct ask a = {0};
	int r;

	if (opt->devices != NULL || opt->xclbins != NULL || opt->is_test)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--hosts: not with -D, --xclbin, --test or --certify");
	ocr_host_begin(&plan.begin, ui, NULL);
	r = ocr_host_team_init(&hosts, &plan, &team, err);
	if (r == 0 && hosts.n == 0)
		r = ocr_err_set(err, -OCR_EUSAGE, "no host is named");
	if (r == 0)
		r = ask(&a, &team, err);
	if (r == 0) {
		*status = judge(&a, ui, err);
		if (opt->is_json)
			write_json(f, &a, *status);
		else
			write_table(f, &a);
	}
	ocr_team_release(&a.team);
	free(a.hosts);
	ocr_host_team_release(&hosts);
	return r;
}
