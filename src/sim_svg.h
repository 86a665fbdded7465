/*
 * sim_svg.h - bars and lines as SVG
 *
 * A small writer for figures: panels under each other, one legend above.  No
 * scripts, no styles; the colours are of middle lightness and there is no
 * background, so a light and a dark page both do.
 */
#ifndef OCR_SIM_SVG_H
#define OCR_SIM_SVG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* What is drawn over all panels in one colour. */
struct ocr_svg {
	FILE *f;
	size_t n_series;
	const char *const *series; /* their names */
	double top;                /* of the next panel; private */
};

struct ocr_svg_panel {
	const char *title;
	size_t n_x;
	const char *const *names; /* of the groups of bars; NULL: lines */
	const double *x;          /* lines: where the points are, ascending */
	const char *x_title;      /* lines */
	const double *y;     /* y[series * n_x + i]; no number: nothing there */
	const double *limit; /* lines: n_x values that none can pass, or NULL */
	bool is_log;         /* both axes; bars stand on 1 */
};

/* The head, the legend.  note: a line under the title. */
void ocr_svg_open(struct ocr_svg *s, const char *title, const char *note,
    size_t n_panels);
void ocr_svg_panel(struct ocr_svg *s, const struct ocr_svg_panel *p);
void ocr_svg_close(struct ocr_svg *s);

#endif
