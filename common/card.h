/*
 * card.h - how kernels of an xclbin do the work of a struct ocr_kernel
 *
 * src/ describes with a table, a driver, which kernels it takes, what their
 * arguments are and which buffers they use; worker_xrt.c knows XRT and runs
 * any such table.  A kernel that somebody else built is a new table, and two
 * small functions, in src/.
 *
 * One job on a card: fill() puts the input into mapped buffers; IN and RESULT
 * buffers go to the card; the steps run, one after the other, or a step
 * together with the next one; RESULT buffers come back; used() says from them
 * how much of the OUT buffers is worth fetching; finish() makes job->out of
 * them.  Two jobs are under way on each unit, so that copies and computing
 * overlap.
 *
 * A kernel that works through a range of items has words for it, in registers
 * or in a mailbox, which the host looks at and writes while it runs.  It begins
 * at the start word, says there which item comes next, and looks at the end
 * word before each item: the host lowers it when another worker is to do the
 * rest (a cut).  One job at a time is under way then.  An item that has begun
 * when its end is lowered must not be done by two, if items may not: either the
 * kernel's look at the end and its claim of the item are one step
 * (is_claim_atomic), or it answers, with a third word:
 *
 *	i = *start; seen = agreed = *end; *ack = agreed;
 *	for (;;) {
 *		e = *end;
 *		if (e != seen) {
 *			seen = e;
 *			agreed = e > i ? e : i;
 *			*ack = agreed;
 *		}
 *		if (i >= agreed)
 *			break;
 *		do item i;
 *		*start = ++i;
 *	}
 *
 * A kernel that does neither is for idempotent sweeps alone: after a cut an
 * item or two may be done again.  A C or HLS kernel claims nothing atomically.
 */
#ifndef OCR_CARD_H
#define OCR_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

struct ocr_job;
struct ocr_kernel;

enum ocr_card_arg_kind {
	OCR_CARD_BUFFER = 0, /* value: index into buffers */
	OCR_CARD_VALUE,      /* value itself, 32 bits */
	OCR_CARD_VALUE64,    /* value itself, 64 bits */
	OCR_CARD_REAL,       /* value: bits of a double; a float or a double in
			      * the kernel, as the xclbin says */
	OCR_CARD_IN_LEN,     /* bytes of input, as fill() says; 32 bits */
	OCR_CARD_OUT_CAP,    /* bytes of the first OUT buffer; 32 bits */
	OCR_CARD_START,      /* register: next item of a range, 32 bits */
	OCR_CARD_END,        /* register: where the range ends */
	OCR_CARD_ACK,        /* register that the kernel writes: where it has
			      * agreed to end */
	OCR_CARD_IN_ITEMS,   /* bytes of input by value, the bytes of an item;
			      * 32 bits */
};

struct ocr_card_arg {
	enum ocr_card_arg_kind kind;
	uint64_t value;
};

enum ocr_card_buffer_kind {
	OCR_CARD_IN = 0,  /* to the card before the run: in_len bytes */
	OCR_CARD_OUT,     /* from it after the run: used() bytes */
	OCR_CARD_RESULT,  /* small: to it before, from it before used() */
	OCR_CARD_SCRATCH, /* never leaves the card */
	OCR_CARD_KEPT,    /* stays on the card from job to job: see kept() */
	OCR_CARD_SHARED,  /* as KEPT, but kernels only read it: the units of a
			   * card have one of it where it is in the same memory */
	OCR_CARD_MAILBOX, /* two 32-bit words, start and end of the range, and
			   * a third one, the answer, if it has 12 bytes; in
			   * host memory if the card has it: instead of
			   * registers */
};

/* Bytes: fixed + in_times * input + out_times * driver->out_bytes(input).
 * RESULT and MAILBOX: fixed alone; KEPT: kept(); SHARED: room(). */
struct ocr_card_buffer {
	enum ocr_card_buffer_kind kind;
	size_t fixed;
	unsigned in_times, out_times;
	bool is_fixed; /* SHARED, and the same while units are open: there when
			* the first job comes */
};

/* What a KEPT or SHARED buffer is to hold. */
struct ocr_card_kept {
	const void *data; /* NULL: bytes of 0xff; SHARED: anything */
	size_t bytes;
	uint64_t version; /* it is copied again when this changes; KEPT, 0: any
			   * bytes will do */
};

