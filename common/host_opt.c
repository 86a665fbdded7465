/*
 * host_opt.c - the options of every tool that can use other hosts
 */
#include "config.h"

#include "common/host_opt.h"

#include <string.h>

#include "common/rsh.h"

#define MAX_SECONDS 86400
#define MAX_RETRIES 1000
#define MAX_FAILS 1000000000

static int
set_seconds(unsigned *ms, const char *what, const char *arg,
    struct ocr_err *err)
{
	const char *at = arg;
	double s;

	if (!ocr_opt_real(&at, 0.001, MAX_SECONDS, &s) || *at != '\0')
		return ocr_err_set(err, -OCR_EUSAGE,
		    "%s: '%s' is not a number of seconds from 0.001 to %d",
		    what, arg, MAX_SECONDS);
	*ms = (unsigned)(s * 1000);
	return 0;
}

/* A list of hosts is long: the second would be missed in the first's place. */
static int
set_once(const char **text, const char *what, const char *arg,
    struct ocr_err *err)
{
	if (*text != NULL)
		return ocr_err_set(err, -OCR_EUSAGE, "%s: is there twice",
		    what);
	if (*arg == '\0')
		return ocr_err_set(err, -OCR_EUSAGE, "%s: is empty", what);
	*text = arg;
	return 0;
}

static int
set_filter(struct ocr_host_opt *o, const char *arg, struct ocr_err *err)
{
	o->is_strict = arg != NULL && strcmp(arg, "no") == 0;
	if (arg != NULL && !o->is_strict && strcmp(arg, "yes") != 0)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--filter-hosts: '%s' is not yes or no", arg);
	return 0;
}

/* "now,fail=2" */
static int
set_halt(struct ocr_host_opt *o, const char *arg, struct ocr_err *err)
{
	static const char *const words[] = {"never", "soon,fail=", "now,fail="};
	size_t i, n = sizeof(words) / sizeof(*words);

	for (i = 1; i < n; i++)
		if (strncmp(arg, words[i], strlen(words[i])) == 0)
			break;
	if (strcmp(arg, words[0]) == 0)
		i = 0;
	if (i == n)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--halt: '%s' is not never, soon,fail=N or now,fail=N",
		    arg);
	o->halt = (enum ocr_halt)i;
	if (i == 0)
		return 0;
	return ocr_opt_number("--halt", arg + strlen(words[i]), 1, MAX_FAILS,
	    &o->halt_fails, err);
}

static int
set_retries(struct ocr_host_opt *o, const char *arg, struct ocr_err *err)
{
	uint64_t n = 0;
	int r = ocr_opt_number("--retries", arg, 0, MAX_RETRIES, &n, err);

	o->n_retries = (unsigned)n;
	o->has_retries = true;
	return r;
}

static int
set_rsh(struct ocr_host_opt *o, const char *arg, struct ocr_err *err)
{
	o->rsh = arg;
	return ocr_rsh_check("--rsh", arg, err);
}

int
ocr_host_opt_set(struct ocr_host_opt *o, int key, const char *arg,
    struct ocr_err *err)
{
	switch (key) {
	case OCR_KEY_CONNECT_TIMEOUT:
		return set_seconds(&o->connect_timeout_ms, "--connect-timeout",
		    arg, err);
	case OCR_KEY_FILTER_HOSTS:
		return set_filter(o, arg, err);
	case OCR_KEY_HALT:
		return set_halt(o, arg, err);
	case OCR_KEY_HOST:
		return set_once(&o->host, "--host", arg, err);
	case OCR_KEY_HOSTS:
		return set_once(&o->hosts, "--hosts", arg, err);
	case OCR_KEY_JOBLOG:
		o->joblog = arg;
		return 0;
	case OCR_KEY_RESUME:
		o->is_resumed = true;
		return 0;
	case OCR_KEY_RETRIES:
		return set_retries(o, arg, err);
	case OCR_KEY_RSH:
		return set_rsh(o, arg, err);
	case OCR_KEY_SHARDS:
		o->shards = arg;
		return 0;
	case OCR_KEY_TIMEOUT:
		return set_seconds(&o->timeout_ms, "--timeout", arg, err);
	case OCR_KEY_WORKER:
		o->is_worker = true;
		return 0;
	default:
		return 1;
	}
}

int
ocr_host_opt_check(const struct ocr_host_opt *o, struct ocr_err *err)
{
	if (o->is_resumed && o->joblog == NULL)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--resume needs --joblog FILE");
	if (o->is_resumed && o->shards == NULL)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--resume needs --shards DIR");
	return 0;
}
