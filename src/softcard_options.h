/*
 * softcard_options.h - what a softcard invents: memory mode, speed, faults
 *
 * ocr-softcard fills one in from its command line and hands it to the device
 * processes as text, in the environment variable OCR_SOFTCARD_OPTIONS:
 *
 *	words   = [ word *( SP word ) ]
 *	word    = "memory=discrete" | "memory=coherent"
 *	        | "rate=" BYTES       bytes a second, 0: as fast as it goes
 *	        | "latency=" NS       of a run and of a register access
 *	        | "fail=" place | "hang=" place
 *	        | "corrupt=" place | "wrong=" place
 *	        | "trace"
 *	place   = [ CARD ":" ] CU ":" N [ "!" ]
 *	CU      = name of a unit, as k_deflate_1
 *	        | its index among the units of its card by base address
 *
 * N counts the runs of that unit in its process, from 1; the fault happens
 * in the Nth and in all that follow, with "!" in the Nth only.  A name of
 * digits alone is an index.  Without CARD it is that unit of every card.
 */
#ifndef OCR_SOFTCARD_OPTIONS_H
#define OCR_SOFTCARD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "src/xclbin_kernel.h"

#define OCR_SOFTCARD_MAX_FAULTS 64
#define OCR_SOFTCARD_OPTIONS_BYTES 8192 /* of the text, NUL included */

enum ocr_softcard_fault_kind {
	OCR_SOFTCARD_FAIL = 0, /* done at once; nothing is written */
	OCR_SOFTCARD_HANG,     /* it is never done */
	OCR_SOFTCARD_CORRUPT,  /* a byte of its output is flipped */
	OCR_SOFTCARD_WRONG,    /* its last memory argument begins with
				* 0xffffffff: a wrong length */
};

struct ocr_softcard_fault {
	enum ocr_softcard_fault_kind kind;
	bool has_card, is_index, is_once;
	unsigned card;
	unsigned index;              /* is_index */
	char unit[OCR_XKERNEL_NAME]; /* else */
	uint64_t run;                /* from 1 */
};

/* A zeroed one is the default. */
struct ocr_softcard_options {
	bool is_coherent, has_trace;
	uint64_t bytes_per_s; /* 0: not limited */
	uint64_t latency_ns;
	struct ocr_softcard_fault faults[OCR_SOFTCARD_MAX_FAULTS];
	size_t n_faults;
};

/* Read the words into o, which starts zeroed; later words overrule, faults
 * add up.  NULL is no word.  -OCR_EUSAGE with the word that is wrong. */
int ocr_softcard_options_parse(struct ocr_softcard_options *o,
    const char *words, struct ocr_err *err);

/* Add the fault that the option --KIND=PLACE stands for.  -OCR_EUSAGE. */
int ocr_softcard_options_add_fault(struct ocr_softcard_options *o,
    enum ocr_softcard_fault_kind kind, const char *place, struct ocr_err *err);

/* The words that parse() reads back to the same. */
void ocr_softcard_options_format(const struct ocr_softcard_options *o,
    char text[OCR_SOFTCARD_OPTIONS_BYTES]);

/* Does a fault of that kind meet run 'run' (from 1) of this unit?  'index' is
 * the unit's on its card. */
bool ocr_softcard_options_has_fault(const struct ocr_softcard_options *o,
    enum ocr_softcard_fault_kind kind, unsigned card, const char *unit,
    unsigned index, uint64_t run);

#endif
