/*
 * sim_hosts_table.c - what came of hosts, for people and for programs; see
 * sim_hosts_main.h
 */
#include "config.h"

#include <inttypes.h>

#include "src/sim_hosts_main.h"
#include "src/sim_table.h"

/* Five characters, mostly: "0.05", "12.3", "123", "12k", "1.5M". */
static const char *
number(double v, char buf[16])
{
	if (v < 9.995)
		snprintf(buf, 16, "%.2f", v);
	else if (v < 99.95)
		snprintf(buf, 16, "%.1f", v);
	else if (v < 99999.5)
		snprintf(buf, 16, "%.0f", v);
	else if (v < 999500)
		snprintf(buf, 16, "%.0fk", v / 1e3);
	else
		snprintf(buf, 16, "%.3gM", v / 1e6);
	return buf;
}

static void
put(FILE *f, double v, int width)
{
	char buf[16];

	fprintf(f, " %*s", width, number(v, buf));
}

static void
put_head(FILE *f, const struct ocr_sim_hosts_call *r)
{
	const struct ocr_sim_net *net = &r->net;
	double s = ocr_sim_net_master_s(net, net->chunk);
	char buf[16];

	fprintf(f, OCR_SIM_GRADE "\n\n");
	fprintf(f, "%s, chunks of %s MiB, %.0f units a host\n",
	    net->is_by_ref ? "by reference: names cross the master"
			   : "bytes cross the master",
	    number(net->chunk / (1 << 20), buf), net->units);
	fprintf(f, "a chunk takes %s ms of the master's processors",
	    number(s * 1e3, buf));
	fprintf(f, ", of which it has %.0f\n", net->cores);
	if (!net->is_by_ref)
		fprintf(f,
		    "no use where one of them would do more than %s MB/s of "
		    "the work itself\n",
		    number(net->chunk * 1e-6 / s, buf));
	putc('\n', f);
}

static void
put_row(FILE *f, const struct ocr_sim_hosts_row *row)
{
	const struct ocr_sim_hosts_report *p = &row->report;

	fprintf(f, "%-11.11s", row->schedule);
	put(f, row->rate, 5);
	fprintf(f, " %5zu", p->n_hosts);
	put(f, p->speedup, 6);
	put(f, p->efficiency, 5);
	put(f, 100 * p->cpu_load, 5);
	put(f, 100 * p->loop_load, 5);
	put(f, 100 * p->link_load, 5);
	put(f, p->through, 6);
	put(f, p->memory, 6);
	fprintf(f, " %5" PRIu64 " %5" PRIu64, p->n_stolen, p->n_copies);
	if (p->n_redone > 0)
		fprintf(f, " %5" PRIu64 " lost", p->n_redone);
	putc('\n', f);
}

static void
put_by_ref(FILE *f, const struct ocr_sim_hosts_call *r)
{
	const struct ocr_sim_hosts_report *p;
	char a[16], b[16];

	fputs("\nby reference the shared file system has to bear:\n", f);
	for (size_t i = 0; i < r->n_rows; i++) {
		p = &r->rows[i].report;
		fprintf(f,
		    "%5zu hosts: %s MB/s, and %s MB/s that the master reads "
		    "to check\n",
		    p->n_hosts, number(p->store_rate, a),
		    number(p->checked, b));
	}
}

static void
put_limits(FILE *f, const struct ocr_sim_hosts_call *r)
{
	char hosts[32];

	fputs("\nhow many hosts one master keeps at work (efficiency 0.9, "
	      "connecting apart)\n\n",
	    f);
	fprintf(f, "%9s %8s %7s %9s\n", "unit MB/s", "ns/byte", "hosts",
	    "raw MB/s");
	for (size_t i = 0; i < r->n_limits; i++) {
		const struct ocr_sim_limit *l = &r->limits[i];

		put(f, l->rate, 8);
		put(f, 1e3 / l->rate, 8);
		snprintf(hosts, sizeof(hosts), "%s%zu", l->is_more ? ">=" : "",
		    l->n_hosts);
		fprintf(f, " %7s", hosts);
		if (l->n_hosts > 0)
			put(f, l->raw, 9);
		else
			fprintf(f, " %9s", "-");
		putc('\n', f);
	}
}

