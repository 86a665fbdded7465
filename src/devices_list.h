/*
 * devices_list.h - what ocr-devices has found; private to devices*.c
 */
#ifndef OCR_DEVICES_LIST_H
#define OCR_DEVICES_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/device.h"
#include "common/err.h"
#include "common/xclbin.h"
#include "common/xclbin_path.h"
#include "src/devices.h"

/* ocr-devices(1) explains the words for them. */
enum ocr_state {
	OCR_STATE_READY = 0,
	OCR_STATE_IN_USE,         /* by another program */
	OCR_STATE_NOT_PROGRAMMED, /* a card without a file for it */
	OCR_STATE_FAILED,
};

struct ocr_state_text {
	enum ocr_state state;
	char why[256]; /* "" when ready */
};

struct ocr_devices_unit {
	char kernel[OCR_XCLBIN_NAME], name[OCR_XCLBIN_NAME];
	const char *path; /* of the xclbin file; NULL: a kernel on the CPU */
	uint64_t base;    /* of its registers; ~0: none */
	char bank[128];   /* "bank0", "DDR[0] DDR[1]" */
	struct ocr_state_text state;
	/* Of a test. */
	const char *test_name; /* the kernel that has been called, its own or
				* the one that it works with; NULL: no test */
	bool is_tested;
	uint64_t n_bytes;     /* that were worked on, and right */
	uint64_t bytes_per_s; /* with copies and checks */
};

/* A card, or the CPU. */
struct ocr_devices_card {
	bool is_cpu;
	unsigned n_threads;       /* of the CPU */
	char name[32];            /* "cpu", "xrt:0" */
	char title[128];          /* model or shell */
	struct ocr_device device; /* memory of the CPU is there too */
	double temp_c, power_w;   /* NAN: not known */
	char loaded[40];          /* UUID; "": not known */
	struct ocr_state_text state;
	struct ocr_devices_unit *units;
	size_t n_units;
};

struct ocr_devices_list {
	struct ocr_devices_card *cards;
	size_t n_cards;
	char note[300];  /* why there are no cards; "" if there are */
	bool has_failed; /* what is in the note should not be so */
	char xrt[32];    /* its version, "": not known */
	struct ocr_xclbin_path files;
};

/* "in use by another program (pid 7)", "failed: why"; returns buf. */
const char *ocr_state_describe(const struct ocr_state_text *s, char *buf,
    size_t n);

/* Find what opt->devices asks for.  -OCR_EUSAGE, -OCR_EIO, -OCR_ENOMEM. */
int ocr_devices_find(struct ocr_devices_list *l,
    const struct ocr_devices_opt *opt, struct ocr_ui *ui, struct ocr_err *err);
void ocr_devices_list_release(struct ocr_devices_list *l);

/* Run every unit that there is a test for, each in a process of its own, and
 * the same work on a thread of the CPU. */
int ocr_devices_test(struct ocr_devices_list *l, struct ocr_err *err);

void ocr_devices_table(FILE *f, const struct ocr_devices_list *l, bool is_test);
/* status: exit status to come. */
void ocr_devices_json(FILE *f, const struct ocr_devices_list *l,
    const struct ocr_devices_opt *opt, int status);

/* What an xclbin file holds. */
int ocr_devices_file(FILE *f, const char *path, bool is_json,
    struct ocr_err *err);

/* What hosts say of themselves: *status is 3 where none says anything. */
int ocr_devices_hosts(FILE *f, const struct ocr_devices_opt *opt,
    struct ocr_ui *ui, int *status, struct ocr_err *err);

#endif
