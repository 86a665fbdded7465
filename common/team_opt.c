/*
 * team_opt.c - the options of every tool that has workers
 */
#include "config.h"

#include "common/team_opt.h"

#include <stdlib.h>
#include <string.h>

#define THREADS_MAX 1024
#define TIMEOUT_MAX_S 86400

static int
set_verify(struct ocr_team_opt *o, const char *arg, struct ocr_err *err)
{
	const char *share;

	o->has_verify = true;
	if (strcmp(arg, "full") == 0) {
		o->verify = OCR_VERIFY_FULL;
		return 0;
	}
	if (strcmp(arg, "off") == 0) {
		o->verify = OCR_VERIFY_OFF;
		return 0;
	}
	if (strncmp(arg, "sample:", 7) == 0) {
		o->verify = OCR_VERIFY_SAMPLE;
		share = arg + 7;
		if (ocr_opt_real(&share, 0, 1, &o->verify_share) &&
		    *share == '\0')
			return 0;
	}
	return ocr_err_set(err, -OCR_EUSAGE,
	    "--verify: '%s' is not full, off or sample:P (P from 0 to 1)", arg);
}

static int
set_busy(struct ocr_team_opt *o, const char *arg, struct ocr_err *err)
{
	static const char *const words[] = {"skip", "wait", "share"};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(arg, words[i]) == 0) {
			o->busy = (enum ocr_busy)i;
			return 0;
		}
	}
	return ocr_err_set(err, -OCR_EUSAGE,
	    "--busy: '%s' is not skip, wait or share", arg);
}

static int
set_timeout(struct ocr_team_opt *o, const char *arg, struct ocr_err *err)
{
	const char *at = arg;
	double s;

	if (!ocr_opt_real(&at, 0.001, TIMEOUT_MAX_S, &s) || *at != '\0')
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--run-timeout: '%s' is not a number of seconds from "
		    "0.001 to %d",
		    arg, TIMEOUT_MAX_S);
	o->run_timeout_ms = (unsigned)(s * 1000);
	return 0;
}

static int
set_fallback(struct ocr_team_opt *o, const char *arg, struct ocr_err *err)
{
	o->has_no_fallback = strcmp(arg, "none") == 0;
	if (!o->has_no_fallback && strcmp(arg, "local") != 0)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--fallback: '%s' is not local or none", arg);
	return 0;
}

int
ocr_team_opt_schedule(struct ocr_schedule *s, const char *what,
    const char *text, struct ocr_err *err)
{
	struct ocr_err why = {0};
	int r = ocr_schedule_parse(text, s, &why);

	if (r != -OCR_EUSAGE)
		return r < 0 ? ocr_err_nomem(err) : 0;
	/* It begins with "schedule". */
	return ocr_err_set(err, r, "%s%s", what,
	    why.text + strcspn(why.text, ":"));
}

int
ocr_team_opt_set(struct ocr_team_opt *o, int key, const char *arg,
    struct ocr_err *err)
{
	uint64_t n;
	int r;

	switch (key) {
	case 'D':
		o->devices = arg;
		return 0;
	case 'j':
	case 'p':
		r = ocr_opt_number(key == 'j' ? "--jobs" : "--processes", arg,
		    1, THREADS_MAX, &n, err);
		if (r == 0)
			o->n_threads = (unsigned)n;
		return r;
	case OCR_KEY_BUSY:
		return set_busy(o, arg, err);
	case OCR_KEY_FALLBACK:
		return set_fallback(o, arg, err);
	case OCR_KEY_RUN_TIMEOUT:
		return set_timeout(o, arg, err);
	case OCR_KEY_SCHEDULE:
		o->has_schedule = true;
		return ocr_team_opt_schedule(&o->schedule, "--schedule", arg,
		    err);
	case OCR_KEY_TRACE:
		o->trace_path = arg;
		return 0;
	case OCR_KEY_VERIFY:
		return set_verify(o, arg, err);
	case OCR_KEY_XCLBIN:
		o->xclbins = arg;
		return 0;
	default:
		return 1;
	}
}
