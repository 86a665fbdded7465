/*
 * host_link.h - the master's end of a connection: entries over two descriptors
 * that do not block
 *
 * Reads and writes ocr-stream(5) piece by piece, so that one thread can wait
 * for a host's input, output and clock at once.  Knows entries, not what they
 * mean: that is worker_host.c.  Every byte may come from an enemy.  One thread.
 */
#ifndef OCR_HOST_LINK_H
#define OCR_HOST_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "common/frame.h"

enum ocr_link_event {
	OCR_LINK_AGAIN = 0, /* nothing more for now */
	OCR_LINK_BEGIN,     /* begin is there */
	OCR_LINK_HEAD,      /* frame is that of a result: say where it goes */
	OCR_LINK_RESULT,    /* its payload is there, not yet checked */
	OCR_LINK_PING,
	OCR_LINK_END,
	OCR_LINK_EOF, /* no more will come */
};

struct ocr_link {
	int in, out; /* -1: closed; owner: the caller */
	struct ocr_begin begin;
	struct ocr_frame frame;
	struct ocr_ping ping;
	struct ocr_end end;
	uint64_t heard_ns; /* when a byte came */
	/* private: reading */
	int phase;
	bool has_begin, has_end;
	struct ocr_chunk *into;
	size_t n_got, n_padding;
	char *text;
	uint8_t block[2 * OCR_FRAME_BYTES]; /* padding, then a header */
	/* private: writing */
	struct iovec iov[6];
	int n_iov, first_iov;
	uint8_t heads[2][OCR_FRAME_BYTES];
	char *out_text;
	void *kept;                /* a rest of a payload */
	struct ocr_origin *origin; /* the last one announced */
};

/* The descriptors do not block and stay the caller's. */
int ocr_link_open(struct ocr_link *l, int in, int out, struct ocr_err *err);
void ocr_link_release(struct ocr_link *l); /* a zeroed one is fine */

/*
 * An enum ocr_link_event; -OCR_EFORMAT with what is wrong, -OCR_EDEVICE for
 * another version of the stream or none at all, quoting what came instead.
 */
int ocr_link_read(struct ocr_link *l, struct ocr_err *err);
/* After OCR_LINK_HEAD: the result goes to c, which gets type, sizes and
 * checksums and grows as bytes come. */
void ocr_link_into(struct ocr_link *l, struct ocr_chunk *c);

/* Its payload goes on to another chunk, which has the first len bytes of it. */
void ocr_link_redirect(struct ocr_link *l, struct ocr_chunk *c);

/* Is an entry still being written?  Then nothing may be put. */
bool ocr_link_is_writing(const struct ocr_link *l);
int ocr_link_put_begin(struct ocr_link *l, const struct ocr_begin *b,
    struct ocr_err *err);
/* Loaded, or a reference; must stay until it is written.  -OCR_EFORMAT: it
 * cannot be sent. */
int ocr_link_put_chunk(struct ocr_link *l, const struct ocr_chunk *c,
    struct ocr_err *err);
/* Its bytes must stay until they are written. */
void ocr_link_put_blob(struct ocr_link *l, const struct ocr_blob *b);
int ocr_link_put_ping(struct ocr_link *l, const struct ocr_ping *p,
    struct ocr_err *err);
int ocr_link_put_end(struct ocr_link *l, const struct ocr_end *e,
    struct ocr_err *err);
/* Is some of data still to be written? */
bool ocr_link_has(const struct ocr_link *l, const void *data, size_t len);
/* What is still to be written of data is copied, so that it need not stay.
 * False: no memory. */
bool ocr_link_keep(struct ocr_link *l, const void *data, size_t len);
/* As much as goes now. */
int ocr_link_write(struct ocr_link *l, struct ocr_err *err);

#endif
