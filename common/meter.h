/*
 * meter.h - what a run has done: progress bar, --stats
 *
 * Counters are written by one thread each (named below) and read by the loop
 * for the bar; they are atomics for that reason alone.
 */
#ifndef OCR_METER_H
#define OCR_METER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/chunk.h"
#include "common/err.h"
#include "common/ui.h"

struct ocr_sweep_report;
struct ocr_team;

enum ocr_progress {
	OCR_PROGRESS_AUTO = 0, /* a bar if stderr is a terminal */
	OCR_PROGRESS_ALWAYS,
	OCR_PROGRESS_NEVER,
};

struct ocr_meter {
	struct ocr_ui *ui;
	bool has_stats;
	const char *stats_path; /* NULL or "-": stderr */
	/* Of the range loop: shown in stats; NULL: none. */
	const struct ocr_sweep_report *sweeps;
	bool is_bar; /* decided by ocr_meter_start */
	uint64_t start_ns, last_ns;
	/* Of tools that do one thing after the other: what the bar is about.
	 * Then total_bytes, in_bytes are the phase's, and may be items. */
	const char *phase; /* NULL: none */
	bool is_items;
	uint64_t phase_ns; /* its start */
	_Atomic uint64_t
	    total_bytes;            /* expected input, 0 = not known; reader */
	_Atomic uint64_t in_bytes;  /* reader */
	_Atomic uint64_t out_bytes; /* the tool, from its output */
	_Atomic uint64_t n_chunks;  /* writer */
};

/* Starts the clock; the caller has zeroed the rest and set the stats fields.
 * Quiet (ui) goes before ALWAYS. */
void ocr_meter_start(struct ocr_meter *m, struct ocr_ui *ui,
    enum ocr_progress progress);
/* Count a chunk that the source gave (an origin adds its size to the total). */
void ocr_meter_read(struct ocr_meter *m, const struct ocr_chunk *c);
/* Count a chunk that the sink has taken. */
void ocr_meter_written(struct ocr_meter *m, const struct ocr_chunk *c);
/*
 * What is done from now on, as n bytes or items (0: not known), of which
 * ocr_meter_add() tells.  A bar that is shown is drawn anew.  phase: of static
 * lifetime.  The loop's thread; no other may count meanwhile.
 */
enum ocr_meter_unit { OCR_METER_BYTES, OCR_METER_ITEMS };
void ocr_meter_phase(struct ocr_meter *m, const char *phase,
    enum ocr_meter_unit unit, uint64_t n);
void ocr_meter_add(struct ocr_meter *m, uint64_t n); /* any thread */
/* No bar until the next tick: something else is to be written. */
void ocr_meter_wipe(struct ocr_meter *m);
/*
 * The text of the bar at that time, at most width bytes and whole parts only;
 * bar has room for one more.  Returns its length.  For tick and for tests.
 */
size_t ocr_meter_format(const struct ocr_meter *m, uint64_t now_ns, char *bar,
    size_t width);
/* Draw the bar if it is due; cheap otherwise.  The loop's thread. */
void ocr_meter_tick(struct ocr_meter *m);
/* Text of stats to a file, or to stderr: path as in stats_path. */
int ocr_meter_write_stats(const char *path, const char *text, size_t len,
    struct ocr_err *err);
/* Wipe the bar and write the stats: one JSON object, one line.  team may be
 * NULL (a tool without workers). status: exit status to come. */
int ocr_meter_finish(struct ocr_meter *m, const struct ocr_team *team,
    int status, struct ocr_err *err);

#endif
