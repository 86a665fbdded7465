/*
 * test_table.c - columns: widths, empty ones, cells that are hostile
 */
#include "config.h"

#include <stdlib.h>

#include "src/table.h"
#include "tests/unit/child.h"
#include "tests/unit/tap.h"

static void
is_table(struct ocr_table *t, const char *want, const char *name)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	ocr_table_write(t, f);
	fclose(f);
	is_str(text, want, name);
	free(text);
	ocr_table_release(t);
}

static void
add(struct ocr_table *t, const char *a, const char *b, const char *c)
{
	ocr_table_add(t, (const char *const[]){a, b, c});
}

int
main(void)
{
	struct ocr_table t = {.n_columns = 3};

	is_table(&t, "", "no rows");
	t.n_columns = 3;
	add(&t, "A", "B", "C");
	is_table(&t, "A  B  C\n", "a heading alone");
	t.n_columns = 3;
	add(&t, "A", "LONG", "C");
	add(&t, "longer", "b", "c");
	add(&t, NULL, "bb", "");
	is_table(&t, "A       LONG  C\nlonger  b     c\n-       bb    -\n",
	    "aligned; nothing behind the last");
	t.n_columns = 3;
	add(&t, "A", "B", "C");
	add(&t, "a", "", "c");
	add(&t, "aa", NULL, "c");
	is_table(&t, "A   C\na   c\naa  c\n", "an empty column is left out");
	t.n_columns = 3;
	add(&t, "A", "B", "C");
	add(&t, "a", "b", "");
	is_table(&t, "A  B\na  b\n", "even the last one");
	t.n_columns = 3;
	add(&t, "\033[31m\n", "\xc3\xa9\x7f\t", "~ ");
	is_table(&t, "?[31m?  ????  ~ \n", "nothing reaches the terminal");
	ocr_table_release(&t);
	return done();
}
