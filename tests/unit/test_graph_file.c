/*
 * test_graph_file.c - .ocrg files: what is written is mapped again, and what is
 * cut, damaged or lies is refused
 *
 * Argument: a file that the test may make, sparse and 16 GiB long, to be read
 * from its begin to its end; without one only its header is.
 */
#include "config.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/crc.h"
#include "common/io.h"
#include "common/thread.h"
#include "src/graph_file.h"
#include "src/graph_file_layout.h"
#include "tests/unit/graph_make.h"
#include "tests/unit/tap.h"

struct bytes {
	uint8_t *data;
	size_t len;
};

/* The loop keeps the address. */
static void
open_crew(struct ocr_crew *c, unsigned n_threads)
{
	struct ocr_team_opt opt = {.n_threads = n_threads, .devices = "cpu"};
	struct ocr_err err = {0};

	if (ocr_crew_open(c, &opt, &err) < 0) {
		diag("%s", err.text);
		abort();
	}
}

static struct bytes
written(const struct ocr_graph *g, struct ocr_crew *c)
{
	int fd = memfd_create("ocrg", MFD_CLOEXEC);
	struct ocr_err err = {0};
	struct bytes b = {0};
	struct stat st;

	if (fd < 0 || ocr_graph_file_write(g, fd, "x.ocrg", c, &err) < 0 ||
	    fstat(fd, &st) < 0)
		abort();
	b.len = (size_t)st.st_size;
	b.data = made_zero(b.len, 1);
	if (ocr_pread_full(fd, b.data, b.len, 0, "x.ocrg", &err) !=
	    (int64_t)b.len)
		abort();
	close(fd);
	return b;
}

static struct ocr_graph *
mapped(const void *data, size_t len, struct ocr_crew *c, struct ocr_err *err)
{
	struct ocr_input_map in;
	struct ocr_graph *g = NULL;

	memset(err, 0, sizeof(*err));
	if (ocr_input_map_copy(&in, "x.ocrg", data, len, err) < 0)
		abort();
	if (ocr_graph_file_map(&g, &in, c, err) < 0)
		g = NULL;
	ocr_input_map_close(&in);
	return g;
}

static int
same_part(const struct ocr_graph *a, const struct ocr_graph *b, int part)
{
	const void *x = ocr_graph_part(a, (enum ocr_graph_part)part);
	const void *y = ocr_graph_part(b, (enum ocr_graph_part)part);
	uint64_t n = ocr_graph_part_items(a, (enum ocr_graph_part)part,
	    a->in.offsets != NULL, a->ids != NULL);
	size_t size = ocr_graph_part_size(a, (enum ocr_graph_part)part);

	return n == 0 ||
	       (x != NULL && y != NULL && memcmp(x, y, (size_t)n * size) == 0);
}

static int
same(const struct ocr_graph *a, const struct ocr_graph *b)
{
	int i, held = a->n == b->n && a->n_arcs == b->n_arcs &&
		      a->n_edges == b->n_edges &&
		      a->is_directed == b->is_directed && a->kind == b->kind &&
		      a->is_in_id_order == b->is_in_id_order &&
		      (a->in.offsets == NULL) == (b->in.offsets == NULL) &&
		      (a->in.offsets == a->out.offsets) ==
			  (b->in.offsets == b->out.offsets) &&
		      (a->ids == NULL) == (b->ids == NULL) &&
		      (a->ids != NULL || a->first_id == b->first_id);

	for (i = 0; held && i < OCR_N_PARTS; i++)
		held &= same_part(a, b, i);
	return held;
}

/* Made ones have no ids and in-rows always. */
struct variant {
	enum ocr_edge_kind kind;
	int is_directed, has_no_in, has_ids, is_in_id_order;
};

