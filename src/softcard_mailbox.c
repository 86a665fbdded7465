/*
 * softcard_mailbox.c - arguments of a unit that starts itself again
 */
#include "config.h"

#include "src/softcard_mailbox.h"

#include <stdlib.h>
#include <time.h>

#define COUNTER 0x10
#define INPUT 0x14
#define OUTPUT 0x18
#define RELEASED 0x1u
#define BUSY 0x2u

#define NAP_NS 20000
#define MAX_NAPS 500

int
ocr_softcard_mailbox_init(struct ocr_softcard_mailbox *b,
    const struct ocr_xkernel *kernel, uint32_t *registers, struct ocr_err *err)
{
	*b = (struct ocr_softcard_mailbox){.kernel = kernel,
	    .registers = registers,
	    .own = calloc(1, OCR_XKERNEL_RANGE)};
	return b->own == NULL ? ocr_err_nomem(err) : 0;
}

void
ocr_softcard_mailbox_release(struct ocr_softcard_mailbox *b)
{
	free(b->own);
	*b = (struct ocr_softcard_mailbox){0};
}

/* Copy the words of the arguments that are registers, or of the others. */
static void
copy_args(struct ocr_softcard_mailbox *b, uint32_t *to, uint32_t *from,
    bool are_registers)
{
	const struct ocr_xarg *a;
	size_t i, at, w;

	for (i = 0; i < b->kernel->n_args; i++) {
		a = &b->kernel->args[i];
		if (a->kind == OCR_XARG_STREAM ||
		    (a->kind == OCR_XARG_REGISTER) != are_registers)
			continue;
		at = a->offset / 4;
		for (w = 0; w < (a->bytes > 4 ? 2 : 1); w++)
			__atomic_store_n(&to[at + w],
			    __atomic_load_n(&from[at + w], __ATOMIC_RELAXED),
			    __ATOMIC_RELAXED);
	}
}

static bool
is_busy(const struct ocr_softcard_mailbox *b, unsigned at)
{
	return (__atomic_load_n(&b->registers[at / 4], __ATOMIC_ACQUIRE) &
		   BUSY) != 0;
}

static void
finish(struct ocr_softcard_mailbox *b, unsigned at)
{
	(void)__atomic_fetch_and(&b->registers[at / 4], ~BUSY,
	    __ATOMIC_RELEASE);
}

void
ocr_softcard_mailbox_begin(struct ocr_softcard_mailbox *b)
{
	b->is_asked = is_busy(b, OUTPUT);
	if (is_busy(b, INPUT)) {
		copy_args(b, b->own, b->registers, false);
		finish(b, INPUT);
	}
}

void
ocr_softcard_mailbox_end(struct ocr_softcard_mailbox *b)
{
	if (b->is_asked) {
		copy_args(b, b->registers, b->own, true);
		finish(b, OUTPUT);
	}
}

bool
ocr_softcard_mailbox_restarts(struct ocr_softcard_mailbox *b)
{
	uint32_t *counter = &b->registers[COUNTER / 4];
	uint32_t n = __atomic_load_n(counter, __ATOMIC_ACQUIRE);

	/* The host may write it at the same time: then its word counts. */
	while (n != 0 && n != UINT32_MAX &&
	       !__atomic_compare_exchange_n(counter, &n, n - 1, false,
		   __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		;
	return n > 1;
}

bool
ocr_softcard_mailbox_is_release(const struct ocr_xkernel *kernel,
    uint64_t offset, uint32_t word)
{
	return kernel->has_mailbox && (offset == INPUT || offset == OUTPUT) &&
	       (word & RELEASED) != 0;
}

/* Until the unit has seen what the host wants, but not for ever. */
static void
wait_idle(const struct ocr_softcard_mailbox *b, unsigned at)
{
	const struct timespec nap = {.tv_nsec = NAP_NS};
	int i;

	for (i = 0; i < MAX_NAPS && is_busy(b, at); i++)
		nanosleep(&nap, NULL);
}

bool
ocr_softcard_mailbox_is_due(const struct ocr_softcard_mailbox *b,
    uint64_t offset)
{
	return offset == OUTPUT && __atomic_load_n(&b->registers[COUNTER / 4],
				       __ATOMIC_ACQUIRE) != 0;
}

void
ocr_softcard_mailbox_ask(struct ocr_softcard_mailbox *b, uint64_t offset,
    uint32_t word)
{
	__atomic_store_n(&b->registers[offset / 4], word | BUSY,
	    __ATOMIC_RELEASE);
}

void
ocr_softcard_mailbox_settle(struct ocr_softcard_mailbox *b, uint64_t offset,
    bool is_running)
{
	if (is_running) {
		wait_idle(b, (unsigned)offset);
		return;
	}
	ocr_softcard_mailbox_begin(b);
	ocr_softcard_mailbox_end(b);
}
