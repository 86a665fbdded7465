/*
 * fuzz_updates.c - batches of edges out of any bytes
 *
 * Each line that is not refused was an edge, a comment or empty: reading the
 * same text without its empty lines gives the same edges in one batch.
 */
#include "config.h"

#include "src/updates.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct seen {
	size_t n_arcs, n_batches;
	uint64_t sum;
	int status;
};

static void
see(struct seen *s, const struct ocr_arc *arc)
{
	uint64_t bits;

	if (!(arc->weight >= 0) || isinf(arc->weight) || signbit(arc->weight))
		abort();
	memcpy(&bits, &arc->weight, sizeof(bits));
	s->sum = s->sum * 31 + arc->from * 7 + arc->to + bits;
	s->n_arcs++;
}

static struct seen
read_all(const uint8_t *data, size_t len, bool has_weights)
{
	struct ocr_updates u;
	struct ocr_err err = {0};
	struct seen s = {0};
	char path[32];
	size_t i;
	int fd = memfd_create("updates", 0);

	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		abort();
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (ocr_updates_open(&u, path, has_weights, &err) < 0)
		abort();
	while ((s.status = ocr_updates_next(&u, &err)) > 0) {
		s.n_batches++;
		if (u.n_arcs == 0)
			abort();
		for (i = 0; i < u.n_arcs; i++)
			see(&s, &u.arcs[i]);
	}
	if ((s.status < 0) != (err.code != 0) ||
	    (s.status < 0 && strncmp(err.text, path, strlen(path)) != 0))
		abort();
	ocr_updates_close(&u);
	close(fd);
	return s;
}

/* Lines that are not empty; the last one gets an end. */
static size_t
drop_empty(const uint8_t *data, size_t len, uint8_t *out)
{
	size_t at, end, n = 0;

	for (at = 0; at < len; at = end) {
		bool is_empty = true;

		for (end = at; end < len && data[end] != '\n'; end++)
			if (strchr(" \t\r\v\f", data[end]) == NULL ||
			    data[end] == '\0')
				is_empty = false;
		end += end < len;
		if (is_empty)
			continue;
		memcpy(out + n, data + at, end - at);
		n += end - at;
	}
	return n;
}

/* The first byte: do weights count? */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t *dense;
	struct seen a, b;
	size_t n;

	if (len == 0)
		return 0;
	dense = malloc(len);
	if (dense == NULL)
		abort();
	a = read_all(data + 1, len - 1, data[0] & 1);
	n = drop_empty(data + 1, len - 1, dense);
	b = read_all(dense, n, data[0] & 1);
	if (a.status != b.status || b.n_batches > 1)
		abort();
	if (a.status == 0 && (a.n_arcs != b.n_arcs || a.sum != b.sum))
		abort();
	free(dense);
	return 0;
}
