/*
 * worker_cpu.h - a CPU thread as a worker
 */
#ifndef OCR_WORKER_CPU_H
#define OCR_WORKER_CPU_H

#include "common/job.h"

/* Set up w as CPU thread number i ("cpu:i"); the thread starts with open. */
void ocr_worker_cpu_init(struct ocr_worker *w, unsigned i);

#endif
