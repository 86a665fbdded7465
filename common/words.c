/*
 * words.c - words of a line, as a shell would split them, with no shell
 */
#include "config.h"

#include "common/words.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Takes word over, whatever comes of it. */
static int
push(struct ocr_words *w, char *word, struct ocr_err *err)
{
	size_t room = w->room == 0 ? 16 : 2 * w->room;
	char **v;

	if (word == NULL)
		return ocr_err_nomem(err);
	if (w->n + 1 >= w->room) {
		v = room > SIZE_MAX / sizeof(*v)
			? NULL
			: realloc(w->v, room * sizeof(*v));
		if (v == NULL) {
			free(word);
			return ocr_err_nomem(err);
		}
		w->v = v;
		w->room = room;
	}
	w->v[w->n++] = word;
	w->v[w->n] = NULL;
	return 0;
}

int
ocr_words_add(struct ocr_words *w, const char *word, struct ocr_err *err)
{
	return push(w, strdup(word), err);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The word at *at, without its quotes. */
static int
take_word(struct ocr_words *w, const char **at, const char *end,
    const char *what, struct ocr_err *err)
{
	char *word = malloc((size_t)(end - *at) + 1), quote = '\0';
	const char *p;
	size_t n = 0;

	if (word == NULL)
		return ocr_err_nomem(err);
	for (p = *at; p < end && (quote != '\0' || !is_blank(*p)); p++) {
		if (quote == '\0' && (*p == '\'' || *p == '"'))
			quote = *p;
		else if (quote != '\0' && *p == quote)
			quote = '\0';
		else
			word[n++] = *p;
	}
	word[n] = '\0';
	*at = p;
	if (quote == '\0')
		return push(w, word, err);
	free(word);
	return ocr_err_set(err, -OCR_EUSAGE, "%s: a quote (%c) is not closed",
	    what, quote);
}

int
ocr_words_split(struct ocr_words *w, const char *text, size_t len, char comment,
    const char *what, struct ocr_err *err)
{
	const char *p = text, *end;
	int r = 0;

	if (len > 0 && text[len - 1] == '\r')
		len--;
	end = text + len;
	for (const char *c = text; c < end; c++) {
		if (((unsigned char)*c < 0x20 && *c != '\t') || *c == 0x7f)
			return ocr_err_set(err, -OCR_EUSAGE,
			    "%s: holds a control character", what);
	}
	while (r == 0) {
		while (p < end && is_blank(*p))
			p++;
		if (p == end || (comment != '\0' && *p == comment))
			break;
		r = take_word(w, &p, end, what, err);
	}
	return r;
}

void
ocr_words_release(struct ocr_words *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->v[i]);
	free(w->v);
	*w = (struct ocr_words){0};
}
