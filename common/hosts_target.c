/*
 * hosts_target.c - [SLOTS/][USER@]HOST[:PORT], with ranges; for hosts_parse.c
 * and the like
 *
 * Ranges are written out one after the other, each name being looked at when it
 * is whole: so the work is bounded by the hosts there may be, whatever numbers
 * a line holds.
 */
#include "config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hosts.h"
#include "common/hosts_list.h"

#define MAX_RANGES 4    /* in one name */
#define NUMBER_DIGITS 9 /* of a number in a range */
#define PART_BYTES 512  /* HOST[:PORT] with its ranges written out */

/* Where a host's text is, for messages. */
struct place {
	struct ocr_hosts *l;
	struct ocr_host h; /* what is known of it so far */
	const char *where; /* "hosts.txt:3" */
	const char *text;  /* as it is written, ... */
	int len;           /* ... as much as is shown */
	struct ocr_err *err;
	char part[PART_BYTES]; /* the name as far as it is written out */
};

static int
bad(struct place *p, const char *why)
{
	return ocr_err_set(p->err, -OCR_EUSAGE, "%.200s: '%.*s' %s", p->where,
	    p->len, p->text, why);
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       is_digit(c) || c == '_' || c == '-' || c == '.';
}

/* Names, users: what no shell, no option parser and no terminal minds. */
static int
check_name(struct place *p, const char *s, size_t len, const char *what,
    const char *also)
{
	char why[200];
	int n;

	if (len == 0)
		snprintf(why, sizeof(why), "has no %s", what);
	else if (s[0] == '-')
		snprintf(why, sizeof(why),
		    "has a %s that begins with '-', as options do", what);
	else
		why[0] = '\0';
	for (size_t i = 0; why[0] == '\0' && i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (is_word(s[i]) || (c != '\0' && strchr(also, c) != NULL))
			continue;
		n = c > 0x20 && c < 0x7f
			? snprintf(why, sizeof(why), "holds '%c'", c)
			: snprintf(why, sizeof(why), "holds byte 0x%02x", c);
		snprintf(why + n, sizeof(why) - (size_t)n,
		    " in its %s, which is made of letters, digits, '.', '-' "
		    "and '_'",
		    what);
	}
	return why[0] == '\0' ? 0 : bad(p, why);
}

static int
add_host(struct place *p, const char *name, size_t len)
{
	if (len > OCR_HOST_NAME_BYTES)
		return bad(p, "is too long a name");
	p->h.name = ocr_hosts_keep(p->l, name, len);
	if (p->h.name == NULL)
		return ocr_err_nomem(p->err);
	return ocr_hosts_push(p->l, &p->h, p->where, p->err);
}

static int
set_port(struct place *p, const char *s, size_t len)
{
	if (!ocr_hosts_number(s, len, 65535, &p->h.port) || p->h.port == 0)
		return bad(p, "has no port from 1 to 65535 behind its ':'");
	return 0;
}

/* HOST[:PORT] with no range left. */
static int
add_part(struct place *p, const char *s, size_t len)
{
	const char *colon = memchr(s, ':', len);
	size_t n = colon != NULL ? (size_t)(colon - s) : len;
	int r;

	p->h.port = 0;
	if (colon != NULL && memchr(colon + 1, ':', len - n - 1) != NULL)
		return bad(p, "has two ':'; write IPv6 as [::1]:22");
	r = check_name(p, s, n, "name", "");
	if (r == 0 && colon != NULL)
		r = set_port(p, colon + 1, len - n - 1);
	return r == 0 ? add_host(p, s, n) : r;
}

/* "[::1]" or "[::1]:22". */
static int
add_ipv6(struct place *p, const char *s, const char *end)
{
	const char *close = memchr(s, ']', (size_t)(end - s));
	size_t n = (size_t)(close - s) - 1, len = strcspn(s + 1, "%]");
	char address[INET6_ADDRSTRLEN];
	struct in6_addr unused;
	int r;

	r = check_name(p, s + 1, n, "address", ":%");
	snprintf(address, sizeof(address), "%.*s", (int)len, s + 1);
	if (r == 0 && (len >= sizeof(address) ||
			  inet_pton(AF_INET6, address, &unused) != 1))
		return bad(p, "is no IPv6 address like [::1]:22");
	p->h.port = 0;
	if (r == 0 && close + 1 < end) {
		if (close[1] != ':')
			return bad(p, "has something other than :PORT behind "
				      "its ']'");
		r = set_port(p, close + 2, (size_t)(end - close) - 2);
	}
	return r == 0 ? add_host(p, s + 1, n) : r;
}

/* LOW or LOW-HIGH. */
struct span {
	unsigned low, high;
	int width; /* of a number, with zeros before it */
};

