/*
 * sssp_print.c - see sssp_print.h
 */
#include "config.h"

#include "src/sssp_print.h"

#include <string.h>

#include "src/graph_digits.h"
#include "src/le.h"

static char *
put_lines(const void *arg, uint64_t start, uint64_t end, char *p)
{
	const struct ocr_sssp_found *f = arg;
	const struct ocr_distances *d = f->distances;

	for (uint64_t i = start; i < end; i++) {
		uint64_t v = ocr_names_at(&f->names, i);

		if (!ocr_sssp_is_reached(d, v))
			continue;
		if (f->has_source) {
			p = ocr_put_u64(p, ocr_names_id(&f->names, f->source));
			*p++ = '\t';
		}
		p = ocr_put_u64(p, ocr_names_id(&f->names, v));
		*p++ = '\t';
		if (d->width == 0)
			p = ocr_put_double(p, d->real[v]);
		else
			p = ocr_put_u64(p,
			    d->width == 4 ? d->near[v] : d->far[v]);
		*p++ = '\n';
	}
	return p;
}

static char *
put_ldbc(const void *arg, uint64_t start, uint64_t end, char *p)
{
	static const char far[] = "Infinity";
	const struct ocr_sssp_found *f = arg;
	const struct ocr_distances *d = f->distances;

	for (uint64_t i = start; i < end; i++) {
		uint64_t v = ocr_names_at(&f->names, i);

		p = ocr_put_u64(p, ocr_names_id(&f->names, v));
		*p++ = ' ';
		if (!ocr_sssp_is_reached(d, v)) {
			memcpy(p, far, sizeof(far) - 1);
			p += sizeof(far) - 1;
		} else {
			p = ocr_put_e15(p, d->width == 4   ? (double)d->near[v]
					   : d->width == 8 ? (double)d->far[v]
							   : d->real[v]);
		}
		*p++ = '\n';
	}
	return p;
}

/* 8 bytes each, whatever the width: whole, or a real. */
static char *
put_array(const void *arg, uint64_t start, uint64_t end, char *p)
{
	const struct ocr_sssp_found *f = arg;
	const struct ocr_distances *d = f->distances;
	uint64_t value;

	for (uint64_t i = start; i < end; i++) {
		uint64_t v = ocr_names_at(&f->names, i);

		if (d->width == 0)
			memcpy(&value, &d->real[v], sizeof(value));
		else if (d->width == 8)
			value = d->far[v];
		else
			value =
			    ocr_sssp_is_reached(d, v) ? d->near[v] : UINT64_MAX;
		p += ocr_put_le32((uint8_t *)p, (uint32_t)value);
		p += ocr_put_le32((uint8_t *)p, (uint32_t)(value >> 32));
	}
	return p;
}

int
ocr_sssp_print(const struct ocr_sssp_found *f, struct ocr_graph_run *r,
    struct ocr_err *err)
{
	struct ocr_printer p = {
	    .n = f->names.n,
	    .n_most = 80, /* two ids, a distance */
	    .put = f->form == OCR_FORM_LDBC ? put_ldbc : put_lines,
	    .arg = f,
	};

	if (f->form == OCR_FORM_BINARY) {
		p.n_most = 8;
		p.put = put_array;
	}
	return ocr_graph_print(&p, &r->crew, &r->out, err);
}
