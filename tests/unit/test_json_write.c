/*
 * test_json_write.c - JSON: commas, escapes, numbers, what is not UTF-8
 */
#include "config.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "common/json_write.h"
#include "tests/unit/child.h"
#include "tests/unit/tap.h"

static void
is_quoted(const char *s, const char *want, const char *name)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	ocr_json_quote(f, s);
	fclose(f);
	is_str(text, want, name);
	free(text);
}

static void
is_real(double v, const char *want)
{
	char *text = NULL;
	size_t len;
	struct ocr_json j = {.f = open_memstream(&text, &len)};

	ocr_json_real(&j, NULL, v);
	fclose(j.f);
	is_str(text, want, want);
	free(text);
}

static void
is_exact(double v, const char *want)
{
	char *text = NULL, item[64];
	size_t len;
	struct ocr_json j = {.f = open_memstream(&text, &len)};

	ocr_json_exact(&j, "a", v);
	ocr_json_exact(&j, NULL, v);
	fclose(j.f);
	snprintf(item, sizeof(item), "\"a\":%s,%s", want, want);
	is_str(text, item, want);
	free(text);
}

int
main(void)
{
	char *text = NULL;
	size_t len;
	struct ocr_json j = {.f = open_memstream(&text, &len)};

	ocr_json_open_object(&j, NULL);
	ocr_json_open_array(&j, "a\"");
	ocr_json_close_array(&j);
	ocr_json_open_array(&j, "b");
	ocr_json_number(&j, NULL, UINT64_MAX);
	ocr_json_open_object(&j, NULL);
	ocr_json_close_object(&j);
	ocr_json_open_object(&j, NULL);
	ocr_json_bool(&j, "t", true);
	ocr_json_bool(&j, "f", false);
	ocr_json_close_object(&j);
	ocr_json_string(&j, NULL, "");
	ocr_json_close_array(&j);
	ocr_json_hex(&j, "h", UINT64_MAX);
	ocr_json_close_object(&j);
	fclose(j.f);
	is_str(text,
	    "{\"a\\\"\":[],\"b\":[18446744073709551615,{},"
	    "{\"t\":true,\"f\":false},\"\"],\"h\":\"0xffffffffffffffff\"}",
	    "nested");
	free(text);

	is_quoted("\"\\/\b\n\x1f\x7f ~",
	    "\"\\\"\\\\/\\u0008\\u000a\\u001f\\u007f ~\"", "escapes");
	is_quoted(
	    "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xed\x9f\xbf\xee\x80\x80",
	    "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xed\x9f\xbf\xee\x80\x80\"",
	    "UTF-8 stays");
	is_quoted("a\xff\x62\x80", "\"a\\ufffdb\\ufffd\"", "stray bytes");
	is_quoted("\xc0\x80", "\"\\ufffd\\ufffd\"", "a long zero");
	is_quoted("\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"", "a surrogate");
	is_quoted("\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"",
	    "behind the last");
	is_quoted("\xe0\x9f\xbf", "\"\\ufffd\\ufffd\\ufffd\"", "too long");
	is_quoted("\xf0\x8f\xbf\xbf", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"",
	    "too long");
	is_quoted("\xe2\x82", "\"\\ufffd\\ufffd\"", "cut off");
	is_quoted("\xe2\"", "\"\\ufffd\\\"\"", "cut off by a quote");

	is_real(0, "0.000");
	is_real(1.0005, "1.001");
	is_real(-27.25, "-27.250");
	is_real(-0.0001, "0.000");
	is_real(999999999999, "999999999999.000");
	is_real(1e12, "null");
	is_real(NAN, "null");
	is_real(-INFINITY, "null");
	is_exact(0, "0");
	is_exact(-0.75, "-0.75");
	is_exact(0.1 + 0.2, "0.30000000000000004");
	is_exact(1.0 / 3, "0.3333333333333333");
	is_exact(1e14, "100000000000000");
	is_exact(1e-300, "1e-300");
	is_exact(DBL_MAX, "1.7976931348623157e+308");
	is_exact(DBL_TRUE_MIN, "4.94065645841247e-324");
	is_exact(NAN, "null");
	is_exact(INFINITY, "null");
	return done();
}
