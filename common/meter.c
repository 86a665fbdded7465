/*
 * meter.c - the progress bar and --stats; called by the loops and bin
 */
#include "config.h"

#include "common/meter.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <termios.h>
#include <unistd.h>

#include "common/host_report.h"
#include "common/io.h"
#include "common/json_write.h"
#include "common/sweep.h"
#include "common/team.h"

#define FIRST_BAR_NS 500000000 /* what is quicker needs none */
#define BAR_NS 200000000
#define MAX_BAR 160

void
ocr_meter_start(struct ocr_meter *m, struct ocr_ui *ui,
    enum ocr_progress progress)
{
	m->ui = ui;
	m->start_ns = ocr_now_ns();
	m->phase_ns = m->start_ns;
	/* The first bar is due BAR_NS after last_ns. */
	m->last_ns = m->start_ns + FIRST_BAR_NS - BAR_NS;
	if (progress == OCR_PROGRESS_ALWAYS)
		m->last_ns = m->start_ns - BAR_NS;
	m->is_bar =
	    ui->verbosity > OCR_QUIET &&
	    (progress == OCR_PROGRESS_ALWAYS ||
		(progress == OCR_PROGRESS_AUTO && isatty(STDERR_FILENO)));
}

static void
add(_Atomic uint64_t *sum, uint64_t n)
{
	atomic_fetch_add_explicit(sum, n, memory_order_relaxed);
}

static uint64_t
get(const _Atomic uint64_t *sum)
{
	return atomic_load_explicit(sum, memory_order_relaxed);
}

void
ocr_meter_read(struct ocr_meter *m, const struct ocr_chunk *c)
{
	if (c->kind == OCR_CHUNK_DATA)
		add(&m->in_bytes, c->len);
	else if (c->origin != NULL && c->origin->has_size)
		add(&m->total_bytes, c->origin->size);
}

void
ocr_meter_written(struct ocr_meter *m, const struct ocr_chunk *c)
{
	if (c->kind == OCR_CHUNK_DATA)
		add(&m->n_chunks, 1);
}

/* "999 B", "512 MB", "2.1 GB": powers of 1000, three digits at most. */
static const char *
human(uint64_t n, char buf[16])
{
	static const char *const unit[] = {"B", "kB", "MB", "GB", "TB", "PB",
	    "EB"};
	unsigned u = 0;
	uint64_t tenth = 0;

	while (n >= 1000) {
		tenth = n % 1000 / 100;
		n /= 1000;
		u++;
	}
	if (u > 0 && n < 10)
		snprintf(buf, 16, "%u.%u %s", (unsigned)n, (unsigned)tenth,
		    unit[u]);
	else
		snprintf(buf, 16, "%u %s", (unsigned)n, unit[u]);
	return buf;
}

/* Add a part to the bar, or nothing where it does not fit any more. */
__attribute__((format(printf, 4, 5))) static void
add_part(char *bar, size_t *len, size_t width, const char *fmt, ...)
{
	char part[64];
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	vsnprintf(part, sizeof(part), fmt, ap);
	va_end(ap);
	n = strlen(part);
	if (*len + n > width)
		return;
	memcpy(bar + *len, part, n + 1);
	*len += n;
}

static void
add_time(char *bar, size_t *len, size_t width, double seconds, const char *what)
{
	uint64_t s;

	if (!(seconds < 360000))
		return; /* 100 hours: nobody knows */
	s = (uint64_t)seconds;
	if (s >= 3600)
		add_part(bar, len, width, "  %u:%02u:%02u%s",
		    (unsigned)(s / 3600), (unsigned)(s / 60 % 60),
		    (unsigned)(s % 60), what);
	else
		add_part(bar, len, width, "  %u:%02u%s", (unsigned)(s / 60),
		    (unsigned)(s % 60), what);
}

static void
add_bytes(char *bar, size_t *len, size_t width, uint64_t in, uint64_t total,
    double rate)
{
	char a[16], b[16];

	add_part(bar, len, width, "   %s", human(in, a));
	if (total >= in && total > 0)
		add_part(bar, len, width, " of %s  %u %%", human(total, b),
		    (unsigned)((double)in / (double)total * 100));
	add_part(bar, len, width, "  %s/s",
	    human(rate < 1e18 ? (uint64_t)rate : 0, a));
}

