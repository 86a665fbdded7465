/*
 * softcard_device.h - the device process of ocr-softcard
 *
 * XRT's software emulation starts one for each card that a program loads an
 * xclbin into, as "genericpciemodel", and drives it by messages over a socket
 * (softcard_wire.h).  It is the card: device memory, registers, and a thread
 * for each compute unit, which calls a C function of the shared object that
 * the xclbin holds.
 *
 * Environment:
 *	EMULATION_SOCKETID    deviceCARD_N_PID, set by XRT: the socket is
 *	                      /tmp/$USER/$EMULATION_SOCKETID
 *	OCR_SOFTCARD          directory that all programs on these cards share:
 *	                      cardN/xclbin and cardN/UNIT.run are lock files
 *	                      made here as needed; unset: no locking
 *	OCR_SOFTCARD_OPTIONS  softcard_options.h
 *	VITIS_SW_EMU_ENABLE_SINGLE_MMAP  must be set: XRT maps one file a card
 *
 * Rules for invented speed and faults:
 *	rate      a run takes at least n / rate, where n is the value of the
 *	          kernel's first integer argument by value (in_len, size)
 *	latency   is added to each run and to each access to a register
 *	fail      the run is done at once, the kernel is not called
 *	hang      the run is never done; later starts are not looked at
 *	corrupt   after the run, the byte at n / 2048 (n as for rate) of the
 *	          first memory argument whose type has no "const" is flipped
 *	wrong     after the run, the first word of the last memory argument is
 *	          0xffffffff
 *
 * A kernel that crashes is named on stderr; its unit is never done again.
 * The process ends with the program that started it, whichever thread of it
 * that was, and not by what the terminal sends (SIGINT, SIGHUP, SIGQUIT): the
 * program may want to finish first.
 */
#ifndef OCR_SOFTCARD_DEVICE_H
#define OCR_SOFTCARD_DEVICE_H

#include "common/err.h"

/*
 * Serve the program that started us until it closes the card or ends.
 * Returns 0, or a negative code when it could not begin.  Closes every
 * descriptor above 2 and handles SIGSEGV and its like: call it from main and
 * return at once what it says, for a kernel that never ends may still run.
 */
int ocr_softcard_device_run(struct ocr_err *err);

#endif
