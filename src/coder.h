/*
 * coder.h - bytes to deflate data, by the coder that suits them
 *
 * Every coder makes a piece: blocks that end on a byte boundary and refer to
 * nothing outside.  An open piece can be followed by another; a final one ends
 * its stream.  Same bytes, same level, same libraries: same piece.
 * One thread per coder.
 */
#ifndef OCR_CODER_H
#define OCR_CODER_H

#include <stddef.h>
#include <stdint.h>

#define OCR_LEVEL_MAX 12
#define OCR_LEVEL_DEFAULT 6

enum ocr_piece { OCR_PIECE_OPEN = 0, OCR_PIECE_FINAL };

struct ocr_coder;

/*
 * Levels: 0 stores.  1 picks for each piece between stored, Huffman-only,
 * ISA-L 1 and ISA-L 2 by a probe.  2 is libdeflate 1, and 3 to 12 are
 * libdeflate's own; data in which the probe finds nothing to match, and
 * a trial agrees, is stored or Huffman-only there too.
 * NULL: no memory.
 */
struct ocr_coder *ocr_coder_new(int level);
void ocr_coder_free(struct ocr_coder *c); /* NULL is fine */

/* Room that a piece of len bytes needs, whatever the coder. */
size_t ocr_coder_bound(size_t len);

/* Write the piece of in[0..len) to out, which has room for ocr_coder_bound(len)
 * bytes.  Returns its length; cannot fail (what cannot be coded is stored). */
size_t ocr_coder_encode(struct ocr_coder *c, const uint8_t *in, size_t len,
    uint8_t *out, enum ocr_piece piece);

/* "libdeflate 1.14 level 6": what is behind a level; returns buf. */
const char *ocr_coder_name(int level, char *buf, size_t n);

#endif
