/*
 * coder.c - choose a coder for a piece and run it
 *
 * libdeflate can only make whole streams; k_scan finds its last block so that
 * the stream can be reopened.
 */
#include "config.h"

#include "src/coder.h"

#include <isa-l.h>
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernels/k_huff.h"
#include "kernels/k_probe.h"
#include "kernels/k_scan.h"
#include "kernels/k_stored.h"
#include "src/isal.h"

/* A trial is this long: from a chunk's middle, and a window's length. */
#define TRIAL_BYTES 32768
#define LAST_BLOCK_BYTES 2

enum coder {
	CODER_STORED,
	CODER_HUFFMAN,
	CODER_ISAL_1,
	CODER_ISAL_2,
	CODER_LIBDEFLATE
};

struct ocr_coder {
	int level;
	struct libdeflate_compressor *libdeflate; /* NULL at levels 0 and 1 */
	struct ocr_isal *isal;                    /* level 1 only */
	struct k_scan_table scan;
	struct k_huff huff;
	struct k_probe probe;
	uint8_t trial[TRIAL_BYTES * 2];
};

static size_t
larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

size_t
ocr_coder_bound(size_t len)
{
	size_t n = larger(k_stored_bound(len), k_huff_bound(len));

	n = larger(n, libdeflate_deflate_compress_bound(NULL, len));
	return n + K_SCAN_UNFINISH_ROOM + LAST_BLOCK_BYTES;
}

static size_t
encode_libdeflate(struct ocr_coder *c, const uint8_t *in, size_t len,
    uint8_t *out, size_t cap, enum ocr_piece piece)
{
	struct k_scan_result r;
	size_t n;

	n = libdeflate_deflate_compress(c->libdeflate, in, len, out,
	    cap - K_SCAN_UNFINISH_ROOM);
	if (n == 0 || piece == OCR_PIECE_FINAL)
		return n;
	if (k_scan(out, n, len, &c->scan, &r) != 0 || r.out_len != len)
		return 0;
	return k_scan_unfinish(out, n, cap, &r);
}

/* 0 means that the coder could not: the caller stores. */
static size_t
encode_by(struct ocr_coder *c, enum coder coder, const uint8_t *in, size_t len,
    uint8_t *out, size_t cap, enum ocr_piece piece)
{
	switch (coder) {
	case CODER_STORED:
		return k_stored_encode(in, len, out, cap);
	case CODER_HUFFMAN:
		return k_huff_encode(&c->huff, in, len, out, cap);
	case CODER_ISAL_1:
		return ocr_isal_encode(c->isal, 1, in, len, out, cap);
	case CODER_ISAL_2:
		return ocr_isal_encode(c->isal, 2, in, len, out, cap);
	case CODER_LIBDEFLATE:
		return encode_libdeflate(c, in, len, out, cap, piece);
	}
	return 0;
}

/*
 * The probe sees no matches.  That is good enough at level 1; above, a trial
 * of the real coder on the middle of the chunk has to agree.
 */
static enum coder
try_cheap(struct ocr_coder *c, enum k_probe_choice choice, const uint8_t *in,
    size_t len)
{
	const uint8_t *mid = in + (len - TRIAL_BYTES) / 2;
	size_t best, n;

	best = libdeflate_deflate_compress(c->libdeflate, mid, TRIAL_BYTES,
	    c->trial, sizeof(c->trial));
	if (choice == K_PROBE_STORED && best >= TRIAL_BYTES)
		return CODER_STORED;
	n = k_huff_encode(&c->huff, mid, TRIAL_BYTES, c->trial,
	    sizeof(c->trial));
	/* The piece's empty last block is not the coder's fault. */
	return n > 0 && n - 5 <= best ? CODER_HUFFMAN : CODER_LIBDEFLATE;
}

static enum coder
choose(struct ocr_coder *c, const uint8_t *in, size_t len)
{
	struct k_probe_result r;
	enum k_probe_choice choice;

	if (c->level == 0)
		return CODER_STORED;
	choice = k_probe(&c->probe, in, len, &r);
	if (c->level > 1) {
		if (choice == K_PROBE_STORED || choice == K_PROBE_HUFFMAN)
			return try_cheap(c, choice, in, len);
		return CODER_LIBDEFLATE;
	}
	switch (choice) {
	case K_PROBE_STORED:
		return CODER_STORED;
	case K_PROBE_HUFFMAN:
		return CODER_HUFFMAN;
	case K_PROBE_FAST:
		return CODER_ISAL_1;
	case K_PROBE_LZ:
		break;
	}
	return CODER_ISAL_2;
}

size_t
ocr_coder_encode(struct ocr_coder *c, const uint8_t *in, size_t len,
    uint8_t *out, enum ocr_piece piece)
{
	size_t cap = ocr_coder_bound(len) - LAST_BLOCK_BYTES, n;
	enum coder coder = choose(c, in, len);

	n = encode_by(c, coder, in, len, out, cap, piece);
	if (n == 0 || n > k_stored_bound(len)) {
		coder = CODER_STORED;
		n = k_stored_encode(in, len, out, cap);
	}
	if (piece == OCR_PIECE_FINAL && coder != CODER_LIBDEFLATE) {
		out[n++] = 0x03; /* an empty block with fixed codes, final */
		out[n++] = 0x00;
	}
	return n;
}

struct ocr_coder *
ocr_coder_new(int level)
{
	struct ocr_coder *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->level = level;
	if (level == 1)
		c->isal = ocr_isal_new();
	else if (level > 1)
		c->libdeflate =
		    libdeflate_alloc_compressor(level == 2 ? 1 : level);
	if (level > 0 && c->isal == NULL && c->libdeflate == NULL) {
		ocr_coder_free(c);
		return NULL;
	}
	return c;
}

void
ocr_coder_free(struct ocr_coder *c)
{
	if (c == NULL)
		return;
	libdeflate_free_compressor(c->libdeflate);
	ocr_isal_free(c->isal);
	free(c);
}

const char *
ocr_coder_name(int level, char *buf, size_t n)
{
	if (level <= 1)
		snprintf(buf, n, "isa-l %d.%d level %d", ISAL_MAJOR_VERSION,
		    ISAL_MINOR_VERSION, level);
	else
		snprintf(buf, n, "libdeflate %s level %d",
		    LIBDEFLATE_VERSION_STRING, level);
	return buf;
}
