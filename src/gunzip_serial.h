/*
 * gunzip_serial.h - deflate data in order, with history, piece by piece
 *
 * The decoder for whatever cannot be inflated in parallel.  It starts at a
 * block header after any amount of data that was decoded elsewhere (note()
 * keeps the last 32 KiB of that) and can be left again wherever a block header
 * comes at the beginning of a byte.  Private to gunzip_sink.  One thread.
 */
#ifndef OCR_GUNZIP_SERIAL_H
#define OCR_GUNZIP_SERIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ocr_serial;

enum ocr_serial_state {
	OCR_SERIAL_MORE = 0, /* the input is used up, all output is out */
	OCR_SERIAL_FULL,     /* the output is full; call again */
	OCR_SERIAL_DONE,     /* the final block has ended */
};

/* NULL when there is no memory. */
struct ocr_serial *ocr_serial_new(void);
void ocr_serial_free(struct ocr_serial *d); /* NULL is fine */

/* A new deflate stream: at its first block header, without history. */
void ocr_serial_reset(struct ocr_serial *d);

/* The stream has been decoded elsewhere so far that p[0..n) came out; the next
 * byte begins a block.  Only when it is not running. */
void ocr_serial_note(struct ocr_serial *d, const uint8_t *p, size_t n);

/*
 * Inflate in[*at..n_in) into out[0..cap); *at moves on, or, after FULL, back
 * by bytes that ISA-L had only looked at: go on with the same input then.
 * Returns an enum ocr_serial_state, or -1 where the data is no deflate stream;
 * *n_out is set always (before an error some good bytes may be missing).  cap >= 128 KiB: ISA-L keeps less than that back, and
 * what it looks back on must not be in two buffers.
 */
int ocr_serial_run(struct ocr_serial *d, const uint8_t *in, size_t n_in,
    size_t *at, uint8_t *out, size_t cap, size_t *n_out);

/* Has it begun with something that it has not finished?  False at the first
 * bit of a block header that begins a byte. */
bool ocr_serial_is_running(const struct ocr_serial *d);

#endif
