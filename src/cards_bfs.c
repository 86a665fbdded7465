/*
 * cards_bfs.c - breadth-first search on cards and threads: see cards.h
 */
#include "config.h"

#include <string.h>

#include "common/huge.h"
#include "common/io.h"
#include "src/cards.h"
#include "src/cards_bits.h"

/* Pull when the frontier has more than 1 / ALPHA of the arcs of all that is
 * not reached, until it has fewer than 1 / BETA of the vertices: Beamer's
 * constants (bfs.h). */
#define ALPHA 15
#define BETA 18

#define PASS 512 /* blocks */

struct search {
	const struct ocr_graph *g;
	uint64_t *visited, *frontier, *next, *wanted; /* bitmaps */
	uint32_t *parents, *levels;                   /* or NULL */
	uint32_t level;
	/* atomic */
	uint64_t n_next, n_arcs;
};

static size_t
bitmap_bytes(const struct ocr_graph *g)
{
	return (size_t)ocr_graph_n_blocks(g) * sizeof(uint64_t);
}

static void
reach(struct search *s, uint32_t v, uint32_t parent)
{
	if (!ocr_bit_set(s->visited, v))
		return;
	if (s->parents != NULL)
		s->parents[v] = parent;
	(void)ocr_bit_set(s->next, v);
}

static int
push_blocks(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct search *s = arg;
	const struct ocr_rows *r = &s->g->out;
	uint64_t i, word, v, e;

	(void)thread;
	(void)err;
	for (i = start; i < end; i++)
		for (word = s->frontier[i]; word != 0; word &= word - 1) {
			v = i * OCR_GRAPH_BLOCK +
			    (unsigned)__builtin_ctzll(word);
			for (e = r->offsets[v]; e < r->offsets[v + 1]; e++)
				reach(s, r->ends[e], (uint32_t)v);
		}
	return 0;
}

static int
refuse(struct ocr_err *err, uint64_t v, uint32_t parent)
{
	return ocr_err_set(err, -OCR_EFORMAT,
	    "vertex %llu cannot be reached from %u", (unsigned long long)v,
	    parent);
}

static bool
can_be_parent(const struct search *s, uint32_t v)
{
	return v < s->g->n && ocr_bit(s->frontier, v);
}

static int
merge_push(void *arg, uint64_t start, uint64_t end, const uint32_t *slots,
    struct ocr_err *err)
{
	struct search *s = arg;
	uint64_t v;

	(void)start;
	(void)end;
	for (v = 0; v < s->g->n; v++) {
		/* Those of earlier levels are still there. */
		if (slots[v] == K_GRAPH_NONE || ocr_bit(s->visited, v))
			continue;
		if (!can_be_parent(s, slots[v]))
			return refuse(err, v, slots[v]);
		reach(s, (uint32_t)v, slots[v]);
	}
	return 0;
}

/* The owner of a block has pulled: these of its vertices have a parent. */
static void
found(struct search *s, uint64_t block, uint64_t word)
{
	__atomic_fetch_or(&s->next[block], word, __ATOMIC_RELAXED);
	__atomic_fetch_or(&s->visited[block], word, __ATOMIC_RELAXED);
}

static uint32_t
find_parent(const struct search *s, uint64_t v)
{
	const struct ocr_rows *r = &s->g->in;
	uint64_t e;

	for (e = r->offsets[v]; e < r->offsets[v + 1]; e++)
		if (ocr_bit(s->frontier, r->ends[e]))
			return r->ends[e];
	return OCR_NO_VERTEX;
}

static int
pull_blocks(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct search *s = arg;
	uint64_t i, word, bits, v;
	uint32_t parent;

	(void)thread;
	(void)err;
	for (i = start; i < end; i++) {
		bits = 0;
		for (word = s->wanted[i]; word != 0; word &= word - 1) {
			v = i * OCR_GRAPH_BLOCK +
			    (unsigned)__builtin_ctzll(word);
			parent = find_parent(s, v);
			if (parent == OCR_NO_VERTEX)
				continue;
			if (s->parents != NULL)
				s->parents[v] = parent;
			bits |= word & -word;
		}
		found(s, i, bits);
	}
	return 0;
}

static int
merge_pull(void *arg, uint64_t start, uint64_t end, const uint32_t *slots,
    struct ocr_err *err)
{
	struct search *s = arg;
	uint64_t i, word, bits, v;

	for (i = start; i < end; i++) {
		bits = 0;
		for (word = s->wanted[i]; word != 0; word &= word - 1) {
			v = i * OCR_GRAPH_BLOCK +
			    (unsigned)__builtin_ctzll(word);
			if (slots[v] == K_GRAPH_NONE)
				continue;
			if (!can_be_parent(s, slots[v]))
				return refuse(err, v, slots[v]);
			if (s->parents != NULL)
				s->parents[v] = slots[v];
			bits |= word & -word;
		}
		found(s, i, bits);
	}
	return 0;
}

/* After a level: what is next is counted and has a level, and is the frontier;
 * who wants a parent. */
