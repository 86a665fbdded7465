/*
 * devices_copy.c - copying as a kernel, to test transport with; for devices*.c
 */
#include "config.h"

#include "kernels/k_copy.h"
#include "src/devices_trial.h"

static size_t
copy_out_bytes(const struct ocr_kernel *k, const struct ocr_chunk *in,
    size_t in_len)
{
	(void)k;
	(void)in;
	return in_len;
}

static int
copy_open(const struct ocr_kernel *k, void **state, struct ocr_err *err)
{
	(void)k;
	(void)err;
	*state = NULL;
	return 0;
}

static int
copy_run(void *state, struct ocr_job *job)
{
	uint32_t len = 0;

	(void)state;
	k_copy(job->in->data, (uint32_t)job->in->len, job->out->data,
	    (uint32_t)job->out->cap, &len);
	job->out->len = len;
	return 0;
}

static int
copy_verify(void *state, const struct ocr_job *job, struct ocr_err *err)
{
	const struct ocr_chunk *in = job->in, *out = job->out;
	size_t i = 0;

	(void)state;
	if (out->len != in->len)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%zu bytes of %zu were copied", out->len, in->len);
	while (i < in->len && in->data[i] == out->data[i])
		i++;
	if (i == in->len)
		return 0;
	return ocr_err_set(err, -OCR_EFORMAT, "byte %zu of %zu differs", i,
	    in->len);
}

static void
copy_close(void *state)
{
	(void)state;
}

void
ocr_devices_init_copy(struct ocr_kernel *k)
{
	*k = (struct ocr_kernel){.name = "k_copy",
	    .out_bytes = copy_out_bytes,
	    .open = copy_open,
	    .run = copy_run,
	    .verify = copy_verify,
	    .close = copy_close};
}
