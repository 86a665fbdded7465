/*
 * fuzz_graph_file.c - .ocrg files: what is mapped can be walked to its end
 *
 * Checksums are made right first, else nothing would get past them; the first
 * byte of the input says whether that is done.  What is accepted must come out
 * the same when it is written.
 */
#include "config.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/crc.h"
#include "common/io.h"
#include "src/graph_file.h"
#include "src/graph_file_layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Opened by the first input; the loop keeps its address. */
static struct ocr_crew *
crew(void)
{
	static struct ocr_crew c;
	static bool is_open;
	struct ocr_team_opt opt = {.n_threads = 1, .devices = "cpu"};
	struct ocr_err err = {0};

	if (!is_open && ocr_crew_open(&c, &opt, &err) < 0)
		abort();
	is_open = true;
	return &c;
}

static void
sum_up(uint8_t *data, size_t len)
{
	struct ocr_file_header h;
	int i;

	if (len < sizeof(h))
		return;
	memcpy(&h, data, sizeof(h));
	for (i = 0; i < OCR_N_PARTS; i++) {
		struct ocr_file_section *s = &h.sections[i];

		if (s->at <= len && s->bytes <= len - s->at)
			s->crc32 = ocr_crc32(0, data + s->at, (size_t)s->bytes);
	}
	h.crc32 = ocr_crc32(0, &h, offsetof(struct ocr_file_header, crc32));
	memcpy(data, &h, sizeof(h));
}

static void
walk(const struct ocr_graph *g, const struct ocr_rows *r)
{
	uint64_t v, i;

	for (v = 0; v < g->n; v++)
		for (i = r->offsets[v]; i < r->offsets[v + 1]; i++) {
			if (r->ends[i] >= g->n)
				abort();
			if (g->kind == OCR_EDGE_REAL && !(r->reals[i] >= 0))
				abort();
			if (g->kind == OCR_EDGE_INT && r->ints == NULL)
				abort();
		}
}

static void
check(const struct ocr_graph *g, const uint8_t *data, size_t len)
{
	int fd = memfd_create("ocrg", MFD_CLOEXEC);
	struct ocr_err err = {0};
	uint8_t *back = malloc(len + 1);
	uint64_t v;

	walk(g, &g->out);
	if (g->in.offsets != NULL)
		walk(g, &g->in);
	for (v = 0; v < g->n; v++)
		if (ocr_graph_find(g, ocr_graph_id(g, v)) != v ||
		    (g->first[v] != OCR_NO_VERTEX && g->first[v] >= g->n))
			abort();
	if (fd < 0 || back == NULL ||
	    ocr_graph_file_write(g, fd, "x", crew(), &err) < 0 ||
	    ocr_pread_full(fd, back, len + 1, 0, "x", &err) != (int64_t)len ||
	    memcmp(back, data, len) != 0)
		abort();
	free(back);
	close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ocr_input_map in;
	struct ocr_graph *g = NULL;
	struct ocr_err err = {0};
	uint8_t *copy = malloc(len + 1);
	int r;

	if (copy == NULL)
		abort();
	if (len > 0) {
		len--;
		memcpy(copy, data + 1, len);
		if (data[0] % 2 == 1)
			sum_up(copy, len);
	}
	if (ocr_input_map_copy(&in, "x", copy, len, &err) < 0)
		abort();
	r = ocr_graph_file_map(&g, &in, crew(), &err);
	if ((r < 0) != (err.code != 0) || (r < 0) != (g == NULL))
		abort();
	if (r == 0)
		check(g, copy, len);
	ocr_graph_free(g);
	ocr_input_map_close(&in);
	free(copy);
	return 0;
}
