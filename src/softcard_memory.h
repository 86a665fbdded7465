/*
 * softcard_memory.h - the memory of a softcard, and the host's side of it
 *
 * XRT gives out device addresses from 0.  It maps a file as its side of all
 * buffers of a card: 2 GiB of it, at the buffers' addresses.  In discrete
 * mode device memory is apart from that file, so that a forgotten sync shows
 * as it does on a card; in coherent mode it is that file.  Arguments that are
 * connected to memory of the host point into the file in both.  What lies around
 * device memory cannot be read or written: a kernel that leaves it crashes.
 *
 * Threads: changed by the message loop alone, while no kernel runs.
 */
#ifndef OCR_SOFTCARD_MEMORY_H
#define OCR_SOFTCARD_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define OCR_SOFTCARD_PATH_BYTES 64

struct ocr_softcard_memory {
	uint8_t *base; /* device address 0 */
	uint64_t bytes;
	int fd; /* the host's file */
	bool is_coherent;
	uint8_t *host; /* that file, from device address 0; NULL: not mapped */
	uint64_t host_bytes;
};

/* No bytes yet.  On failure m is zeroed. */
int ocr_softcard_memory_init(struct ocr_softcard_memory *m, bool is_coherent,
    struct ocr_err *err);
/* At least that many bytes from now on; contents stay. */
int ocr_softcard_memory_grow(struct ocr_softcard_memory *m, uint64_t bytes,
    struct ocr_err *err);
/* A zeroed one is fine. */
void ocr_softcard_memory_release(struct ocr_softcard_memory *m);

/* NULL where [at, at + len) is not all device memory. */
uint8_t *ocr_softcard_memory_at(const struct ocr_softcard_memory *m,
    uint64_t at, uint64_t len);
/* Never NULL: an address outside is one that cannot be used. */
void *ocr_softcard_memory_pointer(const struct ocr_softcard_memory *m,
    uint64_t at);

/* Have the host's file at hand: call it before the next two. */
int ocr_softcard_memory_map_host(struct ocr_softcard_memory *m,
    struct ocr_err *err);
/* As memory_at and memory_pointer, but in the host's file. */
uint8_t *ocr_softcard_memory_host_at(const struct ocr_softcard_memory *m,
    uint64_t at, uint64_t len);
void *ocr_softcard_memory_host_pointer(const struct ocr_softcard_memory *m,
    uint64_t at);

/* Bytes that came from the host have arrived in device memory: they belong in
 * its file, too, if that is mapped and they are not from there. */
void ocr_softcard_memory_to_host(const struct ocr_softcard_memory *m,
    uint64_t at, uint64_t len);

/* What the host wrote to 'at' has arrived: len bytes of data, where
 * memory_at(at, len) is not NULL. */
void ocr_softcard_memory_write(struct ocr_softcard_memory *m, uint64_t at,
    const uint8_t *data, size_t len);

/* The name under which other processes open the host's file. */
void ocr_softcard_memory_path(const struct ocr_softcard_memory *m,
    char path[OCR_SOFTCARD_PATH_BYTES]);

#endif
