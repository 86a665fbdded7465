/*
 * trace.h - who did what when, as Chrome trace events (--trace=FILE)
 *
 * A row for each worker, a span for each piece of work, a mark for each steal;
 * Perfetto and chrome://tracing show the file.  Format: "Trace Event Format",
 * JSON object form.  Each row is written by one thread at a time, without
 * locks; the file is written at the end.  A NULL trace is fine everywhere and
 * does nothing.
 */
#ifndef OCR_TRACE_H
#define OCR_TRACE_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

struct ocr_trace;

/* Creates the file (so that a wrong path is an error before the work), which
 * gets its name when the trace is closed: output.h.  path NULL: *t is NULL.
 * Before any thread is started. */
int ocr_trace_open(struct ocr_trace **t, const char *path, const char *tool,
    struct ocr_err *err);
/* Before the first event: rows and their names, which are copied.  Another call
 * may add rows while nobody writes events. */
int ocr_trace_rows(struct ocr_trace *t, size_t n_rows, const char *const *names,
    struct ocr_err *err);

/* Times are ocr_now_ns() or any clock that all events share.  [first, last) is
 * what was worked on: items or bytes.  what: lives until the trace is closed.
 * At most a million events a row, four million in all; those beyond, and those
 * for which there is no memory, are lost, and the file says how many. */
void ocr_trace_span(struct ocr_trace *t, size_t row, const char *what,
    uint64_t start_ns, uint64_t end_ns, uint64_t first, uint64_t last);
/* row took [first, last) from `from`. */
void ocr_trace_steal(struct ocr_trace *t, size_t row, uint64_t at_ns,
    size_t from, uint64_t first, uint64_t last);

/* Writes and frees, also if it fails: then no file is left.  remove: the run
 * failed, the same without writing. */
int ocr_trace_close(struct ocr_trace *t, struct ocr_err *err);
void ocr_trace_remove(struct ocr_trace *t);

#endif
