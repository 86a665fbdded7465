/*
 * dist_mpi.c - see dist_mpi.h; the only file that knows MPI
 *
 * MPI's errors end all ranks with a message, which is its default.  A count is
 * an int there, so long messages go in slices; ranks are within 2^16, and each
 * has at most a few slices for each other.
 */
#include "config.h"

#include "src/dist_mpi.h"

#include <stdlib.h>
#include <string.h>

#include "common/digits.h"

bool
ocr_dist_mpi_is_run(void)
{
	const char *size = getenv("OMPI_COMM_WORLD_SIZE");
	uint64_t n = 0;

	return size != NULL && ocr_digits_u64(size, strlen(size), &n) && n > 1;
}

#ifdef HAVE_MPI

#include <mpi.h>

#define SLICE ((size_t)1 << 30)
#define TAG 1

static int
reduce(uint64_t *values, size_t n, MPI_Op op)
{
	while (n > 0) {
		size_t now = n < SLICE / 8 ? n : SLICE / 8;

		(void)MPI_Allreduce(MPI_IN_PLACE, values, (int)now,
		    MPI_UINT64_T, op, MPI_COMM_WORLD);
		values += now;
		n -= now;
	}
	return 0;
}

static int
mpi_max(struct ocr_dist *d, uint64_t *values, size_t n, struct ocr_err *err)
{
	(void)d;
	(void)err;
	return reduce(values, n, MPI_MAX);
}

static int
mpi_sum(struct ocr_dist *d, uint64_t *values, size_t n, struct ocr_err *err)
{
	(void)d;
	(void)err;
	return reduce(values, n, MPI_SUM);
}

static int
mpi_numbers(struct ocr_dist *d, const uint64_t *out, uint64_t *in,
    struct ocr_err *err)
{
	(void)d;
	(void)err;
	(void)MPI_Alltoall(out, 1, MPI_UINT64_T, in, 1, MPI_UINT64_T,
	    MPI_COMM_WORLD);
	return 0;
}

static size_t
n_slices(const struct ocr_dist_bytes *b, unsigned n, unsigned rank)
{
	size_t sum = 0;

	for (unsigned i = 0; i < n; i++)
		if (i != rank)
			sum += (b[i].len + SLICE - 1) / SLICE;
	return sum;
}

/* The slices of one message; returns how many. */
static int
post(const struct ocr_dist_bytes *b, unsigned peer, bool is_out,
    MPI_Request *requests)
{
	size_t at, len;
	int n = 0;

	for (at = 0; at < b->len; at += len) {
		len = b->len - at < SLICE ? b->len - at : SLICE;
		if (is_out)
			(void)MPI_Isend(b->data + at, (int)len, MPI_BYTE,
			    (int)peer, TAG, MPI_COMM_WORLD, &requests[n++]);
		else
			(void)MPI_Irecv(b->data + at, (int)len, MPI_BYTE,
			    (int)peer, TAG, MPI_COMM_WORLD, &requests[n++]);
	}
	return n;
}

static int
mpi_bytes(struct ocr_dist *d, const struct ocr_dist_bytes *out,
    struct ocr_dist_bytes *in, struct ocr_err *err)
{
	size_t most =
	    n_slices(out, d->n, d->rank) + n_slices(in, d->n, d->rank);
	MPI_Request *requests = calloc(most + 1, sizeof(MPI_Request));
	unsigned i, peer;
	int n = 0;

	if (requests == NULL) {
		(void)ocr_err_nomem(err);
		ocr_ui_error(d->ui, err);
		(void)MPI_Abort(MPI_COMM_WORLD, 1);
		return -OCR_ENOMEM;
	}
	/* Each begins with its neighbours: not all with rank 0. */
	for (i = 1; i < d->n; i++) {
		peer = (d->rank + d->n - i) % d->n;
		n += post(&in[peer], peer, false, requests + n);
	}
	for (i = 1; i < d->n; i++) {
		peer = (d->rank + i) % d->n;
		n += post(&out[peer], peer, true, requests + n);
	}
	(void)MPI_Waitall(n, requests, MPI_STATUSES_IGNORE);
	free(requests);
	return 0;
}

static void
mpi_end(struct ocr_dist *d, int status)
{
	(void)d;
	(void)MPI_Abort(MPI_COMM_WORLD, status);
}

static const struct ocr_dist_ops ops = {
    .max = mpi_max,
    .sum = mpi_sum,
    .numbers = mpi_numbers,
    .bytes = mpi_bytes,
    .end = mpi_end,
};

int
ocr_dist_mpi_open(struct ocr_dist *d, struct ocr_ui *ui, struct ocr_err *err)
{
	int rank = 0, n = 1, n_here = 1, provided = 0, r;
	MPI_Comm here;

	memset(d, 0, sizeof(*d));
	if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided) !=
	    MPI_SUCCESS)
		return ocr_err_set(err, -OCR_EHOST, "MPI does not start");
	(void)MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	(void)MPI_Comm_size(MPI_COMM_WORLD, &n);
	(void)MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0,
	    MPI_INFO_NULL, &here);
	(void)MPI_Comm_size(here, &n_here);
	(void)MPI_Comm_free(&here);
	d->rank = (unsigned)rank;
	d->n = (unsigned)n;
	d->n_here = (unsigned)n_here;
	d->ops = &ops;
	d->ui = ui;
	if (provided < MPI_THREAD_FUNNELED)
		r = ocr_err_set(err, -OCR_EHOST, "this MPI knows no threads");
	else if (d->n > OCR_DIST_MAX_RANKS)
		r = ocr_err_set(err, -OCR_ELIMIT, "%u ranks: at most %d", d->n,
		    OCR_DIST_MAX_RANKS);
	else
		r = ocr_dist_init(d, err);
	if (r < 0)
		ocr_dist_mpi_close(d);
	return r;
}

void
ocr_dist_mpi_close(struct ocr_dist *d)
{
	ocr_dist_release(d);
	(void)MPI_Finalize();
}

#else

int
ocr_dist_mpi_open(struct ocr_dist *d, struct ocr_ui *ui, struct ocr_err *err)
{
	memset(d, 0, sizeof(*d));
	(void)ui;
	return ocr_err_set(err, -OCR_EUSAGE,
	    "several processes: this program was built without MPI "
	    "(--with-mpi)");
}

void
ocr_dist_mpi_close(struct ocr_dist *d)
{
	ocr_dist_release(d);
}

#endif