size_t
ocr_meter_format(const struct ocr_meter *m, uint64_t now_ns, char *bar,
    size_t width)
{
	uint64_t in = get(&m->in_bytes), total = get(&m->total_bytes);
	uint64_t start_ns = m->phase == NULL ? m->start_ns : m->phase_ns;
	double s = (double)(now_ns - start_ns) / 1e9;
	double rate = s > 0.001 ? (double)in / s : 0;
	size_t len = 0;

	bar[0] = '\0';
	add_part(bar, &len, width, "%s", m->ui->tool);
	if (m->phase != NULL)
		add_part(bar, &len, width, "   %s", m->phase);
	if (!m->is_items)
		add_bytes(bar, &len, width, in, total, rate);
	else if (total >= in && total > 0)
		add_part(bar, &len, width, "  %u %%",
		    (unsigned)((double)in / (double)total * 100));
	if (total >= in && rate > 0)
		add_time(bar, &len, width, (double)(total - in) / rate,
		    " left");
	else
		add_time(bar, &len, width, s, "");
	return len;
}

/* Write the bar and clear what is behind it; text may be empty. */
static void
draw(struct ocr_meter *m, const char *text)
{
	struct ocr_err lost = {0};
	char line[MAX_BAR + 16];

	snprintf(line, sizeof(line), "\r%s\033[K", text);
	if (ocr_write_full(STDERR_FILENO, line, strlen(line), "stderr", &lost) <
	    0)
		m->is_bar = false; /* nobody is looking */
	__atomic_store_n(&m->ui->is_bar_shown, text[0] != '\0',
	    __ATOMIC_RELAXED);
}

void
ocr_meter_tick(struct ocr_meter *m)
{
	struct winsize size = {0};
	char bar[MAX_BAR + 1];
	size_t width = 80;
	uint64_t now;
	pid_t owner;

	if (!m->is_bar)
		return;
	now = ocr_now_ns();
	if ((int64_t)(now - m->last_ns) < BAR_NS)
		return;
	m->last_ns = now;
	/* In the background the terminal is somebody else's. */
	owner = tcgetpgrp(STDERR_FILENO);
	if (owner >= 0 && owner != getpgrp())
		return;
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		width = size.ws_col;
	if (width > MAX_BAR)
		width = MAX_BAR;
	/* A full last column would wrap. */
	ocr_meter_format(m, now, bar, width - 1);
	draw(m, bar);
}

void
ocr_meter_phase(struct ocr_meter *m, const char *phase,
    enum ocr_meter_unit unit, uint64_t n)
{
	m->phase = phase;
	m->is_items = unit == OCR_METER_ITEMS;
	m->phase_ns = ocr_now_ns();
	atomic_store_explicit(&m->in_bytes, 0, memory_order_relaxed);
	atomic_store_explicit(&m->total_bytes, n, memory_order_relaxed);
	if (m->is_bar &&
	    __atomic_load_n(&m->ui->is_bar_shown, __ATOMIC_RELAXED))
		m->last_ns = m->phase_ns - BAR_NS;
	ocr_meter_tick(m);
}

void
ocr_meter_add(struct ocr_meter *m, uint64_t n)
{
	add(&m->in_bytes, n);
}

void
ocr_meter_wipe(struct ocr_meter *m)
{
	if (__atomic_load_n(&m->ui->is_bar_shown, __ATOMIC_RELAXED))
		draw(m, "");
}

/* Integers only: a locale may have a comma for the point. */
static void
put_seconds(FILE *f, const char *key, uint64_t ns)
{
	fprintf(f, "\"%s\":%" PRIu64 ".%03" PRIu64, key, ns / 1000000000,
	    ns / 1000000 % 1000);
}

/* What there is to say of a unit of a card. */
static void
put_card(FILE *f, const struct ocr_worker *w)
{
	putc(',', f);
	put_seconds(f, "verify_seconds", w->verify_ns);
	fprintf(f,
	    ",\"moved_bytes\":%" PRIu64 ",\"wrong\":%" PRIu64
	    ",\"unchecked\":%" PRIu64 ",\"declined\":%" PRIu64
	    ",\"retired\":%s,\"emulated\":%s",
	    w->moved_bytes, w->n_redone, w->n_unchecked, w->n_declined,
	    w->is_retired ? "true" : "false",
	    w->is_emulated ? "true" : "false");
}

/* The busiest worker's time by the average: 1 is a good balance. */
static double
lambda(const struct ocr_team *team)
{
	uint64_t max = 0, n = 0;
	double sum = 0;

	for (size_t i = 0; i < team->n_workers; i++) {
		const struct ocr_worker *w = &team->workers[i];

		if (w->is_reserve && w->n_jobs == 0)
			continue;
		n++;
		sum += (double)w->busy_ns;
		if (w->busy_ns > max)
			max = w->busy_ns;
	}
	return max > 0 ? (double)max * (double)n / sum : 1;
}

