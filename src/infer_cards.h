/*
 * infer_cards.h - cards beside the threads of ocr-infer
 *
 * k_cnv for nets that are binarised as a whole, and FINN's accelerators, which
 * give labels alone: then all images are without scores, whoever did them.
 * Cards are not believed: some images of each job are done again (--verify).
 */
#ifndef OCR_INFER_CARDS_H
#define OCR_INFER_CARDS_H

#include "src/card_finn.h"
#include "src/card_infer.h"
#include "src/infer_run.h"

#define OCR_INFER_CARD_IMAGES 1024 /* of a job; more is for the CPU */

struct ocr_infer_cards {
	struct ocr_card_infer card;
	struct ocr_card_finn finn;
};

/* Drivers for a run whose loop has io; none where cards cannot do it.  io is
 * copied, its arg is not. */
int ocr_infer_cards_init(struct ocr_infer_cards *c, const struct ocr_infer *in,
    const struct ocr_card_infer_io *io, bool is_range, struct ocr_err *err);
/* --worker: units are found before the model has come ... */
void ocr_infer_cards_plan(struct ocr_infer_cards *c);
/* ... and once it has, and init() has been called again, some may be of no
 * use.  Before the loop. */
void ocr_infer_cards_choose(const struct ocr_infer_cards *c,
    struct ocr_team *team, struct ocr_ui *ui);
void ocr_infer_cards_release(struct ocr_infer_cards *c); /* zeroed is fine */
/* The team has been made: does a unit of it give labels alone? */
bool ocr_infer_cards_have_finn(const struct ocr_infer_cards *c,
    const struct ocr_team *team);

/* Values of image i of a job that a card did: of votes, or of labels. */
void ocr_infer_cards_values(const struct ocr_infer *in, const int32_t *votes,
    const uint32_t *labels, size_t i, struct ocr_infer_value *out);

/* Is image i of a job to be done again? */
bool ocr_infer_cards_check(const struct ocr_infer *in, uint64_t i);
/* Image i again: are these its values? */
int ocr_infer_cards_compare(const struct ocr_infer *in, uint64_t i,
    const struct ocr_infer_value *got, const struct ocr_infer_value *want,
    struct ocr_err *err);

#endif
