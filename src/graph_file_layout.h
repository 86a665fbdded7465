/*
 * graph_file_layout.h - the header of .ocrg files: ocr-graph(5)
 *
 * For graph_file.c, which maps them, and graph_file_write.c.  The numbers are
 * those of the machine: what is mapped cannot be turned round.
 */
#ifndef OCR_GRAPH_FILE_LAYOUT_H
#define OCR_GRAPH_FILE_LAYOUT_H

#include <stdint.h>

#include "src/graph_store.h"

#define OCR_FILE_MAGIC "\x89OCRG\r\n\x1a" /* 8 bytes */
#define OCR_FILE_ORDER 0x01020304
#define OCR_FILE_VERSION 1

/* Flags. */
#define OCR_FILE_DIRECTED 1U
#define OCR_FILE_HAS_IN 2U   /* directed: rows of in-arcs */
#define OCR_FILE_HAS_IDS 4U  /* else first_id and the next n - 1 */
#define OCR_FILE_ID_ORDER 8U /* rows by number, not hubs first */

/* Sections begin at multiples of this: long ones can have huge pages. */
#define OCR_FILE_ALIGN 64
#define OCR_FILE_ALIGN_LONG ((uint64_t)2 << 20)

/* Checksums are made and checked in pieces of this, by all threads. */
#define OCR_FILE_PIECE ((uint64_t)1 << 18)

struct ocr_file_section {
	uint64_t at, bytes; /* both 0: there is none */
	uint32_t crc32;
	uint32_t zero;
};

struct ocr_file_header {
	uint8_t magic[8];
	uint32_t order, version;
	uint64_t bytes; /* of the file */
	uint64_t n, n_arcs, n_edges, first_id;
	uint32_t kind, flags;
	struct ocr_file_section sections[OCR_N_PARTS];
	uint8_t zero[60];
	uint32_t crc32; /* of all before */
};

_Static_assert(sizeof(struct ocr_file_header) == 320, "no holes");

/* What the graph is says where the sections are: all of h but checksums. */
void ocr_file_lay_out(struct ocr_file_header *h, const struct ocr_graph *g,
    bool has_in, bool has_ids);

/* "offsets", ...: for messages. */
const char *ocr_file_section_name(enum ocr_graph_part part);

/* Pieces of all sections, one after the other: the range of a sweep. */
struct ocr_file_pieces {
	uint64_t first[OCR_N_PARTS + 1]; /* piece number */
	uint32_t *crcs;                  /* of each piece */
};

int ocr_file_pieces_init(struct ocr_file_pieces *p,
    const struct ocr_file_header *h, struct ocr_err *err);
void ocr_file_pieces_release(struct ocr_file_pieces *p);
/* The section of a piece, and its bytes there. */
enum ocr_graph_part ocr_file_piece(const struct ocr_file_pieces *p,
    const struct ocr_file_header *h, uint64_t piece, uint64_t *at,
    uint64_t *bytes);
/* The checksum of a section whose pieces have theirs. */
uint32_t ocr_file_section_crc(const struct ocr_file_pieces *p,
    const struct ocr_file_header *h, enum ocr_graph_part part);

#endif
