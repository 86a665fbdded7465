/*
 * test_card_plain.c - the driver of the plain shape: room, results, arguments
 */
#include "config.h"

#include <stdlib.h>

#include "common/job.h"
#include "src/card_plain.h"
#include "tests/unit/child.h"
#include "tests/unit/tap.h"

static int
room_grow(struct ocr_room *room, struct ocr_chunk *c, size_t cap,
    struct ocr_err *err)
{
	(void)room;
	if (cap > 4096)
		return ocr_err_set(err, -OCR_ELIMIT, "too much");
	c->data = realloc(c->data, cap);
	c->cap = cap;
	return 0;
}

static void
test_room(void)
{
	struct ocr_card_plain p;
	const struct ocr_card_driver *d = &p.driver;

	ocr_card_plain_init(&p, "k", 2, (size_t)1 << 20);
	is_int((int64_t)d->out_bytes(d, 0), 65536, "nothing");
	is_int((int64_t)d->out_bytes(d, 100), 65736, "twice and 64 KiB");
	is_int((int64_t)d->out_bytes(d, 1000000), 1 << 20, "the limit");
	is_int((int64_t)d->out_bytes(d, SIZE_MAX), 1 << 20, "overflow");
	ocr_card_plain_init(&p, "k", UINT32_MAX, SIZE_MAX);
	is_int((int64_t)d->out_bytes(d, SIZE_MAX), UINT32_MAX - 1, "32 bits");
	is_int((int64_t)d->max_in_bytes, UINT32_MAX - 1, "in also");
	ok(p.drivers[0] == d && p.drivers[1] == NULL, "a list of one");
	is_str(d->steps[0].kernel, "k", "the kernel");
	is_int((int64_t)d->steps[0].n_args, 5, "arguments");
}

static void
test_finish(void)
{
	struct ocr_room room = {.grow = room_grow};
	struct ocr_chunk in = {.len = 3}, out = {.room = &room};
	struct ocr_job job = {.in = &in, .out = &out};
	unsigned char result[8192] = "result";
	void *maps[3] = {NULL, result, NULL};
	struct ocr_card_plain p;
	struct ocr_err err = {0};

	ocr_card_plain_init(&p, "k", 1, 1000000);
	out.data = malloc(2);
	out.cap = 2;
	is_int(p.driver.finish(&p.driver, NULL, &job, maps, 6, &err), 0,
	    "more than was expected");
	is_int((int64_t)out.len, 6, "length");
	is_mem(out.data, "result", 6, "bytes");
	ok(out.has_raw && out.raw_len == 6 && out.type == OCR_RAW &&
		out.raw_crc == 0x136ac113,
	    "CRC %08x", out.raw_crc);
	is_int(p.driver.finish(&p.driver, NULL, &job, maps, 0, &err), 0,
	    "nothing");
	is_int((int64_t)out.len, 0, "length");
	is_int(p.driver.finish(&p.driver, NULL, &job, maps, 5000, &err),
	    -OCR_ELIMIT, "over the limit");
	free(out.data);
}

static void
test_args(void)
{
	struct ocr_card_plain p;
	struct ocr_err err = {0};
	int n = 0;

	ocr_card_plain_init(&p, "k", 1, 1000);
	while (ocr_card_plain_add(&p, OCR_CARD_VALUE64, (uint64_t)n, &err) == 0)
		n++;
	is_int(n, OCR_CARD_PLAIN_MORE, "so many");
	is_str(err.text, "more than 37 arguments for k", "text");
	is_int((int64_t)p.driver.steps[0].n_args, 37, "arguments");
	ok(p.args[36].kind == OCR_CARD_VALUE64 && p.args[36].value == 31,
	    "the last one");
}

int
main(void)
{
	test_room();
	test_finish();
	test_args();
	return done();
}
