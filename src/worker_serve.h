/*
 * worker_serve.h - "ocr-X --worker": this program as a host's worker
 *
 * Reads ocr-stream(5) from standard input, answers on standard output in the
 * order in which chunks get done, and ends when the other end has.  The other
 * end is common/worker_host.c.
 */
#ifndef OCR_WORKER_SERVE_H
#define OCR_WORKER_SERVE_H

#include "common/frame.h"
#include "common/job.h"
#include "common/team.h"
#include "common/ui.h"
#include "src/shards.h"

struct ocr_worker_serve {
	const struct ocr_kernel *kernel;
	struct ocr_team *team;
	struct ocr_ui *ui;
	/* What it says of itself: type, tool, codec, build, devices.  id,
	 * kernel, slots and timeout are filled in. */
	struct ocr_begin begin;
	uint64_t memory_bytes;     /* 0: enough */
	struct ocr_shards *shards; /* results are files; NULL: they are sent */
	/*
	 * Where the kernel needs more than options, a model: called once, with
	 * what the other end has sent as ocr/blob and found undamaged, before
	 * the kernel is used in any way.  data is its own, for free().  It may
	 * take long.  NULL: a blob is refused.
	 */
	int (*take_blob)(void *ctx, uint8_t *data, size_t len,
	    struct ocr_err *err);
	void *ctx;
};

/*
 * Until the other end sends ocr/end: 0, or what went wrong here.  Where the
 * other end goes away or is silent for longer than it has promised, the process
 * ends by SIGTERM: nobody is there for results.  From here on what is written
 * to descriptor 1 goes to stderr, so that no library writes into the stream.
 */
int ocr_worker_serve(const struct ocr_worker_serve *w, struct ocr_err *err);

#endif
