/*
 * devices_test.c - let each unit work, and see whether it is right; for
 * devices.c
 *
 * Each unit is tested in a process of its own with a time limit: XRT may end
 * its process, or never come back.  The result comes through a pipe; what the
 * child would have said on stderr is looked through for the reason of a
 * failure.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/proc.h"
#include "src/card_deflate.h"
#include "src/card_inflate.h"
#include "src/card_plain.h"
#include "src/deflate.h"
#include "src/devices_list.h"
#include "src/devices_trial.h"
#include "src/inflate.h"

#define CHILD_MS 120000

/* Of all kernels that are run. */
struct options {
	struct ocr_card_plain copy;
	struct ocr_deflate_opt deflate;
	struct ocr_inflate_opt inflate;
};

/* The last line of what was said on stderr, without the tool's name. */
static void
read_reason(int fd, char *why, size_t n)
{
	char text[8192], *line = text, *next;
	ssize_t len = pread(fd, text, sizeof(text) - 1, 0);

	text[len > 0 ? len : 0] = '\0';
	for (; *line != '\0'; line = next) {
		next = strchrnul(line, '\n');
		if (*next == '\n')
			*next++ = '\0';
		if (strncmp(line, "test: ", 6) == 0 &&
		    strstr(line, ": not used: ") != NULL)
			snprintf(why, n, "%.255s",
			    strstr(line, ": not used: ") + 12);
	}
}

/* In the child. */
static int
child(void *arg, int fd)
{
	const struct ocr_trial *t = arg;
	struct ocr_ui ui = {.tool = "test"};
	struct ocr_team_opt opt = {.n_threads = 1,
	    .devices = t->device,
	    .xclbins = t->path,
	    .drivers = t->path == NULL ? NULL : t->drivers,
	    .has_no_fallback = t->path != NULL,
	    .has_schedule = true, /* there is nothing to choose */
	    .ui = &ui};
	int said = memfd_create("said", MFD_CLOEXEC);
	struct ocr_team team = {0};
	struct ocr_trial_result a = {0};
	struct ocr_err err = {0};
	int r;

	if (said >= 0)
		dup2(said, STDERR_FILENO);
	r = ocr_team_init(&team, &opt, &err);
	if (r == 0)
		r = ocr_trial_run(t, &team, &a, &err);
	if (r == 0)
		ocr_team_release(&team);
	if (r < 0) {
		snprintf(a.why, sizeof(a.why), "%.255s", err.text);
		if (said >= 0)
			read_reason(said, a.why, sizeof(a.why));
	}
	return write(fd, &a, sizeof(a)) == sizeof(a) ? 0 : 1;
}

static void
fail(struct ocr_devices_unit *u, const char *why)
{
	u->state.state = OCR_STATE_FAILED;
	snprintf(u->state.why, sizeof(u->state.why), "%.255s", why);
}

static void
run_child(struct ocr_devices_list *l, struct ocr_devices_unit *u,
    const struct ocr_trial *t)
{
	struct ocr_err err = {0};
	struct ocr_trial_result a = {0};
	int64_t n = ocr_proc_call(child, (void *)(uintptr_t)t, &a, sizeof(a),
	    CHILD_MS, &err);

	u->test_name = u->kernel;
	a.why[sizeof(a.why) - 1] = a.xrt[sizeof(a.xrt) - 1] = '\0';
	if (n < 0)
		fail(u, err.text);
	else if (n != sizeof(a))
		fail(u, "its test ended without a result");
	else if (a.why[0] != '\0')
		fail(u, a.why);
	if (u->state.state != OCR_STATE_READY)
		return;
	u->is_tested = true;
	u->n_bytes = a.n_bytes;
	u->bytes_per_s = a.bytes_per_s;
	if (l->xrt[0] == '\0')
		memcpy(l->xrt, a.xrt, sizeof(l->xrt));
}

/* The driver in that table that uses the kernel, and in which step. */
static const struct ocr_card_driver *
find_driver(const struct ocr_card_driver *const *d, const char *kernel,
    size_t *step)
{
	for (; *d != NULL; d++) {
		for (*step = 0; *step < (*d)->n_steps; ++*step) {
			if (strcmp((*d)->steps[*step].kernel, kernel) == 0)
				return *d;
		}
	}
	return NULL;
}

/* Fill t for a kernel of that name.  False: nothing is known of it. */
static bool
choose(struct ocr_trial *t, const char *kernel, const struct options *o,
    size_t *step)
{
	*step = 0;
	if (strcmp(kernel, "k_copy") == 0) {
		ocr_devices_init_copy(&t->kernel);
		t->drivers[0] = &o->copy.driver;
		return true;
	}
	t->drivers[0] = find_driver(ocr_deflate_drivers, kernel, step);
	if (t->drivers[0] != NULL) {
		ocr_deflate_kernel_init(&t->kernel, &o->deflate);
		return true;
	}
	t->drivers[0] = find_driver(ocr_inflate_drivers, kernel, step);
	if (t->drivers[0] == NULL)
		return false;
	ocr_inflate_kernel_init(&t->kernel, &o->inflate);
	t->is_inflating = true;
	return true;
}

static void
test_unit(struct ocr_devices_list *l, const struct ocr_devices_card *c,
    struct ocr_devices_unit *u, const struct options *o)
{
	struct ocr_trial t = {.path = u->path};
	size_t step;

	if (u->state.state != OCR_STATE_READY ||
	    !choose(&t, u->kernel, o, &step))
		return;
	if (step > 0) { /* it works when that one does */
		u->test_name = t.drivers[0]->steps[0].kernel;
		return;
	}
	snprintf(t.device, sizeof(t.device), "%s/%s", c->name, u->name);
	run_child(l, u, &t);
}

/* A row for each kind of kernel, for comparison. */
static int
test_cpu(struct ocr_devices_list *l, struct ocr_devices_card *c,
    const struct options *o, struct ocr_err *err)
{
	static const char *const names[] = {"k_copy", "deflate", "inflate"};
	enum { N_NAMES = sizeof(names) / sizeof(names[0]) };

	c->units = calloc(N_NAMES, sizeof(*c->units));
	if (c->units == NULL)
		return ocr_err_nomem(err);
	for (; c->n_units < N_NAMES; c->n_units++) {
		struct ocr_devices_unit *u = &c->units[c->n_units];
		struct ocr_trial t = {.device = "cpu:1"};

		u->base = UINT64_MAX;
		snprintf(u->kernel, sizeof(u->kernel), "%s", names[c->n_units]);
		t.is_inflating = c->n_units == 2;
		if (c->n_units == 0)
			ocr_devices_init_copy(&t.kernel);
		else if (c->n_units == 1)
			ocr_deflate_kernel_init(&t.kernel, &o->deflate);
		else
			ocr_inflate_kernel_init(&t.kernel, &o->inflate);
		run_child(l, u, &t);
	}
	return 0;
}

int
ocr_devices_test(struct ocr_devices_list *l, struct ocr_err *err)
{
	struct options o = {
	    .deflate = {.level = 1,
		.format = OCR_MEMBERS,
		.chunk_bytes = OCR_TRIAL_BYTES},
	};

	ocr_card_plain_init(&o.copy, "k_copy", 1, 2 * OCR_TRIAL_BYTES);
	for (size_t i = 0; i < l->n_cards; i++) {
		struct ocr_devices_card *c = &l->cards[i];

		if (c->is_cpu && test_cpu(l, c, &o, err) < 0)
			return err->code;
		for (size_t k = 0; !c->is_cpu && k < c->n_units; k++)
			test_unit(l, c, &c->units[k], &o);
	}
	return 0;
}
