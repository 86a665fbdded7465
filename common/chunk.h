/*
 * chunk.h - a numbered piece of input or output, and where it came from
 *
 * A chunk carries payload bytes through a loop.  Its fields say the same as
 * the header of ocr-stream(5): see there for the meaning on the wire.
 *
 * Thread rule: a chunk belongs to one thread at a time (reader, worker,
 * writer); handing it on is a queue operation.  Origins are shared and
 * counted; their fields are read-only after the first chunk has been made.
 */
#ifndef OCR_CHUNK_H
#define OCR_CHUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define OCR_CHUNK_BYTES ((size_t)1 << 20)       /* the default size */
#define OCR_CHUNK_MAX_BYTES ((uint64_t)1 << 30) /* the format's limit */
#define OCR_CHUNK_NAME_BYTES 80
#define OCR_STAGE_BYTES 31               /* name of a tool in an error chunk */
#define OCR_CHUNK_MIN_CAP ((size_t)1024) /* always there, for messages */

/* What a payload is: the word after type= on the wire. */
enum ocr_type {
	OCR_RAW = 0, /* plain bytes */
	OCR_DEFLATE, /* non-final, byte-aligned deflate blocks, no history */
	OCR_MEMBERS, /* whole gzip members */
	OCR_BGZF,    /* whole BGZF blocks */
	OCR_REF,     /* no payload: raw_len bytes at 'at' of the origin */
	OCR_SHARD,   /* from a host: the payload says which file it has made */
	OCR_ERROR,   /* the payload is a message */
};

enum ocr_chunk_kind {
	OCR_CHUNK_DATA = 0,
	OCR_CHUNK_ORIGIN, /* announces c->origin; no payload; not numbered */
};

enum ocr_origin_kind {
	OCR_ORIGIN_FILE = 0,
	OCR_ORIGIN_DIR,
	OCR_ORIGIN_LINK, /* symbolic */
	OCR_ORIGIN_HARDLINK,
};

/* A file, an archive member or a pipe that chunks come from: ocr/source. */
struct ocr_origin {
	unsigned n_refs;    /* atomic */
	uint64_t index;     /* from 0 within the stream */
	uint64_t first_seq; /* of its first chunk, or of the next one */
	enum ocr_origin_kind kind;
	char *name;    /* full name; "-" for standard input */
	char *link;    /* target of a link, else NULL */
	uint64_t size; /* valid if has_size */
	bool has_size;
	uint32_t mode;   /* permission bits, 07777 */
	int64_t mtime_s; /* valid if has_mtime */
	uint32_t mtime_ns;
	bool has_mtime;
	int fd; /* open for reading, or -1; closed with the last reference */
	bool is_seekable; /* pread works on fd */
	uint64_t fd_base; /* file offset of the origin's first byte */
};

/* Where the payload still has to come from, see ocr_chunk_load(). */
enum ocr_chunk_load {
	OCR_LOADED = 0, /* data holds len bytes; nothing to do */
	OCR_LOAD_CHECK, /* data is here; compare with frame_crc */
	OCR_LOAD_PREAD, /* read len bytes at 'at' of origin->fd */
	OCR_LOAD_OPEN,  /* same after opening origin->name: type=ref */
};

struct ocr_chunk {
	enum ocr_chunk_kind kind;
	enum ocr_type type;
	enum ocr_chunk_load load;
	bool has_raw;     /* raw_len and raw_crc are known */
	bool is_ref;      /* came as a reference, loaded since or not */
	uint64_t seq;     /* number within the stream, from 0 */
	uint64_t at;      /* offset of its raw bytes in the origin */
	uint64_t raw_len; /* of the raw bytes */
	uint32_t raw_crc;
	uint32_t head_crc;  /* load == CHECK: CRC of the header fields */
	uint32_t frame_crc; /* load == CHECK: CRC of header and payload */
	int code;           /* OCR_ERROR: what kind, -OCR_E... */
	char stage[OCR_STAGE_BYTES + 1]; /* and which tool; "" = this one */
	struct ocr_origin *origin;       /* counted reference, may be NULL */
	unsigned char *data;             /* payload; owned through room */
	size_t len, cap;
	struct ocr_room *room; /* where data comes from; set by the loop */
};

