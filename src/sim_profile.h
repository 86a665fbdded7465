/*
 * sim_profile.h - what there is to do: work of items, by name or from a file
 *
 * NAME[/ORDER][/ACTIVITY]:
 *
 *	kronS, uniformS       Graph500's Kronecker and uniform random graphs of
 *	                      2^S vertices with 16 * 2^S edges, 10 <= S <= 26; up
 *	                      to S = 22 the graph is made, doubles are dropped
 *	twitter livejournal orkut stackoverflow skitter pokec higgs
 *	                      synthetic: power laws with the vertices and edges of
 *	                      those graphs, which they are not
 *	hub                   one row of 131072 edges among 2^20 idle ones
 *
 *	random degree crawl   how rows are numbered: at random, heaviest first,
 *	                      or degrees alike in a neighbourhood.  Default:
 *	                      crawl for power laws, else random
 *
 *	pr                    a sweep over everything (default)
 *	a5 a20                5 or 20 % of the rows, at random
 *	l0 .. l6              a level of a breadth-first search: of the graph
 *	                      where it was made, else of a random graph with
 *	                      these degrees (mean field)
 *	wave                  mostly rows of one region
 *
 * A file has the edges of one row a line; blank lines and what follows a # do
 * not count.
 */
#ifndef OCR_SIM_PROFILE_H
#define OCR_SIM_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "src/sim.h"

/* Of all rows of a profile, at most. */
#define OCR_SIM_MAX_ROWS ((uint64_t)1 << 27)
/* Of one row. */
#define OCR_SIM_MAX_WORK ((uint32_t)1 << 30)

/* Is spec a name?  Else it is a file's path. */
bool ocr_sim_profile_is_name(const char *spec);

/*
 * spec: a name or a path; "-" is no path here.  sigma: true costs of light items
 * differ by a log-normal factor, constant for 4096 rows.  -OCR_EUSAGE: a wrong
 * name; -OCR_EIO, -OCR_EFORMAT, -OCR_ELIMIT: the file; -OCR_ENOMEM.
 */
int ocr_sim_profile_load(struct ocr_sim_profile *p, const char *spec,
    double sigma, uint64_t seed, struct ocr_err *err);

/* The same from n rows; takes work (malloc), even if it fails.  For tests. */
int ocr_sim_profile_make(struct ocr_sim_profile *p, const char *name,
    uint32_t *work, uint64_t n, double sigma, uint64_t seed,
    struct ocr_err *err);

void ocr_sim_profile_release(struct ocr_sim_profile *p); /* zeroed is fine */

#endif
