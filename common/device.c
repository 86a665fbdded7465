/*
 * device.c - ask XRT for its cards, in a child that may die of it
 */
#include "config.h"

#include "common/device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/io.h"
#include "common/proc.h"
#include "common/xrt.h"

#define MAX_CARDS 64
#define PROBE_MS 15000

/* What the child writes: as many of these as there are cards, or one text. */
struct answer {
	struct ocr_device card;
	bool is_card;
};

static int
probe_main(void *arg, int fd)
{
	struct answer a = {0};
	struct ocr_err err = {0};
	struct ocr_xrt x;
	unsigned i, n;
	void *device;

	(void)arg;
	if (ocr_xrt_open(&x, &err) < 0) {
		snprintf(a.card.why, sizeof(a.card.why), "%.255s", err.text);
		return write(fd, &a, sizeof(a)) == sizeof(a) ? 0 : 1;
	}
	n = ocr_xrt_count(&x);
	for (i = 0; i < n && i < MAX_CARDS; i++) {
		a = (struct answer){.is_card = true, .card.index = i};
		device = x.device_open(i);
		if (device == NULL) {
			snprintf(a.card.why, sizeof(a.card.why),
			    "XRT cannot open it");
		} else {
			ocr_xrt_describe(&x, device, &a.card);
			x.device_close(device);
		}
		if (write(fd, &a, sizeof(a)) != sizeof(a))
			return 1;
	}
	return 0;
}

static int
take_answers(struct ocr_devices *d, const struct answer *a, size_t n,
    struct ocr_err *err)
{
	size_t i;

	if (n == 1 && !a[0].is_card) {
		snprintf(d->why, sizeof(d->why), "%.255s", a[0].card.why);
		d->is_xrt_missing =
		    strncmp(d->why, "XRT is not installed", 20) == 0;
		return 0;
	}
	d->cards = calloc(n + 1, sizeof(*d->cards));
	if (d->cards == NULL)
		return ocr_err_nomem(err);
	for (i = 0; i < n; i++) {
		d->cards[i] = a[i].card;
		d->cards[i].label[sizeof(d->cards[i].label) - 1] = '\0';
		d->cards[i].why[sizeof(d->cards[i].why) - 1] = '\0';
	}
	d->n_cards = n;
	return 0;
}

int
ocr_devices_probe(struct ocr_devices *d, bool is_thorough, struct ocr_err *err)
{
	struct ocr_err lost = {0};
	struct answer *answers;
	int64_t n;
	int r = 0;

	*d = (struct ocr_devices){0};
	if (!ocr_xrt_is_likely(d->why, sizeof(d->why)) && !is_thorough) {
		d->is_xrt_missing = true;
		return 0;
	}
	d->why[0] = '\0';
	answers = calloc(MAX_CARDS, sizeof(*answers));
	if (answers == NULL)
		return ocr_err_nomem(err);
	n = ocr_proc_call(probe_main, NULL, answers,
	    MAX_CARDS * sizeof(*answers), PROBE_MS, &lost);
	if (n < 0)
		snprintf(d->why, sizeof(d->why),
		    "XRT is broken: asked for its cards, it ended: %.200s",
		    lost.text);
	else
		r = take_answers(d, answers, (size_t)n / sizeof(*answers), err);
	free(answers);
	return r;
}

void
ocr_devices_release(struct ocr_devices *d)
{
	free(d->cards);
	*d = (struct ocr_devices){0};
}
