/*
 * run_place.h - what an xclbin says of a described kernel
 *
 * Whether it has the plain shape and how wide its further arguments are,
 * which units it has, and which memory these use.
 */
#ifndef OCR_RUN_PLACE_H
#define OCR_RUN_PLACE_H

#include <stddef.h>

#include "common/card.h"
#include "common/err.h"
#include "common/ui.h"
#include "src/run_config.h"

/*
 * args[0..OCR_RUN_MAX_ARGS): what follows the plain five, *n_args of it.  -OCR_EFORMAT if the kernel
 * has another shape, -OCR_EUSAGE if an argument is not given or not there.
 */
int ocr_run_place_args(const struct ocr_run_desc *desc,
    struct ocr_card_arg *args, size_t *n_args, struct ocr_err *err);

/*
 * The device list for descs[0..n): "xrt:0/k_1@FILE,xrt:0/k_2@FILE", to be
 * freed.  Where no device is said the first FILE goes to card 0, the next
 * other one to card 1, and so on.  Memory that is not what the description
 * says is a warning: the xclbin decides.
 */
int ocr_run_place(const struct ocr_run_desc *const *descs, size_t n,
    char **devices, struct ocr_ui *ui, struct ocr_err *err);

#endif
