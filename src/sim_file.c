/*
 * sim_file.c - numbers from a text file; called by sim_profile.c
 */
#include "config.h"

#include "src/sim_file.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/sim_profile.h"

struct reader {
	FILE *f;
	const char *path;
	uint64_t line;
	uint32_t *work;
	uint64_t n, cap;
};

static int
add(struct reader *r, uint32_t work, struct ocr_err *err)
{
	uint64_t cap = r->cap > 0 ? r->cap * 2 : 1024;
	uint32_t *p;

	if (r->n == OCR_SIM_MAX_ROWS)
		return ocr_err_set(err, -OCR_ELIMIT,
		    "'%s': more than %" PRIu64 " rows", r->path,
		    OCR_SIM_MAX_ROWS);
	if (r->n == r->cap) {
		p = realloc(r->work, (size_t)cap * sizeof(*p));
		if (p == NULL)
			return ocr_err_nomem(err);
		r->work = p;
		r->cap = cap;
	}
	r->work[r->n++] = work;
	return 0;
}

static bool
is_blank(int c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The rest of a line that begins with c; 1: the file ends. */
static int
read_line(struct reader *r, int c, struct ocr_err *err)
{
	uint64_t v = 0;
	bool has_digits = false;
	int e = 0;

	r->line++;
	while (is_blank(c))
		c = getc(r->f);
	for (; c >= '0' && c <= '9'; c = getc(r->f)) {
		has_digits = true;
		v = v * 10 + (uint64_t)(c - '0');
		if (v > OCR_SIM_MAX_WORK)
			return ocr_err_set(err, -OCR_ELIMIT,
			    "'%s': line %" PRIu64 ": more than %" PRIu32,
			    r->path, r->line, OCR_SIM_MAX_WORK);
	}
	while (is_blank(c))
		c = getc(r->f);
	if (c == '#')
		while (c != '\n' && c != EOF)
			c = getc(r->f);
	if (c != '\n' && c != EOF)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "'%s': line %" PRIu64 ": not a number", r->path, r->line);
	if (has_digits)
		e = add(r, (uint32_t)v, err);
	return e < 0 ? e : c == EOF;
}

int
ocr_sim_file_read(const char *path, uint32_t **work, uint64_t *n,
    struct ocr_err *err)
{
	struct reader r = {.path = path};
	int e = 0;

	r.f = fopen(path, "re");
	if (r.f == NULL)
		return ocr_err_sys(err, "cannot open '%s'", path);
	while (e == 0)
		e = read_line(&r, getc(r.f), err);
	if (ferror(r.f) && e >= 0)
		e = ocr_err_sys(err, "cannot read '%s'", path);
	if (e >= 0 && r.n == 0)
		e = ocr_err_set(err, -OCR_EFORMAT, "'%s': no rows", path);
	fclose(r.f);
	if (e < 0) {
		free(r.work);
		return e;
	}
	*work = r.work;
	*n = r.n;
	return 0;
}
