/*
 * softcard_unit.h - a compute unit: registers, and a thread that runs kernels
 *
 * Block control as Vitis HLS has it (ap_ctrl_hs, UG1399): bit 0 of register 0
 * starts the unit and reads as 1 until it is done; then bits 1 (done), 2
 * (idle) and 3 (ready) are set, done and ready until they have been read.  A
 * start of a running unit is not looked at.  ap_ctrl_chain is the same here:
 * XRT waits for done as long as start reads as 1.  The kernel of a free unit
 * (ap_ctrl_none) is called again and again from the beginning.
 */
#ifndef OCR_SOFTCARD_UNIT_H
#define OCR_SOFTCARD_UNIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/thread.h"
#include "common/ui.h"
#include "src/softcard_call.h"
#include "src/softcard_memory.h"
#include "src/softcard_options.h"
#include "src/xclbin_kernel.h"

#define OCR_SOFTCARD_START 0x1u
#define OCR_SOFTCARD_DONE 0x2u
#define OCR_SOFTCARD_IDLE 0x4u
#define OCR_SOFTCARD_READY 0x8u

/* Where the units of a card say that they have finished. */
struct ocr_softcard_done {
	struct ocr_monitor *monitor;
	unsigned n_unread; /* lock: monitor; units whose done was not read */
};

/* Everything pointed to outlives the unit. */
struct ocr_softcard_unit_spec {
	const struct ocr_xkernel *kernel;
	const char *name;
	uint64_t base;
	void (*fn)(void);
	unsigned card;
	unsigned index; /* on its card */
	unsigned peer;  /* among the units of its kernel */
	struct ocr_softcard_wiring wiring;
	const struct ocr_softcard_options *options;
	const struct ocr_softcard_memory *memory;
	struct ocr_softcard_done *done;
	struct ocr_ui *ui;
	int lock_fd; /* locked while a kernel runs; -1: no; stays open */
};

struct ocr_softcard_unit;

int ocr_softcard_unit_new(struct ocr_softcard_unit **out,
    const struct ocr_softcard_unit_spec *spec, struct ocr_err *err);
/* A running kernel is stopped where it is.  NULL is fine. */
void ocr_softcard_unit_free(struct ocr_softcard_unit *u);

const struct ocr_softcard_unit_spec *ocr_softcard_unit_spec(
    const struct ocr_softcard_unit *u);

/* Write whole words from 'offset' on; control comes last, whatever the
 * order.  False: not within the registers. */
bool ocr_softcard_unit_write(struct ocr_softcard_unit *u, uint64_t offset,
    const uint8_t *data, uint64_t len);
bool ocr_softcard_unit_read(struct ocr_softcard_unit *u, uint64_t offset,
    uint32_t *value);

/* Started and not done; true for ever for one that hangs. */
bool ocr_softcard_unit_is_busy(struct ocr_softcard_unit *u);

/*
 * For kernels: the index of the calling unit among the units of its kernel, 0
 * in other threads.  Shared objects find it by its name in the program that
 * loads them, to pair the ends of streams between units.
 */
unsigned ocr_softcard_unit_index(void);

#endif
