/*
 * host_window.c - how many chunks may be on their way to a host and back
 *
 * Two for each of its slots keep a host busy that is near.  Where the round trip
 * is long most of those are on the wire: by Little's law, of n chunks each of
 * which is away for a time R, of it a time T on the wire, n (R - T) / R are at
 * the host.  As many as half again its slots are to be there.
 */
#include "config.h"

#include "common/host_state.h"

#define PER_SLOT 2
#define MAX_PER_SLOT 16
#define MAX_MORE 128 /* above PER_SLOT for each slot */
#define OLD 7        /* parts of an average that are not the newest */

void
ocr_host_window_init(struct ocr_host *h, unsigned slots)
{
	h->slots = slots;
	h->credits = PER_SLOT * slots;
	h->away_ns = h->round_trip_ns = 0;
	h->n_since_widened = 0;
}

/* For the round trip alone: the least of them has met no queue. */
void
ocr_host_window_ping(struct ocr_host *h, uint64_t ns)
{
	if (h->round_trip_ns == 0 || ns < h->round_trip_ns)
		h->round_trip_ns = ns > 0 ? ns : 1;
}

/* A result is there, of a chunk that was away for so long; were all credits in
 * use?  Returns whether there are more of them now. */
bool
ocr_host_window_result(struct ocr_host *h, uint64_t away_ns, bool was_full)
{
	uint64_t there_ns, wire_ns = h->round_trip_ns;
	unsigned most = MAX_PER_SLOT * h->slots;
	double want;

	h->away_ns = h->away_ns == 0 ? away_ns
				     : (h->away_ns * OLD + away_ns) / (OLD + 1);
	if (most > PER_SLOT * h->slots + MAX_MORE)
		most = PER_SLOT * h->slots + MAX_MORE;
	if (!was_full || ++h->n_since_widened < h->credits || wire_ns == 0 ||
	    h->credits >= most)
		return false;
	h->n_since_widened = 0;
	there_ns = h->away_ns > wire_ns ? h->away_ns - wire_ns : 1;
	want = (1 + 1.5 * h->slots) * (double)h->away_ns / (double)there_ns;
	if (want <= h->credits)
		return false;
	/* No faster than doubled: the next look sees what came of it. */
	if (want > 2 * h->credits)
		want = 2 * h->credits;
	h->credits = want < most ? (unsigned)want : most;
	return true;
}
