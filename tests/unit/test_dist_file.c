/*
 * test_dist_file.c - an .ocrg file that ranks, threads here, map together
 *
 * Each has a copy of its own, as if machines had.  A copy may lack what is not
 * its rank's; what is wrong in a copy is found, by all, or makes no difference.
 */
#include "config.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/io.h"
#include "common/random.h"
#include "src/dist_bfs.h"
#include "src/dist_cut.h"
#include "src/graph_file.h"
#include "src/graph_file_layout.h"
#include "tests/unit/bfs_plain.h"
#include "tests/unit/dist_world.h"
#include "tests/unit/tap.h"

#define SOURCE 4711
#define RANKS 4

struct copies {
	uint8_t *data[RANKS];
	size_t len;
	const uint32_t *want; /* levels */
	int code[RANKS];
	unsigned n_wrong; /* levels that are not as they should be */
	char text[RANKS][100];
};

static void
search(struct ocr_dist *d, struct ocr_graph *g, struct ocr_crew *crew,
    struct copies *c, struct ocr_err *err)
{
	static const struct ocr_dist_bfs_opt opt = {.max_depth = 0};
	struct ocr_bfs_result result;
	struct ocr_dist_bfs *b = NULL;
	uint32_t *levels;
	uint64_t v, first;
	int r = ocr_dist_bfs_new(&b, g, crew, d, err);

	if (r == 0) {
		first = ocr_dist_bfs_first(b, d->rank);
		levels = made_zero(ocr_dist_bfs_room(b) + 1, sizeof(*levels));
		r = ocr_dist_bfs_run(b, SOURCE, &opt, NULL, levels, &result,
		    err);
		for (v = first; r == 0 && v < ocr_dist_bfs_end(b, d->rank); v++)
			if (levels[v - first] != c->want[v])
				__atomic_fetch_add(&c->n_wrong, 1,
				    __ATOMIC_RELAXED);
		free(levels);
	}
	ocr_dist_bfs_free(b);
	c->code[d->rank] = r;
}

static void
map(struct ocr_dist *d, void *arg)
{
	struct copies *c = arg;
	struct ocr_input_map in = {0};
	struct ocr_graph *g = NULL;
	struct ocr_err err = {0};
	struct ocr_crew crew;
	int r;

	plain_crew(&crew, 1, OCR_HWS);
	r = ocr_input_map_copy(&in, "x.ocrg", c->data[d->rank], c->len, &err);
	if (r == 0)
		r = ocr_graph_file_map_share(&g, &in, &crew, d, &err);
	r = ocr_dist_agree(d, OCR_DIST_LOADED, r, &err);
	c->code[d->rank] = r;
	if (r == 0)
		search(d, g, &crew, c, &err);
	(void)snprintf(c->text[d->rank], 100, "%.90s", err.text);
	ocr_graph_free(g);
	ocr_input_map_close(&in);
	ocr_crew_close(&crew);
}

/* How many ranks have failed; 100: not all the same, or a wrong result. */
static unsigned
run(struct copies *c)
{
	struct world w = {.n = RANKS, .body = map, .arg = c};
	unsigned i, n = 0;

	c->n_wrong = 0;
	world_run(&w);
	for (i = 0; i < RANKS; i++)
		n += c->code[i] != 0;
	return (n != 0 && n != RANKS) || c->n_wrong > 0 ? 100 : n;
}

static void
read_back(struct copies *c, const struct ocr_graph *g, struct ocr_crew *crew)
{
	int fd = memfd_create("ocrg", MFD_CLOEXEC);
	struct ocr_err err = {0};
	struct stat st;
	unsigned i;

	if (fd < 0 || ocr_graph_file_write(g, fd, "x.ocrg", crew, &err) < 0 ||
	    fstat(fd, &st) < 0)
		abort();
	c->len = (size_t)st.st_size;
	for (i = 0; i < RANKS; i++) {
		c->data[i] = made_zero(c->len, 1);
		if (ocr_pread_full(fd, c->data[i], c->len, 0, "x.ocrg", &err) !=
		    (int64_t)c->len)
			abort();
	}
	close(fd);
}

/* Pieces of ends in which a rank has none: 0 in its copy.  Returns how many. */
static unsigned
blank(struct copies *c, const struct ocr_graph *g, unsigned rank)
{
	struct ocr_file_header h;
	uint64_t *blocks, from, to, at, len;
	struct ocr_err err = {0};
	unsigned n = 0;

	if (ocr_dist_cut(&blocks, g, RANKS, &err) < 0)
		abort();
	memcpy(&h, c->data[rank], sizeof(h));
	from = g->out.offsets[ocr_dist_cut_at(g, blocks[rank])] * 4;
	to = g->out.offsets[ocr_dist_cut_at(g, blocks[rank + 1])] * 4;
	free(blocks);
	len = h.sections[OCR_PART_OUT_ENDS].bytes;
	for (at = 0; at + OCR_FILE_PIECE <= len; at += OCR_FILE_PIECE) {
		if (at + OCR_FILE_PIECE > from && at < to)
			continue;
		memset(c->data[rank] + h.sections[OCR_PART_OUT_ENDS].at + at, 0,
		    OCR_FILE_PIECE);
		n++;
	}
	return n;
}

static void
test_flips(struct copies *c)
{
	uint64_t random = 5, at;
	unsigned i, n, n_tried = 0, n_found = 0, n_bad = 0;

	for (i = 0; i < 60; i++) {
		uint8_t *data = c->data[i % RANKS], old;

		if (!is_round(i + i / 4))
			continue;
		n_tried++;
		at = i % 3 == 0 ? ocr_random_below(&random, 600000)
				: ocr_random_below(&random, c->len);
		old = data[at];
		data[at] ^= (uint8_t)(1U << i % 8);
		n = run(c);
		n_bad += n == 100;
		n_found += n == RANKS;
		if (n == 100)
			diag("byte %" PRIu64 " of rank %u: %s", at, i % RANKS,
			    c->text[0]);
		data[at] = old;
	}
	ok(n_bad == 0, "a flipped bit of one copy: all notice, or none needs");
	ok(n_found >= n_tried / 6, "%u of %u were found", n_found, n_tried);
}

static void
test_kind(enum plain_kind kind, struct ocr_crew *crew)
{
	struct ocr_graph *g = plain_graph(MADE_RANDOM, 60000, kind);
	uint32_t *want = plain_vertices(g);
	struct copies c = {.want = want};
	unsigned i, n = 0;

	(void)plain_bfs(g, SOURCE, 0, want);
	read_back(&c, g, crew);
	is_int(run(&c), 0, "all have all of it");
	test_flips(&c);
	for (i = 0; i < RANKS; i++)
		n += blank(&c, g, i);
	ok(n > 4, "%u pieces of ends blanked", n);
	is_int(run(&c), 0, "each has its own rows");
	memcpy(c.data[2], c.data[1], c.len);
	is_int(run(&c), RANKS, "one has another's");
	ok(strcmp(c.text[0], "x.ocrg: damaged: checksum of the ends") == 0,
	    "%s", c.text[0]);
	for (i = 0; i < RANKS; i++)
		free(c.data[i]);
	free(want);
	plain_free(g);
}

int
main(void)
{
	struct ocr_crew crew;

	plain_crew(&crew, 2, OCR_HWS);
	test_kind(PLAIN_UNDIRECTED, &crew);
	test_kind(PLAIN_DIRECTED, &crew);
	test_kind(PLAIN_NO_IN, &crew);
	ocr_crew_close(&crew);
	return done();
}
