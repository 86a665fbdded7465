/*
 * card_infer.h - cards that classify: k_cnv, and what all of them share
 *
 * For both loops.  In the stream loop a job is a chunk, whose images io counts
 * and loads; in the range loop job->range are images, which a unit does from
 * the front, may be asked to leave to others at any time, and says how far it
 * came.
 *
 * What cards say is not believed: votes that the network cannot give, and
 * labels that there are not, are -OCR_EFORMAT.  All else is for verify() of the
 * kernel.
 */
#ifndef OCR_CARD_INFER_H
#define OCR_CARD_INFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/card.h"
#include "common/err.h"
#include "src/bnn.h"

struct ocr_job;

/* How jobs become images and results; from several threads at once. */
struct ocr_card_infer_io {
	void *arg;
	bool is_nhwc; /* what load() gives; else planes */
	/* Stream loop: images of the job; 0: it is not for a card.  The same each
	 * time it is asked. */
	size_t (*count)(void *arg, const struct ocr_job *job);
	/* The first n images of the job, n being at least 1 and at most what
	 * it has: their bytes one behind the other.  Returns how many it could give;
	 * the others are black. */
	size_t (*load)(void *arg, const struct ocr_job *job, uint8_t *pixels,
	    size_t n);
	/* What became of them: n times n_scores votes, or n labels, the other
	 * being NULL.  n: of the range job->range, or as count() said. */
	int (*store)(void *arg, struct ocr_job *job, const int32_t *votes,
	    const uint32_t *labels, struct ocr_err *err);
};

/* Jobs of either loop: for the drivers. */
struct ocr_card_images {
	const struct ocr_card_infer_io *io;
	size_t image_bytes;
	size_t max_images; /* of a job */
	bool is_range;
};

/* result_bytes: of an image.  max_images: fewer, if these are too large. */
void ocr_card_images_init(struct ocr_card_images *m,
    const struct ocr_card_infer_io *io, size_t image_bytes, size_t result_bytes,
    size_t max_images, bool is_range);
/* Images of the job: of a range max_images at most; 0: not for a card. */
size_t ocr_card_images_count(const struct ocr_card_images *m,
    const struct ocr_job *job);
/* Their bytes; 0 as well if they are too many for a job. */
size_t ocr_card_images_bytes(const struct ocr_card_images *m,
    const struct ocr_job *job);
/* The first n of them. */
void ocr_card_images_load(const struct ocr_card_images *m,
    const struct ocr_job *job, uint8_t *to, size_t n);

#define OCR_CARD_INFER_ARGS 7
#define OCR_CARD_INFER_BUFFERS 3

struct ocr_card_infer {
	/* For the kernel and the team, NULL at the end: k_cnv, if the network
	 * is for it; there is room for one more behind it (card_finn.h). */
	const struct ocr_card_driver *drivers[3];
	struct ocr_card_images images;
	struct ocr_card_driver driver;
	struct ocr_card_step step;
	struct ocr_card_arg args[OCR_CARD_INFER_ARGS];
	struct ocr_card_buffer buffers[OCR_CARD_INFER_BUFFERS];
	uint64_t *net; /* packed */
	size_t n_net;
	uint32_t n_votes;
	int32_t *least, *most; /* that a class can get */
};

/* Before the network is known: the driver says which units are for it, and
 * nothing may be asked of these; ocr_card_infer_init() does the rest. */
void ocr_card_infer_plan(struct ocr_card_infer *c);

/*
 * bnn was checked, and is not looked at later; io is.  -OCR_ELIMIT: the network
 * is too large for k_cnv, err says which layer; c->drivers is empty then.
 * max_images_a_job: of longer ranges that many are done at a time; a chunk of
 * more is left to the CPU.
 */
int ocr_card_infer_init(struct ocr_card_infer *c, const struct ocr_bnn *bnn,
    const struct ocr_card_infer_io *io, size_t max_images_a_job, bool is_range,
    struct ocr_err *err);
void ocr_card_infer_release(struct ocr_card_infer *c); /* zeroed is fine */

#endif