struct ocr_card_step {
	const char *kernel; /* name in the xclbin */
	/* Each build names the kernel as it likes, but not its units: `kernel`
	 * is how these begin, and a number is behind it. */
	bool is_unit_name;
	const struct ocr_card_arg *args;
	size_t n_args;
	bool is_with_next; /* both are started before either is waited for */
};

struct ocr_card_driver {
	const char *name; /* for people: "k_deflate", "Vitis 2021 gzip" */
	const struct ocr_card_step *steps;
	size_t n_steps; /* a worker is one unit of each step's kernel */
	const struct ocr_card_buffer *buffers; /* 12 at most */
	size_t n_buffers;
	size_t max_in_bytes;  /* larger inputs are not for this driver */
	uint64_t max_items;   /* of a range: a longer one is done so far, and
			       * job->range ends there; 0: any number */
	bool is_claim_atomic; /* no item is begun after its end was lowered */
	const void *arg;      /* for the functions below */
	/* Room for the output of in_len bytes. */
	size_t (*out_bytes)(const struct ocr_card_driver *d, size_t in_len);
	/*
	 * Bytes that fill() will put into the IN buffer, to make room for
	 * them.  NULL: job->in->len.  0 if the job is not for a card: then the
	 * worker does it on the CPU.  Of a range it has to be what the items
	 * need, max_items of them at most.
	 */
	size_t (*in_bytes)(const struct ocr_card_driver *d,
	    const struct ocr_job *job);
	/*
	 * Write the input and the RESULT buffers, maps[i] being buffer i (NULL
	 * for SCRATCH).  NULL: job->in's payload into the first IN buffer,
	 * zeros into RESULT.  Returns the bytes in the first IN buffer.
	 */
	size_t (*fill)(const struct ocr_card_driver *d,
	    const struct ocr_kernel *k, const struct ocr_job *job,
	    void *const *maps);
	/* For drivers of ranges.  Which step does the job: the others do
	 * nothing then.  All have the words of the range in the same
	 * places.  NULL: all steps. */
	size_t (
	    *pick)(const struct ocr_card_driver *d, const struct ocr_job *job);
	/* For KEPT and SHARED buffers: what is to be in buffer b when the job
	 * starts (of those that are fixed, when the unit opens) ... */
	void (*kept)(const struct ocr_card_driver *d, size_t b,
	    struct ocr_card_kept *out);
	/* ... and which bytes of a KEPT one come back after it (0: none);
	 * job->range is what was done. */
	size_t (*fetched)(const struct ocr_card_driver *d,
	    const struct ocr_job *job, size_t b, size_t *offset);
	/* For results that come back after a sweep, not after each job: bytes
	 * of KEPT buffer b, from its start ... */
	size_t (*collected)(const struct ocr_card_driver *d, size_t b);
	/* ... and what to make of them.  -OCR_EFORMAT: they cannot be right. */
	int (*collect)(const struct ocr_card_driver *d, void *const *maps,
	    struct ocr_err *err);
	/* Bytes that SHARED buffer b will ever need. */
	size_t (*room)(const struct ocr_card_driver *d, size_t b);
	/* Bytes of the OUT buffers that are needed; SIZE_MAX: the result is
	 * nonsense. Anything a card says is untrusted. NULL: the first 32 bits of the
	 * first RESULT buffer. out_cap: bytes there are. */
	size_t (*used)(const struct ocr_card_driver *d,
	    const struct ocr_job *job, void *const *maps, size_t out_cap);
	/*
	 * Make job->out (data, len, type, raw_len, raw_crc, has_raw; at most
	 * job->out->cap bytes) of the mapped buffers, of which used bytes are
	 * valid.  -OCR_EFORMAT with the reason if the result cannot be right.
	 * Here and in used() job->range is what was done, for kernels that
	 * have a range; job->out may be NULL then.
	 */
	int (*finish)(const struct ocr_card_driver *d,
	    const struct ocr_kernel *k, struct ocr_job *job, void *const *maps,
	    size_t used, struct ocr_err *err);
};

#define OCR_CARD_MAX_BUFFERS 12
#define OCR_CARD_MAX_STEPS 3

#endif
