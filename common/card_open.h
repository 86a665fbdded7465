/*
 * card_open.h - a card that is used: opened by its first unit, closed by the
 * last one
 *
 * For cardset.c, card_slot.c and worker_xrt.c.
 */
#ifndef OCR_CARD_OPEN_H
#define OCR_CARD_OPEN_H

#include <stdbool.h>

#include "common/card_call.h"
#include "common/device.h"
#include "common/xrt.h"

struct ocr_place;

/* One thread alone, or many that share it, for as long as they like: what a
 * monitor is not for.  Who wants to be alone goes before who would share. */
struct ocr_gate {
	struct ocr_monitor *monitor;
	/* lock: monitor */
	bool is_taken;
	unsigned n_shared, n_waiting;
};

/* A card that is used, with all that its units share. */
struct ocr_card {
	struct ocr_device device;
	char id[128];       /* of its leases */
	const char *xclbin; /* path of what is loaded into it */
	struct ocr_gate *gate;
	struct ocr_xrt *xrt;
	struct ocr_place *place;
	void *handle; /* XRT's, NULL: not open */
	unsigned char uuid[16];
	struct ocr_monitor *monitor;
	/* lock: monitor */
	unsigned n_open;
	bool is_opening;
	bool is_sharing; /* a unit is at what is shared: card_share.h */
	bool is_failed;  /* could not be opened: has been said */
	/* owner: who has set is_sharing */
	struct ocr_card_share *shares;
	/* atomic */
	int is_stuck; /* a unit hangs: XRT must not be asked to close it */
	int is_lost;  /* a call did not return: see ocr_card_lose */
};

/*
 * Around calls to XRT, for all cards together, in emulation: it keeps the
 * buffers of all cards in a tree that it does not lock, changes environment and
 * signals of the process while it loads, and waits for any child while it
 * closes.  With hardware nothing happens here.  -OCR_EDEVICE: the card is lost
 * and nothing was entered.
 */
int ocr_card_enter(struct ocr_card *c);
void ocr_card_leave(struct ocr_card *c);
/* The same for calls that only look a buffer up: copying, starting a run,
 * registers.  Many threads at a time. */
int ocr_card_enter_shared(struct ocr_card *c);
void ocr_card_leave_shared(struct ocr_card *c);

/* Open the card and load its xclbin, if nobody has yet; that may take seconds.
 * Any thread.  -OCR_EDEVICE; no text if it has failed before. */
int ocr_card_open(struct ocr_card *c, struct ocr_call *call,
    struct ocr_err *err);
/* The last one closes it. */
void ocr_card_close(struct ocr_card *c, struct ocr_call *call);

/* A call about that card was given up, alone or sharing.  Who waits for its
 * thread goes on; of an emulated card nothing is asked any more, by nobody. */
void ocr_card_lose(struct ocr_card *c, bool is_shared);

bool ocr_card_is_stuck(const struct ocr_card *c);

#endif