static struct ocr_graph *
make(enum made_shape shape, uint64_t n, const struct variant *v)
{
	struct made_arcs made = made_shape(shape, n, 0, 9, n);
	struct ocr_graph *g =
	    made_graph_in(&made, v->is_directed, v->kind, v->is_in_id_order);
	uint64_t *ids, i;

	free(made.arcs);
	if (v->has_no_in && v->is_directed) {
		uint32_t *first = made_zero(n, sizeof(*first));

		made_free_rows(&g->in);
		g->in = (struct ocr_rows){0};
		for (i = 0; i < ocr_graph_n_blocks(g) * OCR_GRAPH_BLOCK; i++)
			first[i] = i < n && ocr_graph_degree(&g->out, i) > 0
				       ? g->out.ends[g->out.offsets[i]]
				       : OCR_NO_VERTEX;
		free((void *)g->first);
		g->first = first;
	}
	if (v->has_ids) {
		ids = made_zero(n, sizeof(*ids));
		for (i = 0; i < n; i++)
			ids[i] = 5 + i * i;
		g->ids = ids;
	} else {
		g->first_id = 17;
	}
	return g;
}

static void
unmake(struct ocr_graph *g)
{
	free((void *)g->ids);
	made_free(g);
}

static void
test_round(struct ocr_crew *crews, unsigned n_crews)
{
	static const uint64_t sizes[] = {1, 2, 64, 65, 300, 70000};
	struct ocr_err err = {0};
	int i, held, shape;
	unsigned t;

	for (i = 0; i < 48; i++) {
		struct variant v = {.kind = (enum ocr_edge_kind)(i % 3),
		    .is_directed = i / 3 % 2,
		    .has_no_in = i / 6 % 2,
		    .has_ids = i / 12 % 2,
		    .is_in_id_order = i / 24 % 2};

		held = 1;
		for (shape = 0; shape < 6 * MADE_SHAPES; shape++) {
			uint64_t n = sizes[shape / MADE_SHAPES];
			struct ocr_graph *g, *h;
			struct bytes b;

			if (n > 1000 && (shape % MADE_SHAPES != MADE_SKEWED ||
					    !is_round((unsigned)i)))
				continue;
			g = make((enum made_shape)(shape % MADE_SHAPES), n, &v);
			for (t = 0; t < n_crews; t++) {
				b = written(g, &crews[t]);
				h = mapped(b.data, b.len, &crews[t], &err);
				held &= h != NULL && same(g, h);
				ocr_graph_free(h);
				free(b.data);
			}
			unmake(g);
		}
		ok(held, "variant %d (%s)", i, err.text);
	}
}

static void
test_nothing(struct ocr_crew *c)
{
	struct variant v = {.kind = OCR_EDGE_INT};
	struct ocr_graph *g = make(MADE_EMPTY, 0, &v), *h;
	struct ocr_err err;
	struct bytes b = written(g, c);

	h = mapped(b.data, b.len, c, &err);
	ok(h != NULL && h->n == 0 && same(g, h) && h->out.ends != NULL,
	    "no vertex (%s)", err.text);
	ocr_graph_free(h);
	unmake(g);
	free(b.data);
}

static void
test_damage(struct ocr_crew *c)
{
	struct variant v = {.kind = OCR_EDGE_REAL,
	    .is_directed = 1,
	    .has_ids = 1};
	struct ocr_graph *g = make(MADE_SKEWED, 67, &v), *h;
	struct bytes b = written(g, c);
	struct ocr_err err;
	size_t i, n_taken = 0;

	for (i = 0; i < b.len; i++) {
		b.data[i] ^= (uint8_t)(i % 2 ? 1 : 128);
		h = mapped(b.data, b.len, c, &err);
		if (h != NULL)
			diag("byte %zu of %zu", i, b.len);
		n_taken += h != NULL || err.code != -OCR_EFORMAT;
		ocr_graph_free(h);
		b.data[i] ^= (uint8_t)(i % 2 ? 1 : 128);
	}
	is_int((int64_t)n_taken, 0, "every byte counts");
	for (i = 0; i < b.len; i++) {
		h = mapped(b.data, i, c, &err);
		n_taken += h != NULL || err.code != -OCR_EFORMAT;
		ocr_graph_free(h);
	}
	is_int((int64_t)n_taken, 0, "and none is too many");
	unmake(g);
	free(b.data);
}