static void
put_schedule(FILE *f, const struct ocr_meter *m, const struct ocr_team *team)
{
	struct ocr_json j = {.f = f, .has_item = true};

	ocr_json_string(&j, "schedule", ocr_schedule_name(&team->schedule));
	if (m->sweeps == NULL)
		ocr_json_real(&j, "lambda", lambda(team));
}

/* Workers of sweeps are named in the order of the team's. */
static void
put_sweeps(FILE *f, const struct ocr_sweep_report *sweeps,
    const struct ocr_team *team)
{
	struct ocr_json j = {.f = f, .has_item = true};
	const char **names = calloc(team->n_workers + 1, sizeof(*names));

	for (size_t i = 0; names != NULL && i < team->n_workers; i++)
		names[i] = team->workers[i].name;
	ocr_json_open_object(&j, "sweeps");
	ocr_sweep_report_json(sweeps, names, &j);
	ocr_json_close_object(&j);
	free(names);
}

static void
put_workers(FILE *f, const struct ocr_team *team)
{
	size_t n = team == NULL ? 0 : team->n_workers;

	fputs(",\"workers\":[", f);
	for (size_t i = 0; i < n; i++) {
		const struct ocr_worker *w = &team->workers[i];

		fputs(i == 0 ? "{\"name\":" : ",{\"name\":", f);
		ocr_json_quote(f, w->name);
		fprintf(f, ",\"chunks\":%" PRIu64 ",\"bytes\":%" PRIu64 ",",
		    w->n_jobs, w->in_bytes);
		put_seconds(f, "busy_seconds", w->busy_ns);
		fprintf(f, ",\"steals\":%" PRIu64 ",\"lost\":%" PRIu64,
		    w->n_stolen, w->n_lost);
		if (i >= team->n_cpus)
			put_card(f, w);
		if (w->is_host)
			ocr_host_report_json(f, w);
		putc('}', f);
	}
	putc(']', f);
}

static uint64_t
timeval_ns(const struct timeval *t)
{
	return (uint64_t)t->tv_sec * 1000000000 + (uint64_t)t->tv_usec * 1000;
}

static void
put_stats(FILE *f, const struct ocr_meter *m, const struct ocr_team *team,
    int status)
{
	struct rusage ru = {0};

	getrusage(RUSAGE_SELF, &ru);
	fputs("{\"tool\":", f);
	ocr_json_quote(f, m->ui->tool);
	fputs(",\"version\":", f);
	ocr_json_quote(f, PACKAGE_VERSION);
	fprintf(f, ",\"status\":%d,", status);
	put_seconds(f, "seconds", ocr_now_ns() - m->start_ns);
	fprintf(f,
	    ",\"bytes_in\":%" PRIu64 ",\"bytes_out\":%" PRIu64
	    ",\"chunks\":%" PRIu64 ",\"peak_memory_bytes\":%" PRIu64 ",",
	    get(&m->in_bytes), get(&m->out_bytes), get(&m->n_chunks),
	    (uint64_t)ru.ru_maxrss * 1024);
	put_seconds(f, "cpu_seconds",
	    timeval_ns(&ru.ru_utime) + timeval_ns(&ru.ru_stime));
	if (team != NULL)
		put_schedule(f, m, team);
	put_workers(f, team);
	if (team != NULL && m->sweeps != NULL)
		put_sweeps(f, m->sweeps, team);
	fputs("}\n", f);
}

int
ocr_meter_write_stats(const char *path, const char *text, size_t len,
    struct ocr_err *err)
{
	int fd, r;

	if (path == NULL || strcmp(path, "-") == 0)
		return ocr_write_full(STDERR_FILENO, text, len, "stderr", err);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY,
	    0666);
	if (fd < 0)
		return ocr_err_sys(err, "cannot create %s", path);
	r = ocr_write_full(fd, text, len, path, err);
	if (close(fd) < 0 && r == 0)
		r = ocr_err_sys(err, "cannot write to %s", path);
	return r;
}

int
ocr_meter_finish(struct ocr_meter *m, const struct ocr_team *team, int status,
    struct ocr_err *err)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f;
	int r;

	ocr_meter_wipe(m);
	m->is_bar = false;
	for (size_t i = 0; team != NULL && i < team->n_workers; i++)
		if (team->workers[i].is_host)
			ocr_host_report_note(m->ui, &team->workers[i]);
	if (!m->has_stats)
		return 0;
	f = open_memstream(&text, &len);
	if (f == NULL)
		return ocr_err_nomem(err);
	put_stats(f, m, team, status);
	r = fclose(f) != 0
		? ocr_err_nomem(err)
		: ocr_meter_write_stats(m->stats_path, text, len, err);
	free(text);
	return r;
}
