/*
 * frame.h - the headers of ocr-stream(5): 512 bytes to a struct and back
 *
 * A strict subset of POSIX ustar.  Pure functions over bytes: no I/O, no
 * allocation, any thread.  Every byte may come from an enemy; whatever
 * decode accepts, encode writes again bit for bit.
 */
#ifndef OCR_FRAME_H
#define OCR_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/chunk.h"
#include "common/err.h"
#include "common/sha256.h"

#define OCR_FRAME_BYTES 512
#define OCR_STREAM_VERSION 1
#define OCR_CONTROL_MAX_BYTES 65536 /* text of a control entry or error */
#define OCR_FRAME_SEQ_MAX UINT64_C(999999999999) /* 12 digits */
#define OCR_FRAME_CODE_BYTES 15
#define OCR_SHARD_TEXT_BYTES 256 /* payload of a chunk of type shard */
#define OCR_BLOB_MAX_BYTES OCR_CHUNK_MAX_BYTES

enum ocr_frame_kind {
	OCR_FRAME_CHUNK = 0,
	OCR_FRAME_BEGIN,  /* ocr/begin */
	OCR_FRAME_SOURCE, /* ocr/source */
	OCR_FRAME_END,    /* ocr/end */
	OCR_FRAME_PING,   /* ocr/ping: between hosts only */
	OCR_FRAME_BLOB,   /* ocr/blob: to a host only */
	OCR_FRAME_ZERO,   /* a block of zeros: end of archive */
};

struct ocr_frame {
	enum ocr_frame_kind kind;
	uint64_t seq;                        /* chunk */
	char name[OCR_CHUNK_NAME_BYTES + 1]; /* chunk: for people */
	uint64_t size;      /* payload bytes that follow, before padding */
	uint64_t at;        /* chunk: offset in its origin; its end < 2^63 */
	enum ocr_type type; /* chunk */
	bool has_raw;       /* len= was there */
	uint64_t raw_len;
	bool has_raw_crc; /* crc= was there */
	uint32_t raw_crc;
	char code[OCR_FRAME_CODE_BYTES + 1]; /* type error: what kind of */
	char stage[OCR_STAGE_BYTES + 1];     /* and which tool said so */
	char sha256[OCR_SHA256_HEX + 1];     /* blob: of its payload */
	uint32_t mode;
	int64_t mtime_s;
	uint32_t crc;      /* of header fields and payload, as in uname */
	uint32_t head_crc; /* of the header fields alone; set by both ways */
};

/*
 * Write the header of a payload of f->size bytes whose CRC-32 is payload_crc;
 * sets f->head_crc and f->crc.  The caller has checked the limits (asserted).
 */
void ocr_frame_encode(struct ocr_frame *f, uint32_t payload_crc,
    uint8_t block[OCR_FRAME_BYTES]);

/* -OCR_EFORMAT with the reason; size and raw_len <= OCR_CHUNK_MAX_BYTES (control entries:
 * OCR_CONTROL_MAX_BYTES; ocr/blob: OCR_BLOB_MAX_BYTES) on success. */
int ocr_frame_decode(const uint8_t block[OCR_FRAME_BYTES], struct ocr_frame *f,
    struct ocr_err *err);

/* The same where ocr/ping, ocr/blob and type=shard may come too: on a
 * connection to a host. */
int ocr_frame_decode_link(const uint8_t block[OCR_FRAME_BYTES],
    struct ocr_frame *f, struct ocr_err *err);

/* Set f->name from the full name of a source: its last path part, made
 * harmless and short. */
void ocr_frame_set_name(struct ocr_frame *f, const char *full);

/* Set f->code to the word for an error code (negative), f->stage to the first
 * word of 'tool'; what does not fit the format is left out. */
void ocr_frame_set_error(struct ocr_frame *f, int code, const char *tool);

/* The error code that f->code stands for; an unknown word is -OCR_EFORMAT. */
int ocr_frame_error_code(const struct ocr_frame *f);

/* Could these first bytes of an input be a chunk stream?  True for a block
 * that names ocr/begin, damaged or not. */
bool ocr_frame_is_magic(const uint8_t *p, size_t len);

/* Zero bytes after a payload, up to the next multiple of 512. */
size_t ocr_frame_padding(uint64_t size);

