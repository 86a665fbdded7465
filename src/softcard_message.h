/*
 * softcard_message.h - what a softcard does about each request
 */
#ifndef OCR_SOFTCARD_MESSAGE_H
#define OCR_SOFTCARD_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "src/softcard_buffers.h"
#include "src/softcard_card.h"
#include "src/softcard_link.h"
#include "src/softcard_poll.h"

/* Owner: the message loop. */
struct ocr_softcard_session {
	struct ocr_softcard *card;
	struct ocr_softcard_link *link;
	bool is_closed; /* the program has closed the card */
	struct ocr_softcard_buffers buffers;
	struct ocr_softcard_poll poll;
};

/* Carry out a request and answer it; one that cannot be carried out is
 * answered by a refusal.  A negative code: the link is broken. */
int ocr_softcard_message(struct ocr_softcard_session *s,
    struct ocr_softcard_request *q, struct ocr_err *err);

#endif
