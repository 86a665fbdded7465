/*
 * hosts_parse.c - what a file of hosts says: its lines and their keys
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/device.h"
#include "common/hosts.h"
#include "common/hosts_list.h"
#include "common/opt.h"
#include "common/rsh.h"
#include "common/words.h"

/* Keys of a line; in the order of texts[] and numbers. */
enum key {
	KEY_DEVICES,
	KEY_PATH,
	KEY_RSH,
	KEY_SLOTS,
	KEY_WEIGHT,
	KEY_XCLBIN,
	N_KEYS
};

/* A value is wrong. */
static int
bad_value(const char *where, const char *word, const char *why,
    struct ocr_err *err)
{
	return ocr_err_set(err, -OCR_EUSAGE, "%.200s: '%.*s' %s", where,
	    OCR_HOSTS_SHOWN_BYTES, word, why);
}

static int
check_value(int key, const char *where, const char *word, const char *value,
    struct ocr_err *err)
{
	struct ocr_device_list devices;
	int r;

	switch (key) {
	case KEY_DEVICES:
		r = ocr_device_list_parse(&devices, where, value, err);
		if (r == 0)
			ocr_device_list_release(&devices);
		return r;
	case KEY_RSH:
		return ocr_rsh_check(where, value, err);
	case KEY_PATH:
		if (value[0] == '-')
			return bad_value(where, word,
			    "begins with '-', as "
			    "options do",
			    err);
		if (value[0] == '~')
			return bad_value(where, word,
			    "has a '~', which nobody "
			    "expands; leave '~/' away: ssh begins in the home "
			    "directory",
			    err);
		return 0;
	default:
		return 0;
	}
}

static int
set_text(struct ocr_hosts *l, const char **to, const char *value,
    struct ocr_err *err)
{
	*to = ocr_hosts_keep(l, value, strlen(value));
	return *to == NULL ? ocr_err_nomem(err) : 0;
}

static int
set_value(struct ocr_hosts *l, struct ocr_host *h, int key, const char *where,
    const char *word, const char *value, struct ocr_err *err)
{
	const char *end = value;

	switch (key) {
	case KEY_DEVICES:
		return set_text(l, &h->devices, value, err);
	case KEY_PATH:
		return set_text(l, &h->path, value, err);
	case KEY_RSH:
		return set_text(l, &h->rsh, value, err);
	case KEY_XCLBIN:
		return set_text(l, &h->xclbin, value, err);
	case KEY_SLOTS:
		if (!ocr_hosts_number(value, strlen(value), OCR_HOST_MAX_SLOTS,
			&h->slots) ||
		    h->slots == 0)
			return bad_value(where, word,
			    "is no number of slots from 1 to 4096", err);
		return 0;
	default:
		if (!ocr_opt_real(&end, 1e-6, 1e6, &h->weight) || *end != '\0')
			return bad_value(where, word,
			    "is no weight from 0.000001 to 1000000", err);
		return 0;
	}
}

/* KEY=VALUE; seen has a bit for each key. */
static int
set_key(struct ocr_hosts *l, struct ocr_host *h, unsigned *seen,
    const char *where, const char *word, struct ocr_err *err)
{
	static const char *const names[N_KEYS] = {"devices", "path", "rsh",
	    "slots", "weight", "xclbin"};
	const char *equals = strchr(word, '=');
	int key = 0, r;

	if (equals == NULL)
		return bad_value(where, word,
		    "is not KEY=VALUE; a command to "
		    "connect with belongs into rsh=, like "
		    "rsh=\"ssh -J gate {host}\", a port behind the host, like "
		    "HOST:22",
		    err);
	while (key < N_KEYS &&
	       (strncmp(word, names[key], (size_t)(equals - word)) != 0 ||
		   names[key][equals - word] != '\0'))
		key++;
	if (key == N_KEYS)
		return bad_value(where, word,
		    "has no key that is known: "
		    "devices, path, rsh, slots, weight, xclbin",
		    err);
	if ((*seen & 1U << key) != 0)
		return bad_value(where, word, "has a key that is there before",
		    err);
	*seen |= 1U << key;
	if (equals[1] == '\0')
		return bad_value(where, word, "has no value", err);
	r = check_value(key, where, word, equals + 1, err);
	if (r < 0)
		return r;
	return set_value(l, h, key, where, word, equals + 1, err);
}

static int
add_line(struct ocr_hosts *l, const struct ocr_host *base, const char *where,
    const char *text, size_t len, struct ocr_err *err)
{
	struct ocr_words w = {0};
	struct ocr_host h = *base;
	unsigned seen = 0;
	int r = ocr_words_split(&w, text, len, '#', where, err);

	for (size_t i = 1; r == 0 && i < w.n; i++)
		r = set_key(l, &h, &seen, where, w.v[i], err);
	if (r == 0 && w.n > 0)
		r = ocr_hosts_add_target(l, &h, where, w.v[0], strlen(w.v[0]),
		    err);
	ocr_words_release(&w);
	return r;
}

int
ocr_hosts_add_text(struct ocr_hosts *l, const char *file, const char *text,
    size_t len, struct ocr_err *err)
{
	struct ocr_host base = {.line = 0};
	const char *end = text + len, *next;
	char where[200];
	int r = 0;

	base.file = ocr_hosts_keep(l, file, strlen(file));
	if (base.file == NULL)
		return ocr_err_nomem(err);
	while (r == 0 && text < end) {
		next = memchr(text, '\n', (size_t)(end - text));
		if (next == NULL)
			next = end;
		base.line++;
		snprintf(where, sizeof(where), "%.150s:%u", file, base.line);
		if (next - text > OCR_HOSTS_LINE_BYTES)
			return ocr_err_set(err, -OCR_EUSAGE,
			    "%s: longer than %d bytes", where,
			    OCR_HOSTS_LINE_BYTES);
		r = add_line(l, &base, where, text, (size_t)(next - text), err);
		text = next < end ? next + 1 : end;
	}
	return r == 0 ? ocr_hosts_merge(l, err) : r;
}
