/*
 * cardset.h - the cards of a run: which unit of which card does what
 *
 * From the device list, the xclbin files and the drivers of the kernel to the
 * units that are to work.  For team.c and worker_xrt.c.
 */
#ifndef OCR_CARDSET_H
#define OCR_CARDSET_H

#include "common/card.h"
#include "common/device.h"
#include "common/team.h"
#include "common/xclbin_path.h"
#include "common/xrt.h"

struct ocr_cardset;
struct ocr_monitor;

/* One thread at a time, for as long as it likes: what a monitor is not for. */
struct ocr_gate {
	struct ocr_monitor *monitor;
	bool is_taken; /* lock: monitor */
};

/* A card that is used, with all that its units share. */
struct ocr_card {
	struct ocr_device device;
	char id[128];       /* of its leases */
	const char *xclbin; /* path of what is loaded into it */
	struct ocr_cardset *set;
	struct ocr_xrt *xrt;
	struct ocr_place *place;
	void *handle; /* XRT's, NULL: not open */
	unsigned char uuid[16];
	struct ocr_monitor *monitor;
	/* lock: monitor */
	unsigned n_open;
	bool is_opening;
	bool is_failed; /* could not be opened: has been said */
	/* atomic */
	int is_stuck; /* a unit hangs: XRT must not be asked to close it */
};

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
/* All units are closed.  A zeroed one is fine. */
void ocr_cardset_release(struct ocr_cardset *s);

/*
 * Around calls to XRT, for all cards together, in emulation: it keeps the
 * buffers of all cards in a tree that it does not lock, changes environment and
 * signals of the process while it loads, and waits for any child while it
 * closes.  With hardware nothing happens here.
 */
void ocr_card_enter(struct ocr_card *c);
void ocr_card_leave(struct ocr_card *c);

/* Open the card and load its xclbin, if nobody has yet; that may take seconds.
 * Any thread.  -OCR_EDEVICE; no text if it has failed before. */
int ocr_card_open(struct ocr_card *c, struct ocr_err *err);
/* The last one closes it. */
void ocr_card_close(struct ocr_card *c);

#endif
