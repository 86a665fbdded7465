/*
 * devices.c - ocr-devices: find, test, write
 */
#include "config.h"

#include "src/devices.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/io.h"
#include "src/devices_list.h"

/* Say what does not work.  With a test, what could not be tested is not in
 * order either. */
static bool
is_in_order(const char *card, const char *unit,
    const struct ocr_state_text *state, bool is_test, struct ocr_ui *ui)
{
	struct ocr_err err = {0};
	char text[300];

	if (state->state == OCR_STATE_READY ||
	    (!is_test && state->state != OCR_STATE_FAILED))
		return true;
	(void)ocr_err_set(&err, -OCR_EDEVICE, "%s%s%s: %s", card,
	    *unit != '\0' ? "/" : "", unit,
	    ocr_state_describe(state, text, sizeof(text)));
	ocr_ui_error(ui, &err);
	return false;
}

static int
judge(const struct ocr_devices_list *l, bool is_test, struct ocr_ui *ui)
{
	struct ocr_err err = {0};
	int status = 0;

	if (l->has_failed) {
		(void)ocr_err_set(&err, -OCR_EDEVICE, "%s", l->note);
		ocr_ui_error(ui, &err);
		status = 1;
	}
	for (size_t i = 0; i < l->n_cards; i++) {
		const struct ocr_devices_card *c = &l->cards[i];

		if (!is_in_order(c->name, "", &c->state, is_test, ui))
			status = 1;
		for (size_t k = 0; k < c->n_units; k++) {
			const struct ocr_devices_unit *u = &c->units[k];

			if (!is_in_order(c->name,
				c->is_cpu ? u->kernel : u->name, &u->state,
				is_test, ui))
				status = 1;
		}
	}
	return status;
}

static int
list_devices(FILE *f, const struct ocr_devices_opt *opt, struct ocr_ui *ui,
    int *status, struct ocr_err *err)
{
	struct ocr_devices_list l;
	int r;

	r = ocr_devices_find(&l, opt, ui, err);
	if (r == 0 && opt->is_test)
		r = ocr_devices_test(&l, err);
	if (r == 0) {
		*status = judge(&l, opt->is_test, ui);
		if (opt->is_json)
			ocr_devices_json(f, &l, opt, *status);
		else
			ocr_devices_table(f, &l, opt->is_test);
	}
	ocr_devices_list_release(&l);
	return r;
}

int
ocr_devices_main(const struct ocr_devices_opt *opt, struct ocr_ui *ui,
    struct ocr_err *err)
{
	struct ocr_err lost = {0};
	int status = 0, r;
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (f == NULL) {
		(void)ocr_err_nomem(err);
		return 1;
	}
	if (opt->host.hosts != NULL || opt->host.host != NULL)
		r = ocr_devices_hosts(f, opt, ui, &status, err);
	else if (opt->xclbins != NULL && !opt->is_test)
		r = ocr_devices_file(f, opt->xclbins, opt->is_json, err);
	else
		r = list_devices(f, opt, ui, &status, err);
	if (fclose(f) != 0)
		r = ocr_err_nomem(err);
	/* Also after a failure: there may be something to see. */
	else if (ocr_write_full(STDOUT_FILENO, text, len, "stdout",
		     r < 0 ? &lost : err) < 0)
		r = -OCR_EIO;
	free(text);
	return r < 0 ? ocr_err_exit_status(err->code) : status;
}
