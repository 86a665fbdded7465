/*
 * dist_mpi.h - ranks that mpirun has started
 */
#ifndef OCR_DIST_MPI_H
#define OCR_DIST_MPI_H

#include "src/dist.h"

/* Has mpirun started this process beside others? */
bool ocr_dist_mpi_is_run(void);

/* -OCR_EUSAGE: built without MPI. */
int ocr_dist_mpi_open(struct ocr_dist *d, struct ocr_ui *ui,
    struct ocr_err *err);
void ocr_dist_mpi_close(struct ocr_dist *d);

#endif
