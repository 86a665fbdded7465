/*
 * xclbin_type.c - C types of kernel arguments; called by xclbin_desc.c,
 * xclbin_proto.c and xclbin_xml.c
 *
 * Sizes are those of this machine: the kernel is compiled for it.
 */
#include "config.h"

#include "src/xclbin_type.h"

#include <string.h>
#include <sys/types.h>

/* Bits of 'seen' for the words that C lets one combine. */
enum {
	HAS_SIGNED = 1,
	HAS_UNSIGNED = 2,
	HAS_CHAR = 4,
	HAS_SHORT = 8,
	HAS_INT = 16,
	HAS_LONG = 32,
	HAS_FLOAT = 64,
	HAS_DOUBLE = 128,
	HAS_OTHER = 256,
};

static const struct keyword {
	const char *word;
	int bit;
} keywords[] = {
    {"__restrict", 0},
    {"__restrict__", 0},
    {"char", HAS_CHAR},
    {"const", 0},
    {"double", HAS_DOUBLE},
    {"float", HAS_FLOAT},
    {"int", HAS_INT},
    {"long", HAS_LONG},
    {"restrict", 0},
    {"short", HAS_SHORT},
    {"signed", HAS_SIGNED},
    {"struct", HAS_OTHER},
    {"union", HAS_OTHER},
    {"enum", HAS_OTHER},
    {"unsigned", HAS_UNSIGNED},
    {"void", HAS_OTHER},
    {"volatile", 0},
};

#define SIGNED(T) #T, sizeof(T), true
#define UNSIGNED(T) #T, sizeof(T), false

static const struct named {
	const char *name;
	uint32_t bytes;
	bool is_signed;
} names[] = {
    {SIGNED(int8_t)},
    {SIGNED(int16_t)},
    {SIGNED(int32_t)},
    {SIGNED(int64_t)},
    {SIGNED(int_least8_t)},
    {SIGNED(int_least16_t)},
    {SIGNED(int_least32_t)},
    {SIGNED(int_least64_t)},
    {SIGNED(int_fast8_t)},
    {SIGNED(int_fast16_t)},
    {SIGNED(int_fast32_t)},
    {SIGNED(int_fast64_t)},
    {SIGNED(intmax_t)},
    {SIGNED(intptr_t)},
    {SIGNED(ptrdiff_t)},
    {SIGNED(ssize_t)},
    {UNSIGNED(uint8_t)},
    {UNSIGNED(uint16_t)},
    {UNSIGNED(uint32_t)},
    {UNSIGNED(uint64_t)},
    {UNSIGNED(uint_least8_t)},
    {UNSIGNED(uint_least16_t)},
    {UNSIGNED(uint_least32_t)},
    {UNSIGNED(uint_least64_t)},
    {UNSIGNED(uint_fast8_t)},
    {UNSIGNED(uint_fast16_t)},
    {UNSIGNED(uint_fast32_t)},
    {UNSIGNED(uint_fast64_t)},
    {UNSIGNED(uintmax_t)},
    {UNSIGNED(uintptr_t)},
    {UNSIGNED(size_t)},
    {"bool", 1, false},
    {"_Bool", 1, false},
    /* as OpenCL, and so v++ in its metadata, call them */
    {"uchar", 1, false},
    {"ushort", 2, false},
    {"uint", 4, false},
    {"ulong", 8, false},
};

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const struct keyword *
find_keyword(const char *word, size_t len)
{
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
		if (strlen(keywords[i].word) == len &&
		    memcmp(keywords[i].word, word, len) == 0)
			return &keywords[i];
	}
	return NULL;
}

static const struct named *
find_named(const char *word, size_t len)
{
	if (len > 5 && memcmp(word, "std::", 5) == 0) {
		word += 5;
		len -= 5;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strlen(names[i].name) == len &&
		    memcmp(names[i].name, word, len) == 0)
			return &names[i];
	}
	return NULL;
}

bool
ocr_xtype_is_name(const char *word, size_t len)
{
	if (len == 0 || !is_letter(word[0]))
		return false;
	for (size_t i = 1; i < len; i++) {
		if (!is_letter(word[i]) && !is_digit(word[i]))
			return false;
	}
	return true;
}

bool
ocr_xtype_is_keyword(const char *word, size_t len)
{
	return find_keyword(word, len) != NULL;
}

/* What the words of an arithmetic type mean together. */
static void
combine(struct ocr_xtype *t, int seen, unsigned n_longs)
{
	int sign = seen & (HAS_SIGNED | HAS_UNSIGNED);
	int rest = seen & ~sign;

	t->is_known = sign != (HAS_SIGNED | HAS_UNSIGNED) && n_longs <= 2;
	t->is_signed = sign != HAS_UNSIGNED;
	switch (rest) {
	case HAS_CHAR:
		t->bytes = 1;
		t->is_signed = sign == 0 ? (char)-1 < 0 : t->is_signed;
		break;
	case HAS_SHORT:
	case HAS_SHORT | HAS_INT:
		t->bytes = sizeof(short);
		break;
	case 0:
	case HAS_INT:
		t->bytes = sizeof(int);
		t->is_known = t->is_known && (rest | sign) != 0;
		break;
	case HAS_LONG:
	case HAS_LONG | HAS_INT:
		t->bytes = n_longs == 2 ? sizeof(long long) : sizeof(long);
		break;
	case HAS_FLOAT:
	case HAS_DOUBLE:
		t->bytes = rest == HAS_FLOAT ? sizeof(float) : sizeof(double);
		t->is_known = sign == 0;
		t->is_float = true;
		break;
	default:
		t->is_known = false;
		break;
	}
}

/* Length of a word with its "::"; 0: there is none. */
static size_t
word_length(const char *s)
{
	size_t n = 0;

	while (is_letter(s[n]) || is_digit(s[n]) ||
	       (s[n] == ':' && s[n + 1] == ':') ||
	       (n > 0 && s[n] == ':' && s[n - 1] == ':'))
		n++;
	return n;
}

/* From '<' to the '>' that belongs to it, or to the end. */
static size_t
template_length(const char *s)
{
	unsigned depth = 0;
	size_t n = 0;

	do {
		depth += s[n] == '<';
		depth -= s[n] == '>';
		n++;
	} while (depth > 0 && s[n] != '\0');
	return n;
}

void
ocr_xtype_parse(struct ocr_xtype *t, const char *text)
{
	const struct named *named = NULL;
	unsigned n_others = 0, n_longs = 0;
	int seen = 0;
	size_t n;

	memset(t, 0, sizeof(*t));
	for (const char *s = text; *s != '\0'; s += n > 0 ? n : 1) {
		const struct keyword *k;

		n = word_length(s);
		if (*s == '*' || *s == '&')
			t->n_pointers++;
		if (*s == '<') { /* what is in it has types of its own */
			n_others++;
			n = template_length(s);
		}
		if (n == 0 || *s == '<')
			continue;
		if ((n == 11 && memcmp(s, "hls::stream", n) == 0) ||
		    (n == 6 && memcmp(s, "stream", n) == 0 && s[n] == '<'))
			t->is_stream = true;
		k = find_keyword(s, n);
		if (k != NULL) {
			seen |= k->bit;
			n_longs += k->bit == HAS_LONG;
			continue;
		}
		named = find_named(s, n);
		n_others++;
	}
	if (n_others == 0)
		combine(t, seen, n_longs);
	else if (n_others == 1 && seen == 0 && named != NULL) {
		t->is_known = true;
		t->bytes = named->bytes;
		t->is_signed = named->is_signed;
	}
}