static struct ocr_file_header *
header(const struct bytes *b)
{
	return (struct ocr_file_header *)b->data;
}

/* Checksums as somebody who lies would make them. */
static void
sum_up(const struct bytes *b)
{
	struct ocr_file_header *h = header(b);
	int i;

	for (i = 0; i < OCR_N_PARTS; i++) {
		struct ocr_file_section *s = &h->sections[i];

		if (s->at <= b->len && s->bytes <= b->len - s->at)
			s->crc32 =
			    ocr_crc32(0, b->data + s->at, (size_t)s->bytes);
	}
	h->crc32 = ocr_crc32(0, h, offsetof(struct ocr_file_header, crc32));
}

static void
refuses(const struct bytes *b, size_t len, struct ocr_crew *c, const char *text)
{
	struct ocr_err err;
	struct ocr_graph *g = mapped(b->data, len, c, &err);

	if (!ok(g == NULL && err.code == -OCR_EFORMAT &&
		    strcmp(err.text, text) == 0,
		"%s", text))
		diag("%d: %s", err.code, err.text);
	ocr_graph_free(g);
}

static void
test_texts(struct ocr_crew *c)
{
	struct variant v = {.is_directed = 1};
	struct ocr_graph *g = make(MADE_PATH, 10, &v);
	struct bytes b = written(g, c);
	struct ocr_file_header *h = header(&b), was = *h;
	char text[200];

	ok(ocr_graph_file_is(b.data, b.len) && ocr_graph_file_is(b.data, 8) &&
		!ocr_graph_file_is(b.data, 7) &&
		!ocr_graph_file_is(b.data + 1, 8),
	    "it begins like one");
	refuses(&b, 0, c, "x.ocrg: not an .ocrg file");
	refuses(&b, 7, c, "x.ocrg: not an .ocrg file");
	refuses(&b, 319, c, "x.ocrg: cut: 319 bytes, the header has 320");
	(void)snprintf(text, sizeof(text),
	    "x.ocrg: cut: %zu bytes, it says %zu", b.len - 1, b.len);
	refuses(&b, b.len - 1, c, text);
	(void)snprintf(text, sizeof(text),
	    "x.ocrg: longer than it should be: %zu bytes, it says %zu",
	    b.len + 1, b.len);
	refuses(&b, b.len + 1, c, text);
	h->order = 0x04030201;
	refuses(&b, b.len, c,
	    "x.ocrg: from a machine with the other order of bytes");
	*h = was;
	h->version = 2;
	refuses(&b, b.len, c, "x.ocrg: version 2, this program reads 1");
	*h = was;
	h->n++;
	refuses(&b, b.len, c, "x.ocrg: damaged: checksum of the header");
	*h = was;
	b.data[h->sections[OCR_PART_OUT_ENDS].at] ^= 1;
	refuses(&b, b.len, c, "x.ocrg: damaged: checksum of the ends");
	b.data[h->sections[OCR_PART_OUT_ENDS].at] ^= 1;
	b.data[h->sections[OCR_PART_OUT_ENDS].at - 1] = 1;
	refuses(&b, b.len, c, "x.ocrg: damaged: not zero between sections");
	unmake(g);
	free(b.data);
}

/* A number of 4 or 8 bytes there, right checksums, and what is said. */
static void
lie(const struct bytes *good, size_t at, uint64_t value, size_t size,
    struct ocr_crew *c, const char *text)
{
	struct bytes b = {made_zero(good->len, 1), good->len};

	memcpy(b.data, good->data, b.len);
	memcpy(b.data + at, &value, size);
	sum_up(&b);
	refuses(&b, b.len, c, text);
	free(b.data);
}

