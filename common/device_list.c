/*
 * device_list.c - what -D, --devices and $OCR_DEVICES say; called by bin and
 * the team
 */
#include "config.h"

#include "common/device.h"

#include <stdlib.h>
#include <string.h>

#define MAX_ITEMS 4096
#define MAX_THREADS 4096
#define MAX_INDEX 9999

/* One item of the text, and where to say what is wrong with it. */
struct item_text {
	const char *what; /* "--devices" */
	const char *text;
	int len;
	struct ocr_err *err;
};

static int
bad_item(const struct item_text *t, const char *why)
{
	return ocr_err_set(t->err, -OCR_EUSAGE, "%s: '%.*s' %s", t->what,
	    t->len, t->text, why);
}

/* Digits at *s up to max; moves behind them. */
static bool
take_number(const char **s, const char *end, unsigned max, unsigned *out)
{
	const char *p = *s;
	unsigned v = 0;

	for (; p < end && *p >= '0' && *p <= '9' && v <= max; p++)
		v = v * 10 + (unsigned)(*p - '0');
	if (p == *s || v > max)
		return false;
	*s = p;
	*out = v;
	return true;
}

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

/* Does the text at *s begin with word?  Moves behind it. */
static bool
take_word(const char **s, const char *end, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(end - *s) < n || memcmp(*s, word, n) != 0)
		return false;
	*s += n;
	return true;
}

static int
parse_cpu(struct ocr_device_item *item, const struct item_text *t,
    const char *s)
{
	const char *end = t->text + t->len;

	item->kind = OCR_ITEM_CPU;
	if (s == end)
		return 0;
	if (!take_word(&s, end, ":") ||
	    !take_number(&s, end, MAX_THREADS, &item->n_threads) || s != end ||
	    item->n_threads == 0)
		return bad_item(t, "is not cpu:THREADS (1 to 4096)");
	return 0;
}

/* "xrt[:INDEX[/UNIT]][@FILE]", behind "xrt". */
static int
parse_xrt(struct ocr_device_item *item, const struct item_text *t,
    const char *s)
{
	static const char shape[] = "is not xrt[:INDEX[/UNIT]][@FILE]";
	const char *end = t->text + t->len;
	size_t n = 0;

	item->kind = OCR_ITEM_XRT;
	if (take_word(&s, end, ":")) {
		item->has_index = true;
		if (!take_number(&s, end, MAX_INDEX, &item->index))
			return bad_item(t, shape);
	}
	if (item->has_index && take_word(&s, end, "/")) {
		while (s + n < end && is_word(s[n]))
			n++;
		if (n >= sizeof(item->unit))
			return bad_item(t, "has too long a name of a unit");
		if (n == 0)
			return bad_item(t, shape);
		memcpy(item->unit, s, n); /* zeroed before */
		s += n;
	}
	if (take_word(&s, end, "@") && s < end) {
		item->xclbin = strndup(s, (size_t)(end - s));
		return item->xclbin == NULL ? ocr_err_nomem(t->err) : 0;
	}
	return s == end && end[-1] != '@' ? 0 : bad_item(t, shape);
}

static int
parse_item(struct ocr_device_item *item, const struct item_text *t)
{
	const char *s = t->text, *end = t->text + t->len;

	if (t->len == 0)
		return ocr_err_set(t->err, -OCR_EUSAGE,
		    "%s: a device without a name", t->what);
	if (take_word(&s, end, "cpu") && (s == end || *s == ':'))
		return parse_cpu(item, t, s);
	s = t->text;
	if (take_word(&s, end, "xrt") &&
	    (s == end || *s == ':' || *s == '@' || *s == '/'))
		return parse_xrt(item, t, s);
	if (t->len == 4 && memcmp(t->text, "auto", 4) == 0)
		return 0;
	return bad_item(t, "is no device (like cpu, cpu:4, xrt:0, auto)");
}

/* The same thing twice is a slip; so is auto beside anything. */
static int
check_last(const struct ocr_device_list *l, const struct item_text *t)
{
	const struct ocr_device_item *b = &l->items[l->n_items - 1];

	for (const struct ocr_device_item *a = l->items; a < b; a++) {
		if (a->kind == OCR_ITEM_AUTO || b->kind == OCR_ITEM_AUTO)
			return ocr_err_set(t->err, -OCR_EUSAGE,
			    "%s: 'auto' stands alone", t->what);
		if (a->kind == b->kind && a->has_index == b->has_index &&
		    a->index == b->index && strcmp(a->unit, b->unit) == 0)
			return bad_item(t, "is there before");
	}
	return 0;
}

int
ocr_device_list_parse(struct ocr_device_list *l, const char *what,
    const char *text, struct ocr_err *err)
{
	size_t n = 1;
	int r = 0;

	*l = (struct ocr_device_list){0};
	for (const char *s = text; *s != '\0'; s++)
		n += *s == ',';
	if (n > MAX_ITEMS || strlen(text) > MAX_ITEMS * 256)
		return ocr_err_set(err, -OCR_EUSAGE, "%s: too many devices",
		    what);
	l->items = calloc(n, sizeof(*l->items));
	if (l->items == NULL)
		return ocr_err_nomem(err);
	for (; r == 0 && n > 0; n--) {
		struct item_text t = {what, text, (int)strcspn(text, ","), err};

		r = parse_item(&l->items[l->n_items++], &t);
		if (r == 0)
			r = check_last(l, &t);
		text += t.len + (text[t.len] == ',');
	}
	if (r < 0)
		ocr_device_list_release(l);
	return r;
}

int
ocr_device_list_choose(struct ocr_device_list *l, const char *option,
    const char **text, struct ocr_err *err)
{
	const char *what = "--devices", *taken = option;

	if (taken == NULL) {
		what = "OCR_DEVICES";
		taken = getenv(what);
		if (taken == NULL || *taken == '\0')
			taken = "auto";
	}
	if (text != NULL)
		*text = taken;
	return ocr_device_list_parse(l, what, taken, err);
}

void
ocr_device_list_release(struct ocr_device_list *l)
{
	for (size_t i = 0; i < l->n_items; i++)
		free(l->items[i].xclbin);
	free(l->items);
	*l = (struct ocr_device_list){0};
}
