/*
 * standin_vitis_inflate.c - stand-ins for AMD's inflating kernels: see
 * standin_vitis.h
 *
 * Three kernels in a row, of which the host sees the first and the last; they
 * run in threads of the softcard's.  xilGzipMM2S leaves its input here and waits
 * until xilGzipS2MM, which inflates, has come to the end.
 */
#include "config.h"

#include "src/standin_vitis.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

#define N_UNITS_MAX 256
#define HEAD_BYTES 10
#define TRAILER_BYTES 8
#define WAIT_NS 20000

/* Which of its kernel's units the caller is: of the process that loads us. */
extern unsigned ocr_softcard_unit_index(void) __attribute__((weak));

enum state {
	EMPTY = 0, /* MM2S may leave something */
	LEFT,      /* it has; S2MM owns the channel */
	ENDED,     /* S2MM has come to the end of it; MM2S owns the channel */
};

/* Between a MM2S and its S2MM. */
struct channel {
	int state; /* atomic; says who owns the rest */
	const uint8_t *in;
	size_t len;
	z_stream z;
	bool is_running; /* z */
	bool is_over;    /* nothing more comes out of it */
};

static struct channel channels[N_UNITS_MAX];

static struct channel *
my_channel(void)
{
	unsigned i =
	    ocr_softcard_unit_index != NULL ? ocr_softcard_unit_index() : 0;

	return &channels[i % N_UNITS_MAX];
}

static void
set_state(struct channel *c, enum state state)
{
	__atomic_store_n(&c->state, (int)state, __ATOMIC_RELEASE);
}

static void
wait_state(struct channel *c, enum state state)
{
	const struct timespec t = {.tv_nsec = WAIT_NS};

	while (__atomic_load_n(&c->state, __ATOMIC_ACQUIRE) != (int)state)
		nanosleep(&t, NULL);
}

/* huffmanDecoder: 10 bytes, and a name if there is any flag. */
static void
skip_head(struct channel *c)
{
	bool has_name = c->len > 3 && c->in[3] != 0;
	size_t n = c->len < HEAD_BYTES ? c->len : HEAD_BYTES;

	if (c->len < 2 || c->in[0] != 0x1f || c->in[1] != 0x8b)
		n = c->len;
	c->in += n;
	c->len -= n;
	while (has_name && c->len > 0) {
		has_name = *c->in++ != 0;
		c->len--;
	}
}

/* Up to cap bytes more; fewer mean that the end, or an error, has come. */
static size_t
decompress(struct channel *c, uint8_t *out, size_t cap)
{
	int r;

	if (!c->is_running) {
		skip_head(c);
		c->z = (z_stream){0};
		c->is_running = inflateInit2(&c->z, -15) == Z_OK;
		c->is_over = !c->is_running;
		c->z.next_in = (uint8_t *)(uintptr_t)c->in;
		c->z.avail_in = (uInt)c->len;
	}
	c->z.next_out = out;
	c->z.avail_out = (uInt)cap;
	while (!c->is_over && c->z.avail_out > 0) {
		r = inflate(&c->z, Z_NO_FLUSH);
		c->is_over = r != Z_OK;
	}
	/* What the last byte ended with is only seen by asking for more. */
	if (!c->is_over) {
		uint8_t more;

		c->z.next_out = &more;
		c->z.avail_out = 0;
		c->is_over = inflate(&c->z, Z_NO_FLUSH) == Z_STREAM_END;
		return cap;
	}
	return cap - c->z.avail_out;
}

void
xilGzipMM2S(void *in, uint32_t inputSize, uint32_t last)
{
	struct channel *c = my_channel();

	(void)last; /* one buffer is all there is */
	wait_state(c, EMPTY);
	c->in = in;
	c->len = inputSize;
	set_state(c, LEFT);
	wait_state(c, ENDED);
	set_state(c, EMPTY);
}

/* streamDataK2dmSync: what it says of the length, for the end and before it. */
void
xilGzipS2MM(void *out, uint32_t *encoded_size, uint32_t *status_flag,
    uint32_t read_block_size)
{
	struct channel *c = my_channel();
	size_t n;

	if (status_flag[0] != 0) {
		encoded_size[0] = 0;
		return;
	}
	wait_state(c, LEFT);
	n = decompress(c, out, read_block_size);
	if (!c->is_over) {
		encoded_size[0] = read_block_size;
		return;
	}
	if (c->is_running)
		inflateEnd(&c->z);
	c->is_running = c->is_over = false;
	encoded_size[0] =
	    (uint32_t)(n == 0                 ? 1
		       : n == read_block_size ? read_block_size + 1
					      : n);
	status_flag[0] = 1;
	set_state(c, ENDED);
}