static void
test_lies(struct ocr_crew *c)
{
	static const char counts[] = "x.ocrg: damaged: counts in the header";
	static const char table[] = "x.ocrg: damaged: table of sections";
	struct variant v = {.kind = OCR_EDGE_REAL,
	    .is_directed = 1,
	    .has_ids = 1};
	struct ocr_graph *g = make(MADE_SKEWED, 67, &v);
	struct bytes b = written(g, c);
	struct ocr_file_header *h = header(&b);
	size_t n_at = offsetof(struct ocr_file_header, n),
	       arcs_at = offsetof(struct ocr_file_header, n_arcs),
	       edges_at = offsetof(struct ocr_file_header, n_edges),
	       kind_at = offsetof(struct ocr_file_header, kind),
	       flags_at = offsetof(struct ocr_file_header, flags),
	       table_at = offsetof(struct ocr_file_header, sections);
	size_t at[OCR_N_PARTS];
	int i;

	for (i = 0; i < OCR_N_PARTS; i++)
		at[i] = (size_t)h->sections[i].at;
	lie(&b, n_at, 66, 8, c, table);
	lie(&b, n_at, 128, 8, c, table);
	lie(&b, n_at, UINT32_MAX, 8, c, counts);
	lie(&b, n_at, UINT64_MAX, 8, c, counts);
	lie(&b, arcs_at, h->n_arcs + 1, 8, c, counts);
	lie(&b, arcs_at, UINT64_MAX / 4, 8, c, counts);
	lie(&b, edges_at, h->n_arcs - 1, 8, c, counts);
	lie(&b, kind_at, 3, 4, c, counts);
	lie(&b, kind_at, OCR_EDGE_INT, 4, c, table);
	lie(&b, flags_at, OCR_FILE_DIRECTED | OCR_FILE_HAS_IDS, 4, c, table);
	lie(&b, flags_at, OCR_FILE_HAS_IN | OCR_FILE_HAS_IDS, 4, c,
	    "x.ocrg: damaged: flags in the header");
	lie(&b, flags_at, 15 + 16, 4, c, table);
	lie(&b, flags_at, 7 + 0x80000000, 4, c, table);
	lie(&b, offsetof(struct ocr_file_header, first_id), 1, 8, c, table);
	lie(&b, offsetof(struct ocr_file_header, zero), 1, 1, c, table);
	lie(&b, table_at, UINT64_MAX - 8, 8, c, table);
	lie(&b, table_at, 64, 8, c, table);
	lie(&b, table_at + 8, UINT64_MAX, 8, c, table);
	lie(&b, table_at + 20, 1, 4, c, table);
	lie(&b, at[OCR_PART_OUT_OFFSETS], 1, 8, c,
	    "x.ocrg: damaged: offsets do not ascend");
	lie(&b, at[OCR_PART_OUT_OFFSETS] + 8 * 67, h->n_arcs + 1, 8, c,
	    "x.ocrg: damaged: offsets do not ascend");
	lie(&b, at[OCR_PART_OUT_OFFSETS] + 8 * 30, UINT64_MAX, 8, c,
	    "x.ocrg: damaged: offsets do not ascend");
	lie(&b, at[OCR_PART_IN_OFFSETS] + 8 * 30, 0, 8, c,
	    "x.ocrg: damaged: offsets of in-arcs do not ascend");
	lie(&b, at[OCR_PART_OUT_ENDS] + 4 * 11, 67, 4, c,
	    "x.ocrg: damaged: an end that is no vertex");
	lie(&b, at[OCR_PART_IN_ENDS], OCR_NO_VERTEX, 4, c,
	    "x.ocrg: damaged: an end of an in-arc that is no vertex");
	lie(&b, at[OCR_PART_OUT_WEIGHTS] + 8, 0x7ff0000000000000, 8, c,
	    "x.ocrg: damaged: a weight that is none");
	lie(&b, at[OCR_PART_IN_WEIGHTS] + 8, 0x7ff8000000000000, 8, c,
	    "x.ocrg: damaged: a weight of an in-arc that is none");
	lie(&b, at[OCR_PART_IN_WEIGHTS], 0xbff0000000000000, 8, c,
	    "x.ocrg: damaged: a weight of an in-arc that is none");
	lie(&b, at[OCR_PART_FIRST] + 4 * 3, 66, 4, c,
	    "x.ocrg: damaged: first ends are not those of the rows");
	lie(&b, at[OCR_PART_FIRST] + 4 * 127, 0, 4, c,
	    "x.ocrg: damaged: first ends are not those of the rows");
	lie(&b, at[OCR_PART_IDS] + 8 * 5, 5, 8, c,
	    "x.ocrg: damaged: ids do not ascend");
	unmake(g);
	free(b.data);
	v = (struct variant){.kind = OCR_EDGE_INT};
	g = make(MADE_SKEWED, 67, &v);
	b = written(g, c);
	h = header(&b);
	lie(&b, offsetof(struct ocr_file_header, first_id), UINT64_MAX - 65, 8,
	    c, "x.ocrg: damaged: ids beyond 2^64 - 1");
	lie(&b, edges_at, h->n_arcs + 1, 8, c, counts);
	lie(&b, edges_at, (h->n_arcs - 1) / 2, 8, c, counts);
	unmake(g);
	free(b.data);
}

