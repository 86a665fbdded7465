/*
 * inflate.h - the decompressing kernel
 *
 * Two kinds of input:
 *
 *   gzip files, cut by gunzip_source.  A piece without known sizes is only a
 *     guess: it may begin or end in the middle of something, or need what came
 *     before it.  So the result is either sure (out->type is OCR_RAW: the
 *     bytes are right provided that a decoder stands at a block header, or at
 *     a member header, where the piece begins) or nothing (out->type is
 *     OCR_DEFLATE, len 0) and then gunzip_sink decodes job->in itself.
 *     In this mode bad data never fails a job: the sink has the last word.
 *
 *   chunks of an ocr-stream(5), whose raw length and CRC are known.  What does
 *     not inflate to exactly that fails its job.
 */
#ifndef OCR_INFLATE_H
#define OCR_INFLATE_H

#include <stdint.h>

#include "common/job.h"

struct ocr_inflate_opt {
	bool is_gunzip;       /* pieces of gzip files, else a chunk stream */
	uint64_t limit_bytes; /* raw bytes per chunk of a stream; 0 = none */
};

/* opt must stay as long as the kernel is in use. */
void ocr_inflate_kernel_init(struct ocr_kernel *k,
    const struct ocr_inflate_opt *opt);

/*
 * Raw deflate data of at most this many bytes may inflate to raw_len: no
 * deflate stream is shorter than 1/1032 of what it holds (258 bytes from two
 * bits, RFC 1951).  For checking sizes before room is made for them.
 */
static inline bool
ocr_inflate_is_possible(uint64_t deflate_len, uint64_t raw_len)
{
	return raw_len / 1032 <= deflate_len;
}

#endif
