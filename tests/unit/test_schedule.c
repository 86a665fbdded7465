/*
 * test_schedule.c - what --schedule takes, and what it says of the rest
 */
#include "config.h"

#include "common/schedule.h"
#include "tests/unit/child.h"
#include "tests/unit/tap.h"

static void
test_defaults(void)
{
	static const char *const names[] = {"hws", "static", "dynamic", "hap",
	    "hws-paper"};

	for (int kind = OCR_HWS; kind <= OCR_HWS_PAPER; kind++) {
		struct ocr_schedule s =
		    ocr_schedule_default((enum ocr_schedule_kind)kind);
		bool is_paper = kind == OCR_HWS_PAPER;

		is_str(ocr_schedule_name(&s), names[kind], names[kind]);
		is_int(s.kind, kind, "its kind");
		is_int(s.victim, is_paper ? OCR_VICTIM_RANDOM : OCR_VICTIM_TIME,
		    "victim");
		ok(!s.has_weights && !s.has_no_steals && s.chunk == 0 &&
			s.card_chunk == 0,
		    "nothing is set");
		ok(s.tau_ns == 20000 && s.gain == 0.3 && s.margin == 0.25 &&
			s.beta == 0.05 && s.refresh == 20 && s.ratio == 2.5 &&
			s.floor == 4096,
		    "constants");
	}
}

struct good {
	const char *text;
	enum ocr_schedule_kind kind;
	double ratio;
	uint64_t chunk, card_chunk, floor;
	enum ocr_victim victim;
	bool has_weights, has_no_steals;
};

static const struct good good[] = {
    {"hws", OCR_HWS, 2.5, 0, 0, 4096, OCR_VICTIM_TIME, false, false},
    {"hws:victim=random", OCR_HWS, 2.5, 0, 0, 4096, OCR_VICTIM_RANDOM, false,
	false},
    {"hws:steal=no,victim=time", OCR_HWS, 2.5, 0, 0, 4096, OCR_VICTIM_TIME,
	false, true},
    {"static", OCR_STATIC, 2.5, 0, 0, 4096, OCR_VICTIM_TIME, false, false},
    {"static:3", OCR_STATIC, 3, 0, 0, 4096, OCR_VICTIM_TIME, false, false},
    {"static:0.001", OCR_STATIC, 0.001, 0, 0, 4096, OCR_VICTIM_TIME, false,
	false},
    {"static:1000000", OCR_STATIC, 1000000, 0, 0, 4096, OCR_VICTIM_TIME, false,
	false},
    {"static:1000000.000", OCR_STATIC, 1000000, 0, 0, 4096, OCR_VICTIM_TIME,
	false, false},
    {"static:2.40,weights", OCR_STATIC, 2.4, 0, 0, 4096, OCR_VICTIM_TIME, true,
	false},
    {"static:weights", OCR_STATIC, 2.5, 0, 0, 4096, OCR_VICTIM_TIME, true,
	false},
    {"dynamic", OCR_DYNAMIC, 2.5, 0, 0, 4096, OCR_VICTIM_TIME, false, false},
    {"dynamic:1", OCR_DYNAMIC, 2.5, 1, 0, 4096, OCR_VICTIM_TIME, false, false},
    {"dynamic:512/65536", OCR_DYNAMIC, 2.5, 512, 65536, 4096, OCR_VICTIM_TIME,
	false, false},
    {"dynamic:1000000000000/1,weights", OCR_DYNAMIC, 2.5, 1000000000000, 1,
	4096, OCR_VICTIM_TIME, true, false},
    {"hap", OCR_HAP, 2.5, 0, 0, 4096, OCR_VICTIM_TIME, false, false},
    {"hap:2048,weights", OCR_HAP, 2.5, 2048, 0, 4096, OCR_VICTIM_TIME, true,
	false},
    {"hws-paper", OCR_HWS_PAPER, 2.5, 0, 0, 4096, OCR_VICTIM_RANDOM, false,
	false},
    {"hws-paper:8,weights,victim=time,steal=no", OCR_HWS_PAPER, 2.5, 0, 0, 8,
	OCR_VICTIM_TIME, true, true},
};

