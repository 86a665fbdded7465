/*
 * softcard_card.h - a card: memory, and the units of the xclbin it holds
 *
 * Threads: for the message loop alone; units have their own.
 */
#ifndef OCR_SOFTCARD_CARD_H
#define OCR_SOFTCARD_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/ui.h"
#include "src/softcard_memory.h"
#include "src/softcard_options.h"
#include "src/softcard_unit.h"
#include "src/xclbin_kernel.h"

#define OCR_SOFTCARD_MAX_UNITS 256

/* A copy of the shared object: what is static in a kernel is each unit's own, as
 * on a card, so the i-th units of all kernels are in copy i. */
struct ocr_softcard_object {
	void *handle;
	int fd;
};

struct ocr_softcard {
	unsigned number;
	const char *dir; /* $OCR_SOFTCARD, or NULL */
	struct ocr_ui ui;
	struct ocr_softcard_options options;
	struct ocr_softcard_memory memory;
	struct ocr_softcard_done done;
	/* private: the program */
	struct ocr_xmodel model;
	struct ocr_softcard_object objects[OCR_SOFTCARD_MAX_UNITS];
	size_t n_objects;
	int program_fd;
	void **streams; /* of model.streams */
	struct ocr_softcard_unit *units[OCR_SOFTCARD_MAX_UNITS]; /* by base */
	size_t n_units;
};

/* number, dir, ui and options are set, the rest is zero. */
int ocr_softcard_init(struct ocr_softcard *card, struct ocr_err *err);
void ocr_softcard_release(struct ocr_softcard *card);

/* Load the kernels of a shared object as a description says (the files that
 * XRT took from an xclbin); what was loaded before goes. */
int ocr_softcard_load(struct ocr_softcard *card, const char *xml_path,
    const char *object_path, struct ocr_err *err);
/* Running kernels are stopped where they are. */
void ocr_softcard_unload(struct ocr_softcard *card);

/* The unit that has the register at this address; NULL: none.  *offset is
 * relative to its base. */
struct ocr_softcard_unit *ocr_softcard_find(const struct ocr_softcard *card,
    uint64_t address, uint64_t *offset);

/* Does a kernel run, or hang? */
bool ocr_softcard_is_busy(const struct ocr_softcard *card);

#endif
