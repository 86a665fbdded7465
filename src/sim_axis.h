/*
 * sim_axis.h - numbers to places on an axis, for sim_svg.c
 */
#ifndef OCR_SIM_AXIS_H
#define OCR_SIM_AXIS_H

#include <stdbool.h>
#include <stddef.h>

#define OCR_AXIS_TICKS 16

struct ocr_axis {
	double low, high; /* values ... */
	double from, to;  /* ... and where they are */
	bool is_log;
};

/* An axis on which all of [low, high] is, and a little more; it begins with 0
 * if it is not logarithmic. */
struct ocr_axis ocr_axis(double low, double high, bool is_log, double from,
    double to);
/* One that begins and ends there. */
struct ocr_axis ocr_axis_exact(double low, double high, bool is_log,
    double from, double to);

/* Where v is, at one end if it is not on the axis. */
double ocr_axis_at(const struct ocr_axis *a, double v);
/* Round values on it; returns how many. */
size_t ocr_axis_ticks(const struct ocr_axis *a, double ticks[OCR_AXIS_TICKS]);
/* "1.05", "20", "3k"; buf has 32 bytes and is returned. */
const char *ocr_axis_text(double v, char *buf);

#endif
