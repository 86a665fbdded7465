/*
 * softcard_options.c - the words of OCR_SOFTCARD_OPTIONS, read and written
 */
#include "config.h"

#include "src/softcard_options.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/digits.h"

/* By enum ocr_softcard_fault_kind. */
static const char *const fault_words[] = {"fail", "hang", "corrupt", "wrong"};

#define N_FAULT_WORDS (sizeof(fault_words) / sizeof(fault_words[0]))

static bool
is_digits(const char *s, size_t len)
{
	return len > 0 && strspn(s, "0123456789") >= len;
}

static bool
get_unsigned(const char *s, size_t len, unsigned *out)
{
	uint64_t v;

	if (!ocr_digits_u64(s, len, &v) || v > UINT32_MAX)
		return false;
	*out = (unsigned)v;
	return true;
}

/* CU: an index or a name. */
static bool
get_unit(struct ocr_softcard_fault *f, const char *s, size_t len)
{
	if (is_digits(s, len)) {
		f->is_index = true;
		return get_unsigned(s, len, &f->index);
	}
	if (len == 0 || len >= sizeof(f->unit))
		return false;
	memcpy(f->unit, s, len);
	return true;
}

/* [CARD:]CU:N[!] of len bytes. */
static bool
get_place(struct ocr_softcard_fault *f, const char *s, size_t len)
{
	const char *run = memrchr(s, ':', len), *unit;
	size_t run_len;

	if (run == NULL)
		return false;
	run_len = len - (size_t)(run + 1 - s);
	if (run_len > 0 && s[len - 1] == '!') {
		f->is_once = true;
		run_len--;
	}
	if (!ocr_digits_u64(run + 1, run_len, &f->run) || f->run == 0)
		return false;
	unit = memchr(s, ':', (size_t)(run - s));
	if (unit == NULL)
		return get_unit(f, s, (size_t)(run - s));
	f->has_card = true;
	unit++;
	return get_unsigned(s, (size_t)(unit - 1 - s), &f->card) &&
	       memchr(unit, ':', (size_t)(run - unit)) == NULL &&
	       get_unit(f, unit, (size_t)(run - unit));
}

static int
add_fault(struct ocr_softcard_options *o, enum ocr_softcard_fault_kind kind,
    const char *place, size_t len, struct ocr_err *err)
{
	struct ocr_softcard_fault f = {.kind = kind};

	if (strcspn(place, " \t\r\n") < len || !get_place(&f, place, len))
		return ocr_err_set(err, -OCR_EUSAGE,
		    "%s=%.*s: this is not [CARD:]CU:N", fault_words[kind],
		    (int)(len < 100 ? len : 100), place);
	if (o->n_faults == OCR_SOFTCARD_MAX_FAULTS)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "%s=%.*s: more than %d faults", fault_words[kind],
		    (int)(len < 100 ? len : 100), place,
		    OCR_SOFTCARD_MAX_FAULTS);
	o->faults[o->n_faults++] = f;
	return 0;
}

int
ocr_softcard_options_add_fault(struct ocr_softcard_options *o,
    enum ocr_softcard_fault_kind kind, const char *place, struct ocr_err *err)
{
	return add_fault(o, kind, place, strlen(place), err);
}

/* Is this word KEY=VALUE?  Then *value and *value_len are set. */
static bool
is_key(const char *word, size_t len, const char *key, const char **value,
    size_t *value_len)
{
	size_t n = strlen(key);

	if (len <= n || memcmp(word, key, n) != 0 || word[n] != '=')
		return false;
	*value = word + n + 1;
	*value_len = len - n - 1;
	return true;
}

static bool
is_word(const char *word, size_t len, const char *want)
{
	return len == strlen(want) && memcmp(word, want, len) == 0;
}

static int
parse_word(struct ocr_softcard_options *o, const char *word, size_t len,
    struct ocr_err *err)
{
	const char *value;
	size_t n, i;

	for (i = 0; i < N_FAULT_WORDS; i++) {
		if (is_key(word, len, fault_words[i], &value, &n))
			return add_fault(o, (enum ocr_softcard_fault_kind)i,
			    value, n, err);
	}
	if (is_word(word, len, "memory=discrete"))
		o->is_coherent = false;
	else if (is_word(word, len, "memory=coherent"))
		o->is_coherent = true;
	else if (is_word(word, len, "trace"))
		o->has_trace = true;
	else if (!(is_key(word, len, "rate", &value, &n) &&
		     ocr_digits_u64(value, n, &o->bytes_per_s)) &&
		 !(is_key(word, len, "latency", &value, &n) &&
		     ocr_digits_u64(value, n, &o->latency_ns)))
		return ocr_err_set(err, -OCR_EUSAGE,
		    "'%.*s' is no option of a softcard",
		    (int)(len < 100 ? len : 100), word);
	return 0;
}

int
ocr_softcard_options_parse(struct ocr_softcard_options *o, const char *words,
    struct ocr_err *err)
{
	size_t len;
	int r;

	if (words == NULL)
		return 0;
	for (words += strspn(words, " "); *words != '\0';
	     words += strspn(words, " ")) {
		len = strcspn(words, " ");
		r = parse_word(o, words, len, err);
		if (r < 0)
			return r;
		words += len;
	}
	return 0;
}

/* One fault as a word; returns its length. */
static size_t
format_fault(const struct ocr_softcard_fault *f, char *text, size_t cap)
{
	char card[16] = "", unit[sizeof(f->unit)];

	if (f->has_card)
		snprintf(card, sizeof(card), "%u:", f->card);
	if (f->is_index)
		snprintf(unit, sizeof(unit), "%u", f->index);
	else
		snprintf(unit, sizeof(unit), "%s", f->unit);
	return (size_t)snprintf(text, cap, " %s=%s%s:%" PRIu64 "%s",
	    fault_words[f->kind], card, unit, f->run, f->is_once ? "!" : "");
}

/* The longest text there is: what comes before the faults takes less than 128
 * bytes, a fault less than 120. */
_Static_assert(128 + 120 * OCR_SOFTCARD_MAX_FAULTS <=
		   OCR_SOFTCARD_OPTIONS_BYTES,
    "the text of all options fits");

void
ocr_softcard_options_format(const struct ocr_softcard_options *o,
    char text[OCR_SOFTCARD_OPTIONS_BYTES])
{
	size_t n, i;

	n = (size_t)snprintf(text, OCR_SOFTCARD_OPTIONS_BYTES,
	    "memory=%s rate=%" PRIu64 " latency=%" PRIu64 "%s",
	    o->is_coherent ? "coherent" : "discrete", o->bytes_per_s,
	    o->latency_ns, o->has_trace ? " trace" : "");
	for (i = 0; i < o->n_faults; i++)
		n += format_fault(&o->faults[i], text + n,
		    OCR_SOFTCARD_OPTIONS_BYTES - n);
}

bool
ocr_softcard_options_has_fault(const struct ocr_softcard_options *o,
    enum ocr_softcard_fault_kind kind, unsigned card, const char *unit,
    unsigned index, uint64_t run)
{
	const struct ocr_softcard_fault *f;
	size_t i;

	for (i = 0; i < o->n_faults; i++) {
		f = &o->faults[i];
		if (f->kind == kind && (!f->has_card || f->card == card) &&
		    (f->is_index ? f->index == index
				 : strcmp(f->unit, unit) == 0) &&
		    (f->is_once ? run == f->run : run >= f->run))
			return true;
	}
	return false;
}