void
ocr_sim_hosts_table(FILE *f, const struct ocr_sim_hosts_call *r)
{
	put_head(f, r);
	fprintf(f, "%-11s %5s %5s %6s %5s %5s %5s %5s %6s %6s %5s %5s\n", "",
	    "unit", "", "speed", "effi-", "cpu", "loop", "link", "MB/s", "MB",
	    "", "");
	fprintf(f, "%-11s %5s %5s %6s %5s %5s %5s %5s %6s %6s %5s %5s\n",
	    "schedule", "MB/s", "hosts", "up", "ency", "%", "%", "%", "passes",
	    "held", "steal", "copy");
	for (size_t i = 0; i < r->n_rows; i++)
		put_row(f, &r->rows[i]);
	if (r->net.is_by_ref)
		put_by_ref(f, r);
	if (r->n_limits > 0)
		put_limits(f, r);
}

static void
put_object(struct ocr_json *j, const struct ocr_sim_net *net,
    const struct ocr_sim_hosts_row *row)
{
	const struct ocr_sim_hosts_report *p = &row->report;

	ocr_json_open_object(j, NULL);
	ocr_json_string(j, "schedule", row->schedule);
	ocr_json_number(j, "hosts", p->n_hosts);
	ocr_json_number(j, "units", (uint64_t)net->units);
	ocr_json_real(j, "unit_mb_s", row->rate);
	ocr_json_bool(j, "by_reference", net->is_by_ref);
	ocr_json_number(j, "chunk_bytes", (uint64_t)net->chunk);
	ocr_json_number(j, "chunks", p->n_chunks);
	ocr_json_real(j, "seconds", p->makespan_s);
	ocr_json_real(j, "bound_seconds", p->bound_s);
	ocr_json_real(j, "speedup", p->speedup);
	ocr_json_real(j, "efficiency", p->efficiency);
	ocr_json_real(j, "cpu_load", p->cpu_load);
	ocr_json_real(j, "loop_load", p->loop_load);
	ocr_json_real(j, "link_load", p->link_load);
	ocr_json_real(j, "through_mb_s", p->through);
	ocr_json_real(j, "checked_mb_s", p->checked);
	ocr_json_real(j, "store_mb_s", p->store_rate);
	ocr_json_real(j, "memory_mb", p->memory);
	ocr_json_number(j, "stolen", p->n_stolen);
	ocr_json_number(j, "copies", p->n_copies);
	ocr_json_number(j, "late", p->n_late);
	ocr_json_number(j, "redone", p->n_redone);
	ocr_json_string(j, "grade", "S");
	ocr_json_close_object(j);
}

void
ocr_sim_hosts_json(FILE *f, const struct ocr_sim_hosts_call *r)
{
	struct ocr_json j = {.f = f};

	ocr_json_open_array(&j, NULL);
	for (size_t i = 0; i < r->n_rows; i++)
		put_object(&j, &r->net, &r->rows[i]);
	for (size_t i = 0; i < r->n_limits; i++) {
		const struct ocr_sim_limit *l = &r->limits[i];

		ocr_json_open_object(&j, NULL);
		ocr_json_real(&j, "limit_unit_mb_s", l->rate);
		ocr_json_bool(&j, "by_reference", r->net.is_by_ref);
		ocr_json_number(&j, "units", (uint64_t)r->net.units);
		ocr_json_number(&j, "hosts", l->n_hosts);
		ocr_json_bool(&j, "is_more", l->is_more);
		ocr_json_real(&j, "raw_mb_s", l->raw);
		ocr_json_string(&j, "grade", "S");
		ocr_json_close_object(&j);
	}
	ocr_json_close_array(&j);
	putc('\n', f);
}
