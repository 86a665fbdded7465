/*
 * xclbin_kernel.h - kernels as an xclbin describes them
 *
 * The one model that the description language (xclbin_desc.h), the writer
 * (xclbin_write.h), the XML of EMBEDDED_METADATA (xclbin_xml.h) and the
 * softcard's device process share.  Registers are laid out as Vitis HLS does
 * (UG1399, S_AXILITE control register map): 0x00 control, 0x04 global
 * interrupt enable, 0x08 and 0x0c interrupt enable and status, arguments from
 * 0x10, each with a reserved word behind it.
 */
#ifndef OCR_XCLBIN_KERNEL_H
#define OCR_XCLBIN_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define OCR_XMODEL_MAX_UNITS 128 /* of an xclbin: XRT's MAX_CUS */
#define OCR_XKERNEL_NAME 64
#define OCR_XKERNEL_MAX_ARGS 64
#define OCR_XKERNEL_RANGE 0x10000u /* bytes of registers of a unit */

enum ocr_xarg_kind {
	OCR_XARG_SCALAR = 0, /* by value, in registers */
	OCR_XARG_MEMORY,     /* pointer into device memory: m_axi */
	OCR_XARG_REGISTER,   /* pointer to its own register, which the kernel
			      * and the host both read and write while it runs:
			      * start and end of a range */
	OCR_XARG_STREAM,     /* AXI stream between units: no register */
};

struct ocr_xarg {
	char name[OCR_XKERNEL_NAME];
	char type[OCR_XKERNEL_NAME]; /* C type as written, for people */
	enum ocr_xarg_kind kind;
	uint32_t bytes;  /* of the value: 1, 2, 4, 8; of a pointer 8 */
	uint32_t offset; /* of its first register */
	bool is_float;   /* float or double: libffi passes them elsewhere */
	bool is_signed;
	/* memory: indexes of its banks, the first one if nothing is said */
	uint32_t bank, last_bank;
	bool is_host; /* these banks are memory of the host's */
};

struct ocr_xunit {
	char name[OCR_XKERNEL_NAME];
	uint64_t base; /* address of its registers */
	bool has_bank; /* all memory arguments of this unit are in its banks;
			* else each argument has its own */
	uint32_t bank, last_bank;
	bool is_host;
};

struct ocr_xkernel {
	char name[OCR_XKERNEL_NAME];
	struct ocr_xarg *args;
	size_t n_args;
	struct ocr_xunit *units;
	size_t n_units;
	bool is_chained;  /* ap_ctrl_chain, else ap_ctrl_hs */
	bool is_free;     /* ap_ctrl_none: runs always, has no registers */
	bool has_mailbox; /* and a counter of runs: softcard_mailbox.h */
};

/* An end of a stream: an argument of a unit. */
struct ocr_xend {
	char unit[OCR_XKERNEL_NAME];
	char arg[OCR_XKERNEL_NAME];
};

struct ocr_xstream {
	struct ocr_xend from, to;
	/* The function of the shared object that makes it, or "": zeroed
	 * memory will do. */
	char maker[OCR_XKERNEL_NAME];
};

/* A tag that begins with HOST[ is memory of the host's, which a card reads and
 * writes there. */
struct ocr_xbank {
	char tag[17];
	uint64_t bytes;
};

struct ocr_xmodel {
	struct ocr_xkernel *kernels;
	size_t n_kernels;
	struct ocr_xbank *banks; /* none: one of 2 GiB called bank0 */
	size_t n_banks;
	struct ocr_xstream *streams;
	size_t n_streams;
	char *object; /* path of the shared object; NULL if not known */
};

/* A zeroed one is fine. */
void ocr_xmodel_release(struct ocr_xmodel *m);

/* NULL: it is not there. */
struct ocr_xkernel *ocr_xmodel_find(const struct ocr_xmodel *m,
    const char *kernel);

/*
 * Give the kernel n units: the first ones stay, further ones are called
 * KERNEL_1, KERNEL_2, ... by their place.  Call finish afterwards.
 */
int ocr_xkernel_set_units(struct ocr_xkernel *k, size_t n, struct ocr_err *err);

/* The argument at this end, and its unit; NULL: there is no such thing. */
const struct ocr_xarg *ocr_xmodel_find_end(const struct ocr_xmodel *m,
    const struct ocr_xend *end, const struct ocr_xunit **unit);

/* Is this argument of this unit in memory of the host's? */
bool ocr_xunit_is_host(const struct ocr_xunit *u, const struct ocr_xarg *a);

/*
 * Check that names are unique and fit, and that streams have both their ends;
 * give a unit to kernels without, and set all offsets and base addresses.  Free
 * units have none: UINT64_MAX.  -OCR_EFORMAT "unit 'x_1' is there twice".
 */
int ocr_xmodel_finish(struct ocr_xmodel *m, struct ocr_err *err);

/* The rest is for the parsers, xclbin_desc.c, xclbin_proto.c, xclbin_xml.c. */

/* One more unit; NULL with err set: no name, or no memory. */
struct ocr_xunit *ocr_xkernel_add_unit(struct ocr_xkernel *k, const char *name,
    size_t len, struct ocr_err *err);
/* Offsets of the arguments' registers. */
void ocr_xkernel_lay_out(struct ocr_xkernel *k);
/* Room for entry n of an array that grew by one at a time: the array, which
 * may have moved, or NULL (it is where it was). */
void *ocr_xmodel_grow(void *array, size_t n, size_t size, struct ocr_err *err);

#endif
