/*
 * card_share.c - see card_share.h; called by the threads of units
 *
 * The unit that comes first copies, the others wait for it: is_sharing says
 * that one is at the card's shared buffers.  What is in them changes between
 * sweeps alone, so no kernel reads what is being written.
 */
#include "config.h"

#include "common/card_share.h"

#include <stdlib.h>
#include <string.h>

#include "common/card_slot.h"
#include "common/thread.h"

#define PAGE ((size_t)4096)
/* For a buffer to be given back. */
#define CLOSE_MS 10000

static int
begin(struct ocr_unit *u)
{
	struct ocr_card *c = u->card_unit->card;
	bool is_stuck;

	ocr_monitor_enter(c->monitor);
	while (c->is_sharing && !ocr_card_is_stuck(c))
		ocr_monitor_wait(c->monitor);
	is_stuck = c->is_sharing;
	c->is_sharing = true;
	ocr_monitor_leave(c->monitor);
	return is_stuck ? ocr_unit_kill(u, "the card does not answer any more")
			: 0;
}

static void
end(struct ocr_unit *u)
{
	struct ocr_card *c = u->card_unit->card;

	ocr_monitor_enter(c->monitor);
	c->is_sharing = false;
	ocr_monitor_notify(c->monitor);
	ocr_monitor_leave(c->monitor);
}

/* What was made of the buffer that a call returned with; NULL: nothing. */
static void
allocate(struct ocr_unit *u, struct ocr_card_share *share)
{
	struct ocr_xrt *x = u->xrt;
	uint64_t flags =
	    u->card_unit->is_host_memory[share->index] ? OCR_XRT_HOST_ONLY : 0;

	if (ocr_unit_enter(u) < 0)
		return;
	ocr_unit_call(u);
	share->buffer = x->buffer_new(u->card_unit->card->handle, share->cap,
	    flags, share->group);
	if (share->buffer != NULL)
		share->map = x->buffer_map(share->buffer);
	ocr_unit_back(u);
	ocr_unit_leave(u);
}

/* The list is changed by whoever is at the shared buffers, and read by them. */
static int
add(struct ocr_unit *u, size_t b, uint32_t group)
{
	struct ocr_card *c = u->card_unit->card;
	size_t need = u->driver->room(u->driver, b);
	struct ocr_card_share *share = calloc(1, sizeof(*share));

	if (share == NULL)
		return ocr_unit_kill(u, "out of memory");
	*share = (struct ocr_card_share){.driver = u->driver,
	    .index = b,
	    .group = group,
	    .cap = need > 0 ? need : PAGE,
	    .next = c->shares};
	c->shares = u->shares[b] = share;
	allocate(u, share);
	if (u->dead.code != 0)
		return u->dead.code;
	if (share->buffer == NULL)
		return ocr_unit_kill(u, "the card has no memory left");
	if (share->map == NULL)
		return ocr_unit_kill(u,
		    "a buffer of the card cannot be mapped");
	return 0;
}

static int
find(struct ocr_unit *u, size_t b)
{
	struct ocr_card_share *share;
	uint32_t group;

	if (ocr_unit_enter(u) < 0)
		return -OCR_EDEVICE;
	group = ocr_unit_group(u, b);
	ocr_unit_leave(u);
	for (share = u->card_unit->card->shares; share != NULL;
	     share = share->next)
		if (share->driver == u->driver && share->index == b &&
		    share->group == group && share->map != NULL) {
			u->shares[b] = share;
			return 0;
		}
	return add(u, b, group);
}

/* *moved: bytes that were copied to the card. */
static int
fill(struct ocr_unit *u, size_t b, uint64_t *moved)
{
	struct ocr_card_share *share = u->shares[b];
	struct ocr_card_kept kept = {.bytes = 0};
	int r = 0;

	u->driver->kept(u->driver, b, &kept);
	if (kept.data == NULL || kept.version == share->version)
		return 0;
	if (kept.bytes > share->cap)
		return ocr_unit_kill(u, "a buffer has less room than was said");
	if (kept.data != share->map)
		memcpy(share->map, kept.data, kept.bytes);
	if (!u->card_unit->is_host_memory[b]) {
		r = ocr_unit_sync(u, share->buffer, OCR_XRT_TO_DEVICE,
		    kept.bytes, 0);
		*moved += kept.bytes;
	}
	if (r == 0)
		share->version = kept.version;
	return r;
}

int
ocr_unit_share(struct ocr_unit *u)
{
	const struct ocr_card_driver *d = u->driver;
	int r = 0;
	size_t b;

	for (b = 0; r == 0 && b < d->n_buffers; b++) {
		if (d->buffers[b].kind != OCR_CARD_SHARED)
			continue;
		r = begin(u);
		if (r < 0)
			return r;
		r = find(u, b);
		if (r == 0 && d->buffers[b].is_fixed)
			r = fill(u, b, &u->opened_bytes);
		end(u);
	}
	return r;
}

int
ocr_unit_share_keep(struct ocr_unit *u, struct ocr_slot *s, size_t b)
{
	int r = begin(u);

	if (r < 0)
		return r;
	s->buffers[b] = u->shares[b]->buffer;
	s->maps[b] = u->shares[b]->map;
	r = fill(u, b, &s->job->moved_bytes);
	end(u);
	return r;
}

void *
ocr_unit_share_home(const struct ocr_unit *u, size_t b, size_t *cap)
{
	if (u->shares[b] == NULL || !u->card_unit->is_host_memory[b])
		return NULL;
	*cap = u->shares[b]->cap;
	return u->shares[b]->map;
}

void
ocr_card_share_free(struct ocr_card *c, struct ocr_call *call)
{
	struct ocr_card_share *share;

	while ((share = c->shares) != NULL) {
		c->shares = share->next;
		if (share->buffer != NULL) {
			ocr_call_begin(call, CLOSE_MS);
			c->xrt->buffer_free(share->buffer);
			ocr_call_end(call);
		}
		free(share);
	}
}
