/*
 * gen.c - deterministic test input: gen KIND SIZE [SEED]
 *
 * The same arguments give the same bytes on every machine, so tests need no
 * large files in git.  SIZE is in bytes; K, M and G multiply by 1024.
 *   zeros   one byte value          random  nothing to compress
 *   base64  64 symbols in lines     digits  10 symbols in columns
 *   text    words by Zipf's law     mixed   stretches of all of these
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_WORDS 4096
#define WORD_MAX 12

struct gen {
	uint64_t state;
	uint64_t left; /* bytes still to write */
	char words[N_WORDS][WORD_MAX + 1];
};

/* splitmix64, Steele, Lea, Flood, "Fast splittable pseudorandom number
 * generators", OOPSLA'14: any seed is as good as another. */
static uint64_t
next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static void
emit(struct gen *g, const void *buf, size_t len)
{
	if (len > g->left)
		len = (size_t)g->left;
	if (fwrite(buf, 1, len, stdout) != len) {
		perror("gen: cannot write");
		exit(1);
	}
	g->left -= len;
}

static void
zeros(struct gen *g)
{
	static const char block[4096];

	emit(g, block, sizeof(block));
}

static void
noise(struct gen *g)
{
	unsigned char block[4096];

	for (size_t i = 0; i < sizeof(block); i += 8) {
		uint64_t r = next(&g->state);

		/* byte by byte: the same on either byte order */
		for (size_t k = 0; k < 8; k++)
			block[i + k] = (unsigned char)(r >> (8 * k));
	}
	emit(g, block, sizeof(block));
}

/* One line of n symbols, each of 'bits' bits of a fresh random number. */
static void
line(struct gen *g, const char *symbols, unsigned bits, size_t n)
{
	char buf[80];

	for (size_t i = 0; i < n; i++) {
		uint64_t r = next(&g->state);

		buf[i] = symbols[r >> (64 - bits)];
	}
	buf[n] = '\n';
	emit(g, buf, n + 1);
}

static void
base64(struct gen *g)
{
	line(g,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
	    6, 76);
}

static void
digits(struct gen *g)
{
	char buf[64];
	uint64_t r = next(&g->state);
	int n = snprintf(buf, sizeof(buf), "%010u\t%03u.%02u\t%u\n",
	    (unsigned)(r >> 34), (unsigned)(r & 1023) % 360,
	    (unsigned)(r >> 10 & 1023) % 100, (unsigned)(r >> 20 & 4095));

	emit(g, buf, (size_t)n);
}

static void
make_words(struct gen *g)
{
	uint64_t state = 1; /* one language for all seeds */

	for (size_t i = 0; i < N_WORDS; i++) {
		/* frequent words are short, as in any language */
		size_t syllables = i < 16 ? 1 : i < 256 ? 2 : 3;
		char *w = g->words[i];

		for (size_t k = 0; k < syllables; k++) {
			uint64_t r = next(&state);

			*w++ = "bcdfghklmnprstvw"[r & 15];
			*w++ = "aeiouaeo"[r >> 4 & 7];
			if ((r >> 7 & 3) == 0)
				*w++ = "nrst"[r >> 9 & 3];
		}
		*w = '\0';
	}
}

/* One line.  A rank is as likely in [2^k, 2^(k+1)) for every k: Zipf's law. */
static void
text(struct gen *g)
{
	char buf[80];
	size_t len = 0;

	while (len < 64) {
		uint64_t r = next(&g->state);
		unsigned k = (unsigned)(r & 0xffff) % 12;
		size_t rank = ((size_t)1 << k) + (r >> 16 & ((1u << k) - 1));
		const char *w = g->words[rank];
		size_t n = strlen(w);

		memcpy(buf + len, w, n);
		len += n;
		if ((r >> 32 & 7) == 0)
			buf[len++] = (r >> 35 & 1) ? ',' : '.';
		buf[len++] = ' ';
	}
	buf[len - 1] = '\n';
	emit(g, buf, len);
}

static void
mixed(struct gen *g)
{
	static void (*const kinds[])(
	    struct gen *) = {zeros, noise, base64, digits, text, text, text};
	uint64_t r = next(&g->state);
	void (*kind)(struct gen *) = kinds[(r >> 32) % 7];
	/* long enough for a codec to settle, short enough to change inside
	 * one chunk; ends where it ends */
	uint64_t stretch = 4096 + (r & 0x1ffff);
	uint64_t stop = g->left > stretch ? g->left - stretch : 0;

	while (g->left > stop)
		kind(g);
}

static const struct {
	const char *name;
	void (*fill)(struct gen *);
} kind_table[] = {
    {"zeros", zeros},
    {"random", noise},
    {"base64", base64},
    {"digits", digits},
    {"text", text},
    {"mixed", mixed},
};

static uint64_t
number(const char *s)
{
	char *end;
	uint64_t n = strtoull(s, &end, 10);
	const char *units = "KMG";
	const char *u = *end ? strchr(units, *end) : NULL;

	if (u) {
		n <<= 10 * (u - units + 1);
		end++;
	}
	if (end == s || *end) {
		fprintf(stderr, "gen: not a number: '%s'\n", s);
		exit(2);
	}
	return n;
}

int
main(int argc, char **argv)
{
	static struct gen g;

	if (argc < 3 || argc > 4) {
		fputs("usage: gen KIND SIZE [SEED]\n", stderr);
		return 2;
	}
	g.left = number(argv[2]);
	g.state = argc > 3 ? number(argv[3]) : 1;
	make_words(&g);
	for (size_t i = 0; i < sizeof(kind_table) / sizeof(*kind_table); i++) {
		if (strcmp(kind_table[i].name, argv[1]) != 0)
			continue;
		while (g.left > 0)
			kind_table[i].fill(&g);
		if (fclose(stdout) != 0) {
			perror("gen: cannot write");
			return 1;
		}
		return 0;
	}
	fprintf(stderr, "gen: unknown kind '%s'\n", argv[1]);
	return 2;
}
