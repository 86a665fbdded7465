/*
 * shards.h - results as files in a directory: --shards DIR
 *
 * Whoever does a chunk writes its result as a file of its own, named by the
 * chunk's number: 000000000000.gz, 000000000001.gz, ...  Where that is a host,
 * a few bytes that say so are all that comes back; with chunks by reference
 * (ocr-split --by-reference) nothing else crosses the master.  DIR is the same
 * directory everywhere then, by the same absolute name.
 *
 *	worker: kernel -> ocr_shards_put -> link ...> master: kernel.verify -> sink
 *
 * A host gives its file a name that nobody uses (".000000000007.gz.RANDOM");
 * the master looks at it and gives it its own, so that what a lost or slow host
 * does harms nothing.  When all is there, DIR gets a list: SHARDS, a line for
 * each file: name, bytes, raw bytes, CRC-32 of the file, tabs between them.
 * Without it DIR is not complete.
 */
#ifndef OCR_SHARDS_H
#define OCR_SHARDS_H

#include "common/frame.h"
#include "common/job.h"
#include "common/joblog.h"
#include "common/source.h"
#include "common/team.h"
#include "common/ui.h"

#define OCR_SHARDS_LIST "SHARDS"

struct ocr_shards_opt {
	const char *dir;
	const char *suffix; /* "gz": what is behind the dot */
	enum ocr_type type; /* of the results before they are shards */
	bool is_resumed;    /* --resume: shards may be there */
	bool is_worker;     /* the master looks after DIR */
	/* Of shards of before: which of them are read. */
	enum ocr_verify verify;
	double verify_share;
	struct ocr_ui *ui;
	/*
	 * Where results are not what files are to hold; or NULL.  make() turns
	 * job->out into that, one job at a time, and says how many parts of it
	 * tell why there is no result; check() is verify() of the kernel for
	 * what it has made, state being the kernel's.
	 */
	int (*make)(void *ctx, struct ocr_job *job, uint64_t *n_bad,
	    struct ocr_err *err);
	int (*check)(void *state, const struct ocr_job *job,
	    struct ocr_err *err);
	void *ctx;
};

struct ocr_shards {
	struct ocr_sink sink;     /* first; of the master */
	struct ocr_kernel kernel; /* after ocr_shards_wrap() */
	struct ocr_shards_opt opt;
	char *dir; /* absolute */
	/* The sink's. */
	uint64_t n_done, n_failed;
	uint64_t out_bytes;
	uint64_t n_bad;      /* of make(); not of shards that were there */
	uint64_t n_recalled; /* the reader's */
	/* private */
	int dir_fd;
	const struct ocr_kernel *inner;
	unsigned has_warned; /* atomic */
	struct ocr_shards_row {
		uint64_t seq, bytes, raw_bytes;
		uint32_t crc;
	} * rows; /* by seq */
	size_t n_rows, room;
};

/*
 * The master makes DIR, if it is not there, and refuses one that has shards or
 * other files with the suffix, unless is_resumed, or that another run uses.
 * opt's texts are not copied, but for dir.
 */
int ocr_shards_open(struct ocr_shards *s, const struct ocr_shards_opt *opt,
    struct ocr_err *err);
/* A zeroed one is fine. */
void ocr_shards_release(struct ocr_shards *s);

/*
 * s->kernel does what inner does, and checks shards of hosts: that the file is
 * there, of that length, and, unless job->is_unchecked, that its bytes are what
 * they were said to be and what inner wants.  inner stays in use.
 */
void ocr_shards_wrap(struct ocr_shards *s, const struct ocr_kernel *inner);

/* Write job->out to a file of a name that nobody uses, and make it a chunk of
 * type shard that says so.  One thread at a time for a job. */
int ocr_shards_put(const struct ocr_shards *s, struct ocr_job *job,
    struct ocr_err *err);

/* For ocr_stream.recall, ctx is a struct ocr_shards: the shard of a chunk that
 * was done before, if its file still is what the joblog says. */
bool ocr_shards_recall(void *ctx, struct ocr_job *job,
    const struct ocr_joblog_sum *sum);

/*
 * The end, of the master: the list if all is there, and no file under a name
 * of its own.  Failed chunks have been told; -OCR_EFORMAT with their number.
 */
int ocr_shards_finish(struct ocr_shards *s, bool is_ok, struct ocr_err *err);

/* For shards*.c: a path in DIR, free() it, NULL: no memory; fn for each name in
 * DIR until one is < 0; the sink. */
char *ocr_shards_path(const struct ocr_shards *s, const char *name);
int ocr_shards_each_name(struct ocr_shards *s,
    int (*fn)(struct ocr_shards *s, const char *name, struct ocr_err *err),
    struct ocr_err *err);
void ocr_shards_sink_init(struct ocr_shards *s);

#endif
