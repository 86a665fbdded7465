/*
 * test_softcard_options.c - the words of OCR_SOFTCARD_OPTIONS
 */
#include "config.h"

#include "src/softcard_options.h"
#include "tests/unit/child.h"

static void
test_words(void)
{
	struct ocr_softcard_options o = {0};
	struct ocr_err err = {0};

	is_int(ocr_softcard_options_parse(&o, NULL, &err), 0, "no variable");
	is_int(ocr_softcard_options_parse(&o, "  ", &err), 0, "no word");
	ok(!o.is_coherent && !o.has_trace && o.bytes_per_s == 0 &&
		o.latency_ns == 0 && o.n_faults == 0,
	    "nothing set");
	is_int(ocr_softcard_options_parse(&o,
		   " memory=coherent rate=1000000000  latency=700 trace "
		   "rate=5",
		   &err),
	    0, "words");
	ok(o.is_coherent && o.has_trace && o.bytes_per_s == 5 &&
		o.latency_ns == 700,
	    "the last word counts");
	is_int(ocr_softcard_options_parse(&o, "memory=discrete", &err), 0,
	    "another");
	ok(!o.is_coherent && o.has_trace, "overrules one, leaves the others");
}

static void
test_bad_words(void)
{
	static const char *const bad[][2] = {
	    {"speed", "'speed' is no option of a softcard"},
	    {"memory=", "'memory=' is no option of a softcard"},
	    {"memory=fast", "'memory=fast' is no option of a softcard"},
	    {"rate=", "'rate=' is no option of a softcard"},
	    {"rate=1k", "'rate=1k' is no option of a softcard"},
	    {"rate=-1", "'rate=-1' is no option of a softcard"},
	    {"latency=18446744073709551616",
		"'latency=18446744073709551616' is no option of a softcard"},
	    {"tracer", "'tracer' is no option of a softcard"},
	    {"fail=k", "fail=k: this is not [CARD:]CU:N"},
	    {"fail=k:", "fail=k:: this is not [CARD:]CU:N"},
	    {"fail=k:0", "fail=k:0: this is not [CARD:]CU:N"},
	    {"fail=k:!", "fail=k:!: this is not [CARD:]CU:N"},
	    {"hang=:1", "hang=:1: this is not [CARD:]CU:N"},
	    {"hang=x:k:1", "hang=x:k:1: this is not [CARD:]CU:N"},
	    {"wrong=0:1:2:3", "wrong=0:1:2:3: this is not [CARD:]CU:N"},
	    {"corrupt=k:1!!", "corrupt=k:1!!: this is not [CARD:]CU:N"},
	    {"corrupt=4294967296:1",
		"corrupt=4294967296:1: this is not [CARD:]CU:N"},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ocr_softcard_options o = {0};
		struct ocr_err err = {0};

		is_int(ocr_softcard_options_parse(&o, bad[i][0], &err),
		    -OCR_EUSAGE, bad[i][0]);
		is_str(err.text, bad[i][1], "why");
	}
}

static bool
fails(const struct ocr_softcard_options *o, unsigned card, const char *unit,
    unsigned index, uint64_t run)
{
	return ocr_softcard_options_has_fault(o, OCR_SOFTCARD_FAIL, card, unit,
	    index, run);
}

static void
test_faults(void)
{
	struct ocr_softcard_options o = {0};
	struct ocr_err err = {0};

	is_int(ocr_softcard_options_parse(&o,
		   "fail=k_1:3 fail=2:k_2:1! fail=7:2! hang=k_9:1", &err),
	    0, "faults");
	ok(!fails(&o, 0, "k_1", 0, 2) && fails(&o, 0, "k_1", 0, 3) &&
		fails(&o, 5, "k_1", 0, 4),
	    "from the third run on, on every card");
	ok(fails(&o, 2, "k_2", 1, 1) && !fails(&o, 2, "k_2", 1, 2) &&
		!fails(&o, 1, "k_2", 1, 1),
	    "the first run only, on one card");
	ok(fails(&o, 0, "x", 7, 2) && !fails(&o, 0, "x", 7, 3) &&
		!fails(&o, 0, "x", 6, 2) && !fails(&o, 0, "7", 0, 2),
	    "by index");
	ok(!fails(&o, 0, "k_9", 0, 1), "another kind");
	is_int(ocr_softcard_options_add_fault(&o, OCR_SOFTCARD_WRONG, "0:3:4",
		   &err),
	    0, "an option's value");
	ok(o.n_faults == 5 && o.faults[4].kind == OCR_SOFTCARD_WRONG &&
		o.faults[4].has_card && o.faults[4].card == 0 &&
		o.faults[4].is_index && o.faults[4].index == 3 &&
		o.faults[4].run == 4,
	    "card 0, index 3, run 4");
	is_int(ocr_softcard_options_add_fault(&o, OCR_SOFTCARD_FAIL, "a b:1",
		   &err),
	    -OCR_EUSAGE, "two words cannot be one");
}

/* The longest text there is comes back the same. */
static void
test_format(void)
{
	static char text[OCR_SOFTCARD_OPTIONS_BYTES],
	    again[OCR_SOFTCARD_OPTIONS_BYTES];
	struct ocr_softcard_options o = {0}, p = {0};
	struct ocr_err err = {0};
	char place[160];
	int r = 0;

	snprintf(place, sizeof(place), "4294967295:%063d:%s", 0,
	    "18446744073709551615!");
	memset(place + 11, 'u', 63);
	for (int i = 0; i < OCR_SOFTCARD_MAX_FAULTS; i++)
		r += ocr_softcard_options_add_fault(&o, OCR_SOFTCARD_CORRUPT,
		    place, &err);
	is_int(r, 0, "as many faults as there may be");
	is_int(
	    ocr_softcard_options_add_fault(&o, OCR_SOFTCARD_FAIL, "k:1", &err),
	    -OCR_EUSAGE, "and no more");
	o.is_coherent = o.has_trace = true;
	o.bytes_per_s = o.latency_ns = UINT64_MAX;
	ocr_softcard_options_format(&o, text);
	ocr_err_clear(&err);
	is_int(ocr_softcard_options_parse(&p, text, &err), 0, "read back");
	ocr_softcard_options_format(&p, again);
	is_str(again, text, "the same words");
	ok(p.n_faults == o.n_faults && p.bytes_per_s == UINT64_MAX &&
		memcmp(p.faults, o.faults, sizeof(p.faults)) == 0,
	    "the same options");
	memset(&o, 0, sizeof(o));
	ocr_softcard_options_format(&o, text);
	is_str(text, "memory=discrete rate=0 latency=0", "the defaults");
}

int
main(void)
{
	test_words();
	test_bad_words();
	test_faults();
	test_format();
	return done();
}
