/*
 * card_plain.c - see card_plain.h
 */
#include "config.h"

#include "src/card_plain.h"

#include <string.h>

#include "common/crc.h"
#include "common/job.h"

#define ROOM_BYTES ((size_t)64 << 10) /* for small inputs */
/* Lengths have 32 bits, and all ones says that the kernel has failed. */
#define MAX_BYTES ((size_t)UINT32_MAX - 1)

enum { BUFFER_IN, BUFFER_OUT, BUFFER_LEN, N_BUFFERS };

static const struct ocr_card_buffer buffers[N_BUFFERS] = {
    [BUFFER_IN] = {.kind = OCR_CARD_IN, .in_times = 1},
    [BUFFER_OUT] = {.kind = OCR_CARD_OUT, .out_times = 1},
    [BUFFER_LEN] = {.kind = OCR_CARD_RESULT, .fixed = sizeof(uint32_t)},
};

static const struct ocr_card_arg plain_args[OCR_CARD_PLAIN_ARGS] = {
    {OCR_CARD_BUFFER, BUFFER_IN},
    {OCR_CARD_IN_LEN, 0},
    {OCR_CARD_BUFFER, BUFFER_OUT},
    {OCR_CARD_OUT_CAP, 0},
    {OCR_CARD_BUFFER, BUFFER_LEN},
};

static size_t
plain_out_bytes(const struct ocr_card_driver *d, size_t in_len)
{
	const struct ocr_card_plain *p = d->arg;
	uint64_t n;

	if (__builtin_mul_overflow((uint64_t)in_len, p->expand, &n) ||
	    __builtin_add_overflow(n, ROOM_BYTES, &n) || n > p->limit_bytes)
		return p->limit_bytes;
	return (size_t)n;
}

static int
plain_finish(const struct ocr_card_driver *d, const struct ocr_kernel *k,
    struct ocr_job *job, void *const *maps, size_t used, struct ocr_err *err)
{
	struct ocr_chunk *out = job->out;
	int r = ocr_chunk_grow(out, used, err);

	(void)d;
	(void)k;
	if (r < 0)
		return r;
	memcpy(out->data, maps[BUFFER_OUT], used);
	out->len = used;
	out->type = OCR_RAW;
	out->raw_len = used;
	out->raw_crc = ocr_crc32(0, out->data, used);
	out->has_raw = true;
	return 0;
}

void
ocr_card_plain_init(struct ocr_card_plain *p, const char *kernel,
    unsigned expand, size_t limit_bytes)
{
	*p = (struct ocr_card_plain){
	    .expand = expand,
	    .limit_bytes = limit_bytes < MAX_BYTES ? limit_bytes : MAX_BYTES,
	};
	memcpy(p->args, plain_args, sizeof(plain_args));
	p->step = (struct ocr_card_step){.kernel = kernel,
	    .args = p->args,
	    .n_args = OCR_CARD_PLAIN_ARGS};
	p->driver = (struct ocr_card_driver){
	    .name = kernel,
	    .steps = &p->step,
	    .n_steps = 1,
	    .buffers = buffers,
	    .n_buffers = N_BUFFERS,
	    .max_in_bytes = MAX_BYTES,
	    .arg = p,
	    .out_bytes = plain_out_bytes,
	    .finish = plain_finish,
	};
	p->drivers[0] = &p->driver;
}

int
ocr_card_plain_add(struct ocr_card_plain *p, enum ocr_card_arg_kind kind,
    uint64_t value, struct ocr_err *err)
{
	size_t n = p->step.n_args;

	if (n == sizeof(p->args) / sizeof(p->args[0]))
		return ocr_err_set(err, -OCR_EUSAGE,
		    "more than %d arguments for %s",
		    OCR_CARD_PLAIN_ARGS + OCR_CARD_PLAIN_MORE, p->driver.name);
	p->args[n] = (struct ocr_card_arg){kind, value};
	p->step.n_args = n + 1;
	return 0;
}
