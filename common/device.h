/*
 * device.h - what there is to work with, and which of it the user wants
 *
 * Names: "cpu", "cpu:4" (threads), "xrt" (all cards), "xrt:0" (a card),
 * "xrt:0/k_deflate_1" (a compute unit), a card each with "@FILE.xclbin" behind
 * it if it gets an xclbin of its own; "auto" = the CPU and all cards.
 * Cards are those that XRT knows; it is asked in a forked child with a time
 * limit (proc.h), because it ends the process on a bad installation.
 */
#ifndef OCR_DEVICE_H
#define OCR_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

struct ocr_device {
	unsigned index; /* XRT's number */
	char label[64]; /* the shell: "xilinx_u250_gen3x16_xdma_4_1" */
	char bdf[16];   /* PCI address "0000:3b:00.1"; "" in emulation */
	uint64_t mem_bytes;
	unsigned n_banks;
	int numa_node;    /* -1: not known */
	bool is_emulated; /* software or hardware emulation: grade E */
	bool is_hw_emu;   /* which of them */
	char why[256];    /* "" or why it cannot be used */
};

struct ocr_devices {
	struct ocr_device *cards;
	size_t n_cards;
	/* Why there are no cards: "" = XRT is there and has none. */
	char why[256];
	bool is_xrt_missing; /* XRT is not installed: not worth a warning */
};

/*
 * Ask XRT which cards there are.  Costs nothing to speak of where neither a
 * card's driver nor an emulation is there (unless is_thorough).  Never fails
 * for a reason that is XRT's: that is in d->why.  Before the first thread.
 */
int ocr_devices_probe(struct ocr_devices *d, bool is_thorough,
    struct ocr_err *err);
void ocr_devices_release(struct ocr_devices *d);

/* One item of a device list. */
struct ocr_device_item {
	enum { OCR_ITEM_AUTO = 0, OCR_ITEM_CPU, OCR_ITEM_XRT } kind;
	unsigned n_threads; /* cpu: 0 = all */
	bool has_index;     /* xrt: else all cards */
	unsigned index;
	char unit[64]; /* xrt: "" = all units */
	char *xclbin;  /* or NULL */
};

struct ocr_device_list {
	struct ocr_device_item *items;
	size_t n_items;
};

/* Parse "cpu:2,xrt:0/k_deflate_1,xrt:1@other.xclbin"; what = "--devices" or
 * "OCR_DEVICES", for messages.  -OCR_EUSAGE. */
int ocr_device_list_parse(struct ocr_device_list *l, const char *what,
    const char *text, struct ocr_err *err);
/* What a tool gets: the option's text, else $OCR_DEVICES, else "auto".  *text
 * (may be NULL) is what was taken. */
int ocr_device_list_choose(struct ocr_device_list *l, const char *option,
    const char **text, struct ocr_err *err);
void ocr_device_list_release(struct ocr_device_list *l);

/* Temperature in degrees Celsius and power in watts of a card at that PCI
 * address, from sysfs (root: "/sys", or a test's); NAN where not known. */
void ocr_device_sensors(const char *root, const char *bdf, double *temp_c,
    double *power_w);
/* NUMA node from sysfs, -1: not known. */
int ocr_device_numa_node(const char *root, const char *bdf);
/* UUID of the xclbin that is loaded into it; false: none, or not known. */
bool ocr_device_loaded(const char *root, const char *bdf, char uuid[40]);

#endif
