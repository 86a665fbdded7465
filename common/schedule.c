/*
 * schedule.c - what --schedule says; called by bin and what takes its options
 */
#include "config.h"

#include "common/schedule.h"

#include <stdlib.h>
#include <string.h>

#include "common/opt.h"

#define MAX_ITEMS UINT64_C(1000000000000)
#define MAX_RATIO 1000000

/* What a schedule may have: bits. */
enum {
	HAS_RATIO = 1,
	HAS_CHUNK = 2,
	HAS_CARD = 4,
	HAS_FLOOR = 8,
	HAS_WEIGHTS = 16,
	HAS_VICTIM = 32,
	HAS_STEAL = 64,
};
#define HAS_NUMBER (HAS_RATIO | HAS_CHUNK | HAS_FLOOR)

struct entry {
	const char *name, *options;
	unsigned has;
};

static const struct entry entries[] = {
    [OCR_HWS] = {"hws", "victim=time|random, steal=no", HAS_VICTIM | HAS_STEAL},
    [OCR_STATIC] = {"static", "RATIO, then weights", HAS_RATIO | HAS_WEIGHTS},
    [OCR_DYNAMIC] = {"dynamic", "CHUNK[/CARD], then weights",
	HAS_CHUNK | HAS_CARD | HAS_WEIGHTS},
    [OCR_HAP] = {"hap", "CHUNK, then weights", HAS_CHUNK | HAS_WEIGHTS},
    [OCR_HWS_PAPER] = {"hws-paper",
	"FLOOR, then weights, victim=random|time, steal=no",
	HAS_FLOOR | HAS_WEIGHTS | HAS_VICTIM | HAS_STEAL},
};
#define N_ENTRIES (sizeof(entries) / sizeof(entries[0]))

struct ocr_schedule
ocr_schedule_default(enum ocr_schedule_kind kind)
{
	return (struct ocr_schedule){
	    .kind = kind,
	    .victim =
		kind == OCR_HWS_PAPER ? OCR_VICTIM_RANDOM : OCR_VICTIM_TIME,
	    .ratio = 2.5,
	    .floor = 4096,
	    .tau_ns = 20000,
	    .gain = 0.3,
	    .margin = 0.25,
	    .beta = 0.05,
	    .refresh = 20,
	};
}

const char *
ocr_schedule_name(const struct ocr_schedule *s)
{
	return entries[s->kind].name;
}

/* "2.5": digits, a point with at most three behind it.  strtod would take
 * blanks, nan, 0x1p3, and in some locales a comma. */
static int
set_ratio(struct ocr_schedule *s, const char *text, struct ocr_err *err)
{
	const char *p = text;
	uint64_t thousandths = 0;
	int n_digits = 0, n_behind = -1;

	for (; *p != '\0' && n_digits <= 12 && n_behind < 3; p++) {
		if (*p == '.' && n_behind < 0 && n_digits > 0) {
			n_behind = 0;
			continue;
		}
		if (*p < '0' || *p > '9')
			break;
		thousandths = thousandths * 10 + (uint64_t)(*p - '0');
		n_digits++;
		n_behind += n_behind >= 0;
	}
	for (int i = n_behind < 0 ? 0 : n_behind; i < 3; i++)
		thousandths *= 10;
	if (*p != '\0' || n_behind == 0 || thousandths == 0 ||
	    thousandths > UINT64_C(1000) * MAX_RATIO)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "schedule: RATIO: '%s' is not a number from 0.001 to %d "
		    "(like 2.5)",
		    text, MAX_RATIO);
	s->ratio = (double)thousandths / 1000;
	return 0;
}

