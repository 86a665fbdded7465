/*
 * test_coder.c - a coder's pieces are the same wherever its memory lies
 */
#include "config.h"

#include "src/coder.h"

#include <pthread.h>
#include <stdlib.h>

#include "common/random.h"
#include "tests/unit/tap.h"

#define INPUTS 20000
#define IN_MAX 160

struct side {
	int level;
	uint8_t *out; /* INPUTS pieces, OUT_ROOM each */
	size_t *len;
};

/* Text whose first bytes come again, so that coders find them. */
static size_t
make(uint64_t seed, uint8_t *in)
{
	size_t len = 64 + ocr_random_below(&seed, IN_MAX - 64), i;

	for (i = 0; i < len; i++)
		in[i] = (uint8_t)('a' + ocr_random_below(&seed, 26));
	for (i = 20; i + 8 <= len; i += 16)
		memcpy(in + i, in + ocr_random_below(&seed, 4), 6);
	return len;
}

/* Threads differ in where their stacks and heaps are. */
static void *
encode_all(void *arg)
{
	struct side *s = arg;
	struct ocr_coder *c = ocr_coder_new(s->level);
	uint8_t in[IN_MAX];
	size_t i;

	if (c == NULL)
		abort();
	for (i = 0; i < INPUTS; i++)
		s->len[i] = ocr_coder_encode(c, in, make(i + 1, in),
		    s->out + i * ocr_coder_bound(IN_MAX), OCR_PIECE_FINAL);
	ocr_coder_free(c);
	return NULL;
}

static size_t
count_different(const struct side *a, const struct side *b)
{
	size_t room = ocr_coder_bound(IN_MAX), n = 0, i;

	for (i = 0; i < INPUTS; i++)
		n += a->len[i] != b->len[i] ||
		     memcmp(a->out + i * room, b->out + i * room, a->len[i]) !=
			 0;
	return n;
}

static void
test_same_pieces(int level)
{
	struct side s[2];
	pthread_t t[2];
	size_t i;

	for (i = 0; i < 2; i++) {
		s[i].level = level;
		s[i].out = calloc(INPUTS, ocr_coder_bound(IN_MAX));
		s[i].len = calloc(INPUTS, sizeof(*s[i].len));
		if (s[i].out == NULL || s[i].len == NULL ||
		    pthread_create(&t[i], NULL, encode_all, &s[i]) != 0)
			abort();
	}
	for (i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	if (!ok(count_different(&s[0], &s[1]) == 0, "level %d", level))
		diag("%zu of %d pieces", count_different(&s[0], &s[1]), INPUTS);
	for (i = 0; i < 2; i++) {
		free(s[i].out);
		free(s[i].len);
	}
}

int
main(void)
{
	test_same_pieces(1);
	test_same_pieces(6);
	return done();
}
