/*
 * tap.h - the few Test Anything Protocol calls that the unit tests need
 *
 * plan(n) first, or done() prints the plan it counted.  End with
 * "return done();": 0 when everything passed and the plan was kept.
 * Every check returns whether it held, so a test can stop early.
 * Long loops ask is_round(), for where each round is slow.
 * Threads: none, call from the main thread only.
 */
#ifndef TESTS_UNIT_TAP_H
#define TESTS_UNIT_TAP_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tap_count {
	long plan; /* 0 = none was announced */
	long run;
	long failed;
};

/* One test program is one source file, so this is one counter. */
static inline struct tap_count *
tap_count(void)
{
	static struct tap_count count;

	return &count;
}

static inline void
plan(long n)
{
	tap_count()->plan = n;
	printf("1..%ld\n", n);
}

/* Text after the name, on its own "# " line. */
__attribute__((format(printf, 1, 2))) static inline void
diag(const char *fmt, ...)
{
	va_list ap;

	fputs("# ", stdout);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

__attribute__((format(printf, 2, 3))) static inline int
ok(int held, const char *fmt, ...)
{
	va_list ap;

	tap_count()->failed += !held;
	printf("%sok %ld - ", held ? "" : "not ", ++tap_count()->run);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	return held;
}

/* Is round i of many that are alike to be run?  All are, and with
 * OCR_TEST_ROUNDS=few, as under TSan and in emulators, each fourth. */
static inline int
is_round(unsigned i)
{
	const char *rounds = getenv("OCR_TEST_ROUNDS");

	return rounds == NULL || strcmp(rounds, "few") != 0 || i % 4 == 0;
}

static inline int
is_int(int64_t got, int64_t want, const char *name)
{
	if (!ok(got == want, "%s", name))
		diag("got %" PRId64 ", want %" PRId64, got, want);
	return got == want;
}

/* Compares len bytes; both sides must have them. */
static inline int
is_mem(const void *got, const void *want, size_t len, const char *name)
{
	const unsigned char *g = got, *w = want;
	size_t i = 0;

	while (i < len && g[i] == w[i])
		i++;
	if (!ok(i == len, "%s", name))
		diag("byte %zu of %zu: got %02x, want %02x", i, len, g[i],
		    w[i]);
	return i == len;
}

/* Counts n checks that this machine cannot run. */
static inline void
skip(long n, const char *why)
{
	while (n-- > 0)
		printf("ok %ld # SKIP %s\n", ++tap_count()->run, why);
}

/* Exit status of the program. */
static inline int
done(void)
{
	const struct tap_count *c = tap_count();

	if (c->plan == 0)
		printf("1..%ld\n", c->run);
	else if (c->plan != c->run)
		diag("planned %ld checks, ran %ld", c->plan, c->run);
	return c->failed != 0 || (c->plan != 0 && c->plan != c->run);
}

#endif