static void
test_good(void)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		const struct good *g = &good[i];
		struct ocr_schedule s, d = ocr_schedule_default(g->kind);
		struct ocr_err e = {0};

		memset(&s, 0xee, sizeof(s));
		is_int(ocr_schedule_parse(g->text, &s, &e), 0, g->text);
		is_str(e.text, "", "no error");
		ok(s.kind == g->kind && s.ratio == g->ratio &&
			s.chunk == g->chunk && s.card_chunk == g->card_chunk &&
			s.floor == g->floor && s.victim == g->victim &&
			s.has_weights == g->has_weights &&
			s.has_no_steals == g->has_no_steals,
		    "as it says");
		ok(s.tau_ns == d.tau_ns && s.gain == d.gain &&
			s.margin == d.margin && s.beta == d.beta &&
			s.refresh == d.refresh,
		    "the rest is the default");
	}
}

#define NO_NAME " is not static, dynamic, hap, hws-paper or hws"
#define OF_HWS " is not an option of hws (victim=time|random, steal=no)"
#define OF_STATIC " is not an option of static (RATIO, then weights)"
#define OF_DYNAMIC " is not an option of dynamic (CHUNK[/CARD], then weights)"
#define OF_HAP " is not an option of hap (CHUNK, then weights)"
#define OF_PAPER                                                               \
	" is not an option of hws-paper"                                       \
	" (FLOOR, then weights, victim=random|time, steal=no)"
#define NO_RATIO " is not a number from 0.001 to 1000000 (like 2.5)"
#define NO_COUNT " is not a number from 1 to 1000000000000"

