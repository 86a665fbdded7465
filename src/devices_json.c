/*
 * devices_json.c - what ocr-devices found, for programs
 */
#include "config.h"

#include <math.h>
#include <sys/utsname.h>
#include <time.h>

#include "common/json_write.h"
#include "src/devices_list.h"

static const char *
state_word(enum ocr_state state)
{
	static const char *const word[] = {"ready", "in use", "not programmed",
	    "failed"};

	return word[state];
}

static void
put_state(struct ocr_json *j, const struct ocr_state_text *s)
{
	ocr_json_string(j, "state", state_word(s->state));
	if (s->state != OCR_STATE_READY)
		ocr_json_string(j, "why", s->why);
}

static void
put_unit(struct ocr_json *j, const struct ocr_devices_card *c,
    const struct ocr_devices_unit *u, bool is_test)
{
	ocr_json_open_object(j, NULL);
	if (!c->is_cpu)
		ocr_json_string(j, "name", u->name);
	ocr_json_string(j, "kernel", u->kernel);
	if (u->base != UINT64_MAX)
		ocr_json_hex(j, "registers", u->base);
	if (u->bank[0] != '\0')
		ocr_json_string(j, "bank", u->bank);
	if (u->path != NULL)
		ocr_json_string(j, "xclbin", u->path);
	put_state(j, &u->state);
	if (is_test) {
		ocr_json_bool(j, "tested", u->is_tested);
		if (u->is_tested) {
			ocr_json_number(j, "bytes_checked", u->n_bytes);
			ocr_json_number(j, "bytes_per_second", u->bytes_per_s);
			ocr_json_bool(j, "emulated", c->device.is_emulated);
		}
	}
	ocr_json_close_object(j);
}

static void
put_card(struct ocr_json *j, const struct ocr_devices_card *c, bool is_test)
{
	ocr_json_open_object(j, NULL);
	ocr_json_string(j, "name", c->name);
	ocr_json_string(j, c->is_cpu ? "model" : "shell", c->title);
	if (c->is_cpu)
		ocr_json_number(j, "threads", c->n_threads);
	if (c->device.mem_bytes > 0)
		ocr_json_number(j, "memory_bytes", c->device.mem_bytes);
	if (!c->is_cpu) {
		ocr_json_bool(j, "emulated", c->device.is_emulated);
		ocr_json_string(j, "grade", c->device.is_emulated ? "E" : "H");
		if (c->device.bdf[0] != '\0')
			ocr_json_string(j, "address", c->device.bdf);
		if (c->device.n_banks > 0)
			ocr_json_number(j, "banks", c->device.n_banks);
		if (c->device.numa_node >= 0)
			ocr_json_number(j, "numa_node",
			    (uint64_t)c->device.numa_node);
		if (c->loaded[0] != '\0')
			ocr_json_string(j, "loaded", c->loaded);
	}
	if (!isnan(c->temp_c))
		ocr_json_real(j, "temperature_celsius", c->temp_c);
	if (!isnan(c->power_w))
		ocr_json_real(j, "power_watts", c->power_w);
	put_state(j, &c->state);
	ocr_json_open_array(j, "units");
	for (size_t i = 0; i < c->n_units; i++)
		put_unit(j, c, &c->units[i], is_test);
	ocr_json_close_array(j);
	ocr_json_close_object(j);
}

/* H: hardware alone, E: something was emulated, "": no card has worked. */
static const char *
grade(const struct ocr_devices_list *l)
{
	const char *g = "";

	for (size_t i = 0; i < l->n_cards; i++) {
		const struct ocr_devices_card *c = &l->cards[i];

		for (size_t k = 0; !c->is_cpu && k < c->n_units; k++) {
			if (!c->units[k].is_tested)
				continue;
			if (c->device.is_emulated)
				return "E";
			g = "H";
		}
	}
	return g;
}

/* What the reader of a certificate wants to know besides. */
static void
put_certificate(struct ocr_json *j, const struct ocr_devices_list *l)
{
	time_t now = time(NULL);
	struct utsname host;
	char date[32] = "";
	struct tm tm;

	if (gmtime_r(&now, &tm) != NULL)
		strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", &tm);
	ocr_json_string(j, "date", date);
	ocr_json_string(j, "grade", grade(l));
	ocr_json_string(j, "xrt", l->xrt);
	if (uname(&host) == 0) {
		ocr_json_string(j, "system", host.sysname);
		ocr_json_string(j, "kernel", host.release);
		ocr_json_string(j, "machine", host.machine);
	}
}

void
ocr_devices_json(FILE *f, const struct ocr_devices_list *l,
    const struct ocr_devices_opt *opt, int status)
{
	struct ocr_json j = {.f = f};

	ocr_json_open_object(&j, NULL);
	ocr_json_string(&j, "tool", "ocr-devices");
	ocr_json_string(&j, "version", PACKAGE_VERSION);
	ocr_json_number(&j, "status", (uint64_t)status);
	if (opt->is_certify)
		put_certificate(&j, l);
	if (l->note[0] != '\0')
		ocr_json_string(&j, "note", l->note);
	ocr_json_open_array(&j, "devices");
	for (size_t i = 0; i < l->n_cards; i++)
		put_card(&j, &l->cards[i], opt->is_test);
	ocr_json_close_array(&j);
	ocr_json_close_object(&j);
	putc('\n', f);
}
