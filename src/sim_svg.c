/*
 * sim_svg.c - see sim_svg.h
 */
#include "config.h"

#include "src/sim_svg.h"

#include <math.h>
#include <string.h>

#include "src/sim_axis.h"

/* In pixels: the drawing, a panel, what is around its axes, the legend. */
#define WIDTH 960
#define PANEL 270
#define LEFT 70
#define RIGHT 20
#define ABOVE 34
#define BELOW 46
#define LEGEND_TOP 58
#define LEGEND_ROW 20
#define LEGEND_COLUMNS 5

/* Legible on white and on black: 4.5 : 1 on both. */
#define INK "#767676"

/* One series of bars or a line: five hues, full and hollow. */
static const char *const hues[] = {"#8f7a66", "#3b7dd8", "#bb7711", "#2c9440",
    "#d43a78"};
#define N_HUES (sizeof(hues) / sizeof(hues[0]))

static const char *
hue(size_t series)
{
	return hues[series % N_HUES];
}

static bool
is_hollow(size_t series)
{
	return series / N_HUES % 2 == 1;
}

/* Text from anywhere, as XML has it. */
static void
put_text(FILE *f, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '<')
			fputs("&lt;", f);
		else if (*s == '>')
			fputs("&gt;", f);
		else if (*s == '&')
			fputs("&amp;", f);
		else if (*s < 0x20 || *s > 0x7e)
			putc('?', f);
		else
			putc(*s, f);
	}
}

/* attr: "" or more attributes. */
static void
put_label(FILE *f, double x, double y, const char *attr, const char *text)
{
	fprintf(f, "<text x=\"%.1f\" y=\"%.1f\"%s>", x, y, attr);
	put_text(f, text);
	fputs("</text>\n", f);
}

static void
put_rect(FILE *f, size_t series, double x, double y, double w, double h)
{
	if (is_hollow(series))
		fprintf(f,
		    "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
		    "height=\"%.1f\" fill=\"none\" stroke=\"%s\" "
		    "stroke-width=\"1.2\">",
		    x + 0.6, y, w > 2.2 ? w - 1.2 : 1, h, hue(series));
	else
		fprintf(f,
		    "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
		    "height=\"%.1f\" fill=\"%s\">",
		    x, y, w, h, hue(series));
}

static size_t
legend_rows(const struct ocr_svg *s)
{
	return (s->n_series + LEGEND_COLUMNS - 1) / LEGEND_COLUMNS;
}

void
ocr_svg_open(struct ocr_svg *s, const char *title, const char *note,
    size_t n_panels)
{
	double step = (double)(WIDTH - LEFT - RIGHT) / LEGEND_COLUMNS;
	int height;

	s->top = LEGEND_TOP + (double)(LEGEND_ROW * legend_rows(s));
	height = (int)s->top + PANEL * (int)n_panels;
	fprintf(s->f,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
	    "height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"Helvetica, "
	    "Arial, sans-serif\" font-size=\"12\" fill=\"" INK "\">\n",
	    WIDTH, height, WIDTH, height);
	put_label(s->f, LEFT, 24, " font-size=\"16\" font-weight=\"bold\"",
	    title);
	put_label(s->f, LEFT, 42, "", note);
	for (size_t i = 0; i < s->n_series; i++) {
		double x = LEFT + step * (double)(i % LEGEND_COLUMNS);
		double y =
		    LEGEND_TOP + LEGEND_ROW * (double)(i / LEGEND_COLUMNS);

		put_rect(s->f, i, x, y, 14, 10);
		fputs("</rect>\n", s->f);
		put_label(s->f, x + 20, y + 10, "", s->series[i]);
	}
}

void
ocr_svg_close(struct ocr_svg *s)
{
	fputs("</svg>\n", s->f);
}

/* A panel being drawn. */
struct plot {
	const struct ocr_svg_panel *panel;
	FILE *f;
	size_t n_series;
	struct ocr_axis x, y;
};

static double
highest(const struct ocr_svg_panel *p, size_t n_series, double *lowest)
{
	double high = 0;

	*lowest = INFINITY;
	for (size_t i = 0; i < n_series * p->n_x; i++) {
		if (!isfinite(p->y[i]))
			continue;
		high = p->y[i] > high ? p->y[i] : high;
		if (p->y[i] > 0 && p->y[i] < *lowest)
			*lowest = p->y[i];
	}
	for (size_t i = 0; p->limit != NULL && i < p->n_x; i++)
		high = p->limit[i] > high ? p->limit[i] : high;
	return high;
}

static void
put_tick_y(const struct plot *p, double v)
{
	double y = ocr_axis_at(&p->y, v);
	char text[32];

	fprintf(p->f,
	    "<path d=\"M%d %.1fH%d\" stroke=\"" INK
	    "\" stroke-opacity=\"0.3\"/>\n",
	    LEFT, y, WIDTH - RIGHT);
	put_label(p->f, LEFT - 8, y + 4, " text-anchor=\"end\"",
	    ocr_axis_text(v, text));
}

static void
put_frame(struct plot *p, double top)
{
	double ticks[OCR_AXIS_TICKS];
	size_t n = ocr_axis_ticks(&p->y, ticks);

	put_label(p->f, LEFT, top + ABOVE - 14, " font-weight=\"bold\"",
	    p->panel->title);
	for (size_t i = 0; i < n; i++)
		put_tick_y(p, ticks[i]);
	fprintf(p->f,
	    "<path d=\"M%d %.1fV%.1fH%d\" fill=\"none\" stroke=\"" INK "\"/>\n",
	    LEFT, top + ABOVE, top + PANEL - BELOW, WIDTH - RIGHT);
}