static int
conclude_blocks(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct search *s = arg;
	uint64_t i, word, v, n_next = 0, n_arcs = 0;

	(void)thread;
	(void)err;
	for (i = start; i < end; i++) {
		n_next += (unsigned)__builtin_popcountll(s->next[i]);
		for (word = s->next[i]; word != 0; word &= word - 1) {
			v = i * OCR_GRAPH_BLOCK +
			    (unsigned)__builtin_ctzll(word);
			n_arcs += ocr_graph_degree(&s->g->out, v);
			if (s->levels != NULL)
				s->levels[v] = s->level;
		}
		s->frontier[i] = s->next[i];
		s->next[i] = 0;
		s->wanted[i] = ~s->visited[i];
		if (i == s->g->n / OCR_GRAPH_BLOCK)
			s->wanted[i] &=
			    ((uint64_t)1 << s->g->n % OCR_GRAPH_BLOCK) - 1;
	}
	__atomic_fetch_add(&s->n_next, n_next, __ATOMIC_RELAXED);
	__atomic_fetch_add(&s->n_arcs, n_arcs, __ATOMIC_RELAXED);
	return 0;
}

static int
conclude(struct search *s, struct ocr_crew *crew, struct ocr_err *err)
{
	s->n_next = s->n_arcs = 0;
	return ocr_crew_each(crew, ocr_graph_n_blocks(s->g), PASS,
	    conclude_blocks, s, err);
}

static int
sweep(struct search *s, struct ocr_cards *c, bool is_push, struct ocr_err *err)
{
	s->level++;
	if (is_push)
		return ocr_cards_sweep(c, true, s->frontier, NULL, push_blocks,
		    merge_push, s, err);
	return ocr_cards_sweep(c, false, s->wanted,
	    (const uint32_t *)(const void *)s->frontier, pull_blocks,
	    merge_pull, s, err);
}

static bool
is_to_push(const struct search *s, const struct ocr_bfs_opt *opt,
    const struct ocr_bfs_result *r, bool was_push)
{
	uint64_t rest = s->g->n_arcs - r->n_arcs;

	if (s->g->in.offsets == NULL)
		return true;
	if (opt->direction != OCR_BFS_AUTO)
		return opt->direction == OCR_BFS_PUSH;
	return was_push ? s->n_arcs <= rest / ALPHA
			: s->n_next < s->g->n / BETA;
}

static bool
is_over(const struct search *s, const struct ocr_bfs_opt *opt)
{
	return s->n_next == 0 ||
	       (opt->max_depth > 0 && s->level == opt->max_depth) ||
	       (opt->to < s->g->n && ocr_bit(s->visited, opt->to));
}

static int
levels(struct search *s, struct ocr_cards *c, const struct ocr_bfs_opt *opt,
    struct ocr_bfs_result *result, struct ocr_err *err)
{
	bool is_push = true;
	uint64_t start_ns, frontier;
	int r = conclude(s, c->crew, err);

	while (r == 0) {
		result->n_reached += s->n_next;
		result->n_arcs += s->n_arcs;
		if (s->n_next > 0)
			result->depth = s->level;
		if (is_over(s, opt))
			break;
		is_push = is_to_push(s, opt, result, is_push);
		start_ns = ocr_now_ns();
		frontier = s->n_next;
		r = sweep(s, c, is_push, err);
		if (r == 0)
			r = conclude(s, c->crew, err);
		if (r == 0 && opt->level != NULL)
			opt->level(opt->arg, s->level,
			    is_push ? OCR_BFS_PUSH : OCR_BFS_PULL, frontier,
			    s->n_next, (double)(ocr_now_ns() - start_ns));
	}
	return r;
}

static void
begin(struct search *s, uint32_t source)
{
	size_t n = (size_t)s->g->n * sizeof(uint32_t);

	if (s->parents != NULL) {
		memset(s->parents, 0xff, n);
		s->parents[source] = source;
	}
	if (s->levels != NULL)
		memset(s->levels, 0xff, n);
	(void)ocr_bit_set(s->visited, source);
	(void)ocr_bit_set(s->next, source);
}

int
ocr_cards_bfs(struct ocr_cards *c, uint32_t source,
    const struct ocr_bfs_opt *opt, uint32_t *parents, uint32_t *level,
    struct ocr_bfs_result *result, struct ocr_err *err)
{
	struct ocr_bfs_opt whole = {.to = OCR_NO_VERTEX};
	struct search s = {.g = c->g, .parents = parents, .levels = level};
	size_t bytes = bitmap_bytes(c->g);
	int r = -OCR_ENOMEM;

	memset(result, 0, sizeof(*result));
	s.visited = ocr_huge_alloc(bytes, "search", err);
	s.frontier = ocr_cards_alloc(c, OCR_CARDS_VALUES, bytes, "search", err);
	s.next = ocr_huge_alloc(bytes, "search", err);
	s.wanted = ocr_cards_alloc(c, OCR_CARDS_ACTIVE, bytes, "search", err);
	if (s.visited != NULL && s.frontier != NULL && s.next != NULL &&
	    s.wanted != NULL) {
		begin(&s, source);
		ocr_card_graph_begin(c->card);
		r = levels(&s, c, opt != NULL ? opt : &whole, result, err);
	}
	ocr_huge_free(s.visited, bytes);
	ocr_cards_free(c, s.frontier, bytes);
	ocr_huge_free(s.next, bytes);
	ocr_cards_free(c, s.wanted, bytes);
	return r;
}
