/*
 * test_worker_xrt.c - compute units as workers of a range, through real XRT
 *
 * Runs in an ocr-softcard with tests/kernels/range.desc (tests/cards.bats):
 *	test_worker_xrt t_range|t_mailbox|refused
 * A unit works through a range; the test reads its position, lowers its end
 * while it runs, and lets a second unit do the rest.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/card.h"
#include "common/cardset.h"
#include "common/io.h"
#include "common/team.h"
#include "tests/unit/tap.h"

#define N_ITEMS 2000
#define NAP_US 500

static const struct ocr_card_arg range_args[] = {
    {.kind = OCR_CARD_START},
    {.kind = OCR_CARD_END},
    {.kind = OCR_CARD_VALUE, .value = NAP_US},
    {.kind = OCR_CARD_BUFFER, .value = 0},
};
static const struct ocr_card_arg mailbox_args[] = {
    {.kind = OCR_CARD_BUFFER, .value = 1},
    {.kind = OCR_CARD_VALUE, .value = NAP_US},
    {.kind = OCR_CARD_BUFFER, .value = 0},
};
static const struct ocr_card_buffer buffers[] = {
    {.kind = OCR_CARD_OUT, .out_times = 1},
    {.kind = OCR_CARD_MAILBOX, .fixed = 8},
};
static const struct ocr_card_step range_step = {
    .kernel = "t_range",
    .args = range_args,
    .n_args = 4,
};
static const struct ocr_card_step mailbox_step = {
    .kernel = "t_mailbox",
    .args = mailbox_args,
    .n_args = 3,
};

static size_t
out_bytes(const struct ocr_card_driver *d, size_t in_len)
{
	(void)d;
	(void)in_len;
	return N_ITEMS * sizeof(uint32_t);
}

static size_t
used(const struct ocr_card_driver *d, const struct ocr_job *job,
    void *const *maps, size_t out_cap)
{
	(void)d;
	(void)job;
	(void)maps;
	return out_cap;
}

/* Adds the items that this job has done to the output, which both share. */
static int
finish(const struct ocr_card_driver *d, const struct ocr_kernel *k,
    struct ocr_job *job, void *const *maps, size_t n, struct ocr_err *err)
{
	uint32_t *sum = (uint32_t *)job->out->data;
	const uint32_t *done = maps[0];
	uint64_t i;

	(void)d;
	(void)k;
	(void)n;
	(void)err;
	for (i = job->range.start; i < N_ITEMS; i++)
		__atomic_fetch_add(&sum[i], done[i], __ATOMIC_RELAXED);
	return 0;
}

static const struct ocr_card_driver range_driver = {
    .name = "t_range",
    .steps = &range_step,
    .n_steps = 1,
    .buffers = buffers,
    .n_buffers = 1,
    .out_bytes = out_bytes,
    .used = used,
    .finish = finish,
};
static const struct ocr_card_driver mailbox_driver = {
    .name = "t_mailbox",
    .steps = &mailbox_step,
    .n_steps = 1,
    .buffers = buffers,
    .n_buffers = 2,
    .out_bytes = out_bytes,
    .used = used,
    .finish = finish,
};

static int
no_open(const struct ocr_kernel *k, void **state, struct ocr_err *err)
{
	(void)k;
	(void)state;
	return ocr_err_set(err, -OCR_EDEVICE, "not for the CPU");
}

static const struct ocr_kernel kernel = {.name = "t", .open = no_open};

static void
submit(struct ocr_worker *w, struct ocr_job *job, struct ocr_chunk *out,
    uint64_t start, uint64_t end)
{
	*job = (struct ocr_job){.range = {start, end}, .out = out};
	job->worker = w;
	w->ops->submit(w, job);
}

static void
test_cut(struct ocr_team *t)
{
	struct ocr_worker *a = &t->workers[1], *b = &t->workers[2];
	uint32_t *sum = calloc(N_ITEMS, sizeof(*sum));
	struct ocr_chunk out = {.data = (unsigned char *)sum};
	uint64_t next = 0, later = 0, middle, confirmed = 0;
	struct ocr_job one, two, *job;
	int i, r, n_wrong = 0, status = 0;

	submit(a, &one, &out, 0, N_ITEMS);
	for (i = 0; i < 2000 && next < 50; i++) {
		usleep(1000);
		if (a->ops->position(a, &next) < 0)
			next = 0;
	}
	ok(next >= 50 && next < N_ITEMS, "the position moves: %d", (int)next);
	middle = next + (N_ITEMS - next) / 2;
	is_int(a->ops->cut(a, middle, &confirmed), 0, "the end is lowered");
	ok(confirmed >= middle && confirmed < N_ITEMS, "and confirmed: %d",
	    (int)confirmed);
	r = a->ops->position(a, &later);
	ok(r == 0 && later >= next, "it works on: %d", (int)later);
	submit(b, &two, &out, confirmed, N_ITEMS);
	for (i = 0; i < 2; i++) {
		job = ocr_queue_pop(t->done, 20000000000);
		if (job == NULL || job->status != 0) {
			diag("%s", job != NULL ? job->err.text : "no answer");
			status = -1;
		}
	}
	is_int(status, 0, "both units end");
	for (i = 0; i < N_ITEMS; i++)
		n_wrong += sum[i] != 1;
	is_int(n_wrong, 0, "every item was done once");
	ok(a->ops->position(a, &later) < 0, "idle: no position");
	free(sum);
}

/* XRT refuses a unit's registers to one who does not have it alone. */
static void
test_refused(struct ocr_team *t)
{
	const struct ocr_card_unit *u = &t->cardset->units[1];
	struct ocr_xrt *x = u->card->xrt;
	struct ocr_err err = {0};
	uint32_t value;
	void *shared;

	is_int(ocr_team_open_now(t, 1, &kernel, &err), 0, "a unit");
	shared = x->kernel_open(u->card->handle, u->card->uuid, u->names[0]);
	ok(shared != NULL, "somebody shares the other one");
	ok(x->kernel_read(shared, 0x10, &value) != 0, "without its registers");
	is_int(ocr_team_open_now(t, 2, &kernel, &err), -OCR_EDEVICE,
	    "so it cannot be had alone");
	ok(strcmp(err.text, "XRT cannot open 't_range:{t_range_2}'") == 0,
	    "said: %s", err.text);
	ok(t->workers[2].is_retired && !t->workers[1].is_retired,
	    "the first one stays");
	x->kernel_close(shared);
}

int
main(int argc, char **argv)
{
	const struct ocr_card_driver *drivers[] = {&range_driver, NULL};
	struct ocr_team_opt opt = {.devices = "xrt:0", .n_threads = 1};
	struct ocr_team t;
	struct ocr_err err = {0};

	if (argc > 1 && strcmp(argv[1], "t_mailbox") == 0)
		drivers[0] = &mailbox_driver;
	opt.drivers = drivers;
	is_int(ocr_team_init(&t, &opt, &err), 0, "a team of units");
	is_int((int64_t)(t.n_workers - t.n_cpus), 2, "two of them");
	if (argc > 1 && strcmp(argv[1], "refused") == 0)
		test_refused(&t);
	else if (t.n_workers == 3 &&
		 ocr_team_open_now(&t, 1, &kernel, &err) == 0 &&
		 ocr_team_open_now(&t, 2, &kernel, &err) == 0)
		test_cut(&t);
	else
		ok(0, "%s", err.text);
	ocr_team_release(&t);
	return done();
}
