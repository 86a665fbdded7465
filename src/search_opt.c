/*
 * search_opt.c - see search_opt.h
 */
#include "config.h"

#include "src/search_opt.h"

#include <stdlib.h>
#include <string.h>

#include "common/digits.h"

#define MAX_TRIALS 1000000

void
ocr_search_opt_init(struct ocr_search_opt *o)
{
	*o = (struct ocr_search_opt){0};
	ocr_graph_in_init(&o->in);
}

void
ocr_search_opt_release(struct ocr_search_opt *o)
{
	free(o->sources);
	o->sources = NULL;
	o->n_sources = 0;
}

static int
add_id(struct ocr_search_opt *o, uint64_t id, struct ocr_err *err)
{
	size_t n = o->n_sources;
	uint64_t *all;

	/* Room for a power of two. */
	if ((n & (n - 1)) == 0) {
		all = realloc(o->sources,
		    (n == 0 ? 1 : 2 * n) * sizeof(*o->sources));
		if (all == NULL)
			return ocr_err_nomem(err);
		o->sources = all;
	}
	o->sources[o->n_sources++] = id;
	return 0;
}

int
ocr_search_add_ids(struct ocr_search_opt *o, const char *text, size_t len,
    const char *what, struct ocr_err *err)
{
	size_t at = 0, n;
	uint64_t id;
	int r;

	for (;;) {
		n = 0;
		while (at + n < len && text[at + n] != ',')
			n++;
		if (!ocr_digits_u64(text + at, n, &id))
			return ocr_err_set(err, -OCR_EUSAGE,
			    "%s: '%.*s' is not the id of a vertex", what,
			    n > 40 ? 40 : (int)n, text + at);
		r = add_id(o, id, err);
		at += n + 1;
		if (r < 0 || at > len)
			return r;
	}
}

static int
set_form(struct ocr_search_opt *o, enum ocr_form form, struct ocr_err *err)
{
	if (o->form != OCR_FORM_TEXT && o->form != form)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--binary, --json, --ldbc: one of them");
	o->form = form;
	return 0;
}

int
ocr_search_opt_set(struct ocr_search_opt *o, int key, const char *arg,
    struct ocr_err *err)
{
	switch (key) {
	case 's':
		return ocr_search_add_ids(o, arg, strlen(arg), "--source", err);
	case OCR_KEY_BINARY:
		return set_form(o, OCR_FORM_BINARY, err);
	case OCR_KEY_CHANGES:
		o->shows_changes = true;
		return 0;
	case OCR_KEY_JSON:
		return set_form(o, OCR_FORM_JSON, err);
	case OCR_KEY_LDBC:
		return set_form(o, OCR_FORM_LDBC, err);
	case OCR_KEY_SOURCES:
		o->sources_path = arg;
		return 0;
	case OCR_KEY_TRIALS:
		return ocr_opt_number("--trials", arg, 1, MAX_TRIALS,
		    &o->n_trials, err);
	case OCR_KEY_UPDATES:
		o->updates_path = arg;
		return 0;
	case OCR_KEY_VERIFY_RESULT:
		o->is_verified = true;
		return 0;
	default:
		return ocr_graph_in_set(&o->in, key, arg, err);
	}
}

static int
check_updates(const struct ocr_search_opt *o, struct ocr_err *err)
{
	if (o->updates_path == NULL)
		return o->shows_changes
			   ? ocr_err_set(err, -OCR_EUSAGE,
				 "--changes: there are none without --updates")
			   : 0;
	if (o->n_sources > 1 || o->sources_path != NULL)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--updates: of one source");
	if (o->n_trials > 0)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--trials writes the times of searches: not with "
		    "--updates; --json has the times of these");
	if (o->shows_changes && o->form != OCR_FORM_TEXT)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--changes writes lines: not with --binary, --json or "
		    "--ldbc");
	return 0;
}

int
ocr_search_opt_check(const struct ocr_search_opt *o, size_t n_paths,
    struct ocr_err *err)
{
	if (n_paths > 1)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "one graph at a time; ocr-graph joins files to one");
	if (o->n_trials > 0 &&
	    (o->form == OCR_FORM_BINARY || o->form == OCR_FORM_LDBC))
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--trials writes times, not results: not with --binary or "
		    "--ldbc");
	return check_updates(o, err);
}
