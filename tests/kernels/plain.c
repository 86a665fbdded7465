/*
 * plain.c - functions of the plain shape, good and bad, for run.bats
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
upper(const void *in, uint32_t in_len, void *out, uint32_t out_cap,
    uint32_t *out_len)
{
	const unsigned char *p = in;
	unsigned char *q = out;
	uint32_t i;

	*out_len = UINT32_MAX;
	if (out_cap < in_len)
		return;
	for (i = 0; i < in_len; i++)
		q[i] = (unsigned char)toupper(p[i]);
	*out_len = in_len;
}

/* A thousand times the input: no first guess is enough. */
void
thousand(const void *in, uint32_t in_len, void *out, uint32_t out_cap,
    uint32_t *out_len)
{
	uint64_t n = UINT64_C(1000) * in_len, at;

	*out_len = UINT32_MAX;
	if (n > out_cap)
		return;
	for (at = 0; at < n; at += in_len)
		memcpy((char *)out + at, in, in_len);
	*out_len = (uint32_t)n;
}

void
nothing(const void *in, uint32_t in_len, void *out, uint32_t out_cap,
    uint32_t *out_len)
{
	(void)in;
	(void)in_len;
	(void)out;
	(void)out_cap;
	*out_len = 0;
}

void
never_fits(const void *in, uint32_t in_len, void *out, uint32_t out_cap,
    uint32_t *out_len)
{
	nothing(in, in_len, out, out_cap, out_len);
	*out_len = UINT32_MAX;
}

void
too_long(const void *in, uint32_t in_len, void *out, uint32_t out_cap,
    uint32_t *out_len)
{
	nothing(in, in_len, out, out_cap, out_len);
	*out_len = out_cap + 1;
}

void
forgets(const void *in, uint32_t in_len, void *out, uint32_t out_cap,
    uint32_t *out_len)
{
	uint32_t lost;

	(void)out_len;
	nothing(in, in_len, out, out_cap, &lost);
}

/* With further arguments. */
void
tell(const void *in, uint32_t in_len, void *out, uint32_t out_cap,
    uint32_t *out_len, uint64_t a, double b, uint64_t c)
{
	(void)in;
	*out_len = (uint32_t)snprintf(out, out_cap,
	    "%" PRIu32 " %" PRIu64 " %g %" PRId64 "\n", in_len, a, b,
	    (int64_t)c);
}

void
crash(const void *in, uint32_t in_len, void *out, uint32_t out_cap,
    uint32_t *out_len)
{
	nothing(in, in_len, out, out_cap, out_len);
	abort();
}