/* At *at, up to ',' or ']' (there is one); moves to it. */
static int
take_span(struct place *p, const char **at, struct span *span)
{
	size_t n = strspn(*at, "0123456789"), m;
	const char *low = *at, *high = low;

	m = n;
	*at += n;
	if (**at == '-') {
		high = ++*at;
		m = strspn(high, "0123456789");
		*at += m;
	}
	if (n == 0 || m == 0 || (**at != ',' && **at != ']'))
		return bad(p, "has a range that is not like [01-10,15]");
	if (n > NUMBER_DIGITS || m > NUMBER_DIGITS)
		return bad(p, "has too large a number in a range");
	if (high[0] == '0' && m > 1 && m != n)
		return bad(p, "has a range whose ends are padded differently");
	/* What ends the digits is no digit. */
	span->low = (unsigned)strtoul(low, NULL, 10);
	span->high = (unsigned)strtoul(high, NULL, 10);
	span->width = (int)n;
	if (span->low > span->high)
		return bad(p, "has a range that runs backwards");
	return 0;
}

static int expand(struct place *p, size_t len, const char *s, unsigned depth);

/* What is before is in p->part[0..len), 'after' comes behind. */
static int
expand_span(struct place *p, size_t len, const struct span *span,
    const char *after, unsigned depth)
{
	int n, r = 0;

	for (unsigned i = span->low; r == 0 && i <= span->high; i++) {
		if (len + 16 > sizeof(p->part))
			return bad(p, "is too long a name");
		n = snprintf(p->part + len, 16, "%0*u", span->width, i);
		r = expand(p, len + (size_t)n, after, depth + 1);
	}
	return r;
}

/* p->part[0..len) is written out, s is not. */
static int
expand(struct place *p, size_t len, const char *s, unsigned depth)
{
	size_t n = strcspn(s, "["), m;
	const char *close;
	struct span span = {0};
	int r;

	if (len + n >= sizeof(p->part))
		return bad(p, "is too long a name");
	memcpy(p->part + len, s, n);
	len += n;
	s += n;
	if (*s == '\0')
		return add_part(p, p->part, len);
	m = strcspn(s + 1, "[]");
	close = s + 1 + m;
	if (*close != ']')
		return bad(p, "has a '[' without its ']'");
	if (depth == MAX_RANGES)
		return bad(p, "has more than 4 ranges");
	do {
		s++;
		r = take_span(p, &s, &span);
		if (r == 0)
			r = expand_span(p, len, &span, close + 1, depth);
	} while (r == 0 && *s == ',');
	return r;
}

/* [USER@]HOST[:PORT], a string of its own. */
static int
add_rest(struct place *p, const char *s)
{
	const char *at = strrchr(s, '@'), *close;
	int r;

	if (at != NULL) {
		size_t n = (size_t)(at - s);

		if (n > OCR_HOST_USER_BYTES)
			return bad(p, "has too long a user's name");
		r = check_name(p, s, n, "user", "+");
		if (r < 0)
			return r;
		p->h.user = ocr_hosts_keep(p->l, s, n);
		if (p->h.user == NULL)
			return ocr_err_nomem(p->err);
		s = at + 1;
	}
	close = strchr(s, ']');
	if (s[0] == '[' && close != NULL &&
	    memchr(s, ':', (size_t)(close - s)) != NULL)
		return add_ipv6(p, s, s + strlen(s));
	return expand(p, 0, s, 0);
}

int
ocr_hosts_add_target(struct ocr_hosts *l, const struct ocr_host *base,
    const char *where, const char *text, size_t len, struct ocr_err *err)
{
	struct place p = {.l = l, .h = *base, .where = where, .err = err};
	char s[OCR_HOSTS_LINE_BYTES + 1];
	const char *slash, *rest = s;

	if (len > OCR_HOSTS_LINE_BYTES || memchr(text, '\0', len) != NULL)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "%.200s: too long a name of a host", where);
	memcpy(s, text, len);
	s[len] = '\0';
	p.text = s;
	p.len = len < OCR_HOSTS_SHOWN_BYTES ? (int)len : OCR_HOSTS_SHOWN_BYTES;
	for (int i = 0; i < p.len; i++) {
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return ocr_err_set(err, -OCR_EUSAGE,
			    "%.200s: holds a control character", where);
	}
	if (s[0] == '@')
		return bad(&p, "is a group or a host without a user; groups "
			       "are not known here");
	slash = strchr(s, '/');
	if (slash != NULL) {
		if (base->slots != 0)
			return bad(&p, "has its slots twice");
		if (!ocr_hosts_number(s, (size_t)(slash - s),
			OCR_HOST_MAX_SLOTS, &p.h.slots) ||
		    p.h.slots == 0)
			return bad(&p, "has no number of slots from 1 to 4096 "
				       "before its '/'");
		rest = slash + 1;
	}
	if (strcmp(rest, ":") == 0) {
		if (base->rsh != NULL)
			return bad(&p, "is this machine: there is no rsh= "
				       "to it");
		p.h.is_here = true;
		return add_host(&p, "", 0);
	}
	return add_rest(&p, rest);
}
