/*
 * graph_open.h - which format is it, and who reads it
 *
 * A format's opener takes the input over when it succeeds; the source's free()
 * closes it.  Text formats name lines in messages: "x.mtx: line 7: ...".
 */
#ifndef OCR_GRAPH_OPEN_H
#define OCR_GRAPH_OPEN_H

#include "src/graph_source.h"
#include "src/input_map.h"

enum ocr_graph_format {
	OCR_FORMAT_AUTO = 0, /* by content */
	OCR_FORMAT_OCRG,     /* not a source: graph_file.h maps it */
	OCR_FORMAT_SNAP,     /* text: from, to, perhaps a weight; # comments */
	OCR_FORMAT_EL,       /* the same, without a weight */
	OCR_FORMAT_WEL,      /* the same, with one */
	OCR_FORMAT_MTX,
	OCR_FORMAT_DIMACS,
	OCR_FORMAT_METIS,
	OCR_FORMAT_LIGRA,
	OCR_FORMAT_LDBC, /* .e, and .v of the same name beside it */
	OCR_FORMAT_SG,   /* GAPBS */
	OCR_FORMAT_WSG,
	OCR_FORMAT_GRAPH500,
	OCR_N_FORMATS
};

/* NULL: no such name. */
const char *ocr_graph_format_name(enum ocr_graph_format f);
/* OCR_N_FORMATS: no such format. */
enum ocr_graph_format ocr_graph_format_find(const char *name);

/* What the first bytes look like.  -OCR_EFORMAT with the reason, or the
 * format: also for what we recognise and do not read (WebGraph). */
int ocr_graph_sniff(const struct ocr_input_map *in,
    enum ocr_graph_format *format, struct ocr_err *err);

/* in: closed by the source, or, if this fails, still the caller's. */
int ocr_graph_source_open(struct ocr_graph_source **out,
    struct ocr_input_map *in, enum ocr_graph_format format,
    struct ocr_err *err);

/* The formats; same terms. */
int ocr_graph_text_open(struct ocr_graph_source **out, struct ocr_input_map *in,
    enum ocr_graph_format format,
    struct ocr_err *err); /* SNAP, EL, WEL, LDBC */
int ocr_graph_mtx_open(struct ocr_graph_source **out, struct ocr_input_map *in,
    struct ocr_err *err);
int ocr_graph_dimacs_open(struct ocr_graph_source **out,
    struct ocr_input_map *in, struct ocr_err *err);
int ocr_graph_metis_open(struct ocr_graph_source **out,
    struct ocr_input_map *in, struct ocr_err *err);
int ocr_graph_ligra_open(struct ocr_graph_source **out,
    struct ocr_input_map *in, struct ocr_err *err);
int ocr_graph_gapbs_open(struct ocr_graph_source **out,
    struct ocr_input_map *in, enum ocr_graph_format format,
    struct ocr_err *err); /* SG, WSG */
int ocr_graph_graph500_open(struct ocr_graph_source **out,
    struct ocr_input_map *in, struct ocr_err *err);

#endif
