/*
 * devices_table.c - what ocr-devices found, for people
 */
#include "config.h"

#include <inttypes.h>
#include <math.h>

#include "src/devices_list.h"
#include "src/table.h"

/* Powers of 1024, as memory is sold. */
static const char *
memory(uint64_t n, char *buf, size_t cap)
{
	static const char *const unit[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	unsigned u = 0;
	double v = (double)n;

	while (v >= 1024 && u < 4) {
		v /= 1024;
		u++;
	}
	snprintf(buf, n > 0 ? cap : 1, v < 10 && u > 0 ? "%.1f %s" : "%.0f %s",
	    v, unit[u]);
	return buf;
}

static const char *
measure(double v, const char *unit, char *buf, size_t cap)
{
	snprintf(buf, isnan(v) ? 1 : cap, "%.0f %s", v, unit);
	return buf;
}

static void
add_card(struct ocr_table *t, const struct ocr_devices_card *c)
{
	char mem[32], temp[32], power[32], state[300], title[200];

	if (c->is_cpu)
		snprintf(title, sizeof(title), "%s, %u thread%s", c->title,
		    c->n_threads, c->n_threads == 1 ? "" : "s");
	else
		snprintf(title, sizeof(title), "%s", c->title);
	ocr_table_add(t,
	    (const char *const[]){c->name, title,
		c->device.is_emulated ? "emulated" : c->device.bdf,
		memory(c->device.mem_bytes, mem, sizeof(mem)),
		measure(c->temp_c, "C", temp, sizeof(temp)),
		measure(c->power_w, "W", power, sizeof(power)),
		ocr_state_describe(&c->state, state, sizeof(state))});
}

/* "512 MB/s, emulated"; "no test"; "with xilLz77Compress". */
static const char *
rate(const struct ocr_devices_card *c, const struct ocr_devices_unit *u,
    char *buf, size_t cap)
{
	buf[0] = '\0';
	if (u->is_tested)
		snprintf(buf, cap, "%.*f MB/s%s",
		    u->bytes_per_s < 10000000 ? 1 : 0,
		    (double)u->bytes_per_s / 1e6,
		    c->device.is_emulated ? ", emulated" : "");
	else if (u->state.state == OCR_STATE_READY && u->test_name == NULL)
		snprintf(buf, cap, "no test");
	else if (u->state.state == OCR_STATE_READY)
		snprintf(buf, cap, "with %s", u->test_name);
	return buf;
}

static void
add_unit(struct ocr_table *t, const struct ocr_devices_card *c,
    const struct ocr_devices_unit *u, bool is_test)
{
	char name[128], base[32] = "", state[300], speed[96] = "";

	snprintf(name, sizeof(name), c->is_cpu ? "%s:1" : "%s/%s", c->name,
	    u->name);
	if (u->base != UINT64_MAX)
		snprintf(base, sizeof(base), "0x%" PRIx64, u->base);
	if (is_test)
		rate(c, u, speed, sizeof(speed));
	ocr_table_add(t,
	    (const char *const[]){name, u->kernel, base, u->bank, speed,
		ocr_state_describe(&u->state, state, sizeof(state))});
}

void
ocr_devices_table(FILE *f, const struct ocr_devices_list *l, bool is_test)
{
	struct ocr_table cards = {.n_columns = 7}, units = {.n_columns = 6};

	ocr_table_add(&cards, (const char *const[]){"DEVICE", "NAME", "ADDRESS",
				  "MEMORY", "TEMP", "POWER", "STATE"});
	ocr_table_add(&units, (const char *const[]){"UNIT", "KERNEL",
				  "REGISTERS", "BANK", "RATE", "STATE"});
	for (size_t i = 0; i < l->n_cards; i++) {
		const struct ocr_devices_card *c = &l->cards[i];

		add_card(&cards, c);
		for (size_t k = 0; k < c->n_units; k++)
			add_unit(&units, c, &c->units[k], is_test);
	}
	if (l->n_cards > 0)
		ocr_table_write(&cards, f);
	if (l->note[0] != '\0')
		fprintf(f, "%s\n", l->note);
	if (units.n_rows > 1) {
		putc('\n', f);
		ocr_table_write(&units, f);
	}
	ocr_table_release(&cards);
	ocr_table_release(&units);
}
