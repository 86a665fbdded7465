/*
 * graph_file_layout.c - where what is in an .ocrg file
 */
#include "config.h"

#include "src/graph_file_layout.h"

#include <stdlib.h>
#include <string.h>

#include "common/crc.h"

void
ocr_file_lay_out(struct ocr_file_header *h, const struct ocr_graph *g,
    bool has_in, bool has_ids)
{
	uint64_t at = sizeof(*h), align;
	int i;

	memset(h, 0, sizeof(*h));
	memcpy(h->magic, OCR_FILE_MAGIC, sizeof(h->magic));
	h->order = OCR_FILE_ORDER;
	h->version = OCR_FILE_VERSION;
	h->n = g->n;
	h->n_arcs = g->n_arcs;
	h->n_edges = g->n_edges;
	h->first_id = has_ids ? 0 : g->first_id;
	h->kind = g->kind;
	h->flags = (g->is_directed ? OCR_FILE_DIRECTED : 0) |
		   (has_in ? OCR_FILE_HAS_IN : 0) |
		   (has_ids ? OCR_FILE_HAS_IDS : 0) |
		   (g->is_in_id_order ? OCR_FILE_ID_ORDER : 0);
	for (i = 0; i < OCR_N_PARTS; i++) {
		struct ocr_file_section *s = &h->sections[i];

		s->bytes = ocr_graph_part_items(g, (enum ocr_graph_part)i,
			       has_in, has_ids) *
			   ocr_graph_part_size(g, (enum ocr_graph_part)i);
		if (s->bytes == 0)
			continue;
		align = s->bytes < OCR_FILE_ALIGN_LONG ? OCR_FILE_ALIGN
						       : OCR_FILE_ALIGN_LONG;
		s->at = (at + align - 1) / align * align;
		at = s->at + s->bytes;
	}
	h->bytes = at;
}

const char *
ocr_file_section_name(enum ocr_graph_part part)
{
	static const char *const names[OCR_N_PARTS] = {"offsets", "ends",
	    "weights", "offsets of in-arcs", "ends of in-arcs",
	    "weights of in-arcs", "first ends", "ids"};

	return names[part];
}

int
ocr_file_pieces_init(struct ocr_file_pieces *p, const struct ocr_file_header *h,
    struct ocr_err *err)
{
	int i;

	p->first[0] = 0;
	for (i = 0; i < OCR_N_PARTS; i++)
		p->first[i + 1] =
		    p->first[i] + (h->sections[i].bytes + OCR_FILE_PIECE - 1) /
				      OCR_FILE_PIECE;
	p->crcs = calloc((size_t)p->first[OCR_N_PARTS] + 1, sizeof(*p->crcs));
	return p->crcs == NULL ? ocr_err_nomem(err) : 0;
}

void
ocr_file_pieces_release(struct ocr_file_pieces *p)
{
	free(p->crcs);
	p->crcs = NULL;
}

enum ocr_graph_part
ocr_file_piece(const struct ocr_file_pieces *p, const struct ocr_file_header *h,
    uint64_t piece, uint64_t *at, uint64_t *bytes)
{
	int i = 0;

	while (piece >= p->first[i + 1])
		i++;
	*at = (piece - p->first[i]) * OCR_FILE_PIECE;
	*bytes = h->sections[i].bytes - *at;
	if (*bytes > OCR_FILE_PIECE)
		*bytes = OCR_FILE_PIECE;
	return (enum ocr_graph_part)i;
}

uint32_t
ocr_file_section_crc(const struct ocr_file_pieces *p,
    const struct ocr_file_header *h, enum ocr_graph_part part)
{
	uint64_t left = h->sections[part].bytes, i, len;
	uint32_t crc = 0;

	for (i = p->first[part]; i < p->first[part + 1]; i++, left -= len) {
		len = left < OCR_FILE_PIECE ? left : OCR_FILE_PIECE;
		crc = ocr_crc32_join(crc, p->crcs[i], len);
	}
	return crc;
}
