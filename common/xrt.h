/*
 * xrt.h - the Xilinx Runtime: found, loaded, its C API as pointers
 *
 * The API is that of XRT 2.13 to today's (xrt/xrt_device.h, xrt_bo.h,
 * xrt_kernel.h); its handles are void pointers, so no header of XRT is needed
 * to build, and one binary runs with and without XRT.  A test compares these
 * prototypes with the real headers where they are installed.
 *
 * What XRT does to its process, and what is done about it: it aborts when
 * XILINX_XRT does not lead to its libraries (checked first; a directory of our
 * own leads to them where a distribution put them elsewhere); it installs
 * handlers that kill the process group (saved and restored around a load); it
 * aborts when the process behind an emulated card dies while it is closed (a
 * call that is given up: card_call.h);
 * its destructors crash when a handle is still open (the process ends without
 * them, see cleanup.h).
 *
 * For xrt.c, device.c, cardset.c, card_*.c and worker_xrt.c alone.
 */
#ifndef OCR_XRT_H
#define OCR_XRT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

/* enum ert_cmd_state */
#define OCR_XRT_COMPLETED 4
/* enum xclBOSyncDirection */
#define OCR_XRT_TO_DEVICE 0
#define OCR_XRT_FROM_DEVICE 1
/* XCL_BO_FLAGS_HOST_ONLY, XCL_BO_FLAGS_DEV_ONLY */
#define OCR_XRT_HOST_ONLY (1u << 29)
#define OCR_XRT_DEV_ONLY (1u << 28)

struct ocr_xrt {
	void *lib;
	char root[32]; /* a directory that leads to the libraries, or "" */
	void *(*device_open)(unsigned index);
	int (*device_close)(void *device);
	int (*device_load_file)(void *device, const char *path);
	int (*device_uuid)(void *device, unsigned char uuid[16]);
	void *(*device_xcl)(void *device);
	void *(*kernel_open)(void *device, const unsigned char uuid[16],
	    const char *name);
	void *(*kernel_open_exclusive)(void *device,
	    const unsigned char uuid[16], const char *name);
	int (*kernel_close)(void *kernel);
	int (*kernel_group)(void *kernel, int arg);
	uint32_t (*kernel_offset)(void *kernel, int arg);
	int (*kernel_read)(void *kernel, uint32_t offset, uint32_t *value);
	int (*kernel_write)(void *kernel, uint32_t offset, uint32_t value);
	void *(*run_open)(void *kernel);
	int (*run_set)(void *run, int arg, ...);
	int (*run_start)(void *run);
	/* Calls done(run, final state, data), from a thread of XRT's, at the
	 * end of each start.  (Waiting with a time limit does not end in
	 * software emulation, this does.) */
	int (*run_callback)(void *run, int state,
	    void (*done)(void *run, int state, void *data), void *data);
	int (*run_close)(void *run);
	void *(*buffer_new)(void *device, size_t bytes, uint64_t flags,
	    uint32_t group);
	int (*buffer_free)(void *buffer);
	int (*buffer_sync)(void *buffer, int direction, size_t bytes,
	    size_t offset);
	void *(*buffer_map)(void *buffer);
};

/*
 * Is it worth asking XRT: its library is somewhere, and a card's driver or an
 * emulation is there.  Cheap.  Says in why (may be NULL) what is missing.
 */
bool ocr_xrt_is_likely(char *why, size_t n);

/*
 * Find and load XRT.  Sets XILINX_XRT where it is needed, so: before the first
 * thread.  -OCR_EDEVICE with the reason.
 */
int ocr_xrt_open(struct ocr_xrt *x, struct ocr_err *err);

/* How many cards; loads the driver library, which may end the process. */
unsigned ocr_xrt_count(struct ocr_xrt *x);

/* Load an xclbin, with signals kept away from XRT and XRT's handlers from us. */
int ocr_xrt_load(struct ocr_xrt *x, void *device, const char *path,
    struct ocr_err *err);

struct ocr_device;
/* Fill label, bdf, memory of an open card. */
void ocr_xrt_describe(struct ocr_xrt *x, void *device, struct ocr_device *d);

#endif