static const struct {
	const char *text, *why; /* behind "schedule: " */
} bad[] = {
    {"", "''" NO_NAME},
    {":", "''" NO_NAME},
    {" hws", "' hws'" NO_NAME},
    {"HWS", "'HWS'" NO_NAME},
    {"hw", "'hw'" NO_NAME},
    {"hws2", "'hws2'" NO_NAME},
    {"hws,steal=no", "'hws,steal=no'" NO_NAME},
    {"all", "'all'" NO_NAME},
    {"hws:", "an option of hws is empty (victim=time|random, steal=no)"},
    {"static:", "an option of static is empty (RATIO, then weights)"},
    {"hap:,", "an option of hap is empty (CHUNK, then weights)"},
    {"hap:,weights", "an option of hap is empty (CHUNK, then weights)"},
    {"static:2,", "an option of static is empty (RATIO, then weights)"},
    {"static:2,,weights", "an option of static is empty (RATIO, then weights)"},
    {"dynamic:weights,",
	"an option of dynamic is empty (CHUNK[/CARD], then weights)"},
    {"hws-paper:,8", "an option of hws-paper is empty"
		     " (FLOOR, then weights, victim=random|time, steal=no)"},
    {"hws:weights", "'weights'" OF_HWS},
    {"hws:4096", "'4096'" OF_HWS},
    {"hws:steal=no,4096", "'4096'" OF_HWS},
    {"hws:steal", "'steal'" OF_HWS},
    {"hws:victim", "'victim'" OF_HWS},
    {"hws: steal=no", "' steal=no'" OF_HWS},
    {"hws::steal=no", "':steal=no'" OF_HWS},
    {"hws:steal=yes", "steal: 'yes' is not no"},
    {"hws:steal=", "steal: '' is not no"},
    {"hws:victim=", "victim: '' is not time or random"},
    {"hws:victim=Time", "victim: 'Time' is not time or random"},
    {"hws:victim=time=", "victim: 'time=' is not time or random"},
    {"hws:steal=no,steal=no", "'steal=no' comes twice"},
    {"hws:victim=time,victim=random", "'victim=random' comes twice"},
    {"static:weights,weights", "'weights' comes twice"},
    {"static:weights,2", "'2'" OF_STATIC},
    {"static:2,3", "'3'" OF_STATIC},
    {"static:victim=time", "'victim=time'" OF_STATIC},
    {"static:steal=no", "'steal=no'" OF_STATIC},
    {"static:x", "'x'" OF_STATIC},
    {"static:nan", "'nan'" OF_STATIC},
    {"static:0", "RATIO: '0'" NO_RATIO},
    {"static:0.000", "RATIO: '0.000'" NO_RATIO},
    {"static:-1", "RATIO: '-1'" NO_RATIO},
    {"static:+1", "RATIO: '+1'" NO_RATIO},
    {"static: 1", "RATIO: ' 1'" NO_RATIO},
    {"static:1 ", "RATIO: '1 '" NO_RATIO},
    {"static:.5", "RATIO: '.5'" NO_RATIO},
    {"static:5.", "RATIO: '5.'" NO_RATIO},
    {"static:1.2.3", "RATIO: '1.2.3'" NO_RATIO},
    {"static:1..2", "RATIO: '1..2'" NO_RATIO},
    {"static:1.0001", "RATIO: '1.0001'" NO_RATIO},
    {"static:1e3", "RATIO: '1e3'" NO_RATIO},
    {"static:0x10", "RATIO: '0x10'" NO_RATIO},
    {"static:1000000.001", "RATIO: '1000000.001'" NO_RATIO},
    {"static:1000001", "RATIO: '1000001'" NO_RATIO},
    {"static:18446744073709551616000000",
	"RATIO: '18446744073709551616000000'" NO_RATIO},
    {"static:2/3", "RATIO: '2/3'" NO_RATIO},
    {"dynamic:0", "CHUNK: '0'" NO_COUNT},
    {"dynamic:-1", "CHUNK: '-1'" NO_COUNT},
    {"dynamic:1.5", "CHUNK: '1.5'" NO_COUNT},
    {"dynamic:4K", "CHUNK: '4K'" NO_COUNT},
    {"dynamic:1000000000001", "CHUNK: '1000000000001'" NO_COUNT},
    {"dynamic:18446744073709551617", "CHUNK: '18446744073709551617'" NO_COUNT},
    {"dynamic:/4", "CHUNK: ''" NO_COUNT},
    {"dynamic:4/", "CARD: ''" NO_COUNT},
    {"dynamic:4/0", "CARD: '0'" NO_COUNT},
    {"dynamic:4/5/6", "CARD: '5/6'" NO_COUNT},
    {"dynamic:4,5", "'5'" OF_DYNAMIC},
    {"dynamic:best", "'best'" OF_DYNAMIC},
    {"hap:64/128", "CHUNK: '64/128'" NO_COUNT},
    {"hap:steal=no", "'steal=no'" OF_HAP},
    {"hap:1,victim=time", "'victim=time'" OF_HAP},
    {"hws-paper:0", "FLOOR: '0'" NO_COUNT},
    {"hws-paper:1/2", "FLOOR: '1/2'" NO_COUNT},
    {"hws-paper:steal=no,1", "'1'" OF_PAPER},
    {"hws-paper:floor=1", "'floor=1'" OF_PAPER},
};

static void
test_bad(void)
{
	struct ocr_schedule was, s;
	char want[200];

	memset(&was, 0xee, sizeof(was));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ocr_err e = {0};

		s = was;
		is_int(ocr_schedule_parse(bad[i].text, &s, &e), -OCR_EUSAGE,
		    bad[i].text);
		snprintf(want, sizeof(want), "schedule: %s", bad[i].why);
		is_str(e.text, want, "says why");
		is_mem(&s, &was, sizeof(s), "nothing has changed");
	}
}

/* A long text ends in a message that fits, not in a stack. */
static void
test_long(void)
{
	size_t n = 1 << 20;
	char *text = malloc(n + 1);
	struct ocr_schedule s;

	for (int c = 0; c < 4; c++) {
		struct ocr_err e = {0};

		memset(text, "9,:a"[c], n);
		memcpy(text, "dynamic:", 8);
		text[n] = '\0';
		is_int(ocr_schedule_parse(text, &s, &e), -OCR_EUSAGE, "long");
		ok(strlen(e.text) < sizeof(e.text), "says why");
	}
	free(text);
}

int
main(void)
{
	test_defaults();
	test_good();
	test_bad();
	test_long();
	return done();
}
