/*
 * graph_open.c - names of formats, and who reads which; see graph_open.h
 */
#include "config.h"

#include "src/graph_open.h"

#include <string.h>

static const char *const names[OCR_N_FORMATS] = {
    [OCR_FORMAT_AUTO] = "auto",
    [OCR_FORMAT_OCRG] = "ocrg",
    [OCR_FORMAT_SNAP] = "snap",
    [OCR_FORMAT_EL] = "el",
    [OCR_FORMAT_WEL] = "wel",
    [OCR_FORMAT_MTX] = "mtx",
    [OCR_FORMAT_DIMACS] = "dimacs",
    [OCR_FORMAT_METIS] = "metis",
    [OCR_FORMAT_LIGRA] = "ligra",
    [OCR_FORMAT_LDBC] = "ldbc",
    [OCR_FORMAT_SG] = "sg",
    [OCR_FORMAT_WSG] = "wsg",
    [OCR_FORMAT_GRAPH500] = "graph500",
};

const char *
ocr_graph_format_name(enum ocr_graph_format f)
{
	return (unsigned)f < OCR_N_FORMATS ? names[f] : NULL;
}

enum ocr_graph_format
ocr_graph_format_find(const char *name)
{
	unsigned f = 0;

	while (f < OCR_N_FORMATS && strcmp(names[f], name) != 0)
		f++;
	return (enum ocr_graph_format)f;
}

int
ocr_graph_source_open(struct ocr_graph_source **out, struct ocr_input_map *in,
    enum ocr_graph_format format, struct ocr_err *err)
{
	int r = 0;

	*out = NULL;
	if (format == OCR_FORMAT_AUTO)
		r = ocr_graph_sniff(in, &format, err);
	if (r < 0)
		return r;
	switch (format) {
	case OCR_FORMAT_SNAP:
	case OCR_FORMAT_EL:
	case OCR_FORMAT_WEL:
	case OCR_FORMAT_LDBC:
		return ocr_graph_text_open(out, in, format, err);
	case OCR_FORMAT_MTX:
		return ocr_graph_mtx_open(out, in, err);
	case OCR_FORMAT_DIMACS:
		return ocr_graph_dimacs_open(out, in, err);
	case OCR_FORMAT_METIS:
		return ocr_graph_metis_open(out, in, err);
	case OCR_FORMAT_LIGRA:
		return ocr_graph_ligra_open(out, in, err);
	case OCR_FORMAT_SG:
	case OCR_FORMAT_WSG:
		return ocr_graph_gapbs_open(out, in, format, err);
	case OCR_FORMAT_GRAPH500:
		return ocr_graph_graph500_open(out, in, err);
	case OCR_FORMAT_OCRG:
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%.200s: an .ocrg file is a graph, not a list of edges",
		    in->name);
	case OCR_FORMAT_AUTO:
	case OCR_N_FORMATS:
		break;
	}
	return ocr_err_set(err, -OCR_EUSAGE, "no such format");
}
