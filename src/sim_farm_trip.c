/*
 * sim_farm_trip.c - trips and lists of them; see sim_farm.h
 */
#include "config.h"

#include <stdlib.h>

#include "src/sim_farm.h"

uint32_t
ocr_farm_trip(struct ocr_farm *f, uint32_t chunk, enum ocr_farm_phase phase)
{
	size_t cap = f->cap_trips > 0 ? f->cap_trips * 2 : 256;
	struct ocr_farm_trip *p;
	uint32_t t = f->free_trip;

	if (t != NO_TRIP) {
		f->free_trip = f->trips[t].next;
	} else {
		if (f->n_trips == f->cap_trips) {
			p = realloc(f->trips, cap * sizeof(*p));
			if (p == NULL) {
				f->is_short = true;
				return NO_TRIP;
			}
			f->trips = p;
			f->cap_trips = cap;
		}
		t = (uint32_t)f->n_trips++;
	}
	f->trips[t] = (struct ocr_farm_trip){
	    .chunk = chunk,
	    .next = NO_TRIP,
	    .twin = NO_TRIP,
	    .phase = phase,
	    .is_used = true,
	};
	return t;
}

void
ocr_farm_drop(struct ocr_farm *f, uint32_t trip)
{
	f->trips[trip].is_used = false;
	f->trips[trip].next = f->free_trip;
	f->free_trip = trip;
}

void
ocr_farm_append(struct ocr_farm *f, struct ocr_farm_list *list, uint32_t trip)
{
	f->trips[trip].next = NO_TRIP;
	if (list->first == NO_TRIP)
		list->first = trip;
	else
		f->trips[list->last].next = trip;
	list->last = trip;
}

uint32_t
ocr_farm_take(struct ocr_farm *f, struct ocr_farm_list *list)
{
	uint32_t t = list->first;

	if (t != NO_TRIP)
		list->first = f->trips[t].next;
	return t;
}
