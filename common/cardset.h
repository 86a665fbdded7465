/*
 * cardset.h - the cards of a run: which unit of which card does what
 *
 * From the device list, the xclbin files and the drivers of the kernel to the
 * units that are to work.  For team.c and worker_xrt.c.
 */
#ifndef OCR_CARDSET_H
#define OCR_CARDSET_H

#include "common/card.h"
#include "common/card_call.h"
#include "common/card_open.h"
#include "common/device.h"
#include "common/team.h"
#include "common/xclbin_path.h"
#include "common/xrt.h"

/* A unit that does a driver's work: one compute unit for each step. */
struct ocr_card_unit {
	struct ocr_card *card;
	const struct ocr_card_driver *driver;
	char names[OCR_CARD_MAX_STEPS][2 * OCR_XCLBIN_NAME + 4];
	char name[OCR_XCLBIN_NAME];                /* of the first step's */
	bool is_host_memory[OCR_CARD_MAX_BUFFERS]; /* buffer is the host's */
	int lease;
};

struct ocr_cardset {
	struct ocr_xrt xrt;
	struct ocr_devices devices;
	struct ocr_xclbin_path path;
	struct ocr_card *cards; /* as many as devices.n_cards */
	struct ocr_gate gate;   /* to XRT; only for emulated cards */
	struct ocr_watch watch; /* of calls to XRT; where there are units */
	struct ocr_card_unit *units;
	size_t n_units;
};

/*
 * Find the units that the list asks for and a driver can use.  Those that
 * cannot be used are warnings.  n_units 0 is not an error.  Before the first
 * thread.
 */
int ocr_cardset_init(struct ocr_cardset *s, const struct ocr_device_list *list,
    const struct ocr_team_opt *opt, struct ocr_err *err);
/* All units are closed; NULL and a zeroed one are fine.  Where a card hangs
 * the memory stays: threads that are lost, and XRT's, may look at it. */
void ocr_cardset_free(struct ocr_cardset *s);

#endif