/* "CHUNK" or "CHUNK/CARD"; text is changed. */
static int
set_chunk(struct ocr_schedule *s, unsigned has, char *text, struct ocr_err *err)
{
	char *card = has & HAS_CARD ? strchr(text, '/') : NULL;
	int r;

	if (card != NULL)
		*card++ = '\0';
	r = ocr_opt_number("schedule: CHUNK", text, 1, MAX_ITEMS, &s->chunk,
	    err);
	if (r < 0 || card == NULL)
		return r;
	return ocr_opt_number("schedule: CARD", card, 1, MAX_ITEMS,
	    &s->card_chunk, err);
}

static int
set_number(struct ocr_schedule *s, unsigned has, char *text,
    struct ocr_err *err)
{
	if (has & HAS_RATIO)
		return set_ratio(s, text, err);
	if (has & HAS_CHUNK)
		return set_chunk(s, has, text, err);
	return ocr_opt_number("schedule: FLOOR", text, 1, MAX_ITEMS, &s->floor,
	    err);
}

static int
set_victim(struct ocr_schedule *s, const char *text, struct ocr_err *err)
{
	if (strcmp(text, "random") == 0)
		s->victim = OCR_VICTIM_RANDOM;
	else if (strcmp(text, "time") == 0)
		s->victim = OCR_VICTIM_TIME;
	else
		return ocr_err_set(err, -OCR_EUSAGE,
		    "schedule: victim: '%s' is not time or random", text);
	return 0;
}

static int
set_steal(struct ocr_schedule *s, const char *text, struct ocr_err *err)
{
	if (strcmp(text, "no") != 0)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "schedule: steal: '%s' is not no", text);
	s->has_no_steals = true;
	return 0;
}

/* Which of HAS_... an option is; 0: none that there is. */
static unsigned
find_option(const char *text, bool is_first)
{
	bool is_word =
	    (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z');

	if (strcmp(text, "weights") == 0)
		return HAS_WEIGHTS;
	if (strncmp(text, "victim=", 7) == 0)
		return HAS_VICTIM;
	if (strncmp(text, "steal=", 6) == 0)
		return HAS_STEAL;
	return is_first && !is_word ? HAS_NUMBER : 0;
}

/* given: the options so far. */
static int
set_option(struct ocr_schedule *s, char *text, unsigned *given,
    struct ocr_err *err)
{
	const struct entry *e = &entries[s->kind];
	unsigned option = find_option(text, *given == 0);

	if (text[0] == '\0')
		return ocr_err_set(err, -OCR_EUSAGE,
		    "schedule: an option of %s is empty (%s)", e->name,
		    e->options);
	if ((option & e->has) == 0)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "schedule: '%s' is not an option of %s (%s)", text, e->name,
		    e->options);
	if (option & *given)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "schedule: '%s' comes twice", text);
	*given |= option;
	if (option == HAS_WEIGHTS)
		s->has_weights = true;
	else if (option == HAS_VICTIM)
		return set_victim(s, text + 7, err);
	else if (option == HAS_STEAL)
		return set_steal(s, text + 6, err);
	else
		return set_number(s, e->has, text, err);
	return 0;
}

static int
set_name(struct ocr_schedule *s, const char *name, struct ocr_err *err)
{
	size_t i = 0;

	while (i < N_ENTRIES && strcmp(entries[i].name, name) != 0)
		i++;
	if (i == N_ENTRIES)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "schedule: '%s' is not static, dynamic, hap, hws-paper "
		    "or hws",
		    name);
	*s = ocr_schedule_default((enum ocr_schedule_kind)i);
	return 0;
}

int
ocr_schedule_parse(const char *text, struct ocr_schedule *out,
    struct ocr_err *err)
{
	char *copy = strdup(text), *rest = copy, *option;
	struct ocr_schedule s;
	unsigned given = 0;
	int r;

	if (copy == NULL)
		return ocr_err_nomem(err);
	r = set_name(&s, strsep(&rest, ":"), err);
	while (r == 0 && (option = strsep(&rest, ",")) != NULL)
		r = set_option(&s, option, &given, err);
	if (r == 0)
		*out = s;
	free(copy);
	return r;
}
