/*
 * softcard_mailbox.h - a unit that starts itself again, and how the host talks
 * to it meanwhile
 *
 * Vitis HLS's s_axilite_mailbox and s_axilite_auto_restart_counter.  Registers,
 * as XRT uses them (xrt_kernel.cpp):
 *
 *	0x10  how many runs are left, this one included; 0xffffffff: no end
 *	0x14  arguments that the host writes
 *	0x18  arguments that it reads
 *
 * Of the last two bit 0 is set when the host has released the registers, and
 * bit 1 until the unit has then taken (0x14) or given (0x18) the values: a run
 * sees the arguments as they were released before it began, and what the host
 * reads is of one run that began after it had asked.  XRT does not wait for
 * bit 1, for on a card a run is short beside an access to a register.
 *
 * For softcard_runner.c and softcard_unit.c.
 */
#ifndef OCR_SOFTCARD_MAILBOX_H
#define OCR_SOFTCARD_MAILBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "src/xclbin_kernel.h"

/* Owner: the unit's thread; registers are atomic. */
struct ocr_softcard_mailbox {
	const struct ocr_xkernel *kernel;
	uint32_t *registers; /* the host's side */
	uint32_t *own;       /* the kernel's */
	bool is_asked;       /* the host waits for the results of this run */
};

int ocr_softcard_mailbox_init(struct ocr_softcard_mailbox *b,
    const struct ocr_xkernel *kernel, uint32_t *registers, struct ocr_err *err);
/* A zeroed one is fine. */
void ocr_softcard_mailbox_release(struct ocr_softcard_mailbox *b);

/* Before and after a run: exchange arguments with the host. */
void ocr_softcard_mailbox_begin(struct ocr_softcard_mailbox *b);
void ocr_softcard_mailbox_end(struct ocr_softcard_mailbox *b);

/* Count a run; is there to be another one? */
bool ocr_softcard_mailbox_restarts(struct ocr_softcard_mailbox *b);

/* Does the host release registers by writing this word to 'offset'? */
bool ocr_softcard_mailbox_is_release(const struct ocr_xkernel *kernel,
    uint64_t offset, uint32_t word);
/* Then say so to the unit ... */
void ocr_softcard_mailbox_ask(struct ocr_softcard_mailbox *b, uint64_t offset,
    uint32_t word);
/*
 * ... and is a run due that nobody has started yet?  XRT starts units in a
 * thread of its own, and a program that asks for results at once would get
 * none: here that thread is slower than a card.
 */
bool ocr_softcard_mailbox_is_due(const struct ocr_softcard_mailbox *b,
    uint64_t offset);
/* The next run exchanges the arguments; wait for that, but not long.  Where
 * nothing runs they are exchanged at once.  The thread that starts units. */
void ocr_softcard_mailbox_settle(struct ocr_softcard_mailbox *b,
    uint64_t offset, bool is_running);

#endif
