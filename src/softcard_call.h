/*
 * softcard_call.h - calling a kernel as its xclbin describes it (libffi)
 *
 *	by value          8 to 64 bits from its registers
 *	device memory     a pointer: its address is in two registers
 *	host memory       the same, into the memory of the host
 *	register          a pointer to the register itself
 *	stream            what both its ends get; NULL: it is not connected
 *
 * For softcard_unit.c.
 */
#ifndef OCR_SOFTCARD_CALL_H
#define OCR_SOFTCARD_CALL_H

#include <ffi.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "src/softcard_memory.h"
#include "src/xclbin_kernel.h"

union ocr_softcard_value {
	uint64_t bits;
	void *pointer;
};

/* What the arguments of one unit are connected to. */
struct ocr_softcard_wiring {
	bool is_host[OCR_XKERNEL_MAX_ARGS];
	void *streams[OCR_XKERNEL_MAX_ARGS];
};

/* Private.  Points to the kernel's description and the wiring, which must
 * stay. */
struct ocr_softcard_call {
	const struct ocr_softcard_wiring *wiring;
	const struct ocr_xkernel *kernel;
	void (*fn)(void);
	ffi_cif cif;
	ffi_type *types[OCR_XKERNEL_MAX_ARGS];
	union ocr_softcard_value values[OCR_XKERNEL_MAX_ARGS];
	uint64_t at[OCR_XKERNEL_MAX_ARGS]; /* device addresses */
};

/* -OCR_EFORMAT for a kernel that cannot be called. */
int ocr_softcard_call_init(struct ocr_softcard_call *c,
    const struct ocr_xkernel *kernel, const struct ocr_softcard_wiring *wiring,
    void (*fn)(void), struct ocr_err *err);

/* Take the arguments from a unit's registers. */
void ocr_softcard_call_load(struct ocr_softcard_call *c, uint32_t *registers,
    const struct ocr_softcard_memory *m);
/* Then call it. */
void ocr_softcard_call_run(struct ocr_softcard_call *c);

/* Of the loaded arguments: the value of the first integer by value, 0 if
 * there is none ... */
uint64_t ocr_softcard_call_size(const struct ocr_softcard_call *c);
/* ... the first memory argument without "const" in its type, or the last memory
 * argument; -1: there is none ... */
int ocr_softcard_call_output(const struct ocr_softcard_call *c);
int ocr_softcard_call_last(const struct ocr_softcard_call *c);
/* ... len bytes of it; NULL where they are not memory. */
uint8_t *ocr_softcard_call_bytes(const struct ocr_softcard_call *c, int arg,
    const struct ocr_softcard_memory *m, uint64_t offset, uint64_t len);

#endif