/*
 * Gives chunks their buffers.  take() makes c->cap >= cap, blocking until the
 * loop has room (byte credits); the old contents are lost.  Only the reader
 * of a loop calls it.  -OCR_ELIMIT if it can never fit, -OCR_ECANCEL when the
 * loop stops.
 *
 * grow() makes cap of a job's output larger and keeps its len bytes.  It never
 * waits, so the worker that has the job may call it when there is more output
 * than the kernel's out_bytes() said.  -OCR_ELIMIT as above.
 */
struct ocr_room {
	int (*take)(struct ocr_room *room, struct ocr_chunk *c, size_t cap,
	    struct ocr_err *err);
	int (*grow)(struct ocr_room *room, struct ocr_chunk *c, size_t cap,
	    struct ocr_err *err);
};

int ocr_chunk_take(struct ocr_chunk *c, size_t cap, struct ocr_err *err);
int ocr_chunk_grow(struct ocr_chunk *c, size_t cap, struct ocr_err *err);

/* Back to an empty DATA chunk; keeps data, cap and room, drops the origin. */
void ocr_chunk_reset(struct ocr_chunk *c);

/* Share o (NULL is fine): the chunk's old origin is dropped. */
void ocr_chunk_set_origin(struct ocr_chunk *c, struct ocr_origin *o);

/* Turn c into a type=error chunk that says err->text; kind, seq, at and origin
 * stay.  Needs no room: loops give every chunk OCR_CHUNK_MIN_CAP bytes. */
void ocr_chunk_set_error(struct ocr_chunk *c, const struct ocr_err *err);

/*
 * Make the payload real and known: read it where load says so, check its CRC,
 * and for type raw (and ref, which becomes raw) fill raw_len and raw_crc.
 * c->cap must hold it already.  Any thread; called by workers, so that reading
 * a file and checking a stream are spread over the cores.
 * -OCR_EFORMAT "chunk 7 (bytes 7340032-8388607 of x) is damaged: ..."; -OCR_EIO,
 * also where the file of a reference is not the one that was cut.
 */
int ocr_chunk_load(struct ocr_chunk *c, struct ocr_err *err);

/*
 * What a joblog knows a chunk by: length and CRC-32 of its payload, which is
 * loaded.  Of a reference, loaded or not, what decides about its bytes: name,
 * size and time of the file, and the place in it; so that they need not be
 * read to see that they are the same.
 */
void ocr_chunk_in_sum(const struct ocr_chunk *c, uint64_t *len, uint32_t *crc);
/* The same of a result; of a shard those of its file, 0 if it names none. */
void ocr_chunk_out_sum(const struct ocr_chunk *c, uint64_t *len, uint32_t *crc);

/* "chunk 7 (at byte 7340032 of x)", for messages; returns buf. */
const char *ocr_chunk_describe(const struct ocr_chunk *c, char *buf, size_t n);

/* A new origin with one reference; name and link are copied (link may be
 * NULL).  NULL when there is no memory. */
struct ocr_origin *ocr_origin_new(const char *name, const char *link);
struct ocr_origin *ocr_origin_ref(struct ocr_origin *o);
void ocr_origin_unref(struct ocr_origin *o); /* NULL is fine */

/* What messages call it: its name, or "stdin". */
const char *ocr_origin_label(const struct ocr_origin *o);

/* The word of ocr-stream(5) for a type ("raw", "deflate", ...) and back (-1). */
const char *ocr_type_name(enum ocr_type type);
int ocr_type_parse(const char *word, size_t len);

#endif
