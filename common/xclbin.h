/*
 * xclbin.h - what an xclbin file holds, without XRT
 *
 * An xclbin ("xclbin2", struct axlf of XRT's xclbin.h, 2.13 to 2.20) is what
 * is loaded into a card: sections for the bit stream, the memory banks, the
 * compute units (IP_LAYOUT), which argument of which unit reaches which bank
 * (CONNECTIVITY), and an XML description (EMBEDDED_METADATA; src/xclbin_xml.h
 * reads it).  The file is untrusted: every offset, size and count is checked
 * against the file, names are cut off or refused, never believed.
 *
 * Only the sections above are read; a bit stream of 100 MB stays on disk.
 */
#ifndef OCR_XCLBIN_H
#define OCR_XCLBIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define OCR_XCLBIN_NAME 64

/* A compute unit: IP_LAYOUT's "kernel:unit". */
struct ocr_xclbin_unit {
	char kernel[OCR_XCLBIN_NAME]; /* "k_deflate" */
	char name[OCR_XCLBIN_NAME];   /* "k_deflate_1" */
	uint64_t base;                /* of its registers; ~0: it has none */
	uint32_t properties;          /* as in the file */
	uint32_t ip;                  /* its entry in IP_LAYOUT */
};

struct ocr_xclbin_bank {
	char tag[17]; /* "bank0", "HBM[3]" */
	uint8_t type; /* enum MEM_TYPE of XRT */
	bool is_used;
	uint64_t base, bytes;
};

/* Argument 'arg' of unit 'unit' is connected to bank 'bank'. */
struct ocr_xclbin_link {
	uint32_t arg, unit, bank;
};

struct ocr_xclbin_section {
	uint32_t kind; /* enum axlf_section_kind */
	char name[17];
	uint64_t at, bytes;
};

struct ocr_xclbin {
	char platform[65]; /* m_platformVBNV */
	uint8_t uuid[16];
	uint16_t mode;                 /* enum XCLBIN_MODE */
	bool is_emulation;             /* for software or hardware emulation */
	uint64_t bytes;                /* of the file */
	struct ocr_xclbin_unit *units; /* by base address */
	size_t n_units;
	struct ocr_xclbin_bank *banks;
	size_t n_banks;
	struct ocr_xclbin_link *links;
	size_t n_links;
	struct ocr_xclbin_section *sections;
	size_t n_sections;
	char *xml; /* EMBEDDED_METADATA, NUL behind it; NULL if there is none */
	size_t xml_len;
};

/* Read path.  -OCR_EFORMAT "PATH: not an xclbin file: why", -OCR_EIO.  On
 * failure x is zeroed. */
int ocr_xclbin_read(struct ocr_xclbin *x, const char *path,
    struct ocr_err *err);
/* The same from fd, named label in messages; fd stays open. */
int ocr_xclbin_read_fd(struct ocr_xclbin *x, int fd, const char *label,
    struct ocr_err *err);
/* A zeroed one is fine. */
void ocr_xclbin_release(struct ocr_xclbin *x);

/* How many units the kernel has; 0: the file does not hold it. */
size_t ocr_xclbin_count_units(const struct ocr_xclbin *x, const char *kernel);
/* Unit i of that kernel, by base address; NULL if there is none. */
const struct ocr_xclbin_unit *ocr_xclbin_find_unit(const struct ocr_xclbin *x,
    const char *kernel, size_t i);

#endif
