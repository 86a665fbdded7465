/*
 * standin_finn.h - what an accelerator of FINN's looks like to a host program
 *
 * Functions with the arguments and habits of the two kernels of such an xclbin
 * that have registers, written from reading FINN's sources
 * (src/finn/transformation/fpgadataflow/vitis_build.py), for the softcard and
 * for tests: they stand for silicon that we do not have.  Nothing in ocr-*
 * calls them; they are an object of their own, octoray-finn.so, described by
 * kernels/finn.desc.
 *
 * The first partition (units idma0, idma1) reads numReps images, N x H x W x C
 * bytes; the last one (odma0, odma1) writes numReps labels of a byte.  Neither
 * ends before it has moved that many; what the two are given is not compared.
 * What is between them takes an image at a time.
 *
 * The network, which in FINN's xclbin is hardware, is the .ocrm file that
 * $OCR_STANDIN_FINN names; without one all labels are 0.
 */
#ifndef OCR_STANDIN_FINN_H
#define OCR_STANDIN_FINN_H

#include <stdint.h>

/* A pair's stream; zeroed to begin with. */
struct ocr_standin_stream {
	int is_full; /* atomic; says whose the rest is: odma's if it is */
	const uint8_t *images;
	uint32_t n, n_taken;
};

void StreamingDataflowPartition_0(const uint8_t *in0, uint32_t numReps,
    struct ocr_standin_stream *out);
void StreamingDataflowPartition_2(uint8_t *out0, uint32_t numReps,
    struct ocr_standin_stream *in);

#endif