struct reader {
	int fd;
	struct bytes b;
	int64_t got;
};

static void
read_pipe(void *arg)
{
	struct reader *r = arg;
	struct ocr_err err = {0};

	r->got = ocr_read_full(r->fd, r->b.data, r->b.len, "pipe", -1, &err);
}

static void
test_pipe(struct ocr_crew *c)
{
	struct variant v = {.kind = OCR_EDGE_INT};
	struct ocr_graph *g = make(MADE_SKEWED, 70000, &v);
	struct bytes b = written(g, c);
	struct reader r = {.b = {made_zero(b.len + 1, 1), b.len + 1}};
	struct ocr_thread *thread = NULL;
	struct ocr_err err = {0};
	int fds[2];

	if (pipe(fds) < 0)
		abort();
	r.fd = fds[0];
	if (ocr_thread_start(&thread, read_pipe, &r, &err) < 0)
		abort();
	ok(ocr_graph_file_write(g, fds[1], "pipe", c, &err) == 0, "to a pipe");
	close(fds[1]);
	ocr_thread_join(thread);
	ok(r.got == (int64_t)b.len && memcmp(r.b.data, b.data, b.len) == 0,
	    "the same bytes");
	ok(header(&b)->sections[OCR_PART_OUT_ENDS].at % OCR_FILE_ALIGN_LONG ==
		0,
	    "a long section begins on a huge page");
	close(fds[0]);
	free(r.b.data);
	free(b.data);
	unmake(g);
}

static void
test_full(struct ocr_crew *c)
{
	struct variant v = {.kind = OCR_EDGE_INT};
	struct ocr_graph *g = make(MADE_SKEWED, 100, &v);
	struct ocr_err err = {0};
	volatile int stop = 1;
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		skip(1, "no /dev/full");
	else
		ok(ocr_graph_file_write(g, fd, "x.ocrg", c, &err) == -OCR_EIO &&
			strstr(err.text, "x.ocrg") != NULL,
		    "a full disk: %s", err.text);
	if (fd >= 0)
		close(fd);
	c->stop = &stop;
	memset(&err, 0, sizeof(err));
	ok(ocr_graph_file_write(g, -1, "x.ocrg", c, &err) == -OCR_ECANCEL,
	    "stopped");
	c->stop = NULL;
	unmake(g);
}

/* 2^32 + 100 arcs from vertex 0 to itself, two from vertex 3: a file of 16 GiB
 * with 4 blocks on disk. */
