/*
 * host_report.c - what a host has done in a run
 */
#include "config.h"

#include "common/host_report.h"

#include <inttypes.h>
#include <stdatomic.h>

#include "common/worker_host.h"

/* Integers only: a locale may have a comma for the point. */
void
ocr_host_report_json(FILE *f, const struct ocr_worker *w)
{
	struct ocr_host_facts facts;
	uint64_t us;

	ocr_worker_host_facts(w, &facts);
	us = facts.round_trip_ns / 1000;
	fprintf(f,
	    ",\"failed\":%" PRIu64 ",\"connections\":%u"
	    ",\"lost_connections\":%u,\"copies\":%" PRIu64
	    ",\"forgotten\":%" PRIu64 ",\"late\":%" PRIu32
	    ",\"slots\":%u,\"credits\":%u"
	    ",\"round_trip_seconds\":%" PRIu64 ".%06" PRIu64,
	    w->n_failed, facts.n_connections, facts.n_failures, w->n_copies,
	    w->n_forgotten, atomic_load(&w->n_late), w->width, facts.credits,
	    us / 1000000, us % 1000000);
}

void
ocr_host_report_note(struct ocr_ui *ui, const struct ocr_worker *w)
{
	struct ocr_host_facts facts;

	ocr_worker_host_facts(w, &facts);
	ocr_ui_note(ui,
	    "%s: %" PRIu64 " chunks, %" PRIu64 " bytes, %" PRIu64
	    " failed, %u of %u connections lost, %" PRIu64 " copies, %" PRIu64
	    " done by others, round trip %" PRIu64 " us",
	    w->name, w->n_jobs, w->in_bytes, w->n_failed,
	    facts.n_failures < facts.n_connections ? facts.n_failures
						   : facts.n_connections,
	    facts.n_connections, w->n_copies, w->n_forgotten,
	    facts.round_trip_ns / 1000);
}
