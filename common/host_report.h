/*
 * host_report.h - what a host has done in a run: for --stats and -v
 */
#ifndef OCR_HOST_REPORT_H
#define OCR_HOST_REPORT_H

#include <stdio.h>

#include "common/job.h"
#include "common/ui.h"

/* ,"key":value ... for an object that is begun; w is a host. */
void ocr_host_report_json(FILE *f, const struct ocr_worker *w);
/* A line on stderr, with -v. */
void ocr_host_report_note(struct ocr_ui *ui, const struct ocr_worker *w);

#endif