static void
write_large(int fd, struct ocr_graph *g)
{
	static const uint32_t last[2] = {1, 2};
	static const uint8_t zeros[4096];
	uint64_t hub = ((uint64_t)1 << 32) + 100, left,
		 offsets[5] = {0, hub, hub, hub, hub + 2};
	uint32_t first[OCR_GRAPH_BLOCK], crc = ocr_crc32(0, zeros, 4096);
	struct ocr_file_header h;

	memset(first, 0xff, sizeof(first));
	first[0] = 0;
	first[3] = 1;
	*g = (struct ocr_graph){.n = 4,
	    .n_arcs = hub + 2,
	    .n_edges = hub + 2,
	    .is_directed = true};
	ocr_file_lay_out(&h, g, false, false);
	for (left = 4096; left * 2 <= hub * 4; left *= 2)
		crc = ocr_crc32_join(crc, crc, left);
	crc = ocr_crc32(crc, zeros, (size_t)(hub * 4 - left));
	h.sections[OCR_PART_OUT_OFFSETS].crc32 = ocr_crc32(0, offsets, 40);
	h.sections[OCR_PART_OUT_ENDS].crc32 = ocr_crc32(crc, last, 8);
	h.sections[OCR_PART_FIRST].crc32 = ocr_crc32(0, first, sizeof(first));
	h.crc32 = ocr_crc32(0, &h, offsetof(struct ocr_file_header, crc32));
	if (pwrite(fd, &h, sizeof(h), 0) != sizeof(h) ||
	    pwrite(fd, offsets, 40,
		(off_t)h.sections[OCR_PART_OUT_OFFSETS].at) != 40 ||
	    pwrite(fd, last, 8,
		(off_t)(h.sections[OCR_PART_OUT_ENDS].at + hub * 4)) != 8 ||
	    pwrite(fd, first, sizeof(first),
		(off_t)h.sections[OCR_PART_FIRST].at) != sizeof(first))
		abort();
}

static void
test_large(const char *path, enum ocr_graph_check check, struct ocr_crew *c)
{
	struct ocr_input_map in = {0};
	struct ocr_graph want, *g = NULL;
	struct ocr_err err = {0};
	char memory[64];
	int fd;

	if (sizeof(size_t) < 8) {
		skip(1, "no address space for it");
		return;
	}
	fd = path == NULL
		 ? memfd_create("large", MFD_CLOEXEC)
		 : open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	(void)snprintf(memory, sizeof(memory), "/proc/self/fd/%d", fd);
	if (fd < 0)
		abort();
	write_large(fd, &want);
	ok(ocr_input_map_open(&in, path == NULL ? memory : path, &err) == 0 &&
		ocr_graph_file_map_as(&g, &in, check, c, &err) == 0 &&
		g->n_arcs == want.n_arcs &&
		ocr_graph_degree(&g->out, 0) == ((uint64_t)1 << 32) + 100 &&
		g->out.ends[0] == 0 && g->out.ends[g->out.offsets[3]] == 1 &&
		g->out.ends[g->n_arcs - 1] == 2 && g->first[3] == 1,
	    "over 2^32 arcs, %s (%s)",
	    check == OCR_CHECK_ALL ? "all checked" : "only the header read",
	    err.text);
	ocr_graph_free(g);
	ocr_input_map_close(&in);
	close(fd);
	if (path != NULL)
		(void)unlink(path);
}

int
main(int argc, char **argv)
{
	struct ocr_crew crews[2];

	open_crew(&crews[0], 1);
	open_crew(&crews[1], 4);
	test_round(crews, 2);
	test_nothing(&crews[0]);
	test_damage(&crews[0]);
	test_texts(&crews[1]);
	test_lies(&crews[1]);
	test_pipe(&crews[1]);
	test_full(&crews[1]);
	test_large(NULL, OCR_CHECK_HEADER, &crews[1]);
	if (argc > 1)
		test_large(argv[1], OCR_CHECK_ALL, &crews[1]);
	ocr_crew_close(&crews[0]);
	ocr_crew_close(&crews[1]);
	return done();
}
