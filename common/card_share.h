/*
 * card_share.h - buffers that the units of a card share
 *
 * SHARED buffers of a driver (card.h): one for all units that have it in the
 * same memory, copied once.  They are made when a unit opens, with all the room
 * they will need, and go when the card is closed.
 *
 * For card_open.c, card_unit.c, card_slot.c and worker_xrt.c.
 */
#ifndef OCR_CARD_SHARE_H
#define OCR_CARD_SHARE_H

#include <stddef.h>
#include <stdint.h>

struct ocr_card;
struct ocr_call;
struct ocr_slot;
struct ocr_unit;

struct ocr_card_share {
	const struct ocr_card_driver *driver;
	size_t index;   /* of the driver's buffer */
	uint32_t group; /* XRT's number of its memory */
	void *buffer, *map;
	size_t cap;
	uint64_t version; /* of what is in it; 0: nothing */
	struct ocr_card_share *next;
};

/* The unit's thread, its kernels being open: all SHARED buffers are there, and
 * hold what is fixed.  -OCR_EDEVICE: u->dead says why. */
int ocr_unit_share(struct ocr_unit *u);
/* Before a job: buffer b holds what the driver says.  Counts what it moves. */
int ocr_unit_share_keep(struct ocr_unit *u, struct ocr_slot *s, size_t b);

/* In the host's memory: where it is, and how large; NULL: it is not.  Any
 * thread, while the unit is open. */
void *ocr_unit_share_home(const struct ocr_unit *u, size_t b, size_t *cap);

/* The last unit has closed, and nobody else is at XRT. */
void ocr_card_share_free(struct ocr_card *c, struct ocr_call *call);

#endif
