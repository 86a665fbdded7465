/*
 * card_finn.h - accelerators that FINN has built, as a driver
 *
 * FINN (AMD's compiler for quantised networks) makes an xclbin for Alveo cards
 * in which images flow through kernels without registers, between two that
 * move data: units idma0 and odma0, and idma1 and odma1 of a second copy.
 * Those two are all that a program sees, and both have the same arguments: an
 * address and a number of images.
 *
 * The network is in the hardware: that it is the one that the user means,
 * nobody says.  Such a unit cannot be cut: in the range loop it does
 * max_images_a_job at a time.
 *
 * Written from FINN's sources (vitis_build.py, driver_base.py); it has run with
 * the stand-in of standin_finn.h, and with no card.
 */
#ifndef OCR_CARD_FINN_H
#define OCR_CARD_FINN_H

#include "src/card_infer.h"

/* What flows in and out.  In: bytes, N x H x W x C. */
struct ocr_finn_shape {
	uint32_t c, h, w;
	uint32_t n_classes;
	/* Out, for each image: one label (LabelSelect, Top-1), or n_classes
	 * scores, whole numbers with a sign; of 1, 2 or 4 bytes, low byte
	 * first. */
	bool has_scores;
	unsigned out_bytes;
};

struct ocr_card_finn {
	struct ocr_card_driver driver;
	struct ocr_finn_shape shape;
	struct ocr_card_images images;
	struct ocr_card_step steps[2];
	struct ocr_card_arg args[2][2];
	struct ocr_card_buffer buffers[2];
};

/*
 * f->driver is for drivers[1] of a struct ocr_card_infer, or for a list of its
 * own.  Results are labels, or scores as votes.  -OCR_EUSAGE: that is no shape.
 */
int ocr_card_finn_init(struct ocr_card_finn *f,
    const struct ocr_finn_shape *shape, const struct ocr_card_infer_io *io,
    size_t max_images_a_job, bool is_range, struct ocr_err *err);

#endif