/* Payload of ocr/begin. */
struct ocr_begin {
	unsigned version;
	enum ocr_type type;   /* of the stream: how ocr-merge joins it */
	char id[33];          /* 32 hex digits: parts of one split share it */
	char tool[64];        /* "ocr-compress 0.1.0" */
	char codec[64];       /* "libdeflate 1.14 level 6", or "" */
	uint64_t chunk_bytes; /* largest raw chunk, 0 = not known */
	bool has_total;
	uint64_t total; /* raw bytes, if known beforehand */
	/* On a connection to a host; "" and 0 elsewhere. */
	char kernel[64];     /* what is to be done, or is done */
	char build[64];      /* what its maker calls the program */
	uint32_t slots;      /* chunks at once: wanted, or that there are */
	char devices[112];   /* "cpu:4,xrt:0": who does it */
	uint32_t timeout_ms; /* who is silent for longer has gone */
	/* SHA-256 of the blob that is needed; or, as an answer, that is there
	 * and need not be sent. */
	char blob[OCR_SHA256_HEX + 1];
};
#define OCR_SLOTS_MAX 4096

/* Payload of ocr/ping. */
struct ocr_ping {
	uint64_t seq;  /* the master counts; a worker says what it saw last */
	uint64_t busy; /* chunks that it has and has not answered */
};

/*
 * Payload of a chunk of type shard: a file that a host has written.  The name
 * is made of the chunk's number: ".NNNNNNNNNNNN.gz.RANDOM" while nobody has
 * agreed to it, NNNNNNNNNNNN.gz then.  Another form is refused, so that it can
 * be no path.
 */
#define OCR_SHARD_SUFFIX_BYTES 8  /* without the dot: [a-z0-9] */
#define OCR_SHARD_RANDOM_BYTES 12 /* [a-z2-7] */
#define OCR_SHARD_NAME_BYTES                                                   \
	(1 + 12 + 1 + OCR_SHARD_SUFFIX_BYTES + 1 + OCR_SHARD_RANDOM_BYTES)
struct ocr_shard {
	char name[OCR_SHARD_NAME_BYTES + 1];
	uint64_t bytes; /* of the file */
	uint32_t crc;   /* and its CRC-32 */
	uint64_t n_bad; /* parts of it that say why there is no result */
};

/* Is that a name of a shard?  seq, suffix ("gz") and is_temp are set. */
bool ocr_shard_name_parse(const char *name, uint64_t *seq,
    char suffix[OCR_SHARD_SUFFIX_BYTES + 1], bool *is_temp);
int ocr_shard_encode(const struct ocr_shard *s, char *text, size_t cap,
    struct ocr_err *err);
int ocr_shard_decode(struct ocr_shard *s, const char *text, size_t len,
    struct ocr_err *err);

/* What a host gets before its first chunk: a model.  The bytes are the
 * caller's. */
struct ocr_blob {
	const uint8_t *data;
	size_t len; /* at most OCR_BLOB_MAX_BYTES */
	uint32_t crc;
	char sha256[OCR_SHA256_HEX + 1];
};
/* -OCR_ELIMIT: too large. */
int ocr_blob_init(struct ocr_blob *b, const void *data, size_t len,
    struct ocr_err *err);

/* Payload of ocr/end. */
struct ocr_end {
	bool is_ok; /* status=ok, else status=failed */
	uint64_t chunks;
	uint64_t bytes; /* raw bytes of all chunks */
	bool has_crc;   /* false where chunks were not seen (type=ref) */
	uint32_t crc;   /* CRC-32 of all raw bytes in order of SEQ */
};

/*
 * Lines of key=value; unknown keys are skipped (a later version may add some),
 * doubled or malformed ones refused, bytes below 0x21, 0x7f and '%' in names
 * are written %XX.  encode returns the length, at most OCR_CONTROL_MAX_BYTES,
 * or -OCR_ELIMIT (names can be long).
 */
int ocr_begin_encode(const struct ocr_begin *b, char *text, size_t cap,
    struct ocr_err *err);
int ocr_begin_decode(struct ocr_begin *b, const char *text, size_t len,
    struct ocr_err *err);
int ocr_end_encode(const struct ocr_end *e, char *text, size_t cap,
    struct ocr_err *err);
int ocr_end_decode(struct ocr_end *e, const char *text, size_t len,
    struct ocr_err *err);
int ocr_ping_encode(const struct ocr_ping *p, char *text, size_t cap,
    struct ocr_err *err);
int ocr_ping_decode(struct ocr_ping *p, const char *text, size_t len,
    struct ocr_err *err);
/* Who wrote a begin that cannot be decoded, another version's perhaps: the
 * value of tool=, made printable, or "an unknown program". */
void ocr_begin_tool(const char *text, size_t len, char tool[64]);
/* decode makes a new origin with one reference. */
int ocr_origin_encode(const struct ocr_origin *o, char *text, size_t cap,
    struct ocr_err *err);
int ocr_origin_decode(struct ocr_origin **o, const char *text, size_t len,
    struct ocr_err *err);

/* Fill b->id with fresh random digits. */
int ocr_begin_new_id(struct ocr_begin *b, struct ocr_err *err);

#endif
