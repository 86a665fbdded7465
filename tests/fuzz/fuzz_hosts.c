/*
 * fuzz_hosts.c - lists of hosts: any text is a list, or a usage error; what
 * is in one cannot be taken for anything else, and can be connected to
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/hosts.h"
#include "common/rsh.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
demand(int held)
{
	if (!held)
		abort();
}

static int
is_clean(const char *s, const char *also)
{
	for (; *s != '\0'; s++) {
		if ((*s < 'a' || *s > 'z') && (*s < 'A' || *s > 'Z') &&
		    (*s < '0' || *s > '9') && strchr(also, *s) == NULL)
			return 0;
	}
	return 1;
}

static void
check(const struct ocr_host *h)
{
	static const char *const command[] = {"ocr-x", "--worker", NULL};
	char label[OCR_HOST_LABEL_BYTES];
	struct ocr_words w = {0};
	struct ocr_err err = {0};
	int r;

	demand(h->is_here == (h->name[0] == '\0'));
	demand(h->name[0] != '-' && is_clean(h->name, "_-.:%"));
	demand(h->user == NULL || (h->user[0] != '-' && h->user[0] != '\0' &&
				      is_clean(h->user, "_-.+")));
	demand(h->port <= 65535 && h->slots <= OCR_HOST_MAX_SLOTS);
	demand(h->weight >= 0 && h->weight <= 1e6);
	demand(h->path == NULL || (h->path[0] != '-' && h->path[0] != '\0'));
	demand(strlen(ocr_host_label(h, label)) < sizeof(label) - 1);
	r = ocr_rsh_argv(&w, h, NULL, 10, command, &err);
	demand(r == 0 || (r == -OCR_EUSAGE && err.code == r));
	demand(r < 0 || (w.n > 0 && w.v[w.n] == NULL && w.v[0][0] != '\0'));
	ocr_words_release(&w);
}

/* The first byte says whether it is a file or a list. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1);
	struct ocr_hosts l = {0};
	struct ocr_err err = {0};
	int r;

	demand(text != NULL);
	if (len > 0)
		memcpy(text, data, len);
	text[len] = '\0';
	if (len > 0 && data[0] == ',') {
		r = ocr_hosts_add_list(&l, "--host", text + 1, &err);
	} else {
		/* Of that size exactly, so that a byte too far is seen. */
		char *exact = realloc(text, len > 0 ? len : 1);

		demand(exact != NULL);
		text = exact;
		r = ocr_hosts_add_text(&l, "f", text, len, &err);
	}
	demand(r == 0 || (r == -OCR_EUSAGE && err.code == r));
	demand(l.n <= OCR_HOSTS_MAX);
	for (size_t i = 0; r == 0 && i < l.n && i < 100; i++)
		check(&l.list[i]);
	ocr_hosts_release(&l);
	free(text);
	return 0;
}
