/*
 * range_pool.h - threads that sleep between the sweeps of a range loop
 *
 * A sweep is open from begin to end; each thread that is awake by then enters,
 * calls work() and leaves.  Where work() says how long to wait, the thread sleeps
 * outside for so long and enters again.  end() waits for those that are inside
 * and for no other: a thread that sleeps, or that another program keeps from
 * running, is not waited for.  Whoever calls begin and end is one thread.
 */
#ifndef OCR_RANGE_POOL_H
#define OCR_RANGE_POOL_H

#include <stdint.h>

#include "common/err.h"

/* More threads than this cannot be counted. */
#define OCR_RANGE_POOL_MAX 4000

struct ocr_range_pool;

/* Threads number first .. end-1 call work(arg, number) in each sweep: 0, or ns
 * after which to call it again. */
int ocr_range_pool_open(struct ocr_range_pool **out, unsigned first,
    unsigned end, uint64_t (*work)(void *arg, unsigned thread), void *arg,
    struct ocr_err *err);
/* No sweep is open.  NULL is fine. */
void ocr_range_pool_close(struct ocr_range_pool *p);

void ocr_range_pool_begin(struct ocr_range_pool *p);
void ocr_range_pool_end(struct ocr_range_pool *p);

/* How often to look before sleeping: 0 where a thread that looks keeps another
 * from working. */
unsigned ocr_range_pool_spins(const struct ocr_range_pool *p);

#endif