static void
put_bar(const struct plot *p, size_t series, size_t group, double x, double w)
{
	double v = p->panel->y[series * p->panel->n_x + group];
	double base = ocr_axis_at(&p->y, 1), y;
	char text[32];

	if (!isfinite(v) || v <= 0)
		return;
	y = ocr_axis_at(&p->y, v);
	put_rect(p->f, series, x, y < base ? y : base, w,
	    fabs(base - y) < 1 ? 1 : fabs(base - y));
	fputs("<title>", p->f);
	put_text(p->f, p->panel->names[group]);
	fprintf(p->f, ": %s</title></rect>\n", ocr_axis_text(v, text));
}

static void
put_bars(const struct plot *p, double bottom)
{
	const struct ocr_svg_panel *panel = p->panel;
	double group = (double)(WIDTH - LEFT - RIGHT) / (double)panel->n_x;
	double w = group * 0.8 / (double)p->n_series;
	/* Names of a crowd stand slanted. */
	bool is_slanted = group < 90;

	w = w > 28 ? 28 : w;
	for (size_t i = 0; i < panel->n_x; i++) {
		double middle = LEFT + group * ((double)i + 0.5);
		char attr[96], name[24];

		for (size_t k = 0; k < p->n_series; k++)
			put_bar(p, k, i,
			    middle +
				w * ((double)k - 0.5 * (double)p->n_series),
			    w > 4 ? w - 1 : w);
		snprintf(attr, sizeof(attr),
		    is_slanted ? " text-anchor=\"end\" transform=\"rotate(-20 "
				 "%.1f %.1f)\""
			       : " text-anchor=\"middle\"",
		    middle, bottom + 16);
		snprintf(name, sizeof(name),
		    strlen(panel->names[i]) < sizeof(name) ? "%s" : "%.20s...",
		    panel->names[i]);
		put_label(p->f, middle, bottom + 16, attr, name);
	}
}

/* colour: of a series; dash: "" or an attribute. */
static void
put_line(const struct plot *p, const double *y, const char *colour,
    const char *dash)
{
	bool is_down = false;

	fputs("<path d=\"", p->f);
	for (size_t i = 0; i < p->panel->n_x; i++) {
		if (!isfinite(y[i]) || (p->panel->is_log && y[i] <= 0)) {
			is_down = false;
			continue;
		}
		fprintf(p->f, "%c%.1f %.1f", is_down ? 'L' : 'M',
		    ocr_axis_at(&p->x, p->panel->x[i]),
		    ocr_axis_at(&p->y, y[i]));
		is_down = true;
	}
	fprintf(p->f, "\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"%s/>\n",
	    colour, dash);
}

static void
put_points(const struct plot *p, size_t series)
{
	const struct ocr_svg_panel *panel = p->panel;
	const double *y = panel->y + series * panel->n_x;
	char text[32];

	put_line(p, y, hue(series),
	    is_hollow(series) ? " stroke-dasharray=\"6 4\"" : "");
	for (size_t i = 0; i < panel->n_x; i++) {
		if (!isfinite(y[i]) || (panel->is_log && y[i] <= 0))
			continue;
		fprintf(p->f,
		    "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" fill=\"%s\">"
		    "<title>%s</title></circle>\n",
		    ocr_axis_at(&p->x, panel->x[i]), ocr_axis_at(&p->y, y[i]),
		    hue(series), ocr_axis_text(y[i], text));
	}
}

static void
put_lines(const struct plot *p, double bottom)
{
	const struct ocr_svg_panel *panel = p->panel;
	char text[32];

	for (size_t i = 0; i < panel->n_x; i++)
		put_label(p->f, ocr_axis_at(&p->x, panel->x[i]), bottom + 16,
		    " text-anchor=\"middle\"",
		    ocr_axis_text(panel->x[i], text));
	put_label(p->f, (LEFT + WIDTH - RIGHT) / 2.0, bottom + 34,
	    " text-anchor=\"middle\"", panel->x_title);
	if (panel->limit != NULL)
		put_line(p, panel->limit, INK, " stroke-dasharray=\"2 3\"");
	/* The full ones above the hollow ones. */
	for (size_t k = 0; k < p->n_series; k++) {
		if (is_hollow(k))
			put_points(p, k);
	}
	for (size_t k = 0; k < p->n_series; k++) {
		if (!is_hollow(k))
			put_points(p, k);
	}
}

void
ocr_svg_panel(struct ocr_svg *s, const struct ocr_svg_panel *panel)
{
	struct plot p = {.panel = panel, .f = s->f, .n_series = s->n_series};
	double bottom = s->top + PANEL - BELOW, low;
	double high = highest(panel, s->n_series, &low);

	if (panel->names != NULL && low > 1)
		low = 1;
	p.y = ocr_axis(low, high, panel->is_log, bottom, s->top + ABOVE);
	put_frame(&p, s->top);
	if (panel->names != NULL) {
		put_bars(&p, bottom);
	} else {
		p.x = ocr_axis_exact(panel->x[0], panel->x[panel->n_x - 1],
		    panel->is_log, LEFT + 20, WIDTH - RIGHT - 20);
		put_lines(&p, bottom);
	}
	s->top += PANEL;
}
