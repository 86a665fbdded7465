/*
 * test_device_list.c - what may stand behind -D
 */
#include "config.h"

#include <stdlib.h>

#include "common/device.h"
#include "tests/unit/child.h"
#include "tests/unit/tap.h"

/* The list as text again, every field shown. */
static const char *
show(const struct ocr_device_list *l)
{
	static char buf[1000];
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < l->n_items && len < 900; i++) {
		const struct ocr_device_item *d = &l->items[i];

		len += (size_t)snprintf(buf + len, sizeof(buf) - len,
		    "[%d n=%u i=%d:%u u=%s x=%s]", (int)d->kind, d->n_threads,
		    d->has_index, d->index, d->unit,
		    d->xclbin == NULL ? "-" : d->xclbin);
	}
	return buf;
}

static void
good(const char *text, const char *want)
{
	struct ocr_device_list l = {0};
	struct ocr_err err = {0};

	is_int(ocr_device_list_parse(&l, "-D", text, &err), 0, text);
	is_str(show(&l), want, err.text);
	ocr_device_list_release(&l);
	is_int(l.items == NULL && l.n_items == 0, 1, "released");
}

static void
bad(const char *text, const char *want)
{
	struct ocr_device_list l;
	struct ocr_err err = {0};

	memset(&l, 0x55, sizeof(l));
	is_int(ocr_device_list_parse(&l, "-D", text, &err), -OCR_EUSAGE, text);
	is_str(err.text, want, "text");
	is_int(l.items == NULL && l.n_items == 0, 1, "nothing to release");
}

int
main(void)
{
	static const char shape[] = "is not xrt[:INDEX[/UNIT]][@FILE]";
	static const char cpu[] = "is not cpu:THREADS (1 to 4096)";
	static const char kind[] =
	    "is no device (like cpu, cpu:4, xrt:0, auto)";
	char want[200], unit[100], *many;
	const char *const bad_xrt[] = {"xrt:", "xrt:x", "xrt:-1", "xrt:+1",
	    "xrt: 1", "xrt:0/", "xrt:0x", "xrt:0@", "xrt@", "xrt/k", "xrt:0/@f",
	    "xrt:10000", "xrt:4294967296", "xrt:18446744073709551616",
	    "xrt:0/a/b", "xrt:0/a b", "xrt:0/a:b", "xrt:0/\xc3\xa9"};
	const char *const bad_cpu[] = {"cpu:", "cpu:0", "cpu:4097", "cpu:x",
	    "cpu:1x", "cpu:-1", "cpu:4294967297", "cpu: 1"};
	const char *const bad_kind[] = {"CPU", "cpux", "cpu/1", "cpu@f", "xrtx",
	    "gpu", " cpu", "cpu ", "auto:1", "autox", "aut", "@f", ":", "/"};

	good("cpu", "[1 n=0 i=0:0 u= x=-]");
	good("cpu:1", "[1 n=1 i=0:0 u= x=-]");
	good("cpu:4096", "[1 n=4096 i=0:0 u= x=-]");
	good("auto", "[0 n=0 i=0:0 u= x=-]");
	good("xrt", "[2 n=0 i=0:0 u= x=-]");
	good("xrt@a:b/c@d.xclbin", "[2 n=0 i=0:0 u= x=a:b/c@d.xclbin]");
	good("xrt:0", "[2 n=0 i=1:0 u= x=-]");
	good("xrt:9999@f", "[2 n=0 i=1:9999 u= x=f]");
	good("xrt:1/k_deflate_1", "[2 n=0 i=1:1 u=k_deflate_1 x=-]");
	good("cpu:2,xrt:0/k_1@./f,xrt:0/k_2,xrt:1",
	    "[1 n=2 i=0:0 u= x=-][2 n=0 i=1:0 u=k_1 x=./f]"
	    "[2 n=0 i=1:0 u=k_2 x=-][2 n=0 i=1:1 u= x=-]");

	for (size_t i = 0; i < sizeof(bad_xrt) / sizeof(*bad_xrt); i++) {
		snprintf(want, sizeof(want), "-D: '%s' %s", bad_xrt[i], shape);
		bad(bad_xrt[i], want);
	}
	for (size_t i = 0; i < sizeof(bad_cpu) / sizeof(*bad_cpu); i++) {
		snprintf(want, sizeof(want), "-D: '%s' %s", bad_cpu[i], cpu);
		bad(bad_cpu[i], want);
	}
	for (size_t i = 0; i < sizeof(bad_kind) / sizeof(*bad_kind); i++) {
		snprintf(want, sizeof(want), "-D: '%s' %s", bad_kind[i], kind);
		bad(bad_kind[i], want);
	}
	bad("", "-D: a device without a name");
	bad("cpu,", "-D: a device without a name");
	bad(",cpu", "-D: a device without a name");
	bad("cpu,,xrt", "-D: a device without a name");
	bad("cpu,cpu:2", "-D: 'cpu:2' is there before");
	bad("xrt:0/a,cpu,xrt:0/a@f", "-D: 'xrt:0/a@f' is there before");
	bad("auto,cpu", "-D: 'auto' stands alone");
	bad("xrt@f,auto", "-D: 'auto' stands alone");
	bad("xrt@f,nonsense",
	    "-D: 'nonsense' is no device (like cpu, cpu:4, xrt:0, auto)");

	memset(unit, 'u', sizeof(unit));
	memcpy(unit, "xrt:0/", 6);
	unit[6 + 63] = '\0';
	snprintf(want, sizeof(want), "[2 n=0 i=1:0 u=%s x=-]", unit + 6);
	good(unit, want);
	unit[6 + 63] = 'u';
	unit[6 + 64] = '\0';
	snprintf(want, sizeof(want), "-D: '%s' has too long a name of a unit",
	    unit);
	bad(unit, want);
	many = malloc(3000001);
	memset(many, ',', 3000000);
	many[3000000] = '\0';
	bad(many, "-D: too many devices");
	memset(many, 'x', 3000000);
	bad(many, "-D: too many devices");
	free(many);
	return done();
}
