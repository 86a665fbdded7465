/*
 * words.h - words of a line, as a shell would split them, with no shell
 *
 * Words are separated by blanks; '...' and "..." keep what is between them as
 * it is, anywhere in a word.  There is no other special character: no
 * backslash, no variable, no glob.  For host lists and launchers.
 */
#ifndef OCR_WORDS_H
#define OCR_WORDS_H

#include <stddef.h>

#include "common/err.h"

/* Starts zeroed. */
struct ocr_words {
	char **v; /* n words and a NULL; NULL while there is none */
	size_t n;
	size_t room; /* private */
};

/*
 * Add the words of text[0..len).  A word that begins with the character
 * 'comment', not quoted, ends them; '\0': no such thing.  A CR at the end is
 * a blank.  -OCR_EUSAGE "what: a quote (') is not closed", "what: holds a
 * control character"; what was added stays.
 */
int ocr_words_split(struct ocr_words *w, const char *text, size_t len,
    char comment, const char *what, struct ocr_err *err);
/* Add one, a copy. */
int ocr_words_add(struct ocr_words *w, const char *word, struct ocr_err *err);
void ocr_words_release(struct ocr_words *w);

#endif
