/*
 * test_words.c - words and quotes, and nothing of a shell beyond
 */
#include "config.h"

#include "common/words.h"

#include "tests/unit/child.h"
#include "tests/unit/tap.h"

/* Words with [] around them. */
static const char *
show(const struct ocr_words *w)
{
	static char buf[2000];
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < w->n && len < 1900; i++)
		len += (size_t)snprintf(buf + len, sizeof(buf) - len, "[%s]",
		    w->v[i]);
	return buf;
}

static void
good(const char *text, char comment, const char *want)
{
	struct ocr_words w = {0};
	struct ocr_err err = {0};

	is_int(ocr_words_split(&w, text, strlen(text), comment, "x", &err), 0,
	    text);
	is_str(show(&w), want, "words");
	ok(w.n == 0 || w.v[w.n] == NULL, "a NULL at the end");
	ocr_words_release(&w);
}

static void
bad(const char *text, size_t len, const char *want)
{
	struct ocr_words w = {0};
	struct ocr_err err = {0};

	is_int(ocr_words_split(&w, text, len, '#', "x", &err), -OCR_EUSAGE,
	    want);
	is_str(err.text, want, "text");
	ocr_words_release(&w);
}

int
main(void)
{
	struct ocr_words w = {0};
	struct ocr_err err = {0};
	char many[2001];

	good("", '\0', "");
	good(" \t ", '\0', "");
	good("\r", '\0', "");
	good("a", '\0', "[a]");
	good("  a\t b  ", '\0', "[a][b]");
	good("a b\r", '\0', "[a][b]");
	good("''", '\0', "[]");
	good("\"\" ''", '\0', "[][]");
	good("'a b'", '\0', "[a b]");
	good("x='a b'y\"c d\"", '\0', "[x=a byc d]");
	good("'a\"b' \"c'd\"", '\0', "[a\"b][c'd]");
	good("rsh='ssh -o \"P x\" {host}'", '\0',
	    "[rsh=ssh -o \"P x\" {host}]");
	good("\\a \\ $HOME *;`x` ~", '\0', "[\\a][\\][$HOME][*;`x`][~]");
	good("a #b", '\0', "[a][#b]");
	good("a #b c", '#', "[a]");
	good("#", '#', "");
	good("a#b '#c' # d", '#', "[a#b][#c]");
	good("a # 'not closed", '#', "[a]");
	good("\xc3\xa9 \x80\xff", '#', "[\xc3\xa9][\x80\xff]");

	bad("'", 1, "x: a quote (') is not closed");
	bad("a \"b c", 6, "x: a quote (\") is not closed");
	bad("'a\"", 3, "x: a quote (') is not closed");
	bad("'a\r", 3, "x: a quote (') is not closed");
	bad("a\0b", 3, "x: holds a control character");
	bad("a\rb", 3, "x: holds a control character");
	bad("a\nb", 3, "x: holds a control character");
	bad("a\r\r", 3, "x: holds a control character");
	bad("# \x1b[2J", 6, "x: holds a control character");
	bad("a\x7f", 2, "x: holds a control character");

	/* More than the first room; added to by the next. */
	for (size_t i = 0; i < sizeof(many) - 1; i += 2)
		memcpy(many + i, "a ", 2);
	many[2000] = '\0';
	is_int(ocr_words_split(&w, many, 2000, '\0', "x", &err), 0, "many");
	is_int((int64_t)w.n, 1000, "words");
	is_int(ocr_words_add(&w, "last one", &err), 0, "add");
	is_int((int64_t)w.n, 1001, "one more");
	is_str(w.v[1000], "last one", "as it is");
	ok(w.v[1001] == NULL, "a NULL at the end");
	ocr_words_release(&w);
	ok(w.v == NULL && w.n == 0, "released");
	return done();
}
